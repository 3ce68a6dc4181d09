/* room: base
 * Small dense numbers for 64-bit codes, given in the order in which codes are first seen: for
 * counters in arrays. Codes are below UINT64_MAX; all zeros is an empty table.
 */
#ifndef WEND_IDS_H
#define WEND_IDS_H

#include <stddef.h>
#include <stdint.h>

struct ids {
	uint64_t *key;    /* key + 1; 0 = free */
	uint32_t *id;
	size_t cap, n;
};
uint32_t ids_new(struct ids *t, uint64_t key); /* slow path of ids_get */
static inline uint32_t ids_get(struct ids *t, uint64_t key)
{
	if (t->cap) {
		size_t h = (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (t->cap - 1);
		while (t->key[h]) {
			if (t->key[h] == key + 1)
				return t->id[h];
			h = (h + 1) & (t->cap - 1);
		}
	}
	return ids_new(t, key);
}
void ids_release(struct ids *t);

#endif
