/* Records are not steps: an order is placed and perhaps refunded, an invoice is issued,
 * overdue, paid. Each record yields the steps that had happened by the as-of date.
 *
 *   interactions   the touchpoint as named, after [names]
 *   orders         order:placed; order:refunded for a refund row, or at the refund's own
 *                  date when the sale carries one (an undated refund is no step)
 *   payments       payment:failed, payment:disputed
 *   invoices       invoice:issued; invoice:overdue when the due day ended unpaid;
 *                  invoice:paid
 *   subscriptions  trial:started and, at the trial's end, subscription:started or
 *                  trial:lost; subscription:cancelled (the click), subscription:ended;
 *                  subscription:changed where one starts at the instant another ends
 *   customers      customer:signed-up, customer:cancelled
 *   feedback       feedback:praise, feedback:complaint, else feedback:score
 */
#include "journey_impl.h"

enum { DAY_S = 86400 };

const char *const fixed_step_names[STEP_FIXED_COUNT] = {
	"order:placed", "order:refunded", "payment:failed", "payment:disputed",
	"invoice:issued", "invoice:overdue", "invoice:paid",
	"trial:started", "trial:lost", "subscription:started", "subscription:changed", "subscription:cancelled", "subscription:ended",
	"customer:signed-up", "customer:cancelled", "feedback:praise", "feedback:complaint", "feedback:score",
	"reply:late", "contact:repeated", "calls:many", "mails:many", "complaint:unsolved",
	"delivery:late", "portal:dead-end", "price:raised", "price:lowered"
};

/* A step at the record's own time. */
static void push_own(struct step_buf *b, const struct journey *j, size_t i, enum fixed_step s)
{
	if (j->rows.time[i] != WEND_NONE)
		step_push(b, j->at[i], STEP_FIXED | s, i, wtime_is_day(j->rows.time[i]));
}

/* End of the due day: a stamp with a time of day is its own end. */
int64_t due_end(int64_t due, const struct zone *z)
{
	return wtime_is_day(due) ? zone_instant(z, wtime_secs(due) + DAY_S, NULL) : wtime_secs(due);
}

static void invoice_steps(struct step_buf *b, const struct journey *j, size_t i)
{
	const int64_t due = value(&j->rows, F_DUE, i), paid = value(&j->rows, F_PAID, i);
	push_own(b, j, i, STEP_INVOICE_ISSUED);
	if (due != WEND_NONE && value(&j->rows, F_COUNTED, i) != 0) {
		const struct names *t = j->pop->names;
		const int64_t end = due_end(due, j->pop->zone);
		/* paid on some day nobody wrote down: not known to be late */
		const bool settled = paid == WEND_NONE ? value(&j->rows, F_STATUS, i) == t->told[WORD_PAID] && t->told[WORD_PAID] >= 0
						       : wtime_instant(paid, j->pop->zone) < end;
		if (!settled && end < j->pop->as_of_end && end >= j->pop->from && end < j->pop->to)
			step_push(b, end, STEP_FIXED | STEP_INVOICE_OVERDUE, i, wtime_is_day(due));
	}
	step_push_at(b, j, i, STEP_INVOICE_PAID, paid);
}

/* Does another subscription of the customer end where this one starts? */
static bool follows(const struct journey *j, size_t i)
{
	const struct rows *r = &j->rows;
	for (size_t k = 0; k < r->n; k++)
		if (k != i && r->kind[k] == KIND_SUBSCRIPTIONS && value(r, F_END, k) == r->time[i] && r->time[k] < r->time[i])
			return true;
	return false;
}

static bool followed(const struct journey *j, size_t i)
{
	const struct rows *r = &j->rows;
	const int64_t end = value(r, F_END, i);
	for (size_t k = 0; k < r->n; k++)
		if (k != i && r->kind[k] == KIND_SUBSCRIPTIONS && r->time[k] == end && r->time[i] < end)
			return true;
	return false;
}

static void subscription_steps(struct step_buf *b, const struct journey *j, size_t i)
{
	const struct rows *r = &j->rows;
	const int64_t trial = value(r, F_TRIAL_END, i), end = value(r, F_END, i), click = value(r, F_CANCELLED, i);
	const int64_t stop = end != WEND_NONE ? end : click;
	if (trial != WEND_NONE && trial > r->time[i]) {
		const bool lost = stop != WEND_NONE && stop <= trial;
		push_own(b, j, i, STEP_TRIAL_STARTED);
		step_push_at(b, j, i, lost ? STEP_TRIAL_LOST : STEP_SUB_STARTED, lost ? stop : trial);
		if (lost)
			return;
	} else {
		push_own(b, j, i, follows(j, i) ? STEP_SUB_CHANGED : STEP_SUB_STARTED);
	}
	if (end != WEND_NONE && followed(j, i)) /* the next plan says it */
		return;
	step_push_at(b, j, i, STEP_SUB_CANCELLED, click);
	step_push_at(b, j, i, STEP_SUB_ENDED, end);
}

static void order_steps(struct step_buf *b, const struct journey *j, size_t i)
{
	const struct rows *r = &j->rows;
	const int64_t amount = value(r, F_AMOUNT, i);
	if (value(r, F_REFUND_OF, i) != WEND_NONE || (amount != WEND_NONE && amount < 0)) {
		push_own(b, j, i, STEP_ORDER_REFUNDED);
		return;
	}
	push_own(b, j, i, STEP_ORDER_PLACED);
	step_push_at(b, j, i, STEP_ORDER_REFUNDED, value(r, F_REFUND_TIME, i));
}

static void other_steps(struct step_buf *b, const struct journey *j, size_t i)
{
	const struct rows *r = &j->rows;
	const int64_t *told = j->pop->names->told;
	switch (r->kind[i]) {
	case KIND_ORDERS:
		order_steps(b, j, i);
		break;
	case KIND_PAYMENTS: {
		const int64_t status = value(r, F_STATUS, i);
		if (status >= 0 && status == told[WORD_FAILED])
			push_own(b, j, i, STEP_PAYMENT_FAILED);
		if ((status >= 0 && status == told[WORD_DISPUTED]) || value(r, F_DISPUTE, i) != WEND_NONE)
			push_own(b, j, i, STEP_PAYMENT_DISPUTED);
		break;
	}
	case KIND_INVOICES:
		invoice_steps(b, j, i);
		break;
	case KIND_SUBSCRIPTIONS:
		subscription_steps(b, j, i);
		break;
	case KIND_CUSTOMERS:
		push_own(b, j, i, STEP_SIGNED_UP);
		step_push_at(b, j, i, STEP_CANCELLED, value(r, F_CANCELLED, i));
		break;
	case KIND_FEEDBACK: {
		const int64_t mood = value(r, F_MOOD, i);
		if (value(r, F_EMPLOYEE, i) != WEND_NONE)
			break;
		if (mood >= 0 && mood == told[WORD_PRAISE])
			push_own(b, j, i, STEP_PRAISE);
		else if (mood >= 0 && mood == told[WORD_COMPLAINT])
			push_own(b, j, i, STEP_COMPLAINT);
		else if (value(r, F_SCORE, i) != WEND_NONE)
			push_own(b, j, i, STEP_SCORE);
		break;
	}
	default:
		break;
	}
}

/* Few steps are out of order, those dated by a later stamp of an earlier record: a stable
 * merge sort that leaves sorted stretches alone. */
static void sort_halves(struct step *v, struct step *scratch, size_t n)
{
	if (n < 2)
		return;
	const size_t half = n / 2;
	sort_halves(v, scratch, half);
	sort_halves(v + half, scratch, n - half);
	if (v[half - 1].at <= v[half].at)
		return;
	memcpy(scratch, v, half * sizeof *v);
	size_t a = 0, b = half, o = 0;
	while (a < half && b < n) {
		const bool second = v[b].at < scratch[a].at;
		v[o++] = second ? v[b++] : scratch[a++];
	}
	while (a < half)
		v[o++] = scratch[a++];
}

void sort_steps(struct step *v, size_t n)
{
	struct step *scratch = xreallocarray(NULL, n / 2 + 1, sizeof *scratch);
	sort_halves(v, scratch, n);
	free(scratch);
}

void steps_of(struct step_buf *out, const struct journey *j)
{
	const struct rows *r = &j->rows;
	const struct names *t = j->pop->names;
	const bool renamed = t->map != NULL;
	const int64_t *touch = r->f[F_TOUCHPOINT];
	size_t n = 0;
	bool sorted = true;
	int64_t last = INT64_MIN;
	GROW(out->v, out->cap, r->n);
	for (size_t i = 0; i < r->n; i++) {
		if (j->seen[i])
			continue;
		if (r->kind[i] != KIND_INTERACTIONS) {
			out->n = n;
			other_steps(out, j, i);
			for (; n < out->n; n++) {
				sorted = sorted && out->v[n].at >= last;
				last = out->v[n].at;
			}
			GROW(out->v, out->cap, n + r->n - i);
		} else if (touch && touch[i] != WEND_NONE) {
			const int64_t at = j->at[i];
			out->v[n++] = (struct step){ .at = at, .name = renamed ? names_code(t, touch[i]) : (uint32_t)touch[i],
						     .record = (uint32_t)i & 0x7fffffffu, .day = wtime_is_day(r->time[i]) };
			sorted &= at >= last;
			last = at;
		}
	}
	out->n = n;
	if (!sorted)
		sort_steps(out->v, n);
}

void step_buf_release(struct step_buf *b)
{
	free(b->v);
	*b = (struct step_buf){ 0 };
}

void step_fields(struct fold *f, uint32_t kinds)
{
	static const enum field fields[] = {
		F_TOUCHPOINT, F_AMOUNT, F_REFUND_OF, F_REFUND_TIME, F_STATUS, F_DISPUTE, F_DUE, F_PAID, F_COUNTED,
		F_END, F_TRIAL_END, F_CANCELLED, F_MOOD, F_EMPLOYEE, F_SCORE,
	};
	f->kinds |= kinds & ~KIND_BIT(KIND_SPEND);
	f->want_at = true;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (field_defs[fields[i]].kinds & kinds)
			fields_add(&f->fields, fields[i]);
}

struct sv step_name(const struct population *p, uint32_t name)
{
	if (name & STEP_FIXED)
		return sv_of(fixed_step_names[name & ~STEP_FIXED]);
	if (name >= STEP_RENAMED)
		return name - STEP_RENAMED < p->names->nextra ? p->names->extra[name - STEP_RENAMED] : SV_NONE;
	return store_word(p->store, name);
}

uint32_t step_word(const struct population *p, int64_t word)
{
	return names_code(p->names, word);
}
