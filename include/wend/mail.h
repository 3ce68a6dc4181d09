/* room: out
 * A message for people, as a mail program reads it: one text, the same as HTML with its
 * pictures inside, nothing fetched from anywhere.
 */
#ifndef WEND_MAIL_H
#define WEND_MAIL_H

#include <stdint.h>
#include "err.h"
#include "letter.h"
#include "str.h"

struct mail_picture {
	const char *cid;      /* <img src="cid:..."> */
	const char *name;     /* of the file, for programs that list them */
	const char *type;     /* "image/png" */
	struct sv bytes;
};
struct mail {
	const char *from, *to, *reply_to; /* NULL: no such line; addresses apart by commas, names before <...> */
	struct sv subject;
	int64_t date;         /* instant */
	int offset_s;         /* of the sender's clock to UTC */
	struct sv text, html; /* UTF-8; html.p NULL: text alone */
	const struct mail_picture *picture;
	size_t npictures;
};
/* RFC 5322 and 2045-2047, line ends LF as sendmail -t -i, msmtp -t and files take them; only
 * ASCII, no line longer than 998 bytes. The same mail gives the same bytes. An address that is
 * none, or could hold another header: WEND_E_USAGE. */
enum wend_err mail_write(struct str *out, const struct mail *m, struct err *err);

/* The letter as text, and as HTML with pictures at its end (content ids, texts for who cannot
 * see them). */
void letter_text(struct str *out, const struct letter *l);
void letter_html(struct str *out, const struct letter *l, const char *const *cid, const char *const *alt, size_t pictures);

#endif
