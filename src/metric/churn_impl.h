/* room: metric (internal)
 * churn rate: churnratereport.c is the report, churnrate.c folds, churnratestat.c prints the
 * statistic and reads it, churndefs.c knows the definitions, churntable.c prints
 * periods, churnall.c definitions side by side, churnwho.c the customers behind a row,
 * churnfind.c says it in words.
 */
#ifndef WEND_CHURN_IMPL_H
#define WEND_CHURN_IMPL_H

#include "metric_impl.h"
#include "wend/churn.h"

enum { PERIODS_MAX = 1 << 16, ROLL_DAYS = 30, MONTH_S = 2628000 }; /* a month: 365/12 days */

/* ---- what one customer is to one period ---- */
/* Marks of an end of a stretch. Each definition counts the ends with certain marks, so that
 * ends counted by their marks tell every numerator, and each difference between two. */
enum end_mark {
	END_INSIDE = 1,      /* in the period */
	END_ROLL = 2,        /* in the 30 days up to the period's end */
	END_THERE = 4,       /* the stretch began before the period */
	END_STAYS = 8,       /* a customer again at the period's end */
	END_MONTH = 16,      /* the stretch began in the same calendar month */
	END_LATE = 32,       /* renewed within the dunning time */
	END_MARKS = 64
};
/* Marks of a customer among those of whom the ends are a share. */
enum member_mark { IN_START = 1, IN_ROLL = 2, IN_NEW = 4, IN_MARKS = 8 }; /* at the start; 30 days before the end; new since then */

enum definition { DEF_START, DEF_EXPOSURE, DEF_EVENTS, DEF_STRIPE, DEF_BAREMETRICS, DEF_PROFITWELL, DEF_REVENUECAT, DEF_DAILY, DEFS };
extern const struct definition_text {
	const char *name, *says;
	bool revises;        /* by the vendor's rule a closed period may change */
} definition_texts[DEFS];
bool def_counts_end(enum definition d, unsigned marks);
bool def_counts_member(enum definition d, unsigned marks);
/* "start", "stripe,events", "all". `n` definitions in the order given. */
enum wend_err definitions_parse(enum definition *out, size_t *n, const struct population *p, const char *option, struct err *err);

/* ---- statistic ---- */
struct churn_tally {
	int64_t entered, left;  /* active at the start of this period and not at the one before; the reverse */
	int64_t fresh, back, by_choice, by_payment, in_out, pending, recovered, trial_won, trial_lost;
	int64_t returns;        /* stretches that begin again, but for late renewals */
	int64_t exposure_s;     /* of stretches that begin or end inside, beside what all at the start give */
	int64_t ends[END_MARKS];
	int64_t members[IN_MARKS]; /* but those with IN_START and IN_ROLL alone, who are most */
};
struct churn_day {
	int64_t in, out;
};
struct churn_group {
	char *name;             /* values of --by, apart by \x1f; NULL: no --by */
	size_t len;
	uint64_t hash;
	struct churn_tally *v;  /* by period - base */
	int32_t base;
	size_t n;
	struct churn_day *day;  /* by day - day0 */
	int32_t day0;
	size_t ndays;
};
/* Rows of a batch dated into a period, for those that came late. */
struct late_rows {
	struct ids ids;         /* batch << 32 | period + 2^31 */
	int64_t *n;
	int32_t *batch, *period;
	size_t cap, bcap, pcap;
};
struct churn_acc {
	struct churn_group *g;
	size_t n, cap;
	struct spell_buf spells;
	struct late_rows late;
	int64_t bad, unpaid, trials, trials_lost, ended, records, customers;
	int32_t first;          /* day of the first stretch of all */
};
struct churn_ctx {
	enum period_unit unit;
	struct leaving leaving;
	bool guessed;           /* its window */
	struct cuts by;
	bool trials;            /* lost trials count as churn */
	enum definition def[DEFS];
	size_t ndef;
	const struct population *p;
	bool batches;           /* rows of late batches are told: several batches, and the pass reads which */
	int64_t known_end;      /* instant up to which it is known who is a customer */
	int32_t known_day;      /* its last day */
	struct str said;        /* what leaving means */
	int32_t *number, *first; /* periods of the days from day0 on, first days of the periods from number[0] on (churn_periods) */
	int64_t *begins;        /* and the instants these days begin with */
	int32_t day0, ndays, nperiods;
};

/* One row: a period of a group. */
struct churn_line {
	int32_t period;
	const struct churn_group *g; /* NULL: all together */
	struct churn_tally t;
	int64_t start, end, late;
	double weight, weight2, weight_max; /* daily: sum of L/S, of L/S^2, greatest 1/S */
	double days_mean;       /* daily: customers at the start of a day, on average */
	bool partial;
	bool blind;             /* silence: begins before anybody could have been silent long enough */
};
struct churn_lines {
	struct churn_line *v;
	size_t n, cap;
};
struct churn_rate {
	double num, den, rate;  /* NaN: nobody to be a share of */
	struct interval ci;
};
struct churn_rate rate_of(enum definition d, const struct churn_line *l, const struct churn_ctx *c);
/* Why `d` differs from `base` in this row: "churned +3 joined and left inside; of +80 new". */
void difference_text(struct str *s, enum definition base, enum definition d, const struct churn_line *l, const struct churn_ctx *c);
/* Words for one end or member that the two count differently. */
const char *end_reason(enum definition base, enum definition d, unsigned marks);
const char *member_reason(enum definition base, enum definition d, unsigned marks);

/* ---- the fold, and its parts that others use ---- */
struct churn_result;
enum wend_err churn_count(struct churn_acc *a, struct churn_result *res, struct fold_counts *n, struct churn_ctx *c, struct err *err);
/* A customer's part of the fold, and threads together: for a pass that counts other things, too.
 * churn_batches: whether rows of late batches can be told at all. */
void churn_add(struct churn_acc *a, const struct churn_ctx *c, const struct journey *j, const struct spell_buf *b);
void churn_merge(struct churn_acc *into, struct churn_acc *from); /* releases `from` */
bool churn_batches(struct store *s, enum wend_err *e, struct err *err);
void churn_count_release(struct churn_acc *a, struct churn_result *res);
uint32_t churn_kinds(const struct churn_ctx *c);
/* `guess`: the window may be one that has yet to be confirmed (churn_leaving_guess); c->guessed
 * says that it is. */
enum wend_err churn_settle(struct churn_ctx *c, const struct population *p, const struct churn_options *o, const struct report_options *ro, bool guess, struct arena *a, struct err *err);
void churn_ctx_release(struct churn_ctx *c);
void churn_fields(struct fold *f, const struct churn_ctx *c);
int32_t churn_day_of(const struct journey *j, int64_t at);
unsigned end_marks(const struct churn_ctx *c, const struct spell_buf *b, size_t i, int32_t k);
unsigned member_marks(const struct churn_ctx *c, const struct spell_buf *b, size_t i, int32_t k);
/* The group's name of a stretch in a period, in `out`. */
void churn_group_name(struct str *out, const struct churn_ctx *c, const struct journey *j, const struct spell *s, int32_t k);
static inline int64_t instant_of_day(const struct population *p, int32_t day) { return zone_instant(p->zone, (int64_t)day * 86400, NULL); }
/* A unit of periods, and its calendar as tables: a fold asks for the period of every record. */
void churn_periods(struct churn_ctx *c, enum period_unit u);
static inline int32_t churn_number(const struct churn_ctx *c, int32_t day)
{
	const int64_t i = (int64_t)day - c->day0;
	return i >= 0 && i < c->ndays ? c->number[i] : period_number(c->unit, day);
}
static inline int32_t churn_first(const struct churn_ctx *c, int32_t number)
{
	const int64_t i = c->ndays ? (int64_t)number - c->number[0] : -1;
	return i > 0 && i < c->nperiods ? c->first[i] : period_day(c->unit, number);
}
static inline int64_t churn_begins(const struct churn_ctx *c, int32_t number)
{
	const int64_t i = c->ndays ? (int64_t)number - c->number[0] : -1;
	return i > 0 && i < c->nperiods ? c->begins[i] : instant_of_day(c->p, period_day(c->unit, number));
}
static inline int32_t roll_from(const struct churn_ctx *c, int32_t k) { return churn_first(c, k + 1) - ROLL_DAYS; }
struct churn_tally *churn_period_more(struct churn_group *g, int32_t k);
static inline struct churn_tally *churn_period(struct churn_group *g, int32_t k)
{
	const int64_t i = (int64_t)k - g->base;
	return i >= 0 && i < (int64_t)g->n ? &g->v[i] : churn_period_more(g, k);
}
struct churn_group *churn_group_of(struct churn_acc *a, struct sv name);
struct churn_day *churn_day_in(struct churn_group *g, int32_t day);
void churn_note_rows(struct late_rows *l, int32_t batch, int32_t period, int64_t n);
bool churn_tally_empty(const struct churn_tally *t);
void churn_tally_add(struct churn_tally *a, const struct churn_tally *b);
static inline int64_t churned(const struct churn_line *l) { return l->t.by_choice + l->t.by_payment; }

/* Rows of all groups, and of all together; in order of periods. */
struct churn_result {
	struct churn_lines all, groups;
	bool known;             /* some stretch has an end, or silence would tell it */
	struct line_list late;  /* which batches brought rows dated into periods that were over */
};
enum wend_err churn_result_make(struct churn_result *out, const struct churn_acc *a, const struct churn_ctx *c, struct err *err);
void churn_result_release(struct churn_result *r);
const struct churn_line *churn_line_at(const struct churn_lines *l, int32_t period, const struct churn_group *g);
/* "2026-10" of the row, and the names of its group, into cells. */
void put_period(struct table *t, const struct churn_ctx *c, int32_t period);
/* Rate, lo, hi and the flag that says why they are empty, or may change. */
void put_rate_cells(struct table *t, const struct churn_line *l, const struct churn_rate *v, bool known, bool few);
void put_group(struct table *t, const struct churn_ctx *c, const struct churn_group *g);

/* --stat, and its tables read back (churnratestat.c), which sets what *c counts by and until when,
 * the as-of day, zone and currency of *p and the source of *rev. */
void churn_stat(struct report *r, struct churn_acc *a, const struct churn_ctx *c);
enum wend_err churn_stat_read(struct churn_acc *a, struct churn_ctx *c, struct population *p, struct revenue *rev, const struct table *from, size_t n, struct arena *arena, struct err *err);
enum wend_err churn_table(struct report *r, const struct churn_result *res, const struct churn_acc *a, const struct churn_ctx *c, const struct report_options *ro, struct err *err);
void churn_table_all(struct report *r, const struct churn_result *res, const struct churn_ctx *c);
enum wend_err churn_who(struct report *r, const struct churn_ctx *c, const char *who, struct err *err);
void churn_figure(struct report *r, const struct churn_lines *all, const struct churn_ctx *c);
void churn_find(struct report *r, const struct churn_result *res, const struct churn_acc *a, const struct churn_ctx *c);
void churn_explain(struct report *r, const struct churn_acc *a, const struct churn_ctx *c, const struct churn_lines *all);
/* "4.6 % of customers left in 2026-10 (408 of 8,912; ...), 3.9 % in 2026-09: more than chance.
 * ..." `old` may be NULL. */
void churn_say_rate(struct str *s, const struct churn_line *l, const struct churn_line *old, const struct churn_ctx *c);
/* The newest period within the span that is over; NULL: none. */
const struct churn_line *churn_newest(const struct churn_lines *all, const struct churn_ctx *c);
struct change churn_change(const struct churn_line *l, const struct churn_line *old, const struct churn_ctx *c);

/* ---- who left without a word (churnsilent.c) ---- */
enum silence_state { SILENT, SAID, NOT_COVERED, NO_CHANNEL, SILENCE_STATES };
struct silent_gone {
	uint32_t customer;
	int64_t from, to;        /* the time that was listened to */
	int64_t last_seen;
	int64_t step_at;
	uint32_t step;
	bool any_step, said, ever;
	int64_t year;            /* minor units */
	enum silence_state state;
};
struct silent_acc {
	struct silent_gone *v;
	size_t n, cap;
	struct spell_buf spells;
	struct step_buf steps;
	uint8_t *contact;        /* by word code: names a step that is a word of the customer's */
};
struct silent_ctx {
	const struct population *p;
	struct leaving leaving;
	int64_t from, to, look_back_s;
	const uint8_t *out;      /* by word code: says that the firm began it */
	const uint8_t *in;
	int64_t words, complaint;
	bool deaf;               /* no contacts are read: who left is counted, and in no state but not covered */
};
struct silent_sum {
	int64_t n[SILENCE_STATES], year[SILENCE_STATES]; /* customers; minor units a year with them */
	bool money;             /* year is known: one currency */
	currency cur;
};
/* Of those who leave in [from, to), instants, as part of a pass over all time: context (its
 * words in the arena), fields, each thread's beginning and customers, threads together (releases
 * `from`), and then what can be told of each. Look back: 0 = 90 days. */
void silent_open(struct silent_ctx *c, const struct population *p, const struct leaving *l, int64_t from, int64_t to, int64_t look_back_s, struct arena *a);
void silent_fields(struct fold *f, const struct silent_ctx *c, bool money);
void silent_begin(struct silent_acc *a, const struct silent_ctx *c);
void silent_add(struct silent_acc *a, const struct silent_ctx *c, const struct journey *j, const struct spell_buf *b);
void silent_merge(struct silent_acc *into, struct silent_acc *from, const struct silent_ctx *c);
enum wend_err silent_judge(struct silent_acc *a, const struct silent_ctx *c, const struct step_covers *covers, struct err *err);
struct silent_sum silent_sum_of(const struct silent_acc *a);
void silent_release(struct silent_acc *a);

#endif
