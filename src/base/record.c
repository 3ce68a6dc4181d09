#include "wend/record.h"

#define C KIND_BIT(KIND_CUSTOMERS)
#define O KIND_BIT(KIND_ORDERS)
#define I KIND_BIT(KIND_INTERACTIONS)
#define B KIND_BIT(KIND_FEEDBACK)
#define P KIND_BIT(KIND_PAYMENTS)
#define S KIND_BIT(KIND_SPEND)
#define V KIND_BIT(KIND_INVOICES)
#define U KIND_BIT(KIND_SUBSCRIPTIONS)
#define ALL KIND_ALL

const char *const kind_names[KIND_COUNT] = {
	"customers", "orders", "interactions", "feedback", "payments", "spend", "invoices", "subscriptions"
};

/* The natural id is called after its kind; of a customer, the key itself serves as one. */
static const char *const id_names[KIND_COUNT] = {
	"id", "order", "id", "id", "payment", "id", "invoice", "subscription"
};
static const char *const time_names[KIND_COUNT] = {
	"signed_up", "time", "time", "time", "time", "date", "issued", "start"
};

#define DEF(name, type, kinds, required, help) { name, type, kinds, required, false, false, help }
#define PERSONAL(name, type, kinds, help) { name, type, kinds, 0, false, true, help }
#define ITEM(name, type, help) { name, type, O, 0, true, false, help }

const struct field_def field_defs[F_COUNT] = {
	[F_TIME] = DEF("time", FT_TIME, ALL, ALL & ~C, "when it happened; subscriptions: first day; customers: sign-up"),
	[F_ID] = DEF("id", FT_TEXT, ALL, 0, "the record's own number in the product that exported it"),
	[F_AMOUNT] = DEF("amount", FT_MONEY, O | P | V | S, O | P | V, "money of the record, tax and shipping included"),
	[F_CURRENCY] = DEF("currency", FT_CURRENCY, O | P | V | S | U, 0, "ISO 4217 code of the money in the row"),
	[F_CHANNEL] = DEF("channel", FT_WORD, O | I | S, S, "way of sale, of contact or of advertising"),
	[F_CAMPAIGN] = DEF("campaign", FT_WORD, O | S, 0, "campaign within the channel"),
	[F_LOCATION] = DEF("location", FT_WORD, C | O | I, 0, "shop, depot, branch or region"),
	[F_STATUS] = DEF("status", FT_WORD, O | P | V | U, P, "state as the product reports it; payments: paid, failed, refunded, disputed, pending"),
	[F_NAME] = PERSONAL("name", FT_TEXT, C, "name of the customer"),
	[F_EMAIL] = PERSONAL("email", FT_TEXT, C, "e-mail address as written"),
	[F_PHONE] = PERSONAL("phone", FT_TEXT, C, "telephone number as written"),
	[F_REFERRED_BY] = PERSONAL("referred_by", FT_TEXT, C, "customer who recommended us"),
	[F_SEGMENT] = DEF("segment", FT_WORD, C, 0, "segment as last reported"),
	[F_COUNTRY] = DEF("country", FT_WORD, C, 0, "country of the customer"),
	[F_ACQ_CHANNEL] = DEF("acquired_channel", FT_WORD, C, 0, "channel that won the customer"),
	[F_ACQ_CAMPAIGN] = DEF("acquired_campaign", FT_WORD, C, 0, "campaign that won the customer"),
	[F_CANCELLED] = DEF("cancelled", FT_TIME, C | U, 0, "when the contract or account was cancelled"),
	[F_CANCEL_REASON] = DEF("cancel_reason", FT_WORD, C | U, 0, "reason given for the cancellation"),
	[F_PROMOTION] = DEF("promotion", FT_WORD, O, 0, "voucher, reward or promotion used"),
	[F_DISCOUNT] = DEF("discount", FT_MONEY, O, 0, "money taken off the price"),
	[F_COST] = DEF("cost", FT_MONEY, O, 0, "what the goods or the service cost us"),
	[F_REFUND_OF] = DEF("refund_of", FT_TEXT, O | P, 0, "id of the order or payment this row gives back"),
	[F_PROMISED_BY] = DEF("promised_by", FT_TIME, O | I, 0, "date promised to the customer"),
	[F_SHIPPED] = DEF("shipped", FT_TIME, O, 0, "when it left us"),
	[F_DELIVERED] = DEF("delivered", FT_TIME, O, 0, "when the customer had it"),
	[F_TOUCHPOINT] = DEF("touchpoint", FT_WORD, I | B, I, "name of the step or contact"),
	[F_DIRECTION] = DEF("direction", FT_WORD, I, 0, "in or out"),
	[F_CASE] = DEF("case", FT_TEXT, I | B, 0, "ticket or case the contact belongs to"),
	[F_AGENT] = DEF("agent", FT_WORD, I, 0, "who of us handled it"),
	[F_TEAM] = DEF("team", FT_WORD, I, 0, "team that handled it"),
	[F_TOPIC] = DEF("topic", FT_WORD, I, 0, "what it was about"),
	[F_OUTCOME] = DEF("outcome", FT_WORD, I, 0, "how it ended"),
	[F_ORIGIN] = DEF("origin", FT_WORD, I, 0, "stage or team that caused the contact"),
	[F_FIRST_RESPONSE] = DEF("first_response", FT_TIME, I, 0, "when we first answered"),
	[F_RESOLVED] = DEF("resolved", FT_TIME, I, 0, "when it was solved"),
	[F_REOPENED] = DEF("reopened", FT_TIME, I, 0, "when it was opened again"),
	[F_DURATION_S] = DEF("duration_s", FT_INT, I, 0, "length in seconds"),
	[F_WAIT_S] = DEF("wait_s", FT_INT, I, 0, "seconds the customer waited"),
	[F_EMPLOYEE] = PERSONAL("employee", FT_TEXT, B, "member of staff who gave the feedback"),
	[F_SCORE] = DEF("score", FT_DEC, B, 0, "score on its scale"),
	[F_SCALE] = DEF("scale", FT_WORD, B, 0, "csat, nps or ces"),
	[F_MOOD] = DEF("mood", FT_WORD, B, 0, "praise or complaint"),
	[F_TEXT] = PERSONAL("text", FT_TEXT, B, "what was said"),
	[F_ANSWERED] = DEF("answered", FT_TIME, B, 0, "when we answered the feedback"),
	[F_ORDER] = DEF("order", FT_TEXT, P, 0, "order the payment belongs to"),
	[F_INVOICE] = DEF("invoice", FT_TEXT, P, 0, "invoice the payment belongs to"),
	[F_FEE] = DEF("fee", FT_MONEY, P, 0, "fee of the payment provider"),
	[F_HOURS] = DEF("hours", FT_DEC, S, 0, "working hours spent"),
	[F_SESSIONS] = DEF("sessions", FT_INT, S, 0, "visits"),
	[F_IMPRESSIONS] = DEF("impressions", FT_INT, S, 0, "times shown"),
	[F_CLICKS] = DEF("clicks", FT_INT, S, 0, "clicks"),
	[F_CONVERSIONS] = DEF("conversions", FT_DEC, S, 0, "conversions as the platform claims them"),
	[F_VALUE] = DEF("value", FT_MONEY, S, 0, "value of conversions as the platform claims it"),
	[F_DUE] = DEF("due", FT_TIME, V, 0, "last day for paying"),
	[F_PAID] = DEF("paid", FT_TIME, V, 0, "when it was paid"),
	[F_END] = DEF("end", FT_TIME, U, 0, "when the subscription ended"),
	[F_PLAN] = DEF("plan", FT_WORD, U, 0, "plan or tariff"),
	[F_MRR] = DEF("mrr", FT_MONEY, U, 0, "recurring revenue a month"),
	[F_TRIAL_END] = DEF("trial_end", FT_TIME, U, 0, "end of the trial"),
	[F_REFUNDED] = DEF("refunded", FT_MONEY, O | P | V, 0, "money given back, as a column of the sale"),
	[F_REFUND_TIME] = DEF("refund_time", FT_TIME, O | P | V, 0, "when the money was given back"),
	[F_COUNTED] = DEF("counted", FT_INT, O | P | V | U, 0, "0 = seen, but not revenue (voided, pending, failed)"),
	[F_DISPUTE] = DEF("dispute", FT_WORD, P, 0, "lost, won or open"),
	[F_UPDATED] = DEF("updated", FT_TIME, ALL, 0, "when the product last changed the record"),
	[F_OFFSET_S] = DEF("offset_s", FT_INT, ALL, 0, "seconds east of UTC as written in the file"),
	[F_SESSION] = DEF("session", FT_TEXT, O | I, 0, "visit or session"),
	[F_PRODUCT] = ITEM("product", FT_WORD, "product of the line"),
	[F_CATEGORY] = ITEM("category", FT_WORD, "category of the product"),
	[F_QUANTITY] = ITEM("quantity", FT_DEC, "pieces"),
	[F_ITEM_AMOUNT] = ITEM("item_amount", FT_MONEY, "the line's share of the order's amount"),
};

const char *field_name(enum kind k, enum field f)
{
	if (f == F_TIME)
		return time_names[k];
	if (f == F_ID)
		return id_names[k];
	return field_defs[f].name;
}

bool kind_by_name(struct sv name, enum kind *out)
{
	for (int k = 0; k < KIND_COUNT; k++) {
		if (sv_is(name, kind_names[k])) {
			*out = (enum kind)k;
			return true;
		}
	}
	return false;
}

int field_by_name(enum kind k, struct sv name)
{
	for (int f = 0; f < F_COUNT; f++)
		if ((field_defs[f].kinds & KIND_BIT(k)) && sv_is(name, field_name(k, (enum field)f)))
			return f;
	/* "time" and "id" are understood in every kind that has them. */
	for (int f = F_TIME; f <= F_ID; f++)
		if ((field_defs[f].kinds & KIND_BIT(k)) && sv_is(name, field_defs[f].name))
			return f;
	return -1;
}

int field_by_any_name(struct sv name)
{
	/* The table's own names first: `order` and `invoice` are references of a payment
	 * before they are ids of their kinds. */
	for (int f = 0; f < F_COUNT; f++)
		if (sv_is(name, field_defs[f].name))
			return f;
	for (int k = 0; k < KIND_COUNT; k++) {
		int f = field_by_name((enum kind)k, name);
		if (f >= 0)
			return f;
	}
	return -1;
}

void record_clear(struct record *r)
{
	memset(r, 0, sizeof *r);
	r->rows = 1;
	for (int f = 0; f < F_COUNT; f++)
		r->v[f] = WEND_NONE;
}
