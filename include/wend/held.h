/* room: store
 * Everything the store holds of one person (GDPR art. 15 and 20): every version of every
 * record, whether a report sees it or not, the keys, what links them, settings that name
 * the person, and rows of other people that do.
 *
 *     struct held h;
 *     if (store_held(s, customer, &h, &arena, err))
 *         return err->code;
 */
#ifndef WEND_HELD_H
#define WEND_HELD_H

#include "mem.h"
#include "record.h"
#include "store.h"

struct held_value {
	enum field field;
	int64_t v;           /* as in a record; money in minor units of `currency` */
	struct sv s;         /* words and texts */
};
struct held_place {
	int64_t batch, line;
};
enum held_state {
	HELD_SEEN,           /* what reports see */
	HELD_SUPERSEDED,     /* another version of the record is seen */
	HELD_UNDONE          /* its batch was undone; it goes with the next compaction */
};
struct held_record {
	enum kind kind;
	enum held_state state;
	struct held_place from;
	int64_t source_rows;
	int64_t currency;    /* WEND_NONE = not known */
	struct sv id_space;  /* p NULL = none */
	const struct held_value *value;
	size_t nvalue;
	const struct item *item;
	size_t nitem;
	const struct attr *attr;
	size_t nattr;
	struct held_place *also; /* other live batches that hold it just so */
	size_t nalso;
};
struct held_link {
	struct sv a, b;      /* as printed; equal: the key was parted by hand */
	int64_t time;        /* of the first record both stood on */
	int64_t batch;
	bool by_hand;
};
struct held_batch {
	int64_t batch, ingested; /* seconds */
	struct sv file, preset, source, state, rejects;
};
struct held_setting {
	struct sv section, name, value, whence;
	int64_t changed;     /* seconds */
	bool live;
};
/* A key of the person in a record that is somebody else's. */
struct held_mention {
	enum kind kind;
	enum field field;
	struct held_place from;
};
struct held {
	struct held_record *record; /* by time, kind, batch, line */
	size_t nrecord;
	struct held_link *link;
	size_t nlink;
	struct held_batch *batch;   /* those named above, by number */
	size_t nbatch;
	struct held_setting *setting;
	size_t nsetting;
	struct held_mention *mention;
	size_t nmention;
};
extern const char *const held_states[3];
/* All of it lives in the arena. */
enum wend_err store_held(struct store *s, uint32_t customer, struct held *out, struct arena *a, struct err *err);

#endif
