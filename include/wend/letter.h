/* room: base
 * What a report by mail says, before it is text or HTML: a subject, a sentence, sections of
 * lines. Texts live in the letter's arena.
 */
#ifndef WEND_LETTER_H
#define WEND_LETTER_H

#include "mem.h"
#include "str.h"

struct letter_line {
	const char *label;    /* "revenue"; in a list the sentence */
	const char *value;    /* "EUR 4,592"; NULL in a list */
	const char *note;     /* "week before 5,395"; a command to type; NULL = none */
};
struct letter_section {
	const char *heading;
	bool list;            /* sentences, not figures */
	struct letter_line *v;
	size_t n, cap;
};
struct letter {
	struct arena arena;
	const char *subject, *lead;
	const char *foot;     /* definitions and versions */
	struct letter_section *section;
	size_t n, cap;
};
struct letter_section *letter_section(struct letter *l, const char *heading, bool list);
void letter_line(struct letter_section *s, const char *label, const char *value, const char *note);
/* Every text as an eye should see it: control characters of names in files are spelt out. */
void letter_visible(struct letter *l);
void letter_release(struct letter *l);

#endif
