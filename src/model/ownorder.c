/* What followed the last order, until its return was due, against what followed the same
 * customer's earlier orders: why customers without a contract stay away.
 *
 * Idea. After each order there is a time in which the customer may come back. An earlier order j
 * was followed by the next after g_j. What came after it and before the last G minutes of that
 * time (a visit, a basket: the coming back itself) could have kept the customer away and did
 * not. After the last order the same length of time is looked at:
 *
 *     l_j = min(g_j - G, due)     pairs: exposed in (o_n, o_n + l_j] against (o_j, o_j + l_j]
 *
 * Both sides of a pair are of equal length, so that what happens at any time at all (a mail a
 * week) is as likely on one as on the other, however long the silence then lasts. Up to three
 * earlier orders, the latest ones; a set of m pairs counts once. R / S of these sets is the
 * ratio of the odds of staying away; limits from the sets themselves, for whether the case is
 * exposed depends on l_j (owncontrol.c).
 *
 *   stayers  orders of others within 30 days of the last one, after which they did come back,
 *            against their own earlier orders in the same way; they divide, for what changes
 *            with time (ownleave.c). Of up to 60 drawn the five with the most similar number
 *            of orders before
 *   alike    the last order against those orders of others: second opinion
 *   once     who bought once has no earlier order. His first order is compared with first orders
 *            of others within 30 days after which they came back; kept apart, for nothing of
 *            what differs between people is taken out
 *
 * Only those who have left are cases; windows that the unit's source does not cover are left
 * out. Staying away is no rare outcome: how many are explained is told from the ratio of risks.
 */
#include <math.h>
#include <stdlib.h>
#include "own_impl.h"
#include "wend/hash.h"
#include "wend/mem.h"
#include "wend/sort.h"

enum { DAY = 1440, NEAR_DAYS = 30, CANDIDATES = 60, DRAWS = 240, SLOTS = OWN_MOST + 1, NEVER = INT32_MAX };

/* Orders after which the customer came back, in order of time; there may be many millions. */
struct returned {
	uint32_t order;           /* of all orders */
	uint32_t who;             /* stretch */
};
struct desk {
	const struct own_design *d;
	const struct own_orders *o;
	const struct own_span *s;
	struct returned *back;
	size_t nback;
	int32_t *lag[SLOTS];      /* by unit: when it first came after an order; NEVER */
	bool *there;
	uint32_t *touched;
	size_t ntouched;
	struct own_shares shares; /* of stayers */
};

/* First times of units after an order at `at`, within `most`. */
static void look(struct desk *k, int slot, const struct own_stretch *v, int32_t at, int32_t most)
{
	const struct own_event *e = k->d->event + v->event;
	size_t i;
	LOWER_BOUND(i, v->events, e[mid].at <= at);
	for (; i < v->events && e[i].at <= at + most; i++) {
		const uint32_t unit = e[i].unit;
		if (!k->there[unit]) {
			k->there[unit] = true;
			k->touched[k->ntouched++] = unit;
		}
		if (k->lag[slot][unit] == NEVER)
			k->lag[slot][unit] = e[i].at - at;
	}
}

static void clear(struct desk *k)
{
	for (size_t i = 0; i < k->ntouched; i++) {
		for (int slot = 0; slot < SLOTS; slot++)
			k->lag[slot][k->touched[i]] = NEVER;
		k->there[k->touched[i]] = false;
	}
	k->ntouched = 0;
}

static bool covered(const struct desk *k, uint32_t unit, int32_t from, int32_t to)
{
	if (!k->d->cover)
		return true;
	const struct own_cover *c = &k->d->cover[unit];
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].from <= from && to <= c->v[i].to)
			return true;
	return false;
}

/* One order against others: times of the orders and lengths of the pairs. */
struct pairs {
	int32_t at, other[OWN_MOST], length[OWN_MOST];
	int n;
};

static bool pair_set(const struct desk *k, const struct pairs *p, uint32_t unit, int *m, int *b, int *c, bool *exposed)
{
	*m = *b = *c = 0;
	*exposed = false;
	for (int i = 0; i < p->n; i++) {
		const int32_t length = p->length[i];
		if (!covered(k, unit, p->at, p->at + length) || !covered(k, unit, p->other[i], p->other[i] + length))
			continue;
		const bool now = k->lag[0][unit] <= length, then = k->lag[i + 1][unit] <= length;
		(*m)++;
		*b += now && !then;
		*c += !now && then;
		*exposed = *exposed || now;
	}
	return *m > 0;
}

static int32_t length_of(const struct desk *k, int32_t gap)
{
	const int32_t l = gap - k->s->gap;
	return l < k->o->due ? l : k->o->due;
}

/* Order `last` of a stretch against its earlier ones, no longer than `most`. */
static void look_back(struct desk *k, struct pairs *p, const struct own_stretch *v, size_t last, int32_t most)
{
	const int32_t *at = k->o->at + k->o->from[v - k->d->v];
	*p = (struct pairs){ .at = at[last] };
	for (size_t j = last; j-- > 0 && p->n < k->s->references;) {
		int32_t length = length_of(k, at[j + 1] - at[j]);
		length = length < most ? length : most;
		if (length < DAY)
			continue;
		p->other[p->n] = at[j];
		p->length[p->n++] = length;
	}
	for (int i = 0; i < p->n; i++)
		look(k, i + 1, v, p->other[i], p->length[i]);
	if (p->n)
		look(k, 0, v, at[last], most);
}

static void count_exposed(struct own_counts *c, const struct own_stretch *v)
{
	c->exposed++;
	c->counted += v->counted;
	c->money += v->counted ? v->money : 0;
}

static void own_orders(struct desk *k, struct own_counts *out, const struct own_stretch *v, size_t last)
{
	struct pairs p;
	look_back(k, &p, v, last, k->o->due);
	for (size_t i = 0; i < k->ntouched && p.n; i++) {
		const uint32_t unit = k->touched[i];
		int m, b, c;
		bool exposed;
		if (!pair_set(k, &p, unit, &m, &b, &c, &exposed))
			continue;
		own_sets_add(&out[unit].own, m, b, c);
		if (exposed)
			count_exposed(&out[unit], v);
	}
	clear(k);
}

/* ---- orders of others ---- */

static int32_t time_of(const struct desk *k, const struct returned *r)
{
	return k->o->at[r->order];
}

static int32_t gap_of(const struct desk *k, const struct returned *r)
{
	return k->o->at[r->order + 1] - k->o->at[r->order];
}

static uint32_t before_of(const struct desk *k, const struct returned *r)
{
	return (uint32_t)(r->order - k->o->from[r->who]);
}

/* By time; at the same minute by the keys of persons, so that their order in the design, which is
 * that of the keys here, does not matter. */
static void list_returned(struct desk *k)
{
	const size_t n = k->d->n, most = k->o->from[n];
	uint64_t *person = xreallocarray(NULL, n + 1, sizeof *person), *time = xreallocarray(NULL, most + 1, sizeof *time);
	uint32_t *turn = xreallocarray(NULL, n + 1, sizeof *turn), *place = xreallocarray(NULL, most + 1, sizeof *place);
	struct returned *v = xreallocarray(NULL, most + 1, sizeof *v);
	for (size_t i = 0; i < n; i++) {
		person[i] = k->d->v[i].key;
		turn[i] = (uint32_t)i;
	}
	sort_keys(person, turn, n);
	for (size_t i = 0; i < n; i++)
		for (size_t j = k->o->from[turn[i]]; j + 1 < k->o->from[turn[i] + 1]; j++) {
			v[k->nback] = (struct returned){ (uint32_t)j, turn[i] };
			time[k->nback] = (uint64_t)((int64_t)k->o->at[j] - INT32_MIN);
			place[k->nback] = (uint32_t)k->nback;
			k->nback++;
		}
	sort_keys(time, place, k->nback);
	k->back = xreallocarray(NULL, k->nback + 1, sizeof *k->back);
	for (size_t i = 0; i < k->nback; i++)
		k->back[i] = v[place[i]];
	free(person);
	free(turn);
	free(time);
	free(place);
	free(v);
}

static int alike(const struct desk *k, struct own_near near[OWN_MOST], const struct own_stretch *v, int32_t at, size_t before)
{
	size_t lo, hi, seen[CANDIDATES];
	int n = 0, found = 0;
	LOWER_BOUND(lo, k->nback, time_of(k, &k->back[mid]) < at - NEAR_DAYS * DAY);
	LOWER_BOUND(hi, k->nback, time_of(k, &k->back[mid]) <= at + NEAR_DAYS * DAY);
	for (uint64_t draw = 0; draw < DRAWS && found < CANDIDATES && lo < hi; draw++) {
		const uint64_t h = hash_mix(v->key + (draw + 1) * 0x9e3779b97f4a7c15u);
		const size_t i = lo + (size_t)((__extension__ (unsigned __int128)h * (hi - lo)) >> 64);
		const struct returned *r = &k->back[i];
		int q = 0;
		if (&k->d->v[r->who] == v || (before == 0) != (before_of(k, r) == 0) || length_of(k, gap_of(k, r)) < DAY)
			continue;
		while (q < found && seen[q] != i)
			q++;
		if (q < found)
			continue;
		seen[found++] = i;
		own_near_keep(near, &n, k->s->controls, (struct own_near){ i, fabs(log((double)before_of(k, r) + 1) - log((double)before + 1)) });
	}
	return n;
}

static void add_stayer(struct desk *k, struct own_counts *out, const struct returned *r)
{
	const struct own_stretch *v = &k->d->v[r->who];
	struct pairs p;
	look_back(k, &p, v, before_of(k, r), length_of(k, gap_of(k, r)));
	for (size_t i = 0; i < k->ntouched && p.n; i++) {
		const uint32_t unit = k->touched[i];
		int m, b, c;
		bool exposed;
		if (!pair_set(k, &p, unit, &m, &b, &c, &exposed))
			continue;
		own_sets_add(&out[unit].stayers, m, b, c);
		if (b + c)
			own_shares_add(&k->shares, (struct own_share){ unit, v->who, (double)b / (m + 1), (double)c / (m + 1) });
	}
	clear(k);
}

static void others(struct desk *k, struct own_counts *out, struct own_totals *totals, const struct own_stretch *v, int32_t at, size_t before)
{
	struct own_near near[OWN_MOST];
	struct pairs p = { .at = at };
	const int n = alike(k, near, v, at, before);
	totals->matched += n > 0;
	totals->controls += n;
	for (int i = 0; i < n && before; i++)
		add_stayer(k, out, &k->back[near[i].i]);
	for (int i = 0; i < n; i++) {
		const struct returned *r = &k->back[near[i].i];
		p.other[i] = time_of(k, r);
		p.length[i] = length_of(k, gap_of(k, r));
		look(k, i + 1, &k->d->v[r->who], p.other[i], p.length[i]);
	}
	p.n = n;
	if (n)
		look(k, 0, v, at, k->o->due);
	for (size_t i = 0; i < k->ntouched; i++) {
		const uint32_t unit = k->touched[i];
		int m, b, c;
		bool exposed;
		if (!pair_set(k, &p, unit, &m, &b, &c, &exposed))
			continue;
		own_sets_add(&out[unit].alike, m, b, c);
		if (exposed && !before)
			count_exposed(&out[unit], v);
	}
	clear(k);
}

/* ---- all ---- */

/* Leavers whose source covers the time after their last order. */
static void count_cases(struct own_counts *out, struct own_counts *once, const struct desk *k)
{
	for (size_t u = 0; u < k->d->units; u++) {
		size_t same = 0;
		while (same < u && k->d->cover && k->d->cover[same].v != k->d->cover[u].v)
			same++;
		if (same < u && (k->d->cover || u)) {
			out[u].cases = out[same].cases, out[u].uncovered = out[same].uncovered;
			once[u].cases = once[same].cases, once[u].uncovered = once[same].uncovered;
			continue;
		}
		for (size_t i = 0; i < k->d->n; i++) {
			const size_t n = k->o->from[i + 1] - k->o->from[i];
			if (!k->d->v[i].left || !n)
				continue;
			const int32_t at = k->o->at[k->o->from[i + 1] - 1];
			struct own_counts *c = n > 1 ? &out[u] : &once[u];
			const bool known = covered(k, (uint32_t)u, at, at + DAY);
			c->cases += known;
			c->uncovered += !known;
		}
	}
}

void own_orders_run(struct own_counts *out, struct own_counts *once, struct own_totals *totals, double base[2], const struct own_design *d, const struct own_orders *o,
		    const struct own_span *s)
{
	struct desk k = { .d = d, .o = o, .s = s, .there = xcalloc(d->units + 1, sizeof(bool)), .touched = xcalloc(d->units + 1, sizeof(uint32_t)) };
	int64_t orders[2] = { 0, 0 }, last[2] = { 0, 0 };
	*totals = (struct own_totals){ 0 };
	for (int i = 0; i < SLOTS; i++) {
		k.lag[i] = xreallocarray(NULL, d->units + 1, sizeof *k.lag[i]);
		for (size_t u = 0; u < d->units; u++)
			k.lag[i][u] = NEVER;
	}
	for (size_t u = 0; u < d->units; u++)
		out[u] = once[u] = (struct own_counts){ 0 };
	const int64_t cases = d->units ? s->cases : 0; /* nothing was seen: nobody to compare */
	if (cases)
		list_returned(&k);
	for (size_t i = 0; i < d->n; i++) {
		const struct own_stretch *v = &d->v[i];
		const size_t n = o->from[i + 1] - o->from[i];
		orders[0] += n > 1 ? (int64_t)n - 1 : 0;
		orders[1] += n > 0;
		if (!v->left || !n)
			continue;
		last[n == 1]++;
		totals->left++;
		totals->counted += v->counted;
		totals->young += n == 1;
		const int32_t at = o->at[o->from[i + 1] - 1];
		if (n > 1)
			own_orders(&k, out, v, n - 1);
		if (totals->matched < cases)
			others(&k, n > 1 ? out : once, totals, v, at, n - 1);
	}
	base[0] = orders[0] ? (double)last[0] / (double)orders[0] : 0;
	base[1] = orders[1] ? (double)last[1] / (double)orders[1] : 0;
	count_cases(out, once, &k);
	own_shares_settle(out, &k.shares);
	for (int i = 0; i < SLOTS; i++)
		free(k.lag[i]);
	free(k.there);
	free(k.touched);
	free(k.back);
	free(k.shares.v);
}
