/* Money beside the orders: payments and invoices no order tells of, for the findings of
 * money reports and for 'store check'. What is matched with what: journey/revenue_match.c.
 */
#include "metric_impl.h"

enum { FIRST = 5 };

const char *revenue_name(const struct revenue *v)
{
	const uint32_t also = v->unmatched ? v->beside : 0;
	if (also == KIND_BIT(KIND_PAYMENTS))
		return "orders and unmatched payments";
	if (also == KIND_BIT(KIND_INVOICES))
		return "orders and unmatched invoices";
	return also ? "orders and unmatched payments and invoices" : kind_names[v->source];
}

static int by_currency(const void *a, const void *b)
{
	const struct beside_sum *x = a, *y = b;
	return (x->cur > y->cur) - (x->cur < y->cur);
}

/* "EUR 120.00 in 3 payments and 1 invoice, USD 5.00 in 1 payment" */
static void say_sums(struct str *s, const struct beside *all)
{
	struct beside b = *all;
	qsort(b.v, (size_t)b.nsum, sizeof *b.v, by_currency);
	for (int i = 0; i < b.nsum; i++) {
		str_puts(s, i ? ", " : "");
		say_money(s, b.v[i].minor, b.v[i].cur, true);
		str_puts(s, " in ");
		if (b.v[i].n[0])
			say_things(s, b.v[i].n[0], "payment", "payments");
		if (b.v[i].n[0] && b.v[i].n[1])
			str_puts(s, " and ");
		if (b.v[i].n[1])
			say_things(s, b.v[i].n[1], "invoice", "invoices");
	}
	if (b.more) {
		str_puts(s, ", and ");
		say_things(s, b.more, "record in another currency", "records in other currencies");
	}
}

void say_revenue(struct str *s, const struct revenue *v, const struct beside *b, const struct population *p)
{
	if (!v->chosen && (v->present & (v->present - 1)))
		str_puts(s, " The store also holds other money; '--revenue' or 'wend store set revenue' chooses.");
	if (b->nsum) {
		str_puts(s, " Unmatched: ");
		say_sums(s, b);
		str_puts(s, v->unmatched ? ", which count." : "; '--revenue orders+unmatched' counts them.");
	}
	if (b->elsewhere) {
		const struct sv set = store_setting(p->store, "choices", "orders");
		str_putc(s, ' ');
		say_things(s, b->elsewhere, "order of another source has no money here", "orders of other sources have no money here");
		str_printf(s, ", as 'orders' is set to '%.*s'.", (int)set.n, set.p);
	}
}

/* ---- for 'store check' ---- */

struct alone {
	int32_t day;
	currency cur;
	int64_t minor;
	char id[48];
};
struct acc {
	struct beside sum[2];           /* payments, invoices */
	struct alone first[2][FIRST];
	size_t n[2];
	struct revenue_match match;
};

static int by_day(const struct alone *a, const struct alone *b)
{
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	const int c = strcmp(a->id, b->id);
	return c ? c : (a->minor > b->minor) - (a->minor < b->minor);
}

/* The first few in order of days, whatever order they come in. */
static void keep_first(struct acc *a, int k, const struct alone *v)
{
	size_t at = a->n[k];
	while (at && by_day(v, &a->first[k][at - 1]) < 0)
		at--;
	if (at == FIRST)
		return;
	if (a->n[k] < FIRST)
		a->n[k]++;
	memmove(&a->first[k][at + 1], &a->first[k][at], (a->n[k] - at - 1) * sizeof *v);
	a->first[k][at] = *v;
}

static void look(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct rows *r = &j->rows;
	if (!revenue_match(&a->match, ctx, j))
		return;
	for (size_t i = 0; i < r->n; i++) {
		if (j->seen[i] || a->match.amount[i] == WEND_NONE)
			continue;
		const int k = beside_side((enum kind)r->kind[i]);
		const int64_t cur = r->f[F_CURRENCY] ? r->f[F_CURRENCY][i] : WEND_NONE;
		struct alone v = { .day = j->day[i], .cur = cur == WEND_NONE ? 0 : (currency)cur, .minor = a->match.amount[i] };
		const struct sv id = r->f[F_ID] ? rows_text(r, r->f[F_ID][i]) : SV_NONE;
		snprintf(v.id, sizeof v.id, "%.*s", (int)(id.n < sizeof v.id ? id.n : sizeof v.id - 1), id.p ? id.p : "");
		beside_add(&a->sum[k], (enum kind)r->kind[i], v.cur, v.minor);
		if (v.minor > 0)
			keep_first(a, k, &v);
	}
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	for (int k = 0; k < 2; k++) {
		beside_merge(&a->sum[k], &b->sum[k]);
		for (size_t i = 0; i < b->n[k]; i++)
			keep_first(a, k, &b->first[k][i]);
	}
	revenue_match_release(&b->match);
}

static void put_note(struct report *r, const char *check, const struct str *text)
{
	put_z(&r->table, check);
	put_z(&r->table, "note");
	put_text(&r->table, str_view(text));
}

static void put_alone(struct report *r, const struct acc *a, int k)
{
	struct str s = STR_INIT;
	const struct beside *b = &a->sum[k];
	int64_t all = b->more;
	if (!a->n[k])
		return;
	say_sums(&s, b);
	str_puts(&s, " belong to no order or subscription: ");
	for (int i = 0; i < b->nsum; i++)
		all += b->v[i].n[k];
	for (size_t i = 0; i < a->n[k]; i++) {
		const struct alone *v = &a->first[k][i];
		str_puts(&s, i ? ", " : "");
		if (*v->id) {
			utf8_visible(&s, sv_of(v->id));
			str_putc(&s, ' ');
		}
		day_text(&s, v->day);
		str_putc(&s, ' ');
		say_money(&s, v->minor, v->cur, true);
	}
	if (all > (int64_t)a->n[k])
		str_puts(&s, ", ...");
	put_note(r, k ? "unmatched invoices" : "unmatched payments", &s);
	str_release(&s);
}

enum wend_err metric_unmatched_check(struct store *s, const struct report_options *ro, struct report *r, struct err *err)
{
	struct population p;
	struct revenue v = { 0 };
	struct fold_counts n;
	struct err wrong = ERR_INIT;
	struct acc a = { 0 };
	enum wend_err e = population_init(&p, s, ro, KIND_ORDERS, err);
	if (e)
		return e;
	if (revenue_choose(&v, &p, NULL, &wrong)) {
		struct str text = STR_INIT;
		str_puts(&text, wrong.msg);
		put_note(r, "revenue", &text);
		str_release(&text);
	} else if (v.beside) {
		struct fold f = { .acc_size = sizeof a, .customer = look, .merge = merge, .ctx = &v };
		revenue_fields(&f, &v);
		f.money = 0;
		e = fold_run(&p, &f, &a, &n, err);
		for (int k = 0; k < 2 && !e; k++)
			put_alone(r, &a, k);
		revenue_match_release(&a.match);
	}
	revenue_release(&v);
	population_release(&p);
	return e;
}
