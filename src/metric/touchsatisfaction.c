/* touchpoints satisfaction: does the whole journey tell more than its parts?
 *
 * Every 90 days each customer who is there and gave a score in the year before is a rated
 * journey. Its measures, each score on its own scale from 0 to 1:
 *
 *   mean_touch   mean of its scores: what a firm that looks at touchpoints sees
 *   last, min    the latest score; the worst
 *   share_good   share of good ones (csat 4 of 5, nps 9 of 10, ces 5.5 of 7)
 *   product      product of the scores: one bad step spoils it
 *
 *   auc_churn    chance that a customer who left in the 90 days behind it had the lower value
 *                than one who stayed; diff less that of mean_touch. Limits: bootstrap of the
 *                customers (Efron 1979), percentiles of 400 replicates; a customer's Poisson(1)
 *                weight comes from a hash of his key, the seed and the replicate
 *   passed_all   journeys of two scores or more whose scores are all good: observed, and
 *                expected if touchpoints were independent, the product over its touchpoints of
 *                their shares of good scores (the ".95 ^ 6" of customer journeys)
 *
 * Fewer than 200 rated journeys or 50 leavers: few.
 */
#include "effort_impl.h"

#include <math.h>

enum { REPLICATES = 400, RATED_MIN = 200, LEFT_MIN = 50, YEAR_DAYS = 365, LANDMARKS = 80 };
enum kind_of_measure { MEAN_TOUCH, LAST, MIN, SHARE_GOOD, PRODUCT, MEASURES };
static const char *const measure_name[MEASURES] = { "mean_touch", "last", "min", "share_good", "product" };

struct rated {
	double v[MEASURES];
	uint64_t who;              /* hash of the printed key */
	int64_t at;                /* landmark */
	uint32_t scores, good;     /* how many; all good when equal */
	uint32_t touch_from;       /* into acc.touch */
	bool left;
};
struct touch_rate {
	uint32_t code;
	int64_t scores, good;
};
struct acc {
	struct rated *v;
	size_t n, cap;
	uint32_t *touch;           /* touchpoint of each score of the rated journeys */
	size_t ntouch, touch_cap;
	struct touch_rate *rate;
	size_t nrate, rate_cap;
	struct ids rate_ids;
	int64_t scores;
	struct stretches s;
	struct given { int64_t at; double unit; bool good; uint32_t touch; } *given; /* of one customer */
	size_t given_cap;
};
struct state {
	struct acc a;
	struct fates fates;
	int64_t first;             /* instant of the first landmark */
	const struct population *p;
};

static struct touch_rate *rate_of(struct acc *a, uint32_t code)
{
	const uint32_t id = ids_get(&a->rate_ids, code);
	if (id == a->nrate) {
		GROW(a->rate, a->rate_cap, a->nrate + 1);
		a->rate[a->nrate++] = (struct touch_rate){ .code = code };
	}
	return &a->rate[id];
}

static size_t scores_of(struct acc *a, const struct walk *w)
{
	const int64_t *touch = w->j->rows.f[F_TOUCHPOINT];
	size_t n = 0;
	for (size_t i = 0; i < w->n; i++) {
		struct given g = { .at = w->v[i].at };
		const size_t record = w->v[i].record;
		if (!score_good(w->j, record, &g.good, &g.unit))
			continue;
		g.touch = touch && touch[record] != WEND_NONE ? step_word(w->j->pop, touch[record]) : w->v[i].name;
		GROW(a->given, a->given_cap, n + 1);
		a->given[n++] = g;
		struct touch_rate *r = rate_of(a, g.touch);
		r->scores++;
		r->good += g.good;
	}
	a->scores += (int64_t)n;
	return n;
}

static void add_rated(struct acc *a, const struct walk *w, size_t from, size_t to, int64_t at, bool left)
{
	const struct sv key = store_customer(w->j->pop->store, w->j->rows.customer);
	struct rated x = { .scores = (uint32_t)(to - from), .left = left, .touch_from = (uint32_t)a->ntouch, .at = at };
	double sum = 0, product = 1, low = 1;
	for (size_t i = from; i < to; i++) {
		const struct given *g = &a->given[i];
		sum += g->unit;
		product *= g->unit;
		low = g->unit < low ? g->unit : low;
		x.good += g->good;
		GROW(a->touch, a->touch_cap, a->ntouch + 1);
		a->touch[a->ntouch++] = g->touch;
	}
	x.v[MEAN_TOUCH] = sum / (double)x.scores;
	x.v[LAST] = a->given[to - 1].unit;
	x.v[MIN] = low;
	x.v[SHARE_GOOD] = (double)x.good / (double)x.scores;
	x.v[PRODUCT] = product;
	x.who = hash_mix(hash64(key.p ? key.p : "", key.n) ^ hash_mix(w->j->pop->seed));
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n++] = x;
}

static void add_walk(void *acc, const struct walk *w, void *ctx)
{
	struct acc *a = acc;
	const struct state *s = ctx;
	const size_t n = scores_of(a, w);
	size_t from = 0, to = 0;
	if (!n || w->j->rows.guest)
		return;
	stretches_of(&a->s, &s->fates, w);
	for (int64_t at = s->first; at < s->fates.until; at += (int64_t)LEAVE_DAYS * DAY_S) {
		while (to < n && a->given[to].at < at)
			to++;
		while (from < to && a->given[from].at < at - (int64_t)YEAR_DAYS * DAY_S)
			from++;
		const enum fate fate = from < to ? fate_after(&s->fates, &a->s, at, (int64_t)LEAVE_DAYS * DAY_S) : FATE_UNKNOWN;
		if (fate != FATE_UNKNOWN)
			add_rated(a, w, from, to, at, fate == FATE_LEFT);
	}
}

static void acc_release(struct acc *a)
{
	free(a->v);
	free(a->touch);
	free(a->rate);
	free(a->given);
	ids_release(&a->rate_ids);
	stretches_release(&a->s);
	*a = (struct acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	GROW(a->v, a->cap, a->n + b->n);
	GROW(a->touch, a->touch_cap, a->ntouch + b->ntouch);
	for (size_t i = 0; i < b->n; i++) {
		a->v[a->n] = b->v[i];
		a->v[a->n++].touch_from += (uint32_t)a->ntouch;
	}
	if (b->ntouch)
		memcpy(a->touch + a->ntouch, b->touch, b->ntouch * sizeof *b->touch);
	a->ntouch += b->ntouch;
	for (size_t i = 0; i < b->nrate; i++) {
		struct touch_rate *r = rate_of(a, b->rate[i].code);
		r->scores += b->rate[i].scores;
		r->good += b->rate[i].good;
	}
	a->scores += b->scores;
	acc_release(b);
}

/* ---- estimate ---- */
struct told {
	double auc, diff;
	struct interval ci, diff_ci;
};
struct whole {
	int64_t n, good;           /* journeys of two scores or more; all good */
	double observed, expected;
	struct interval ci, expected_ci;
};

/* Poisson(1) by inversion of 53 random bits. */
static double poisson(uint64_t bits)
{
	double u = (double)(bits >> 11) / 9007199254740992.0, p = exp(-1), k = 0;
	while (u >= p && k < 20) {
		u -= p;
		k++;
		p /= k;
	}
	return k;
}

/* Rows in an order of their own: whatever the threads, sums run the same way. */
static int by_who(const void *x, const void *y)
{
	const struct rated *a = x, *b = y;
	if (a->who != b->who)
		return a->who < b->who ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

struct at_value {
	double x;
	uint32_t row;
};

static int by_value(const void *x, const void *y)
{
	const struct at_value *a = x, *b = y;
	if (a->x < b->x || a->x > b->x)
		return a->x < b->x ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

/* Lower means leaving: the value is turned round. */
static struct at_value *ordered(const struct acc *a, int measure)
{
	struct at_value *o = xcalloc(a->n + 1, sizeof *o);
	for (size_t i = 0; i < a->n; i++)
		o[i] = (struct at_value){ -a->v[i].v[measure], (uint32_t)i };
	if (a->n)
		qsort(o, a->n, sizeof *o, by_value);
	return o;
}

static double auc_of(const struct acc *a, const struct at_value *o, const double *weight, double *room)
{
	double *x = room, *yes = room + a->n, *no = room + a->n * 2, var;
	for (size_t i = 0; i < a->n; i++) {
		const double w = weight ? weight[o[i].row] : 1;
		x[i] = o[i].x;
		yes[i] = a->v[o[i].row].left ? w : 0;
		no[i] = a->v[o[i].row].left ? 0 : w;
	}
	return auc_counts(x, yes, no, a->n, &var);
}

static void estimate(struct told out[MEASURES], const struct acc *a)
{
	struct at_value *order[MEASURES];
	double *room = xcalloc(a->n * 4 + 1, sizeof *room), *weight = room + a->n * 3;
	double (*rep)[MEASURES] = xcalloc(REPLICATES, sizeof *rep), v[REPLICATES];
	for (int m = 0; m < MEASURES; m++) {
		order[m] = ordered(a, m);
		out[m].auc = auc_of(a, order[m], NULL, room);
		out[m].diff = out[m].auc - out[MEAN_TOUCH].auc;
	}
	for (int b = 0; b < REPLICATES; b++) {
		for (size_t i = 0; i < a->n; i++)
			weight[i] = poisson(hash_mix(a->v[i].who + (uint64_t)(b + 1) * 0x9e3779b97f4a7c15u));
		for (int m = 0; m < MEASURES; m++)
			rep[b][m] = auc_of(a, order[m], weight, room);
	}
	for (int m = 0; m < MEASURES; m++) {
		size_t n = 0;
		for (int b = 0; b < REPLICATES; b++)
			if (!isnan(rep[b][m]))
				v[n++] = rep[b][m];
		out[m].ci = percentile_interval(v, n, ALPHA);
		n = 0;
		for (int b = 0; b < REPLICATES; b++)
			if (!isnan(rep[b][m]))
				v[n++] = rep[b][m] - rep[b][MEAN_TOUCH];
		out[m].diff_ci = percentile_interval(v, n, ALPHA);
		free(order[m]);
	}
	free(room);
	free(rep);
}

static struct whole whole_of(struct acc *a)
{
	struct whole w = { .observed = NAN, .expected = NAN, .expected_ci = { NAN, NAN } };
	double sum = 0, squares = 0;
	for (size_t i = 0; i < a->n; i++) {
		const struct rated *x = &a->v[i];
		double p = 1;
		if (x->scores < 2)
			continue;
		for (uint32_t k = 0; k < x->scores; k++) {
			const struct touch_rate *r = rate_of(a, a->touch[x->touch_from + k]);
			p *= (double)r->good / (double)r->scores;
		}
		w.n++;
		w.good += x->good == x->scores;
		sum += p;
		squares += p * p;
	}
	w.ci = wilson((double)w.good, (double)w.n, ALPHA);
	if (w.n) {
		w.observed = (double)w.good / (double)w.n;
		w.expected = sum / (double)w.n;
		w.expected_ci = mean_interval(sum, squares, (double)w.n, ALPHA);
	}
	return w;
}

/* ---- table ---- */
static void put_three(struct table *t, double v, struct interval ci, bool few)
{
	const double x[] = { v, ci.lo, ci.hi };
	for (int i = 0; i < 3; i++)
		if (few)
			put_few(t);
		else
			put_real(t, x[i]);
}

static void fill(struct report *r, const struct acc *a, const struct told told[MEASURES], const struct whole *w, int64_t left, bool few)
{
	struct table *t = &r->table, *d = &r->figure.data;
	static const char *const numbers[] = { "auc_churn", "lo", "hi", "diff", "diff_lo", "diff_hi" };
	table_col(t, "measure", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "left", COL_INT, NULL, 0);
	for (int i = 0; i < 6; i++)
		table_col(t, numbers[i], COL_REAL, NULL, 3);
	table_col(t, "mean", COL_REAL, NULL, 3);
	table_col(t, "mean_lo", COL_REAL, NULL, 3);
	table_col(t, "mean_hi", COL_REAL, NULL, 3);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	r->figure.kind = FIG_FOREST;
	r->figure.title = "which score tells who leaves";
	r->figure.x_label = "chance that a leaver had the lower score";
	r->figure.ref = 0.5;
	table_col(d, "measure", COL_TEXT, NULL, -1);
	table_col(d, "auc", COL_REAL, NULL, 3);
	table_col(d, "lo", COL_REAL, NULL, 3);
	table_col(d, "hi", COL_REAL, NULL, 3);
	for (int m = 0; m < MEASURES && a->n; m++) {
		double sum = 0, squares = 0;
		for (size_t i = 0; i < a->n; i++) {
			sum += a->v[i].v[m];
			squares += a->v[i].v[m] * a->v[i].v[m];
		}
		put_z(t, measure_name[m]);
		put_int(t, (int64_t)a->n);
		put_int(t, left);
		put_three(t, told[m].auc, told[m].ci, few);
		if (m == MEAN_TOUCH)
			put_three(t, NAN, (struct interval){ NAN, NAN }, false);
		else
			put_three(t, told[m].diff, told[m].diff_ci, few);
		put_three(t, sum / (double)a->n, mean_interval(sum, squares, (double)a->n, ALPHA), false);
		put_z(t, few ? "few" : "");
		if (!few) {
			put_z(d, measure_name[m]);
			put_three(d, told[m].auc, told[m].ci, false);
		}
	}
	for (int k = 0; k < 2 && w->n; k++) {
		put_z(t, k ? "passed_all_expected" : "passed_all_observed");
		put_int(t, w->n);
		for (int i = 0; i < 7; i++)
			put_empty(t);
		put_three(t, k ? w->expected : w->observed, k ? w->expected_ci : w->ci, w->n < RATED_MIN);
		put_z(t, w->n < RATED_MIN ? "few" : "");
	}
}

static void find(struct str *s, const struct acc *a, const struct told told[MEASURES], const struct whole *w, int64_t left, bool few)
{
	if (!a->scores) {
		str_puts(s, "no customer gave a score.");
		return;
	}
	if (few) {
		say_things(s, (int64_t)a->n, "rated journey", "rated journeys");
		str_puts(s, " of customers, ");
		say_count(s, left);
		str_printf(s, " of whom left within %d days: needs about %d and %d.", LEAVE_DAYS, RATED_MIN, LEFT_MIN);
	} else {
		int best = LAST;
		for (int m = LAST; m < MEASURES; m++)
			if (told[m].diff > told[best].diff)
				best = m;
		if (told[best].ci.lo <= 0.5 && told[MEAN_TOUCH].ci.lo <= 0.5)
			str_printf(s, "scores do not tell who leaves: by %s a leaver had the lower one with chance ", measure_name[best]);
		else if (told[best].diff_ci.lo > 0)
			str_printf(s, "the journey tells more than its parts: by %s a leaver is known with chance ", measure_name[best]);
		else
			str_printf(s, "the journey tells no more than its parts, beyond chance: by %s a leaver is known with chance ", measure_name[best]);
		say_real(s, told[best].auc, 3);
		str_puts(s, " (");
		say_real(s, told[best].ci.lo, 3);
		str_puts(s, " to ");
		say_real(s, told[best].ci.hi, 3);
		str_puts(s, "), by the mean of the touchpoints with ");
		say_real(s, told[MEAN_TOUCH].auc, 3);
		str_puts(s, " (0.5 = tells nothing).");
	}
	if (w->n >= RATED_MIN) {
		str_putc(s, ' ');
		say_share(s, w->observed);
		str_puts(s, " of journeys with two scores or more were good throughout (");
		say_shares(s, w->ci);
		str_puts(s, "); if touchpoints failed independently it would be ");
		say_share(s, w->expected);
		str_putc(s, '.');
	}
}

static enum wend_err finish(struct touch_job *job, const struct walk_facts *f, const struct fold_counts *n, struct report *r, struct err *err)
{
	struct state *s = job->state;
	struct acc *a = &s->a;
	struct told told[MEASURES] = { { 0 } };
	int64_t left = 0;
	(void)f;
	(void)n;
	(void)err;
	if (a->n)
		qsort(a->v, a->n, sizeof *a->v, by_who);
	for (size_t i = 0; i < a->n; i++)
		left += a->v[i].left;
	const bool few = a->n < RATED_MIN || left < LEFT_MIN || (int64_t)a->n - left < LEFT_MIN;
	const struct whole w = whole_of(a);
	if (!few)
		estimate(told, a);
	fill(r, a, told, &w, left, few);
	find(&r->finding, a, told, &w, left, few);
	str_printf(&r->definition, "a rated journey: a customer every %d days with his scores of the year before; left in the %d days behind", LEAVE_DAYS, LEAVE_DAYS);
	fates_define(&r->definition, &s->fates);
	line_add(&r->explain.text, "scores from 0 to 1 on their own scale; good: csat 4 of 5, nps 9 of 10, ces 5.5 of 7; %lld scores", (long long)a->scores);
	line_add(&r->explain.text, "auc_churn: limits by %d bootstrap replicates of the customers (Efron 1979), percentiles", REPLICATES);
	line_add(&r->explain.text, "passed_all_expected: mean over journeys of the product of their touchpoints' shares of good scores");
	line_add(&r->next, "wend touchpoints effort --show index");
	return WEND_OK;
}

static void release(struct touch_job *job)
{
	struct state *s = job->state;
	acc_release(&s->a);
	fates_release(&s->fates);
}

enum wend_err satisfaction_prepare(struct touch_job *job, struct err *err)
{
	struct state *s = arena_zalloc((struct arena *)&job->p->arena, sizeof *s);
	job->state = s;
	job->finish = finish;
	job->release = release;
	job->part = (struct walk_part){ .acc_size = sizeof s->a, .acc = &s->a, .customer = add_walk, .merge = merge, .ctx = s };
	s->p = job->p;
	job->also.kinds = KIND_BIT(KIND_FEEDBACK);
	fields_add(&job->also.fields, F_SCORE);
	fields_add(&job->also.fields, F_SCALE);
	fields_add(&job->also.fields, F_TOUCHPOINT);
	enum wend_err e = fates_init(&s->fates, job->p, job->o->bad, job->ro, err);
	/* landmarks count back from the end, so that the last one is as late as can be judged */
	s->first = s->fates.until - (int64_t)LEAVE_DAYS * DAY_S * LANDMARKS;
	fates_fields(&job->also, &s->fates);
	job->also.money = 0;
	return e;
}

enum wend_err metric_touch_satisfaction(const struct population *p, const struct touch_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	touch_prepare *const one = satisfaction_prepare;
	return touch_run(p, o, ro, &one, 1, &r, err);
}
