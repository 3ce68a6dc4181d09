/* room: metric (internal)
 * churn risk: riskrow.c says what is known of a customer at a day, riskfit.c learns from earlier
 * days what came after them, risk.c applies it, risktable.c prints.
 */
#ifndef WEND_RISK_IMPL_H
#define WEND_RISK_IMPL_H

#include "metric_impl.h"
#include "wend/churn.h"
#include "wend/purchases.h"
#include "wend/regress.h"

enum risk_number {
	RISK_SILENT, RISK_ORDERS, RISK_RECENT, RISK_GAP, RISK_SPENT, RISK_REFUNDS, RISK_TENURE, RISK_MRR, RISK_CANCELLED,
	RISK_CONTACTS, RISK_SINCE_CONTACT, RISK_COMPLAINT, RISK_FAILED, RISK_OVERDUE, RISK_LATE, RISK_NUMBERS
};
enum { RISK_WORDS = 8, RISK_COLUMNS = RISK_NUMBERS + RISK_WORDS, RISK_WHYS = 3, RISK_LANDMARKS = 8 };
/* Columns that tell of the same side of a customer: a reason is the sum over its side. */
enum risk_side { SIDE_BUYING, SIDE_MONEY, SIDE_TIME, SIDE_PRICE, SIDE_CANCELLED, SIDE_CONTACT, SIDE_COMPLAINT, SIDE_FAILED, SIDE_OVERDUE, SIDE_LATE, SIDE_REFUND, SIDE_WORDS };

struct risk_row {
	double x[RISK_NUMBERS];   /* money in minor units */
	int64_t word[RISK_WORDS]; /* codes; WEND_NONE = not known */
	uint64_t key;             /* of the person: random, by the printed name and the seed */
	uint32_t customer;
	uint8_t landmark, y;
};

/* What all rows of a run have in common. */
struct risk_plan {
	const struct population *p;
	struct leaving leaving;
	bool borrowed;            /* it is somebody else's */
	struct revenue *rev;      /* NULL: nothing is sold in the store */
	bool own_rev;
	struct str said;          /* how one tells that a customer has left */
	int32_t horizon;          /* days */
	int32_t landmark[RISK_LANDMARKS];
	int landmarks;            /* the newest first */
	int32_t since[KIND_COUNT], until[KIND_COUNT]; /* days its sources tell of; INT32_MAX, INT32_MIN: none */
	enum field word[RISK_WORDS];
	bool word_of_contract[RISK_WORDS];
	int words;
	uint8_t used[RISK_NUMBERS]; /* the store can tell of it */
	uint64_t seed;
	bool directions, promises;
	bool now;                 /* a look keeps rows of the as-of day, too */
};

/* A thread's room. */
struct risk_room {
	struct day_room days;
	struct spell_buf spells;
	struct step_buf steps;
	bool bought;              /* the journey has purchase days */
};

/* `l`: how one leaves, where that is settled already; it outlives the plan. NULL: as `o` says. */
enum wend_err risk_plan_make(struct risk_plan *k, const struct population *p, const struct churn_options *o, const struct risk_options *ro_risk, const struct report_options *ro, const struct leaving *l, struct err *err);
void risk_plan_release(struct risk_plan *k);
void risk_fields(struct fold *f, const struct risk_plan *k);
/* Reads a journey; then any number of days of it. */
void risk_read(struct risk_room *w, const struct risk_plan *k, const struct journey *j);
/* The first moment of a day; the moment a promise is due: its own, or the end of its day. */
int64_t risk_instant(const struct population *p, int32_t day);
int64_t risk_due(const struct population *p, int64_t promised);
/* What was known at the end of a day; false: no customer then. `lost`: silent beyond the window. */
bool risk_at(struct risk_row *out, const struct risk_room *w, const struct risk_plan *k, const struct journey *j, int32_t day, bool *lost);
/* Did he leave within the horizon after that day? */
bool risk_left(const struct risk_room *w, const struct risk_plan *k, const struct journey *j, int32_t day);
void risk_room_merge(struct risk_room *into, struct risk_room *from); /* the facts; releases `from` */
void risk_room_release(struct risk_room *w);

/* ---- learning ---- */
struct risk_model {
	const struct risk_plan *k;
	struct additive *curves;  /* NULL: nobody left, or nobody stayed */
	struct chances *chances;  /* with --model auto or boost; it holds the curves then */
	size_t n, people;         /* rows, customers */
	int64_t events;
	struct judged back;       /* backtest */
	bool held_out;            /* the backtest is of rows held out, for want of an earlier day */
	int32_t back_day;
	struct judged_part part[10];
	size_t parts;
	/* columns of the model: numbers that are used, then words */
	size_t p;
	int column[RISK_COLUMNS]; /* risk_number, or RISK_NUMBERS + word */
	struct regressor v[RISK_COLUMNS];
	struct sv *level[RISK_WORDS];
	size_t levels[RISK_WORDS];
	const char **name[RISK_WORDS];
	struct arena arena;
};
/* Rows of the customers with the smallest hashes of their names, whole customers, some ten
 * thousands at the most, once settled in the order of persons. */
struct risk_sample {
	struct risk_row *v;
	size_t n, cap;
	bool full;                /* persons behind `last` are not needed any more */
	uint64_t last;
};
/* What a thread keeps: of the landmarks, of everyone; and, where asked for, of the as-of day, of
 * those counted who could still leave. */
struct risk_look {
	struct risk_room room;
	struct risk_sample past, now;
};
void risk_look_add(struct risk_look *a, const struct risk_plan *k, const struct journey *j);
void risk_look_merge(struct risk_look *into, struct risk_look *from); /* releases `from` */
void risk_look_settle(struct risk_look *a);
void risk_look_release(struct risk_look *a);
/* Rows of all landmarks, in the order of persons, at most some ten thousands; the caller frees. */
enum wend_err risk_gather(struct risk_row **v, size_t *n, const struct risk_plan *k, struct err *err);
/* The columns that these rows have; m holds the plan. */
void risk_columns(struct risk_model *m, const struct risk_row *v, size_t n);
/* Rows as columns. The regressors stay in m. */
struct risk_frame {
	struct regress_data d;
	double *x;
	int32_t *code;
	uint8_t *y, *use;         /* use: not of the newest landmark */
	uint64_t *key;
};
struct risk_frame risk_frame_of(struct risk_model *m, const struct risk_row *v, size_t n);
void risk_frame_release(struct risk_frame *f);
/* From rows that are settled. */
void risk_learn_from(struct risk_model *m, const struct risk_plan *k, const struct risk_options *o, const struct risk_row *v, size_t n);
enum wend_err risk_learn(struct risk_model *m, const struct risk_plan *k, const struct risk_options *o, struct err *err);
void risk_model_release(struct risk_model *m);
/* A row on its own, as the model reads it. */
struct risk_one {
	double x[RISK_NUMBERS];
	int32_t code[RISK_WORDS];
	uint64_t key;
	struct regressor v[RISK_COLUMNS];
	struct regress_data d;
};
void risk_one(struct risk_one *out, const struct risk_model *m, const struct risk_row *r);
double risk_chance(const struct risk_model *m, const struct risk_one *one, double *part, struct interval *ci);

/* ---- the list (risk.c), and its rows and words (risktable.c) ---- */
struct risk_why {
	float points;
	int16_t column;           /* of the model; -1: none */
};
struct risk_hit {
	uint32_t customer;
	float p, lo, hi;
	double mrr;               /* minor units; NaN = not known */
	struct risk_why why[RISK_WHYS];
	float value[RISK_WHYS];   /* of the columns of the reasons: the number, or its code */
	int32_t last_contact;     /* days; -1 = none */
	int32_t contacts, owed;
};
struct risk_list {
	struct risk_plan k;
	struct risk_model m;
	const struct risk_options *o;
	struct risk_hit *v;
	size_t n, at;
	uint32_t *order;
	double *value;            /* by hit: at risk, major units; NaN = not known */
	double keep;              /* share held back; 0 = none */
	int64_t lost;
	double expected, total;
	struct interval ci;
	struct str text;
	currency cur;
	bool margin;              /* set; else it is revenue */
	const struct store *store; /* outlives the population, of which the rows know nothing */
	bool in_touch;            /* contacts are in the store */
};
double risk_minor(currency c);    /* minor units in one of the currency */
void risk_columns_of(struct table *t, const struct risk_list *l);
/* The rows of the table, out of the list, which becomes the table's. */
void risk_rows(struct table *t, struct risk_list *l);
void risk_say(struct report *r, const struct risk_list *l);
void risk_list_free(struct risk_list *l);

#endif
