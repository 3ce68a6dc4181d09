/* Cases as counts of what happened when: whole times up to a bound are counted into a grid of
 * time and group in one pass, all others are sorted.
 */
#include <math.h>
#include <stdlib.h>
#include "wend/hazard.h"
#include "wend/sort.h"

enum { GRID_MAX = 1 << 22 };

static bool whole(const double *v, size_t n, double *most)
{
	for (size_t i = 0; v && i < n; i++) {
		if (v[i] != floor(v[i]) || v[i] > GRID_MAX)
			return false;
		*most = fmax(*most, v[i]);
	}
	return true;
}

static size_t group_of(const uint16_t *group, size_t i)
{
	return group ? group[i] : 0;
}

/* Room for `cells` times over all groups: time, events, lost, entered side by side. */
static void make_room(struct survival_groups *out, size_t groups, size_t cells)
{
	out->n = groups;
	out->d = xcalloc(groups + 1, sizeof *out->d);
	out->room = xcalloc(cells * 4 + 1, sizeof *out->room);
}

/* The cells of a group that hold something, from `from` on, are moved to `to`. */
static size_t close_up(double *room, size_t cells, size_t from, size_t n, size_t to)
{
	size_t k = to;
	for (size_t i = from; i < from + n; i++) {
		const double e = room[cells + i], l = room[2 * cells + i], in = room[3 * cells + i];
		if (e == 0 && l == 0 && in == 0)
			continue;
		room[k] = room[i];
		room[cells + k] = e;
		room[2 * cells + k] = l;
		room[3 * cells + k] = in;
		k++;
	}
	return k;
}

static void set_group(struct survival_groups *out, size_t g, size_t cells, size_t at, size_t n, bool entry)
{
	double *r = out->room;
	out->d[g] = (struct durations){ n, r + at, r + cells + at, r + 2 * cells + at, entry ? r + 3 * cells + at : NULL };
}

static void count_grid(struct survival_groups *out, const struct cases *c, const uint16_t *group, size_t groups, size_t span)
{
	const size_t cells = groups * span;
	make_room(out, groups, cells);
	double *time = out->room, *events = time + cells, *lost = events + cells, *entered = lost + cells;
	for (size_t g = 0; g < groups; g++)
		for (size_t t = 0; t < span; t++)
			time[g * span + t] = (double)t;
	for (size_t i = 0; i < c->n; i++) {
		const size_t g = group_of(group, i);
		const double w = c->weight ? c->weight[i] : 1;
		if (g >= groups)
			continue;
		(c->event[i] ? events : lost)[g * span + (size_t)c->time[i]] += w;
		if (c->entry && c->entry[i] >= 0)
			entered[g * span + (size_t)c->entry[i]] += w;
	}
	size_t at = 0;
	for (size_t g = 0; g < groups; g++) {
		const size_t end = close_up(out->room, cells, g * span, span, at);
		set_group(out, g, cells, at, end - at, c->entry != NULL);
		at = end;
	}
}

/* A row appears at its time and, with one, at its entry (index behind c->n). */
static size_t sorted(uint32_t *index, const struct cases *c, const uint16_t *group, size_t groups)
{
	uint64_t *key = xreallocarray(NULL, 2 * c->n + 1, sizeof *key);
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) {
		if (group_of(group, i) >= groups)
			continue;
		key[n] = sort_key_of(c->time[i]);
		index[n++] = (uint32_t)i;
		if (c->entry && c->entry[i] >= 0) {
			key[n] = sort_key_of(c->entry[i]);
			index[n++] = (uint32_t)(c->n + i);
		}
	}
	sort_keys(key, index, n);
	for (size_t k = 0; k < n && groups > 1; k++)
		key[k] = group_of(group, index[k] % c->n);
	if (groups > 1)
		sort_keys(key, index, n);
	free(key);
	return n;
}

static void count_sorted(struct survival_groups *out, const struct cases *c, const uint16_t *group, size_t groups)
{
	uint32_t *index = xreallocarray(NULL, 2 * c->n + 1, sizeof *index);
	const size_t n = sorted(index, c, group, groups);
	make_room(out, groups, n);
	double *time = out->room, *events = time + n, *lost = events + n, *entered = lost + n;
	size_t k = 0, i = 0;
	for (size_t g = 0; g < groups; g++) {
		const size_t from = k;
		for (; i < n && group_of(group, index[i] % c->n) == g; i++) {
			const size_t row = index[i] % c->n;
			const bool enters = index[i] >= c->n;
			const double t = enters ? c->entry[row] : c->time[row], w = c->weight ? c->weight[row] : 1;
			if (k == from || time[k - 1] != t)
				time[k++] = t;
			(enters ? entered : c->event[row] ? events : lost)[k - 1] += w;
		}
		set_group(out, g, n, from, k - from, c->entry != NULL);
	}
	free(index);
}

void survival_count(struct survival_groups *out, const struct cases *c, const uint16_t *group, size_t groups)
{
	double most = 0;
	const bool grid = whole(c->time, c->n, &most) && whole(c->entry, c->n, &most) && (most + 1) * (double)groups <= GRID_MAX;
	if (grid)
		count_grid(out, c, group, groups, (size_t)most + 1);
	else
		count_sorted(out, c, group, groups);
}

void survival_groups_release(struct survival_groups *g)
{
	free(g->d);
	free(g->room);
	*g = (struct survival_groups){ 0 };
}
