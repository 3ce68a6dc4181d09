/* Recurring money of a customer over time, all his contracts together.
 *
 *   amount   the sum of the monthly prices of the contracts that are paid at the moment
 *            (paid.c), as they stand in the subscriptions: invoices, with what a change in
 *            the middle of a month adds or takes, never feed it. Contracts without a price
 *            are counted and add nothing; a sum below 0 is 0
 *   change   at its own instant: a contract that ends as another begins is one change of
 *            the sum, whatever the plans are called
 *   grace    a pause of the money of no more than this is none: the amount before it holds
 *            until the money is back
 *
 * The result is a step function: v[i].minor from v[i].at on, before the first step nothing;
 * neighbours differ.
 */
#include "journey_impl.h"

struct mrr_room {
	struct paid_buf paid;
	struct mrr_step *edge;   /* changes of the sum */
	size_t n, cap;
};

static void add_edge(struct mrr_room *m, int64_t at, int64_t change)
{
	GROW(m->edge, m->cap, m->n + 1);
	m->edge[m->n++] = (struct mrr_step){ at, change };
}

static int by_at(const void *a, const void *b)
{
	const struct mrr_step *x = a, *y = b;
	return (x->at > y->at) - (x->at < y->at);
}

static void add_step(struct mrr_line *out, int64_t at, int64_t minor)
{
	if (minor == (out->n ? out->v[out->n - 1].minor : 0))
		return;
	GROW(out->v, out->cap, out->n + 1);
	out->v[out->n++] = (struct mrr_step){ at, minor };
}

/* Pauses that are none: the step down goes, and the way back is a change from what was. */
static void bridge_pauses(struct mrr_line *out, int64_t grace_s)
{
	size_t n = 0;
	for (size_t i = 0; i < out->n; i++) {
		const struct mrr_step s = out->v[i];
		if (!s.minor && n && i + 1 < out->n && out->v[i + 1].at - s.at <= grace_s)
			continue;
		if (!n || out->v[n - 1].minor != s.minor)
			out->v[n++] = s;
	}
	out->n = n;
}

void mrr_of(struct mrr_line *out, const struct journey *j, int64_t grace_s)
{
	if (!out->room)
		out->room = xcalloc(1, sizeof *out->room);
	struct mrr_room *m = out->room;
	int64_t sum = 0;
	paid_of(&m->paid, j);
	out->n = m->n = 0;
	out->trials = m->paid.trials;
	out->trials_lost = m->paid.trials_lost;
	out->bad = m->paid.bad;
	out->unpaid = m->paid.unpaid;
	out->unpriced = 0;
	for (size_t i = 0; i < m->paid.n; i++) {
		const struct paid *p = &m->paid.v[i];
		out->unpriced += p->unpriced;
		if (!p->mrr)
			continue;
		add_edge(m, p->from, p->mrr);
		if (p->to != INT64_MAX)
			add_edge(m, p->to, -p->mrr);
	}
	if (m->n > 1)
		qsort(m->edge, m->n, sizeof *m->edge, by_at);
	for (size_t i = 0; i < m->n;) {
		const int64_t at = m->edge[i].at;
		for (; i < m->n && m->edge[i].at == at; i++)
			sum += m->edge[i].minor;
		add_step(out, at, sum > 0 ? sum : 0);
	}
	if (grace_s > 0)
		bridge_pauses(out, grace_s);
}

void mrr_line_release(struct mrr_line *m)
{
	if (m->room) {
		free(m->room->paid.v);
		free(m->room->paid.trial);
		free(m->room->edge);
	}
	free(m->room);
	free(m->v);
	*m = (struct mrr_line){ 0 };
}

void mrr_fields(struct fold *f)
{
	paid_fields(f);
	f->money |= KIND_BIT(KIND_SUBSCRIPTIONS);
}
