/* touchpoints funnel: rates, times and what the lost did instead.
 *
 *   n          came as far as this step
 *   matured_n  of those whose window is over: nobody counts as lost who may still come
 *   step_rate  matured_n / matured_n of the step before (Wilson)
 *   cum_rate   matured_n / matured_n of the first step (Wilson)
 *   km_rate    1 - S(window) after Kaplan & Meier (1958), of all: who is still on the way
 *              counts as long as he was watched; limits those of log(-log S)
 *   median_d, p90_d  since the step before, of those who came; exact, type 7
 *   lost       matured_n - matured_n of the next step; lost_next: the steps these took
 *              instead right behind this one, the three commonest
 *   excess_loss  with --by: loss at this step less that of the group that loses fewest,
 *              limits after Newcombe (1998)
 */
#include "funnel_impl.h"
#include "wend/hazard.h"

#include <math.h>

enum { LOST_NAMES = 3 };
struct line {
	const struct funnel_tally *t, *first;
	uint32_t group;
	int step;
	int64_t lost, base;        /* base: matured_n of the step before */
	struct gap_facts took;
	double km;
	struct interval km_ci;
	double excess;
	struct interval excess_ci;
};
struct lines {
	struct line *v;
	size_t n;
	uint32_t *scratch;
	size_t scratch_cap;
};

/* ---- Kaplan-Meier at the window ---- */
static size_t times(uint64_t *v, size_t n, const struct gaps *g, unsigned lost)
{
	for (const struct gap_chunk *c = g->head; c; c = c->next)
		for (uint32_t i = 0; i < c->n; i++)
			v[n++] = (uint64_t)c->v[i] << 1 | lost;
	return n;
}

static void measure_km(struct line *l, int64_t window)
{
	const struct funnel_tally *t = l->t;
	l->km = l->km_ci.lo = l->km_ci.hi = NAN;
	if (window == INT64_MAX || !l->step || !l->first->n)
		return;
	const size_t most = (size_t)(t->event.n + t->open.n) + 2;
	uint64_t *v = xreallocarray(NULL, most, sizeof *v);
	const size_t n = times(v, times(v, 0, &t->event, 0), &t->open, 1);
	double *time = xcalloc(most * 3, sizeof *time), *events = time + most, *lost = events + most;
	size_t k = 0;
	sort_u64(v, n);
	for (size_t i = 0; i < n; i++) {
		const double at = (double)(v[i] >> 1);
		k += !k || time[k - 1] < at;
		time[k - 1] = at;
		events[k - 1] += v[i] & 1 ? 0 : 1;
		lost[k - 1] += v[i] & 1 ? 1 : 0;
	}
	if (t->whole) {
		k += !k || time[k - 1] < (double)window;
		time[k - 1] = (double)window;
		lost[k - 1] += (double)t->whole;
	}
	struct survival_step *s = xreallocarray(NULL, k + 1, sizeof *s);
	survival_steps(s, &(struct durations){ .n = k, .time = time, .events = events, .lost = lost }, ALPHA, SURVIVAL_LOGLOG);
	const struct survival_step at = survival_at(s, k, (double)window, ALPHA);
	l->km = 1 - at.survival;
	l->km_ci = (struct interval){ 1 - at.ci.hi, 1 - at.ci.lo };
	free(s);
	free(time);
	free(v);
}

/* ---- lines ---- */
static void measure_excess(struct lines *l, int k, int64_t min_n)
{
	for (int s = 1; s < k; s++) {
		const struct line *best = NULL;
		for (size_t i = (size_t)s; i < l->n; i += (size_t)k) {
			const struct line *x = &l->v[i];
			if (x->base >= min_n && (!best || (double)x->t->matured * (double)best->base > (double)best->t->matured * (double)x->base))
				best = x;
		}
		for (size_t i = (size_t)s; best && i < l->n; i += (size_t)k) {
			struct line *x = &l->v[i];
			if (x == best || x->base < min_n)
				continue;
			const double a = (double)(x->base - x->t->matured), b = (double)(best->base - best->t->matured);
			x->excess = a / (double)x->base - b / (double)best->base;
			x->excess_ci = newcombe(a, (double)x->base, b, (double)best->base, ALPHA);
		}
	}
}

static struct lines lines_of(const struct funnel_acc *a, const struct funnel_ctx *c, int64_t min_n)
{
	const int k = c->spec.k;
	struct lines l = { 0 };
	uint32_t *order = groups_order(&a->groups);
	l.v = xcalloc(a->groups.n * (size_t)k + 1, sizeof *l.v);
	for (size_t i = 0; i < a->groups.n; i++) {
		const struct funnel_tally *t = a->t[order[i]];
		for (int s = 0; s < k; s++) {
			struct line *x = &l.v[l.n++];
			*x = (struct line){ .t = &t[s], .first = t, .group = order[i], .step = s, .excess = NAN, .excess_ci = { NAN, NAN } };
			x->base = s ? t[s - 1].matured : 0;
			x->lost = s + 1 < k ? t[s].matured - t[s + 1].matured : 0;
			x->took = gaps_facts(&t[s].took, false, &l.scratch, &l.scratch_cap);
			measure_km(x, c->spec.window);
		}
	}
	if (c->cuts.n)
		measure_excess(&l, k, min_n);
	free(order);
	return l;
}

/* ---- what the lost did instead ---- */
struct instead {
	struct sv name;
	int64_t n;
};

static int by_number(const void *a, const void *b)
{
	const struct instead *x = a, *y = b;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return sv_cmp(x->name, y->name);
}

static size_t instead_of(struct instead **out, const struct funnel_tally *t, const struct population *p)
{
	size_t n = 0;
	struct instead *v = xreallocarray(NULL, t->next.n + 1, sizeof *v);
	for (size_t i = 0; i < t->next.cap; i++)
		if (t->next.key[i]) {
			const uint64_t key = t->next.key[i] - 1;
			v[n++] = (struct instead){ key ? step_name(p, (uint32_t)(key - 1)) : SV("(end)"), t->next_n[t->next.id[i]] };
		}
	if (n)
		qsort(v, n, sizeof *v, by_number);
	*out = v;
	return n;
}

static void put_instead(struct str *s, const struct funnel_tally *t, const struct population *p)
{
	struct instead *v;
	const size_t n = instead_of(&v, t, p);
	for (size_t i = 0; i < n && i < LOST_NAMES; i++) {
		str_puts(s, i ? ", " : "");
		str_sv(s, v[i].name);
		str_putc(s, ' ');
		str_int(s, v[i].n);
	}
	free(v);
}

/* ---- the table ---- */
static void columns(struct table *t, const struct funnel_ctx *c)
{
	for (size_t i = 0; i < c->cuts.n; i++)
		table_col(t, arena_strdup(&t->arena, c->cuts.v[i].name), COL_TEXT, NULL, -1);
	table_col(t, "step", COL_INT, NULL, 0);
	table_col(t, "name", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "matured_n", COL_INT, NULL, 0);
	static const char *const rates[] = { "step_rate", "lo", "hi", "cum_rate", "cum_lo", "cum_hi", "km_rate", "km_lo", "km_hi" };
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
		table_col(t, rates[i], COL_SHARE, NULL, 1);
	table_col(t, "median_d", COL_REAL, "days", 1);
	table_col(t, "p90_d", COL_REAL, "days", 1);
	table_col(t, "lost", COL_INT, NULL, 0);
	table_col(t, "lost_next", COL_TEXT, NULL, -1);
	if (c->cuts.n) {
		table_col(t, "excess_loss", COL_SHARE, NULL, 1);
		table_col(t, "excess_lo", COL_SHARE, NULL, 1);
		table_col(t, "excess_hi", COL_SHARE, NULL, 1);
	}
}

static void put_line(struct table *t, const struct line *l, const struct funnel_acc *a, const struct funnel_ctx *c, const struct population *p)
{
	struct str s = STR_INIT;
	const bool last = l->step + 1 == c->spec.k;
	for (size_t i = 0; i < c->cuts.n; i++)
		put_text(t, a->groups.v[l->group].value[i]);
	put_int(t, l->step + 1);
	put_text(t, c->spec.steps->text[l->step]);
	put_int(t, l->t->n);
	put_int(t, l->t->matured);
	put_share_of(t, l->step ? l->t->matured : 0, l->step ? l->base : 0, p->min_n);
	if (l->step) {
		put_share_of(t, l->t->matured, l->first->matured, p->min_n);
	} else {
		put_real(t, l->first->matured ? 1 : NAN);
		put_empty(t);
		put_empty(t);
	}
	const double km[] = { l->km, l->km_ci.lo, l->km_ci.hi };
	for (int i = 0; i < 3; i++) {
		if (!isnan(l->km) && l->first->n < p->min_n)
			put_few(t);
		else
			put_real(t, km[i]);
	}
	put_real(t, l->took.median);
	put_real(t, l->took.p90);
	put_int(t, last ? WEND_NONE : l->lost);
	put_instead(&s, l->t, p);
	put_text(t, last ? SV_NONE : str_view(&s));
	if (c->cuts.n) {
		put_real(t, l->excess);
		put_real(t, l->excess_ci.lo);
		put_real(t, l->excess_ci.hi);
	}
	str_release(&s);
}

/* ---- words ---- */
static const char *who_is(const struct funnel_ctx *c, bool one)
{
	if (c->spec.start == START_EACH)
		return one ? "attempt" : "attempts";
	return one ? "customer" : "customers";
}

static void say_path(struct str *s, const struct funnel_ctx *c, const struct line *l, int64_t whole)
{
	say_share(s, (double)l->t->matured / (double)whole);
	str_puts(s, " of ");
	say_count(s, whole);
	str_printf(s, " %s came from ", who_is(c, whole == 1));
	str_sv(s, c->spec.steps->text[0]);
	str_puts(s, " to ");
	str_sv(s, c->spec.steps->text[c->spec.k - 1]);
	if (c->spec.window != INT64_MAX) {
		str_puts(s, " within ");
		lapse_say(s, c->spec.window);
	}
	str_puts(s, " (");
	say_count(s, l->t->matured);
	str_puts(s, "; ");
	say_shares(s, wilson((double)l->t->matured, (double)whole, ALPHA));
	str_puts(s, "). ");
}

static void say_loss(struct str *s, const struct funnel_ctx *c, const struct line *l, const struct population *p)
{
	struct instead *v;
	const size_t n = instead_of(&v, l->t, p);
	str_puts(s, "Most are lost behind ");
	str_sv(s, c->spec.steps->text[l->step]);
	str_puts(s, ": ");
	say_count(s, l->lost);
	str_puts(s, " of ");
	say_count(s, l->t->matured);
	str_puts(s, " (");
	say_share(s, (double)l->lost / (double)l->t->matured);
	str_puts(s, "; ");
	say_shares(s, wilson((double)l->lost, (double)l->t->matured, ALPHA));
	str_puts(s, ")");
	if (n) {
		const bool nothing = sv_is(v[0].name, "(end)");
		str_puts(s, nothing ? ", and for " : "; instead ");
		say_count(s, v[0].n);
		if (nothing) {
			str_puts(s, " of them nothing came after it");
		} else {
			str_puts(s, v[0].n == 1 ? " went on to " : " of them went on to ");
			str_sv(s, v[0].name);
		}
	}
	str_puts(s, ".");
	free(v);
}

/* All groups together. */
static void sums(struct funnel_tally *out, const struct funnel_acc *a, int k)
{
	for (size_t i = 0; i < a->groups.n; i++)
		for (int l = 0; l < k; l++) {
			out[l].n += a->t[i][l].n;
			out[l].matured += a->t[i][l].matured;
		}
}

static void find(struct report *r, const struct lines *l, const struct funnel_acc *a, const struct funnel_ctx *c, const struct population *p)
{
	struct str *s = &r->finding;
	struct funnel_tally all[STEP_CHOICES_MAX] = { { 0 } };
	const int k = c->spec.k;
	sums(all, a, k);
	if (!all[0].n) {
		str_printf(s, "nobody came to the first step: no funnel.");
		return;
	}
	if (all[0].matured) {
		struct line end = { .t = &all[k - 1] };
		say_path(s, c, &end, all[0].matured);
	} else {
		str_puts(s, "no window is over yet: ");
		say_count(s, all[0].n);
		str_printf(s, " %s are on the way. ", who_is(c, false));
	}
	if (all[0].matured < all[0].n && all[0].matured) {
		say_count(s, all[0].n - all[0].matured);
		str_puts(s, " more may still come. ");
	}
	if (!c->cuts.n) {
		const struct line *most = NULL;
		for (size_t i = 0; i < l->n; i++)
			if (l->v[i].lost > 0 && (!most || l->v[i].lost > most->lost))
				most = &l->v[i];
		if (most)
			say_loss(s, c, most, p);
		return;
	}
	const struct line *worst = NULL;
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].excess_ci.lo > 0 && (!worst || l->v[i].excess * (double)l->v[i].base > worst->excess * (double)worst->base))
			worst = &l->v[i];
	if (!worst) {
		str_puts(s, "The groups lose no more at any step than chance allows.");
		return;
	}
	str_puts(s, "Group ");
	str_sv(s, a->groups.v[worst->group].value[0].p ? a->groups.v[worst->group].value[0] : SV("not known"));
	str_puts(s, " loses more before ");
	str_sv(s, c->spec.steps->text[worst->step]);
	str_puts(s, " than the best: ");
	say_real(s, worst->excess * 100, 1);
	str_puts(s, " points (");
	say_real(s, worst->excess_ci.lo * 100, 1);
	str_puts(s, " to ");
	say_real(s, worst->excess_ci.hi * 100, 1);
	str_puts(s, ").");
}

static void define(struct report *r, const struct funnel_ctx *c, const struct touch_options *o)
{
	static const char *const match[] = { "steps in order, others between them allowed", "each step straight behind the one before", "steps in whatever order" };
	static const char *const start[] = { "the best chain from any start", "from the first start only", "each start an attempt" };
	struct str *s = &r->definition;
	str_printf(s, "%s; %s; ", match[c->spec.match], start[c->spec.start]);
	if (c->spec.window == INT64_MAX) {
		str_puts(s, "no window");
	} else {
		lapse_say(s, c->spec.window);
		str_puts(s, " from the first step; rates of those whose window is over, km_rate of all");
	}
	if (o->exclude)
		str_printf(s, "; %s ends a chain", o->exclude);
	say_walk(s, o);
}

static void explain(struct report *r, const struct funnel_acc *a, const struct funnel_ctx *c, const struct walk_facts *f)
{
	struct line_list *e = &r->explain.text;
	line_add(e, "one event fills one step; time between two steps may be 0, ties in the order of %s", c->spec.either ? "the funnel" : "the files");
	line_add(e, "%lld steps of %lld customers looked at; neighbours at the same instant: %lld", (long long)f->events, (long long)f->customers, (long long)f->tied);
	line_add(e, "step_rate = matured_n / matured_n before; cum_rate = matured_n / matured_n of step 1; Wilson (1927), 95 %%");
	line_add(e, "km_rate = 1 - S(window), Kaplan & Meier (1958), limits of log(-log S); median_d, p90_d of those who came, exact");
	if (a->uncovered)
		line_add(e, "%lld customers began before all sources of these steps tell of them: left out", (long long)a->uncovered);
	if (a->groups.current)
		line_add(e, "groups are as last reported where no dated record tells them");
}

static void draw(struct report *r, const struct lines *l, const struct funnel_acc *a, const struct funnel_ctx *c)
{
	struct table *t = &r->figure.data;
	const bool by = c->cuts.n > 0;
	r->figure.kind = by ? FIG_BAR : FIG_FUNNEL;
	r->figure.title = by ? "share of the first step, by group" : "how far they came";
	r->figure.y_label = by ? "share of the first step" : "customers";
	table_col(t, "step", COL_TEXT, NULL, -1);
	table_col(t, by ? "cum_rate" : "n", by ? COL_SHARE : COL_INT, NULL, 1);
	if (by) {
		table_col(t, "lo", COL_SHARE, NULL, 1);
		table_col(t, "hi", COL_SHARE, NULL, 1);
		table_col(t, "group", COL_TEXT, NULL, -1);
	}
	for (size_t i = 0; i < l->n; i++) {
		const struct line *x = &l->v[i];
		put_text(t, c->spec.steps->text[x->step]);
		if (!by) {
			put_int(t, x->t->matured);
			continue;
		}
		put_share_of(t, x->t->matured, x->first->matured, 0);
		put_text(t, a->groups.v[x->group].value[0].p ? a->groups.v[x->group].value[0] : SV("not known"));
	}
}

/* ---- for people ---- */
static void screen_rate(struct table *t, struct str *s, int64_t k, int64_t n, int64_t min_n, bool limits)
{
	const struct interval ci = wilson((double)k, (double)n, ALPHA);
	if (n && n < min_n)
		str_puts(s, "few");
	else if (n)
		say_share(s, (double)k / (double)n);
	put_said(t, s);
	if (!limits)
		return;
	if (n >= min_n && n)
		str_printf(s, "%.1f-%.1f", ci.lo * 100, ci.hi * 100);
	put_said(t, s);
}

static void screen(struct report *r, const struct lines *l, const struct funnel_ctx *c, const struct population *p)
{
	struct table *t = &report_screen(r, "STEP")->t;
	struct str s = STR_INIT;
	static const char *const names[] = { "step", "came", "matured", "of before", "95 %", "of first", "km", "days", "lost" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		table_col(t, names[i], COL_TEXT, NULL, -1);
	for (size_t i = 0; i < l->n; i++) {
		const struct line *x = &l->v[i];
		put_text(t, c->spec.steps->text[x->step]);
		say_count(&s, x->t->n);
		put_said(t, &s);
		say_count(&s, x->t->matured);
		put_said(t, &s);
		screen_rate(t, &s, x->t->matured, x->base, p->min_n, true);
		screen_rate(t, &s, x->step ? x->t->matured : 0, x->step ? x->first->matured : 0, p->min_n, false);
		if (!isnan(x->km) && x->first->n >= p->min_n)
			say_share(&s, x->km);
		put_said(t, &s);
		if (!isnan(x->took.median))
			say_real(&s, x->took.median, 1);
		put_said(t, &s);
		if (x->step + 1 < c->spec.k)
			say_count(&s, x->lost);
		put_said(t, &s);
	}
	t = &report_screen(r, "THE LOST WENT ON TO")->t;
	table_col(t, "behind", COL_TEXT, NULL, -1);
	table_col(t, "instead", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].step + 1 == c->spec.k || !l->v[i].lost)
			continue;
		put_text(t, c->spec.steps->text[l->v[i].step]);
		put_instead(&s, l->v[i].t, p);
		put_said(t, &s);
	}
	str_release(&s);
}

void funnel_table(struct report *r, const struct funnel_acc *a, const struct funnel_ctx *c, const struct touch_job *job, const struct walk_facts *f)
{
	struct lines l = lines_of(a, c, job->p->min_n);
	columns(&r->table, c);
	for (size_t i = 0; i < l.n; i++)
		put_line(&r->table, &l.v[i], a, c, job->p);
	find(r, &l, a, c, job->p);
	define(r, c, job->o);
	explain(r, a, c, f);
	draw(r, &l, a, c);
	if (!c->cuts.n && !job->ro->sort && !job->ro->top && l.n)
		screen(r, &l, c, job->p);
	line_add(&r->next, "wend touchpoints funnel --steps '%s' --who 1:lost", job->o->steps);
	if (!c->cuts.n)
		line_add(&r->next, "wend touchpoints funnel --steps '%s' --by channel", job->o->steps);
	free(l.v);
	free(l.scratch);
}

/* ---- --who ---- */
void funnel_people(struct report *r, const struct funnel_acc *a, const struct funnel_ctx *c, const struct touch_job *job)
{
	struct table *t = &r->table;
	const struct population *p = job->p;
	uint32_t *customer = xreallocarray(NULL, a->nwho + 1, sizeof *customer);
	static const char *const what[] = { "", "came to", "were lost behind", "are still on the way behind" };
	t->customer_col = "customer";
	table_col(t, "customer", COL_TEXT, NULL, -1);
	table_col(t, "reached", COL_INT, NULL, 0);
	table_col(t, "name", COL_TEXT, NULL, -1);
	table_col(t, "started", COL_TIME, NULL, 0);
	table_col(t, "reached_at", COL_TIME, NULL, 0);
	table_col(t, "days", COL_REAL, "days", 1);
	table_col(t, "open", COL_TEXT, NULL, -1);
	table_col(t, "next", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < a->nwho; i++)
		customer[i] = a->who[i].customer;
	uint32_t *order = order_customers(p->store, customer, a->nwho);
	for (size_t i = 0; i < a->nwho; i++) {
		const struct funnel_person *x = &a->who[order[i]];
		put_text(t, store_customer(p->store, x->customer));
		put_int(t, x->level);
		put_text(t, c->spec.steps->text[x->level - 1]);
		put_int(t, x->start);
		put_int(t, x->at);
		put_real(t, (double)x->took / 86400);
		put_z(t, x->open ? "yes" : "no");
		put_text(t, x->next == UINT32_MAX ? SV_NONE : step_name(p, x->next));
	}
	say_things(&r->finding, (int64_t)a->nwho, c->spec.start == START_EACH ? "attempt" : "customer", c->spec.start == START_EACH ? "attempts" : "customers");
	str_printf(&r->finding, " %s ", what[c->who]);
	str_sv(&r->finding, c->spec.steps->text[c->who_step - 1]);
	str_puts(&r->finding, ".");
	define(r, c, job->o);
	line_add(&r->next, "wend touchpoints funnel --steps '%s' --who '%s' -q | wend ltv customers --only -", job->o->steps, job->o->who);
	free(order);
	free(customer);
}
