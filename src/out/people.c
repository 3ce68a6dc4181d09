/* Cells and sentences as people read them. */
#include <math.h>

#include "out/writers.h"

bool column_is_number(const struct column *c)
{
	return c->type == COL_INT || c->type == COL_REAL || c->type == COL_MONEY || c->type == COL_SHARE;
}

/* Commas between the thousands of the whole part of the number at out[start..]. */
static void group_thousands(struct str *out, size_t start)
{
	char num[400];
	size_t n = out->n - start, sign, whole;

	if (n >= sizeof num)
		return;
	memcpy(num, out->p + start, n);
	sign = num[0] == '-';
	for (whole = sign; whole < n && num[whole] >= '0' && num[whole] <= '9'; whole++)
		;
	out->n = start;
	for (size_t i = 0; i < n; i++) {
		if (i > sign && i < whole && (whole - i) % 3 == 0)
			str_putc(out, ',');
		str_putc(out, num[i]);
	}
}

/* Six significant digits, none of them a trailing zero behind the point. */
static void as_needed(struct str *out, double v)
{
	size_t start = out->n;
	int decimals;

	if (v == 0) {
		str_putc(out, '0');
		return;
	}
	if (fabs(v) < 1e-4 || fabs(v) >= 1e15) {
		char buf[40], *p;
		snprintf(buf, sizeof buf, "%.3g", v);
		p = strchr(buf, ',');
		if (p)
			*p = '.';
		str_puts(out, buf);
		return;
	}
	decimals = 5 - (int)floor(log10(fabs(v)));
	str_fixed(out, v, decimals < 0 ? 0 : decimals);
	if (decimals > 0) {
		while (out->n > start && out->p[out->n - 1] == '0')
			out->n--;
		if (out->n > start && out->p[out->n - 1] == '.')
			out->n--;
		out->p[out->n] = '\0';
	}
}

void people_real(struct str *out, double v, int digits)
{
	size_t start = out->n;

	if (isinf(v)) {
		str_puts(out, v < 0 ? "-inf" : "inf");
		return;
	}
	if (digits >= 0)
		str_fixed(out, v, digits);
	else
		as_needed(out, v);
	group_thousands(out, start);
}

/* One decimal unless the column says otherwise; a small share keeps two digits that
 * mean something instead of 0.0 %. */
static void share_cell(struct str *out, double v, int digits)
{
	double percent = v * 100;
	size_t start = out->n;
	int decimals = digits >= 0 ? digits : 1;

	if (digits < 0 && percent != 0 && fabs(percent) < 0.05 && fabs(percent) >= 1e-9)
		decimals = 1 - (int)floor(log10(fabs(percent)));
	if (isinf(v))
		str_puts(out, v < 0 ? "-inf" : "inf");
	else
		str_fixed(out, percent, decimals);
	group_thousands(out, start);
	str_puts(out, " %");
}

void people_cell(struct str *out, const struct column *c, const struct cell *v, const struct zone *z)
{
	size_t start = out->n;

	if (v->state == CELL_FEW)
		str_puts(out, "few");
	if (v->state != CELL_VALUE)
		return;
	switch (c->type) {
	case COL_TEXT:
		utf8_visible(out, v->s);
		break;
	case COL_REAL:
		people_real(out, v->d, c->digits);
		break;
	case COL_SHARE:
		share_cell(out, v->d, c->digits);
		break;
	case COL_INT:
	case COL_MONEY:
		cell_text(out, c, v, z);
		group_thousands(out, start);
		break;
	case COL_DAY:
	case COL_TIME:
		cell_text(out, c, v, z);
		break;
	}
}

static void blanks(struct str *out, int n)
{
	while (n-- > 0)
		str_putc(out, ' ');
}

void wrap_text(struct str *out, const char *prefix, struct sv text, int width, int indent)
{
	struct str shown = STR_INIT;
	struct sv rest, word;
	int col;

	utf8_visible(&shown, text);
	rest = str_view(&shown);
	str_puts(out, prefix);
	col = utf8_width(sv_of(prefix));
	for (bool first = true; sv_cut(&rest, ' ', &word);) {
		int w = utf8_width(word);
		if (!word.n)
			continue;
		if (!first && col + 1 + w > width) {
			str_putc(out, '\n');
			blanks(out, indent);
			col = indent;
		} else if (!first) {
			str_putc(out, ' ');
			col++;
		}
		str_sv(out, word);
		col += w;
		first = false;
	}
	str_putc(out, '\n');
	str_release(&shown);
}

void clip_text(struct str *out, struct sv text, int width)
{
	struct sv rest = text;
	size_t keep = 0;

	if (utf8_width(text) <= width) {
		str_sv(out, text);
		return;
	}
	/* The longest beginning that leaves one cell; marks that follow a letter stay with it. */
	while (utf8_next(&rest) >= 0) {
		size_t n = text.n - rest.n;
		if (utf8_width(sv_n(text.p, n)) > width - 1)
			break;
		keep = n;
	}
	while (keep > 0 && text.p[keep - 1] == ' ')
		keep--;
	str_add(out, text.p, keep);
	if (width > 0)
		str_puts(out, "\xe2\x80\xa6");
}
