/* Cells to fields. One step a field, resolved once a file; the last value of a column
 * with a value map or a currency is remembered because files repeat themselves. */
#include "build.h"

void fault_set(struct builder *b, const struct sheet_row *row, size_t column, const char *code, const char *hint, const char *fmt, ...)
{
	if (b->bad)
		return;
	b->bad = true;
	b->fault = (struct fault){ .line = row->line, .byte = row->byte, .column = column, .code = code, .hint = hint };
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(b->fault.message, sizeof b->fault.message, fmt, ap);
	va_end(ap);
}

static size_t column_of(const struct step *s)
{
	if (s->from.single >= 0)
		return (size_t)s->from.single + 1;
	for (uint32_t i = 0; i < s->from.n; i++)
		for (uint32_t j = 0; j < s->from.c[i].n; j++)
			if (s->from.c[i].term[j].ncol)
				return s->from.c[i].term[j].col[0] + 1;
	return 0;
}

static const char *name_of(const struct plan_section *s, const struct step *st)
{
	return st->op == STEP_PRICE ? "price" : field_name(s->kind, st->field);
}

/* At most this much of a cell is repeated in a message. */
static int shown(struct sv v)
{
	return v.n > 60 ? 60 : (int)v.n;
}

static struct sv mapped(struct step *st, struct sv v)
{
	if (!v.p)
		return v;
	if (st->last_n && v.n == st->last_n && !memcmp(v.p, st->last, v.n))
		return st->last_to;
	struct sv to = value_lookup(st->m->values, v);
	if (to.p == v.p)
		return v;
	if (v.n <= sizeof st->last) {
		memcpy(st->last, v.p, v.n);
		st->last_n = (uint32_t)v.n;
		st->last_to = to;
	}
	return to;
}

static inline struct sv step_text(struct builder *b, struct step *st, const struct sheet_row *row, bool join)
{
	struct sv v = bexpr_text(&st->from, b->plan, row->f, &b->pool, join);
	return st->m->values ? mapped(st, v) : v;
}

static bool fill_time(struct builder *b, const struct plan_section *s, struct step *st, struct record *r, const struct sheet_row *row)
{
	struct sv v = step_text(b, st, row, false), zone = SV_NONE;
	if (!v.p)
		return true;
	int64_t w = WEND_NONE, off = WEND_NONE;
	if (st->time->mode == ZM_COLUMN)
		zone = bexpr_text(&st->time->zone_from, b->plan, row->f, &b->pool, false);
	switch (time_read(st->time, b->plan, v, zone, &w, &off)) {
	case READ_OK:
		break;
	case READ_AGAIN: case READ_UNDECIDED:
		b->again = true;
		return false;
	case READ_BAD: case READ_EMPTY:
		fault_set(b, row, column_of(st), "date", "write it as 2026-03-07 or 2026-03-07 09:14:02", "'%.*s' is no date in the form of the column '%s'", shown(v), v.p, name_of(s, st));
		return false;
	}
	r->v[st->field] = w;
	if (st->field == F_TIME && off != WEND_NONE)
		r->v[F_OFFSET_S] = off;
	return true;
}

/* One cell or a sum of cells, scaled by 10^exponent. */
static enum read_result number_of(struct builder *b, struct step *st, const struct sheet_row *row, int only, int exponent, int64_t *out, struct sv *text, currency *seen, bool *bare)
{
	*text = SV_NONE;
	if (st->from.single >= 0) {
		*text = plan_cell(b->plan, row->f, (uint32_t)st->from.single);
		if (st->m->values)
			*text = mapped(st, *text);
		if (!text->p)
			return READ_EMPTY;
		return st->op == STEP_SECONDS ? seconds_read(st->num, *text, st->m->unit, out) : num_read(st->num, *text, exponent, out, seen, bare);
	}
	int i = bexpr_pick(&st->from, b->plan, row->f, only);
	if (i < 0)
		return READ_EMPTY;
	const struct bchoice *c = &st->from.c[i];
	int64_t sum = 0;
	bool any = false;
	for (uint32_t k = 0; k < c->n; k++) {
		struct bchoice one = { .term = &c->term[k], .n = 1 };
		struct sv v = bchoice_text(&one, b->plan, row->f, &b->pool, false);
		if (st->m->values)
			v = mapped(st, v);
		int64_t part = 0;
		if (!v.p)
			continue;
		*text = v;
		enum read_result res = st->op == STEP_SECONDS ? seconds_read(st->num, v, st->m->unit, &part) : num_read(st->num, v, exponent, &part, seen, bare);
		if (res)
			return res;
		if (c->term[k].minus ? __builtin_sub_overflow(sum, part, &sum) : __builtin_add_overflow(sum, part, &sum))
			return READ_BAD;
		any = true;
	}
	*out = sum;
	return any ? READ_OK : READ_EMPTY;
}

static void apply_sign(const struct mapping *m, int64_t *v)
{
	if (m->sign == SIGN_NEGATE || (m->sign == SIGN_POSITIVE && *v < 0) || (m->sign == SIGN_NEGATIVE && *v > 0))
		*v = -*v;
}

/* The currency of the record, from its column; symbols in the cells come later. */
static bool fill_currency(struct builder *b, struct plan_section *s, struct record *r, const struct sheet_row *row, int only)
{
	struct step *st = &s->step[s->currency];
	struct sv v = SV_NONE;
	if (st->from.single >= 0) {
		v = plan_cell(b->plan, row->f, (uint32_t)st->from.single);
	} else {
		int i = bexpr_pick(&st->from, b->plan, row->f, only);
		if (i >= 0)
			v = bchoice_text(&st->from.c[i], b->plan, row->f, &b->pool, false);
	}
	if (!v.p)
		return true;
	if (st->last_currency && v.n == st->last_n && (v.n == 3 ? !memcmp(v.p, st->last, 3) : !memcmp(v.p, st->last, v.n))) {
		r->v[F_CURRENCY] = st->last_currency;
		return true;
	}
	struct sv m = st->m->values ? value_lookup(st->m->values, v) : v;
	currency c = currency_of(m);
	if (!c)
		c = currency_symbol(m);
	if (!c) {
		fault_set(b, row, column_of(st), "currency", "write an ISO 4217 code such as EUR", "'%.*s' is no currency", shown(v), v.p);
		return false;
	}
	r->v[F_CURRENCY] = c;
	if (v.n <= sizeof st->last) {
		memcpy(st->last, v.p, v.n);
		st->last_n = (uint32_t)v.n;
		st->last_currency = c;
	}
	return true;
}

/* Amount and currency may each come from several pairs of columns (converted, original):
 * both must come from the same pair. */
static int pair_of(const struct builder *b, const struct plan_section *s, const struct sheet_row *row)
{
	if (s->amount < 0 || s->currency < 0)
		return -1;
	const struct bexpr *a = &s->step[s->amount].from, *c = &s->step[s->currency].from;
	if (a->written < 2 || a->written != c->written)
		return -1;
	int i = bexpr_pick(a, b->plan, row->f, -1);
	return i < 0 ? -1 : (int)a->c[i].index;
}

/* A mark in the cell, then what was given. False: nobody said which currency it is. */
static bool settle_currency(struct builder *b, struct plan_section *s, struct step *st, struct record *r, const struct sheet_row *row, currency seen, bool bare, struct sv text)
{
	if (r->v[F_CURRENCY] != WEND_NONE)
		return true;
	if (!seen && !b->plan->money) {
		if (s->currency >= 0 && !bare) {
			b->smell.no_currency++;
			fault_set(b, row, column_of(&s->step[s->currency]), "currency", "fill the cell, or add --currency CODE", "the currency of '%.*s' is empty", shown(text), text.p);
			return false;
		}
		if (s->kind == KIND_SPEND && s->amount < 0)
			return true; /* a platform's own valuation, in no currency it names */
		fault_set(b, row, column_of(st), "no-currency", bare ? "add --currency USD (or AUD, CAD ...)" : "add --currency CODE", bare ? "a bare '$' in '%.*s' may be several currencies" : "'%.*s' carries no currency", shown(text), text.p);
		return false;
	}
	r->v[F_CURRENCY] = seen ? seen : b->plan->money;
	return true;
}

static bool bad_number(struct builder *b, const struct plan_section *s, struct step *st, const struct sheet_row *row, struct sv text, bool money)
{
	fault_set(b, row, column_of(st), "number", money ? "write it as 1234.56, with no more decimals than the currency has" : "write it as 1234.56", "'%.*s' is no %s for '%s'", shown(text), text.p, money ? "amount" : "number", name_of(s, st));
	return false;
}

/* A reading without a number: an empty cell is no fault, a proof that broke starts the
 * file again. */
static bool no_number(struct builder *b, const struct plan_section *s, struct step *st, const struct sheet_row *row, enum read_result res, struct sv text, bool money)
{
	if (res == READ_EMPTY)
		return true;
	if (res == READ_AGAIN) {
		b->again = true;
		return false;
	}
	return bad_number(b, s, st, row, text, money);
}

static int exponent_of(struct builder *b, currency c)
{
	if (c != b->exponent_of) {
		b->exponent_of = c;
		b->exponent = currency_exponent(c);
	}
	return b->exponent;
}

/* Does the mark in a cell go with the currency that was said? A bare "$" (seen = 0) is any
 * of the dollars and pesos. */
static bool mark_agrees(currency c, currency seen)
{
	static const char dollars[] = "USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP UYU BBD BMD BSD BZD BND FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD BRL ";
	char code[4];
	if (seen)
		return seen == c;
	currency_text(code, c);
	return strstr(dollars, code) != NULL;
}

static bool fill_money(struct builder *b, struct plan_section *s, struct step *st, struct record *r, const struct sheet_row *row, int only, bool first)
{
	int64_t v = 0;
	struct sv text;
	currency seen = 0;
	bool bare = false;
	int pair = only >= 0 && st->from.written > 1 && st->from.written == s->step[s->amount].from.written ? only : -1;
	int exponent = r->v[F_CURRENCY] == WEND_NONE ? -1 : exponent_of(b, (currency)r->v[F_CURRENCY]);
	enum read_result res;
	if (exponent < 0) {
		/* Read once for the mark in the cell, then with the exponent of its currency. */
		res = number_of(b, st, row, pair, 6, &v, &text, &seen, &bare);
		if (res)
			return no_number(b, s, st, row, res, text, true);
		if (!settle_currency(b, s, st, r, row, seen, bare, text))
			return false;
		exponent = r->v[F_CURRENCY] == WEND_NONE ? 2 : currency_exponent((currency)r->v[F_CURRENCY]);
	}
	if (st->m->unit == UNIT_MINOR)
		exponent = 0;
	res = number_of(b, st, row, pair, exponent, &v, &text, &seen, &bare);
	if (res)
		return no_number(b, s, st, row, res, text, true);
	if ((seen || bare) && r->v[F_CURRENCY] != WEND_NONE && !mark_agrees((currency)r->v[F_CURRENCY], seen)) {
		char code[4];
		currency_text(code, (currency)r->v[F_CURRENCY]);
		fault_set(b, row, column_of(st), "currency", "correct the mark or the currency", "'%.*s' is not in %s", shown(text), text.p, code);
		return false;
	}
	apply_sign(st->m, &v);
	if (first || r->v[st->field] == WEND_NONE) {
		r->v[st->field] = v;
	} else if (b->plan->sum_lines) {
		if (__builtin_add_overflow(r->v[st->field], v, &r->v[st->field]))
			return bad_number(b, s, st, row, text, true);
	} else if (r->v[st->field] != v && st->field == F_AMOUNT) {
		fault_set(b, row, column_of(st), "two-amounts", "one record has one amount; correct the rows, or map the lines' amounts to item_amount", "'%.*s' differs from the amount in another row of the same record", shown(text), text.p);
		return false;
	}
	return true;
}

static bool fill_number(struct builder *b, const struct plan_section *s, struct step *st, struct record *r, const struct sheet_row *row)
{
	int64_t v = 0;
	struct sv text;
	enum read_result res = number_of(b, st, row, -1, st->op == STEP_DEC ? 6 : 0, &v, &text, NULL, NULL);
	if (res)
		return no_number(b, s, st, row, res, text, false);
	apply_sign(st->m, &v);
	r->v[st->field] = v;
	return true;
}

static struct sv mail_of(struct builder *b, struct sv v)
{
	struct sv key = mail_key(&b->pool, v);
	return key.p == v.p ? stay(b, key) : key;
}

/* Rows of one order that name two people would make one person of them. */
static bool two_customers(struct builder *b, const struct plan_section *s, struct step *st, const struct record *r, const struct sheet_row *row, const struct person_key *k)
{
	if (!b->plan->preset->by_hand || s->kind != KIND_ORDERS || k->space == SPACE_VISITOR)
		return false;
	for (int i = 0; i < r->nkeys; i++)
		if (r->key[i].space == k->space && sv_eq(r->key[i].product, k->product)) {
			fault_set(b, row, column_of(st), "two-customers", "one order has one customer; correct the rows", "'%.*s' is another customer than in another row of the same record", shown(k->value), k->value.p);
			return true;
		}
	return false;
}

bool key_fill(struct builder *b, const struct plan_section *s, struct step *st, struct record *r, const struct sheet_row *row, bool first)
{
	struct sv v = step_text(b, st, row, false);
	if (!v.p || r->nkeys == REC_KEYS_MAX)
		return true;
	struct person_key *k = &r->key[r->nkeys];
	k->space = st->m->space;
	k->product = SV_NONE;
	k->value = SV_NONE;
	switch (st->m->space) {
	case SPACE_MAIL:
		k->value = mail_of(b, v);
		b->smell.odd_mail += !k->value.p;
		break;
	case SPACE_TEL:
		k->value = phone_key(&b->pool, v, b->plan->country, st->m->international);
		b->smell.odd_phone += !k->value.p;
		break;
	case SPACE_HAND:
		/* An address stays an address, whichever column it was taken from: otherwise two
		 * exports about the same people would not meet. */
		k->value = mail_of(b, v);
		if (k->value.p && !b->plan->id_space.n) {
			k->space = SPACE_MAIL;
			break;
		}
		if (b->plan->preset->our_ids && b->plan->id_space.n) {
			k->space = SPACE_PRODUCT;
			k->product = b->plan->id_space;
		}
		k->value = stay(b, v);
		break;
	case SPACE_PRODUCT: case SPACE_VISITOR:
		k->product = st->space;
		k->value = stay(b, v);
		break;
	case SPACE_GUEST:
		break;
	}
	if (!k->value.p)
		return true;
	for (int i = 0; i < r->nkeys; i++)
		if (r->key[i].space == k->space && sv_eq(r->key[i].value, k->value) && sv_eq(r->key[i].product, k->product))
			return true;
	if (!first && two_customers(b, s, st, r, row, k))
		return false;
	r->nkeys++;
	return true;
}

static void fill_attr(struct builder *b, struct step *st, struct record *r, const struct sheet_row *row, bool first)
{
	struct sv v = step_text(b, st, row, true);
	if (!v.p)
		return;
	size_t from = b->from_attr[r - b->rec];
	for (size_t i = from; !first && i < b->nattr; i++)
		if (sv_eq(b->attr[i].name, st->space))
			return; /* the first row of a record that has it counts */
	GROW(b->attr, b->attr_cap, b->nattr + 1);
	b->attr[b->nattr++] = (struct attr){ .name = st->space, .value = stay(b, v) };
}

bool line_fill(struct builder *b, struct plan_section *s, struct record *r, const struct sheet_row *row, bool first)
{
	int only = pair_of(b, s, row);
	bool had_currency = !first && r->v[F_CURRENCY] != WEND_NONE;
	if (s->currency >= 0 && !had_currency) {
		if (first)
			r->v[F_CURRENCY] = WEND_NONE;
		if (!fill_currency(b, s, r, row, only))
			return false;
	} else if (first) {
		r->v[F_CURRENCY] = WEND_NONE;
	}
	for (uint32_t i = 0; i < s->nstep; i++) {
		struct step *st = &s->step[i];
		enum field f = st->field;
		struct sv v;
		bool ok = true;
		switch (st->op) {
		case STEP_TEXT:
			if (field_defs[f].item || (!first && r->s[f].p))
				break;
			v = step_text(b, st, row, true);
			r->s[f] = stay(b, v);
			break;
		case STEP_TIME:
			if (first) {
				r->v[f] = WEND_NONE;
				if (f == F_TIME)
					r->v[F_OFFSET_S] = WEND_NONE;
			}
			if (first || r->v[f] == WEND_NONE)
				ok = fill_time(b, s, st, r, row);
			break;
		case STEP_MONEY:
			if (field_defs[f].item)
				break;
			if (first)
				r->v[f] = WEND_NONE;
			ok = fill_money(b, s, st, r, row, only, first);
			break;
		case STEP_INT: case STEP_SECONDS: case STEP_DEC:
			if (field_defs[f].item)
				break;
			if (first)
				r->v[f] = WEND_NONE;
			if (first || r->v[f] == WEND_NONE)
				ok = fill_number(b, s, st, r, row);
			break;
		case STEP_KEY:
			if (i == 0 || first || r->nkeys < REC_KEYS_MAX)
				ok = key_fill(b, s, st, r, row, first);
			break;
		case STEP_KEEP:
			fill_attr(b, st, r, row, first);
			break;
		case STEP_CURRENCY: case STEP_PRICE: case STEP_LIST:
			break;
		}
		if (!ok)
			return false;
	}
	return !s->items || item_line(b, s, r, row, only);
}

/* ---- when all lines are there ---- */

/* Words other products use for the five states of a payment. */
static const struct { const char *from, *to; } payment_words[] = {
	{ "paid", "paid" }, { "succeeded", "paid" }, { "success", "paid" }, { "completed", "paid" }, { "complete", "paid" },
	{ "captured", "paid" }, { "settled", "paid" }, { "failed", "failed" }, { "declined", "failed" }, { "error", "failed" },
	{ "cancelled", "failed" }, { "canceled", "failed" }, { "refunded", "refunded" }, { "refund", "refunded" },
	{ "disputed", "disputed" }, { "chargeback", "disputed" }, { "pending", "pending" }, { "processing", "pending" },
	{ "authorized", "pending" }, { "open", "pending" },
};

static void set_number(struct record *r, enum field f, int64_t v)
{
	r->v[f] = v;
	r->never[f >> 6] &= ~(1ull << (f & 63));
}

static bool payment_status(struct builder *b, struct plan_section *s, struct record *r, const struct sheet_row *row)
{
	struct sv v = r->s[F_STATUS];
	for (size_t i = 0; i < sizeof payment_words / sizeof payment_words[0]; i++)
		if (sv_ieq(v, sv_of(payment_words[i].from))) {
			r->s[F_STATUS] = sv_of(payment_words[i].to);
			const char *to = payment_words[i].to;
			if (!s->s->has_counted && (to[0] == 'f' || !strcmp(to, "pending")))
				set_number(r, F_COUNTED, 0);
			return true;
		}
	fault_set(b, row, 0, "status", "states of a payment are paid, failed, refunded, disputed, pending", "'%.*s' is no state of a payment", shown(v), v.p);
	return false;
}

/* Tell the store which fields it need not look at. */
static void tell_never(const struct plan_section *s, struct record *r)
{
	uint64_t there[2] = { 0 };
	for (uint32_t i = 0; i < s->nnumber; i++) {
		unsigned f = s->number[i];
		there[f >> 6] |= (uint64_t)(r->v[f] != WEND_NONE) << (f & 63);
	}
	for (uint32_t i = 0; i < s->ntext; i++) {
		unsigned f = s->text[i];
		there[f >> 6] |= (uint64_t)(r->s[f].p != NULL) << (f & 63);
	}
	r->never[0] = ~there[0];
	r->never[1] = ~there[1];
}

static bool required_missing(struct builder *b, struct plan_section *s, const struct record *r, const struct sheet_row *row)
{
	for (uint32_t i = 0; i < s->nrequired; i++) {
		const struct step *st = &s->step[s->required[i]];
		if (r->never[st->field >> 6] >> (st->field & 63) & 1) {
			fault_set(b, row, column_of(st), "missing", "fill the cell", "'%s' is empty", name_of(s, st));
			break;
		}
	}
	return false;
}

bool record_finish(struct builder *b, struct plan_section *s, struct record *r, const struct sheet_row *row)
{
	if (s->items)
		items_share(b, s, r, b->from_item[r - b->rec]);
	if (s->key_is_id)
		r->s[F_ID] = key_as_id(r);
	tell_never(s, r);
	if ((s->must[0] & r->never[0]) | (s->must[1] & r->never[1]))
		return required_missing(b, s, r, row);
	if (s->kind == KIND_ORDERS && r->v[F_AMOUNT] == WEND_NONE) {
		fault_set(b, row, 0, "missing", "fill the amount of the order or of its lines", "the order has no amount");
		return false;
	}
	if (s->kind == KIND_CUSTOMERS && !r->nkeys) {
		fault_set(b, row, 0, "missing", "fill the column of the customer", "the row names no customer");
		return false;
	}
	if (s->kind == KIND_SPEND && r->v[F_AMOUNT] == WEND_NONE && r->v[F_HOURS] == WEND_NONE && r->v[F_SESSIONS] == WEND_NONE
			&& r->v[F_IMPRESSIONS] == WEND_NONE && r->v[F_CLICKS] == WEND_NONE) {
		fault_set(b, row, 0, "missing", "fill amount, hours or sessions", "the row says nothing that was spent or seen");
		return false;
	}
	/* A cancel stamp dates money that went back, and nothing else. */
	if (r->v[F_REFUND_TIME] != WEND_NONE && (r->v[F_REFUNDED] == WEND_NONE || r->v[F_REFUNDED] == 0))
		r->v[F_REFUND_TIME] = WEND_NONE;
	if (s->kind == KIND_PAYMENTS)
		return payment_status(b, s, r, row);
	return true;
}
