/* Was a file read before? Files are known by the digest of their bytes: one that is the same to
 * the last byte is in the store, one that begins with all bytes of another goes on from there.
 */
#include "job.h"

#include <sys/stat.h>

enum { SEEN_MAX = 512 };

static bool same_meaning(const struct job *j, const struct seen_file *s)
{
	if (j->o->preset)
		return !strcmp(s->preset, path_name(j->o->preset)) || (j->own && !strcmp(s->preset, j->own->name));
	if (j->o->as)
		return sv_starts(sv_of(s->preset), "map:") && !strcmp(s->preset + 4, j->o->as);
	return !sv_starts(sv_of(s->preset), "map:");
}

/* All its bytes are those of a file that was read: says so instead of reading it again. */
static bool already(struct job *j, const struct seen_file *s)
{
	if (!same_meaning(j, s) || s->bytes != j->bytes || s->digest.hi != j->digest.hi || s->digest.lo != j->digest.lo)
		return false;
	struct ingest_result *r = j->res;
	r->already = true;
	r->batch = s->batch;
	r->counts = s->counts;
	r->counts.added = r->counts.updated = 0;
	r->counts.duplicates = r->counts.used;
	snprintf(r->preset, sizeof r->preset, "%s", s->preset);
	struct preset *p = NULL;
	if (sv_starts(sv_of(s->preset), "map:"))
		snprintf(r->kind, sizeof r->kind, "%s", s->preset + 4);
	else if (!preset_find(&p, s->preset, NULL))
		preset_kinds(p, r->kind, sizeof r->kind);
	preset_free(p);
	str_printf(&r->said, "'%s' is already batch %" PRId64 "; nothing was written\n", job_name(j), s->batch);
	return true;
}

bool job_same_file(struct job *j)
{
	for (size_t i = 0; i < j->nseen; i++)
		if (already(j, &j->seen[i]))
			return true;
	return false;
}

/* A file shorter than all that were read cannot begin with one of them, and is digested
 * while it is read. */
static bool may_be_known(const struct job *j)
{
	struct stat st;
	if (stat(j->path, &st))
		return true; /* the reader says what is wrong */
	for (size_t i = 0; i < j->nseen; i++)
		if (j->seen[i].bytes <= (uint64_t)st.st_size)
			return true;
	return false;
}

enum wend_err job_look_up(struct job *j, bool *known)
{
	*known = false;
	j->seen = xcalloc(SEEN_MAX, sizeof *j->seen);
	j->nseen = store_seen(j->store, j->seen, SEEN_MAX);
	if (!strcmp(j->path, "-") || !may_be_known(j))
		return WEND_OK;
	uint64_t *len = xcalloc(j->nseen + 1, sizeof *len);
	struct digest *at = xcalloc(j->nseen + 1, sizeof *at);
	for (size_t i = 0; i < j->nseen; i++)
		len[i] = j->seen[i].bytes;
	enum wend_err e = file_digest(j->path, &j->digest, &j->bytes, len, at, j->nseen, j->err);
	for (size_t i = 0; !e && i < j->nseen && !*known && !j->o->dry_run; i++) {
		const struct seen_file *s = &j->seen[i];
		*known = already(j, s);
		if (!*known && same_meaning(j, s) && s->whole && s->bytes < j->bytes && s->bytes > j->tail_from && at[i].hi == s->digest.hi && at[i].lo == s->digest.lo) {
			j->tail_from = s->bytes;
			j->head = s->batch;
		}
	}
	bool whole = true;
	if (!e && j->tail_from)
		e = ends_a_line(j->path, j->tail_from, &whole, j->err);
	if (!whole)
		j->tail_from = 0;
	j->digested = !e;
	free(len);
	free(at);
	return e;
}
