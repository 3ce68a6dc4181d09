/* churn rate by several definitions side by side, and from the statistic to rows. */
#include "churn_impl.h"

#include <math.h>

/* ---- rows out of the statistic ---- */
/* Sum over the days of a period: customers at the start of each day are those at the start
 * of the period, plus who came, less who left since. */
static void weigh_days(struct churn_line *l, const struct churn_group *g, const struct churn_ctx *c)
{
	const int32_t from = period_day(c->unit, l->period), next = period_day(c->unit, l->period + 1);
	const int32_t end = next <= c->known_day ? next : c->known_day + 1;
	int64_t active = l->start, sum = 0;
	for (int32_t day = from; day < end; day++) {
		static const struct churn_day quiet;
		const bool there = g->ndays && day >= g->day0 && day < g->day0 + (int32_t)g->ndays;
		const struct churn_day *d = there ? &g->day[day - g->day0] : &quiet;
		sum += active;
		if (active > 0) {
			const double w = 1 / (double)active;
			l->weight += (double)d->out * w;
			l->weight2 += (double)d->out * w * w;
			l->weight_max = w > l->weight_max ? w : l->weight_max;
		}
		active += d->in - d->out;
	}
	l->days_mean = end > from ? (double)sum / (double)(end - from) : NAN;
}

static void add_line(struct churn_lines *out, struct churn_line *l, const struct churn_group *g, const struct churn_ctx *c)
{
	l->partial = period_day(c->unit, l->period + 1) - 1 > c->known_day;
	weigh_days(l, g, c);
	GROW(out->v, out->cap, out->n + 1);
	out->v[out->n++] = *l;
}

/* Periods of one group from its first customer to the as-of day. */
static void group_lines(struct churn_lines *out, const struct churn_group *g, const struct churn_group *as, const struct churn_ctx *c)
{
	const int32_t last = period_number(c->unit, c->p->as_of);
	int64_t active = 0;
	bool begun = false;
	for (int32_t k = g->base; g->n && k <= last && k - g->base < PERIODS_MAX; k++) {
		static const struct churn_tally quiet;
		const struct churn_tally *t = k < g->base + (int32_t)g->n ? &g->v[k - g->base] : &quiet;
		struct churn_line l = { .period = k, .g = as, .t = *t };
		begun = begun || !churn_tally_empty(t);
		active += t->entered - t->left;
		l.start = active;
		l.end = active + t->fresh + t->back - t->in_out - churned(&l);
		if (begun)
			add_line(out, &l, g, c);
	}
}

static int by_period(const void *a, const void *b)
{
	const struct churn_line *x = a, *y = b;
	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	return x->g && y->g ? sv_natcmp(sv_n(x->g->name, x->g->len), sv_n(y->g->name, y->g->len)) : 0;
}

static void total_lines(struct churn_lines *all, const struct churn_acc *a, const struct churn_ctx *c)
{
	struct churn_group sum = { 0 };
	if (a->n == 1) {
		group_lines(all, &a->g[0], NULL, c);
		return;
	}
	int32_t lo = INT32_MAX, hi = INT32_MIN;
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < a->g[i].n; k++)
			if (!churn_tally_empty(&a->g[i].v[k]))
				churn_tally_add(churn_period(&sum, a->g[i].base + (int32_t)k), &a->g[i].v[k]);
		if (a->g[i].ndays) {
			lo = a->g[i].day0 < lo ? a->g[i].day0 : lo;
			hi = a->g[i].day0 + (int32_t)a->g[i].ndays > hi ? a->g[i].day0 + (int32_t)a->g[i].ndays : hi;
		}
	}
	if (lo < hi) {
		sum.day0 = lo;
		sum.ndays = (size_t)(hi - lo);
		sum.day = xcalloc(sum.ndays, sizeof *sum.day);
	}
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < a->g[i].ndays; k++) {
			struct churn_day *d = &sum.day[a->g[i].day0 + (int32_t)k - lo];
			d->in += a->g[i].day[k].in;
			d->out += a->g[i].day[k].out;
		}
	group_lines(all, &sum, NULL, c);
	free(sum.v);
	free(sum.day);
}

const struct churn_line *churn_line_at(const struct churn_lines *l, int32_t period, const struct churn_group *g)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].period == period && l->v[i].g == g)
			return &l->v[i];
	return NULL;
}

/* ---- rows that came late ---- */
/* The last period in which a batch has rows; periods before it were over when it came. */
static int32_t last_period(const struct late_rows *l, int64_t batch)
{
	int32_t last = INT32_MIN;
	for (size_t i = 0; i < l->ids.n; i++)
		if (l->batch[i] == batch && l->period[i] > last)
			last = l->period[i];
	return last;
}

/* Batches of rows that a table counts: their numbers, ascending; of their files it does not tell. */
static struct batch_source *batches_told(const struct late_rows *l, size_t *n, struct arena *a)
{
	struct batch_source *v = arena_zalloc(a, (l->ids.n + 1) * sizeof *v);
	for (size_t i = 0; i < l->ids.n; i++) {
		size_t k = *n;
		while (k && v[k - 1].batch > l->batch[i])
			k--;
		if (k && v[k - 1].batch == l->batch[i])
			continue;
		memmove(v + k + 1, v + k, (*n - k) * sizeof *v);
		v[k] = (struct batch_source){ .batch = l->batch[i] };
		++*n;
	}
	return v;
}

static enum wend_err find_late(struct churn_result *res, const struct late_rows *l, const struct churn_ctx *c, struct err *err)
{
	struct arena scratch = ARENA_INIT;
	struct batch_source *v = NULL;
	size_t n = 0;
	enum wend_err e = WEND_OK;
	if (c->p->store)
		e = store_batch_sources(c->p->store, &v, &n, &scratch, err);
	else
		v = batches_told(l, &n, &scratch);
	for (size_t b = 0; !e && b < n; b++) {
		int32_t over = INT32_MIN; /* periods before this one were over */
		int64_t rows = 0;
		for (size_t k = 0; k < n; k++)
			if (v[k].batch < v[b].batch) {
				const int32_t last = last_period(l, v[k].batch);
				over = last > over ? last : over;
			}
		for (size_t i = 0; i < l->ids.n; i++) {
			if (l->batch[i] != v[b].batch || l->period[i] >= over)
				continue;
			for (size_t k = 0; k < res->all.n; k++)
				if (res->all.v[k].period == l->period[i]) {
					res->all.v[k].late += l->n[i];
					rows += l->n[i];
				}
		}
		if (!rows)
			continue;
		const struct sv file = c->p->store ? store_batch_file(c->p->store, v[b].batch, &scratch) : SV_NONE;
		line_add(&res->late, "%lld %s of batch %lld%s%.*s%s", (long long)rows, rows == 1 ? "row" : "rows", (long long)v[b].batch, c->p->store ? " ('" : "", (int)file.n, file.p ? file.p : "",
			 c->p->store ? "')" : "");
	}
	arena_release(&scratch);
	return e;
}

enum wend_err churn_result_make(struct churn_result *out, const struct churn_acc *a, const struct churn_ctx *c, struct err *err)
{
	out->known = !c->leaving.contracts || a->ended > 0;
	total_lines(&out->all, a, c);
	for (size_t i = 0; i < a->n && c->by.n; i++)
		group_lines(&out->groups, &a->g[i], &a->g[i], c);
	const int32_t told = a->first + c->leaving.window + 1; /* the first day on which somebody may have left */
	for (size_t i = 0; i < out->all.n && !c->leaving.contracts; i++)
		out->all.v[i].blind = period_day(c->unit, out->all.v[i].period) < told;
	for (size_t i = 0; i < out->groups.n && !c->leaving.contracts; i++)
		out->groups.v[i].blind = period_day(c->unit, out->groups.v[i].period) < told;
	if (out->groups.n)
		qsort(out->groups.v, out->groups.n, sizeof *out->groups.v, by_period);
	return find_late(out, &a->late, c, err);
}

void churn_result_release(struct churn_result *r)
{
	free(r->all.v);
	free(r->groups.v);
	line_list_release(&r->late);
}

/* ---- the table ---- */
void put_period(struct table *t, const struct churn_ctx *c, int32_t period)
{
	struct str s = STR_INIT;
	period_text(&s, c->unit, period_day(c->unit, period));
	put_text(t, str_view(&s));
	str_release(&s);
}

void put_group(struct table *t, const struct churn_ctx *c, const struct churn_group *g)
{
	struct sv rest = g ? sv_n(g->name, g->len) : SV("");
	for (size_t i = 0; i < c->by.n; i++) {
		size_t n = 0;
		while (n < rest.n && rest.p[n] != '\x1f')
			n++;
		put_text(t, n ? sv_n(rest.p, n) : SV_NONE);
		rest = sv_n(rest.p + n + (n < rest.n), rest.n - n - (n < rest.n));
	}
}

static void put_rate(struct table *t, const struct churn_line *l, enum definition d, const struct churn_ctx *c, bool known)
{
	const struct churn_rate v = rate_of(d, l, c), base = rate_of(c->def[0], l, c);
	const bool few = !(v.den >= (double)c->p->min_n);
	struct str s = STR_INIT;
	known = known && !l->blind;
	put_period(t, c, l->period);
	put_group(t, c, l->g);
	put_z(t, definition_texts[d].name);
	put_real(t, known ? v.num : NAN);
	put_real(t, v.den);
	put_rate_cells(t, l, &v, known, few);
	put_int(t, l->start);
	put_real(t, few || !known ? NAN : v.rate - base.rate);
	if (known)
		difference_text(&s, c->def[0], d, l, c);
	put_text(t, d == c->def[0] ? SV_NONE : str_view(&s));
	put_z(t, definition_texts[d].revises ? "yes" : NULL);
	str_release(&s);
}

/* ---- for people: a block a period, the newest last, and below it why they differ ---- */
enum { BLOCKS_MAX = 3 };

static void screen_cell(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static void screen_period(struct report *r, const struct churn_line *l, const struct churn_ctx *c)
{
	static const char *const cols[] = { "definition", "left", "of", "rate", "95 %" };
	struct str s = STR_INIT;
	period_text(&s, c->unit, period_day(c->unit, l->period));
	str_puts(&s, l->partial ? "*" : "");
	struct table *t = &report_screen(r, arena_strdup(&r->arena, s.p))->t;
	str_reset(&s);
	for (int i = 0; i < 5; i++)
		table_col(t, cols[i], COL_TEXT, NULL, -1);
	for (size_t d = 0; d < c->ndef; d++) {
		const struct churn_rate v = rate_of(c->def[d], l, c);
		put_z(t, definition_texts[c->def[d]].name);
		say_real(&s, v.num, 0);
		screen_cell(t, &s);
		say_real(&s, v.den, c->def[d] == DEF_EXPOSURE || c->def[d] == DEF_DAILY ? 1 : 0);
		screen_cell(t, &s);
		const bool few = !(v.den >= (double)c->p->min_n);
		if (few)
			str_puts(&s, "few");
		else
			say_real(&s, v.rate * 100, 2);
		str_puts(&s, few ? "" : " %");
		screen_cell(t, &s);
		if (!few)
			str_printf(&s, "%.2f-%.2f", v.ci.lo * 100, v.ci.hi * 100);
		screen_cell(t, &s);
	}
	str_release(&s);
}

static void screen_reasons(struct report *r, const struct churn_line *l, const struct churn_ctx *c)
{
	struct str s = STR_INIT;
	struct table *t = &report_screen(r, arena_printf(&r->arena, "OTHER THAN %s", definition_texts[c->def[0]].name))->t;
	struct str line = STR_INIT;
	table_col(t, "", COL_TEXT, NULL, -1);
	for (size_t d = 1; d < c->ndef; d++) {
		str_reset(&s);
		difference_text(&s, c->def[0], c->def[d], l, c);
		struct sv rest = str_view(&s);
		for (bool first = true; rest.n || first; first = false) { /* a reason a line */
			ptrdiff_t at = sv_find(rest, SV("; ")), comma = sv_find(rest, SV(", +")), minus = sv_find(rest, SV(", -"));
			at = comma >= 0 && (at < 0 || comma < at) ? comma : at;
			at = minus >= 0 && (at < 0 || minus < at) ? minus : at;
			const size_t n = at < 0 ? rest.n : (size_t)at;
			str_printf(&line, "%-12s%.*s", first ? definition_texts[c->def[d]].name : "", (int)n, rest.p);
			screen_cell(t, &line);
			rest = at < 0 ? SV("") : sv_n(rest.p + n + 2, rest.n - n - 2);
		}
	}
	str_release(&line);
	str_release(&s);
}

static void screen(struct report *r, const struct churn_lines *l, const struct churn_ctx *c, int32_t from, int32_t until)
{
	size_t n = 0, at[BLOCKS_MAX];
	for (size_t i = l->n; i-- > 0 && n < BLOCKS_MAX;)
		if (l->v[i].period >= from && l->v[i].period <= until && !l->v[i].blind && (!l->v[i].partial || l->n == 1))
			at[n++] = i;
	for (size_t i = n; i-- > 0;)
		screen_period(r, &l->v[at[i]], c);
	if (n)
		screen_reasons(r, &l->v[at[0]], c);
}

void churn_table_all(struct report *r, const struct churn_result *res, const struct churn_ctx *c)
{
	static const char *const shares[] = { "rate", "lo", "hi" };
	const struct churn_lines *shown = c->by.n ? &res->groups : &res->all;
	const int32_t from = c->p->since == INT32_MIN ? INT32_MIN : period_number(c->unit, c->p->since), until = period_number(c->unit, c->p->until);
	struct table *t = &r->table;
	table_col(t, "period", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < c->by.n; i++)
		table_col(t, c->by.v[i].name, COL_TEXT, NULL, -1);
	table_col(t, "definition", COL_TEXT, NULL, -1);
	table_col(t, "numerator", COL_REAL, NULL, 0);
	table_col(t, "denominator", COL_REAL, NULL, 1);
	for (int i = 0; i < 3; i++)
		table_col(t, shares[i], COL_SHARE, NULL, 2);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, "customers at the start", 0);
	table_col(t, "difference", COL_SHARE, NULL, 2);
	table_col(t, "difference_explained", COL_TEXT, NULL, -1);
	table_col(t, "revises", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < shown->n; i++)
		for (size_t d = 0; d < c->ndef; d++)
			if (shown->v[i].period >= from && shown->v[i].period <= until)
				put_rate(t, &shown->v[i], c->def[d], c, res->known);
	if (res->known && !c->by.n)
		screen(r, &res->all, c, from, until);
}
