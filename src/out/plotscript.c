/* What every kind of figure writes its script and data with. */
#include <math.h>
#include <stdarg.h>

#include "out/plot.h"
#include "out/writers.h"
#include "wend/civil.h"
#include "wend/hash.h"

/* ---- the escaping rule ---- */

/* Control characters and signs that turn the writing direction are dropped; bytes that
 * are no UTF-8 become U+FFFD. */
void harmless(struct str *s, struct sv text)
{
	while (text.n) {
		int cp = utf8_next(&text);
		if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x61c || cp == 0x200e || cp == 0x200f ||
		    (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff)
			continue;
		utf8_put(s, (uint32_t)cp);
	}
}

/* An apostrophe becomes its typographic twin: gnuplot 5.4 reads a doubled quote wrongly
 * where it begins a string, so no string of ours holds one. */
static void quoted(struct str *s, struct sv text, int cells, bool tic)
{
	struct str clean = STR_INIT, cut = STR_INIT;

	harmless(&clean, text);
	clip_text(&cut, str_view(&clean), cells);
	str_putc(s, '\'');
	for (size_t i = 0; i < cut.n; i++) {
		if (cut.p[i] == '\'')
			str_puts(s, "\xe2\x80\x99");
		else
			str_putc(s, cut.p[i]);
		if (tic && cut.p[i] == '%')
			str_putc(s, '%');
	}
	str_putc(s, '\'');
	str_release(&clean);
	str_release(&cut);
}

void gp_quote(struct str *s, struct sv text, int cells)
{
	quoted(s, text, cells, false);
}

void gp_tic(struct str *s, struct sv text, int cells)
{
	quoted(s, text, cells, true);
}

void gp_path(struct str *s, const char *path)
{
	str_putc(s, '\'');
	for (; *path; path++) {
		if (*path == '\'')
			str_puts(s, "'.sprintf('%c', 39).'");
		else
			str_putc(s, *path);
	}
	str_putc(s, '\'');
}

/* ---- writing script and data ---- */

void setting(struct drawing *d, const char *fmt, ...)
{
	char line[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	str_printf(&d->set, "set %s\n", line);
}

struct str *element(struct drawing *d, int block)
{
	str_printf(&d->plot, "%sdata index %d ", d->plot.n ? ", \\\n  " : "", block);
	return &d->plot;
}

void field(struct drawing *d, double v)
{
	if (isnan(v) || isinf(v))
		str_puts(&d->data, "NaN");
	else
		str_real(&d->data, v);
	str_putc(&d->data, '\t');
}

void line_end(struct drawing *d, struct sv label)
{
	harmless(&d->data, label);
	str_putc(&d->data, '\n');
	d->lines++;
}

/* gnuplot counts blocks by the blank lines between them: none may be without a line. */
void block_end(struct drawing *d)
{
	if (!d->lines)
		str_puts(&d->data, "NaN\tNaN\tNaN\tNaN\tNaN\tNaN\t\n");
	str_puts(&d->data, "\n\n");
	d->block++;
	d->lines = 0;
}

double drawn_value(const struct column *c, const struct cell *v)
{
	if (v->state != CELL_VALUE)
		return NAN;
	switch (c->type) {
	case COL_TEXT:
		return NAN;
	case COL_REAL:
		return v->d;
	case COL_SHARE:
		return v->d * 100;
	case COL_MONEY:
		return (double)v->i / pow(10, c->exponent);
	case COL_DAY:
		return (double)v->i * 86400;
	case COL_TIME:
		return (double)wtime_secs(v->i);
	case COL_INT:
		break;
	}
	return (double)v->i;
}

void axis_of(struct axis *a, struct drawing *d, size_t col, bool distinct)
{
	const struct table *t = &d->f->data;
	const struct column *c = &t->col[col];
	struct words seen = { 0 };

	*a = (struct axis){ .category = c->type == COL_TEXT, .time = c->type == COL_DAY || c->type == COL_TIME };
	a->at = arena_alloc(&d->arena, (t->nrow + 1) * sizeof *a->at);
	a->name = arena_alloc(&d->arena, (t->nrow + 1) * sizeof *a->name);
	for (size_t r = 0; r < t->nrow; r++) {
		const struct cell *v = table_at(t, r, col);
		const struct sv name = a->category && v->state == CELL_VALUE ? v->s : SV("");
		if (distinct && a->category) {
			a->name[a->n] = name;
			a->at[r] = (double)a->n++;
		} else if (a->category)
			a->at[r] = (double)words_add(&seen, name);
		else
			a->at[r] = drawn_value(c, v);
	}
	for (size_t i = 0; i < seen.n; i++)
		a->name[a->n++] = seen.v[i];
	words_release(&seen);
}

int longest_name(const struct sv *name, size_t n)
{
	int longest = 0;

	for (size_t i = 0; i < n; i++) {
		int w = utf8_width(name[i]);
		if (w > longest)
			longest = w;
	}
	return longest;
}

static int canvas_cells(const struct drawing *d)
{
	return d->target == TO_TXT ? 66 - d->beside : (d->width - 8 * d->beside) / 9;
}

bool are_periods(const struct axis *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (!a->name[i].n || a->name[i].p[0] < '0' || a->name[i].p[0] > '9' || utf8_width(a->name[i]) > 10)
			return false;
	return true;
}

/* Names on an axis: of periods, as many as have room beside each other. */
static void category_tics(struct drawing *d, const struct axis *a, char letter)
{
	int w = longest_name(a->name, a->n), room = canvas_cells(d), clip = letter == 'x' ? 20 : d->target == TO_TXT ? 26 : 44;
	const char *turn = "";
	size_t step = 1;

	if (w > 20)
		w = 20;
	/* Names beside a vertical axis need a line each. */
	if (letter == 'y')
		step = 1 + (a->n - 1) / (d->target == TO_TXT ? (size_t)d->lines_of_text - 7 : 140);
	else if (are_periods(a))
		while (((int)(a->n / step) + 1) * (w + 2) > room && step < a->n)
			step++;
	else if ((int)a->n * (w + 2) > room && d->target == TO_TXT)
		clip = room / (int)a->n > 4 ? room / (int)a->n - 1 : 3;
	else if ((int)a->n * (w + 2) > room) {
		/* Names that cannot be guessed from their neighbours: all of them, slanted. */
		turn = "rotate by 35 right ";
		step = 1 + (a->n - 1) * 2 / (size_t)(room > 4 ? room : 4);
		d->height += 60;
	}
	str_printf(&d->set, "set %ctics nomirror %s(", letter, turn);
	for (size_t i = 0; i < a->n; i += step) {
		str_puts(&d->set, i ? ", " : "");
		gp_tic(&d->set, a->name[i], clip);
		str_printf(&d->set, " %zu", i);
	}
	str_puts(&d->set, ")\n");
}

/* First days of months, as many as have room beside each other. */
static void month_tics(struct drawing *d, char letter, double lo, double hi)
{
	static const int steps[] = { 1, 2, 3, 6, 12, 24, 60, 120, 600 };
	const int room = canvas_cells(d) / 11;
	int y, m, day, n = 0, end, step = 0;

	civil_ymd((int32_t)ceil(lo / 86400), &y, &m, &day);
	const int first = y * 12 + m - 1 + (day > 1);
	civil_ymd((int32_t)floor(hi / 86400), &y, &m, &day);
	end = y * 12 + m - 1;
	while (steps[step] < 600 && (end - first) / steps[step] + 1 > room)
		step++;
	str_printf(&d->set, "set %ctics nomirror (", letter);
	for (int k = first; k <= end; k++)
		if (k % steps[step] == 0)
			str_printf(&d->set, "%s'%04d-%02d' %.0f", n++ ? ", " : "", k / 12, k % 12 + 1, 86400.0 * civil_day(k / 12, k % 12 + 1, 1));
	str_puts(&d->set, ")\n");
}

/* Days at even distances, as many as have room beside each other. */
static void day_tics(struct drawing *d, char letter, double lo, double hi)
{
	static const int steps[] = { 1, 2, 7, 14, 28, 56, 112, 365 };
	const int32_t first = (int32_t)ceil(lo / 86400), last = (int32_t)floor(hi / 86400);
	const int room = canvas_cells(d) / 12;
	struct str s = STR_INIT;
	int step = 0;

	while (steps[step] < 365 && (last - first) / steps[step] + 1 > room)
		step++;
	str_printf(&d->set, "set %ctics nomirror (", letter);
	for (int32_t k = first; k <= last || k == first; k += steps[step]) {
		str_reset(&s);
		day_text(&s, last < first ? floor_day((int64_t)lo) : k);
		str_printf(&d->set, "%s'%s' %.0f", k == first ? "" : ", ", s.p, last < first ? lo : 86400.0 * k);
	}
	str_puts(&d->set, ")\n");
	str_release(&s);
}

void axis_tics(struct drawing *d, const struct axis *a, char letter)
{
	double lo = INFINITY, hi = -INFINITY;

	if (a->category) {
		category_tics(d, a, letter);
		return;
	}
	if (!a->time)
		return;
	for (size_t r = 0; r < d->f->data.nrow; r++) {
		lo = fmin(lo, a->at[r]);
		hi = fmax(hi, a->at[r]);
	}
	/* The last date stands half beyond the plane. */
	if (letter == 'x' && !d->beside && d->target != TO_TXT)
		setting(d, "rmargin 6");
	if (hi - lo > 200 * 86400.0 && lo > -6e10 && hi < 2.5e11) {
		month_tics(d, letter, lo, hi);
		return;
	}
	if (hi - lo > 2 * 86400.0 || hi == lo) {
		day_tics(d, letter, lo, hi);
		return;
	}
	setting(d, "%ctics time", letter);
	setting(d, "format %c '%s' timedate", letter, "%m-%d %H:%M");
}

const char *colour_of(struct colours *c, struct sv name)
{
	static const char *const colour[] = {
		"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9",
		"#d55e00", "#882255", "#999933", "#332288", "#7f7f7f"
	};
	enum { N = sizeof colour / sizeof *colour };
	size_t i = (size_t)(hash64(name.p, name.n) % N);

	if (c->used == (1u << N) - 1)
		c->used = 0;
	while (c->used >> i & 1)
		i = (i + 1) % N;
	c->used |= 1u << i;
	return colour[i];
}
