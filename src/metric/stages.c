/* Stages of the journey and what each is measured by, for two months side by side.
 *
 *   discover   visits and other steps a customer takes by himself before the first order; of
 *              those without an order so far, who ordered within 7 days
 *   buy        the first order, payments, subscriptions; payment attempts that went through
 *   receive    deliveries; orders promised for a day of the month that came by then
 *   use        such steps by himself after the first order
 *   pay        invoices; those due in the month that were paid by then
 *   get help   contacts the customer began, complaints; not followed by another for the same
 *              reason within 7 days
 *   come back  later orders; of those whose first order is 90 days old in the month, who
 *              ordered again
 *   leave      cancellations; of those there at the month's start, who left in it
 *
 * `[stages] pattern = stage` puts steps elsewhere. A measure of the month counts what could be
 * known by the as-of date; what needs more time is left out, never read as a failure. Who left
 * is counted at the stage of the last step before.
 *
 * With a span it stands for the month, and the span --versus asks for stands for the one
 * before. Spans may be as short as what a measure waits for: it then counts what became known
 * in the span, the contacts and visits whose seven days ended in it.
 */
#include "stages_impl.h"

enum { DAY = 86400, ORDER_DAYS = 7, AGAIN_DAYS = 7, BACK_DAYS = 90 };

const char *const stage_name[STAGES] = { "discover", "buy", "receive", "use", "pay", "get help", "come back", "leave" };
const char *const stage_measure[STAGES] = { "first_order_7d", "paid_first_try", "on_promised_day", "", "paid_when_due", "solved_first_contact", "second_order_90d", "left_rate" };
const char *const stage_words[STAGES] = { "first order in 7 days", "paid at first try", "on the promised day", "", "invoice paid when due", "solved at first contact", "2nd order in 90 days", "left" };
const char *const stage_definition[STAGES] = {
	"of people without an order who came by themselves, those who ordered within 7 days",
	"payment attempts that went through",
	"orders promised for a day of the time that were delivered by then",
	"",
	"invoices due in the time that were paid by then",
	"contacts not followed by another of the customer for the same reason within 7 days",
	"of customers whose first order is 90 days old in the time, those with a second",
	"of customers at the start of the time, those who left in it",
};

static int64_t value(const struct walk *w, enum field f, size_t record)
{
	return w->j->rows.f[f] ? w->j->rows.f[f][record] : WEND_NONE;
}

/* ---- which stage a step is of ---- */
static enum stage fixed_stage(uint32_t s, bool ordered)
{
	switch (s) {
	case STEP_ORDER_PLACED: return ordered ? STAGE_COME_BACK : STAGE_BUY;
	case STEP_PAYMENT_FAILED: case STEP_PAYMENT_DISPUTED: case STEP_SUB_STARTED: case STEP_SUB_CHANGED: return STAGE_BUY;
	case STEP_INVOICE_ISSUED: case STEP_INVOICE_OVERDUE: case STEP_INVOICE_PAID: return STAGE_PAY;
	case STEP_TRIAL_STARTED: case STEP_SIGNED_UP: return STAGE_DISCOVER;
	case STEP_TRIAL_LOST: case STEP_SUB_CANCELLED: case STEP_SUB_ENDED: case STEP_CANCELLED: return STAGE_LEAVE;
	case STEP_ORDER_REFUNDED: case STEP_COMPLAINT: return STAGE_GET_HELP;
	case STEP_PRAISE: case STEP_SCORE: return STAGE_USE;
	default: return STAGE_NONE;
	}
}

static enum stage stage_of(const struct stages_ctx *c, const struct walk *w, size_t i, bool ordered)
{
	const uint32_t code = w->v[i].name;
	for (int s = 0; s < STAGES; s++)
		if (c->set[s] && step_mask(c->set[s], code))
			return (enum stage)s;
	if (code & STEP_FIXED)
		return fixed_stage(code & ~STEP_FIXED, ordered);
	if (contacts_has(&c->out, w, i))
		return STAGE_NONE;
	return contacts_has(&c->in, w, i) ? STAGE_GET_HELP : ordered ? STAGE_USE : STAGE_DISCOVER;
}

static bool is_start(const struct step *v)
{
	return v->name == (STEP_FIXED | STEP_ORDER_PLACED) || v->name == (STEP_FIXED | STEP_SUB_STARTED);
}

static int month_of(const struct stages_ctx *c, int64_t at)
{
	for (int m = 0; m < MONTHS; m++)
		if (at >= c->from[m] && at < c->to[m])
			return m;
	return -1;
}

static void judge(struct stages_acc *a, int month, enum stage s, bool good)
{
	a->v[month][s].n++;
	a->v[month][s].good += good;
}

/* ---- measures ---- */
/* End of a promised or due day; a time of day is its own end. */
static int64_t end_of(const struct walk *w, int64_t t)
{
	return wtime_is_day(t) ? zone_instant(w->j->pop->zone, wtime_secs(t) + DAY, NULL) : wtime_secs(t) + 1;
}

static void judge_records(struct stages_acc *a, const struct stages_ctx *c, const struct walk *w)
{
	const struct rows *r = &w->j->rows;
	for (size_t i = 0; i < r->n; i++) {
		if (w->j->seen[i])
			continue;
		const int month = month_of(c, w->j->at[i]);
		if (r->kind[i] == KIND_PAYMENTS && month >= 0) {
			const int64_t status = value(w, F_STATUS, i);
			if (status >= 0 && (status == c->paid || status == c->failed))
				judge(a, month, STAGE_BUY, status == c->paid);
		}
		const enum field by = r->kind[i] == KIND_ORDERS ? F_PROMISED_BY : F_DUE, done_by = r->kind[i] == KIND_ORDERS ? F_DELIVERED : F_PAID;
		const int64_t due = r->kind[i] == KIND_ORDERS || r->kind[i] == KIND_INVOICES ? value(w, by, i) : WEND_NONE;
		if (due == WEND_NONE)
			continue;
		const int64_t end = end_of(w, due), done = value(w, done_by, i);
		const int of = month_of(c, end - 1);
		if (of >= 0 && end <= c->until)
			judge(a, of, r->kind[i] == KIND_ORDERS ? STAGE_RECEIVE : STAGE_PAY, done != WEND_NONE && wtime_instant(done, w->j->pop->zone) < end);
	}
}

static uint32_t reason_of(const struct walk *w, size_t i)
{
	const int64_t topic = value(w, F_TOPIC, w->v[i].record);
	return topic == WEND_NONE ? w->v[i].name : step_word(w->j->pop, topic);
}

static bool comes_again(const struct stages_ctx *c, const struct walk *w, size_t i)
{
	for (size_t k = i + 1; k < w->n && step_gap_s(&w->v[i], &w->v[k]) <= (int64_t)AGAIN_DAYS * DAY; k++)
		if (contacts_has(&c->in, w, k) && reason_of(w, k) == reason_of(w, i))
			return true;
	return false;
}

static void judge_contact(struct stages_acc *a, const struct stages_ctx *c, const struct walk *w, size_t i, int month)
{
	const uint32_t id = ids_get(&a->contact_ids, w->v[i].name);
	if (id == a->ncontact) {
		GROW(a->contact, a->contact_cap, a->ncontact + 1);
		a->contact[a->ncontact++] = w->v[i].name;
	}
	const int64_t known = w->v[i].at + (int64_t)AGAIN_DAYS * DAY;
	const int of = c->spanned ? month_of(c, known) : month;
	if (known > c->contact_until || (of < 0 && w->v[i].at < c->year))
		return;
	const bool again = comes_again(c, w, i);
	if (of >= 0)
		judge(a, of, STAGE_GET_HELP, !again);
	if (w->v[i].at < c->year)
		return;
	a->watched7++;
	a->again7 += again;
	const enum fate fate = c->leaving ? fate_after(&c->fates, &a->s, w->v[i].at, (int64_t)BACK_DAYS * DAY) : FATE_UNKNOWN;
	a->watched90 += fate != FATE_UNKNOWN;
	a->left90 += fate == FATE_LEFT;
}

static void judge_orders(struct stages_acc *a, const struct stages_ctx *c, const struct walk *w)
{
	size_t first = 0, second;
	while (first < w->n && !is_start(&w->v[first]))
		first++;
	/* before the first order: by month, from the first step by himself */
	const int64_t wait = (int64_t)ORDER_DAYS * DAY, later = c->spanned ? wait : 0;
	for (int m = 0; m < MONTHS; m++)
		for (size_t i = 0; i < first; i++) {
			if (w->v[i].at + later < c->from[m] || stage_of(c, w, i, false) != STAGE_DISCOVER)
				continue;
			if (w->v[i].at + later < c->to[m] && w->v[i].at + wait <= c->until)
				judge(a, m, STAGE_DISCOVER, first < w->n && step_gap_s(&w->v[i], &w->v[first]) <= wait);
			break;
		}
	if (first == w->n || w->v[first].name != (STEP_FIXED | STEP_ORDER_PLACED))
		return;
	const int month = month_of(c, w->v[first].at + (int64_t)BACK_DAYS * DAY);
	for (second = first + 1; second < w->n && w->v[second].name != (STEP_FIXED | STEP_ORDER_PLACED);)
		second++;
	if (month >= 0)
		judge(a, month, STAGE_COME_BACK, second < w->n && step_gap_s(&w->v[first], &w->v[second]) <= (int64_t)BACK_DAYS * DAY);
}

static void judge_leaving(struct stages_acc *a, const struct stages_ctx *c, const struct walk *w, const enum stage *stage)
{
	for (int m = 0; m < MONTHS; m++)
		for (size_t k = 0; k < a->s.n; k++) {
			const struct stretch *x = &a->s.v[k];
			if (x->from >= c->from[m] || x->closes <= c->from[m])
				continue;
			const bool left = x->closes <= c->to[m];
			judge(a, m, STAGE_LEAVE, left);
			size_t i = w->n;
			while (i > 0 && (w->v[i - 1].at >= x->closes || stage[i - 1] == STAGE_NONE || stage[i - 1] == STAGE_LEAVE))
				i--;
			if (left && i)
				a->v[m][stage[i - 1]].left++;
		}
}

static void add_walk(void *acc, const struct walk *w, void *ctx)
{
	struct stages_acc *a = acc;
	const struct stages_ctx *c = ctx;
	enum stage *stage = xreallocarray(NULL, w->n, sizeof *stage);
	bool ordered = false;
	a->serial++;
	a->s.n = 0;
	if (c->leaving)
		stretches_of(&a->s, &c->fates, w);
	for (size_t i = 0; i < w->n; i++) {
		stage[i] = stage_of(c, w, i, ordered);
		ordered = ordered || is_start(&w->v[i]);
		const int month = month_of(c, w->v[i].at);
		if (contacts_has(&c->in, w, i))
			judge_contact(a, c, w, i, month);
		if (month < 0 || stage[i] == STAGE_NONE)
			continue;
		struct stage_count *x = &a->v[month][stage[i]];
		x->customers += x->last != a->serial;
		x->last = a->serial;
	}
	judge_records(a, c, w);
	judge_orders(a, c, w);
	judge_leaving(a, c, w, stage);
	free(stage);
}

void stages_release(struct stages_acc *a)
{
	free(a->contact);
	ids_release(&a->contact_ids);
	stretches_release(&a->s);
	*a = (struct stages_acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct stages_acc *a = into, *b = from;
	(void)ctx;
	for (int m = 0; m < MONTHS; m++)
		for (int s = 0; s < STAGES; s++) {
			a->v[m][s].customers += b->v[m][s].customers;
			a->v[m][s].n += b->v[m][s].n;
			a->v[m][s].good += b->v[m][s].good;
			a->v[m][s].left += b->v[m][s].left;
		}
	a->watched7 += b->watched7;
	a->again7 += b->again7;
	a->watched90 += b->watched90;
	a->left90 += b->left90;
	for (size_t i = 0; i < b->ncontact; i++)
		if (ids_get(&a->contact_ids, b->contact[i]) == a->ncontact) {
			GROW(a->contact, a->contact_cap, a->ncontact + 1);
			a->contact[a->ncontact++] = b->contact[i];
		}
	stages_release(b);
}

struct walk_part stages_part(struct stages_acc *a, struct stages_ctx *c)
{
	return (struct walk_part){ .acc_size = sizeof *a, .acc = a, .customer = add_walk, .merge = merge, .ctx = c };
}

/* ---- settings ---- */
struct reading {
	struct str of[STAGES];
	const struct population *p;
	struct err *err;
};

static bool collect(void *ctx, const char *section, const char *name, const char *text, int64_t when, const char *whence)
{
	struct reading *q = ctx;
	(void)when;
	(void)whence;
	if (strcmp(section, "stages") || !text || !*text)
		return true;
	int s = 0;
	while (s < STAGES && !sv_ieq(sv_of(text), sv_of(stage_name[s])))
		s++;
	if (s == STAGES) {
		err_set(q->err, WEND_E_USAGE, "[stages] %s = %s: no such stage; there are discover, buy, receive, use, pay, get help, come back and leave", name, text);
		return false;
	}
	/* a name as typed, quoted: commas and bars are part of it, * still any text */
	str_puts(&q->of[s], q->of[s].n ? "|\"" : "\"");
	for (const char *c = name; *c; c++) {
		if (*c == '"')
			str_putc(&q->of[s], '"');
		str_putc(&q->of[s], *c);
	}
	str_putc(&q->of[s], '"');
	return true;
}

static enum wend_err read_stages(struct stages_ctx *c, const struct population *p, struct err *err)
{
	struct reading q = { .p = p, .err = err };
	enum wend_err e = WEND_OK;
	err->code = WEND_OK;
	store_each_setting(p->store, collect, &q);
	e = err->code;
	for (int s = 0; s < STAGES; s++) {
		if (!e && q.of[s].n)
			e = touch_steps(&c->set[s], "stages", q.of[s].p, p, err);
		str_release(&q.of[s]);
	}
	return e;
}

/* ---- the months ---- */
static void month_before(struct stages_ctx *c, int m, int32_t as_of, int back)
{
	const int32_t month = period_number(PERIOD_MONTH, as_of + 1) - 1 - back;
	c->from[m] = zone_instant(c->p->zone, (int64_t)period_day(PERIOD_MONTH, month) * DAY, NULL);
	c->to[m] = zone_instant(c->p->zone, (int64_t)period_day(PERIOD_MONTH, month + 1) * DAY, NULL);
	period_text(&c->name[m], PERIOD_MONTH, period_day(PERIOD_MONTH, month));
}

/* The last whole month and the one before it, or the last one as of --versus; else the span and
 * the one it is held against. */
static enum wend_err choose_times(struct stages_ctx *c, const char *versus, struct err *err)
{
	const struct population *p = c->p;
	struct population then;
	char text[96];
	c->spanned = p->from_local != INT64_MIN;
	c->year = p->as_of_end - (int64_t)365 * DAY;
	if (c->spanned || versus)
		if (versus_population(&then, p, versus ? versus : "previous", text, err))
			return err->code;
	if (!c->spanned) {
		month_before(c, 0, p->as_of, 0);
		month_before(c, 1, versus ? then.as_of : p->as_of, versus ? 0 : 1);
		return WEND_OK;
	}
	const struct population *const span[MONTHS] = { p, &then };
	for (int m = 0; m < MONTHS; m++) {
		c->from[m] = span[m]->from;
		c->to[m] = span[m]->to < p->as_of_end ? span[m]->to : p->as_of_end;
	}
	str_puts(&c->name[0], p->span_text);
	str_puts(&c->name[1], text);
	return WEND_OK;
}

enum wend_err stages_open(struct stages_ctx *c, const struct population *p, const struct report_options *ro, struct fold *also, struct err *err)
{
	static const enum field fields[] = { F_TOPIC, F_PROMISED_BY, F_DELIVERED, F_STATUS, F_DUE, F_PAID };
	struct err none = ERR_INIT;
	int64_t from;
	*c = (struct stages_ctx){ .p = p, .until = p->as_of_end, .paid = store_word_code(p->store, SV("paid")), .failed = store_word_code(p->store, SV("failed")), .name = { STR_INIT, STR_INIT } };
	if (choose_times(c, ro->versus, err))
		return err->code;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		fields_add(&also->fields, fields[i]);
	enum wend_err e = read_stages(c, p, err);
	if (!e)
		e = contacts_init(&c->in, p, NULL, false, err);
	if (!e)
		e = contacts_init(&c->out, p, NULL, true, err);
	if (!e)
		e = touch_covered(p, KIND_BIT(KIND_INTERACTIONS), &from, &c->contact_until, err);
	if (e)
		return e;
	contacts_fields(also, &c->in);
	/* a store nobody can leave still has stages */
	c->leaving = !fates_init(&c->fates, p, NULL, ro, &none) && c->fates.ready;
	if (*none.msg) {
		str_reset(&c->fates.said);
		str_printf(&c->fates.said, "who left is not told: %s", none.msg);
	}
	fates_fields(also, &c->fates);
	also->money = 0;
	return WEND_OK;
}

void stages_close(struct stages_ctx *c)
{
	for (int m = 0; m < MONTHS; m++)
		str_release(&c->name[m]);
	fates_release(&c->fates);
}
