/* Radix sort of 64-bit keys, a byte at a time from the lowest; bytes that are the same in all
 * keys are skipped.
 */
#include <stdlib.h>
#include <string.h>
#include "wend/mem.h"
#include "wend/sort.h"

void sort_keys(uint64_t *key, uint32_t *index, size_t n)
{
	uint64_t differ = 0;
	for (size_t i = 1; i < n; i++)
		differ |= key[i] ^ key[0];
	if (!differ)
		return;
	uint64_t *k2 = xreallocarray(NULL, n, sizeof *k2);
	uint32_t *i2 = index ? xreallocarray(NULL, n, sizeof *i2) : NULL;
	uint64_t *const to_key = key;
	uint32_t *const to_index = index;
	for (int shift = 0; shift < 64; shift += 8) {
		size_t count[257] = { 0 };
		if (!(differ >> shift & 0xff))
			continue;
		for (size_t i = 0; i < n; i++)
			count[(key[i] >> shift & 0xff) + 1]++;
		for (int b = 0; b < 256; b++)
			count[b + 1] += count[b];
		for (size_t i = 0; i < n; i++) {
			const size_t to = count[key[i] >> shift & 0xff]++;
			k2[to] = key[i];
			if (index)
				i2[to] = index[i];
		}
		uint64_t *const k = key;
		uint32_t *const i = index;
		key = k2;
		index = i2;
		k2 = k;
		i2 = i;
	}
	if (key != to_key) {
		memcpy(to_key, key, n * sizeof *key);
		if (index)
			memcpy(to_index, index, n * sizeof *index);
		k2 = key;
		i2 = index;
	}
	free(k2);
	free(i2);
}

void sort_u64(uint64_t *v, size_t n)
{
	sort_keys(v, NULL, n);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

size_t sort_known(double *out, const double *x, size_t n)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (x[i] == x[i])
			out[k++] = x[i];
	if (k)
		qsort(out, k, sizeof *out, by_value);
	return k;
}
