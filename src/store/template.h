/* room: store (internal)
 * Texts that are a fixed prefix and a running number ("ORD-0000123"): as a number they
 * cost nothing to keep, to sort and to compare.
 */
#ifndef WEND_STORE_TEMPLATE_H
#define WEND_STORE_TEMPLATE_H

#include "wend/str.h"

#define TEMPLATE_DIGITS 18
struct text_template {
	struct sv prefix;  /* p == NULL: none yet */
	unsigned digits;   /* fixed number of digits, zero-padded; 0 = plain, no leading zero */
};
/* The template a first text suggests; views into the text. False = it has no number. */
bool template_of(struct text_template *t, struct sv v);
/* Its number when the text is exactly what template_text would make of it. */
static inline bool template_number(const struct text_template *t, struct sv v, int64_t *out)
{
	size_t k = v.n - t->prefix.n;
	if (v.n <= t->prefix.n || k > TEMPLATE_DIGITS || memcmp(v.p, t->prefix.p, t->prefix.n))
		return false;
	const char *d = v.p + t->prefix.n;
	if (t->digits ? k != t->digits : *d == '0' && k > 1)
		return false;
	int64_t u = 0;
	for (size_t i = 0; i < k; i++) {
		unsigned c = (unsigned)(unsigned char)d[i] - '0';
		if (c > 9)
			return false;
		u = u * 10 + (int64_t)c;
	}
	*out = u;
	return true;
}
/* The text of a number; `out` has room for the prefix and 20 bytes. Returns its length. */
size_t template_text(const struct text_template *t, int64_t number, char *out);
/* A column of such texts as pack_texts would write it; WEND_NONE = missing. */
void pack_template(struct str *out, const struct text_template *t, const int64_t *number, size_t n);
/* The numbers of a packed column that uses just this template; false = it does not. */
bool unpack_numbers(const struct text_template *t, int64_t *number, size_t n, const void *p, size_t bytes);

#endif
