/* The file of rows that could not be used: what was wrong with each in front, the row as
 * it stood behind, so that a corrected row can be ingested as it is. */
#include "engine.h"

#include <limits.h>
#include <stdlib.h>

#include "wend/csv.h"
#include "wend/mem.h"

enum { FIRST_SHOWN = 5 };

static const char *const columns[] = { "line", "byte", "column", "code", "message", "hint" };

static void put_columns(struct rejects *r, const struct opening *o, const struct preset *p)
{
	bool taken = false;
	for (size_t c = 0; c < o->ncell[o->header] && !taken; c++)
		for (size_t i = 0; i < 6; i++)
			taken |= sv_ieq(sv_trim(o->cell[o->header][c]), sv_of(columns[i]));
	for (size_t i = 0; i < 6; i++)
		str_printf(&r->buf, "%s%s%c", taken ? "reject_" : "", columns[i], r->sep);
	str_sv(&r->buf, o->raw[o->header]);
	str_putc(&r->buf, '\n');
	/* Further header rows of a survey go along, shifted like the first. */
	int rows = p->header_rows > 1 ? p->header_rows : 1;
	for (int i = 1; i < rows && o->header + (size_t)i < o->n; i++) {
		for (size_t k = 0; k < 6; k++)
			str_putc(&r->buf, r->sep);
		str_sv(&r->buf, o->raw[o->header + (size_t)i]);
		str_putc(&r->buf, '\n');
	}
}

static enum wend_err rejects_open(struct rejects *r, const struct opening *o, const struct preset *p, struct err *err)
{
	struct err mine = ERR_INIT;
	enum wend_err e = outfile_open(&r->out, r->path, r->automatic ? &mine : err);
	if (e && r->automatic) {
		/* Nobody asked for it, and the folder cannot be written to: the message tells. */
		r->path = NULL;
		return WEND_OK;
	}
	if (e)
		return e;
	r->open = true;
	r->sep = o->sep ? o->sep : ',';
	if (o->header < o->n)
		put_columns(r, o, p);
	return WEND_OK;
}

enum wend_err rejects_add(struct rejects *r, const struct opening *o, const struct preset *p, const struct fault *f, struct sv raw, struct err *err)
{
	r->n++;
	if (r->n <= FIRST_SHOWN) {
		str_printf(&r->first, "%" PRIu64 ":", f->line);
		if (f->column)
			str_printf(&r->first, "%zu:", f->column);
		str_putc(&r->first, ' ');
		utf8_visible(&r->first, sv_of(f->message));
		if (f->hint)
			str_printf(&r->first, "; %s", f->hint);
		str_putc(&r->first, '\n');
	}
	if (!r->path)
		return WEND_OK;
	if (!r->open) {
		enum wend_err e = rejects_open(r, o, p, err);
		if (e || !r->open)
			return e;
	}
	str_printf(&r->buf, "%" PRIu64 "%c%" PRIu64 "%c", f->line, r->sep, f->byte, r->sep);
	if (f->column)
		str_printf(&r->buf, "%zu", f->column);
	str_printf(&r->buf, "%c%s%c", r->sep, f->code ? f->code : "", r->sep);
	csv_put_field(&r->buf, sv_of(f->message), r->sep, true);
	str_putc(&r->buf, r->sep);
	csv_put_field(&r->buf, sv_of(f->hint ? f->hint : ""), r->sep, true);
	str_putc(&r->buf, r->sep);
	str_sv(&r->buf, raw);
	str_putc(&r->buf, '\n');
	if (r->buf.n > 1 << 16) {
		if (fwrite(r->buf.p, 1, r->buf.n, r->out.f) != r->buf.n)
			return err_set(err, WEND_E_STORE, "cannot write '%s'; is the disk full?", r->path);
		str_reset(&r->buf);
	}
	return WEND_OK;
}

enum wend_err rejects_close(struct rejects *r, struct err *err)
{
	if (!r->open)
		return WEND_OK;
	r->open = false;
	if (r->buf.n && fwrite(r->buf.p, 1, r->buf.n, r->out.f) != r->buf.n) {
		outfile_abort(&r->out);
		return err_set(err, WEND_E_STORE, "cannot write '%s'; is the disk full?", r->path);
	}
	str_reset(&r->buf);
	return outfile_commit(&r->out, err);
}

void rejects_release(struct rejects *r)
{
	if (r->open)
		outfile_abort(&r->out);
	str_release(&r->first);
	str_release(&r->buf);
	*r = (struct rejects){ 0 };
}

char *path_absolute(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
	char real[PATH_MAX]; /* not allocated: memory that ends must not make the path a relative one */
	struct str out = STR_INIT;
	if (realpath(dir, real))
		str_printf(&out, "%s%s%s", real, real[1] ? "/" : "", slash ? slash + 1 : path);
	else
		str_puts(&out, path);
	free(dir);
	return str_detach(&out);
}
