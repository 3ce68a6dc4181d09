/* room: metric (internal)
 * The summary of touchpoints: stages.c counts them, touchsummary.c tells of them.
 */
#ifndef WEND_STAGES_IMPL_H
#define WEND_STAGES_IMPL_H

#include "fate_impl.h"

/* In the order of a journey (records.md 9). NONE: no stage, as mails the firm sends. */
enum stage { STAGE_DISCOVER, STAGE_BUY, STAGE_RECEIVE, STAGE_USE, STAGE_PAY, STAGE_GET_HELP, STAGE_COME_BACK, STAGE_LEAVE, STAGES, STAGE_NONE = STAGES };
extern const char *const stage_name[STAGES];
/* What a stage is measured by: the share of n that is good (for leave: that left). */
extern const char *const stage_measure[STAGES], *const stage_words[STAGES], *const stage_definition[STAGES];

struct stage_count {
	int64_t customers;         /* with a step of this stage */
	int64_t n, good;           /* its measure */
	int64_t left;              /* who left in the month and were last seen here */
	uint32_t last;
};
enum { MONTHS = 2 };           /* the last whole month or the span, and the one before */
struct stages_acc {
	struct stage_count v[MONTHS][STAGES];
	int64_t watched7, again7, watched90, left90; /* contacts of the year */
	int64_t contacts, with_customer; /* contacts seen; here always customers */
	struct ids contact_ids;    /* step codes that are contacts */
	uint32_t *contact;
	size_t ncontact, contact_cap;
	uint32_t serial;
	struct stretches s;
};
struct stages_ctx {
	const struct population *p;
	const struct step_set *set[STAGES]; /* [stages] of the settings; NULL = by kinds */
	struct contacts in, out;
	struct fates fates;
	bool leaving;              /* fates.ready */
	int64_t from[MONTHS], to[MONTHS]; /* instants; [0] is the last whole month, or the span asked for */
	struct str name[MONTHS];   /* "2026-10", "2026-11-09 to 2026-11-15" */
	bool spanned;
	int64_t until, contact_until, year;
	int64_t paid, failed;      /* word codes */
};
enum wend_err stages_open(struct stages_ctx *c, const struct population *p, const struct report_options *ro, struct fold *also, struct err *err);
void stages_close(struct stages_ctx *c);
struct walk_part stages_part(struct stages_acc *a, struct stages_ctx *c);
void stages_release(struct stages_acc *a);

#endif
