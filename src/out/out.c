/* One report, written: what goes to standard output, what to standard error, what into
 * the document, and whether every byte arrived. */
#include <assert.h>
#include <errno.h>
#include <stdio_ext.h>
#include <unistd.h>

#include "out/writers.h"
#include "wend/mem.h"
#include "wend/opt.h"
#include "wend/par.h"

enum { SINK_CHUNK = 64 * 1024 };

static const char *const format_names[] = { "auto", "table", "text", "csv", "tsv", "json", "jsonl", "md", "html", NULL };

static int stdout_errno; /* of the first write to standard output that failed */

/* ---- formats ---- */

enum wend_err out_format_parse(enum out_format *f, const char *name, struct err *err)
{
	const char *near;

	for (int i = 0; format_names[i]; i++) {
		if (!strcmp(name, format_names[i])) {
			*f = (enum out_format)i;
			return WEND_OK;
		}
	}
	near = suggest(name, format_names);
	if (near)
		return err_set(err, WEND_E_USAGE, "unknown format '%s'; did you mean '%s'?", name, near);
	return err_set(err, WEND_E_USAGE, "unknown format '%s'; use table, text, csv, tsv, json, jsonl, md or html", name);
}

enum out_format out_format_resolve(enum out_format f, bool output_is_file)
{
	const char *env = getenv("WEND_FORMAT");
	enum out_format g;

	if (f != OUT_AUTO)
		return f;
	if (env && *env && !out_format_parse(&g, env, NULL) && g != OUT_AUTO)
		return g;
	return !output_is_file && isatty(STDOUT_FILENO) ? OUT_TABLE : OUT_CSV;
}

void write_any(struct sink *k, struct table *t, enum out_format f, const struct out_options *o, const struct zone *z)
{
	static table_writer *const writers[] = {
		[OUT_TABLE] = write_table, [OUT_TEXT] = write_text, [OUT_CSV] = write_csv, [OUT_TSV] = write_tsv,
		[OUT_JSON] = write_json, [OUT_JSONL] = write_jsonl, [OUT_MD] = write_md, [OUT_HTML] = write_html
	};

	assert(f != OUT_AUTO);
	writers[f](k, t, o, z);
}

void out_table(struct str *s, struct table *t, enum out_format f, const struct out_options *o, const struct zone *z)
{
	static const struct out_options plain;
	struct sink k = { s, NULL, 0 };

	write_any(&k, t, f, o ? o : &plain, z);
}

/* ---- the sink ---- */

void sink_flush(struct sink *k)
{
	if (!k->f)
		return;
	if (k->s->n && !k->failed) {
		errno = 0;
		if (fwrite(k->s->p, 1, k->s->n, k->f) != k->s->n)
			k->failed = errno ? errno : EIO;
		if (k->failed && k->f == stdout && !stdout_errno)
			stdout_errno = k->failed;
	}
	str_reset(k->s);
}

void sink_row(struct sink *k)
{
	if (k->f && k->s->n >= SINK_CHUNK)
		sink_flush(k);
}

/* ---- pieces of a report ---- */

static int width_of(const struct out_options *o)
{
	return o->width > 0 ? o->width : 80;
}

static void put_finding(struct str *s, const struct report *r, const struct out_options *o)
{
	char prefix[80] = "";

	if (!r->finding.n)
		return;
	if (o->command)
		snprintf(prefix, sizeof prefix, "%s: ", o->command);
	wrap_text(s, prefix, str_view(&r->finding), width_of(o), 2);
}

static void put_definition(struct str *s, const struct report *r, const struct out_options *o)
{
	if (r->definition.n)
		wrap_text(s, "", str_view(&r->definition), width_of(o), 0);
}

/* Commands side by side while they fit; a command is never broken. */
static void put_next(struct str *s, const struct report *r, const struct out_options *o)
{
	int col = 6;

	for (size_t i = 0; i < r->next.n; i++) {
		struct str one = STR_INIT;
		int w;
		utf8_visible(&one, sv_of(r->next.v[i]));
		w = utf8_width(str_view(&one));
		if (i == 0) {
			str_puts(s, "next: ");
		} else if (col + 4 + w <= width_of(o)) {
			str_puts(s, "    ");
			col += 4;
		} else {
			str_puts(s, "\n      ");
			col = 6;
		}
		str_sv(s, str_view(&one));
		col += w;
		str_release(&one);
	}
	if (r->next.n)
		str_putc(s, '\n');
}

/* Used and left out, as a table like any other. */
static void explain_table(struct table *t, const struct explain *e)
{
	int64_t sum = 0;

	table_init(t);
	table_col(t, "rows", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, -1);
	for (int i = 0; i < e->nrow; i++) {
		put_z(t, e->row[i].what);
		put_int(t, e->row[i].rows);
		sum += e->row[i].rows;
	}
	if (sum != e->in_store)
		BUG("explanation accounts for %" PRId64 " of %" PRId64 " rows", sum, e->in_store);
	put_z(t, "in the store");
	put_int(t, e->in_store);
}

static void put_explain(struct str *s, const struct report *r, enum out_format f, const struct out_options *o)
{
	struct sink k = { s, NULL, 0 };
	struct table t;

	for (size_t i = 0; i < r->explain.text.n; i++) {
		struct sv line = sv_of(r->explain.text.v[i]);
		if (f == OUT_MD) {
			str_puts(s, "\n");
			md_escape(s, line, true);
			str_puts(s, "\n");
		} else if (f == OUT_HTML) {
			str_puts(s, "<p>");
			html_escape(s, line);
			str_puts(s, "</p>\n");
		} else {
			wrap_text(s, "", line, width_of(o), 2);
		}
	}
	if (!r->explain.nrow)
		return;
	explain_table(&t, &r->explain);
	if (f == OUT_MD)
		str_putc(s, '\n');
	write_any(&k, &t, format_is_document(f) ? f : OUT_TEXT, o, r->zone);
	table_release(&t);
}

/* ---- the documents ---- */

static void text_document(struct sink *k, struct report *r, const struct out_options *o)
{
	if (!o->quiet)
		put_finding(k->s, r, o);
	if (r->nscreen)
		write_screen(k, r->screen, r->nscreen, o);
	else
		write_text(k, &r->table, o, r->zone);
	put_definition(k->s, r, o);
	if (o->explain)
		put_explain(k->s, r, OUT_TEXT, o);
	if (!o->quiet)
		put_next(k->s, r, o);
}

/* A block as a table whose first column is called by the heading. */
static void block_table(struct sink *k, struct screen_block *b, enum out_format f, const struct out_options *o)
{
	struct column first;

	if (!b->t.ncol)
		return;
	first = b->t.col[0];
	if (b->heading && *b->heading)
		b->t.col[0].name = b->heading;
	write_any(k, &b->t, f, o, NULL);
	b->t.col[0] = first;
}

static void md_document(struct sink *k, struct report *r, const struct out_options *o)
{
	struct str *s = k->s;

	if (r->finding.n && !o->quiet) {
		str_puts(s, "**");
		md_escape(s, sv_of(o->command ? o->command : "finding"), false);
		str_puts(s, "**: ");
		md_escape(s, str_view(&r->finding), false);
		str_puts(s, "\n\n");
	}
	for (size_t i = 0; i < r->nscreen; i++) {
		str_puts(s, i ? "\n" : "");
		block_table(k, &r->screen[i], OUT_MD, o);
	}
	if (!r->nscreen)
		write_md(k, &r->table, o, r->zone);
	if (r->definition.n) {
		str_putc(s, '\n');
		md_escape(s, str_view(&r->definition), true);
		str_putc(s, '\n');
	}
	if (o->explain)
		put_explain(s, r, OUT_MD, o);
	if (o->quiet || !r->next.n)
		return;
	str_puts(s, "\nNext:\n\n");
	for (size_t i = 0; i < r->next.n; i++) {
		struct str shown = STR_INIT;
		utf8_visible(&shown, sv_of(r->next.v[i]));
		str_printf(s, "    %s\n", shown.p ? shown.p : "");
		str_release(&shown);
	}
}

static void html_paragraph(struct str *s, const char *class, const char *strong, struct sv text)
{
	str_printf(s, "<p class=\"%s\">", class);
	if (strong) {
		str_puts(s, "<b>");
		html_escape(s, sv_of(strong));
		str_puts(s, "</b>: ");
	}
	html_escape(s, text);
	str_puts(s, "</p>\n");
}

/* Nothing remote, no script: safe as a mail, and the policy says so to the browser. */
static void html_document(struct sink *k, struct report *r, const struct out_options *o)
{
	struct str *s = k->s;

	str_puts(s, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>wend ");
	html_escape(s, sv_of(o->command ? o->command : ""));
	str_puts(s, "</title>\n<style>\n"
		"body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}\n"
		"table{border-collapse:collapse;margin:1em 0}\n"
		"th,td{padding:.2em .8em .2em 0;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}\n"
		".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
		".definition,.next{color:#555}\n"
		"</style>\n</head>\n<body>\n");
	if (r->finding.n && !o->quiet)
		html_paragraph(s, "finding", o->command, str_view(&r->finding));
	for (size_t i = 0; i < r->nscreen; i++)
		block_table(k, &r->screen[i], OUT_HTML, o);
	if (!r->nscreen)
		write_html(k, &r->table, o, r->zone);
	if (r->definition.n)
		html_paragraph(s, "definition", NULL, str_view(&r->definition));
	if (o->explain)
		put_explain(s, r, OUT_HTML, o);
	if (!o->quiet && r->next.n) {
		str_puts(s, "<p class=\"next\">next:");
		for (size_t i = 0; i < r->next.n; i++) {
			str_puts(s, " <code>");
			html_escape(s, sv_of(r->next.v[i]));
			str_puts(s, "</code>");
		}
		str_puts(s, "</p>\n");
	}
	str_puts(s, "</body>\n</html>\n");
}

static void write_body(struct sink *k, struct report *r, enum out_format f, const struct out_options *o)
{
	if (r->own.n) {
		str_sv(k->s, str_view(&r->own));
		sink_flush(k);
		return;
	}
	switch (f) {
	case OUT_TEXT:
		text_document(k, r, o);
		break;
	case OUT_MD:
		md_document(k, r, o);
		break;
	case OUT_HTML:
		html_document(k, r, o);
		break;
	case OUT_TABLE:
		if (r->nscreen)
			write_screen(k, r->screen, r->nscreen, o);
		else
			write_table(k, &r->table, o, r->zone);
		break;
	case OUT_AUTO:
	case OUT_CSV:
	case OUT_TSV:
	case OUT_JSON:
	case OUT_JSONL:
		write_any(k, &r->table, f, o, r->zone);
		break;
	}
	sink_flush(k);
}

/* ---- the whole ---- */

static void to_stderr(struct str *s)
{
	if (s->n)
		fwrite(s->p, 1, s->n, stderr);
	str_reset(s);
}

static void put_warnings(struct str *s, const struct report *r, const struct out_options *o)
{
	char prefix[96];

	snprintf(prefix, sizeof prefix, "wend%s%s: ", o->command ? " " : "", o->command ? o->command : "");
	for (size_t i = 0; i < r->warn.n; i++)
		wrap_text(s, prefix, sv_of(r->warn.v[i]), INT32_MAX, 0);
}

static enum wend_err write_where_it_belongs(struct report *r, enum out_format f, const struct out_options *o, struct err *err)
{
	const char *path = o->output && *o->output ? o->output : "-";
	struct str s = STR_INIT;
	struct sink k = { &s, NULL, 0 };
	struct outfile file;
	struct out_options here = *o;
	enum wend_err rc = outfile_open(&file, path, err);

	if (rc)
		return rc;
	here.terminal = file.f == stdout && isatty(STDOUT_FILENO);
	k.f = file.f;
	write_body(&k, r, f, &here);
	if (k.failed) {
		outfile_abort(&file);
		rc = err_set(err, WEND_E_STORE, "cannot write %s%s%s: %s", file.f == stdout ? "" : "'",
			strcmp(path, "-") ? path : "standard output", file.f == stdout ? "" : "'", strerror(k.failed));
	} else if (o->sound && o->sound(o->sound_ctx, err)) {
		rc = WEND_E_STORE;
		if (file.f != stdout)
			outfile_abort(&file);
	} else if (strcmp(path, "-")) {
		rc = outfile_commit(&file, err);
	} else {
		/* What follows on standard error must not overtake the table on a terminal. */
		if (fflush(stdout) && !stdout_errno)
			stdout_errno = errno;
	}
	str_release(&s);
	return rc;
}

enum wend_err out_report(struct report *r, const struct out_options *o, struct err *err)
{
	enum out_format f = out_format_resolve(o->format, o->output && strcmp(o->output, "-"));
	bool aside = !format_is_document(f) && !o->quiet;
	struct str s = STR_INIT;
	enum wend_err rc;

	/* Formats whose lines stand alone take the rows as they are made. */
	if (f != OUT_CSV && f != OUT_TSV && f != OUT_JSON && f != OUT_JSONL)
		table_fill(&r->table);
	if (!o->quiet)
		put_warnings(&s, r, o);
	if (aside)
		put_finding(&s, r, o);
	to_stderr(&s);
	rc = write_where_it_belongs(r, f, o, err);
	if (!rc && o->plot) {
		report_note_rows(r);
		rc = plot_figure(&r->figure, o->plot, o->plot_kind, err);
	}
	if (!rc && aside)
		put_definition(&s, r, o);
	if (!rc && o->explain && aside)
		put_explain(&s, r, f, o);
	if (!rc && aside)
		put_next(&s, r, o);
	to_stderr(&s);
	str_release(&s);
	return rc;
}

enum wend_err out_finish(struct err *err)
{
	bool wrote = __fpending(stdout) > 0, bad = ferror(stdout) != 0;
	int e = stdout_errno;

	if (fflush(stdout)) {
		bad = true;
		e = e ? e : errno;
	}
	if (fclose(stdout) && (errno != EBADF || wrote)) {
		bad = true;
		e = e ? e : errno;
	}
	if (!bad)
		return WEND_OK;
	return err_set(err, WEND_E_STORE, "cannot write standard output: %s", strerror(e ? e : EIO));
}
