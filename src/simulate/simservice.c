/* Exports of service: three helpdesks and a telephone. */
#include "simrows.h"

#include <stdio.h>

struct ticket {
	uint32_t answered, solved, due; /* solved: UINT32_MAX = never */
	unsigned via, agent, replies, reopened;
	bool rated, good;
};
static const char *const topics[TOPIC_COUNT] = { "Delivery", "Payment", "Complaint", "Question", "Invoice" };
static const char *const subjects[TOPIC_COUNT] = { "Where is my order?", "My card was declined", "This is not good enough", "A question", "The invoice is wrong" };
static const char *const agents[] = { "Mara Lind", "Jonas Falk", "Iris Sand", "Tom Reed" };
static const char *const vias[] = { "Mail", "Web form", "Chat" };

/* A complaint stays open: its cause of leaving is that nobody solves it. */
static void ticket_make(struct ticket *k, const struct sim *s, const struct event *e)
{
	struct rng r;
	rng_init(&r, s->seed, e->who, S_TICKET + e->k);
	*k = (struct ticket){ .via = rng_upto(&r, 3), .agent = rng_upto(&r, 4), .replies = 1 + rng_upto(&r, 3) };
	k->answered = e->t + 300 + (uint32_t)(rng_exponential(&r) * 3 * 3600);
	k->solved = k->answered + 600 + (uint32_t)(rng_exponential(&r) * 20 * 3600);
	k->due = e->t + days_s(1);
	k->reopened = rng_chance(&r, 0.1);
	k->rated = rng_chance(&r, 0.4);
	k->good = rng_chance(&r, e->x == TOPIC_QUESTION ? 0.9 : 0.6);
	if (e->x == TOPIC_COMPLAINT) {
		k->solved = UINT32_MAX;
		k->rated = false;
	}
}

static void stamp_if(struct cells *c, uint32_t t, uint32_t exported, enum stamp_form form)
{
	if (t <= exported)
		cell_stamp(c, t, form);
	else
		cell_none(c, 1);
}

/* When the ticket last changed, as far as this export knows. */
static uint32_t changed_at(const struct ticket *k, const struct event *e, uint32_t exported)
{
	return k->solved <= exported ? k->solved : k->answered <= exported ? k->answered : e->t;
}

void zendesk_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "Summation column,Id,Requester,Requester id,Requester email,Assignee,Group,Subject,Status,Priority,Via,Created at,Updated at,Solved at,"
		"Satisfaction Score,Resolution time,Reopens,Replies,First reply time in minutes,Ticket Category [list]");
}

void zendesk_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	struct ticket k;
	ticket_make(&k, s, e);
	bool solved = k.solved <= exported;
	cell_int(c, 1);
	cell_int(c, (int64_t)(500 + number));
	cell_name(c, p);
	if (p->kiosk)
		cell_none(c, 1);
	else
		cell_int(c, 70000 + e->who);
	cell_mail(c, s, p, 6000 + e->k);
	cell(c, agents[k.agent]);
	cell(c, "Support");
	cell(c, subjects[e->x]);
	cell(c, solved ? "Solved" : "Open");
	cell(c, "Normal");
	cell(c, vias[k.via]);
	cell_stamp(c, e->t, STAMP_MINUTE);
	cell_stamp(c, changed_at(&k, e, exported), STAMP_MINUTE);
	stamp_if(c, k.solved, exported, STAMP_MINUTE);
	cell(c, !solved ? "Not Offered" : k.rated ? k.good ? "Good" : "Bad" : "Offered");
	if (solved)
		cell_int(c, (k.solved - e->t) / 3600);
	else
		cell_none(c, 1);
	cell_int(c, solved ? k.reopened : 0);
	cell_int(c, solved ? k.replies : 0);
	if (k.answered <= exported)
		cell_int(c, (k.answered - e->t) / 60);
	else
		cell_none(c, 1);
	cell(c, topics[e->x]);
	row_end(c);
}

void freshdesk_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "Ticket ID,Subject,Description,Status,Priority,Source,Type,Agent,Group,Created time,Due by Time,Resolved time,Closed time,Last update time,"
		"Initial response time,Agent interactions,Resolution status,Survey results,Full name,Email,Contact ID");
}

void freshdesk_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	struct ticket k;
	ticket_make(&k, s, e);
	bool solved = k.solved <= exported;
	cell_int(c, (int64_t)(100 + number));
	cell(c, subjects[e->x]);
	if (number % 9 == 0 && !c->one_line)
		cell_quoted(c, "Hello,\n\nplease look into it; it says \"error\".");
	else
		cell(c, "see subject");
	cell(c, solved ? "Closed" : "Open");
	cell(c, "Medium");
	cell(c, k.via == 2 ? "Chat" : k.via ? "Portal" : "Email");
	cell(c, topics[e->x]);
	cell(c, agents[k.agent]);
	cell(c, "Support");
	cell_stamp(c, e->t, STAMP_LOCAL);
	cell_stamp(c, k.due, STAMP_LOCAL);
	stamp_if(c, k.solved, exported, STAMP_LOCAL);
	stamp_if(c, k.solved, exported, STAMP_LOCAL);
	cell_stamp(c, changed_at(&k, e, exported), STAMP_LOCAL);
	stamp_if(c, k.answered, exported, STAMP_LOCAL);
	cell_int(c, solved ? k.replies : 0);
	cell(c, solved ? k.solved <= k.due ? "Within SLA" : "SLA Violated" : "");
	cell(c, solved && k.rated ? k.good ? "Very happy" : "Unhappy" : "");
	cell_name(c, p);
	cell_mail(c, s, p, 6000 + e->k);
	if (p->kiosk)
		cell_none(c, 1);
	else
		cell_int(c, 43000000 + e->who);
	row_end(c);
}

void osticket_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "Ticket Number;Date Created;Subject;From;From Email;Priority;Department;Help Topic;Source;Current Status;Last Updated;Due Date;Overdue;Answered;"
		"Agent Assigned;Thread Count");
}

void osticket_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	const struct person *p = memo_person(c, s, e->who);
	struct ticket k;
	ticket_make(&k, s, e);
	bool solved = k.solved <= exported;
	cell_int(c, (int64_t)(200000 + number));
	cell_stamp(c, e->t, STAMP_LOCAL);
	cell(c, subjects[e->x]);
	cell_name(c, p);
	cell_mail(c, s, p, 6000 + e->k);
	cell(c, "Normal");
	cell(c, "Guests");
	cell(c, topics[e->x]);
	cell(c, k.via ? "Web" : "Email");
	cell(c, solved ? "Resolved" : "Open");
	cell_stamp(c, changed_at(&k, e, exported), STAMP_LOCAL);
	cell_stamp(c, k.due, STAMP_LOCAL);
	cell_int(c, (solved ? k.solved : exported) > k.due);
	cell_int(c, k.answered <= exported);
	cell(c, agents[k.agent]);
	cell_int(c, 1 + (k.answered <= exported) + (solved ? (int64_t)k.replies : 0));
	row_end(c);
}

void aircall_head(struct cells *c, const struct sim *s)
{
	(void)s;
	put_line(c, "line,datetime (tz offset incl.),number timezone,datetime (UTC),country_code,direction,from,to,answered,missed_call_reason,user,"
		"duration (total),duration (in call),comments,tags,team,call id,waiting time");
}

void aircall_row(struct cells *c, const struct sim *s, const struct event *e, uint64_t number, uint32_t exported)
{
	struct rng r;
	char phone[24];
	(void)exported;
	rng_init(&r, s->seed, e->who, S_CALL + e->k);
	int wait = 3 + (int)(rng_exponential(&r) * 25), talk = 40 + (int)(rng_exponential(&r) * 180);
	bool missed = wait > 90;
	unsigned agent = rng_upto(&r, 4);
	const char *line = s->kind == HOTEL ? s->co->place[rng_upto(&r, PLACES)] : "Care line";
	person_phone(phone, e->who);
	cell(c, line);
	cell_stamp(c, e->t, STAMP_LOCAL);
	cell(c, s->co->zone);
	cell_stamp(c, e->t, STAMP_UTC);
	cell(c, s->co->country);
	cell(c, "inbound");
	cell(c, phone);
	cell(c, "+35121000000");
	cell(c, missed ? "No" : "Yes");
	cell(c, missed ? "abandoned_in_classic" : "");
	cell(c, missed ? "[No associated user]" : agents[agent]);
	cell_int(c, wait + (missed ? 0 : talk));
	cell_int(c, missed ? 0 : talk);
	if (number % 11 == 0 && !c->one_line)
		cell_quoted(c, "Asked twice;\nwas \"not amused\"");
	else
		cell_none(c, 1);
	cell(c, topics[e->x]);
	cell(c, "Care");
	cell_int(c, (int64_t)(7000000 + number));
	cell_int(c, wait);
	row_end(c);
}
