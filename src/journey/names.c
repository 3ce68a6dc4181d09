/* [names]: one spelling for what several products call differently. `pattern = name`, *
 * for any text and ? for one character, letters of either case alike; the first rule in
 * the file that matches decides.
 */
#include "journey_impl.h"

struct rule {
	struct sv pattern, name;
};
struct rules {
	struct rule *v;
	size_t n, cap;
	struct arena *a;
};

static bool collect(void *ctx, const char *section, const char *name, const char *value, int64_t when, const char *whence)
{
	struct rules *r = ctx;
	(void)when;
	(void)whence;
	if (strcmp(section, "names") || !value || !*value)
		return true;
	GROW(r->v, r->cap, r->n + 1);
	r->v[r->n++] = (struct rule){ sv_of(arena_strdup(r->a, name)), sv_of(arena_strdup(r->a, value)) };
	return true;
}

static uint32_t code_of(struct names *t, struct sv *extra, struct store *s, struct sv name)
{
	const int64_t word = store_word_code(s, name);
	if (word >= 0)
		return (uint32_t)word;
	for (uint32_t i = 0; i < t->nextra; i++)
		if (sv_eq(extra[i], name))
			return STEP_RENAMED + i;
	extra[t->nextra] = name;
	return STEP_RENAMED + t->nextra++;
}

enum wend_err names_load(struct population *p, struct err *err)
{
	static const char *const told[WORD_TOLD_COUNT] = { "failed", "disputed", "paid", "refunded", "praise", "complaint" };
	struct rules r = { .a = &p->arena };
	struct names *t = arena_zalloc(&p->arena, sizeof *t);
	(void)err;
	for (int i = 0; i < WORD_TOLD_COUNT; i++)
		t->told[i] = store_word_code(p->store, sv_of(told[i]));
	store_each_setting(p->store, collect, &r);
	if (r.n) {
		const int64_t words = store_words(p->store);
		uint32_t *map = arena_alloc(&p->arena, ((size_t)words + 1) * sizeof *map);
		struct sv *extra = arena_alloc(&p->arena, r.n * sizeof *extra);
		for (int64_t w = 0; w < words; w++) {
			const struct sv text = store_word(p->store, w);
			map[w] = (uint32_t)w;
			for (size_t i = 0; i < r.n; i++)
				if (sv_glob(r.v[i].pattern, text, true)) {
					map[w] = code_of(t, extra, p->store, r.v[i].name);
					break;
				}
		}
		t->map = map;
		t->n = (uint32_t)words;
		t->extra = extra;
	}
	free(r.v);
	p->names = t;
	return WEND_OK;
}

struct sv names_text(const struct names *t, const struct store *s, int64_t word)
{
	const uint32_t code = names_code(t, word);
	if (code >= STEP_RENAMED && code - STEP_RENAMED < t->nextra)
		return t->extra[code - STEP_RENAMED];
	return store_word(s, code);
}
