/* From columns of data to columns of numbers, without anybody's tuning.
 *
 *   numbers     a straight line, and a natural spline of up to CURVE columns with knots at the
 *               quantiles; of the spline what the line does not say, orthonormal over the rows,
 *               so that the penalty on it is one on bending alone. Numbers that are never
 *               negative may stand as log(1 + x): whichever of both lets a spline of its own
 *               say more of the outcome. Missing ones stand at the median with a column of
 *               their own.
 *   categories  a column for each of the LEVELS_MAX most frequent levels with LEVEL_ROWS rows or
 *               more; missing is a level. A category with another level in more than every fourth
 *               row is an id, and left out.
 *   left out    what does not vary, and columns that depend linearly on those before them
 *               (1e-9 of their variance left); all are named.
 */
#include "model/additive_impl.h"
#include "wend/sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPENDENT 1e-9
enum { ASKED = 6000 };

static double transformed(const struct term *t, double x)
{
	if (isnan(x))
		return t->fill;
	return t->logarithm ? log1p(x < 0 ? 0 : x) : x;
}

/* A spline on the quantiles of z, which is sorted in `room`. */
static bool spline_of(struct spline *s, const double *z, size_t n, double *room)
{
	return spline_quantiles(s, room, sort_known(room, z, n), CURVE);
}

/* What a spline of z says of the outcome: its log-likelihood, on ASKED rows at most. */
static double says(const double *z, const uint8_t *y, size_t n, double *room)
{
	struct spline s;
	struct logit_fit f;
	if (!spline_of(&s, z, n, room))
		return -INFINITY;
	const size_t step = n / ASKED + 1, k = (n + step - 1) / step;
	double *x = xreallocarray(NULL, k * s.columns + 1, sizeof *x);
	uint8_t *told = xmalloc(k + 1);
	for (size_t i = 0; i < k; i++) {
		spline_at(&s, z[i * step], x + i * s.columns);
		told[i] = y[i * step];
	}
	logit_fit(&f, x, told, k, s.columns);
	const double value = f.loglik;
	logit_release(&f);
	free(told);
	free(x);
	return value;
}

/* What bends: columns of the spline less the line and the bends before, orthonormal. */
static void bends_of(struct term *t, const double *z, size_t n)
{
	const size_t k = t->spline.columns;
	double *raw = xreallocarray(NULL, n * k + 1, sizeof *raw), *one = xreallocarray(NULL, (k + 1) * n + 1, sizeof *one);
	for (size_t i = 0; i < n; i++) {
		spline_at(&t->spline, z[i], raw + i * k);
		one[i] = (z[i] - t->mean) / t->sd;
	}
	for (size_t c = 0; c < k; c++) {
		double *v = one + (t->bends + 1) * n, *turn = t->turn[t->bends], mean = 0, whole = 0, left = 0;
		for (size_t i = 0; i < n; i++)
			mean += raw[i * k + c] / (double)n;
		for (size_t i = 0; i < n; i++) {
			v[i] = raw[i * k + c] - mean;
			whole += v[i] * v[i];
		}
		memset(turn, 0, sizeof t->turn[0]);
		turn[0] = mean;
		for (int again = 0; again < 2; again++) /* the second time takes rounding away (Kahan) */
			for (size_t j = 0; j <= t->bends; j++) {
				const double *u = one + j * n;
				double along = 0;
				for (size_t i = 0; i < n; i++)
					along += u[i] * v[i] / (double)n;
				for (size_t i = 0; i < n; i++)
					v[i] -= along * u[i];
				turn[1 + j] += along;
			}
		for (size_t i = 0; i < n; i++)
			left += v[i] * v[i];
		if (!(left > DEPENDENT * whole))
			continue;
		const double size = sqrt(left / (double)n);
		for (size_t i = 0; i < n; i++)
			v[i] /= size;
		turn[SPLINE_COLUMNS + 2] = size;
		t->bend[t->bends++] = (uint8_t)c;
	}
	free(raw);
	free(one);
}

static void number_term(struct term *t, const struct regressor *v, const struct regress_data *d, const uint32_t *row, size_t n)
{
	double *z = xreallocarray(NULL, 3 * n + 1, sizeof *z), *logs = z + n, *sorted = logs + n, least = INFINITY;
	uint8_t *y = xmalloc(n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		const double x = v->x[row[i]];
		if (isnan(x))
			continue;
		least = fmin(least, x);
		y[k] = d->y[row[i]];
		logs[k] = log1p(x < 0 ? 0 : x);
		z[k++] = x;
	}
	t->has_missing = k > 0 && k < n;
	t->logarithm = k && least >= 0 && says(logs, y, k, sorted) > says(z, y, k, sorted);
	if (t->logarithm)
		memcpy(z, logs, k * sizeof *z);
	if (k && spline_of(&t->spline, z, k, sorted)) {
		t->fill = sorted[k / 2];
		for (size_t i = 0; i < k; i++)
			t->mean += z[i] / (double)k;
		for (size_t i = 0; i < k; i++)
			t->sd += (z[i] - t->mean) * (z[i] - t->mean) / (double)k;
		t->sd = sqrt(t->sd);
		t->in = t->sd > 1e-12 * fabs(t->mean);
	}
	if (t->in) {
		bends_of(t, z, k);
		t->n = 1 + t->bends + t->has_missing;
	}
	free(y);
	free(z);
}

struct frequent {
	int64_t rows;
	size_t code;
};

static int by_rows(const void *a, const void *b)
{
	const struct frequent *x = a, *y = b;
	if (x->rows != y->rows)
		return x->rows > y->rows ? -1 : 1;
	return (x->code > y->code) - (x->code < y->code);
}

/* Levels have columns in order of frequency; code `levels` is the missing one. */
static bool category_term(struct term *t, const struct regressor *v, const uint32_t *row, size_t n)
{
	struct frequent *f = xcalloc(v->levels + 1, sizeof *f);
	size_t there = 0;
	t->level = xcalloc(v->levels + 1, sizeof *t->level);
	for (size_t k = 0; k <= v->levels; k++) {
		f[k].code = k;
		t->level[k] = -1;
	}
	for (size_t i = 0; i < n; i++) {
		const int32_t c = v->code[row[i]];
		f[c < 0 ? v->levels : (size_t)c].rows++;
	}
	for (size_t k = 0; k <= v->levels; k++)
		there += f[k].rows > 0;
	qsort(f, v->levels + 1, sizeof *f, by_rows);
	const bool id = there > 2 && there * 4 > n;
	for (size_t k = 0; k < there && k < LEVELS_MAX && f[k].rows >= LEVEL_ROWS; k++)
		t->level[f[k].code] = (int32_t)t->n++;
	t->in = t->n > 1 && !id;
	free(f);
	return id;
}

/* ---- rows ---- */

static void term_row(const struct term *t, const struct regressor *v, size_t row, double *x)
{
	memset(x, 0, t->n * sizeof *x);
	if (!v->x) {
		const int32_t c = v->code[row];
		const int32_t at = t->level[c < 0 || (size_t)c > v->levels ? v->levels : (size_t)c];
		if (at >= 0)
			x[at] = 1;
		return;
	}
	const double z = transformed(t, v->x[row]);
	double column[SPLINE_COLUMNS];
	spline_at(&t->spline, z, column);
	x[0] = (z - t->mean) / t->sd;
	for (size_t j = 0; j < t->bends; j++) {
		const double *turn = t->turn[j];
		double u = column[t->bend[j]] - turn[0] - turn[1] * x[0];
		for (size_t i = 0; i < j; i++)
			u -= turn[2 + i] * x[1 + i];
		x[1 + j] = u / turn[SPLINE_COLUMNS + 2];
	}
	if (t->has_missing)
		x[1 + t->bends] = isnan(v->x[row]);
}

static void cross_row(const struct cross *c, const double *x, double *out)
{
	for (size_t i = 0, k = 0; i < c->na; i++)
		for (size_t j = 0; j < c->nb; j++)
			out[k++] = x[c->ca[i]] * x[c->cb[j]];
}

static void terms_row(const struct additive *m, const struct regress_data *d, size_t row, double *x)
{
	for (size_t k = 0; k < m->p; k++)
		if (m->term[k].in)
			term_row(&m->term[k], &d->v[k], row, x + m->term[k].first);
}

void additive_row(const struct additive *m, const struct regress_data *d, size_t row, double *x)
{
	const size_t plain = m->ncross ? m->cross[0].first : m->q;
	terms_row(m, d, row, x);
	for (size_t k = 0; k < plain; k++)
		x[k] = m->dropped[k] ? 0 : x[k] - m->mean[k];
	for (size_t k = 0; k < m->ncross; k++) {
		const struct cross *c = &m->cross[k];
		cross_row(c, x, x + c->first);
		for (size_t i = 0; i < c->n; i++)
			x[c->first + i] -= m->mean[c->first + i];
	}
}

double *additive_matrix(struct additive *m, const struct regress_data *d, const uint32_t *row, size_t n, size_t from)
{
	const size_t q = m->q, begin = from < m->ncross ? m->cross[from].first : q;
	double *x = xcalloc(n * q + 1, sizeof *x);
	for (size_t k = begin; k < q; k++)
		m->mean[k] = 0;
	for (size_t i = 0; i < n; i++)
		additive_row(m, d, row[i], x + i * q);
	for (size_t k = begin; k < q; k++) {
		for (size_t i = 0; i < n; i++)
			m->mean[k] += x[i * q + k] / (double)n;
		for (size_t i = 0; i < n; i++)
			x[i * q + k] -= m->mean[k];
	}
	return x;
}

/* ---- what is left out ---- */

static void leave_out(struct additive *m, const char *text)
{
	const char **v = arena_alloc(&m->arena, (m->said.nleft_out + 1) * sizeof *v);
	if (m->said.nleft_out)
		memcpy(v, m->said.left_out, m->said.nleft_out * sizeof *v);
	v[m->said.nleft_out++] = text;
	m->said.left_out = v;
}

/* The name of a column of numbers: "tenure", "Contract=Two year". */
static const char *column_name(struct additive *m, const struct regress_data *d, size_t column)
{
	for (size_t k = 0; k < m->p; k++) {
		const struct term *t = &m->term[k];
		if (!t->in || column < t->first || column >= t->first + t->n)
			continue;
		const size_t at = column - t->first;
		if (d->v[k].x)
			return at && at == t->n - 1 && t->has_missing ? arena_printf(&m->arena, "%s not known", d->v[k].name) : d->v[k].name;
		for (size_t c = 0; c <= d->v[k].levels; c++)
			if (t->level[c] == (int32_t)at)
				return arena_printf(&m->arena, "%s=%s", d->v[k].name, c < d->v[k].levels ? d->v[k].level[c] : "");
	}
	return "";
}

/* What may depend on each other: numbers as they are, whether they are missing, and levels but
 * the most frequent of each category. */
struct candidate {
	size_t term, column;      /* of the model */
	bool number;
};

static size_t candidates(const struct additive *m, const struct regress_data *d, struct candidate *v)
{
	size_t n = 0;
	for (size_t k = 0; k < m->p; k++) {
		const struct term *t = &m->term[k];
		if (!t->in)
			continue;
		if (d->v[k].x) {
			v[n++] = (struct candidate){ k, t->first, true };
			if (t->has_missing)
				v[n++] = (struct candidate){ k, t->first + t->n - 1, false };
		}
		for (size_t j = 1; !d->v[k].x && j < t->n; j++)
			v[n++] = (struct candidate){ k, t->first + j, false };
	}
	return n;
}

/* Sums of products of the candidates, their means taken away. */
static double *products_of(const struct additive *m, const struct regress_data *d, const uint32_t *row, size_t n, const struct candidate *v, size_t k)
{
	double *c = xcalloc(k * k + 1, sizeof *c), *x = xcalloc(n * k + 1, sizeof *x), *numbers = xcalloc(m->q + 1, sizeof *numbers);
	for (size_t i = 0; i < n; i++) {
		terms_row(m, d, row[i], numbers);
		for (size_t a = 0; a < k; a++) {
			const double raw = v[a].number ? d->v[v[a].term].x[row[i]] : 0;
			const struct term *t = &m->term[v[a].term];
			const double fill = t->logarithm ? expm1(t->fill) : t->fill;
			x[i * k + a] = !v[a].number ? numbers[v[a].column] : isnan(raw) ? fill : raw;
		}
	}
	for (size_t a = 0; a < k; a++) {
		double mean = 0;
		for (size_t i = 0; i < n; i++)
			mean += x[i * k + a] / (double)n;
		for (size_t i = 0; i < n; i++)
			x[i * k + a] -= mean;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t a = 0; a < k; a++)
			for (size_t b = 0; b <= a; b++)
				c[a * k + b] += x[i * k + a] * x[i * k + b];
	free(numbers);
	free(x);
	return c;
}

/* A number that tells the same as another one goes with all its bends; one that follows from
 * several may bend in ways of its own. */
static void drop_dependent(struct additive *m, const struct regress_data *d, const uint32_t *row, size_t n)
{
	struct candidate *v = xcalloc(m->q + 1, sizeof *v);
	const size_t k = candidates(m, d, v);
	double *c = products_of(m, d, row, n, v, k), *whole = xcalloc(k * k + 1, sizeof *whole);
	uint8_t *out = xcalloc(k + 1, 1);
	memcpy(whole, c, k * k * sizeof *c);
	chol_factor(c, k, DEPENDENT, out);
	for (size_t a = 0; a < k; a++) {
		if (!out[a])
			continue;
		const char *name = column_name(m, d, v[a].column);
		size_t same = 0;
		while (same < a && !(fabs(whole[a * k + same]) >= (1 - DEPENDENT) * sqrt(whole[a * k + a] * whole[same * k + same]) && whole[same * k + same] > 0))
			same++;
		if (same < a)
			leave_out(m, arena_printf(&m->arena, "%s (tells the same as %s)", name, column_name(m, d, v[same].column)));
		else
			leave_out(m, arena_printf(&m->arena, "%s (follows from those before it)", name));
		const size_t more = v[a].number && same < a && v[same].number ? m->term[v[a].term].bends : 0;
		memset(m->dropped + v[a].column, 1, 1 + more);
	}
	free(out);
	free(whole);
	free(c);
	free(v);
}

static void add_group(struct additive *m, size_t first, size_t n)
{
	if (n)
		m->group[m->ngroup++] = (struct group){ .first = first, .n = n, .lambda = 1 };
}

void additive_terms(struct additive *m, const struct regress_data *d, const uint32_t *row, size_t n)
{
	m->p = d->p;
	m->term = xcalloc(d->p + 1, sizeof *m->term);
	for (size_t k = 0; k < d->p; k++) {
		struct term *t = &m->term[k];
		const struct regressor *v = &d->v[k];
		bool id = false;
		if (v->x)
			number_term(t, v, d, row, n);
		else
			id = category_term(t, v, row, n);
		if (!t->in) {
			t->n = 0;
			leave_out(m, arena_printf(&m->arena, "%s (%s)", v->name, id ? "another value in nearly every row" : "does not vary"));
		}
		t->first = m->q;
		m->q += t->n;
	}
	m->mean = xcalloc(m->q + CROSS_MAX * CROSS_SIDE * CROSS_SIDE + 1, sizeof *m->mean);
	m->dropped = xcalloc(m->q + CROSS_MAX * CROSS_SIDE * CROSS_SIDE + 1, 1);
	m->group = xcalloc(3 * d->p + CROSS_MAX + 1, sizeof *m->group);
	double *x = additive_matrix(m, d, row, n, 0);
	for (size_t c = 0; c < m->q; c++) {
		for (size_t i = 0; i < n; i++)
			m->mean[c] += x[i * m->q + c] / (double)n;
	}
	free(x);
	drop_dependent(m, d, row, n);
	for (size_t k = 0; k < d->p; k++) {
		const struct term *t = &m->term[k];
		const bool number = d->v[k].x;
		add_group(m, t->first, number && t->in ? 1 : t->n);
		if (number && t->in) {
			add_group(m, t->first + 1, t->bends);
			add_group(m, t->first + 1 + t->bends, t->has_missing);
		}
	}
}
