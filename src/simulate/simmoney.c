/* Exports of money: card payments, PayPal, invoices, contracts. */
#include "simrows.h"

#include <math.h>
#include <stdio.h>

void payment_make(struct payment *a, const struct sim *s, const struct person *p, uint32_t k, int plan, uint32_t t)
{
	struct rng r;
	rng_init(&r, s->seed, p->who, S_PAY + k);
	*a = (struct payment){ .amount = plans[plan].mrr };
	bool back = rng_chance(&r, s->p[P_REFUNDS]), part = rng_chance(&r, 0.4);
	a->refund_at = t + days_s(1) + (uint32_t)(rng_unit(&r) * 86400 * 8);
	if (back)
		a->refunded = part ? a->amount / 2 : a->amount;
}

void stripe_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "id,Created (UTC),Amount,Amount Refunded,Currency,Converted Amount,Converted Amount Refunded,Fee,Converted Currency,Mode,Status,"
		"Customer ID,Customer Email,Captured,Seller Message");
}

/* Shops are paid for orders, subscriptions for months. */
static void stripe_payment(struct payment *a, struct cells *c, const struct sim *s, const struct event *e)
{
	if (s->kind == SAAS) {
		payment_make(a, s, memo_person(c, s, e->who), e->k, e->x, e->t);
		return;
	}
	const struct order *o = memo_order(c, s, e->who, e->k, e->y, false);
	*a = (struct payment){ .amount = o->total, .refunded = o->refund ? o->refunded : 0, .refund_at = o->refund_at };
}

void stripe_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	static const char *const small[3][2] = { { "eur", "chf" }, { "eur", "usd" }, { "eur", "gbp" } };
	const struct person *p = memo_person(c, s, e->who);
	struct payment a;
	bool failed = e->what == EV_FAILED;
	stripe_payment(&a, c, s, e);
	int64_t back = !failed && a.refunded && a.refund_at <= exported ? a.refunded : 0;
	const char *currency = small[s->kind][p->currency];
	cell_tag(c, "ch_", 100000 + number);
	cell_stamp(c, e->t, STAMP_UTC_MINUTE);
	cell_money(c, a.amount);
	cell_money(c, back);
	cell(c, currency);
	cell_money(c, a.amount);
	cell_money(c, back);
	cell_money(c, failed ? 0 : a.amount * 14 / 1000 + 25);
	cell(c, currency);
	cell(c, "Live");
	cell(c, failed ? "Failed" : back == a.amount ? "Refunded" : "Paid");
	if (p->kiosk)
		cell_none(c, 1);
	else
		cell_tag(c, "cus_", 10000 + e->who);
	cell_mail(c, s, p, 2000 + e->k);
	cell(c, failed ? "false" : "true");
	cell(c, failed ? "The bank declined the payment." : "Payment complete.");
	row_end(c);
}

void paypal_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\"From Email Address\",\"To Email Address\","
		"\"Transaction ID\",\"Item Title\",\"Reference Txn ID\",\"Invoice Number\",\"Balance\",\"Subject\"");
}

static void paypal_when(struct cells *c, uint32_t t)
{
	cell_stamp(c, t, STAMP_DAY_DOTS);
	cell_clock(c, t);
	cell(c, cells_local(c, t) - c->start - t == 7200 ? "CEST" : "CET");
}

static void paypal_money(struct cells *c, const char *currency, int64_t gross, int64_t fee)
{
	cell(c, currency);
	cell_money_comma(c, gross);
	cell_money_comma(c, -fee);
	cell_money_comma(c, gross - fee);
}

/* What the shop takes to its bank stands among the payments, and is none. */
static void paypal_withdrawal(struct cells *c, const struct event *e, const char *currency)
{
	paypal_when(c, e->t);
	cell_none(c, 1);
	cell(c, "General Withdrawal");
	cell(c, "Completed");
	paypal_money(c, currency, -100000, 0);
	cell_none(c, 2);
	cell_hex(c, e->who, 'W', e->k);
	cell_none(c, 5);
	row_ignored(c);
}

void paypal_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	const struct order *o = memo_order(c, s, e->who, e->k, e->y, false);
	bool back = e->what == EV_REFUND;
	(void)number;
	(void)exported;
	paypal_when(c, e->t);
	cell_name(c, p);
	cell(c, back ? "Payment Refund" : "Express Checkout Payment");
	cell(c, "Completed");
	paypal_money(c, currency_of_person(s, p), back ? -o->refunded : o->total, back ? 0 : o->fee);
	if (back)
		cell(c, s->co->owner);
	cell_mail(c, s, p, 3000 + e->k);
	if (!back)
		cell(c, s->co->owner);
	cell_hex(c, e->who, back ? 'R' : 'P', e->k);
	cell_any(c, products[o->line[0].product].name);
	if (back)
		cell_hex(c, e->who, 'P', e->k);
	else
		cell_none(c, 1);
	cell_none(c, 3);
	row_end(c);
	if (!back && !c->one_line && (e->who + e->k) % 40 == 0)
		paypal_withdrawal(c, e, s->co->currency_name[0]);
}

void invoices_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "invoice,email,issued,due,paid,amount,currency,status");
}

/* When an invoice is paid: of a contract by card at once, else as the order says. */
void invoices_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	int64_t total = plans[e->x].mrr;
	uint32_t paid_at = e->t + 60;
	(void)number;
	if (s->kind != SAAS) {
		const struct order *o = memo_order(c, s, e->who, e->k, e->y, false);
		total = o->total;
		paid_at = o->paid_at;
	}
	bool paid = paid_at <= exported;
	cell_id(c, "RE-", e->who, e->k);
	cell_mail(c, s, p, 4000 + e->k);
	cell_stamp(c, e->t, STAMP_DAY);
	cell_stamp(c, e->t + days_s(14), STAMP_DAY);
	if (paid)
		cell_stamp(c, paid_at, STAMP_DAY);
	else
		cell_none(c, 1);
	cell_money(c, total);
	cell(c, currency_of_person(s, p));
	cell(c, paid ? "paid" : "open");
	row_end(c);
}

void xero_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "*ContactName,EmailAddress,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,Total,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,Currency");
}

/* The folio of a stay: one line for the nights, one for what was eaten; the invoice's own
 * columns are repeated. */
void xero_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	(void)number;
	(void)exported;
	const struct order *o = memo_order(c, s, e->who, e->k, e->y, false);
	int64_t food = o->total / 10, night = (o->total - food) / o->nights;
	food = o->total - night * o->nights;
	/* A contact's name is its key there, so no two have the same. */
	char name[80];
	snprintf(name, sizeof name, "%s %s %u", p->first, p->last, (unsigned)p->who + 1);
	for (int i = 0; i < (c->one_line ? 1 : 2); i++) {
		cell(c, name);
		cell_mail(c, s, p, 4000 + e->k);
		cell_id(c, "F-", e->who, e->k);
		cell_id(c, "H", e->who, e->k);
		cell_stamp(c, e->t, STAMP_SLASHES);
		cell_stamp(c, e->t + days_s(14), STAMP_SLASHES);
		cell_money(c, o->total);
		cell(c, i ? "Breakfast and bar" : o->nights > 3 ? "Suite" : "Room");
		cell_int(c, i ? 1 : o->nights);
		cell_money(c, i ? food : night);
		cell(c, i ? "210" : "200");
		cell(c, "Tax on sales");
		cell(c, currency_of_person(s, p));
		row_end(c);
	}
}

void contracts_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "subscription,email,start,end,plan,mrr,currency,trial_end,status,cancelled,cancel_reason");
}

/* The list of contracts as it stood at the end: a change of plan is a new contract. */
void contracts_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	static const char *const status[] = { "active", "cancelled", "cancelled", "changed", "trial lost" };
	static const char *const reason[] = { "", "by choice", "payment failed", "", "" };
	const struct person *p = memo_person(c, s, e->who);
	unsigned how = e->what & 15;
	bool trial = e->what & 16, over = how != CONTRACT_LIVE && e->y <= exported;
	(void)number;
	cell_id(c, "S-", e->who, e->k);
	cell_mail(c, s, p, 5000 + e->k);
	cell_stamp(c, e->t, STAMP_DAY);
	if (over)
		cell_stamp(c, e->y, STAMP_DAY);
	else
		cell_none(c, 1);
	cell(c, plans[e->x].name);
	cell_money(c, plans[e->x].mrr);
	cell(c, currency_of_person(s, p));
	if (trial)
		cell_stamp(c, e->t + days_s(14), STAMP_DAY);
	else
		cell_none(c, 1);
	cell(c, over ? status[how] : trial && e->t + days_s(14) > exported ? "trial" : "active");
	if (over && (how == CONTRACT_CHOICE || how == CONTRACT_PAYMENT))
		cell_stamp(c, e->y, STAMP_DAY);
	else
		cell_none(c, 1);
	cell(c, over ? reason[how] : "");
	row_end(c);
}
