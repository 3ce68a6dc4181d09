/* room: cmd
 * Several reports of a command in one pass, one file each in a folder:
 *
 *     wend touchpoints map,paths,funnel --steps A,B -o DIR
 */
#include "cmd/cmd.h"
#include "wend/touch.h"

#include <sys/stat.h>

struct names {
	const char *v[TOUCH_SEVERAL];
	size_t n;
};

static enum wend_err read_names(struct names *l, struct run *u, struct err *err)
{
	struct sv rest = sv_of(u->reports), one;
	while (sv_cut(&rest, ',', &one)) {
		if (l->n == TOUCH_SEVERAL)
			return err_set(err, WEND_E_USAGE, "more than %d reports at once", (int)TOUCH_SEVERAL);
		l->v[l->n++] = arena_strndup(&u->arena, one.p, one.n);
	}
	return WEND_OK;
}

static const char *ending(enum out_format f)
{
	static const char *const names[] = { [OUT_AUTO] = "csv", [OUT_TABLE] = "txt", [OUT_TEXT] = "txt", [OUT_CSV] = "csv", [OUT_TSV] = "tsv",
					     [OUT_JSON] = "json", [OUT_JSONL] = "jsonl", [OUT_MD] = "md", [OUT_HTML] = "html" };
	return names[f];
}

/* Each report into its file; rows of the table that tells of them. */
static enum wend_err write_each(struct run *u, const struct names *l, struct report *const *each, const struct outdir *d, struct report *r, struct err *err)
{
	table_col(&r->table, "report", COL_TEXT, NULL, -1);
	table_col(&r->table, "file", COL_TEXT, NULL, -1);
	table_col(&r->table, "bytes", COL_INT, NULL, 0);
	for (size_t i = 0; i < l->n; i++) {
		struct out_options oo = u->oo;
		struct stat st;
		oo.format = out_format_resolve(u->oo.format, true);
		const char *file = arena_printf(&u->arena, "%s.%s", l->v[i], ending(oo.format));
		oo.output = arena_printf(&u->arena, "%s/%s", d->tmp, file);
		oo.command = arena_printf(&u->arena, "%s %s", u->cmd->name, l->v[i]);
		enum wend_err e = after_report(u, each[i], err);
		if (!e)
			e = out_report(each[i], &oo, err);
		if (e)
			return e;
		put_z(&r->table, l->v[i]);
		put_z(&r->table, arena_printf(&u->arena, "%s/%s", d->path, file));
		put_int(&r->table, stat(oo.output, &st) ? WEND_NONE : (int64_t)st.st_size);
	}
	return WEND_OK;
}

enum wend_err run_several(const struct population *p, struct run *u, const struct touch_options *o, struct report *r, struct err *err)
{
	struct names l = { .n = 0 };
	struct report own[TOUCH_SEVERAL], *each[TOUCH_SEVERAL];
	struct outdir d = { NULL, NULL };
	if (read_names(&l, u, err))
		return err->code;
	if (!u->oo.output || !strcmp(u->oo.output, "-"))
		return err_set(err, WEND_E_USAGE, "several reports go into a folder; name it with '--output DIR'");
	for (size_t i = 0; i < l.n; i++) {
		report_init(&own[i]);
		each[i] = &own[i];
	}
	enum wend_err e = metric_touch_several(p, o, &u->ro, l.v, l.n, each, err);
	if (!e)
		e = outdir_open(&d, u->oo.output, err);
	if (!e) {
		e = write_each(u, &l, each, &d, r, err);
		if (!e)
			e = outdir_commit(&d, false, err);
		else
			outdir_abort(&d);
	}
	for (size_t i = 0; i < l.n; i++)
		report_release(&own[i]);
	str_printf(&r->finding, "%zu reports from one pass in '%s'.", l.n, u->oo.output);
	u->oo.output = NULL;
	u->ro.sort = u->fail_if = NULL;
	u->ro.top = 0;
	return e;
}
