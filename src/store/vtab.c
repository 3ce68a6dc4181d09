/* Virtual tables over the cursor.
 *
 *   event     one row a record: kind, customer, then the fields under their own names
 *   item      one row a line item of an order
 *   customer  one row a customer: keys, number of records, first and last, and the fields
 *             of its newest record of kind `customers`
 *
 * Only columns a query uses are unpacked. Equality on `customer` and `kind` is passed down
 * to the cursor; everything else is SQLite's.
 */
#include "vtab.h"

#include "cursor.h"

const char *const vtab_names[VTAB_COUNT] = { "event", "item", "customer" };

/* Columns that are not fields. */
enum { V_KIND = F_COUNT, V_CUSTOMER, V_BATCH, V_FILE, V_LINE, V_TIME_S, V_MINOR, V_ATTRIBUTES, V_GUEST, V_KEYS, V_RECORDS, V_FIRST, V_LAST, V_LIMIT };
static const char *const extra_names[V_LIMIT - F_COUNT] = { "kind", "customer", "batch", "file", "line", "time_s", "_minor", "attributes", "guest", "keys", "records", "first", "last" };

#define COLS_MAX 96
struct vcol {
	uint8_t id;      /* enum field or V_ */
	uint8_t of;      /* V_MINOR: the money field */
	char name[24];
};
struct vtable {
	sqlite3_vtab base;
	struct store *store;
	struct err *err;
	int table;
	struct vcol col[COLS_MAX];
	int ncol;
};
struct vcursor {
	sqlite3_vtab_cursor base;
	struct cursor *cursor;
	struct rows rows;
	const struct zone *zone;
	size_t at;           /* record */
	uint32_t item;
	size_t about;        /* customer: its newest record of kind customers; SIZE_MAX = none */
	int64_t rowid;
	bool eof;
	struct str text;
};

static void add_col(struct vtable *t, unsigned id, unsigned of, const char *name, const char *tail)
{
	struct vcol *c = &t->col[t->ncol++];

	c->id = (uint8_t)id;
	c->of = (uint8_t)of;
	snprintf(c->name, sizeof c->name, "%s%s", name, tail);
}

static void add_extra(struct vtable *t, unsigned id)
{
	add_col(t, id, 0, extra_names[id - F_COUNT], "");
}

static void add_field(struct vtable *t, unsigned f)
{
	add_col(t, f, 0, field_defs[f].name, "");
	if (field_defs[f].type == FT_MONEY)
		add_col(t, V_MINOR, f, field_defs[f].name, extra_names[V_MINOR - F_COUNT]);
}

static void list_columns(struct vtable *t)
{
	static const uint8_t item[] = { F_ID, F_TIME };
	static const uint8_t parts[] = { F_PRODUCT, F_CATEGORY, F_QUANTITY };

	if (t->table != VTAB_CUSTOMER)
		add_extra(t, V_KIND);
	add_extra(t, V_CUSTOMER);
	if (t->table == VTAB_CUSTOMER) {
		static const uint8_t own[] = { V_GUEST, V_KEYS, V_RECORDS, V_FIRST, V_LAST };

		for (size_t i = 0; i < sizeof own; i++)
			add_extra(t, own[i]);
		for (unsigned f = F_ID + 1; f < F_COUNT; f++)
			if (field_defs[f].kinds & KIND_BIT(KIND_CUSTOMERS))
				add_field(t, f);
		add_col(t, F_TIME, 0, "signed_up", "");
		add_extra(t, V_ATTRIBUTES);
		return;
	}
	if (t->table == VTAB_ITEM) {
		for (size_t i = 0; i < sizeof item; i++)
			add_field(t, item[i]);
		add_extra(t, V_TIME_S);
		for (size_t i = 0; i < sizeof parts; i++)
			add_field(t, parts[i]);
		add_col(t, F_ITEM_AMOUNT, 0, "amount", "");
		add_col(t, V_MINOR, F_ITEM_AMOUNT, "amount", "_minor");
		add_field(t, F_CURRENCY);
	} else {
		add_field(t, F_TIME);
		add_extra(t, V_TIME_S);
		for (unsigned f = F_ID; f < F_COUNT; f++)
			if (!field_defs[f].item)
				add_field(t, f);
		add_extra(t, V_ATTRIBUTES);
	}
	add_extra(t, V_BATCH);
	add_extra(t, V_FILE);
	add_extra(t, V_LINE);
}

static const char *type_of(const struct vcol *c)
{
	if (c->id >= F_COUNT)
		return c->id == V_LINE || c->id == V_BATCH || c->id == V_TIME_S || c->id == V_MINOR || c->id == V_GUEST || c->id == V_RECORDS ? "INTEGER" : "TEXT";
	if (field_defs[c->id].type == FT_INT)
		return "INTEGER";
	return field_defs[c->id].type == FT_DEC ? "REAL" : "TEXT";
}

static void declare(struct str *out, const struct vtable *t)
{
	str_printf(out, "CREATE TABLE %s(", vtab_names[t->table]);
	for (int i = 0; i < t->ncol; i++)
		str_printf(out, "%s\"%s\" %s", i ? ", " : "", t->col[i].name, type_of(&t->col[i]));
	str_putc(out, ')');
}

void vtab_columns(struct str *out, int table)
{
	struct vtable t = { .table = table };

	list_columns(&t);
	declare(out, &t);
}

/* ---- the module ---- */

struct vmodule {
	struct store *store;
	struct err *err;
	int table;
	void (*left)(void *);
	void *user;
};

static int v_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **msg)
{
	const struct vmodule *m = aux;
	struct vtable *t = xcalloc(1, sizeof *t);
	struct str sql = STR_INIT;
	int rc;

	(void)argc;
	(void)argv;
	(void)msg;
	t->store = m->store;
	t->err = m->err;
	t->table = m->table;
	list_columns(t);
	declare(&sql, t);
	rc = sqlite3_declare_vtab(db, sql.p);
	str_release(&sql);
	if (rc) {
		free(t);
		return rc;
	}
	*out = &t->base;
	return SQLITE_OK;
}

static int v_disconnect(sqlite3_vtab *v)
{
	free(v);
	return SQLITE_OK;
}

/* idxNum: 1 = kind given, 2 = customer given; idxStr: the columns used, in hex. */
static int v_best(sqlite3_vtab *v, sqlite3_index_info *x)
{
	const struct vtable *t = (const struct vtable *)v;
	int at = 0;

	for (int want = 1; want <= 2; want++)
		for (int i = 0; i < x->nConstraint && !(x->idxNum & want); i++) {
			const struct sqlite3_index_constraint *c = &x->aConstraint[i];
			unsigned id = c->iColumn < 0 ? 0 : t->col[c->iColumn].id;

			if (!c->usable || c->op != SQLITE_INDEX_CONSTRAINT_EQ || id != (want == 1 ? V_KIND : V_CUSTOMER))
				continue;
			x->idxNum |= want;
			x->aConstraintUsage[i].argvIndex = ++at;
		}
	x->estimatedCost = x->idxNum & 2 ? 10 : x->idxNum & 1 ? 1e6 : 1e7;
	x->idxStr = sqlite3_mprintf("%llx", (unsigned long long)x->colUsed);
	x->needToFreeIdxStr = 1;
	return x->idxStr ? SQLITE_OK : SQLITE_NOMEM;
}

static int v_open(sqlite3_vtab *v, sqlite3_vtab_cursor **out)
{
	struct vcursor *c = xcalloc(1, sizeof *c);

	(void)v;
	*out = &c->base;
	return SQLITE_OK;
}

static int v_close(sqlite3_vtab_cursor *vc)
{
	struct vcursor *c = (struct vcursor *)vc;

	cursor_close(c->cursor);
	str_release(&c->text);
	free(c);
	return SQLITE_OK;
}

static int failed(struct vtable *t)
{
	sqlite3_free(t->base.zErrMsg);
	t->base.zErrMsg = sqlite3_mprintf("%s", t->err->msg);
	return SQLITE_ERROR;
}

/* ---- moving ---- */

static bool next_customer(struct vcursor *c, struct vtable *t)
{
	c->at = 0;
	c->item = 0;
	if (!cursor_next(c->cursor, &c->rows, t->err)) {
		c->eof = true;
		return false;
	}
	return true;
}

static int settle_item(struct vcursor *c, struct vtable *t)
{
	while (!c->eof) {
		const struct rows *r = &c->rows;

		for (; c->at < r->n; c->at++, c->item = 0)
			if (r->item_from[c->at] + c->item < r->item_from[c->at + 1])
				return SQLITE_OK;
		next_customer(c, t);
	}
	return t->err->code ? failed(t) : SQLITE_OK;
}

static void settle_customer(struct vcursor *c)
{
	c->about = SIZE_MAX;
	for (size_t i = 0; !c->eof && i < c->rows.n; i++)
		if (c->rows.kind[i] == KIND_CUSTOMERS)
			c->about = i;
}

static int settle(struct vcursor *c, struct vtable *t)
{
	if (t->table == VTAB_ITEM)
		return settle_item(c, t);
	if (t->table == VTAB_CUSTOMER)
		settle_customer(c);
	return c->eof && t->err->code ? failed(t) : SQLITE_OK;
}

static int v_next(sqlite3_vtab_cursor *vc)
{
	struct vcursor *c = (struct vcursor *)vc;
	struct vtable *t = (struct vtable *)vc->pVtab;

	c->rowid++;
	if (t->table == VTAB_ITEM)
		c->item++;
	else if (t->table == VTAB_CUSTOMER || ++c->at >= c->rows.n)
		next_customer(c, t);
	return settle(c, t);
}

/* Fields the used columns need. */
static void want(struct cursor_spec *spec, const struct vtable *t, uint64_t used)
{
	for (int i = 0; i < t->ncol; i++) {
		const struct vcol *c = &t->col[i];
		unsigned f = c->id == V_MINOR ? c->of : c->id;

		if (!(used >> (i < 63 ? i : 63) & 1))
			continue;
		spec->batches |= c->id == V_BATCH || c->id == V_FILE;
		spec->lines |= c->id == V_LINE;
		spec->attrs |= c->id == V_ATTRIBUTES;
		if (f >= F_COUNT)
			continue;
		fields_add(&spec->fields, (enum field)f);
		if (field_defs[f].type == FT_MONEY)
			fields_add(&spec->fields, F_CURRENCY);
	}
}

static struct sv arg_text(sqlite3_value *v)
{
	const char *p = (const char *)sqlite3_value_text(v);

	return p ? sv_n(p, (size_t)sqlite3_value_bytes(v)) : SV_NONE;
}

static int v_filter(sqlite3_vtab_cursor *vc, int how, const char *used, int argc, sqlite3_value **argv)
{
	struct vcursor *c = (struct vcursor *)vc;
	struct vtable *t = (struct vtable *)vc->pVtab;
	struct cursor_spec spec = { .kinds = KIND_ALL, .nobody = t->table != VTAB_CUSTOMER, .items = t->table == VTAB_ITEM, .parts = 1 };
	uint32_t who = 0;
	int at = 0;
	enum kind kind;
	char *zone;

	cursor_close(c->cursor);
	c->cursor = NULL;
	c->eof = true;
	c->rowid = 0;
	*t->err = (struct err)ERR_INIT;
	memset(&c->rows, 0, sizeof c->rows);
	want(&spec, t, strtoull(used, NULL, 16));
	if (t->table == VTAB_ITEM)
		spec.kinds = KIND_BIT(KIND_ORDERS);
	if (how & 1 && at < argc) {
		if (!kind_by_name(arg_text(argv[at++]), &kind) || !(spec.kinds & KIND_BIT(kind)))
			return SQLITE_OK;
		spec.kinds = KIND_BIT(kind);
	}
	if (store_people(t->store, t->err))
		return failed(t);
	/* Guests and nobody are printed as '', and are not found by a key. */
	if (how & 2 && at < argc) {
		struct sv key = arg_text(argv[at]);

		if (!key.p || (key.n && !store_find(t->store, key, &who)))
			return SQLITE_OK;
	}
	zone = xstrndup(store_zone(t->store).p, store_zone(t->store).n);
	if (!*zone || zone_open(&c->zone, zone, NULL))
		c->zone = zone_utc();
	free(zone);
	spec.only = who;
	if (cursor_open(&c->cursor, t->store, &spec, t->err))
		return failed(t);
	c->eof = false;
	next_customer(c, t);
	return settle(c, t);
}

static int v_eof(sqlite3_vtab_cursor *vc)
{
	return ((struct vcursor *)vc)->eof;
}

static int v_rowid(sqlite3_vtab_cursor *vc, sqlite3_int64 *out)
{
	*out = ((struct vcursor *)vc)->rowid;
	return SQLITE_OK;
}

/* ---- values ---- */

static void result(sqlite3_context *x, struct sv v)
{
	if (!v.p)
		sqlite3_result_null(x);
	else
		sqlite3_result_text64(x, v.p, v.n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void result_time(sqlite3_context *x, struct vcursor *c, int64_t w)
{
	if (w == WEND_NONE)
		return;
	str_reset(&c->text);
	wtime_text(&c->text, w, c->zone);
	result(x, str_view(&c->text));
}

static void result_money(sqlite3_context *x, struct vcursor *c, int64_t minor, int64_t cur)
{
	int exponent = cur == WEND_NONE ? 2 : currency_exponent((currency)cur);

	str_reset(&c->text);
	str_minor(&c->text, minor, exponent < 0 ? 2 : exponent);
	result(x, str_view(&c->text));
}

static void result_field(sqlite3_context *x, struct vcursor *c, const struct vtable *t, unsigned f, size_t i, int64_t v)
{
	char letters[4];

	if (v == WEND_NONE)
		return;
	switch (field_defs[f].type) {
	case FT_TIME:
		result_time(x, c, v);
		break;
	case FT_MONEY:
		result_money(x, c, v, c->rows.f[F_CURRENCY] ? c->rows.f[F_CURRENCY][i] : WEND_NONE);
		break;
	case FT_DEC:
		sqlite3_result_double(x, (double)v / 1e6);
		break;
	case FT_WORD:
		result(x, store_word(t->store, v));
		break;
	case FT_TEXT:
		result(x, rows_text(&c->rows, v));
		break;
	case FT_CURRENCY:
		currency_text(letters, (currency)v);
		result(x, sv_of(letters));
		break;
	default:
		sqlite3_result_int64(x, v);
	}
}

static void result_attributes(sqlite3_context *x, struct vcursor *c, const struct vtable *t, size_t i)
{
	const struct rows *r = &c->rows;

	if (r->attr_from[i] == r->attr_from[i + 1])
		return;
	str_reset(&c->text);
	for (uint32_t k = r->attr_from[i]; k < r->attr_from[i + 1]; k++) {
		str_putc(&c->text, k == r->attr_from[i] ? '{' : ',');
		str_json(&c->text, store_word(t->store, r->attr_name[k]));
		str_putc(&c->text, ':');
		str_json(&c->text, rows_text(r, r->attr_value[k]));
	}
	str_putc(&c->text, '}');
	result(x, str_view(&c->text));
}

static void result_file(sqlite3_context *x, const struct vtable *t, uint32_t batch)
{
	struct arena a = ARENA_INIT;

	result(x, store_batch_file(t->store, batch, &a));
	arena_release(&a);
}

static void result_keys(sqlite3_context *x, struct vcursor *c, const struct vtable *t)
{
	struct arena a = ARENA_INIT;
	struct person_key *k;
	size_t n = 0;

	str_reset(&c->text);
	if (!store_keys(t->store, c->rows.customer, &k, &n, &a, NULL))
		for (size_t i = 0; i < n; i++) {
			if (k[i].space == SPACE_GUEST)
				continue;
			if (c->text.n)
				str_putc(&c->text, ' ');
			if (k[i].product.n) {
				str_sv(&c->text, k[i].product);
				str_putc(&c->text, ':');
			}
			str_sv(&c->text, k[i].value);
		}
	arena_release(&a);
	result(x, str_view(&c->text));
}

/* Columns that are not fields; `i` is the record. */
static void result_extra(sqlite3_context *x, struct vcursor *c, const struct vtable *t, const struct vcol *col, size_t i)
{
	const struct rows *r = &c->rows;
	int64_t v;

	switch (col->id) {
	case V_KIND:
		result(x, sv_of(kind_names[r->kind[i]]));
		break;
	case V_CUSTOMER:
		result(x, store_customer(t->store, r->customer));
		break;
	case V_BATCH:
		sqlite3_result_int64(x, r->batch[i]);
		break;
	case V_FILE:
		result_file(x, t, r->batch[i]);
		break;
	case V_LINE:
		if (r->line[i] != WEND_NONE)
			sqlite3_result_int64(x, r->line[i]);
		break;
	case V_TIME_S:
		if (r->time[i] != WEND_NONE)
			sqlite3_result_int64(x, wtime_instant(r->time[i], c->zone));
		break;
	case V_MINOR:
		v = col->of == F_ITEM_AMOUNT ? r->item_f[3][r->item_from[i] + c->item] : r->f[col->of][i];
		if (v != WEND_NONE)
			sqlite3_result_int64(x, v);
		break;
	case V_ATTRIBUTES:
		result_attributes(x, c, t, i);
		break;
	case V_GUEST:
		sqlite3_result_int(x, r->guest);
		break;
	case V_KEYS:
		result_keys(x, c, t);
		break;
	case V_RECORDS:
		sqlite3_result_int64(x, (sqlite3_int64)r->n);
		break;
	case V_FIRST:
	case V_LAST:
		for (i = 0; i + 1 < r->n && r->time[i] == WEND_NONE; i++)
			;
		result_time(x, c, r->time[col->id == V_FIRST ? i : r->n - 1]);
		break;
	default:
		break;
	}
}

static int v_column(sqlite3_vtab_cursor *vc, sqlite3_context *x, int n)
{
	struct vcursor *c = (struct vcursor *)vc;
	const struct vtable *t = (const struct vtable *)vc->pVtab;
	const struct vcol *col = &t->col[n];
	size_t i = t->table == VTAB_CUSTOMER ? c->about : c->at;
	bool about = i != SIZE_MAX;

	if (col->id >= F_COUNT) {
		if (about || (col->id != V_ATTRIBUTES && col->id != V_MINOR))
			result_extra(x, c, t, col, about ? i : 0);
	} else if (field_defs[col->id].item) {
		uint32_t k = c->rows.item_from[i] + c->item;

		result_field(x, c, t, col->id, i, c->rows.item_f[col->id - F_PRODUCT][k]);
	} else if (about) {
		result_field(x, c, t, col->id, i, c->rows.f[col->id][i]);
	}
	return SQLITE_OK;
}

static const sqlite3_module module = {
	.iVersion = 1,
	.xConnect = v_connect,
	.xBestIndex = v_best,
	.xDisconnect = v_disconnect,
	.xOpen = v_open,
	.xClose = v_close,
	.xFilter = v_filter,
	.xNext = v_next,
	.xEof = v_eof,
	.xColumn = v_column,
	.xRowid = v_rowid,
};

static void module_free(void *p)
{
	struct vmodule *m = p;

	if (m->left)
		m->left(m->user);
	free(m);
}

int vtab_register(sqlite3 *db, int table, struct store *s, struct err *err, void (*left)(void *), void *user)
{
	struct vmodule *m = xmalloc(sizeof *m);

	*m = (struct vmodule){ s, err, table, left, user };
	return sqlite3_create_module_v2(db, vtab_names[table], &module, m, module_free);
}
