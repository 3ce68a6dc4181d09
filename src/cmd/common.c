/* room: cmd
 * Running one entry: store, files as operands, the report, what follows it, the end.
 */
#include "cmd/cmd.h"

#include <stdarg.h>
#include <unistd.h>

static void __attribute__((format(printf, 2, 0))) say(const struct run *u, const char *fmt, va_list ap)
{
	fprintf(stderr, "wend%s%s: ", *u->cmd->name ? " " : "", u->cmd->name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void run_note(const struct run *u, const char *fmt, ...)
{
	va_list ap;
	if (u->quiet)
		return;
	va_start(ap, fmt);
	say(u, fmt, ap);
	va_end(ap);
}

void run_warn(const struct run *u, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(u, fmt, ap);
	va_end(ap);
}

static int gravity(enum wend_err status)
{
	switch (status) {
	case WEND_OK: return 0;
	case WEND_E_CONDITION: return 1;
	case WEND_E_MODEL: return 2;
	case WEND_E_INPUT: return 3;
	case WEND_E_STORE: return 4;
	case WEND_E_USAGE: return 5; /* nothing was done at all */
	}
	return 5;
}

void run_raise(struct run *u, enum wend_err status)
{
	if (gravity(status) > gravity(u->status))
		u->status = status;
}

/* Files instead of a store: read into memory, kept nowhere. */
static enum wend_err read_files(struct run *u, struct err *err)
{
	for (size_t i = 0; i < u->args.n; i++) {
		struct ingest_result res = { 0 };
		enum wend_err e = ingest_file(u->store, u->args.v[i], &u->io, &res, err);
		/* The answer comes first: the file in one line, unless there is something amiss. */
		bool amiss = e || res.status || res.counts.rejected;
		if (res.said.n && !u->quiet && (u->verbose || amiss))
			fputs(res.said.p, stderr);
		else if (!amiss)
			run_note(u, "'%s': %" PRIu64 " records = %" PRIu64 " used + %" PRIu64 " rejected + %" PRIu64 " ignored", u->args.v[i],
				res.counts.records, res.counts.used, res.counts.rejected, res.counts.ignored);
		if (!e && res.status)
			e = err_set(err, res.status, "%s", res.why.n ? res.why.p : "the file was refused");
		ingest_result_release(&res);
		if (e)
			return e;
	}
	u->args.n = 0;
	return WEND_OK;
}

static bool is_set(const struct opt *o)
{
	switch (o->type) {
	case OPT_TEXT:
	case OPT_CHOICE: return *(const char *const *)o->value != NULL;
	case OPT_FLAG: return *(const bool *)o->value;
	case OPT_LIST: return ((const struct opt_list *)o->value)->n > 0;
	case OPT_INT: return *(const int64_t *)o->value != 0;
	case OPT_REAL: break;
	}
	return false;
}

/* An option for files that has nothing to act on is a mistake worth telling. */
static enum wend_err refuse_file_options(struct run *u, struct err *err)
{
	const struct opt *const *tables = run_options(u);
	size_t n = 0;
	while (tables[n])
		n++;
	for (const struct opt *o = tables[n - 1]; o->name; o++) {
		if (is_set(o))
			return err_set(err, WEND_E_USAGE, "'--%s' says how to read export files; name the files", o->name);
	}
	return WEND_OK;
}

/* A query cannot heed what picks rows of a store or reads files: saying so beats an answer
 * to another question. */
static enum wend_err refuse_with_sql(struct run *u, struct err *err)
{
	static const char *const idle[] = { "store", "from", "stat", "where", "only", "since", "until", "during", "kinds", "revenue", "with", "sort", "top", "fail-if", "plot", "split",
					    "as", "const", "keep", "preset", "country", "date-order", "decimal", "grain", "encoding", "separator", "id-space", "export-date", "name", "max-rejects", "strict", NULL };
	const struct opt *const *tables = run_options(u);
	if (u->args.n)
		return err_set(err, WEND_E_USAGE, "'--sql' prints a query and reads nothing; leave out '%s'", u->args.v[0]);
	for (size_t t = 0; tables[t]; t++)
		for (const struct opt *o = tables[t]; o->name; o++)
			for (const char *const *name = idle; *name; name++)
				if (!strcmp(*name, o->name) && is_set(o))
					return err_set(err, WEND_E_USAGE, "'--sql' prints a query, which cannot heed '--%s'; put such a choice into a view, or into the run that reads the answer", o->name);
	return WEND_OK;
}

static enum wend_err open_source(struct run *u, struct err *err)
{
	enum need need = u->entry->need;
	struct str path = STR_INIT;
	enum wend_err e;

	if (need == NEED_NONE)
		return WEND_OK;
	if (u->ro.sql)
		return refuse_with_sql(u, err);
	if (u->ro.table)
		return err_set(err, WEND_E_USAGE, "'--table' names a table of a warehouse; it goes with '--sql'");
	if (need == NEED_SOURCE && u->args.n) {
		if (u->ro.store)
			return err_set(err, WEND_E_USAGE, "'--store' and files together; 'wend ingest' puts files into a store");
		if (store_open(&u->store, "", STORE_MEMORY, err))
			return err->code;
		return read_files(u, err);
	}
	if (need == NEED_SOURCE && refuse_file_options(u, err))
		return err->code;
	if (u->ro.from.n && !u->ro.with)
		return WEND_OK;
	store_default_path(&path, u->ro.store, u->taste.store);
	if (need == NEED_MAYBE && !u->ro.store && access(path.p, F_OK))
		e = WEND_OK;
	else
		e = store_open(&u->store, path.p, need == NEED_WRITE ? STORE_WRITE : need == NEED_CHANGE ? STORE_CHANGE : STORE_READ, err);
	str_release(&path);
	return e;
}

static const char *full_name(struct run *u)
{
	if (!*u->cmd->name)
		return "wend";
	return arena_printf(&u->arena, "%s%s%s", u->cmd->name, *u->entry->name ? " " : "", u->entry->name);
}

/* Rows are made while they are written: a store that cannot be read shows until the end. */
static enum wend_err sound(void *ctx, struct err *err)
{
	struct run *u = ctx;
	if (u->reading.code) {
		*err = u->reading;
		return err->code;
	}
	return u->store ? store_trouble(u->store, err) : WEND_OK;
}

/* ---- whom a report counts ---- */

enum wend_err by_orders(struct population *p, struct run *u, struct err *err)
{
	return population_init(p, u->store, &u->ro, KIND_ORDERS, err);
}

enum wend_err by_contracts(struct population *p, struct run *u, struct err *err)
{
	return population_init(p, u->store, &u->ro, KIND_SUBSCRIPTIONS, err);
}

enum wend_err by_steps(struct population *p, struct run *u, struct err *err)
{
	return population_init(p, u->store, &u->ro, KIND_COUNT, err);
}

enum wend_err run_on(struct run *u, people_fn *people, on_fn *on, struct report *r, struct err *err)
{
	struct population p;
	enum wend_err e = people(&p, u, err);
	if (e)
		return e;
	e = on(&p, u, r, err);
	population_release(&p);
	return e;
}

enum wend_err entry_report(struct run *u, struct report *r, struct err *err)
{
	const struct entry *e = u->entry;
	const bool elsewhere = e->run && (u->ro.from.n || u->ro.sql);
	return e->on && !elsewhere ? run_on(u, e->people, e->on, r, err) : e->run(u, r, err);
}

enum wend_err run_entry(struct run *u, struct err *err)
{
	struct report r;
	report_init(&r);
	u->oo.command = full_name(u);
	u->oo.sound = sound;
	u->oo.sound_ctx = u;
	if (run_settings(u, err) || open_source(u, err) || (u->ro.from.n && !(u->entry->takes & TAKE_STREAM) && run_from(u, err)) || entry_report(u, &r, err) || sound(u, err))
		goto done;
	if (after_report(u, &r, err) || out_report(&r, &u->oo, err))
		goto done;
	if (r.not_converged && u->entry != u->cmd->entries)
		run_raise(u, WEND_E_MODEL);
done:
	if (err->code && err->code != WEND_E_USAGE && u->entry->failed) {
		struct err ignored = ERR_INIT;
		if (!u->entry->failed(u, &r, err))
			(void)out_report(&r, &(struct out_options){ .output = u->oo.output, .quiet = true, .command = u->oo.command }, &ignored);
	}
	/* "no such customer" is no answer when the keys could not be read. */
	if (err->code && err->code != WEND_E_STORE)
		sound(u, err);
	if (*err->msg)
		run_raise(u, err->code);
	/* What was written must have arrived, whatever else happened. */
	{
		struct err late = ERR_INIT;
		if (out_finish(&late)) {
			if (!*err->msg)
				*err = late;
			run_raise(u, late.code);
		}
	}
	report_release(&r);
	run_from_release(u);
	store_close(u->store);
	u->store = NULL;
	return u->status;
}
