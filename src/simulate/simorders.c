/* What an order holds. Everything follows from (seed, customer, number of the order). */
#include "sim.h"

#include <math.h>

const struct product_def products[12] = {
	{ "Sencha, loose", "SEN-001" }, { "Assam, loose", "ASS-001" }, { "Darjeeling \"First Flush\"", "DAR-001" }, { "Earl Grey, loose", "EAR-001" },
	{ "Rooibos, loose", "ROO-001" }, { "Peppermint, loose", "PEP-001" }, { "Matcha in a tin", "MAT-001" }, { "Glass teapot", "POT-001" },
	{ "Tea caddy", "CAD-001" }, { "Bamboo whisk", "WHI-001" }, { "Gift box, small", "BOX-S" }, { "Gift box, big", "BOX-B" },
};
const struct plan_def plans[3] = { { "basic", 1900 }, { "team", 4900 }, { "business", 12900 } };

/* Money of an order given the customer's own level (gamma of gamma). */
static int64_t draw_money(const struct sim *s, const struct person *p, struct rng *r, bool guest)
{
	struct rng m;
	rng_init(&m, s->seed, p->who, S_MONEY);
	double level = rng_gamma(guest ? r : &m, s->p[P_SPEND_Q], 1 / s->p[P_SPEND_G]);
	double money = rng_gamma(r, s->p[P_SPEND_P], 1 / level);
	return money < 100 ? 100 : money > 5e8 ? 500000000 : (int64_t)llround(money);
}

/* Lines share the goods; the last piece takes what rounding leaves. */
static void draw_lines(struct order *o, const struct sim *s, struct rng *r)
{
	int64_t goods = o->total - o->shipping + o->discount, left = goods;
	double more = isnan(s->p[P_ITEMS]) ? 0 : s->p[P_ITEMS];
	o->lines = 1;
	while (o->lines < 6 && goods > 400 && rng_chance(r, more))
		o->lines++;
	for (unsigned i = 0; i < o->lines; i++) {
		struct order_line *l = &o->line[i];
		l->product = (uint8_t)rng_upto(r, 12);
		l->quantity = (uint8_t)(i + 1 < o->lines ? 1 + rng_upto(r, 3) : 1);
		l->price = i + 1 < o->lines ? goods / o->lines / l->quantity : left;
		left -= l->price * l->quantity;
	}
}

static void draw_refund(struct order *o, const struct sim *s, struct rng *r, uint32_t t)
{
	bool given = rng_chance(r, s->p[P_REFUNDS]);
	double kind = rng_unit(r);
	uint32_t at = t + days_s(1) + (uint32_t)(rng_unit(r) * 86400 * 8);
	if (!given || o->voided)
		return;
	o->refund_at = at;
	if (o->pay == PAY_TILL || s->kind == HOTEL)
		o->refund = REFUND_OWN_ROW;
	else
		o->refund = kind < 0.35 ? REFUND_WHOLE_STAMPED : kind < 0.55 || o->lines == 1 ? REFUND_WHOLE : REFUND_PARTIAL;
	o->refunded = o->refund == REFUND_PARTIAL ? o->line[0].price : o->total;
}

void order_make(struct order *o, const struct sim *s, const struct person *p, uint32_t k, uint32_t t, bool guest)
{
	struct rng r;
	rng_init(&r, s->seed, p->who, (guest ? S_GUEST : S_ORDER) + k);
	*o = (struct order){ .currency = guest ? 0 : p->currency };
	o->total = draw_money(s, p, &r, guest);
	o->shipping = s->kind == SHOP && o->total < 4000 && o->total > 1000 ? 490 : 0;
	o->discount = rng_chance(&r, 0.12) ? o->total / 10 : 0;
	draw_lines(o, s, &r);
	double place = rng_unit(&r), pay = rng_unit(&r), late = s->p[P_LATE];
	o->place = place < 0.4 ? 0 : place < 0.65 ? 1 : place < 0.85 ? 2 : 3;
	o->nights = (uint8_t)(1 + rng_upto(&r, 6));
	o->late = rng_chance(&r, fmin(1, o->place == PLACES - 1 ? late * s->p[P_WORSE] : late));
	double wait = rng_unit(&r);
	o->shipped = t + (uint32_t)(o->late ? 86400 * (4 + 4 * wait) : 3600 * (6 + 36 * wait));
	if (s->kind == SHOP)
		o->pay = guest || pay < 0.1 ? PAY_TILL : pay < 0.6 ? PAY_CARD : pay < 0.8 ? PAY_PAYPAL : pay < 0.9 ? PAY_BANK : PAY_INVOICE;
	else
		o->pay = PAY_INVOICE;
	o->voided = o->pay == PAY_BANK && !isnan(s->p[P_VOIDED]) && rng_chance(&r, fmin(1, s->p[P_VOIDED] * 10));
	double paying = rng_unit(&r);
	o->paid_at = t + (uint32_t)(o->pay == PAY_BANK ? 86400 * (0.5 + 5 * paying) : o->pay == PAY_INVOICE ? 86400 * (3 + 25 * paying) : 60);
	double fail = s->p[P_PAYFAIL];
	o->card_failed = !isnan(fail) && rng_chance(&r, fail) && o->pay == PAY_CARD;
	o->fee = o->pay == PAY_PAYPAL ? o->total * 249 / 10000 + 35 : o->total * 14 / 1000 + 25;
	draw_refund(o, s, &r, t);
}

bool order_is_paid(const struct order *o, uint32_t exported)
{
	/* Goods on invoice count when they are sold; a bank transfer when it has come. */
	return !o->voided && (o->pay != PAY_BANK || o->paid_at <= exported);
}

bool order_is_refunded(const struct order *o, uint32_t exported)
{
	return o->refund && o->refund_at <= exported && order_is_paid(o, exported);
}
