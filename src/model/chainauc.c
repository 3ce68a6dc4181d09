/* Does the way somebody went tell whether he converts? The score of a path is the chance to
 * convert after its last touches, conversions / (conversions + nulls) of the paths that end
 * in the same state; of a state nobody ended in, of the state that is one touch shorter, at
 * last of all paths. Scores are learnt from four of FIFTHS parts of the customers and asked
 * of the fifth, in turn: within the data an order always looks better the longer it is.
 *
 * Who is in which part: the customers of a path are dealt out to the parts at random by a
 * generator seeded with a hash of the path's names, so that the order of rows and other paths
 * change nothing. What remains of a fractional weight goes to one part.
 *
 * AUC = P(score of one who converted > that of one who did not) + half the ties, the mean over
 * parts; standard error by placements (DeLong, DeLong & Clarke-Pearson 1988).
 */
#include "chain_impl.h"
#include "wend/hash.h"

#include <math.h>

enum { FIFTHS = 5 };

/* What ended after these touches, by part. A path's beginning counts as a touch. */
struct ended {
	uint64_t gram;
	double conv[FIFTHS], null[FIFTHS];
};
struct dealt {
	struct ids grams[CHAIN_ORDER_MAX + 1]; /* by number of touches */
	struct ended *v[CHAIN_ORDER_MAX + 1];
	size_t cap[CHAIN_ORDER_MAX + 1];
	int order;
};
#define BEGINS ((uint16_t)CHAIN_CHANNELS_MAX)

static uint64_t draw(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;
	return hash_mix(*state);
}

/* Above this many customers of one path the binomial is taken for normal. */
enum { ONE_BY_ONE = 1024 };

static void deal(double part[FIFTHS], double n, uint64_t *state)
{
	double left = floor(n);
	for (int k = 0; k < FIFTHS; k++)
		part[k] = 0;
	if (left <= ONE_BY_ONE) {
		for (int i = 0; i < (int)left; i++)
			part[draw(state) % FIFTHS]++;
	} else {
		for (int k = 0; k < FIFTHS - 1; k++) {
			const double q = 1.0 / (FIFTHS - k), u = ((double)(draw(state) >> 11) + 0.5) / 9007199254740992.0;
			const double got = floor(left * q + norm_quantile(u) * sqrt(left * q * (1 - q)) + 0.5);
			part[k] = fmin(fmax(got, 0), left);
			left -= part[k];
		}
		part[FIFTHS - 1] = left;
	}
	part[draw(state) % FIFTHS] += n - floor(n);
}

/* A seed of the names along the path: other channels beside them do not matter. */
static uint64_t seed_of(const uint64_t *name, const uint16_t *step, size_t n, uint64_t seed)
{
	uint64_t h = seed;
	for (size_t i = 0; i < n; i++)
		h = hash_mix(h * 0x9e3779b97f4a7c15u + name[step[i]] + i);
	return h;
}

static struct ended *ended_in(struct dealt *d, int k, uint64_t gram)
{
	const size_t had = d->grams[k].n;
	const uint32_t id = ids_get(&d->grams[k], gram);
	GROW(d->v[k], d->cap[k], d->grams[k].n);
	if (d->grams[k].n > had)
		d->v[k][id] = (struct ended){ gram, { 0 }, { 0 } };
	return &d->v[k][id];
}

static void deal_path(struct dealt *d, const uint16_t *step, size_t n, const double conv[FIFTHS], const double null[FIFTHS])
{
	for (int k = 0; k <= d->order && (size_t)k <= n + 1; k++) {
		const bool begins = (size_t)k > n;
		const size_t touches = (size_t)k - begins;
		uint64_t gram = begins ? gram_next(0, BEGINS, CHAIN_ORDER_MAX) : 0;
		for (size_t i = n - touches; i < n; i++)
			gram = gram_next(gram, step[i], CHAIN_ORDER_MAX);
		struct ended *e = ended_in(d, k, gram);
		for (int f = 0; f < FIFTHS; f++) {
			e->conv[f] += conv[f];
			e->null[f] += null[f];
		}
	}
}

static void deal_all(struct dealt *d, const struct chain_paths *p, uint64_t seed)
{
	uint64_t *name = xreallocarray(NULL, p->channels + 1, sizeof *name);
	for (size_t c = 0; c < p->channels; c++)
		name[c] = hash64(p->name[c].p, p->name[c].n);
	for (size_t i = 0; i < p->n; i++) {
		const uint16_t *step = p->step + p->from[i];
		const size_t n = p->from[i + 1] - p->from[i];
		double conv[FIFTHS], null[FIFTHS];
		uint64_t state = seed_of(name, step, n, seed);
		deal(conv, p->conv[i], &state);
		deal(null, p->null[i], &state);
		deal_path(d, step, n, conv, null);
	}
	free(name);
}

static void dealt_release(struct dealt *d)
{
	for (int k = 0; k <= CHAIN_ORDER_MAX; k++) {
		ids_release(&d->grams[k]);
		free(d->v[k]);
	}
}

/* ---- the area ---- */

struct scored {
	double score, conv, null;
};

static int by_score(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;
	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	if (x->conv != y->conv)
		return x->conv < y->conv ? -1 : 1;
	return (x->null > y->null) - (x->null < y->null);
}

static double learnt(const struct ended *e, int part, double *n)
{
	double conv = 0, null = 0;
	for (int f = 0; f < FIFTHS; f++)
		if (f != part) {
			conv += e->conv[f];
			null += e->null[f];
		}
	*n = conv + null;
	return conv / (conv + null);
}

/* The score of k touches: of fewer where nobody was seen to end after all of them. */
static double score_of(struct dealt *d, int k, uint64_t gram, int part)
{
	double n = 0, score = 0;
	for (; k >= 0 && !(n > 0); k--) {
		const uint64_t keep = k == CHAIN_ORDER_MAX ? UINT64_MAX : (1ull << (16 * k)) - 1;
		score = learnt(ended_in(d, k, gram & keep), part, &n);
	}
	return n > 0 ? score : 0;
}

static struct chain_auc area(struct scored *v, size_t n)
{
	double conv = 0, null = 0, sum = 0, below_conv = 0, below_null = 0, var_conv = 0, var_null = 0;
	for (size_t i = 0; i < n; i++) {
		conv += v[i].conv;
		null += v[i].null;
	}
	if (!(conv > 1) || !(null > 1))
		return (struct chain_auc){ NAN, NAN };
	qsort(v, n, sizeof *v, by_score);
	for (int pass = 0; pass < 2; pass++) {
		const double auc = sum / (conv * null);
		below_conv = below_null = 0;
		for (size_t i = 0, k; i < n; i = k) {
			double c = 0, z = 0;
			for (k = i; k < n && v[k].score == v[i].score; k++) {
				c += v[k].conv;
				z += v[k].null;
			}
			const double over = below_null + z / 2, under = conv - below_conv - c / 2;
			if (pass == 0)
				sum += c * over;
			var_conv += c * (over / null - auc) * (over / null - auc) * pass;
			var_null += z * (under / conv - auc) * (under / conv - auc) * pass;
			below_conv += c;
			below_null += z;
		}
	}
	return (struct chain_auc){ sum / (conv * null), sqrt(var_conv / (conv - 1) / conv + var_null / (null - 1) / null) };
}

/* Paths in one part by their last touches: as many as the order has, or all of them. */
static struct chain_auc one_part(struct dealt *d, int part)
{
	struct scored *v = NULL;
	size_t n = 0, cap = 0;
	for (int k = 1; k <= d->order; k++)
		for (size_t i = 0; i < d->grams[k].n; i++) {
			const struct ended e = d->v[k][i];
			if (!(e.conv[part] + e.null[part] > 0) || (k < d->order && e.gram >> (16 * (k - 1)) != BEGINS + 1u))
				continue;
			GROW(v, cap, n + 1);
			v[n++] = (struct scored){ score_of(d, k, e.gram, part), e.conv[part], e.null[part] };
		}
	const struct chain_auc a = area(v, n);
	free(v);
	return a;
}

struct chain_auc chain_order_auc(const struct chain_paths *p, int order, uint64_t seed)
{
	struct dealt d = { .order = order };
	struct chain_auc mean = { 0, 0 };
	deal_all(&d, p, seed);
	for (int f = 0; f < FIFTHS; f++) {
		const struct chain_auc a = one_part(&d, f);
		mean.auc += a.auc / FIFTHS;
		mean.se += a.se * a.se;
	}
	mean.se = sqrt(mean.se) / FIFTHS;
	dealt_release(&d);
	return mean;
}

int chain_order_choose(struct chain_auc auc[CHAIN_ORDER_MAX + 1], const struct chain_paths *p, uint64_t seed)
{
	int best = 1, chosen = 1;
	for (int k = 1; k <= CHAIN_ORDER_MAX; k++) {
		auc[k] = chain_order_auc(p, k, seed);
		if (auc[k].auc > auc[best].auc)
			best = k;
	}
	while (chosen < best && auc[chosen].auc < auc[best].auc - auc[best].se)
		chosen++;
	return chosen;
}
