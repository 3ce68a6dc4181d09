/* Columns against R 4.2.2, package splines: ns(x, df = 5) of the twelve values below, and
 * ns(, knots = c(2, 10, 40), Boundary.knots = c(0, 60)), within and beyond the ends. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wend/spline.h"

enum { POINTS = 8 };

static void columns_are(const struct spline *s, const double want[POINTS][6])
{
	for (int i = 0; i < POINTS; i++) {
		double got[SPLINE_COLUMNS];
		spline_at(s, want[i][0], got);
		for (size_t c = 0; c < s->columns; c++)
			if (!(fabs(got[c] - want[i][c + 1]) <= 2e-15))
				fail_msg("column %zu at %g: %.17g, not %.17g", c, want[i][0], got[c], want[i][c + 1]);
	}
}

static void knots_at_quantiles_give_the_columns_of_r(void **state)
{
	static const double x[] = { 0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 72 };
	static const double want[POINTS][6] = {
		{ -3, 0, 0, 0.5672830076413985, -1.4196047678907904, 0.85232176024939177 },
		{ 0, 0, 0, 0, 0, 0 },
		{ 0.5, 0.0024920255183413054, 0, -0.092033952418164158, 0.23031156565727778, -0.13827761323911364 },
		{ 4, 0.52956852816484223, 0.02851168962785763, -0.13927349856677818, 0.34852826176493634, -0.20925417291005036 },
		{ 20, 0.087130129909723894, 0.68053108080080804, 0.2018624021173441, 0.061836858200884005, -0.031360471028759905 },
		{ 54.5, 0, 0.031730279877127933, 0.33535900536592905, 0.32117545644545042, 0.3117352583114924 },
		{ 72, 0, 0, -0.15782644826127071, 0.3949548557474164, 0.76287159251385439 },
		{ 80, 0, 0, -0.4065149452711968, 0.42615562658999007, 0.98035931868120696 },
	};
	struct spline s;
	(void)state;
	assert_true(spline_quantiles(&s, x, 12, 5));
	assert_int_equal(s.columns, 5);
	columns_are(&s, want);
}

static void knots_by_hand_give_the_columns_of_r(void **state)
{
	static const double inner[] = { 2, 10, 40 };
	static const double want[POINTS][6] = {
		{ -3, 0, 0.16753067798623653, -0.58635737295182777, 0.41882669496559127, 0 },
		{ 0, 0, 0, 0, 0, 0 },
		{ 0.5, 0.00015625, -0.027770536691190742, 0.09719687841916759, -0.069426341727976848, 0 },
		{ 4, 0.066388384754990926, -0.157753776845626, 0.55372624073827537, -0.3955187433844824, 0 },
		{ 20, 0.57713248638838477, 0.18529538176070787, 0.18413404042554429, -0.12200050506586498, 0 },
		{ 54.5, 0.0028685344827586211, 0.12035998010610083, 0.38538144893899207, 0.49139003647214852, 0 },
		{ 72, 0, -0.68205128205128207, 0.58717948717948731, 1.0948717948717948, 0 },
		{ 80, 0, -1.0512820512820513, 0.67948717948717974, 1.3717948717948718, 0 },
	};
	struct spline s;
	(void)state;
	assert_true(spline_knots(&s, inner, 3, 0, 60));
	assert_int_equal(s.columns, 4);
	columns_are(&s, want);
}

static void without_inner_knots_it_is_a_straight_line(void **state)
{
	struct spline s;
	double a, b, c;
	(void)state;
	assert_true(spline_knots(&s, NULL, 0, -1, 3));
	assert_int_equal(s.columns, 1);
	spline_at(&s, -1, &a);
	spline_at(&s, 1, &b);
	spline_at(&s, 3, &c);
	assert_true(fabs(a) < 1e-15 && fabs(c - 2 * b) < 1e-15 && fabs(b) > 0.1);
}

static void knots_that_fall_together_are_one(void **state)
{
	static const double x[] = { 0, 0, 0, 0, 0, 1, 2, 3 }, same[] = { 4, 4, 4 }, bad[] = { 2, 2 };
	struct spline s;
	(void)state;
	assert_true(spline_quantiles(&s, x, 8, 6));
	assert_true(s.columns < 6);
	assert_false(spline_quantiles(&s, same, 3, 4));
	assert_false(spline_quantiles(&s, same, 0, 4));
	assert_false(spline_knots(&s, bad, 2, 0, 3));
	assert_false(spline_knots(&s, bad, 1, 0, INFINITY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knots_at_quantiles_give_the_columns_of_r),
		cmocka_unit_test(knots_by_hand_give_the_columns_of_r),
		cmocka_unit_test(without_inner_knots_it_is_a_straight_line),
		cmocka_unit_test(knots_that_fall_together_are_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
