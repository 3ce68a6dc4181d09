/* room: base
 * One option table yields parsing, typed values, -h text, "did you mean", SYNOPSIS and
 * completion. GNU order (operands anywhere, "--" ends options), no abbreviations,
 * --name=value and --name value, -xVALUE and -x VALUE, bundled flags.
 */
#ifndef WEND_OPT_H
#define WEND_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "err.h"
#include "str.h"

enum opt_type {
	OPT_FLAG,   /* bool * */
	OPT_TEXT,   /* const char ** ; points into argv */
	OPT_INT,    /* int64_t *, min..max */
	OPT_REAL,   /* double * */
	OPT_CHOICE, /* const char ** ; one of `choices` ("a|b|c") */
	OPT_LIST    /* struct opt_list * ; may be repeated */
};
struct opt_list {
	const char **v;
	size_t n, cap;
};
struct opt {
	const char *name;   /* long name without dashes; NULL ends the table */
	char letter;        /* short form or 0 */
	enum opt_type type;
	void *value;
	const char *arg;    /* "DATE", "FILE|-"; NULL for flags */
	const char *help;   /* one line */
	const char *choices;
	int64_t min, max;   /* OPT_INT; both 0 = any */
};
struct operands {
	const char **v;
	size_t n, cap;
};
/* `tables`: NULL-terminated list of tables searched in order. Wrong usage: WEND_E_USAGE. */
enum wend_err opt_parse(const struct opt *const *tables, int argc, char *const *argv, struct operands *out, struct err *err);
/* The lines of -h: "  -f, --format F      csv, table ...". Width 80. */
void opt_help(struct str *out, const struct opt *const *tables);
/* Nearest of `names` (NULL-terminated) or NULL when nothing is near. */
const char *suggest(const char *word, const char *const *names);
void opt_list_release(struct opt_list *l);

#endif
