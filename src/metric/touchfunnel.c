/* touchpoints funnel: what the options mean. */
#include "funnel_impl.h"

struct state {
	struct funnel_acc a;
	struct funnel_ctx c;
};

/* Which step a name or number of --step and --who means; -1: none. */
static int step_named(const struct funnel_spec *s, struct sv name)
{
	int64_t number;
	name = sv_trim(name);
	if (sv_int(name, &number))
		return number >= 1 && number <= s->k ? (int)number - 1 : -1;
	for (int i = 0; i < s->k; i++)
		if (sv_eq(s->steps->text[i], name))
			return i;
	for (int i = 0; i < s->k; i++)
		if (sv_ieq(s->steps->text[i], name))
			return i;
	return -1;
}

/* 'A>B:7d' or '1>2:7d': neighbouring steps and the time between them. Names may hold colons
 * and angles: the last colon and any angle that parts two neighbours decide. */
static enum wend_err read_limit(struct funnel_spec *s, const char *text, struct err *err)
{
	const char *colon = strrchr(text, ':');
	for (const char *angle = colon ? strchr(text, '>') : NULL; angle && angle < colon; angle = strchr(angle + 1, '>')) {
		const int a = step_named(s, sv_n(text, (size_t)(angle - text)));
		int b = step_named(s, sv_n(angle + 1, (size_t)(colon - angle - 1)));
		/* a name that stands twice: the one behind A */
		if (a >= 0 && a + 1 < s->k && b >= 0 && b != a + 1 && sv_ieq(s->steps->text[a + 1], s->steps->text[b]))
			b = a + 1;
		if (a >= 0 && b == a + 1)
			return lapse_parse(&s->limit[a], "step", colon + 1, err);
	}
	return err_set(err, WEND_E_USAGE, "'--step %s' names no two neighbouring steps of the funnel; write 'A>B:7d' or '1>2:7d'", text);
}

/* "2", "NAME", "2:lost", "2:open" */
static enum wend_err read_who(struct funnel_ctx *c, const char *text, struct err *err)
{
	struct sv v = sv_of(text);
	c->who = WHO_REACHED;
	if (sv_ends(v, ":lost") || sv_ends(v, ":open")) {
		c->who = sv_ends(v, ":lost") ? WHO_LOST : WHO_OPEN;
		v.n -= 5;
	}
	c->who_step = step_named(&c->spec, v) + 1;
	if (!c->who_step)
		return err_set(err, WEND_E_USAGE, "'--who %s' is no step of the funnel; give its number or name, and ':lost' or ':open' behind it for those who came no further", text);
	if (c->who != WHO_REACHED && c->who_step == c->spec.k)
		return err_set(err, WEND_E_USAGE, "'--who %s': behind the last step nobody is lost", text);
	return WEND_OK;
}

static enum wend_err read_spec(struct funnel_ctx *c, struct touch_job *job, struct err *err)
{
	struct funnel_spec *s = &c->spec;
	const struct touch_options *o = job->o;
	if (!o->steps)
		return err_set(err, WEND_E_USAGE, "which steps? give them in order: --steps A,B,C; 'wend touchpoints list' shows them");
	if (touch_steps(&s->steps, "steps", o->steps, job->p, err) || touch_steps(&s->exclude, "exclude", o->exclude, job->p, err) ||
	    lapse_parse(&s->window, "window", o->window ? o->window : "30d", err))
		return err->code;
	s->k = (int)s->steps->n;
	if (s->k < 2)
		return err_set(err, WEND_E_USAGE, "a funnel has two steps or more; give them as --steps A,B,C");
	for (uint32_t i = 0; s->exclude && i < s->steps->words + s->steps->extra + STEP_FIXED_COUNT; i++)
		if (s->exclude->mask[i] && s->steps->mask[i])
			return err_set(err, WEND_E_USAGE, "a step of the funnel is also excluded by '--exclude %s'; leave it out of one of them", o->exclude);
	s->match = !o->match || !strcmp(o->match, "loose") ? MATCH_LOOSE : !strcmp(o->match, "strict") ? MATCH_STRICT : MATCH_ANY;
	s->start = !o->start || !strcmp(o->start, "any") ? START_ANY : !strcmp(o->start, "first") ? START_FIRST : START_EACH;
	s->either = o->ties && !strcmp(o->ties, "either");
	for (int i = 0; i < STEP_CHOICES_MAX; i++)
		s->limit[i] = INT64_MAX;
	if (o->step.n && s->match == MATCH_ANY)
		return err_set(err, WEND_E_USAGE, "'--step' needs an order of steps; leave it out or '--match any'");
	for (size_t i = 0; i < o->step.n; i++)
		if (read_limit(s, o->step.v[i], err))
			return err->code;
	if (o->who && read_who(c, o->who, err))
		return err->code;
	return touch_covered(job->p, s->steps->kinds, &s->from, &s->until, err);
}

static enum wend_err finish(struct touch_job *job, const struct walk_facts *f, const struct fold_counts *n, struct report *r, struct err *err)
{
	struct state *s = job->state;
	(void)n;
	(void)err;
	if (s->c.who == WHO_NOBODY)
		funnel_table(r, &s->a, &s->c, job, f);
	else
		funnel_people(r, &s->a, &s->c, job);
	return WEND_OK;
}

static void release(struct touch_job *job)
{
	struct state *s = job->state;
	funnel_release(&s->a, s->c.spec.k);
}

enum wend_err funnel_prepare(struct touch_job *job, struct err *err)
{
	struct arena *arena = (struct arena *)&job->p->arena;
	struct state *s = arena_zalloc(arena, sizeof *s);
	job->state = s;
	job->finish = finish;
	job->release = release;
	job->part = funnel_part(&s->a, &s->c);
	enum wend_err e = read_spec(&s->c, job, err);
	if (!e)
		e = cuts_parse(&s->c.cuts, job->ro->by, job->p, arena, err);
	if (!e && s->c.cuts.n)
		cuts_fields(&job->also, &s->c.cuts);
	return e;
}

enum wend_err metric_touch_funnel(const struct population *p, const struct touch_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	touch_prepare *const one = funnel_prepare;
	return touch_run(p, o, ro, &one, 1, &r, err);
}
