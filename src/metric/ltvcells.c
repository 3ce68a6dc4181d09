/* What purchase models read: customers with the same x, t_x and T are one cell with a
 * weight; money goes by customer, because that model has no cells.
 *
 * Cells are in the order (x, T, t_x): what the models expect of those who are still buying
 * depends on x and T alone, so neighbours share it.
 */
#include "ltv_impl.h"

#include <math.h>

struct btyd_cells ltv_fit_cells(const struct ltv_cells *c)
{
	return (struct btyd_cells){ c->n, c->x, c->tx, c->T, c->w, c->threads };
}

struct spend_cells ltv_spend_cells(const struct ltv_cells *c)
{
	return (struct spend_cells){ c->nspend, c->spend_x, c->spend_total, c->spend_w };
}

static void cell_room(struct ltv_cells *c)
{
	if (c->n < c->cap)
		return;
	c->cap = c->cap ? 2 * c->cap : 1024;
	c->x = xreallocarray(c->x, c->cap, sizeof *c->x);
	c->tx = xreallocarray(c->tx, c->cap, sizeof *c->tx);
	c->T = xreallocarray(c->T, c->cap, sizeof *c->T);
	c->w = xreallocarray(c->w, c->cap, sizeof *c->w);
	c->shown = xreallocarray(c->shown, c->cap, sizeof *c->shown);
	c->money = xreallocarray(c->money, c->cap, sizeof *c->money);
	c->money2 = xreallocarray(c->money2, c->cap, sizeof *c->money2);
}

struct customer {
	uint32_t x;
	double tx, T, w;      /* units */
	bool shown;
	double money;         /* that tells of the spending of each of them; NaN = not known */
};

static void cell_add(struct ltv_cells *c, const struct customer *v)
{
	const size_t last = c->n - 1;
	c->customers += v->w;
	c->repeat_days += v->w * v->x;
	if (!c->n || c->x[last] != v->x || c->T[last] != v->T || c->tx[last] != v->tx) {
		cell_room(c);
		c->x[c->n] = v->x;
		c->tx[c->n] = v->tx;
		c->T[c->n] = v->T;
		c->w[c->n] = c->shown[c->n] = c->money[c->n] = c->money2[c->n] = 0;
		c->n++;
	}
	c->w[c->n - 1] += v->w;
	if (!v->shown)
		return;
	c->printed += v->w;
	c->shown[c->n - 1] += v->w;
	if (v->x + c->first && !isnan(v->money)) {
		c->money[c->n - 1] += v->w * v->money;
		c->money2[c->n - 1] += v->w * v->money * v->money;
	}
}

static void spend_add(struct ltv_cells *c, uint32_t x, double total, double w)
{
	if (!x)
		return;
	if (!(total > 0)) {
		c->spend_zero += w;
		return;
	}
	if (c->nspend == c->spend_cap) {
		c->spend_cap = c->spend_cap ? 2 * c->spend_cap : 1024;
		c->spend_x = xreallocarray(c->spend_x, c->spend_cap, sizeof *c->spend_x);
		c->spend_total = xreallocarray(c->spend_total, c->spend_cap, sizeof *c->spend_total);
		c->spend_w = xreallocarray(c->spend_w, c->spend_cap, sizeof *c->spend_w);
	}
	c->spend_x[c->nspend] = x;
	c->spend_total[c->nspend] = total;
	c->spend_w[c->nspend++] = w;
	c->spend_sum += w * total;
}

/* Customers by number as the last word, so that sums do not depend on threads. */
static uint32_t *in_order(const struct rfm_row *row, size_t n, int32_t as_of, bool all)
{
	uint64_t *key = xreallocarray(NULL, n + 1, sizeof *key);
	uint32_t *index = xreallocarray(NULL, n + 1, sizeof *index);
	for (size_t i = 0; i < n; i++) {
		const int64_t money = all ? row[i].total : row[i].repeat;
		key[i] = (uint64_t)(money < 0 ? 0 : money);
		index[i] = (uint32_t)i;
	}
	sort_keys(key, index, n);
	for (size_t i = 0; i < n; i++) {
		const struct rfm_row *v = &row[index[i]];
		key[i] = (uint64_t)(v->days - 1) << 42 | ((uint64_t)((int64_t)as_of - v->first) & 0x1fffff) << 21 | ((uint64_t)((int64_t)v->last - v->first) & 0x1fffff);
	}
	sort_keys(key, index, n);
	free(key);
	return index;
}

void ltv_cells_of(struct ltv_cells *c, const struct rfm_row *row, size_t n, int32_t as_of, double unit_days, double minor, bool all)
{
	uint32_t *order = in_order(row, n, as_of, all);
	*c = (struct ltv_cells){ .unit_days = unit_days, .first = all, .of = xreallocarray(NULL, n + 1, sizeof *c->of) };
	for (size_t i = 0; i < n; i++) {
		const struct rfm_row *v = &row[order[i]];
		const double money = (double)(all ? v->total : v->repeat) / minor;
		const uint32_t x = v->days - 1;
		cell_add(c, &(struct customer){ x, ltv_units(unit_days, v->first, v->last), ltv_units(unit_days, v->first, as_of), 1, v->selected, money });
		spend_add(c, all ? x + 1 : x, money, 1);
		c->of[order[i]] = (uint32_t)(c->n - 1);
	}
	free(order);
}

/* By x, T, t_x, money and weight, the last first: sums come out the same however rows came in. */
static uint64_t line_key(const struct line *v, int key)
{
	switch (key) {
	case 0: return (uint64_t)v->weight;
	case 1: return isnan(v->money) ? 0 : sort_key_of(v->money);
	case 2: return sort_key_of(v->t_x);
	case 3: return sort_key_of(v->T);
	default: return (uint64_t)v->x;
	}
}

static uint32_t *lines_in_order(const struct lines *l)
{
	uint64_t *key = xreallocarray(NULL, l->n + 1, sizeof *key);
	uint32_t *index = xreallocarray(NULL, l->n + 1, sizeof *index);
	for (size_t i = 0; i < l->n; i++)
		index[i] = (uint32_t)i;
	for (int k = 0; k < 5; k++) {
		for (size_t i = 0; i < l->n; i++)
			key[i] = line_key(&l->v[index[i]], k);
		sort_keys(key, index, l->n);
	}
	free(key);
	return index;
}

/* What was divided into a mean comes back: sums of money are whole millionths. */
static double whole_money(double v)
{
	const double near = round(v * 1e6);
	return fabs(v * 1e6 - near) <= 1e-9 * (1 + fabs(near)) ? near / 1e6 : v;
}

/* What a customer of this line spent on the days that tell of it; NaN = not known. */
static double money_of(const struct line *v, bool all)
{
	if (all)
		return v->weight ? v->spent / (double)v->weight : NAN;
	if (!v->x)
		return NAN;
	return isnan(v->repeat) || !v->weight ? whole_money(v->m * (double)v->x) : v->repeat / (double)v->weight;
}

void ltv_cells_from(struct ltv_cells *c, struct lines *l, double unit_days, bool all)
{
	*c = (struct ltv_cells){ .unit_days = unit_days, .first = all };
	for (size_t i = 0; i < l->n; i++)
		l->v[i].money = money_of(&l->v[i], all);
	uint32_t *order = lines_in_order(l);
	for (size_t i = 0; i < l->n; i++) {
		const struct line *v = &l->v[order[i]];
		const uint32_t x = (uint32_t)v->x, tells = x + c->first;
		const double w = (double)v->weight;
		if (!v->weight)
			continue;
		cell_add(c, &(struct customer){ x, v->t_x / unit_days, v->T / unit_days, w, true, v->money });
		if (tells && isnan(v->money))
			c->no_money = true;
		else
			spend_add(c, tells, v->money, w);
		/* A mean over several customers is not theirs. */
		c->no_money = c->no_money || (tells && l->stat && v->weight > 1);
	}
	free(order);
}

void ltv_cells_release(struct ltv_cells *c)
{
	free(c->x);
	free(c->tx);
	free(c->T);
	free(c->w);
	free(c->shown);
	free(c->money);
	free(c->money2);
	free(c->spend_x);
	free(c->spend_total);
	free(c->spend_w);
	free(c->of);
	*c = (struct ltv_cells){ 0 };
}
