/* Survival on the Telco data (IBM, 7,043 customers) against every row of churn_reference.csv that
 * R 4.2.2 with survival 3.5-3 made: Kaplan-Meier with its limits, medians and restricted means,
 * late entry, Nelson-Aalen, log-rank family, Cox's model, its test of steady effects. To 1e-8
 * relative, or to the digits the row was printed with. Data and table lie beside the project and
 * are read at run time; without them the test is skipped aloud. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wend/hazard.h"

static struct cases telco;
static bool there;
static int met, unknown_rows;

static FILE *beside(const char *name)
{
	const char *shared = getenv("WEND_SHARED");
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", shared && *shared ? shared : "../shared", name);
	return fopen(path, "r");
}

static size_t cells(struct sv *out, char *line)
{
	size_t n = 0;
	struct sv rest = sv_n(line, strcspn(line, "\r\n"));
	while (n < 40 && sv_cut(&rest, ',', &out[n]))
		n++;
	return n;
}

static int read_telco(void **state)
{
	FILE *f = beside("data/telco/telco.csv");
	char line[4096];
	struct sv v[40];
	struct err err = ERR_INIT;
	const struct cases_spec spec = { .time = "tenure", .event = "Churn=Yes", .rest = true };
	struct cases_reader *g = cases_reader_new(&spec);
	(void)state;
	while (f && fgets(line, sizeof line, f)) {
		const size_t n = cells(v, line);
		assert_int_equal(there ? cases_row(g, v, &err) : cases_header(g, v, n, &err), WEND_OK);
		there = true;
	}
	if (f)
		fclose(f);
	if (there)
		assert_int_equal(cases_finish(&telco, g, &err), WEND_OK);
	else
		cases_reader_free(g);
	return 0;
}

static int release(void **state)
{
	(void)state;
	if (there)
		cases_release(&telco);
	return 0;
}

/* ---- comparison ---- */

/* Half a unit of the last printed digit, or 1e-8 relative, whichever is wider. */
static bool near(double got, struct sv text, double *want)
{
	double unit = 1;
	bool point = false, digits = false;
	if (!sv_real(text, want))
		return false;
	for (size_t i = 0; i < text.n && text.p[i] != 'e'; i++) {
		if (text.p[i] == '.')
			point = true;
		else if (point)
			unit /= 10;
		digits = true;
	}
	const char *e = memchr(text.p, 'e', text.n);
	if (e)
		unit *= pow(10, strtod(e + 1, NULL));
	return digits && fabs(got - *want) <= fmax(1e-8 * fabs(*want), 0.51 * unit);
}

static void check(double got, struct sv value, struct sv method, struct sv what)
{
	double want;
	if (sv_is(value, "NA")) { /* a time not reached; limits of S = 1, where ours are exact */
		if (!sv_starts(what, "S("))
			assert_true(isnan(got));
		met++;
		return;
	}
	if (!near(got, value, &want))
		fail_msg("%.*s, %.*s: %.12g, not %.*s", (int)method.n, method.p, (int)what.n, what.p, got, (int)value.n, value.p);
	met++;
}

/* Curves of all and of each contract, by every kind of limits; late entry a month before. */
enum { CURVES = 5, ALL = 3, LATE = 4 };
static struct survival_step *curve[3][CURVES];
static size_t steps[CURVES];

static void draw(size_t at, const struct durations *d)
{
	steps[at] = d->n;
	for (int k = 0; k < 3; k++) {
		curve[k][at] = calloc(d->n + 1, sizeof **curve[k]);
		survival_steps(curve[k][at], d, 0.05, (enum survival_ci)k);
	}
}

static void make_curves(struct survival_groups *by)
{
	const struct case_column *contract = cases_column(&telco, "Contract");
	struct survival_groups all, late;
	struct cases c = telco;
	survival_count(by, &telco, contract->code, contract->levels);
	survival_count(&all, &telco, NULL, 1);
	c.entry = calloc(c.n + 1, sizeof *c.entry);
	c.time = calloc(c.n + 1, sizeof *c.time);
	c.event = calloc(c.n + 1, 1);
	c.n = 0;
	for (size_t i = 0; i < telco.n; i++) {
		if (telco.time[i] <= 0)
			continue;
		c.time[c.n] = telco.time[i];
		c.entry[c.n] = telco.time[i] - 1;
		c.event[c.n++] = telco.event[i];
	}
	survival_count(&late, &c, NULL, 1);
	for (size_t k = 0; k < 3; k++)
		draw(k, &by->d[k]);
	draw(ALL, all.d);
	draw(LATE, late.d);
	free(c.entry);
	free(c.time);
	free(c.event);
	survival_groups_release(&all);
	survival_groups_release(&late);
}

static size_t which_curve(struct sv what)
{
	const struct case_column *contract = cases_column(&telco, "Contract");
	const ptrdiff_t at = sv_find(what, SV("Contract="));
	for (size_t k = 0; at >= 0 && k < contract->levels; k++)
		if (sv_ends(what, contract->level[k].name.p) && what.n - (size_t)at - 9 == contract->level[k].name.n)
			return k;
	return ALL;
}

/* The number in parentheses. */
static double time_in(struct sv what)
{
	const char *open = memchr(what.p, '(', what.n);
	return open ? strtod(open + 1, NULL) : NAN;
}

static bool of_curve(struct sv method, struct sv what, double *got)
{
	const int kind = sv_is(method, "KM CI plain") ? SURVIVAL_PLAIN : sv_is(method, "KM CI log") ? SURVIVAL_LOG : SURVIVAL_LOGLOG;
	const size_t k = sv_starts(method, "KM delayed") ? LATE : which_curve(what);
	const struct survival_step *v = curve[kind][k];
	const struct survival_step s = survival_at(v, steps[k], time_in(what), 0.05);
	const struct survival_time median = survival_quantile(v, steps[k], 0.5);
	if (sv_starts(what, "S(") && sv_find(what, SV("lo95")) > 0)
		*got = s.ci.lo;
	else if (sv_starts(what, "S(") && sv_find(what, SV("hi95")) > 0)
		*got = s.ci.hi;
	else if (sv_starts(what, "S("))
		*got = s.survival;
	else if (sv_starts(what, "SE_greenwood"))
		*got = sqrt(s.variance);
	else if (sv_starts(what, "n_risk"))
		*got = s.risk;
	else if (sv_starts(what, "H("))
		*got = s.hazard;
	else if (sv_starts(what, "q25"))
		*got = survival_quantile(v, steps[k], 0.75).time;
	else if (sv_starts(what, "median lo95"))
		*got = median.ci.lo;
	else if (sv_starts(what, "median hi95"))
		*got = median.ci.hi;
	else if (sv_starts(what, "median"))
		*got = median.time;
	else if (sv_starts(what, "RMST"))
		*got = survival_mean(v, steps[k], time_in(what), 0.05).mean;
	else if (sv_starts(what, "SE RMST"))
		*got = sqrt(survival_mean(v, steps[k], time_in(what), 0.05).variance);
	else
		return false;
	return true;
}

/* ---- tests ---- */

static struct survival_test logrank, peto, stratified;

static void make_tests(const struct survival_groups *by)
{
	const struct case_column *contract = cases_column(&telco, "Contract"), *net = cases_column(&telco, "InternetService");
	uint16_t *code = calloc(telco.n + 1, sizeof *code);
	struct survival_groups g;
	survival_test(&logrank, by->d, contract->levels, 1, SURVIVAL_LOGRANK, 0, 0);
	survival_test(&peto, by->d, contract->levels, 1, SURVIVAL_PETO, 0, 0);
	for (size_t i = 0; i < telco.n; i++)
		code[i] = (uint16_t)(contract->code[i] * net->levels + net->code[i]);
	survival_count(&g, &telco, code, contract->levels * net->levels);
	survival_test(&stratified, g.d, net->levels, contract->levels, SURVIVAL_LOGRANK, 0, 0);
	survival_groups_release(&g);
	free(code);
}

static bool of_test(const struct survival_test *t, struct sv what, double *got)
{
	const struct case_column *contract = cases_column(&telco, "Contract");
	const ptrdiff_t at = sv_find(what, SV("grp="));
	for (size_t k = 0; at >= 0 && k < contract->levels; k++)
		if (sv_eq(sv_n(what.p + at + 4, what.n - (size_t)at - 4), contract->level[k].name)) {
			*got = sv_starts(what, "observed") ? t->observed[k] : t->expected[k];
			return true;
		}
	*got = sv_starts(what, "chisq") ? t->chisq : sv_starts(what, "df") ? t->df : sv_starts(what, "log10 p") ? t->log10_p : NAN;
	return !isnan(*got);
}

/* ---- models ---- */

enum { COLUMNS = 8 };
static const char *const label[COLUMNS] = { "ContractOne year", "ContractTwo year", "InternetServiceFiber optic", "InternetServiceNo", "SeniorCitizen", "PartnerYes", "PaperlessBillingYes", "MonthlyCharges" };
static struct cox_fit fits[4]; /* Efron, Breslow, MonthlyCharges alone, within contracts */
static struct cox_baseline base;

static void make_fits(void)
{
	struct cox_column col[COLUMNS];
	const struct case_column *contract = cases_column(&telco, "Contract"), *net = cases_column(&telco, "InternetService");
	col[0] = (struct cox_column){ NULL, contract->code, 1 };
	col[1] = (struct cox_column){ NULL, contract->code, 2 };
	col[2] = (struct cox_column){ NULL, net->code, 1 };
	col[3] = (struct cox_column){ NULL, net->code, 2 };
	col[4] = (struct cox_column){ cases_column(&telco, "SeniorCitizen")->number, NULL, 0 };
	col[5] = (struct cox_column){ NULL, cases_column(&telco, "Partner")->code, 1 };
	col[6] = (struct cox_column){ NULL, cases_column(&telco, "PaperlessBilling")->code, 1 };
	col[7] = (struct cox_column){ cases_column(&telco, "MonthlyCharges")->number, NULL, 0 };
	const size_t money = 7;
	struct cox_data d = { telco.n, COLUMNS, col, telco.time, NULL, NULL, telco.event, NULL, NULL, 0 };
	struct cox *m = cox_new(&d, 2);
	for (int k = 0; k < 2; k++) {
		const enum cox_ties ties = k ? COX_BRESLOW : COX_EFRON;
		cox_run(&fits[k], m, NULL, COLUMNS, ties);
		cox_steady(&fits[k], m, NULL, ties, COX_KM);
		cox_concordance(&fits[k], m, NULL);
	}
	cox_run(&fits[2], m, &money, 1, COX_EFRON);
	cox_baseline(&base, m, &fits[0], NULL, COX_EFRON);
	cox_free(m);
	d.stratum = contract->code;
	m = cox_new(&d, 2);
	cox_run(&fits[3], m, &money, 1, COX_EFRON);
	cox_concordance(&fits[3], m, &money);
	cox_free(m);
}

static bool of_column(const struct cox_fit *f, struct sv what, double *got)
{
	size_t j = 0;
	while (j < COLUMNS && !sv_ends(what, label[j]))
		j++;
	if (f->p == 1 && j == COLUMNS - 1)
		j = 0;
	if (j == COLUMNS)
		return false;
	const double b = f->coef[j], se = sqrt(f->cov[j * f->p + j]), z = b / se, half = 1.959963984540054 * se;
	*got = sv_starts(what, "coef ") ? b : sv_starts(what, "se ") ? se : sv_starts(what, "z ") ? z : sv_starts(what, "p ") ? chisq_sf(z * z, 1) :
	       sv_starts(what, "HR lo95 ") ? exp(b - half) : sv_starts(what, "HR hi95 ") ? exp(b + half) : sv_starts(what, "HR ") ? exp(b) : NAN;
	return !isnan(*got);
}

static bool of_fit(const struct cox_fit *f, struct sv what, double *got)
{
	static const struct { const char *name; size_t at; } value[] = { { "concordance", offsetof(struct cox_fit, concordance) }, { "concordance se", offsetof(struct cox_fit, concordance_se) },
		{ "loglik null", offsetof(struct cox_fit, loglik_null) }, { "loglik", offsetof(struct cox_fit, loglik) }, { "LR chisq", offsetof(struct cox_fit, lr) },
		{ "Wald chisq", offsetof(struct cox_fit, wald) }, { "score chisq", offsetof(struct cox_fit, score) }, { "n", offsetof(struct cox_fit, rows) }, { "events", offsetof(struct cox_fit, events) } };
	for (size_t i = 0; i < sizeof value / sizeof *value; i++)
		if (sv_is(what, value[i].name)) {
			memcpy(got, (const char *)f + value[i].at, sizeof *got);
			return true;
		}
	if (sv_starts(what, "baseline")) {
		const double t = strtod(what.p + sv_find(what, SV("t=")) + 2, NULL);
		for (size_t i = 0; i < base.n; i++)
			if (base.time[i] <= t)
				*got = base.hazard[i];
		return true;
	}
	return of_column(f, what, got);
}

static bool of_steady(struct sv what, double *got)
{
	size_t j = 0;
	while (j < COLUMNS && !sv_ends(what, label[j]))
		j++;
	const struct cox_test t = j < COLUMNS ? cox_drift(&fits[0], j, 1) : cox_drift(&fits[0], 0, COLUMNS);
	*got = sv_starts(what, "chisq") ? t.chisq : t.p;
	return true;
}

static bool find(struct sv method, struct sv what, double *got)
{
	if (sv_starts(method, "KM") || sv_is(method, "Nelson-Aalen"))
		return of_curve(method, what, got);
	if (sv_is(method, "logrank") || sv_starts(method, "Peto"))
		return of_test(sv_is(method, "logrank") ? &logrank : &peto, what, got);
	if (sv_starts(method, "logrank strat"))
		return of_test(&stratified, what, got);
	if (sv_is(method, "cox.zph km"))
		return of_steady(what, got);
	if (sv_is(method, "Cox efron") || sv_is(method, "Cox breslow"))
		return of_fit(&fits[sv_is(method, "Cox breslow")], what, got);
	if (sv_is(method, "Cox efron univariate") || sv_starts(method, "Cox efron strata"))
		return of_fit(&fits[sv_is(method, "Cox efron univariate") ? 2 : 3], what, got);
	return false;
}

static void every_row_of_r_is_met(void **state)
{
	FILE *f = beside("reference/churn_reference.csv");
	char line[4096];
	struct sv v[40];
	struct survival_groups by;
	(void)state;
	if (!f || !there) {
		if (f)
			fclose(f);
		print_message("no Telco data or no churn_reference.csv beside the project\n");
		skip();
	}
	make_curves(&by);
	make_tests(&by);
	make_fits();
	while (fgets(line, sizeof line, f)) {
		double got = NAN;
		const size_t n = cells(v, line);
		if (n < 5 || !sv_is(v[0], "telco") || !sv_starts(v[n - 1], "R 4.2.2 survival"))
			continue;
		const bool ours = sv_starts(v[1], "KM") || sv_starts(v[1], "Cox") || sv_starts(v[1], "cox.zph") || sv_starts(v[1], "logrank") || sv_starts(v[1], "Peto") || sv_is(v[1], "Nelson-Aalen");
		if (!ours)
			continue;
		/* a method with a comma or semicolon stays one cell: names hold none */
		if (find(v[1], v[2], &got))
			check(got, v[n - 2], v[1], v[2]);
		else {
			print_message("nothing for %.*s, %.*s\n", (int)v[1].n, v[1].p, (int)v[2].n, v[2].p);
			unknown_rows++;
		}
	}
	fclose(f);
	print_message("%d rows of R met\n", met);
	assert_int_equal(unknown_rows, 0);
	assert_true(met > 430);
	for (int k = 0; k < 3; k++)
		for (int i = 0; i < CURVES; i++)
			free(curve[k][i]);
	cox_baseline_release(&base);
	survival_groups_release(&by);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_row_of_r_is_met) };
	return cmocka_run_group_tests(tests, read_telco, release);
}
