/* touchpoints effort: how hard it is made for customers.
 *
 * Rework, of all steps: transitions from a step to itself (loops), runs of them, occurrences
 * beyond a customer's first (repeats), loops with the same agent and with another one, and the
 * time from the first to the last step of each run.
 *
 * Handoffs: a contact and the next one of the same customer within 30 days, by their channels;
 * whether the customer left within 90 days of the second, and the first score within 14 days.
 *
 * Matters, and the effort they take: effortmatters.c.
 */
#include "effort_impl.h"

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
		const int64_t agent = effort_field(w, F_AGENT, i), before = effort_field(w, F_AGENT, i - 1);
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

int64_t effort_channel(const struct walk *w, size_t i)
{
	const int64_t word = effort_field(w, F_CHANNEL, i);
	return word == WEND_NONE ? -1 : (int64_t)step_word(w->j->pop, word);
}

/* *score: no step before it is behind `next` and has a score. */
static void add_handoff(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t i, size_t next, size_t *score)
{
	struct handoff *x = handoff_of(a, effort_channel(w, i), effort_channel(w, next));
	const enum fate fate = fate_after(&s->fates, &a->s, w->v[next].at, (int64_t)LEAVE_DAYS * DAY_S);
	bool good = false;
	double unit;
	x->n++;
	x->watched += fate != FATE_UNKNOWN;
	x->left += fate == FATE_LEFT;
	while (*score < w->n && (*score < next || !score_good(w->j, w->v[*score].record, &good, &unit)))
		++*score;
	if (*score < w->n && step_gap_s(&w->v[next], &w->v[*score]) <= (int64_t)SCORE_DAYS * DAY_S) {
		score_good(w->j, w->v[*score].record, &good, &unit);
		x->scored++;
		x->good += good;
	}
}

/* ---- one customer ---- */
static void add_handoffs(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t first)
{
	size_t before = SIZE_MAX, score = first;
	for (size_t i = first; i < w->n; i++) {
		if (!contacts_has(&s->contacts, w, i))
			continue;
		a->contacts++;
		if (before != SIZE_MAX && step_gap_s(&w->v[before], &w->v[i]) <= (int64_t)NEXT_DAYS * DAY_S)
			add_handoff(a, s, w, before, i, &score);
		before = i;
	}
}

static void add_walk(void *acc, const struct walk *w, void *ctx)
{
	struct effort_acc *a = acc;
	const struct effort_state *s = ctx;
	size_t first = 0;
	if (s->show == SHOW_REWORK) {
		add_rework(a, w);
		return;
	}
	while (first < w->n && !contacts_has(&s->contacts, w, first))
		first++;
	if (first == w->n)
		return;
	stretches_of(&a->s, &s->fates, w);
	if (s->show == SHOW_HANDOFFS)
		add_handoffs(a, s, w, first);
	else
		add_matters(a, s, w, first);
}

void effort_release(struct effort_acc *a)
{
	free(a->rework);
	free(a->handoff);
	free(a->cell);
	free(a->matter);
	free(a->slot);
	free(a->used);
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
			effort_cell(a, b->cell[i].key)->n[f] += b->cell[i].n[f];
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
