/* All records of the store with pseudonyms for people, as a table that can be given away.
 *
 * Names, addresses, free text and kept columns are left out; ids of records and members of
 * staff get pseudonyms of their own kind, so that a payment still finds its order. Rows
 * come in the order of the pseudonyms: neither the order of ingest nor that of the names
 * shows. Memory is bounded: the customers are cut into portions by pseudonym, each portion
 * is one pass over the store. Guests, who have no pseudonym, come last.
 */
#include "metric_impl.h"
#include "wend/mask.h"

#define PORTION_ROWS 100000

struct pass {
	struct store *store;
	struct masker *m;
	struct cursor_spec spec;
	uint8_t field[F_COUNT];
	size_t nfield;
	uint64_t *order;           /* by customer, ascending as pseudonyms are; 0 = none */
	uint32_t customers;
	uint64_t *cut;             /* portion i is [cut[i], cut[i + 1]) */
	size_t portions, at;
	struct cursor *guests;     /* behind the last portion */
	struct rows rows;
	size_t row;                /* of a customer parted by the end of a piece */
	struct str who, text;
};

enum how { AS_IT_IS, AS_PERSON, AS_RECORD, AS_STAFF, LEFT_OUT };

static enum how treatment(unsigned f)
{
	switch (f) {
	case F_ID: case F_REFUND_OF: case F_CASE: case F_ORDER: case F_INVOICE: case F_SESSION:
		return AS_RECORD;
	case F_AGENT: case F_EMPLOYEE:
		return AS_STAFF;
	case F_REFERRED_BY:
		return AS_PERSON;
	default:
		return field_defs[f].personal || field_defs[f].item || field_defs[f].type == FT_TEXT ? LEFT_OUT : AS_IT_IS;
	}
}

static void list_columns(struct pass *x, struct table *t, uint32_t kinds)
{
	table_col(t, "customer", COL_TEXT, NULL, -1);
	table_col(t, "kind", COL_TEXT, NULL, -1);
	table_col(t, "time", COL_TIME, NULL, -1);
	for (unsigned f = F_ID; f < F_COUNT; f++) {
		enum field_type type = field_defs[f].type;

		if (treatment(f) == LEFT_OUT || !(field_defs[f].kinds & kinds))
			continue;
		x->field[x->nfield++] = (uint8_t)f;
		fields_add(&x->spec.fields, (enum field)f);
		table_col(t, field_defs[f].name, type == FT_TIME ? COL_TIME : type == FT_DEC ? COL_REAL : type == FT_INT ? COL_INT : COL_TEXT, NULL, -1);
	}
	fields_add(&x->spec.fields, F_CURRENCY);
	x->spec.items = kinds & KIND_BIT(KIND_ORDERS);
	if (!x->spec.items)
		return;
	table_col(t, "products", COL_TEXT, NULL, -1);
	table_col(t, "categories", COL_TEXT, NULL, -1);
	table_col(t, "quantities", COL_TEXT, NULL, -1);
}

/* ---- one row ---- */

static void put_money(struct pass *x, struct table *t, size_t i, int64_t v)
{
	int64_t c = x->rows.f[F_CURRENCY][i];
	int exponent = c == WEND_NONE ? 2 : currency_exponent((currency)c);

	str_reset(&x->text);
	str_minor(&x->text, v, exponent < 0 ? 2 : exponent);
	put_text(t, str_view(&x->text));
}

static void put_hidden(struct pass *x, struct table *t, enum how how, struct sv v)
{
	str_reset(&x->text);
	if (how == AS_PERSON)
		masker_key(x->m, v, &x->text);
	else
		masker_text(x->m, how == AS_STAFF ? 's' : 'r', v, &x->text);
	put_text(t, x->text.n ? str_view(&x->text) : SV_NONE);
}

static void put_field(struct pass *x, struct table *t, unsigned f, size_t i)
{
	int64_t v = x->rows.f[f] ? x->rows.f[f][i] : WEND_NONE;
	enum field_type type = field_defs[f].type;
	char letters[4];

	if (v == WEND_NONE) {
		put_empty(t);
	} else if (type == FT_WORD || type == FT_TEXT) {
		struct sv s = type == FT_WORD ? store_word(x->store, v) : rows_text(&x->rows, v);

		if (treatment(f) == AS_IT_IS)
			put_text(t, s);
		else
			put_hidden(x, t, treatment(f), s);
	} else if (type == FT_MONEY) {
		put_money(x, t, i, v);
	} else if (type == FT_DEC) {
		put_real(t, (double)v / 1e6);
	} else if (type == FT_CURRENCY) {
		currency_text(letters, (currency)v);
		put_z(t, letters);
	} else {
		put_int(t, v);
	}
}

static void put_items(struct pass *x, struct table *t, size_t i)
{
	for (int k = 0; k < 3; k++) {
		str_reset(&x->text);
		for (uint32_t j = x->rows.item_from[i]; j < x->rows.item_from[i + 1]; j++) {
			int64_t v = x->rows.item_f[k][j];

			if (j > x->rows.item_from[i])
				str_putc(&x->text, '|');
			if (v != WEND_NONE && k < 2)
				str_sv(&x->text, store_word(x->store, v));
			else if (v != WEND_NONE)
				str_real(&x->text, (double)v / 1e6);
		}
		put_text(t, x->text.n ? str_view(&x->text) : SV_NONE);
	}
}

static void put_row(struct pass *x, struct table *t, size_t i)
{
	put_text(t, str_view(&x->who));
	put_z(t, kind_names[x->rows.kind[i]]);
	put_int(t, x->rows.time[i]);
	for (size_t k = 0; k < x->nfield; k++)
		put_field(x, t, x->field[k], i);
	if (x->spec.items)
		put_items(x, t, i);
}

/* ---- portions ---- */

static uint64_t order_of(const struct str *pseudonym)
{
	uint64_t v = 0;

	for (size_t i = 2; i < 10; i++)
		v = v << 8 | (unsigned char)pseudonym->p[i];
	return v;
}

static int u64_cmp(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* As many portions as rows need, each of as many customers. */
static void cut_portions(struct pass *x, int64_t rows)
{
	uint64_t *sorted = xreallocarray(NULL, x->customers + 1u, sizeof *sorted);
	size_t n = 0;

	x->order = xcalloc(x->customers + 1u, sizeof *x->order);
	for (uint32_t i = 1; i <= x->customers; i++) {
		str_reset(&x->who);
		if (store_is_guest(x->store, i))
			continue;
		masker_person(x->m, i, &x->who);
		if (x->who.n)
			sorted[n++] = x->order[i] = order_of(&x->who);
	}
	if (n > 1)
		qsort(sorted, n, sizeof *sorted, u64_cmp);
	x->portions = n ? (size_t)(rows / PORTION_ROWS) + 1 : 0;
	x->cut = xreallocarray(NULL, x->portions + 1, sizeof *x->cut);
	for (size_t i = 0; i < x->portions; i++)
		x->cut[i] = i ? sorted[n * i / x->portions] : 0;
	x->cut[x->portions] = UINT64_MAX;
	free(sorted);
}

static bool is_named(const struct pass *x, uint32_t customer)
{
	return customer && customer <= x->customers && x->order[customer];
}

static bool failed(struct pass *x, const struct err *err)
{
	if (err->code)
		masker_trouble(x->m, err);
	return err->code != WEND_OK;
}

static void sort_piece(struct table *t)
{
	/* Customer, time, kind; then what tells rows of one moment apart. */
	static const int by[] = { 0, 2, 1, 3, 4 };
	static const bool down[] = { false, false, false, false, false };

	table_sort(t, by, down, t->ncol > 4 ? 5 : 3);
}

static bool next_portion(struct pass *x, struct table *t)
{
	struct err err = ERR_INIT;
	struct cursor *c = NULL;
	uint64_t lo = x->cut[x->at], hi = x->cut[x->at + 1];

	if (cursor_open(&c, x->store, &x->spec, &err))
		return !failed(x, &err);
	while (cursor_next(c, &x->rows, &err)) {
		if (!is_named(x, x->rows.customer) || x->order[x->rows.customer] < lo || x->order[x->rows.customer] >= hi)
			continue;
		str_reset(&x->who);
		masker_person(x->m, x->rows.customer, &x->who);
		for (size_t i = 0; i < x->rows.n; i++)
			put_row(x, t, i);
	}
	cursor_close(c);
	x->at++;
	sort_piece(t);
	return !failed(x, &err);
}

/* Guests and nobody, in pieces of one pass. */
static bool next_guests(struct pass *x, struct table *t)
{
	struct err err = ERR_INIT;
	bool more = true;

	if (!x->guests && cursor_open(&x->guests, x->store, &x->spec, &err)) {
		failed(x, &err);
		return false;
	}
	str_reset(&x->who);
	while (t->nrow < PORTION_ROWS && (x->row < x->rows.n || (more = cursor_next(x->guests, &x->rows, &err)))) {
		if (x->row >= x->rows.n)
			x->row = 0;
		if (is_named(x, x->rows.customer)) {
			x->row = x->rows.n;
			continue;
		}
		while (x->row < x->rows.n && t->nrow < PORTION_ROWS)
			put_row(x, t, x->row++);
	}
	sort_piece(t);
	return !failed(x, &err) && more;
}

static bool more_rows(struct table *t, void *ctx)
{
	struct pass *x = ctx;

	while (x->at < x->portions) {
		if (!next_portion(x, t))
			return false;
		if (x->at == x->portions)
			memset(&x->rows, 0, sizeof x->rows);
		if (t->nrow)
			return true;
	}
	return next_guests(x, t);
}

static void pass_free(void *ctx)
{
	struct pass *x = ctx;

	cursor_close(x->guests);
	masker_free(x->m);
	free(x->order);
	free(x->cut);
	str_release(&x->who);
	str_release(&x->text);
	free(x);
}

enum wend_err metric_mask_store(const struct population *p, struct report *r, struct err *err)
{
	struct pass *x = xcalloc(1, sizeof *x);
	int64_t rows[KIND_COUNT], total = 0;
	uint32_t kinds = 0;
	enum wend_err e = masker_open(&x->m, p->store, err);

	x->store = p->store;
	if (!e)
		e = store_row_counts(p->store, rows, err);
	if (e) {
		pass_free(x);
		return e;
	}
	for (int k = 0; k < KIND_COUNT; k++) {
		total += rows[k];
		kinds |= rows[k] ? KIND_BIT(k) : 0;
	}
	x->spec = (struct cursor_spec){ .kinds = KIND_ALL, .nobody = true, .parts = 1 };
	x->customers = store_people_count(p->store);
	list_columns(x, &r->table, kinds);
	cut_portions(x, total);
	r->zone = p->zone;
	r->table.customer_col = "customer";
	r->table.source = (struct row_source){ more_rows, pass_free, x };
	table_more(&r->table);
	str_puts(&r->finding, "all records, with pseudonyms for people, staff and ids of records; names, e-mails, phones, free text and kept columns are left out.");
	return WEND_OK;
}
