/* room: simulate
 * A company that does not exist: the exports of its products, as they would write them,
 * and the truth about it. What is planted (how often people buy, what makes them leave or
 * call, which rows are damaged) is written down in truth.csv, so that every report can be
 * held against it.
 *
 *     struct simulate_options o = { .company = "shop", .customers = 1000, .dir = "teashop" };
 *     if (simulate_write(&o, &report, err))
 *         ...
 *
 * The folder appears whole or not at all. Equal options give equal bytes, whatever the
 * number of threads, the locale or the clock.
 */
#ifndef WEND_SIMULATE_H
#define WEND_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>
#include "err.h"
#include "opt.h"
#include "table.h"

struct simulate_options {
	const char *company;       /* shop, saas, hotel; NULL = shop */
	int64_t customers;         /* 0 = 1000, or what `orders` needs */
	int64_t orders;            /* so many orders at least; 0 = as it comes */
	int64_t days;              /* length of the time told of; 0 = since..until */
	const char *since, *until; /* dates; NULL = two years to 2026-10-31 */
	struct opt_list set;       /* NAME=VALUE[,NAME=VALUE] */
	const char *without;       /* traps, effects, both; NULL = neither left out */
	const char *dir;
	bool replace;              /* an earlier simulation in `dir` may go */
	int64_t seed;
	int64_t threads;           /* 0 = one a processor */
	const char *version;       /* of the program, for truth.csv; may be NULL */
};

/* Write the folder; `r` gets one row a file. Wrong names and values: WEND_E_USAGE; a
 * folder that cannot be written, or holds something else: WEND_E_STORE. */
enum wend_err simulate_write(const struct simulate_options *o, struct report *r, struct err *err);
/* Names that --set takes, with their values for a company, and what they mean. */
enum wend_err simulate_parameters(const struct simulate_options *o, struct report *r, struct err *err);
/* Names that stand in truth.csv, and what they mean. */
enum wend_err simulate_names(struct report *r, struct err *err);

#endif
