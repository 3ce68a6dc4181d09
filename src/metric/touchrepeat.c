/* touchpoints repeat: which contacts come again, and what comes next.
 *
 *   repeat_7d   of the contacts with 7 days of follow-up (--window), those followed by another
 *               of the same customer for the same reason within that time; for a contact whose
 *               reason is not known by any other (Wilson)
 *   fcr         solved at first contact = 1 - repeat_7d
 *   next_*      within 30 days, another reason: of the reasons that follow this one more often
 *               than they follow all others, the one with most contacts beyond that
 *   next_lift   (a / n1) / (c / n2): a of n1 contacts for this reason were followed by the next
 *               one, c of n2 for all reasons but these two; limits of log lift +- z sqrt(1/a -
 *               1/n1 + 1/c - 1/n2) (Katz et al. 1978), q after Benjamini & Hochberg (1995)
 *
 * A reason is the contact's topic, else its touchpoint. Contacts are read backwards with the
 * reasons of the customer in the order in which they come next, so that each contact looks at
 * those within its time and no further.
 */
#include "touch_impl.h"

#include <math.h>

enum { DAY_S = 86400, NEXT_DAYS = 30 };
struct reason {
	uint32_t code;
	bool known;                /* a topic */
	int64_t contacts, followed, repeats, followed30;
};
/* Of one customer: when a reason comes next, nearest first. */
struct coming {
	uint32_t reason;
	size_t step;
};
struct acc {
	struct reason *v;
	size_t n, cap;
	struct ids ids, pairs;     /* pairs: reason << 32 | next reason */
	int64_t *pair;
	size_t pair_cap;
	struct coming *next;
	size_t nnext, next_cap;
	int64_t customers;
};
struct state {
	struct acc a;
	struct contacts contacts;
	int64_t window, until;
	const struct population *p;
};

static uint32_t reason_of(struct acc *a, uint32_t code, bool known)
{
	const uint32_t id = ids_get(&a->ids, (uint64_t)code << 1 | known);
	if (id == a->n) {
		GROW(a->v, a->cap, a->n + 1);
		a->v[a->n++] = (struct reason){ .code = code, .known = known };
	}
	return id;
}

static void count_pair(struct acc *a, uint32_t i, uint32_t k, int64_t n)
{
	const uint32_t id = ids_get(&a->pairs, (uint64_t)i << 32 | k);
	const size_t was = a->pair_cap;
	GROW(a->pair, a->pair_cap, id + 1u);
	if (a->pair_cap > was)
		memset(a->pair + was, 0, (a->pair_cap - was) * sizeof *a->pair);
	a->pair[id] += n;
}

static uint32_t reason_at(struct acc *a, const struct walk *w, size_t i)
{
	const int64_t *topic = w->j->rows.f[F_TOPIC];
	const int64_t word = topic ? topic[w->v[i].record] : WEND_NONE;
	return word != WEND_NONE ? reason_of(a, step_word(w->j->pop, word), true) : reason_of(a, w->v[i].name, false);
}

static void add_contact(struct acc *a, const struct state *s, const struct walk *w, size_t i)
{
	const uint32_t me = reason_at(a, w, i);
	const int64_t seen = s->until - w->v[i].at;
	bool again = false;
	size_t mine = a->nnext;
	a->v[me].contacts++;
	a->v[me].followed30 += seen >= (int64_t)NEXT_DAYS * DAY_S;
	for (size_t k = 0; k < a->nnext; k++) {
		const struct coming *c = &a->next[k];
		const int64_t gap = step_gap_s(&w->v[i], &w->v[c->step]);
		mine = c->reason == me ? k : mine;
		if (gap <= s->window && (c->reason == me || !a->v[me].known))
			again = true;
		if (gap <= (int64_t)NEXT_DAYS * DAY_S && seen >= (int64_t)NEXT_DAYS * DAY_S)
			count_pair(a, me, c->reason, 1);
	}
	if (seen >= s->window) {
		a->v[me].followed++;
		a->v[me].repeats += again;
	}
	/* to the front: read backwards it is the nearest now */
	if (mine == a->nnext) {
		GROW(a->next, a->next_cap, a->nnext + 1);
		a->nnext++;
	}
	memmove(a->next + 1, a->next, mine * sizeof *a->next);
	a->next[0] = (struct coming){ me, i };
	/* what lies beyond both times is of no use to earlier contacts either */
	const int64_t far = s->window > (int64_t)NEXT_DAYS * DAY_S ? s->window : (int64_t)NEXT_DAYS * DAY_S;
	while (a->nnext > 1 && step_gap_s(&w->v[i], &w->v[a->next[a->nnext - 1].step]) > far)
		a->nnext--;
}

static void add_walk(void *acc, const struct walk *w, void *ctx)
{
	struct acc *a = acc;
	const struct state *s = ctx;
	bool any = false;
	a->nnext = 0;
	for (size_t i = w->n; i-- > 0;)
		if (contacts_has(&s->contacts, w, i) && w->v[i].at < s->until) {
			add_contact(a, s, w, i);
			any = true;
		}
	a->customers += any;
}

static void acc_release(struct acc *a)
{
	free(a->v);
	free(a->pair);
	free(a->next);
	ids_release(&a->ids);
	ids_release(&a->pairs);
	*a = (struct acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	uint32_t *map = xreallocarray(NULL, b->n + 1, sizeof *map);
	(void)ctx;
	for (size_t i = 0; i < b->n; i++) {
		map[i] = reason_of(a, b->v[i].code, b->v[i].known);
		struct reason *x = &a->v[map[i]];
		x->contacts += b->v[i].contacts;
		x->followed += b->v[i].followed;
		x->repeats += b->v[i].repeats;
		x->followed30 += b->v[i].followed30;
	}
	for (size_t i = 0; i < b->pairs.cap; i++)
		if (b->pairs.key[i]) {
			const uint64_t key = b->pairs.key[i] - 1;
			count_pair(a, map[key >> 32], map[key & UINT32_MAX], b->pair[b->pairs.id[i]]);
		}
	a->customers += b->customers;
	free(map);
	acc_release(b);
}

/* ---- estimate ---- */
struct pair {
	uint32_t i, k;
	struct sv from, to;
	int64_t n, followed;       /* followed by; contacts for `from` watched for 30 days */
	double lift, p, q, excess;
	struct interval ci;
};
struct pairs {
	struct pair *v;
	size_t n;
};

static struct sv reason_name(const struct acc *a, const struct population *p, uint32_t i)
{
	return step_name(p, a->v[i].code);
}

static int by_names(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;
	const int c = sv_cmp(a->from, b->from);
	return c ? c : sv_cmp(a->to, b->to);
}

static void measure_pair(struct pair *x, const struct acc *a, int64_t all, const int64_t *into, const int64_t *own)
{
	const double n1 = (double)x->followed, n2 = (double)(all - x->followed - a->v[x->k].followed30);
	const double c = (double)(into[x->k] - x->n - own[x->k]), hits = (double)x->n;
	x->lift = x->p = x->q = x->excess = NAN;
	x->ci = (struct interval){ NAN, NAN };
	if (n1 <= 0 || n2 <= 0 || hits <= 0 || c <= 0)
		return;
	const double se = sqrt(1 / hits - 1 / n1 + 1 / c - 1 / n2), log_lift = log(hits / n1 / (c / n2));
	x->lift = exp(log_lift);
	x->ci = (struct interval){ exp(log_lift - Z95 * se), exp(log_lift + Z95 * se) };
	x->p = se > 0 ? 2 * norm_cdf(-fabs(log_lift) / se) : NAN;
	x->excess = hits - n1 * c / n2;
}

static struct pairs pairs_of(const struct acc *a, const struct population *p)
{
	struct pairs l = { .v = xcalloc(a->pairs.n + 1, sizeof *l.v) };
	int64_t all = 0, *into = xcalloc(a->n * 2 + 1, sizeof *into), *own = into + a->n; /* followed by a reason; by itself */
	for (size_t i = 0; i < a->n; i++)
		all += a->v[i].followed30;
	for (size_t h = 0; h < a->pairs.cap; h++)
		if (a->pairs.key[h]) {
			const uint64_t key = a->pairs.key[h] - 1;
			const uint32_t i = (uint32_t)(key >> 32), k = (uint32_t)key;
			into[k] += a->pair[a->pairs.id[h]];
			if (i == k)
				own[k] = a->pair[a->pairs.id[h]];
			else
				l.v[l.n++] = (struct pair){ .i = i, .k = k, .from = reason_name(a, p, i), .to = reason_name(a, p, k), .n = a->pair[a->pairs.id[h]], .followed = a->v[i].followed30 };
		}
	double *ps = xcalloc(l.n * 2 + 1, sizeof *ps), *q = ps + l.n;
	if (l.n)
		qsort(l.v, l.n, sizeof *l.v, by_names);
	for (size_t i = 0; i < l.n; i++) {
		measure_pair(&l.v[i], a, all, into, own);
		ps[i] = l.v[i].followed >= p->min_n ? l.v[i].p : NAN;
	}
	bh_adjust(q, ps, l.n);
	for (size_t i = 0; i < l.n; i++)
		l.v[i].q = q[i];
	free(ps);
	free(into);
	return l;
}

/* What follows a reason more often than it follows others, by contacts beyond that. */
static const struct pair *next_of(const struct pairs *l, uint32_t reason)
{
	const struct pair *best = NULL;
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].i == reason && l->v[i].q < ALPHA && l->v[i].lift > 1 && (!best || l->v[i].excess > best->excess))
			best = &l->v[i];
	return best;
}

/* ---- table ---- */
struct row {
	uint32_t reason;
	struct sv name;
	const struct reason *r;
};

static int by_repeats(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	if (a->r->repeats != b->r->repeats)
		return a->r->repeats > b->r->repeats ? -1 : 1;
	if (a->r->contacts != b->r->contacts)
		return a->r->contacts > b->r->contacts ? -1 : 1;
	const int c = sv_cmp(a->name, b->name);
	return c ? c : (a->r->known < b->r->known) - (a->r->known > b->r->known);
}

static void put_rest(struct table *t, int64_t k, int64_t n, int64_t min_n)
{
	put_share_of(t, n - k, n, min_n);
}

static void fill_rows(struct table *t, const struct row *v, size_t n, const struct pairs *l, const struct state *s)
{
	struct str name = STR_INIT;
	str_puts(&name, "repeat_");
	if (s->window % DAY_S)
		str_printf(&name, "%lldh", (long long)(s->window / 3600));
	else
		str_printf(&name, "%lldd", (long long)(s->window / DAY_S));
	table_col(t, "reason", COL_TEXT, NULL, -1);
	table_col(t, "contacts", COL_INT, NULL, 0);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, arena_strdup(&t->arena, name.p), COL_SHARE, NULL, 1);
	static const char *const shares[] = { "lo", "hi", "fcr", "fcr_lo", "fcr_hi" };
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		table_col(t, shares[i], COL_SHARE, NULL, 1);
	table_col(t, "next_reason", COL_TEXT, NULL, -1);
	table_col(t, "next_n", COL_INT, NULL, 0);
	table_col(t, "next_lift", COL_REAL, NULL, 2);
	table_col(t, "next_lo", COL_REAL, NULL, 2);
	table_col(t, "next_hi", COL_REAL, NULL, 2);
	for (size_t i = 0; i < n; i++) {
		const struct reason *r = v[i].r;
		const struct pair *next = next_of(l, v[i].reason);
		put_text(t, v[i].name);
		put_int(t, r->contacts);
		put_int(t, r->followed);
		put_share_of(t, r->repeats, r->followed, s->p->min_n);
		put_rest(t, r->repeats, r->followed, s->p->min_n);
		put_text(t, next ? next->to : SV_NONE);
		put_int(t, next ? next->n : WEND_NONE);
		put_real(t, next ? next->lift : NAN);
		put_real(t, next ? next->ci.lo : NAN);
		put_real(t, next ? next->ci.hi : NAN);
	}
	str_release(&name);
}

static void fill_pairs(struct table *t, const struct pairs *l, int64_t min_n)
{
	table_col(t, "reason", COL_TEXT, NULL, -1);
	table_col(t, "next_reason", COL_TEXT, NULL, -1);
	table_col(t, "next_n", COL_INT, NULL, 0);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "share", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col(t, "next_lift", COL_REAL, NULL, 2);
	table_col(t, "next_lo", COL_REAL, NULL, 2);
	table_col(t, "next_hi", COL_REAL, NULL, 2);
	table_col(t, "q", COL_REAL, NULL, 4);
	for (size_t i = 0; i < l->n; i++) {
		const struct pair *x = &l->v[i];
		put_text(t, x->from);
		put_text(t, x->to);
		put_int(t, x->n);
		put_int(t, x->followed);
		put_share_of(t, x->n, x->followed, min_n);
		const double lift[] = { x->lift, x->ci.lo, x->ci.hi, x->q };
		for (int k = 0; k < 4; k++)
			if (x->followed < min_n)
				put_few(t);
			else
				put_real(t, lift[k]);
	}
}

static void find(struct report *r, const struct row *v, size_t n, const struct pairs *l, const struct state *s)
{
	struct str *f = &r->finding;
	int64_t contacts = 0, followed = 0, repeats = 0;
	const struct row *worst = NULL;
	for (size_t i = 0; i < n; i++) {
		contacts += v[i].r->contacts;
		followed += v[i].r->followed;
		repeats += v[i].r->repeats;
	}
	if (!contacts) {
		str_puts(f, "no contact a customer began: nothing can repeat.");
		return;
	}
	if (!followed) {
		str_puts(f, "no contact has been watched long enough.");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const double all = (double)repeats / (double)followed;
		if (v[i].r->followed >= s->p->min_n && wilson((double)v[i].r->repeats, (double)v[i].r->followed, ALPHA).lo > all &&
		    (!worst || (double)v[i].r->repeats - all * (double)v[i].r->followed > (double)worst->r->repeats - all * (double)worst->r->followed))
			worst = &v[i];
	}
	say_share(f, 1 - (double)repeats / (double)followed);
	str_puts(f, " of ");
	say_things(f, followed, "contact was", "contacts were");
	str_puts(f, " solved at first contact (");
	say_shares(f, wilson((double)(followed - repeats), (double)followed, ALPHA));
	str_puts(f, "): ");
	say_count(f, repeats);
	str_puts(f, " came again for the same reason within ");
	lapse_say(f, s->window);
	str_putc(f, '.');
	if (worst) {
		str_puts(f, " Most beyond that: ");
		str_sv(f, worst->name);
		str_puts(f, ", ");
		say_share(f, (double)worst->r->repeats / (double)worst->r->followed);
		str_puts(f, " come again (");
		say_shares(f, wilson((double)worst->r->repeats, (double)worst->r->followed, ALPHA));
		str_puts(f, ").");
	}
	const struct pair *top = NULL;
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].q < ALPHA && l->v[i].lift > 1 && (!top || l->v[i].excess > top->excess))
			top = &l->v[i];
	if (top) {
		str_puts(f, " After ");
		str_sv(f, top->from);
		str_putc(f, ' ');
		str_sv(f, top->to);
		str_puts(f, " is ");
		say_real(f, top->lift, 1);
		str_puts(f, " times as likely within 30 days as after others (");
		say_real(f, top->ci.lo, 1);
		str_puts(f, " to ");
		say_real(f, top->ci.hi, 1);
		str_puts(f, ").");
	}
}

static void draw(struct report *r, const struct row *v, size_t n, int64_t min_n)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAR;
	r->figure.title = "contacts that come again, by reason";
	r->figure.y_label = "share that comes again";
	table_col(t, "reason", COL_TEXT, NULL, -1);
	table_col(t, "share", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	for (size_t i = 0; i < n && t->nrow < 30; i++)
		if (v[i].r->followed >= min_n) {
			put_text(t, v[i].name);
			put_share_of(t, v[i].r->repeats, v[i].r->followed, 0);
		}
}

static enum wend_err finish(struct touch_job *job, const struct walk_facts *f, const struct fold_counts *n, struct report *r, struct err *err)
{
	struct state *s = job->state;
	const struct acc *a = &s->a;
	struct row *v = xcalloc(a->n + 1, sizeof *v);
	struct pairs l = pairs_of(a, job->p);
	(void)f;
	(void)n;
	(void)err;
	for (size_t i = 0; i < a->n; i++)
		v[i] = (struct row){ (uint32_t)i, reason_name(a, job->p, (uint32_t)i), &a->v[i] };
	if (a->n)
		qsort(v, a->n, sizeof *v, by_repeats);
	if (job->o->next)
		fill_pairs(&r->table, &l, job->p->min_n);
	else
		fill_rows(&r->table, v, a->n, &l, s);
	find(r, v, a->n, &l, s);
	draw(r, v, a->n, job->p->min_n);
	contacts_define(&r->definition, &s->contacts, job->o->contacts);
	str_puts(&r->definition, "; a reason is the topic, else the touchpoint; it comes again when the same customer asks for it within ");
	lapse_say(&r->definition, s->window);
	line_add(&r->explain.text, "n = contacts whose time to come again is over; fcr = 1 - repeats / n; Wilson (1927), 95 %%");
	line_add(&r->explain.text, "next_lift: chance of the next reason within 30 days after this one / after all reasons but these two; Katz et al. (1978); next_reason is shown with q < 0.05 (Benjamini & Hochberg 1995)");
	line_add(&r->explain.text, "customers with a contact: %lld", (long long)a->customers);
	line_add(&r->next, "wend touchpoints repeat --next");
	line_add(&r->next, "wend touchpoints effort");
	free(v);
	free(l.v);
	return WEND_OK;
}

static void release(struct touch_job *job)
{
	acc_release(&((struct state *)job->state)->a);
}

enum wend_err repeat_prepare(struct touch_job *job, struct err *err)
{
	struct state *s = arena_zalloc((struct arena *)&job->p->arena, sizeof *s);
	int64_t from;
	job->state = s;
	job->finish = finish;
	job->release = release;
	job->part = (struct walk_part){ .acc_size = sizeof s->a, .acc = &s->a, .customer = add_walk, .merge = merge, .ctx = s };
	s->p = job->p;
	fields_add(&job->also.fields, F_TOPIC);
	enum wend_err e = contacts_init(&s->contacts, job->p, job->o->contacts, false, err);
	if (!e)
		e = lapse_parse(&s->window, "window", job->o->window ? job->o->window : "7d", err);
	if (!e && (s->window <= 0 || s->window == INT64_MAX))
		e = err_set(err, WEND_E_USAGE, "'--window %s': a contact comes again within some time; give 7d", job->o->window);
	if (!e)
		e = touch_covered(job->p, s->contacts.chosen ? s->contacts.chosen->kinds : KIND_BIT(KIND_INTERACTIONS), &from, &s->until, err);
	contacts_fields(&job->also, &s->contacts);
	return e;
}

enum wend_err metric_touch_repeat(const struct population *p, const struct touch_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	touch_prepare *const one = repeat_prepare;
	return touch_run(p, o, ro, &one, 1, &r, err);
}
