/* People alike, and how much a ratio varies when one person stands in several sets: the linear
 * term of log R - log S, r_i / R - s_i / S, added up by person and then squared (owncontrol.c).
 */
#include <stdlib.h>
#include "own_impl.h"
#include "wend/mem.h"

void own_near_keep(struct own_near *near, int *n, int most, struct own_near c)
{
	int k = *n;
	if (k < most)
		(*n)++;
	else if (near[--k].far <= c.far)
		return;
	for (; k > 0 && near[k - 1].far > c.far; k--)
		near[k] = near[k - 1];
	near[k] = c;
}

void own_shares_add(struct own_shares *l, struct own_share s)
{
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = s;
}

static int by_unit(const void *a, const void *b)
{
	const struct own_share *x = a, *y = b;
	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	if (x->who != y->who)
		return x->who < y->who ? -1 : 1;
	if (x->r != y->r)
		return x->r < y->r ? -1 : 1;
	return (x->s > y->s) - (x->s < y->s);
}

static double by_persons(const struct own_share *v, size_t n)
{
	double r = 0, s = 0, var = 0;
	for (size_t i = 0; i < n; i++) {
		r += v[i].r;
		s += v[i].s;
	}
	for (size_t i = 0, k; i < n && r > 0 && s > 0; i = k) {
		double u = 0;
		for (k = i; k < n && v[k].who == v[i].who; k++)
			u += v[k].r / r - v[k].s / s;
		var += u * u;
	}
	return var;
}

void own_shares_settle(struct own_counts *out, struct own_shares *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof *l->v, by_unit);
	for (size_t i = 0, k; i < l->n; i = k) {
		for (k = i; k < l->n && l->v[k].unit == l->v[i].unit;)
			k++;
		out[l->v[i].unit].stayers_log_var = by_persons(l->v + i, k - i);
	}
}
