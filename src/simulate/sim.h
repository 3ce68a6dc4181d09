/* room: simulate (internal)
 * The plan of a simulation, in two stages.
 *
 *   live    every customer by itself, on any thread: purchases, causes, leaving. What
 *           happens is noted as events of 20 bytes (who, when, what), spilled to a scratch
 *           file by export and stretch of time. Numbers that the truth tells are counted.
 *   write   every file by itself, on any thread: its events are read back, sorted by
 *           time, and written as the product writes them. The content of a row (names,
 *           items, money) is drawn again from (seed, customer, subject), so that it need
 *           not be carried.
 *
 * Memory is that of one month of events a thread. Times are seconds since the first
 * moment of the simulation.
 */
#ifndef WEND_SIM_H
#define WEND_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simparam.h"
#include "simrng.h"
#include "wend/civil.h"
#include "wend/err.h"
#include "wend/str.h"

enum company { SHOP, SAAS, HOTEL };
extern const char *const company_names[3];

/* Subjects of chance: the third key of a stream. */
enum {
	S_PERSON = 1, S_LIFE, S_MONEY, S_FAMILY, S_SPEND, S_DAMAGE, S_VISITS, S_ACTIVITY,
	S_ORDER = 1 << 20, S_TICKET = 2 << 20, S_CALL = 3 << 20, S_SURVEY = 4 << 20, S_PAY = 5 << 20, S_GUEST = 6 << 20, S_ROW = 7 << 20
};

/* What makes people leave or call, and what only looks as if it did. */
enum cause {
	C_LATE, C_PAYFAIL, C_COMPLAINT, C_LOGIN, C_FATIGUE, /* the first five change leaving */
	C_INVOICE_ERROR, C_TICKET, C_MAIL, C_SURVEY, C_CANCEL_PAGE, C_SUPPORT_MAIL,
	C_COUNT, C_LEAVING = C_INVOICE_ERROR
};
struct cause_def {
	const char *name, *touchpoint;
	int rate, leave, days, contact; /* parameters; -1 = none */
	const char *what;
};
extern const struct cause_def cause_defs[C_COUNT];

/* Exports. Their names, products and forms are in the table of each company. */
enum family {
	F_ORDERS, F_TILL_SALES, F_CARD, F_PAYPAL, F_HELP, F_CALLS, F_SITE, F_MAILINGS, F_CRM,
	F_SURVEY, F_BILLS, F_CONTRACTS, F_SPEND_A, F_SPEND_B, F_COUNT_ALL
};

enum { MAX_MONTHS = 600, CHANNELS = 5, PLACES = 4, CURRENCIES = 2 };

struct event {
	uint32_t t, who, k, y;
	uint16_t what, x;
};

/* Counted facts, all integers, so that threads add up to the same. */
#define SIM_FACTS(X) \
	X(PERSONS, "persons", "customers there are in truth") \
	X(FOUND, "customers.expected", "customers that the keys in the files tell apart") \
	X(FAMILY, "customers.shared_mail", "customers in one with another of the same address") \
	X(KIOSK_IDS, "customers.kiosk", "customers behind the front desk's address") \
	X(VISITORS, "visitors.unknown", "visitors in the files who never became customers") \
	X(GUESTS, "guests", "sales without a name") \
	X(ALIVE, "alive", "customers who have not left by the end") \
	X(LEFT, "left", "customers who left") \
	X(LEFT_BY_CHOICE, "left.by_choice", "of them by choice") \
	X(LEFT_BY_PAYMENT, "left.by_payment", "of them by a failed payment") \
	X(LEFT_SILENT, "left.silent", "who had no contact for silent-days, as exports show") \
	X(LEFT_HEARD, "left.heard", "who had one") \
	X(LEFT_UNCOVERED, "left.uncovered", "who left too early for the helpdesk's export") \
	X(LEFT_NO_CAUSE, "left.because.nothing", "left without a planted cause") \
	X(LEAVERS_CANCEL_PAGE, "left.after.cancel_page", "leavers who saw the leaving page: a consequence") \
	X(ORDERS, "orders", "orders with a name that count as revenue") \
	X(ORDER_LINES, "orders.lines", "lines of orders.all") \
	X(ORDERS_ALL, "orders.all", "orders in the exports, whether they count or not") \
	X(ORDERS_VOIDED, "orders.voided", "orders voided") \
	X(ORDERS_UNPAID, "orders.unpaid", "orders unpaid in the last file that shows them") \
	X(BUYERS, "customers.buyers", "customers with an order that counts") \
	X(REPEATERS, "customers.repeat", "customers with two orders that count, or more") \
	X(REFUND_STAMPED, "refunds.column.stamped", "refunds in the sale's row, with a day") \
	X(REFUND_PLAIN, "refunds.column.undated", "refunds in the sale's row, whole, without a day") \
	X(REFUND_PART, "refunds.column.partial", "refunds in the sale's row, in part, without a day") \
	X(REFUND_ROW, "refunds.row", "refunds as rows of their own") \
	X(CONTACTS, "contacts", "tickets and calls of customers") \
	X(CONTACTS_CAUSED, "contacts.caused", "of them with a planted cause") \
	X(SCORES, "scores", "answers to surveys in the files") \
	X(SCORE_SUM, "scores.sum", "sum of their scores") \
	X(SCORES_LATE, "scores.after_late", "of them, soon after a late order") \
	X(SCORE_SUM_LATE, "scores.after_late.sum", "sum of their scores") \
	X(PAYMENTS, "payments", "payments of subscriptions that count") \
	X(CONTRACTS, "subscriptions", "contracts in the list") \
	X(TRIALS_LOST, "trials.lost", "trials that were not taken up") \
	X(PLAN_UP, "plan.up", "changes to a dearer plan") \
	X(PLAN_DOWN, "plan.down", "changes to a cheaper plan") \
	X(HIDDEN, "events.before_source", "events older than their source, so in no file")
enum sim_fact {
#define X(id, name, help) N_##id,
	SIM_FACTS(X)
#undef X
	N_COUNT
};
enum { CF_EVENTS, CF_SEEN, CF_PEOPLE, CF_CONTACTS, CF_LEFT_WITHIN, CF_LEFT_BECAUSE, CF_COLUMNS };
enum { PF_ORDERS, PF_LATE, PF_SCORES, PF_SCORE_SUM, PF_COLUMNS };           /* by place */
enum { CH_CUSTOMERS, CH_ORDERS, CH_REVENUE, CH_LEFT, CH_SPEND, CH_COLUMNS }; /* by channel; revenue in the main currency */
enum { MF_GROSS, MF_REFUNDS, MF_ORDERS, MF_GUESTS, MF_COLUMNS };             /* by currency, minor units */
struct facts {
	int64_t n[N_COUNT];
	int64_t cause[C_COUNT][CF_COLUMNS];
	int64_t place[PLACES][PF_COLUMNS];
	int64_t channel[CHANNELS][CH_COLUMNS];
	int64_t money[CURRENCIES][MF_COLUMNS];
	int64_t kiosk_orders;
};

struct channel_def {
	const char *name, *campaign;
	double share, cost;   /* of customers; minor units a customer won */
	double rate, leave;   /* purchases and leaving of its customers, times */
};
struct sim;
struct cells;
struct file_job;
enum shape { SHAPE_COMMA, SHAPE_SEMICOLON, SHAPE_TAB };
enum letters { LETTERS_UTF8, LETTERS_BOM, LETTERS_UTF16, LETTERS_1252 };

/* A way to spoil a row: what wend will say, and the cell it concerns (from 0). */
struct damage_def {
	const char *code;
	int cell;             /* -1: a cell too many */
	const char *text;     /* put there as it stands */
};
struct family_def {
	const char *name;     /* of the file, without month and .csv; NULL = not of this company */
	const char *kind;     /* what its rows are, as wend calls it */
	const char *options;  /* wend ingest options for wend.ini; NULL = recognised */
	bool monthly, late;   /* one file a month; begins late-source-days later */
	enum shape shape;
	enum letters letters;
	bool crlf;
	void (*head)(struct cells *c, const struct sim *s);
	void (*row)(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported);
	void (*tail)(struct cells *c, const struct sim *s);
	void (*all)(struct cells *c, const struct sim *s, struct file_job *j); /* no events: the whole file */
	struct damage_def damage[5];
};
struct company_def {
	const char *what;                 /* one line */
	const char *zone, *country, *owner;
	uint32_t currency[CURRENCIES];
	const char *currency_name[CURRENCIES];
	const char *place[PLACES];        /* the last one is the worst */
	struct channel_def channel[CHANNELS];
	struct family_def family[F_COUNT_ALL];
};
extern const struct company_def companies[3];

struct spill;
struct sim {
	enum company kind;
	const struct company_def *co;
	uint64_t seed, persons, prospects;
	double p[P_COUNT];
	const struct zone *zone;
	int32_t day0, ndays;
	int64_t start;                    /* UTC of the first moment */
	uint32_t end;
	int months;
	uint32_t month[MAX_MONTHS + 1];   /* where a month begins; [months] = end */
	uint32_t tail[MAX_MONTHS];        /* where the part begins that the next file repeats */
	uint32_t exported[MAX_MONTHS];    /* when the month's file was made */
	uint32_t source_start;            /* of the late sources */
	double join_total;                /* length of the time in which customers begin */
	struct spill *spill;
};

/* The last file that shows what happened at t: later changes are seen by nobody. */
uint32_t sim_last_seen(const struct sim *s, enum family f, uint32_t t);
int sim_month_of(const struct sim *s, uint32_t t);
static inline uint32_t days_s(double days) { return (uint32_t)(days * 86400); }

/* ---- people (simpeople.c) ---- */
struct person {
	uint32_t who;             /* from 0; from `persons` on: visitors who never buy */
	uint32_t mail_of;         /* whose address it is */
	bool kiosk, family;       /* family: shares the address of `mail_of` and is not the first */
	bool gets_mail;
	uint8_t channel, currency, country;
	uint32_t joined;
	const char *first, *last;
};
void person_make(struct person *p, const struct sim *s, uint32_t who);
double person_activity(const struct sim *s, uint32_t who); /* mean 1 */
/* The address, in the letters of row `salt`. */
size_t person_mail(char out[96], const struct sim *s, const struct person *p, uint64_t salt);
void person_visitor(char out[24], uint32_t who, unsigned device);
void person_phone(char out[24], uint32_t who);
const char *person_country(const struct sim *s, const struct person *p);

/* ---- orders (simorders.c) ---- */
enum refund_form { REFUND_NONE, REFUND_WHOLE_STAMPED, REFUND_WHOLE, REFUND_PARTIAL, REFUND_OWN_ROW };
enum pay_by { PAY_CARD, PAY_PAYPAL, PAY_BANK, PAY_INVOICE, PAY_TILL };
struct order_line {
	uint8_t product, quantity;
	int64_t price;            /* a piece, minor units */
};
struct order {
	unsigned lines;
	struct order_line line[8];
	int64_t total, shipping, discount, refunded, fee;
	uint32_t shipped, refund_at, paid_at;
	uint8_t place, currency, nights;
	enum pay_by pay;
	enum refund_form refund;
	bool late, voided, card_failed, invoice;
};
void order_make(struct order *o, const struct sim *s, const struct person *p, uint32_t k, uint32_t t, bool guest);
/* As the export made at `exported` tells it. */
bool order_is_paid(const struct order *o, uint32_t exported);
bool order_is_refunded(const struct order *o, uint32_t exported);
struct product_def {
	const char *name, *sku;
};
extern const struct product_def products[12];

/* Plans of a subscription. */
struct plan_def {
	const char *name;
	int64_t mrr;
};
extern const struct plan_def plans[3];
enum { EV_PLAIN, EV_FAILED, EV_REFUND, EV_GUEST };      /* event.what of payments and orders */
enum { CONTRACT_LIVE, CONTRACT_CHOICE, CONTRACT_PAYMENT, CONTRACT_CHANGED, CONTRACT_TRIAL_LOST }; /* of contracts, beside the plan */
enum { TOPIC_DELIVERY, TOPIC_PAYMENT, TOPIC_COMPLAINT, TOPIC_QUESTION, TOPIC_INVOICE, TOPIC_COUNT };
enum { SITE_VISIT, SITE_SIGNUP, SITE_LOGIN, SITE_LATE, SITE_INVOICE_ERROR, SITE_CANCEL_PAGE, SITE_HOME, SITE_COUNT };
enum { MAILING_PROMOTION, MAILING_SUPPORT };
extern const char *const site_steps[3][SITE_COUNT];

/* ---- spill (simspill.c) ---- */
struct spill_writer;
enum wend_err spill_new(struct spill **out, const char *folder, int buckets, struct err *err);
void spill_free(struct spill *s);
struct spill_writer *spill_writer_new(struct spill *s);
void spill_add(struct spill_writer *w, int bucket, const struct event *e);
/* Flush and free; the first failed write is reported here. */
enum wend_err spill_writer_end(struct spill_writer *w, struct err *err);
uint64_t spill_count(const struct spill *s, int bucket);
/* Events of a bucket in their order: time, person, what, number. Caller frees. */
enum wend_err spill_read(const struct spill *s, int bucket, struct event **out, size_t *n, struct err *err);
static inline int bucket_of(enum family f, int month, bool tail) { return ((int)f * MAX_MONTHS + month) * 2 + tail; }

/* ---- lives (simlife.c) ---- */
struct teller {
	const struct sim *s;
	struct spill_writer *w;   /* NULL: only count */
	struct facts facts;
	bool tell;                /* a row a customer is wanted */
	struct str people;        /* these rows, for truth-customers.csv */
};
void live(struct teller *t, uint32_t who);
/* What truth-customers.csv tells of one. Times in seconds, -1 = never. */
struct customer_truth {
	double left, last_contact, purchase_week, stop_week, activity;
	const char *because;
	int64_t orders, revenue;
};
void customer_tell(struct str *o, const struct sim *s, const struct person *p, const struct customer_truth *c);
void live_visitor(struct teller *t, uint32_t who);

/* ---- files (simfile.c) ---- */
struct reject_truth {
	uint64_t line;
	const char *code;
};
struct file_job {
	enum family family;
	int month;                /* -1 = the whole time */
	char name[96];
	uint64_t records, rejected, ignored, duplicates, updated, bytes, lines;
	struct reject_truth *reject;
	size_t nreject;
	int64_t spend[CHANNELS];
	enum wend_err status;
	struct err err;
};
/* Is there a file of this month? None without events, and none whose events would all stand
 * again, and first, in the file of the next month. */
bool file_exists(const struct sim *s, enum family f, int month);
void file_write(struct file_job *j, const struct sim *s, const char *folder);

#endif
