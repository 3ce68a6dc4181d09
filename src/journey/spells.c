/* Paid stretches: when a customer with contracts was one.
 *
 *   paid     a subscription from its start, or from the end of its trial, to the end of
 *            the paid period when that is known, else to the cancel date; a recurring
 *            price of 0 is no paid stretch, an unknown one is
 *   together stretches of all subscriptions of the customer that overlap or follow each
 *            other within the grace are one: cancelling one of two is no churn
 *   known    nothing after the as-of date: an end that still lies ahead leaves the stretch
 *            open, with the cancellation that is already known
 *   lost     by payment when the status or the reason says so, or when a payment failed
 *            within the dunning time before the end and none was paid after it
 *   bad      an end before its start, or an ended status without any date: counted, left out
 *
 * A trial that ended without a paid day is a trial lost, never a customer lost.
 */
#include "journey_impl.h"

struct paid {
	int64_t from, to;   /* `to` INT64_MAX = open */
	int64_t cancelled;  /* INT64_MAX = not known */
	int64_t mrr;
	bool by_payment;
};
struct paid_buf {
	struct paid *v;
	size_t n, cap;
};

static int64_t value(const struct rows *r, enum field f, size_t i)
{
	return r->f[f] ? r->f[f][i] : WEND_NONE;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool contains(struct sv text, const char *const *words)
{
	for (; *words; words++) {
		const size_t n = strlen(*words);
		for (size_t i = 0; i + n <= text.n; i++) {
			size_t k = 0;
			while (k < n && (lower(text.p[i + k]) == (*words)[k] || ((*words)[k] == ' ' && strchr("_-", text.p[i + k]))))
				k++;
			if (k == n)
				return true;
		}
	}
	return false;
}

static bool says_payment(const struct journey *j, size_t i)
{
	static const char *const reasons[] = { "payment", "unpaid", "past due", "delinquent", "dunning", "involuntary", "insufficient", "declined", "card expired", "expired card", NULL };
	static const char *const states[] = { "unpaid", "past due", "delinquent", "payment failed", "incomplete expired", NULL };
	const int64_t reason = value(&j->rows, F_CANCEL_REASON, i), state = value(&j->rows, F_STATUS, i);
	return (reason >= 0 && contains(store_word(j->pop->store, reason), reasons)) ||
	       (state >= 0 && contains(store_word(j->pop->store, state), states));
}

static bool says_ended(const struct journey *j, size_t i)
{
	static const char *const ended[] = { "cancel", "ended", "expired", "churned", "inactive", "terminated", NULL };
	const int64_t state = value(&j->rows, F_STATUS, i);
	return state >= 0 && contains(store_word(j->pop->store, state), ended);
}

static int64_t known(const struct journey *j, int64_t w)
{
	if (w == WEND_NONE)
		return INT64_MAX;
	const int64_t at = wtime_instant(w, j->pop->zone);
	return at < j->pop->as_of_end ? at : INT64_MAX;
}

static void read_one(struct spell_buf *out, struct paid_buf *b, const struct journey *j, size_t i)
{
	const struct rows *r = &j->rows;
	const int64_t start = j->at[i], trial_w = value(r, F_TRIAL_END, i), end_w = value(r, F_END, i), click_w = value(r, F_CANCELLED, i);
	const int64_t stop_w = end_w != WEND_NONE ? end_w : click_w;
	const int64_t trial = trial_w == WEND_NONE ? INT64_MIN : wtime_instant(trial_w, j->pop->zone);
	struct paid p = { .from = trial > start ? trial : start, .to = known(j, stop_w), .cancelled = known(j, click_w), .mrr = value(r, F_MRR, i) };
	if (r->time[i] == WEND_NONE || p.to < start || (stop_w == WEND_NONE && says_ended(j, i))) {
		out->bad++;
		return;
	}
	if (trial > start) {
		out->trials++;
		if (p.to <= trial) {
			out->trials_lost++;
			return;
		}
	}
	if (p.from >= j->pop->as_of_end || p.to == p.from || p.mrr == 0 || value(r, F_COUNTED, i) == 0)
		return;
	if (p.mrr == WEND_NONE)
		p.mrr = 0;
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
	const struct rows *r = &j->rows;
	struct paid_buf b = { 0 };
	out->n = 0;
	out->trials = out->trials_lost = out->bad = 0;
	for (size_t i = 0; i < r->n; i++)
		if (r->kind[i] == KIND_SUBSCRIPTIONS && j->seen[i] == SEEN)
			read_one(out, &b, j, i);
	if (b.n)
		qsort(b.v, b.n, sizeof *b.v, by_from);
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
