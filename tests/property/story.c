/* Running one history: each step is done to the store and to the list of files, then
 * both are compared. */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>




static const char *const act_names[ACT_COUNT] = {
	"a file", "a changed file", "an overlapping file", "a grown file", "the same rows again", "a shuffled file", "a file given up",
	"undo", "compact", "compact --forget-before", "erase"
};

struct run {
	const struct plot *p;
	struct world w;
	struct store *s;
	struct file f[FILES_MAX];
	size_t n;
	int64_t last;            /* number of the newest batch */
	int64_t forgotten;       /* batches below cannot be undone */
	struct bans bans;
	char dir[40];            /* where files are written */
	struct outcome *out;
	bool tell;
};

/* ---- plans ---- */

void plot_make(struct plot *p, uint64_t seed, bool files)
{
	static const uint8_t weight[ACT_COUNT] = { 6, 4, 3, 3, 1, 1, 1, 8, 2, 1, 2 };
	struct dice d = { mixed(seed, 11, 0, 0) };
	uint32_t all = 0;

	for (int i = 0; i < ACT_COUNT; i++)
		all += weight[i];
	memset(p, 0, sizeof *p);
	p->seed = seed;
	p->files = files;
	p->n = 6 + dice_below(&d, 20);
	p->step = xcalloc(p->n, sizeof *p->step);
	for (size_t i = 0; i < p->n; i++) {
		uint32_t k = dice_below(&d, all);
		int act = 0;

		for (; k >= weight[act]; act++)
			k -= weight[act];
		p->step[i].act = i < 2 ? ACT_NEW : (enum act)act;
		p->step[i].seed = mixed(seed, 12, i, 0);
	}
}

void plot_release(struct plot *p)
{
	free(p->step);
}

/* ---- comparing ---- */

static char *said(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *said(const char *fmt, ...)
{
	char text[2000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return xstrdup(text);
}

static int line_length(const char *p) { return (int)strcspn(p, "\n"); }

/* The first line that differs, and whose it is. */
static char *difference(const char *what, const char *want, const char *got)
{
	const char *who = want;

	while (*want && *got) {
		int n = line_length(want);

		if (line_length(got) != n || memcmp(want, got, (size_t)n))
			break;
		if (*want != ' ')
			who = want;
		want += n + (want[n] == '\n');
		got += n + (got[n] == '\n');
	}
	return *want || *got ? said("%s: of customer '%.*s'\n#   the model has %.*s\n#   the store has %.*s", what, line_length(who), who, line_length(want), want, line_length(got), got) : NULL;
}

/* Which of several equal records without an id stand where among others of the same
 * moment is not compared: rows of one kind and time that hold equal ones are sorted. */
static int line_cmp(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static size_t moment_length(const char *line)
{
	const char *p = strchr(line + 2, ' ');

	return p ? (size_t)(p - line) + 1 + strcspn(p + 1, " ") : 0;
}

static void settle_equal(char **line, size_t n)
{
	for (size_t i = 0, k; i < n; i = k) {
		bool equal = false;

		for (k = i + 1; k < n && line[i][0] == ' ' && moment_length(line[i]) == moment_length(line[k]) && !strncmp(line[i], line[k], moment_length(line[i])); k++)
			for (size_t j = i; j < k; j++)
				equal |= !strcmp(line[j], line[k]);
		if (equal)
			qsort(line + i, k - i, sizeof *line, line_cmp);
	}
}

static void sort_equal(struct str *text)
{
	char **line = NULL;
	size_t n = 0, cap = 0;
	struct sv rest = str_view(text), one;
	struct str out = STR_INIT;

	while (sv_cut(&rest, '\n', &one)) {
		if (!one.n)
			continue;
		GROW(line, cap, n + 1);
		line[n++] = xstrndup(one.p, one.n);
	}
	settle_equal(line, n);
	for (size_t i = 0; i < n; i++) {
		str_printf(&out, "%s\n", line[i]);
		free(line[i]);
	}
	free(line);
	str_puts(&out, "");
	str_release(text);
	*text = out;
}

static char *check_text(struct run *r, const struct state *want)
{
	char *failure = NULL;

	for (int parts = 1; parts <= 2 && !failure; parts++) {
		struct state got;

		store_state(&got, r->s, parts, 0);
		sort_equal(&got.text);
		failure = difference(parts == 1 ? "one thread" : "two threads", want->text.p, got.text.p);
		if (failure && r->tell)
			printf("# the model:\n%s# the store:\n%s", want->text.p, got.text.p);
		state_release(&got);
	}
	return failure;
}

static char *check_counts(struct run *r, const struct state *want)
{
	int64_t rows[KIND_COUNT];
	struct err err = ERR_INIT;

	if (store_row_counts(r->s, rows, &err))
		return said("row counts: %s", err.msg);
	for (int k = 0; k < KIND_COUNT; k++)
		if (rows[k] != want->rows[k])
			return said("source rows of %s: the model counts %lld, the store %lld", kind_names[k], (long long)want->rows[k], (long long)rows[k]);
	return NULL;
}

static char *check_sound(struct run *r)
{
	struct report t;
	struct err err = ERR_INIT;
	char *failure = NULL;

	report_init(&t);
	if (store_table_check(r->s, &t, &err)) {
		failure = said("store check: %s", err.msg);
		for (size_t i = 0; i < t.table.nrow; i++)
			if (sv_is(table_at(&t.table, i, 1)->s, "bad")) {
				free(failure);
				failure = said("store check: %.*s", (int)table_at(&t.table, i, 2)->s.n, table_at(&t.table, i, 2)->s.p);
				break;
			}
	}
	report_release(&t);
	return failure;
}

/* A visitor of several customers is no name; in real files it has none that could be typed. */
static bool names_nobody(struct run *r, const char *name)
{
	return !strncmp(name, "map:", 4) || store_people(r->s, NULL) || store_key_shared(r->s, sv_of(name));
}

/* One customer alone reads as the same customer among all. */
static char *check_one(struct run *r, struct dice *d, const struct state *want)
{
	struct state got;
	struct str block = STR_INIT;
	char *failure = NULL;
	uint32_t number;
	const char *name, *at;

	if (!want->ncustomer)
		return NULL;
	name = want->customer[dice_below(d, (uint32_t)want->ncustomer)];
	if (names_nobody(r, name))
		return NULL;
	if (!store_find(r->s, sv_of(name), &number))
		return said("customer '%s' is not found", name);
	for (at = want->text.p; *at; at += line_length(at) + 1)
		if ((size_t)line_length(at) == strlen(name) && !strncmp(at, name, strlen(name)))
			break;
	do {
		str_add(&block, at, (size_t)line_length(at) + 1);
		at += line_length(at) + 1;
	} while (*at == ' ');
	store_state(&got, r->s, 1, number);
	sort_equal(&got.text);
	failure = difference("one customer alone", block.p, got.text.p);
	state_release(&got);
	str_release(&block);
	return failure;
}

static char *compare(struct run *r, struct dice *d)
{
	struct state want;
	char *failure;

	model_state(&want, r->f, r->n, &r->bans);
	sort_equal(&want.text);
	failure = check_text(r, &want);
	if (!failure)
		failure = check_counts(r, &want);
	if (!failure)
		failure = check_one(r, d, &want);
	if (!failure)
		failure = check_sound(r);
	r->out->tally.records += (uint64_t)want.records;
	r->out->tally.customers += want.ncustomer;
	r->out->tally.checks++;
	state_release(&want);
	return failure;
}

/* ---- steps ---- */

static struct file *any_file(struct run *r, struct dice *d, bool live)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += !live || r->f[i].live;
	if (!n)
		return NULL;
	n = dice_below(d, (uint32_t)n);
	for (size_t i = 0; i < r->n; i++)
		if ((!live || r->f[i].live) && !n--)
			return &r->f[i];
	return NULL;
}

static void drop_rows(struct file *f, const struct step *t)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		if (i >= ROWS_MAX || !t->drop[i])
			f->say[n++] = f->say[i];
	f->n = n;
}

static void tell_file(const struct file *f)
{
	printf("#   file '%s' digest %016llx export %lld, batch %lld\n", f->name, (unsigned long long)f->digest.hi, (long long)(f->export_date == WEND_NONE ? -1 : f->export_date), (long long)f->batch);
	for (size_t i = 0; i < f->n; i++) {
		struct str s = STR_INIT;

		for (int k = 0; k < f->rec[i].nkeys; k++) {
			str_puts(&s, k ? "+" : " ");
			key_text_of(&s, &f->rec[i].key[k]);
		}
		if (f->rec[i].id_space.n)
			str_printf(&s, " space=%.*s", (int)f->rec[i].id_space.n, f->rec[i].id_space.p);
		record_line(&s, &f->rec[i], f->rec[i].rows);
		printf("#     %zu:%s", i, s.p);
		str_release(&s);
	}
}

static bool is_there(const struct run *r, const struct file *f)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->f[i].live && r->f[i].digest.hi == f->digest.hi && r->f[i].digest.lo == f->digest.lo)
			return true;
	return false;
}

static char *step_file(struct run *r, const struct step *t, struct dice *d)
{
	struct file *f = &r->f[r->n], *from = t->act == ACT_NEW || t->act == ACT_GIVEN_UP ? NULL : any_file(r, d, false);
	struct batch_counts c;
	struct err err = ERR_INIT;
	char name[24];
	bool already = false;

	if (r->n == FILES_MAX)
		return NULL;
	snprintf(name, sizeof name, "file%zu.csv", r->n + 1);
	if (from)
		file_sequel(&r->w, d, from, (enum sequel)(t->act - ACT_CHANGED), f, name);
	else
		file_new(&r->w, d, f, name);
	drop_rows(f, t);
	if (!f->n) { /* not a file */
		file_release(f);
		return NULL;
	}
	file_make(&r->w, f);
	if (t->act == ACT_GIVEN_UP && r->p->files) {
		file_release(f);
		return NULL;
	}
	if (t->act == ACT_GIVEN_UP) {
		drive_give_up(r->s, d, f);
		file_release(f);
		return NULL;
	}
	model_ban(&r->bans, f);
	f->batch = r->p->files ? files_ingest(r->s, r->dir, f, &already, &err) : drive_ingest(r->s, d, f, &c, &err);
	if (r->tell)
		tell_file(f);
	if (already) {
		bool right = is_there(r, f);

		file_release(f);
		return right ? NULL : said("a file is taken for one that is not there");
	}
	r->n++;
	if (!f->batch)
		return said("ingest: %s", err.msg);
	f->live = true;
	r->last = f->batch;
	return NULL;
}

static char *step_undo(struct run *r, struct dice *d)
{
	struct file *f = any_file(r, d, true);
	struct undo_counts u;
	struct err err = ERR_INIT;

	if (!f)
		return NULL;
	if (r->tell)
		printf("#   batch %lld\n", (long long)f->batch);
	enum wend_err e = store_undo(r->s, f->batch, &u, &err);
	if (f->batch < r->forgotten) {
		r->out->tally.refused++;
		return e == WEND_E_INPUT ? NULL : said("undo of batch %lld below %lld was not refused", (long long)f->batch, (long long)r->forgotten);
	}
	if (e)
		return said("undo of batch %lld: %s", (long long)f->batch, err.msg);
	f->live = false;
	err.code = WEND_OK;
	return store_undo(r->s, f->batch, &u, &err) == WEND_E_INPUT ? NULL : said("undo of batch %lld a second time was not refused", (long long)f->batch);
}

static char *step_compact(struct run *r, struct dice *d, bool forget)
{
	struct compact_counts c;
	struct err err = ERR_INIT;
	const int64_t before = forget ? 1 + dice_below(d, (uint32_t)r->last + 1) : 0;

	if (!r->last)
		return NULL;
	if (r->tell && forget)
		printf("#   before %lld\n", (long long)before);
	if (store_compact(r->s, before, &c, &err))
		return said("compact: %s", err.msg);
	for (size_t i = 0; i < r->n; i++)
		r->f[i].purged |= !r->f[i].live;
	if (!forget)
		return NULL;
	model_forget(r->f, r->n, before);
	if (before > r->forgotten)
		r->forgotten = before;
	return NULL;
}

static char *step_erase(struct run *r, struct dice *d)
{
	struct erase_counts c;
	struct state now;
	struct err err = ERR_INIT;
	uint32_t number;
	char *failure = NULL;

	model_state(&now, r->f, r->n, &r->bans);
	if (now.ncustomer) {
		const char *name = now.customer[dice_below(d, (uint32_t)now.ncustomer)];

		if (names_nobody(r, name)) {
			state_release(&now);
			return NULL;
		}
		if (r->tell)
			printf("#   %s\n", name);
		if (store_people(r->s, &err) || !store_find(r->s, sv_of(name), &number))
			failure = said("customer '%s' is not found", name);
		else if (store_erase(r->s, &number, 1, &c, &err))
			failure = said("erase: %s", err.msg);
		else
			erase_counts_release(&c);
		model_erase(&r->bans, r->f, r->n, name);
	}
	state_release(&now);
	return failure;
}

static char *step_do(struct run *r, const struct step *t, struct dice *d)
{
	switch (t->act) {
	case ACT_UNDO:
		return step_undo(r, d);
	case ACT_COMPACT:
	case ACT_FORGET:
		return step_compact(r, d, t->act == ACT_FORGET);
	case ACT_ERASE:
		return step_erase(r, d);
	default:
		return step_file(r, t, d);
	}
}

void story_run(const struct plot *p, struct outcome *out, bool tell)
{
	struct run *r = xcalloc(1, sizeof *r);
	struct err err = ERR_INIT;

	strncat(r->dir, "/tmp/histories-XXXXXX", sizeof r->dir - 1);
	r->p = p;
	r->out = out;
	r->tell = tell;
	world_init(&r->w, p->seed, p->files);
	if (p->files && !mkdtemp(r->dir))
		out->failure = said("no folder for files");
	if (store_open(&r->s, "", STORE_MEMORY, &err))
		out->failure = said("%s", err.msg);
	for (size_t i = 0; i < p->n && !out->failure; i++) {
		const struct step *t = &p->step[i];
		struct dice d = { t->seed };

		if (t->skip)
			continue;
		if (tell)
			printf("# %zu. %s\n", i + 1, act_names[t->act]);
		out->failure = step_do(r, t, &d);
		if (!out->failure && (!p->at_end || i + 1 == p->n))
			out->failure = compare(r, &d);
		out->steps = i + 1;
		out->tally.steps++;
		out->tally.acts[t->act]++;
	}
	out->tally.histories++;
	store_close(r->s);
	if (p->files)
		(void)rmdir(r->dir);
	for (size_t i = 0; i < r->n; i++)
		file_release(&r->f[i]);
	bans_release(&r->bans);
	world_release(&r->w);
	free(r);
}

void outcome_release(struct outcome *o)
{
	free(o->failure);
	o->failure = NULL;
}

/* ---- what was done ---- */

void tally_add(struct tally *to, const struct tally *t)
{
	to->histories += t->histories;
	to->steps += t->steps;
	to->refused += t->refused;
	to->records += t->records;
	to->customers += t->customers;
	to->checks += t->checks;
	for (int i = 0; i < ACT_COUNT; i++)
		to->acts[i] += t->acts[i];
}

void tally_print(const struct tally *t)
{
	for (int i = 0; i < ACT_COUNT; i++)
		if (t->acts[i])
			printf("%s%s %llu", i ? ", " : "", act_names[i], (unsigned long long)t->acts[i]);
	printf("\n%llu steps, %llu records and %llu customers compared\n", (unsigned long long)t->steps, (unsigned long long)t->records, (unsigned long long)t->customers);
}
