/* Scans over a store, the answer on one line each: the same three questions that
 * bench/peers/duckdb.mjs asks, written on the fold as a report is.
 *
 *     scan STORE [THREADS]
 *
 * Questions are names on standard input, one a line, so that an open store can be asked in
 * turn with a peer; the answer is the name, the seconds it took, and
 *
 *   summary      customers, sum of x, t_x, T (days) and of the minor units after the first day
 *   transitions  edges, largest, smallest and sum of counts of channel -> next channel
 *   cohorts      cells, customer-months, sum of months times customers
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "wend/journey.h"

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct sums {
	int64_t customers, x, t_x, T, minor;
};
static void summary(void *acc, const struct journey *j, void *ctx)
{
	struct sums *s = acc;
	(void)ctx;
	const struct rows *r = &j->rows;
	int64_t days = 0, after = 0, this_day = 0;
	int32_t first = 0, day = 0;
	for (size_t i = 0; i < r->n; i++) {
		if (j->seen[i] != SEEN)
			continue;
		if (!days || j->day[i] != day) {
			if (days > 1)
				after += this_day;
			else if (!days)
				first = j->day[i];
			day = j->day[i];
			this_day = 0;
			days++;
		}
		this_day += r->f[F_AMOUNT][i];
	}
	if (!days)
		return;
	if (days > 1)
		after += this_day;
	s->customers++;
	s->x += days - 1;
	s->t_x += day - first;
	s->T += j->pop->as_of - first;
	s->minor += after;
}
static void summary_merge(void *into, void *from, void *ctx)
{
	struct sums *a = into, *b = from;
	(void)ctx;
	a->customers += b->customers;
	a->x += b->x;
	a->t_x += b->t_x;
	a->T += b->T;
	a->minor += b->minor;
}

#define WORDS 64
struct edges {
	int64_t n[WORDS * WORDS];
};
static void transitions(void *acc, const struct journey *j, void *ctx)
{
	struct edges *e = acc;
	int64_t before = -1;
	(void)ctx;
	for (size_t i = 0; i < j->rows.n; i++) {
		if (j->seen[i] != SEEN)
			continue;
		int64_t c = j->rows.f[F_CHANNEL][i];
		if (c < 0 || c >= WORDS)
			continue;
		if (before >= 0)
			e->n[before * WORDS + c]++;
		before = c;
	}
}
static void edges_merge(void *into, void *from, void *ctx)
{
	struct edges *a = into, *b = from;
	(void)ctx;
	for (int i = 0; i < WORDS * WORDS; i++)
		a->n[i] += b->n[i];
}

#define MONTHS 256
struct cohorts {
	int64_t n[MONTHS * MONTHS];
};
struct months {
	int16_t of[20 * 366];
	int32_t day0;
};
static void cohorts(void *acc, const struct journey *j, void *ctx)
{
	struct cohorts *c = acc;
	const struct months *m = ctx;
	int first = -1, last = -1;
	for (size_t i = 0; i < j->rows.n; i++) {
		if (j->seen[i] != SEEN)
			continue;
		int k = m->of[j->day[i] - m->day0];
		if (first < 0)
			first = k;
		if (k != last)
			c->n[first * MONTHS + k - first]++;
		last = k;
	}
}
static void cohorts_merge(void *into, void *from, void *ctx)
{
	struct cohorts *a = into, *b = from;
	(void)ctx;
	for (int i = 0; i < MONTHS * MONTHS; i++)
		a->n[i] += b->n[i];
}

struct asked {
	struct sums sums;
	struct edges edges;
	struct cohorts cells;
};

/* Asks question q (0 summary, 1 transitions, 2 cohorts) and takes the time. */
static enum wend_err ask(struct asked *a, int q, const struct population *p, struct months *months, double *seconds_out, struct err *err)
{
	struct fold f = { .kinds = KIND_BIT(KIND_ORDERS) };
	struct fold_counts counts = { 0 };
	void *acc = q == 0 ? (void *)&a->sums : q == 1 ? (void *)&a->edges : (void *)&a->cells;
	f.acc_size = q == 0 ? sizeof a->sums : q == 1 ? sizeof a->edges : sizeof a->cells;
	f.customer = q == 0 ? summary : q == 1 ? transitions : cohorts;
	f.merge = q == 0 ? summary_merge : q == 1 ? edges_merge : cohorts_merge;
	f.ctx = months;
	f.want_day = q != 1;
	if (q == 0)
		fields_add(&f.fields, F_AMOUNT);
	if (q == 1)
		fields_add(&f.fields, F_CHANNEL);
	memset(acc, 0, f.acc_size);
	const double t0 = now();
	const enum wend_err e = fold_run(p, &f, acc, &counts, err);
	*seconds_out = now() - t0;
	return e;
}

static void say_edges(double t, const struct edges *e)
{
	int64_t n = 0, max = 0, min = INT64_MAX, sum = 0;
	for (int i = 0; i < WORDS * WORDS; i++)
		if (e->n[i]) {
			n++;
			sum += e->n[i];
			max = e->n[i] > max ? e->n[i] : max;
			min = e->n[i] < min ? e->n[i] : min;
		}
	printf("transitions %.4f %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", t, n, max, min, sum);
}

static void say_cohorts(double t, const struct cohorts *c)
{
	int64_t n = 0, sum = 0, w = 0;
	for (int i = 0; i < MONTHS * MONTHS; i++)
		if (c->n[i]) {
			n++;
			sum += c->n[i];
			w += c->n[i] * (i % MONTHS);
		}
	printf("cohorts %.4f %" PRId64 " %" PRId64 " %" PRId64 " 0\n", t, n, sum, w);
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct store *s = NULL;
	struct population p;
	struct report_options ro = { 0 };
	static struct months months;
	static struct asked a;
	char question[32];
	if (argc < 2)
		return 2;
	ro.threads = argc > 2 ? argv[2][0] - '0' : 2;
	ro.tz = "UTC";
	months.day0 = civil_day(2010, 1, 1);
	for (int32_t d = 0; d < 20 * 366; d++) {
		int y, m, md;
		civil_ymd(months.day0 + d, &y, &m, &md);
		months.of[d] = (int16_t)((y - 2010) * 12 + m - 1);
	}
	enum wend_err e = store_open(&s, argv[1], STORE_READ, &err);
	if (!e)
		e = population_init(&p, s, &ro, KIND_ORDERS, &err);
	const bool open = !e;
	while (!e && fgets(question, sizeof question, stdin)) {
		const int q = !strncmp(question, "summary", 7) ? 0 : !strncmp(question, "transitions", 11) ? 1 : 2;
		double t = 0;
		e = ask(&a, q, &p, &months, &t, &err);
		if (e)
			break;
		if (q == 0)
			printf("summary %.4f %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", t, a.sums.customers, a.sums.x, a.sums.t_x, a.sums.T, a.sums.minor);
		else if (q == 1)
			say_edges(t, &a.edges);
		else
			say_cohorts(t, &a.cells);
		fflush(stdout);
	}
	if (e)
		fprintf(stderr, "scan: %s\n", err.msg);
	if (open)
		population_release(&p);
	store_close(s);
	return e ? 4 : 0;
}
