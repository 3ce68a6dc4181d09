/* room: base
 * Text: `struct sv`, a view that owns nothing, and `struct str`, a growing string that
 * is always NUL-terminated. All text inside wend is UTF-8.
 */
#ifndef WEND_STR_H
#define WEND_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sv {
	const char *p; /* NULL = missing; a present empty text has p != NULL, n == 0 */
	size_t n;
};
#define SV_NONE ((struct sv){ NULL, 0 })
#define SV(lit) ((struct sv){ (lit), sizeof(lit) - 1 })
static inline struct sv sv_of(const char *s) { return (struct sv){ s, s ? strlen(s) : 0 }; }
static inline struct sv sv_n(const char *p, size_t n) { return (struct sv){ p, n }; }
static inline bool sv_eq(struct sv a, struct sv b) { return a.n == b.n && (a.n == 0 || !memcmp(a.p, b.p, a.n)); }
static inline bool sv_is(struct sv a, const char *s) { return sv_eq(a, sv_of(s)); }
bool sv_ieq(struct sv a, struct sv b);            /* ASCII case-insensitive */
int sv_cmp(struct sv a, struct sv b);             /* bytes, then length */
/* Total order for ids shown to people: all-digit texts first and by value, then bytes. */
int sv_natcmp(struct sv a, struct sv b);
struct sv sv_trim(struct sv a);                   /* ASCII blanks, NBSP and narrow NBSP at both ends */
bool sv_starts(struct sv a, const char *prefix);
bool sv_ends(struct sv a, const char *suffix);
bool sv_cut(struct sv *rest, char sep, struct sv *head); /* next piece of rest up to sep; false when rest is used up */
/* Does `text` match the pattern, ASCII case aside? `*` is any text; `?` is one byte when `one` is set. */
bool sv_glob(struct sv pattern, struct sv text, bool one);
/* What stands behind the last slash of a path. */
const char *path_name(const char *path);
/* Is one of these phrases in the text, or with `whole` the text? Phrases are lower case with
 * blanks and end with NULL; ASCII case does not matter, and _ and - are as blanks. */
bool sv_says(struct sv text, const char *const *phrases, bool whole);
ptrdiff_t sv_find(struct sv hay, struct sv needle);      /* -1 = not there */

struct str {
	char *p;
	size_t n, cap;
};
#define STR_INIT { NULL, 0, 0 }
void str_add(struct str *s, const void *p, size_t n);
void str_sv(struct str *s, struct sv v);
void str_puts(struct str *s, const char *z);
void str_putc(struct str *s, char c);
void str_printf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_int(struct str *s, int64_t v);            /* decimal, fast */
void str_fixed(struct str *s, double v, int decimals); /* halves away from zero, as people round; never "-0" */
void str_real(struct str *s, double v);            /* shortest text that reads back the same; "" for NaN */
void str_minor(struct str *s, int64_t minor, int exponent); /* 12345,2 -> 123.45 */
void str_reset(struct str *s);                     /* empty, memory kept */
void str_release(struct str *s);
char *str_detach(struct str *s);                   /* caller frees; never NULL */
static inline struct sv str_view(const struct str *s) { return (struct sv){ s->p ? s->p : "", s->n }; }

/* Numbers read strictly: the whole view, '.' as point, no locale. False when it is none. */
bool sv_int(struct sv v, int64_t *out);
bool sv_real(struct sv v, double *out);

/* UTF-8 */
bool utf8_valid(const char *p, size_t n, size_t *bad_at);
int utf8_next(struct sv *rest);                    /* next code point, -1 at the end, 0xFFFD for a bad byte */
void utf8_put(struct str *s, uint32_t cp);
int utf8_width(struct sv v);                       /* terminal cells, independent of locale */
void utf8_fold(struct str *out, struct sv v);      /* Unicode case fold, NFC */
/* Copy for a human eye: C0, C1, DEL and bidi controls as \xNN or \uNNNN. */
void utf8_visible(struct str *out, struct sv v);
/* A JSON string, quotes included; control and bidi characters as \uNNNN. */
void str_json(struct str *out, struct sv v);

#endif
