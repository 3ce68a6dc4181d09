/* What a person says on the command line, as a preset: --as orders --map
 * customer=customer_id,time=date. A column that already carries the name of a field needs
 * no map. */
#include "opening.h"

enum wend_err ingest_map_pairs(struct map_pair **out, size_t *n, const struct opt_list *list, const char *option, bool whole, struct arena *a, struct err *err)
{
	struct map_pair *v = NULL;
	size_t cap = 0;
	enum wend_err e = WEND_OK;
	*n = 0;
	for (size_t i = 0; !e && i < list->n; i++) {
		struct names parts = { 0 };
		if (whole)
			names_add(&parts, a, sv_of(list->v[i]));
		else
			names_split(&parts, a, sv_of(list->v[i]), ',');
		for (size_t k = 0; !e && k < parts.n; k++) {
			struct sv rest = parts.v[k], field;
			if (!sv_cut(&rest, '=', &field) || !rest.p || !rest.n) {
				e = err_set(err, WEND_E_USAGE, "%s '%s' lacks a '='; write %s FIELD=%s", option, list->v[i], option, whole ? "VALUE" : "COLUMN");
				break;
			}
			GROW(v, cap, *n + 1);
			v[(*n)++] = (struct map_pair){ sv_trim(field), sv_trim(rest) };
		}
	}
	*out = arena_alloc(a, (*n + 1) * sizeof **out);
	if (*n)
		memcpy(*out, v, *n * sizeof *v);
	free(v);
	return e;
}

static enum wend_err each_map(struct preset *p, struct section *s, const struct opt_list *list, const char *option, bool constant, struct err *err)
{
	struct map_pair *pair;
	size_t n;
	enum wend_err e = ingest_map_pairs(&pair, &n, list, option, constant, &p->arena, err);
	for (size_t i = 0; !e && i < n; i++) {
		const char *key = arena_strndup(&p->arena, pair[i].field.p, pair[i].field.n);
		/* A column is a name, whatever signs it holds: nobody types an expression here. */
		const char *text = arena_printf(&p->arena, constant ? "\"%.*s\"" : "'%.*s'", (int)pair[i].column.n, pair[i].column.p);
		if (!strcmp(key, "customer") && constant)
			return err_set(err, WEND_E_USAGE, "--const customer would make one customer of all rows; map a column to it");
		if (preset_map(p, s, key, text, err)) {
			err_prefix(err, "%s", option);
			return err->code = WEND_E_USAGE;
		}
		for (size_t m = 0; m < s->n; m++)
			s->map[m].by_hand |= !constant && sv_eq(s->map[m].from.text, sv_of(text));
	}
	return e;
}

static enum wend_err keep_columns(struct preset *p, struct section *s, const struct opt_list *list, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		size_t before = s->n;
		enum wend_err e = preset_map(p, s, "keep", list->v[i], err);
		if (e)
			return err->code = WEND_E_USAGE;
		for (size_t m = before; m < s->n; m++)
			s->map[m].by_hand = sv_find(s->map[m].from.text, SV("*")) < 0;
	}
	return WEND_OK;
}

static bool mapped_field(const struct section *s, int field)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->map[i].to == TO_FIELD && (int)s->map[i].field == field)
			return true;
	return false;
}

static bool has_key(const struct section *s, enum key_space space)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->map[i].to == TO_IDENTITY && s->map[i].space == space)
			return true;
	return false;
}

static bool column_taken(const struct section *s, struct sv col)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->map[i].from.n == 1 && s->map[i].from.c[0].n == 1 && s->map[i].from.c[0].term[0].op == TERM_COLUMN && name_matches(s->map[i].from.c[0].term[0].name, col, NULL, NULL))
			return true;
	return false;
}

/* Columns that carry a field's own name. */
static enum wend_err map_by_name(struct preset *p, struct section *s, const struct sv *col, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct str key = STR_INIT;
		name_key(&key, col[i]);
		struct sv k = str_view(&key);
		const char *as = arena_strndup(&p->arena, k.p, k.n), *text = arena_printf(&p->arena, "'%.*s'", (int)col[i].n, col[i].p);
		int f = field_by_name(s->kind, k);
		enum wend_err e = WEND_OK;
		bool taken = column_taken(s, col[i]), person = s->kind != KIND_SPEND;
		if (!taken && ((sv_is(k, "customer") && !has_key(s, SPACE_HAND)) || (sv_is(k, "visitor") && !has_key(s, SPACE_VISITOR))) && person)
			e = preset_map(p, s, as, text, err);
		else if (!taken && f >= 0 && f != F_COUNTED && f != F_OFFSET_S && !mapped_field(s, f))
			e = preset_map(p, s, as, text, err);
		/* An address or a telephone number tells who it is, in any kind of record. */
		bool mail = sv_is(k, "email") || sv_is(k, "e-mail"), tel = sv_is(k, "phone");
		if (!e && person && ((mail && !has_key(s, SPACE_MAIL)) || (tel && !has_key(s, SPACE_TEL)))) {
			e = preset_add_key(p, s, mail ? "mail" : "tel", text, err);
		}
		str_release(&key);
		if (e)
			return e;
	}
	return WEND_OK;
}

/* Orders whose rows may be lines: one number on several rows, a product on each. Then an
 * amount is the line's own. --grain order says that it is not so. */
static void line_grain(struct preset *p, const struct ingest_options *io, struct section *s)
{
	if (s->kind != KIND_ORDERS || !mapped_field(s, F_ID) || (io->grain && !strcmp(io->grain, "order")))
		return;
	bool lines = io->grain && !strcmp(io->grain, "line");
	lines |= mapped_field(s, F_PRODUCT) || mapped_field(s, F_CATEGORY) || mapped_field(s, F_QUANTITY) || mapped_field(s, F_ITEM_AMOUNT);
	for (size_t i = 0; i < s->n && lines; i++)
		if (s->map[i].to == TO_FIELD && s->map[i].field == F_ID) {
			p->grouping = GROUP_KEY;
			p->group = s->map[i].from;
			p->sum_lines = !mapped_field(s, F_ITEM_AMOUNT);
		}
}

enum wend_err hand_preset(struct preset **out, const struct ingest_options *io, const struct sv *col, size_t n, struct err *err)
{
	enum kind kind;
	*out = NULL;
	if (!kind_by_name(sv_of(io->as), &kind)) {
		const char *near = suggest(io->as, (const char *const[]){ "customers", "orders", "interactions", "feedback", "payments", "spend", "invoices", "subscriptions", NULL });
		return err_set(err, WEND_E_USAGE, "'%s' is no kind of record%s%s%s; there are customers, orders, interactions, feedback, payments, spend, invoices, subscriptions", io->as, near ? ", did you mean '" : "", near ? near : "", near ? "'" : "");
	}
	char name[64];
	snprintf(name, sizeof name, "map:%s", kind_names[kind]);
	struct preset *p = preset_new(name);
	p->by_hand = p->our_ids = true;
	struct section *s = preset_section(p, kind);
	enum wend_err e = each_map(p, s, &io->map, "--map", false, err);
	if (!e)
		e = each_map(p, s, &io->konst, "--const", true, err);
	if (!e)
		e = map_by_name(p, s, col, n, err);
	if (!e)
		e = keep_columns(p, s, &io->keep, err);
	if (!e) {
		line_grain(p, io, s);
		e = preset_finish(p, err);
		if (e) {
			struct str have = STR_INIT;
			for (size_t i = 0; i < n && have.n < 400; i++)
				str_printf(&have, "%s%.*s", i ? ", " : "", (int)col[i].n, col[i].p);
			str_printf(&have, "%s", n ? "" : "(none)");
			err_prefix(err, "columns are %s", have.p);
			err->code = e = WEND_E_USAGE;
			str_release(&have);
		}
	}
	if (e)
		preset_free(p);
	else
		*out = p;
	return e;
}

enum wend_err hand_override(struct preset *p, const struct ingest_options *io, struct err *err)
{
	/* The first section is what the export is about. */
	struct section *s = &p->section[0];
	enum kind kind;
	if (io->as && kind_by_name(sv_of(io->as), &kind))
		s = preset_section(p, kind);
	enum wend_err e = each_map(p, s, &io->map, "--map", false, err);
	if (!e)
		e = each_map(p, s, &io->konst, "--const", true, err);
	return e ? e : keep_columns(p, s, &io->keep, err);
}

/* ---- a first guess at an unknown file ---- */

static const struct { const char *field, *names; } hints[] = {
	{ "customer", "customer|customer_id|customerid|client|client_id|user|user_id|account|account_id|member|email|case_id|kunde|kundennummer" },
	{ "time", "time|date|timestamp|datetime|created_at|created|order_date|purchase_date|datum" },
	{ "amount", "amount|total|revenue|price|value|grand_total|gross|betrag|umsatz" },
	{ "order", "order|order_id|order_number|invoice|transaction_id" },
	{ "touchpoint", "touchpoint|activity|event|event_type|action|step" },
	{ "product", "product|sku|item|product_name" },
	{ "channel", "channel|source|medium" },
	{ "status", "status|state" },
	{ "score", "score|rating|nps|csat" },
};

static ptrdiff_t guess(const char *names, const struct sv *col, size_t n)
{
	struct sv rest = sv_of(names), one;
	while (sv_cut(&rest, '|', &one))
		for (size_t i = 0; i < n; i++) {
			struct str key = STR_INIT;
			name_key(&key, col[i]);
			bool hit = sv_ieq(one, str_view(&key));
			str_release(&key);
			if (hit)
				return (ptrdiff_t)i;
		}
	return -1;
}

/* A file made for wend carries the fields' own names: the kind whose required fields are
 * all there and that explains the most columns, when it explains more than any other. */
static const char *kind_by_columns(const struct sv *col, size_t n)
{
	size_t best = 2, of[KIND_COUNT] = { 0 };
	const char *name = NULL;
	for (int k = 0; k < KIND_COUNT; k++) {
		bool there[F_COUNT] = { false }, person = false;
		for (size_t i = 0; i < n; i++) {
			struct str key = STR_INIT;
			name_key(&key, col[i]);
			int f = field_by_name((enum kind)k, str_view(&key));
			bool who = sv_is(str_view(&key), "customer");
			person |= who;
			of[k] += f >= 0 || who;
			if (f >= 0)
				there[f] = true;
			str_release(&key);
		}
		for (int f = 0; f < F_COUNT; f++)
			if (field_defs[f].required & KIND_BIT(k) && !there[f])
				of[k] = 0;
		if (k == KIND_CUSTOMERS && !person)
			of[k] = 0;
	}
	for (int k = 0; k < KIND_COUNT; k++) {
		if (of[k] == best)
			name = NULL;
		if (of[k] > best) {
			best = of[k];
			name = kind_names[k];
		}
	}
	return name;
}

void hand_proposal(struct str *out, const struct sv *col, size_t n)
{
	const char *own = kind_by_columns(col, n);
	if (own) {
		str_printf(out, "--as %s", own);
		return;
	}
	ptrdiff_t at[sizeof hints / sizeof hints[0]];
	for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
		at[i] = guess(hints[i].names, col, n);
	bool money = at[2] >= 0, step = at[4] >= 0, score = at[8] >= 0;
	const char *kind = money ? "orders" : step ? "interactions" : score ? "feedback" : at[1] >= 0 ? "interactions" : "customers";
	bool wanted[sizeof hints / sizeof hints[0]] = { true, true, money, money, step, money, true, false, score };
	str_printf(out, "--as %s --map ", kind);
	const char *sep = "";
	for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
		bool must = i == 0 || (i == 1 && strcmp(kind, "customers")) || (i == 4 && !strcmp(kind, "interactions"));
		if (at[i] < 0 ? !must : !wanted[i])
			continue;
		if (at[i] >= 0) {
			bool quote = memchr(col[at[i]].p, ' ', col[at[i]].n) || memchr(col[at[i]].p, ',', col[at[i]].n);
			str_printf(out, "%s%s=%s%.*s%s", sep, hints[i].field, quote ? "\"" : "", (int)col[at[i]].n, col[at[i]].p, quote ? "\"" : "");
		} else {
			str_printf(out, "%s%s=COLUMN", sep, hints[i].field);
		}
		sep = ",";
	}
	if (money && guess("currency|waehrung", col, n) < 0)
		str_puts(out, " --currency CODE");
}
