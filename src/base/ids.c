/* Dense numbers for 64-bit codes, in the order in which they are first seen: open addressing
 * with linear steps, half full at most. What is counted by them is put into the order of
 * names before it is shown, so that the order of numbers never is.
 */
#include "wend/ids.h"

#include "wend/mem.h"

static void ids_grow(struct ids *t)
{
	struct ids wider = { .cap = t->cap ? t->cap * 2 : 64, .n = t->n };
	wider.key = xcalloc(wider.cap, sizeof *wider.key);
	wider.id = xcalloc(wider.cap, sizeof *wider.id);
	for (size_t i = 0; i < t->cap; i++) {
		if (!t->key[i])
			continue;
		size_t h = (size_t)(((t->key[i] - 1) * 0x9e3779b97f4a7c15u) >> 20) & (wider.cap - 1);
		while (wider.key[h])
			h = (h + 1) & (wider.cap - 1);
		wider.key[h] = t->key[i];
		wider.id[h] = t->id[i];
	}
	ids_release(t);
	*t = wider;
}

uint32_t ids_new(struct ids *t, uint64_t key)
{
	if (t->n * 2 >= t->cap)
		ids_grow(t);
	size_t h = (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (t->cap - 1);
	while (t->key[h])
		h = (h + 1) & (t->cap - 1);
	t->key[h] = key + 1;
	t->id[h] = (uint32_t)t->n;
	return (uint32_t)t->n++;
}

void ids_release(struct ids *t)
{
	free(t->key);
	free(t->id);
	*t = (struct ids){ 0 };
}
