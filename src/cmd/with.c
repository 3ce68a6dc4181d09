/* room: cmd
 * --with: what the store knows of the customers in a table, as further columns.
 *
 * One pass over the records that carry the fields; of several values of one customer the
 * newest record's counts, a customers export before any other kind.
 */
#include "cmd/after.h"

struct wish {
	enum { WISH_FIELD, WISH_KEY, WISH_ATTR } how;
	int field;           /* WISH_FIELD; -1 otherwise */
	enum key_space space;
	struct sv product;   /* WISH_KEY in a product's space */
	int64_t attr;        /* WISH_ATTR: word code */
	const char *name;
	enum col_type type;
};
struct place {
	uint32_t customer;
	size_t row;
};

static int by_customer(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	if (x->customer != y->customer)
		return x->customer < y->customer ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static enum wend_err unknown_field(struct sv name, struct err *err)
{
	struct str all = STR_INIT;
	for (int f = 0; f < F_COUNT; f++)
		if (field_defs[f].kinds & KIND_BIT(KIND_CUSTOMERS))
			str_printf(&all, "%s, ", field_name(KIND_CUSTOMERS, (enum field)f));
	err_set(err, WEND_E_USAGE, "--with: no customer field '%.*s'; there are %sid, id.SPACE and kept columns", (int)name.n, name.p, all.p ? all.p : "");
	str_release(&all);
	return WEND_E_USAGE;
}

static enum wend_err read_wish(struct wish *w, struct sv name, struct run *u, struct err *err)
{
	*w = (struct wish){ .field = -1, .attr = -1, .type = COL_TEXT };
	w->name = arena_strndup(&u->arena, name.p, name.n);
	if (sv_is(name, "id") || sv_starts(name, "id.")) {
		w->how = WISH_KEY;
		w->space = name.n > 3 ? SPACE_PRODUCT : SPACE_HAND;
		w->product = name.n > 3 ? sv_n(w->name + 3, name.n - 3) : SV_NONE;
		return WEND_OK;
	}
	w->field = field_by_name(KIND_CUSTOMERS, name);
	if (w->field >= 0 && (field_defs[w->field].kinds & KIND_BIT(KIND_CUSTOMERS))) {
		w->how = WISH_FIELD;
		w->type = field_defs[w->field].type == FT_TIME ? COL_TIME : COL_TEXT;
		return WEND_OK;
	}
	w->how = WISH_ATTR;
	w->attr = store_word_code(u->store, name);
	return w->attr < 0 ? unknown_field(name, err) : WEND_OK;
}

/* Make room for `n` more columns, all cells empty. */
static size_t widen(struct table *t, const struct wish *w, size_t n)
{
	size_t old = t->ncol, rows = t->nrow;
	struct cell *cell = t->cell;
	t->nrow = 0;
	for (size_t i = 0; i < n; i++)
		table_col(t, arena_strdup(&t->arena, w[i].name), w[i].type, NULL, -1);
	t->nrow = rows;
	t->cell_cap = rows * t->ncol;
	t->cell = xcalloc(t->cell_cap ? t->cell_cap : 1, sizeof *t->cell);
	for (size_t r = 0; r < rows; r++) {
		memcpy(&t->cell[r * t->ncol], &cell[r * old], old * sizeof *cell);
		for (size_t c = old; c < t->ncol; c++)
			t->cell[r * t->ncol + c].state = CELL_EMPTY;
	}
	free(cell);
	return old;
}

static void set_text(struct table *t, struct cell *c, struct sv v)
{
	if (!v.p)
		return;
	c->state = CELL_VALUE;
	c->s = sv_n(arena_strndup(&t->arena, v.p, v.n), v.n);
}

/* The newest value of a wish among one customer's records; false = none. */
static bool newest(struct run *u, const struct wish *w, const struct rows *r, int64_t *number, struct sv *text)
{
	bool any = false, from_customers = false;
	for (size_t i = 0; i < r->n; i++) {
		bool list = r->kind[i] == KIND_CUSTOMERS;
		if (any && from_customers && !list)
			continue;
		if (w->how == WISH_FIELD) {
			if (!list && w->field == F_TIME)
				continue;
			int64_t v = w->field == F_TIME ? r->time[i] : r->f[w->field] ? r->f[w->field][i] : WEND_NONE;
			if (v == WEND_NONE)
				continue;
			*number = v;
			if (field_defs[w->field].type == FT_WORD)
				*text = store_word(u->store, v);
			else if (field_defs[w->field].type == FT_TEXT)
				*text = rows_text(r, v);
			any = true;
			from_customers = list;
			continue;
		}
		for (uint32_t a = r->attr_from[i]; a < r->attr_from[i + 1]; a++)
			if (r->attr_name[a] == w->attr) {
				*text = rows_text(r, r->attr_value[a]);
				any = true;
				from_customers = list;
			}
	}
	return any;
}

static void fill(struct run *u, struct table *t, size_t at, const struct wish *w, size_t n, const struct rows *r, const struct place *p, size_t np)
{
	for (size_t i = 0; i < n; i++) {
		int64_t number = WEND_NONE;
		struct sv text = SV_NONE;
		if (w[i].how == WISH_KEY || !newest(u, &w[i], r, &number, &text))
			continue;
		for (size_t k = 0; k < np; k++) {
			struct cell *c = table_at(t, p[k].row, at + i);
			if (w[i].type == COL_TIME) {
				c->state = CELL_VALUE;
				c->i = number;
			} else {
				set_text(t, c, text);
			}
		}
	}
}

static enum wend_err from_records(struct run *u, struct table *t, size_t at, const struct wish *w, size_t n, const struct place *p, size_t np, struct err *err)
{
	struct cursor_spec spec = { .kinds = 0, .from = INT64_MIN, .to = INT64_MAX, .part = 0, .parts = 1 };
	struct cursor *c = NULL;
	struct rows r;

	for (size_t i = 0; i < n; i++) {
		if (w[i].how == WISH_KEY)
			continue;
		spec.kinds |= w[i].how == WISH_ATTR || w[i].field == F_TIME ? KIND_BIT(KIND_CUSTOMERS) : field_defs[w[i].field].kinds;
		spec.attrs |= w[i].how == WISH_ATTR;
		if (w[i].how == WISH_FIELD)
			fields_add(&spec.fields, (enum field)w[i].field);
	}
	if (!spec.kinds)
		return WEND_OK;
	if (cursor_open(&c, u->store, &spec, err))
		return err->code;
	while (cursor_next(c, &r, err)) {
		size_t lo = 0, hi = np;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;
			if (p[mid].customer < r.customer)
				lo = mid + 1;
			else
				hi = mid;
		}
		for (hi = lo; hi < np && p[hi].customer == r.customer; hi++)
			;
		if (hi > lo)
			fill(u, t, at, w, n, &r, p + lo, hi - lo);
	}
	cursor_close(c);
	return *err->msg ? err->code : WEND_OK;
}

/* Ids, and e-mail and phone where no record spelled them out. */
static enum wend_err from_keys(struct run *u, struct table *t, size_t at, const struct wish *w, size_t n, const struct place *p, size_t np, struct err *err)
{
	struct arena a = ARENA_INIT;
	enum wend_err e = WEND_OK;
	bool any = false;
	for (size_t i = 0; i < n; i++)
		any |= w[i].how == WISH_KEY || w[i].field == F_EMAIL || w[i].field == F_PHONE;
	for (size_t k = 0; any && !e && k < np; k++) {
		struct person_key *key;
		size_t nkey;
		arena_reset(&a);
		e = store_keys(u->store, p[k].customer, &key, &nkey, &a, err);
		for (size_t i = 0; !e && i < n; i++) {
			struct cell *c = table_at(t, p[k].row, at + i);
			for (size_t j = 0; j < nkey && c->state != CELL_VALUE; j++) {
				bool fits = w[i].how == WISH_KEY && key[j].space == w[i].space && (w[i].space != SPACE_PRODUCT || sv_eq(key[j].product, w[i].product));
				fits |= w[i].field == F_EMAIL && key[j].space == SPACE_MAIL;
				fits |= w[i].field == F_PHONE && key[j].space == SPACE_TEL;
				if (fits)
					set_text(t, c, key[j].value);
			}
		}
	}
	arena_release(&a);
	return e;
}

enum wend_err with_fields(struct run *u, struct table *t, const char *fields, struct err *err)
{
	struct wish w[32];
	size_t n = 0, np = 0;
	struct sv rest = sv_of(fields), one;

	int col = t->customer_col ? table_find(t, sv_of(t->customer_col)) : -1;
	if (col < 0)
		return err_set(err, WEND_E_USAGE, "--with: the rows of this report are not customers");
	if (!u->store)
		return err_set(err, WEND_E_USAGE, "--with needs a store to look the customers up in; leave '--from' out");
	if (store_people(u->store, err))
		return err->code;
	while (sv_cut(&rest, ',', &one)) {
		if (n == 32)
			return err_set(err, WEND_E_USAGE, "--with: more than 32 fields");
		if (read_wish(&w[n++], sv_trim(one), u, err))
			return err->code;
	}
	size_t at = widen(t, w, n);
	struct place *p = arena_alloc(&u->arena, (t->nrow + 1) * sizeof *p);
	for (size_t r = 0; r < t->nrow; r++) {
		const struct cell *c = table_at(t, r, (size_t)col);
		if (c->state == CELL_VALUE && c->s.n && store_find(u->store, c->s, &p[np].customer))
			p[np++].row = r;
	}
	qsort(p, np, sizeof *p, by_customer);
	if (from_records(u, t, at, w, n, p, np, err))
		return err->code;
	return from_keys(u, t, at, w, n, p, np, err);
}
