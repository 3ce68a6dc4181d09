/* Paid stretches: when a customer with contracts was one (paid.c: what each contract is).
 *
 *   together stretches of all subscriptions of the customer that overlap or follow each
 *            other within the grace are one: cancelling one of two is no churn
 *   lost     by payment when the status or the reason says so, or when a payment failed
 *            within the dunning time before the end and none was paid after it
 */
#include "journey_impl.h"

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

static void add_spell(struct spell_buf *out, const struct spell *s)
{
	GROW(out->v, out->cap, out->n + 1);
	out->v[out->n++] = *s;
}

void spells_of(struct spell_buf *out, const struct journey *j, int64_t grace_s, int64_t dunning_s)
{
	struct paid_buf b = { 0 };
	out->n = 0;
	paid_of(&b, j);
	out->trials = b.trials;
	out->trials_lost = b.trials_lost;
	out->bad = b.bad;
	for (size_t i = 0; i < b.n;) {
		struct spell s = { .from = b.v[i].from, .to = b.v[i].to };
		size_t n = i + 1;
		while (n < b.n && (s.to == INT64_MAX || b.v[n].from - s.to <= grace_s)) {
			if (b.v[n].to > s.to)
				s.to = b.v[n].to;
			n++;
		}
		int64_t click = INT64_MIN;
		for (size_t k = i; k < n; k++) {
			if (b.v[k].to != s.to)
				continue;
			s.mrr += b.v[k].mrr;
			s.involuntary = s.involuntary || b.v[k].by_payment;
			if (b.v[k].cancelled > click) /* pending once all that still run are cancelled */
				click = b.v[k].cancelled;
		}
		s.cancelled_known = click != INT64_MAX && click < s.to;
		s.cancelled_at = s.cancelled_known ? click : 0;
		if (s.to != INT64_MAX && !s.involuntary)
			s.involuntary = payment_failed(j, s.to, dunning_s);
		add_spell(out, &s);
		i = n;
	}
	free(b.v);
}

void spell_buf_release(struct spell_buf *b)
{
	free(b->v);
	*b = (struct spell_buf){ 0 };
}

void spell_fields(struct fold *f)
{
	static const enum field fields[] = { F_END, F_TRIAL_END, F_CANCELLED, F_CANCEL_REASON, F_STATUS, F_MRR, F_COUNTED };
	f->kinds |= KIND_BIT(KIND_SUBSCRIPTIONS) | KIND_BIT(KIND_PAYMENTS);
	f->want_at = true;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		fields_add(&f->fields, fields[i]);
}
