/* Telco (IBM, 7,043 customers) against the reference rows of churn_reference.csv: R 4.2.2's glm
 * to 1e-8, and ten shifted splits (test: (row + s) mod 10 >= 7) of the additive model and of the
 * trees, all columns but the id and TotalCharges. Data and table lie beside the project and are
 * read at run time; without them the tests are skipped aloud. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "wend/hash.h"
#include "wend/mem.h"
#include "wend/regress.h"
#include "wend/str.h"

enum { ROWS = 7043, COLUMNS = 21, FIRST = 1, LAST = 18, CHURN = 20, LEVELS = 8, SPLITS = 10 };
static char *cell[ROWS + 1][COLUMNS];
static double number[COLUMNS][ROWS];
static int32_t code[COLUMNS][ROWS];
static const char *level[COLUMNS][LEVELS];
static struct regressor column[COLUMNS];
static uint8_t churned[ROWS];
static uint64_t key[ROWS];
static struct regress_data telco;
static size_t rows;

static FILE *beside(const char *name)
{
	const char *shared = getenv("WEND_SHARED");
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", shared && *shared ? shared : "../shared", name);
	return fopen(path, "r");
}

static void read_column(int c)
{
	bool all = true;
	struct regressor *v = &column[telco.p++];
	v->name = cell[0][c];
	for (size_t i = 0; i < rows; i++)
		all = sv_real(sv_of(cell[i + 1][c]), &number[c][i]) && all;
	if (all) {
		v->x = number[c];
		return;
	}
	for (size_t i = 0; i < rows; i++) {
		size_t k = 0;
		while (k < v->levels && strcmp(level[c][k], cell[i + 1][c]))
			k++;
		assert_true(k < LEVELS);
		if (k == v->levels)
			level[c][v->levels++] = cell[i + 1][c];
		code[c][i] = (int32_t)k;
	}
	v->code = code[c];
	v->level = level[c];
}

static int setup(void **state)
{
	char line[4096];
	FILE *f = beside("data/telco/telco.csv");
	(void)state;
	if (!f) {
		print_message("SKIP: no Telco data beside the project\n");
		return 0;
	}
	for (size_t i = 0; i <= ROWS && fgets(line, sizeof line, f); i++) {
		char *at = line;
		for (int c = 0; c < COLUMNS; c++) {
			const size_t n = strcspn(at, ",\r\n");
			cell[i][c] = xstrndup(at, n);
			at += n + (at[n] != 0);
		}
		rows = i;
	}
	fclose(f);
	for (int c = FIRST; c <= LAST; c++)
		read_column(c);
	for (size_t i = 0; i < rows; i++) {
		churned[i] = !strcmp(cell[i + 1][CHURN], "Yes");
		key[i] = hash64(cell[i + 1][0], strlen(cell[i + 1][0]));
	}
	telco.n = rows;
	telco.v = column;
	telco.y = churned;
	telco.key = key;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i <= ROWS; i++)
		for (int c = 0; c < COLUMNS; c++)
			free(cell[i][c]);
	return 0;
}

static size_t column_at(const char *name)
{
	for (size_t k = 0; k < telco.p; k++)
		if (!strcmp(column[k].name, name))
			return k;
	fail_msg("no column %s", name);
	return 0;
}

/* A row of the reference table; NaN when there is none. */
static double reference(const char *method, const char *quantity)
{
	char line[1024];
	double value = NAN;
	FILE *f = beside("reference/churn_reference.csv");
	struct str want = STR_INIT;
	if (!f)
		return NAN;
	str_printf(&want, "telco,%s,%s,", method, quantity);
	while (fgets(line, sizeof line, f))
		if (!strncmp(line, want.p, want.n)) {
			const char *from = line + want.n;
			sv_real(sv_n(from, strcspn(from, ",\r\n")), &value);
		}
	str_release(&want);
	fclose(f);
	return value;
}

enum { TERMS = 15 };
static const char *const term_name[TERMS] = { "tenure", "MonthlyCharges", "SeniorCitizen", "PartnerYes", "DependentsYes", "ContractOne year", "ContractTwo year",
					       "InternetServiceFiber optic", "InternetServiceNo", "PaymentMethodCredit card (automatic)", "PaymentMethodElectronic check",
					       "PaymentMethodMailed check", "PaperlessBillingYes", "OS", "TS" };
static const char *const term_column[TERMS] = { "tenure", "MonthlyCharges", "SeniorCitizen", "Partner", "Dependents", "Contract", "Contract", "InternetService", "InternetService",
						 "PaymentMethod", "PaymentMethod", "PaymentMethod", "PaperlessBilling", "OnlineSecurity", "TechSupport" };
static const char *const term_level[TERMS] = { NULL, NULL, NULL, "Yes", "Yes", "One year", "Two year", "Fiber optic", "No", "Credit card (automatic)", "Electronic check", "Mailed check", "Yes", "Yes", "Yes" };

static double term_at(size_t term, size_t i)
{
	const struct regressor *v = &column[column_at(term_column[term])];
	return term_level[term] ? !strcmp(v->level[v->code[i]], term_level[term]) : v->x[i];
}

static bool in_test(size_t i, size_t split)
{
	return (i + 1 + split) % 10 >= 7;
}

static int compare(const char *method, const char *what, const char *term, double got)
{
	char quantity[128];
	snprintf(quantity, sizeof quantity, "%s %s", what, term);
	const double want = reference(method, quantity);
	if (isnan(want))
		return 0;
	/* ten digits are printed */
	if (!(fabs(got - want) <= 1e-8 * fabs(want)))
		fail_msg("%s, %s: %.12g, not %.12g", method, quantity, got, want);
	return 1;
}

static void fit_is(const char *method, bool all)
{
	double *x = xreallocarray(NULL, rows * TERMS, sizeof *x);
	uint8_t *y = xmalloc(rows);
	struct logit_fit f;
	size_t n = 0;
	int compared = 0;
	for (size_t i = 0; i < rows; i++) {
		if (!all && in_test(i, 0))
			continue;
		for (size_t k = 0; k < TERMS; k++)
			x[n * TERMS + k] = term_at(k, i);
		y[n++] = churned[i];
	}
	logit_fit(&f, x, y, n, TERMS);
	assert_int_equal(f.status, LOGIT_OK);
	for (size_t k = 0; k <= TERMS; k++) {
		const char *name = k ? term_name[k - 1] : "(Intercept)";
		compared += compare(method, "coef", name, f.beta[k]) + compare(method, "se", name, logit_se(&f, k));
		compared += compare(method, "z", name, f.beta[k] / logit_se(&f, k)) + compare(method, "p", name, logit_p(&f, k));
	}
	assert_true(compared >= 60);
	logit_release(&f);
	free(x);
	free(y);
}

static void coefficients_are_those_of_r(void **state)
{
	(void)state;
	if (!rows || isnan(reference("glm logit fit on train", "coef tenure")))
		skip();
	fit_is("glm logit fit on train", false);
	fit_is("glm logit fit on all", true);
}

enum which { CURVES, TREES };
static void mean_of_splits(enum which which, double *auc, double *brier, double *slope)
{
	uint8_t *use = xmalloc(rows), *y = xmalloc(rows);
	double *p = xreallocarray(NULL, rows, sizeof *p);
	*auc = *brier = *slope = 0;
	for (size_t s = 0; s < SPLITS; s++) {
		const struct boost_options o = { .trees = 150, .depth = 3, .rate = 0.05, .sample = 0.6, .ridge = 1, .leaf_min = 10, .seed = 1 };
		struct judged j;
		size_t n = 0;
		for (size_t i = 0; i < rows; i++)
			use[i] = !in_test(i, s);
		struct additive *a = which == CURVES ? additive_fit(&telco, use) : NULL;
		struct boost *b = which == TREES ? boost_fit(&telco, use, &o, NULL) : NULL;
		for (size_t i = 0; i < rows; i++)
			if (!use[i]) {
				p[n] = logit_chance(a ? additive_eta(a, &telco, i, NULL, NULL) : boost_eta(b, &telco, i, NULL));
				y[n++] = churned[i];
			}
		judge(&j, p, y, n, 0.05);
		*auc += j.auc / SPLITS;
		*brier += j.brier / SPLITS;
		*slope += j.slope / SPLITS;
		additive_free(a);
		boost_free(b);
	}
	free(use);
	free(y);
	free(p);
	print_message("%s: AUC %.5f, Brier %.5f, slope %.3f\n", which == CURVES ? "curves" : "trees", *auc, *brier, *slope);
}

static void curves_hold_on_ten_splits(void **state)
{
	double auc, brier, slope;
	(void)state;
	if (!rows)
		skip();
	mean_of_splits(CURVES, &auc, &brier, &slope);
	assert_true(auc >= 0.8495);
	assert_true(brier <= 0.1335);
	assert_true(slope >= 0.95 && slope <= 1.05);
}

static void trees_alone_hold_on_ten_splits(void **state)
{
	double auc, brier, slope;
	(void)state;
	if (!rows)
		skip();
	mean_of_splits(TREES, &auc, &brier, &slope);
	assert_true(auc >= 0.8435);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coefficients_are_those_of_r),
		cmocka_unit_test(curves_hold_on_ten_splits),
		cmocka_unit_test(trees_alone_hold_on_ten_splits),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
