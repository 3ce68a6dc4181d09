/* room: simulate (internal)
 * Cells, one after the other, in the form of one file. A damaged row is an ordinary row
 * with one cell spoilt on the way.
 */
#ifndef WEND_SIMCELLS_H
#define WEND_SIMCELLS_H

#include "sim.h"

struct cells {
	char *base;
	size_t n, cap;
	char sep;
	char decimal;
	bool crlf;
	int col;                  /* of the next cell */
	int bad_cell;             /* spoil this cell of the next row; -1 = a cell too many; -2 = none */
	const char *bad_text;
	bool one_line;            /* only the first line of a record */
	uint64_t lines;           /* line ends written */
	uint64_t rows, ignored;   /* rows a reader takes and rows it leaves out, of this call */
	struct zone_cache zone;
	int32_t day;              /* of day_text */
	char day_text[12];
	int64_t start;            /* UTC of second 0 */
	struct memo *memo;        /* the last person and order */
};

/* A record is often written twice, as the file before told it and as this one does. */
struct memo {
	bool person_there, order_there, guest;
	uint32_t who, k;
	struct person person;
	struct order order;
};
const struct person *memo_person(struct cells *c, const struct sim *s, uint32_t who);
const struct order *memo_order(struct cells *c, const struct sim *s, uint32_t who, uint32_t k, uint32_t t, bool guest);

/* Room for what one record can hold; called between records. */
void cells_room(struct cells *c);
/* A whole line as it stands. */
void put_line(struct cells *c, const char *text);
/* Plain: no separator, quote or line end in it. */
void cell(struct cells *c, const char *text);
void cell_n(struct cells *c, const char *text, size_t n);
void cell_quoted(struct cells *c, const char *text);    /* quotes doubled, line ends counted */
void cell_any(struct cells *c, const char *text);       /* quoted when it must be */
void cell_int(struct cells *c, int64_t v);
void cell_tag(struct cells *c, const char *tag, uint64_t v); /* "ch_" 123 */
void cell_money(struct cells *c, int64_t minor);        /* two decimals, the file's mark */
void cell_money_comma(struct cells *c, int64_t minor);  /* quoted, decimal comma */
void cell_name(struct cells *c, const struct person *p);
void cell_id(struct cells *c, const char *tag, uint32_t who, uint32_t k);
void cell_hex(struct cells *c, uint32_t a, char mark, uint32_t b);
void cell_none(struct cells *c, int n);
void row_end(struct cells *c);
void row_ignored(struct cells *c);                      /* the end of a row that readers leave out */

enum stamp_form {
	STAMP_OFFSET,    /* 2026-03-07 09:14:02 +0100, of the company's zone */
	STAMP_LOCAL,     /* 2026-03-07 09:14:02 */
	STAMP_MINUTE,    /* 2026-03-07 09:14 */
	STAMP_Z,         /* 2026-03-07T08:14:02Z */
	STAMP_UTC,       /* 2026-03-07 08:14:02 */
	STAMP_UTC_MINUTE,/* 2026-03-07 08:14 */
	STAMP_DOTS,      /* 07.03.2026 09:14 */
	STAMP_DAY,       /* 2026-03-07, local */
	STAMP_DAY_DOTS,  /* 07.03.2026 */
	STAMP_SLASHES    /* 07/03/2026 */
};
void cell_stamp(struct cells *c, uint32_t t, enum stamp_form form);
void cell_clock(struct cells *c, uint32_t t);           /* 09:14:02, local */
/* Local seconds of t, as if UTC. */
int64_t cells_local(struct cells *c, uint32_t t);

#endif
