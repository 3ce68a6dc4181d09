/* room: metric
 * One file per report family. Each report takes a population and returns a struct report.
 */
#ifndef WEND_METRIC_H
#define WEND_METRIC_H

#include "journey.h"
#include "table.h"

/* Recency, frequency, money a customer: x, t_x, T, m as the purchase models read them,
 * with scores and groups. The unit is report_options.unit, a week when it is NULL. */
enum wend_err metric_rfm(const struct population *p, const struct report_options *ro, struct report *r, struct err *err);
/* The same from tables of text cells: summaries (x,t_x,T[,m,weight][,customer]) or what
 * --stat printed; several add up. */
enum wend_err metric_rfm_from(struct table *from, size_t n, const struct report_options *ro, struct report *r, struct err *err);
/* Models of lifetime value. */
struct ltv_options {
	const char *model;      /* auto, bgnbd, mbgnbd, pnbd, mbgcnbd; NULL = auto */
	const char *spend;      /* repeat, all; NULL = repeat */
	const char *horizon;    /* 12month, inf, 12month..36month; NULL = 12 months and for life */
	const char *split;      /* the day before the period that is held out */
	double margin;          /* NaN: as set in the store */
	double discount;        /* a year, effective; NaN = 0.10 */
	int64_t bootstrap;      /* replicates; 0 = none */
	int64_t seed;
	const char *compat;     /* lifetimes, clvtools: their terms of value; NULL = ours */
	const char *picture;    /* of ltv validate: tracking (NULL), cumulative, frequency, expectation, recency, calibration, spend */
	bool draw;              /* a picture is asked for: what only it needs is computed, too */
	const struct table *start; /* what ltv model printed on another day: fits begin there; NULL = from the data */
	const char *start_name; /* the file of it, for messages */
};
/* Parameters of all models, or of the one asked for, with how well each forecast. */
enum wend_err metric_ltv_model(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
enum wend_err metric_ltv_model_from(struct table *from, size_t n, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* --sql: the query a data warehouse is to run over its own orders; its answer as CSV is what
 * the *_from functions read. Nothing is run here. ro->sql is the dialect. */
struct ltv_mapping {
	struct sv field, column; /* "customer" = "user_id"; "amount.unit" = "minor" */
};
struct ltv_source {
	const char *table;       /* NULL = orders */
	const struct ltv_mapping *map;
	size_t n;
	bool customers;          /* a row a customer, with his name, for rfm; else what models need */
};
enum wend_err metric_ltv_sql(const struct ltv_source *source, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* What the models fitted before a split said of the time after it, against what came. */
enum wend_err metric_ltv_validate(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* One row a customer: chance to be still buying, purchases and value ahead. */
enum wend_err metric_ltv_customers(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* One row a customer: when he will buy again, and whether he is overdue. */
enum wend_err metric_ltv_next(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* What customers brought and what is still to come; history only where no model fits. */
enum wend_err metric_ltv_summary(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* Customers by the period of their first purchase, and what they brought by age: cells of
 * cohort and age. `from`: what --stat printed, several add up. */
enum wend_err metric_ltv_cohorts(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
enum wend_err metric_ltv_cohorts_from(const struct table *from, size_t n, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* One row a customer whom others name as the one who referred them. */
enum wend_err metric_ltv_referrals(const struct population *p, const struct report_options *ro, struct report *r, struct err *err);
/* What people begin with and whether they buy it again, something else or nothing; what a
 * discount changes. report_options.by: product (NULL) or category. */
struct product_options {
	const char *within;     /* 90day, 13week, 3month; NULL = 90 days */
};
enum wend_err metric_ltv_products(const struct population *p, const struct ltv_options *lo, const struct product_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* Adds what 'store check' should tell of money: payments and invoices no order tells of. */
enum wend_err metric_unmatched_check(struct store *s, const struct report_options *ro, struct report *r, struct err *err);
/* One customer's records line by line; `key` is any key of the customer. Unknown: WEND_E_USAGE. */
enum wend_err metric_customer_log(const struct population *p, const char *key, struct report *r, struct err *err);
/* Customers with `text` in a name, e-mail, phone or any key. */
enum wend_err metric_customer_find(const struct population *p, const char *text, struct report *r, struct err *err);
/* All records with pseudonyms for people; the rows are made while they are written. */
enum wend_err metric_mask_store(const struct population *p, struct report *r, struct err *err);
/* A table of text cells with pseudonyms for people. */
struct mask_request {
	const char *keep, *drop; /* columns, apart by commas: as they are; left out. NULL = none */
};
enum wend_err metric_mask_table(struct store *s, const struct table *in, const struct mask_request *q, struct report *r, struct err *err);
/* Everything the store holds of the person, all versions of all records: as a JSON document
 * (r->own), else as a table with a row for each value. */
enum wend_err metric_customer_export(const struct population *p, const char *key, bool document, struct report *r, struct err *err);

#endif
