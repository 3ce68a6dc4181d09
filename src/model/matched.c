/* What a treatment changes, by matched controls: each treated person beside one who was not,
 * alike in all that was matched on; the difference of the shares with the outcome.
 *
 * Idea. Within a stratum both sides are put into a random order and paired one to one, without
 * replacement. Strata are worked through in ascending order, and a person is a control once at
 * most, so that no outcome is counted twice; when strata ascend with time, whether somebody is
 * still free says nothing of what he does later. Treated people whose stratum has no partner
 * left are no part of the comparison and are counted.
 *
 *     diff   mean over pairs of (outcome of the treated - outcome of the partner)
 *     limits percentiles of 1,000 bootstrap replicates of the pairs: for matching without
 *            replacement the pairs are what is to be resampled (Abadie & Spiess 2022, "Robust
 *            post-matching inference"). A replicate gives each pair a Poisson(1) weight (Hanley
 *            & MacGibbon 2006), drawn by 16 bits of a hash of the treated row's key and the
 *            replicate's number: the same pairs have the same limits, in any order.
 *
 * Range. All sums are integers, so nothing depends on the order of the rows. Coverage of the
 * limits was counted over simulated data sets (tests/unit/model_matched.c).
 */
#include <math.h>
#include "wend/hash.h"
#include "wend/mem.h"
#include "wend/model.h"

#include <stdlib.h>

enum { REPLICATES = 1000, A_HASH = 4, NOT_MORE = 8 };

struct pair {
	uint64_t key;
	int64_t diff;
};

static int by_stratum(const void *a, const void *b)
{
	const struct match_row *x = a, *y = b;
	if (x->stratum != y->stratum)
		return x->stratum < y->stratum ? -1 : 1;
	if (x->treated != y->treated)
		return x->treated ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return 0;
}

/* Poisson(1) by its distribution function in units of 2^-16. */
static int64_t weight_of(uint64_t bits)
{
	static const uint32_t upto[NOT_MORE] = { 24109, 48219, 60273, 64292, 65296, 65497, 65531, 65535 };
	int64_t w = 0;
	while (w < NOT_MORE && (bits & 0xffff) >= upto[w])
		w++;
	return w;
}

static struct interval bootstrap(const struct pair *v, size_t n, double alpha)
{
	double est[REPLICATES];
	size_t got = 0;
	for (uint64_t b = 0; b < REPLICATES / A_HASH; b++) {
		int64_t sum[A_HASH] = { 0 }, weight[A_HASH] = { 0 };
		for (size_t i = 0; i < n; i++) {
			const uint64_t bits = hash_mix(v[i].key + (b + 1) * 0x9e3779b97f4a7c15u);
			for (int k = 0; k < A_HASH; k++) {
				const int64_t w = weight_of(bits >> (16 * k));
				weight[k] += w;
				sum[k] += w * v[i].diff;
			}
		}
		for (int k = 0; k < A_HASH; k++)
			if (weight[k])
				est[got++] = (double)sum[k] / (double)weight[k];
	}
	return percentile_interval(est, got, alpha);
}

struct matching {
	struct pair *pair;
	size_t n, cap;
	uint8_t *used;             /* by person: a control already */
};

/* One stratum, the treated first, both sides in random order. */
static void match(struct match_result *out, struct matching *m, const struct match_row *v, size_t n)
{
	size_t treated = 0;
	while (treated < n && v[treated].treated)
		treated++;
	out->treated += (int64_t)treated;
	for (size_t i = 0, c = treated; i < treated; i++) {
		while (c < n && m->used[v[c].who])
			c++;
		if (c == n)
			return;
		const struct match_row *partner = &v[c++];
		m->used[partner->who] = 1;
		out->with += v[i].outcome;
		out->without += partner->outcome;
		out->differ += v[i].outcome != partner->outcome;
		GROW(m->pair, m->cap, m->n + 1);
		m->pair[m->n++] = (struct pair){ v[i].key, (int64_t)v[i].outcome - partner->outcome };
	}
}

void matched_run(struct match_result *out, struct match_row *v, size_t n, double alpha)
{
	struct matching m = { 0 };
	uint32_t most = 0;
	*out = (struct match_result){ .diff = NAN, .ci = { NAN, NAN } };
	for (size_t i = 0; i < n; i++)
		most = v[i].who > most ? v[i].who : most;
	m.used = xcalloc((size_t)most + 1, 1);
	if (n)
		qsort(v, n, sizeof *v, by_stratum);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && v[k].stratum == v[i].stratum;)
			k++;
		if (v[i].treated)
			match(out, &m, v + i, k - i);
	}
	out->pairs = (int64_t)m.n;
	if (m.n) {
		out->diff = (double)(out->with - out->without) / (double)m.n;
		out->ci = bootstrap(m.pair, m.n, alpha);
	}
	free(m.pair);
	free(m.used);
}
