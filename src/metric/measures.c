/* Summaries: a figure a row, in a fixed order, with what it was before.
 *
 *   call   real, chance or few: whether the difference of two estimates excludes none
 *          (MOVER, versus.c); a count without a denominator moves like a Poisson count, a sum
 *          has no limits and no call
 */
#include "metric_impl.h"

#include <math.h>

void measure_add(struct measures *l, struct measure m)
{
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = m;
}

const struct measure *measure_find(const struct measures *l, const char *section, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].section, section) && !strcmp(l->v[i].name, name))
			return &l->v[i];
	return NULL;
}

static const struct measure *same(const struct measures *l, const struct measure *m)
{
	for (size_t i = 0; l && i < l->n; i++)
		if (!strcmp(l->v[i].section, m->section) && !strcmp(l->v[i].name, m->name) && sv_eq(l->v[i].group, m->group))
			return &l->v[i];
	return NULL;
}

/* Limits for comparing: a count moves like a Poisson count, a sum has none. */
static struct interval limits(const struct measure *m)
{
	if (!isnan(m->ci.lo) || m->n != WEND_NONE)
		return m->ci;
	return garwood(m->value, ALPHA);
}

void measures_table(struct table *t, const struct measures *now, const struct measures *before, int64_t min_n)
{
	static const char *const text[] = { "section", "measure", "group" }, *const real[] = { "value", "lo", "hi" };
	static const char *const change[] = { "before", "diff", "diff_lo", "diff_hi" };
	for (int i = 0; i < 3; i++)
		table_col(t, text[i], COL_TEXT, NULL, -1);
	for (int i = 0; i < 3; i++)
		table_col(t, real[i], COL_REAL, NULL, 2);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "unit", COL_TEXT, NULL, -1);
	for (int i = 0; i < 4; i++)
		table_col(t, change[i], COL_REAL, NULL, 2);
	table_col(t, "call", COL_TEXT, NULL, -1);
	table_col(t, "definition", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < now->n; i++) {
		const struct measure *m = &now->v[i], *old = same(before, m);
		put_z(t, m->section);
		put_z(t, m->name);
		put_text(t, m->group);
		put_real(t, m->value);
		put_real(t, m->ci.lo);
		put_real(t, m->ci.hi);
		put_int(t, m->n);
		put_z(t, m->unit);
		if (old) {
			const bool few = (m->n != WEND_NONE && m->n < min_n) || (old->n != WEND_NONE && old->n < min_n);
			const struct change c = change_of(m->value, limits(m), old->value, limits(old), few);
			put_real(t, old->value);
			put_real(t, c.diff);
			put_real(t, c.lo);
			put_real(t, c.hi);
			put_z(t, isnan(c.lo) && !few ? NULL : c.call);
		} else {
			for (int k = 0; k < 4; k++)
				put_empty(t);
			put_z(t, NULL);
		}
		put_z(t, m->definition);
	}
}
