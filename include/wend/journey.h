/* room: journey
 * Who is counted (population), when (as-of, spans, periods, business calendar), and the
 * one pass over all journeys (fold) that every report is written on.
 *
 * A report fills a `struct fold` and calls fold_run: per-thread accumulators see one
 * customer at a time and are merged in a fixed order at the end. Statistics hold
 * integers only, so neither the number of threads nor the order of ingest changes a bit.
 */
#ifndef WEND_JOURNEY_H
#define WEND_JOURNEY_H

#include "civil.h"
#include "err.h"
#include "opt.h"
#include "record.h"
#include "store.h"
#include "table.h"

/* ---- options every report shares ---- */
struct report_options {
	const char *store, *as_of, *since, *until, *during, *versus, *period, *tz, *by, *who, *currency_code, *only, *with, *sort, *unit, *definition, *revenue, *activity, *rates, *sql, *table;
	struct opt_list where, kinds, from;
	int64_t top, threads, seed, min_n;
	bool explain, stat;
};

/* ---- population ---- */
enum { MIN_N = 30 };           /* --min-n where none is given */
enum period_unit { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR };
struct population {
	struct store *store;
	const struct zone *zone;
	int32_t as_of;             /* civil day; this day is seen, nothing after it */
	bool as_of_given;
	enum kind as_of_kind;      /* the kind the default came from */
	int64_t from, to;          /* instants, half-open; INT64_MIN / INT64_MAX when open */
	int32_t since, until;      /* the same as civil days, inclusive; for the finding */
	uint32_t kinds;
	currency cur;              /* 0 = the only one there is */
	const struct filter *event_filter, *customer_filter;
	const struct customer_set *only;
	uint64_t seed;
	int threads;
	int64_t min_n;
	struct arena arena;
	int64_t as_of_end;         /* instant: the first moment after the as-of day */
	int64_t from_local, to_local; /* the span as local seconds, for civil days; INT64_MIN / INT64_MAX when open */
	bool empty;                /* nothing in the store that could date it */
	uint32_t present;          /* KIND_BITs the store holds */
	const struct names *names; /* [names] rules and the words steps are told by */
	char span_text[96];        /* "2026-07-01 to 2026-09-30"; "" when no span was given */
	char as_of_text[16];
};
/* Resolve options against the store. `counts_by` is the kind the report counts by, for the
 * default as-of date; KIND_COUNT = whichever of its kinds goes on longest. Wrong names: WEND_E_USAGE with the list. */
enum wend_err population_init(struct population *p, struct store *s, const struct report_options *o, enum kind counts_by, struct err *err);
void population_release(struct population *p);
/* A copy that sees the store as of another day; for --versus. Nothing to release. */
struct population population_at(const struct population *p, int32_t as_of);
/* Sources of these kinds whose data end a week or more before the as-of day, each as a
 * sentence. */
enum wend_err population_sources(const struct population *p, uint32_t kinds, struct line_list *out, struct err *err);
/* Why a record is not counted, in the order the reasons are tried; SEEN = it is. */
enum seen { SEEN, SEEN_AFTER_AS_OF, SEEN_OUTSIDE_SPAN, SEEN_FILTERED, SEEN_OTHER_KIND, SEEN_OTHER_CURRENCY, SEEN_NOT_ONLY, SEEN_REASONS };
extern const char *const seen_reason[SEEN_REASONS];

/* --where: comma = and, F=a|b, F!=a, F>=x, F= missing; quotes as in CSV. first.F, last.F,
 * any.F make an event field a customer field; a field or attribute of the customers
 * records is one by itself; @NAME is the expression kept as NAME in [segments]. A name
 * of [names] matches what it renames. NULL filters let everything pass. */
struct filter;
enum wend_err filter_parse(struct filter **event, struct filter **customer, const struct opt_list *exprs, const struct population *p, struct arena *a, struct err *err);
bool filter_event(const struct filter *f, const struct rows *r, size_t i);
/* `seen` (may be NULL): records after the as-of date take no part. */
bool filter_customer(const struct filter *f, const struct rows *r, const uint8_t *seen);
/* Fields a filter reads, to be added to the cursor's. */
void filter_fields(const struct filter *f, struct cursor_spec *spec);

/* --by F[,F] in a report on customers: the group a customer is in (records.md 6; cut.c). */
enum { CUTS_MAX = 4 };
struct cut {
	const char *name;          /* as given */
	int subject;               /* enum field; -1: the attribute `attr` */
	int64_t attr;
	uint32_t kinds;            /* dated records that tell it */
	bool reported, last;       /* the customers records tell it; the last record, not the first */
};
struct cuts {
	size_t n;
	struct cut v[CUTS_MAX];
};
/* `by` NULL: none. A name that is no field, or no field of words: WEND_E_USAGE. */
enum wend_err cuts_parse(struct cuts *out, const char *by, const struct population *p, struct arena *a, struct err *err);
/* What cut_of reads, to be added to the fold's. */
struct fold;
void cuts_fields(struct fold *f, const struct cuts *c);
/* The value at an instant (INT64_MAX: the last there is), after [names]; p NULL: not known. The
 * text lasts as long as the journey. *current: as last reported, no date tells since when. */
struct journey;
struct sv cut_of(const struct cut *k, const struct journey *j, int64_t at, bool *current);

/* --only FILE|-: first column `customer`, or one key a line. */
struct customer_set;
enum wend_err customer_set_read(struct customer_set **out, const char *path, struct store *s, struct arena *a, struct err *err);
bool customer_set_has(const struct customer_set *c, uint32_t customer);
/* Keys of the list that no customer carries. */
size_t customer_set_unknown(const struct customer_set *c);

/* ---- periods ---- */
enum wend_err period_parse(enum period_unit *out, const char *text, struct err *err);
int32_t period_start(enum period_unit u, int32_t day);            /* first day of the period the day lies in; weeks: civil_weeks_begin */
int32_t period_next(enum period_unit u, int32_t start);
void period_text(struct str *out, enum period_unit u, int32_t start); /* 2026-10, 2026-W46, 2026-Q3; a week that is not ISO by its first day */
/* The running number of the period that period_text calls so; false: it calls none so. */
bool period_read(enum period_unit u, struct sv text, int32_t *number);
/* Running number of the period a day lies in, and back to its first day. */
int32_t period_number(enum period_unit u, int32_t day);
int32_t period_day(enum period_unit u, int32_t number);

/* ---- business calendar ([calendar "Lisbon"]: monday = 09:00-17:30, holiday = 2026-12-25) ---- */
struct calendar;
enum wend_err calendar_open(struct calendar **out, struct store *s, const char *location, const struct zone *z, struct arena *a, struct err *err);
int64_t calendar_seconds(const struct calendar *c, int64_t from, int64_t to);  /* business seconds between instants */
int64_t calendar_end_of_next_day(const struct calendar *c, int64_t at);        /* instant of the end of the next business day */
bool calendar_open_at(const struct calendar *c, int64_t at);

/* ---- the fold ---- */
struct journey {
	struct rows rows;           /* live records, winning versions; includes records that are not seen */
	const uint8_t *seen;        /* per record, enum seen */
	const int64_t *at;          /* per record: instant in the population's zone (a civil day = its first moment) */
	const int32_t *day;         /* per record: civil day in the zone */
	bool selected;              /* --where on customers and --only hold: count and print; fits use everyone */
	struct zone_cache *zc;      /* this thread's */
	const struct population *pop;
};
struct fold {
	uint32_t kinds;
	struct fields fields;       /* F_TIME is always there */
	bool items, attrs, nobody, batches;
	bool want_at, want_day;     /* fill journey.at, journey.day */
	uint32_t money;             /* KIND_BITs whose amounts are added: currencies are told apart, more than one is WEND_E_USAGE */
	int part, parts;            /* parts > 0: a sample, the customers of share `part` of so many equal shares; kinds do not add up */
	size_t acc_size;            /* bytes of one accumulator, zeroed */
	void (*begin)(void *acc, void *ctx);
	void (*customer)(void *acc, const struct journey *j, void *ctx);
	void (*merge)(void *into, void *from, void *ctx); /* called in thread order; releases `from` */
	void *ctx;
};
struct fold_counts {
	int64_t in_store, by_reason[SEEN_REASONS]; /* source rows; sums to in_store over the kinds of the fold, plus other kinds */
	int64_t customers, selected, guests;
	currency cur;               /* of the amounts; 0 = none named */
};
/* `acc` is the caller's result accumulator of acc_size bytes; after an error too it is the
 * caller's to release. All threads read one snapshot of the store. More than one currency
 * among the amounts of `money`: WEND_E_USAGE with the list. */
enum wend_err fold_run(const struct population *p, const struct fold *f, void *acc, struct fold_counts *counts, struct err *err);
void fold_explain(struct explain *e, const struct fold_counts *c);

/* ---- steps (records.md 4): what a record is on the way ---- */
struct step {
	int64_t at;      /* instant */
	uint32_t name;   /* step code: a word code, or one of the fixed names below with STEP_FIXED */
	uint32_t record : 31; /* index in journey.rows */
	uint32_t day : 1;     /* known to the day only */
};
#define STEP_FIXED 0x80000000u
enum fixed_step {
	STEP_ORDER_PLACED, STEP_ORDER_REFUNDED, STEP_PAYMENT_FAILED, STEP_PAYMENT_DISPUTED,
	STEP_INVOICE_ISSUED, STEP_INVOICE_OVERDUE, STEP_INVOICE_PAID,
	STEP_TRIAL_STARTED, STEP_TRIAL_LOST, STEP_SUB_STARTED, STEP_SUB_CHANGED, STEP_SUB_CANCELLED, STEP_SUB_ENDED,
	STEP_SIGNED_UP, STEP_CANCELLED, STEP_PRAISE, STEP_COMPLAINT, STEP_SCORE,
	/* derived (derived.c): what several records say together */
	STEP_REPLY_LATE, STEP_CONTACT_REPEATED, STEP_CALLS_MANY, STEP_MAILS_MANY, STEP_COMPLAINT_UNSOLVED,
	STEP_DELIVERY_LATE, STEP_PORTAL_DEAD_END, STEP_PRICE_RAISED, STEP_PRICE_LOWERED,
	STEP_FIXED_COUNT, STEP_DERIVED = STEP_REPLY_LATE
};
extern const char *const fixed_step_names[STEP_FIXED_COUNT];
struct step_buf {
	struct step *v;
	size_t n, cap;
};
/* Seen steps of one journey in order of time, ties in file order; [names] rules applied.
 * Needs want_at. */
void steps_of(struct step_buf *out, const struct journey *j);
void step_buf_release(struct step_buf *b);
/* Steps that no record is and several make together, in order of time: derived.c defines each.
 * They are dated when they came to be so, and are not among those of steps_of. */
struct derived;
enum wend_err derived_open(struct derived **out, const struct population *p, struct arena *a, struct err *err);
void derived_of(struct step_buf *out, const struct derived *d, const struct journey *j);
void derived_fields(struct fold *f);
/* When steps are known of, as far as the sources go that tell of them (cover.c): a time without
 * such a step says something only within one of these. Instants, half-open, ascending. */
struct known_span {
	int64_t from, to;
};
struct known_spans {
	const struct known_span *v; /* the same for steps of the same sources */
	size_t n;
};
struct step_covers;
enum wend_err step_covers_run(struct step_covers **out, const struct population *p, struct arena *a, struct err *err);
struct known_spans step_cover(const struct step_covers *c, uint32_t name);
/* All steps there are, ascending by code. */
size_t step_cover_names(const struct step_covers *c, uint32_t **out, struct arena *a);
/* Is [from, to) known whole? */
bool known_whole(struct known_spans k, int64_t from, int64_t to);
/* Seconds between two steps; whole days between two civil days, whatever the clock changes. */
static inline int64_t step_gap_s(const struct step *a, const struct step *b)
{
	int64_t g = b->at - a->at;
	return a->day & b->day ? (g + 43200) / 86400 * 86400 : g;
}
void step_fields(struct fold *f, uint32_t kinds);              /* what steps_of reads */
struct sv step_name(const struct population *p, uint32_t name); /* after [names] rules */
uint32_t step_word(const struct population *p, int64_t word);   /* the code a word of a record has after the rules */
/* [names] pattern = name, for touchpoints, channels, campaigns: word code -> word code. */
enum wend_err names_load(struct population *p, struct err *err);

/* ---- state of a customer: who has left, and when ---- */
enum sub_state { SUB_NONE, SUB_TRIAL, SUB_ACTIVE, SUB_PENDING, SUB_CHURNED_CHOICE, SUB_CHURNED_PAYMENT };
/* How one tells that a customer has left. metric's churn_leaving fills it from the store,
 * the settings and the options; a fold that calls spells_of adds leaving_fields. */
struct revenue;
struct leaving {
	bool contracts;              /* by subscriptions; else by silence after purchases */
	bool one_currency;           /* contracts: those in the population's currency alone */
	int64_t grace_s, dunning_s;  /* contracts */
	int32_t window;              /* silence: days without a purchase after which one has left */
	const struct revenue *revenue; /* silence: which records are purchases */
	int32_t covered;             /* silence: last day the sources of purchases tell of; silence is not known beyond it */
	bool ids;                    /* silence: refunds may name their orders */
};
/* One stretch as a customer: with recurring revenue, all subscriptions together; or, without
 * contracts, from the first purchase until the window after the last one before a longer gap
 * has closed, at the end of the day `last purchase + window`. */
struct spell {
	int64_t from, to;    /* instants; `to` INT64_MAX while open at the as-of date */
	int32_t from_day, to_day; /* their civil days; INT32_MAX while open */
	int64_t last_seen;   /* instant: first moment of the day of the last purchase; the end (contracts), INT64_MAX while open */
	int64_t mrr;         /* contracts: minor units a month at its end */
	bool involuntary;
	bool cancelled_known;/* a cancel click before the end */
	int64_t cancelled_at;
};
struct trial {           /* a trial that is over: lost, or paid from then on */
	int64_t at;
	bool lost;
};
struct day_room;
struct spell_buf {
	struct spell *v;
	size_t n, cap;
	int trials, trials_lost;
	int bad;             /* end < start, end without start: counted and said */
	int unpaid;          /* contracts of no time, or at a price of 0: no stretches, and said */
	const struct trial *trial; /* contracts: of this journey */
	size_t ntrial;
	struct day_room *days; /* silence: this thread's, made at the first need */
	struct paid_buf *paid; /* contracts: the same */
};
/* Stretches of a journey as known at the population's as-of (churn.md 1, rulings); under
 * silence none for a guest. */
void spells_of(struct spell_buf *out, const struct journey *j, const struct leaving *l);
void spell_buf_release(struct spell_buf *b);
void leaving_fields(struct fold *f, const struct leaving *l);

/* ---- recurring money of a customer with contracts (mrr.c) ---- */
struct mrr_step {
	int64_t at;          /* instant */
	int64_t minor;       /* minor units a month from then on, all contracts together, never below 0 */
};
/* A step function: nothing before v[0]; neighbours differ. */
struct mrr_line {
	struct mrr_step *v;
	size_t n, cap;
	int trials, trials_lost, bad, unpaid; /* as spell_buf */
	int unpriced;        /* contracts without a price: in no sum */
	struct mrr_room *room;
};
/* As known at the population's as-of. A pause of no more than `grace_s` is none. */
void mrr_of(struct mrr_line *out, const struct journey *j, int64_t grace_s);
void mrr_line_release(struct mrr_line *m);
void mrr_fields(struct fold *f);

/* ---- money rules: which records are revenue (records.md 1) ---- */
struct revenue {
	enum kind source;          /* orders, payments or invoices */
	bool unmatched;            /* orders+unmatched */
	uint32_t beside;           /* payments, invoices that are matched with the orders */
	uint8_t *counts;           /* by batch number: orders of its source are revenue; NULL = all are */
	int64_t ncounts;
	uint32_t present;          /* kinds with money that are in the store */
	bool chosen;               /* set or given; false = default */
	int64_t until;             /* instant: refunds dated from here on are not known yet */
	int64_t failed, pending, refunded, lost; /* word codes; -1 = no such word */
};
enum wend_err revenue_choose(struct revenue *out, const struct population *p, const char *option, struct err *err);
void revenue_release(struct revenue *r);
/* Net amount of record i when it is counted revenue of the source, refunds in its own
 * columns netted; WEND_NONE when it is none. A refund row has a negative amount. */
int64_t revenue_of(const struct revenue *r, const struct rows *rows, size_t i);
void revenue_fields(struct fold *f, const struct revenue *r);
/* Days that the sources of revenue tell of: *begins is the first of the earliest source,
 * INT32_MAX when there is none; *covered the last before one of them ends for good, the
 * as-of day when none ends a week or more before it. A source ends for good unless another
 * one begins in its last month or later and goes on beyond it. */
enum wend_err revenue_covered(const struct revenue *r, const struct population *p, int32_t *begins, int32_t *covered, struct err *err);
/* An order of a source that was not chosen: a step without money. */
bool revenue_elsewhere(const struct revenue *r, const struct rows *rows, size_t i);

/* Payments and invoices beside the orders, one customer at a time (revenue_match.c). */
struct revenue_match {
	int64_t *amount;           /* per record: net money that no order or subscription tells of; WEND_NONE = none */
	struct match_room *room;   /* of this thread */
	size_t cap;
};
/* Fills m->amount for the records of a journey; false: there is none. Needs want_day. */
bool revenue_match(struct revenue_match *m, const struct revenue *r, const struct journey *j);
void revenue_match_release(struct revenue_match *m);

#endif
