/* Everything held of one person, as a document for machines (GDPR art. 15 and 20) or as a
 * table with a row for each value. Both say of each value where it came from. */
#include "metric_impl.h"
#include "wend/held.h"

struct export {
	const struct population *p;
	const struct held *h;
	const struct person_key *key;
	size_t nkey;
	struct sv customer;
	struct str text;      /* scratch */
};

static const char *const space_names[SPACE_GUEST + 1] = { "hand", "mail", "phone", "product", "visitor", "guest" };

static struct sv file_of(const struct export *x, int64_t batch)
{
	for (size_t i = 0; i < x->h->nbatch; i++)
		if (x->h->batch[i].batch == batch)
			return x->h->batch[i].file;
	return SV("");
}

/* The value as data formats spell it; text as it is. */
static struct sv spell(struct export *x, const struct held_record *r, enum field f, int64_t v, struct sv s)
{
	int exponent = r->currency == WEND_NONE ? 2 : currency_exponent((currency)r->currency);
	char letters[4];

	str_reset(&x->text);
	switch (field_defs[f].type) {
	case FT_WORD:
	case FT_TEXT:
		return s;
	case FT_TIME:
		wtime_text(&x->text, v, x->p->zone);
		break;
	case FT_MONEY:
		str_minor(&x->text, v, exponent < 0 ? 2 : exponent);
		break;
	case FT_DEC:
		str_real(&x->text, (double)v / 1e6);
		break;
	case FT_CURRENCY:
		currency_text(letters, (currency)v);
		str_puts(&x->text, letters);
		break;
	case FT_INT:
		str_int(&x->text, v);
		break;
	}
	return str_view(&x->text);
}

static bool is_number(enum field f)
{
	enum field_type t = field_defs[f].type;

	return t == FT_MONEY || t == FT_DEC || t == FT_INT;
}

/* ---- the document ---- */

static void member(struct str *o, bool *any, const char *name)
{
	str_puts(o, *any ? "," : "");
	*any = true;
	str_json(o, sv_of(name));
	str_putc(o, ':');
}

static void put_member(struct str *o, bool *any, const char *name, struct sv v)
{
	if (!v.p)
		return;
	member(o, any, name);
	str_json(o, v);
}

static void put_number(struct str *o, bool *any, const char *name, int64_t v)
{
	if (v == WEND_NONE)
		return;
	member(o, any, name);
	str_int(o, v);
}

static void put_when(struct export *x, struct str *o, bool *any, const char *name, int64_t w)
{
	if (w == WEND_NONE)
		return;
	str_reset(&x->text);
	wtime_text(&x->text, w, x->p->zone);
	put_member(o, any, name, str_view(&x->text));
}

static void put_from(struct export *x, struct str *o, bool *any, struct held_place from)
{
	put_member(o, any, "file", file_of(x, from.batch));
	put_number(o, any, "line", from.line);
	put_number(o, any, "batch", from.batch);
}

/* "name":[ one object a line ], and what begins and ends an element. */
static void list_begin(struct str *o, const char *name)
{
	str_puts(o, ",\n");
	str_json(o, sv_of(name));
	str_puts(o, ":[");
}

static void element(struct str *o, size_t i)
{
	str_puts(o, i ? ",\n{" : "\n{");
}

static void list_end(struct str *o)
{
	str_puts(o, "\n]");
}

static void put_field(struct export *x, struct str *o, bool *any, const struct held_record *r, const struct held_value *v)
{
	struct sv s = spell(x, r, v->field, v->v, v->s);

	member(o, any, field_name(r->kind, v->field));
	if (is_number(v->field))
		str_sv(o, s);
	else
		str_json(o, s);
}

static void put_items(struct export *x, struct str *o, const struct held_record *r)
{
	str_puts(o, ",\"items\":[");
	for (size_t i = 0; i < r->nitem; i++) {
		const struct item *t = &r->item[i];
		bool any = false;

		str_puts(o, i ? ",{" : "{");
		put_member(o, &any, "product", t->product);
		put_member(o, &any, "category", t->category);
		if (t->quantity != WEND_NONE) {
			member(o, &any, "quantity");
			str_sv(o, spell(x, r, F_QUANTITY, t->quantity, SV_NONE));
		}
		if (t->amount != WEND_NONE) {
			member(o, &any, "amount");
			str_sv(o, spell(x, r, F_ITEM_AMOUNT, t->amount, SV_NONE));
		}
		str_putc(o, '}');
	}
	str_putc(o, ']');
}

static void put_record(struct export *x, struct str *o, const struct held_record *r)
{
	bool any = false, in = false;

	put_member(o, &any, "kind", sv_of(kind_names[r->kind]));
	put_member(o, &any, "state", sv_of(held_states[r->state]));
	put_from(x, o, &any, r->from);
	put_number(o, &any, "source_rows", r->source_rows);
	put_member(o, &any, "id_space", r->id_space);
	if (r->nalso) {
		member(o, &any, "also_in");
		for (size_t i = 0; i < r->nalso; i++) {
			str_puts(o, i ? ",{" : "[{");
			in = false;
			put_from(x, o, &in, r->also[i]);
			str_putc(o, '}');
		}
		str_putc(o, ']');
	}
	member(o, &any, "fields");
	str_putc(o, '{');
	in = false;
	for (size_t i = 0; i < r->nvalue; i++)
		put_field(x, o, &in, r, &r->value[i]);
	str_putc(o, '}');
	if (r->nitem)
		put_items(x, o, r);
	if (r->nattr) {
		member(o, &any, "attributes");
		str_putc(o, '{');
		in = false;
		for (size_t i = 0; i < r->nattr; i++) {
			str_puts(o, in ? "," : "");
			in = true;
			str_json(o, r->attr[i].name);
			str_putc(o, ':');
			str_json(o, r->attr[i].value);
		}
		str_putc(o, '}');
	}
	str_putc(o, '}');
}

static void put_keys(struct export *x, struct str *o)
{
	list_begin(o, "keys");
	for (size_t i = 0; i < x->nkey; i++) {
		bool any = false;

		element(o, i);
		put_member(o, &any, "space", sv_of(space_names[x->key[i].space]));
		put_member(o, &any, "product", x->key[i].product);
		put_member(o, &any, "key", x->key[i].value);
		str_putc(o, '}');
	}
	list_end(o);
	list_begin(o, "links");
	for (size_t i = 0; i < x->h->nlink; i++) {
		const struct held_link *l = &x->h->link[i];
		bool any = false;

		element(o, i);
		put_member(o, &any, "key", l->a);
		put_member(o, &any, "with", sv_eq(l->a, l->b) ? SV_NONE : l->b);
		if (l->by_hand)
			put_member(o, &any, "by_hand", sv_eq(l->a, l->b) ? SV("joins nothing") : SV("one person"));
		put_when(x, o, &any, "time", l->time);
		put_from(x, o, &any, (struct held_place){ l->batch, WEND_NONE });
		str_putc(o, '}');
	}
	list_end(o);
}

static void put_about(struct export *x, struct str *o)
{
	list_begin(o, "batches");
	for (size_t i = 0; i < x->h->nbatch; i++) {
		const struct held_batch *b = &x->h->batch[i];
		bool any = false;

		element(o, i);
		put_number(o, &any, "batch", b->batch);
		put_member(o, &any, "file", b->file);
		put_member(o, &any, "preset", b->preset);
		put_member(o, &any, "source", b->source);
		put_when(x, o, &any, "ingested", wtime_instant_of(b->ingested));
		put_member(o, &any, "state", b->state);
		put_member(o, &any, "rejects", b->rejects);
		str_putc(o, '}');
	}
	list_end(o);
	list_begin(o, "settings");
	for (size_t i = 0; i < x->h->nsetting; i++) {
		const struct held_setting *s = &x->h->setting[i];
		bool any = false;

		element(o, i);
		put_member(o, &any, "section", s->section);
		put_member(o, &any, "name", s->name);
		put_member(o, &any, "value", s->value);
		put_member(o, &any, "whence", s->whence);
		put_when(x, o, &any, "set", wtime_instant_of(s->changed));
		put_member(o, &any, "state", s->live ? SV("live") : SV("replaced"));
		str_putc(o, '}');
	}
	list_end(o);
	list_begin(o, "named_in");
	for (size_t i = 0; i < x->h->nmention; i++) {
		const struct held_mention *m = &x->h->mention[i];
		bool any = false;

		element(o, i);
		put_member(o, &any, "kind", sv_of(kind_names[m->kind]));
		put_member(o, &any, "field", sv_of(field_name(m->kind, m->field)));
		put_from(x, o, &any, m->from);
		str_putc(o, '}');
	}
	list_end(o);
}

static void put_document(struct export *x, struct str *o)
{
	bool any = false;

	str_putc(o, '{');
	put_member(o, &any, "customer", x->customer);
	put_when(x, o, &any, "exported", wtime_instant_of(clock_now()));
	put_keys(x, o);
	list_begin(o, "records");
	for (size_t i = 0; i < x->h->nrecord; i++) {
		str_puts(o, i ? ",\n{" : "\n{");
		put_record(x, o, &x->h->record[i]);
	}
	list_end(o);
	put_about(x, o);
	str_puts(o, "}\n");
}

/* ---- the table ---- */

struct line {
	const char *part, *kind, *state;
	int64_t record;
	struct held_place from;
};

static void put_line(struct export *x, struct table *t, const struct line *l, struct sv field, struct sv value)
{
	put_z(t, l->part);
	put_int(t, l->record);
	put_text(t, sv_of(l->kind));
	put_text(t, field);
	put_text(t, value);
	put_text(t, l->from.batch ? file_of(x, l->from.batch) : SV_NONE);
	put_int(t, l->from.batch ? l->from.line : WEND_NONE);
	put_int(t, l->from.batch ? l->from.batch : WEND_NONE);
	put_text(t, sv_of(l->state));
}

static void table_record(struct export *x, struct table *t, const struct held_record *r, int64_t number)
{
	struct line l = { "record", kind_names[r->kind], held_states[r->state], number, r->from };

	for (size_t i = 0; i < r->nvalue; i++)
		put_line(x, t, &l, sv_of(field_name(r->kind, r->value[i].field)), spell(x, r, r->value[i].field, r->value[i].v, r->value[i].s));
	for (size_t i = 0; i < r->nattr; i++)
		put_line(x, t, &l, r->attr[i].name, r->attr[i].value);
	l.part = "item";
	for (size_t i = 0; i < r->nitem; i++) {
		const struct item *m = &r->item[i];

		if (m->product.p)
			put_line(x, t, &l, SV("product"), m->product);
		if (m->category.p)
			put_line(x, t, &l, SV("category"), m->category);
		if (m->quantity != WEND_NONE)
			put_line(x, t, &l, SV("quantity"), spell(x, r, F_QUANTITY, m->quantity, SV_NONE));
		if (m->amount != WEND_NONE)
			put_line(x, t, &l, SV("amount"), spell(x, r, F_ITEM_AMOUNT, m->amount, SV_NONE));
	}
	l.part = "also in";
	for (size_t i = 0; i < r->nalso; i++) {
		l.from = r->also[i];
		put_line(x, t, &l, SV_NONE, SV_NONE);
	}
}

static void fill_table(struct export *x, struct table *t)
{
	static const char *const text[] = { "kind", "field", "value", "file" };
	struct line l = { NULL, NULL, NULL, WEND_NONE, { 0, WEND_NONE } };

	table_col(t, "part", COL_TEXT, NULL, -1);
	table_col(t, "record", COL_INT, NULL, -1);
	for (size_t i = 0; i < 4; i++)
		table_col(t, text[i], COL_TEXT, NULL, -1);
	table_col(t, "line", COL_INT, NULL, -1);
	table_col(t, "batch", COL_INT, NULL, -1);
	table_col(t, "state", COL_TEXT, NULL, -1);
	l.part = "key";
	for (size_t i = 0; i < x->nkey; i++) {
		struct sv product = x->key[i].product;

		put_line(x, t, &l, product.n ? product : sv_of(space_names[x->key[i].space]), x->key[i].value);
	}
	for (size_t i = 0; i < x->h->nlink; i++) {
		const struct held_link *k = &x->h->link[i];

		l.part = sv_eq(k->a, k->b) ? "joins nothing" : "link";
		l.from = (struct held_place){ k->batch, WEND_NONE };
		put_line(x, t, &l, k->a, sv_eq(k->a, k->b) ? SV_NONE : k->b);
	}
	for (size_t i = 0; i < x->h->nrecord; i++)
		table_record(x, t, &x->h->record[i], (int64_t)i + 1);
	l = (struct line){ "setting", NULL, NULL, WEND_NONE, { 0, WEND_NONE } };
	for (size_t i = 0; i < x->h->nsetting; i++) {
		const struct held_setting *s = &x->h->setting[i];

		l.kind = arena_strndup(&t->arena, s->section.p ? s->section.p : "", s->section.n);
		l.state = s->live ? "live" : "replaced";
		put_line(x, t, &l, s->name, s->value);
	}
	for (size_t i = 0; i < x->h->nmention; i++) {
		const struct held_mention *m = &x->h->mention[i];

		l = (struct line){ "named in", kind_names[m->kind], NULL, WEND_NONE, m->from };
		put_line(x, t, &l, sv_of(field_name(m->kind, m->field)), SV_NONE);
	}
}

/* ---- the report ---- */

static void say(struct export *x, struct str *out)
{
	const struct held *h = x->h;
	int64_t n[3] = { 0, 0, 0 };

	for (size_t i = 0; i < h->nrecord; i++)
		n[h->record[i].state]++;
	str_printf(out, "%.*s: ", (int)x->customer.n, x->customer.p);
	say_things(out, (int64_t)h->nrecord, "record", "records");
	if (n[HELD_SUPERSEDED])
		str_printf(out, ", %lld of them superseded", (long long)n[HELD_SUPERSEDED]);
	if (n[HELD_UNDONE])
		str_printf(out, ", %lld of undone batches", (long long)n[HELD_UNDONE]);
	str_puts(out, ", from ");
	say_things(out, (int64_t)h->nbatch, "batch", "batches");
	str_puts(out, "; ");
	say_things(out, (int64_t)x->nkey, "key", "keys");
	if (h->nsetting) {
		str_puts(out, ", named by ");
		say_things(out, (int64_t)h->nsetting, "setting", "settings");
	}
	if (h->nmention) {
		str_puts(out, ", named in ");
		say_things(out, (int64_t)h->nmention, "row of somebody else", "rows of others");
	}
	str_putc(out, '.');
}

enum wend_err metric_customer_export(const struct population *p, const char *key, bool document, struct report *r, struct err *err)
{
	struct held h;
	struct person_key *keys;
	struct export x = { .p = p, .h = &h };
	uint32_t who;
	enum wend_err e = store_people(p->store, err);

	if (e)
		return e;
	if (!store_find(p->store, sv_of(key), &who))
		return err_set(err, WEND_E_USAGE, "no customer '%s'; look for a part of a name or key with 'wend customer find'", key);
	e = store_held(p->store, who, &h, &r->arena, err);
	if (!e)
		e = store_keys(p->store, who, &keys, &x.nkey, &r->arena, err);
	if (e)
		return e;
	x.key = keys;
	x.customer = store_customer(p->store, who);
	r->zone = p->zone;
	if (document)
		put_document(&x, &r->own);
	else
		fill_table(&x, &r->table);
	say(&x, &r->finding);
	str_release(&x.text);
	return WEND_OK;
}
