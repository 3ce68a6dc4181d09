/* room: store (internal)
 * What is gathered of one person, shared by held.c (records) and held_about.c (the rest).
 */
#ifndef WEND_STORE_HELD_H
#define WEND_STORE_HELD_H

#include "owners.h"
#include "wend/held.h"

struct held_row {
	struct held_record record;
	int64_t time, position;
	int64_t mate_batch;     /* not 0: held equal to that batch's row at `position` */
};
struct gather {
	struct store *store;
	uint32_t customer;
	struct arena *arena;
	uint8_t *of;            /* people_touching, for numbers up to this */
	uint32_t numbers;
	struct held_row *row;
	size_t nrow, row_cap;
	struct sv *key;         /* values of the person's keys, folded, longest first */
	size_t nkey, key_cap;
	struct held_batch *batch; /* all, by number */
	size_t nbatch, batch_cap;
	struct held_mention *mention;
	size_t nmention, mention_cap;
	struct str fold;
};
void gather_release(struct gather *g);
enum wend_err held_keys(struct gather *g, struct err *err);
enum wend_err held_batches(struct gather *g, struct err *err);
bool held_live(const struct gather *g, int64_t batch);
/* A text in somebody else's record: noted when it is one of the keys. */
void held_mention(struct gather *g, enum kind kind, enum field field, struct sv text, struct held_place from);
enum wend_err held_links(struct gather *g, struct held *out, struct err *err);
enum wend_err held_settings(struct gather *g, struct held *out, struct err *err);
/* Keep the batches that records, links and mentions name; hand over what was gathered. */
void held_name_batches(struct gather *g, struct held *out);

#endif
