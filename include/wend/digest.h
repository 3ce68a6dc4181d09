/* room: metric
 * The report by mail: what moved beyond chance over all figures of all summaries together,
 * what did not, what is to do, whether the data are complete.
 */
#ifndef WEND_DIGEST_H
#define WEND_DIGEST_H

#include "journey.h"
#include "letter.h"
#include "table.h"

/* Rows of one summary (section, measure, group, value, lo, hi, n, unit, before, diff ...). */
struct digest_input {
	const char *report;        /* that has them: "wend ltv" */
	const char *command;       /* that prints them just so */
	const char *against;       /* what `before` is: "week before" */
	const struct table *rows;
	bool repeated;             /* the same figures as an input before, against something else */
	bool ahead;                /* of everyone known: only what is still to come counts */
};
struct digest_job {
	const struct population *p;
	const struct digest_input *in;
	size_t n;
	const char *span;          /* "week 46", "2026-11-09 to 2026-11-15" */
	const char *spelt;         /* the span as options: "--during 2026-W46" */
	const char *money;         /* options a command needs for the same money: "", " --currency EUR" */
	int32_t first, last;       /* its days */
	int64_t now;               /* instant: for data that are late */
	const char *company, *owner; /* NULL = not set; whom to ask about the report */
	const struct table *channels; /* of wend channels, and the command that prints it; NULL = none */
	const char *channels_command;
};
/* The letter. Its subject is the change that is surest, or that there is none, or that no data
 * came. Groups of fewer than five people are left out. *changed: figures that moved. */
enum wend_err digest_build(struct letter *out, const struct digest_job *job, int *changed, struct err *err);
/* A letter in its place when the report could not be made. */
void digest_failed(struct letter *out, const char *why);

#endif
