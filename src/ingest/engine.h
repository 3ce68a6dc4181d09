/* room: ingest (internal)
 * From rows of cells to typed records.
 *
 *   preset  --bind-->  plan (columns resolved once)  --proof-->  plan with date forms,
 *   decimal marks and zones decided  --build-->  records in groups  -->  store
 *
 * What a column means is proved on the first rows (proof.c). When a later row contradicts
 * the proof, the run ends with RUN_AGAIN, keeps what it learned and the file is read from
 * the start: the same path, only with more knowledge.
 */
#ifndef WEND_INGEST_ENGINE_H
#define WEND_INGEST_ENGINE_H

#include "preset.h"
#include "wend/ingest.h"
#include "wend/par.h"

/* ---- bound expressions (bind.c) ---- */
struct bcond_term {
	enum cond_op op;
	const uint32_t *col;
	uint32_t ncol;
	const struct names *values;
	double number;
};
struct bcond {
	const struct bcond_term *t;
	uint32_t n;
	bool never;                /* asks for a column the file lacks */
};
struct bterm {
	enum term_op op;
	bool minus;
	const uint32_t *col;       /* several: a repeated column */
	uint32_t ncol;
	struct sv text;            /* constant, or what to cut at */
	const struct bterm *part;  /* TERM_TEXT with columns in braces */
	uint32_t nparts;
};
struct bchoice {
	const struct bterm *term;
	uint32_t n;
	uint32_t index;            /* among the choices as written: pairs amount and currency */
	struct bcond when;
};
struct bexpr {
	const struct bchoice *c;
	uint32_t n;
	uint32_t written;          /* choices as written */
	int32_t single;            /* the one column it is, or -1 */
};

/* Bytes that live until the group of records has been stored. */
struct pool {
	char **chunk, **big;
	size_t n, cap, at, used, nbig, big_cap;
};
void pool_reset(struct pool *p);
/* A place in the pool to go back to. */
struct pool_mark {
	size_t at, used;
};
void pool_release(struct pool *p);
char *pool_more(struct pool *p, size_t n);
enum { POOL_CHUNK = 1 << 18 };
static inline char *pool_take(struct pool *p, size_t n)
{
	if (p->at < p->n && n <= POOL_CHUNK - p->used) {
		char *at = p->chunk[p->at] + p->used;
		p->used += n;
		return at;
	}
	return pool_more(p, n);
}
static inline struct pool_mark pool_here(const struct pool *p)
{
	return (struct pool_mark){ p->at, p->used };
}
static inline void pool_back(struct pool *p, struct pool_mark m)
{
	p->at = m.at;
	p->used = m.used;
}
static inline struct sv pool_copy(struct pool *p, struct sv v)
{
	if (!v.p)
		return v;
	char *to = pool_take(p, v.n);
	memcpy(to, v.p, v.n);
	return sv_n(to, v.n);
}

/* ---- the header as found, and what stands above it (opening.c) ---- */
struct opening {
	struct arena arena;
	struct sv **cell;      /* first records of the file */
	size_t *ncell;
	struct sv *raw;
	uint64_t *line;
	size_t n;
	size_t header;         /* record that is the header */
	char sep;
};
enum { OPENING_RECORDS = 50 };

/* ---- how one column of times or numbers is read ---- */
enum date_order { ORDER_ANY, ORDER_YMD, ORDER_DMY, ORDER_MDY };
struct form {
	const char *pattern[8]; /* alternatives of one date order */
	int n;
	bool iso;
	enum date_order order;
};
enum zone_mode { ZM_DEFAULT, ZM_OFFSET, ZM_GIVEN, ZM_FIXED, ZM_COLUMN };
struct time_col {
	struct form *form;
	uint32_t nform;
	uint64_t alive;        /* forms not yet given up */
	uint64_t hits[64];     /* values each form could read */
	uint64_t values;       /* seen while proving */
	uint64_t clash[64];    /* forms that read some value differently from form i */
	int chosen;            /* -1 = not decided */
	bool has_offset;       /* values that carry their offset were seen */
	bool clock;            /* a time of day that is not midnight was seen */
	bool midnight;         /* times of day were seen, all midnight */
	bool as_days;          /* ... so the values are civil days */
	enum zone_mode mode;
	const struct zone *zone;
	struct bexpr zone_from;
	const struct value_map *zone_values;
	/* the last day read in the international form, and the last value: files repeat them */
	char last_date[10];
	int64_t last_day_s;
	char last[48];
	uint32_t last_n;
	int64_t last_time, last_offset;
	struct sv last_zone_text;
	char last_zone_buf[64];
	const struct zone *last_zone;
};
struct num_col {
	char decimal;          /* decided, or 0 */
	bool points, commas;   /* values that prove one */
	bool ambiguous;        /* "1,234" was seen */
};

enum step_op {
	STEP_TIME, STEP_MONEY, STEP_INT, STEP_SECONDS, STEP_DEC, STEP_TEXT, STEP_CURRENCY,
	STEP_KEY, STEP_KEEP, STEP_PRICE, STEP_LIST
};
struct step {
	enum step_op op;
	enum field field;
	bool required;
	const struct mapping *m;
	struct bexpr from;
	struct time_col *time;
	struct num_col *num;
	/* cached words: value maps and currencies */
	char last[48];
	uint32_t last_n;
	struct sv last_to;
	currency last_currency;
	struct sv space;       /* STEP_KEY: product space; STEP_KEEP: attribute's name */
	uint32_t column;       /* STEP_KEEP of one column: its index */
};
struct plan_section {
	const struct section *s;
	enum kind kind;
	struct bcond when, counted, item_when;
	bool has_item_when;
	struct step *step;
	uint32_t nstep;
	int amount, item_amount, price, quantity, list, currency, time, product, category; /* steps, or -1 */
	uint16_t required[8];      /* steps */
	uint32_t nrequired;
	uint64_t must[2];          /* their fields, bit f & 63 of word f >> 6 */
	uint8_t number[F_COUNT], text[F_COUNT]; /* fields a record of it may have */
	uint32_t nnumber, ntext;
	bool items;
	bool key_is_id;            /* customers in a file without an id: the key serves as one */
};
struct plan_rule {
	struct sv reason;
	struct bcond when;
	uint64_t rows;
};
struct plan {
	struct arena arena;
	const struct preset *preset;
	const struct opening *opening;
	const struct sv *col;
	uint32_t ncol;
	uint8_t *flag;         /* CELL_* of each column */
	bool *used;            /* some expression reads it */
	struct plan_section *section;
	uint32_t nsection;
	struct plan_rule *rule;
	uint32_t nrule;
	bool grouped;
	struct bexpr group;
	bool key_table;        /* keys of groups do not grow: remember all */
	uint64_t *parted;      /* hashes of keys whose rows stand in several places: the first nparted_known of them were there before this pass, and are sorted */
	size_t nparted, nparted_known, parted_cap;
	bool sum_lines;        /* hand-mapped lines: money is the line's */
	/* given by the person, the settings or the preset */
	const struct zone *tz;
	const char *tz_name;
	currency money;
	const char *country;
	enum date_order date_order;
	char decimal;
	struct sv id_space;
	struct sv header_currency; /* {currency} in a column's name */
	int64_t now;
};
enum { CELL_NULLS = 1, CELL_APOSTROPHE = 2 };
enum { KEEP_MAX = 64 };

/* Cell `c` of a row: trimmed, without null words; p NULL = missing. */
struct sv plan_cell_slow(const struct plan *p, struct sv v, uint32_t c);
static inline struct sv plan_cell(const struct plan *p, const struct csv_field *f, uint32_t c)
{
	struct sv v = sv_n(f[c].p, f[c].n);
	if (!v.n)
		return SV_NONE;
	unsigned char a = (unsigned char)v.p[0], z = (unsigned char)v.p[v.n - 1];
	if (p->flag[c] || a <= ' ' || z <= ' ' || a >= 0x80 || z >= 0x80)
		return plan_cell_slow(p, v, c);
	return v;
}

enum wend_err bexpr_bind(struct bexpr *out, struct plan *p, const struct expr *e, struct err *err);
void bcond_bind(struct bcond *out, struct plan *p, const struct cond *c);
bool bcond_holds(const struct bcond *c, const struct plan *p, const struct csv_field *f);
/* The first choice with a value, or -1. `only` >= 0: that choice as written and no other. */
int bexpr_pick(const struct bexpr *e, const struct plan *p, const struct csv_field *f, int only);
/* Text of a picked choice; composed texts are built in `pool`. `join`: repeated columns
 * are joined with '|', else the first filled one counts. */
struct sv bchoice_text(const struct bchoice *c, const struct plan *p, const struct csv_field *f, struct pool *pool, bool join);
static inline struct sv bexpr_text(const struct bexpr *e, const struct plan *p, const struct csv_field *f, struct pool *pool, bool join)
{
	if (e->single >= 0)
		return plan_cell(p, f, (uint32_t)e->single);
	int i = bexpr_pick(e, p, f, -1);
	return i < 0 ? SV_NONE : bchoice_text(&e->c[i], p, f, pool, join);
}
struct sv value_lookup(const struct value_map *m, struct sv v);

/* ---- plan.c ---- */
/* Columns a name stands for: one, or all that repeat it. */
uint32_t plan_columns(struct plan *p, struct sv name, const uint32_t **out);
enum wend_err plan_make(struct plan *p, const struct preset *pr, const struct opening *o, struct sheet *s, const struct ingest_options *io, struct store *store, struct err *err);
void plan_release(struct plan *p);

/* ---- convert.c ---- */
enum read_result { READ_OK, READ_EMPTY, READ_BAD, READ_UNDECIDED, READ_AGAIN };
/* A time as it stands in a cell. *offset gets seconds east of UTC as written or WEND_NONE. */
enum read_result time_read(struct time_col *t, const struct plan *p, struct sv v, struct sv zone_text, int64_t *out, int64_t *offset);
enum read_result num_read(struct num_col *n, struct sv v, int exponent, int64_t *out, currency *seen, bool *bare);
enum read_result seconds_read(struct num_col *n, struct sv v, enum unit unit, int64_t *out);
enum wend_err time_col_init(struct time_col *t, struct plan *p, const struct mapping *m, struct err *err);

/* ---- proof.c ---- */
void proof_forget(struct plan *p);
void time_prove(struct time_col *t, struct sv v);
void num_prove(struct num_col *n, struct sv v);
/* Look at the rows `s` hands out until everything is decided or `rows` have passed. */
enum wend_err proof_rows(struct plan *p, struct sheet *s, uint64_t rows, bool *ended, struct err *err);
/* Decide; what cannot be proved and was not given: WEND_E_INPUT with the option to add.
 * `more` is set when further rows could still decide it. */
enum wend_err proof_decide(struct plan *p, bool ended, bool *more, struct err *err);

/* ---- identity.c ---- */
/* Comparison form of an e-mail address, `v` itself when it is that already, else in
 * `pool`; p NULL = it is none. */
struct sv mail_key(struct pool *pool, struct sv v);
/* The key by which a customer's own record is known: id, else e-mail; telephones and
 * devices are shared. */
struct sv key_as_id(const struct record *r);
/* E.164. `country` (ISO 3166, may be NULL) for national numbers; p NULL = cannot be made. */
struct sv phone_key(struct pool *pool, struct sv v, const char *country, bool international);

/* ---- reject.c: the file of rows that could not be used ---- */
struct fault {
	uint64_t line, byte;
	size_t column;       /* of the header, from 1; 0 = the whole row */
	const char *code;
	char message[240];
	const char *hint;
};
struct rejects {
	const char *path;    /* NULL = none is written */
	bool automatic;      /* nobody asked for the file by name */
	struct outfile out;
	bool open;
	uint64_t n;
	struct str first;    /* the first few, for people */
	struct str buf;
	char sep;
};
enum wend_err rejects_add(struct rejects *r, const struct opening *o, const struct preset *p, const struct fault *f, struct sv raw, struct err *err);
enum wend_err rejects_close(struct rejects *r, struct err *err);
void rejects_release(struct rejects *r);
char *path_absolute(const char *path); /* links of its folder followed; the caller frees it */

/* ---- feed.c: the rows of a sheet, read ahead on a thread of their own ---- */
struct feed;
struct feed *feed_new(struct sheet *s, const struct csv *c);
/* Like sheet_next; views live until the next call. */
enum wend_err feed_next(struct feed *f, enum sheet_verdict *v, struct sheet_row *row, struct sheet_note *note, struct err *err);
void feed_progress(const struct feed *f, uint64_t *done, uint64_t *total);
/* Reading ends here, wherever it is; sheet and reader are the caller's again. */
void feed_free(struct feed *f);

/* ---- build.c: rows -> records -> store ---- */
enum { GROUP_RECORDS = 128 };
struct smells {
	uint64_t no_currency, future, gap, twice, odd_mail, odd_phone, undated_refunds, cancelled, times, midnights;
};
struct money_sum {
	currency c;
	int64_t gross, refunds;
	bool overflow;
};
struct kept_row {
	uint64_t line, byte;
	struct sv raw;
};
struct builder {
	struct plan *plan;
	struct batch *batch;
	struct rejects *rejects;
	const char *file;    /* for messages: FILE:LINE:COLUMN */
	struct record *rec;  /* GROUP_RECORDS slots */
	uint32_t *slot_section; /* section + 1 that a slot was made for */
	uint32_t *from_item, *from_attr; /* where a record's items and attributes begin */
	size_t n;
	struct item *item;
	size_t nitem, item_cap;
	struct attr *attr;
	size_t nattr, attr_cap;
	int64_t *weight;     /* of each item, for shares */
	size_t weight_cap;
	struct pool pool;
	struct pool_mark open_mark; /* the pool before the open record */
	struct sv raw;       /* the row at hand, and the copy of it that lives as long as its record */
	const char *raw_kept;
	/* the record whose lines are being gathered */
	bool open;
	size_t open_at;      /* its first slot */
	char *key;           /* of the open record; of the last that had one when has_key is off */
	size_t key_n, key_cap;
	bool has_key;
	struct pool keys;    /* for keys put together from several cells */
	uint64_t open_rows, open_line, open_byte;
	const struct sheet_row *row; /* the row at hand */
	bool lines_here, amounts_differ;
	int64_t first_amount;
	struct kept_row *raws; /* its rows, for the rejects file */
	size_t nraws, raws_cap;
	currency exponent_of; /* last currency asked for */
	int exponent;
	bool bad;
	struct fault fault;
	uint64_t *seen;      /* hashes of the groups so far (plan.key_table) */
	size_t nseen, seen_cap;
	bool again;          /* a proof was contradicted */
	bool whole_file;     /* the known part ends inside a record */
	uint64_t many_lines, lines_differ; /* orders of several lines; of which the amounts differ */
	uint64_t position;
	uint64_t rows, used, ignored, rejected;
	int64_t newest_updated;
	struct smells smell;
	struct money_sum sum[8];
	int nsum;
	struct { char name[48]; uint64_t n; } status[12]; /* of records whose money is not counted */
	int nstatus;
	uint64_t per_kind[KIND_COUNT];
	uint64_t skipped;    /* rows of a part that is known already */
	struct str skip_key;
	struct str damaged_key; /* of a row that could not be parted: its record is incomplete */
	uint64_t no_section;
	struct store *bans;  /* asked whether a key belongs to somebody erased; NULL = nobody was */
	bool erased_here;    /* the open record is of such a one */
	uint64_t erased;     /* rows ignored for that */
};
void builder_init(struct builder *b, struct plan *p);
void builder_release(struct builder *b);
/* One row. WEND_E_INPUT with b->again set: begin again with what was learned. */
enum wend_err builder_row(struct builder *b, const struct sheet_row *row, struct err *err);
enum wend_err builder_flush(struct builder *b, bool end, struct err *err);
enum wend_err builder_reject(struct builder *b, const struct fault *f, struct sv raw, struct err *err);
/* A row that could not be parted: when it seems to belong to the open record, that is
 * damaged as well. */
void builder_damaged(struct builder *b, const struct sheet_row *row, const struct fault *f);

/* erased.c: rows of customers who were erased are ignored, and written nowhere. */
bool record_erased(const struct builder *b, struct record *r);
/* A row of which a cell cannot be read; a row that could not be parted into cells. */
bool row_erased(struct builder *b, const struct sheet_row *row);
bool raw_erased(struct builder *b, struct sv raw);

/* tail.c */
bool tail_can_be_read(const struct plan *p, const struct csv *c, const char *path);
enum wend_err ends_a_line(const char *path, uint64_t bytes, bool *ends, struct err *err);
enum wend_err builder_skip(struct builder *b, const struct sheet_row *row);
int64_t export_date_of(const struct plan *p, const struct builder *b, const char *file);

#endif
