/* Batches as a reader sees them afterwards: what is added, replaced, held equal, joined,
 * and that neither the order of files nor the size of runs changes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store/batch.h"

static uint64_t state;
static uint32_t rnd(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

/* One file: records made by `rec`, added together, committed. */
#define FILE_MAX 4096
struct file {
	struct record r[FILE_MAX];
	size_t n;
	struct arena a;
	struct batch_info info;
	size_t run_rows;
	struct batch_counts c;
};

static struct file *file_new(const char *name)
{
	struct file *f = xcalloc(1, sizeof *f);
	f->info = (struct batch_info){ .file = name, .tz = "UTC", .export_date = WEND_NONE, .digest = { hash64(name, strlen(name)), 1 } };
	f->run_rows = RUN_ROWS_MAX;
	return f;
}

static struct record *rec(struct file *f, enum kind kind, const char *customer, const char *id, int64_t day)
{
	assert_true(f->n < FILE_MAX);
	struct record *r = &f->r[f->n];
	record_clear(r);
	r->kind = kind;
	r->position = f->n;
	r->line = f->n + 2;
	r->rows = 1;
	r->id = id ? sv_of(arena_strdup(&f->a, id)) : SV_NONE;
	if (customer) {
		r->key[0] = (struct person_key){ strchr(customer, '@') ? SPACE_MAIL : SPACE_HAND, SV_NONE, sv_of(arena_strdup(&f->a, customer)) };
		r->nkeys = 1;
	}
	r->v[F_TIME] = wtime_instant_of(1700000000 + day * 86400);
	f->n++;
	return r;
}

static struct record *order(struct file *f, const char *customer, const char *id, int64_t day, int64_t amount)
{
	struct record *r = rec(f, KIND_ORDERS, customer, id, day);
	r->v[F_AMOUNT] = amount;
	r->v[F_CURRENCY] = 'E' << 16 | 'U' << 8 | 'R';
	return r;
}

static void item(struct file *f, struct record *r, const char *product, int64_t amount)
{
	struct item *v = arena_alloc(&f->a, sizeof *v * (r->nitems + 1));
	if (r->nitems)
		memcpy(v, r->item, sizeof *v * r->nitems);
	v[r->nitems++] = (struct item){ sv_of(product), SV_NONE, 1000000, amount };
	r->item = v;
}

static void file_free(struct file *f)
{
	arena_release(&f->a);
	free(f);
}

static void ingest_keep(struct store *s, struct file *f)
{
	struct err err = ERR_INIT;
	struct batch *b;
	int64_t number;
	if (batch_begin(&b, s, &f->info, &err))
		fail_msg("%s", err.msg);
	b->run_rows = f->run_rows;
	for (size_t i = 0, k; i < f->n; i += k) {
		k = 1 + rnd() % 50;
		k = k < f->n - i ? k : f->n - i;
		if (store_add(b, f->r + i, k, &err))
			fail_msg("%s", err.msg);
	}
	memset(&f->c, 0, sizeof f->c);
	if (batch_commit(b, &f->info, &f->c, &number, &err))
		fail_msg("%s", err.msg);
}

static struct batch_counts ingest(struct store *s, struct file *f)
{
	ingest_keep(s, f);
	struct batch_counts c = f->c;
	file_free(f);
	return c;
}

static struct store *memory(void)
{
	struct store *s;
	struct err err = ERR_INIT;
	if (store_open(&s, NULL, STORE_MEMORY, &err))
		fail_msg("%s", err.msg);
	return s;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void put_value(struct str *out, struct store *s, const struct rows *r, int f, int64_t v)
{
	if (v == WEND_NONE)
		return;
	str_printf(out, " %s=", field_defs[f].name);
	if (field_defs[f].type == FT_WORD)
		str_sv(out, store_word(s, v));
	else if (field_defs[f].type == FT_TEXT)
		str_sv(out, rows_text(r, v));
	else
		str_int(out, v);
}

static void put_record(struct str *out, struct store *s, const struct rows *r, size_t i)
{
	struct sv name = r->customer ? store_customer(s, r->customer) : SV("nobody");
	str_sv(out, name.n ? name : SV("guest"));
	str_printf(out, " %s %lld", kind_names[r->kind[i]], (long long)wtime_secs(r->time[i] == WEND_NONE ? 0 : r->time[i]));
	for (int f = 1; f < F_COUNT; f++)
		if (r->f[f] && !field_defs[f].item)
			put_value(out, s, r, f, r->f[f][i]);
	for (uint32_t k = r->item_from ? r->item_from[i] : 0; r->item_from && k < r->item_from[i + 1]; k++) {
		str_puts(out, " [");
		for (int c = 0; c < 4; c++)
			put_value(out, s, r, F_PRODUCT + c, r->item_f[c] ? r->item_f[c][k] : WEND_NONE);
		str_puts(out, " ]");
	}
	for (uint32_t k = r->attr_from ? r->attr_from[i] : 0; r->attr_from && k < r->attr_from[i + 1]; k++) {
		struct sv n = store_word(s, r->attr_name[k]), v = rows_text(r, r->attr_value[k]);
		str_printf(out, " {%.*s=%.*s}", (int)n.n, n.p, (int)v.n, v.n ? v.p : "");
	}
	str_putc(out, '\n');
}

/* Every live record as a line, lines sorted. */
static char *dump(struct store *s)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .items = true, .attrs = true, .nobody = true, .from = INT64_MIN, .to = INT64_MAX, .part = 0, .parts = 1 };
	struct err err = ERR_INIT;
	struct cursor *c;
	struct rows rows;
	struct str out = STR_INIT, all = STR_INIT;
	char *line[FILE_MAX * 4];
	size_t n = 0;
	for (int f = 0; f < F_COUNT; f++)
		if (!field_defs[f].item)
			fields_add(&spec.fields, (enum field)f);
	if (cursor_open(&c, s, &spec, &err))
		fail_msg("%s", err.msg);
	while (cursor_next(c, &rows, &err)) {
		for (size_t i = 0; i < rows.n; i++) {
			str_reset(&out);
			put_record(&out, s, &rows, i);
			assert_true(n < FILE_MAX * 4);
			line[n++] = xstrdup(out.p);
		}
	}
	if (err.code)
		fail_msg("%s", err.msg);
	cursor_close(c);
	qsort(line, n, sizeof *line, by_text);
	for (size_t i = 0; i < n; i++) {
		str_puts(&all, line[i]);
		free(line[i]);
	}
	str_release(&out);
	return str_detach(&all);
}

static void holds(struct store *s, const char *want)
{
	char *got = dump(s);
	assert_string_equal(got, want);
	free(got);
}

static int64_t number(struct store *s, const char *sql)
{
	sqlite3_stmt *st = NULL;
	assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

#define T0 "1700000000"
#define T1 "1700086400"
#define T2 "1700172800"

static void orders_come_back_by_customer_and_time(void **unused)
{
	(void)unused;
	struct store *s = memory();
	struct file *f = file_new("a.csv");
	struct record *r = order(f, "bo@example.com", "A-2", 1, 200);
	r->s[F_CHANNEL] = SV("web");
	item(f, r, "tea", 150);
	item(f, r, "cup", 50);
	r = order(f, "al@example.com", "A-10", 0, 100);
	r->s[F_SESSION] = SV("x y");
	r->attr = &(struct attr){ SV("colour"), SV("red") };
	r->nattrs = 1;
	order(f, "bo@example.com", "007", 0, 300);
	struct batch_counts c = ingest(s, f);
	assert_int_equal(c.added, 3);
	assert_int_equal(c.customers, 2);
	assert_int_equal(c.customers_new, 2);
	assert_int_equal(c.items, 2);
	holds(s, "al@example.com orders " T0 " id=A-10 amount=100 currency=4543826 session=x y {colour=red}\n"
		"bo@example.com orders " T0 " id=007 amount=300 currency=4543826\n"
		"bo@example.com orders " T1 " id=A-2 amount=200 currency=4543826 channel=web [ product=tea quantity=1000000 item_amount=150 ] [ product=cup quantity=1000000 item_amount=50 ]\n");
	store_close(s);
}

static struct file *march(const char *name, int from, int to)
{
	struct file *f = file_new(name);
	char id[32], who[32];
	for (int i = from; i < to; i++) {
		snprintf(id, sizeof id, i % 7 ? "ORD-%05d" : "x%d", i);
		snprintf(who, sizeof who, "c%d@example.com", i * 7919 % 97);
		struct record *r = order(f, who, id, i % 40, i * 3 % 1000);
		item(f, r, i % 2 ? "tea" : "cup", i * 3 % 1000);
	}
	return f;
}

static void the_same_records_again_are_duplicates(void **unused)
{
	(void)unused;
	for (size_t run = 100; run < 10000; run *= 90) {
		struct store *s = memory();
		struct file *f = march("a.csv", 0, 900), *g = march("b.csv", 0, 900), *h = march("c.csv", 500, 1500);
		f->run_rows = g->run_rows = h->run_rows = run;
		assert_int_equal(ingest(s, f).added, 900);
		char *before = dump(s);
		struct batch_counts c = ingest(s, g);
		assert_int_equal(c.duplicates, 900);
		assert_int_equal(c.matched, 900);
		assert_int_equal(c.matched_by[SPACE_MAIL], 900);
		holds(s, before);
		c = ingest(s, h);
		assert_int_equal(c.duplicates, 400);
		assert_int_equal(c.added, 600);
		free(before);
		store_close(s);
	}
}

static void a_changed_row_replaces_and_an_older_export_does_not(void **unused)
{
	(void)unused;
	for (int swap = 0; swap < 2; swap++) {
		struct store *s = memory();
		struct file *old = file_new("old.csv"), *new = file_new("new.csv");
		old->info.export_date = wtime_of_day(19000);
		new->info.export_date = wtime_of_day(19001);
		order(old, "a@example.com", "1", 0, 100);
		order(old, "a@example.com", "2", 1, 100);
		order(new, "a@example.com", "1", 0, 70);
		struct batch_counts c1 = ingest(s, swap ? new : old), c2 = ingest(s, swap ? old : new);
		assert_int_equal(c1.added, swap ? 1 : 2);
		assert_int_equal(c2.updated, swap ? 0 : 1);
		assert_int_equal(c2.duplicates, swap ? 1 : 0);
		holds(s, "a@example.com orders " T0 " id=1 amount=70 currency=4543826\na@example.com orders " T1 " id=2 amount=100 currency=4543826\n");
		store_close(s);
	}
}

static void the_stamp_of_a_record_decides_before_the_date_of_its_export(void **unused)
{
	(void)unused;
	for (int swap = 0; swap < 2; swap++) {
		struct store *s = memory();
		struct file *a = file_new("a.csv"), *b = file_new("b.csv");
		a->info.export_date = wtime_of_day(19000);
		b->info.export_date = wtime_of_day(19001);
		order(a, "a@example.com", "1", 0, 100)->v[F_UPDATED] = wtime_instant_of(1700000500);
		order(b, "a@example.com", "1", 0, 70)->v[F_UPDATED] = wtime_instant_of(1700000400);
		ingest(s, swap ? b : a);
		ingest(s, swap ? a : b);
		holds(s, "a@example.com orders " T0 " id=1 amount=100 currency=4543826 updated=3400001000\n");
		store_close(s);
	}
}

static void an_equal_row_in_a_newer_export_lends_its_rank(void **unused)
{
	(void)unused;
	static const int permutation[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	for (int p = 0; p < 6; p++) {
		struct store *s = memory();
		for (int k = 0; k < 3; k++) { /* 100 of day 1, 70 of day 2, 100 again of day 3 */
			int which = permutation[p][k];
			struct file *f = file_new(which == 0 ? "1.csv" : which == 1 ? "2.csv" : "3.csv");
			f->info.export_date = wtime_of_day(19000 + which);
			order(f, "a@example.com", "1", 0, which == 1 ? 70 : 100);
			ingest(s, f);
		}
		holds(s, "a@example.com orders " T0 " id=1 amount=100 currency=4543826\n");
		store_close(s);
	}
}

static void a_record_that_moved_is_seen_under_its_new_customer_only(void **unused)
{
	(void)unused;
	static const int permutation[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	for (int p = 0; p < 6; p++) {
		struct store *s = memory();
		for (int k = 0; k < 3; k++) {
			static const char *const who[] = { "a@example.com", "b@example.com", "c@example.com" };
			int which = permutation[p][k];
			struct file *f = file_new(who[which]);
			f->info.export_date = wtime_of_day(19000 + which);
			order(f, who[which], "1", 0, 100);
			order(f, who[which], "only", which, 5);
			f->r[1].id = sv_of(arena_printf(&f->a, "only-%d", which));
			ingest(s, f);
		}
		holds(s, "a@example.com orders " T0 " id=only-0 amount=5 currency=4543826\nb@example.com orders " T1 " id=only-1 amount=5 currency=4543826\n"
			"c@example.com orders " T0 " id=1 amount=100 currency=4543826\nc@example.com orders " T2 " id=only-2 amount=5 currency=4543826\n");
		store_close(s);
	}
}

static struct file *plain(const char *name, int copies)
{
	struct file *f = file_new(name);
	for (int i = 0; i < copies; i++)
		order(f, "a@example.com", NULL, 0, 100);
	order(f, "a@example.com", NULL, 0, 200);
	order(f, "b@example.com", NULL, 0, 100);
	return f;
}

static void equal_sales_without_an_id_stay_and_overlaps_add_none(void **unused)
{
	(void)unused;
	for (size_t run = 1; run < 10; run += 2) {
		struct store *s = memory();
		struct file *f = plain("a.csv", 2), *g = plain("b.csv", 3), *h = plain("c.csv", 3);
		f->run_rows = g->run_rows = h->run_rows = run;
		assert_int_equal(ingest(s, f).added, 4);
		struct batch_counts c = ingest(s, g);
		assert_int_equal(c.added, 1);
		assert_int_equal(c.duplicates, 4);
		assert_int_equal(ingest(s, h).duplicates, 5);
		holds(s, "a@example.com orders " T0 " amount=100 currency=4543826\na@example.com orders " T0 " amount=100 currency=4543826\n"
			"a@example.com orders " T0 " amount=100 currency=4543826\na@example.com orders " T0 " amount=200 currency=4543826\nb@example.com orders " T0 " amount=100 currency=4543826\n");
		store_close(s);
	}
}

static void the_same_id_twice_in_a_file_is_one_record(void **unused)
{
	(void)unused;
	for (size_t run = 1; run < 12; run += 2) {
		struct store *s = memory();
		struct file *f = file_new("a.csv");
		f->run_rows = run;
		order(f, "a@example.com", "1", 0, 100);
		order(f, "a@example.com", "2", 0, 100);
		order(f, "a@example.com", "3", 0, 100)->v[F_UPDATED] = 10;
		order(f, "a@example.com", "1", 0, 100);
		order(f, "a@example.com", "2", 0, 90);
		order(f, "a@example.com", "3", 0, 80)->v[F_UPDATED] = 8;
		order(f, "a@example.com", "2", 0, 70);
		order(f, "a@example.com", "1", 0, 100);
		struct batch_counts c = ingest(s, f);
		assert_int_equal(c.added, 3);
		assert_int_equal(c.duplicates, 2);
		assert_int_equal(c.updated, 3);
		assert_int_equal(number(s, "SELECT sum(n) FROM run WHERE type = 0"), 3);
		assert_int_equal(number(s, "SELECT sum(n) FROM block"), 3);
		holds(s, "a@example.com orders " T0 " id=1 amount=100 currency=4543826\na@example.com orders " T0 " id=2 amount=70 currency=4543826\na@example.com orders " T0 " id=3 amount=100 currency=4543826 updated=10\n");
		store_close(s);
	}
}

static struct file *scattered(const char *name)
{
	struct file *f = file_new(name);
	static const char *const product[] = { "tea", "cup", "pot" };
	for (int line = 0; line < 3; line++) {
		for (int i = 0; i < 40; i++) {
			char id[16];
			snprintf(id, sizeof id, "S%03d", i);
			struct record *r = order(f, "a@example.com", id, i, 10 * (line + 1));
			item(f, r, product[line], 10 * (line + 1));
			if (line == 0)
				r->s[F_CHANNEL] = SV("web");
		}
	}
	return f;
}

static void lines_of_an_order_that_lie_apart_are_one_order(void **unused)
{
	(void)unused;
	for (size_t run = 7; run < 1000; run *= 4) {
		struct store *s = memory();
		struct file *f = scattered("a.csv"), *g = scattered("b.csv");
		f->run_rows = g->run_rows = run;
		struct batch_counts c = ingest(s, f);
		assert_int_equal(c.used, 120);
		assert_int_equal(c.added, 120);
		assert_int_equal(number(s, "SELECT sum(n) FROM run WHERE type = 0"), 40);
		assert_int_equal(number(s, "SELECT sum(rows) FROM run WHERE type = 0"), 120);
		char *before = dump(s);
		assert_non_null(strstr(before, "id=S039 amount=60 currency=4543826 channel=web [ product=tea quantity=1000000 item_amount=10 ] [ product=cup quantity=1000000 item_amount=20 ] [ product=pot quantity=1000000 item_amount=30 ]"));
		ingest(s, g);
		holds(s, before);
		free(before);
		store_close(s);
	}
}

static void a_row_equal_at_first_and_changed_later_in_the_file_is_changed(void **unused)
{
	(void)unused;
	for (size_t run = 1; run < 5; run++) {
		struct store *s = memory();
		struct file *f = file_new("a.csv"), *g = file_new("b.csv");
		order(f, "a@example.com", "1", 0, 100);
		order(f, "a@example.com", "2", 0, 100);
		ingest(s, f);
		g->run_rows = run;
		order(g, "a@example.com", "1", 0, 100);
		order(g, "a@example.com", "2", 0, 100);
		order(g, "a@example.com", "1", 0, 60);
		order(g, "a@example.com", "2", 0, 100);
		struct batch_counts c = ingest(s, g);
		assert_int_equal(c.used, 4);
		assert_int_equal(c.added, 0);
		holds(s, "a@example.com orders " T0 " id=1 amount=60 currency=4543826\na@example.com orders " T0 " id=2 amount=100 currency=4543826\n");
		assert_int_equal(number(s, "SELECT sum(n) FROM run WHERE type = 1"), 1);
		store_close(s);
	}
}

static void guests_stay_apart_and_are_known_again(void **unused)
{
	(void)unused;
	struct store *s = memory();
	for (int pass = 0; pass < 2; pass++) {
		struct file *f = file_new(pass ? "b.csv" : "a.csv");
		order(f, NULL, NULL, 0, 100);
		order(f, NULL, NULL, 0, 100);
		order(f, NULL, "7", 0, 100);
		rec(f, KIND_SPEND, NULL, NULL, 0)->s[F_CHANNEL] = SV("search");
		struct batch_counts c = ingest(s, f);
		assert_int_equal(c.guests, 3);
		assert_int_equal(c.customers, 0);
		assert_int_equal(c.customers_new, 0);
		assert_int_equal(pass ? c.duplicates : c.added, 4);
	}
	holds(s, "guest orders " T0 " amount=100 currency=4543826\nguest orders " T0 " amount=100 currency=4543826\nguest orders " T0 " id=7 amount=100 currency=4543826\nnobody spend " T0 " channel=search\n");
	store_close(s);
}

static void a_record_that_shares_its_row_is_covered_as_one_of_its_kind(void **unused)
{
	(void)unused;
	struct store *s = memory();
	struct file *f = file_new("tickets.csv");
	rec(f, KIND_INTERACTIONS, "al@example.com", "T-1", 0)->s[F_TOUCHPOINT] = SV("email");
	struct record *r = rec(f, KIND_FEEDBACK, "al@example.com", "T-1", 0);
	r->rows = 0;
	r->v[F_SCORE] = 4000000;
	ingest(s, f);
	assert_int_equal(number(s, "SELECT n FROM coverage WHERE kind = 2"), 1);
	assert_int_equal(number(s, "SELECT n FROM coverage WHERE kind = 3"), 1);
	store_close(s);
}

static void two_keys_on_one_record_are_evidence_once(void **unused)
{
	(void)unused;
	struct store *s = memory();
	struct file *f = file_new("a.csv");
	for (int i = 0; i < 10; i++) {
		struct record *r = order(f, i % 2 ? "a@example.com" : "b@example.com", NULL, i, i);
		r->key[1] = (struct person_key){ SPACE_TEL, SV_NONE, SV("+351210000000") };
		r->key[2] = (struct person_key){ SPACE_VISITOR, SV("ga"), i < 5 ? SV("v1") : SV("v2") };
		r->nkeys = 3;
	}
	struct batch_counts c = ingest(s, f);
	assert_int_equal(c.customers, 1);
	assert_int_equal(number(s, "SELECT sum(n) FROM link"), 2 + 5 + 5);
	f = file_new("b.csv");
	struct record *r = order(f, "new@example.com", NULL, 0, 1);
	r->key[1] = (struct person_key){ SPACE_TEL, SV_NONE, SV("+351210000000") };
	r->nkeys = 2;
	order(f, "other@example.com", NULL, 0, 1);
	c = ingest(s, f);
	assert_int_equal(c.matched, 1);
	assert_int_equal(c.matched_by[SPACE_TEL], 1);
	assert_int_equal(c.customers_new, 1);
	store_close(s);
}

static void an_abort_leaves_the_state_before(void **unused)
{
	(void)unused;
	struct store *s = memory();
	struct err err = ERR_INIT;
	ingest(s, march("a.csv", 0, 50));
	char *before = dump(s);
	int64_t words = number(s, "SELECT count(*) FROM name"), generation = (int64_t)store_generation(s);
	for (int pass = 0; pass < 2; pass++) {
		struct file *f = march("b.csv", 0, 400);
		struct batch *b;
		struct batch_counts c = { 0 };
		for (size_t i = 0; i < f->n; i++)
			f->r[i].s[F_CHANNEL] = SV("new word");
		assert_int_equal(batch_begin(&b, s, &f->info, &err), WEND_OK);
		b->run_rows = 90;
		assert_int_equal(store_add(b, f->r, f->n, &err), WEND_OK);
		if (pass) {
			assert_int_equal(batch_preview(b, &c, &err), WEND_OK);
			assert_int_equal(c.added, 350);
			assert_int_equal(c.updated, 50);
		} else {
			batch_abort(b);
		}
		file_free(f);
		holds(s, before);
		assert_int_equal(number(s, "SELECT count(*) FROM name"), words);
		assert_int_equal(number(s, "SELECT count(*) FROM batch"), 1);
		assert_int_equal((int64_t)store_generation(s), generation);
	}
	ingest(s, march("c.csv", 0, 400));
	assert_int_equal(number(s, "SELECT sum(n) FROM run WHERE type = 0"), 400);
	free(before);
	store_close(s);
}

static void files_and_refusals_are_remembered(void **unused)
{
	(void)unused;
	struct store *s = memory();
	struct err err = ERR_INIT;
	struct seen_file seen[4];
	struct file *f = march("a.csv", 0, 5);
	f->info.preset = "shop";
	f->info.bytes = 123;
	f->info.digest = (struct digest){ 0x0123456789abcdef, 0xfedcba9876543210 };
	ingest(s, f);
	assert_int_equal(store_record_refusal(s, &(struct batch_info){ .file = "bad.csv", .reason = "no header", .export_date = WEND_NONE }, &err), WEND_OK);
	assert_int_equal(store_seen(s, seen, 4), 1);
	assert_int_equal(seen[0].bytes, 123);
	assert_true(seen[0].digest.hi == 0x0123456789abcdef && seen[0].digest.lo == 0xfedcba9876543210);
	assert_string_equal(seen[0].preset, "shop");
	assert_int_equal(seen[0].counts.added, 5);
	assert_int_equal(number(s, "SELECT count(*) FROM batch WHERE state = 'refused' AND reason = 'no header'"), 1);
	assert_int_equal(number(s, "SELECT sum(n) FROM coverage"), 5);
	store_close(s);
}

static const char *const words[] = { "web", "shop", "phone", "é", "" };

/* A world of records with versions, and files that each tell a part of it. */
static void fill_random(struct file *f, uint32_t seed, int from, int to)
{
	for (int i = from; i < to; i++) {
		uint64_t was = state;
		state = seed * 1000003u + (uint32_t)i;
		rnd();
		char id[40], who[40];
		enum kind kind = (enum kind)(rnd() % KIND_COUNT);
		snprintf(who, sizeof who, "c%u@example.com", rnd() % 20);
		snprintf(id, sizeof id, rnd() % 2 ? "%u" : "n-%08u", (unsigned)i * 31);
		int version = (int)(was >> 40) % 3;
		struct record *r = rec(f, kind, rnd() % 9 ? who : NULL, rnd() % 3 ? id : NULL, rnd() % 30);
		for (int k = 0; k < F_COUNT; k++) {
			const struct field_def *d = &field_defs[k];
			bool wanted = rnd() % 3 == 0, may = d->kinds & KIND_BIT(kind) && k != F_TIME && k != F_ID && k != F_UPDATED && k != F_EMPLOYEE && !d->item;
			int64_t v = rnd() % 5 ? rnd() % 1000 : (int64_t)rnd() << 20;
			if (!wanted || !may)
				continue;
			if (d->type == FT_WORD)
				r->s[k] = sv_of(words[rnd() % 5]);
			else if (d->type == FT_TEXT)
				r->s[k] = sv_of(arena_printf(&f->a, "text %u %s", rnd() % 100, words[rnd() % 5]));
			else
				r->v[k] = d->type == FT_CURRENCY ? 'U' << 16 | 'S' << 8 | 'D' : v;
		}
		for (uint32_t k = rnd() % 3; kind == KIND_ORDERS && k > 0; k--)
			item(f, r, words[k], (int64_t)(rnd() % 100));
		if (r->id.p && kind != KIND_ORDERS) { /* versions differ in one field and say so */
			r->v[F_UPDATED] = wtime_instant_of(1700000000 + version);
			r->v[F_OFFSET_S] = version * 3600;
		}
		state = was;
		rnd();
	}
}

static void the_order_of_files_changes_nothing(void **unused)
{
	(void)unused;
	for (uint32_t seed = 1; seed < 25; seed++) {
		char *first = NULL;
		for (int turn = 0; turn < 3; turn++) {
			struct store *s = memory();
			static const char *const name[] = { "0.csv", "1.csv", "2.csv", "3.csv" };
			for (int k = 0; k < 4; k++) {
				int which = turn == 0 ? k : turn == 1 ? 3 - k : (k * 3 + 1) % 4;
				struct file *f = file_new(name[which]);
				state = seed * 77 + (uint32_t)which;
				fill_random(f, seed, which * 60, which * 60 + 150);
				f->run_rows = turn ? 1 + (seed * 13 + (uint32_t)turn) % 60 : RUN_ROWS_MAX;
				ingest(s, f);
			}
			char *d = dump(s);
			if (first)
				assert_string_equal(first, d);
			else
				first = xstrdup(d);
			free(d);
			store_close(s);
		}
		free(first);
	}
}

/* Exports of different days tell of orders that change, move to another customer and
 * back: whatever the order of ingest, the newest word on each order holds. */
static void the_newest_export_wins_in_any_order(void **unused)
{
	(void)unused;
	enum { FILES = 5, IDS = 12 };
	for (uint32_t seed = 1; seed < 120; seed++) {
		struct str want = STR_INIT;
		struct store *s = memory();
		int version[FILES][IDS], turn[FILES];
		char *line[IDS];
		size_t lines = 0;
		state = seed;
		for (int f = 0; f < FILES; f++) {
			turn[f] = f;
			for (int i = 0; i < IDS; i++)
				version[f][i] = (int)(rnd() % 4) - 1;
		}
		for (int f = FILES - 1; f > 0; f--) {
			int k = (int)(rnd() % (uint32_t)(f + 1)), t = turn[f];
			turn[f] = turn[k];
			turn[k] = t;
		}
		for (int f = 0; f < FILES; f++) {
			struct file *file = file_new((const char *[]){ "0", "1", "2", "3", "4" }[turn[f]]);
			file->info.export_date = wtime_of_day(19000 + turn[f]);
			file->run_rows = 1 + rnd() % 9;
			for (int i = 0; i < IDS; i++) {
				char who[8] = { (char)('a' + version[turn[f]][i]), '@', 'x', 0 }, id[12];
				snprintf(id, sizeof id, "%d", i);
				if (version[turn[f]][i] >= 0)
					order(file, who, id, version[turn[f]][i] % 2, 5);
			}
			ingest(s, file);
		}
		for (int i = 0; i < IDS; i++) {
			int f = FILES - 1;
			while (f >= 0 && version[f][i] < 0)
				f--;
			str_reset(&want);
			if (f >= 0) {
				str_printf(&want, "%c@x orders %d id=%d amount=5 currency=4543826\n", 'a' + version[f][i], 1700000000 + version[f][i] % 2 * 86400, i);
				line[lines++] = xstrdup(want.p);
			}
		}
		qsort(line, lines, sizeof *line, by_text);
		str_reset(&want);
		for (size_t i = 0; i < lines; i++) {
			str_puts(&want, line[i]);
			free(line[i]);
		}
		holds(s, want.p);
		str_release(&want);
		store_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_come_back_by_customer_and_time),
		cmocka_unit_test(the_same_records_again_are_duplicates),
		cmocka_unit_test(a_changed_row_replaces_and_an_older_export_does_not),
		cmocka_unit_test(the_stamp_of_a_record_decides_before_the_date_of_its_export),
		cmocka_unit_test(an_equal_row_in_a_newer_export_lends_its_rank),
		cmocka_unit_test(a_record_that_moved_is_seen_under_its_new_customer_only),
		cmocka_unit_test(equal_sales_without_an_id_stay_and_overlaps_add_none),
		cmocka_unit_test(the_same_id_twice_in_a_file_is_one_record),
		cmocka_unit_test(lines_of_an_order_that_lie_apart_are_one_order),
		cmocka_unit_test(a_row_equal_at_first_and_changed_later_in_the_file_is_changed),
		cmocka_unit_test(guests_stay_apart_and_are_known_again),
		cmocka_unit_test(a_record_that_shares_its_row_is_covered_as_one_of_its_kind),
		cmocka_unit_test(two_keys_on_one_record_are_evidence_once),
		cmocka_unit_test(an_abort_leaves_the_state_before),
		cmocka_unit_test(files_and_refusals_are_remembered),
		cmocka_unit_test(the_order_of_files_changes_nothing),
		cmocka_unit_test(the_newest_export_wins_in_any_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
