/* digest: the figures of all summaries, in one letter.
 *
 * A difference of two estimates has limits lo, hi for diff (measures.c); the side towards zero
 * gives its standard error and z = |diff| / se. All z of the letter, against the week before
 * and against last year, are one family: Holm (1979) keeps the chance that any change is
 * announced without one at 5 %. What is announced is therefore rarer than the call `real` of
 * one report.
 *
 * Facts (counts of people known, sums) have no limits and are not compared; neither is how much
 * the best tenth bring, whose limits are too narrow for the few people of a week; of a report on
 * everyone known only what is still to come is; of the stages of the journey each one's own
 * measure is, but who left, whom churn counts. Groups of fewer than five people are left out: a
 * mail is read by more people than a report.
 */
#include "metric_impl.h"
#include "digest_impl.h"
#include "wend/digest.h"

#include <math.h>

enum { GROUP_LEAST = 5, SHOWN_MOST = 12, CHANGED_MOST = 8, REASONS_MOST = 3, CHANNELS_MOST = 2 };

struct figure_row {
	const struct digest_input *in;
	const char *section, *measure, *unit;
	struct sv group;
	double value, lo, hi, before, diff, diff_lo, diff_hi;
	int64_t n;
	bool few, too_few;         /* here or in the time compared with; here */
	double p, holm;
};
struct figures {
	struct figure_row *v;
	size_t n, cap;
};

/* ---- reading rows ---- */

struct sv digest_text(const struct table *t, size_t row, const char *name)
{
	const int c = table_find(t, sv_of(name));
	const struct cell *v = c < 0 ? NULL : table_at(t, row, (size_t)c);
	return v && v->state == CELL_VALUE ? v->s : SV_NONE;
}

static double real_at(const struct table *t, size_t row, const char *name)
{
	const int c = table_find(t, sv_of(name));
	const struct cell *v = c < 0 ? NULL : table_at(t, row, (size_t)c);
	return v && v->state == CELL_VALUE ? v->d : NAN;
}

int64_t digest_int(const struct table *t, size_t row, const char *name)
{
	const int c = table_find(t, sv_of(name));
	const struct cell *v = c < 0 ? NULL : table_at(t, row, (size_t)c);
	return v && v->state == CELL_VALUE ? v->i : WEND_NONE;
}

static const char *kept(struct arena *a, struct sv v)
{
	return arena_strndup(a, v.p ? v.p : "", v.n);
}

/* Does the letter tell of it? */
static bool told(const struct figure_row *v)
{
	static const char *const lasting[] = { "to come", "new customer", "before a call" };
	const double people = v->n != WEND_NONE ? (double)v->n : v->value;
	if (isnan(v->value) || !strcmp(v->measure, "best_tenth") || (v->group.n && people < GROUP_LEAST))
		return false;
	if (!strcmp(v->section, "stages") && (strcmp(v->unit, "share") || !strcmp(v->measure, "left_rate")))
		return false;
	for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++)
		if (!strcmp(v->section, lasting[i]))
			return v->in->ahead || i < 2;
	return !v->in->ahead;
}

static void read_rows(struct figures *f, const struct digest_input *in, int64_t min_n, struct arena *a)
{
	for (size_t i = 0; i < in->rows->nrow; i++) {
		const struct table *t = in->rows;
		const struct sv call = digest_text(t, i, "call");
		struct figure_row v = { .in = in, .section = kept(a, digest_text(t, i, "section")), .measure = kept(a, digest_text(t, i, "measure")), .unit = kept(a, digest_text(t, i, "unit")),
					.group = digest_text(t, i, "group"), .value = real_at(t, i, "value"), .lo = real_at(t, i, "lo"), .hi = real_at(t, i, "hi"), .before = real_at(t, i, "before"),
					.diff = real_at(t, i, "diff"), .diff_lo = real_at(t, i, "diff_lo"), .diff_hi = real_at(t, i, "diff_hi"), .n = digest_int(t, i, "n"), .p = NAN, .holm = NAN };
		if (!told(&v))
			continue;
		if (!strcmp(v.section, "stages"))
			v.group = SV_NONE; /* the measure names the stage */
		v.few = sv_is(call, "few");
		v.too_few = v.n != WEND_NONE && v.n < min_n && !isnan(v.lo);
		if (call.p && !v.few && !isnan(v.diff_lo)) {
			const double se = (v.diff > 0 ? v.diff - v.diff_lo : v.diff_hi - v.diff) / Z95;
			v.p = se > 0 ? 2 * norm_cdf(-fabs(v.diff) / se) : 1;
		}
		GROW(f->v, f->cap, f->n + 1);
		f->v[f->n++] = v;
	}
}

static void adjust(struct figures *f)
{
	double *p = xreallocarray(NULL, f->n + 1, sizeof *p), *q = xreallocarray(NULL, f->n + 1, sizeof *q);
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		if (!isnan(f->v[i].p))
			p[n++] = f->v[i].p;
	holm_adjust(q, p, n);
	for (size_t i = 0, k = 0; i < f->n; i++)
		if (!isnan(f->v[i].p))
			f->v[i].holm = q[k++];
	free(p);
	free(q);
}

/* ---- in words ---- */

static const struct {
	const char *measure, *label;
} labels[] = {
	{ "customers", "customers who bought" }, { "left", "customers who left" }, { "churn_rate", "share who left" }, { "new", "new customers" }, { "reactivated", "customers who came back" },
	{ "customers_start", "customers at the start" }, { "customers_end", "customers at the end" }, { "revenue_lost", "revenue lost, a year" }, { "margin_lost", "margin lost, a year" },
	{ "in_and_out", "joined and left inside" }, { "guests", "purchases by guests" }, { "revenue_rlv", "revenue still to come" }, { "rlv", "margin still to come" },
	{ "revenue_rlv_12_months", "revenue to come in 12 months" }, { "rlv_12_months", "margin to come in 12 months" },
	{ "on_promised_day", "on the promised day" }, { "paid_when_due", "invoices paid when due" }, { "paid_first_try", "payments that went through" },
	{ "solved_first_contact", "solved at first contact" }, { "first_order_7d", "visitors who order in 7 days" }, { "second_order_90d", "second order in 90 days" },
	{ "revenue_clv", "a new customer brings for life" }, { "clv", "a new customer brings for life" }, { "orders_12_months", "orders to come in 12 months" },
};

static const char *label_of(const struct figure_row *v, struct arena *a)
{
	const char *name = v->measure;
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (!strcmp(labels[i].measure, v->measure))
			name = labels[i].label;
	char *words = arena_strdup(a, name);
	for (char *c = words; *c; c++)
		*c = *c == '_' ? ' ' : *c;
	return v->group.n ? arena_printf(a, "%s, %.*s", words, (int)v->group.n, v->group.p) : words;
}

static bool is_money(const char *unit)
{
	return strlen(unit) == 3 && unit[0] >= 'A' && unit[0] <= 'Z' && unit[1] >= 'A' && unit[1] <= 'Z';
}

/* One unit for the figure and its limits. */
static void say_value(struct str *s, const char *unit, double v, double scale, bool with_unit)
{
	if (!strcmp(unit, "share")) {
		say_real(s, v * 100, 1);
		str_puts(s, with_unit ? " %" : "");
		return;
	}
	if (is_money(unit) && with_unit)
		str_printf(s, "%s ", unit);
	say_real(s, v, fabs(scale) >= 1000 || (fabs(scale - round(scale)) < 1e-9 && !is_money(unit)) ? 0 : fabs(scale) < 10 || is_money(unit) ? 2 : 1);
}

static const char *value_text(const struct figure_row *v, struct arena *a)
{
	struct str s = STR_INIT;
	if (v->too_few)
		return arena_printf(a, "few (n = %lld)", (long long)v->n);
	say_value(&s, v->unit, v->value, v->value, true);
	if (!isnan(v->lo)) {
		str_puts(&s, " (");
		say_value(&s, v->unit, v->lo, v->value, false);
		str_puts(&s, " to ");
		say_value(&s, v->unit, v->hi, v->value, false);
		str_putc(&s, ')');
	}
	const char *out = arena_strndup(a, s.p, s.n);
	str_release(&s);
	return out;
}

static const char *before_text(const struct figure_row *v, struct arena *a)
{
	struct str s = STR_INIT;
	if (isnan(v->before) || (v->few && !isnan(v->lo)))
		return NULL;
	str_printf(&s, "%s ", v->in->against);
	say_value(&s, v->unit, v->before, v->before, !is_money(v->unit));
	const char *out = arena_strndup(a, s.p, s.n);
	str_release(&s);
	return out;
}

/* "Revenue per customer up from EUR 40.10 to EUR 47.20" */
static const char *change_text(const struct figure_row *v, struct arena *a, bool limits)
{
	struct str s = STR_INIT;
	str_puts(&s, label_of(v, a));
	if (s.p[0] >= 'a' && s.p[0] <= 'z')
		s.p[0] = (char)(s.p[0] - 32);
	str_puts(&s, v->diff > 0 ? " up from " : " down from ");
	say_value(&s, v->unit, v->before, v->before, true);
	str_puts(&s, " to ");
	say_value(&s, v->unit, v->value, v->value, true);
	if (limits) {
		str_printf(&s, " (%s; the difference is ", v->in->against);
		say_value(&s, v->unit, v->diff, v->diff, true);
		str_puts(&s, ", ");
		say_value(&s, v->unit, v->diff_lo, v->diff, false);
		str_puts(&s, " to ");
		say_value(&s, v->unit, v->diff_hi, v->diff, false);
		str_putc(&s, ')');
	}
	const char *out = arena_strndup(a, s.p, s.n);
	str_release(&s);
	return out;
}

/* ---- the letter ---- */

static int surest(const void *a, const void *b)
{
	const struct figure_row *const *x = a, *const *y = b;
	if (fabs((*x)->p - (*y)->p) > 0)
		return (*x)->p < (*y)->p ? -1 : 1;
	return *x < *y ? -1 : 1; /* as read */
}

static const struct figure_row **changes_of(const struct figures *f, int *n)
{
	const struct figure_row **v = xcalloc(f->n + 1, sizeof *v);
	*n = 0;
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].holm < ALPHA)
			v[(*n)++] = &f->v[i];
	if (*n)
		qsort(v, (size_t)*n, sizeof *v, surest);
	return v;
}

/* What a manager looks for first; in the order of the rows. */
static bool headline(const struct figure_row *v)
{
	static const char *const shown[] = { "customers", "revenue", "revenue_per_customer", "margin", "revenue_rlv", "rlv", "revenue_clv", "clv", "left", "churn_rate", "new", "reactivated", NULL };
	if (v->in->repeated || v->group.n || !strcmp(v->section, "silent") || !strcmp(v->section, "stages"))
		return false;
	for (const char *const *m = shown; *m; m++)
		if (!strcmp(v->measure, *m))
			return true;
	return false;
}

static void write_figures(struct letter *l, const struct figures *f)
{
	struct letter_section *s = NULL;
	size_t shown = 0;
	for (size_t i = 0; i < f->n && shown < SHOWN_MOST; i++) {
		const struct figure_row *v = &f->v[i];
		if (!headline(v))
			continue;
		if (!s)
			s = letter_section(l, "THE FIGURES", false);
		letter_line(s, label_of(v, &l->arena), value_text(v, &l->arena), before_text(v, &l->arena));
		shown++;
	}
}

/* What was promised and how the stages of the journey went. */
static void write_stages(struct letter *l, const struct figures *f)
{
	struct letter_section *s = NULL;
	for (size_t i = 0; i < f->n; i++) {
		const struct figure_row *v = &f->v[i];
		if (v->in->repeated || strcmp(v->section, "stages"))
			continue;
		if (!s)
			s = letter_section(l, "ON THE WAY", false);
		letter_line(s, label_of(v, &l->arena), value_text(v, &l->arena), before_text(v, &l->arena));
	}
}

static void write_changes(struct letter *l, const struct figure_row *const *v, int n)
{
	struct letter_section *s = letter_section(l, "CHANGED, more than chance", true);
	for (int i = 0; i < n && i < CHANGED_MOST; i++)
		letter_line(s, change_text(v[i], &l->arena, true), NULL, v[i]->in->command);
	if (n > CHANGED_MOST)
		letter_line(s, arena_printf(&l->arena, "and %d more", n - CHANGED_MOST), NULL, NULL);
}

static const struct figure_row *find(const struct figures *f, const char *section, const char *measure, struct sv group)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct figure_row *v = &f->v[i];
		if (!v->in->repeated && !strcmp(v->section, section) && !strcmp(v->measure, measure) && sv_eq(v->group, group))
			return v;
	}
	return NULL;
}

/* Causes of leaving, by customers, and what they cost. */
static void write_reasons(struct letter *l, const struct digest_job *job, const struct figures *f)
{
	struct letter_section *s = NULL;
	for (size_t i = 0, n = 0; i < f->n && n < REASONS_MOST; i++) {
		const struct figure_row *v = &f->v[i], *money;
		if (v->in->repeated || strcmp(v->section, "why") || strcmp(v->measure, "customers_explained") || !(v->value >= 1))
			continue;
		struct str t = STR_INIT;
		str_printf(&t, "%.*s: at least ", (int)v->group.n, v->group.p);
		say_things(&t, (int64_t)floor(v->value), "customer", "customers");
		if ((money = find(f, "why", "money_a_year", v->group))) {
			str_puts(&t, ", ");
			say_value(&t, money->unit, money->value, money->value, true);
			str_puts(&t, " a year");
		}
		if (!s)
			s = letter_section(l, "WHY CUSTOMERS LEAVE", true);
		letter_line(s, arena_strndup(&l->arena, t.p, t.n), NULL, n++ ? NULL : arena_printf(&l->arena, "wend churn why%s", job->money));
		str_release(&t);
	}
}

/* Steps after which customers call. */
static void write_calls(struct letter *l, const struct figures *f)
{
	struct letter_section *s = NULL;
	for (size_t i = 0; i < f->n; i++) {
		const struct figure_row *v = &f->v[i];
		if (strcmp(v->section, "before a call"))
			continue;
		struct str t = STR_INIT;
		str_printf(&t, "%.*s: ", (int)v->group.n, v->group.p);
		say_things(&t, llround(v->value), "contact", "contacts");
		str_puts(&t, " a month more than without it (");
		say_real(&t, v->lo, 0);
		str_puts(&t, " to ");
		say_real(&t, v->hi, 0);
		str_putc(&t, ')');
		const bool first = !s;
		if (first)
			s = letter_section(l, "WHAT BRINGS CALLS", true);
		letter_line(s, arena_strndup(&l->arena, t.p, t.n), NULL, first ? v->in->command : NULL);
		str_release(&t);
	}
}

/* ---- channels ---- */

static void channel_line(struct letter *l, struct letter_section *s, const char *what, const struct digest_job *job, size_t row, const char *command)
{
	const struct table *t = job->channels;
	const struct sv name = digest_text(t, row, "channel");
	const double months = (double)digest_int(t, row, "payback_months");
	const char *unit = t->col[table_find(t, SV("clv"))].unit;
	struct str x = STR_INIT;
	str_printf(&x, "%s %.*s: a customer costs ", what, (int)name.n, name.p);
	say_value(&x, unit ? unit : "", real_at(t, row, "cac_loaded"), 0.5, true);
	str_puts(&x, " and brings ");
	say_value(&x, unit ? unit : "", real_at(t, row, "clv"), 0.5, true);
	str_puts(&x, " for life, ");
	say_real(&x, real_at(t, row, "ltv_cac"), 1);
	str_puts(&x, " times as much (");
	say_real(&x, real_at(t, row, "ltv_cac_lo"), 1);
	str_puts(&x, " to ");
	say_real(&x, real_at(t, row, "ltv_cac_hi"), 1);
	str_putc(&x, ')');
	if (months >= 1)
		str_printf(&x, ", paid back after %g month%s", months, months > 1 ? "s" : "");
	letter_line(s, arena_strndup(&l->arena, x.p, x.n), NULL, command);
	str_release(&x);
}

static bool judged(const struct table *t, size_t row, const char *verdict)
{
	return sv_is(digest_text(t, row, "verdict"), verdict) && real_at(t, row, "new_customers") >= GROUP_LEAST;
}

/* The one or two channels that deserve more, by what the next money brings at least, and those
 * that cost more than they bring. */
static void write_channels(struct letter *l, const struct digest_job *job)
{
	const struct table *t = job->channels;
	struct letter_section *s = NULL;
	size_t n = 0, best[CHANNELS_MOST];
	if (!t)
		return;
	for (size_t i = 0; i < t->nrow; i++) {
		if (!judged(t, i, "scale"))
			continue;
		size_t at = n < CHANNELS_MOST ? n++ : CHANNELS_MOST;
		for (; at > 0 && real_at(t, i, "next_lo") > real_at(t, best[at - 1], "next_lo"); at--)
			if (at < CHANNELS_MOST)
				best[at] = best[at - 1];
		if (at < CHANNELS_MOST)
			best[at] = i;
	}
	for (size_t i = 0; i < n; i++) {
		s = s ? s : letter_section(l, "CHANNELS", true);
		channel_line(l, s, "More for", job, best[i], i ? NULL : job->channels_command);
	}
	for (size_t i = 0; i < t->nrow; i++) {
		if (!judged(t, i, "stop"))
			continue;
		s = s ? s : letter_section(l, "CHANNELS", true);
		channel_line(l, s, "Stop", job, i, s->n ? NULL : job->channels_command);
	}
}

static void write_tasks(struct letter *l, const struct digest_job *job, const struct figures *f)
{
	const struct figure_row *silent = find(f, "silent", "customers", SV_NONE);
	if (!silent || silent->value < GROUP_LEAST)
		return;
	struct letter_section *s = letter_section(l, "TO DO", true);
	struct str t = STR_INIT;
	say_things(&t, (int64_t)llround(silent->value), "customer", "customers");
	str_puts(&t, " left without a word: ask them");
	letter_line(s, arena_strndup(&l->arena, t.p, t.n), NULL, arena_printf(&l->arena, "wend churn silent %s --with name,email%s", job->spelt, job->money));
	letter_line(s, "who is likely to leave next", NULL, arena_printf(&l->arena, "wend churn risk --top 20 --with name,email%s", job->money));
	str_release(&t);
}

static bool compared(const struct figures *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (!isnan(f->v[i].p))
			return true;
	return false;
}

static void lead(struct letter *l, const struct digest_job *job, int changed, bool any, bool came)
{
	struct str s = STR_INIT;
	if (!came)
		str_printf(&s, "No data of %s came in. The figures are those of the days before.", job->span);
	else if (!any)
		str_printf(&s, "The data hold one period only: %s has nothing to be compared with.", job->span);
	else if (!changed)
		str_printf(&s, "%s was like the time before: no difference is greater than chance explains.", job->span);
	else
		str_printf(&s, "%s: %d figure%s moved by more than chance explains.", job->span, changed, changed == 1 ? "" : "s");
	if (s.p[0] >= 'a' && s.p[0] <= 'z')
		s.p[0] = (char)(s.p[0] - 32);
	l->lead = arena_strndup(&l->arena, s.p, s.n);
	str_release(&s);
}

static const char *subject(struct letter *l, const struct digest_job *job, const struct figure_row *const *v, int n, bool any, bool came)
{
	struct arena *a = &l->arena;
	if (!came)
		return arena_printf(a, "No data came in (%s)", job->span);
	if (!any)
		return arena_printf(a, "First figures, nothing to compare with yet (%s)", job->span);
	if (!n)
		return arena_printf(a, "Nothing moved beyond chance (%s)", job->span);
	return n == 1 ? arena_printf(a, "%s (%s)", change_text(v[0], a, false), job->span) : arena_printf(a, "%s; %d more change%s (%s)", change_text(v[0], a, false), n - 1, n == 2 ? "" : "s", job->span);
}

enum wend_err digest_build(struct letter *l, const struct digest_job *job, int *changed, struct err *err)
{
	struct figures f = { 0 };
	bool came = false;
	for (size_t i = 0; i < job->n; i++)
		read_rows(&f, &job->in[i], job->p->min_n, &l->arena);
	adjust(&f);
	const struct figure_row **v = changes_of(&f, changed);
	const bool any = compared(&f);
	if (*changed)
		write_changes(l, v, *changed);
	write_figures(l, &f);
	write_stages(l, &f);
	write_reasons(l, job, &f);
	write_calls(l, &f);
	write_tasks(l, job, &f);
	write_channels(l, job);
	const enum wend_err e = digest_data(l, job, &came, err);
	if (!e) {
		lead(l, job, *changed, any, came);
		l->subject = subject(l, job, v, *changed, any, came);
		l->foot = arena_printf(&l->arena, "Changes: differences whose limits exclude none after Holm's correction over all figures of this letter. Limits are 95 %%.%s%s%s %s%swend %s, as of %s.",
				       job->owner ? " Questions to " : "", job->owner ? job->owner : "", job->owner ? "." : "",
				       job->company ? job->company : "", job->company ? ". " : "", WEND_VERSION, job->p->as_of_text);
		letter_visible(l);
	}
	free(v);
	free(f.v);
	return e;
}

void digest_failed(struct letter *l, const char *why)
{
	l->subject = arena_printf(&l->arena, "The report could not be made: %s", why);
	l->lead = arena_printf(&l->arena, "The report could not be made: %s. Nothing in this letter is a figure.", why);
	struct letter_section *s = letter_section(l, "TO DO", true);
	letter_line(s, "see what the store says of itself", NULL, "wend store check");
	letter_visible(l);
}
