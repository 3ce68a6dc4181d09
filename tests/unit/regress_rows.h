/* Rows of chance for tests of models: numbers and categories, outcomes that follow a formula. */
#ifndef REGRESS_ROWS_H
#define REGRESS_ROWS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "wend/hash.h"
#include "wend/regress.h"

enum { DRAWN_MOST = 6000, DRAWN_NUMBERS = 4, DRAWN_COLUMNS = 6 };
struct drawn {
	double x[DRAWN_NUMBERS][DRAWN_MOST];
	int32_t code[2][DRAWN_MOST];
	uint8_t y[DRAWN_MOST];
	uint64_t key[DRAWN_MOST];
	struct regressor v[DRAWN_COLUMNS];
	struct regress_data d;
};
static uint64_t drawn_state;
static inline double drawn_unit(void)
{
	return (double)(hash_mix(drawn_state += 0x9e3779b97f4a7c15u) >> 11) / 9007199254740992.0;
}

/* Numbers a, b, c uniform in 0..1, d in 0..1 with a tail; categories `plan` (3 levels) and
 * `land` (2); `odds` says the log odds of a row. */
static inline void drawn_rows(struct drawn *w, size_t n, uint64_t seed, double (*odds)(const struct drawn *w, size_t i))
{
	static const char *const plan[] = { "basic", "plus", "pro" }, *const land[] = { "AT", "DE" };
	static const char *const name[] = { "a", "b", "c", "d" };
	drawn_state = seed << 32;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < DRAWN_NUMBERS; k++)
			w->x[k][i] = drawn_unit();
		w->x[3][i] = exp(4 * w->x[3][i]);
		w->code[0][i] = (int32_t)(drawn_unit() * 3);
		w->code[1][i] = drawn_unit() < 0.3;
		w->key[i] = hash_mix(seed * 7919 + i);
		w->y[i] = drawn_unit() < logit_chance(odds(w, i));
	}
	for (size_t k = 0; k < DRAWN_NUMBERS; k++)
		w->v[k] = (struct regressor){ .name = name[k], .x = w->x[k] };
	w->v[4] = (struct regressor){ .name = "plan", .code = w->code[0], .levels = 3, .level = plan };
	w->v[5] = (struct regressor){ .name = "land", .code = w->code[1], .levels = 2, .level = land };
	w->d = (struct regress_data){ n, DRAWN_COLUMNS, w->v, w->y, w->key };
}

/* The same rows in another order; n has no divisor in common with 4001. */
static inline void drawn_turned(struct drawn *to, const struct drawn *from)
{
	const size_t n = from->d.n;
	*to = *from;
	for (size_t i = 0; i < n; i++) {
		const size_t j = i * 4001 % n;
		for (size_t k = 0; k < DRAWN_NUMBERS; k++)
			to->x[k][i] = from->x[k][j];
		for (size_t k = 0; k < 2; k++)
			to->code[k][i] = from->code[k][j];
		to->y[i] = from->y[j];
		to->key[i] = from->key[j];
	}
	for (size_t k = 0; k < DRAWN_NUMBERS; k++)
		to->v[k].x = to->x[k];
	to->v[4].code = to->code[0];
	to->v[5].code = to->code[1];
	to->d.v = to->v;
	to->d.y = to->y;
	to->d.key = to->key;
}

#endif
