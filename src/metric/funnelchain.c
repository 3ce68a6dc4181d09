/* How far one customer came through a funnel.
 *
 * A chain takes a step of the walk for each step of the funnel, in order, none twice, the
 * first no more than the window before the last, neighbours no more than their own limit
 * apart; time never runs back (>=, ties in the order of the walk). The question is the
 * longest chain from any start. It is answered in one pass with one state a level, the
 * newest chain that reached it: a later chain of the same level ends later and, as each
 * level takes the newest of the level below, never starts earlier, so that whatever could
 * go on from an older one can go on from it. Levels are tried from the highest down, so that
 * one event fills one step although the same name may stand in several.
 *
 *   loose   other steps may lie between
 *   strict  each step directly follows the one before
 *   any     the steps in whatever order: a level is the largest number of funnel steps that
 *           different events within one window can fill (a matching of steps and events)
 *
 * An excluded step ends all chains that are under way. With `either`, events of one moment
 * may be taken in whatever order: from each state the longest run of following steps that
 * events of the moment can fill, again by matching.
 */
#include "funnel_impl.h"

static uint32_t mask_of(const struct funnel_spec *s, const struct step *v)
{
	return step_mask(s->steps, v->name);
}

static bool excluded(const struct funnel_spec *s, const struct step *v)
{
	return s->exclude && step_mask(s->exclude, v->name);
}

int64_t funnel_follow(const struct funnel_spec *s, const struct step *v)
{
	const int64_t day = 86400, left = s->until - v->at;
	return v->day ? (left + day / 2) / day * day - day : left;
}

/* May a chain begin here? */
static bool begins(const struct funnel_spec *s, const struct step *v, bool matured)
{
	return v->at >= s->from && (!matured || funnel_matured(s, v));
}

static void reach(struct attempt *a, int level, size_t start, size_t before, size_t at)
{
	if (level < a->level)
		return;
	a->r[level] = (struct reached){ start, before, at };
	a->level = level + 1;
}

struct state {
	size_t start, last;
	bool set;
};

static bool may_go_on(const struct funnel_spec *s, const struct step *v, const struct state *from, int level, size_t i)
{
	return from->set && step_gap_s(&v[from->start], &v[i]) <= s->window && step_gap_s(&v[from->last], &v[i]) <= s->limit[level];
}

static void clear(struct state *st, int k)
{
	for (int l = 0; l < k; l++)
		st[l].set = false;
}

/* ---- loose ---- */
static void advance(const struct funnel_spec *s, const struct step *v, size_t i, uint32_t mask, struct state *st, struct attempt *a)
{
	for (int l = s->k - 1; l > 0; l--)
		if (mask >> l & 1 && may_go_on(s, v, &st[l - 1], l - 1, i)) {
			reach(a, l, st[l - 1].start, st[l - 1].last, i);
			st[l] = (struct state){ st[l - 1].start, i, true };
		}
}

/* Fill step `l` with an event of the moment, others moving over where they can (Kuhn). */
static bool fill(const uint32_t *mask, size_t n, int l, int *owner, uint64_t *tried)
{
	for (size_t e = 0; e < n; e++) {
		if (!(mask[e] >> l & 1) || *tried >> e & 1)
			continue;
		*tried |= 1ull << e;
		if (owner[e] < 0 || fill(mask, n, owner[e], owner, tried)) {
			owner[e] = l;
			return true;
		}
	}
	return false;
}

/* Events from .. to - 1 of one moment, in whatever order. Only those that fill a step count;
 * of each mask no more than k can be of use. */
enum { MOMENT_MAX = 64 };
static void advance_moment(const struct funnel_spec *s, const struct step *v, size_t from, size_t to, bool start, struct state *st, struct attempt *a)
{
	uint32_t mask[MOMENT_MAX];
	size_t of[MOMENT_MAX], n = 0;
	struct state old[STEP_CHOICES_MAX];
	for (size_t i = from; i < to && n < MOMENT_MAX; i++) {
		size_t alike = 0;
		for (size_t e = 0; e < n; e++)
			alike += mask[e] == mask_of(s, &v[i]);
		if (mask_of(s, &v[i]) && alike < (size_t)s->k) {
			of[n] = i;
			mask[n++] = mask_of(s, &v[i]);
		}
	}
	memcpy(old, st, (size_t)s->k * sizeof *old);
	/* the highest level first: a lower one that reaches as far started later */
	for (int l = s->k - 2; l >= -1; l--) {
		int owner[MOMENT_MAX];
		for (size_t e = 0; e < n; e++)
			owner[e] = -1;
		if (l < 0 ? !start : !n || !may_go_on(s, v, &old[l], l, of[0]))
			continue;
		for (int m = l + 1; m < s->k; m++) {
			uint64_t tried = 0;
			if (!fill(mask, n, m, owner, &tried))
				break;
			size_t at = from, before = l < 0 ? from : old[l].last, first = from;
			for (size_t e = 0; e < n; e++) {
				at = owner[e] == m ? of[e] : at;
				before = owner[e] == m - 1 ? of[e] : before;
				first = owner[e] == 0 ? of[e] : first;
			}
			const size_t begun = l < 0 ? first : old[l].start;
			reach(a, m, begun, m ? before : at, at);
			st[m] = (struct state){ begun, at, true };
		}
	}
}

static void loose_either(struct attempt *a, const struct funnel_spec *s, const struct step *v, size_t n, bool matured)
{
	struct state st[STEP_CHOICES_MAX] = { { 0 } };
	bool begun = false;
	for (size_t i = 0, to; i < n && a->level < s->k; i = to) {
		bool out = false;
		uint32_t all = 0;
		for (to = i; to < n && v[to].at == v[i].at; to++) {
			out = out || excluded(s, &v[to]);
			all |= mask_of(s, &v[to]);
		}
		if (out)
			clear(st, s->k);
		const bool start = begins(s, &v[i], matured) && !(s->start == START_FIRST && begun);
		if (!out)
			advance_moment(s, v, i, to, start, st, a);
		begun = begun || all & 1;
	}
}

static void loose(struct attempt *a, const struct funnel_spec *s, const struct step *v, size_t n, bool matured)
{
	struct state st[STEP_CHOICES_MAX] = { { 0 } };
	bool begun = false;
	for (size_t i = 0; i < n && a->level < s->k; i++) {
		const uint32_t mask = mask_of(s, &v[i]);
		if (excluded(s, &v[i]))
			clear(st, s->k);
		if (!mask)
			continue;
		advance(s, v, i, mask, st, a);
		if (mask & 1 && !(s->start == START_FIRST && begun) && begins(s, &v[i], matured)) {
			reach(a, 0, i, i, i);
			st[0] = (struct state){ i, i, true };
		}
		begun = begun || mask & 1;
	}
}

/* ---- strict ---- */
/* Steps a chain from i takes. */
static int run_from(const struct funnel_spec *s, const struct step *v, size_t n, size_t i, struct attempt *a)
{
	int l = 0;
	reach(a, 0, i, i, i);
	for (l = 1; l < s->k && i + (size_t)l < n; l++) {
		const size_t at = i + (size_t)l;
		const struct state before = { i, at - 1, true };
		if (!(mask_of(s, &v[at]) >> l & 1) || !may_go_on(s, v, &before, l - 1, at))
			break;
		reach(a, l, i, at - 1, at);
	}
	return l;
}

static void strict(struct attempt *a, const struct funnel_spec *s, const struct step *v, size_t n, bool matured)
{
	for (size_t i = 0; i < n && a->level < s->k; i++) {
		if (!(mask_of(s, &v[i]) & 1))
			continue;
		if (begins(s, &v[i], matured))
			run_from(s, v, n, i, a);
		if (s->start == START_FIRST)
			return;
	}
}

/* ---- any order ---- */
static size_t class_of(struct funnel_room *m, uint32_t mask)
{
	size_t c = 0;
	while (c < m->nclass && m->class_mask[c] != mask)
		c++;
	if (c == m->nclass) {
		GROW(m->class_mask, m->class_cap, m->nclass + 1);
		GROW(m->count, m->count_cap, m->nclass + 1);
		m->class_mask[m->nclass] = mask;
		m->count[m->nclass++] = 0;
	}
	return c;
}

/* Give step l an event of some class; a class has as many places as events. */
static bool seat(const struct funnel_room *m, int k, int l, int *class_of_step, uint64_t *tried)
{
	for (size_t c = 0; c < m->nclass && c < 64; c++) {
		if (!(m->class_mask[c] >> l & 1) || !m->count[c] || *tried >> c & 1)
			continue;
		*tried |= 1ull << c;
		int64_t seated = 0;
		for (int o = 0; o < k; o++)
			seated += class_of_step[o] == (int)c;
		bool room = seated < m->count[c];
		for (int o = 0; o < k && !room; o++)
			room = class_of_step[o] == (int)c && seat(m, k, o, class_of_step, tried);
		if (room) {
			class_of_step[l] = (int)c;
			return true;
		}
	}
	return false;
}

static int filled(const struct funnel_room *m, int k)
{
	int class_of_step[STEP_CHOICES_MAX], n = 0;
	for (int l = 0; l < k; l++)
		class_of_step[l] = -1;
	for (int l = 0; l < k; l++) {
		uint64_t tried = 0;
		n += seat(m, k, l, class_of_step, &tried);
	}
	return n;
}

static void empty(struct funnel_room *m)
{
	for (size_t c = 0; c < m->nclass; c++)
		m->count[c] = 0;
}

/* A window that slides over the walk: `left` is its first event that fills a step. Events
 * from *at on; returns where it stopped, n at the end. `each`: stops when it is over. */
static size_t slide(struct attempt *a, const struct funnel_spec *s, const struct step *v, size_t n, size_t from, bool matured, bool moves, struct funnel_room *m)
{
	size_t left = from;
	int size = 0;
	empty(m);
	for (size_t i = from; i < n; i++) {
		if (excluded(s, &v[i])) {
			if (!moves && size)
				return i + 1;
			empty(m);
			size = 0;
			left = i + 1;
			continue;
		}
		const uint32_t mask = mask_of(s, &v[i]);
		if (!mask)
			continue;
		while (size && step_gap_s(&v[left], &v[i]) > s->window) {
			if (!moves)
				return i;
			m->count[class_of(m, mask_of(s, &v[left]))]--;
			do
				left++;
			while (left < i && !mask_of(s, &v[left]));
			size = filled(m, s->k);
		}
		if (!size)
			left = i;
		if (!begins(s, &v[left], matured)) {
			if (v[left].at >= s->from || !moves)
				return n;   /* later ones are not over either */
			empty(m);
			size = 0;
			continue;
		}
		const size_t c = class_of(m, mask);
		if (++m->count[c] <= s->k)
			size = filled(m, s->k);
		while (a->level < size)
			reach(a, a->level, left, left, i);
		if (size == s->k)
			return i + 1;
	}
	return n;
}

/* ---- the two questions ---- */
/* Ties in the order of the funnel, for chains that are read event by event. */
const struct step *funnel_order(const struct funnel_spec *s, const struct step *v, size_t n, struct funnel_room *m)
{
	if (!n || !s->either || s->match == MATCH_ANY || (s->match == MATCH_LOOSE && s->start != START_EACH))
		return v;
	GROW(m->sorted, m->sorted_cap, n);
	memcpy(m->sorted, v, n * sizeof *v);
	for (size_t i = 1; i < n; i++) { /* ties are few: insertion */
		const struct step x = m->sorted[i];
		const uint32_t mask = mask_of(s, &x);
		const int key = mask ? __builtin_ctz(mask) : STEP_CHOICES_MAX;
		size_t k = i;
		for (; k > 0 && m->sorted[k - 1].at == x.at; k--) {
			const uint32_t other = mask_of(s, &m->sorted[k - 1]);
			if ((other ? __builtin_ctz(other) : STEP_CHOICES_MAX) <= key)
				break;
			m->sorted[k] = m->sorted[k - 1];
		}
		m->sorted[k] = x;
	}
	return m->sorted;
}

void funnel_best(struct attempt *out, const struct funnel_spec *s, const struct step *v, size_t n, bool matured, struct funnel_room *m)
{
	out->level = 0;
	if (s->match == MATCH_STRICT)
		strict(out, s, v, n, matured);
	else if (s->match == MATCH_ANY)
		slide(out, s, v, n, 0, matured, s->start == START_ANY, m);
	else if (s->either)
		loose_either(out, s, v, n, matured);
	else
		loose(out, s, v, n, matured);
}

/* A loose attempt: from its start until its window is over, the next start that does not
 * take it further, or an excluded step. */
static size_t attempt_loose(struct attempt *a, const struct funnel_spec *s, const struct step *v, size_t n, size_t i)
{
	struct state st[STEP_CHOICES_MAX] = { { 0 } };
	reach(a, 0, i, i, i);
	st[0] = (struct state){ i, i, true };
	for (i++; i < n && a->level < s->k; i++) {
		const uint32_t mask = mask_of(s, &v[i]);
		if (excluded(s, &v[i]))
			return i;
		const int before = a->level;
		advance(s, v, i, mask, st, a);
		if (mask & 1 && a->level == before)
			return i;
	}
	return i;
}

bool funnel_next(struct attempt *out, const struct funnel_spec *s, const struct step *v, size_t n, size_t *at, struct funnel_room *m)
{
	const uint32_t starts = s->match == MATCH_ANY ? UINT32_MAX : 1;
	size_t i = *at;
	out->level = 0;
	while (i < n && (!(mask_of(s, &v[i]) & starts) || !begins(s, &v[i], false)))
		i++;
	if (i >= n)
		return false;
	if (s->match == MATCH_STRICT)
		*at = i + (size_t)run_from(s, v, n, i, out);
	else if (s->match == MATCH_ANY)
		*at = slide(out, s, v, n, i, false, false, m);
	else
		*at = attempt_loose(out, s, v, n, i);
	return true;
}

void funnel_room_release(struct funnel_room *m)
{
	free(m->sorted);
	free(m->count);
	free(m->class_mask);
	*m = (struct funnel_room){ 0 };
}
