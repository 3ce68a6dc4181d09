/* Hand-made stores for tests: records typed in one line each, nothing on disk. */
#ifndef WEND_TEST_FIXTURE_H
#define WEND_TEST_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "wend/journey.h"
#include "wend/store.h"

struct fixture {
	struct store *s;
	struct batch *b;
	struct record r;
	uint64_t n;
	int files;
	struct batch_info info;
	struct batch_counts counts;
};

static inline void fx_ok(enum wend_err e, const struct err *err)
{
	if (e)
		fail_msg("%d: %s", (int)e, err->msg);
}

static inline void fx_open(struct fixture *x)
{
	struct err err = ERR_INIT;
	*x = (struct fixture){ 0 };
	fx_ok(store_open(&x->s, "", STORE_MEMORY, &err), &err);
}

static inline void fx_begin(struct fixture *x, uint32_t kinds)
{
	static char name[32];
	struct err err = ERR_INIT;
	snprintf(name, sizeof name, "file%d.csv", ++x->files);
	x->info = (struct batch_info){ .file = name, .bytes = (uint64_t)x->files, .preset = "", .source = "test", .options = "", .tz = "UTC",
				       .export_date = WEND_NONE, .kinds = kinds };
	x->info.digest = digest128(name, strlen(name));
	x->n = 0;
	fx_ok(batch_begin(&x->b, x->s, &x->info, &err), &err);
}

/* "2026-01-02" is a civil day, "2026-01-02T10:00Z" an instant. */
static inline int64_t fx_time(const char *text)
{
	struct stamp st;
	int64_t w = WEND_NONE;
	if (!stamp_iso(sv_of(text), &st) || !stamp_wtime(&st, zone_utc(), &w, NULL))
		fail_msg("'%s' is no time", text);
	return w;
}

/* Start a record; set more fields on the result, then fx_put. customer NULL = guest. */
static inline struct record *fx_rec(struct fixture *x, enum kind kind, const char *customer, const char *when)
{
	struct record *r = &x->r;
	record_clear(r);
	r->kind = kind;
	r->position = x->n;
	r->line = x->n + 2;
	r->rows = 1;
	if (customer) {
		r->key[0] = (struct person_key){ SPACE_HAND, SV_NONE, sv_of(customer) };
		r->nkeys = 1;
	}
	if (when)
		r->v[F_TIME] = fx_time(when);
	return r;
}

static inline void fx_put(struct fixture *x)
{
	struct err err = ERR_INIT;
	fx_ok(store_add(x->b, &x->r, 1, &err), &err);
	x->n += x->r.rows;
}

static inline void fx_commit(struct fixture *x)
{
	struct err err = ERR_INIT;
	int64_t number;
	x->counts = (struct batch_counts){ .records = x->n };
	fx_ok(batch_commit(x->b, &x->info, &x->counts, &number, &err), &err);
	x->b = NULL;
}

static inline void fx_touch(struct fixture *x, const char *customer, const char *when, const char *what)
{
	fx_rec(x, KIND_INTERACTIONS, customer, when)->s[F_TOUCHPOINT] = sv_of(what);
	fx_put(x);
}

static inline struct record *fx_order(struct fixture *x, const char *customer, const char *when, int64_t cents)
{
	struct record *r = fx_rec(x, KIND_ORDERS, customer, when);
	r->v[F_AMOUNT] = cents;
	r->v[F_CURRENCY] = currency_of(SV("EUR"));
	return r;
}

static inline void fx_close(struct fixture *x)
{
	store_close(x->s);
}

/* A population over the fixture; o may be NULL. */
static inline struct population fx_population(struct fixture *x, const struct report_options *o, enum kind counts_by)
{
	static const struct report_options none;
	struct population p;
	struct err err = ERR_INIT;
	fx_ok(population_init(&p, x->s, o ? o : &none, counts_by, &err), &err);
	return p;
}

/* Cell of a table as data formats spell it. */
static inline const char *fx_cell(const struct table *t, size_t row, const char *col)
{
	static struct str s[8];
	static int k;
	struct str *out = &s[k++ & 7];
	const int c = table_find(t, sv_of(col));
	if (c < 0 || row >= t->nrow)
		fail_msg("no row %zu or no column '%s'", row, col);
	str_reset(out);
	cell_text(out, &t->col[c], table_at(t, row, (size_t)c), NULL);
	return out->p ? out->p : "";
}

/* The table as --from reads it, all of it text; the caller releases it. */
static inline void fx_as_text(struct table *out, const struct table *t)
{
	struct str s = STR_INIT;
	table_init(out);
	for (size_t c = 0; c < t->ncol; c++)
		table_col(out, t->col[c].name, COL_TEXT, NULL, -1);
	for (size_t i = 0; i < t->nrow; i++)
		for (size_t c = 0; c < t->ncol; c++) {
			str_reset(&s);
			cell_text(&s, &t->col[c], table_at(t, i, c), NULL);
			put_text(out, s.n ? str_view(&s) : SV_NONE);
		}
	str_release(&s);
}

/* Row whose first columns read as given; fails when there is none. */
static inline size_t fx_row(const struct table *t, const char *a, const char *b)
{
	for (size_t i = 0; i < t->nrow; i++)
		if (!strcmp(fx_cell(t, i, t->col[0].name), a) && (!b || !strcmp(fx_cell(t, i, t->col[1].name), b)))
			return i;
	fail_msg("no row '%s' '%s'", a, b ? b : "");
	return 0;
}

#endif
