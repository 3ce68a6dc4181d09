/* Planted causes, and what only looks like one: are they found, are limits right, is nothing else
 * named?
 *
 *   causes leavers FROM TO   customers with contracts (leavers.h), straight into the engine: limits
 *                            hold the truth in 93 to 97 % of 1,000 seeds or more, 92 to 98 % of
 *                            400; of fewer what 95 % allow but once in ten thousand. Of what is
 *                            named a reason at most 5 % is none, on average; the page with the
 *                            cancel button never
 *   causes nothing FROM TO   the same customers, nothing with an effect: some reason named in at
 *                            most 5 % of seeds
 *   causes orders FROM TO    no contracts, a late parcel halves the chance of another order;
 *                            through a store and the report: first reason in 95 % of seeds, a
 *                            harmless mail in at most 5 %; so is one that begins a year after
 *                            the orders
 *   causes calls FROM TO     heavy and light users, a wrong invoice brings a call within a week;
 *                            through a store and the report: first in 99 % of seeds, the planted
 *                            calls within 10 % on average, nothing harmless in over 5 %, the
 *                            mail after a call never
 *
 * Seeds are the first ones; no others were tried. Below 100 seeds shares are held to what chance
 * allows but once in ten thousand.
 */
#include <stdio.h>
#include <string.h>
#include "leavers.h"
#include "wend/causes.h"
#include "wend/store.h"

static int failures;

static void must(bool holds, const char *what)
{
	if (!holds)
		printf("FAILED: %s\n", what);
	failures += !holds;
}

/* May k of n be called a share of at most (at least) p? */
static bool at_most(int k, int n, double p)
{
	const double slack = n >= 100 ? 0 : 3.9 * sqrt(p * (1 - p) / n) + 1.0 / n;
	return (double)k / n <= p + slack;
}

/* ---- straight into the engine ---- */

struct tally {
	int shown, held, named, doubt;
	double log_rr;
};

static double bound(int n, bool upper)
{
	const double slack = n >= 1000 ? 0.02 : n >= 400 ? 0.03 : 3.9 * sqrt(0.95 * 0.05 / n) + 1.0 / n;
	return upper ? fmin(1, 0.95 + slack) : 0.95 - slack;
}

static void run_leavers(int from, int to, bool nothing)
{
	const struct own_span span = own_span_default();
	struct leaver_world w = leaver_world();
	struct tally t[LEAVER_KINDS] = { { 0 } };
	double false_share = 0, left = 0;
	int some = 0;
	const int n = to - from + 1;
	for (int k = 0; k < LEAVER_KINDS && nothing; k++)
		w.effect[k] = 1;
	w.page = nothing ? 0 : w.page;
	for (int seed = from; seed <= to; seed++) {
		struct leavers l;
		struct own_counts c[LEAVER_KINDS];
		struct own_finding f[LEAVER_KINDS];
		struct own_totals totals;
		int right = 0, wrong = 0;
		leavers_make(&l, &w, (uint64_t)seed);
		const struct own_design d = { l.v, l.n, l.event, NULL, LEAVER_KINDS };
		own_run(c, &totals, &d, &span);
		own_judge(f, c, LEAVER_KINDS, NULL, 0.05);
		left += (double)totals.left;
		for (int k = 0; k < LEAVER_KINDS; k++) {
			const bool named = f[k].verdict == OWN_REASON;
			t[k].named += named;
			right += named && w.effect[k] > 1;
			wrong += named && !(w.effect[k] > 1);
			if (f[k].verdict == OWN_FEW)
				continue;
			t[k].shown++;
			t[k].held += f[k].rr.ci.lo <= w.effect[k] && w.effect[k] <= f[k].rr.ci.hi;
			t[k].log_rr += log(f[k].rr.rr);
			t[k].doubt += f[k].doubtful;
		}
		some += right + wrong > 0;
		false_share += right + wrong ? (double)wrong / (right + wrong) : 0;
		leavers_release(&l);
	}
	printf("| event | truth | shown | mean ratio | limits hold it | named a reason | doubtful |\n|---|---|---|---|---|---|---|\n");
	for (int k = 0; k < LEAVER_KINDS; k++) {
		const double held = t[k].shown ? (double)t[k].held / t[k].shown : NAN;
		printf("| %s | %.1f | %d | %.3f | %.2f %% | %d | %d |\n", leaver_names[k], w.effect[k], t[k].shown, exp(t[k].log_rr / t[k].shown), 100 * held, t[k].named, t[k].doubt);
		must(t[k].shown < 20 || (held >= bound(t[k].shown, false) && held <= bound(t[k].shown, true)), "limits hold the truth as often as they say");
	}
	printf("\nseeds %d to %d, %.0f leavers each; some reason named in %d; of those named false on average %.2f %%\n", from, to, left / n, some, 100 * false_share / n);
	must(nothing || t[CANCEL_PAGE].named == 0, "the leaving page is never a reason");
	if (nothing)
		must(at_most(some, n, 0.05), "where nothing has an effect, nothing is named");
	else
		must(false_share / n <= 0.05 || n < 40, "of what is named at most 5 % is false");
}

/* ---- through a store ---- */

struct shelf {
	struct store *s;
	struct batch *b;
	struct batch_info info;
	struct record r;
	uint64_t n;
	char name[32], who[16];
	int files;
};

static void ok(enum wend_err e, const struct err *err)
{
	if (!e)
		return;
	printf("%s\n", err->msg);
	exit(1);
}

static void shelf_begin(struct shelf *x, const char *source, uint32_t kinds)
{
	struct err err = ERR_INIT;
	snprintf(x->name, sizeof x->name, "file%d.csv", ++x->files);
	x->info = (struct batch_info){ .file = x->name, .bytes = (uint64_t)x->files, .preset = "", .source = source, .options = "", .tz = "UTC", .export_date = WEND_NONE, .kinds = kinds,
				       .digest = digest128(x->name, strlen(x->name)) };
	x->n = 0;
	ok(batch_begin(&x->b, x->s, &x->info, &err), &err);
}

static struct record *shelf_record(struct shelf *x, enum kind kind, int who, double day)
{
	record_clear(&x->r);
	x->r.kind = kind;
	x->r.position = x->n;
	x->r.line = x->n + 2;
	x->r.rows = 1;
	snprintf(x->who, sizeof x->who, "%d", who);
	x->r.key[0] = (struct person_key){ SPACE_HAND, SV_NONE, sv_of(x->who) };
	x->r.nkeys = 1;
	x->r.v[F_TIME] = wtime_instant_of((int64_t)civil_day(2025, 1, 1) * 86400 + (int64_t)(day * 86400));
	return &x->r;
}

static void shelf_put(struct shelf *x)
{
	struct err err = ERR_INIT;
	ok(store_add(x->b, &x->r, 1, &err), &err);
	x->n++;
}

static void shelf_touch(struct shelf *x, int who, double day, const char *what)
{
	shelf_record(x, KIND_INTERACTIONS, who, day)->s[F_TOUCHPOINT] = sv_of(what);
	shelf_put(x);
}

static void shelf_commit(struct shelf *x)
{
	struct err err = ERR_INIT;
	int64_t number;
	struct batch_counts c = { .records = x->n };
	ok(batch_commit(x->b, &x->info, &c, &number, &err), &err);
}

static const char *cell(const struct table *t, size_t row, const char *col)
{
	static struct str s[4];
	static int k;
	struct str *out = &s[k++ & 3];
	const int c = table_find(t, sv_of(col));
	str_reset(out);
	cell_text(out, &t->col[c], table_at(t, row, (size_t)c), NULL);
	return out->p ? out->p : "";
}

static double number(const struct table *t, size_t row, const char *col)
{
	double v = NAN;
	sv_real(sv_of(cell(t, row, col)), &v);
	return v;
}

/* ---- orders ---- */

enum { SHOPPERS = 2500, SHOP_DAYS = 730, MAILS_FROM = 365 };

/* Customers come back after a late parcel half as often. All get mails at random for ever, and
 * from the second year on news of another source; some answer surveys. */
static void fill_shop(struct shelf *x, struct dice *d)
{
	struct {
		int who;
		double day;
	} *order = NULL, *late = NULL;
	size_t n = 0, nlate = 0, cap = 0, late_cap = 0;
	double *first = xcalloc(SHOPPERS, sizeof *first);
	for (int i = 0; i < SHOPPERS; i++) {
		const double again = 0.6 + 0.35 * dice_uniform(d);
		double day = first[i] = 500 * dice_uniform(d);
		while (day < SHOP_DAYS) {
			const bool is_late = dice_uniform(d) < 0.15;
			GROW(order, cap, n + 1);
			order[n].who = i;
			order[n++].day = day;
			if (is_late && day + 5 < SHOP_DAYS) {
				GROW(late, late_cap, nlate + 1);
				late[nlate].who = i;
				late[nlate++].day = day + 5;
			}
			if (dice_uniform(d) >= (is_late ? again / 2 : again))
				break;
			day += 8 + 35 * dice_exponential(d);
		}
	}
	shelf_begin(x, "shop", KIND_BIT(KIND_ORDERS));
	for (size_t i = 0; i < n; i++) {
		struct record *r = shelf_record(x, KIND_ORDERS, order[i].who, order[i].day);
		r->v[F_AMOUNT] = 1000;
		r->v[F_CURRENCY] = currency_of(SV("EUR"));
		shelf_put(x);
	}
	shelf_commit(x);
	shelf_begin(x, "site", KIND_BIT(KIND_INTERACTIONS));
	for (size_t i = 0; i < nlate; i++)
		shelf_touch(x, late[i].who, late[i].day, "parcel late");
	for (int i = 0; i < SHOPPERS; i++) {
		for (double day = first[i] + 20 * dice_exponential(d); day < SHOP_DAYS; day += 20 * dice_exponential(d))
			shelf_touch(x, i, day, "mail");
		for (double day = first[i] + 90 * dice_exponential(d); day < SHOP_DAYS; day += 90 * dice_exponential(d))
			shelf_touch(x, i, day, "survey");
	}
	shelf_commit(x);
	shelf_begin(x, "news", KIND_BIT(KIND_INTERACTIONS));
	for (int i = 0; i < SHOPPERS; i++)
		for (double day = fmax(first[i], MAILS_FROM) + 15 * dice_exponential(d); day < SHOP_DAYS; day += 15 * dice_exponential(d))
			shelf_touch(x, i, day, "news");
	shelf_commit(x);
	free(order);
	free(late);
	free(first);
}

static void run_orders(int from, int to)
{
	static const char *const harmless[] = { "mail", "survey", "news" };
	int first = 0, named[3] = { 0 }, n = to - from + 1, some = 0;
	double log_rr = 0;
	for (int seed = from; seed <= to; seed++) {
		struct shelf x = { 0 };
		struct err err = ERR_INIT;
		struct dice d = { hash_mix((uint64_t)seed * 0x9e3779b97f4a7c15u + 2) };
		struct report_options ro = { .threads = 1 };
		struct why_options o = { .leaving = { .window = "180" } };
		struct population p;
		struct report r;
		ok(store_open(&x.s, "", STORE_MEMORY, &err), &err);
		fill_shop(&x, &d);
		ok(churn_population(&p, x.s, &o.leaving, &ro, &err), &err);
		report_init(&r);
		ok(metric_churn_why(&p, &o, &ro, &r, &err), &err);
		for (size_t i = 0; i < r.table.nrow; i++) {
			const char *name = cell(&r.table, i, "reason"), *role = cell(&r.table, i, "role");
			if (!strcmp(name, "parcel late") && strcmp(role, "once")) {
				first += i == 0 && !strcmp(role, "reason");
				log_rr += log(number(&r.table, i, "rr"));
			}
			for (int k = 0; k < 3; k++)
				if (!strcmp(name, harmless[k]) && (!strcmp(role, "reason") || !strcmp(role, "once")))
					named[k]++;
		}
		some++;
		report_release(&r);
		population_release(&p);
		store_close(x.s);
	}
	printf("seeds %d to %d: the late parcel first in %d of %d, mean ratio of odds %.2f; named a reason: mail %d, survey %d, news (a year later) %d\n", from, to, first, n, exp(log_rr / n),
	       named[0], named[1], named[2]);
	must(at_most(n - first, n, 0.05), "the late parcel comes first");
	for (int k = 0; k < 3; k++)
		must(at_most(named[k], n, 0.05), "harmless steps are not named");
	(void)some;
}

/* ---- calls ---- */

enum { CALLERS = 4000, CALL_DAYS = 365 };
static double day_after(struct dice *d, double a_day)
{
	return dice_exponential(d) / a_day;
}

/* Returns how many calls were planted within the time that can be looked at. */
static int fill_calls(struct shelf *x, struct dice *d)
{
	int planted = 0;
	shelf_begin(x, "desk", KIND_BIT(KIND_INTERACTIONS));
	for (int i = 0; i < CALLERS; i++) {
		const double heavy = dice_uniform(d) < 0.3 ? 3 : 0.5;
		shelf_touch(x, i, 0, "joined");
		for (double day = 30 * dice_uniform(d); day < CALL_DAYS; day += 30) {
			shelf_touch(x, i, day, "invoice");
			if (dice_uniform(d) >= 0.018)
				continue;
			shelf_touch(x, i, day, "invoice_error");
			if (dice_uniform(d) >= 0.9)
				continue;
			const double call = day + 7 * dice_uniform(d);
			planted += day >= 7 && day + 7 < CALL_DAYS;
			if (call < CALL_DAYS)
				shelf_touch(x, i, call, "call");
			if (call + 0.5 < CALL_DAYS)
				shelf_touch(x, i, call + 0.5, "support_email");
		}
		for (double day = day_after(d, 0.02 * heavy); day < CALL_DAYS; day += day_after(d, 0.02 * heavy))
			shelf_touch(x, i, day, "portal_login");
		for (double day = day_after(d, 0.03); day < CALL_DAYS; day += day_after(d, 0.03))
			shelf_touch(x, i, day, "email_campaign");
		for (double day = day_after(d, 0.004 * heavy); day < CALL_DAYS; day += day_after(d, 0.004 * heavy)) {
			shelf_touch(x, i, day, "call");
			if (day + 0.5 < CALL_DAYS && dice_uniform(d) < 0.5)
				shelf_touch(x, i, day + 0.5, "support_email");
		}
	}
	shelf_commit(x);
	return planted;
}

static void run_calls(int from, int to)
{
	static const char *const other[] = { "portal_login", "email_campaign", "support_email" };
	int first = 0, flagged[3] = { 0 }, same = 0, within = 0, n = to - from + 1;
	double found = 0, planted = 0;
	for (int seed = from; seed <= to; seed++) {
		struct shelf x = { 0 };
		struct err err = ERR_INIT;
		struct dice d = { hash_mix((uint64_t)seed * 0x9e3779b97f4a7c15u + 3) };
		const struct report_options ro = { .threads = 1 };
		const struct cause_options o = { .of = "call" };
		struct population p;
		struct report r;
		ok(store_open(&x.s, "", STORE_MEMORY, &err), &err);
		const double truth = fill_calls(&x, &d);
		ok(population_init(&p, x.s, &ro, KIND_COUNT, &err), &err);
		report_init(&r);
		ok(metric_upstream(&p, &o, &ro, &r, &err), &err);
		first += !strcmp(cell(&r.table, 0, "touchpoint"), "invoice_error");
		for (size_t i = 0; i < r.table.nrow; i++) {
			const char *name = cell(&r.table, i, "touchpoint");
			if (!strcmp(name, "invoice_error")) {
				const double all = number(&r.table, i, "excess_per_month") * (CALL_DAYS / (365.25 / 12));
				found += all;
				within += fabs(all - truth) <= 0.1 * truth;
			}
			same += !strcmp(name, "invoice") && !strcmp(cell(&r.table, i, "same_as"), "invoice_error");
			for (int k = 0; k < 3; k++)
				flagged[k] += !strcmp(name, other[k]) && number(&r.table, i, "q") <= 0.05 && number(&r.table, i, "lo") > 1;
		}
		planted += truth;
		report_release(&r);
		population_release(&p);
		store_close(x.s);
	}
	printf("seeds %d to %d: the wrong invoice first in %d of %d, %.1f calls planted, %.1f found, within 10 %% in %d; the invoice told as the same in %d; flagged: login %d, campaign %d, "
	       "support mail (a consequence) %d\n", from, to, first, n, planted / n, found / n, within, same, flagged[0], flagged[1], flagged[2]);
	must(at_most(n - first, n, 0.01), "the wrong invoice comes first");
	must(fabs(found - planted) <= 0.1 * planted, "the planted calls are found");
	must(at_most(flagged[0], n, 0.05) && at_most(flagged[1], n, 0.05), "harmless steps are not flagged");
	must(flagged[2] == 0, "consequences are never flagged");
}

int main(int argc, char **argv)
{
	int64_t from = 0, to = 0;
	if (argc != 4 || !sv_int(sv_of(argv[2]), &from) || !sv_int(sv_of(argv[3]), &to) || from < 1 || to < from)
		return fprintf(stderr, "causes leavers|nothing|orders|calls FROM TO\n"), 2;
	const struct {
		const char *name;
		int kind;
	} what[] = { { "leavers", 0 }, { "nothing", 1 }, { "orders", 2 }, { "calls", 3 } };
	for (int k = 0; k < 4; k++)
		if (!strcmp(argv[1], what[k].name)) {
			if (k < 2)
				run_leavers((int)from, (int)to, k == 1);
			else if (k == 2)
				run_orders((int)from, (int)to);
			else
				run_calls((int)from, (int)to);
		}
	return failures ? 1 : 0;
}
