/* The search for many texts at once, against one text and one place after the other. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "store/erase_find.h"
#include "wend/mem.h"

static uint64_t dice_state;
static uint32_t dice(uint32_t n)
{
	dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((dice_state >> 33) % n);
}

struct found {
	uint64_t sum;    /* of places, each with its term */
	size_t n;
	struct terms *t;
};
static void note(void *ctx, struct term *t, const char *p, size_t n, size_t at)
{
	struct found *f = ctx;

	(void)p;
	(void)n;
	f->n++;
	f->sum += (uint64_t)(t - f->t->v + 1) * (at + 1);
}

static void naive(struct found *f, const char *p, size_t begin, size_t n)
{
	for (size_t at = 0; at < begin; at++)
		for (size_t k = 0; k < f->t->n; k++) {
			struct term *t = &f->t->v[k];
			size_t len = t->text.n < LOOK_MAX ? t->text.n : LOOK_MAX, i = 0;

			if (t->text.n < (t->kind == TERM_TEXT ? TEXT_MIN : KEY_MIN) || len > n - at)
				continue;
			while (i < len && tolower((unsigned char)p[at + i]) == (unsigned char)t->text.p[i])
				i++;
			if (i == len)
				note(f, t, p, n, at);
		}
}

/* Letters are few, so that texts come up by chance, overlap and begin alike. */
static size_t make_text(char *to, size_t least, size_t most)
{
	size_t n = least + dice((uint32_t)(most - least + 1));

	for (size_t i = 0; i < n; i++)
		to[i] = "aAbB@1"[dice(dice(4) ? 2 : 6)];
	return n;
}

static void every_place_of_every_text_is_found_once(void **state)
{
	(void)state;
	for (dice_state = 1; dice_state < 400; dice_state++) {
		const uint64_t seed = dice_state;
		struct terms t = { 0 };
		struct finder f;
		struct found want = { 0, 0, &t }, got = { 0, 0, &t };
		char text[200], p[600];
		const size_t least = dice(2) ? 2 : 4 + dice(8), n = dice(sizeof p + 1), begin = dice(3) ? n : dice((uint32_t)n + 1), terms = dice(12);

		for (size_t i = 0; i < terms; i++)
			terms_add(&t, sv_n(text, make_text(text, least, least + dice(4))), dice(3) ? TERM_KEY : TERM_TEXT, false);
		make_text(p, sizeof p, sizeof p);
		for (size_t i = 0; i < t.n; i++)
			if (t.v[i].text.n < n)
				memcpy(p + dice((uint32_t)(n - t.v[i].text.n + 1)), t.v[i].text.p, t.v[i].text.n);
		finder_init(&f, &t, false);
		finder_find(&f, p, begin, n, note, &got);
		naive(&want, p, begin, n);
		if (got.n != want.n || got.sum != want.sum)
			fail_msg("seed %d: %zu places, not %zu, of %zu texts", (int)seed, got.n, want.n, t.n);
		finder_release(&f);
		terms_release(&t);
		dice_state = seed;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_place_of_every_text_is_found_once) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
