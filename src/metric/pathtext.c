/* A path of steps in one cell, exactly: see include/wend/touch.h. */
#include "wend/touch.h"

static bool blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

static bool needs_quotes(struct sv v)
{
	if (!v.n || blank(v.p[0]) || blank(v.p[v.n - 1]) || sv_is(v, PATH_NONE))
		return true;
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == '>' || v.p[i] == '"')
			return true;
	return false;
}

void path_put(struct str *out, struct sv step, bool first)
{
	if (!first)
		str_puts(out, " > ");
	if (!needs_quotes(step)) {
		str_sv(out, step);
		return;
	}
	str_putc(out, '"');
	for (size_t i = 0; i < step.n; i++) {
		if (step.p[i] == '"')
			str_putc(out, '"');
		str_putc(out, step.p[i]);
	}
	str_putc(out, '"');
}

static struct sv unblanked(struct sv v)
{
	while (v.n && blank(v.p[0]))
		v = sv_n(v.p + 1, v.n - 1);
	while (v.n && blank(v.p[v.n - 1]))
		v.n--;
	return v;
}

/* What stands behind a closed quote up to the next `>`: nothing, or damage. */
static size_t to_separator(struct sv v, size_t i, struct str *step, bool *damaged)
{
	const size_t from = i;
	while (i < v.n && v.p[i] != '>')
		i++;
	const struct sv tail = unblanked(sv_n(v.p + from, i - from));
	if (tail.n) {
		str_sv(step, tail);
		*damaged = true;
	}
	return i;
}

static size_t quoted(struct sv v, struct str *step, bool *damaged)
{
	for (size_t i = 1; i < v.n; i++) {
		if (v.p[i] != '"') {
			str_putc(step, v.p[i]);
		} else if (i + 1 < v.n && v.p[i + 1] == '"') {
			str_putc(step, '"');
			i++;
		} else {
			return to_separator(v, i + 1, step, damaged);
		}
	}
	*damaged = true;
	return v.n;
}

bool path_next(struct sv *rest, struct str *step, bool *damaged)
{
	bool here = false;
	bool *bad = damaged ? damaged : &here;
	str_reset(step);
	if (!rest->p)
		return false;
	struct sv v = *rest;
	while (v.n && blank(v.p[0]))
		v = sv_n(v.p + 1, v.n - 1);
	size_t end = 0;
	if (v.n && v.p[0] == '"') {
		end = quoted(v, step, bad);
	} else {
		while (end < v.n && v.p[end] != '>')
			end++;
		const struct sv text = unblanked(sv_n(v.p, end));
		if (end == v.n && (!text.n || sv_is(text, PATH_NONE))) {
			*rest = SV_NONE;
			return false;
		}
		str_sv(step, text);
	}
	*rest = end < v.n ? sv_n(v.p + end + 1, v.n - end - 1) : SV_NONE;
	return true;
}
