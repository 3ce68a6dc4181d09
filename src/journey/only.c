/* Lists of customers: what any report wrote, read back.
 *
 * The first line decides: when one of its fields is `customer` the list is a table and
 * that column counts, else every line's first field is a key. A key is whatever a person
 * or a product calls a customer by (store_find).
 */
#include "wend/journey.h"
#include "wend/par.h"

struct customer_set {
	uint64_t *bits;
	uint32_t n;
	size_t unknown;
};

#define LIST_LIMIT ((size_t)1 << 30)

/* Undo the writer's guard against formulas: one leading ' before a sign. */
static struct sv unguard(struct sv v)
{
	if (!v.n || v.p[0] != '\'')
		return v;
	struct sv rest = sv_n(v.p + 1, v.n - 1);
	while (rest.n && (rest.p[0] == '\'' || rest.p[0] == '"'))
		rest = sv_n(rest.p + 1, rest.n - 1);
	static const char *const signs[] = { "=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0" };
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (sv_starts(rest, signs[i]))
			return sv_n(v.p + 1, v.n - 1);
	return v;
}

/* Next field of `rest`; *last when it ended its line. Quoted text is unquoted into `buf`. */
static struct sv next_field(struct sv *rest, char sep, struct str *buf, bool *last)
{
	size_t i = 0;
	struct sv out;
	str_reset(buf);
	if (rest->n && rest->p[0] == '"') {
		for (i = 1; i < rest->n; i++) {
			if (rest->p[i] == '"') {
				if (i + 1 >= rest->n || rest->p[i + 1] != '"')
					break;
				i++;
			}
			str_putc(buf, rest->p[i]);
		}
		i += i < rest->n;
		out = str_view(buf);
		while (i < rest->n && rest->p[i] != sep && rest->p[i] != '\n')
			i++;
	} else {
		while (i < rest->n && rest->p[i] != sep && rest->p[i] != '\n')
			i++;
		out = sv_n(rest->p, i);
		if (i < rest->n && rest->p[i] == '\n' && out.n && out.p[out.n - 1] == '\r')
			out.n--;
	}
	*last = i >= rest->n || rest->p[i] == '\n';
	i += i < rest->n;
	*rest = sv_n(rest->p + i, rest->n - i);
	return out;
}

static char separator_of(struct sv text)
{
	for (size_t i = 0; i < text.n && text.p[i] != '\n'; i++)
		if (text.p[i] == ',' || text.p[i] == ';' || text.p[i] == '\t')
			return text.p[i];
	return ',';
}

/* Column of the header called `customer`; -1 when the first line is none. */
static int customer_column(struct sv text, char sep, struct sv *body)
{
	struct str buf = STR_INIT;
	struct sv rest = text;
	bool last = false;
	int at = -1;
	for (int i = 0; !last && rest.n; i++)
		if (sv_ieq(sv_trim(next_field(&rest, sep, &buf, &last)), SV("customer")) && at < 0)
			at = i;
	*body = at >= 0 ? rest : text;
	str_release(&buf);
	return at;
}

static void add_key(struct customer_set *c, struct store *s, struct sv key)
{
	uint32_t number;
	if (!key.n)
		return;
	if (!store_find(s, key, &number))
		c->unknown++;
	else if (number < c->n)
		c->bits[number >> 6] |= 1ull << (number & 63);
}

enum wend_err customer_set_read(struct customer_set **out, const char *path, struct store *s, struct arena *a, struct err *err)
{
	struct str text = STR_INIT, buf = STR_INIT;
	enum wend_err e = store_people(s, err);
	if (!e)
		e = file_slurp(&text, path, LIST_LIMIT, err);
	if (e)
		goto done;
	struct sv rest = str_view(&text), body;
	if (sv_starts(rest, "\xef\xbb\xbf"))
		rest = sv_n(rest.p + 3, rest.n - 3);
	const char sep = separator_of(rest);
	const int col = customer_column(rest, sep, &body);
	struct customer_set *c = arena_zalloc(a, sizeof *c);
	c->n = store_people_count(s) + 1;
	c->bits = arena_zalloc(a, ((size_t)c->n / 64 + 1) * 8);
	while (body.n) {
		bool last = false;
		for (int i = 0; !last; i++) {
			const struct sv v = next_field(&body, sep, &buf, &last);
			if (i == (col < 0 ? 0 : col))
				add_key(c, s, unguard(sv_trim(v)));
		}
	}
	*out = c;
done:
	str_release(&text);
	str_release(&buf);
	return e;
}

bool customer_set_has(const struct customer_set *c, uint32_t customer)
{
	return customer < c->n && c->bits[customer >> 6] >> (customer & 63) & 1;
}

size_t customer_set_unknown(const struct customer_set *c)
{
	return c->unknown;
}
