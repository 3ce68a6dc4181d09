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

#include "cursor.h"
#include "wend/par.h"

#define MOVED_BYTES ((size_t)64 << 20)
#define PART_COLS 6 /* four of items, two of attributes */

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
	uint8_t id[C_LIMIT];    /* the row columns kept */
	size_t nid;
	int64_t *v[C_LIMIT];
	size_t cap[C_LIMIT];
	uint64_t *who;          /* customer << 32 | row */
	size_t n, who_cap;
	uint32_t *item_from, *attr_from;
	size_t item_cap, attr_cap;
	int64_t *part[PART_COLS];
	size_t part_cap[PART_COLS];
	uint32_t nitem, nattr;
	struct str text;
	struct stream *made;    /* streams to be added */
	size_t nmade, made_cap;
};

static void keep(struct portion *p, unsigned id)
{
	for (size_t i = 0; i < p->nid; i++)
		if (p->id[i] == id)
			return;
	p->id[p->nid++] = (uint8_t)id;
}

static void choose_columns(struct cursor *c, struct portion *p)
{
	static const uint8_t always[] = { F_TIME, C_POSITION, C_ROWS, C_STREAM, C_BATCH };
	static const uint8_t versions[] = { F_ID, C_ID_SPACE, F_UPDATED };
	static const uint8_t extras[] = { C_RANK_BATCH, C_MATE };

	for (size_t i = 0; i < sizeof always; i++)
		keep(p, always[i]);
	if (c->spec.lines)
		keep(p, C_LINE);
	for (size_t i = 0; i < c->nfield; i++)
		keep(p, c->field[i]);
	for (size_t i = 0; c->affected && i < sizeof versions; i++)
		keep(p, versions[i]);
	for (size_t i = 0; i < sizeof extras; i++)
		keep(p, extras[i]);
}

static int64_t keep_text(struct portion *p, const struct block *b, int64_t handle)
{
	int64_t to;

	if (handle == WEND_NONE)
		return WEND_NONE;
	to = (int64_t)p->text.n << 24 | (handle & 0xffffff);
	str_add(&p->text, b->text.p + (handle >> 24), (size_t)(handle & 0xffffff));
	return to;
}

static void keep_parts(struct portion *p, const struct block *b, uint32_t row, const uint32_t *from, uint32_t *n, size_t first, size_t cols, unsigned id)
{
	for (size_t k = 0; k < cols; k++) {
		const int64_t *v = b->col[id + k];
		uint32_t at = *n;

		GROW(p->part[first + k], p->part_cap[first + k], at + (from[row + 1] - from[row]));
		for (uint32_t i = from[row]; i < from[row + 1]; i++)
			p->part[first + k][at++] = is_text(id + (unsigned)k) ? keep_text(p, b, v[i]) : v[i];
	}
	*n += from[row + 1] - from[row];
}

static void keep_row(struct cursor *c, struct portion *p, struct block *b, uint32_t row, uint32_t owner)
{
	GROW(p->who, p->who_cap, p->n + 1);
	p->who[p->n] = (uint64_t)owner << 32 | p->n;
	for (size_t i = 0; i < p->nid; i++) {
		unsigned id = p->id[i];
		const int64_t *v = id == C_STREAM ? NULL : block_col(c, b, id);
		int64_t value = id == C_STREAM ? b->stream - c->stream : v ? v[row] : WEND_NONE;

		GROW(p->v[id], p->cap[id], p->n + 1);
		p->v[id][p->n] = is_text(id) ? keep_text(p, b, value) : value;
	}
	if (c->spec.items && block_items(c, b)) {
		GROW(p->item_from, p->item_cap, p->n + 2);
		p->item_from[p->n] = p->nitem;
		keep_parts(p, b, row, b->item_from, &p->nitem, 0, 4, F_PRODUCT);
		p->item_from[p->n + 1] = p->nitem;
	}
	if (c->spec.attrs && block_attrs(c, b)) {
		GROW(p->attr_from, p->attr_cap, p->n + 2);
		p->attr_from[p->n] = p->nattr;
		keep_parts(p, b, row, b->attr_from, &p->nattr, 4, 2, C_ATTR_NAME);
		p->attr_from[p->n + 1] = p->nattr;
	}
	p->n++;
}

static size_t portion_bytes(const struct portion *p)
{
	return p->n * (p->nid + 2) * sizeof(int64_t) + p->text.n + (size_t)p->nitem * 32 + (size_t)p->nattr * 16;
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

static void put_col(struct moved *m, unsigned id, size_t before)
{
	GROW(m->col, m->col_cap, m->ncol + 1);
	m->col[m->ncol++] = (struct packed){ m->bytes, (uint32_t)(m->mem.n - before), (uint8_t)id };
	m->bytes += m->mem.n - before;
}

static void pack_col(struct moved *m, const struct portion *p, unsigned id, const int64_t *v, size_t n)
{
	size_t before = m->mem.n, i = 0;

	while (i < n && v[i] == WEND_NONE)
		i++;
	if (i == n)
		return;
	if (is_text(id)) {
		struct sv *t = xreallocarray(NULL, n, sizeof *t);

		for (i = 0; i < n; i++)
			t[i] = v[i] == WEND_NONE ? SV_NONE : sv_n(p->text.p + (v[i] >> 24), (size_t)(v[i] & 0xffffff));
		pack_texts(&m->mem, t, n);
		free(t);
	} else {
		pack_ints(&m->mem, v, n);
	}
	put_col(m, id, before);
}

static void pack_parts(struct moved *m, const struct portion *p, const uint64_t *who, size_t n, const uint32_t *from, size_t first, size_t cols, unsigned id, unsigned count_id)
{
	int64_t *v = NULL;
	size_t cap = 0, total = 0;

	GROW(v, cap, n);
	for (size_t i = 0; i < n; i++) {
		uint32_t row = (uint32_t)who[i];

		v[i] = from[row + 1] - from[row];
		total += (size_t)v[i];
	}
	if (total)
		pack_col(m, p, count_id, v, n);
	GROW(v, cap, total);
	for (size_t k = 0; total && k < cols; k++) {
		size_t at = 0;

		for (size_t i = 0; i < n; i++) {
			uint32_t row = (uint32_t)who[i];

			for (uint32_t j = from[row]; j < from[row + 1]; j++)
				v[at++] = p->part[first + k][j];
		}
		pack_col(m, p, id + (unsigned)k, v, total);
	}
	free(v);
}

static bool flush(struct cursor *c, struct portion *p)
{
	struct moved *m = c->moved;
	struct stream s = { .kind = 0, .type = RUN_ROWS, .moved = m };
	int64_t *v = xreallocarray(NULL, BLOCK_ROWS, sizeof *v);

	if (p->n > 1)
		sort_by_customer(p->who, p->n, people_numbers(c->people));
	for (size_t at = 0; at < p->n; at += BLOCK_ROWS) {
		const uint64_t *who = p->who + at;
		size_t n = p->n - at < BLOCK_ROWS ? p->n - at : BLOCK_ROWS;

		GROW(m->first, m->block_cap, m->nblock + 2);
		m->first[m->nblock] = m->ncol;
		for (size_t i = 0; i < n; i++)
			v[i] = (int64_t)(who[i] >> 32);
		pack_col(m, p, C_CUSTOMER, v, n);
		for (size_t k = 0; k < p->nid; k++) {
			for (size_t i = 0; i < n; i++)
				v[i] = p->v[p->id[k]][(uint32_t)who[i]];
			pack_col(m, p, p->id[k], v, n);
		}
		if (c->spec.items)
			pack_parts(m, p, who, n, p->item_from, 0, 4, F_PRODUCT, C_ITEMS);
		if (c->spec.attrs)
			pack_parts(m, p, who, n, p->attr_from, 4, 2, C_ATTR_NAME, C_ATTRS);
		GROW(s.head, s.head_cap, s.nhead + 1);
		s.head[s.nhead++] = (struct head){ (int64_t)m->nblock++, (uint32_t)(who[0] >> 32), (uint32_t)(who[n - 1] >> 32), (uint32_t)n };
		m->first[m->nblock] = m->ncol;
		if ((m->fd >= 0 || m->mem.n > MOVED_BYTES) && !spill(c, m))
			break;
	}
	free(v);
	if (s.nhead) {
		GROW(p->made, p->made_cap, p->nmade + 1);
		p->made[p->nmade++] = s;
	}
	p->n = 0;
	p->nitem = p->nattr = 0;
	str_reset(&p->text);
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
	return !c->failed && (portion_bytes(p) < MOVED_BYTES || flush(c, p));
}

static void portion_release(struct portion *p)
{
	for (size_t i = 0; i < C_LIMIT; i++)
		free(p->v[i]);
	for (size_t i = 0; i < PART_COLS; i++)
		free(p->part[i]);
	free(p->who);
	free(p->item_from);
	free(p->attr_from);
	free(p->made);
	str_release(&p->text);
	free(p);
}

enum wend_err moved_collect(struct cursor *c)
{
	struct portion *p = xcalloc(1, sizeof *p);
	size_t n = c->nstream;

	c->moved = xcalloc(1, sizeof *c->moved);
	c->moved->fd = -1;
	choose_columns(c, p);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < c->stream[i].nhead; k++)
			if (!visit(c, p, &c->stream[i], &c->stream[i].head[k]))
				goto done;
	if (p->n)
		flush(c, p);
	GROW(c->stream, c->stream_cap, c->nstream + p->nmade);
done:
	for (size_t i = 0; i < p->nmade; i++) {
		if (c->failed)
			free(p->made[i].head);
		else
			c->stream[c->nstream++] = p->made[i];
	}
	portion_release(p);
	return c->failed;
}
