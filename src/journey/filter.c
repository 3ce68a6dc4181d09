/* --where, read: conditions from text, each told to be about an event or a customer.
 *
 *     EXPR  = COND {"," COND} | "@" NAME
 *     COND  = [first. | last. | any. | customer.] F OP [VALUE {"|" VALUE}]
 *     OP    = "=" | "!=" | ">=" | "<=" | ">" | "<"
 *     VALUE = text without , | or "quoted as in CSV"
 *
 * Words are compared once, here: a condition on a word field becomes one byte a word of
 * the store. A name that is no field may be an attribute; one look at the attributes of
 * the store tells whether customers or events carry it.
 */
#include "filter_impl.h"

enum { NEST_MAX = 8 };

struct parser {
	const struct population *p;
	struct arena *a;
	struct filter *event, *customer;
	int depth;
	/* attribute names of the store, found at the first need */
	bool looked;
	int64_t *attr;
	uint32_t *attr_kinds;
	size_t nattr, attr_cap, kinds_cap;
	struct err *err;
};

/* ---- attributes there are ---- */
static void note_attr(struct parser *q, int64_t name, uint32_t kind)
{
	size_t i = 0;
	while (i < q->nattr && q->attr[i] != name)
		i++;
	if (i == q->nattr) {
		GROW(q->attr, q->attr_cap, q->nattr + 1);
		GROW(q->attr_kinds, q->kinds_cap, q->nattr + 1);
		q->attr[i] = name;
		q->attr_kinds[i] = 0;
		q->nattr++;
	}
	q->attr_kinds[i] |= KIND_BIT(kind);
}

static enum wend_err look_for_attrs(struct parser *q)
{
	if (q->looked)
		return WEND_OK;
	q->looked = true;
	const struct cursor_spec spec = { .kinds = KIND_ALL, .attrs = true, .nobody = true, .from = INT64_MIN, .to = INT64_MAX, .parts = 1 };
	struct cursor *c = NULL;
	struct rows r;
	struct err scan = ERR_INIT;
	enum wend_err e = cursor_open(&c, q->p->store, &spec, q->err);
	if (e)
		return e;
	while (cursor_next(c, &r, &scan))
		for (size_t i = 0; r.attr_from && i < r.n; i++)
			for (uint32_t k = r.attr_from[i]; k < r.attr_from[i + 1]; k++)
				note_attr(q, r.attr_name[k], r.kind[i]);
	cursor_close(c);
	if (scan.code)
		*q->err = scan;
	return scan.code;
}

/* ---- subjects ---- */
static enum wend_err unknown(struct parser *q, struct sv name)
{
	struct str list = STR_INIT;
	const char *names[F_COUNT + 3];
	size_t n = 0;
	names[n++] = "customer";
	names[n++] = "kind";
	for (int f = 0; f < F_COUNT; f++)
		if (field_defs[f].kinds)
			names[n++] = field_defs[f].name;
	names[n] = NULL;
	char *word = arena_strndup(q->a, name.p, name.n);
	const char *near = suggest(word, names);
	for (size_t i = 0; i < n; i++)
		str_printf(&list, "%s%s", i ? ", " : "", names[i]);
	for (size_t i = 0; i < q->nattr; i++) {
		const struct sv t = store_word(q->p->store, q->attr[i]);
		str_printf(&list, ", %.*s", (int)t.n, t.p);
	}
	if (near)
		err_set(q->err, WEND_E_USAGE, "unknown field '%s'; did you mean '%s'? fields are %s", word, near, list.p);
	else
		err_set(q->err, WEND_E_USAGE, "unknown field '%s'; fields are %s", word, list.p);
	str_release(&list);
	return WEND_E_USAGE;
}

static enum wend_err find_subject(struct parser *q, struct sv name, struct cond *c)
{
	const uint32_t events = KIND_ALL & ~KIND_BIT(KIND_CUSTOMERS);
	bool prefixed = true;
	static const struct { const char *prefix; enum filter_scope scope; } scopes[] = {
		{ "first.", SCOPE_FIRST }, { "last.", SCOPE_LAST }, { "any.", SCOPE_ANY }, { "customer.", SCOPE_RECORD },
	};
	size_t k = 0;
	while (k < sizeof scopes / sizeof *scopes && !sv_starts(name, scopes[k].prefix))
		k++;
	if (k < sizeof scopes / sizeof *scopes) {
		c->scope = scopes[k].scope;
		name = sv_n(name.p + strlen(scopes[k].prefix), name.n - strlen(scopes[k].prefix));
	} else {
		prefixed = false;
	}
	const int field = field_by_any_name(name);
	if (sv_is(name, "customer") && !prefixed) {
		c->subject = ON_CUSTOMER;
		c->scope = SCOPE_RECORD;
		return WEND_OK;
	}
	if (sv_is(name, "kind")) {
		c->subject = ON_KIND;
		c->kinds = KIND_ALL;
	} else if (field >= 0) {
		c->subject = field;
		c->kinds = field_defs[field].kinds;
		for (int i = 0; field == F_TIME && i < KIND_COUNT; i++) /* issued, start, date: of their kind alone */
			if (!sv_is(name, "time") && !sv_is(name, field_name((enum kind)i, F_TIME)))
				c->kinds &= ~KIND_BIT(i);
	} else {
		enum wend_err e = look_for_attrs(q);
		size_t i = 0;
		if (e)
			return e;
		while (i < q->nattr && !sv_eq(store_word(q->p->store, q->attr[i]), name))
			i++;
		if (i == q->nattr)
			return unknown(q, name);
		c->subject = ON_ATTRIBUTE;
		c->attr = q->attr[i];
		c->kinds = q->attr_kinds[i];
	}
	if (!prefixed)
		c->scope = c->kinds == KIND_BIT(KIND_CUSTOMERS) ? SCOPE_RECORD : SCOPE_EVENT;
	if (c->subject == ON_ATTRIBUTE && !prefixed && c->kinds & KIND_BIT(KIND_CUSTOMERS))
		c->scope = SCOPE_RECORD;
	if (c->scope != SCOPE_RECORD && c->kinds & events)
		c->kinds &= events;
	else if (c->scope == SCOPE_RECORD)
		c->kinds &= KIND_BIT(KIND_CUSTOMERS);
	if (!c->kinds)
		return err_set(q->err, WEND_E_USAGE, "'%.*s' is no field of a customers record; write it without 'customer.'", (int)name.n, name.p);
	return WEND_OK;
}

static void parser_release(struct parser *q)
{
	free(q->attr);
	free(q->attr_kinds);
}

enum wend_err filter_subject(struct cond *out, struct sv name, const struct population *p, struct arena *a, struct err *err)
{
	struct parser q = { .p = p, .a = a, .err = err };
	const enum wend_err e = find_subject(&q, name, out);
	parser_release(&q);
	return e;
}

/* ---- values ---- */
static enum wend_err read_value(struct parser *q, const struct cond *c, struct filter_value *v)
{
	const enum field_type type = c->subject >= 0 ? field_defs[c->subject].type : FT_TEXT;
	const struct sv t = v->text;
	v->number = sv_real(t, &v->real);
	if (c->subject == ON_KIND) {
		enum kind k;
		if (!kind_by_name(t, &k))
			return err_set(q->err, WEND_E_USAGE, "unknown kind '%.*s' in --where", (int)t.n, t.p);
		v->from = k;
	} else if (c->subject == ON_CUSTOMER) {
		uint32_t number;
		v->from = store_find(q->p->store, t, &number) ? (int64_t)number : -1;
	} else if (type == FT_TIME) {
		struct span s;
		enum wend_err e = span_parse(&s, t, q->p->as_of, q->err);
		if (e)
			return e;
		v->from = s.from;
		v->to = s.to > s.from ? s.to : s.from + 1;
	} else if (type == FT_CURRENCY) {
		v->from = currency_of(t);
	} else if (type == FT_MONEY || type == FT_INT || type == FT_DEC) {
		if (!v->number)
			return err_set(q->err, WEND_E_USAGE, "'%.*s' is no number, which '%s' is compared with", (int)t.n, t.p, field_defs[c->subject].name);
		v->scaled = (int64_t)(v->real * 1e6 + (v->real < 0 ? -0.5 : 0.5));
	}
	return WEND_OK;
}

static void match_words(struct parser *q, struct cond *c)
{
	struct store *s = q->p->store;
	c->nwords = store_words(s);
	uint8_t *bits = arena_zalloc(q->a, (size_t)c->nwords + 1);
	for (int64_t w = 0; w < c->nwords; w++) {
		const struct sv own = store_word(s, w), said = names_text(q->p->names, s, w);
		bool eq = false;
		for (size_t i = 0; i < c->n && !eq; i++) {
			if (c->op == OP_EQ || c->op == OP_NE)
				eq = sv_eq(own, c->v[i].text) || sv_eq(said, c->v[i].text);
			else
				eq = op_holds(c->op, sv_natcmp(said, c->v[i].text));
		}
		bits[w] = c->op == OP_NE ? !eq : eq;
	}
	c->words = bits;
}

/* ---- text ---- */
/* A value up to | or , ; quotes as in CSV. False at a quote left open. */
static bool cut_value(struct parser *q, struct sv *rest, struct sv *out)
{
	size_t i = 0;
	if (!rest->n || rest->p[0] != '"') {
		while (i < rest->n && rest->p[i] != ',' && rest->p[i] != '|')
			i++;
		*out = sv_trim(sv_n(rest->p, i));
		*rest = sv_n(rest->p + i, rest->n - i);
		return true;
	}
	char *buf = arena_alloc(q->a, rest->n);
	size_t n = 0;
	for (i = 1; i < rest->n; i++) {
		if (rest->p[i] == '"' && (i + 1 == rest->n || rest->p[++i] != '"')) {
			*out = sv_n(buf, n);
			if (rest->p[i] == '"')
				i++;
			*rest = sv_n(rest->p + i, rest->n - i);
			return true;
		}
		buf[n++] = rest->p[i];
	}
	return false;
}

static bool cut_op(struct sv *rest, struct sv *name, enum filter_op *op)
{
	size_t i = 0;
	while (i < rest->n && !strchr("=!<>,", rest->p[i]))
		i++;
	*name = sv_trim(sv_n(rest->p, i));
	if (i == rest->n || rest->p[i] == ',' || !name->n)
		return false;
	const char c = rest->p[i];
	const bool two = c != '=' && i + 1 < rest->n && rest->p[i + 1] == '=';
	if (c == '!' && !two)
		return false;
	*op = c == '=' ? OP_EQ : c == '!' ? OP_NE : c == '<' ? (two ? OP_LE : OP_LT) : two ? OP_GE : OP_GT;
	i += two ? 2 : 1;
	*rest = sv_n(rest->p + i, rest->n - i);
	while (rest->n && rest->p[0] == ' ')
		*rest = sv_n(rest->p + 1, rest->n - 1);
	return true;
}

static enum wend_err read_cond(struct parser *q, struct sv *rest, struct sv whole)
{
	struct cond c = { .store = q->p->store, .zone = q->p->zone };
	struct sv name;
	size_t cap = 0;
	if (!cut_op(rest, &name, &c.op))
		return err_set(q->err, WEND_E_USAGE, "'%.*s' is no condition; write 'FIELD=VALUE', with =, !=, <, <=, > or >=", (int)whole.n, whole.p);
	enum wend_err e = find_subject(q, name, &c);
	struct filter_value *v = NULL;
	bool more = !e && rest->n && rest->p[0] != ',';
	while (more && !e) {
		GROW(v, cap, c.n + 1);
		v[c.n] = (struct filter_value){ 0 };
		if (!cut_value(q, rest, &v[c.n].text))
			e = err_set(q->err, WEND_E_USAGE, "a quote in '%.*s' is left open; close it", (int)whole.n, whole.p);
		else
			e = read_value(q, &c, &v[c.n++]);
		more = rest->n && rest->p[0] == '|';
		if (more)
			*rest = sv_n(rest->p + 1, rest->n - 1);
	}
	if (!e && !c.n && c.op != OP_EQ && c.op != OP_NE)
		e = err_set(q->err, WEND_E_USAGE, "nothing to compare '%.*s' with; give a value", (int)name.n, name.p);
	if (!e) {
		c.v = arena_alloc(q->a, (c.n + 1) * sizeof *c.v);
		memcpy(c.v, v ? v : c.v, c.n * sizeof *c.v);
		if (c.n && c.subject >= 0 && field_defs[c.subject].type == FT_WORD)
			match_words(q, &c);
		struct filter *f = c.scope == SCOPE_EVENT ? q->event : q->customer;
		if (f->n == f->cap) {
			struct cond *wider = arena_alloc(q->a, (f->cap * 2 + 8) * sizeof *wider);
			memcpy(wider, f->c ? f->c : wider, f->n * sizeof *wider);
			f->c = wider;
			f->cap = f->cap * 2 + 8;
		}
		f->c[f->n++] = c;
	}
	free(v);
	return e;
}

static enum wend_err read_expr(struct parser *q, struct sv text)
{
	struct sv rest = sv_trim(text);
	enum wend_err e = WEND_OK;
	if (++q->depth > NEST_MAX)
		return err_set(q->err, WEND_E_USAGE, "segment '%.*s' leads back to itself; change it with 'wend store set'", (int)text.n, text.p);
	while (rest.n && !e) {
		if (rest.p[0] == '@') {
			size_t i = 1;
			while (i < rest.n && rest.p[i] != ',')
				i++;
			const char *name = arena_strndup(q->a, rest.p + 1, i - 1);
			const struct sv kept = store_setting(q->p->store, "segments", name);
			rest = sv_n(rest.p + i, rest.n - i);
			e = kept.p ? read_expr(q, sv_of(arena_strndup(q->a, kept.p, kept.n)))
				   : err_set(q->err, WEND_E_USAGE, "no segment '%s'; keep one with 'wend store set segments.%s EXPR'", name, name);
		} else {
			e = read_cond(q, &rest, text);
		}
		if (!e && rest.n && rest.p[0] != ',')
			e = err_set(q->err, WEND_E_USAGE, "'%.*s' in '%.*s' is too much; put a comma between conditions", (int)rest.n, rest.p, (int)text.n, text.p);
		if (!e && rest.n)
			rest = sv_trim(sv_n(rest.p + 1, rest.n - 1));
	}
	q->depth--;
	return e;
}

enum wend_err filter_parse(struct filter **event, struct filter **customer, const struct opt_list *exprs, const struct population *p, struct arena *a, struct err *err)
{
	struct err scratch = ERR_INIT;
	struct parser q = { .p = p, .a = a, .err = err ? err : &scratch };
	enum wend_err e = WEND_OK;
	q.event = arena_zalloc(a, sizeof *q.event);
	q.customer = arena_zalloc(a, sizeof *q.customer);
	for (size_t i = 0; i < exprs->n && !e; i++)
		e = read_expr(&q, sv_of(exprs->v[i]));
	if (!e) {
		*event = q.event->n ? q.event : NULL;
		*customer = q.customer->n ? q.customer : NULL;
	}
	parser_release(&q);
	return e;
}

void filter_fields(const struct filter *f, struct cursor_spec *spec)
{
	for (size_t i = 0; f && i < f->n; i++) {
		const struct cond *c = &f->c[i];
		if (c->scope != SCOPE_EVENT)
			spec->kinds |= c->kinds;
		if (c->subject == ON_ATTRIBUTE)
			spec->attrs = true;
		if (c->subject < 0)
			continue;
		if (field_defs[c->subject].item)
			spec->items = true;
		else
			fields_add(&spec->fields, (enum field)c->subject);
		if (field_defs[c->subject].type == FT_MONEY)
			fields_add(&spec->fields, F_CURRENCY);
	}
}

uint32_t filter_kinds(const struct filter *f)
{
	uint32_t kinds = 0;
	for (size_t i = 0; f && i < f->n; i++)
		if (f->c[i].scope != SCOPE_EVENT)
			kinds |= f->c[i].kinds;
	return kinds;
}
