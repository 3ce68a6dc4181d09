/* What every report of models begins with: the purchases of everyone known as of the day,
 * cells of them, a period held out to compare forecasts with (the last third of the time
 * since the first purchase, or what came after --split), and the fits.
 */
#include "ltv_impl.h"
#include "wend/par.h"

#include <math.h>

/* ---- the period held out ---- */

static void held_release(struct ltv_held *h)
{
	ltv_cells_release(&h->cells);
	free(h->gaps.n);
	free(h->later);
	free(h->before);
	free(h->row);
	*h = (struct ltv_held){ 0 };
}

static uint32_t *days_of(const struct purchases *b, uint32_t most)
{
	uint32_t *days = xcalloc((size_t)most + 1, sizeof *days);
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].customer <= most)
			days[b->v[i].customer] = b->v[i].days;
	return days;
}

static enum wend_err split_day(int32_t *out, const struct population *p, const struct purchases *now, const struct ltv_options *o, struct err *err)
{
	int32_t first = p->as_of;
	*out = INT32_MIN;
	for (size_t i = 0; i < now->n; i++)
		first = now->v[i].first < first ? now->v[i].first : first;
	if (o->split) {
		struct span s;
		if (span_parse(&s, sv_of(o->split), p->as_of, err))
			return err->code;
		*out = (int32_t)((s.to - 1 - ((s.to - 1) % 86400 + 86400) % 86400) / 86400);
		if (*out < first || *out >= p->as_of)
			return err_set(err, WEND_E_USAGE, "the split must lie between the first purchase and the as-of day");
		return WEND_OK;
	}
	if (p->as_of - first >= 6)
		*out = p->as_of - (p->as_of - first) / 3;
	return WEND_OK;
}

static enum wend_err hold_out(struct ltv_look *l, const struct population *p, const struct ltv_options *o, const struct report_options *ro, bool keep, struct err *err)
{
	struct ltv_held *h = &l->held;
	const struct purchases *now = &l->b;
	struct purchases then = { 0 }, early = { 0 };
	*h = (struct ltv_held){ 0 };
	enum wend_err e = split_day(&h->split, p, now, o, err);
	if (e || h->split == INT32_MIN)
		return e;
	const struct population q = population_at(p, h->split), before = population_at(p, h->split - (p->as_of - h->split));
	if ((e = purchases_run(&then, &q, ro, PURCHASES_GAPS, NULL, err)) || (e = purchases_run(&early, &before, ro, 0, NULL, err)))
		goto done;
	const double unit = rfm_unit_days(ro->unit);
	uint32_t most = 0;
	for (size_t i = 0; i < then.n; i++)
		most = then.v[i].customer > most ? then.v[i].customer : most;
	uint32_t *late = days_of(now, most), *old = days_of(&early, most);
	h->n = then.n;
	h->ahead = (p->as_of - h->split) / unit;
	h->later = xcalloc(then.n + 1, sizeof *h->later);
	h->before = xcalloc(then.n + 1, sizeof *h->before);
	ltv_cells_of(&h->cells, then.v, then.n, h->split, unit, l->minor, l->all);
	h->cells.threads = p->threads;
	for (size_t i = 0; i < then.n; i++) {
		const uint32_t c = then.v[i].customer, had = then.v[i].days;
		/* A refund may take a purchase back later. */
		h->later[i] = late[c] > had ? late[c] - had : 0;
		h->before[i] = had > old[c] ? had - old[c] - (old[c] ? 0 : 1) : 0;
	}
	h->gaps = then.gaps;
	then.gaps = (struct gaps){ 0 };
	if (keep) {
		h->row = then.v;
		then.v = NULL;
	}
	free(late);
	free(old);
done:
	purchases_release(&then);
	purchases_release(&early);
	if (e)
		held_release(h);
	return e;
}

/* ---- all of it ---- */

static void resample(struct ltv_look *l, const struct ltv_options *o, int threads)
{
	if (o->bootstrap < 1 || l->fit.chosen < 0)
		return;
	ltv_boot_run(&l->boot, &l->cells, &l->fit, (int)o->bootstrap, (uint64_t)o->seed, threads);
	l->fit.boot = &l->boot;
}

enum wend_err ltv_look_run(struct ltv_look *l, const struct population *p, const struct ltv_options *o, const struct report_options *ro, uint32_t want, const struct cuts *by, struct err *err)
{
	*l = (struct ltv_look){ .unit = ro->unit ? ro->unit : "week", .as_of = p->as_of, .all = o->spend && !strcmp(o->spend, "all"), .fit.chosen = -1 };
	enum wend_err e = value_terms_read(&l->terms, p, o, l->unit, err);
	if (e || (e = purchases_run(&l->b, p, ro, want | PURCHASES_GAPS, by, err)))
		return e;
	const int exponent = l->b.counts.cur ? currency_exponent(l->b.counts.cur) : 2;
	l->minor = pow(10, exponent < 0 ? 2 : exponent);
	if (l->b.counts.cur)
		currency_text(l->currency, l->b.counts.cur);
	ltv_cells_of(&l->cells, l->b.v, l->b.n, p->as_of, rfm_unit_days(l->unit), l->minor, l->all);
	l->cells.threads = p->threads;
	if ((e = hold_out(l, p, o, ro, want & LTV_KEEP_HELD, err)))
		return e;
	if ((e = ltv_fit_run(&l->fit, &l->cells, &l->b.gaps, &l->held, o, err)))
		return e;
	resample(l, o, p->threads);
	return WEND_OK;
}

enum wend_err ltv_look_from(struct ltv_look *l, struct table *from, size_t n, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct lines lines = { 0 };
	enum wend_err e = WEND_OK;
	*l = (struct ltv_look){ .unit = ro->unit ? ro->unit : "week", .all = o->spend && !strcmp(o->spend, "all"), .fit.chosen = -1 };
	for (size_t i = 0; i < n && !e; i++)
		e = lines_read(&lines, &from[i], ro, err);
	if (!ro->unit && lines.setting[LINE_UNIT].n)
		l->unit = arena_strndup(&r->arena, lines.setting[LINE_UNIT].p, lines.setting[LINE_UNIT].n);
	if (!e)
		e = value_terms_read(&l->terms, NULL, o, l->unit, err);
	if (!e) {
		struct str told = STR_INIT;
		lines_say(&told, &lines);
		l->rows = (int64_t)lines.n;
		snprintf(l->told, sizeof l->told, "%s", told.p ? told.p : "");
		str_release(&told);
		ltv_cells_from(&l->cells, &lines, rfm_unit_days(l->unit), l->all);
		l->cells.threads = par_cpus();
		e = ltv_fit_run(&l->fit, &l->cells, NULL, NULL, o, err);
		if (!e)
			resample(l, o, l->cells.threads);
	}
	free(lines.v);
	return e;
}

void ltv_look_release(struct ltv_look *l)
{
	purchases_release(&l->b);
	ltv_cells_release(&l->cells);
	held_release(&l->held);
	ltv_boot_release(&l->boot);
}

bool ltv_not_had(const struct ltv_look *l)
{
	return !l->fit.automatic && l->fit.chosen < 0 && l->cells.customers > 0;
}
