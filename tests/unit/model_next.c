/* The next purchase against what simulated customers really do: the points of those who are
 * still there, the point seen right after a purchase, and how many buy within a month. Shares
 * lie within 4.5 standard errors of what they must be. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/model.h"
#include "../proof/buyers.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
enum { CUSTOMERS = 4000 };
#define MONTH (30.0 / 7)

static const struct btyd_model models[] = {
	{ BTYD_BGNBD, 1, { 0.9, 6, 0.6, 2.4 } }, { BTYD_MBGNBD, 1, { 0.6, 7, 0.8, 2.2 } }, { BTYD_MBGCNBD, 2, { 0.9, 6, 0.6, 1.9 } },
	{ BTYD_MBGCNBD, 4, { 3, 12, 0.5, 3 } }, { BTYD_PNBD, 1, { 0.6, 9, 0.7, 14 } }, { BTYD_PNBD, 1, { 2, 8, 1.5, 90 } },
};

struct shares {
	double n, hits, expected, var;
};

static void add(struct shares *s, double p, bool hit)
{
	s->n++;
	s->hits += hit;
	s->expected += p;
	s->var += p * (1 - p);
}

/* Comes within `at`, as p of those like him do; a point that is never reached tells nothing. */
static void add_point(struct shares *s, double p, double wait, double at)
{
	if (!isinf(at))
		add(s, p, wait <= at);
}

/* 1, or 0 where too few can be judged. */
static int as_expected(const char *what, size_t model, const struct shares *s)
{
	if (s->n < 300)
		return 0;
	if (!(fabs(s->hits - s->expected) <= 4.5 * sqrt(s->var)))
		fail_msg("%s, model %zu: %.0f of %.0f, not %.1f (%.1f standard errors)", what, model, s->hits, s->n, s->expected, (s->hits - s->expected) / sqrt(s->var));
	return 1;
}

struct seen {
	struct shares point[3], due, soon;
};
static const double points[3] = { 0.1, 0.5, 0.9 };

/* One customer watched for T, and when he buys again: infinite when he has left. */
static void watch(struct seen *s, struct dice *d, const struct btyd_model *m, double T)
{
	const double rate = exp(dice_log_gamma(d, m->p[0])) / m->p[1];
	double last = 0, next = INFINITY, dies = INFINITY, leave = 0;
	uint32_t x = 0;
	if (m->kind == BTYD_PNBD)
		dies = dice_exponential(d) / (exp(dice_log_gamma(d, m->p[2])) / m->p[3]);
	else
		leave = 1 / (1 + exp(-dice_logit_beta(d, m->p[2], m->p[3])));
	bool there = m->kind == BTYD_BGNBD || m->kind == BTYD_PNBD || dice_uniform(d) >= leave;
	while (there) {
		next = last;
		for (int i = 0; i < m->k; i++)
			next += dice_exponential(d) / rate;
		next = next > dies ? INFINITY : next;
		add_point(&s->due, 0.8, next - last, btyd_next(m, x, last, last, 0.8));
		if (next > T)
			break;
		last = next;
		x++;
		there = m->kind == BTYD_PNBD || dice_uniform(d) >= leave;
	}
	const bool alive = m->kind == BTYD_PNBD ? dies > T : there;
	for (int i = 0; i < 3 && alive; i++)
		add_point(&s->point[i], points[i], next - T, btyd_next(m, x, last, T, points[i]));
	add(&s->soon, btyd_alive(m, x, last, T) * btyd_again(m, x, last, T, MONTH), alive && next - T <= MONTH);
}

static void customers_come_when_they_are_expected(void **state)
{
	static const char *const names[3] = { "one in ten", "half", "nine in ten" };
	int judged = 0;
	(void)state;
	for (size_t i = 0; i < COUNT(models); i++) {
		struct dice d = { 17 + i };
		struct seen s = { 0 };
		for (int n = 0; n < CUSTOMERS; n++)
			watch(&s, &d, &models[i], dice_between(&d, 10, 60));
		for (int k = 0; k < 3; k++)
			judged += as_expected(names[k], i, &s.point[k]);
		judged += as_expected("within a month", i, &s.soon) + as_expected("four in five of those just seen", i, &s.due);
	}
	assert_true(judged >= 28); /* of 30: nine in ten are seldom reached by Pareto/NBD */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(customers_come_when_they_are_expected) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
