/* Gaps between steps, all of them, so that medians are exact: seconds in 32 bits (136
 * years; a longer gap is kept as that), four bytes and a little a transition. A list is
 * a chain of chunks, which threads merge by joining the chains; quantiles come from one
 * selection in a scratch array as long as the longest list.
 */
#include "touch_impl.h"

#include <math.h>

enum { FIRST_CHUNK = 6, LAST_CHUNK = 8192 };

void gaps_more(struct gaps *g, struct arena *a)
{
	const uint32_t cap = !g->head ? FIRST_CHUNK : g->head->cap >= LAST_CHUNK ? LAST_CHUNK : g->head->cap * 2;
	struct gap_chunk *c = arena_alloc(a, sizeof *c + (size_t)cap * sizeof c->v[0]);
	c->next = g->head;
	c->n = 0;
	c->cap = cap;
	g->head = c;
	if (!g->tail)
		g->tail = c;
}

void gaps_append(struct gaps *to, struct gaps *from)
{
	if (!from->head)
		return;
	if (to->tail)
		to->tail->next = from->head;
	else
		to->head = from->head;
	to->tail = from->tail;
	to->n += from->n;
	*from = (struct gaps){ 0 };
}

static void swap(uint32_t *a, uint32_t *b)
{
	const uint32_t t = *a;
	*a = *b;
	*b = t;
}

/* Hoare selection: afterwards v[k] is the k-th smallest and no later value is smaller. */
static uint32_t select_kth(uint32_t *v, size_t n, size_t k)
{
	size_t lo = 0, hi = n - 1;
	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		if (v[mid] < v[lo]) swap(&v[mid], &v[lo]);
		if (v[hi] < v[lo]) swap(&v[hi], &v[lo]);
		if (v[hi] < v[mid]) swap(&v[hi], &v[mid]);
		const uint32_t pivot = v[mid];
		size_t i = lo, j = hi;
		for (;;) {
			while (v[i] < pivot) i++;
			while (pivot < v[j]) j--;
			if (i >= j)
				break;
			swap(&v[i++], &v[j--]);
		}
		const size_t left_end = i == j && v[j] > pivot ? j - 1 : j;
		if (k <= left_end)
			hi = left_end;
		else
			lo = left_end + 1;
	}
	return v[k];
}

/* Type 7 (the default of R): linear between the neighbours of (n - 1) tenths / 10. */
static double quantile(uint32_t *v, size_t n, unsigned tenths)
{
	const size_t k = (n - 1) * tenths / 10, rest = (n - 1) * tenths % 10;
	const uint32_t a = select_kth(v, n, k);
	if (!rest)
		return a;
	uint32_t b = UINT32_MAX;
	for (size_t i = k + 1; i < n; i++)
		b = v[i] < b ? v[i] : b;
	return a + (double)(b - a) * (double)rest / 10;
}

/* Distribution-free limits of the median: the k-th smallest and the k-th largest, k by
 * the normal approximation of the binomial; below 6 values no pair reaches 95 %. */
static void median_limits(struct gap_facts *f, uint32_t *v, size_t n)
{
	if (n < 6)
		return;
	const double half = (double)n / 2, spread = Z95 * sqrt((double)n) / 2;
	const double low = floor(half - spread), high = ceil(1 + half + spread);
	const size_t lo = low < 1 ? 1 : (size_t)low, hi = high > (double)n ? n : (size_t)high;
	f->median_lo = select_kth(v, n, lo - 1) / 86400.0;
	f->median_hi = select_kth(v, n, hi - 1) / 86400.0;
}

struct gap_facts gaps_facts(const struct gaps *g, bool limits, uint32_t **scratch, size_t *cap)
{
	struct gap_facts f = { NAN, NAN, NAN, NAN, NAN, NAN };
	const double day = 86400;
	if (!g->n)
		return f;
	GROW(*scratch, *cap, g->n);
	uint32_t *v = *scratch;
	size_t n = 0;
	uint64_t sum = 0;
	for (const struct gap_chunk *c = g->head; c; c = c->next) {
		memcpy(v + n, c->v, (size_t)c->n * sizeof *v);
		for (uint32_t i = 0; i < c->n; i++)
			sum += c->v[i];
		n += c->n;
	}
	/* Sums of whole numbers, so that the order of the chain does not matter: squares of
	 * the distance to the rounded mean, in two halves of 64 bits. */
	const uint64_t centre = sum / n;
	uint64_t low = 0, high = 0;
	for (size_t i = 0; i < n; i++) {
		const uint64_t d = v[i] > centre ? v[i] - centre : centre - v[i];
		const uint64_t sq = d * d;
		low += sq & UINT32_MAX;
		high += sq >> 32;
	}
	const double squares = (double)high * 4294967296.0 + (double)low;
	const double off = (double)(sum - centre * n);
	f.mean = (double)sum / (double)n / day;
	if (n > 1)
		f.sd = sqrt((squares - off * off / (double)n) / (double)(n - 1)) / day;
	f.median = quantile(v, n, 5) / day;
	f.p90 = quantile(v, n, 9) / day;
	if (limits)
		median_limits(&f, v, n);
	return f;
}
