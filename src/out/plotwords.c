/* Distinct texts in order of first appearance, found by hash. */
#include "out/plot.h"
#include "wend/hash.h"
#include "wend/mem.h"

static void rehash(struct words *w, size_t slots)
{
	free(w->slot);
	w->slot = xcalloc(slots, sizeof *w->slot);
	w->slots = slots;
	for (size_t k = 0; k < w->n; k++) {
		size_t i = (size_t)hash64(w->v[k].p, w->v[k].n) & (slots - 1);
		while (w->slot[i])
			i = (i + 1) & (slots - 1);
		w->slot[i] = k + 1;
	}
}

size_t words_add(struct words *w, struct sv text)
{
	size_t i;

	if (2 * (w->n + 1) > w->slots)
		rehash(w, w->slots ? 2 * w->slots : 64);
	i = (size_t)hash64(text.p, text.n) & (w->slots - 1);
	for (; w->slot[i]; i = (i + 1) & (w->slots - 1))
		if (sv_eq(w->v[w->slot[i] - 1], text))
			return w->slot[i] - 1;
	GROW(w->v, w->cap, w->n + 1);
	w->v[w->n] = text;
	w->slot[i] = ++w->n;
	return w->n - 1;
}

void words_release(struct words *w)
{
	free(w->v);
	free(w->slot);
	*w = (struct words){ 0 };
}
