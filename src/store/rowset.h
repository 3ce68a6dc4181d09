/* room: store (internal)
 * Rows copied out of blocks, column by column, and packed again in another order. Who
 * moves rows (joined customers, undo, compaction) does it with this.
 */
#ifndef WEND_STORE_ROWSET_H
#define WEND_STORE_ROWSET_H

#include "store/cursor.h"

#define PART_COLS 6 /* four of items, two of attributes */

struct rowset {
	uint8_t id[C_LIMIT];    /* row columns kept: no items, no attributes */
	size_t nid;
	bool items, attrs;      /* keep these, too */
	int64_t *v[C_LIMIT];
	size_t cap[C_LIMIT];
	size_t n;
	uint32_t *item_from, *attr_from;
	size_t item_cap, attr_cap;
	int64_t *part[PART_COLS];
	size_t part_cap[PART_COLS];
	uint32_t nitem, nattr;
	struct str text;
};
/* Keep a column; rows that are there already have the value of an absent one. */
void rowset_want(struct rowset *s, unsigned id);
/* Copy a row; its number is s->n - 1 afterwards. Columns may be changed in s->v. */
void rowset_add(struct rowset *s, struct cursor *c, struct block *b, uint32_t row);
/* Copy a row of another set that keeps the same columns. */
void rowset_take(struct rowset *s, const struct rowset *from, uint32_t row);
void rowset_reset(struct rowset *s);
void rowset_release(struct rowset *s);
size_t rowset_bytes(const struct rowset *s);
struct sv rowset_text(const struct rowset *s, int64_t handle);
/* Pack columns of rows order[0 .. n): fn gets each that is not absent. False = fn said so. */
typedef bool packed_fn(void *ctx, unsigned id, struct str *blob);
bool rowset_pack(const struct rowset *s, const uint32_t *order, size_t n, struct str *blob, packed_fn *fn, void *ctx);

#endif
