/* Contracts one by one: when each was paid, and what it brought a month.
 *
 *   paid     a subscription from its start, or from the end of its trial, to the end of
 *            the paid period when that is known, else to the cancel date; a recurring
 *            price of 0 is no paid stretch, an unknown one is
 *   known    nothing after the as-of date: an end that still lies ahead leaves the stretch
 *            open, with the cancellation that is already known
 *   bad      an end before its start, or an ended status without any date: counted, left out
 *   unpaid   of no time, or at a price of 0: counted, nobody is a customer by it
 *
 * A trial that ended without a paid day is a trial lost, never a customer lost.
 */
#include "journey_impl.h"

static bool says_payment(const struct journey *j, size_t i)
{
	static const char *const reasons[] = { "payment", "unpaid", "past due", "delinquent", "dunning", "involuntary", "insufficient", "declined", "card expired", "expired card", NULL };
	static const char *const states[] = { "unpaid", "past due", "delinquent", "payment failed", "incomplete expired", NULL };
	const int64_t reason = value(&j->rows, F_CANCEL_REASON, i), state = value(&j->rows, F_STATUS, i);
	return (reason >= 0 && sv_says(store_word(j->pop->store, reason), reasons, false)) ||
	       (state >= 0 && sv_says(store_word(j->pop->store, state), states, false));
}

static bool says_ended(const struct journey *j, size_t i)
{
	static const char *const ended[] = { "cancel", "ended", "expired", "churned", "inactive", "terminated", NULL };
	const int64_t state = value(&j->rows, F_STATUS, i);
	return state >= 0 && sv_says(store_word(j->pop->store, state), ended, false);
}

static int64_t known(const struct journey *j, int64_t w)
{
	if (w == WEND_NONE)
		return INT64_MAX;
	const int64_t at = wtime_instant(w, j->pop->zone);
	return at < j->pop->as_of_end ? at : INT64_MAX;
}

static void read_one(struct paid_buf *b, const struct journey *j, size_t i)
{
	const struct rows *r = &j->rows;
	const int64_t start = j->at[i], trial_w = value(r, F_TRIAL_END, i), end_w = value(r, F_END, i), click_w = value(r, F_CANCELLED, i);
	const int64_t stop_w = end_w != WEND_NONE ? end_w : click_w;
	const int64_t trial = trial_w == WEND_NONE ? INT64_MIN : wtime_instant(trial_w, j->pop->zone);
	struct paid p = { .from = trial > start ? trial : start, .to = known(j, stop_w), .cancelled = known(j, click_w), .mrr = value(r, F_MRR, i) };
	if (r->time[i] == WEND_NONE || p.to < start || (stop_w == WEND_NONE && says_ended(j, i))) {
		b->bad++;
		return;
	}
	if (trial > start) {
		b->trials++;
		if (p.to <= trial || trial < j->pop->as_of_end) {
			GROW(b->trial, b->trial_cap, b->ntrial + 1);
			b->trial[b->ntrial++] = (struct trial){ p.to <= trial ? p.to : trial, p.to <= trial };
		}
		if (p.to <= trial) {
			b->trials_lost++;
			return;
		}
	}
	if (p.from >= j->pop->as_of_end || value(r, F_COUNTED, i) == 0)
		return;
	if (p.to == p.from || p.mrr == 0) {
		b->unpaid++;
		return;
	}
	if (p.mrr == WEND_NONE) {
		p.mrr = 0;
		p.unpriced = true;
	}
	p.by_payment = p.to != INT64_MAX && says_payment(j, i);
	GROW(b->v, b->cap, b->n + 1);
	b->v[b->n++] = p;
}

static int by_from(const void *a, const void *b)
{
	const struct paid *x = a, *y = b;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

void paid_of(struct paid_buf *b, const struct journey *j)
{
	b->n = b->ntrial = 0;
	b->trials = b->trials_lost = b->bad = b->unpaid = 0;
	for (size_t i = 0; i < j->rows.n; i++)
		if (j->rows.kind[i] == KIND_SUBSCRIPTIONS && j->seen[i] == SEEN)
			read_one(b, j, i);
	if (b->n > 1)
		qsort(b->v, b->n, sizeof *b->v, by_from);
}

void paid_fields(struct fold *f)
{
	static const enum field fields[] = { F_END, F_TRIAL_END, F_CANCELLED, F_CANCEL_REASON, F_STATUS, F_MRR, F_COUNTED };
	f->kinds |= KIND_BIT(KIND_SUBSCRIPTIONS);
	f->want_at = true;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		fields_add(&f->fields, fields[i]);
}
