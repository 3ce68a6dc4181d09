/* Matters: what contacts of one customer are about, and the effort they take.
 *
 * A matter holds contacts with one case, or with one reason (topic, else touchpoint) no more than
 * the window after its contact before; of several that fit, the one that began last. Its effort
 * has five parts: contacts it took; switches of channel; transfers to another agent or team;
 * repeats of a touchpoint; days beyond the promised time until the resolution, 30 at most, so that
 * a matter nobody closed does not grow with the time since.
 *
 * Kept as cells of equal parts, counts by what became of the customer within 90 days of the first
 * contact: integers, whatever the number of matters.
 *
 * A matter is found by its case or by its reason: a table of slots for the customer at hand, whose
 * used ones are emptied behind him. Behind a reason stand the matters that had a contact within the
 * window; one that had none for longer leaves the list, and comes back when its case does. So a
 * customer with a million contacts costs no more than a million customers.
 */
#include "effort_impl.h"
#include "wend/hash.h"

const char *const part_name[PARTS] = { "contacts", "switches", "transfers", "repeats", "days_beyond_promise" };

static const uint32_t NOBODY = UINT32_MAX;

struct matter {
	uint32_t reason;           /* code of the topic or the touchpoint */
	uint32_t older;            /* next in the list of its reason */
	bool listed;
	size_t first, last;        /* steps */
	int64_t part[PARTS];
};
struct matter_slot {
	uint64_t key;              /* 0 = free */
	uint32_t matter;           /* of the case; the first of the reason */
};

/* ---- slots ---- */
static uint64_t case_key(const struct walk *w, size_t i)
{
	const int64_t handle = effort_field(w, F_CASE, i);
	if (handle == WEND_NONE)
		return 0;
	const struct sv text = rows_text(&w->j->rows, handle);
	return hash64(text.p, text.n) >> 1 | 1;
}

static uint64_t reason_key(uint32_t reason)
{
	return 1ull << 63 | reason;
}

static size_t place_of(const struct effort_acc *a, uint64_t key)
{
	size_t h = (size_t)hash_mix(key) & (a->slots - 1);
	while (a->slot[h].key && a->slot[h].key != key)
		h = (h + 1) & (a->slots - 1);
	return h;
}

static void widen(struct effort_acc *a)
{
	const size_t slots = a->slots ? a->slots * 2 : 256;
	struct matter_slot *old = a->slot;
	uint32_t *used = a->used;
	const size_t nused = a->nused;
	a->slot = xcalloc(slots, sizeof *a->slot);
	a->used = xcalloc(slots, sizeof *a->used);
	a->slots = slots;
	for (size_t i = 0; i < nused; i++) {
		const size_t h = place_of(a, old[used[i]].key);
		a->slot[h] = old[used[i]];
		a->used[i] = (uint32_t)h;
	}
	free(old);
	free(used);
}

static struct matter_slot *slot_of(struct effort_acc *a, uint64_t key)
{
	if (a->nused * 2 >= a->slots)
		widen(a);
	const size_t h = place_of(a, key);
	if (!a->slot[h].key) {
		a->slot[h] = (struct matter_slot){ key, NOBODY };
		a->used[a->nused++] = (uint32_t)h;
	}
	return &a->slot[h];
}

/* ---- matters ---- */
/* The latest begun of the reason with a contact within the window; others leave the list. */
static uint32_t by_reason(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t i, uint32_t reason)
{
	uint32_t *link = &slot_of(a, reason_key(reason))->matter, best = NOBODY;
	while (*link != NOBODY) {
		struct matter *m = &a->matter[*link];
		if (step_gap_s(&w->v[m->last], &w->v[i]) > s->window) {
			m->listed = false;
			*link = m->older;
			continue;
		}
		best = best == NOBODY || *link > best ? *link : best;
		link = &m->older;
	}
	return best;
}

static struct matter *matter_of(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t i)
{
	const int64_t topic = effort_field(w, F_TOPIC, i);
	const uint64_t own = case_key(w, i);
	const uint32_t reason = topic == WEND_NONE ? w->v[i].name : step_word(w->j->pop, topic);
	const uint32_t same_case = own ? slot_of(a, own)->matter : NOBODY;
	uint32_t found = by_reason(a, s, w, i, reason);
	if (same_case != NOBODY && (found == NOBODY || same_case > found))
		found = same_case;
	if (found == NOBODY) {
		GROW(a->matter, a->matter_cap, a->nmatter + 1);
		a->matter[a->nmatter] = (struct matter){ .reason = reason, .first = i, .last = i };
		found = (uint32_t)a->nmatter++;
		if (own)
			slot_of(a, own)->matter = found;
	}
	struct matter *m = &a->matter[found];
	if (!m->listed) {
		struct matter_slot *x = slot_of(a, reason_key(m->reason));
		m->older = x->matter;
		m->listed = true;
		x->matter = found;
	}
	return m;
}
static void add_contact(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t i)
{
	struct matter *m = matter_of(a, s, w, i);
	const bool first = m->part[PART_CONTACTS] == 0;
	m->part[PART_CONTACTS]++;
	if (!first) {
		const int64_t agent = effort_field(w, F_AGENT, i), agent_before = effort_field(w, F_AGENT, m->last);
		const int64_t team = effort_field(w, F_TEAM, i), team_before = effort_field(w, F_TEAM, m->last);
		const int64_t channel = effort_channel(w, i), channel_before = effort_channel(w, m->last);
		m->part[PART_SWITCHES] += channel >= 0 && channel_before >= 0 && channel != channel_before;
		m->part[PART_TRANSFERS] += (agent != WEND_NONE && agent_before != WEND_NONE && agent != agent_before) || (team != WEND_NONE && team_before != WEND_NONE && team != team_before);
		m->part[PART_REPEATS] += w->v[i].name == w->v[m->last].name;
	}
	const int64_t promised = effort_field(w, F_PROMISED_BY, i), resolved = effort_field(w, F_RESOLVED, i);
	if (promised != WEND_NONE) {
		const struct zone *z = w->j->pop->zone;
		/* a promised day is kept until it ends */
		const int64_t due = wtime_is_day(promised) ? zone_instant(z, wtime_secs(promised) + DAY_S, NULL) : wtime_secs(promised);
		int64_t done = resolved == WEND_NONE ? w->j->pop->as_of_end : wtime_instant(resolved, z);
		done = done < w->j->pop->as_of_end ? done : w->j->pop->as_of_end;
		int64_t late = done > due ? (done - due + DAY_S - 1) / DAY_S : 0;
		late = late < LATE_MAX ? late : LATE_MAX;
		m->part[PART_DAYS] = late > m->part[PART_DAYS] ? late : m->part[PART_DAYS];
	}
	m->last = i;
}

struct effort_cell *effort_cell(struct effort_acc *a, uint64_t key)
{
	const uint32_t id = ids_get(&a->cell_ids, key);
	if (id == a->ncell) {
		GROW(a->cell, a->cell_cap, a->ncell + 1);
		a->cell[a->ncell++] = (struct effort_cell){ .key = key };
	}
	return &a->cell[id];
}

void add_matters(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t first)
{
	a->nmatter = 0;
	for (size_t i = first; i < w->n; i++) {
		if (!contacts_has(&s->contacts, w, i))
			continue;
		a->contacts++;
		add_contact(a, s, w, i);
	}
	for (size_t k = 0; k < a->nmatter; k++) {
		const struct matter *m = &a->matter[k];
		uint64_t key = 0;
		for (int p = 0; p < PARTS; p++)
			key |= (uint64_t)(m->part[p] < PART_MAX ? m->part[p] : PART_MAX) << 12 * p;
		effort_cell(a, key)->n[fate_after(&s->fates, &a->s, w->v[m->first].at, (int64_t)LEAVE_DAYS * DAY_S)]++;
	}
	a->matters += (int64_t)a->nmatter;
	for (size_t k = 0; k < a->nused; k++)
		a->slot[a->used[k]].key = 0;
	a->nused = 0;
}
