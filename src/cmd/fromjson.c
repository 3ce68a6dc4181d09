/* room: cmd
 * --from: a table printed as JSON or JSON lines, read back as text cells. Objects are rows,
 * their keys columns in order of first appearance; a key that is absent, and null, is a cell
 * that is not known. Values are flat: a list or an object within a row is refused.
 */
#include "cmd/cmd.h"

/* RFC 8259, over bytes in memory. */
struct json {
	struct sv rest;
	const char *start, *path;
	struct err *err;
};

static enum wend_err wrong(struct json *j, const char *what)
{
	size_t line = 1;
	for (const char *p = j->start; p < j->rest.p; p++)
		line += *p == '\n';
	return err_set(j->err, WEND_E_INPUT, "'%s:%zu': %s", j->path, line, what);
}

static void blanks(struct json *j)
{
	while (j->rest.n && strchr(" \t\r\n", *j->rest.p) && *j->rest.p) {
		j->rest.p++;
		j->rest.n--;
	}
}

/* The next byte that is no blank; 0 at the end. */
static char peek(struct json *j)
{
	blanks(j);
	return j->rest.n ? *j->rest.p : '\0';
}

static bool take(struct json *j, char c)
{
	if (peek(j) != c || !j->rest.n)
		return false;
	j->rest.p++;
	j->rest.n--;
	return true;
}

static bool hex4(struct json *j, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef";

	if (j->rest.n < 4)
		return false;
	*out = 0;
	for (int i = 0; i < 4; i++) {
		const char c = j->rest.p[i];
		const char *at = c ? strchr(digits, c | ('A' <= c && c <= 'F' ? 0x20 : 0)) : NULL;
		if (!at)
			return false;
		*out = *out * 16 + (uint32_t)(at - digits);
	}
	j->rest.p += 4;
	j->rest.n -= 4;
	return true;
}

/* Behind a backslash. Half a surrogate pair is no character. */
static bool escape(struct json *j, struct str *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char c = j->rest.n ? *j->rest.p : '\0';
	const char *at = c ? strchr(from, c) : NULL;
	uint32_t cp, low;

	if (!c)
		return false;
	j->rest.p++;
	j->rest.n--;
	if (at) {
		str_putc(out, to[at - from]);
		return true;
	}
	if (c != 'u' || !hex4(j, &cp) || (cp >= 0xdc00 && cp < 0xe000))
		return false;
	if (cp >= 0xd800 && cp < 0xdc00) {
		if (!sv_starts(j->rest, "\\u"))
			return false;
		j->rest.p += 2;
		j->rest.n -= 2;
		if (!hex4(j, &low) || low < 0xdc00 || low >= 0xe000)
			return false;
		cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
	}
	utf8_put(out, cp);
	return true;
}

static enum wend_err string(struct json *j, struct str *out)
{
	str_reset(out);
	if (!take(j, '"'))
		return wrong(j, "a text in double quotes is missing");
	while (j->rest.n && *j->rest.p != '"') {
		const char c = *j->rest.p++;
		j->rest.n--;
		if ((unsigned char)c < 0x20)
			return wrong(j, "a control character within a text");
		if (c != '\\')
			str_putc(out, c);
		else if (!escape(j, out))
			return wrong(j, "a backslash before something that JSON does not know");
	}
	return take(j, '"') ? WEND_OK : wrong(j, "a text without its closing quote");
}

/* A flat value; *known is false for null. */
static enum wend_err value(struct json *j, struct str *out, bool *known)
{
	const char c = peek(j);
	double number;

	*known = true;
	if (c == '"')
		return string(j, out);
	if (c == '{' || c == '[')
		return wrong(j, "a row holds a list or an object; a table has plain cells");
	str_reset(out);
	while (j->rest.n && !strchr(",]} \t\r\n", *j->rest.p)) {
		str_putc(out, *j->rest.p++);
		j->rest.n--;
	}
	*known = !sv_is(str_view(out), "null");
	if (!*known || sv_is(str_view(out), "true") || sv_is(str_view(out), "false") || sv_real(str_view(out), &number))
		return WEND_OK;
	return wrong(j, "neither a number nor a text, true, false or null");
}

/* What a row puts into its cells: first its keys are gathered, then its values. */
struct sheet {
	struct table *t;
	struct sv *cell;      /* a column; in `text` */
	struct arena text;
	bool gather;
};

static void keep(struct sheet *s, struct sv key, struct sv v, bool known)
{
	const int at = table_find(s->t, key);

	if (s->gather && at < 0)
		table_col(s->t, arena_strndup(&s->t->arena, key.p, key.n), COL_TEXT, NULL, -1);
	if (!s->gather && at >= 0)
		s->cell[at] = known ? sv_n(arena_strndup(&s->text, v.p, v.n), v.n) : SV_NONE;
}

static enum wend_err object(struct json *j, struct sheet *s, struct str *key, struct str *v)
{
	bool known;

	take(j, '{');
	for (size_t c = 0; !s->gather && c < s->t->ncol; c++)
		s->cell[c] = SV_NONE;
	while (peek(j) != '}') {
		if (string(j, key))
			return j->err->code;
		if (!take(j, ':'))
			return wrong(j, "a colon is missing behind a key");
		if (value(j, v, &known))
			return j->err->code;
		keep(s, str_view(key), str_view(v), known);
		if (!take(j, ',') && peek(j) != '}')
			return wrong(j, "a comma or '}' is missing");
	}
	take(j, '}');
	for (size_t c = 0; !s->gather && c < s->t->ncol; c++)
		put_text(s->t, s->cell[c]);
	arena_reset(&s->text);
	return WEND_OK;
}

/* A list of objects, or objects one after the other. */
static enum wend_err rows(struct json *j, struct sheet *s)
{
	const bool list = take(j, '[');
	struct str key = STR_INIT, v = STR_INIT;
	enum wend_err e = WEND_OK;

	while (!e && peek(j) == '{') {
		e = object(j, s, &key, &v);
		if (!e && list && !take(j, ',') && peek(j) != ']')
			e = wrong(j, "a comma or ']' is missing");
	}
	if (!e && list && !take(j, ']'))
		e = wrong(j, "a list of rows needs objects, and a ']' at its end");
	if (!e && peek(j))
		e = wrong(j, "something follows the rows that is no row");
	str_release(&key);
	str_release(&v);
	return e;
}

bool looks_like_json(struct sv bytes)
{
	struct json j = { .rest = bytes, .start = bytes.p };
	const char first = peek(&j);

	if (first != '{' && first != '[')
		return false;
	take(&j, first);
	const char second = peek(&j);
	return first == '{' ? second == '"' || second == '}' : second == '{' || second == ']';
}

enum wend_err read_json_table(struct table *t, const char *path, struct sv bytes, struct err *err)
{
	struct sheet s = { .t = t, .text = ARENA_INIT, .gather = true };
	enum wend_err e;
	size_t bad;

	if (!utf8_valid(bytes.p, bytes.n, &bad))
		return err_set(err, WEND_E_INPUT, "'%s': byte %zu is no UTF-8", path, bad + 1);
	e = rows(&(struct json){ bytes, bytes.p, path, err }, &s);
	s.gather = false;
	s.cell = xcalloc(t->ncol + 1, sizeof *s.cell);
	if (!e && t->ncol)
		e = rows(&(struct json){ bytes, bytes.p, path, err }, &s);
	free(s.cell);
	arena_release(&s.text);
	return e;
}
