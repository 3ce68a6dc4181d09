/* churn silent: who left without a word.
 *
 *   left        a stretch as a customer that ended within the span (journey/spells); without
 *               a span in the last month that is over
 *   a word      an interaction the firm did not begin that asks for something: it came in, or
 *               it has a topic, a case, a promise, an agent or an answer; or feedback that is
 *               a complaint or scores 2 or less
 *   silent      no word from W days before the customer was last seen until he had left; last
 *               seen is his last purchase, with a contract its end
 *   not covered no source that tells of words runs all that time (cover.c): nothing can be
 *               said, and he is in no share
 *   no channel  no word of his at any time, no e-mail and no phone, where words are known by
 *               these: he could not have been heard, and is in no share either
 *
 * What a year with him brought: twelve times what the contract brought a month at its end;
 * without contracts the purchases of the 365 days up to the last one. The last step seen is
 * any step before he had left but the end of the contract itself.
 *
 * Statistic: one row a customer who left; shares of counts have Wilson's limits (1927).
 */
#include "churn_impl.h"
#include "ltv_impl.h"

#include <math.h>

enum { LOOK_BACK_DAYS = 90, YEAR_DAYS = 365, LOW_SCORE = 2, MILLION = 1000000 };
static const char *const state_names[SILENCE_STATES] = { "silent", "said", "not covered", "no channel" };

/* ---- words ---- */
static bool one_of(struct sv text, const char *const *list)
{
	for (; *list; list++)
		if (sv_ieq(text, sv_of(*list)))
			return true;
	return false;
}

static void read_words(struct silent_ctx *c, struct arena *a)
{
	static const char *const out[] = { "out", "outbound", "outgoing", NULL }, *const in[] = { "in", "inbound", "incoming", NULL };
	struct store *s = c->p->store;
	c->words = store_words(s);
	uint8_t *o = arena_zalloc(a, (size_t)c->words + 1), *i = arena_zalloc(a, (size_t)c->words + 1);
	for (int64_t w = 0; w < c->words; w++) {
		o[w] = one_of(store_word(s, w), out);
		i[w] = one_of(store_word(s, w), in);
	}
	c->out = o;
	c->in = i;
	c->complaint = store_word_code(s, SV("complaint"));
}

static int64_t cell_of(const struct rows *r, enum field f, size_t i)
{
	return r->f[f] ? r->f[f][i] : WEND_NONE;
}

static bool is_word(const struct silent_ctx *c, const struct rows *r, size_t i)
{
	static const enum field asks[] = { F_TOPIC, F_CASE, F_PROMISED_BY, F_AGENT, F_TEAM, F_FIRST_RESPONSE, F_RESOLVED };
	if (r->kind[i] == KIND_FEEDBACK) {
		const int64_t mood = cell_of(r, F_MOOD, i), score = cell_of(r, F_SCORE, i);
		return cell_of(r, F_EMPLOYEE, i) == WEND_NONE && ((mood >= 0 && mood == c->complaint) || (score != WEND_NONE && score <= LOW_SCORE * MILLION));
	}
	if (r->kind[i] != KIND_INTERACTIONS)
		return false;
	const int64_t direction = cell_of(r, F_DIRECTION, i);
	if (direction >= 0 && direction < c->words && (c->out[direction] || c->in[direction]))
		return c->in[direction];
	for (size_t k = 0; k < sizeof asks / sizeof *asks; k++)
		if (cell_of(r, asks[k], i) != WEND_NONE)
			return true;
	return false;
}

/* ---- the fold ---- */
static int64_t year_before(const struct silent_ctx *c, const struct journey *j, const struct spell_buf *b, const struct spell *s)
{
	if (c->leaving.contracts)
		return s->mrr * 12;
	const int32_t last = floor_day(zone_local(j->zc, s->last_seen));
	int64_t sum = 0;
	for (size_t i = 0; i < b->days->n; i++)
		if (b->days->v[i].day <= last && b->days->v[i].day > last - YEAR_DAYS)
			sum += b->days->v[i].amount;
	return sum;
}

static void last_step(struct silent_gone *g, const struct step_buf *b, int64_t until)
{
	for (size_t i = 0; i < b->n && b->v[i].at < until; i++) {
		const uint32_t n = b->v[i].name;
		if (n == (STEP_FIXED | STEP_SUB_ENDED) || n == (STEP_FIXED | STEP_SUB_CANCELLED) || n == (STEP_FIXED | STEP_CANCELLED))
			continue;
		g->step = n;
		g->step_at = b->v[i].at;
		g->any_step = true;
	}
}

void silent_begin(struct silent_acc *a, const struct silent_ctx *c)
{
	a->contact = xcalloc((size_t)c->words + 1, 1);
}

void silent_add(struct silent_acc *a, const struct silent_ctx *c, const struct journey *j, const struct spell_buf *b)
{
	const struct rows *r = &j->rows;
	bool ever = false;
	for (size_t i = 0; i < r->n && !c->deaf; i++) {
		if (j->seen[i] || !is_word(c, r, i))
			continue;
		ever = true;
		const int64_t touch = r->kind[i] == KIND_INTERACTIONS ? cell_of(r, F_TOUCHPOINT, i) : WEND_NONE;
		if (touch >= 0 && touch < c->words)
			a->contact[touch] = 1;
	}
	if (!j->selected || !r->customer)
		return;
	for (size_t k = 0; k < b->n; k++) {
		const struct spell *s = &b->v[k];
		if (s->to < c->from || s->to >= c->to)
			continue;
		struct silent_gone g = { .customer = r->customer, .from = s->last_seen - c->look_back_s, .to = s->to, .last_seen = s->last_seen, .ever = ever };
		for (size_t i = 0; i < r->n && !g.said && !c->deaf; i++)
			g.said = !j->seen[i] && j->at[i] >= g.from && j->at[i] < g.to && is_word(c, r, i);
		if (!c->deaf) {
			steps_of(&a->steps, j);
			last_step(&g, &a->steps, s->to);
		}
		g.year = year_before(c, j, b, s);
		GROW(a->v, a->cap, a->n + 1);
		a->v[a->n++] = g;
	}
}

void silent_release(struct silent_acc *a)
{
	free(a->v);
	free(a->contact);
	spell_buf_release(&a->spells);
	step_buf_release(&a->steps);
	*a = (struct silent_acc){ 0 };
}

void silent_merge(struct silent_acc *a, struct silent_acc *b, const struct silent_ctx *c)
{
	APPEND(a->v, a->cap, a->n, b->v, b->n);
	a->n += b->n;
	for (int64_t w = 0; w < c->words; w++)
		a->contact[w] |= b->contact[w];
	silent_release(b);
}

static void begin(void *acc, void *ctx)
{
	silent_begin(acc, ctx);
}

static void listen(void *acc, const struct journey *j, void *ctx)
{
	struct silent_acc *a = acc;
	const struct silent_ctx *c = ctx;
	a->spells.n = 0;
	if (j->selected && j->rows.customer)
		spells_of(&a->spells, j, &c->leaving);
	silent_add(a, c, j, &a->spells);
}

static void merge(void *into, void *from, void *ctx)
{
	silent_merge(into, from, ctx);
}

/* ---- what can be told of each ---- */
static enum wend_err has_channel(struct store *s, uint32_t customer, bool *yes, struct err *err)
{
	struct arena a = ARENA_INIT;
	struct person_key *key;
	size_t n;
	enum wend_err e = store_keys(s, customer, &key, &n, &a, err);
	*yes = false;
	for (size_t i = 0; !e && i < n; i++)
		*yes = *yes || key[i].space == SPACE_MAIL || key[i].space == SPACE_TEL;
	arena_release(&a);
	return e;
}

enum wend_err silent_judge(struct silent_acc *a, const struct silent_ctx *c, const struct step_covers *covers, struct err *err)
{
	enum wend_err e = WEND_OK;
	bool by_id = false; /* words are known by other keys than mail and phone, too */
	for (size_t i = 0; c->deaf && i < a->n; i++)
		a->v[i].state = NOT_COVERED;
	if (c->deaf)
		return WEND_OK;
	bool *channel = xcalloc(a->n + 1, sizeof *channel);
	for (size_t i = 0; !e && !by_id && i < a->n; i++) { /* keys are dear: nobody is asked in vain */
		if (a->v[i].ever)
			e = has_channel(c->p->store, a->v[i].customer, &channel[i], err);
		by_id = a->v[i].ever && !channel[i];
	}
	for (size_t i = 0; !e && !by_id && i < a->n; i++)
		if (!a->v[i].ever && !a->v[i].said)
			e = has_channel(c->p->store, a->v[i].customer, &channel[i], err);
	for (size_t i = 0; !e && i < a->n; i++) {
		struct silent_gone *g = &a->v[i];
		bool covered = false;
		for (int64_t w = 0; w < c->words && !covered; w++)
			covered = a->contact[w] && known_whole(step_cover(covers, step_word(c->p, w)), g->from, g->to);
		g->state = g->said ? SAID : !g->ever && !channel[i] && !by_id ? NO_CHANNEL : !covered ? NOT_COVERED : SILENT;
	}
	free(channel);
	return e;
}

void silent_open(struct silent_ctx *c, const struct population *p, const struct leaving *l, int64_t from, int64_t to, int64_t look_back_s, struct arena *a)
{
	*c = (struct silent_ctx){ .p = p, .leaving = *l, .from = from, .to = to, .look_back_s = look_back_s ? look_back_s : (int64_t)LOOK_BACK_DAYS * 86400 };
	read_words(c, a);
}

void silent_fields(struct fold *f, const struct silent_ctx *c, bool money)
{
	static const enum field reads[] = { F_DIRECTION, F_TOPIC, F_CASE, F_PROMISED_BY, F_AGENT, F_TEAM, F_FIRST_RESPONSE, F_RESOLVED };
	step_fields(f, KIND_ALL);
	leaving_fields(f, &c->leaving);
	f->want_at = true;
	f->money |= c->leaving.contracts && money ? KIND_BIT(KIND_SUBSCRIPTIONS) : 0;
	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		fields_add(&f->fields, reads[i]);
}

/* The fold, and what can be told of each who left. */
static enum wend_err hear(struct silent_acc *a, struct silent_ctx *c, struct fold_counts *n, struct arena *arena, struct err *err)
{
	struct population whole = *c->p;
	struct step_covers *covers;
	struct fold f = { .acc_size = sizeof *a, .begin = begin, .customer = listen, .merge = merge, .ctx = c };
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	silent_fields(&f, c, true);
	enum wend_err e = fold_run(&whole, &f, a, n, err);
	if (!e)
		e = step_covers_run(&covers, &whole, arena, err);
	return e ? e : silent_judge(a, c, covers, err);
}

/* ---- the report ---- */
struct silent_sum silent_sum_of(const struct silent_acc *a)
{
	struct silent_sum s = { .n = { 0 } };
	for (size_t i = 0; i < a->n; i++) {
		s.n[a->v[i].state]++;
		s.year[a->v[i].state] += a->v[i].year;
	}
	return s;
}

struct last_at {
	uint32_t step;
	bool any;
	int64_t n, year;
	int64_t *days;
	size_t ndays, cap;
	struct sv name;
};

static int by_size(const void *a, const void *b)
{
	const struct last_at *x = a, *y = b;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return sv_natcmp(x->name, y->name);
}

static int64_t days_since(const struct population *p, int64_t at)
{
	struct zone_cache zc = ZONE_CACHE(p->zone);
	return p->as_of - floor_day(zone_local(&zc, at));
}

static void screen(struct report *r, const struct silent_acc *a, const struct population *p, double margin, currency cur)
{
	static const char *const cols[] = { "", "customers", "share", "days since", "a year" };
	struct last_at *v = NULL;
	size_t n = 0, cap = 0;
	int64_t all = 0;
	struct str s = STR_INIT;
	for (size_t i = 0; i < a->n; i++) {
		const struct silent_gone *g = &a->v[i];
		if (g->state != SILENT)
			continue;
		size_t k = 0;
		while (k < n && (v[k].step != g->step || v[k].any != g->any_step))
			k++;
		if (k == n) {
			GROW(v, cap, n + 1);
			v[n++] = (struct last_at){ .step = g->step, .any = g->any_step, .name = g->any_step ? step_name(p, g->step) : SV("no step known") };
		}
		v[k].n++;
		v[k].year += g->year;
		all++;
		if (g->any_step) {
			GROW(v[k].days, v[k].cap, v[k].ndays + 1);
			v[k].days[v[k].ndays++] = days_since(p, g->step_at);
		}
	}
	if (n)
		qsort(v, n, sizeof *v, by_size);
	struct table *t = n ? &report_screen(r, "LAST SEEN AT")->t : NULL;
	for (int i = 0; t && i < 5; i++)
		table_col(t, cols[i], COL_TEXT, NULL, -1);
	for (size_t k = 0; k < n; k++) {
		if (k < 12) {
			put_text(t, v[k].name);
			say_count(&s, v[k].n);
			put_text(t, str_view(&s));
			str_reset(&s);
			say_share(&s, (double)v[k].n / (double)all);
			put_text(t, str_view(&s));
			str_reset(&s);
			if (v[k].ndays)
				say_real(&s, quantile_i64(v[k].days, v[k].ndays, 0.5), 0);
			put_text(t, str_view(&s));
			str_reset(&s);
			say_money(&s, (int64_t)llround((double)v[k].year * margin), cur, false);
			put_text(t, str_view(&s));
			str_reset(&s);
		}
		free(v[k].days);
	}
	free(v);
	str_release(&s);
}

static void columns(struct table *t, currency cur)
{
	table_col(t, "customer", COL_TEXT, NULL, -1);
	t->customer_col = "customer";
	table_col(t, "state", COL_TEXT, NULL, -1);
	table_col(t, "left", COL_DAY, NULL, -1);
	table_col(t, "last_seen", COL_DAY, NULL, -1);
	table_col(t, "last_step", COL_TEXT, NULL, -1);
	table_col(t, "last_step_at", COL_DAY, NULL, -1);
	table_col(t, "days_since", COL_INT, "days", 0);
	table_col_money(t, "lost_a_year", cur);
}

static void put_gone(struct table *t, const struct silent_gone *g, const struct population *p, double margin)
{
	struct zone_cache zc = ZONE_CACHE(p->zone);
	put_text(t, store_customer(p->store, g->customer));
	put_z(t, state_names[g->state]);
	put_int(t, floor_day(zone_local(&zc, g->to)));
	put_int(t, floor_day(zone_local(&zc, g->last_seen)));
	put_text(t, g->any_step ? step_name(p, g->step) : SV_NONE);
	put_int(t, g->any_step ? (int64_t)floor_day(zone_local(&zc, g->step_at)) : WEND_NONE);
	put_int(t, g->any_step ? days_since(p, g->step_at) : WEND_NONE);
	put_int(t, (int64_t)llround((double)g->year * margin));
}

static void find(struct report *r, const struct silent_sum *s, const struct silent_ctx *c, const struct silent_options *o, const char *span, double margin, bool has_margin, currency cur)
{
	struct str *f = &r->finding;
	const int64_t told = s->n[SILENT] + s->n[SAID], all = told + s->n[NOT_COVERED] + s->n[NO_CHANNEL];
	if (!all) {
		str_printf(f, "nobody left in %s.", span);
		return;
	}
	if (told < c->p->min_n) {
		say_count(f, s->n[SILENT]);
		str_puts(f, " of ");
		say_count(f, told);
		str_printf(f, " who left in %s went without a word: too few for a share, which needs about %lld.", span, (long long)c->p->min_n);
	} else {
		say_share(f, (double)s->n[SILENT] / (double)told);
		str_printf(f, " of those who left in %s went without a word (", span);
		say_count(f, s->n[SILENT]);
		str_puts(f, " of ");
		say_count(f, told);
		str_puts(f, "; ");
		say_shares(f, wilson((double)s->n[SILENT], (double)told, ALPHA));
		str_puts(f, ").");
	}
	if (s->n[SILENT]) {
		str_puts(f, " A year they brought ");
		say_money(f, (int64_t)llround((double)s->year[SILENT] * margin), cur, false);
		str_puts(f, has_margin ? " margin." : " revenue.");
	}
	if (s->n[NOT_COVERED]) {
		str_puts(f, " Of ");
		say_count(f, s->n[NOT_COVERED]);
		str_puts(f, " more nothing can be said: no source of contacts covers their time.");
	}
	if (s->n[NO_CHANNEL]) {
		str_putc(f, ' ');
		say_things(f, s->n[NO_CHANNEL], "more has no channel of contact.", "more have no channel of contact.");
	}
	str_printf(&r->definition, "silent: no contact of the customer's, complaint or score of %d or less from %lld days before he was last seen until he had left; ", LOW_SCORE, (long long)o->look_back_days);
}

/* The last month that is over, as the span. */
static void choose_span(const struct population *p, const struct leaving *l, int64_t *from, int64_t *to, struct str *text)
{
	if (p->from_local != INT64_MIN || p->to_local != INT64_MAX) {
		*from = p->from;
		*to = p->to;
		str_puts(text, p->span_text);
		return;
	}
	const int32_t known = l->contracts || l->covered > p->as_of ? p->as_of : l->covered;
	const int32_t k = period_number(PERIOD_MONTH, known + 1) - 1;
	*from = instant_of_day(p, period_day(PERIOD_MONTH, k));
	*to = instant_of_day(p, period_day(PERIOD_MONTH, k + 1));
	period_text(text, PERIOD_MONTH, period_day(PERIOD_MONTH, k));
}

static void print(struct report *r, const struct silent_acc *a, const struct silent_ctx *c, const struct silent_options *o, double margin, currency cur)
{
	uint32_t *customer = xreallocarray(NULL, a->n + 1, sizeof *customer);
	for (size_t i = 0; i < a->n; i++)
		customer[i] = a->v[i].customer;
	uint32_t *order = order_customers(c->p->store, customer, a->n);
	columns(&r->table, cur);
	for (size_t i = 0; i < a->n; i++)
		if (o->all || a->v[order[i]].state == SILENT)
			put_gone(&r->table, &a->v[order[i]], c->p, margin);
	free(order);
	free(customer);
}

enum wend_err metric_churn_silent(const struct population *p, const struct churn_options *co, const struct silent_options *given, const struct report_options *ro, struct report *r, struct err *err)
{
	static const struct ltv_options plain = { .margin = NAN, .discount = NAN };
	struct silent_options o = *given;
	struct silent_ctx c = { .p = p };
	struct silent_acc a = { 0 };
	struct leaving l = { 0 };
	struct fold_counts n = { 0 };
	struct str said = STR_INIT, span = STR_INIT;
	struct value_terms terms;
	int64_t from, to;
	o.look_back_days = o.look_back_days > 0 ? o.look_back_days : LOOK_BACK_DAYS;
	enum wend_err e = value_terms_read(&terms, p, &plain, "week", err);
	if (!e)
		e = churn_leaving(&l, p, co, ro, &said, err);
	if (e)
		goto done;
	choose_span(p, &l, &from, &to, &span);
	silent_open(&c, p, &l, from, to, o.look_back_days * 86400, &r->arena);
	if ((e = hear(&a, &c, &n, &r->arena, err)))
		goto done;
	const struct silent_sum sum = silent_sum_of(&a);
	print(r, &a, &c, &o, terms.margin, n.cur);
	if (!o.all)
		screen(r, &a, p, terms.margin, n.cur);
	find(r, &sum, &c, &o, span.p ? span.p : "", terms.margin, terms.has_margin, n.cur);
	str_sv(&r->definition, str_view(&said));
	e = say_scope(&r->finding, p, &n, KIND_BIT(KIND_INTERACTIONS) | KIND_BIT(KIND_FEEDBACK), err);
	report_scope(r, p, &n);
	line_add(&r->explain.text, "shares are of those whose time is covered by a source of contacts and who have a channel of contact; Wilson (1927)");
	line_add(&r->explain.text, "a word = an interaction the firm did not begin that came in, or has a topic, case, promise, agent or answer; a complaint; a score of %d or less", LOW_SCORE);
	line_add(&r->next, "wend churn silent -q | wend ltv customers --only -");
	line_add(&r->next, "wend churn silent --all");
done:
	silent_release(&a);
	churn_leaving_release(&l);
	str_release(&said);
	str_release(&span);
	return e;
}
