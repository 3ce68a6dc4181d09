/* Causes that tell of the same, and where it comes from.
 *
 * A broad step holds a narrow one: each wrong invoice is an invoice. Of what follows one of them
 * is then counted for both. For each pair of causes the steps that lie after (before) both are
 * counted in a second pass; where the excess they share makes up four fifths of a cause's own,
 * the cause tells of the same as the other, and of two it is the one with the smaller ratio
 * that stands back, of equals the more frequent.
 *
 * Origin: what the contacts after a cause say of the stage or team that caused them, by the most
 * frequent word; where they say nothing, that of the cause's own records, then its team.
 */
#include "around_impl.h"

#define SHARED_OF 0.8

struct origin {
	uint32_t row;
	int64_t word, n;
};
struct shared_acc {
	int64_t both[AROUND_ROWS][AROUND_ROWS]; /* after both less before both; the diagonal is a row's own */
	struct origin *o;
	size_t no, o_cap;
	struct ids ids;
	struct step_buf steps, derived;
	uint64_t *after, *before;  /* by step looked for: the rows it lies beside */
	struct around_time *t;
	size_t nt, t_cap, after_cap, before_cap;
};
struct shared_ctx {
	const struct around *x;
	const struct around_rows *l;
	size_t n;                  /* causes; they come first */
};

enum { FROM_CONTACT, FROM_CAUSE, FROM_TEAM, FROM };

static void say_origin(struct shared_acc *a, uint32_t row, int whence, int64_t word)
{
	if (word == WEND_NONE)
		return;
	const uint32_t id = ids_get(&a->ids, ((uint64_t)row * FROM + (uint64_t)whence) << 32 | (uint64_t)word);
	if (id == a->no) {
		GROW(a->o, a->o_cap, a->no + 1);
		a->o[a->no++] = (struct origin){ row * FROM + (uint32_t)whence, word, 0 };
	}
	a->o[id].n++;
}

static int64_t field(const struct journey *j, enum field f, size_t i)
{
	return j->rows.f[f] ? j->rows.f[f][i] : WEND_NONE;
}

/* One cause of one customer, over its counted times. */
static void mark(struct shared_acc *a, const struct shared_ctx *x, const struct journey *j, size_t row, int64_t first)
{
	const struct around_row *r = &x->l->v[row];
	const int64_t window = x->x->window[r->w];
	int64_t last = INT64_MIN;
	for (size_t i = 0; i < a->steps.n; i++) {
		const struct step *s = &a->steps.v[i];
		if (s->name != r->e->code)
			continue;
		const int64_t since = last == INT64_MIN ? INT64_MAX : s->at - last;
		last = s->at;
		if (since <= 2 * window || first > s->at - window || !known_whole(x->x->cover, s->at - window, s->at + window))
			continue;
		const int32_t day = floor_day(zone_local(j->zc, s->at));
		say_origin(a, (uint32_t)row, FROM_CAUSE, field(j, F_ORIGIN, s->record));
		say_origin(a, (uint32_t)row, FROM_TEAM, field(j, F_TEAM, s->record));
		for (size_t k = 0; k < a->nt; k++) {
			const int side = around_side(s, day, &a->t[k], window);
			if (side > 0)
				a->after[k] |= 1ull << row;
			if (side > 0)
				say_origin(a, (uint32_t)row, FROM_CONTACT, field(j, F_ORIGIN, a->t[k].record));
			if (side < 0)
				a->before[k] |= 1ull << row;
		}
	}
}

static bool any_of(const struct around *x, const struct step_buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (around_is(x, b->v[i].name))
			return true;
	return false;
}

static void add_journey(void *acc, const struct journey *j, void *ctx)
{
	struct shared_acc *a = acc;
	const struct shared_ctx *x = ctx;
	if (!j->selected || !j->rows.customer || j->rows.guest)
		return;
	steps_of(&a->steps, j);
	if (!x->x->of_fixed && !any_of(x->x, &a->steps))
		return;
	around_derive(&a->steps, &a->derived, x->x, j);
	a->nt = 0;
	for (size_t i = 0; i < a->steps.n; i++) {
		const struct step *s = &a->steps.v[i];
		if (!around_is(x->x, s->name))
			continue;
		GROW(a->t, a->t_cap, a->nt + 1);
		a->t[a->nt++] = (struct around_time){ s->at, floor_day(zone_local(j->zc, s->at)), s->record, s->day };
	}
	if (!a->nt)
		return;
	GROW(a->after, a->after_cap, a->nt);
	GROW(a->before, a->before_cap, a->nt);
	memset(a->after, 0, a->nt * sizeof *a->after);
	memset(a->before, 0, a->nt * sizeof *a->before);
	const int64_t first = around_first(x->x, &a->steps);
	for (size_t row = 0; row < x->n; row++)
		mark(a, x, j, row, first);
	for (size_t k = 0; k < a->nt; k++)
		for (size_t r = 0; r < x->n; r++)
			for (size_t q = 0; q < x->n; q++) {
				const uint64_t both = 1ull << r | 1ull << q;
				a->both[r][q] += (a->after[k] & both) == both;
				a->both[r][q] -= (a->before[k] & both) == both;
			}
}

static void acc_release(struct shared_acc *a)
{
	free(a->o);
	free(a->after);
	free(a->before);
	free(a->t);
	ids_release(&a->ids);
	step_buf_release(&a->steps);
	step_buf_release(&a->derived);
}

static void merge(void *into, void *from, void *ctx)
{
	struct shared_acc *a = into, *b = from;
	(void)ctx;
	for (size_t r = 0; r < AROUND_ROWS; r++)
		for (size_t q = 0; q < AROUND_ROWS; q++)
			a->both[r][q] += b->both[r][q];
	for (size_t i = 0; i < b->no; i++) {
		say_origin(a, b->o[i].row / FROM, (int)(b->o[i].row % FROM), b->o[i].word);
		a->o[ids_get(&a->ids, (uint64_t)b->o[i].row << 32 | (uint64_t)b->o[i].word)].n += b->o[i].n - 1;
	}
	acc_release(b);
}

/* The most frequent word of the first place that says anything; by bytes among equals. */
static struct sv origin_of(const struct shared_acc *a, const struct around *x, size_t row)
{
	struct sv best = SV_NONE;
	for (uint32_t whence = 0; whence < FROM && !best.p; whence++) {
		int64_t most = 0;
		for (size_t i = 0; i < a->no; i++) {
			if (a->o[i].row != (uint32_t)row * FROM + whence || a->o[i].n < most)
				continue;
			const struct sv name = step_name(x->p, step_word(x->p, a->o[i].word));
			if (a->o[i].n > most || sv_cmp(name, best) < 0)
				best = name;
			most = a->o[i].n;
		}
	}
	return best;
}

/* The greater ratio, whatever the drift; among equals the rarer step, then the first by name. */
static bool closer(const struct around_row *a, const struct around_row *b)
{
	const struct around_count *x = &a->e->w[a->w], *y = &b->e->w[b->w];
	const double ra = own_pairs(x->b, x->c, ALPHA).rr, rb = own_pairs(y->b, y->c, ALPHA).rr;
	if (ra != rb)
		return ra > rb;
	const int64_t na = x->times, nb = y->times;
	return na != nb ? na < nb : sv_cmp(a->name, b->name) < 0;
}

enum wend_err around_shared(struct around_rows *l, const struct around *x, struct err *err)
{
	struct shared_ctx c = { x, l, 0 };
	struct shared_acc *a = xcalloc(1, sizeof *a);
	struct fold f = { .acc_size = sizeof *a, .customer = add_journey, .merge = merge, .ctx = &c };
	struct fold_counts n;
	enum wend_err e = WEND_OK;
	while (c.n < l->n && c.n < AROUND_ROWS && l->v[c.n].cause)
		c.n++;
	around_fields(&f);
	fields_add(&f.fields, F_ORIGIN);
	fields_add(&f.fields, F_TEAM);
	if (c.n)
		e = fold_run(x->p, &f, a, &n, err);
	for (size_t r = 0; r < c.n && !e; r++) {
		struct around_row *v = &l->v[r];
		const struct around_row *closest = v;
		v->origin = origin_of(a, x, r);
		for (size_t q = 0; q < c.n; q++) {
			const struct around_row *o = &l->v[q];
			if (q == r || o->w != v->w || !closer(o, closest) || (double)a->both[r][q] < SHARED_OF * (double)a->both[r][r])
				continue;
			closest = o;
			v->same = o->name;
		}
	}
	around_sort(l);
	acc_release(a);
	free(a);
	return e;
}
