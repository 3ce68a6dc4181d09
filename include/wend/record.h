/* room: base
 * The eight kinds of record and their fields: the one table that ingest maps to, the
 * store packs, `--where` and `--by` look up, and the virtual table `event` shows.
 */
#ifndef WEND_RECORD_H
#define WEND_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include "civil.h"
#include "money.h"
#include "str.h"

enum kind {
	KIND_CUSTOMERS, KIND_ORDERS, KIND_INTERACTIONS, KIND_FEEDBACK,
	KIND_PAYMENTS, KIND_SPEND, KIND_INVOICES, KIND_SUBSCRIPTIONS,
	KIND_COUNT
};
#define KIND_BIT(k) (1u << (k))
#define KIND_ALL ((1u << KIND_COUNT) - 1)

/* How a field's value is held in an int64 column. */
enum field_type {
	FT_TIME,  /* wtime */
	FT_MONEY, /* minor units of the record's F_CURRENCY */
	FT_INT,
	FT_DEC,   /* fixed point, millionths: quantity, score, hours */
	FT_WORD,  /* code of an interned word (low cardinality: channel, status ...) */
	FT_TEXT,  /* text kept with the record (names, notes, references); column holds a handle */
	FT_CURRENCY
};

/* Field ids are shared by the kinds, so that one name means one thing. Order is part of
 * the store format: append only. */
enum field {
	F_TIME,        /* the record's own time: orders.time, invoices.issued, subscriptions.start, customers.signed_up, spend.date */
	F_ID,          /* natural id as text; empty when the record has none */
	F_AMOUNT, F_CURRENCY, F_CHANNEL, F_CAMPAIGN, F_LOCATION, F_STATUS,
	F_NAME, F_EMAIL, F_PHONE, F_REFERRED_BY, F_SEGMENT, F_COUNTRY,
	F_ACQ_CHANNEL, F_ACQ_CAMPAIGN, F_CANCELLED, F_CANCEL_REASON,
	F_PROMOTION, F_DISCOUNT, F_COST, F_REFUND_OF, F_PROMISED_BY, F_SHIPPED, F_DELIVERED,
	F_TOUCHPOINT, F_DIRECTION, F_CASE, F_AGENT, F_TEAM, F_TOPIC, F_OUTCOME, F_ORIGIN,
	F_FIRST_RESPONSE, F_RESOLVED, F_REOPENED, F_DURATION_S, F_WAIT_S,
	F_EMPLOYEE, F_SCORE, F_SCALE, F_MOOD, F_TEXT, F_ANSWERED,
	F_ORDER, F_INVOICE, F_FEE,
	F_HOURS, F_SESSIONS, F_IMPRESSIONS, F_CLICKS, F_CONVERSIONS, F_VALUE,
	F_DUE, F_PAID,
	F_END, F_PLAN, F_MRR, F_TRIAL_END,
	/* not mapped by hand; filled by presets and by ingest itself */
	F_REFUNDED,    /* money given back, as a column of the sale; dated by F_REFUND_TIME or undated */
	F_REFUND_TIME,
	F_COUNTED,     /* 0 = seen, but not revenue (voided, pending, failed, own purchase); missing = 1 */
	F_DISPUTE,     /* word: lost, won, open */
	F_UPDATED,     /* the record's own "last changed" stamp: decides between versions */
	F_OFFSET_S,    /* seconds east of UTC as written in the file; missing when the file had none */
	F_SESSION,     /* visit or session id */
	/* items: only in the item columns of an order */
	F_PRODUCT, F_CATEGORY, F_QUANTITY, F_ITEM_AMOUNT,
	F_COUNT
};

struct field_def {
	const char *name;       /* canonical name: "amount", "promised_by" */
	enum field_type type;
	uint32_t kinds;         /* KIND_BITs that have it */
	uint32_t required;      /* KIND_BITs that need it */
	bool item;              /* lives in the item columns */
	bool personal;          /* names a person: masked, never interned */
	const char *help;       /* one line, for the page and --explain */
};
extern const struct field_def field_defs[F_COUNT];
extern const char *const kind_names[KIND_COUNT];
/* F_TIME's name as the kind spells it: "issued", "start", "date", "signed_up", "time". */
const char *field_name(enum kind k, enum field f);
bool kind_by_name(struct sv name, enum kind *out);
/* -1 = unknown. Kind-specific spellings (issued, start, date) resolve for that kind. */
int field_by_name(enum kind k, struct sv name);
int field_by_any_name(struct sv name); /* whatever the kind */

/* Spaces of identity keys. Hand-mapped ids share SPACE_HAND; a preset or --id-space puts
 * product ids in a named space ("stripe:"), which is a word. */
enum key_space { SPACE_HAND, SPACE_MAIL, SPACE_TEL, SPACE_PRODUCT, SPACE_VISITOR, SPACE_GUEST };
struct person_key {
	enum key_space space;
	struct sv product;  /* SPACE_PRODUCT, SPACE_VISITOR: the name of the space, e.g. "stripe" */
	struct sv value;    /* mail case-folded, phone in E.164, ids as text */
};

struct item {
	struct sv product, category;
	int64_t quantity;   /* FT_DEC or WEND_NONE */
	int64_t amount;     /* minor units or WEND_NONE */
};
struct attr {
	struct sv name, value;
};
#define REC_KEYS_MAX 6

/* One typed record on its way into the store. Views live until store_add returns. */
struct record {
	enum kind kind;
	struct sv id;                 /* natural key; p == NULL: digest of the content */
	struct sv id_space;           /* product's space of the id ("shopify"); empty = shared */
	uint64_t position;            /* ordinal of the record in its file, from 0 */
	uint64_t line;                /* first physical line */
	uint32_t rows;                /* source rows folded into it (line items); 0 = another record made of the same row counts it */
	struct person_key key[REC_KEYS_MAX];
	int nkeys;                    /* strongest first; 0 = guest (or nobody, for spend) */
	int64_t v[F_COUNT];           /* TIME, MONEY, INT, DEC, CURRENCY; WEND_NONE = missing */
	struct sv s[F_COUNT];         /* WORD and TEXT; p NULL = missing */
	const struct item *item;
	uint32_t nitems;
	const struct attr *attr;
	uint32_t nattrs;
	uint64_t never[2];            /* a hint: fields the caller knows to be missing, bit f & 63 of word f >> 6; 0 = nothing known */
};
void record_clear(struct record *r); /* everything missing */

#endif
