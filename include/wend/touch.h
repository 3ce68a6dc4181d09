/* room: metric
 * wend touchpoints: reports on the steps of the journey, and the journey as text: how a path
 * of steps is spelt in one cell, and read back.
 *
 *     ad > visit > "two > one" > basket
 *
 * Steps stand apart by ` > `. A step that could be taken for something else stands in
 * double quotes, a double quote inside doubled, as in CSV: one that is empty, holds `>` or
 * `"`, begins or ends with a blank or a control character, or reads `(none)`. A path without
 * any step is `(none)`. What path_put wrote path_next reads back exactly, whatever the
 * bytes; paths other programs wrote (`a>b`, `a > b`) are read too.
 */
#ifndef WEND_TOUCH_H
#define WEND_TOUCH_H

#include "journey.h"
#include "str.h"

#define PATH_NONE "(none)"
/* Appends a step; `first` is true for the first one, which nothing stands before. */
void path_put(struct str *out, struct sv step, bool first);
/* The next step of a path into `step` (cleared first); false when there is none left, also
 * for an empty path. `rest` begins as the whole cell. *damaged (may be NULL) is set where a
 * quote is left open or text follows a closed one; the text is taken as it stands. */
bool path_next(struct sv *rest, struct str *step, bool *damaged);

/* What the reports are told; NULL and 0 = as usual. Steps are names as in wend/walk.h. */
struct touch_options {
	/* of every report on walks */
	const char *self_loops; /* keep, drop */
	const char *ties;       /* file, name, either */
	const char *hide;       /* steps dropped before all else */
	const char *told_by;    /* a field: steps are called by its word instead of their own name */
	const char *begin, *end, *through, *gap; /* episodes */
	/* map */
	int64_t min_count;
	const char *cover;
	const char *style;      /* NULL, dot, mermaid */
	int64_t depth;          /* positions of --by position; 0 = 6 */
	/* paths */
	const char *outcome;    /* a step, or none; NULL = the first order, else the first subscription, else none */
	int64_t length;         /* steps a path is told by; 0 = all */
	bool collapse;          /* as --self-loops drop */
	/* funnel */
	const char *steps;      /* A,B,C in order */
	const char *window;     /* from the first step; NULL = 30d, none */
	const char *match;      /* loose (NULL), strict, any */
	const char *start;      /* any (NULL), first, each */
	const char *exclude;    /* steps that end a chain */
	const char *who;        /* 2, NAME, 2:lost, 2:open: customers instead of counts */
	struct opt_list step;   /* 'A>B:7d' */
	/* contacts: repeat, effort, fatigue */
	const char *contacts;   /* steps that are contacts, whoever began them */
	bool next;              /* repeat: what follows what */
	const char *bad;        /* the end the way is held against: such a step; NULL = leaving */
	const char *show;       /* effort: rework (NULL), handoffs, index */
	const char *weights;    /* effort: contacts=1,switches=1 ... */
};
/* Several of paths, map, funnel, repeat, effort, fatigue, satisfaction in one pass: r[i] is
 * filled by name[i]. */
enum { TOUCH_SEVERAL = 8 };
enum wend_err metric_touch_several(const struct population *p, const struct touch_options *o, const struct report_options *ro, const char *const *name, size_t n, struct report *const *r, struct err *err);
/* Stages and what each is measured by, before and after a call, the most common journey. */
enum wend_err metric_touch_summary(const struct population *p, const struct report_options *ro, struct report *r, struct err *err);
enum wend_err metric_touch_list(const struct population *p, const struct report_options *ro, struct report *r, struct err *err);
typedef enum wend_err walk_report_of(const struct population *p, const struct touch_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* Which step follows which. */
walk_report_of metric_touch_map;
/* The ways customers go, the commonest first; with an outcome the ways that lead to it. */
walk_report_of metric_touch_paths;
/* How far customers come through steps in order, where they are lost, what they did instead. */
walk_report_of metric_touch_funnel;
/* Which contacts come again, and what the next one is about. */
walk_report_of metric_touch_repeat;
/* How many contacts of the firm's own are too many. */
walk_report_of metric_touch_fatigue;
/* Rework, handoffs between channels, and what effort tells of leaving. */
walk_report_of metric_touch_effort;
/* Does the score of the journey tell more than those of its touchpoints? */
walk_report_of metric_touch_satisfaction;

#endif
