/* Chains against closed forms, against dense solutions of the same chain by elimination in
 * long double, and against the definition of the Shapley value over all orders of channels.
 * Random paths are seeded; a failure names its seed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wend/chain.h"

static const char *const letter[8] = { "a", "b", "c", "d", "e", "f", "g", "h" };

/* "abca" with so many conversions, money and nulls. */
static void add(struct chain_set *s, const char *path, double conv, double value, double null)
{
	uint32_t way[512];
	size_t n = 0;
	for (; path[n]; n++)
		way[n] = chain_channel(s, sv_of(letter[path[n] - 'a']));
	assert_true(chain_add(s, way, n, conv, value, null));
}

/* The number behind the letter of a name. */
static int atoi_of(struct sv name)
{
	int64_t n = -1;
	assert_true(sv_int(sv_n(name.p + 1, name.n - 1), &n));
	return (int)n;
}

struct random_path {
	char path[40];
	double conv, value, null;
};
static uint64_t state;
static uint64_t next(void)
{
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return state;
}
static size_t random_paths(struct random_path *v, size_t n, uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15u + 1;
	for (int i = 0; i < 8; i++)
		next();
	const unsigned channels = 2 + (unsigned)(next() % 5);
	for (size_t i = 0; i < n; i++) {
		size_t len = 1 + next() % 3;
		while (len < 38 && next() % 4)
			len++;
		for (size_t k = 0; k < len; k++)
			v[i].path[k] = (char)('a' + next() % channels);
		v[i].path[len] = 0;
		v[i].conv = (double)(next() % 4);
		v[i].null = (double)(next() % 6);
		v[i].value = v[i].conv * (double)(next() % 1000) / 8;
	}
	return channels;
}

static struct chain_paths *make(const struct random_path *v, size_t n)
{
	struct chain_set *s = chain_set_new();
	for (size_t i = 0; i < n; i++)
		add(s, v[i].path, v[i].conv, v[i].value, v[i].null);
	return chain_close(s);
}

static struct chain_fit fit(const struct chain_paths *p, int order, int threads)
{
	struct chain_fit f;
	chain_fit(&f, p, &(struct chain_options){ .order = order, .limits = true, .threads = threads });
	return f;
}

static void near(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance * fmax(1, fabs(want))))
		fail_msg("%.17g, wanted %.17g", got, want);
}

/* a > b: 30 convert, 10 do not; b: 20 convert, 40 do not. h(b) = 50/100, of which 0.4 come by
 * a. Without a P' = 0.6 x 0.5, without b P' = 0. */
static void two_channels_have_the_effects_one_works_out_by_hand(void **st)
{
	(void)st;
	struct chain_set *s = chain_set_new();
	add(s, "ab", 30, 300, 10);
	add(s, "b", 20, 100, 40);
	struct chain_paths *p = chain_close(s);
	struct chain_fit f = fit(p, 1, 1);
	near(f.p, 0.5, 1e-15);
	near(f.mean, 4, 1e-15);
	near(f.v[0].conv.effect, 0.4, 1e-15);
	near(f.v[1].conv.effect, 1, 1e-15);
	near(f.v[0].value.effect, 0.4, 1e-15);
	near(f.v[0].conv.share, 0.4 / 1.4, 1e-15);
	/* RE(a) is the share of ways that begin with a: its variance is binomial */
	near(f.v[0].conv.se, sqrt(0.4 * 0.6 / 100), 1e-14);
	near(f.v[1].conv.se, 0, 1e-15);
	assert_true(f.v[1].conv.ci.hi == 1 && f.v[1].conv.ci.lo < 1);
	chain_fit_release(&f);
	/* order 2: (a, b) is a state of its own. Without a: 0.6 x 20/60 */
	f = fit(p, 2, 1);
	near(f.p, 0.5, 1e-15);
	near(f.v[0].conv.effect, 0.6, 1e-15);
	near(f.v[0].value.effect, 0.75, 1e-15);
	chain_fit_release(&f);
	chain_paths_free(p);
}

static void degenerate_paths_have_an_answer_or_none(void **st)
{
	(void)st;
	struct chain_set *s = chain_set_new();
	struct chain_paths *p = chain_close(s);
	struct chain_fit f = fit(p, 2, 2);
	assert_int_equal(p->n + p->channels, 0);
	chain_fit_release(&f);
	chain_paths_free(p);

	s = chain_set_new(); /* nobody converts */
	add(s, "ab", 0, 0, 3);
	p = chain_close(s);
	f = fit(p, 1, 1);
	assert_true(f.p == 0 && isnan(f.v[0].conv.effect) && isnan(f.v[0].conv.ci.lo) && isnan(f.v[1].value.share));
	assert_true(isnan(chain_order_auc(p, 1, 1).auc));
	chain_fit_release(&f);
	chain_paths_free(p);

	s = chain_set_new(); /* everybody does; a is on every way, the value is negative, the weights are fractions */
	add(s, "ab", 0.5, -7.25, 0);
	add(s, "ca", 1.25, 2, 0);
	add(s, "a", 0.25, -1, 0);
	p = chain_close(s);
	for (int order = 1; order <= 4; order++) {
		f = fit(p, order, 1);
		near(f.p, 1, 1e-15);
		near(f.v[0].conv.effect, 1, 1e-15);
		near(f.v[0].value.effect, 1, 1e-15);
		near(f.mean, -6.25 / 2, 1e-15);
		near(f.v[0].conv.share + f.v[1].conv.share + f.v[2].conv.share, 1, 1e-15);
		chain_fit_release(&f);
	}
	chain_paths_free(p);

	s = chain_set_new(); /* no touch at all: apart */
	add(s, "", 3, 30, 5);
	add(s, "", 1, 10, 0);
	add(s, "a", 1, 5, 1);
	p = chain_close(s);
	assert_int_equal(p->n, 1);
	assert_true(p->none_conversions == 4 && p->none_total == 40 && p->none_nulls == 5 && p->conversions == 1);
	chain_paths_free(p);

	s = chain_set_new(); /* known, but of no weight: a channel without effect */
	add(s, "a", 2, 5, 1);
	add(s, "ba", 0, 0, 0);
	p = chain_close(s);
	f = fit(p, 1, 1);
	near(f.v[0].conv.effect, 1, 0);
	near(f.v[1].conv.effect, 0, 0);
	assert_true(f.v[1].conv.ci.lo == 0 && f.v[1].conv.ci.hi > 0);
	chain_fit_release(&f);
	chain_paths_free(p);
}

/* To and fro a thousand times: sweeps would take ages, the answer is exact all the same. */
static void ways_that_walk_to_and_fro_for_ages_are_solved(void **st)
{
	(void)st;
	struct chain_set *s = chain_set_new();
	char path[512];
	for (int k = 0; k < 500; k++)
		path[k] = k % 2 ? 'b' : 'a';
	path[500] = 0;
	add(s, path, 7, 70, 13);
	add(s, "c", 1, 10, 9);
	struct chain_paths *p = chain_close(s);
	for (int order = 1; order <= 4; order++) {
		struct chain_fit f = fit(p, order, 1);
		assert_true(f.converged);
		near(f.p, 8.0 / 30, 1e-12);
		near(f.v[2].conv.effect, 1.0 / 8, 1e-11);
		near(f.v[0].conv.effect, 7.0 / 8, 1e-11);
		chain_fit_release(&f);
	}
	chain_paths_free(p);
}

/* Forty pairs of channels, each walked between for its own age: too many states for a direct
 * solution at first, and sweeps that hardly shrink. */
static void many_ways_to_and_fro_are_solved_too(void **st)
{
	(void)st;
	struct chain_set *s = chain_set_new();
	double conv = 0, null = 0;
	for (int pair = 0; pair < 40; pair++) {
		uint32_t way[600];
		char name[2][16];
		const size_t n = 150 + 10 * (size_t)pair;
		for (int k = 0; k < 2; k++)
			snprintf(name[k], sizeof name[k], "%c%d", 'a' + k, pair);
		for (size_t i = 0; i < n; i++)
			way[i] = chain_channel(s, sv_of(name[i % 2]));
		assert_true(chain_add(s, way, n, 1 + pair, 10, 50 - pair));
		conv += 1 + pair;
		null += 50 - pair;
	}
	struct chain_paths *p = chain_close(s);
	struct chain_fit f = fit(p, 1, 2);
	assert_true(f.converged);
	near(f.p, conv / (conv + null), 1e-12);
	for (size_t c = 0; c < p->channels; c++) {
		const int pair = atoi_of(p->name[c]);
		near(f.v[c].conv.effect, (1 + pair) / conv, 1e-11);
	}
	chain_fit_release(&f);
	chain_paths_free(p);
}

static void a_path_said_often_is_its_sum_and_no_order_changes_a_bit(void **st)
{
	(void)st;
	struct random_path v[60];
	for (uint64_t seed = 1; seed <= 40; seed++) {
		random_paths(v, 60, seed);
		for (int i = 0; i < 60; i++)
			v[i].value += 0.1 * i; /* no dyadic fractions */
		struct chain_paths *one = make(v, 60);
		for (size_t i = 59; i > 0; i--) {
			const size_t k = next() % (i + 1);
			const struct random_path t = v[i];
			v[i] = v[k];
			v[k] = t;
		}
		/* in another order, and in two halves */
		struct chain_set *a = chain_set_new(), *b = chain_set_new();
		for (int i = 0; i < 60; i++)
			add(i % 3 ? a : b, v[i].path, v[i].conv, v[i].value, v[i].null);
		chain_merge(a, b);
		struct chain_paths *two = chain_close(a);
		assert_int_equal(one->n, two->n);
		assert_int_equal(one->channels, two->channels);
		assert_memory_equal(one->value, two->value, one->n * sizeof *one->value);
		assert_memory_equal(one->conv, two->conv, one->n * sizeof *one->conv);
		for (int order = 1; order <= 4; order++) {
			struct chain_fit f = fit(one, order, 1), g = fit(two, order, 3);
			assert_memory_equal(f.v, g.v, one->channels * sizeof *f.v);
			chain_fit_release(&f);
			chain_fit_release(&g);
		}
		const struct chain_auc x = chain_order_auc(one, 2, 5), y = chain_order_auc(two, 2, 5);
		assert_memory_equal(&x, &y, sizeof x);
		chain_paths_free(one);
		chain_paths_free(two);
	}
}

/* ---- the same chain once more, by definition ---- */

enum { STATES = 700 };
struct dense {
	char gram[STATES][8];
	size_t n;
	long double out[STATES], conv[STATES], value[STATES], start[STATES], move[STATES][STATES], all;
};

static size_t dense_state(struct dense *d, const char *gram)
{
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->gram[i], gram))
			return i;
	assert_true(d->n < STATES);
	snprintf(d->gram[d->n], sizeof d->gram[0], "%s", gram);
	return d->n++;
}

static void dense_make(struct dense *d, const struct random_path *v, size_t n, int order)
{
	memset(d, 0, sizeof *d);
	for (size_t i = 0; i < n; i++) {
		const size_t len = strlen(v[i].path), k = len < (size_t)order ? len : (size_t)order;
		char gram[8];
		size_t at = STATES;
		for (size_t to = k; to <= len; to++) {
			snprintf(gram, sizeof gram, "%.*s", (int)k, v[i].path + to - k);
			const size_t now = dense_state(d, gram);
			const long double w = (long double)v[i].conv + (long double)v[i].null;
			if (at == STATES)
				d->start[now] += w, d->all += w;
			else
				d->move[at][now] += w, d->out[at] += w;
			at = now;
		}
		d->conv[at] += (long double)v[i].conv;
		d->value[at] += (long double)v[i].value;
		d->out[at] += (long double)v[i].conv + (long double)v[i].null;
	}
}

/* Chance to convert (or value) without a channel: elimination of (I - Q) h = r. */
static long double dense_without(const struct dense *d, char channel, bool value)
{
	static long double a[STATES][STATES + 1];
	for (size_t i = 0; i < d->n; i++) {
		const bool dead = strchr(d->gram[i], channel) || d->out[i] == 0;
		for (size_t j = 0; j < d->n; j++)
			a[i][j] = (i == j) - (dead || (channel && strchr(d->gram[j], channel)) ? 0 : d->move[i][j] / d->out[i]);
		a[i][d->n] = dead ? 0 : (value ? d->value[i] : d->conv[i]) / d->out[i];
	}
	for (size_t k = 0; k < d->n; k++)
		for (size_t i = 0; i < d->n; i++) {
			if (i == k || a[i][k] == 0)
				continue;
			const long double f = a[i][k] / a[k][k];
			for (size_t j = k; j <= d->n; j++)
				a[i][j] -= f * a[k][j];
		}
	long double sum = 0;
	for (size_t i = 0; i < d->n; i++)
		sum += d->start[i] / d->all * a[i][d->n] / a[i][i];
	return sum;
}

static void effects_are_those_of_the_whole_system_eliminated(void **st)
{
	(void)st;
	static struct dense d;
	struct random_path v[80];
	for (uint64_t seed = 1; seed <= 12; seed++) {
		const size_t channels = random_paths(v, 80, seed);
		struct chain_paths *p = make(v, 80);
		assert_int_equal(p->channels, channels);
		for (int order = 1; order <= 3; order++) {
			struct chain_fit f = fit(p, order, 2);
			dense_make(&d, v, 80, order);
			const long double all = dense_without(&d, '\1', false), value = dense_without(&d, '\1', true);
			near(f.p, (double)all, 1e-13);
			near(f.p, p->conversions / (p->conversions + p->nulls), 1e-12);
			near(f.mean, (double)value, 1e-13);
			for (size_t c = 0; c < channels; c++) {
				near(f.v[c].conv.effect, (double)(1 - dense_without(&d, *letter[c], false) / all), 1e-12);
				near(f.v[c].value.effect, (double)(1 - dense_without(&d, *letter[c], true) / value), 1e-12);
			}
			chain_fit_release(&f);
		}
		chain_paths_free(p);
	}
}

/* ---- Shapley ---- */

static double alive(const struct random_path *v, size_t n, unsigned set)
{
	/* order 1 with only the channels of the set: the chain with the others removed one by one */
	static struct dense d;
	static long double a[9][10];
	dense_make(&d, v, n, 1);
	for (size_t i = 0; i < d.n; i++) {
		const bool in = set >> (d.gram[i][0] - 'a') & 1;
		for (size_t j = 0; j < d.n; j++) {
			const bool to = set >> (d.gram[j][0] - 'a') & 1;
			a[i][j] = (i == j) - (in && to && d.out[i] > 0 ? d.move[i][j] / d.out[i] : 0);
		}
		a[i][d.n] = in && d.out[i] > 0 ? d.conv[i] / d.out[i] : 0;
	}
	for (size_t k = 0; k < d.n; k++)
		for (size_t i = 0; i < d.n; i++) {
			const long double f = a[i][k] / a[k][k];
			for (size_t j = k; j <= d.n && i != k; j++)
				a[i][j] -= f * a[k][j];
		}
	long double sum = 0;
	for (size_t i = 0; i < d.n; i++)
		sum += d.start[i] / d.all * a[i][d.n] / a[i][i];
	return (double)sum;
}

static double subset(const struct random_path *v, size_t n, unsigned set)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		bool in = true;
		for (const char *c = v[i].path; *c; c++)
			in = in && set >> (*c - 'a') & 1;
		sum += in ? v[i].conv : 0;
	}
	return sum;
}

static double factorial(size_t n)
{
	double f = 1;
	for (size_t i = 2; i <= n; i++)
		f *= (double)i;
	return f;
}

static void shapley_values_are_those_of_the_definition(void **st)
{
	(void)st;
	struct random_path v[50];
	for (uint64_t seed = 1; seed <= 20; seed++) {
		const size_t n = random_paths(v, 50, seed);
		struct chain_paths *p = make(v, 50);
		double markov[8], conv[8], value[8], sum = 0;
		double chance[256], plain[256];
		assert_int_equal(p->channels, n);
		for (unsigned s = 0; s < 1u << n; s++) {
			chance[s] = alive(v, 50, s);
			plain[s] = subset(v, 50, s);
		}
		assert_true(chain_shapley(markov, p, 2));
		chain_rule_credit(conv, value, RULE_SHAPLEY, p, 7, NULL);
		for (size_t c = 0; c < n; c++) {
			double a = 0, b = 0;
			for (unsigned s = 0; s < 1u << n; s++) {
				const size_t k = (size_t)__builtin_popcount(s);
				if (s >> c & 1)
					continue;
				const double w = factorial(k) * factorial(n - k - 1) / factorial(n);
				a += w * (chance[s | 1u << c] - chance[s]);
				b += w * (plain[s | 1u << c] - plain[s]);
			}
			near(markov[c], a, 1e-13);
			near(conv[c], b, 1e-12);
			sum += markov[c];
		}
		near(sum, p->conversions / (p->conversions + p->nulls), 1e-13);
		chain_paths_free(p);
	}
}

static void too_many_channels_for_all_sets_are_refused(void **st)
{
	(void)st;
	struct chain_set *s = chain_set_new();
	for (int i = 0; i < CHAIN_SETS_MAX + 1; i++) {
		char name[16];
		snprintf(name, sizeof name, "c%d", i);
		const uint32_t c = chain_channel(s, sv_of(name));
		assert_true(chain_add(s, &c, 1, 1, 1, 1));
	}
	struct chain_paths *p = chain_close(s);
	double out[CHAIN_SETS_MAX + 1];
	assert_false(chain_shapley(out, p, 2));
	chain_paths_free(p);
}

/* ---- rules ---- */

static void shares_of_every_rule_sum_to_one(void **st)
{
	(void)st;
	double share[16], age[16];
	bool direct[8] = { true, false, false, false, false, false, false, true };
	for (size_t n = 1; n <= 16; n++)
		for (uint64_t seed = 1; seed < 20; seed++) {
			uint16_t step[16];
			state = seed;
			for (size_t k = 0; k < n; k++) {
				step[k] = (uint16_t)(next() % 8);
				age[k] = (double)(1000000 * (n - k));
			}
			for (int r = 0; r < RULE_COUNT; r++) {
				double sum = 0;
				chain_shares(share, (enum chain_rule)r, step, n, seed % 2 ? age : NULL, 7, direct);
				for (size_t k = 0; k < n; k++) {
					assert_true(share[k] >= 0);
					sum += share[k];
				}
				near(sum, 1, 1e-14);
			}
		}
	const uint16_t way[5] = { 0, 1, 2, 0, 7 };
	chain_shares(share, RULE_LAST_NON_DIRECT, way, 5, NULL, 7, direct);
	assert_true(share[2] == 1);
	chain_shares(share, RULE_WSHAPE, way, 5, NULL, 7, NULL);
	near(share[0], 0.3, 1e-15);
	near(share[2], 0.3, 1e-15);
	near(share[1], 0.05, 1e-15);
	chain_shares(share, RULE_WSHAPE, way, 3, NULL, 7, NULL);
	near(share[1], 1.0 / 3, 1e-15);
	chain_shares(share, RULE_POSITION, way, 2, NULL, 7, NULL);
	near(share[0], 0.5, 1e-15);
	chain_shares(share, RULE_DECAY, way, 2, NULL, 1, NULL);
	near(share[0], 1.0 / 3, 1e-15);
}

/* ---- does the way tell? ---- */

static void the_order_that_matters_is_found_and_the_one_that_does_not_is_not(void **st)
{
	(void)st;
	/* who came by a before c converts more often: the last touch alone does not tell */
	struct chain_set *s = chain_set_new();
	add(s, "ac", 800, 800, 200);
	add(s, "bc", 200, 200, 800);
	struct chain_paths *p = chain_close(s);
	struct chain_auc auc[CHAIN_ORDER_MAX + 1];
	assert_int_equal(chain_order_choose(auc, p, 1), 2);
	near(auc[1].auc, 0.5, 0.03);
	near(auc[2].auc, 0.8, 0.03); /* 0.8 x 0.8 + half of what ties */
	chain_paths_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_channels_have_the_effects_one_works_out_by_hand),
		cmocka_unit_test(degenerate_paths_have_an_answer_or_none),
		cmocka_unit_test(ways_that_walk_to_and_fro_for_ages_are_solved),
		cmocka_unit_test(many_ways_to_and_fro_are_solved_too),
		cmocka_unit_test(a_path_said_often_is_its_sum_and_no_order_changes_a_bit),
		cmocka_unit_test(effects_are_those_of_the_whole_system_eliminated),
		cmocka_unit_test(shapley_values_are_those_of_the_definition),
		cmocka_unit_test(too_many_channels_for_all_sets_are_refused),
		cmocka_unit_test(shares_of_every_rule_sum_to_one),
		cmocka_unit_test(the_order_that_matters_is_found_and_the_one_that_does_not_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
