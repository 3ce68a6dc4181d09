/* One file into the store, in one transaction: seen before? what is it? what do its
 * columns prove? then row by row; whatever goes wrong on the way leaves the store as it
 * was. */
#include "job.h"

enum { PROOF_ROWS = 20000, RESTARTS = 8, TICK_ROWS = 8192 };

const char *job_name(const struct job *j)
{
	return j->o->name ? j->o->name : strcmp(j->path, "-") ? path_name(j->path) : "standard input";
}

/* ---- passes ---- */

static enum wend_err reopen(struct job *j)
{
	sheet_close(j->sheet);
	j->sheet = NULL;
	enum wend_err e = csv_rewind(j->csv, &j->grammar, j->err);
	if (!e)
		e = sheet_open(&j->sheet, j->csv, j->preset, j->err);
	if (!e && sheet_columns(j->sheet) == 0)
		e = job_no_record(j, j->sheet);
	return e;
}

static enum wend_err prove(struct job *j, bool whole)
{
	bool ended = false, more = false;
	proof_forget(&j->plan);
	enum wend_err e = proof_rows(&j->plan, j->sheet, whole ? UINT64_MAX : PROOF_ROWS, &ended, j->err);
	if (!e)
		e = proof_decide(&j->plan, ended, &more, j->err);
	while (!e && more && !ended) {
		e = proof_rows(&j->plan, j->sheet, 10 * PROOF_ROWS, &ended, j->err);
		if (!e)
			e = proof_decide(&j->plan, ended, &more, j->err);
	}
	return e;
}

static void ignored_as(struct job *j, const char *why, uint64_t n)
{
	for (int i = 0; i < j->nignored; i++)
		if (!strcmp(j->ignored[i], why)) {
			j->ignored_n[i] += n;
			return;
		}
	if (j->nignored < (int)(sizeof j->ignored / sizeof j->ignored[0])) {
		j->ignored[j->nignored] = why;
		j->ignored_n[j->nignored++] = n;
	}
}

static bool over_limit(const struct job *j, bool end)
{
	const char *limit = j->o->strict ? "0" : j->o->max_rejects ? j->o->max_rejects : "1%";
	struct sv v = sv_of(limit);
	double n = 0;
	bool share = v.n && v.p[v.n - 1] == '%';
	sv_real(share ? sv_n(v.p, v.n - 1) : v, &n);
	if (!share)
		return (double)j->b.rejected > n;
	return end && (double)j->b.rejected * 100 > n * (double)(j->b.used + j->b.rejected + j->b.ignored);
}

static enum wend_err too_many(const struct job *j)
{
	struct sv first = str_view(&j->rejects.first), line = SV_NONE;
	sv_cut(&first, '\n', &line);
	return err_set(j->err, WEND_E_INPUT, "%" PRIu64 " of %" PRIu64 " records cannot be used, the first at line %.*s; correct them, or allow more with --max-rejects",
		j->b.rejected, j->b.used + j->b.rejected + j->b.ignored, (int)line.n, line.p ? line.p : "");
}

/* A record the reader itself could not part into fields. */
static enum wend_err damaged(struct job *j, const struct sheet_row *row, const struct sheet_note *note)
{
	if (j->bans && raw_erased(&j->b, row->raw)) {
		j->b.ignored++;
		j->b.erased++;
		return WEND_OK;
	}
	struct fault f = { .line = note->line, .byte = row->byte, .column = note->column, .code = note->code };
	snprintf(f.message, sizeof f.message, "%s", note->reason ? note->reason : "damaged record");
	f.hint = !strcmp(note->code ? note->code : "", "fields") ? "quote cells that hold the separator" : "mind the quotes of the row";
	builder_damaged(&j->b, row, &f);
	return builder_reject(&j->b, &f, row->raw, j->err);
}

static enum wend_err rows(struct job *j)
{
	enum wend_err e = WEND_OK;
	struct builder *b = &j->b;
	struct feed *feed = feed_new(j->sheet, j->csv);
	uint64_t n = 0;
	while (!e) {
		enum sheet_verdict v;
		struct sheet_row row;
		struct sheet_note note;
		e = feed_next(feed, &v, &row, &note, j->err);
		if (e || v == SHEET_END)
			break;
		if (v == SHEET_ROW) {
			e = row.byte < j->tail_from ? builder_skip(b, &row) : builder_row(b, &row, j->err);
		} else if (v == SHEET_REJECT) {
			e = damaged(j, &row, &note);
		} else if (row.line > j->header_line) {
			/* What stands above the header is no record. */
			b->ignored++;
			ignored_as(j, note.code, 1);
		}
		if (!e && b->rejected && over_limit(j, false))
			e = too_many(j);
		if (++n % TICK_ROWS == 0 && j->o->tick) {
			uint64_t done, total;
			feed_progress(feed, &done, &total);
			j->o->tick(j->o->tick_ctx, done, total, n);
		}
	}
	if (!e)
		e = builder_flush(b, true, j->err);
	feed_free(feed);
	return e;
}

static void info_fill(struct job *j, struct batch_info *i)
{
	const struct preset *p = j->preset;
	*i = (struct batch_info){ .file = job_name(j), .digest = j->digest, .bytes = j->bytes, .preset = p ? p->name : "", .export_date = WEND_NONE };
	i->source = p && !p->by_hand ? p->source : j->source;
	i->options = j->options;
	i->tz = j->planned && j->plan.tz_name ? j->plan.tz_name : "";
	for (uint32_t k = 0; j->planned && k < j->plan.nsection; k++)
		i->kinds |= KIND_BIT(j->plan.section[k].kind);
	i->snapshot = p && p->snapshot;
	i->head = j->tail_from ? j->head : 0;
	if (j->rejects.n && j->rejects.path && strcmp(j->rejects.path, "-")) {
		free(j->rejects_kept);
		i->rejects = j->rejects_kept = path_absolute(j->rejects.path);
	}
	struct stamp st;
	if (j->o->export_date && stamp_iso(sv_of(j->o->export_date), &st))
		stamp_wtime(&st, j->plan.tz ? j->plan.tz : zone_utc(), &i->export_date, NULL);
	else if (j->planned)
		i->export_date = export_date_of(&j->plan, &j->b, job_name(j));
}

static enum wend_err one_pass(struct job *j)
{
	struct batch_info info;
	enum wend_err e = reopen(j);
	if (e)
		return e;
	builder_release(&j->b);
	builder_init(&j->b, &j->plan);
	j->b.bans = j->bans ? j->store : NULL;
	j->building = true;
	const char *path = j->rejects.path;
	bool automatic = j->rejects.automatic;
	rejects_release(&j->rejects);
	j->rejects = (struct rejects){ .path = path, .automatic = automatic };
	j->b.rejects = &j->rejects;
	j->nignored = 0;
	for (uint32_t i = 0; i < j->plan.nrule; i++)
		j->plan.rule[i].rows = 0;
	info_fill(j, &info);
	e = batch_begin(&j->batch, j->store, &info, j->err);
	if (!e) {
		j->b.batch = j->batch;
		e = rows(j);
	}
	if (e && j->batch) {
		batch_abort(j->batch);
		j->batch = NULL;
	}
	return e;
}

/* Lines of hand-mapped orders that all carry one figure: its total repeated, or lines
 * that cost the same? Nothing in the file tells. */
static enum wend_err grain_proved(struct job *j)
{
	if (!j->plan.sum_lines || j->o->grain || !j->b.many_lines || j->b.lines_differ)
		return WEND_OK;
	return err_set(j->err, WEND_E_INPUT, "%" PRIu64 " orders have several rows, each with the same amount: add --grain line when it is the line's, --grain order when it is the order's", j->b.many_lines);
}

/* Was it enough to read what stands behind the known part? */
static enum wend_err tail_stands(struct job *j, bool *stands)
{
	struct batch_info info;
	*stands = true;
	if (!j->tail_from)
		return WEND_OK;
	info_fill(j, &info);
	return batch_stands(j->batch, &info, stands, j->err);
}

static enum wend_err read_all(struct job *j)
{
	enum wend_err e = WEND_OK;
	const struct err clean = *j->err;
	for (int pass = 0; pass < RESTARTS; pass++) {
		/* A contradiction is no failure yet: the next pass may settle it. */
		*j->err = clean;
		e = reopen(j);
		if (!e)
			e = prove(j, pass > 0);
		if (e)
			return e;
		j->b.again = false;
		e = one_pass(j);
		/* Records in several places, where only what came later was left out. */
		bool parted = !e && j->plan.nparted > j->plan.nparted_known && !over_limit(j, true), stands = true;
		if (!e && !parted && (e = tail_stands(j, &stands)))
			return e;
		if (parted || !stands) {
			batch_abort(j->batch);
			j->batch = NULL;
		} else if (!e || !j->b.again) {
			return e;
		}
		if (j->b.whole_file || !stands)
			j->tail_from = 0;
	}
	return err_set(j->err, WEND_E_INPUT, "the columns of the file contradict themselves; give --date-order, --decimal or --tz");
}

/* ---- the end ---- */

static enum wend_err finish(struct job *j)
{
	struct ingest_result *r = j->res;
	struct batch_counts *c = &r->counts;
	struct batch_info info;
	enum wend_err e = grain_proved(j);
	if (e)
		return e;
	for (uint32_t i = 0; i < j->plan.nrule; i++)
		if (j->plan.rule[i].rows)
			ignored_as(j, arena_strndup(&j->plan.arena, j->plan.rule[i].reason.p, j->plan.rule[i].reason.n), j->plan.rule[i].rows);
	if (j->b.no_section)
		ignored_as(j, j->preset->otherwise.n ? arena_strndup(&j->plan.arena, j->preset->otherwise.p, j->preset->otherwise.n) : "other rows", j->b.no_section);
	if (j->b.erased)
		ignored_as(j, "erased customers", j->b.erased);
	c->records = j->b.used + j->b.rejected + j->b.ignored;
	c->rejected = j->b.rejected;
	c->ignored = j->b.ignored;
	if (!c->records && !j->tail_from)
		return err_set(j->err, WEND_E_INPUT, "the file has no record below its header");
	if (over_limit(j, true))
		return too_many(j);
	if (!j->digested)
		j->digest = csv_digest(j->csv, &j->bytes);
	if (!j->digested && !j->o->dry_run && job_same_file(j))
		return WEND_OK;
	info_fill(j, &info);
	if (j->o->dry_run) {
		e = batch_preview(j->batch, c, j->err);
	} else {
		e = batch_commit(j->batch, &info, c, &r->batch, j->err);
	}
	j->batch = NULL;
	if (e)
		return e;
	if (c->records != c->used + c->rejected + c->ignored || c->used != j->b.used)
		BUG("%" PRIu64 " records are not %" PRIu64 " used + %" PRIu64 " rejected + %" PRIu64 " ignored", c->records, c->used, c->rejected, c->ignored);
	return rejects_close(&j->rejects, j->err);
}

static void say(struct job *j)
{
	struct balance b = { .b = &j->b, .p = &j->plan, .c = j->csv, .s = j->sheet, .r = j->recognised ? &j->found : NULL, .counts = &j->res->counts,
		.rejects = &j->rejects, .store = store_path(j->store), .batch = j->res->batch, .dry_run = j->o->dry_run, .verbose = j->o->verbose,
		.tail_from = j->tail_from, .nignored = j->nignored };
	memcpy(b.ignored, j->ignored, sizeof b.ignored);
	memcpy(b.ignored_n, j->ignored_n, sizeof b.ignored_n);
	balance_text(&j->res->said, &b);
	if (j->o->explain || j->o->dry_run)
		balance_explain(&j->res->said, &b);
}

/* NAME.rejects.csv beside the file, unless a place was named. "" asks for the usual one. */
static void rejects_place(struct job *j)
{
	const char *to = j->o->rejects;
	if (!to)
		return;
	if (*to) {
		j->rejects.path = to;
		return;
	}
	if (!strcmp(j->path, "-"))
		return;
	struct str s = STR_INIT;
	size_t n = strlen(j->path);
	if (n > 3 && !strcmp(j->path + n - 3, ".gz"))
		n -= 3;
	if (n > 4 && !strcmp(j->path + n - 4, ".csv"))
		n -= 4;
	str_printf(&s, "%.*s.rejects.csv", (int)n, j->path);
	j->rejects.path = j->rejects_path = str_detach(&s);
	j->rejects.automatic = true;
}

/* Fields that never change once reported are kept with the batch: models may use them as
 * of any date. */
static void note_fixed(struct job *j)
{
	struct str s = STR_INIT;
	for (size_t i = 0; i < j->preset->fixed.n; i++)
		str_printf(&s, "%s%.*s", i ? "," : *j->options ? " fixed=" : "fixed=", (int)j->preset->fixed.v[i].n, j->preset->fixed.v[i].p);
	if (!s.n)
		return;
	struct str all = STR_INIT;
	str_printf(&all, "%s%s", j->options, s.p);
	free(j->options);
	j->options = str_detach(&all);
	str_release(&s);
}

/* Trouble with the store or a file is graver than what was wrong with the rows. */
static enum wend_err graver(struct job *j, const char *what, const struct err *why)
{
	struct err first = *j->err;
	return err_set(j->err, WEND_E_STORE, "%s; %s: %s", first.msg, what, why->msg);
}

/* A refused file is remembered with its reason, so that a cron job's owner finds it. */
static enum wend_err refuse(struct job *j, enum wend_err e)
{
	struct batch_info info;
	struct err why = ERR_INIT;
	if (e != WEND_E_INPUT || j->o->dry_run || !j->store)
		return e;
	if (!j->digested && strcmp(j->path, "-"))
		file_digest(j->path, &j->digest, &j->bytes, NULL, NULL, 0, NULL);
	info_fill(j, &info);
	info.refused = true;
	info.reason = j->err ? j->err->msg : "";
	return store_record_refusal(j->store, &info, &why) ? graver(j, "and this is not kept", &why) : e;
}

/* The rejects of a refused file are what its owner has to correct. */
static enum wend_err keep_rejects(struct job *j, enum wend_err e)
{
	struct err why = ERR_INIT;
	/* A file that was not refused is read again, and its rows are rejected again. */
	if (!j->rejects.n || e == WEND_E_STORE)
		return e;
	if (rejects_close(&j->rejects, &why))
		return graver(j, "and the rejected rows are not kept", &why);
	if (j->rejects.path)
		str_printf(&j->res->said, "the rejected rows are in '%s'\n", j->rejects.path);
	return e;
}

static enum wend_err run(struct job *j)
{
	bool known;
	enum wend_err e = j->o->preset ? preset_find(&j->own, j->o->preset, j->err) : WEND_OK;
	if (!e)
		e = job_look_up(j, &known);
	if (e || known)
		return e;
	e = store_bans(j->store, &j->bans, j->err);
	if (!e)
		e = csv_open(&j->csv, j->path, &j->grammar, j->err);
	if (!e)
		e = job_recognise(j);
	if (!e)
		e = reopen(j);
	if (e)
		return e;
	opening_header_of(&j->opening, j->sheet, j->preset);
	j->header_line = j->opening.header < j->opening.n ? j->opening.line[j->opening.header] : 0;
	snprintf(j->res->preset, sizeof j->res->preset, "%s", j->preset->name);
	j->planned = true;
	note_fixed(j);
	e = plan_make(&j->plan, j->preset, &j->opening, j->sheet, j->o, j->store, j->err);
	if (e)
		return e;
	preset_kinds(j->preset, j->res->kind, sizeof j->res->kind);
	if (!tail_can_be_read(&j->plan, j->csv, j->path))
		j->tail_from = 0;
	e = read_all(j);
	if (!e)
		e = finish(j);
	if (!e && !j->res->already)
		say(j);
	return e;
}

enum wend_err ingest_file(struct store *s, const char *path, const struct ingest_options *o, struct ingest_result *res, struct err *err)
{
	struct err mine = ERR_INIT;
	struct job j = { .store = s, .path = path, .o = o, .res = res, .err = err ? err : &mine };
	*res = (struct ingest_result){ .file = path };
	res->counts.first = res->counts.last = WEND_NONE;
	j.source = file_family(job_name(&j));
	j.options = options_text(o);
	rejects_place(&j);
	enum wend_err e = run(&j);
	if (j.batch)
		batch_abort(j.batch);
	if (e) {
		err_prefix(j.err, "'%s'", job_name(&j));
		str_puts(&res->why, j.err->msg);
		res->counts.records = j.b.used + j.b.rejected + j.b.ignored;
		res->counts.rejected = j.b.rejected;
		res->counts.ignored = j.b.ignored;
		e = refuse(&j, keep_rejects(&j, e));
	}
	res->status = e;
	if (j.building)
		builder_release(&j.b);
	rejects_release(&j.rejects);
	sheet_close(j.sheet);
	csv_close(j.csv);
	if (j.planned)
		plan_release(&j.plan);
	opening_release(&j.opening);
	preset_set_release(&j.set);
	preset_free(j.own);
	free(j.seen);
	free(j.rejects_path);
	free(j.rejects_kept);
	free(j.source);
	free(j.options);
	return e;
}

void ingest_result_release(struct ingest_result *r)
{
	str_release(&r->said);
	str_release(&r->why);
}
