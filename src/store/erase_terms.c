/* Texts of erased people, and whether another text says one of them. ASCII capitals count
 * as small letters. */
#include <stdarg.h>

#include "erase.h"

#define TERM_MAX 64 /* bytes that are looked for of a long text */
#define SENTENCE 20 /* bytes of a remark that two people do not make alike */

void fold_ascii(char *to, const char *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] + 32 : from[i]);
}

static void grow_slots(struct terms *t)
{
	free(t->slot);
	t->slots = t->slots ? t->slots * 2 : 256;
	t->slot = xcalloc(t->slots, sizeof *t->slot);
	for (size_t i = 0; i < t->n; i++) {
		size_t k = hash64(t->v[i].text.p, t->v[i].text.n) & (t->slots - 1);

		while (t->slot[k])
			k = (k + 1) & (t->slots - 1);
		t->slot[k] = i + 1;
	}
}

void terms_add(struct terms *t, struct sv text, enum term_kind kind, bool tel)
{
	char *p;
	size_t k;

	text = sv_trim(text);
	if (!text.n)
		return;
	if (kind == TERM_TEXT && text.n > TERM_MAX)
		text.n = TERM_MAX;
	if (t->n * 2 >= t->slots)
		grow_slots(t);
	p = arena_strndup(&t->arena, text.p, text.n);
	fold_ascii(p, text.p, text.n);
	for (k = hash64(p, text.n) & (t->slots - 1); t->slot[k]; k = (k + 1) & (t->slots - 1))
		if (sv_eq(t->v[t->slot[k] - 1].text, sv_n(p, text.n)))
			return;
	GROW(t->v, t->cap, t->n + 1);
	t->v[t->n] = (struct term){ .text = sv_n(p, text.n), .kind = kind, .tel = tel };
	t->slot[k] = ++t->n;
}

static bool is_key(const struct terms *t, const char *p, size_t n)
{
	for (size_t k = hash64(p, n) & (t->slots - 1); t->slot[k]; k = (k + 1) & (t->slots - 1))
		if (sv_eq(t->v[t->slot[k] - 1].text, sv_n(p, n)))
			return t->v[t->slot[k] - 1].kind == TERM_KEY;
	return false;
}

bool terms_key(const struct terms *t, struct sv text)
{
	const char *colon;
	char *fold;
	bool yes;

	text = sv_trim(text);
	if (!text.n || !t->slots)
		return false;
	fold = xmalloc(text.n);
	fold_ascii(fold, text.p, text.n);
	colon = memchr(fold, ':', text.n);
	yes = is_key(t, fold, text.n) || (colon && is_key(t, colon + 1, text.n - (size_t)(colon + 1 - fold)));
	free(fold);
	return yes;
}

void terms_release(struct terms *t)
{
	free(t->v);
	free(t->slot);
	arena_release(&t->arena);
	*t = (struct terms){ 0 };
}

static bool has_digit_only(struct sv v)
{
	size_t i = 0;

	while (i < v.n && v.p[i] >= '0' && v.p[i] <= '9')
		i++;
	return i == v.n;
}

bool term_plain(const struct term *t)
{
	return has_digit_only(t->text) && t->text.n < 8;
}

bool term_tells(const struct term *t)
{
	const char *end = t->text.p + t->text.n;
	bool full = false;

	if (t->kind == TERM_TEXT)
		return t->text.n >= SENTENCE;
	if (t->kind == TERM_KEY)
		return !term_plain(t);
	for (const char *p = t->text.p; p < end && !full; p++)
		full = *p == ' ' || *p == '@' || (*p >= '0' && *p <= '9');
	return full;
}

static bool is_letter(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_joint(char c)
{
	return c == '.' || c == '_' || c == '+' || c == '-' || c == '@';
}

/* Does the word end here? `step` is the way out of it: ada@example.com does not stand in
 * bob.ada@example.com, but it does before the full stop of a sentence. */
static bool ends(const char *p, size_t n, size_t at, int step)
{
	if (at >= n || !(is_letter(p[at]) || is_joint(p[at])))
		return true;
	if (is_letter(p[at]))
		return false;
	at += (size_t)step; /* below the first it is greater than n */
	return at >= n || !is_letter(p[at]);
}

bool term_in(const struct term *t, const char *p, size_t n, bool whole)
{
	for (size_t from = 0; from + t->text.n <= n;) {
		const char *hit = memmem(p + from, n - from, t->text.p, t->text.n);
		size_t at;

		if (!hit)
			return false;
		at = (size_t)(hit - p);
		if (!whole || (ends(p, n, at - 1, -1) && ends(p, n, at + t->text.n, 1)))
			return true;
		from = at + 1;
	}
	return false;
}

void erase_said(struct erase_counts *c, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	utf8_visible(&c->said, sv_of(line));
	str_putc(&c->said, '\n');
}
