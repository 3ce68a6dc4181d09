/* One source of revenue: orders, payments or invoices may tell of the same sale, so only
 * one of them counts (records.md 1).
 *
 *   orders    the amount, less what the sale's own refund column gave back (when that is
 *             undated or known by the as-of date); a refund row counts negative
 *   payments  paid amounts; a refund row negative; failed and pending ones are none, a
 *             lost dispute is none
 *   invoices  issued amounts
 * A record marked as not counted (voided, the owner's own purchase) is none, nor is an
 * order of a source that [choices] orders leaves out. The rules themselves stand in
 * journey_impl.h (revenue_as), for they are asked of every record of every pass.
 */
#include "journey_impl.h"
#include "wend/mem.h"

static const struct {
	const char *name;
	enum kind kind;
} sources[] = { { "orders", KIND_ORDERS }, { "payments", KIND_PAYMENTS }, { "invoices", KIND_INVOICES } };

/* Does the setting, a name or several apart by commas, name this source? */
static bool names_source(struct sv setting, struct sv source)
{
	struct sv word;
	if (sv_eq(setting, source))
		return true;
	while (sv_cut(&setting, ',', &word))
		if (sv_eq(sv_trim(word), source))
			return true;
	return false;
}

static enum wend_err no_such_source(struct sv setting, const struct batch_source *v, size_t n, struct err *err)
{
	struct str list = STR_INIT;
	struct sv last = SV_NONE;
	for (size_t i = 0; i < n; i++) {
		if (!(v[i].kinds & KIND_BIT(KIND_ORDERS)) || (last.p && sv_eq(last, v[i].source)))
			continue;
		last = v[i].source;
		str_printf(&list, "%s'%.*s'", list.n ? ", " : "", (int)last.n, last.p);
	}
	err_set(err, WEND_E_USAGE, "the setting 'orders' is '%.*s', but the orders come from %s; choose with 'wend store set orders SOURCE'", (int)setting.n, setting.p, list.p);
	str_release(&list);
	return WEND_E_USAGE;
}

/* Batches whose orders count; nothing is set: all do, and no record is asked. */
static enum wend_err choose_sources(struct revenue *out, const struct population *p, struct err *err)
{
	const struct sv setting = store_setting(p->store, "choices", "orders");
	struct arena scratch = ARENA_INIT;
	struct batch_source *v = NULL;
	size_t n = 0, named = 0;
	if (!setting.n || !(p->present & KIND_BIT(KIND_ORDERS)))
		return WEND_OK;
	enum wend_err e = store_batch_sources(p->store, &v, &n, &scratch, err);
	for (size_t i = 0; !e && i < n; i++)
		out->ncounts = v[i].batch >= out->ncounts ? v[i].batch + 1 : out->ncounts;
	if (!e)
		out->counts = xcalloc((size_t)out->ncounts + 1, 1);
	for (size_t i = 0; !e && i < n; i++) {
		out->counts[v[i].batch] = names_source(setting, v[i].source);
		named += out->counts[v[i].batch] && v[i].kinds & KIND_BIT(KIND_ORDERS);
	}
	if (!e && !named)
		e = no_such_source(setting, v, n, err);
	if (e)
		revenue_release(out);
	arena_release(&scratch);
	return e;
}

enum wend_err revenue_choose(struct revenue *out, const struct population *p, const char *option, struct err *err)
{
	*out = (struct revenue){ .source = KIND_ORDERS, .until = p->as_of_end,
				 .failed = store_word_code(p->store, SV("failed")), .pending = store_word_code(p->store, SV("pending")),
				 .refunded = store_word_code(p->store, SV("refunded")), .lost = store_word_code(p->store, SV("lost")) };
	const struct sv word = option ? sv_of(option) : store_setting(p->store, "choices", "revenue");
	out->unmatched = sv_is(word, "orders+unmatched");
	out->chosen = out->unmatched;
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		out->present |= p->present & KIND_BIT(sources[i].kind);
		if (word.n && sv_is(word, sources[i].name)) {
			out->source = sources[i].kind;
			out->chosen = true;
		}
	}
	if (word.n && !out->chosen)
		return err_set(err, WEND_E_USAGE, "unknown source of revenue '%.*s'; give orders, payments, invoices or orders+unmatched", (int)word.n, word.p);
	bool found = out->chosen;
	for (size_t i = 0; !found && i < sizeof sources / sizeof *sources; i++)
		if (out->present & KIND_BIT(sources[i].kind)) {
			out->source = sources[i].kind;
			found = true;
		}
	if (out->source != KIND_ORDERS)
		return WEND_OK;
	out->beside = out->present & p->kinds & (KIND_BIT(KIND_PAYMENTS) | KIND_BIT(KIND_INVOICES));
	return choose_sources(out, p, err);
}

void revenue_release(struct revenue *r)
{
	free(r->counts);
	r->counts = NULL;
	r->ncounts = 0;
}

bool revenue_elsewhere(const struct revenue *v, const struct rows *r, size_t i)
{
	return not_chosen(v, r, i);
}

int64_t revenue_of(const struct revenue *v, const struct rows *r, size_t i)
{
	return revenue_as(v, v->source, r, i);
}

void revenue_fields(struct fold *f, const struct revenue *v)
{
	const uint32_t kinds = KIND_BIT(v->source) | v->beside;
	f->kinds |= kinds;
	f->money |= v->unmatched ? kinds : KIND_BIT(v->source);
	f->batches = f->batches || v->counts;
	fields_add(&f->fields, F_AMOUNT);
	fields_add(&f->fields, F_REFUND_OF);
	fields_add(&f->fields, F_REFUNDED);
	fields_add(&f->fields, F_REFUND_TIME);
	fields_add(&f->fields, F_COUNTED);
	if (kinds & KIND_BIT(KIND_PAYMENTS)) {
		fields_add(&f->fields, F_STATUS);
		fields_add(&f->fields, F_DISPUTE);
	}
	if (v->beside) {
		f->kinds |= KIND_BIT(KIND_SUBSCRIPTIONS);
		f->want_day = true;
		fields_add(&f->fields, F_ID);
		fields_add(&f->fields, F_ORDER);
		fields_add(&f->fields, F_INVOICE);
		fields_add(&f->fields, F_MRR);
		fields_add(&f->fields, F_CURRENCY);
	}
}

static bool taken_over(const struct coverage *c, size_t n, size_t at, uint32_t kinds)
{
	for (size_t i = 0; i < n; i++)
		if (i != at && kinds & KIND_BIT(c[i].kind) && c[i].rows && c[i].first >= c[at].last - HANDOVER_DAYS && c[i].last > c[at].last)
			return true;
	return false;
}

enum wend_err revenue_covered(const struct revenue *r, const struct population *p, int32_t *begins, int32_t *covered, struct err *err)
{
	const uint32_t kinds = KIND_BIT(r->source) | (r->unmatched ? r->beside : 0);
	const struct sv chosen = store_setting(p->store, "choices", "orders");
	struct arena scratch = ARENA_INIT;
	struct coverage *c = NULL;
	size_t n = 0;
	*begins = INT32_MAX;
	*covered = p->as_of;
	enum wend_err e = store_coverage(p->store, &c, &n, &scratch, err);
	for (size_t i = 0; !e && i < n; i++) {
		if (!(kinds & KIND_BIT(c[i].kind)) || !c[i].rows || (c[i].kind == KIND_ORDERS && chosen.n && !names_source(chosen, c[i].source)))
			continue;
		*begins = c[i].first < *begins ? c[i].first : *begins;
		if (c[i].last <= p->as_of - EARLY_DAYS && c[i].last < *covered && !taken_over(c, n, i, kinds))
			*covered = c[i].last;
	}
	arena_release(&scratch);
	return e;
}
