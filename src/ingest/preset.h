/* room: ingest (internal)
 * A preset: one product's export written down as text, and the same thing in memory.
 * wend-formats(5) describes the file. Files mapped by hand (--as, --map) become a preset
 * in memory, so that everything behind this header knows only presets.
 *
 * Names of columns are compared as `name_key` makes them: case folded, without blanks,
 * byte order mark and leading stars; a name may hold `*` (any text) and `{currency}`.
 */
#ifndef WEND_INGEST_PRESET_H
#define WEND_INGEST_PRESET_H

#include "wend/err.h"
#include "wend/mem.h"
#include "wend/record.h"
#include "wend/str.h"

struct names {
	struct sv *v;      /* each may list alternatives: "Time zone | TimeZone" */
	size_t n, cap;
};

/* NAME = a, b   NAME != a, b   NAME < 0   NAME > 0   NAME   ! NAME */
enum cond_op { COND_IS, COND_IS_NOT, COND_BELOW, COND_ABOVE, COND_FILLED, COND_EMPTY };
struct cond_term {
	enum cond_op op;
	struct sv name;
	struct names values; /* folded, may hold `*` */
	double number;
};
struct cond {
	struct cond_term *t; /* all must hold */
	size_t n;
};

enum term_op {
	TERM_COLUMN,
	TERM_TEXT,     /* "text with {Column}" */
	TERM_PREAMBLE, /* preamble(Start date:): what follows the text on a line above the header */
	TERM_CURRENCY, /* {currency}: the code standing in a header name */
	TERM_COUNT,    /* count(Comment): filled cells of a repeated column */
	TERM_BEFORE,   /* before(Name, :) */
	TERM_AFTER
};
struct term {
	enum term_op op;
	bool minus;
	struct sv name, arg;
};
struct choice {
	struct term *term; /* texts: joined by a blank; numbers: added up */
	size_t n;
	struct cond when;
};
struct expr {
	struct choice *c;  /* the first with a value in this row */
	size_t n;
	struct sv text;    /* as written */
};

struct value_map {
	struct sv field;   /* "status" or "orders.status" */
	struct sv *from, *to;
	size_t n, cap;
};

enum target {
	TO_FIELD,
	TO_IDENTITY,
	TO_KEEP,   /* an attribute */
	TO_PRICE,  /* price of one piece: weight of a line that has no amount of its own */
	TO_LIST    /* "2x Mug, 1x Tote": several items in one cell */
};
enum unit { UNIT_PLAIN, UNIT_MINOR, UNIT_MINUTES, UNIT_HOURS };
enum sign { SIGN_AS_IS, SIGN_NEGATE, SIGN_POSITIVE, SIGN_NEGATIVE };
struct mapping {
	enum target to;
	enum field field;
	enum key_space space;     /* TO_IDENTITY */
	bool international;       /* telephone written as country code and number, without + */
	struct sv suffix;         /* TO_IDENTITY: "id.name:" has its own space */
	struct sv name;           /* TO_KEEP: the attribute; empty = the column's own name */
	struct expr from;
	struct names formats;     /* times; none = the built-in ones */
	struct sv zone;           /* times; empty = the file's */
	enum unit unit;
	enum sign sign;
	char decimal;             /* '.', ',' or 0 = proved by the column */
	const struct value_map *values;
	bool by_hand;             /* from the command line: a missing column is wrong usage */
};
struct section {
	enum kind kind;
	struct mapping *map;
	size_t n, cap;
	struct cond when;         /* rows that make such a record */
	struct cond item_when;    /* rows that are an item of it */
	struct cond counted;      /* money that is revenue; has_counted: else everything */
	bool has_counted;
};

struct ignore_rule {
	struct sv reason;
	struct cond when;
};
enum grouping { GROUP_NONE, GROUP_KEY };
/* A name the recogniser looks for: one alternative of entry `entry`. Entries below the
 * number of required names are required. */
struct wanted {
	struct sv key;
	uint64_t hash;
	bool wild;
	size_t entry;
};
struct preset {
	struct arena arena;
	struct wanted *wanted;
	size_t nwanted, nentry;
	char *name, *path, *title, *source;
	struct names require, known;
	struct section *section;
	size_t nsection;
	struct value_map *values;
	size_t nvalues;
	struct ignore_rule *ignore;
	size_t nignore;
	struct sv otherwise;      /* reason for rows that no section takes */
	enum grouping grouping;
	struct expr group;
	bool group_blank;         /* a row without the key belongs to the one before */
	struct names total, footer, preamble; /* patterns of rows that are no data */
	struct names null_words, strip_apostrophe;
	struct names bind;        /* "q=*_NPS_GROUP": <q> in names is what the star matched */
	int header_rows;          /* 0 = 1 */
	bool header_join;         /* name = first header row and second, joined */
	char separator;           /* 0 = found out */
	bool no_quotes;
	const char *encoding;
	struct sv zone;           /* "offset", "given", "column NAME", "header KEY" or a zone; empty = as the values are */
	struct sv export_date;    /* "newest NAME", "preamble TEXT", "file" */
	bool snapshot;
	bool our_ids;             /* ids of our own, as in files mapped by hand: the shared space, or --id-space */
	struct names fixed;       /* fields that never change once reported */
	struct sv opt_tz, opt_currency, opt_country, opt_date_order, opt_id_space;
	bool by_hand;
	bool saved;               /* from the user's own folder */
	bool sum_lines;           /* hand-mapped lines: the record's money is the sum of its lines' */
};

/* Read one preset from text; `name` is the file's stem. WEND_E_INPUT names section, key and fault. */
enum wend_err preset_parse(struct preset **out, const char *name, const char *text, struct err *err);
enum wend_err preset_load(struct preset **out, const char *path, struct err *err);
struct preset *preset_new(const char *name);
void preset_free(struct preset *p);
struct section *preset_section(struct preset *p, enum kind k); /* made when missing */
/* Add a mapping from text, replacing one of the same target: key "amount", "keep.plan", "identity". */
enum wend_err preset_map(struct preset *p, struct section *s, const char *key, const char *text, struct err *err);
/* One more identity key, beside those there are. */
enum wend_err preset_add_key(struct preset *p, struct section *s, const char *space, const char *text, struct err *err);
/* Join sections to their value maps and check that required fields are there. */
enum wend_err preset_finish(struct preset *p, struct err *err);

/* expr.c */
enum wend_err expr_parse(struct expr *out, struct arena *a, struct sv text, struct err *err);
enum wend_err cond_parse(struct cond *out, struct arena *a, struct sv text, struct err *err);
/* "a, 'b, c', d | e": pieces at `sep` outside quotes, trimmed. */
void names_split(struct names *out, struct arena *a, struct sv text, char sep);
void names_add(struct names *out, struct arena *a, struct sv v);

/* names.c */
void name_key(struct str *out, struct sv name);
void name_pattern_key(struct str *out, struct sv name);
/* `pattern` may hold `*` and `{currency}`; `name` is a header cell. `cur` (may be NULL)
 * gets the text of {currency}, `star` that of the last `*`. */
bool name_matches(struct sv pattern, struct sv name, struct sv *cur, struct sv *star);
bool name_key_matches(struct sv pattern_key, struct sv key);
/* Any alternative of a list entry among `cols`: its index or -1. */
ptrdiff_t names_find(struct sv alternatives, const struct sv *cols, size_t n);
bool glob_fold(struct sv pattern, struct sv text); /* ASCII case-insensitive, `*` only */

/* presets.c: where presets lie, which one fits */
struct preset_set {
	struct preset **v;
	size_t n, cap;
};
/* Folders searched, first wins by name: $WEND_PRESETS, XDG config, installed, build tree. */
enum wend_err preset_set_load(struct preset_set *s, struct err *err);
void preset_set_release(struct preset_set *s);
enum wend_err preset_find(struct preset **out, const char *name_or_path, struct err *err);
struct preset_score {
	const struct preset *p;
	double share;       /* of the required names */
	size_t required, required_n; /* found, asked for */
	size_t known, known_n;       /* all names the preset mentions */
	size_t row;         /* record that is the header, from 0 */
};
/* A record that may be the header, prepared once for all presets. */
struct header_guess {
	struct arena arena;
	struct sv *key;
	uint64_t *hash; /* sorted */
	size_t n;
};
void header_guess_init(struct header_guess *h, const struct sv *cols, size_t n);
void header_guess_release(struct header_guess *h);
void preset_rate(struct preset_score *out, const struct preset *p, const struct header_guess *h);
int preset_score_cmp(const struct preset_score *a, const struct preset_score *b); /* > 0: a is better */
/* "interactions+feedback" */
void preset_kinds(const struct preset *p, char *out, size_t cap);
void section_text(struct str *out, const struct preset *p, const struct section *s);
bool preset_user_folder(struct str *out); /* where --save-profile writes */

#endif
