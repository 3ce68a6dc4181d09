/* Exports of sales: the shop's orders, the till's receipts, a hotel's bookings. */
#include "simrows.h"

void cell_mail(struct cells *c, const struct sim *s, const struct person *p, uint64_t salt)
{
	char mail[96];
	size_t n = person_mail(mail, s, p, salt);
	cell_n(c, mail, n);
}

void shopify_orders_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,"
		"Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing Zip,Billing Country,Notes,Cancelled at,"
		"Payment Method,Refunded Amount,Location,Source");
}

static const char *shopify_status(const struct order *o, uint32_t exported)
{
	if (o->voided)
		return "voided";
	if (!order_is_paid(o, exported))
		return "pending";
	if (!order_is_refunded(o, exported))
		return "paid";
	return o->refund == REFUND_PARTIAL ? "partially_refunded" : "refunded";
}

/* The order's own columns stand in its first row only; a note may run over lines. */
static void shopify_money(struct cells *c, const struct sim *s, const struct person *p, const struct event *e, const struct order *o, uint32_t exported)
{
	/* Goods on invoice are paid outside the shop. */
	bool paid = order_is_paid(o, exported) && o->pay != PAY_INVOICE, shipped = o->shipped <= exported && !o->voided;
	cell(c, shopify_status(o, exported));
	if (paid)
		cell_stamp(c, o->paid_at <= exported ? o->paid_at : e->t, STAMP_OFFSET);
	else
		cell_none(c, 1);
	cell(c, shipped ? "fulfilled" : "");
	if (shipped)
		cell_stamp(c, o->shipped, STAMP_OFFSET);
	else
		cell_none(c, 1);
	cell(c, currency_of_person(s, p));
	cell_money(c, o->total - o->shipping);
	cell_money(c, o->shipping);
	cell_money(c, o->total * 7 / 107);
	cell_money(c, o->total);
	cell(c, o->discount ? "TEA10" : "");
	cell_money(c, o->discount);
	cell_stamp(c, e->t, STAMP_OFFSET);
}

static void shopify_item(struct cells *c, const struct order_line *l)
{
	cell_int(c, l->quantity);
	cell_any(c, products[l->product].name);
	cell_money(c, l->price);
	cell(c, products[l->product].sku);
}

void shopify_orders_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	const struct order *o = memo_order(c, s, e->who, e->k, e->t, false);
	bool refunded = order_is_refunded(o, exported);
	cell_tag(c, "#", 1000 + number);
	cell_mail(c, s, p, e->k);
	shopify_money(c, s, p, e, o, exported);
	shopify_item(c, &o->line[0]);
	cell_name(c, p);
	cell_tag(c, "'0", 1000 + e->who % 9000);
	cell(c, person_country(s, p));
	if ((e->who + e->k) % 50 == 0 && !c->one_line)
		cell_quoted(c, "Please ring twice.\nThe \"blue\" door, thanks");
	else
		cell_none(c, 1);
	if (refunded && o->refund == REFUND_WHOLE_STAMPED)
		cell_stamp(c, o->refund_at, STAMP_OFFSET);
	else
		cell_none(c, 1);
	cell(c, o->pay == PAY_CARD ? "Stripe" : o->pay == PAY_PAYPAL ? "PayPal" : o->pay == PAY_BANK ? "Bank Deposit" : "Invoice");
	cell_money(c, refunded ? o->refunded : 0);
	cell(c, s->co->place[o->place]);
	cell(c, e->k == 0 || (e->who + e->k) % 5 == 0 ? s->co->channel[p->channel].name : "web");
	row_end(c);
	for (unsigned i = 1; i < o->lines && !c->one_line; i++) {
		cell_tag(c, "#", 1000 + number);
		cell_mail(c, s, p, e->k);
		cell_none(c, 11);
		cell_stamp(c, e->t, STAMP_OFFSET);
		shopify_item(c, &o->line[i]);
		cell_none(c, 9);
		row_end(c);
	}
}

void till_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "Beleg;Datum;email;Betrag;Währung;Filiale;Artikel;Storno");
}

/* A receipt; money given back is a receipt of its own that names the first. */
void till_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	bool guest = e->what == EV_GUEST, back = e->what == EV_REFUND;
	(void)number;
	(void)exported;
	const struct order *o = memo_order(c, s, e->who, e->k, back ? e->y : e->t, guest);
	cell_id(c, guest ? "G" : back ? "R" : "B", e->who, e->k);
	cell_stamp(c, e->t, STAMP_DOTS);
	if (guest)
		cell_none(c, 1);
	else
		cell_mail(c, s, p, 1000 + e->k);
	cell_money(c, back ? -o->refunded : o->total);
	cell(c, s->co->currency_name[o->currency]);
	cell(c, s->co->place[o->place]);
	cell_any(c, products[o->line[0].product].name);
	if (back)
		cell_id(c, "B", e->who, e->k);
	else
		cell_none(c, 1);
	row_end(c);
}

void bookings_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "order;time;email;amount;currency;location;channel;product;quantity;promised_by;delivered;status;refund_of");
}

/* The room is promised for a day, and given then or, when it was not ready, a day late. */
void bookings_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	bool guest = e->what == EV_GUEST, back = e->what == EV_REFUND;
	(void)number;
	const struct order *o = memo_order(c, s, e->who, e->k, back ? e->y : e->t, guest);
	uint32_t stay = (back ? e->y : e->t) + days_s(2), given = stay + (o->late ? days_s(1) : 0);
	cell_id(c, guest ? "W" : back ? "S" : "H", e->who, e->k);
	cell_stamp(c, e->t, STAMP_DOTS);
	if (guest)
		cell_none(c, 1);
	else
		cell_mail(c, s, p, e->k);
	cell_money(c, back ? -o->refunded : o->total);
	cell(c, s->co->currency_name[o->currency]);
	cell(c, s->co->place[o->place]);
	cell(c, guest ? "walk-in" : e->k == 0 || (e->who + e->k) % 5 == 0 ? s->co->channel[p->channel].name : "direct");
	cell(c, o->nights > 3 ? "suite" : "room");
	cell_int(c, o->nights);
	if (back)
		cell_none(c, 2);
	else {
		cell_stamp(c, stay, STAMP_DAY_DOTS);
		if (given <= exported)
			cell_stamp(c, given, STAMP_DAY_DOTS);
		else
			cell_none(c, 1);
	}
	cell(c, back ? "cancelled" : given <= exported ? "arrived" : "booked");
	if (back)
		cell_id(c, "H", e->who, e->k);
	else
		cell_none(c, 1);
	row_end(c);
}
