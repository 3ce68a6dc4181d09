/* One source of revenue: orders, payments or invoices may tell of the same sale, so only
 * one of them counts (records.md 1).
 *
 *   orders    the amount, less what the sale's own refund column gave back (when that is
 *             undated or known by the as-of date); a refund row counts negative
 *   payments  paid amounts; a refund row negative; failed and pending ones are none, a
 *             lost dispute is none
 *   invoices  issued amounts
 * A record marked as not counted (voided, the owner's own purchase) is none.
 */
#include "journey_impl.h"

static const struct {
	const char *name;
	enum kind kind;
} sources[] = { { "orders", KIND_ORDERS }, { "payments", KIND_PAYMENTS }, { "invoices", KIND_INVOICES } };

enum wend_err revenue_choose(struct revenue *out, const struct population *p, const char *option, struct err *err)
{
	*out = (struct revenue){ .source = KIND_ORDERS, .until = p->as_of_end,
				 .failed = store_word_code(p->store, SV("failed")), .pending = store_word_code(p->store, SV("pending")),
				 .refunded = store_word_code(p->store, SV("refunded")), .lost = store_word_code(p->store, SV("lost")) };
	struct sv word = option ? sv_of(option) : store_setting(p->store, "choices", "revenue");
	bool found = false;
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		if (p->present & KIND_BIT(sources[i].kind))
			out->present |= KIND_BIT(sources[i].kind);
		if (word.n && sv_is(word, sources[i].name)) {
			out->source = sources[i].kind;
			out->chosen = found = true;
		}
	}
	if (word.n && !found)
		return err_set(err, WEND_E_USAGE, "unknown source of revenue '%.*s'; give orders, payments or invoices", (int)word.n, word.p);
	for (size_t i = 0; !found && i < sizeof sources / sizeof *sources; i++)
		if (out->present & KIND_BIT(sources[i].kind)) {
			out->source = sources[i].kind;
			found = true;
		}
	return WEND_OK;
}

static int64_t value(const struct rows *r, enum field f, size_t i)
{
	return r->f[f] ? r->f[f][i] : WEND_NONE;
}

/* Given back in columns of the sale, as far as it is known. */
static int64_t given_back(const struct revenue *v, const struct rows *r, size_t i)
{
	const int64_t back = value(r, F_REFUNDED, i), when = value(r, F_REFUND_TIME, i);
	if (back == WEND_NONE || (when != WEND_NONE && wtime_secs(when) >= v->until))
		return 0;
	return back < 0 ? -back : back;
}

int64_t revenue_of(const struct revenue *v, const struct rows *r, size_t i)
{
	const int64_t amount = value(r, F_AMOUNT, i);
	if (r->kind[i] != v->source || amount == WEND_NONE || value(r, F_COUNTED, i) == 0)
		return WEND_NONE;
	const bool refund_row = value(r, F_REFUND_OF, i) != WEND_NONE;
	if (v->source == KIND_PAYMENTS) {
		const int64_t status = value(r, F_STATUS, i);
		if (status == v->failed || status == v->pending || value(r, F_DISPUTE, i) == v->lost)
			return WEND_NONE;
		if (status == v->refunded && !refund_row && amount > 0 && value(r, F_REFUNDED, i) == WEND_NONE)
			return 0;
	}
	if (refund_row)
		return amount > 0 ? -amount : amount;
	return amount - given_back(v, r, i);
}

void revenue_fields(struct fold *f, const struct revenue *v)
{
	f->kinds |= KIND_BIT(v->source);
	f->money |= KIND_BIT(v->source);
	fields_add(&f->fields, F_AMOUNT);
	fields_add(&f->fields, F_REFUND_OF);
	fields_add(&f->fields, F_REFUNDED);
	fields_add(&f->fields, F_REFUND_TIME);
	fields_add(&f->fields, F_COUNTED);
	if (v->source == KIND_PAYMENTS) {
		fields_add(&f->fields, F_STATUS);
		fields_add(&f->fields, F_DISPUTE);
	}
}
