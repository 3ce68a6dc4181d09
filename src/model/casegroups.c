/* Groups of cases: the combinations of values that some columns have. Columns are folded in one
 * after the other, so that the codes never outgrow the number of groups there are.
 */
#include <math.h>
#include <stdlib.h>
#include "wend/cases.h"
#include "wend/sort.h"

static enum wend_err too_many(const char *name, struct err *err)
{
	return err_set(err, WEND_E_USAGE, "column '%s' has too many different values for groups; %d are the most", name, CASE_GROUPS_MAX);
}

/* A column of numbers as levels: its different values, ascending. */
static enum wend_err level_numbers(struct case_column *out, struct cases *c, const struct case_column *v, struct err *err)
{
	uint64_t *key = xreallocarray(NULL, c->n + 1, sizeof *key);
	size_t n = 0, k = 0;
	for (size_t i = 0; i < c->n; i++)
		if (!isnan(v->number[i]))
			key[n++] = sort_key_of(v->number[i]);
	sort_u64(key, n);
	for (size_t i = 0; i < n; i++)
		if (!k || key[k - 1] != key[i])
			key[k++] = key[i];
	if (k > CASE_GROUPS_MAX) {
		free(key);
		return too_many(v->name, err);
	}
	*out = (struct case_column){ .name = v->name, .kind = CASE_CATEGORY, .levels = k };
	out->level = arena_zalloc(&c->arena, (k + 1) * sizeof *out->level);
	out->code = xreallocarray(NULL, c->n + 1, sizeof *out->code);
	for (size_t i = 0; i < c->n; i++) {
		size_t at = CASE_MISSING;
		if (!isnan(v->number[i])) {
			const uint64_t want = sort_key_of(v->number[i]);
			LOWER_BOUND(at, k, key[mid] < want);
			if (!out->level[at].name.p) {
				struct str s = STR_INIT;
				str_real(&s, v->number[i]);
				out->level[at].name = sv_n(arena_strndup(&c->arena, s.p, s.n), s.n);
				str_release(&s);
			}
		}
		out->code[i] = (uint16_t)at;
	}
	free(key);
	return WEND_OK;
}

static struct sv name_of(struct cases *c, struct sv first, struct sv second, bool alone)
{
	if (alone)
		return second;
	const char *z = arena_printf(&c->arena, "%.*s, %.*s", (int)first.n, first.p ? first.p : "", (int)second.n, second.p ? second.p : "");
	return sv_of(z);
}

/* Groups so far times the levels of one more column; only what occurs gets a number. */
static enum wend_err fold_in(struct case_groups *g, struct cases *c, const struct case_column *v, bool alone, struct err *err)
{
	const size_t wide = v->levels + 1;
	int64_t *rows = xcalloc(g->n * wide + 1, sizeof *rows);
	uint16_t *number = xcalloc(g->n * wide + 1, sizeof *number);
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		rows[g->of[i] * wide + (v->code[i] == CASE_MISSING ? v->levels : v->code[i])]++;
	for (size_t k = 0; k < g->n * wide; k++)
		n += rows[k] ? 1 : 0;
	struct sv *name = arena_zalloc(&c->arena, (n + 1) * sizeof *name);
	int64_t *count = xcalloc(n + 1, sizeof *count);
	const bool few = n <= CASE_GROUPS_MAX;
	for (size_t k = 0, at = 0; few && k < g->n * wide; k++) {
		if (!rows[k])
			continue;
		const size_t level = k % wide;
		name[at] = name_of(c, g->name[k / wide], level < v->levels ? v->level[level].name : SV_NONE, alone);
		count[at] = rows[k];
		number[k] = (uint16_t)at++;
	}
	for (size_t i = 0; few && i < c->n; i++)
		g->of[i] = number[g->of[i] * wide + (v->code[i] == CASE_MISSING ? v->levels : v->code[i])];
	free(rows);
	free(number);
	free(g->rows);
	g->rows = count;
	g->name = name;
	g->n = n;
	return few ? WEND_OK : too_many(v->name, err);
}

enum wend_err cases_group(struct case_groups *out, struct cases *c, const char *const *cols, size_t n, struct err *err)
{
	enum wend_err e = WEND_OK;
	*out = (struct case_groups){ .n = 1, .of = xcalloc(c->n + 1, sizeof *out->of), .name = arena_zalloc(&c->arena, sizeof *out->name) };
	for (size_t k = 0; k < n && !e; k++) {
		const struct case_column *v = cases_column(c, cols[k]);
		struct case_column levels = { 0 };
		if (!v)
			e = err_set(err, WEND_E_USAGE, "the table has no column '%s'", cols[k]);
		else if (v->kind == CASE_TEXT)
			e = too_many(v->name, err);
		else if (v->kind == CASE_NUMBER)
			e = level_numbers(&levels, c, v, err);
		if (!e)
			e = fold_in(out, c, v->kind == CASE_NUMBER ? &levels : v, k == 0, err);
		free(levels.code);
	}
	if (e)
		case_groups_release(out);
	return e;
}

void case_groups_release(struct case_groups *g)
{
	free(g->of);
	free(g->rows);
	*g = (struct case_groups){ 0 };
}
