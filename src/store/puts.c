#include "store/puts.h"

enum wend_err query_int(struct store *s, const char *sql, int64_t *out, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, sql, err);
	if (!e && sqlite3_step(st) != SQLITE_ROW)
		e = store_sql_error(s, s->db, err, "read");
	if (!e)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return e;
}

enum wend_err puts_begin(struct puts *p, struct store *s, struct err *err)
{
	enum wend_err e;
	p->s = s;
	if ((e = store_prepare(s, s->db, &p->run, "INSERT INTO run VALUES(?, ?, ?, ?, ?, ?, ?)", err))
	    || (e = store_prepare(s, s->db, &p->block, "INSERT INTO block VALUES(?, ?, ?, ?, ?, ?, ?)", err))
	    || (e = store_prepare(s, s->db, &p->col, "INSERT INTO col VALUES(?, ?)", err))
	    || (e = store_prepare(s, s->db, &p->key, "INSERT INTO key VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", err))
	    || (e = query_int(s, "SELECT coalesce(max(id), 0) + 1 FROM run", &p->next_run, err))
	    || (e = query_int(s, "SELECT coalesce(max(id), 0) + 1 FROM block", &p->next_block, err)))
		return e;
	return query_int(s, "SELECT coalesce(max(id), 0) + 1 FROM key", &p->next_key, err);
}

void puts_release(struct puts *p)
{
	sqlite3_finalize(p->run);
	sqlite3_finalize(p->block);
	sqlite3_finalize(p->col);
	sqlite3_finalize(p->key);
	memset(p, 0, sizeof *p);
}

enum wend_err put_run(struct puts *p, int64_t *run, const struct run_row *r, struct err *err)
{
	if (!*run)
		*run = p->next_run++;
	sqlite3_bind_int64(p->run, 1, *run);
	sqlite3_bind_int64(p->run, 2, r->batch);
	sqlite3_bind_int64(p->run, 3, r->kind);
	sqlite3_bind_int64(p->run, 4, r->type);
	sqlite3_bind_int64(p->run, 5, (sqlite3_int64)r->n);
	sqlite3_bind_int64(p->run, 6, (sqlite3_int64)r->changed);
	sqlite3_bind_int64(p->run, 7, (sqlite3_int64)r->rows);
	return step_done(p->s, p->run, err);
}

enum wend_err put_block(struct puts *p, int64_t run, int64_t *block, size_t n, int64_t lo, int64_t hi, const int64_t *time, struct err *err)
{
	int64_t least = INT64_MAX, most = INT64_MIN;
	bool timed = time != NULL;
	for (size_t i = 0; timed && i < n; i++) {
		timed &= time[i] != WEND_NONE;
		least = time[i] < least ? time[i] : least;
		most = time[i] > most ? time[i] : most;
	}
	*block = p->next_block++;
	sqlite3_bind_int64(p->block, 1, *block);
	sqlite3_bind_int64(p->block, 2, run);
	sqlite3_bind_int64(p->block, 3, lo);
	sqlite3_bind_int64(p->block, 4, hi);
	sqlite3_bind_int64(p->block, 5, (sqlite3_int64)n);
	if (timed) {
		sqlite3_bind_int64(p->block, 6, wtime_secs(least));
		sqlite3_bind_int64(p->block, 7, wtime_secs(most));
	} else {
		sqlite3_bind_null(p->block, 6);
		sqlite3_bind_null(p->block, 7);
	}
	return step_done(p->s, p->block, err);
}

enum wend_err put_col(struct puts *p, int64_t block, unsigned id, const struct str *blob, struct err *err)
{
	sqlite3_bind_int64(p->col, 1, block * C_LIMIT + (int64_t)id);
	return step_with_blobs(p->s, p->col, 2, blob, 1, err);
}
