/* room: simulate (internal)
 * Rows of products: for each export a head and a row. Which company has which export, and
 * in what letters, stands in the table of the company.
 */
#ifndef WEND_SIMROWS_H
#define WEND_SIMROWS_H

#include "simcells.h"

#define ROW(name) \
	void name##_head(struct cells *c, const struct sim *s); \
	void name##_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
ROW(shopify_orders);
ROW(till);
ROW(stripe);
ROW(paypal);
ROW(invoices);
ROW(xero);
ROW(bookings);
ROW(contracts);
ROW(zendesk);
ROW(freshdesk);
ROW(osticket);
ROW(aircall);
ROW(site);
ROW(mailings);
ROW(shopify_customers);
ROW(accounts);
ROW(typeform);
ROW(qualtrics);
ROW(opinions);
#undef ROW
void google_ads_head(struct cells *c, const struct sim *s);
void google_ads_all(struct cells *c, const struct sim *s, struct file_job *j);
void meta_ads_head(struct cells *c, const struct sim *s);
void meta_ads_all(struct cells *c, const struct sim *s, struct file_job *j);
void linkedin_ads_head(struct cells *c, const struct sim *s);
void linkedin_ads_all(struct cells *c, const struct sim *s, struct file_job *j);

/* A payment of a subscription: what it was, what came back. */
struct payment {
	int64_t amount, refunded;
	uint32_t refund_at;
};
void payment_make(struct payment *a, const struct sim *s, const struct person *p, uint32_t k, int plan, uint32_t t);
/* Answers: 0..10, or 1..5 for hotels. */
int survey_score(const struct sim *s, uint32_t who, uint32_t k, bool late, int place);
static inline const char *currency_of_person(const struct sim *s, const struct person *p)
{
	return s->co->currency_name[p->currency];
}
void cell_mail(struct cells *c, const struct sim *s, const struct person *p, uint64_t salt);

#endif
