/* One customer, as the truth knows it: a row of truth-customers.csv. There are millions of
 * them, so numbers are written by hand. */
#include "simplan.h"

const char people_head[] = "customer,email,channel,joined,left,because,last_contact,orders,revenue_minor,currency,purchase_rate_week,leave_rate_week,activity\n";

static void put_two(struct str *o, int v)
{
	str_putc(o, (char)('0' + v / 10));
	str_putc(o, (char)('0' + v % 10));
}

/* 2026-03-07T08:14:02Z */
static void put_when(struct str *o, int64_t utc)
{
	int y, m, d;
	int32_t day = floor_day(utc);
	int s = (int)(utc - (int64_t)day * 86400);
	civil_ymd(day, &y, &m, &d);
	str_int(o, y);
	str_putc(o, '-');
	put_two(o, m);
	str_putc(o, '-');
	put_two(o, d);
	str_putc(o, 'T');
	put_two(o, s / 3600);
	str_putc(o, ':');
	put_two(o, s / 60 % 60);
	str_putc(o, ':');
	put_two(o, s % 60);
	str_putc(o, 'Z');
}

/* Nine decimals. */
static void put_nine(struct str *o, double v)
{
	int64_t n = (int64_t)(v * 1e9 + 0.5), part = 100000000;
	str_int(o, n / 1000000000);
	str_putc(o, '.');
	for (; part; part /= 10)
		str_putc(o, (char)('0' + n / part % 10));
}

static void put_moment(struct str *o, const struct sim *s, double t)
{
	if (t >= 0)
		put_when(o, s->start + (int64_t)t);
	str_putc(o, ',');
}

void customer_tell(struct str *o, const struct sim *s, const struct person *p, const struct customer_truth *c)
{
	char mail[96];
	person_mail(mail, s, p, UINT32_MAX);
	for (char *z = mail; *z; z++)
		*z = (char)(*z >= 'A' && *z <= 'Z' ? *z + 32 : *z);
	str_int(o, (int64_t)p->who + 1);
	str_putc(o, ',');
	str_puts(o, mail);
	str_putc(o, ',');
	str_puts(o, s->co->channel[p->channel].name);
	str_putc(o, ',');
	put_moment(o, s, p->joined);
	put_moment(o, s, c->left);
	str_puts(o, c->because);
	str_putc(o, ',');
	put_moment(o, s, c->last_contact);
	str_int(o, c->orders);
	str_putc(o, ',');
	str_int(o, c->revenue);
	str_putc(o, ',');
	str_puts(o, s->co->currency_name[p->currency]);
	str_putc(o, ',');
	if (s->kind != SAAS)
		put_nine(o, c->purchase_week);
	str_putc(o, ',');
	put_nine(o, c->stop_week);
	str_putc(o, ',');
	put_nine(o, c->activity);
	str_putc(o, '\n');
}
