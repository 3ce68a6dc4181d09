/* Exports of the site, the mailings, the lists of customers and the surveys. */
#include "simrows.h"

#include <math.h>
#include <stdio.h>

/* ---- our own logs, under the fields' own names ---- */

void site_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "time,touchpoint,visitor,email,channel,campaign,location");
}

void site_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	char visitor[24];
	bool known = e->who < s->persons && e->what != SITE_VISIT, came = e->what == SITE_VISIT || e->what == SITE_SIGNUP;
	(void)number;
	(void)exported;
	person_visitor(visitor, e->who, 0);
	cell_stamp(c, e->t, STAMP_Z);
	cell(c, site_steps[s->kind][e->what]);
	cell(c, visitor);
	if (known) {
		const struct person *p = memo_person(c, s, e->who);
			cell_mail(c, s, p, e->t);
	} else {
		cell_none(c, 1);
	}
	cell(c, came ? s->co->channel[e->x].name : "site");
	cell_any(c, came ? s->co->channel[e->x].campaign : "");
	cell(c, e->what == SITE_LATE ? s->co->place[e->x] : "");
	row_end(c);
}

void mailings_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "time,touchpoint,email,channel,direction,campaign");
}

void mailings_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	(void)number;
	(void)exported;
	cell_stamp(c, e->t, STAMP_Z);
	cell(c, e->what == MAILING_PROMOTION ? "promotion" : "support mail");
	cell_mail(c, s, p, e->t);
	cell(c, "e-mail");
	cell(c, "out");
	char letter[] = "letter-00";
	memcpy(letter + 7, c->day_text + 5, 2);
	cell(c, e->what == MAILING_PROMOTION ? letter : "");
	row_end(c);
}

/* ---- lists of customers, as they stood at the end ---- */

void shopify_customers_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Company,Country Code,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt");
}

static void cell_phone(struct cells *c, const struct person *p)
{
	char phone[24];
	person_phone(phone, p->who);
	cell(c, p->kiosk ? "" : phone);
}

void shopify_customers_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	(void)number;
	(void)exported;
	cell_tag(c, "'", 6900000000000u + e->who);
	cell(c, p->first);
	cell(c, p->last);
	cell_mail(c, s, p, 7000);
	cell(c, p->gets_mail ? "yes" : "no");
	cell_none(c, 1);
	cell(c, person_country(s, p));
	cell_phone(c, p);
	cell(c, "no");
	cell_none(c, 2);
	cell_any(c, p->gets_mail ? "newsletter, tea" : "");
	cell_none(c, 1);
	cell(c, "no");
	row_end(c);
}

void accounts_head(struct cells *c, const struct sim *s)
{
	(void)s;
	c->col = 0;
	static const char *const names[] = { "customer", "name", "email", "phone", "country", "signed_up", "acquired_channel", "acquired_campaign", "segment" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		cell(c, names[i]);
	row_end(c);
	c->rows = 0;
}

void accounts_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	(void)number;
	(void)exported;
	double a = person_activity(s, e->who);
	cell_tag(c, s->kind == HOTEL ? "guest-" : "A-", 1001 + (uint64_t)e->who);
	cell_name(c, p);
	cell_mail(c, s, p, 7000);
	cell_phone(c, p);
	cell(c, person_country(s, p));
	cell_stamp(c, p->joined, STAMP_DAY);
	cell(c, s->co->channel[p->channel].name);
	cell_any(c, s->co->channel[p->channel].campaign);
	cell(c, a > 1.5 ? "heavy" : a < 0.4 ? "light" : "normal");
	row_end(c);
}

/* ---- surveys ---- */

int survey_score(const struct sim *s, uint32_t who, uint32_t k, bool late, int place)
{
	struct rng r;
	rng_init(&r, s->seed, who, S_SURVEY + k);
	double z = rng_normal(&r), v;
	if (s->kind == HOTEL)
		v = 4.3 + 0.8 * z - (late ? 1.2 : 0) - (place == PLACES - 1 ? 0.5 : 0);
	else
		v = 8.2 + 1.8 * z - (late ? 3 : 0);
	double most = s->kind == HOTEL ? 5 : 10, least = s->kind == HOTEL ? 1 : 0;
	return (int)lround(v < least ? least : v > most ? most : v);
}

static const char *answer_text(int score)
{
	return score >= 9 ? "Fast, friendly, \"just right\"" : score >= 7 ? "All fine" : "Had to ask twice, and wait";
}

void typeform_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "#,How likely are you to recommend us to a friend?,What is the main reason for your answer? Tell us,Your e-mail,Start Date (UTC),Submit Date (UTC),Network ID");
}

void typeform_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	int score = survey_score(s, e->who, e->k, e->x & 1, 0);
	(void)number;
	(void)exported;
	cell_hex(c, e->who, 'R', e->k);
	cell_int(c, score);
	cell_any(c, answer_text(score));
	cell_mail(c, s, p, 8000 + e->k);
	cell_stamp(c, e->t - 95, STAMP_UTC);
	cell_stamp(c, e->t, STAMP_UTC);
	cell(c, "a1b2c3");
	row_end(c);
}

void qualtrics_head(struct cells *c, const struct sim *s)
{
	char json[160];
	put_line(c, "StartDate,EndDate,Status,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,RecipientEmail,DistributionChannel,UserLanguage,Q1_NPS_GROUP,Q1,Q2");
	put_line(c, "Start Date,End Date,Response Type,Progress,Duration (in seconds),Finished,Recorded Date,Response ID,Recipient Email,Distribution Channel,User Language,"
		"How likely are you to recommend us? - Group,How likely are you to recommend us?,\"What is the main reason");
	put_line(c, "for your score?\"");
	for (int i = 0; i < 14; i++) {
		static const char *const names[] = { "startDate", "endDate", "status", "progress", "duration", "finished", "recordedDate", "_recordId", "recipientEmail", "distributionChannel", "userLanguage", "QID1_NPS_GROUP", "QID1", "QID2_TEXT" };
		snprintf(json, sizeof json, i < 2 || i == 6 ? "{\"ImportId\":\"%s\",\"timeZone\":\"%s\"}" : "{\"ImportId\":\"%s\"}", names[i], s->co->zone);
		cell_quoted(c, json);
	}
	row_end(c);
	c->rows = 0;
}

static void qualtrics_answer(struct cells *c, const struct sim *s, const struct event *e, const struct person *p, const char *status, const char *id, int score)
{
	cell_stamp(c, e->t - 120, STAMP_LOCAL);
	cell_stamp(c, e->t, STAMP_LOCAL);
	cell(c, status);
	cell_int(c, 100);
	cell_int(c, 120);
	cell(c, "True");
	cell_stamp(c, e->t, STAMP_LOCAL);
	cell(c, id);
	cell_mail(c, s, p, 8000 + e->k);
	cell(c, "email");
	cell(c, "EN");
	cell(c, score >= 9 ? "Promoter" : score >= 7 ? "Passive" : "Detractor");
	cell_int(c, score);
	cell_any(c, answer_text(score));
}

void qualtrics_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	char id[40];
	int score = survey_score(s, e->who, e->k, e->x & 1, 0);
	(void)exported;
	snprintf(id, sizeof id, "R_%08x%08x", (unsigned)e->who, (unsigned)e->k);
	qualtrics_answer(c, s, e, p, "IP Address", id, score);
	row_end(c);
	if (number % 40 == 0 && !c->one_line) {
		id[0] = 'P';
		qualtrics_answer(c, s, e, p, "Survey Preview", id, 10);
		row_ignored(c);
	}
}

void opinions_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "time;email;touchpoint;score;scale;mood;location;text");
}

void opinions_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	int place = e->x >> 1, score = survey_score(s, e->who, e->k, e->x & 1, place);
	(void)number;
	(void)exported;
	cell_stamp(c, e->t, STAMP_DOTS);
	cell_mail(c, s, p, 8000 + e->k);
	cell(c, "stay");
	cell_int(c, score);
	cell(c, "csat");
	cell(c, score >= 5 ? "praise" : score <= 2 ? "complaint" : "");
	cell(c, s->co->place[place]);
	cell_any(c, score >= 5 ? "Très bien; \"à bientôt\"" : score <= 2 ? "Das Zimmer war nicht fertig" : "");
	row_end(c);
}
