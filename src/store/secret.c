/* The secret that pseudonyms and the marks of erased people are made with. It is never
 * inside the store: whoever gets hold of the store alone, or of a backup, can neither
 * turn a pseudonym back by trying names nor tell who was erased.
 *
 * The secret is a text: WEND_KEY, or else the content of a 0600 file beside the store.
 * Both go the same way, so that the file's line can move into WEND_KEY and back. Its
 * BLAKE2b digest is the key. A file is made whole under another name and linked, so that
 * of two processes that make it at once both end up with the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"
#include "wend/mem.h"
#include "wend/par.h"

#define SECRET_BYTES 32
#define SECRET_MIN 8        /* characters: shorter is guessed at once */
#define SECRET_MAX 4096

static void key_of(unsigned char key[SECRET_BYTES], struct sv text)
{
	crypto_generichash(key, SECRET_BYTES, (const unsigned char *)text.p, text.n, NULL, 0);
}

void store_secret_path(const struct store *s, struct str *out)
{
	str_reset(out);
	if (s->mode != STORE_MEMORY)
		str_printf(out, "%s.key", s->path);
}

static enum wend_err trouble(struct err *err, const char *doing, const char *path)
{
	return err_set(err, WEND_E_STORE, "cannot %s the key file '%s': %s", doing, path, strerror(errno));
}

/* `there` is false, and the file no error, when it does not exist. */
static enum wend_err read_file(const char *path, unsigned char key[SECRET_BYTES], bool *there, struct err *err)
{
	char buf[SECRET_MAX];
	struct stat st;
	struct sv text;
	ssize_t n;
	enum wend_err e = WEND_OK;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	*there = fd >= 0;
	if (fd < 0)
		return errno == ENOENT ? WEND_OK : trouble(err, "read", path);
	n = file_read(fd, buf, sizeof buf, -1);
	text = sv_trim(sv_n(buf, n > 0 ? (size_t)n : 0));
	if (fstat(fd, &st) || n < 0)
		e = trouble(err, "read", path);
	else if (!S_ISREG(st.st_mode))
		e = err_set(err, WEND_E_STORE, "the key file '%s' is not a regular file; put the key's own file there, or set WEND_KEY", path);
	else if (st.st_mode & 077)
		e = err_set(err, WEND_E_STORE, "others can read the key file '%s'; run 'chmod 600 %s' if nobody has, else make a new key", path, path);
	else if (n == SECRET_MAX || text.n < SECRET_MIN)
		e = err_set(err, WEND_E_STORE, "the key file '%s' holds no key (one line of %d characters or more); put the key back, or remove the file if nothing was made with it", path, SECRET_MIN);
	else
		key_of(key, text);
	sodium_memzero(buf, sizeof buf);
	close(fd);
	return e;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* The new name must outlive a power cut as surely as what is made with the key. */
static bool sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && !fsync(fd);

	if (fd >= 0)
		close(fd);
	free(dir);
	return ok;
}

static enum wend_err make_file(const char *path, struct err *err)
{
	unsigned char random[SECRET_BYTES];
	char line[2 * SECRET_BYTES + 2];
	struct str temp = STR_INIT;
	enum wend_err e = WEND_OK;
	int fd;

	randombytes_buf(random, sizeof random);
	sodium_bin2hex(line, sizeof line, random, sizeof random);
	line[2 * SECRET_BYTES] = '\n';
	str_printf(&temp, "%s-XXXXXX", path);
	fd = mkostemp(temp.p, O_CLOEXEC); /* 0600 */
	if (fd < 0) {
		e = trouble(err, "make", path);
		goto done;
	}
	temp_add(temp.p);
	if (!write_all(fd, line, 2 * SECRET_BYTES + 1) || fsync(fd))
		e = trouble(err, "write", path);
	/* Somebody else was faster: theirs is the key. */
	else if (link(temp.p, path) && errno != EEXIST)
		e = trouble(err, "make", path);
	else if (!sync_folder(path))
		e = trouble(err, "write", path);
	unlink(temp.p);
	temp_drop(temp.p);
	close(fd);
done:
	sodium_memzero(random, sizeof random);
	sodium_memzero(line, sizeof line);
	str_release(&temp);
	return e;
}

enum wend_err store_secret(struct store *s, bool make, unsigned char key[SECRET_BYTES], struct err *err)
{
	const char *env = getenv("WEND_KEY");
	struct str path = STR_INIT;
	bool there = false;
	enum wend_err e = WEND_OK;

	if (sodium_init() < 0)
		return err_set(err, WEND_E_STORE, "no source of random numbers; a key cannot be made");
	if (env && *env) {
		struct sv text = sv_trim(sv_of(env));

		if (text.n < SECRET_MIN)
			return err_set(err, WEND_E_USAGE, "WEND_KEY is too short for a key; give %d characters or more, best 64 random hex digits", SECRET_MIN);
		key_of(key, text);
		return WEND_OK;
	}
	store_secret_path(s, &path);
	if (!path.n) {
		e = err_set(err, WEND_E_USAGE, "a store in memory has no key file; set WEND_KEY");
		goto done;
	}
	e = read_file(path.p, key, &there, err);
	if (!e && !there && make && !(e = make_file(path.p, err)))
		e = read_file(path.p, key, &there, err);
	if (!e && !there)
		e = err_set(err, WEND_E_STORE, "no key at '%s'; put the key file back, or set WEND_KEY", path.p);
done:
	str_release(&path);
	return e;
}

/* Each part behind its length, so that no two different keys are the same bytes. */
static void add_part(crypto_generichash_state *st, struct sv v)
{
	unsigned char n[8];

	for (int i = 0; i < 8; i++)
		n[i] = (unsigned char)((uint64_t)v.n >> (8 * i));
	crypto_generichash_update(st, n, sizeof n);
	crypto_generichash_update(st, (const unsigned char *)v.p, v.n);
}

void store_keyed_hash(const unsigned char key[SECRET_BYTES], const char *purpose, enum key_space space, struct sv product, struct sv value, unsigned char out[SECRET_BYTES])
{
	crypto_generichash_state st;
	unsigned char where = (unsigned char)space;

	crypto_generichash_init(&st, key, SECRET_BYTES, SECRET_BYTES);
	add_part(&st, sv_of(purpose));
	crypto_generichash_update(&st, &where, 1);
	add_part(&st, product);
	add_part(&st, value);
	crypto_generichash_final(&st, out, SECRET_BYTES);
	sodium_memzero(&st, sizeof st);
}
