/* --by in a report on customers: the group a customer is in at a moment.
 *
 * A field of dated records tells it by what was so then:
 *   subscriptions (plan)       of the contracts that run at the moment the one that began
 *                              last, else the one that began last before it
 *   orders, interactions ...   the first one's value (channel, location, product, agent)
 *   acquired_*                 as reported with the customer, else the channel or campaign
 *                              of the first order
 * A field or attribute of the customers records, and one that no dated record fills, is as
 * last reported: `current`, because no date tells since when. first.F, last.F and any other
 * prefix of --where choose the records as there.
 */
#include "filter_impl.h"

enum wend_err cuts_parse(struct cuts *out, const char *by, const struct population *p, struct arena *a, struct err *err)
{
	struct sv rest = sv_of(by ? by : "");
	*out = (struct cuts){ 0 };
	while (rest.n) {
		size_t n = 0;
		while (n < rest.n && rest.p[n] != ',')
			n++;
		const struct sv name = sv_trim(sv_n(rest.p, n));
		rest = sv_n(rest.p + n + (n < rest.n), rest.n - n - (n < rest.n));
		struct cond c = { 0 };
		if (out->n == CUTS_MAX)
			return err_set(err, WEND_E_USAGE, "'--by %s' names more than %d fields", by, (int)CUTS_MAX);
		if (!name.n)
			return err_set(err, WEND_E_USAGE, "a name is missing in '--by %s'; give fields with commas between them", by);
		enum wend_err e = filter_subject(&c, name, p, a, err);
		if (e)
			return e;
		const bool words = c.subject == ON_ATTRIBUTE || (c.subject >= 0 && (field_defs[c.subject].type == FT_WORD || field_defs[c.subject].type == FT_TEXT));
		if (!words || (c.subject >= 0 && field_defs[c.subject].personal))
			return err_set(err, WEND_E_USAGE, "customers cannot be cut by '%.*s'; give a field of words such as plan, channel, country, segment or location, or an attribute that was kept", (int)name.n, name.p);
		struct cut *k = &out->v[out->n++];
		*k = (struct cut){ .name = arena_strndup(a, name.p, name.n), .subject = c.subject, .attr = c.attr, .kinds = c.kinds & ~KIND_BIT(KIND_CUSTOMERS), .last = c.scope == SCOPE_LAST };
		k->reported = c.scope == SCOPE_RECORD || !k->kinds;
		if (c.scope == SCOPE_EVENT && k->kinds & KIND_BIT(KIND_SUBSCRIPTIONS) && p->present & KIND_BIT(KIND_SUBSCRIPTIONS))
			k->kinds = KIND_BIT(KIND_SUBSCRIPTIONS); /* what is in force comes before what was first */
		else if (c.scope == SCOPE_EVENT && k->kinds & KIND_BIT(KIND_ORDERS) && p->present & KIND_BIT(KIND_ORDERS))
			k->kinds = KIND_BIT(KIND_ORDERS);
	}
	return WEND_OK;
}

/* What stands in for a field of the customers records that nobody filled. */
static int stand_in(int subject)
{
	return subject == F_ACQ_CHANNEL ? F_CHANNEL : subject == F_ACQ_CAMPAIGN ? F_CAMPAIGN : -1;
}

void cuts_fields(struct fold *f, const struct cuts *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct cut *k = &c->v[i];
		const int other = k->subject < 0 ? -1 : stand_in(k->subject);
		f->kinds |= KIND_BIT(KIND_CUSTOMERS) | k->kinds | (other < 0 ? 0 : KIND_BIT(KIND_ORDERS));
		if (other >= 0)
			fields_add(&f->fields, (enum field)other);
		if (k->subject == ON_ATTRIBUTE)
			f->attrs = true;
		else if (field_defs[k->subject].item)
			f->items = true;
		else
			fields_add(&f->fields, (enum field)k->subject);
		if (k->kinds & KIND_BIT(KIND_SUBSCRIPTIONS))
			fields_add(&f->fields, F_END);
	}
	f->want_at = true;
}

/* ---- the value of one record ---- */

static struct sv shown(const struct journey *j, enum field f, int64_t v)
{
	if (v == WEND_NONE)
		return SV_NONE;
	return field_defs[f].type == FT_WORD ? step_name(j->pop, step_word(j->pop, v)) : rows_text(&j->rows, v);
}

static struct sv of_record(const struct cut *k, const struct journey *j, size_t i)
{
	const struct rows *r = &j->rows;
	if (k->subject == ON_ATTRIBUTE) {
		for (uint32_t a = r->attr_from ? r->attr_from[i] : 0; r->attr_from && a < r->attr_from[i + 1]; a++)
			if (r->attr_name[a] == k->attr && r->attr_value[a] != WEND_NONE)
				return rows_text(r, r->attr_value[a]);
		return SV_NONE;
	}
	if (field_defs[k->subject].item) {
		const int64_t *col = r->item_f[k->subject - F_PRODUCT];
		for (uint32_t a = r->item_from && col ? r->item_from[i] : 0; r->item_from && col && a < r->item_from[i + 1]; a++)
			if (col[a] != WEND_NONE)
				return shown(j, (enum field)k->subject, col[a]);
		return SV_NONE;
	}
	const int64_t *col = r->f[k->subject];
	return col ? shown(j, (enum field)k->subject, col[i]) : SV_NONE;
}

/* ---- the value of a customer ---- */

static struct sv reported(const struct cut *k, const struct journey *j)
{
	struct sv value = SV_NONE;
	for (size_t i = 0; i < j->rows.n; i++)
		if (j->rows.kind[i] == KIND_CUSTOMERS && j->seen[i] != SEEN_AFTER_AS_OF) {
			const struct sv v = of_record(k, j, i);
			value = v.p ? v : value;
		}
	return value;
}

static struct sv in_force(const struct cut *k, const struct journey *j, int64_t at)
{
	const int64_t *end = j->rows.f[F_END];
	struct sv running = SV_NONE, any = SV_NONE;
	for (size_t i = 0; i < j->rows.n; i++) {
		if (j->rows.kind[i] != KIND_SUBSCRIPTIONS || j->seen[i] || (any.p && j->at[i] > at))
			continue;
		const struct sv v = of_record(k, j, i);
		if (!v.p)
			continue;
		any = v;
		if (!end || end[i] == WEND_NONE || wtime_instant(end[i], j->pop->zone) > at)
			running = v;
	}
	return running.p ? running : any;
}

static struct sv at_an_end(const struct cut *k, const struct journey *j)
{
	struct sv last = SV_NONE;
	for (size_t i = 0; i < j->rows.n; i++) {
		if (!(k->kinds & KIND_BIT(j->rows.kind[i])) || j->seen[i])
			continue;
		const struct sv v = of_record(k, j, i);
		if (v.p && !k->last)
			return v;
		last = v.p ? v : last;
	}
	return last;
}

struct sv cut_of(const struct cut *k, const struct journey *j, int64_t at, bool *current)
{
	struct sv v = SV_NONE;
	*current = false;
	if (!k->reported)
		v = k->kinds == KIND_BIT(KIND_SUBSCRIPTIONS) && !k->last ? in_force(k, j, at) : at_an_end(k, j);
	if (!v.p) {
		v = reported(k, j);
		*current = v.p && (k->subject < 0 || stand_in(k->subject) < 0);
	}
	if (!v.p && k->subject >= 0 && stand_in(k->subject) >= 0) {
		const struct cut first = { .subject = stand_in(k->subject), .kinds = KIND_BIT(KIND_ORDERS) };
		v = at_an_end(&first, j);
	}
	return v;
}
