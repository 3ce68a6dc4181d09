/* What was more frequent before leaving than before: case-crossover with the last days apart.
 *
 * Idea. Who left is compared with himself: were there such events in the W days before, more
 * than in up to three earlier stretches of his own of the same length? The last G days are left
 * out of it: what happens in them may be the leaving itself (the page with the cancel button),
 * and is told apart as a sign.
 *
 *     windows   [t - W, t - G) before leaving at t; [r - W, r - G) for r = t - 2W, t - 3W, t - 4W,
 *               all after the customer came and covered by the unit's source
 *     clean     a window with the unit in the G days behind it does not count for the unit: who
 *               had it there is neither exposed in the window nor free of it
 *     own       Mantel-Haenszel ratio over leavers (Maclure 1991)
 *     stayers   the same ratio at the same times in customers who are alike and did not leave
 *     rr        own / stayers (case-time-control, Suissa 1995)
 *     alike     the leaver's window against the stayers' on the same days: second opinion
 *     sign      the last G days against the G days before each r
 *
 * Why stayers always divide. Two things beside a cause make a unit more or less frequent lately:
 * its volume drifts; and a harmful event long ago has already driven out whom it was to drive
 * out, so that those who are still there at t have had fewer of it early than late. The second
 * is no small thing: with 40 % of a year's customers leaving it adds some 6 % to a ratio of 4.
 * Both act on stayers alike, and the quotient is free of them (for a hazard h(t) = h0 RR^x(t)
 * the pattern of exposure of a leaver has weight h(t) S(t), of a stayer S(t)).
 *
 * Stayers: still there at t, came within W days of when the leaver came, and of up to 60 such
 * the nearest by the logarithm of events a day before the window, for who is used to many
 * contacts is exposed to more of all. Which 60 is decided by the random key alone. A stayer may
 * stand beside several leavers: the variance of his side is that of sums by person.
 *
 * Verdicts. Tests of all units are adjusted together (Benjamini & Hochberg 1995).
 *     few       fewer than ten exposed leavers, or than ten who differ from themselves
 *     sign      the last days tell more than the window by more than chance: what comes at the
 *               end only is a consequence, or too close to tell from one; never a reason
 *     reason    q within alpha and ratio above 1;  keeps: below 1
 *     doubtful  customers alike say otherwise: limits that do not overlap
 * A reason explains exposed x (1 - 1 / lower limit) leavers.
 *
 * Range. Times of day do not matter beyond a minute. Memory: the design and 16 bytes an
 * exposed pair of stayers. Coverage of the limits: tests/proof/causes.md.
 */
#include <math.h>
#include <stdlib.h>
#include "own_impl.h"
#include "wend/hash.h"
#include "wend/mem.h"

enum { DAY = 1440, CANDIDATES = 60, DRAWS = 240, EMPTY = -1 };

struct own_span own_span_default(void)
{
	return (struct own_span){ 30 * DAY, 3 * DAY, 3, OWN_MOST, 20000 };
}

/* ---- exposures of one person at one time: a bit a window, by unit ---- */

/* Bits of a mask: window w (0 before leaving, 1.. earlier), and the gap behind it. */
#define WINDOW_BIT(w) (1u << (w))
#define GAP_BIT(w) (1u << (8 + (w)))

struct touched {
	uint32_t *mask;           /* by unit; zero between uses */
	uint32_t *unit;
	size_t n;
};

static void touch(struct touched *t, uint32_t unit, uint32_t bit)
{
	if (!t->mask[unit])
		t->unit[t->n++] = unit;
	t->mask[unit] |= bit;
}

static void clear(struct touched *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->mask[t->unit[i]] = 0;
	t->n = 0;
}

/* Index of the first event of a stretch at or after a time. */
static size_t first_from(const struct own_event *e, size_t n, int32_t at)
{
	size_t k;
	LOWER_BOUND(k, n, e[mid].at < at);
	return k;
}

/* The reference time of window w. */
static int32_t time_of(const struct own_span *s, int32_t t, int w)
{
	return w ? t - (w + 1) * s->window : t;
}

/* Does the stretch reach back to window w of time t? */
static bool reaches(const struct own_stretch *v, const struct own_span *s, int32_t t, int w)
{
	return time_of(s, t, w) - s->window >= v->from;
}

static int windows_of(const struct own_stretch *v, const struct own_span *s, int32_t t)
{
	int n = 0;
	while (n <= s->references && reaches(v, s, t, n))
		n++;
	return n;
}

static void look(struct touched *out, const struct own_design *d, const struct own_stretch *v, const struct own_span *s, int32_t t, int windows)
{
	const struct own_event *e = d->event + v->event;
	for (int w = 0; w < windows; w++) {
		const int32_t r = time_of(s, t, w);
		for (size_t k = first_from(e, v->events, r - s->window); k < v->events && e[k].at <= r; k++)
			touch(out, e[k].unit, e[k].at < r - s->gap ? WINDOW_BIT(w) : GAP_BIT(w));
	}
}

static bool covered(const struct own_design *d, const struct own_span *s, uint32_t unit, int32_t t, int w)
{
	const int32_t r = time_of(s, t, w);
	if (!d->cover)
		return true;
	const struct own_cover *c = &d->cover[unit];
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].from <= r - s->window && r <= c->v[i].to)
			return true;
	return false;
}

/* One person's windows of a unit as a set: false when they say nothing. */
static bool own_set(int *m, int *b, int *c, uint32_t mask, const struct own_design *d, const struct own_span *s, uint32_t unit, int32_t t, int windows)
{
	*m = *b = *c = 0;
	if (mask & GAP_BIT(0) || !covered(d, s, unit, t, 0))
		return false;
	for (int w = 1; w < windows; w++) {
		if (mask & GAP_BIT(w) || !covered(d, s, unit, t, w))
			continue;
		const bool now = mask & WINDOW_BIT(0), then = mask & WINDOW_BIT(w);
		(*m)++;
		*b += now && !then;
		*c += !now && then;
	}
	return *m > 0;
}

/* The gaps alone. */
static bool sign_set(int *m, int *b, int *c, uint32_t mask, const struct own_design *d, const struct own_span *s, uint32_t unit, int32_t t, int windows)
{
	*m = *b = *c = 0;
	if (!covered(d, s, unit, t, 0))
		return false;
	for (int w = 1; w < windows; w++) {
		if (!covered(d, s, unit, t, w))
			continue;
		const bool now = mask & GAP_BIT(0), then = mask & GAP_BIT(w);
		(*m)++;
		*b += now && !then;
		*c += !now && then;
	}
	return *m > 0;
}

/* ---- customers alike ---- */

struct board {
	const struct own_design *d;
	const struct own_span *s;
	uint32_t *by_from;        /* stretches in order of when they began, then of their keys */
	struct touched own, other, both;
	struct own_shares shares; /* of stayers */
};

struct order {
	int32_t from;
	uint32_t i;
	uint64_t key;
};

static int by_from(const void *a, const void *b)
{
	const struct order *x = a, *y = b;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->i > y->i) - (x->i < y->i);
}

static uint32_t *order_by_from(const struct own_design *d)
{
	struct order *v = xreallocarray(NULL, d->n + 1, sizeof *v);
	uint32_t *out = xreallocarray(NULL, d->n + 1, sizeof *out);
	for (size_t i = 0; i < d->n; i++)
		v[i] = (struct order){ d->v[i].from, (uint32_t)i, d->v[i].key };
	if (d->n)
		qsort(v, d->n, sizeof *v, by_from);
	for (size_t i = 0; i < d->n; i++)
		out[i] = v[i].i;
	free(v);
	return out;
}

/* Logarithm of events a day up to a time. */
static double activity(const struct own_design *d, const struct own_stretch *v, int32_t until)
{
	const double days = (double)(until - v->from) / DAY;
	return log(((double)first_from(d->event + v->event, v->events, until) + 0.5) / (days + 1));
}

/* Two choices out of the same candidates: by activity before the window, and up to the gap. The
 * first is for comparing windows between persons. Between windows of one person it would not
 * do: who has been chosen for few events early has more of them late, by chance alone. */
static int alike(struct own_near near[OWN_MOST], struct own_near over[OWN_MOST], const struct board *b, const struct own_stretch *v, int windows)
{
	const struct own_design *d = b->d;
	const struct own_span *s = b->s;
	size_t lo, hi;
	LOWER_BOUND(lo, d->n, d->v[b->by_from[mid]].from < v->from - s->window);
	LOWER_BOUND(hi, d->n, d->v[b->by_from[mid]].from <= v->from + s->window);
	uint32_t seen[CANDIDATES];
	int n = 0, n_over = 0, found = 0;
	const double before = activity(d, v, v->to - s->window), all = activity(d, v, v->to - s->gap);
	for (uint64_t draw = 0; draw < DRAWS && found < CANDIDATES && (size_t)found + 1 < hi - lo; draw++) {
		const uint64_t h = hash_mix(v->key + (draw + 1) * 0x9e3779b97f4a7c15u);
		const uint32_t i = b->by_from[lo + (size_t)((__extension__ (unsigned __int128)h * (hi - lo)) >> 64)];
		const struct own_stretch *o = &d->v[i];
		int k = 0;
		if (o->who == v->who || o->to <= v->to || windows_of(o, s, v->to) < windows)
			continue;
		while (k < found && seen[k] != i)
			k++;
		if (k < found)
			continue;
		seen[found++] = i;
		own_near_keep(near, &n, s->controls, (struct own_near){ i, fabs(activity(d, o, v->to - s->window) - before) });
		own_near_keep(over, &n_over, s->controls, (struct own_near){ i, fabs(activity(d, o, v->to - s->gap) - all) });
	}
	return n;
}

/* Units of the leaver and of those beside him: bit 0 his window, 1.. theirs; gaps from 8 on. */
static void beside(struct touched *both, const struct touched *one, int place)
{
	for (size_t i = 0; i < one->n; i++) {
		const uint32_t mask = one->mask[one->unit[i]];
		if (mask & WINDOW_BIT(0))
			touch(both, one->unit[i], WINDOW_BIT(place));
		if (mask & GAP_BIT(0))
			touch(both, one->unit[i], GAP_BIT(place));
	}
}

static void add_stayer(struct board *b, struct own_counts *out, uint32_t who, int32_t t, int windows)
{
	for (size_t i = 0; i < b->other.n; i++) {
		const uint32_t unit = b->other.unit[i];
		int m, with, without;
		if (!own_set(&m, &with, &without, b->other.mask[unit], b->d, b->s, unit, t, windows))
			continue;
		own_sets_add(&out[unit].stayers, m, with, without);
		if (with + without)
			own_shares_add(&b->shares, (struct own_share){ unit, who, (double)with / (m + 1), (double)without / (m + 1) });
	}
}

static void compare_alike(struct board *b, struct own_counts *out, struct own_totals *totals, const struct own_stretch *v, int windows)
{
	struct own_near near[OWN_MOST], over[OWN_MOST];
	const int n = alike(near, over, b, v, windows);
	totals->matched += n > 0;
	totals->controls += n;
	if (!n)
		return;
	beside(&b->both, &b->own, 0);
	for (int k = 0; k < n; k++) {
		look(&b->other, b->d, &b->d->v[near[k].i], b->s, v->to, 1);
		beside(&b->both, &b->other, k + 1);
		clear(&b->other);
		look(&b->other, b->d, &b->d->v[over[k].i], b->s, v->to, windows);
		add_stayer(b, out, b->d->v[over[k].i].who, v->to, windows);
		clear(&b->other);
	}
	for (size_t i = 0; i < b->both.n; i++) {
		const uint32_t unit = b->both.unit[i], mask = b->both.mask[unit];
		int m = 0, with = 0, without = 0;
		for (int k = 1; k <= n && !(mask & GAP_BIT(0)); k++) {
			if (mask & GAP_BIT(k))
				continue;
			const bool his = mask & WINDOW_BIT(0), theirs = mask & WINDOW_BIT(k);
			m++;
			with += his && !theirs;
			without += !his && theirs;
		}
		if (m && covered(b->d, b->s, unit, v->to, 0))
			own_sets_add(&out[unit].alike, m, with, without);
	}
	clear(&b->both);
}

/* ---- all leavers ---- */

static void compare_own(struct board *b, struct own_counts *out, const struct own_stretch *v, int windows)
{
	for (size_t i = 0; i < b->own.n; i++) {
		const uint32_t unit = b->own.unit[i], mask = b->own.mask[unit];
		int m, with, without;
		if (own_set(&m, &with, &without, mask, b->d, b->s, unit, v->to, windows)) {
			own_sets_add(&out[unit].own, m, with, without);
			if (mask & WINDOW_BIT(0)) {
				out[unit].exposed++;
				out[unit].counted += v->counted;
				out[unit].money += v->counted ? v->money : 0;
			}
		}
		if (sign_set(&m, &with, &without, mask, b->d, b->s, unit, v->to, windows))
			own_sets_add(&out[unit].sign, m, with, without);
		if (v->counted && mask & GAP_BIT(0) && covered(b->d, b->s, unit, v->to, 0))
			out[unit].signs++;
	}
}

/* Leavers with and without a covered comparison: the same for all units of one cover. */
static void count_cases(struct own_counts *out, const struct own_design *d, const struct own_span *s)
{
	uint32_t *first = xreallocarray(NULL, d->units + 1, sizeof *first);
	size_t classes = 0;
	for (size_t u = 0; u < d->units; u++) {
		size_t k = 0;
		while (k < classes && d->cover && d->cover[first[k]].v != d->cover[u].v)
			k++;
		if (k < classes) {
			out[u].cases = out[first[k]].cases;
			out[u].uncovered = out[first[k]].uncovered;
			out[u].signs_of = out[first[k]].signs_of;
			continue;
		}
		first[classes++] = (uint32_t)u;
		for (size_t i = 0; i < d->n; i++) {
			const struct own_stretch *v = &d->v[i];
			const int windows = v->left ? windows_of(v, s, v->to) : 0;
			bool now = windows && covered(d, s, (uint32_t)u, v->to, 0), then = false;
			for (int w = 1; w < windows; w++)
				then = then || covered(d, s, (uint32_t)u, v->to, w);
			out[u].cases += now && then;
			out[u].uncovered += windows > 1 && !(now && then);
			out[u].signs_of += now && v->counted;
		}
	}
	free(first);
}

static int by_key(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* The greatest key of those leavers who get customers alike. */
static uint64_t last_key(const struct own_design *d, int64_t most)
{
	uint64_t *key = xreallocarray(NULL, d->n + 1, sizeof *key), last = UINT64_MAX;
	size_t n = 0;
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].left)
			key[n++] = d->v[i].key;
	if ((int64_t)n > most) {
		qsort(key, n, sizeof *key, by_key);
		last = most > 0 ? key[most - 1] : 0;
	}
	free(key);
	return last;
}

void own_run(struct own_counts *out, struct own_totals *totals, const struct own_design *d, const struct own_span *s)
{
	const uint64_t last = last_key(d, s->cases);
	struct board b = { .d = d, .s = s, .by_from = order_by_from(d) };
	struct touched *t[3] = { &b.own, &b.other, &b.both };
	for (int i = 0; i < 3; i++)
		*t[i] = (struct touched){ xcalloc(d->units + 1, sizeof(uint32_t)), xcalloc(d->units + 1, sizeof(uint32_t)), 0 };
	*totals = (struct own_totals){ 0 };
	for (size_t u = 0; u < d->units; u++)
		out[u] = (struct own_counts){ 0 };
	for (size_t i = 0; i < d->n; i++) {
		const struct own_stretch *v = &d->v[i];
		if (!v->left)
			continue;
		const int windows = windows_of(v, s, v->to);
		totals->left++;
		totals->counted += v->counted;
		totals->young += windows < 2;
		if (!windows)
			continue;
		look(&b.own, d, v, s, v->to, windows);
		compare_own(&b, out, v, windows);
		if (v->key <= last)
			compare_alike(&b, out, totals, v, windows);
		clear(&b.own);
	}
	count_cases(out, d, s);
	own_shares_settle(out, &b.shares);
	for (int i = 0; i < 3; i++) {
		free(t[i]->mask);
		free(t[i]->unit);
	}
	free(b.by_from);
	free(b.shares.v);
}

/* ---- verdicts ---- */

static void ratios_of(struct own_finding *f, const struct own_counts *c, bool robust, double alpha)
{
	f->own = robust ? own_sets_robust(&c->own, alpha) : own_sets_ratio(&c->own, alpha);
	f->alike = robust ? own_sets_robust(&c->alike, alpha) : own_sets_ratio(&c->alike, alpha);
	f->sign = own_sets_ratio(&c->sign, alpha);
	f->stayers = own_sets_ratio(&c->stayers, alpha);
	if (isnan(f->own.rr)) /* nothing of his own: one-time buyers */
		f->own = f->alike;
	if (c->stayers_log_var > 0) /* else one side is empty, and persons tell no more */
		f->stayers = own_ratio_of(f->stayers.rr, c->stayers_log_var, alpha);
	f->rr = isnan(f->stayers.rr) ? f->own : own_divide(&f->own, &f->stayers, alpha);
}

/* Sets that say something: case and comparisons differ. */
static int64_t differ(const struct own_sets *s)
{
	int64_t n = 0;
	for (int m = 0; m < OWN_MOST; m++)
		for (int b = 0; b <= OWN_MOST; b++)
			for (int c = b == 0; c <= OWN_MOST; c++)
				n += s->n[m][b][c];
	return n;
}

void own_judge(struct own_finding *out, const struct own_counts *c, size_t n, const double *base, double alpha)
{
	double *p = xreallocarray(NULL, n + 1, sizeof *p);
	for (size_t i = 0; i < n; i++) {
		struct own_finding *f = &out[i];
		*f = (struct own_finding){ .q = NAN, .verdict = OWN_FEW };
		ratios_of(f, &c[i], base != NULL, alpha);
		if (c[i].exposed >= OWN_MIN_EXPOSED && (differ(&c[i].own) ? differ(&c[i].own) : differ(&c[i].alike)) >= OWN_MIN_EXPOSED && !isnan(f->rr.rr))
			f->verdict = f->sign.ci.lo > f->rr.ci.hi ? OWN_SIGN : OWN_NONE;
		p[i] = f->verdict == OWN_FEW ? NAN : f->rr.p;
	}
	bh_adjust(p, p, n);
	for (size_t i = 0; i < n; i++) {
		struct own_finding *f = &out[i];
		f->q = p[i];
		f->doubtful = own_disagree(&f->rr, &f->alike);
		if (f->verdict != OWN_NONE || !(f->q <= alpha))
			continue;
		f->verdict = f->rr.rr > 1 ? OWN_REASON : OWN_KEEPS;
		if (f->verdict != OWN_REASON)
			continue;
		const double share = 1 - 1 / own_risk_ratio(f->rr.ci.lo, base ? base[i] : 0);
		f->people = (double)c[i].counted * share;
		f->money = (double)c[i].money * share;
	}
	free(p);
}
