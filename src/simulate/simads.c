/* What advertising cost, by day and campaign. */
#include "simrows.h"

#include <stdio.h>

struct ad_day {
	int64_t cost, shown, clicks, won;
};

/* Money a day: what a customer costs, times the customers that come in a day by this
 * channel on average, give or take a third. Nothing is spent when nobody joins any more. */
static void ad_day(struct ad_day *a, const struct sim *s, int channel, int32_t day)
{
	const struct channel_def *ch = &s->co->channel[channel];
	struct rng r;
	double days = s->join_total / 86400;
	rng_init(&r, s->seed, (uint64_t)day * CHANNELS + (uint64_t)channel, S_SPEND);
	*a = (struct ad_day){ 0 };
	if ((double)day >= days)
		return;
	double won = (double)s->persons * ch->share / days;
	a->cost = (int64_t)(ch->cost * won * (0.67 + 0.66 * rng_unit(&r)));
	a->shown = 200 + a->cost * 3 + rng_upto(&r, 500);
	a->clicks = a->shown / 50 + rng_upto(&r, 20);
	a->won = (int64_t)(won + rng_unit(&r));
}

static int32_t spend_days(const struct sim *s)
{
	int32_t n = (int32_t)(s->join_total / 86400) + 1;
	return n < s->ndays ? n : s->ndays;
}

static void begin_row(struct cells *c, struct file_job *j)
{
	cells_room(c);
	j->records++;
}

void google_ads_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "Campaign report");
	put_line(c, "All time");
	put_line(c, "Campaign status\tCampaign\tCampaign ID\tDay\tCurrency code\tCost\tImpr.\tClicks\tConversions");
}

void google_ads_all(struct cells *c, const struct sim *s, struct file_job *j)
{
	char text[64];
	struct ad_day a, sum = { 0 };
	for (int32_t d = 0; d < spend_days(s); d++) {
		ad_day(&a, s, 0, d);
		begin_row(c, j);
		cell(c, "Enabled");
		cell(c, s->co->channel[0].campaign);
		cell(c, "8101");
		cell_stamp(c, (uint32_t)d * 86400 + 43200, STAMP_DAY);
		cell(c, s->co->currency_name[0]);
		cell_money(c, a.cost);
		/* Thousands are set off by commas, as the product does. */
		if (a.shown >= 1000000)
			snprintf(text, sizeof text, "%" PRId64 ",%03d,%03d", a.shown / 1000000, (int)(a.shown / 1000 % 1000), (int)(a.shown % 1000));
		else if (a.shown >= 1000)
			snprintf(text, sizeof text, "%" PRId64 ",%03d", a.shown / 1000, (int)(a.shown % 1000));
		else
			snprintf(text, sizeof text, "%" PRId64, a.shown);
		cell(c, text);
		cell_int(c, a.clicks);
		cell_int(c, a.won);
		row_end(c);
		j->spend[0] += a.cost;
		sum.cost += a.cost;
		sum.shown += a.shown;
		sum.clicks += a.clicks;
	}
	cells_room(c);
	cell(c, "Total: Account");
	cell_none(c, 3);
	cell(c, " --");
	cell_money(c, sum.cost);
	cell_int(c, sum.shown);
	cell_int(c, sum.clicks);
	cell_none(c, 1);
	row_ignored(c);
	j->ignored++;
	j->records++;
}

void meta_ads_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "Jour;Nom de la campagne;Montant dépensé (EUR);Impressions;Clics sur un lien;Début des rapports;Fin des rapports");
}

void meta_ads_all(struct cells *c, const struct sim *s, struct file_job *j)
{
	char text[64];
	struct ad_day a;
	for (int32_t d = 0; d < spend_days(s); d++) {
		ad_day(&a, s, 1, d);
		begin_row(c, j);
		cell_stamp(c, (uint32_t)d * 86400 + 43200, STAMP_DAY);
		cell_any(c, s->co->channel[1].campaign);
		/* A narrow blank that does not break stands between thousands. */
		if (a.cost >= 100000)
			snprintf(text, sizeof text, "%" PRId64 "\u202f%03d,%02d", a.cost / 100000, (int)(a.cost / 100 % 1000), (int)(a.cost % 100));
		else
			snprintf(text, sizeof text, "%" PRId64 ",%02d", a.cost / 100, (int)(a.cost % 100));
		cell(c, text);
		cell_int(c, a.shown);
		cell_int(c, a.clicks);
		cell_stamp(c, (uint32_t)d * 86400 + 43200, STAMP_DAY);
		cell_stamp(c, (uint32_t)d * 86400 + 43200, STAMP_DAY);
		row_end(c);
		j->spend[1] += a.cost;
	}
}

void linkedin_ads_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "Campaign Performance Report (in UTC)");
	put_line(c, "Report Start: the beginning");
	put_line(c, "Start Date (in UTC)\tAccount Name\tCampaign Group Name\tCampaign Name\tCampaign ID\tCurrency\tTotal Spent\tImpressions\tClicks");
}

void linkedin_ads_all(struct cells *c, const struct sim *s, struct file_job *j)
{
	char text[64];
	struct ad_day a;
	int y, m, day;
	for (int32_t d = 0; d < spend_days(s); d++) {
		ad_day(&a, s, 1, d);
		begin_row(c, j);
		civil_ymd(s->day0 + d, &y, &m, &day);
		snprintf(text, sizeof text, "%02d/%02d/%04d", m & 15, day & 31, y & 8191);
		cell(c, text);
		cell(c, "Example account");
		cell(c, "Always on");
		cell(c, s->co->channel[1].campaign);
		cell(c, "55501");
		cell(c, s->co->currency_name[0]);
		cell_money(c, a.cost);
		cell_int(c, a.shown);
		cell_int(c, a.clicks);
		row_end(c);
		j->spend[1] += a.cost;
	}
}
