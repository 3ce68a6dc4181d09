#include "wend/err.h"

/* One place decides what a message may hold: no control characters, whole UTF-8. */
static void tidy(char *msg, size_t cap)
{
	size_t n = strlen(msg);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)msg[i];
		if (c < 0x20 || c == 0x7f)
			msg[i] = '?';
		else if (c == 0xc2 && (unsigned char)msg[i + 1] >= 0x80 && (unsigned char)msg[i + 1] < 0xa0)
			msg[i] = msg[i + 1] = '?'; /* C1 controls */
	}
	if (n + 1 < cap)
		return;
	/* Cut short: do not leave half a character at the end. */
	while (n > 0 && ((unsigned char)msg[n - 1] & 0xc0) == 0x80)
		n--;
	if (n > 0 && (unsigned char)msg[n - 1] >= 0xc0)
		n--;
	msg[n] = '\0';
}

enum wend_err err_vset(struct err *e, enum wend_err code, const char *fmt, va_list ap)
{
	/* An argument may be the old message: format beside it. */
	char msg[sizeof e->msg];

	if (!e)
		return code;
	if (vsnprintf(msg, sizeof msg, fmt, ap) < 0)
		msg[0] = '\0';
	tidy(msg, sizeof msg);
	memcpy(e->msg, msg, strlen(msg) + 1);
	e->code = code;
	return code;
}

enum wend_err err_set(struct err *e, enum wend_err code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(e, code, fmt, ap);
	va_end(ap);
	return code;
}

enum wend_err err_prefix(struct err *e, const char *fmt, ...)
{
	char prefix[300], msg[sizeof e->msg + sizeof prefix + 2];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(prefix, sizeof prefix, fmt, ap) < 0)
		prefix[0] = '\0';
	va_end(ap);
	snprintf(msg, sizeof msg, "%s: %s", prefix, e->msg);
	return err_set(e, e->code, "%s", msg);
}

_Noreturn void wend_bug(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: bug: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}
