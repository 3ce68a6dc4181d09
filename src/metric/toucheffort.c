/* touchpoints effort: how hard it is made for customers.
 *
 * Rework, of all steps: transitions from a step to itself (loops), runs of them, occurrences
 * beyond a customer's first (repeats), loops with the same agent and with another one, and the
 * time from the first to the last step of each run.
 *
 * A matter is what contacts of one customer are about: those with one case, or with one reason
 * (topic, else touchpoint) no more than the window after the contact before. Its effort has five
 * parts: contacts it took; switches of channel; transfers to another agent or team; repeats of a
 * touchpoint; days beyond the promised time until the resolution, 30 at most, so that a matter
 * nobody closed does not grow with the time since.
 *
 * Handoffs: a contact and the next one of the same customer within 30 days, by their channels;
 * whether the customer left within 90 days of the second, and the first score within 14 days.
 *
 * Matters are kept as cells of equal parts, counts by what became of the customer within 90
 * days of the first contact: integers, whatever the number of matters.
 */
#include "effort_impl.h"

const char *const part_name[PARTS] = { "contacts", "switches", "transfers", "repeats", "days_beyond_promise" };

struct matter {
	int64_t case_word;         /* digest of the case; 0 = none */
	uint32_t reason;           /* code of the topic or the touchpoint */
	size_t first, last;        /* steps */
	int64_t part[PARTS];
};

static int64_t field_at(const struct walk *w, enum field f, size_t i)
{
	const int64_t *col = w->j->rows.f[f];
	return col ? col[w->v[i].record] : WEND_NONE;
}

/* ---- rework ---- */
static struct rework *rework_of(struct effort_acc *a, uint32_t code)
{
	const uint32_t id = ids_get(&a->rework_ids, code);
	if (id == a->nrework) {
		GROW(a->rework, a->rework_cap, a->nrework + 1);
		a->rework[a->nrework++] = (struct rework){ .code = code };
	}
	return &a->rework[id];
}

static void add_rework(struct effort_acc *a, const struct walk *w)
{
	const uint32_t serial = ++a->serial;
	size_t run = 0;            /* first step of the run */
	for (size_t i = 0; i < w->n; i++) {
		struct rework *x = rework_of(a, w->v[i].name);
		x->events++;
		x->repeats += x->last == serial;
		x->customers += x->last != serial;
		x->last = serial;
		if (!i || w->v[i - 1].name != w->v[i].name) {
			run = i;
			continue;
		}
		const int64_t agent = field_at(w, F_AGENT, i), before = field_at(w, F_AGENT, i - 1);
		x->loops++;
		x->runs += run + 1 == i;
		if (agent != WEND_NONE && before != WEND_NONE) {
			x->same_agent += agent == before;
			x->other_agent += agent != before;
		}
		x->added_s += step_gap_s(&w->v[i - 1], &w->v[i]);
		if (i + 1 == w->n || w->v[i + 1].name != w->v[i].name) {
			const int64_t days = step_gap_s(&w->v[run], &w->v[i]) / DAY_S;
			x->added_squares_d += days * days;
		}
	}
}

/* ---- scores ---- */

bool score_good(const struct journey *j, size_t record, bool *good, double *unit)
{
	const int64_t *score = j->rows.f[F_SCORE], *scale = j->rows.f[F_SCALE];
	if (!score || score[record] == WEND_NONE || j->rows.kind[record] != KIND_FEEDBACK)
		return false;
	const struct sv name = scale && scale[record] >= 0 ? store_word(j->pop->store, scale[record]) : SV_NONE;
	const double v = (double)score[record] / 1e6;
	if (sv_ieq(name, SV("nps"))) {
		*unit = v / 10;
		*good = v >= 9;
	} else if (sv_ieq(name, SV("ces"))) {
		*unit = (v - 1) / 6;
		*good = v >= 5.5;
	} else {
		*unit = (v - 1) / 4;
		*good = v >= 4;
	}
	return *unit >= 0 && *unit <= 1;
}

/* ---- handoffs ---- */
static struct handoff *handoff_of(struct effort_acc *a, int64_t from, int64_t to)
{
	const uint32_t id = ids_get(&a->handoff_ids, (uint64_t)(uint32_t)(from + 1) << 32 | (uint32_t)(to + 1));
	if (id == a->nhandoff) {
		GROW(a->handoff, a->handoff_cap, a->nhandoff + 1);
		a->handoff[a->nhandoff++] = (struct handoff){ .from = from, .to = to };
	}
	return &a->handoff[id];
}

static int64_t channel_at(const struct walk *w, size_t i)
{
	const int64_t word = field_at(w, F_CHANNEL, i);
	return word == WEND_NONE ? -1 : (int64_t)step_word(w->j->pop, word);
}

static void add_handoff(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t i, size_t next)
{
	struct handoff *x = handoff_of(a, channel_at(w, i), channel_at(w, next));
	const enum fate fate = fate_after(&s->fates, &a->s, w->v[next].at, (int64_t)LEAVE_DAYS * DAY_S);
	bool good;
	double unit;
	x->n++;
	x->watched += fate != FATE_UNKNOWN;
	x->left += fate == FATE_LEFT;
	for (size_t k = next; k < w->n && step_gap_s(&w->v[next], &w->v[k]) <= (int64_t)SCORE_DAYS * DAY_S; k++)
		if (score_good(w->j, w->v[k].record, &good, &unit)) {
			x->scored++;
			x->good += good;
			break;
		}
}

/* ---- matters ---- */
static int64_t case_of(const struct walk *w, size_t i)
{
	const int64_t handle = field_at(w, F_CASE, i);
	if (handle == WEND_NONE)
		return 0;
	const struct sv text = rows_text(&w->j->rows, handle);
	return (int64_t)(hash64(text.p, text.n) >> 1 | 1);
}

static struct matter *matter_of(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t i)
{
	const int64_t topic = field_at(w, F_TOPIC, i), own_case = case_of(w, i);
	const uint32_t reason = topic == WEND_NONE ? w->v[i].name : step_word(w->j->pop, topic);
	for (size_t k = a->nopen; k-- > 0;) {
		struct matter *m = &a->open[k];
		if (own_case && m->case_word == own_case)
			return m;
		if (m->reason == reason && step_gap_s(&w->v[m->last], &w->v[i]) <= s->window)
			return m;
	}
	GROW(a->open, a->open_cap, a->nopen + 1);
	a->open[a->nopen] = (struct matter){ .case_word = own_case, .reason = reason, .first = i, .last = i };
	return &a->open[a->nopen++];
}

static void add_contact(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t i)
{
	struct matter *m = matter_of(a, s, w, i);
	const bool first = m->part[PART_CONTACTS] == 0;
	m->part[PART_CONTACTS]++;
	if (!first) {
		const int64_t agent = field_at(w, F_AGENT, i), agent_before = field_at(w, F_AGENT, m->last);
		const int64_t team = field_at(w, F_TEAM, i), team_before = field_at(w, F_TEAM, m->last);
		const int64_t channel = channel_at(w, i), channel_before = channel_at(w, m->last);
		m->part[PART_SWITCHES] += channel >= 0 && channel_before >= 0 && channel != channel_before;
		m->part[PART_TRANSFERS] += (agent != WEND_NONE && agent_before != WEND_NONE && agent != agent_before) || (team != WEND_NONE && team_before != WEND_NONE && team != team_before);
		m->part[PART_REPEATS] += w->v[i].name == w->v[m->last].name;
	}
	const int64_t promised = field_at(w, F_PROMISED_BY, i), resolved = field_at(w, F_RESOLVED, i);
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

static struct effort_cell *cell_of(struct effort_acc *a, uint64_t key)
{
	const uint32_t id = ids_get(&a->cell_ids, key);
	if (id == a->ncell) {
		GROW(a->cell, a->cell_cap, a->ncell + 1);
		a->cell[a->ncell++] = (struct effort_cell){ .key = key };
	}
	return &a->cell[id];
}

static void close_matters(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t now, bool all)
{
	size_t n = 0;
	for (size_t k = 0; k < a->nopen; k++) {
		const struct matter *m = &a->open[k];
		if (!all && (m->case_word || step_gap_s(&w->v[m->last], &w->v[now]) <= s->window)) {
			a->open[n++] = *m;
			continue;
		}
		uint64_t key = 0;
		for (int p = 0; p < PARTS; p++)
			key |= (uint64_t)(m->part[p] < PART_MAX ? m->part[p] : PART_MAX) << 12 * p;
		cell_of(a, key)->n[fate_after(&s->fates, &a->s, w->v[m->first].at, (int64_t)LEAVE_DAYS * DAY_S)]++;
		a->matters++;
	}
	a->nopen = n;
}

static void add_walk(void *acc, const struct walk *w, void *ctx)
{
	struct effort_acc *a = acc;
	const struct effort_state *s = ctx;
	size_t before = SIZE_MAX;
	if (s->show == SHOW_REWORK)
		add_rework(a, w);
	a->nopen = 0;
	bool any = false;
	for (size_t i = 0; i < w->n && !any; i++)
		any = contacts_has(&s->contacts, w, i);
	if (!any)
		return;
	stretches_of(&a->s, &s->fates, w);
	for (size_t i = 0; i < w->n; i++) {
		if (!contacts_has(&s->contacts, w, i))
			continue;
		a->contacts++;
		if (s->show == SHOW_HANDOFFS && before != SIZE_MAX && step_gap_s(&w->v[before], &w->v[i]) <= (int64_t)NEXT_DAYS * DAY_S)
			add_handoff(a, s, w, before, i);
		before = i;
		close_matters(a, s, w, i, false);
		add_contact(a, s, w, i);
	}
	close_matters(a, s, w, w->n, true);
}

void effort_release(struct effort_acc *a)
{
	free(a->rework);
	free(a->handoff);
	free(a->cell);
	free(a->open);
	ids_release(&a->rework_ids);
	ids_release(&a->handoff_ids);
	ids_release(&a->cell_ids);
	stretches_release(&a->s);
	*a = (struct effort_acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct effort_acc *a = into, *b = from;
	(void)ctx;
	for (size_t i = 0; i < b->nrework; i++) {
		const struct rework *y = &b->rework[i];
		struct rework *x = rework_of(a, y->code);
		x->events += y->events;
		x->customers += y->customers;
		x->loops += y->loops;
		x->runs += y->runs;
		x->repeats += y->repeats;
		x->same_agent += y->same_agent;
		x->other_agent += y->other_agent;
		x->added_s += y->added_s;
		x->added_squares_d += y->added_squares_d;
	}
	for (size_t i = 0; i < b->nhandoff; i++) {
		const struct handoff *y = &b->handoff[i];
		struct handoff *x = handoff_of(a, y->from, y->to);
		x->n += y->n;
		x->watched += y->watched;
		x->left += y->left;
		x->scored += y->scored;
		x->good += y->good;
	}
	for (size_t i = 0; i < b->ncell; i++)
		for (int f = 0; f < 3; f++)
			cell_of(a, b->cell[i].key)->n[f] += b->cell[i].n[f];
	a->matters += b->matters;
	a->contacts += b->contacts;
	effort_release(b);
}

struct walk_part effort_part(struct effort_state *s)
{
	return (struct walk_part){ .acc_size = sizeof s->a, .acc = &s->a, .customer = add_walk, .merge = merge, .ctx = s };
}

/* ---- options ---- */
static enum wend_err finish(struct touch_job *job, const struct walk_facts *f, const struct fold_counts *n, struct report *r, struct err *err)
{
	(void)f;
	(void)n;
	(void)err;
	effort_table(r, job->state, job);
	return WEND_OK;
}

static void release(struct touch_job *job)
{
	struct effort_state *s = job->state;
	effort_release(&s->a);
	fates_release(&s->fates);
}

/* contacts=2,switches=0.5: parts that are not named weigh 1. */
static enum wend_err read_weights(double weight[PARTS], const char *text, struct err *err)
{
	struct sv rest = sv_of(text ? text : ""), one;
	for (int p = 0; p < PARTS; p++)
		weight[p] = 1;
	while (rest.n && sv_cut(&rest, ',', &one)) {
		struct sv name, value = one;
		int p = 0;
		if (!sv_cut(&value, '=', &name))
			break;
		while (p < PARTS && !sv_is(sv_trim(name), part_name[p]))
			p++;
		if (p == PARTS || !sv_real(sv_trim(value), &weight[p]) || !(weight[p] >= 0 && weight[p] <= 1e6))
			return err_set(err, WEND_E_USAGE, "'--weights %s': give contacts=N,switches=N,transfers=N,repeats=N,days_beyond_promise=N, none below 0", text);
	}
	return WEND_OK;
}

enum wend_err effort_prepare(struct touch_job *job, struct err *err)
{
	static const enum field fields[] = { F_AGENT, F_TEAM, F_TOPIC, F_CASE, F_CHANNEL, F_PROMISED_BY, F_RESOLVED };
	struct effort_state *s = arena_zalloc((struct arena *)&job->p->arena, sizeof *s);
	const char *show = job->o->show;
	int64_t from;
	job->state = s;
	job->finish = finish;
	job->release = release;
	job->part = effort_part(s);
	s->p = job->p;
	s->show = !show || !strcmp(show, "rework") ? SHOW_REWORK : !strcmp(show, "handoffs") ? SHOW_HANDOFFS : SHOW_INDEX;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		fields_add(&job->also.fields, fields[i]);
	if (s->show == SHOW_HANDOFFS) {
		job->also.kinds |= KIND_BIT(KIND_FEEDBACK);
		fields_add(&job->also.fields, F_SCALE);
	}
	enum wend_err e = contacts_init(&s->contacts, job->p, job->o->contacts, false, err);
	if (!e)
		e = read_weights(s->weight, job->o->weights, err);
	if (!e)
		e = lapse_parse(&s->window, "window", job->o->window ? job->o->window : "7d", err);
	/* rework needs no end: no store without purchases is turned away */
	if (!e && s->show != SHOW_REWORK)
		e = fates_init(&s->fates, job->p, job->o->bad, job->ro, err);
	if (!e)
		e = touch_covered(job->p, KIND_BIT(KIND_INTERACTIONS), &from, &s->until, err);
	contacts_fields(&job->also, &s->contacts);
	fates_fields(&job->also, &s->fates);
	job->also.money = 0;
	return e;
}

enum wend_err metric_touch_effort(const struct population *p, const struct touch_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	touch_prepare *const one = effort_prepare;
	return touch_run(p, o, ro, &one, 1, &r, err);
}
