#include "wend/opt.h"

#include "wend/mem.h"

/* ---- spelling ---- */

/* Distance of two words by insertions, deletions, exchanges and swapped neighbours,
 * given up above `limit`. Words are options, commands, fields: short. */
static int distance(const char *a, const char *b, int limit)
{
	enum { LONGEST = 64 };
	int row[3][LONGEST + 1];
	int na = (int)strlen(a), nb = (int)strlen(b);

	if (na > LONGEST || nb > LONGEST || na - nb > limit || nb - na > limit)
		return limit + 1;
	for (int j = 0; j <= nb; j++)
		row[0][j] = j;
	for (int i = 1; i <= na; i++) {
		int *now = row[i % 3], *up = row[(i + 2) % 3], *upup = row[(i + 1) % 3];
		now[0] = i;
		for (int j = 1; j <= nb; j++) {
			int d = up[j - 1] + (a[i - 1] != b[j - 1]);
			if (d > up[j] + 1)
				d = up[j] + 1;
			if (d > now[j - 1] + 1)
				d = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d > upup[j - 2] + 1)
				d = upup[j - 2] + 1;
			now[j] = d;
		}
	}
	return row[na % 3][nb];
}

const char *suggest(const char *word, const char *const *names)
{
	size_t n = strlen(word);
	int limit = n < 3 ? 1 : n < 6 ? 2 : 3, best = limit + 1;
	const char *found = NULL;

	for (; *names; names++) {
		int d = distance(word, *names, limit);
		/* The beginning of a name is what people type when they hope for an abbreviation. */
		if (d > 1 && n >= 2 && !strncmp(word, *names, n))
			d = 1;
		if (d < best && (size_t)d < strlen(*names)) {
			best = d;
			found = *names;
		}
	}
	return found;
}

/* ---- parsing ---- */

static const struct opt *by_name(const struct opt *const *tables, const char *name, size_t n)
{
	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->name; o++)
			if (strlen(o->name) == n && !memcmp(o->name, name, n))
				return o;
	return NULL;
}

static const struct opt *by_letter(const struct opt *const *tables, char letter)
{
	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->name; o++)
			if (o->letter && o->letter == letter)
				return o;
	return NULL;
}

static enum wend_err unknown(const struct opt *const *tables, const char *name, size_t n, struct err *err)
{
	const char **names = NULL, *near;
	size_t k = 0, cap = 0;
	char *word = xstrndup(name, n);

	for (const struct opt *const *t = tables; *t; t++) {
		for (const struct opt *o = *t; o->name; o++) {
			GROW(names, cap, k + 1);
			names[k++] = o->name;
		}
	}
	GROW(names, cap, k + 1);
	names[k] = NULL;
	near = suggest(word, names);
	if (near)
		err_set(err, WEND_E_USAGE, "unknown option '--%s'; did you mean '--%s'?", word, near);
	else
		err_set(err, WEND_E_USAGE, "unknown option '--%s'; '--help' lists the options", word);
	free(names);
	free(word);
	return WEND_E_USAGE;
}

static enum wend_err choice_error(const struct opt *o, const char *text, struct err *err)
{
	struct str list = STR_INIT;
	struct sv rest = sv_of(o->choices), one;
	const char *names[65], *near;
	size_t n = 0;
	struct arena a = ARENA_INIT;

	while (n < 64 && sv_cut(&rest, '|', &one)) {
		names[n++] = arena_strndup(&a, one.p, one.n);
		str_printf(&list, "%s%.*s", list.n ? ", " : "", (int)one.n, one.p);
	}
	names[n] = NULL;
	near = suggest(text, names);
	if (near)
		err_set(err, WEND_E_USAGE, "'--%s' cannot be '%s'; did you mean '%s'? it is one of %s", o->name, text, near, list.p);
	else
		err_set(err, WEND_E_USAGE, "'--%s' cannot be '%s'; it is one of %s", o->name, text, list.p ? list.p : "");
	str_release(&list);
	arena_release(&a);
	return WEND_E_USAGE;
}

static enum wend_err store_int(const struct opt *o, const char *text, struct err *err)
{
	int64_t v;

	if (!sv_int(sv_of(text), &v))
		return err_set(err, WEND_E_USAGE, "'--%s' needs a whole number, not '%s'", o->name, text);
	if ((o->min || o->max) && (v < o->min || v > o->max)) {
		if (o->max == INT64_MAX)
			return err_set(err, WEND_E_USAGE, "'--%s' must be at least %" PRId64 ", not '%s'", o->name, o->min, text);
		return err_set(err, WEND_E_USAGE, "'--%s' must lie between %" PRId64 " and %" PRId64 ", not '%s'",
			o->name, o->min, o->max, text);
	}
	*(int64_t *)o->value = v;
	return WEND_OK;
}

static enum wend_err store_value(const struct opt *o, const char *text, struct err *err)
{
	struct sv rest, one;
	struct opt_list *l;

	switch (o->type) {
	case OPT_FLAG:
		*(bool *)o->value = true;
		break;
	case OPT_TEXT:
		*(const char **)o->value = text;
		break;
	case OPT_INT:
		return store_int(o, text, err);
	case OPT_REAL:
		if (!sv_real(sv_of(text), o->value))
			return err_set(err, WEND_E_USAGE, "'--%s' needs a number such as 0.5, not '%s'", o->name, text);
		break;
	case OPT_CHOICE:
		rest = sv_of(o->choices);
		for (bool found = false; !found;) {
			if (!sv_cut(&rest, '|', &one))
				return choice_error(o, text, err);
			found = sv_is(one, text);
		}
		*(const char **)o->value = text;
		break;
	case OPT_LIST:
		l = o->value;
		GROW(l->v, l->cap, l->n + 1);
		l->v[l->n++] = text;
		break;
	}
	return WEND_OK;
}

struct scan {
	const struct opt *const *tables;
	int argc, i;
	char *const *argv;
	struct operands *out;
};

static enum wend_err missing_value(const struct opt *o, struct err *err)
{
	return err_set(err, WEND_E_USAGE, "'--%s' needs a value: --%s %s", o->name, o->name, o->arg ? o->arg : "VALUE");
}

static enum wend_err long_option(struct scan *s, const char *name, struct err *err)
{
	const char *eq = strchr(name, '=');
	size_t n = eq ? (size_t)(eq - name) : strlen(name);
	const struct opt *o = by_name(s->tables, name, n);

	if (!o)
		return unknown(s->tables, name, n, err);
	if (o->type == OPT_FLAG && eq)
		return err_set(err, WEND_E_USAGE, "'--%s' takes no value", o->name);
	if (o->type == OPT_FLAG)
		return store_value(o, NULL, err);
	if (eq)
		return store_value(o, eq + 1, err);
	if (s->i >= s->argc)
		return missing_value(o, err);
	return store_value(o, s->argv[s->i++], err);
}

static enum wend_err short_options(struct scan *s, const char *p, struct err *err)
{
	for (; *p; p++) {
		const struct opt *o = by_letter(s->tables, *p);
		enum wend_err rc;
		if (!o)
			return err_set(err, WEND_E_USAGE, "unknown option '-%c'; '--help' lists the options", *p);
		if (o->type != OPT_FLAG) {
			if (p[1])
				return store_value(o, p + 1, err);
			if (s->i >= s->argc)
				return missing_value(o, err);
			return store_value(o, s->argv[s->i++], err);
		}
		rc = store_value(o, NULL, err);
		if (rc)
			return rc;
	}
	return WEND_OK;
}

static void operand(struct operands *out, const char *text)
{
	GROW(out->v, out->cap, out->n + 1);
	out->v[out->n++] = text;
}

enum wend_err opt_parse(const struct opt *const *tables, int argc, char *const *argv, struct operands *out, struct err *err)
{
	struct scan s = { tables, argc, 0, argv, out };

	while (s.i < s.argc) {
		const char *a = s.argv[s.i++];
		enum wend_err rc = WEND_OK;
		if (a[0] != '-' || !a[1])
			operand(out, a);
		else if (a[1] != '-')
			rc = short_options(&s, a + 1, err);
		else if (a[2])
			rc = long_option(&s, a + 2, err);
		else
			while (s.i < s.argc)
				operand(out, s.argv[s.i++]);
		if (rc)
			return rc;
	}
	return WEND_OK;
}

/* ---- help ---- */

enum { HELP_WIDTH = 80, HELP_AT = 26 };

static void blanks(struct str *s, int n)
{
	while (n-- > 0)
		str_putc(s, ' ');
}

/* Words of `text` from column HELP_AT, broken at HELP_WIDTH. */
static void wrapped(struct str *out, const char *text)
{
	struct sv rest = sv_of(text), word;
	int col = HELP_AT;

	while (sv_cut(&rest, ' ', &word)) {
		int w = utf8_width(word);
		if (col > HELP_AT && col + 1 + w > HELP_WIDTH) {
			str_putc(out, '\n');
			blanks(out, HELP_AT);
			col = HELP_AT;
		}
		if (col > HELP_AT) {
			str_putc(out, ' ');
			col++;
		}
		str_sv(out, word);
		col += w;
	}
	str_putc(out, '\n');
}

static void help_row(struct str *out, const struct opt *o)
{
	size_t start = out->n;
	int w;

	if (o->letter)
		str_printf(out, "  -%c, --%s", o->letter, o->name);
	else
		str_printf(out, "      --%s", o->name);
	if (o->type != OPT_FLAG)
		str_printf(out, " %s", o->arg ? o->arg : "VALUE");
	w = utf8_width(sv_n(out->p + start, out->n - start));
	if (w + 2 > HELP_AT) {
		str_putc(out, '\n');
		w = 0;
	}
	blanks(out, HELP_AT - w);
	wrapped(out, o->help ? o->help : "");
}

void opt_help(struct str *out, const struct opt *const *tables)
{
	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->name; o++)
			help_row(out, o);
}

void opt_list_release(struct opt_list *l)
{
	free(l->v);
	*l = (struct opt_list){ NULL, 0, 0 };
}
