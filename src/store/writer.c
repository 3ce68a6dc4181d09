/* room: store
 * The writing thread's side of a batch: the transaction, the numbers of the store for
 * words and people, and what is counted by day. The write lock is taken with the first
 * run, so that a file is parsed (as far as memory allows) before anybody has to wait.
 */
#include "store/batch.h"

#include "wend/hash.h"

static enum wend_err load_live(struct writer *w, struct err *err)
{
	sqlite3_stmt *st = NULL;
	size_t cap = 0;
	int rc = SQLITE_ERROR;
	enum wend_err e = store_prepare(w->s, w->s->db, &st, "SELECT id, export_date, head FROM batch WHERE state = 'live' ORDER BY id", err);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		GROW(w->live, cap, w->nlive + 1);
		int64_t date = sqlite3_column_type(st, 1) == SQLITE_NULL ? WEND_NONE : sqlite3_column_int64(st, 1);
		w->live[w->nlive++] = (struct live_batch){ sqlite3_column_int64(st, 0), date, sqlite3_column_int64(st, 2) };
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(w->s, w->s->db, err, "read");
	sqlite3_finalize(st);
	/* A batch speaks for the one whose file its own goes on. */
	for (size_t i = w->nlive; i-- > 0;) {
		const struct live_batch *h = w->live[i].head ? writer_live(w, w->live[i].head) : NULL;
		if (h && h->export_date < w->live[i].export_date)
			w->live[h - w->live].export_date = w->live[i].export_date;
	}
	return e;
}

const struct live_batch *writer_live(const struct writer *w, int64_t batch)
{
	size_t lo = 0, hi = w->nlive;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (w->live[mid].id < batch)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->nlive && w->live[lo].id == batch ? &w->live[lo] : NULL;
}

static enum wend_err prepare(struct writer *w, struct err *err)
{
	struct store *s = w->s;
	enum wend_err e = puts_begin(&w->put, s, err);
	if (!e)
		e = store_prepare(s, s->db, &w->get_col, "SELECT data FROM col WHERE id = ?", err);
	return e ? e : store_prepare(s, s->db, &w->put_name, "INSERT INTO name VALUES(?, ?)", err);
}

enum wend_err writer_begin(struct writer *w, const struct batch_info *info, struct err *err)
{
	struct store *s = w->s;
	sqlite3_stmt *st = NULL;
	int64_t persons = 0;
	enum wend_err e;
	if (w->begun)
		return WEND_OK;
	if ((e = store_write_begin(s, err)))
		return e;
	w->begun = true;
	w->export_date = info->export_date;
	w->head = info->head;
	if ((e = words_load(s, s->db, err)) || (e = load_live(w, err)) || (e = prepare(w, err))
	    || (e = query_int(s, "SELECT value FROM meta WHERE name = 'persons'", &persons, err)))
		return e;
	if (info->head && !writer_live(w, info->head))
		return err_set(err, WEND_E_STORE, "batch %lld, which the file goes on from, was undone meanwhile; run again", (long long)info->head);
	w->words_before = s->words->set.n;
	w->words_known = true;
	w->map.before = w->map.used = (uint32_t)persons;
	e = store_prepare(s, s->db, &st, "INSERT INTO batch(file, ingested, state) VALUES(?, ?, 'live')", err);
	if (e)
		return e;
	sqlite3_bind_text(st, 1, info->file ? info->file : "", -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, clock_now());
	e = step_done(s, st, err);
	sqlite3_finalize(st);
	w->batch = sqlite3_last_insert_rowid(s->db);
	return e;
}

void writer_release(struct writer *w)
{
	puts_release(&w->put);
	sqlite3_finalize(w->put_name);
	sqlite3_finalize(w->get_col);
	free(w->live);
	free(w->word);
	free(w->map.number);
	free(w->work.order);
	free(w->work.person);
	free(w->work.state);
	free(w->work.mate_of);
	free(w->work.again);
	free(w->work.next);
	free(w->work.mate);
	free(w->work.mark);
	free(w->day);
	free(w->moved.v);
	free(w->headed.v);
	free(w->drops.v);
	free(w->unsaid);
	free(w->outgrown);
	free(w->back);
	for (size_t i = 0; i < w->taken_n; i++)
		free(w->taken[i]);
	free(w->taken);
	struct store *s = w->s;
	memset(w, 0, sizeof *w);
	w->s = s;
}

/* Words of the batch get their codes in the store. */
static enum wend_err resolve_words(struct writer *w, const struct run *r, struct err *err)
{
	struct word_set *set = &w->s->words->set;
	enum wend_err e = WEND_OK;
	GROW(w->word, w->word_cap, r->word_from + r->word_n);
	for (uint32_t i = 0; !e && i < r->word_n; i++) {
		size_t before = set->n;
		uint32_t code = word_set_add(set, r->word[i], hash64(r->word[i].p, r->word[i].n));
		w->word[r->word_from + i] = code;
		if (set->n == before)
			continue;
		sqlite3_bind_int64(w->put_name, 1, (sqlite3_int64)code + 1);
		sqlite3_bind_text64(w->put_name, 2, r->word[i].p, r->word[i].n, SQLITE_STATIC, SQLITE_UTF8);
		e = step_done(w->s, w->put_name, err);
	}
	w->nword = r->word_from + r->word_n;
	return e;
}

static void count_day(struct writer *w, enum kind kind, int32_t day, int64_t n)
{
	size_t i = w->nday;
	/* Files run through time: the day is nearly always among the last ones. */
	while (i > 0 && (w->day[i - 1].kind > kind || (w->day[i - 1].kind == kind && w->day[i - 1].day > day)))
		i--;
	if (i > 0 && w->day[i - 1].kind == kind && w->day[i - 1].day == day) {
		w->day[i - 1].n += n;
		return;
	}
	GROW(w->day, w->day_cap, w->nday + 1);
	memmove(w->day + i + 1, w->day + i, (w->nday - i) * sizeof *w->day);
	w->day[i] = (struct day_count){ day, (uint8_t)kind, n };
	w->nday++;
}

/* Source rows by day; a table takes them where the run spans few enough days. A record
 * whose source row another record counts (the score of a ticket) is one of its own kind. */
static void count_days(struct writer *w, const struct run *r)
{
	enum { SPAN = 1 << 15 };
	struct zone_cache zc = ZONE_CACHE(w->zone);
	int64_t *table = xcalloc(SPAN, sizeof *table);
	int32_t base = INT32_MIN;
	for (size_t i = 0; i < r->n; i++) {
		const struct row *row = run_row(r, i);
		if (row->time == WEND_NONE || w->work.state[i] == ROW_MERGED)
			continue;
		const uint32_t n = row->rows ? row->rows : 1;
		int32_t day = wtime_day(row->time, &zc);
		if (base == INT32_MIN)
			base = day - SPAN / 2;
		if (day >= base && day < base + SPAN)
			table[day - base] += n;
		else
			count_day(w, r->kind, day, n);
	}
	for (int32_t d = 0; d < SPAN; d++)
		if (table[d])
			count_day(w, r->kind, base + d, table[d]);
	free(table);
}

void uncount_day(struct writer *w, int64_t time, int64_t rows)
{
	struct zone_cache zc = ZONE_CACHE(w->zone);

	if (time != WEND_NONE)
		count_day(w, w->work.run->kind, wtime_day(time, &zc), -(rows ? rows : 1));
}

static void work_begin(struct work *k, struct run *r)
{
	if (r->n > k->cap) {
		k->cap = r->n;
		k->order = xreallocarray(k->order, k->cap, sizeof *k->order);
		k->person = xreallocarray(k->person, k->cap, sizeof *k->person);
		k->state = xreallocarray(k->state, k->cap, sizeof *k->state);
	}
	k->run = r;
	k->nmate = k->nmark = 0;
	free(k->mate_of);
	free(k->again);
	free(k->next);
	k->mate_of = NULL;
	k->again = NULL;
	k->next = NULL;
	memset(k->state, ROW_ADDED, r->n);
}

static void count_rows(struct writer *w)
{
	const struct work *k = &w->work;
	for (size_t i = 0; i < k->run->n; i++) {
		uint32_t rows = run_row(k->run, i)->rows;
		switch (k->state[i]) {
		case ROW_ADDED: *(k->again && k->again[i] ? &w->updated : &w->added) += rows; break;
		case ROW_CHANGED: case ROW_REPLACED: w->updated += rows; break;
		case ROW_MERGED: break; /* counted with the row they went to */
		default: w->duplicates += rows;
		}
	}
}

enum wend_err writer_run(struct writer *w, const struct persons *p, struct run *r, struct err *err)
{
	struct work *k = &w->work;
	enum wend_err e;
	if ((e = resolve_words(w, r, err)) || (e = persons_resolve(w->s, p, &w->map, r->persons, w->word, err)))
		return e;
	if (!r->n)
		return WEND_OK;
	work_begin(k, r);
	for (size_t i = 0; i < r->n; i++) {
		struct row *row = run_row(r, i);
		k->person[i] = row->person = row->person ? w->map.number[row->person - 1] : 0;
	}
	if ((e = work_repeats(w, err)))
		return e;
	work_sort(k);
	if ((e = work_match(w, err)) || (e = work_write(w, err)))
		return e;
	w->runs++;
	count_days(w, r);
	count_rows(w);
	return WEND_OK;
}
