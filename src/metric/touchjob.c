/* Reports on walks, one or several in one pass: options told to the walk, and the pass. */
#include "touch_impl.h"

enum wend_err touch_steps(const struct step_set **out, const char *option, const char *text, const struct population *p, struct err *err)
{
	*out = NULL;
	if (!text)
		return WEND_OK;
	struct step_set *s = arena_zalloc((struct arena *)&p->arena, sizeof *s);
	*out = s;
	return step_set_parse(s, option, text, p, err);
}

/* --steps-by FIELD: the word a step is told by. */
static enum wend_err told_by(int *out, const char *name, struct err *err)
{
	if (!name)
		return WEND_OK;
	const int f = field_by_any_name(sv_of(name));
	if (f < 0 || field_defs[f].type != FT_WORD || field_defs[f].item || !(field_defs[f].kinds & ~KIND_BIT(KIND_CUSTOMERS)))
		return err_set(err, WEND_E_USAGE, "steps cannot be told by '%s'; give a field of words such as channel, campaign, agent, team, location or topic", name);
	*out = f;
	return WEND_OK;
}

static enum wend_err walk_of(struct walk_options *w, const struct population *p, const struct touch_options *o, struct err *err)
{
	*w = (struct walk_options){ .drop_loops = o->collapse || (o->self_loops && !strcmp(o->self_loops, "drop")) };
	if (o->ties)
		w->ties = !strcmp(o->ties, "name") ? TIES_NAME : !strcmp(o->ties, "either") ? TIES_EITHER : TIES_FILE;
	if (touch_steps(&w->hidden, "hide", o->hide, p, err) || touch_steps(&w->begin, "begin", o->begin, p, err) ||
	    touch_steps(&w->end, "end", o->end, p, err) || touch_steps(&w->through, "through", o->through, p, err) || told_by(&w->told_by, o->told_by, err))
		return WEND_E_USAGE;
	if (o->gap && lapse_parse(&w->gap_s, "gap", o->gap, err))
		return WEND_E_USAGE;
	w->gap_s = w->gap_s == INT64_MAX ? 0 : w->gap_s;
	return WEND_OK;
}

void say_walk(struct str *s, const struct touch_options *o)
{
	if (o->told_by)
		str_printf(s, "; steps are told by their %s", o->told_by);
	if (o->hide)
		str_printf(s, "; without %s", o->hide);
	if (o->begin)
		str_printf(s, "; from %s on", o->begin);
	if (o->end)
		str_printf(s, "; up to %s", o->end);
	if (o->through)
		str_printf(s, "; through %s", o->through);
	if (o->gap && strcmp(o->gap, "none"))
		str_printf(s, "; apart where %s pass without a step", o->gap);
	if (o->collapse || (o->self_loops && !strcmp(o->self_loops, "drop")))
		str_puts(s, "; a step that follows itself counts once");
}

/* What one report reads besides the steps is read for all. */
static void join(struct fold *to, const struct fold *from)
{
	to->kinds |= from->kinds;
	for (size_t i = 0; i < sizeof to->fields.w / sizeof *to->fields.w; i++)
		to->fields.w[i] |= from->fields.w[i];
	to->items |= from->items;
	to->attrs |= from->attrs;
	to->batches |= from->batches;
	to->want_at |= from->want_at;
	to->want_day |= from->want_day;
	to->money |= from->money;
}

enum wend_err touch_run(const struct population *p, const struct touch_options *o, const struct report_options *ro, touch_prepare *const *prepare, size_t n, struct report *const *r, struct err *err)
{
	struct touch_job *job = xcalloc(n, sizeof *job);
	struct walk_part part[WALK_PARTS_MAX];
	struct walk_options w;
	struct walk_facts facts = { 0 };
	struct fold_counts counts = { 0 };
	struct fold also = { 0 };
	size_t ready = 0;
	enum wend_err e = walk_of(&w, p, o, err);
	for (; ready < n && !e; ready++) {
		job[ready] = (struct touch_job){ .p = p, .o = o, .ro = ro };
		e = prepare[ready](&job[ready], err); /* one that failed is released, too */
		part[ready] = job[ready].part;
		join(&also, &job[ready].also);
	}
	if (!e)
		e = walks_run(p, &w, KIND_ALL, &also, part, n, &facts, &counts, err);
	for (size_t i = 0; i < n && !e; i++) {
		e = job[i].finish(&job[i], &facts, &counts, r[i], err);
		if (!e)
			e = say_scope(&r[i]->finding, p, &counts, p->kinds & ~KIND_BIT(KIND_SPEND), err);
		report_scope(r[i], p, &counts);
	}
	for (size_t i = 0; i < ready; i++)
		if (job[i].release)
			job[i].release(&job[i]);
	free(job);
	return e;
}

enum wend_err touch_covered(const struct population *p, uint32_t kinds, int64_t *from, int64_t *until, struct err *err)
{
	struct arena scratch = ARENA_INIT;
	struct coverage *c = NULL;
	size_t n = 0;
	int32_t first[KIND_COUNT], last[KIND_COUNT];
	const int32_t early = 7;
	*from = INT64_MIN;
	*until = p->as_of_end;
	for (int k = 0; k < KIND_COUNT; k++) {
		first[k] = INT32_MAX;
		last[k] = INT32_MIN;
	}
	enum wend_err e = store_coverage(p->store, &c, &n, &scratch, err);
	for (size_t i = 0; !e && i < n; i++)
		if (c[i].rows) {
			first[c[i].kind] = c[i].first < first[c[i].kind] ? c[i].first : first[c[i].kind];
			last[c[i].kind] = c[i].last > last[c[i].kind] ? c[i].last : last[c[i].kind];
		}
	int32_t begins = INT32_MAX;
	for (int k = 0; k < KIND_COUNT; k++)
		begins = kinds & KIND_BIT(k) && first[k] < begins ? first[k] : begins;
	for (int k = 0; k < KIND_COUNT && !e; k++) {
		if (!(kinds & KIND_BIT(k)) || first[k] == INT32_MAX || k == KIND_CUSTOMERS || k == KIND_SUBSCRIPTIONS)
			continue;
		if (first[k] > begins)
			*from = zone_instant(p->zone, (int64_t)first[k] * 86400, NULL) > *from ? zone_instant(p->zone, (int64_t)first[k] * 86400, NULL) : *from;
		const int64_t end = zone_instant(p->zone, ((int64_t)last[k] + 1) * 86400, NULL);
		if (last[k] <= p->as_of - early && end < *until)
			*until = end;
	}
	arena_release(&scratch);
	return e;
}
