/* touchpoints fatigue: how many contacts are too many.
 *
 * Time as a customer is cut into months of 30 days from its beginning. A month counts with the
 * contacts the firm began in it (direction out), by bins 0, 1, 2, 3-4, 5-8, 9+; it ends in an
 * event when the customer leaves (or takes a step of --bad) in the 30 days behind it.
 *
 *   rate   events / person_months (Garwood 1936)
 *   rr     against the lowest bin, every customer compared with himself: of the months before
 *          an event, the one right before it against the earlier ones. With exp(b_k) the factor
 *          of bin k the chance that it is this one is exp(b of its bin) / sum over his months;
 *          b maximises the product over events (conditional logistic regression, Breslow & Day
 *          1980, 7.2), limits from its information. What stays with a customer cancels.
 *   knee   the first bin from which on more contacts go with more events: its rr_lo above 1
 *
 * Rates mix customers who get much with those who get little: they are shown, not judged. An
 * own comparison takes a programme that grew over time for a cause; only months after the
 * source of the contacts began count. A bin with fewer than 10 events is `few`.
 */
#include "fate_impl.h"
#include "wend/optim.h"

#include <math.h>

enum { DAY_S = 86400, MONTH_S = 30 * DAY_S, BINS = 6, ENOUGH_EVENTS = 10 };
static const char *const bin_name[BINS] = { "0", "1", "2", "3-4", "5-8", "9+" };

/* The months of one customer before an event, by bin, the one right before it included. */
struct stratum {
	uint32_t n[BINS];
	uint32_t last;             /* bin of the month right before */
};
struct acc {
	int64_t months[BINS], events[BINS], contacts;
	struct stratum *v;
	size_t n, cap;
	struct stretches s;
};
struct state {
	struct acc a;
	struct contacts contacts;
	struct fates fates;
	int64_t from, until;       /* instants: what the source of the contacts covers */
};

static int bin_of(size_t contacts)
{
	static const size_t from[BINS] = { 0, 1, 2, 3, 5, 9 };
	int b = BINS - 1;
	while (contacts < from[b])
		b--;
	return b;
}

static void add_stretch(struct acc *a, const struct state *s, const struct walk *w, const struct stretch *x)
{
	const struct fates *f = &s->fates;
	struct stratum own = { .last = 0 };
	size_t lo = 0, hi = 0, held = 0; /* steps of the month, contacts among them */
	int64_t begin = x->from;
	if (begin < s->from)
		begin += (s->from - begin + MONTH_S - 1) / MONTH_S * MONTH_S;
	for (; begin + MONTH_S <= s->until; begin += MONTH_S) {
		const int64_t end = begin + MONTH_S;
		if (end > x->end || fate_after(f, &a->s, end, MONTH_S) == FATE_UNKNOWN)
			break;
		for (; hi < w->n && w->v[hi].at < end; hi++)
			held += contacts_has(&s->contacts, w, hi);
		for (; lo < hi && w->v[lo].at < begin; lo++)
			held -= contacts_has(&s->contacts, w, lo);
		const int bin = bin_of(held);
		const bool event = x->end <= end + MONTH_S;
		a->months[bin]++;
		a->events[bin] += event;
		own.n[bin]++;
		if (event) {
			own.last = (uint32_t)bin;
			GROW(a->v, a->cap, a->n + 1);
			a->v[a->n++] = own;
			break;
		}
	}
}

static void add_walk(void *acc, const struct walk *w, void *ctx)
{
	struct acc *a = acc;
	const struct state *s = ctx;
	stretches_of(&a->s, &s->fates, w);
	for (size_t i = 0; i < a->s.n; i++)
		add_stretch(a, s, w, &a->s.v[i]);
	for (size_t i = 0; i < w->n; i++)
		a->contacts += contacts_has(&s->contacts, w, i);
}

static void acc_release(struct acc *a)
{
	free(a->v);
	stretches_release(&a->s);
	*a = (struct acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	for (int i = 0; i < BINS; i++) {
		a->months[i] += b->months[i];
		a->events[i] += b->events[i];
	}
	a->contacts += b->contacts;
	GROW(a->v, a->cap, a->n + b->n);
	if (b->n)
		memcpy(a->v + a->n, b->v, b->n * sizeof *b->v);
	a->n += b->n;
	acc_release(b);
}

/* ---- estimate ---- */
struct fit {
	const struct acc *a;
	int param[BINS];           /* of a bin; -1: the bin compared with, or left out */
	bool in[BINS];
};

/* Months of bins that are left out count for nobody; neither does an event right behind one. */
static bool likelihood(const double *x, size_t n, double *value, double *grad, double *hess, void *ctx)
{
	const struct fit *f = ctx;
	*value = 0;
	memset(grad, 0, n * sizeof *grad);
	memset(hess, 0, n * n * sizeof *hess);
	for (size_t s = 0; s < f->a->n; s++) {
		const struct stratum *t = &f->a->v[s];
		double sum = 0, part[BINS] = { 0 };
		if (!f->in[t->last])
			continue;
		for (int b = 0; b < BINS; b++)
			if (f->in[b] && t->n[b]) {
				part[b] = t->n[b] * exp(f->param[b] < 0 ? 0 : x[f->param[b]]);
				sum += part[b];
			}
		*value += (f->param[t->last] < 0 ? 0 : x[f->param[t->last]]) - log(sum);
		for (int b = 0; b < BINS; b++) {
			const int i = f->param[b];
			if (i < 0 || !f->in[b])
				continue;
			const double p = part[b] / sum;
			grad[i] += (t->last == (uint32_t)b) - p;
			for (int c = 0; c < BINS; c++)
				if (f->param[c] >= 0 && f->in[c])
					hess[(size_t)i * n + (size_t)f->param[c]] -= p * ((c == b) - part[c] / sum);
		}
	}
	return isfinite(*value);
}

struct ratio {
	double rr;
	struct interval ci;
};

static int by_counts(const void *x, const void *y)
{
	return memcmp(x, y, sizeof(struct stratum));
}

/* Bins with enough events, the lowest as the one compared with. */
static void own_ratios(struct ratio out[BINS], struct acc *a, int *base)
{
	struct fit f = { .a = a };
	size_t n = 0;
	double x[BINS] = { 0 }, cov[BINS * BINS];
	*base = -1;
	if (a->n)
		qsort(a->v, a->n, sizeof *a->v, by_counts); /* sums in one order, whatever the threads */
	for (int b = 0; b < BINS; b++) {
		out[b] = (struct ratio){ NAN, { NAN, NAN } };
		f.in[b] = a->events[b] >= ENOUGH_EVENTS;
		f.param[b] = -1;
		if (f.in[b] && *base < 0)
			*base = b;
		else if (f.in[b])
			f.param[b] = (int)n++;
	}
	if (!n)
		return;
	struct newton w = { .scale = (double)a->n, .far = 15 };
	newton_maximise(&w, likelihood, &f, x, n);
	for (size_t i = 0; i < n * n; i++)
		cov[i] = -w.hess[i];
	if (w.status != NUMR_OK || w.ran_off || !spd_inverse(cov, cov, n))
		return;
	for (int b = 0; b < BINS; b++)
		if (f.param[b] >= 0) {
			const size_t i = (size_t)f.param[b];
			const double se = sqrt(cov[i * n + i]);
			out[b] = (struct ratio){ exp(x[i]), { exp(x[i] - Z95 * se), exp(x[i] + Z95 * se) } };
		}
	out[*base] = (struct ratio){ 1, { NAN, NAN } };
}

/* ---- table ---- */
static void fill(struct report *r, const struct acc *a, const struct ratio ratio[BINS], int knee)
{
	struct table *t = &r->table, *d = &r->figure.data;
	table_col(t, "bin", COL_TEXT, NULL, -1);
	table_col(t, "person_months", COL_INT, NULL, 0);
	table_col(t, "events", COL_INT, NULL, 0);
	table_col(t, "rate", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col(t, "rr", COL_REAL, NULL, 2);
	table_col(t, "rr_lo", COL_REAL, NULL, 2);
	table_col(t, "rr_hi", COL_REAL, NULL, 2);
	table_col(t, "knee", COL_TEXT, NULL, -1);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	r->figure.kind = FIG_FOREST;
	r->figure.title = "risk of leaving by contacts in a month, every customer against himself";
	r->figure.x_label = "times the risk";
	r->figure.log_x = true;
	r->figure.ref = 1;
	table_col(d, "contacts in 30 days", COL_TEXT, NULL, -1);
	table_col(d, "rr", COL_REAL, NULL, 2);
	table_col(d, "lo", COL_REAL, NULL, 2);
	table_col(d, "hi", COL_REAL, NULL, 2);
	for (int b = 0; b < BINS; b++) {
		const struct interval ci = garwood((double)a->events[b], ALPHA);
		const double months = (double)a->months[b];
		const bool few = a->events[b] < ENOUGH_EVENTS;
		if (!a->months[b])
			continue;
		put_z(t, bin_name[b]);
		put_int(t, a->months[b]);
		put_int(t, a->events[b]);
		const double v[] = { (double)a->events[b] / months, ci.lo / months, ci.hi / months, ratio[b].rr, ratio[b].ci.lo, ratio[b].ci.hi };
		for (int k = 0; k < 6; k++)
			if (few)
				put_few(t);
			else
				put_real(t, v[k]);
		put_z(t, b == knee ? "yes" : "");
		put_z(t, few ? "few" : "");
		if (!isnan(ratio[b].ci.lo)) {
			put_z(d, bin_name[b]);
			put_real(d, ratio[b].rr);
			put_real(d, ratio[b].ci.lo);
			put_real(d, ratio[b].ci.hi);
		}
	}
}

static void say_ratio(struct str *s, const struct ratio *x)
{
	say_real(s, x->rr, 1);
	str_puts(s, " times the risk (");
	say_real(s, x->ci.lo, 1);
	str_puts(s, " to ");
	say_real(s, x->ci.hi, 1);
	str_puts(s, ")");
}

static void find(struct str *s, const struct acc *a, const struct ratio ratio[BINS], int base, int knee, bool bad)
{
	const char *end = bad ? "of the event" : "of leaving";
	int64_t months = 0, events = 0;
	int worst = -1;
	for (int b = 0; b < BINS; b++) {
		months += a->months[b];
		events += a->events[b];
		if (!isnan(ratio[b].ci.lo) && (worst < 0 || ratio[b].rr > ratio[worst].rr))
			worst = b;
	}
	if (!a->contacts) {
		str_puts(s, "no contact the firm began: nothing can be too much.");
	} else if (!months) {
		str_puts(s, "no month has been watched to its end.");
	} else if (knee >= 0) {
		str_printf(s, "from %s contacts in 30 days on it is too much: ", bin_name[knee]);
		say_ratio(s, &ratio[knee]);
		str_printf(s, " %s, customers compared with themselves, against %s.", end, bin_name[base]);
	} else if (worst >= 0) {
		str_printf(s, "no number of contacts is found to be too much: at most, with %s in 30 days, ", bin_name[worst]);
		say_ratio(s, &ratio[worst]);
		str_printf(s, " %s.", end);
	} else {
		str_printf(s, "too few ends to tell: a bin needs %d, in all there are ", ENOUGH_EVENTS);
		say_count(s, events);
		str_putc(s, '.');
	}
	if (months) {
		str_putc(s, ' ');
		say_things(s, events, "end", "ends");
		str_puts(s, " in ");
		say_things(s, months, "month of customers.", "months of customers.");
	}
}

static enum wend_err finish(struct touch_job *job, const struct walk_facts *f, const struct fold_counts *n, struct report *r, struct err *err)
{
	struct state *s = job->state;
	struct ratio ratio[BINS];
	int base, knee = -1;
	(void)f;
	(void)n;
	(void)err;
	own_ratios(ratio, &s->a, &base);
	for (int b = 0; b < BINS && knee < 0; b++)
		if (ratio[b].ci.lo > 1)
			knee = b;
	fill(r, &s->a, ratio, knee);
	find(&r->finding, &s->a, ratio, base, knee, s->fates.bad != NULL);
	contacts_define(&r->definition, &s->contacts, job->o->contacts);
	fates_define(&r->definition, &s->fates);
	line_add(&r->explain.text, "a month is 30 days as a customer; it ends in an event when the customer leaves in the 30 days behind it; rate = events / person_months, Garwood (1936)");
	line_add(&r->explain.text, "rr: conditional logistic regression, the month before an event against the same customer's earlier ones (Breslow & Day 1980); %zu customers with an event", s->a.n);
	line_add(&r->explain.text, "knee: the first bin with rr_lo above 1; bins with fewer than %d events are few", ENOUGH_EVENTS);
	line_add(&r->next, "wend touchpoints fatigue --bad STEP");
	line_add(&r->next, "wend touchpoints effort");
	return WEND_OK;
}

static void release(struct touch_job *job)
{
	struct state *s = job->state;
	acc_release(&s->a);
	fates_release(&s->fates);
}

enum wend_err fatigue_prepare(struct touch_job *job, struct err *err)
{
	struct state *s = arena_zalloc((struct arena *)&job->p->arena, sizeof *s);
	job->state = s;
	job->finish = finish;
	job->release = release;
	job->part = (struct walk_part){ .acc_size = sizeof s->a, .acc = &s->a, .customer = add_walk, .merge = merge, .ctx = s };
	enum wend_err e = contacts_init(&s->contacts, job->p, job->o->contacts, true, err);
	if (!e)
		e = fates_init(&s->fates, job->p, job->o->bad, job->ro, err);
	if (!e)
		e = touch_covered(job->p, s->contacts.chosen ? s->contacts.chosen->kinds : KIND_BIT(KIND_INTERACTIONS), &s->from, &s->until, err);
	contacts_fields(&job->also, &s->contacts);
	fates_fields(&job->also, &s->fates);
	job->also.money = 0; /* leaving adds up no money */
	return e;
}

enum wend_err metric_touch_fatigue(const struct population *p, const struct touch_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	touch_prepare *const one = fatigue_prepare;
	return touch_run(p, o, ro, &one, 1, &r, err);
}
