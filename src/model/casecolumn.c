/* A column of cells finds out what it is. Different texts are numbered (a hash table of at most
 * CASES_LEVELS) and a row keeps two bytes; with too many of them a column of numbers goes on as
 * numbers, anything else is given up. So neither a million prices nor a million names cost
 * more than the eight bytes, or nothing, a row that they are worth.
 */
#include <math.h>
#include <stdlib.h>
#include "casecolumn.h"
#include "wend/hash.h"

enum { SLOTS = 2 * CASES_LEVELS };
/* Among at least so many different texts a share of words this small are slips. */
enum { SLIPS_FROM = 20 };
#define SLIPS_SHARE 0.1

void case_filling_init(struct case_filling *f, struct arena *a)
{
	*f = (struct case_filling){ .arena = a, .slot = xcalloc(SLOTS, sizeof *f->slot) };
}

void case_filling_release(struct case_filling *f)
{
	free(f->text);
	free(f->slot);
	free(f->code);
	free(f->number);
	arena_release(&f->own);
	*f = (struct case_filling){ 0 };
}

static bool is_blank_word(struct sv v)
{
	static const char *const words[] = { "na", "nan", "n/a", "null" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (sv_ieq(v, sv_of(words[i])))
			return true;
	return false;
}

static bool mostly_numbers(const struct case_filling *f)
{
	size_t numbers = 0;
	for (size_t i = 0; i < f->n; i++)
		numbers += isnan(f->text[i].value) ? 0 : 1;
	if (!numbers || !f->words)
		return numbers > 0;
	return f->n >= SLIPS_FROM && (double)f->words <= SLIPS_SHARE * (double)f->n;
}

static void put_number(struct case_filling *f, size_t row, double v)
{
	GROW(f->number, f->number_cap, row + 1);
	f->number[row] = v;
}

/* Codes become the numbers they stand for. */
static void to_numbers(struct case_filling *f, size_t rows)
{
	for (size_t i = 0; i < rows; i++)
		put_number(f, i, f->code[i] == CASE_MISSING ? NAN : f->text[f->code[i]].value);
	for (size_t i = 0; i < f->n; i++) {
		const struct case_text *t = &f->text[i];
		if (isnan(t->value)) {
			f->missing += t->rows;
			f->bad += t->blank_word ? 0 : t->rows;
		}
	}
	free(f->code);
	f->code = NULL;
	f->state = FILL_NUMBERS;
}

static void give_up(struct case_filling *f)
{
	free(f->code);
	f->code = NULL;
	f->state = FILL_NOTHING;
}

static void add_number(struct case_filling *f, size_t row, struct sv v)
{
	double d = NAN;
	if (!v.n || !sv_real(v, &d)) {
		f->missing++;
		f->bad += v.n && !is_blank_word(v);
		d = NAN;
	}
	put_number(f, row, d);
}

/* The number of a text, a new one if need be; SIZE_MAX: there are too many. */
static size_t code_of(struct case_filling *f, struct sv v)
{
	size_t at = (size_t)hash64(v.p, v.n) & (SLOTS - 1);
	while (f->slot[at]) {
		const struct case_text *t = &f->text[f->slot[at] - 1];
		if (sv_eq(t->text, v))
			return f->slot[at] - 1u;
		at = (at + 1) & (SLOTS - 1);
	}
	if (f->n == CASES_LEVELS)
		return SIZE_MAX;
	GROW(f->text, f->cap, f->n + 1);
	struct case_text *t = &f->text[f->n];
	*t = (struct case_text){ .text = { arena_strndup(&f->own, v.p, v.n), v.n }, .value = NAN, .blank_word = is_blank_word(v) };
	if (!sv_real(v, &t->value))
		t->value = NAN;
	f->words += isnan(t->value) && !t->blank_word ? 1 : 0;
	f->slot[at] = (uint16_t)++f->n;
	return f->n - 1;
}

void case_filling_add(struct case_filling *f, size_t row, struct sv cell)
{
	if (f->state == FILL_NOTHING)
		return;
	if (f->state == FILL_NUMBERS) {
		add_number(f, row, cell);
		return;
	}
	size_t code = CASE_MISSING;
	if (!cell.n)
		f->missing++;
	else if ((code = code_of(f, cell)) == SIZE_MAX) {
		if (mostly_numbers(f)) {
			to_numbers(f, row);
			add_number(f, row, cell);
		} else {
			give_up(f);
		}
		return;
	} else
		f->text[code].rows++;
	GROW(f->code, f->code_cap, row + 1);
	f->code[row] = (uint16_t)code;
}

static int by_bytes(const void *a, const void *b)
{
	return sv_cmp((*(const struct case_text *const *)a)->text, (*(const struct case_text *const *)b)->text);
}

struct case_level case_level_of(const struct case_text *t, struct arena *a)
{
	return (struct case_level){ { arena_strndup(a, t->text.p, t->text.n), t->text.n }, t->rows };
}

/* Levels in the order of their bytes, so that the order of rows changes nothing. */
static void to_levels(struct case_column *out, struct case_filling *f, size_t rows)
{
	const struct case_text **order = xreallocarray(NULL, f->n + 1, sizeof *order);
	uint16_t *to = xreallocarray(NULL, f->n + 1, sizeof *to);
	for (size_t i = 0; i < f->n; i++)
		order[i] = &f->text[i];
	if (f->n)
		qsort(order, f->n, sizeof *order, by_bytes);
	out->level = arena_alloc(f->arena, (f->n + 1) * sizeof *out->level);
	out->levels = f->n;
	for (size_t i = 0; i < f->n; i++) {
		out->level[i] = case_level_of(order[i], f->arena);
		to[order[i] - f->text] = (uint16_t)i;
	}
	for (size_t i = 0; i < rows; i++)
		if (f->code[i] != CASE_MISSING)
			f->code[i] = to[f->code[i]];
	free(order);
	free(to);
}

void case_filling_end(struct case_column *out, struct case_filling *f, size_t n)
{
	if (f->state == FILL_CODES && mostly_numbers(f))
		to_numbers(f, n);
	out->missing = f->missing;
	out->bad = f->bad;
	out->kind = f->state == FILL_NUMBERS ? CASE_NUMBER : f->state == FILL_CODES ? CASE_CATEGORY : CASE_TEXT;
	if (out->kind == CASE_CATEGORY)
		to_levels(out, f, n);
	out->number = f->number;
	out->code = f->code;
	f->number = NULL;
	f->code = NULL;
	case_filling_release(f);
}
