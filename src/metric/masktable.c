/* A table with pseudonyms for people: what a report printed, or any other table with a
 * header, made fit to be given away.
 *
 * A column is treated by its name, and where the name says nothing by what stands in it: a
 * cell that is an e-mail address, a phone number or a known id of a product's becomes a
 * pseudonym wherever it stands; a column of sentences is dropped. What was done is said.
 */
#include "metric_impl.h"
#include "wend/mask.h"

enum how { AS_IT_IS, AS_PERSON, AS_RECORD, AS_STAFF, LEFT_OUT };

static const struct {
	const char *pattern;
	enum how how;
} rules[] = {
	{ "customer", AS_PERSON }, { "customer_id", AS_PERSON }, { "user", AS_PERSON }, { "user_id", AS_PERSON }, { "id.*", AS_PERSON }, { "visitor", AS_PERSON },
	{ "referred_by", AS_PERSON }, { "email", AS_PERSON }, { "e-mail", AS_PERSON }, { "mail", AS_PERSON }, { "phone", AS_PERSON }, { "telephone", AS_PERSON }, { "mobile", AS_PERSON },
	{ "id", AS_RECORD }, { "order", AS_RECORD }, { "order_id", AS_RECORD }, { "payment", AS_RECORD }, { "invoice", AS_RECORD }, { "subscription", AS_RECORD },
	{ "case", AS_RECORD }, { "session", AS_RECORD }, { "refund_of", AS_RECORD },
	{ "agent", AS_STAFF }, { "employee", AS_STAFF },
	{ "keys", LEFT_OUT }, { "what", LEFT_OUT }, { "file", LEFT_OUT }, { "attributes", LEFT_OUT },
	{ "*name*", LEFT_OUT }, { "*text*", LEFT_OUT }, { "*comment*", LEFT_OUT }, { "*note*", LEFT_OUT }, { "*message*", LEFT_OUT }, { "*subject*", LEFT_OUT },
	{ "*address*", LEFT_OUT }, { "*street*", LEFT_OUT }, { "zip*", LEFT_OUT }, { "post*code*", LEFT_OUT }, { "*birth*", LEFT_OUT }, { "iban*", LEFT_OUT }, { "ip", LEFT_OUT },
};

static bool is_listed(const char *list, struct sv name)
{
	struct sv rest = sv_of(list), one;

	while (list && sv_cut(&rest, ',', &one))
		if (sv_eq(sv_trim(one), name))
			return true;
	return false;
}

/* Five words or more in a cell are a sentence. */
static bool is_prose(struct sv v)
{
	size_t blanks = 0;

	v = sv_trim(v);
	for (size_t i = 0; i + 1 < v.n; i++)
		blanks += v.p[i] == ' ' && v.p[i + 1] != ' ';
	return v.n >= 24 && blanks >= 4;
}

static struct sv cell_of(const struct table *t, size_t row, size_t col)
{
	const struct cell *c = table_at(t, row, col);

	return c->state == CELL_VALUE ? c->s : SV_NONE;
}

static enum how treatment(const struct table *in, size_t col, const struct mask_request *q)
{
	struct sv name = sv_of(in->col[col].name);

	if (is_listed(q->drop, name))
		return LEFT_OUT;
	if (is_listed(q->keep, name))
		return AS_IT_IS;
	/* Beside a customer, and in no list of records, an id is the customer's. */
	if (sv_is(name, "id") && table_find(in, SV("customer")) >= 0 && table_find(in, SV("kind")) < 0)
		return AS_PERSON;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (sv_glob(sv_of(rules[i].pattern), name, false))
			return rules[i].how;
	for (size_t r = 0; r < in->nrow; r++)
		if (is_prose(cell_of(in, r, col)))
			return LEFT_OUT;
	return AS_IT_IS;
}

/* An address inside a longer text: nothing of the cell can be kept. */
static bool holds_address(struct sv v)
{
	for (size_t i = 1; i + 1 < v.n; i++)
		if (v.p[i] == '@' && v.p[i - 1] > ' ' && v.p[i + 1] > ' ')
			return true;
	return false;
}

struct masking {
	const struct masker *m;
	struct str text;
	size_t found, emptied;  /* cells of columns kept as they are */
};

static void put_cell(struct masking *k, struct table *t, enum how how, bool asked, struct sv v)
{
	str_reset(&k->text);
	if (!v.n) {
		put_text(t, v);
		return;
	}
	if (how == AS_IT_IS && !asked && masker_is_key(k->m, v)) {
		how = AS_PERSON;
		k->found++;
	}
	if (how == AS_PERSON)
		masker_key(k->m, v, &k->text);
	else if (how == AS_RECORD || how == AS_STAFF)
		masker_text(k->m, how == AS_STAFF ? 's' : 'r', v, &k->text);
	else if (!asked && holds_address(v))
		k->emptied++;
	else
		str_sv(&k->text, v);
	put_text(t, k->text.n ? str_view(&k->text) : SV_NONE);
}

static void say_columns(struct str *out, const struct table *in, const enum how *how, bool dropped)
{
	size_t n = 0;

	for (size_t c = 0; c < in->ncol; c++)
		if (how[c] != AS_IT_IS && (how[c] == LEFT_OUT) == dropped)
			str_printf(out, "%s%s", n++ ? ", " : "; ", in->col[c].name);
	if (n)
		str_puts(out, dropped ? " dropped" : " masked");
}

/* Rows in the order of the customers' keys would tell the first letters of names. */
static bool is_by_customer(const struct table *in, int col)
{
	for (size_t r = 1; r < in->nrow && col >= 0; r++)
		if (sv_natcmp(cell_of(in, r - 1, (size_t)col), cell_of(in, r, (size_t)col)) > 0)
			return false;
	return col >= 0;
}

static enum wend_err check_names(const struct table *in, const char *option, const char *list, struct err *err)
{
	struct sv rest = sv_of(list), one;

	while (list && sv_cut(&rest, ',', &one))
		if (table_find(in, sv_trim(one)) < 0)
			return err_set(err, WEND_E_USAGE, "%s: no column '%.*s' in the table", option, (int)one.n, one.p);
	return WEND_OK;
}

enum wend_err metric_mask_table(struct store *s, const struct table *in, const struct mask_request *q, struct report *r, struct err *err)
{
	struct masker *m = NULL;
	struct masking k = { 0 };
	struct table *t = &r->table;
	enum how *how = arena_alloc(&r->arena, (in->ncol + 1) * sizeof *how);

	if (check_names(in, "--keep", q->keep, err) || check_names(in, "--drop", q->drop, err) || masker_open(&m, s, err))
		return err->code;
	k.m = m;
	for (size_t c = 0; c < in->ncol; c++) {
		how[c] = treatment(in, c, q);
		if (how[c] != LEFT_OUT)
			table_col(t, arena_strdup(&t->arena, in->col[c].name), COL_TEXT, NULL, -1);
	}
	if (table_find(t, SV("customer")) == 0)
		t->customer_col = "customer";
	for (size_t i = 0; i < in->nrow && t->ncol; i++)
		for (size_t c = 0; c < in->ncol; c++)
			if (how[c] != LEFT_OUT)
				put_cell(&k, t, how[c], is_listed(q->keep, sv_of(in->col[c].name)), cell_of(in, i, c));
	if (is_by_customer(in, table_find(in, SV("customer"))) && table_find(t, SV("customer")) >= 0) {
		const int by = table_find(t, SV("customer"));
		const bool down = false;

		table_sort(t, &by, &down, 1);
	}
	say_things(&r->finding, (int64_t)in->nrow, "row", "rows");
	say_columns(&r->finding, in, how, false);
	say_columns(&r->finding, in, how, true);
	if (k.found)
		str_printf(&r->finding, k.found == 1 ? "; %zu more cell held a key and is masked" : "; %zu more cells held a key and are masked", k.found);
	if (k.emptied)
		str_printf(&r->finding, k.emptied == 1 ? "; %zu cell held an address among other text and is empty" : "; %zu cells held an address among other text and are empty", k.emptied);
	str_putc(&r->finding, '.');
	str_release(&k.text);
	masker_free(m);
	return WEND_OK;
}
