/* Who was erased must not come back with the next import of an old file. For each of their
 * keys the store keeps a mark made with a secret that lies outside of it (secret.c): with
 * the store alone nobody can try names until one fits.
 *
 * A mark is the SipHash of the key, 8 bytes, and behind it its keyed BLAKE2b hash. An
 * ingest asks for every key of every record; nearly all are told apart by the first part,
 * which takes nanoseconds, and the second decides.
 *
 * A cookie that several customers used one after the other cannot be barred for good:
 * what is barred of it are the moments of the rows that were erased; to have no time is one,
 * which belongs to whoever had the cookie first.
 */
#include <sodium.h>

#include "blob.h"
#include "erase.h"

struct bans {
	unsigned char key[32], quick_key[crypto_shorthash_KEYBYTES];
	uint64_t of_space[SPACE_GUEST + 1]; /* SipHash of a space without a product */
	unsigned char *hash;                /* n * BAN_BYTES */
	size_t n, cap;
	uint32_t *slot;                     /* index + 1, by the first bytes */
	size_t slots;
};

void bans_free(struct bans *b)
{
	if (!b)
		return;
	sodium_memzero(b->key, sizeof b->key);
	sodium_memzero(b->quick_key, sizeof b->quick_key);
	free(b->hash);
	free(b->slot);
	free(b);
}

static uint64_t sip(const struct bans *b, const void *p, size_t n)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t v;

	crypto_shorthash(out, p, n, b->quick_key);
	memcpy(&v, out, sizeof v);
	return v;
}

static uint64_t quick_of(const struct bans *b, enum key_space space, struct sv product, struct sv value)
{
	uint64_t where = b->of_space[space];

	if (space == SPACE_PRODUCT || space == SPACE_VISITOR)
		where ^= sip(b, product.p ? product.p : "", product.n) * 3;
	return where ^ sip(b, value.p ? value.p : "", value.n);
}

static const char ban_purpose[] = "wend ban", moment_purpose[] = "wend ban moment";

/* A key and a moment as one text. */
static void moment_text(struct str *out, struct sv value, int64_t time)
{
	str_reset(out);
	for (int i = 0; i < 8; i++)
		str_putc(out, (char)((uint64_t)time >> (8 * i)));
	str_sv(out, value);
}

static void mark_of(const struct bans *b, const char *purpose, enum key_space space, struct sv product, struct sv value, unsigned char out[BAN_BYTES])
{
	uint64_t quick = quick_of(b, space, product, value);

	memcpy(out, &quick, 8);
	store_keyed_hash(b->key, purpose, space, product.p ? product : SV(""), value, out + 8);
}

void ban_of(const struct bans *b, enum key_space space, struct sv product, struct sv value, const int64_t *time, unsigned char out[BAN_BYTES])
{
	struct str t = STR_INIT;

	if (!time) {
		mark_of(b, ban_purpose, space, product, value, out);
		return;
	}
	moment_text(&t, value, *time);
	mark_of(b, moment_purpose, space, product, str_view(&t), out);
	str_release(&t);
}

/* ---- the key ---- */

static void set_key(struct bans *b)
{
	unsigned char seed[32];

	store_keyed_hash(b->key, "wend ban quick", SPACE_HAND, SV(""), SV(""), seed);
	memcpy(b->quick_key, seed, sizeof b->quick_key);
	sodium_memzero(seed, sizeof seed);
	for (int s = 0; s <= SPACE_GUEST; s++) {
		const unsigned char name[2] = { 's', (unsigned char)s };

		b->of_space[s] = sip(b, name, sizeof name) * 5;
	}
}

/* Is this the key that the marks in the store were made with? Without any it is. */
static enum wend_err check_key(struct store *s, const struct bans *b, bool put, struct err *err)
{
	unsigned char mine[32];
	sqlite3_stmt *st = NULL;
	bool there = false, same = false;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT value FROM meta WHERE name = 'ban_key'", err);

	store_keyed_hash(b->key, "wend ban key", SPACE_HAND, SV(""), SV(""), mine);
	if (!e && sqlite3_step(st) == SQLITE_ROW) {
		there = true;
		same = sqlite3_column_bytes(st, 0) == (int)sizeof mine && !sodium_memcmp(sqlite3_column_blob(st, 0), mine, sizeof mine);
	}
	sqlite3_finalize(st);
	st = NULL;
	if (!e && there && !same)
		return err_set(err, WEND_E_STORE, "the key is not the one with which customers were erased from store '%s'; put the first one back beside it, or in WEND_KEY", s->path);
	if (!e && !there && put && !(e = store_prepare(s, s->db, &st, "INSERT INTO meta VALUES('ban_key', ?)", err))) {
		sqlite3_bind_blob(st, 1, mine, sizeof mine, SQLITE_STATIC);
		e = step_done(s, st, err);
	}
	sqlite3_finalize(st);
	return e;
}

/* ---- loading ---- */

static int64_t count_of(struct store *s)
{
	sqlite3_stmt *st = NULL;
	int64_t n = -1;

	if (!sqlite3_prepare_v2(s->db, "SELECT count(*) FROM ban", -1, &st, NULL) && sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

static void index_marks(struct bans *b)
{
	b->slots = 64;
	while (b->slots < b->n * 4)
		b->slots *= 2;
	b->slot = xcalloc(b->slots, sizeof *b->slot);
	for (size_t i = 0; i < b->n; i++) {
		uint64_t quick;
		size_t k;

		memcpy(&quick, b->hash + i * BAN_BYTES, 8);
		for (k = quick & (b->slots - 1); b->slot[k]; k = (k + 1) & (b->slots - 1))
			;
		b->slot[k] = (uint32_t)i + 1;
	}
}

static enum wend_err read_marks(struct store *s, struct bans *b, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT hash FROM ban", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (sqlite3_column_bytes(st, 0) != BAN_BYTES) {
			e = store_damaged(s, err, "ban");
			break;
		}
		GROW(b->hash, b->cap, (b->n + 1) * BAN_BYTES);
		memcpy(b->hash + b->n++ * BAN_BYTES, sqlite3_column_blob(st, 0), BAN_BYTES);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

/* Were marks made before? Then only their own key will do, and no other is made. */
static bool has_key(struct store *s)
{
	sqlite3_stmt *st = NULL;
	bool there = false;

	if (!sqlite3_prepare_v2(s->db, "SELECT 1 FROM meta WHERE name = 'ban_key'", -1, &st, NULL))
		there = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	return there;
}

enum wend_err bans_keyed(struct store *s, bool make, struct bans **out, struct err *err)
{
	struct bans *b = xcalloc(1, sizeof *b);
	enum wend_err e = store_secret(s, make && !has_key(s), b->key, err);

	if (!e) {
		set_key(b);
		e = check_key(s, b, false, err);
	}
	if (e) {
		bans_free(b);
		b = NULL;
	}
	*out = b;
	return e;
}

enum wend_err bans_claim(struct store *s, const struct bans *b, struct err *err)
{
	return check_key(s, b, true, err);
}

enum wend_err store_bans(struct store *s, bool *any, struct err *err)
{
	int64_t n = count_of(s);
	enum wend_err e = WEND_OK;

	*any = false;
	if (n < 0)
		return store_sql_error(s, s->db, err, "read");
	if (s->bans && s->bans->n == (size_t)n) {
		*any = n > 0;
		return WEND_OK;
	}
	bans_free(s->bans);
	s->bans = NULL;
	if (!n) {
		s->bans = xcalloc(1, sizeof *s->bans);
		return WEND_OK;
	}
	e = bans_keyed(s, false, &s->bans, err);
	if (e) {
		err_prefix(err, "customers were erased and nothing tells who must not come back");
		return e;
	}
	e = read_marks(s, s->bans, err);
	if (!e)
		index_marks(s->bans);
	*any = !e;
	return e;
}

enum wend_err bans_unchanged(struct store *s, struct err *err)
{
	int64_t n = s->bans ? count_of(s) : 0;

	if (!s->bans || n == (int64_t)s->bans->n)
		return WEND_OK;
	if (n < 0)
		return store_sql_error(s, s->db, err, "read");
	return err_set(err, WEND_E_STORE, "customers were erased from store '%s' while the file was read; nothing was written, ingest it again", s->path);
}

/* ---- asking ---- */

static bool marked(const struct bans *b, const char *purpose, enum key_space space, struct sv product, struct sv value)
{
	uint64_t quick = quick_of(b, space, product, value);
	unsigned char mark[BAN_BYTES];
	bool made = false;

	for (size_t k = quick & (b->slots - 1); b->slot[k]; k = (k + 1) & (b->slots - 1)) {
		const unsigned char *h = b->hash + (b->slot[k] - 1u) * (size_t)BAN_BYTES;

		if (memcmp(h, &quick, 8))
			continue;
		if (!made)
			mark_of(b, purpose, space, product, value, mark);
		made = true;
		if (!memcmp(h, mark, BAN_BYTES))
			return true;
	}
	return false;
}

static bool moment_marked(const struct bans *b, const struct person_key *key, int64_t time)
{
	struct str t = STR_INIT;
	bool yes;

	moment_text(&t, key->value, time);
	yes = marked(b, moment_purpose, key->space, key->product, str_view(&t));
	str_release(&t);
	return yes;
}

bool store_banned_keys(const struct store *s, const struct person_key *key, int n)
{
	const struct bans *b = s->bans;

	for (int i = 0; b && b->n && i < n; i++)
		if (marked(b, ban_purpose, key[i].space, key[i].product, key[i].value))
			return true;
	return false;
}

bool store_banned(const struct store *s, const struct person_key *key, int n, int64_t time)
{
	const struct bans *b = s->bans;

	for (int i = 0; b && b->n && i < n; i++)
		if (key[i].space == SPACE_VISITOR && moment_marked(b, &key[i], time))
			return true;
	return store_banned_keys(s, key, n);
}
