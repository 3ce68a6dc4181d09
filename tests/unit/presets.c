/* Every preset reads a small export of its product into the values written beside it.
 *
 * tests/data/presets/NAME.expected has one "NAME: VALUE" a line:
 *   file: F           the export, when it is not NAME.csv
 *   option tz: Z      tz, currency, as, map (may be repeated), const, preset
 *   preset: P         the preset that was recognised
 *   records, used, rejected, ignored, items, guests, customers
 *   KIND              records of a kind
 *   KIND.first, KIND.last          smallest and greatest own time, in UTC
 *   KIND.counted                   records whose money counts
 *   KIND.FIELD                     filled values; numbers: their sum
 *   KIND.FIELD EUR                 sum of that money over the records that count
 *   KIND.FIELD = WORD              records with that word or text
 *   KIND.keep NAME = VALUE         records with that attribute
 *   item.FIELD, item.FIELD = WORD  the same for items
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>
#include "wend/ingest.h"
#include "wend/mem.h"

#define FOLDER "tests/data/presets"

struct sample {
	char name[128], file[256], fault[512];
	struct ingest_options o;
	struct store *store;
	struct ingest_result res;
	struct str expected;
};

static void slurp(struct str *out, const char *path)
{
	char buf[4096];
	size_t n;
	FILE *const f = fopen(path, "r");
	if (!f)
		fail_msg("cannot read '%s'", path);
	while ((n = fread(buf, 1, sizeof buf, f)))
		str_add(out, buf, n);
	fclose(f);
}

/* "NAME: VALUE" of the next line that is no comment. */
static bool next_line(struct sv *rest, struct sv *name, struct sv *value)
{
	struct sv line;
	while (sv_cut(rest, '\n', &line)) {
		const ptrdiff_t at = sv_find(line, SV(": "));
		if (!line.n || line.p[0] == '#' || at < 0)
			continue;
		*name = sv_n(line.p, (size_t)at);
		*value = sv_n(line.p + at + 2, line.n - (size_t)at - 2);
		return true;
	}
	return false;
}

static char *copy(struct sv v)
{
	return xstrndup(v.p, v.n);
}

static void list_add(struct opt_list *l, struct sv v)
{
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = copy(v);
}

static void options(struct sample *s)
{
	struct sv rest = str_view(&s->expected), name, value;
	snprintf(s->file, sizeof s->file, FOLDER "/%s.csv", s->name);
	while (next_line(&rest, &name, &value)) {
		if (sv_is(name, "file"))
			snprintf(s->file, sizeof s->file, FOLDER "/%.*s", (int)value.n, value.p);
		else if (sv_is(name, "option tz"))
			s->o.tz = copy(value);
		else if (sv_is(name, "option currency"))
			s->o.currency_code = copy(value);
		else if (sv_is(name, "option country"))
			s->o.country = copy(value);
		else if (sv_is(name, "option as"))
			s->o.as = copy(value);
		else if (sv_is(name, "option map"))
			list_add(&s->o.map, value);
		else if (sv_is(name, "option const"))
			list_add(&s->o.konst, value);
	}
	s->o.rejects = "/dev/null";
	s->o.max_rejects = "100%";
}

/* ---- what is in the store ---- */

struct query {
	bool kinds[KIND_COUNT];
	int field;               /* -1 = none */
	bool item, sum_money, by_word, counted, first, last, attr;
	currency money;
	struct sv word, attr_name;
	int64_t n, sum, time;
};

static bool parse_query(struct query *q, struct sv name)
{
	struct sv head = name, tail = SV_NONE;
	enum kind k;
	*q = (struct query){ .field = -1, .time = WEND_NONE };
	const ptrdiff_t is = sv_find(name, SV(" = "));
	if (is > 0) {
		q->by_word = true;
		q->word = sv_n(name.p + is + 3, name.n - (size_t)is - 3);
		head = sv_n(name.p, (size_t)is);
	}
	const ptrdiff_t dot = sv_find(head, SV("."));
	if (dot > 0) {
		tail = sv_n(head.p + dot + 1, head.n - (size_t)dot - 1);
		head = sv_n(head.p, (size_t)dot);
	}
	if (sv_is(head, "item")) {
		q->item = true;
		k = KIND_ORDERS;
	} else if (!kind_by_name(head, &k)) {
		return false;
	}
	q->kinds[k] = true;
	if (!tail.p)
		return true;
	if (tail.n > 4 && tail.p[tail.n - 4] == ' ' && currency_of(sv_n(tail.p + tail.n - 3, 3))) {
		q->sum_money = true;
		q->money = currency_of(sv_n(tail.p + tail.n - 3, 3));
		tail = sv_n(tail.p, tail.n - 4);
	}
	if (sv_starts(tail, "keep ")) {
		q->attr = true;
		q->attr_name = sv_n(tail.p + 5, tail.n - 5);
		return true;
	}
	q->counted = sv_is(tail, "counted");
	q->first = sv_is(tail, "first");
	q->last = sv_is(tail, "last");
	if (q->first || q->last) {
		q->field = F_TIME;
		return true;
	}
	if (q->counted)
		return true;
	q->field = field_by_name(k, tail);
	return q->field >= 0;
}

static struct sv text_of(const struct store *s, const struct rows *r, enum field f, int64_t v)
{
	if (v == WEND_NONE)
		return SV_NONE;
	return field_defs[f].type == FT_WORD ? store_word(s, v) : rows_text(r, v);
}

static void take_value(struct query *q, const struct store *s, const struct rows *r, enum field f, int64_t v)
{
	if (v == WEND_NONE)
		return;
	const enum field_type t = field_defs[f].type;
	if (q->by_word) {
		q->n += sv_eq(text_of(s, r, f, v), q->word);
		return;
	}
	q->n++;
	if (t == FT_MONEY || t == FT_INT || t == FT_DEC)
		q->sum += v;
	if (t == FT_TIME && (q->time == WEND_NONE || (q->first && v < q->time) || (q->last && v > q->time)))
		q->time = v;
}

static void take_items(struct query *q, const struct store *s, const struct rows *r, size_t i)
{
	static const enum field f[4] = { F_PRODUCT, F_CATEGORY, F_QUANTITY, F_ITEM_AMOUNT };
	for (uint32_t k = r->item_from[i]; k < r->item_from[i + 1]; k++) {
		if (q->field < 0) {
			q->n++;
			continue;
		}
		for (int c = 0; c < 4; c++)
			if (f[c] == (enum field)q->field)
				take_value(q, s, r, f[c], r->item_f[c][k]);
	}
}

static void take_row(struct query *q, const struct store *s, const struct rows *r, size_t i)
{
	const bool counts = !r->f[F_COUNTED] || r->f[F_COUNTED][i] != 0;
	if (q->attr) {
		for (uint32_t k = r->attr_from[i]; k < r->attr_from[i + 1]; k++)
			q->n += sv_eq(store_word(s, r->attr_name[k]), q->attr_name) && (!q->by_word || sv_eq(rows_text(r, r->attr_value[k]), q->word));
	} else if (q->counted) {
		q->n += counts;
	} else if (q->sum_money && (!counts || r->f[F_CURRENCY][i] != (int64_t)q->money)) {
		return;
	} else if (q->item) {
		take_items(q, s, r, i);
	} else if (q->field < 0) {
		q->n++;
	} else {
		take_value(q, s, r, (enum field)q->field, r->f[q->field][i]);
	}
}

static bool run_query(struct query *q, struct store *s, struct err *err)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .items = true, .attrs = true, .nobody = true, .from = INT64_MIN, .to = INT64_MAX, .parts = 1 };
	struct cursor *c = NULL;
	struct rows r;
	for (int f = 0; f < F_COUNT; f++)
		if (!field_defs[f].item)
			fields_add(&spec.fields, (enum field)f);
	if (cursor_open(&c, s, &spec, err))
		return false;
	while (cursor_next(c, &r, err))
		for (size_t i = 0; i < r.n; i++)
			if (q->kinds[r.kind[i]])
				take_row(q, s, &r, i);
	cursor_close(c);
	return err->code == WEND_OK;
}

static void answer(struct str *out, const struct query *q)
{
	const enum field_type t = q->field < 0 ? FT_TEXT : field_defs[q->field].type;
	if (q->first || q->last)
		wtime_text(out, q->time, NULL);
	else if (q->by_word || q->field < 0)
		str_int(out, q->n);
	else if (t == FT_MONEY)
		str_minor(out, q->sum, q->sum_money ? currency_exponent(q->money) : 0);
	else if (t == FT_DEC)
		str_real(out, (double)q->sum / 1e6);
	else
		str_int(out, t == FT_INT ? q->sum : q->n);
}

static bool counted_value(struct str *out, const struct sample *s, struct sv name)
{
	const struct batch_counts *const c = &s->res.counts;
	const struct { const char *name; uint64_t v; } known[] = {
		{ "records", c->records }, { "used", c->used }, { "rejected", c->rejected }, { "ignored", c->ignored },
		{ "items", c->items }, { "guests", c->guests }, { "customers", c->customers },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (sv_is(name, known[i].name)) {
			str_int(out, (int64_t)known[i].v);
			return true;
		}
	if (!sv_is(name, "preset"))
		return false;
	str_puts(out, s->res.preset);
	return true;
}

/* ---- one sample ---- */

static void complain(struct sample *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct sample *s, const char *fmt, ...)
{
	char line[480];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	print_error("%s: %s\n", s->name, line);
	snprintf(s->fault, sizeof s->fault, "%s", line);
}

static void compare(struct sample *s)
{
	struct sv rest = str_view(&s->expected), name, value;
	struct str got = STR_INIT;
	while (next_line(&rest, &name, &value)) {
		struct err err = ERR_INIT;
		struct query q;
		if (sv_starts(name, "option ") || sv_is(name, "file"))
			continue;
		str_reset(&got);
		if (!counted_value(&got, s, name)) {
			if (!parse_query(&q, name)) {
				complain(s, "'%.*s' is not understood", (int)name.n, name.p);
				continue;
			}
			if (!run_query(&q, s->store, &err)) {
				complain(s, "%s", err.msg);
				continue;
			}
			answer(&got, &q);
		}
		if (!sv_eq(str_view(&got), value))
			complain(s, "%.*s is %s, not %.*s", (int)name.n, name.p, got.n ? got.p : "''", (int)value.n, value.p);
	}
	str_release(&got);
}

static void ingest_twice(struct sample *s)
{
	struct err err = ERR_INIT;
	struct ingest_result again = { 0 };
	if (ingest_file(s->store, s->file, &s->o, &s->res, &err) || s->res.status) {
		complain(s, "%s", err.msg[0] ? err.msg : s->res.why.n ? s->res.why.p : "refused without a reason");
		return;
	}
	const struct batch_counts *const c = &s->res.counts;
	if (c->records != c->used + c->rejected + c->ignored || c->used != c->added + c->updated + c->duplicates)
		complain(s, "the balance does not add up");
	compare(s);
	if (ingest_file(s->store, s->file, &s->o, &again, &err) || !again.already || again.counts.added || again.counts.updated)
		complain(s, "the same file again is not recognised");
	if (s->fault[0] && s->res.said.n)
		print_error("%s", s->res.said.p);
	ingest_result_release(&again);
}

static void options_release(struct sample *s)
{
	const char *const texts[] = { s->o.tz, s->o.currency_code, s->o.country, s->o.as };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free((char *)(uintptr_t)texts[i]);
	struct opt_list *const lists[] = { &s->o.map, &s->o.konst };
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < lists[i]->n; k++)
			free((char *)(uintptr_t)lists[i]->v[k]);
		opt_list_release(lists[i]);
	}
}

static bool check_sample(const char *name)
{
	struct sample s = { .expected = STR_INIT };
	struct err err = ERR_INIT;
	char path[256];
	snprintf(s.name, sizeof s.name, "%s", name);
	snprintf(path, sizeof path, FOLDER "/%s.expected", name);
	slurp(&s.expected, path);
	options(&s);
	if (store_open(&s.store, NULL, STORE_MEMORY, &err))
		complain(&s, "%s", err.msg);
	else
		ingest_twice(&s);
	ingest_result_release(&s.res);
	store_close(s.store);
	options_release(&s);
	str_release(&s.expected);
	return !s.fault[0];
}

static void every_sample_gives_the_values_beside_it(void **state)
{
	(void)state;
	size_t n = 0, bad = 0;
	DIR *const d = opendir(FOLDER);
	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));) {
		const struct sv name = sv_of(e->d_name);
		if (!sv_ends(name, ".expected"))
			continue;
		char stem[128];
		snprintf(stem, sizeof stem, "%.*s", (int)(name.n - 9), name.p);
		n++;
		bad += !check_sample(stem);
	}
	closedir(d);
	assert_true(n >= 30);
	assert_int_equal(bad, 0);
}

static void every_preset_has_a_sample(void **state)
{
	(void)state;
	size_t missing = 0;
	DIR *const d = opendir("share/wend/presets");
	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));) {
		char path[512];
		const struct sv name = sv_of(e->d_name);
		if (!sv_ends(name, ".ini"))
			continue;
		snprintf(path, sizeof path, FOLDER "/%.*s.expected", (int)(name.n - 4), name.p);
		if (access(path, R_OK)) {
			print_error("no sample for the preset '%.*s'\n", (int)(name.n - 4), name.p);
			missing++;
		}
	}
	closedir(d);
	assert_int_equal(missing, 0);
}

int main(void)
{
	setenv("WEND_PRESETS", "share/wend/presets", 1);
	setenv("WEND_NOW", "2026-11-20T12:00:00Z", 1);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_gives_the_values_beside_it),
		cmocka_unit_test(every_preset_has_a_sample),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
