/* room: base
 * Errors travel upwards as a code and one finished sentence.
 *
 * A function that can fail returns `enum wend_err` and takes a `struct err *` as its
 * last argument. The codes are the exit statuses of the program, so the command at the
 * top prints `err->msg` behind "wend NAME: " and returns the code. On success the
 * struct is left untouched, so that calls can be chained. The sentence is lower case,
 * has no full stop, names the subject in single quotes and says what to do.
 *
 *     if (store_open(&s, path, STORE_READ, err))
 *         goto done;
 */
#ifndef WEND_ERR_H
#define WEND_ERR_H

#include <stdarg.h>

enum wend_err {
	WEND_OK = 0,
	WEND_E_CONDITION = 1, /* the condition of --fail-if holds */
	WEND_E_USAGE = 2,     /* wrong usage, mixed currencies, unknown field */
	WEND_E_INPUT = 3,     /* input rejected or undecidable */
	WEND_E_STORE = 4,     /* store or file trouble, full disk, out of memory */
	WEND_E_MODEL = 5      /* a model did not converge */
};

struct err {
	enum wend_err code;
	char msg[1200];
};
#define ERR_INIT { WEND_OK, "" }

/* Fill `e` (may be NULL) and return `code`. Control characters become '?'. */
enum wend_err err_set(struct err *e, enum wend_err code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
enum wend_err err_vset(struct err *e, enum wend_err code, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
/* Put "PREFIX: " before a sentence already there. Returns e->code. */
enum wend_err err_prefix(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Our own mistake: print file and line, abort. */
_Noreturn void wend_bug(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#define BUG(...) wend_bug(__FILE__, __LINE__, __VA_ARGS__)

#endif
