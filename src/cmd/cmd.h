/* room: cmd (internal)
 * Commands and reports as tables. One row of a table yields parsing, help, SYNOPSIS,
 * completion, the store it needs and what happens after it ran.
 *
 * To add a report: write a function that fills a `struct report`, and add a row to the
 * table of its command in cmd_NAME.c:
 *
 *     static enum wend_err rate(const struct population *p, struct run *run, struct report *r, struct err *err)
 *     {
 *         return metric_churn_rate(p, &churn, &run->ro, r, err);
 *     }
 *     static const struct entry entries[] = {
 *         { .name = "rate", .help = "customers who left, by period", .need = NEED_SOURCE,
 *           .takes = TAKE_POPULATION | TAKE_PERIOD | TAKE_BY | TAKE_PLOT, .own = churn_opts, .people = by_contracts, .on = rate },
 *         { 0 }
 *     };
 *     const struct command cmd_churn = { "churn", "who leaves, and when", entries };
 *
 * To add a command: declare its `struct command` at the end of this file and name it in
 * commands.c. What is in no table does not exist: not in help, pages or completion.
 *
 * A run function never prints a table and never exits. Sorting, --top, --with, --fail-if,
 * --explain, formats, plots and the exit status are done for it (common.c).
 */
#ifndef WEND_CMD_H
#define WEND_CMD_H

#include "wend/cases.h"
#include "wend/ingest.h"
#include "wend/journey.h"
#include "wend/mem.h"
#include "wend/opt.h"
#include "wend/out.h"
#include "wend/par.h"
#include "wend/store.h"
#include "wend/table.h"

enum need {
	NEED_NONE,   /* no store */
	NEED_MAYBE,  /* NEED_READ where there is a store, else none */
	NEED_READ,   /* an existing store, read-only */
	NEED_WRITE,  /* a store, made when missing */
	NEED_CHANGE, /* an existing store, to be written */
	NEED_SOURCE  /* NEED_READ, or export files as operands: read into a store in memory */
};

/* Shared options a report understands; only these are parsed and listed for it. Every
 * report has -h, --version, -q, -v, -o, -f, --no-header, --raw, --color; every need but
 * NEED_NONE has -s. */
#define TAKE_AS_OF      (1u << 0)
#define TAKE_SPAN       (1u << 1)  /* --since --until --during */
#define TAKE_TZ         (1u << 2)
#define TAKE_WHERE      (1u << 3)
#define TAKE_ONLY       (1u << 4)
#define TAKE_KINDS      (1u << 5)
#define TAKE_EXPLAIN    (1u << 6)
#define TAKE_THREADS    (1u << 7)
#define TAKE_PERIOD     (1u << 8)
#define TAKE_BY         (1u << 9)
#define TAKE_VERSUS     (1u << 10)
#define TAKE_FROM       (1u << 11)
#define TAKE_STAT       (1u << 12)
#define TAKE_WITH       (1u << 13) /* rows are customers */
#define TAKE_CURRENCY   (1u << 14)
#define TAKE_REVENUE    (1u << 15)
#define TAKE_UNIT       (1u << 16)
#define TAKE_DEFINITION (1u << 17)
#define TAKE_MIN_N      (1u << 18)
#define TAKE_PLOT       (1u << 19) /* --plot --plot-kind */
#define TAKE_ROWS       (1u << 20) /* --sort --top --fail-if */
#define TAKE_DRY_RUN    (1u << 21)
#define TAKE_SQL        (1u << 22) /* --sql --table: a query instead of a run */
#define TAKE_STREAM     (1u << 23) /* with TAKE_FROM: the report reads the tables itself, run->from stays empty */
#define TAKE_WHO        (1u << 24) /* --who ROW: the customers behind it */
#define TAKE_POPULATION (TAKE_AS_OF | TAKE_SPAN | TAKE_TZ | TAKE_WHERE | TAKE_ONLY | TAKE_KINDS | TAKE_EXPLAIN | TAKE_THREADS | TAKE_ROWS)
#define TAKE_MONEY      (TAKE_CURRENCY | TAKE_REVENUE)

struct command;
struct entry;

/* One invocation. */
struct run {
	const struct command *cmd;
	const struct entry *entry;
	struct report_options ro;
	struct out_options oo;
	struct ingest_options io;   /* NEED_SOURCE with files; otherwise untouched */
	struct operands args;       /* operands behind the report's name; consumed when they were files */
	struct store *store;        /* NULL for NEED_NONE, and with --from */
	struct table *from;         /* --from: tables of text cells, read before the report runs */
	size_t nfrom;
	struct err reading;         /* what stopped the reading of a --from that comes piece by piece */
	const char *style;          /* the entry's own format when --format names one, else NULL */
	const char *fail_if;
	const char *format, *color, *completions;
	struct {
		const char *store, *format, *color;
	} taste;                    /* $XDG_CONFIG_HOME/wend/config; NULL = not said */
	bool named;                 /* the report stood on the command line */
	const char *reports;        /* A,B,C: several reports; else NULL */
	bool quiet, verbose, dry_run, help, version;
	enum wend_err status;       /* raise with run_raise: the exit status after the table was written */
	struct arena arena;
};

typedef enum wend_err run_fn(struct run *run, struct report *r, struct err *err);
/* Who is counted, as of which day: population_init with the run's choices. */
typedef enum wend_err people_fn(struct population *p, struct run *run, struct err *err);
/* A report on them; `p` is made before it and released behind it. */
typedef enum wend_err on_fn(const struct population *p, struct run *run, struct report *r, struct err *err);

struct entry {
	const char *name;       /* "rate"; "" when the command has no reports; NULL ends the table */
	const char *help;       /* one line */
	enum need need;
	uint32_t takes;
	const struct opt *own;  /* its own options, NULL-named last row; NULL = none */
	const struct opt *(*own_of)(struct run *run); /* for tables that are made at run time; may be NULL */
	const char *operands;   /* "CUSTOMER", "[NAME [VALUE]]"; NULL = none (NEED_SOURCE: "[FILE...]") */
	size_t args_min, args_max; /* operands; args_max SIZE_MAX = any number */
	bool pieces;            /* tables of --from come piece by piece (table_more), not whole */
	const char *formats;    /* own formats besides the shared ones: "dot|mermaid"; "=mail|text": only these */
	people_fn *people;      /* with `on`: by_orders, by_contracts, by_steps or the command's own */
	on_fn *on;              /* the report on customers of a store */
	run_fn *run;            /* any other report; with `on`: what tables of --from, and --sql, are for */
	run_fn *failed;         /* makes what is written when the run failed, err says why; NULL = nothing is */
};

struct command {
	const char *name;
	const char *help;            /* one line */
	const struct entry *entries; /* the first is what the command does without a report */
};

/* Every command there is, NULL-terminated (commands.c). */
extern const struct command *const commands[];
const struct command *command_find(const char *name);
const struct entry *entry_find(const struct command *c, const char *name);
/* What A,B,C of a command's reports do together; NULL = nothing. */
const struct entry *entry_several(const struct command *c);

/* ---- what a report may use ---- */
people_fn by_orders, by_contracts; /* as of the last order, the last word of subscriptions */
people_fn by_steps;                /* as of the kind that goes on longest */
/* What is done for an entry's `on`, for one that looks at its options first. */
enum wend_err run_on(struct run *run, people_fn *people, on_fn *on, struct report *r, struct err *err);
/* A message on standard error, "wend churn: ..."; notes are dropped by --quiet. */
void run_note(const struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void run_warn(const struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Remember an exit status for the end; the graver one stays (4, 3, 5, 1). */
void run_raise(struct run *run, enum wend_err status);

/* ---- inside the room ---- */
/* Reports of touchpoints that share a pass, one file each in --output (several.c). */
struct touch_options;
enum wend_err run_several(const struct population *p, struct run *run, const struct touch_options *o, struct report *r, struct err *err);
/* The whole program; returns the exit status. */
int cmd_main(int argc, char **argv);
/* Options of one entry in the order of help (options.c). Values point into `run`. */
const struct opt *const *run_options(struct run *run);
/* Settings first found wins: option, WEND_*, configuration file, built-in. */
enum wend_err run_settings(struct run *run, struct err *err);
/* Read every --from FILE into run->from (from.c). */
enum wend_err run_from(struct run *run, struct err *err);
void run_from_release(struct run *run);
enum wend_err run_read_table(struct table *t, const char *path, struct err *err);
/* JSON and JSON lines as a table of text cells (fromjson.c). */
bool looks_like_json(struct sv bytes);
enum wend_err read_json_table(struct table *t, const char *path, struct sv bytes, struct err *err);
/* The files of --from as cases, a row at a time (TAKE_STREAM). */
enum wend_err run_read_cases(struct cases *out, const struct opt_list *from, const struct cases_spec *spec, struct err *err);
/* The entry's report: on the customers of the store, or of what --from and --sql name. */
enum wend_err entry_report(struct run *run, struct report *r, struct err *err);
/* Open the store, read files given as operands, run, write, finish. Returns the exit status. */
enum wend_err run_entry(struct run *run, struct err *err);
/* --with, --sort, --fail-if, --top on a finished report (after.c). */
enum wend_err after_report(struct run *run, struct report *r, struct err *err);

/* ---- reports with a file of their own ---- */
run_fn attribution_from;
on_fn attribution_on;
extern const struct opt attribution_opts[];

/* Text of -h and SYNOPSIS (help.c). */
void help_synopsis(struct str *out, const struct command *c, const struct entry *e);
void help_command(struct str *out, struct run *run);
void help_entry(struct str *out, struct run *run);
void help_program(struct str *out, struct run *run);
/* A bash completion made from the tables (complete.c). */
void completions_bash(struct str *out);
/* The same for zsh and fish (completemore.c). */
void completions_more(struct str *out, const char *shell);

/* `wend` alone: which questions the store can answer (cmd_overview.c). */
extern const struct command cmd_overview;
extern const struct entry touchpoints_together;

extern const struct command cmd_channels, cmd_digest, cmd_ingest, cmd_churn, cmd_ltv, cmd_touchpoints, cmd_customer, cmd_store, cmd_plot, cmd_simulate;

#endif
