/* The one-fault files of the shared data: what the reader and the sheet make of each is
 * printed and compared with expected.jsonl. Output is TAP. Without the data: skipped. */
#include <stdio.h>
#include <unistd.h>
#include "wend/ingest.h"
#include "wend/mem.h"
#include "wend/par.h"

/* ---- the JSON these lines are made of ---- */

enum jtype { J_NULL, J_TEXT, J_NUMBER, J_LIST, J_OBJECT };
struct json {
	enum jtype type;
	struct sv text;        /* J_TEXT */
	long number;
	struct json *item;     /* J_LIST, values of J_OBJECT */
	struct sv *key;
	size_t n;
};
struct reader {
	const char *p, *end;
	struct arena *a;
};

static void blanks(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == ','  || *r->p == ':'))
		r->p++;
}

static struct sv json_text(struct reader *r)
{
	struct str s = STR_INIT;
	struct sv v;

	for (r->p++; r->p < r->end && *r->p != '"'; r->p++) {
		static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
		const char *k;

		if (*r->p != '\\') {
			str_putc(&s, *r->p);
			continue;
		}
		r->p++;
		if (*r->p == 'u') {
			uint32_t cp = 0;

			for (int i = 0; i < 4; i++) {
				char c = *++r->p;

				cp = cp * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
			}
			utf8_put(&s, cp);
		} else {
			k = strchr(from, *r->p);
			str_putc(&s, k ? to[k - from] : *r->p);
		}
	}
	r->p++;
	v = sv_n(arena_strndup(r->a, s.p ? s.p : "", s.n), s.n);
	str_release(&s);
	return v;
}

static struct json json_value(struct reader *r)
{
	struct json j = { .type = J_NULL };
	bool object;

	blanks(r);
	if (*r->p == '"') {
		j.type = J_TEXT;
		j.text = json_text(r);
	} else if (*r->p == '[' || *r->p == '{') {
		object = *r->p++ == '{';
		j.type = object ? J_OBJECT : J_LIST;
		j.item = arena_zalloc(r->a, 100 * sizeof *j.item);
		j.key = arena_zalloc(r->a, 100 * sizeof *j.key);
		for (blanks(r); *r->p != ']' && *r->p != '}'; blanks(r)) {
			if (object) {
				j.key[j.n] = json_text(r);
				blanks(r);
			}
			j.item[j.n++] = json_value(r);
		}
		r->p++;
	} else if (*r->p == 'n') {
		r->p += 4;
	} else {
		j.type = J_NUMBER;
		j.number = strtol(r->p, (char **)&r->p, 10);
	}
	return j;
}

static const struct json *member(const struct json *j, const char *key)
{
	static const struct json none;

	for (size_t i = 0; i < j->n; i++)
		if (sv_is(j->key[i], key))
			return &j->item[i];
	return &none;
}

/* ---- expectations that the file puts into words ---- */

static struct json number_row(struct arena *a, bool header, size_t n)
{
	struct json j = { .type = J_LIST, .n = n };

	j.item = arena_zalloc(a, n * sizeof *j.item);
	for (size_t i = 0; i < n; i++)
		j.item[i] = (struct json){ .type = J_TEXT, .text = header ? sv_of(arena_printf(a, "c%zu", i)) : SV("1") };
	return j;
}

static struct sv long_field(struct arena *a)
{
	static const char head[] = "id,note\n1,\"", tail[] = "\"\n";
	const size_t n = 5000000;
	char *p = arena_alloc(a, n + sizeof head + sizeof tail);

	memcpy(p, head, sizeof head - 1);
	memset(p + sizeof head - 1, 'x', n);
	memcpy(p + sizeof head - 1 + n, tail, sizeof tail - 1);
	return sv_n(p, n + sizeof head + sizeof tail - 2);
}

/* ---- comparing ---- */

static bool holds_null(const struct json *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		for (size_t k = 0; k < rows->item[i].n; k++)
			if (rows->item[i].item[k].type == J_NULL)
				return true;
	return false;
}

/* Where a file tells missing from empty text, so must we; elsewhere "" stands for both. */
static bool same_cell(const struct json *want, const struct csv_field *got, bool strict)
{
	struct sv v = csv_text(got);

	if (want->type == J_NULL)
		return !v.p;
	return sv_eq(want->text, sv_n(got->p, got->n)) && (!strict || v.p);
}

static bool same_row(const struct json *want, const struct sheet_row *row, size_t ncol, bool strict)
{
	if (want->n != ncol)
		return false;
	for (size_t i = 0; i < ncol; i++)
		if (!same_cell(&want->item[i], &row->f[i], strict))
			return false;
	return true;
}

static void show(struct str *s, struct sv v)
{
	str_puts(s, " [");
	if (v.n > 60)
		str_printf(s, "%zu bytes", v.n);
	else if (v.p)
		utf8_visible(s, v);
	else
		str_puts(s, "missing");
	str_putc(s, ']');
}

static void say(const char *what, struct str *s)
{
	printf("#   %s%.400s%s\n", what, s->p ? s->p : "", s->n > 400 ? " ..." : "");
	str_reset(s);
}

static bool same_header(const struct json *want, const struct sheet *s)
{
	bool same = want->n == sheet_columns(s);
	struct str line = STR_INIT;

	for (size_t i = 0; i < sheet_columns(s); i++) {
		same = same && sv_eq(want->item[i].text, sheet_column(s, i));
		show(&line, sheet_column(s, i));
	}
	say("header", &line);
	str_release(&line);
	return same;
}

static bool same_warnings(const struct json *want, const struct sheet *s)
{
	const char *const *list;
	size_t n = sheet_warnings(s, &list), found = 0;

	for (size_t i = 0; i < n; i++) {
		printf("#   warning: %s\n", list[i]);
		for (size_t k = 0; k < want->n; k++)
			found += sv_is(want->item[k].text, list[i]);
	}
	return n == want->n && found == n;
}

static bool read_rows(struct sheet *s, const struct json *rows, const struct json *rejects)
{
	size_t nrow = 0, nreject = 0;
	bool good = true, strict = holds_null(rows);
	struct str line = STR_INIT;
	struct err err = ERR_INIT;

	for (;;) {
		enum sheet_verdict v;
		struct sheet_row row;
		struct sheet_note note;

		if (sheet_next(s, &v, &row, &note, &err)) {
			printf("#   error: %s\n", err.msg);
			good = false;
			break;
		}
		if (v == SHEET_END)
			break;
		if (v == SHEET_ROW) {
			for (size_t i = 0; i < sheet_columns(s); i++)
				show(&line, csv_text(&row.f[i]));
			say("row", &line);
			good = good && nrow < rows->n && same_row(&rows->item[nrow], &row, sheet_columns(s), strict);
			nrow++;
		} else if (v == SHEET_REJECT) {
			printf("#   reject line %llu: %s\n", (unsigned long long)note.line, note.reason);
			good = good && nreject < rejects->n && member(&rejects->item[nreject], "line")->number == (long)note.line &&
			       sv_is(member(&rejects->item[nreject], "reason")->text, note.reason);
			nreject++;
		}
	}
	str_release(&line);
	return good && nrow == rows->n && nreject == rejects->n;
}

static bool check(const char *folder, const struct json *j, struct arena *a)
{
	struct json header = *member(j, "header"), rows = *member(j, "rows");
	struct sv file = member(j, "file")->text;
	struct str path = STR_INIT;
	struct err err = ERR_INIT;
	struct csv *c = NULL;
	struct sheet *s = NULL;
	bool good = false;
	enum wend_err e;

	str_printf(&path, "%s/%.*s", folder, (int)file.n, file.p);
	if (sv_starts(file, "e29"))
		e = csv_open_bytes(&c, "e29", long_field(a), NULL, &err);
	else
		e = csv_open(&c, path.p, NULL, &err);
	if (sv_starts(file, "e30")) {
		header = number_row(a, true, 20000);
		rows = (struct json){ .type = J_LIST, .n = 1, .item = arena_alloc(a, sizeof *rows.item) };
		rows.item[0] = number_row(a, false, 20000);
	}
	if (e || sheet_open(&s, c, NULL, &err)) {
		printf("#   error: %s\n", err.msg);
	} else {
		good = same_header(&header, s);
		good = read_rows(s, &rows, member(j, "rejects")) && good;
		good = same_warnings(member(j, "warnings"), s) && good;
	}
	sheet_close(s);
	csv_close(c);
	str_release(&path);
	return good;
}

int main(void)
{
	const char *shared = getenv("WEND_SHARED");
	struct arena a = ARENA_INIT;
	struct str folder = STR_INIT, list = STR_INIT, text = STR_INIT;
	struct err err = ERR_INIT;
	size_t n = 0, good = 0;
	struct sv rest, line;

	str_printf(&folder, "%s/data/exports/edge", shared && *shared ? shared : "../shared");
	str_printf(&list, "%s/expected.jsonl", folder.p);
	if (access(list.p, R_OK)) {
		printf("1..0 # SKIP no '%s'; set WEND_SHARED\n", list.p);
		goto done;
	}
	if (file_slurp(&text, list.p, 1 << 20, &err)) {
		printf("Bail out! %s\n", err.msg);
		goto done;
	}
	for (rest = str_view(&text); sv_cut(&rest, '\n', &line);) {
		struct reader r = { line.p, line.p + line.n, &a };
		struct json j;
		struct sv file;
		bool ok;

		if (!line.n)
			continue;
		j = json_value(&r);
		file = member(&j, "file")->text;
		ok = check(folder.p, &j, &a);
		good += ok;
		printf("%s %zu - %.*s\n", ok ? "ok" : "not ok", ++n, (int)file.n, file.p);
	}
	printf("1..%zu\n# %zu of %zu one-fault files as expected\n", n, good, n);
done:
	str_release(&folder);
	str_release(&list);
	str_release(&text);
	arena_release(&a);
	return good == n && !err.code ? 0 : 1;
}
