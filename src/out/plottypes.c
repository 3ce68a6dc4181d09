/* What columns of text hold: whole numbers, numbers, shares, days, times or words. A column
 * is what all of its cells are; a lone word makes it words. */
#include <math.h>

#include "out/plottable.h"
#include "wend/civil.h"

static bool is_day_text(struct sv v, struct stamp *st)
{
	/* 2026-10 and 2026 are periods: they stay words and keep their order. */
	return v.n >= 10 && stamp_iso(v, st);
}

/* Columns of our reports that are shares, whatever their values. */
static bool named_share(struct sv name)
{
	static const char *const whole[] = { "survival", "S", "retention", "active", "rate", "share", "p", "p_alive", "precision", "recall",
		"GRR", "NRR", NULL };
	static const char *const end[] = { "_rate", "_share", "share_of_from", "risk_after", "risk_matched", NULL };

	for (const char *const *w = whole; *w; w++)
		if (sv_is(name, *w))
			return true;
	for (const char *const *e = end; *e; e++)
		if (sv_ends(name, *e))
			return true;
	return sv_starts(name, "share_") || sv_starts(name, "p_");
}

/* "4.6 %" as people write it. */
static bool percent(struct sv v, double *out)
{
	if (!sv_ends(v, "%"))
		return false;
	v.n--;
	if (!sv_real(sv_trim(v), out))
		return false;
	*out /= 100;
	return true;
}

struct seen {
	size_t n, ints, reals, days, times, percents;
	double lo, hi;
	int decimals;
};

static void see(struct seen *s, struct sv v)
{
	struct stamp st;
	int64_t whole;
	double real;

	s->n++;
	if (percent(v, &real)) {
		s->percents++;
		return;
	}
	if (sv_real(v, &real)) {
		s->reals++;
		s->ints += sv_int(v, &whole);
		s->lo = fmin(s->lo, real);
		s->hi = fmax(s->hi, real);
		return;
	}
	if (is_day_text(v, &st)) {
		s->days += !st.has_time;
		s->times += st.has_time;
	}
}

int decimals_for(double most)
{
	return most >= 1000 ? 0 : most >= 100 ? 1 : most >= 1 ? 2 : most > 0 ? (int)fmin(6, 2 - floor(log10(most))) : 0;
}

static struct column column_of_texts(const struct seen *s, struct sv name)
{
	struct column c = { .type = COL_TEXT, .digits = -1 };

	if (!s->n)
		return c;
	if (s->percents == s->n)
		c.type = COL_SHARE;
	else if (s->reals == s->n && named_share(name) && s->lo >= -1 && s->hi <= 1.5)
		c.type = COL_SHARE;
	else if (s->ints == s->n)
		c.type = COL_INT;
	else if (s->reals == s->n)
		c = (struct column){ .type = COL_REAL, .digits = (int8_t)decimals_for(fmax(fabs(s->lo), fabs(s->hi))) };
	else if (s->days == s->n)
		c.type = COL_DAY;
	else if (s->days + s->times == s->n)
		c.type = COL_TIME;
	return c;
}

static void put_typed(struct table *out, enum col_type type, struct sv v)
{
	struct stamp st;
	int64_t whole = 0;
	double real = NAN;

	if (!v.n && type != COL_TEXT) {
		put_empty(out);
		return;
	}
	switch (type) {
	case COL_TEXT:
		put_text(out, v);
		break;
	case COL_INT:
	case COL_MONEY:
		sv_int(v, &whole);
		put_int(out, whole);
		break;
	case COL_REAL:
	case COL_SHARE:
		if (!percent(v, &real))
			sv_real(v, &real);
		put_real(out, real);
		break;
	case COL_DAY:
		stamp_iso(v, &st);
		put_int(out, civil_day(st.y, st.mo, st.d));
		break;
	case COL_TIME:
		/* The clock as it was printed: a picture shows no zones. */
		stamp_iso(v, &st);
		put_int(out, wtime_instant_of((int64_t)civil_day(st.y, st.mo, st.d) * 86400 + st.h * 3600 + st.mi * 60 + st.s));
		break;
	}
}

void typed_table(struct table *out, const struct table *texts)
{
	table_init(out);
	for (size_t c = 0; c < texts->ncol; c++) {
		struct seen s = { .lo = INFINITY, .hi = -INFINITY };
		for (size_t r = 0; r < texts->nrow; r++) {
			const struct cell *v = table_at(texts, r, c);
			if (v->state == CELL_VALUE && v->s.n)
				see(&s, sv_trim(v->s));
		}
		const struct column col = column_of_texts(&s, sv_of(texts->col[c].name));
		table_col(out, texts->col[c].name, col.type, NULL, col.digits);
	}
	for (size_t r = 0; r < texts->nrow; r++) {
		for (size_t c = 0; c < texts->ncol; c++) {
			const struct cell *v = table_at(texts, r, c);
			const struct sv text = v->state != CELL_VALUE ? SV_NONE : out->col[c].type == COL_TEXT ? v->s : sv_trim(v->s);
			put_typed(out, out->col[c].type, text);
		}
	}
}
