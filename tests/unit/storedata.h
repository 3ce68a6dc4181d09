/* Small stores for tests of the store: records in one line each, files as lists of them. */
#ifndef WEND_TESTS_STOREDATA_H
#define WEND_TESTS_STOREDATA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/mem.h"
#include "wend/store.h"

struct test_rec {
	enum kind kind;
	const char *id;       /* NULL = none */
	const char *keys;     /* "hand=c1 mail=a@example.com tel=+491 shopify=77 visitor=v1"; "" = guest */
	int64_t time_s;       /* seconds; WEND_NONE */
	int64_t amount;
	const char *channel;
	int64_t updated;      /* 0 = none */
};
struct test_file {
	const char *name;
	int64_t export_date;  /* 0 = none */
	const struct test_rec *rec;
	size_t n;
};

#define ASSERT_OK(call, e) do { if (call) fail_msg("%s", (e)->msg); } while (0)

static inline struct store *memory_store(void)
{
	struct store *s = NULL;
	struct err e = ERR_INIT;

	ASSERT_OK(store_open(&s, "", STORE_MEMORY, &e), &e);
	return s;
}

static inline int keys_of(struct person_key *out, const char *keys)
{
	struct sv rest = sv_of(keys), one;
	int n = 0;

	while (sv_cut(&rest, ' ', &one)) {
		struct sv space;

		if (!one.n)
			continue;
		sv_cut(&one, '=', &space);
		out[n] = (struct person_key){ SPACE_PRODUCT, space, one };
		if (sv_is(space, "hand"))
			out[n] = (struct person_key){ SPACE_HAND, SV_NONE, one };
		else if (sv_is(space, "mail"))
			out[n] = (struct person_key){ SPACE_MAIL, SV_NONE, one };
		else if (sv_is(space, "tel"))
			out[n] = (struct person_key){ SPACE_TEL, SV_NONE, one };
		else if (sv_is(space, "visitor"))
			out[n] = (struct person_key){ SPACE_VISITOR, SV("web"), one };
		n++;
	}
	return n;
}

static inline void record_of(struct record *r, const struct test_rec *t, size_t position)
{
	record_clear(r);
	r->kind = t->kind;
	r->id = t->id ? sv_of(t->id) : SV_NONE;
	r->position = position;
	r->line = position + 2;
	r->rows = 1;
	r->nkeys = keys_of(r->key, t->keys);
	r->v[F_TIME] = t->time_s == WEND_NONE ? WEND_NONE : wtime_instant_of(t->time_s);
	if (t->kind == KIND_ORDERS) {
		r->v[F_AMOUNT] = t->amount;
		r->v[F_CURRENCY] = (int64_t)currency_of(SV("EUR"));
	}
	if (t->channel)
		r->s[t->kind == KIND_INTERACTIONS ? F_TOUCHPOINT : F_CHANNEL] = sv_of(t->channel);
	if (t->updated)
		r->v[F_UPDATED] = wtime_instant_of(t->updated);
}

static inline int64_t load_file(struct store *s, const struct test_file *f, struct batch_counts *counts)
{
	struct batch_info info = { .file = f->name, .source = "test", .bytes = strlen(f->name), .export_date = f->export_date ? f->export_date : WEND_NONE };
	struct batch_counts own = { 0 }, *c = counts ? counts : &own;
	struct batch *b = NULL;
	struct err e = ERR_INIT;
	int64_t number = 0;

	memset(c, 0, sizeof *c);
	info.digest = digest128(f->name, strlen(f->name));
	info.kinds = KIND_ALL;
	ASSERT_OK(batch_begin(&b, s, &info, &e), &e);
	for (size_t i = 0; i < f->n; i++) {
		struct record r;

		record_of(&r, &f->rec[i], i);
		ASSERT_OK(store_add(b, &r, 1, &e), &e);
	}
	c->records = f->n;
	ASSERT_OK(batch_commit(b, &info, c, &number, &e), &e);
	return number;
}

/* One line a record: customer|time|kind|id|amount|channel, customers in the order of
 * their printed keys. */
static inline int line_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline char *dump_store(struct store *s, int parts)
{
	struct str out = STR_INIT;
	char **block = NULL;
	size_t n = 0, cap = 0;
	struct err e = ERR_INIT;

	for (int part = 0; part < parts; part++) {
		struct cursor_spec spec = { .kinds = KIND_ALL, .nobody = true, .part = part, .parts = parts };
		struct cursor *c = NULL;
		struct rows r;

		fields_add(&spec.fields, F_ID);
		fields_add(&spec.fields, F_AMOUNT);
		fields_add(&spec.fields, F_CHANNEL);
		fields_add(&spec.fields, F_TOUCHPOINT);
		ASSERT_OK(cursor_open(&c, s, &spec, &e), &e);
		while (cursor_next(c, &r, &e)) {
			struct str t = STR_INIT;
			struct sv who = store_customer(s, r.customer);

			for (size_t i = 0; i < r.n; i++) {
				struct sv id = rows_text(&r, r.f[F_ID][i]);
				struct sv ch = store_word(s, r.f[F_CHANNEL][i] != WEND_NONE ? r.f[F_CHANNEL][i] : r.f[F_TOUCHPOINT][i]);

				str_printf(&t, "%.*s|%lld|%s|%.*s|", (int)who.n, who.p, (long long)(r.time[i] == WEND_NONE ? -1 : wtime_secs(r.time[i])), kind_names[r.kind[i]], (int)id.n, id.p ? id.p : "");
				if (r.f[F_AMOUNT][i] != WEND_NONE)
					str_int(&t, r.f[F_AMOUNT][i]);
				str_printf(&t, "|%.*s\n", (int)ch.n, ch.p ? ch.p : "");
			}
			GROW(block, cap, n + 1);
			block[n++] = str_detach(&t);
		}
		if (e.code)
			fail_msg("%s", e.msg);
		cursor_close(c);
	}
	if (n > 1)
		qsort(block, n, sizeof *block, line_cmp);
	for (size_t i = 0; i < n; i++) {
		str_puts(&out, block[i]);
		free(block[i]);
	}
	free(block);
	return str_detach(&out);
}

#endif
