/* room: csv
 * Bytes of a regular file, of standard input or of memory, through gunzip when they
 * begin like a gzip member, with a running digest of what was read.
 *
 * Standard input cannot be read twice, yet the header may have to be looked for first:
 * what came is kept, the first MiB in memory and the rest in an unlinked scratch file,
 * until the caller promises to go forward only.
 */
#include "csvimpl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "wend/mem.h"

#define PEEK (64u << 10)
#define HEAD_MAX (1u << 20)

struct mark {
	uint64_t length;
	struct digest digest;
	bool known;
};
struct source {
	char *name;
	int fd;
	bool regular, own_fd, grew;
	struct sv mem;
	uint64_t at, size;       /* raw bytes delivered; size of a regular file when opened */
	struct digester *digest;
	struct mark *mark;
	size_t nmark, next_mark;
	struct str head;         /* what came through a pipe */
	int spool;
	uint64_t kept;
	bool forward_only;
	unsigned char *peek;     /* raw bytes in front: to tell gzip, then its input */
	size_t peek_at, peek_n;
	bool peeked, raw_end, gzip, member_open;
	uint64_t members;
	z_stream z;
};

const char *source_name(const struct source *s) { return s->name; }
bool source_grew(const struct source *s) { return s->grew; }
void source_forward_only(struct source *s) { s->forward_only = true; }

static void digest_bytes(struct source *s, const char *p, size_t n)
{
	while (s->next_mark < s->nmark && s->mark[s->next_mark].length <= s->at + n) {
		struct mark *m = &s->mark[s->next_mark++];
		size_t part;

		if (m->length < s->at)
			continue;
		part = (size_t)(m->length - s->at);
		digester_add(s->digest, p, part);
		p += part;
		n -= part;
		s->at += part;
		m->digest = digester_peek(s->digest);
		m->known = true;
	}
	digester_add(s->digest, p, n);
	s->at += n;
}

static struct source *source_new(const char *name)
{
	struct source *s = xcalloc(1, sizeof *s);

	s->name = xstrdup(name);
	s->fd = s->spool = -1;
	s->digest = digester_new();
	s->peek = xmalloc(PEEK);
	return s;
}

enum wend_err source_open_bytes(struct source **out, const char *name, struct sv bytes, struct err *err)
{
	(void)err;
	*out = source_new(name);
	(*out)->mem = bytes.p ? bytes : SV("");
	(*out)->size = bytes.n;
	return WEND_OK;
}

enum wend_err source_open(struct source **out, const char *path, struct err *err)
{
	struct source *s = source_new(strcmp(path, "-") ? path : "standard input");
	enum wend_err r = WEND_OK;
	struct stat st;

	if (!strcmp(path, "-")) {
		s->fd = STDIN_FILENO;
	} else {
		/* Without O_NONBLOCK a FIFO would wait here for its other end. */
		s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		s->own_fd = true;
	}
	if (s->fd < 0 || fstat(s->fd, &st)) {
		r = err_set(err, WEND_E_STORE, "cannot read '%s': %s", s->name, strerror(errno));
		goto done;
	}
	if (S_ISDIR(st.st_mode)) {
		r = err_set(err, WEND_E_INPUT, "'%s' is a folder; name the files in it", s->name);
		goto done;
	}
	s->regular = S_ISREG(st.st_mode);
	if (s->own_fd && !s->regular) {
		r = err_set(err, WEND_E_INPUT, "'%s' is not a regular file; pass its text through standard input with '-'", s->name);
		goto done;
	}
	if (s->regular) {
		s->size = (uint64_t)st.st_size;
		posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	*out = s;
	s = NULL;
done:
	source_free(s);
	return r;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	if (s->member_open)
		inflateEnd(&s->z);
	if (s->own_fd && s->fd >= 0)
		close(s->fd);
	if (s->spool >= 0)
		close(s->spool);
	digester_free(s->digest);
	str_release(&s->head);
	free(s->mark);
	free(s->peek);
	free(s->name);
	free(s);
}

static enum wend_err keep(struct source *s, const char *p, size_t n, struct err *err)
{
	size_t room = s->head.n < HEAD_MAX ? HEAD_MAX - s->head.n : 0;
	size_t part = n < room ? n : room;

	str_add(&s->head, p, part);
	s->kept += part;
	p += part;
	n -= part;
	if (n && s->spool < 0) {
		const char *dir = getenv("TMPDIR");
		struct str path = STR_INIT;

		str_printf(&path, "%s/wend-XXXXXX", dir && *dir ? dir : "/tmp");
		s->spool = mkostemp(path.p, O_CLOEXEC); /* mode 0600 */
		if (s->spool >= 0)
			unlink(path.p);
		str_release(&path);
	}
	while (n) {
		ssize_t w = pwrite(s->spool, p, n, (off_t)(s->kept - s->head.n));

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_set(err, WEND_E_STORE, "cannot keep standard input in a scratch file: %s; save it to a file first", strerror(errno));
		s->kept += (uint64_t)w;
		p += w;
		n -= (size_t)w;
	}
	return WEND_OK;
}

/* One read of at most n raw bytes; 0 = the end. */
static enum wend_err read_once(struct source *s, char *buf, size_t n, size_t *got, struct err *err)
{
	uint64_t at = s->at;
	ssize_t r;

	*got = 0;
	if (s->mem.p) {
		*got = s->mem.n - (size_t)at < n ? s->mem.n - (size_t)at : n;
		memcpy(buf, s->mem.p + at, *got);
		return WEND_OK;
	}
	if (at < s->head.n) {
		*got = s->head.n - (size_t)at < n ? s->head.n - (size_t)at : n;
		memcpy(buf, s->head.p + at, *got);
		return WEND_OK;
	}
	do
		r = at < s->kept ? pread(s->spool, buf, s->kept - at < n ? (size_t)(s->kept - at) : n, (off_t)(at - s->head.n))
		                 : read(s->fd, buf, n);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_set(err, WEND_E_STORE, "cannot read '%s': %s", s->name, strerror(errno));
	*got = (size_t)r;
	if (!s->regular && !s->forward_only && at >= s->kept)
		return keep(s, buf, *got, err);
	return WEND_OK;
}

static enum wend_err read_raw(struct source *s, char *buf, size_t n, size_t *got, struct err *err)
{
	enum wend_err r = WEND_OK;

	*got = 0;
	while (*got < n && !s->raw_end) {
		size_t part;

		r = read_once(s, buf + *got, n - *got, &part, err);
		if (r)
			break;
		digest_bytes(s, buf + *got, part);
		*got += part;
		s->raw_end = part == 0;
	}
	if (!r && s->raw_end && s->regular) {
		if (s->at < s->size)
			r = err_set(err, WEND_E_STORE, "'%s' became shorter while it was read; try again when it is complete", s->name);
		s->grew = s->at > s->size;
	}
	return r;
}

/* The next gzip member. Behind the first, what does not begin like one is padding. */
static enum wend_err open_member(struct source *s, struct err *err)
{
	if (s->members && s->peek[s->peek_at] != 0x1f) {
		s->peek_at = s->peek_n;
		return WEND_OK;
	}
	memset(&s->z, 0, sizeof s->z);
	if (inflateInit2(&s->z, 15 + 16) != Z_OK)
		return err_set(err, WEND_E_STORE, "no memory to read '%s'", s->name);
	s->member_open = true;
	s->members++;
	return WEND_OK;
}

static enum wend_err inflate_some(struct source *s, char *buf, size_t n, size_t *got, struct err *err)
{
	enum wend_err r = WEND_OK;

	*got = 0;
	while (*got < n && !r) {
		int z;

		if (s->peek_at == s->peek_n) {
			s->peek_at = 0;
			r = read_raw(s, (char *)s->peek, PEEK, &s->peek_n, err);
			if (r)
				break;
		}
		if (s->peek_n == 0)
			return s->member_open ? err_set(err, WEND_E_INPUT, "'%s' ends in the middle of its gzip data; fetch it again", s->name) : WEND_OK;
		if (!s->member_open) {
			r = open_member(s, err);
			continue;
		}
		s->z.next_in = s->peek + s->peek_at;
		s->z.avail_in = (uInt)(s->peek_n - s->peek_at);
		s->z.next_out = (unsigned char *)buf + *got;
		s->z.avail_out = n - *got > 1u << 30 ? 1u << 30 : (uInt)(n - *got);
		z = inflate(&s->z, Z_NO_FLUSH);
		s->peek_at = s->peek_n - s->z.avail_in;
		*got = (size_t)(s->z.next_out - (unsigned char *)buf);
		if (z == Z_STREAM_END) {
			inflateEnd(&s->z);
			s->member_open = false;
		} else if (z != Z_OK && z != Z_BUF_ERROR) {
			r = err_set(err, WEND_E_INPUT, "'%s' has damaged gzip data; fetch it again", s->name);
		}
	}
	return r;
}

enum wend_err source_fill(struct source *s, void *buf, size_t n, size_t *got, struct err *err)
{
	enum wend_err r = WEND_OK;
	size_t have;

	*got = 0;
	if (!s->peeked) {
		r = read_raw(s, (char *)s->peek, PEEK, &s->peek_n, err);
		if (r)
			return r;
		s->peek_at = 0;
		s->peeked = true;
		s->gzip = s->peek_n >= 3 && s->peek[0] == 0x1f && s->peek[1] == 0x8b && s->peek[2] == 8;
	}
	if (s->gzip)
		return inflate_some(s, buf, n, got, err);
	have = s->peek_n - s->peek_at < n ? s->peek_n - s->peek_at : n;
	memcpy(buf, s->peek + s->peek_at, have);
	s->peek_at += have;
	if (have < n)
		r = read_raw(s, (char *)buf + have, n - have, got, err);
	*got += have;
	return r;
}

enum wend_err source_rewind(struct source *s, struct err *err)
{
	if (s->fd >= 0 && s->regular && lseek(s->fd, 0, SEEK_SET) < 0)
		return err_set(err, WEND_E_STORE, "cannot read '%s' again: %s", s->name, strerror(errno));
	if (s->fd >= 0 && !s->regular && s->forward_only && s->at > s->kept)
		return err_set(err, WEND_E_INPUT, "cannot read '%s' twice; save it to a file first", s->name);
	if (s->member_open)
		inflateEnd(&s->z);
	s->member_open = s->peeked = s->raw_end = s->grew = s->gzip = false;
	s->peek_at = s->peek_n = 0;
	s->at = s->members = 0;
	digester_free(s->digest);
	s->digest = digester_new();
	s->next_mark = 0;
	return WEND_OK;
}

static int by_length(const void *a, const void *b)
{
	uint64_t x = ((const struct mark *)a)->length, y = ((const struct mark *)b)->length;

	return (x > y) - (x < y);
}

void source_marks(struct source *s, const uint64_t *lengths, size_t n)
{
	free(s->mark);
	s->mark = xcalloc(n ? n : 1, sizeof *s->mark);
	for (size_t i = 0; i < n; i++)
		s->mark[i].length = lengths[i];
	qsort(s->mark, n, sizeof *s->mark, by_length);
	s->nmark = n;
	s->next_mark = 0;
}

bool source_mark(const struct source *s, uint64_t length, struct digest *out)
{
	for (size_t i = 0; i < s->next_mark; i++)
		if (s->mark[i].length == length && s->mark[i].known) {
			*out = s->mark[i].digest;
			return true;
		}
	return false;
}

struct digest source_digest(const struct source *s, uint64_t *bytes)
{
	if (bytes)
		*bytes = s->at;
	return digester_peek(s->digest);
}

void source_progress(const struct source *s, uint64_t *done, uint64_t *total)
{
	*done = s->at;
	*total = s->regular || s->mem.p ? s->size : 0;
}

enum wend_err file_digest(const char *path, struct digest *out, uint64_t *bytes, const uint64_t *lengths, struct digest *at, size_t n, struct err *err)
{
	const size_t block = 1u << 20;
	struct source *s = NULL;
	char *buf = NULL;
	enum wend_err r = source_open(&s, path, err);
	size_t got;

	if (r)
		goto done;
	source_forward_only(s);
	source_marks(s, lengths, n);
	buf = xmalloc(block);
	do {
		r = read_raw(s, buf, block, &got, err);
		if (r)
			goto done;
	} while (got);
	*out = source_digest(s, bytes);
	for (size_t i = 0; i < n; i++)
		if (!source_mark(s, lengths[i], &at[i]))
			at[i] = (struct digest){ 0, 0 };
done:
	free(buf);
	source_free(s);
	return r;
}
