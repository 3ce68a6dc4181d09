#include "preset.h"

static struct sv copy(struct arena *a, struct sv v)
{
	return sv_n(arena_strndup(a, v.p ? v.p : "", v.n), v.n);
}

void names_add(struct names *out, struct arena *a, struct sv v)
{
	if (out->n == out->cap) {
		size_t cap = out->cap ? out->cap * 2 : 8;
		struct sv *w = arena_alloc(a, cap * sizeof *w);
		if (out->n)
			memcpy(w, out->v, out->n * sizeof *w);
		out->v = w;
		out->cap = cap;
	}
	out->v[out->n++] = copy(a, v);
}

/* A quote opens a quoted piece only where a piece begins, so that apostrophes inside
 * names are letters. Returns the length up to `sep` (or the end). */
static size_t piece(struct sv t, const char *sep)
{
	size_t seplen = strlen(sep);
	char quote = 0;
	bool fresh = true;
	int depth = 0;
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];
		if (quote) {
			if (c == quote)
				quote = 0;
			continue;
		}
		if (fresh && (c == '\'' || c == '"')) {
			quote = c;
			continue;
		}
		if (!depth && i + seplen <= t.n && !memcmp(t.p + i, sep, seplen))
			return i;
		if (c == '(' && seplen == 1 && sep[0] == ',')
			depth++;
		else if (c == ')' && depth)
			depth--;
		if (c != ' ')
			fresh = c == ',' || c == '|' || c == '(' || c == ':' || c == '=' || c == '+';
	}
	return t.n;
}

static bool cut(struct sv *rest, const char *sep, struct sv *head)
{
	if (!rest->p)
		return false;
	size_t n = piece(*rest, sep);
	*head = sv_trim(sv_n(rest->p, n));
	if (n < rest->n)
		*rest = sv_n(rest->p + n + strlen(sep), rest->n - n - strlen(sep));
	else
		*rest = SV_NONE;
	return true;
}

static struct sv unquoted(struct sv v)
{
	v = sv_trim(v);
	if (v.n >= 2 && (v.p[0] == '\'' || v.p[0] == '"') && v.p[v.n - 1] == v.p[0])
		return sv_n(v.p + 1, v.n - 2);
	return v;
}

void names_split(struct names *out, struct arena *a, struct sv text, char sep)
{
	char z[2] = { sep, 0 };
	struct sv rest = text, one;
	while (cut(&rest, z, &one)) {
		if (!one.n)
			continue;
		/* Alternatives keep their quotes: names_find takes them off one by one. */
		bool alternatives = piece(one, "|") < one.n;
		names_add(out, a, alternatives ? one : unquoted(one));
	}
}

static enum wend_err cond_one(struct cond_term *t, struct arena *a, struct sv text, struct err *err)
{
	static const struct { const char *mark; enum cond_op op; } ops[] = {
		{ " != ", COND_IS_NOT }, { " = ", COND_IS }, { " < ", COND_BELOW }, { " > ", COND_ABOVE },
	};
	*t = (struct cond_term){ .op = COND_FILLED };
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		size_t n = piece(text, ops[i].mark);
		if (n == text.n)
			continue;
		t->op = ops[i].op;
		t->name = copy(a, unquoted(sv_n(text.p, n)));
		struct sv right = sv_trim(sv_n(text.p + n + strlen(ops[i].mark), text.n - n - strlen(ops[i].mark)));
		if (t->op == COND_BELOW || t->op == COND_ABOVE) {
			if (!sv_real(right, &t->number))
				return err_set(err, WEND_E_INPUT, "'%.*s' is no number to compare with", (int)right.n, right.p);
			return WEND_OK;
		}
		names_split(&t->values, a, right, ',');
		if (!t->values.n)
			return err_set(err, WEND_E_INPUT, "condition '%.*s' has no value; write 'NAME = value'", (int)text.n, text.p);
		return WEND_OK;
	}
	if (text.n && text.p[0] == '!') {
		t->op = COND_EMPTY;
		text = sv_n(text.p + 1, text.n - 1);
	}
	t->name = copy(a, unquoted(text));
	if (!t->name.n)
		return err_set(err, WEND_E_INPUT, "empty condition; write 'NAME = value'");
	return WEND_OK;
}

enum wend_err cond_parse(struct cond *out, struct arena *a, struct sv text, struct err *err)
{
	*out = (struct cond){ NULL, 0 };
	struct sv rest = sv_trim(text), one;
	struct cond_term term[16];
	while (cut(&rest, " & ", &one)) {
		if (out->n == 16)
			return err_set(err, WEND_E_INPUT, "more than 16 conditions joined by '&'");
		enum wend_err e = cond_one(&term[out->n++], a, one, err);
		if (e)
			return e;
	}
	out->t = arena_alloc(a, (out->n ? out->n : 1) * sizeof *out->t);
	memcpy(out->t, term, out->n * sizeof *term);
	return WEND_OK;
}

/* fn(ARG) or fn(ARG, SEP); false when `v` is no call of `fn`. */
static bool call(struct sv v, const char *fn, struct sv *args)
{
	size_t n = strlen(fn);
	if (!sv_starts(v, fn) || v.n < n + 2 || v.p[n] != '(' || v.p[v.n - 1] != ')')
		return false;
	*args = sv_n(v.p + n + 1, v.n - n - 2);
	return true;
}

static enum wend_err term_parse(struct term *t, struct arena *a, struct sv v, struct err *err)
{
	struct sv args = SV_NONE;
	t->arg = SV_NONE;
	if (!v.n)
		return err_set(err, WEND_E_INPUT, "an expression lacks a column name");
	if (v.p[0] == '"' && v.n >= 2 && v.p[v.n - 1] == '"') {
		t->op = TERM_TEXT;
		t->name = copy(a, sv_n(v.p + 1, v.n - 2));
	} else if (sv_is(v, "{currency}")) {
		t->op = TERM_CURRENCY;
		t->name = SV("");
	} else if (call(v, "preamble", &args)) {
		t->op = TERM_PREAMBLE;
		t->name = copy(a, sv_trim(args));
	} else if (call(v, "count", &args)) {
		t->op = TERM_COUNT;
		t->name = copy(a, unquoted(args));
	} else if (call(v, "before", &args) || call(v, "after", &args)) {
		t->op = v.p[0] == 'b' ? TERM_BEFORE : TERM_AFTER;
		struct sv name;
		cut(&args, ",", &name);
		t->name = copy(a, unquoted(name));
		t->arg = copy(a, unquoted(args));
		if (!t->arg.n)
			return err_set(err, WEND_E_INPUT, "'%.*s' needs a second argument, the text to cut at", (int)v.n, v.p);
	} else {
		t->op = TERM_COLUMN;
		t->name = copy(a, unquoted(v));
	}
	return WEND_OK;
}

/* " + " and " - " part the terms of a choice. A name may hold " - " itself ("call
 * direction - type"), so a minus counts only behind a quoted name or in a sum, that is
 * when the whole choice also has a plus, or when both sides are quoted. */
static enum wend_err choice_parse(struct choice *c, struct arena *a, struct sv text, struct err *err)
{
	struct sv body = text;
	size_t w = piece(text, " when ");
	if (w < text.n) {
		body = sv_trim(sv_n(text.p, w));
		enum wend_err e = cond_parse(&c->when, a, sv_n(text.p + w + 6, text.n - w - 6), err);
		if (e)
			return e;
	}
	struct term term[16];
	bool sum = piece(body, " + ") < body.n || (body.n && body.p[0] == '\'');
	bool minus = false;
	struct sv rest = body;
	while (rest.p) {
		size_t plus = piece(rest, " + "), less = sum ? piece(rest, " - ") : rest.n;
		size_t n = plus < less ? plus : less;
		if (c->n == 16)
			return err_set(err, WEND_E_INPUT, "more than 16 columns joined in one expression");
		struct term *t = &term[c->n++];
		enum wend_err e = term_parse(t, a, sv_trim(sv_n(rest.p, n)), err);
		if (e)
			return e;
		t->minus = minus;
		minus = n == less && less < plus;
		rest = n < rest.n ? sv_n(rest.p + n + 3, rest.n - n - 3) : SV_NONE;
	}
	c->term = arena_alloc(a, c->n * sizeof *c->term);
	memcpy(c->term, term, c->n * sizeof *term);
	return WEND_OK;
}

enum wend_err expr_parse(struct expr *out, struct arena *a, struct sv text, struct err *err)
{
	struct choice choice[24];
	struct sv rest = sv_trim(text), one;
	*out = (struct expr){ .text = copy(a, rest) };
	if (!rest.n)
		return err_set(err, WEND_E_INPUT, "empty expression; name a column");
	while (cut(&rest, "|", &one)) {
		if (out->n == 24)
			return err_set(err, WEND_E_INPUT, "more than 24 alternatives in one expression");
		struct choice *c = &choice[out->n++];
		*c = (struct choice){ 0 };
		enum wend_err e = choice_parse(c, a, one, err);
		if (e)
			return e;
	}
	out->c = arena_alloc(a, out->n * sizeof *out->c);
	memcpy(out->c, choice, out->n * sizeof *choice);
	return WEND_OK;
}
