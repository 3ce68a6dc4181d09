/* Customers in the order of their printed keys. A key's first bytes decide almost always; ties
 * of them are settled by sv_natcmp itself.
 */
#include "metric_impl.h"

/* Keeps the order of sv_natcmp; equal prefixes may still differ. */
static uint64_t prefix_of(struct sv v)
{
	uint64_t number = 0, bytes = 0;
	size_t zeros = 0;
	bool digits = v.n > 0;
	for (size_t i = 0; i < v.n && digits; i++)
		digits = v.p[i] >= '0' && v.p[i] <= '9';
	if (digits) {
		while (zeros < v.n && v.p[zeros] == '0')
			zeros++;
		if (v.n - zeros > 18)
			return (1ull << 63) - 1;
		for (size_t i = zeros; i < v.n; i++)
			number = number * 10 + (uint64_t)(v.p[i] - '0');
		return number;
	}
	for (size_t i = 0; i < 7; i++)
		bytes = bytes << 8 | (i < v.n ? (uint8_t)v.p[i] : 0);
	return 1ull << 63 | bytes << 7;
}

struct named {
	struct sv key;
	uint32_t index;
};

static int by_key(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	const int c = sv_natcmp(x->key, y->key);
	return c ? c : (x->index > y->index) - (x->index < y->index);
}

uint32_t *order_customers(const struct store *s, const uint32_t *customer, size_t n)
{
	uint64_t *key = xreallocarray(NULL, n + 1, sizeof *key);
	uint32_t *index = xreallocarray(NULL, n + 1, sizeof *index);
	struct named *tie = NULL;
	size_t cap = 0;
	for (size_t i = 0; i < n; i++) {
		key[i] = prefix_of(store_customer(s, customer[i]));
		index[i] = (uint32_t)i;
	}
	sort_keys(key, index, n);
	for (size_t i = 0; i < n;) {
		size_t to = i + 1;
		while (to < n && key[to] == key[i])
			to++;
		if (to - i > 1) {
			GROW(tie, cap, to - i);
			for (size_t k = i; k < to; k++)
				tie[k - i] = (struct named){ store_customer(s, customer[index[k]]), index[k] };
			qsort(tie, to - i, sizeof *tie, by_key);
			for (size_t k = i; k < to; k++)
				index[k] = tie[k - i].index;
		}
		i = to;
	}
	free(tie);
	free(key);
	return index;
}
