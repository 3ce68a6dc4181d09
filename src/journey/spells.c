/* Stretches as a customer: when somebody was one, and when he left.
 *
 * With contracts, from subscriptions (paid.c: what each one is) and the payments for them:
 *
 *   together stretches of all subscriptions of the customer that overlap or follow each
 *            other within the grace are one: cancelling one of two is no churn
 *   lost     by payment when the status or the reason says so, or when a payment failed
 *            within the dunning time before the end and none was paid after it
 *
 * Without contracts nobody says that he leaves, and a customer who has been silent for long
 * has left: a stretch lasts from the first purchase day to the end of the window that follows
 * the last one before a gap longer than the window. The moment is the end of the day
 * `last + window`, which is in no way moved by what comes later: a period in which a window
 * closed stays as it is, and a later purchase begins the next stretch. Whether a window has
 * closed is known only as far as the sources of purchases are covered; up to there the
 * stretch is open.
 */
#include "journey_impl.h"
#include "wend/purchases.h"

enum { DAY_S = 86400 };

/* Did the last payment tried before the end fail, within the dunning time? */
static bool payment_failed(const struct journey *j, int64_t end, int64_t dunning_s)
{
	const struct rows *r = &j->rows;
	const int64_t *told = j->pop->names->told;
	bool failed = false;
	for (size_t i = 0; i < r->n; i++) {
		if (r->kind[i] != KIND_PAYMENTS || j->seen[i] == SEEN_AFTER_AS_OF || j->at[i] > end || j->at[i] < end - dunning_s)
			continue;
		const int64_t status = value(r, F_STATUS, i);
		if (status >= 0 && status == told[WORD_FAILED])
			failed = true;
		else if (status >= 0 && status == told[WORD_PAID])
			failed = false;
	}
	return failed;
}

static void add_spell(struct spell_buf *out, const struct journey *j, struct spell *s)
{
	s->from_day = floor_day(zone_local(j->zc, s->from));
	s->to_day = s->to == INT64_MAX ? INT32_MAX : floor_day(zone_local(j->zc, s->to));
	GROW(out->v, out->cap, out->n + 1);
	out->v[out->n++] = *s;
}

static void by_contracts(struct spell_buf *out, const struct journey *j, const struct leaving *l)
{
	if (!out->paid)
		out->paid = xcalloc(1, sizeof *out->paid);
	struct paid_buf *b = out->paid;
	paid_of(b, j);
	out->trials = b->trials;
	out->trials_lost = b->trials_lost;
	out->bad = b->bad;
	out->unpaid = b->unpaid;
	out->trial = b->trial;
	out->ntrial = b->ntrial;
	for (size_t i = 0; i < b->n;) {
		struct spell s = { .from = b->v[i].from, .to = b->v[i].to };
		size_t n = i + 1;
		while (n < b->n && (s.to == INT64_MAX || b->v[n].from - s.to <= l->grace_s)) {
			if (b->v[n].to > s.to)
				s.to = b->v[n].to;
			n++;
		}
		int64_t click = INT64_MIN;
		for (size_t k = i; k < n; k++) {
			if (b->v[k].to != s.to)
				continue;
			s.mrr += b->v[k].mrr;
			s.involuntary = s.involuntary || b->v[k].by_payment;
			if (b->v[k].cancelled > click) /* pending once all that still run are cancelled */
				click = b->v[k].cancelled;
		}
		s.cancelled_known = click != INT64_MAX && click < s.to;
		s.cancelled_at = s.cancelled_known ? click : 0;
		if (s.to != INT64_MAX && !s.involuntary)
			s.involuntary = payment_failed(j, s.to, l->dunning_s);
		s.last_seen = s.to;
		add_spell(out, j, &s);
		i = n;
	}
}

static int64_t day_begins(const struct journey *j, int32_t day)
{
	return zone_instant(j->pop->zone, (int64_t)day * DAY_S, NULL);
}

static void by_silence(struct spell_buf *out, const struct journey *j, const struct leaving *l)
{
	if (!out->days)
		out->days = xcalloc(1, sizeof *out->days);
	if (!purchase_days(out->days, l->revenue, j))
		return;
	const struct purchase_day *d = out->days->v;
	const size_t n = out->days->n;
	const int32_t known = l->covered < j->pop->as_of ? l->covered : j->pop->as_of;
	for (size_t i = 0; i < n;) {
		struct spell s = { .from = day_begins(j, d[i].day), .to = INT64_MAX };
		size_t last = i;
		while (last + 1 < n && d[last + 1].day - d[last].day <= l->window)
			last++;
		s.last_seen = day_begins(j, d[last].day);
		if (last + 1 < n || known - d[last].day > l->window)
			s.to = day_begins(j, d[last].day + l->window + 1);
		add_spell(out, j, &s);
		i = last + 1;
	}
}

void spells_of(struct spell_buf *out, const struct journey *j, const struct leaving *l)
{
	out->n = 0;
	out->trials = out->trials_lost = out->bad = out->unpaid = 0;
	out->ntrial = 0;
	if (l->contracts)
		by_contracts(out, j, l);
	else
		by_silence(out, j, l);
}

void spell_buf_release(struct spell_buf *b)
{
	free(b->v);
	if (b->days)
		day_room_release(b->days);
	free(b->days);
	if (b->paid) {
		free(b->paid->v);
		free(b->paid->trial);
	}
	free(b->paid);
	*b = (struct spell_buf){ 0 };
}

void leaving_fields(struct fold *f, const struct leaving *l)
{
	if (!l->contracts) {
		revenue_fields(f, l->revenue);
		f->want_day = true;
		if (l->ids)
			fields_add(&f->fields, F_ID);
		return;
	}
	paid_fields(f);
	f->kinds |= KIND_BIT(KIND_PAYMENTS);
	if (l->one_currency)
		f->money |= KIND_BIT(KIND_SUBSCRIPTIONS);
}
