/* One customer's journey, line by line, and finding the customer.
 *
 * The lines are the records the reports count: winning versions only, all numbers of the
 * customer together, in order of time, ties in file order. Each names the file and line
 * it came from.
 */
#include "wend/metric.h"

/* Fields that say what a record is, by kind; the first that is filled is shown. */
static const uint8_t about[KIND_COUNT][4] = {
	[KIND_CUSTOMERS] = { F_SEGMENT, F_ACQ_CHANNEL, F_COUNTRY },
	[KIND_ORDERS] = { F_CHANNEL, F_LOCATION, F_PROMOTION },
	[KIND_INTERACTIONS] = { F_TOUCHPOINT, F_TOPIC, F_CHANNEL },
	[KIND_FEEDBACK] = { F_TOUCHPOINT, F_MOOD, F_SCALE },
	[KIND_PAYMENTS] = { F_STATUS, F_CHANNEL },
	[KIND_SPEND] = { F_CHANNEL },
	[KIND_INVOICES] = { F_STATUS },
	[KIND_SUBSCRIPTIONS] = { F_PLAN, F_STATUS },
};

static void value_text(struct str *out, const struct population *p, const struct rows *r, unsigned f, size_t i)
{
	int64_t v = r->f[f] ? r->f[f][i] : WEND_NONE;

	if (v == WEND_NONE)
		return;
	if (field_defs[f].type == FT_WORD)
		str_sv(out, store_word(p->store, v));
	else if (field_defs[f].type == FT_TEXT)
		str_sv(out, rows_text(r, v));
}

static void what_text(struct str *out, const struct population *p, const struct rows *r, size_t i)
{
	enum kind k = (enum kind)r->kind[i];
	struct sv refund = r->f[F_REFUND_OF] ? rows_text(r, r->f[F_REFUND_OF][i]) : SV_NONE;

	if (refund.n)
		str_printf(out, "refund of %.*s", (int)refund.n, refund.p);
	for (size_t f = 0; f < 4 && !out->n && about[k][f]; f++)
		value_text(out, p, r, about[k][f], i);
	if (k == KIND_FEEDBACK && r->f[F_SCORE][i] != WEND_NONE) {
		str_puts(out, out->n ? ", score " : "score ");
		str_real(out, (double)r->f[F_SCORE][i] / 1e6);
	}
	if (k == KIND_INTERACTIONS && r->f[F_OUTCOME][i] != WEND_NONE) {
		str_puts(out, out->n ? ", " : "");
		value_text(out, p, r, F_OUTCOME, i);
	}
}

static void want_fields(struct cursor_spec *spec)
{
	static const uint8_t more[] = { F_ID, F_AMOUNT, F_CURRENCY, F_MRR, F_STATUS, F_REFUND_OF, F_SCORE, F_OUTCOME, F_NAME, F_EMAIL, F_PHONE };

	for (int k = 0; k < KIND_COUNT; k++)
		for (size_t f = 0; f < 4 && about[k][f]; f++)
			fields_add(&spec->fields, (enum field)about[k][f]);
	for (size_t i = 0; i < sizeof more; i++)
		fields_add(&spec->fields, (enum field)more[i]);
}

static int64_t amount_of(const struct rows *r, size_t i)
{
	return r->kind[i] == KIND_SUBSCRIPTIONS && r->f[F_AMOUNT][i] == WEND_NONE ? r->f[F_MRR][i] : r->f[F_AMOUNT][i];
}

/* The one currency of all amounts; 0 = several or none. */
static currency only_currency(const struct rows *r)
{
	int64_t c = WEND_NONE;

	for (size_t i = 0; i < r->n; i++) {
		if (amount_of(r, i) == WEND_NONE)
			continue;
		if (c != WEND_NONE && c != r->f[F_CURRENCY][i])
			return 0;
		c = r->f[F_CURRENCY][i];
	}
	return c == WEND_NONE ? 0 : (currency)c;
}

static void put_amount(struct table *t, const struct rows *r, size_t i, currency only)
{
	int64_t v = amount_of(r, i), c = r->f[F_CURRENCY][i];
	int exponent = c == WEND_NONE ? 2 : currency_exponent((currency)c);
	struct str text = STR_INIT;

	if (v == WEND_NONE) {
		put_empty(t);
	} else if (only) {
		put_int(t, v);
	} else {
		str_minor(&text, v, exponent < 0 ? 2 : exponent);
		put_text(t, str_view(&text));
	}
	str_release(&text);
}

static void put_line(const struct population *p, struct table *t, const struct rows *r, size_t i, currency only)
{
	struct str what = STR_INIT;
	char letters[4] = "";

	put_int(t, r->time[i]);
	put_z(t, kind_names[r->kind[i]]);
	what_text(&what, p, r, i);
	put_text(t, str_view(&what));
	put_amount(t, r, i, only);
	if (r->f[F_CURRENCY][i] != WEND_NONE && amount_of(r, i) != WEND_NONE)
		currency_text(letters, (currency)r->f[F_CURRENCY][i]);
	put_z(t, letters);
	put_text(t, store_word(p->store, r->f[F_STATUS][i]));
	put_text(t, rows_text(r, r->f[F_ID][i]));
	put_text(t, store_batch_file(p->store, r->batch[i], &t->arena));
	put_int(t, r->line[i]);
	str_release(&what);
}

static void put_keys(struct str *out, const struct person_key *k, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		str_puts(out, i ? ", " : "");
		if (k[i].product.n)
			str_printf(out, "%.*s:", (int)k[i].product.n, k[i].product.p);
		str_sv(out, k[i].value);
	}
}

/* What somebody said by hand of the customer's keys, with the batch to undo. */
static enum wend_err say_corrections(const struct population *p, uint32_t who, struct report *r, struct err *err)
{
	struct correction *c;
	size_t n;
	enum wend_err e = store_corrections(p->store, who, &c, &n, &r->arena, err);

	for (size_t i = 0; i < n && !e; i++) {
		if (c[i].part)
			str_printf(&r->finding, " By hand: '%.*s' joins nothing (batch %lld).", (int)c[i].a.n, c[i].a.p, (long long)c[i].batch);
		else
			str_printf(&r->finding, " By hand: '%.*s' and '%.*s' are one person (batch %lld).", (int)c[i].a.n, c[i].a.p, (int)c[i].b.n, c[i].b.p, (long long)c[i].batch);
	}
	return e;
}

static enum wend_err say_who(const struct population *p, uint32_t who, const struct rows *rows, struct report *r, struct err *err)
{
	struct sv printed = store_customer(p->store, who);
	struct person_key *k;
	size_t n;
	enum wend_err e = store_keys(p->store, who, &k, &n, &r->arena, err);

	if (e)
		return e;
	str_printf(&r->finding, "%.*s has %zu %s", (int)printed.n, printed.p, rows->n, rows->n == 1 ? "record" : "records");
	if (rows->n && rows->time[rows->n - 1] != WEND_NONE) {
		struct zone_cache zc = ZONE_CACHE(p->zone);
		size_t first = 0;

		while (rows->time[first] == WEND_NONE)
			first++;
		str_puts(&r->finding, " from ");
		day_text(&r->finding, wtime_day(rows->time[first], &zc));
		str_puts(&r->finding, " to ");
		day_text(&r->finding, wtime_day(rows->time[rows->n - 1], &zc));
	}
	if (n > 1) {
		str_puts(&r->finding, "; known as ");
		put_keys(&r->finding, k, n);
	}
	str_putc(&r->finding, '.');
	return say_corrections(p, who, r, err);
}

enum wend_err metric_customer_log(const struct population *p, const char *key, struct report *r, struct err *err)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .batches = true, .lines = true, .parts = 1 };
	struct cursor *c = NULL;
	struct rows rows = { 0 };
	struct table *t = &r->table;
	currency only;
	bool any;
	struct err inner = ERR_INIT;
	enum wend_err e = store_people(p->store, err);

	if (e)
		return e;
	if (!store_find(p->store, sv_of(key), &spec.only))
		return err_set(err, WEND_E_USAGE, "no customer '%s'; look for a part of a name or key with 'wend customer find'", key);
	want_fields(&spec);
	e = cursor_open(&c, p->store, &spec, err);
	if (e)
		return e;
	any = cursor_next(c, &rows, &inner);
	only = any ? only_currency(&rows) : 0;
	r->zone = p->zone;
	table_col(t, "time", COL_TIME, NULL, 0);
	table_col(t, "kind", COL_TEXT, NULL, 0);
	table_col(t, "what", COL_TEXT, NULL, 0);
	if (only)
		table_col_money(t, "amount", only);
	else
		table_col(t, "amount", COL_TEXT, NULL, 0);
	table_col(t, "currency", COL_TEXT, NULL, 0);
	table_col(t, "status", COL_TEXT, NULL, 0);
	table_col(t, "id", COL_TEXT, NULL, 0);
	table_col(t, "file", COL_TEXT, NULL, 0);
	table_col(t, "line", COL_INT, NULL, 0);
	for (size_t i = 0; i < rows.n; i++)
		put_line(p, t, &rows, i, only);
	e = inner.code ? err_set(err, inner.code, "%s", inner.msg) : say_who(p, spec.only, &rows, r, err);
	cursor_close(c);
	return e;
}

/* ---- finding ---- */

struct hunt {
	const struct population *p;
	struct sv needle;      /* folded */
	struct str fold;
};

static bool holds(struct hunt *h, struct sv v)
{
	if (!v.n)
		return false;
	str_reset(&h->fold);
	utf8_fold(&h->fold, v);
	return sv_find(str_view(&h->fold), h->needle) >= 0;
}

static struct sv newest(const struct rows *r, enum field f)
{
	for (size_t i = r->n; i-- > 0;)
		if (r->f[f][i] != WEND_NONE)
			return rows_text(r, r->f[f][i]);
	return SV_NONE;
}

static bool key_holds(struct hunt *h, uint32_t who, struct err *err)
{
	struct arena a = ARENA_INIT;
	struct person_key *k;
	size_t n = 0;
	bool found = false;

	if (!store_keys(h->p->store, who, &k, &n, &a, err))
		for (size_t i = 0; i < n && !found; i++)
			found = k[i].space != SPACE_GUEST && holds(h, k[i].value);
	arena_release(&a);
	return found;
}

enum wend_err metric_customer_find(const struct population *p, const char *text, struct report *r, struct err *err)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .parts = 1 };
	struct hunt h = { .p = p };
	struct str needle = STR_INIT;
	struct cursor *c = NULL;
	struct rows rows;
	struct table *t = &r->table;
	struct err inner = ERR_INIT;
	uint32_t exact = 0;
	enum wend_err e = store_people(p->store, err);

	if (e)
		return e;
	utf8_fold(&needle, sv_trim(sv_of(text)));
	h.needle = str_view(&needle);
	store_find(p->store, sv_of(text), &exact);
	want_fields(&spec);
	r->zone = p->zone;
	t->customer_col = "customer";
	table_col(t, "customer", COL_TEXT, NULL, 0);
	table_col(t, "name", COL_TEXT, NULL, 0);
	table_col(t, "email", COL_TEXT, NULL, 0);
	table_col(t, "phone", COL_TEXT, NULL, 0);
	table_col(t, "records", COL_INT, NULL, 0);
	table_col(t, "first", COL_TIME, NULL, 0);
	table_col(t, "last", COL_TIME, NULL, 0);
	e = cursor_open(&c, p->store, &spec, err);
	while (!e && cursor_next(c, &rows, &inner)) {
		struct sv name = newest(&rows, F_NAME), mail = newest(&rows, F_EMAIL), phone = newest(&rows, F_PHONE);
		size_t first = 0;

		if (rows.customer != exact && !holds(&h, name) && !holds(&h, mail) && !holds(&h, phone) && !key_holds(&h, rows.customer, &inner))
			continue;
		while (first + 1 < rows.n && rows.time[first] == WEND_NONE)
			first++;
		put_text(t, store_customer(p->store, rows.customer));
		put_text(t, name);
		put_text(t, mail);
		put_text(t, phone);
		put_int(t, (int64_t)rows.n);
		put_int(t, rows.time[first]);
		put_int(t, rows.time[rows.n - 1]);
	}
	if (!e && inner.code)
		e = err_set(err, inner.code, "%s", inner.msg);
	if (!e) {
		const int by = 0;
		const bool down = false;

		table_sort(t, &by, &down, 1);
		str_printf(&r->finding, "%zu %s '%s' in a name or key.", t->nrow, t->nrow == 1 ? "customer has" : "customers have", text);
		if (t->nrow)
			line_add(&r->next, "wend customer show CUSTOMER");
	}
	cursor_close(c);
	str_release(&needle);
	str_release(&h.fold);
	return e;
}
