/* Rows written under a number that is not their customer's.
 *
 * When links join numbers, the rows of all but the smallest lie elsewhere in the runs.
 * Before its first window the cursor visits the blocks that hold such numbers, copies the
 * rows of its own share, sorts them by customer in portions of bounded size and packs
 * each portion like a run of the store; from then on a portion is one more stream. What
 * outgrows memory goes to an unlinked file.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "rowset.h"
#include "wend/par.h"

#define MOVED_BYTES ((size_t)64 << 20)

struct packed {
	uint64_t at;
	uint32_t n;
	uint8_t id;
};
struct moved {
	struct str mem;         /* the packed columns, until they are too many */
	int fd;                 /* then here; -1 = not yet */
	uint64_t bytes;
	struct packed *col;
	size_t ncol, col_cap;
	size_t *first;          /* per block, its first entry of `col`; one more at the end */
	size_t nblock, block_cap;
	char *buf;              /* for reading back */
	size_t buf_cap;
};

void moved_free(struct moved *m)
{
	if (!m)
		return;
	if (m->fd >= 0)
		close(m->fd);
	str_release(&m->mem);
	free(m->col);
	free(m->first);
	free(m->buf);
	free(m);
}

static bool scratch_failed(struct cursor *c)
{
	c->failed = err_set(&c->err, WEND_E_STORE, "cannot use a scratch file: %s; set TMPDIR to a folder with room", strerror(errno));
	return false;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return true;
}

static bool spill(struct cursor *c, struct moved *m)
{
	struct str path = STR_INIT;

	if (m->fd < 0) {
		if (scratch_dir(&path, &c->err)) {
			c->failed = c->err.code;
			str_release(&path);
			return false;
		}
		str_puts(&path, "/moved-XXXXXX");
		m->fd = mkostemp(path.p, O_CLOEXEC); /* 0600 */
		if (m->fd >= 0)
			unlink(path.p);
		str_release(&path);
		if (m->fd < 0)
			return scratch_failed(c);
	}
	if (!write_all(m->fd, m->mem.p, m->mem.n))
		return scratch_failed(c);
	str_reset(&m->mem);
	return true;
}

bool moved_read(struct cursor *c, int64_t block, unsigned id, struct sv *out)
{
	struct moved *m = c->moved;
	const struct packed *p = NULL;

	*out = SV_NONE;
	for (size_t i = m->first[block]; i < m->first[block + 1] && !p; i++)
		if (m->col[i].id == id)
			p = &m->col[i];
	if (!p)
		return true;
	if (m->fd < 0) {
		*out = sv_n(m->mem.p + p->at, p->n);
		return true;
	}
	GROW(m->buf, m->buf_cap, p->n);
	for (size_t have = 0; have < p->n;) {
		ssize_t r = pread(m->fd, m->buf + have, p->n - have, (off_t)(p->at + have));

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			errno = r ? errno : EIO;
			return scratch_failed(c);
		}
		have += (size_t)r;
	}
	*out = sv_n(m->buf, p->n);
	return true;
}

/* ---- collecting one portion ---- */

struct portion {
	struct rowset set;
	uint64_t *who;          /* customer << 32 | row */
	size_t who_cap;
	struct stream *made;    /* streams to be added */
	size_t nmade, made_cap;
};

static void choose_columns(struct cursor *c, struct rowset *s)
{
	static const uint8_t always[] = { C_CUSTOMER, F_TIME, C_POSITION, C_ROWS, C_STREAM, C_BATCH };
	static const uint8_t versions[] = { F_ID, C_ID_SPACE, F_UPDATED };
	static const uint8_t extras[] = { C_RANK_BATCH, C_MATE };

	for (size_t i = 0; i < sizeof always; i++)
		rowset_want(s, always[i]);
	if (c->spec.lines)
		rowset_want(s, C_LINE);
	for (size_t i = 0; i < c->nfield; i++)
		rowset_want(s, c->field[i]);
	for (size_t i = 0; c->affected && i < sizeof versions; i++)
		rowset_want(s, versions[i]);
	for (size_t i = 0; i < sizeof extras; i++)
		rowset_want(s, extras[i]);
	s->items = c->spec.items;
	s->attrs = c->spec.attrs;
}

static void keep_row(struct cursor *c, struct portion *p, struct block *b, uint32_t row, uint32_t owner)
{
	size_t n = p->set.n;

	rowset_add(&p->set, c, b, row);
	p->set.v[C_CUSTOMER][n] = owner;
	p->set.v[C_STREAM][n] = b->stream - c->stream;
	GROW(p->who, p->who_cap, n + 1);
	p->who[n] = (uint64_t)owner << 32 | n;
}

/* ---- packing it ---- */

/* Stable radix sort by customer; rows were numbered as they came. */
static void sort_by_customer(uint64_t *v, size_t n, uint32_t most)
{
	uint64_t *from = v, *to = xreallocarray(NULL, n, sizeof *to), *swap;

	for (unsigned shift = 32; shift < 64 && most >> (shift - 32); shift += 11) {
		size_t start[2049] = { 0 };

		for (size_t i = 0; i < n; i++)
			start[(from[i] >> shift & 2047) + 1]++;
		for (size_t d = 0; d < 2048; d++)
			start[d + 1] += start[d];
		for (size_t i = 0; i < n; i++)
			to[start[from[i] >> shift & 2047]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	if (from != v) {
		memcpy(v, from, n * sizeof *v);
		to = from;
	}
	free(to);
}

static bool put_col(void *ctx, unsigned id, struct str *blob)
{
	struct moved *m = ctx;

	GROW(m->col, m->col_cap, m->ncol + 1);
	m->col[m->ncol++] = (struct packed){ m->bytes, (uint32_t)blob->n, (uint8_t)id };
	m->bytes += blob->n;
	str_add(&m->mem, blob->p, blob->n);
	return true;
}

static bool flush(struct cursor *c, struct portion *p)
{
	struct moved *m = c->moved;
	struct rowset *set = &p->set;
	struct stream s = { .kind = 0, .type = RUN_ROWS, .moved = m };
	uint32_t *order = xreallocarray(NULL, BLOCK_ROWS, sizeof *order);
	struct str blob = STR_INIT;

	if (set->n > 1)
		sort_by_customer(p->who, set->n, people_numbers(c->people));
	for (size_t at = 0; at < set->n; at += BLOCK_ROWS) {
		const uint64_t *who = p->who + at;
		size_t n = set->n - at < BLOCK_ROWS ? set->n - at : BLOCK_ROWS;

		GROW(m->first, m->block_cap, m->nblock + 2);
		m->first[m->nblock] = m->ncol;
		for (size_t i = 0; i < n; i++)
			order[i] = (uint32_t)who[i];
		rowset_pack(set, order, n, &blob, put_col, m);
		GROW(s.head, s.head_cap, s.nhead + 1);
		s.head[s.nhead++] = (struct head){ (int64_t)m->nblock++, (uint32_t)(who[0] >> 32), (uint32_t)(who[n - 1] >> 32), (uint32_t)n };
		m->first[m->nblock] = m->ncol;
		if ((m->fd >= 0 || m->mem.n > MOVED_BYTES) && !spill(c, m))
			break;
	}
	free(order);
	str_release(&blob);
	if (s.nhead) {
		GROW(p->made, p->made_cap, p->nmade + 1);
		p->made[p->nmade++] = s;
	}
	rowset_reset(set);
	return !c->failed;
}

static bool visit(struct cursor *c, struct portion *p, struct stream *s, const struct head *h)
{
	struct block *b;
	const int64_t *time;

	if (!memchr(c->moved_of + h->lo, 1, h->hi - h->lo + 1u))
		return true;
	b = block_open(c, s, h);
	if (!b)
		return false;
	time = people_split(c->people) ? block_col(c, b, F_TIME) : NULL;
	for (uint32_t i = 0; i < h->n && !c->failed; i++) {
		uint32_t owner;

		if (!c->moved_of[b->customer[i]] || (s->holes && b->rank[i] == NOT_LIVE))
			continue;
		owner = people_owner(c->people, b->customer[i], time ? time[i] : WEND_NONE);
		if (owner >= c->begin && owner < c->end)
			keep_row(c, p, b, i, owner);
	}
	block_close(c, b);
	return !c->failed && (rowset_bytes(&p->set) < MOVED_BYTES || flush(c, p));
}

enum wend_err moved_collect(struct cursor *c)
{
	struct portion *p = xcalloc(1, sizeof *p);
	size_t n = c->nstream;

	c->moved = xcalloc(1, sizeof *c->moved);
	c->moved->fd = -1;
	choose_columns(c, &p->set);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < c->stream[i].nhead; k++)
			if (!visit(c, p, &c->stream[i], &c->stream[i].head[k]))
				goto done;
	if (p->set.n)
		flush(c, p);
	GROW(c->stream, c->stream_cap, c->nstream + p->nmade);
done:
	for (size_t i = 0; i < p->nmade; i++) {
		if (c->failed)
			free(p->made[i].head);
		else
			c->stream[c->nstream++] = p->made[i];
	}
	rowset_release(&p->set);
	free(p->who);
	free(p->made);
	free(p);
	return c->failed;
}
