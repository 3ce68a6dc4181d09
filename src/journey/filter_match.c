/* --where, applied: does this record, does this customer hold the conditions. */
#include "filter_impl.h"

static int cmp_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Several values mean "any of them"; != means "none of them". */
static bool any_value(const struct cond *c, bool (*eq)(const struct cond *, const struct filter_value *, const void *), const void *x)
{
	bool any = false;
	for (size_t i = 0; i < c->n && !any; i++)
		any = eq(c, &c->v[i], x);
	return any != (c->op == OP_NE);
}

static enum filter_op plain(enum filter_op op)
{
	return op == OP_NE ? OP_EQ : op;
}

static bool text_is(const struct cond *c, const struct filter_value *v, const void *x)
{
	const struct sv *t = x;
	if (plain(c->op) == OP_EQ)
		return sv_eq(*t, v->text);
	double own;
	if (v->number && sv_real(*t, &own))
		return op_holds(c->op, (own > v->real) - (own < v->real));
	return op_holds(c->op, sv_natcmp(*t, v->text));
}

static bool time_is(const struct cond *c, const struct filter_value *v, const void *x)
{
	const int64_t local = *(const int64_t *)x;
	switch (plain(c->op)) {
	case OP_EQ: return local >= v->from && local < v->to;
	case OP_LT: return local < v->from;
	case OP_LE: return local < v->to;
	case OP_GT: return local >= v->to;
	default: return local >= v->from;
	}
}

struct number {
	enum field_type type;
	int64_t value;
	int exponent;
};

static bool number_is(const struct cond *c, const struct filter_value *v, const void *x)
{
	const struct number *n = x;
	if (n->type == FT_DEC)
		return op_holds(plain(c->op), cmp_i64(n->value, v->scaled));
	double limit = v->real;
	for (int i = 0; i < n->exponent; i++)
		limit *= 10;
	const int64_t whole = (int64_t)(limit + (limit < 0 ? -0.5 : 0.5));
	const double off = limit - (double)whole;
	if (off < 1e-6 && off > -1e-6) /* 10.55 EUR is 1055 cents, not 1055.0000000000002 */
		return op_holds(plain(c->op), cmp_i64(n->value, whole));
	return op_holds(plain(c->op), ((double)n->value > limit) - ((double)n->value < limit));
}

static bool code_is(const struct cond *c, const struct filter_value *v, const void *x)
{
	return op_holds(plain(c->op), cmp_i64(*(const int64_t *)x, v->from));
}

/* A field's value against the condition; the value is there. */
static bool value_holds(const struct cond *c, const struct rows *r, size_t i, enum field f, int64_t value)
{
	if (!c->n)
		return c->op == OP_NE;
	switch (field_defs[f].type) {
	case FT_WORD:
		return value >= 0 && value < c->nwords && c->words[value];
	case FT_TEXT: {
		const struct sv t = rows_text(r, value);
		return any_value(c, text_is, &t);
	}
	case FT_TIME: {
		int64_t local = wtime_secs(value);
		if (!wtime_is_day(value))
			local += zone_offset(c->zone, local, NULL, NULL);
		return any_value(c, time_is, &local);
	}
	case FT_CURRENCY:
		return any_value(c, code_is, &value);
	default: {
		struct number n = { field_defs[f].type, value, 0 };
		if (n.type == FT_MONEY && r->f[F_CURRENCY] && r->f[F_CURRENCY][i] != WEND_NONE)
			n.exponent = currency_exponent((currency)r->f[F_CURRENCY][i]);
		if (n.type == FT_MONEY && n.exponent <= 0 && !(r->f[F_CURRENCY] && r->f[F_CURRENCY][i] > 0))
			n.exponent = 2;
		return any_value(c, number_is, &n);
	}
	}
}

static bool missing_holds(const struct cond *c)
{
	return c->n ? c->op == OP_NE : c->op == OP_EQ;
}

static bool attribute_holds(const struct cond *c, const struct rows *r, size_t i, bool *there)
{
	for (uint32_t k = r->attr_from ? r->attr_from[i] : 0; r->attr_from && k < r->attr_from[i + 1]; k++)
		if (r->attr_name[k] == c->attr && r->attr_value[k] != WEND_NONE) {
			const struct sv t = rows_text(r, r->attr_value[k]);
			*there = true;
			return c->n ? any_value(c, text_is, &t) : c->op == OP_NE;
		}
	*there = false;
	return false;
}

static bool item_holds(const struct cond *c, const struct rows *r, size_t i, bool *there)
{
	const int64_t *col = r->item_f[c->subject - F_PRODUCT];
	bool any = false;
	*there = false;
	for (uint32_t k = r->item_from && col ? r->item_from[i] : 0; r->item_from && col && k < r->item_from[i + 1]; k++)
		if (col[k] != WEND_NONE) {
			*there = true;
			if (value_holds(c, r, i, (enum field)c->subject, col[k]) == (c->op != OP_NE))
				any = true;
		}
	return c->op == OP_NE ? !any : any;
}

/* Does record i hold the condition; *there = it has a value at all. */
static bool record_holds(const struct cond *c, const struct rows *r, size_t i, bool *there)
{
	if (c->subject == ON_ATTRIBUTE)
		return attribute_holds(c, r, i, there);
	if (c->subject == ON_KIND) {
		const int64_t kind = r->kind[i];
		*there = true;
		return c->n ? any_value(c, code_is, &kind) : c->op == OP_NE;
	}
	if (field_defs[c->subject].item)
		return item_holds(c, r, i, there);
	const int64_t *col = c->subject == F_TIME ? r->time : r->f[c->subject];
	*there = col && c->kinds & KIND_BIT(r->kind[i]) && col[i] != WEND_NONE;
	return *there && value_holds(c, r, i, (enum field)c->subject, col[i]);
}

bool filter_event(const struct filter *f, const struct rows *r, size_t i)
{
	for (size_t k = 0; f && k < f->n; k++) {
		bool there;
		const bool holds = record_holds(&f->c[k], r, i, &there);
		if (!(there ? holds : missing_holds(&f->c[k])))
			return false;
	}
	return true;
}

static bool customer_holds(const struct cond *c, const struct rows *r, const uint8_t *seen)
{
	bool found = false, holds = false;
	if (c->subject == ON_CUSTOMER) {
		const int64_t number = r->customer;
		return c->n ? any_value(c, code_is, &number) : r->guest == (c->op == OP_EQ);
	}
	for (size_t i = 0; i < r->n; i++) {
		bool there;
		if (!(c->kinds & KIND_BIT(r->kind[i])) || (seen && seen[i] == SEEN_AFTER_AS_OF))
			continue;
		const bool now = record_holds(c, r, i, &there);
		if (!there)
			continue;
		if (c->scope == SCOPE_ANY && now)
			return true;
		if (c->scope == SCOPE_FIRST)
			return now;
		found = true;
		holds = now;
	}
	if (!found)
		return missing_holds(c);
	return c->scope != SCOPE_ANY && holds;
}

bool filter_customer(const struct filter *f, const struct rows *r, const uint8_t *seen)
{
	for (size_t k = 0; f && k < f->n; k++)
		if (!customer_holds(&f->c[k], r, seen))
			return false;
	return true;
}
