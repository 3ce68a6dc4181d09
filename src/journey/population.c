/* Options against the store: which day is today, which span, whose zone, whose records.
 *
 * Relative words ("last-month") count from the as-of day, never from the clock, so that
 * the same store gives the same report at any time.
 */
#include "wend/journey.h"
#include "wend/par.h"
#include "journey_impl.h"

enum { DAY_S = 86400, THREADS_MAX = 64 };

const char *const seen_reason[SEEN_REASONS] = {
	[SEEN] = "used",
	[SEEN_AFTER_AS_OF] = "after the as-of date",
	[SEEN_OUTSIDE_SPAN] = "outside the span",
	[SEEN_FILTERED] = "left out by --where",
	[SEEN_OTHER_KIND] = "of a kind this report does not read",
	[SEEN_OTHER_CURRENCY] = "in another currency",
	[SEEN_NOT_ONLY] = "of customers not chosen",
};

static enum wend_err choose_zone(struct population *p, const char *option, struct err *err)
{
	struct sv name = option ? sv_of(option) : store_zone(p->store);
	if (!name.n)
		name = store_setting(p->store, "company", "timezone");
	if (!name.n) {
		p->zone = zone_utc();
		return WEND_OK;
	}
	return zone_open(&p->zone, arena_strndup(&p->arena, name.p, name.n), err);
}

/* Weeks begin as the store says. A statistic is read back without it, so of weeks there it is by
 * ISO's alone. */
static enum wend_err choose_weeks(const struct population *p, const struct report_options *o, struct err *err)
{
	const struct sv name = store_setting(p->store, "company", "week_start");
	int weekday = 1;
	for (int d = 0; d < 7; d++)
		if (sv_ieq(name, sv_of(civil_weekday_name[d])))
			weekday = d + 1;
	civil_weeks_begin(weekday);
	if (weekday != 1 && o->stat && o->period && !strcmp(o->period, "week"))
		return err_set(err, WEND_E_USAGE, "weeks of this store begin on %s, and what '--stat' prints is read back without it; give '--period' day or month", civil_weekday_name[weekday - 1]);
	return WEND_OK;
}

/* Last day with data of one kind; false when the store has none. */
static bool last_day(const struct coverage *c, size_t n, uint32_t kinds, int32_t *day)
{
	bool found = false;
	for (size_t i = 0; i < n; i++)
		if (kinds & KIND_BIT(c[i].kind) && c[i].rows && (!found || c[i].last > *day)) {
			*day = c[i].last;
			found = true;
		}
	return found;
}

/* The kind that goes on longest, for reports that count steps of any kind; of those that
 * end on one day the one that people would name first. */
static enum kind latest_kind(const struct coverage *c, size_t n, uint32_t kinds)
{
	static const enum kind order[] = { KIND_INTERACTIONS, KIND_ORDERS, KIND_PAYMENTS, KIND_FEEDBACK, KIND_SUBSCRIPTIONS, KIND_INVOICES };
	enum kind best = KIND_INTERACTIONS;
	int32_t last = INT32_MIN, day = INT32_MIN;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (kinds & KIND_BIT(order[i]) && last_day(c, n, KIND_BIT(order[i]), &day) && day > last) {
			last = day;
			best = order[i];
		}
	return best;
}

/* Subscriptions also move the default by what ended or was cancelled, unless that is
 * planned: later than the ingest itself. */
static enum wend_err last_end(const struct population *p, int32_t *day, struct err *err)
{
	struct cursor_spec spec = { .kinds = KIND_BIT(KIND_SUBSCRIPTIONS), .from = INT64_MIN, .to = INT64_MAX, .parts = 1 };
	const int64_t now = store_last_ingest(p->store);
	struct zone_cache zc = ZONE_CACHE(p->zone);
	struct cursor *c = NULL;
	struct rows r;
	struct err scan = ERR_INIT;
	fields_add(&spec.fields, F_END);
	fields_add(&spec.fields, F_CANCELLED);
	enum wend_err e = cursor_open(&c, p->store, &spec, err);
	if (e)
		return e;
	while (cursor_next(c, &r, &scan))
		for (size_t i = 0; i < r.n; i++)
			for (int k = 0; k < 2; k++) {
				const int64_t *col = r.f[k ? F_CANCELLED : F_END];
				const int64_t w = col ? col[i] : WEND_NONE;
				if (w != WEND_NONE && wtime_instant(w, p->zone) <= now && wtime_day(w, &zc) > *day)
					*day = wtime_day(w, &zc);
			}
	cursor_close(c);
	if (scan.code && err)
		*err = scan;
	return scan.code;
}

/* A report on money counts by the kind that is chosen as revenue. */
static enum kind money_kind(const struct population *p, const char *option)
{
	const struct sv word = option ? sv_of(option) : store_setting(p->store, "choices", "revenue");
	return sv_is(word, "payments") ? KIND_PAYMENTS : sv_is(word, "invoices") ? KIND_INVOICES : KIND_ORDERS;
}

static enum wend_err choose_as_of(struct population *p, const char *option, enum kind counts_by, struct err *err)
{
	static const enum kind order[] = { KIND_ORDERS, KIND_SUBSCRIPTIONS, KIND_INTERACTIONS, KIND_PAYMENTS,
					   KIND_INVOICES, KIND_FEEDBACK, KIND_SPEND, KIND_CUSTOMERS };
	struct arena scratch = ARENA_INIT;
	struct coverage *c = NULL;
	size_t n = 0;
	enum wend_err e = store_coverage(p->store, &c, &n, &scratch, err);
	if (e)
		goto done;
	for (size_t i = 0; i < n; i++)
		if (c[i].rows)
			p->present |= KIND_BIT(c[i].kind);
	if (counts_by == KIND_COUNT)
		counts_by = latest_kind(c, n, p->kinds);
	p->as_of_kind = counts_by;
	bool found = last_day(c, n, KIND_BIT(counts_by), &p->as_of);
	for (size_t i = 0; !found && i < sizeof order / sizeof *order; i++) {
		p->as_of_kind = order[i];
		found = last_day(c, n, KIND_BIT(order[i]), &p->as_of);
	}
	p->empty = !found;
	if (!found)
		p->as_of = 0;
	else if (p->as_of_kind == KIND_SUBSCRIPTIONS && !option && (e = last_end(p, &p->as_of, err)))
		goto done;
	if (option) {
		struct span s;
		e = span_parse(&s, sv_of(option), p->as_of, err);
		if (e)
			goto done;
		if (s.from_exact || s.to_exact) {
			e = err_set(err, WEND_E_USAGE, "'--as-of %s' has a time of day; give a day, of which everything is seen", option);
			goto done;
		}
		p->as_of = floor_day(s.to - 1);
		p->as_of_given = true;
	}
done:
	arena_release(&scratch);
	return e;
}

static void span_words(struct population *p, bool from_open, bool to_open)
{
	struct str s = STR_INIT;
	if (!from_open || !to_open) {
		str_puts(&s, from_open ? "until " : "");
		if (!from_open) {
			day_text(&s, p->since);
			str_puts(&s, " to ");
		}
		day_text(&s, p->until < p->as_of ? p->until : p->as_of);
	}
	const size_t n = s.n < sizeof p->span_text - 1 ? s.n : sizeof p->span_text - 1;
	memcpy(p->span_text, s.p ? s.p : "", n);
	p->span_text[n] = 0;
	str_release(&s);
}

static enum wend_err choose_span(struct population *p, const struct report_options *o, struct err *err)
{
	struct span s;
	enum wend_err e;
	p->from = p->from_local = INT64_MIN;
	p->to = p->to_local = INT64_MAX;
	if (o->during && (o->since || o->until))
		return err_set(err, WEND_E_USAGE, "'--during' sets both ends of the span; leave out '--%s'", o->since ? "since" : "until");
	if (o->during || o->since) {
		e = span_parse(&s, sv_of(o->during ? o->during : o->since), p->as_of, err);
		if (e)
			return e;
		p->from_local = s.from;
		if (o->during)
			p->to_local = s.to;
	}
	if (o->until) {
		e = span_parse(&s, sv_of(o->until), p->as_of, err);
		if (e)
			return e;
		p->to_local = s.to;
	}
	if (p->from_local >= p->to_local)
		return err_set(err, WEND_E_USAGE, "the span '%s' to '%s' is empty; exchange its ends",
			       o->since ? o->since : o->during, o->until ? o->until : o->during);
	const bool from_open = p->from_local == INT64_MIN, to_open = p->to_local == INT64_MAX;
	if (!from_open)
		p->from = zone_instant(p->zone, p->from_local, NULL);
	if (!to_open)
		p->to = zone_instant(p->zone, p->to_local, NULL);
	p->since = from_open ? INT32_MIN : floor_day(p->from_local);
	p->until = to_open ? p->as_of : floor_day(p->to_local - 1);
	span_words(p, from_open, to_open);
	return WEND_OK;
}

static enum wend_err choose_kinds(struct population *p, const struct opt_list *kinds, struct err *err)
{
	if (!kinds->n) {
		p->kinds = KIND_ALL;
		return WEND_OK;
	}
	for (size_t i = 0; i < kinds->n; i++) {
		struct sv rest = sv_of(kinds->v[i]), word;
		while (sv_cut(&rest, ',', &word)) {
			enum kind k;
			if (!kind_by_name(sv_trim(word), &k))
				return err_set(err, WEND_E_USAGE, "unknown kind '%.*s'; the kinds are customers, orders, interactions, feedback, payments, spend, invoices, subscriptions", (int)word.n, word.p);
			p->kinds |= KIND_BIT(k);
		}
	}
	return WEND_OK;
}

static enum wend_err choose_customers(struct population *p, const struct report_options *o, struct err *err)
{
	struct filter *event = NULL, *customer = NULL;
	struct customer_set *only = NULL;
	enum wend_err e = filter_parse(&event, &customer, &o->where, p, &p->arena, err);
	if (e)
		return e;
	p->event_filter = event;
	p->customer_filter = customer;
	if (o->only) {
		e = customer_set_read(&only, o->only, p->store, &p->arena, err);
		p->only = only;
	}
	return e;
}

static void as_of_words(struct population *p)
{
	struct str s = STR_INIT;
	day_text(&s, p->as_of);
	memcpy(p->as_of_text, s.p, s.n < sizeof p->as_of_text ? s.n : 0);
	str_release(&s);
	p->as_of_end = zone_instant(p->zone, ((int64_t)p->as_of + 1) * DAY_S, NULL);
}

enum wend_err population_init(struct population *p, struct store *s, const struct report_options *o, enum kind counts_by, struct err *err)
{
	*p = (struct population){ .store = s, .arena = ARENA_INIT };
	enum wend_err e = choose_zone(p, o->tz, err);
	if (!e)
		e = choose_weeks(p, o, err);
	if (!e)
		e = choose_kinds(p, &o->kinds, err);
	if (!e)
		e = choose_as_of(p, o->as_of, counts_by == KIND_ORDERS ? money_kind(p, o->revenue) : counts_by, err);
	if (!e)
		e = choose_span(p, o, err);
	if (!e && o->currency_code) {
		p->cur = currency_of(sv_of(o->currency_code));
		if (!p->cur)
			e = err_set(err, WEND_E_USAGE, "'%s' is no currency; give three letters of ISO 4217 such as EUR", o->currency_code);
	}
	if (!e)
		e = store_people(s, err);
	if (!e)
		e = names_load(p, err);
	if (!e)
		e = choose_customers(p, o, err);
	if (e) {
		population_release(p);
		return e;
	}
	as_of_words(p);
	p->seed = (uint64_t)o->seed;
	p->min_n = o->min_n > 0 ? o->min_n : MIN_N;
	const int64_t threads = o->threads > 0 ? o->threads : par_cpus();
	p->threads = (int)(threads < THREADS_MAX ? threads : THREADS_MAX);
	return WEND_OK;
}

void population_release(struct population *p)
{
	arena_release(&p->arena);
	*p = (struct population){ .arena = ARENA_INIT };
}

struct population population_at(const struct population *p, int32_t as_of)
{
	struct population q = *p;
	q.as_of = as_of;
	q.arena = (struct arena)ARENA_INIT;
	as_of_words(&q);
	return q;
}

enum wend_err population_sources(const struct population *p, uint32_t kinds, struct line_list *out, struct err *err)
{
	struct arena scratch = ARENA_INIT;
	struct coverage *c = NULL;
	size_t n = 0;
	enum wend_err e = store_coverage(p->store, &c, &n, &scratch, err);
	for (size_t i = 0; !e && i < n; i++) {
		if (!(kinds & KIND_BIT(c[i].kind)) || c[i].kind == KIND_CUSTOMERS || !c[i].rows || c[i].last > p->as_of - EARLY_DAYS)
			continue;
		struct str day = STR_INIT;
		day_text(&day, c[i].last);
		line_add(out, "%s of '%.*s' end %s", kind_names[c[i].kind], (int)c[i].source.n, c[i].source.p, day.p);
		str_release(&day);
	}
	arena_release(&scratch);
	return e;
}
