/* The models on the CDNOW data (Fader & Hardie 2001) and the retention table of Fader & Hardie
 * (2007) against the computed rows of ltv_reference.csv: 8 digits, Pareto/NBD 7. Data and table
 * lie beside the project and are read at run time; without them the tests are skipped aloud. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "wend/model.h"

enum { END = 10134, LAST = 10407, MOST = 24000 }; /* 1997-09-30 and 1998-06-30 in days since 1970 */

struct customer {
	long id;
	uint32_t x;
	double tx, T, spent, later; /* weeks; money of repeat days; days with a purchase after END */
};
struct set {
	size_t n, cells, spenders;
	struct customer c[MOST];
	uint32_t x[MOST], spend_x[MOST];
	double tx[MOST], T[MOST], w[MOST], total[MOST], ones[MOST];
	struct btyd_fit fit[BTYD_KINDS];
	struct spend_fit spend;
};
static struct set sets[3];
static const char *const set_name[3] = { "cdnow_sample_exact", "cdnow_sample_rounded", "cdnow_master" };

static FILE *beside(const char *name)
{
	const char *shared = getenv("WEND_SHARED");
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", shared && *shared ? shared : "../shared", name);
	return fopen(path, "r");
}

static int day_of(int y, int m, int d)
{
	y -= m <= 2;
	const int era = y / 400, yoe = y % 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

struct purchase {
	long id, cents;
	int day;
};
static struct purchase purchases[70000];

static int by_customer_and_day(const void *a, const void *b)
{
	const struct purchase *p = a, *q = b;
	return p->id != q->id ? (p->id > q->id) - (p->id < q->id) : (p->day > q->day) - (p->day < q->day);
}

static bool read_log(struct set *s, const char *name, bool two_ids)
{
	FILE *f = beside(name);
	char line[256];
	size_t n = 0;
	if (!f)
		return false;
	while (fgets(line, sizeof line, f)) {
		struct purchase p;
		int y, m, d, cds, cents;
		long dollars, other;
		if (!(two_ids ? sscanf(line, "%ld,%ld,%d-%d-%d,%d,%ld.%d", &p.id, &other, &y, &m, &d, &cds, &dollars, &cents) == 8
			      : sscanf(line, "%ld,%d-%d-%d,%d,%ld.%d", &p.id, &y, &m, &d, &cds, &dollars, &cents) == 7))
			continue;
		p.day = day_of(y, m, d);
		p.cents = dollars * 100 + cents;
		purchases[n++] = p;
	}
	fclose(f);
	qsort(purchases, n, sizeof *purchases, by_customer_and_day);
	for (size_t i = 0; i < n;) {
		struct customer *c = &s->c[s->n++];
		const int first = purchases[i].day;
		long cents = 0;
		int last = first;
		c->id = purchases[i].id;
		for (; i < n && purchases[i].id == c->id; i++) {
			const struct purchase *p = &purchases[i];
			if (p->day > END) {
				c->later += p->day != last && p->day <= LAST;
			} else if (p->day > first) {
				c->x += p->day != last;
				cents += p->cents;
				c->tx = (p->day - first) / 7.0;
			}
			last = p->day;
		}
		c->T = (END - first) / 7.0;
		c->spent = (double)cents / 100;
	}
	return true;
}

static bool read_summary(struct set *s, const char *name)
{
	FILE *f = beside(name);
	char line[256];
	if (!f)
		return false;
	while (fgets(line, sizeof line, f)) {
		struct customer c = { 0 };
		double mean;
		if (sscanf(line, "%ld,%u,%lf,%lf,%lf,%lf", &c.id, &c.x, &c.tx, &c.T, &mean, &c.later) != 6)
			continue;
		c.spent = mean * c.x;
		s->c[s->n++] = c;
	}
	fclose(f);
	return true;
}

static int by_cell(const void *a, const void *b)
{
	const struct customer *p = a, *q = b;
	if (p->x != q->x)
		return p->x > q->x ? 1 : -1;
	if (p->T < q->T || p->T > q->T)
		return p->T > q->T ? 1 : -1;
	return (p->tx > q->tx) - (p->tx < q->tx);
}

static struct btyd_cells cells_of(const struct set *s)
{
	return (struct btyd_cells){ s->cells, s->x, s->tx, s->T, s->w, 1 };
}

static struct spend_cells spenders_of(const struct set *s)
{
	return (struct spend_cells){ s->spenders, s->spend_x, s->total, s->ones };
}

static void fit_all(struct set *s)
{
	qsort(s->c, s->n, sizeof *s->c, by_cell);
	for (size_t i = 0; i < s->n; i++) {
		const struct customer *c = &s->c[i];
		if (c->spent > 0) {
			s->spend_x[s->spenders] = c->x;
			s->ones[s->spenders] = 1;
			s->total[s->spenders++] = c->spent;
		}
		if (i && by_cell(c - 1, c) == 0) {
			s->w[s->cells - 1]++;
			continue;
		}
		s->x[s->cells] = c->x;
		s->tx[s->cells] = c->tx;
		s->T[s->cells] = c->T;
		s->w[s->cells++] = 1;
	}
	const struct btyd_cells cells = cells_of(s);
	const struct spend_cells spenders = spenders_of(s);
	for (int kind = 0; kind < BTYD_KINDS; kind++)
		btyd_fit(&s->fit[kind], (enum btyd_kind)kind, 1, &cells, NULL);
	spend_fit(&s->spend, &spenders, NULL);
}

/* ---- what the table asks for ---- */

static const double delta = 0.13976194237515868 / 52; /* ln 1.15 a year */

static double money(const struct set *s, const struct customer *c)
{
	return spend_expect(&s->spend.model, c->spent > 0 ? c->x : 0, c->spent);
}

/* Sum over customers of v(c). */
typedef double of_customer(const struct set *s, const struct btyd_model *m, const struct customer *c);

static double over(const struct set *s, const struct btyd_model *m, of_customer *v)
{
	double sum = 0;
	for (size_t i = 0; i < s->n; i++)
		sum += v(s, m, &s->c[i]);
	return sum;
}

static double alive(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	(void)s;
	return btyd_alive(m, c->x, c->tx, c->T);
}

static double ahead(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	(void)s;
	return btyd_expect(m, c->x, c->tx, c->T, 39);
}

static double absolute_miss(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	return fabs(ahead(s, m, c) - c->later);
}

static double square_miss(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	return pow(ahead(s, m, c) - c->later, 2);
}

static double later(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	(void)s;
	(void)m;
	return c->later;
}

static double tracked39(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	(void)s;
	return btyd_expect(m, 0, 0, 0, c->T);
}

static double tracked78(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	(void)s;
	return btyd_expect(m, 0, 0, 0, c->T + 39);
}

/* If alive it depends on x and T alone; customers are sorted by them. */
static double discounted(const struct btyd_model *m, const struct customer *c, double to)
{
	static struct { const struct btyd_model *m; uint32_t x; double T, to, value; } last;
	if (last.m != m || last.x != c->x || fabs(last.T - c->T) > 0 || !(last.to <= to && to <= last.to)) {
		const double tx = c->x ? c->T : 0;
		last.m = m;
		last.x = c->x;
		last.T = c->T;
		last.to = to;
		last.value = btyd_discounted(m, c->x, tx, c->T, 0, to, delta) / btyd_alive(m, c->x, tx, c->T);
	}
	return last.value * btyd_alive(m, c->x, c->tx, c->T);
}

static double for_life(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	(void)s;
	return discounted(m, c, INFINITY);
}

static double for_a_year(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	(void)s;
	return discounted(m, c, 52);
}

/* Twelve months of 4.345 weeks, each discounted at its end by 1 %. */
static double twelve_months(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	double sum = 0, before = 0;
	for (int i = 1; i <= 12; i++) {
		const double now = btyd_expect(m, c->x, c->tx, c->T, 4.345 * i);
		sum += (now - before) / pow(1.01, i);
		before = now;
	}
	return sum * money(s, c);
}

static double life_value(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	return for_life(s, m, c) * money(s, c);
}

static double year_value(const struct set *s, const struct btyd_model *m, const struct customer *c)
{
	return for_a_year(s, m, c) * money(s, c);
}

static double pearson(const double *a, const double *b, size_t n)
{
	double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
	for (size_t i = 0; i < n; i++) {
		ma += a[i] / (double)n;
		mb += b[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		ab += (a[i] - ma) * (b[i] - mb);
		aa += (a[i] - ma) * (a[i] - ma);
		bb += (b[i] - mb) * (b[i] - mb);
	}
	return ab / sqrt(aa * bb);
}

static const double *ranked;
static int by_value(const void *a, const void *b)
{
	const double u = ranked[*(const size_t *)a], v = ranked[*(const size_t *)b];
	return (u > v) - (u < v);
}

static void to_ranks(double *v, size_t n)
{
	static size_t order[MOST];
	static double rank[MOST];
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	ranked = v;
	qsort(order, n, sizeof *order, by_value);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i; j < n && !(v[order[j]] > v[order[i]]); j++)
			;
		for (size_t k = i; k < j; k++)
			rank[order[k]] = (double)(i + j - 1) / 2;
	}
	memcpy(v, rank, n * sizeof *v);
}

static double correlation(const struct set *s, const struct btyd_model *m, bool ranks)
{
	static double a[MOST], b[MOST];
	for (size_t i = 0; i < s->n; i++) {
		a[i] = ahead(s, m, &s->c[i]);
		b[i] = s->c[i].later;
	}
	if (ranks) {
		to_ranks(a, s->n);
		to_ranks(b, s->n);
	}
	return pearson(a, b, s->n);
}

static double spend_correlation(const struct set *s)
{
	static double a[MOST], b[MOST];
	for (size_t i = 0; i < s->spenders; i++) {
		a[i] = s->spend_x[i];
		b[i] = s->total[i] / s->spend_x[i];
	}
	return pearson(a, b, s->spenders);
}

static bool begins(const char *q, const char *with)
{
	return strncmp(q, with, strlen(with)) == 0;
}

static double of_purchases(const struct set *s, const struct btyd_fit *f, const char *q)
{
	static const struct { const char *name; of_customer *v; bool mean; } sums[] = {
		{ "mean_P(alive)", alive, true }, { "sum_P(alive)", alive, false }, { "forecast_predicted_sum", ahead, false },
		{ "forecast_MAE", absolute_miss, true }, { "tracking_cum_expected_week39", tracked39, false },
		{ "tracking_cum_expected_week78", tracked78, false }, { "mean_DERT", for_life, true }, { "mean_DET(", for_a_year, true },
		{ "mean_CLV(lifetimes", twelve_months, true }, { "mean_CLV(delta=ln1.15/yr,inf", life_value, true },
		{ "mean_CLV(delta=ln1.15/yr,1yr", year_value, true },
	};
	const struct btyd_model *m = &f->model;
	double x, tx, T;
	for (int i = 0; i < 4; i++) {
		char se[32];
		snprintf(se, sizeof se, "se(%s)", btyd_param_name[m->kind][i]);
		if (!strcmp(q, btyd_param_name[m->kind][i]))
			return m->p[i];
		if (!strcmp(q, se))
			return m->p[i] * sqrt(f->cov[i * 5]);
	}
	if (!strcmp(q, "logLik"))
		return f->loglik;
	if (!strcmp(q, "hess_cond"))
		return f->condition;
	if (sscanf(q, "E[X(%lf)]", &T) == 1)
		return btyd_expect(m, 0, 0, 0, T);
	if (sscanf(q, "P(alive|x=%lf,tx=%lf,T=%lf)", &x, &tx, &T) == 3)
		return btyd_alive(m, (uint32_t)x, tx, T);
	if (sscanf(q, "E[Y(39)|x=%lf,tx=%lf,T=%lf]", &x, &tx, &T) == 3)
		return btyd_expect(m, (uint32_t)x, tx, T, 39);
	if (!strcmp(q, "forecast_RMSE"))
		return sqrt(over(s, m, square_miss) / (double)s->n);
	if (!strcmp(q, "forecast_bias_pct"))
		return 100 * (over(s, m, ahead) / over(s, m, later) - 1);
	if (!strcmp(q, "forecast_pearson") || !strcmp(q, "forecast_spearman"))
		return correlation(s, m, q[9] == 's');
	for (size_t i = 0; begins(q, "CLV_customer1") && i < s->n; i++)
		if (s->c[i].id == 1)
			return twelve_months(s, m, &s->c[i]);
	for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
		if (begins(q, sums[i].name))
			return over(s, m, sums[i].v) / (sums[i].mean ? (double)s->n : 1);
	fail_msg("nothing computes '%s'", q);
	return NAN;
}

static double of_spending(const struct set *s, const char *q)
{
	const struct spend_model *m = &s->spend.model;
	const double *cov = s->spend.cov;
	double x, mean, sum = 0;
	if (!strcmp(q, "p") || !strcmp(q, "se(p)"))
		return m->p * (q[1] ? sqrt(cov[0]) : 1);
	if (!strcmp(q, "q"))
		return m->q;
	if (!strcmp(q, "se(q)"))
		return (m->q - 1) * sqrt(cov[4]);
	if (!strcmp(q, "v") || !strcmp(q, "se(v)"))
		return m->gamma * (q[1] ? sqrt(cov[8]) : 1);
	if (!strcmp(q, "logLik"))
		return s->spend.loglik;
	if (!strcmp(q, "n"))
		return s->spend.customers;
	if (begins(q, "population_mean"))
		return spend_mean(m);
	if (begins(q, "corr("))
		return spend_correlation(s);
	if (sscanf(q, "E[M|x=%lf,m=%lf]", &x, &mean) == 2)
		return spend_expect(m, (uint32_t)x, x * mean);
	for (size_t i = 0; !strcmp(q, "mean_E[M]") && i < s->n; i++)
		sum += money(s, &s->c[i]) / (double)s->n;
	if (sum > 0)
		return sum;
	fail_msg("nothing computes '%s'", q);
	return NAN;
}

/* ---- the rows ---- */

/* dataset,model,quantity,value,source with quotes round a quantity that has commas. */
static bool split(char *line, char *part[5])
{
	for (int i = 0; i < 5; i++) {
		const bool quoted = *line == '"';
		part[i] = line += quoted;
		line = i == 4 ? line + strcspn(line, "\r\n") : strchr(line, quoted ? '"' : ',');
		if (!line)
			return false;
		if (quoted && i < 4)
			*line++ = 0;
		*line++ = 0;
	}
	return true;
}

/* The table's own Gauss-Laguerre rule for DERT is off by 2 parts in 1e8: on Pareto/NBD, whose
 * closed form the table has, too, by 1.5 (3.057084514 for 3.057084468). For the other two models
 * an adaptive quadrature of 25 digits decides (tests/oracle/cdnow_dert.py). */
static bool by_their_quadrature(const char *q)
{
	return begins(q, "mean_DERT(") || begins(q, "mean_CLV(delta=ln1.15/yr,inf");
}

/* The table's standard errors of Pareto/NBD keep five digits: they come from differences of the
 * likelihood. Ours are the inverse of a Hessian that is exact to 11 digits
 * (tests/unit/model_likelihood.c) and, below, what differences of the exact gradient give. */
static double allowed(int kind, bool spending, const char *q)
{
	if (by_their_quadrature(q))
		return 2.5e-8;
	if (spending || kind != BTYD_PNBD)
		return 5e-9;
	return begins(q, "se(") ? 2e-5 : 5e-8;
}

static void check_set(size_t which, size_t at_least)
{
	FILE *f = beside("reference/ltv_reference.csv");
	char line[512], *part[5];
	size_t seen = 0, off = 0;
	struct set *s = &sets[which];
	if (!f || !s->n) {
		if (f)
			fclose(f);
		print_message("no CDNOW data beside the project\n");
		skip();
	}
	while (fgets(line, sizeof line, f)) {
		if (!split(line, part) || strcmp(part[0], set_name[which]) || !begins(part[4], "computed") || begins(part[2], "max|grad"))
			continue;
		int kind = begins(part[1], "BG/NBD") ? BTYD_BGNBD : begins(part[1], "MBG/NBD") ? BTYD_MBGNBD : BTYD_PNBD;
		const bool spending = !strcmp(part[1], "Gamma-Gamma");
		const double want = strtod(part[3], NULL), got = spending ? of_spending(s, part[2]) : of_purchases(s, &s->fit[kind], part[2]);
		const double most = allowed(kind, spending, part[2]);
		seen++;
		if (!(fabs(got / want - 1) <= most)) {
			print_message("%s %s %s: %.12g, not %s (%.2g)\n", part[0], part[1], part[2], got, part[3], got / want - 1);
			off++;
		}
	}
	fclose(f);
	assert_true(seen >= at_least);
	assert_int_equal(off, 0);
}

static void sample_to_eight_digits(void **state)
{
	(void)state;
	check_set(0, 150);
}

static void rounded_summary_to_eight_digits(void **state)
{
	(void)state;
	check_set(1, 150);
}

static void master_to_eight_digits(void **state)
{
	(void)state;
	check_set(2, 150);
}

static void every_fit_is_a_maximum(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct set *s = &sets[i];
		if (!s->n)
			skip();
		for (int kind = 0; kind < BTYD_KINDS; kind++) {
			assert_null(s->fit[kind].reason);
			for (int k = 0; k < 4; k++)
				assert_true(fabs(s->fit[kind].grad[k]) <= 1e-9);
		}
		assert_null(s->spend.reason);
		for (int k = 0; k < 3; k++)
			assert_true(fabs(s->spend.grad[k]) <= 1e-9);
		/* MBG/CNBD-k with k = 1 is MBG/NBD. */
		for (int k = 0; k < 4; k++)
			assert_true(fabs(s->fit[BTYD_MBGCNBD].model.p[k] / s->fit[BTYD_MBGNBD].model.p[k] - 1) < 1e-12);
	}
}

static void pareto_errors_are_those_of_a_differenced_gradient(void **state)
{
	(void)state;
	for (size_t which = 0; which < 3; which++) {
		const struct set *s = &sets[which];
		const struct btyd_fit *f = &s->fit[BTYD_PNBD];
		const struct btyd_cells c = cells_of(s);
		const double step = 1e-4;
		double info[16], cov[16];
		if (!s->n)
			skip();
		for (int i = 0; i < 4; i++) {
			double value, g[4][4];
			for (int at = 0; at < 4; at++) {
				static const double far[4] = { 1, -1, 2, -2 };
				struct btyd_model m = f->model;
				m.p[i] *= exp(far[at] * step);
				assert_true(btyd_loglik(&m, &c, &value, g[at], NULL));
			}
			for (int j = 0; j < 4; j++)
				info[i * 4 + j] = -(8 * (g[0][j] - g[1][j]) - (g[2][j] - g[3][j])) / (12 * step);
		}
		assert_true(spd_inverse(cov, info, 4));
		for (int i = 0; i < 4; i++)
			assert_true(fabs(sqrt(cov[i * 5] / f->cov[i * 5]) - 1) < 1e-8);
	}
}

static void life_is_what_25_digits_say(void **state)
{
	(void)state;
	const struct set *s = &sets[0];
	if (!s->n)
		skip();
	const double bg = over(s, &s->fit[BTYD_BGNBD].model, for_life) / (double)s->n;
	const double mbg = over(s, &s->fit[BTYD_MBGNBD].model, for_life) / (double)s->n;
	assert_true(fabs(bg / 2.85777014221552 - 1) < 1e-9);
	assert_true(fabs(mbg / 2.48762196850883 - 1) < 1e-9);
}

/* ---- contracts ---- */

static const double survival[2][8] = { { 100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1 }, { 100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1 } };

static double of_contract(const struct renewal_fit *f, const char *q)
{
	double d, t;
	unsigned n;
	if (!strcmp(q, "alpha") || !strcmp(q, "se(alpha)"))
		return f->model.alpha * (*q == 's' ? sqrt(f->cov[0]) : 1);
	if (!strcmp(q, "beta") || !strcmp(q, "se(beta)"))
		return f->model.beta * (*q == 's' ? sqrt(f->cov[3]) : 1);
	if (begins(q, "logLik"))
		return f->loglik;
	if (sscanf(q, "S(%lf)", &t) == 1)
		return renewal_survival(&f->model, t);
	if (sscanf(q, "DEL(d=%lf)", &d) == 1)
		return renewal_del(&f->model, d);
	if (sscanf(q, "DERL(d=%lf,n=%u)", &d, &n) == 2)
		return renewal_derl(&f->model, n, d);
	fail_msg("nothing computes '%s'", q);
	return NAN;
}

static void retention_table_to_eight_digits(void **state)
{
	(void)state;
	FILE *f = beside("reference/ltv_reference.csv");
	char line[512], *part[5];
	struct renewal_fit fit[2];
	size_t seen = 0;
	if (!f) {
		print_message("no ltv_reference.csv beside the project\n");
		skip();
	}
	for (int i = 0; i < 2; i++) {
		double risk[7], lost[7];
		for (int t = 0; t < 7; t++) {
			risk[t] = 10 * survival[i][t];
			lost[t] = 10 * (survival[i][t] - survival[i][t + 1]);
		}
		renewal_fit(&fit[i], false, &(struct renewals){ 7, risk, lost }, NULL);
		assert_null(fit[i].reason);
	}
	while (fgets(line, sizeof line, f)) {
		if (!split(line, part) || !begins(part[0], "sbg_") || !begins(part[4], "computed"))
			continue;
		const double want = strtod(part[3], NULL), got = of_contract(&fit[!strcmp(part[0], "sbg_regular")], part[2]);
		seen++;
		if (!(fabs(got / want - 1) <= 5e-9))
			fail_msg("%s %s: %.12g, not %s", part[0], part[2], got, part[3]);
	}
	fclose(f);
	assert_true(seen >= 46);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_to_eight_digits),
		cmocka_unit_test(rounded_summary_to_eight_digits),
		cmocka_unit_test(master_to_eight_digits),
		cmocka_unit_test(every_fit_is_a_maximum),
		cmocka_unit_test(pareto_errors_are_those_of_a_differenced_gradient),
		cmocka_unit_test(life_is_what_25_digits_say),
		cmocka_unit_test(retention_table_to_eight_digits),
	};
	if (read_log(&sets[0], "data/cdnow/cdnow_sample_transactions.csv", true) && read_summary(&sets[1], "data/cdnow/cdnow_sample_rfm_39w.csv") &&
	    read_log(&sets[2], "data/cdnow/cdnow_master_transactions.csv", false))
		for (size_t i = 0; i < 3; i++)
			fit_all(&sets[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
