/* What a column means is proved by the column: which of the possible date forms reads
 * all of it, whether the comma or the point is the decimal mark, whether times of day
 * are there at all. A value above 12, a number with both marks, an hour that is not
 * midnight decide; until one turns up nothing is assumed. */
#include "engine.h"

static void prove_number(struct step *s, const struct plan *p, const struct csv_field *f, struct pool *pool)
{
	int i = s->from.single >= 0 ? 0 : bexpr_pick(&s->from, p, f, -1);
	if (i < 0)
		return;
	const struct bchoice *c = &s->from.c[i];
	for (uint32_t k = 0; k < c->n; k++) {
		struct bchoice one = { .term = &c->term[k], .n = 1 };
		struct sv v = bchoice_text(&one, p, f, pool, false);
		if (v.p && s->m->values)
			v = value_lookup(s->m->values, v);
		if (v.p && !(s->op == STEP_SECONDS && sv_find(v, SV(":")) > 0))
			num_prove(s->num, v);
	}
}

static void prove_row(struct plan *p, const struct csv_field *f, struct pool *pool)
{
	for (uint32_t r = 0; r < p->nrule; r++)
		if (bcond_holds(&p->rule[r].when, p, f))
			return;
	for (uint32_t k = 0; k < p->nsection; k++) {
		struct plan_section *s = &p->section[k];
		if (s->when.never || (s->when.n && !bcond_holds(&s->when, p, f)))
			continue;
		for (uint32_t i = 0; i < s->nstep; i++) {
			struct step *st = &s->step[i];
			if (st->time) {
				struct sv v = bexpr_text(&st->from, p, f, pool, false);
				if (v.p)
					time_prove(st->time, v);
			} else if (st->num) {
				prove_number(st, p, f, pool);
			}
		}
	}
}

enum wend_err proof_rows(struct plan *p, struct sheet *s, uint64_t rows, bool *ended, struct err *err)
{
	struct pool pool = { 0 };
	enum wend_err e = WEND_OK;
	*ended = false;
	for (uint64_t n = 0; n < rows && !e;) {
		enum sheet_verdict v;
		struct sheet_row row;
		struct sheet_note note;
		e = sheet_next(s, &v, &row, &note, err);
		if (e || v == SHEET_END) {
			*ended = !e;
			break;
		}
		if (v != SHEET_ROW)
			continue;
		n++;
		prove_row(p, row.f, &pool);
		pool_reset(&pool);
	}
	pool_release(&pool);
	return e;
}

/* Counting begins anew; times of day that were seen stay seen. */
void proof_forget(struct plan *p)
{
	for (uint32_t k = 0; k < p->nsection; k++)
		for (uint32_t i = 0; i < p->section[k].nstep; i++) {
			struct time_col *t = p->section[k].step[i].time;
			if (!t)
				continue;
			memset(t->hits, 0, sizeof t->hits);
			memset(t->clash, 0, sizeof t->clash);
			t->values = 0;
			t->alive = t->nform >= 64 ? ~0ull : (1ull << t->nform) - 1;
		}
}

/* ---- deciding ---- */

static struct sv step_column(const struct plan *p, const struct step *s)
{
	return s->from.single >= 0 ? p->col[s->from.single] : s->m->from.text;
}

/* The forms that read most values; one of them when they agree on all of these. */
static uint64_t best_forms(const struct time_col *t)
{
	uint64_t best = 0, mask = 0;
	for (uint32_t i = 0; i < t->nform; i++)
		if (t->hits[i] > best)
			best = t->hits[i];
	for (uint32_t i = 0; i < t->nform && best; i++)
		if (t->hits[i] == best)
			mask |= 1ull << i;
	return mask;
}

static int first_of(uint64_t mask)
{
	return mask ? __builtin_ctzll(mask) : -1;
}

static bool clashes(const struct time_col *t, uint64_t mask)
{
	for (uint32_t i = 0; i < t->nform; i++)
		if ((mask >> i & 1) && (t->clash[i] & mask))
			return true;
	return false;
}

/* The order another time column of the file has proved: one program wrote them all. */
static enum date_order proved_order(const struct plan *p)
{
	enum date_order seen = ORDER_ANY;
	for (uint32_t k = 0; k < p->nsection; k++)
		for (uint32_t i = 0; i < p->section[k].nstep; i++) {
			const struct time_col *t = p->section[k].step[i].time;
			uint64_t mask = t ? best_forms(t) : 0;
			if (!mask || clashes(t, mask))
				continue;
			const struct form *f = &t->form[first_of(mask)];
			if (f->iso || (f->order != ORDER_DMY && f->order != ORDER_MDY))
				continue;
			/* Read by one order and not by the other: that is a proof. */
			if (seen && seen != f->order)
				return ORDER_ANY;
			seen = f->order;
		}
	return seen;
}

static enum wend_err decide_time(struct plan *p, struct step *s, bool ended, bool *more, struct err *err)
{
	struct time_col *t = s->time;
	struct sv col = step_column(p, s);
	uint64_t mask = best_forms(t);
	t->chosen = first_of(mask);
	t->last_n = 0;
	/* No value of the whole file is a date: each is a reject, and none a contradiction. */
	if (t->chosen < 0 && ended && t->nform)
		t->chosen = 0;
	if (mask && clashes(t, mask)) {
		enum date_order order = proved_order(p);
		t->chosen = -1;
		for (uint32_t i = 0; i < t->nform && order; i++)
			if ((mask >> i & 1) && t->form[i].order == order) {
				t->chosen = (int)i;
				break;
			}
		if (t->chosen < 0 && !ended) {
			*more = true;
			return WEND_OK;
		}
		if (t->chosen < 0)
			return err_set(err, WEND_E_INPUT, "column '%.*s' does not prove whether day or month comes first; add --date-order dmy or --date-order mdy", (int)col.n, col.p);
	}
	bool zone_known = t->mode == ZM_FIXED || t->mode == ZM_COLUMN || p->tz;
	t->as_days = t->midnight && !t->clock && !zone_known;
	if (t->clock && !zone_known)
		return err_set(err, WEND_E_INPUT, "column '%.*s' has times of day without a zone; add --tz ZONE, such as --tz Europe/Berlin", (int)col.n, col.p);
	return WEND_OK;
}

static char proved_decimal(const struct plan *p)
{
	bool points = false, commas = false;
	for (uint32_t k = 0; k < p->nsection; k++)
		for (uint32_t i = 0; i < p->section[k].nstep; i++) {
			const struct num_col *n = p->section[k].step[i].num;
			if (!n)
				continue;
			points |= n->points;
			commas |= n->commas;
		}
	return points && !commas ? '.' : commas && !points ? ',' : 0;
}

static enum wend_err decide_number(struct plan *p, struct step *s, bool ended, bool *more, struct err *err)
{
	struct num_col *n = s->num;
	struct sv col = step_column(p, s);
	n->decimal = p->decimal ? p->decimal : s->m->decimal;
	if (n->decimal)
		return WEND_OK;
	if (n->points && n->commas)
		return err_set(err, WEND_E_INPUT, "column '%.*s' writes numbers with a decimal point and with a decimal comma; add --decimal point or --decimal comma", (int)col.n, col.p);
	n->decimal = n->points ? '.' : n->commas ? ',' : proved_decimal(p);
	if (n->decimal || !n->ambiguous)
		return WEND_OK;
	if (!ended) {
		*more = true;
		return WEND_OK;
	}
	return err_set(err, WEND_E_INPUT, "column '%.*s' does not prove whether '1,234' is a thousand or a fraction; add --decimal point or --decimal comma", (int)col.n, col.p);
}

enum wend_err proof_decide(struct plan *p, bool ended, bool *more, struct err *err)
{
	*more = false;
	for (uint32_t k = 0; k < p->nsection; k++)
		for (uint32_t i = 0; i < p->section[k].nstep; i++) {
			struct step *s = &p->section[k].step[i];
			enum wend_err e = s->time ? decide_time(p, s, ended, more, err) : s->num ? decide_number(p, s, ended, more, err) : WEND_OK;
			if (e)
				return e;
		}
	return WEND_OK;
}
