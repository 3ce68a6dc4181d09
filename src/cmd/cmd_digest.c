/* room: cmd
 * wend digest: the report by mail. Everything is computed and written before the first byte
 * leaves; what cannot be made is said in a letter of its own.
 */
#include "cmd/cmd.h"
#include "wend/channels.h"
#include "wend/churn.h"
#include "wend/digest.h"
#include "wend/mail.h"
#include "wend/metric.h"
#include "wend/touch.h"

#include <math.h>

static struct opt_list to;
static const char *sender, *during;

/* ---- what is asked ---- */

typedef enum wend_err summary_fn(const struct population *p, const struct report_options *ro, struct report *r, struct err *err);

static const struct churn_options leaving = { .dunning_days = 30 };

static enum wend_err left(const struct population *p, const struct report_options *ro, struct report *r, struct err *err)
{
	return metric_churn_summary(p, &leaving, ro, r, err);
}

static enum wend_err value(const struct population *p, const struct report_options *ro, struct report *r, struct err *err)
{
	const struct ltv_options o = { .margin = NAN, .discount = NAN, .seed = 1 };
	return metric_ltv_summary(p, &o, ro, r, err);
}

#define MONEY (KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_PAYMENTS) | KIND_BIT(KIND_INVOICES))

/* What a summary is compared with. */
enum against { BEFORE, YEAR, AHEAD };
static const struct part {
	const char *command;
	enum against against;  /* AHEAD: everyone known as of the last day, against the day before the first */
	uint32_t needs;        /* one of these kinds */
	summary_fn *run;
} parts[] = {
	{ "wend ltv", BEFORE, MONEY, value },
	{ "wend churn", BEFORE, MONEY | KIND_BIT(KIND_SUBSCRIPTIONS), left },
	{ "wend touchpoints", BEFORE, KIND_ALL, metric_touch_summary },
	{ "wend ltv", AHEAD, MONEY, value },
	{ "wend touchpoints", AHEAD, KIND_BIT(KIND_INTERACTIONS), metric_touch_summary },
	{ "wend ltv", YEAR, MONEY, value },
	{ "wend churn", YEAR, MONEY | KIND_BIT(KIND_SUBSCRIPTIONS), left },
	{ "wend touchpoints", YEAR, KIND_ALL, metric_touch_summary },
};
enum { PARTS = sizeof parts / sizeof *parts };

struct asked {
	struct report r[PARTS], channels;
	const char *channels_command; /* NULL: no spending is known */
	struct digest_input in[PARTS];
	size_t n;
	char since[16], until[16], last[16];
	int32_t first, final;
	const char *money;       /* options the commands need: " --currency EUR" */
	bool several;            /* currencies */
	char span[64], before[32], year[40];
	char spelt[64];          /* the span as options: --during 2026-W46 */
};

static void day(char out[16], int32_t d)
{
	struct str s = STR_INIT;
	day_text(&s, d);
	snprintf(out, 16, "%s", s.p);
	str_release(&s);
}

/* "week 46", "2026-10", else its first and last day; and what the time before is called. */
static void name_span(struct asked *q)
{
	static const struct {
		enum period_unit unit;
		const char *name;
	} units[] = { { PERIOD_DAY, "day" }, { PERIOD_WEEK, "week" }, { PERIOD_MONTH, "month" }, { PERIOD_QUARTER, "quarter" }, { PERIOD_YEAR, "year" } };
	struct str t = STR_INIT;
	snprintf(q->span, sizeof q->span, "%s to %s", q->since, q->until);
	snprintf(q->spelt, sizeof q->spelt, "--since %s --until %s", q->since, q->until);
	snprintf(q->before, sizeof q->before, "the time before");
	snprintf(q->year, sizeof q->year, "a year before");
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (period_start(units[i].unit, q->first) != q->first || period_next(units[i].unit, q->first) != q->final + 1)
			continue;
		str_reset(&t);
		period_text(&t, units[i].unit, q->first);
		if (units[i].unit != PERIOD_WEEK || civil_weeks_iso()) {
			snprintf(q->span, sizeof q->span, "%s%s", units[i].unit == PERIOD_WEEK ? "week " : "", units[i].unit == PERIOD_WEEK ? t.p + 6 : t.p); /* 2026-W46 */
			snprintf(q->spelt, sizeof q->spelt, "--during %s", t.p);
		}
		snprintf(q->before, sizeof q->before, "%s before", units[i].name);
		snprintf(q->year, sizeof q->year, "same %s last year", units[i].name);
	}
	str_release(&t);
}

/* The span, by the clock on the wall of the store's zone. */
static enum wend_err span_of(struct asked *q, const struct population *p, int64_t now, struct err *err)
{
	struct zone_cache c = ZONE_CACHE(p->zone);
	struct span s;
	if (span_parse(&s, sv_of(during ? during : "last-week"), floor_day(zone_local(&c, now)), err))
		return err->code;
	q->first = floor_day(s.from);
	q->final = floor_day(s.to - 1);
	day(q->since, q->first);
	day(q->until, q->final);
	day(q->last, q->first - 1);
	name_span(q);
	return WEND_OK;
}

/* A command typed from the letter adds up the same money. */
static void note_money(struct asked *q, struct run *u, const struct report *r)
{
	for (int i = 0; i < r->explain.nrow && u->ro.currency_code; i++)
		if (r->explain.row[i].rows && !strcmp(r->explain.row[i].what, seen_reason[SEEN_OTHER_CURRENCY]))
			q->several = true;
	q->money = arena_printf(&u->arena, "%s%s%s%s", q->several ? " --currency " : "", q->several ? u->ro.currency_code : "", u->ro.revenue ? " --revenue " : "", u->ro.revenue ? u->ro.revenue : "");
}

static enum wend_err ask(struct asked *q, struct run *u, const struct part *part, struct err *err)
{
	struct report_options ro = u->ro;
	struct population p;
	struct report *r = &q->r[q->n];
	ro.as_of = q->until;
	const bool ahead = part->against == AHEAD;
	ro.since = ahead ? NULL : q->since;
	ro.until = ahead ? NULL : q->until;
	ro.versus = ahead ? q->last : part->against == YEAR ? "year" : "previous";
	report_init(r);
	enum wend_err e = part->run == left ? churn_population(&p, u->store, &leaving, &ro, err) : population_init(&p, u->store, &ro, KIND_ORDERS, err);
	if (!e && (p.present & part->needs)) {
		e = part->run(&p, &ro, r, err);
		table_fill(&r->table);
		note_money(q, u, r);
		const char *command = ahead ? arena_printf(&u->arena, "%s --as-of %s --versus %s%s", part->command, q->until, q->last, q->money)
					    : arena_printf(&u->arena, "%s %s --versus %s%s", part->command, q->spelt, part->against == YEAR ? "year" : "previous", q->money);
		q->in[q->n] = (struct digest_input){ part->command, command, part->against == YEAR ? q->year : q->before, &r->table, part->against == YEAR, ahead };
		q->n++;
		population_release(&p);
		return e;
	}
	if (!e)
		population_release(&p);
	report_release(r);
	return e;
}

/* Which channels deserve money; needs what they cost. */
static enum wend_err ask_channels(struct asked *q, struct run *u, struct err *err)
{
	const struct channel_options o = { .value = { .margin = NAN, .discount = NAN, .seed = 1 }, .hour_cost = NAN };
	struct report_options ro = u->ro;
	struct population p;
	ro.as_of = q->until;
	enum wend_err e = population_init(&p, u->store, &ro, KIND_ORDERS, err);
	if (e)
		return e;
	if (p.present & KIND_BIT(KIND_SPEND) && p.present & MONEY) {
		e = metric_channels(&p, &o, &ro, &q->channels, err);
		table_fill(&q->channels.table);
		q->channels_command = arena_printf(&u->arena, "wend channels --as-of %s%s", q->until, q->money);
	}
	population_release(&p);
	return e;
}

/* ---- the picture ---- */

struct picture {
	struct str bytes;
	const char *alt;
};

/* Who left, month by month; none where there is nothing to draw or to draw it with. */
static void draw(struct picture *out, struct asked *q, struct run *u)
{
	struct report_options ro = u->ro;
	struct population p;
	struct report r;
	struct err err = ERR_INIT;
	struct str path = STR_INIT;
	ro.as_of = q->until;
	if (population_init(&p, u->store, &ro, KIND_SUBSCRIPTIONS, &err))
		return;
	report_init(&r);
	if (!metric_churn_rate(&p, &leaving, &ro, &r, &err) && r.figure.kind != FIG_NONE && r.figure.data.nrow > 1 && !scratch_dir(&path, &err)) {
		str_puts(&path, "/left.png");
		r.figure.small = true;
		report_note_rows(&r);
		if (!plot_figure(&r.figure, path.p, NULL, &err) && !file_slurp(&out->bytes, path.p, 1 << 22, &err))
			out->alt = arena_strdup(&u->arena, r.figure.title ? r.figure.title : "who left, by month");
	}
	str_release(&path);
	report_release(&r);
	population_release(&p);
}

/* ---- the letter ---- */

static const char *setting(struct run *u, const char *section, const char *name)
{
	const struct sv v = u->store ? store_setting(u->store, section, name) : SV_NONE;
	return v.n ? arena_strndup(&u->arena, v.p, v.n) : NULL;
}

static const char *recipients(struct run *u)
{
	struct str s = STR_INIT;
	for (size_t i = 0; i < to.n; i++)
		str_printf(&s, "%s%s", i ? ", " : "", to.v[i]);
	const char *out = s.n ? arena_strndup(&u->arena, s.p, s.n) : setting(u, "mail", "to");
	str_release(&s);
	return out;
}

/* All of the message but what it says. */
static struct mail envelope(struct run *u, int64_t now, const struct zone *z)
{
	struct zone_cache c = ZONE_CACHE(z);
	const char *owner = setting(u, "mail", "owner");
	return (struct mail){ .from = sender ? sender : setting(u, "mail", "sender"), .to = recipients(u), .reply_to = owner && strchr(owner, '@') ? owner : NULL,
			      .date = now, .offset_s = (int)(zone_local(&c, now) - now) };
}

static bool is_mail(const struct run *u)
{
	return !u->style || !strcmp(u->style, "mail");
}

/* Nobody waits for figures that cannot be sent. */
static enum wend_err check_envelope(struct run *u, int64_t now, const struct zone *z, struct err *err)
{
	struct str s = STR_INIT;
	const struct mail m = envelope(u, now, z);
	if (!is_mail(u))
		return WEND_OK;
	if (!m.to)
		return err_set(err, WEND_E_USAGE, "no recipient; give '--to ana@example.com' or keep one with 'wend store set to ana@example.com'");
	const enum wend_err e = mail_write(&s, &m, err);
	str_release(&s);
	return e;
}

static enum wend_err post(struct run *u, const struct letter *l, const struct picture *drawn, int64_t now, const struct zone *z, struct report *r, struct err *err)
{
	static const char *const cid[] = { "left@mail.example.com" };
	const size_t pictures = is_mail(u) && drawn && drawn->bytes.n;
	struct str text = STR_INIT, html = STR_INIT;
	enum wend_err e = WEND_OK;
	letter_text(&text, l);
	letter_html(&html, l, cid, drawn ? &drawn->alt : NULL, pictures);
	if (is_mail(u)) {
		const struct mail_picture p = { cid[0], "left.png", "image/png", drawn ? str_view(&drawn->bytes) : SV_NONE };
		struct mail m = envelope(u, now, z);
		m.subject = sv_of(l->subject);
		m.text = str_view(&text);
		m.html = str_view(&html);
		m.picture = &p;
		m.npictures = pictures;
		e = mail_write(&r->own, &m, err);
	} else if (!strcmp(u->style, "text")) {
		str_printf(&r->own, "%s\n\n", l->subject);
		str_sv(&r->own, str_view(&text));
	} else {
		str_sv(&r->own, str_view(&html));
	}
	str_release(&text);
	str_release(&html);
	return e;
}

static enum wend_err run_digest(struct run *u, struct report *r, struct err *err)
{
	struct asked q = { .n = 0, .money = "" };
	struct letter l = { 0 };
	struct picture drawn = { STR_INIT, NULL };
	struct population p;
	const int64_t now = clock_now();
	int changed = 0;
	report_init(&q.channels);
	if (!u->ro.currency_code)
		u->ro.currency_code = setting(u, "company", "currency");
	enum wend_err e = population_init(&p, u->store, &u->ro, KIND_COUNT, err);
	if (e) {
		report_release(&q.channels);
		return e;
	}
	e = check_envelope(u, now, p.zone, err);
	if (!e)
		e = span_of(&q, &p, now, err);
	for (size_t i = 0; i < PARTS && !e; i++)
		e = ask(&q, u, &parts[i], err);
	if (!e)
		e = ask_channels(&q, u, err);
	if (!e) {
		const struct population then = population_at(&p, q.final);
		const struct digest_job job = { &then, q.in, q.n, q.span, q.spelt, q.money, q.first, q.final, now, setting(u, "company", "name"), setting(u, "mail", "owner"),
						q.channels_command ? &q.channels.table : NULL, q.channels_command };
		e = digest_build(&l, &job, &changed, err);
	}
	if (!e && is_mail(u))
		draw(&drawn, &q, u);
	if (!e)
		e = post(u, &l, &drawn, now, p.zone, r, err);
	if (!e)
		str_puts(&r->finding, l.subject);
	for (size_t i = 0; i < q.n; i++)
		report_release(&q.r[i]);
	report_release(&q.channels);
	population_release(&p);
	letter_release(&l);
	str_release(&drawn.bytes);
	return e;
}

/* Nobody reads the log of a cron job whose mail did not come: the mail comes, and says why. */
static enum wend_err failed(struct run *u, struct report *r, struct err *err)
{
	struct letter l = { 0 };
	struct err bad = ERR_INIT;
	str_reset(&r->own);
	str_reset(&r->finding);
	digest_failed(&l, err->msg);
	const enum wend_err e = recipients(u) || !is_mail(u) ? post(u, &l, NULL, clock_now(), zone_utc(), r, &bad) : err->code;
	letter_release(&l);
	return e;
}

static const struct opt opts[] = {
	{ "to", 0, OPT_LIST, &to, "ADDRESS", "whom the mail goes to; may be repeated (as set in the store)", NULL, 0, 0 },
	{ "sender", 0, OPT_TEXT, &sender, "ADDRESS", "whom it comes from (as set in the store)", NULL, 0, 0 },
	{ "during", 0, OPT_TEXT, &during, "SPAN", "of which time: last-week, last-month, 2026-W46 (last-week)", NULL, 0, 0 },
	{ 0 }
};
static const struct entry entries[] = {
	{ .name = "", .help = "the report by mail: what moved, what is late, what is to do", .need = NEED_READ, .formats = "=mail|text|html",
	  .takes = TAKE_TZ | TAKE_CURRENCY | TAKE_REVENUE | TAKE_THREADS | TAKE_MIN_N, .own = opts, .run = run_digest, .failed = failed },
	{ 0 }
};
const struct command cmd_digest = { "digest", "the report by mail", entries };
