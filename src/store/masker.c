/* Pseudonyms: the first 128 bits of a keyed hash, in base 32, so that they can be typed
 * and sort as texts. */
#include "wend/mask.h"

#include <sodium.h>

#include "owners.h"

#define PSEUDONYM_BITS 128

struct masker {
	struct store *store;
	unsigned char key[32];
};

enum wend_err masker_open(struct masker **out, struct store *s, struct err *err)
{
	struct masker *m = xcalloc(1, sizeof *m);
	enum wend_err e = store_people(s, err);

	m->store = s;
	if (!e)
		e = store_secret(s, true, m->key, err);
	if (e) {
		masker_free(m);
		m = NULL;
	}
	*out = m;
	return e;
}

void masker_free(struct masker *m)
{
	if (!m)
		return;
	sodium_memzero(m->key, sizeof m->key);
	free(m);
}

static void put_base32(struct str *out, char prefix, const unsigned char *hash)
{
	static const char digit[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned have = 0, bits = 0;

	str_putc(out, prefix);
	str_putc(out, '-');
	for (int i = 0; i < PSEUDONYM_BITS / 8; i++) {
		have = have << 8 | hash[i];
		for (bits += 8; bits >= 5; bits -= 5)
			str_putc(out, digit[have >> (bits - 5) & 31]);
	}
	str_putc(out, digit[have << (5 - bits) & 31]);
}

/* What is hashed is the key as it is printed: two customers printed alike are one to
 * whoever reads a table. */
static void put_hash(const struct masker *m, const char *purpose, char prefix, struct sv text, struct str *out)
{
	unsigned char hash[32];

	store_keyed_hash(m->key, purpose, SPACE_HAND, SV(""), text, hash);
	put_base32(out, prefix, hash);
}

void masker_person(const struct masker *m, uint32_t customer, struct str *out)
{
	struct sv key = store_customer(m->store, customer);

	if (key.n)
		put_hash(m, "mask", 'p', key, out);
}

/* ---- keys in a table ---- */

static bool is_word(unsigned char c)
{
	return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("._%+-", c);
}

/* A mail address, the whole of it: one @, and a point behind it. */
static bool is_address(struct sv v)
{
	ptrdiff_t at = sv_find(v, SV("@"));
	bool dot = false;

	if (at < 1 || (size_t)at + 1 >= v.n)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		if (i != (size_t)at && (!v.p[i] || !is_word((unsigned char)v.p[i])))
			return false;
		dot |= i > (size_t)at && v.p[i] == '.';
	}
	return dot;
}

/* "+49 30 1234567": a number of a country, with what people write between digits. */
static bool is_phone(struct sv v)
{
	size_t digits = 0;

	if (!v.n || v.p[0] != '+')
		return false;
	for (size_t i = 1; i < v.n; i++) {
		if (!v.p[i] || !strchr("0123456789 -/().", v.p[i]))
			return false;
		digits += v.p[i] >= '0' && v.p[i] <= '9';
	}
	return digits >= 8;
}

void masker_key(const struct masker *m, struct sv key, struct str *out)
{
	struct str t = STR_INIT;
	uint32_t who;

	key = sv_trim(key);
	if (!key.n)
		return;
	if (store_find(m->store, key, &who)) {
		masker_person(m, who, out);
		return;
	}
	if (is_address(key))
		utf8_fold(&t, key);
	for (size_t i = 0; is_phone(key) && i < key.n; i++)
		if (key.p[i] == '+' || (key.p[i] >= '0' && key.p[i] <= '9'))
			str_putc(&t, key.p[i]);
	put_hash(m, "mask", 'p', t.n ? str_view(&t) : key, out);
	str_release(&t);
}

void masker_text(const struct masker *m, char prefix, struct sv text, struct str *out)
{
	const char purpose[] = { 'm', 'a', 's', 'k', ' ', prefix, 0 };

	if (text.n)
		put_hash(m, purpose, prefix, text, out);
}

bool masker_is_key(const struct masker *m, struct sv text)
{
	uint32_t number;

	text = sv_trim(text);
	if (is_address(text) || is_phone(text))
		return true;
	/* A bare number or word may be an id by chance; one behind the name of its space is none. */
	if (!memchr(text.p ? text.p : "", ':', text.n))
		return false;
	number = key_find(m->store, text);
	return number && m->store->people->space[number] != SPACE_HAND;
}

void masker_trouble(struct masker *m, const struct err *err)
{
	struct store *s = m->store;

	pthread_mutex_lock(&s->lock);
	if (!s->missed.code)
		s->missed = *err;
	pthread_mutex_unlock(&s->lock);
}
