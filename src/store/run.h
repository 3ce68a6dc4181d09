/* room: store (internal)
 * A run on its way into the store: up to RUN_ROWS records of one kind, as rows in memory.
 *
 * Rows, not columns, because the sort moves records across the whole run: a row is one
 * or two cache lines to fetch, a column would be one line for each field. Only fields
 * that were filled have a place in the row; the first record that fills another one
 * widens all rows before it.
 */
#ifndef WEND_STORE_RUN_H
#define WEND_STORE_RUN_H

#include "store/format.h"
#include "store/template.h"
#include "store/words.h"

#define RUN_ROWS_MAX (1u << 20)
#define RUN_BYTES_MAX ((size_t)64 << 20)
#define TEXT_MAX ((size_t)0xffffff) /* bytes of one text: what a handle can say */

/* How a field lies in its row. */
enum slot_how {
	SLOT_INT,      /* int64 */
	SLOT_WORD,     /* uint32: local word code + 1; 0 = missing */
	SLOT_CURRENCY, /* uint32: letters; 0 = missing */
	SLOT_TEXT      /* int64: WEND_NONE, a place in `text`, or TEXT_NUMBER | number of the field's template */
};
#define TEXT_NUMBER ((int64_t)1 << 62)
struct slot {
	uint8_t field, how;
	uint16_t at;       /* byte in the row; 0 = nobody filled it yet */
};
/* Every row begins with this. Positions and lines count from the run's first. Rows lie at
 * multiples of 4 only. */
struct __attribute__((packed, aligned(4))) row {
	int64_t time;
	uint32_t person;   /* local number + 1, once it is written the store's; 0 = nobody */
	int32_t position;  /* less position0 */
	int32_t line;      /* line - position, less line0 */
	uint32_t rows;
};
struct layout {
	struct slot slot[F_COUNT]; /* those with a place stand first */
	int n, placed;
	uint64_t open[2];          /* fields without a place, as in record.never */
	uint16_t stride;
	uint16_t space_at, items_at, attrs_at; /* uint32 word + 1; uint32 first and number; 0 = none */
};
struct run_items {
	uint32_t *product, *category;  /* local word + 1; NULL = nobody filled it */
	int64_t *quantity, *amount;
	size_t n, cap;
};
struct run_attrs {
	uint32_t *name;
	int64_t *value;                /* place in `text` */
	size_t n, cap;
};
struct run {
	enum kind kind;
	struct layout lay;
	unsigned char *rows;           /* RUN_BYTES_MAX, mapped */
	size_t n;
	int64_t position0, line0;
	bool in_order;                 /* positions ascend */
	bool last;                     /* no run of this batch follows */
	struct str text;
	struct run_items item;
	struct run_attrs attr;
	uint32_t persons;              /* local ones up to here have their entries */
	struct sv *word;               /* local words from word_from on; the texts belong to the batch */
	uint32_t word_from, word_n;
	const struct text_template *template; /* F_COUNT of them, fixed for the batch once set */
};
void run_init(struct run *r, enum kind kind, const struct layout *lay, const struct text_template *templates);
void run_clear(struct run *r);
void run_release(struct run *r);
void layout_init(struct layout *l, enum kind kind);
/* Give a slot (or 4 or 8 bytes in general) a place; existing rows are widened. */
uint16_t run_widen(struct run *r, unsigned bytes);

static inline struct row *run_row(const struct run *r, size_t i) { return (struct row *)(void *)(r->rows + i * r->lay.stride); }
static inline uint32_t get_u32(const void *row, unsigned at)
{
	uint32_t v;
	memcpy(&v, (const char *)row + at, 4);
	return v;
}
static inline int64_t get_i64(const void *row, unsigned at)
{
	int64_t v;
	memcpy(&v, (const char *)row + at, 8);
	return v;
}
/* Text of a slot; a number is spelled into `buf` (SHORT_SPELL bytes). */
#define SHORT_SPELL 1100
struct sv run_text(const struct run *r, unsigned field, int64_t value, char *buf);
static inline int64_t run_place(struct run *r, struct sv v)
{
	int64_t h = (int64_t)((uint64_t)r->text.n << 24 | v.n);
	str_add(&r->text, v.p, v.n);
	return h;
}

#endif
