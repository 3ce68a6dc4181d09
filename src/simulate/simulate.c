/* The whole: people live on all threads, files are written on all threads, and the folder
 * appears when everything lies in it. */
#include "simplan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wend/mem.h"
#include "wend/par.h"

enum { BLOCK = 1024 }; /* people a piece of work */

/* ---- people ---- */

struct living {
	struct sim *s;
	FILE *people;           /* truth-customers.csv; its rows in the order of customers */
	_Atomic uint64_t next;  /* block to take */
	uint64_t written;       /* block whose turn it is in the file */
	pthread_mutex_t lock;
	pthread_cond_t turn;
	struct facts facts;
	enum wend_err status;
	struct err err;
};

static void put_people(struct living *l, struct teller *t, uint64_t block)
{
	pthread_mutex_lock(&l->lock);
	while (l->written != block)
		pthread_cond_wait(&l->turn, &l->lock);
	fwrite(t->people.p, 1, t->people.n, l->people);
	l->written++;
	pthread_cond_broadcast(&l->turn);
	pthread_mutex_unlock(&l->lock);
	str_reset(&t->people);
}

static void live_some(void *ctx, int thread)
{
	struct living *l = ctx;
	const struct sim *s = l->s;
	struct teller t = { .s = s, .w = spill_writer_new(s->spill), .tell = true };
	uint64_t all = s->persons + s->prospects, known = (s->persons + BLOCK - 1) / BLOCK, b;
	(void)thread;
	str_puts(&t.people, "");
	while ((b = atomic_fetch_add(&l->next, 1)) * BLOCK < all) {
		uint64_t to = (b + 1) * BLOCK < all ? (b + 1) * BLOCK : all;
		for (uint64_t who = b * BLOCK; who < to; who++) {
			if (who < s->persons)
				live(&t, (uint32_t)who);
			else
				live_visitor(&t, (uint32_t)who);
		}
		if (b < known)
			put_people(l, &t, b);
	}
	struct err err = ERR_INIT;
	enum wend_err e = spill_writer_end(t.w, &err);
	pthread_mutex_lock(&l->lock);
	const int64_t *from = (const int64_t *)(const void *)&t.facts;
	int64_t *sum = (int64_t *)(void *)&l->facts;
	for (size_t i = 0; i < sizeof t.facts / sizeof *from; i++)
		sum[i] += from[i];
	if (e && !l->status) {
		l->status = e;
		l->err = err;
	}
	pthread_mutex_unlock(&l->lock);
	str_release(&t.people);
}

static enum wend_err live_all(struct sim *s, const char *folder, int threads, struct facts *out, struct err *err)
{
	struct living l = { .s = s, .lock = PTHREAD_MUTEX_INITIALIZER, .turn = PTHREAD_COND_INITIALIZER };
	struct str path = STR_INIT;
	str_printf(&path, "%s/truth-customers.csv", folder);
	int fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	l.people = fd < 0 ? NULL : fdopen(fd, "w");
	if (!l.people) {
		err_set(err, WEND_E_STORE, "cannot write '%s': %s", path.p, strerror(errno));
		if (fd >= 0)
			close(fd);
		str_release(&path);
		return WEND_E_STORE;
	}
	fputs(people_head, l.people);
	par_each(threads, live_some, &l);
	bool bad = ferror(l.people) | (fflush(l.people) != 0) | (fsync(fileno(l.people)) != 0);
	bad |= fclose(l.people) != 0;
	if (l.status)
		*err = l.err;
	else if (bad)
		l.status = err_set(err, WEND_E_STORE, "cannot write '%s': %s", path.p, strerror(errno));
	str_release(&path);
	*out = l.facts;
	/* Rows of a front desk belong to the address, except where their own id comes first. */
	bool id_first = s->co->family[F_CRM].options != NULL;
	out->n[N_FOUND] = out->n[N_PERSONS] - out->n[N_FAMILY] - (id_first ? 0 : out->n[N_KIOSK_IDS]) + (out->n[N_KIOSK_IDS] > 0);
	return l.status;
}

/* ---- files ---- */

struct writing_all {
	struct sim *s;
	const char *folder;
	struct file_job *job;
	size_t n;
	_Atomic size_t next;
};

static void add_job(struct writing_all *w, enum family f, int month)
{
	const struct sim *s = w->s;
	w->job = xreallocarray(w->job, w->n + 1, sizeof *w->job);
	struct file_job *j = &w->job[w->n++];
	*j = (struct file_job){ .family = f, .month = month };
	const char *name = s->co->family[f].name;
	int y, m, d;
	if (month < 0) {
		snprintf(j->name, sizeof j->name, "%s.csv", name);
		return;
	}
	/* The middle of a month lies in it in every zone. */
	civil_ymd(floor_day(s->start + s->month[month] + 43200), &y, &m, &d);
	snprintf(j->name, sizeof j->name, "%s-%04d-%02d.csv", name, y & 8191, m & 15);
}

static void plan_jobs(struct writing_all *w)
{
	const struct sim *s = w->s;
	for (int f = 0; f < F_COUNT_ALL; f++) {
		const struct family_def *d = &s->co->family[f];
		uint64_t all = 0;
		if (!d->name)
			continue;
		for (int m = 0; m < s->months; m++) {
			all += spill_count(s->spill, bucket_of((enum family)f, m, false)) + spill_count(s->spill, bucket_of((enum family)f, m, true));
			if (d->monthly && file_exists(s, (enum family)f, m))
				add_job(w, (enum family)f, m);
		}
		if (!d->monthly && (all || d->all))
			add_job(w, (enum family)f, -1);
	}
}

static void write_some(void *ctx, int thread)
{
	struct writing_all *w = ctx;
	size_t i;
	(void)thread;
	while ((i = atomic_fetch_add(&w->next, 1)) < w->n)
		file_write(&w->job[i], w->s, w->folder);
}

static enum wend_err put_text_file(const char *folder, const char *name, const struct str *text, struct err *err)
{
	struct str path = STR_INIT;
	struct outfile o;
	str_printf(&path, "%s/%s", folder, name);
	enum wend_err e = outfile_open(&o, path.p, err);
	if (!e) {
		fwrite(text->p, 1, text->n, o.f);
		e = outfile_commit(&o, err);
	}
	str_release(&path);
	return e;
}

/* ---- the folder ---- */

static bool only_known(const char *dir, const char *inside, const char *truth, struct str *stranger)
{
	struct str path = STR_INIT;
	bool ours = true;
	str_printf(&path, "%s%s%s", dir, *inside ? "/" : "", inside);
	DIR *d = opendir(path.p);
	for (const struct dirent *e; d && ours && (e = readdir(d));) {
		const char *z = e->d_name;
		struct str want = STR_INIT;
		if (!strcmp(z, ".") || !strcmp(z, ".."))
			continue;
		/* Rows that an ingest rejected lie beside their file. */
		struct sv stem = sv_of(z);
		if (sv_ends(stem, ".rejects.csv"))
			stem.n -= 12;
		else if (sv_ends(stem, ".csv"))
			stem.n -= 4;
		if (*inside)
			str_printf(&want, ",%s/%.*s.csv\n", inside, (int)stem.n, stem.p);
		ours = *inside ? strstr(truth, want.p) != NULL : !strcmp(z, "truth.csv") || !strcmp(z, "truth-customers.csv") || !strcmp(z, "wend.ini") || !strcmp(z, "exports");
		if (!ours)
			str_printf(stranger, "%s/%s", path.p, z);
		str_release(&want);
	}
	if (d)
		closedir(d);
	str_release(&path);
	return ours;
}

bool sim_is_ours(const char *dir, struct str *stranger)
{
	struct str path = STR_INIT, truth = STR_INIT;
	bool ours = false;
	str_printf(&path, "%s/truth.csv", dir);
	if (!access(path.p, R_OK) && !file_slurp(&truth, path.p, (size_t)1 << 30, NULL))
		ours = sv_starts(str_view(&truth), "name,value,where\nsimulation,") && only_known(dir, "", truth.p, stranger) && only_known(dir, "exports", truth.p, stranger);
	str_release(&path);
	str_release(&truth);
	return ours;
}

/* Nothing there, an empty folder, or an earlier simulation that may go. */
static enum wend_err look_at_folder(const char *dir, bool may_replace, bool *replace, struct err *err)
{
	struct stat st;
	struct str stranger = STR_INIT;
	enum wend_err e = WEND_OK;
	*replace = false;
	if (stat(dir, &st))
		return errno == ENOENT ? WEND_OK : err_set(err, WEND_E_STORE, "cannot write '%s': %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(err, WEND_E_STORE, "'%s' is a file; name a folder that is not there yet", dir);
	DIR *d = opendir(dir);
	int n = 0;
	if (!d)
		return err_set(err, WEND_E_STORE, "cannot read '%s': %s", dir, strerror(errno));
	while (n < 3 && readdir(d))
		n++;
	closedir(d);
	if (n < 3)
		return WEND_OK;
	bool ours = sim_is_ours(dir, &stranger);
	if (stranger.n)
		e = err_set(err, WEND_E_STORE, "'%s' holds '%s' beside a simulation; name another folder", dir, stranger.p);
	else if (!ours)
		e = err_set(err, WEND_E_STORE, "'%s' is not empty; name a folder that is not there yet", dir);
	else if (!may_replace)
		e = err_set(err, WEND_E_STORE, "'%s' holds an earlier simulation; give --replace, or name another folder", dir);
	*replace = !e;
	str_release(&stranger);
	return e;
}

static enum wend_err write_files(struct writing_all *w, int threads, struct err *err)
{
	struct str exports = STR_INIT;
	enum wend_err e = WEND_OK;
	str_printf(&exports, "%s/exports", w->folder);
	if (mkdir(exports.p, 0700))
		e = err_set(err, WEND_E_STORE, "cannot make the folder '%s': %s", exports.p, strerror(errno));
	const char *folder = w->folder;
	w->folder = exports.p;
	plan_jobs(w);
	if (!e)
		par_each(threads, write_some, w);
	w->folder = folder;
	for (size_t i = 0; i < w->n && !e; i++)
		if (w->job[i].status)
			e = err_set(err, w->job[i].status, "%s", w->job[i].err.msg);
	str_release(&exports);
	return e;
}

/* One row an export; what each of its files holds stands in truth.csv. */
static void tell_files(struct report *r, const struct sim *s, const struct writing_all *w)
{
	struct table *t = &r->table;
	static const char *const numbers[] = { "files", "records", "used", "rejected", "ignored", "duplicates", "updated", "bytes" };
	table_col(t, "export", COL_TEXT, NULL, -1);
	table_col(t, "kind", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		table_col(t, numbers[i], COL_INT, NULL, 0);
	for (size_t i = 0; i < w->n;) {
		enum family f = w->job[i].family;
		uint64_t v[8] = { 0 };
		for (; i < w->n && w->job[i].family == f; i++) {
			const struct file_job *j = &w->job[i];
			const uint64_t add[] = { 1, j->records, j->records - j->rejected - j->ignored, j->rejected, j->ignored, j->duplicates, j->updated, j->bytes };
			for (size_t k = 0; k < 8; k++)
				v[k] += add[k];
		}
		put_z(t, s->co->family[f].name);
		put_z(t, s->co->family[f].kind);
		for (size_t k = 0; k < 8; k++)
			put_int(t, (int64_t)v[k]);
	}
}

static void tell(struct report *r, const struct sim *s, const struct facts *f, const struct writing_all *w, const char *dir)
{
	uint64_t rejected = 0;
	for (size_t i = 0; i < w->n; i++)
		rejected += w->job[i].rejected;
	str_printf(&r->finding, "%s, %" PRId64 " customers, ", s->co->what, f->n[N_PERSONS]);
	if (s->kind == SAAS)
		str_printf(&r->finding, "%" PRId64 " subscriptions, ", f->n[N_CONTRACTS]);
	else
		str_printf(&r->finding, "%" PRId64 " orders, ", f->n[N_ORDERS_ALL]);
	day_text(&r->finding, s->day0);
	str_puts(&r->finding, " to ");
	day_text(&r->finding, s->day0 + s->ndays - 1);
	str_printf(&r->finding, ", in %zu files; %" PRIu64 " rows are damaged on purpose. What is true of it stands in '%s/truth.csv'.", w->n, rejected, dir);
	line_add(&r->next, "wend store set --file %s/wend.ini", dir);
	line_add(&r->next, "wend ingest %s/exports/*", dir);
	tell_files(r, s, w);
}

enum wend_err simulate_write(const struct simulate_options *o, struct report *r, struct err *err)
{
	struct sim s;
	struct facts facts;
	struct outdir out;
	struct writing_all w = { .s = &s };
	struct str text = STR_INIT;
	bool replace;
	if (!o->dir)
		return err_set(err, WEND_E_USAGE, "name the folder to write: -o DIR");
	if (sim_plan(&s, o, err) || look_at_folder(o->dir, o->replace, &replace, err) || outdir_open(&out, o->dir, err))
		return err->code;
	int threads = o->threads ? (int)o->threads : par_cpus();
	w.folder = out.tmp;
	enum wend_err e = spill_new(&s.spill, out.tmp, F_COUNT_ALL * MAX_MONTHS * 2, err);
	if (!e)
		e = live_all(&s, out.tmp, threads, &facts, err);
	if (!e)
		e = write_files(&w, threads, err);
	if (!e) {
		for (size_t i = 0; i < w.n; i++)
			for (int c = 0; c < CHANNELS; c++)
				facts.channel[c][CH_SPEND] += w.job[i].spend[c];
		truth_text(&text, &s, &facts, w.job, w.n, o);
		e = put_text_file(out.tmp, "truth.csv", &text, err);
		str_reset(&text);
		settings_text(&text, &s);
		if (!e)
			e = put_text_file(out.tmp, "wend.ini", &text, err);
	}
	if (e)
		outdir_abort(&out);
	else
		e = outdir_commit(&out, replace, err);
	if (!e)
		tell(r, &s, &facts, &w, o->dir);
	for (size_t i = 0; i < w.n; i++)
		free(w.job[i].reject);
	free(w.job);
	spill_free(s.spill);
	str_release(&text);
	return e;
}

enum wend_err simulate_parameters(const struct simulate_options *o, struct report *r, struct err *err)
{
	struct sim s;
	struct table *t = &r->table;
	if (sim_plan(&s, o, err))
		return err->code;
	table_col(t, "parameter", COL_TEXT, NULL, -1);
	table_col(t, "value", COL_REAL, NULL, -1);
	table_col(t, "least", COL_REAL, NULL, -1);
	table_col(t, "most", COL_REAL, NULL, -1);
	table_col(t, "group", COL_TEXT, NULL, -1);
	table_col(t, "meaning", COL_TEXT, NULL, -1);
	for (int i = 0; i < P_COUNT; i++) {
		const struct param_def *d = &param_defs[i];
		if (isnan(d->value[s.kind]))
			continue;
		put_z(t, d->name);
		put_real(t, s.p[i]);
		put_real(t, d->lo);
		put_real(t, d->hi);
		put_z(t, d->group == 't' ? "trap" : d->group == 'e' ? "effect" : "process");
		put_z(t, d->help);
	}
	return WEND_OK;
}
