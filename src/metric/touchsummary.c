/* touchpoints: where on the way it hurts, in one screen.
 *
 * Rows: section,measure,group,value,lo,hi,n,unit,before,diff,diff_lo,diff_hi,call,definition.
 *   stages          customers, the stage's own measure, left; group = the stage; of the last
 *                   whole month against the month before, or of the span against --versus
 *   before a call   contacts a month more after a step than before it (touchpoints upstream)
 *   after a call    comes again within 7 days; leaves within 90 days; contacts of the year
 *   journeys        the most common one and its share
 */
#include "around_impl.h"
#include "stages_impl.h"
#include "ways_impl.h"

#include <math.h>

enum { CAUSES = 3 };
struct summary {
	struct stages_acc a;
	struct stages_ctx c;
	struct ways ways;
	struct ways_options wo;
	struct measures now, before;
	struct around_rows causes;
	struct around_acc around;
	struct arena arena;        /* of the causes */
	struct str top;
	int64_t top_n;
	struct walk_facts facts;
	struct fold_counts counts;
};
static const struct interval fact = MEASURE_FACT;

/* ---- rows ---- */
static void put_month(struct measures *l, const struct stages_acc *a, int m, bool leaving)
{
	for (int s = 0; s < STAGES; s++) {
		const struct stage_count *x = &a->v[m][s];
		const struct sv stage = sv_of(stage_name[s]);
		measure_add(l, (struct measure){ "stages", "customers", stage, (double)x->customers, fact, WEND_NONE, "customers", "customers with a step of this stage in the time" });
		if (x->n)
			measure_add(l, (struct measure){ "stages", stage_measure[s], stage, (double)x->good / (double)x->n, wilson((double)x->good, (double)x->n, ALPHA), x->n, "share", stage_definition[s] });
		if (leaving && s != STAGE_LEAVE)
			measure_add(l, (struct measure){ "stages", "left", stage, (double)x->left, fact, WEND_NONE, "customers", "left in the time, last seen at this stage" });
	}
}

static void put_rest(struct measures *l, const struct summary *s)
{
	for (size_t i = 0; i < s->causes.n && i < CAUSES; i++) {
		const struct around_row *x = &s->causes.v[i];
		if (x->cause && !x->same.p)
			measure_add(l, (struct measure){ "before a call", "excess_per_month", x->name, x->excess, { x->excess_lo, x->excess_hi }, x->e->w[x->w].customers, "contacts", "contacts a month more after the step than before it, customers compared with themselves" });
	}
	const struct stages_acc *a = &s->a;
	if (a->watched7)
		measure_add(l, (struct measure){ "after a call", "again_7d", SV_NONE, (double)a->again7 / (double)a->watched7, wilson((double)a->again7, (double)a->watched7, ALPHA), a->watched7, "share", "contacts of the year that came again for the same reason within 7 days" });
	if (a->watched90)
		measure_add(l, (struct measure){ "after a call", "left_90d", SV_NONE, (double)a->left90 / (double)a->watched90, wilson((double)a->left90, (double)a->watched90, ALPHA), a->watched90, "share", "contacts of the year whose customer left within 90 days" });
	if (s->ways.taken) {
		const double n = (double)s->ways.taken;
		measure_add(l, (struct measure){ "journeys", "journeys", SV_NONE, n, fact, WEND_NONE, "journeys", "customers with a step" });
		measure_add(l, (struct measure){ "journeys", "most_common", str_view(&s->top), (double)s->top_n / n, wilson((double)s->top_n, n, ALPHA), s->ways.taken, "share", "journeys that are this one from beginning to end" });
	}
}

/* The way most took; of equals the one whose names come first. */
static void find_top(struct summary *s)
{
	struct str text = STR_INIT;
	for (size_t i = 0; i < s->ways.n; i++) {
		const struct way *y = &s->ways.v[i];
		const unsigned char *c = s->ways.codes + y->at, *end = c + y->bytes;
		if ((int64_t)y->nulls < s->top_n || y->steps < 2)
			continue;
		str_reset(&text);
		for (bool first = true; c < end; first = false)
			path_put(&text, step_name(s->c.p, ways_code(&c)), first);
		if ((int64_t)y->nulls > s->top_n || sv_cmp(str_view(&text), str_view(&s->top)) < 0) {
			str_reset(&s->top);
			str_sv(&s->top, str_view(&text));
			s->top_n = y->nulls;
		}
	}
	str_release(&text);
}

/* What brings contacts. */
static enum wend_err find_causes(struct summary *s, struct err *err)
{
	struct str of = STR_INIT;
	struct around x;
	struct fold_counts n = { 0 };
	struct sv *names = xcalloc(s->a.ncontact + 1, sizeof *names);
	size_t k = 0;
	for (size_t i = 0; i < s->a.ncontact; i++) {
		const struct sv name = step_name(s->c.p, s->a.contact[i]);
		if (name.n && !memchr(name.p, '|', name.n) && !memchr(name.p, '*', name.n))
			names[k++] = name;
	}
	for (size_t i = 0; i < k; i++) {
		if (i)
			str_putc(&of, '|');
		str_sv(&of, names[i]);
	}
	free(names);
	const struct cause_options o = { .of = of.p };
	enum wend_err e = k ? around_open(&x, s->c.p, &o, &s->arena, err) : WEND_OK;
	if (!e && k)
		e = around_run(&s->around, &x, &n, err);
	if (!e && k) {
		around_judge(&s->causes, &s->around, &x);
		e = around_shared(&s->causes, &x, err);
	}
	str_release(&of);
	return e;
}

/* ---- words ---- */
struct fall {
	int stage;
	struct change c;
	const struct measure *m;
	double before;
};

static const struct measure *of_stage(const struct measures *l, const char *name, int stage)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].section, "stages") && !strcmp(l->v[i].name, name) && sv_is(l->v[i].group, stage_name[stage]))
			return &l->v[i];
	return NULL;
}

static bool changed(struct fall *f, const struct summary *s, int stage)
{
	const struct measure *now = of_stage(&s->now, stage_measure[stage], stage), *old = of_stage(&s->before, stage_measure[stage], stage);
	const int64_t min_n = s->c.p->min_n;
	if (!*stage_measure[stage] || !now || !old)
		return false;
	*f = (struct fall){ stage, change_of(now->value, now->ci, old->value, old->ci, now->n < min_n || old->n < min_n), now, old->value };
	return !strcmp(f->c.call, "real");
}

/* For leave a rise hurts. */
static bool hurts(const struct fall *f)
{
	return f->stage == STAGE_LEAVE ? f->c.diff > 0 : f->c.diff < 0;
}

static void say_cause(struct str *t, const struct summary *s)
{
	const struct around_row *x = NULL;
	for (size_t i = 0; i < s->causes.n && !x; i++)
		x = s->causes.v[i].cause ? &s->causes.v[i] : NULL;
	if (!x)
		return;
	str_putc(t, ' ');
	str_sv(t, x->name);
	str_puts(t, " brings ");
	say_real(t, x->excess, 0);
	str_puts(t, " calls a month (");
	say_real(t, x->excess_lo, 0);
	str_puts(t, " to ");
	say_real(t, x->excess_hi, 0);
	str_puts(t, ").");
}

static void find(struct report *r, const struct summary *s)
{
	struct str *t = &r->finding;
	struct fall worst = { .stage = -1 }, f;
	if (!s->facts.customers) {
		str_puts(t, "no steps: no journey to tell of.");
		return;
	}
	for (int k = 0; k < STAGES; k++)
		if (changed(&f, s, k) && hurts(&f) && (worst.stage < 0 || fabs(f.c.diff) > fabs(worst.c.diff)))
			worst = f;
	if (worst.stage >= 0) {
		str_printf(t, "%s is where the journey hurts: %s went from ", stage_name[worst.stage], stage_words[worst.stage]);
		say_real(t, worst.before * 100, 1);
		str_puts(t, " to ");
		say_share(t, worst.m->value);
		str_printf(t, " in %s, more than chance.", s->c.name[0].p);
	} else {
		str_printf(t, "no stage got worse in %s beyond chance.", s->c.name[0].p);
	}
	int most = -1;
	int64_t left = 0;
	for (int k = 0; k < STAGES; k++) {
		left += s->a.v[0][k].left;
		if (s->a.v[0][k].left && (most < 0 || s->a.v[0][k].left > s->a.v[0][most].left))
			most = k;
	}
	if (most >= 0) {
		str_putc(t, ' ');
		say_count(t, s->a.v[0][most].left);
		str_puts(t, " of the ");
		say_count(t, left);
		str_printf(t, " who left were last seen at %s.", stage_name[most]);
	}
	say_cause(t, s);
}

/* ---- for people ---- */
static void screen_stages(struct report *r, const struct summary *s)
{
	struct table *t = &report_screen(r, "STAGE       its measure")->t;
	struct str x = STR_INIT;
	table_col(t, "stage", COL_TEXT, NULL, -1);
	table_col(t, "customers", COL_TEXT, NULL, -1);
	table_col(t, arena_strdup(&t->arena, s->c.name[0].p), COL_TEXT, NULL, -1);
	table_col(t, "95 %", COL_TEXT, NULL, -1);
	table_col(t, "before", COL_TEXT, NULL, -1);
	table_col(t, "left", COL_TEXT, NULL, -1);
	for (int k = 0; k < STAGES; k++) {
		const struct stage_count *v = &s->a.v[0][k];
		const struct measure *now = of_stage(&s->now, stage_measure[k], k), *old = of_stage(&s->before, stage_measure[k], k);
		struct fall f;
		if (!v->customers && !v->n)
			continue;
		const bool few = now && now->n < s->c.p->min_n;
		str_printf(&x, "%-11s %s", stage_name[k], *stage_measure[k] && now ? stage_words[k] : "");
		put_said(t, &x);
		say_count(&x, v->customers);
		put_said(t, &x);
		if (*stage_measure[k] && now)
			few ? str_puts(&x, "few") : say_share(&x, now->value);
		put_said(t, &x);
		if (*stage_measure[k] && now && !few)
			str_printf(&x, "%.1f-%.1f", now->ci.lo * 100, now->ci.hi * 100);
		put_said(t, &x);
		if (*stage_measure[k] && old && old->n >= s->c.p->min_n) {
			say_share(&x, old->value);
			str_puts(&x, changed(&f, s, k) ? (f.c.diff < 0 ? " v" : " ^") : "  ");
		}
		put_said(t, &x);
		if (s->c.leaving && k != STAGE_LEAVE)
			say_count(&x, v->left);
		put_said(t, &x);
	}
	str_release(&x);
}

static void screen_line(struct report *r, const char *heading, struct str *x)
{
	struct table *t = &report_screen(r, heading)->t;
	table_col(t, "", COL_TEXT, NULL, -1);
	put_said(t, x);
}

static void screen(struct report *r, const struct summary *s)
{
	struct str x = STR_INIT;
	screen_stages(r, s);
	for (size_t i = 0, n = 0; i < s->now.n; i++) {
		const struct measure *m = &s->now.v[i];
		if (strcmp(m->section, "before a call"))
			continue;
		str_puts(&x, n++ ? ", " : "");
		str_sv(&x, m->group);
		str_puts(&x, " +");
		say_real(&x, m->value, 0);
		str_puts(&x, n == 1 ? " a month" : "");
	}
	if (x.n)
		screen_line(r, "BEFORE A CALL", &x);
	const struct measure *again = measure_find(&s->now, "after a call", "again_7d"), *left = measure_find(&s->now, "after a call", "left_90d");
	if (again) {
		say_share(&x, 1 - again->value);
		str_puts(&x, " solved at first contact, ");
		say_share(&x, again->value);
		str_puts(&x, " call again in 7 days");
		if (left) {
			str_puts(&x, ", ");
			say_share(&x, left->value);
			str_puts(&x, " leave in 90");
		}
		screen_line(r, "AFTER A CALL", &x);
	}
	if (s->top.n) {
		str_sv(&x, str_view(&s->top));
		str_puts(&x, " (");
		say_count(&x, s->top_n);
		str_puts(&x, ", ");
		say_share(&x, (double)s->top_n / (double)s->ways.taken);
		str_puts(&x, ")");
		screen_line(r, "MOST COMMON", &x);
	}
	str_release(&x);
}

static void draw(struct report *r, const struct summary *s)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAR;
	r->figure.title = "the stages' own measures";
	r->figure.y_label = "share";
	table_col(t, "stage", COL_TEXT, NULL, -1);
	table_col(t, "value", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	for (int k = 0; k < STAGES; k++) {
		const struct stage_count *v = &s->a.v[0][k];
		if (v->n < s->c.p->min_n || !*stage_measure[k])
			continue;
		put_z(t, stage_words[k]);
		put_share_of(t, v->good, v->n, 0);
	}
}

static enum wend_err run(struct summary *s, const struct population *p, const struct report_options *ro, struct err *err)
{
	const struct walk_options plain = { 0 };
	struct fold also = { 0 };
	struct walk_part part[2];
	enum wend_err e = stages_open(&s->c, p, ro, &also, err);
	if (e)
		return e;
	part[0] = ways_part(&s->ways, &s->wo);
	part[1] = stages_part(&s->a, &s->c);
	e = walks_run(p, &plain, KIND_ALL, &also, part, s->c.spanned ? 1 : 2, &s->facts, &s->counts, err);
	if (!e && s->c.spanned) { /* what is judged in the span began before it */
		struct population whole = *p;
		struct walk_facts facts;
		struct fold_counts counts = { 0 };
		whole.from = whole.from_local = INT64_MIN;
		e = walks_run(&whole, &plain, KIND_ALL, &also, part + 1, 1, &facts, &counts, err);
	}
	if (e)
		return e;
	find_top(s);
	return find_causes(s, err);
}

enum wend_err metric_touch_summary(const struct population *p, const struct report_options *ro, struct report *r, struct err *err)
{
	struct summary s = { .top = STR_INIT };
	enum wend_err e = run(&s, p, ro, err);
	if (e)
		goto done;
	if (s.facts.customers) {
		put_month(&s.now, &s.a, 0, s.c.leaving);
		put_month(&s.before, &s.a, 1, s.c.leaving);
		put_rest(&s.now, &s);
	}
	measures_table(&r->table, &s.now, &s.before, p->min_n);
	find(r, &s);
	if (s.facts.customers)
		screen(r, &s);
	draw(r, &s);
	str_printf(&r->definition, "stages by kinds of steps and [stages]; measures of %s against %s; v, ^: a real change", s.c.name[0].p, s.c.name[1].p);
	if (s.c.leaving)
		str_puts(&r->definition, "; left: by the stage last seen");
	fates_define(&r->definition, &s.c.fates);
	for (int k = 0; k < STAGES; k++)
		if (*stage_measure[k])
			line_add(&r->explain.text, "%s: %s", stage_name[k], stage_definition[k]);
	line_add(&r->explain.text, "shares: Wilson (1927); changes: two intervals joined (Newcombe 1998)");
	line_add(&r->next, "wend touchpoints repeat");
	line_add(&r->next, "wend touchpoints paths");
	line_add(&r->next, "wend touchpoints map");
	e = say_scope(&r->finding, p, &s.counts, p->kinds & ~KIND_BIT(KIND_SPEND), err);
	report_scope(r, p, &s.counts);
done:
	stages_release(&s.a);
	stages_close(&s.c);
	ways_release(&s.ways);
	around_release(&s.around);
	free(s.causes.v);
	free(s.now.v);
	free(s.before.v);
	arena_release(&s.arena);
	str_release(&s.top);
	return e;
}
