/* room: model
 * Causes by own control: was a step more frequent just before (or just after) than at other
 * times of the same customers? Every customer is compared with himself, so nothing that stays
 * with him (plan, habits, how much he uses of it all) can look like a cause.
 *
 * Three designs share the estimators:
 *   leaving    the days before a customer left against earlier days of his (own_run), with
 *              stayers watched over the same days for what changes with time, and customers
 *              alike as a second opinion
 *   before and after a step (own_pairs)
 *   days alike of customers with and without a step, for what has no before (own_alike)
 *
 * Statistics are counts that add up; estimates are pure functions of them. Nothing here knows
 * of a store.
 */
#ifndef WEND_OWNCONTROL_H
#define WEND_OWNCONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "num.h"

/* ---- ratios (owncontrol.c) ---- */
enum { OWN_MOST = 5 };        /* comparisons a case has at most */

/* Sets of one case and m comparisons, 1 to OWN_MOST: in b of them only the case was exposed, in
 * c only the comparison. */
struct own_sets {
	int64_t n[OWN_MOST][OWN_MOST + 1][OWN_MOST + 1]; /* [m - 1][b][c] */
};
static inline void own_sets_add(struct own_sets *s, int m, int b, int c) { s->n[m - 1][b][c]++; }
void own_sets_merge(struct own_sets *into, const struct own_sets *from);

struct own_ratio {
	double rr;                /* NaN: nobody differs from himself */
	struct interval ci;
	double log_var, p;
};
/* Of a ratio whose logarithm has this variance; NaN gives NaN. */
struct own_ratio own_ratio_of(double rr, double log_var, double alpha);
/* Mantel-Haenszel over the sets, limits by Robins, Breslow & Greenland. */
struct own_ratio own_sets_ratio(const struct own_sets *s, double alpha);
/* The same ratio; limits from how much the sets themselves vary, for sets in which exposure of
 * the case depends on what it is compared with. */
struct own_ratio own_sets_robust(const struct own_sets *s, double alpha);
/* Of b that differ one way and c the other: (b + 1/2) / (c + 1/2). */
struct own_ratio own_pairs(int64_t b, int64_t c, double alpha);
/* What is left of the one when the other is taken out: quotient, variances added. */
struct own_ratio own_divide(const struct own_ratio *a, const struct own_ratio *by, double alpha);
/* Do they contradict each other: limits that do not overlap, or lie on different sides of 1? */
bool own_disagree(const struct own_ratio *a, const struct own_ratio *b);

/* Days with (1) and without (0) a step in a stratum of days that are alike, and how many of
 * them were followed by an outcome. */
struct own_stratum {
	int64_t days[2], outcomes[2];
};
struct own_alike {
	int64_t days, strata;     /* with the step, that have days without to compare with; their strata */
	int64_t others;           /* the days without in them */
	double after, matched;    /* share with the outcome; of days alike, weighted as the days with the step are */
	double diff;
	struct interval ci;       /* of the difference */
	struct own_ratio odds;    /* Mantel-Haenszel odds ratio */
};
void own_alike(struct own_alike *out, const struct own_stratum *v, size_t n, double alpha);

/* ---- before leaving (ownleave.c) ---- */

/* Times are minutes; a unit is a kind of event, numbered by the caller from 0. */
struct own_event {
	int32_t at;
	uint32_t unit;
};
/* A customer from when he came to when he left or was last known to be there. */
struct own_stretch {
	uint64_t key;             /* random, the same for the same person and seed; differs between stretches */
	uint32_t who;             /* the person, numbered from 0 */
	int32_t from, to;
	bool left;                /* at `to` */
	bool counted;             /* leavers: of those whose number and money are asked for */
	int64_t money;            /* lost with him, any unit; 0 = none known */
	size_t event;             /* his first event in the design; they are in order of time */
	uint32_t events;
};
/* Events of a unit are known of within these; units of one source share a list. */
struct own_known {
	int32_t from, to;
};
struct own_cover {
	const struct own_known *v;
	size_t n;
};
struct own_design {
	const struct own_stretch *v; /* any order */
	size_t n;
	const struct own_event *event;
	const struct own_cover *cover; /* by unit; NULL = all is known */
	size_t units;
};
struct own_span {
	int32_t window, gap;      /* minutes: looked back, and how much of it just before leaving is looked at apart */
	int references;           /* earlier windows, at most OWN_MOST */
	int controls;             /* customers compared with, at most OWN_MOST */
	int64_t cases;            /* leavers who get them, at most */
};
/* 30 days of which the last 3 apart, 3 earlier windows, 5 customers alike for up to 20,000. */
struct own_span own_span_default(void);
/* What was counted of a unit. */
struct own_counts {
	int64_t cases, exposed;   /* leavers with an earlier window; of these, with the unit in the last one */
	int64_t counted;          /* of the exposed, those whose number is asked for */
	int64_t money;            /* of these */
	int64_t signs, signs_of;  /* counted leavers with it in the last days, of those whom its source covers */
	int64_t uncovered;        /* leavers left out: its source does not cover them */
	struct own_sets own, stayers, alike, sign;
	double stayers_log_var;   /* a person is watched for several leavers: by persons */
};
struct own_totals {
	int64_t left, counted;    /* leavers; of those asked for */
	int64_t young;            /* leavers without an earlier window of their own */
	int64_t matched, controls; /* leavers with customers alike; these */
};
/* `out` has room for design->units. */
void own_run(struct own_counts *out, struct own_totals *totals, const struct own_design *d, const struct own_span *s);

/* ---- after the last order (ownorder.c) ---- */

struct own_orders {
	const int32_t *at;        /* times of orders, ascending, of all stretches */
	const size_t *from;       /* stretches + 1 offsets */
	int32_t due;              /* minutes after which a return is overdue for all */
};
/* Customers without a contract: `left` means that nothing was bought any more. `out`: who bought
 * before, against his own earlier orders; `once`: one-time buyers against others' first orders.
 * Each has room for design->units. *base: share of orders that were the last, of out and once. */
void own_orders_run(struct own_counts *out, struct own_counts *once, struct own_totals *totals, double base[2], const struct own_design *d, const struct own_orders *o,
		    const struct own_span *s);

enum own_verdict { OWN_REASON, OWN_KEEPS, OWN_NONE, OWN_SIGN, OWN_FEW };
struct own_finding {
	struct own_ratio rr;      /* own comparison, change with time taken out */
	struct own_ratio own, stayers, alike, sign; /* as they are */
	double q;
	enum own_verdict verdict;
	bool doubtful;            /* customers alike say otherwise */
	double people, money;     /* explained: exposed x (1 - 1 / lower limit); 0 unless a reason */
};
enum { OWN_MIN_EXPOSED = 10 };
/* `base`: by unit, how frequent leaving is among what is compared, where it is not rare: ratios
 * are then of odds, with robust limits, and what is explained is told from the ratio of risks;
 * NULL: it is rare. */
void own_judge(struct own_finding *out, const struct own_counts *c, size_t n, const double *base, double alpha);
/* Ratio of risks of an odds ratio (Zhang & Yu 1998). */
static inline double own_risk_ratio(double odds_ratio, double base) { return odds_ratio / (1 - base + base * odds_ratio); }

#endif
