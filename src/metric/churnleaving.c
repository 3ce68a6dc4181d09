/* How one tells that a customer has left, for every report of churn: by contracts where the
 * store holds subscriptions, else by silence. The window of silence is the one given, else
 * the one fixed in the store, else the one the data suggest, which may move with them and
 * is told so.
 */
#include "window_impl.h"

enum { SOURCE_ENDS_DAYS = 7, WINDOW_MAX = 3650 };

bool silence_parse(struct sv text, int32_t *days)
{
	static const char *const units[] = { "days", "day", "d" };
	int64_t n;
	text = sv_trim(text);
	*days = 0;
	if (sv_is(text, "auto"))
		return true;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (sv_ends(text, units[i])) {
			text = sv_trim(sv_n(text.p, text.n - strlen(units[i])));
			break;
		}
	if (!sv_int(text, &n) || n < 1 || n > WINDOW_MAX)
		return false;
	*days = (int32_t)n;
	return true;
}

static bool has_subscriptions(struct store *s, bool *yes, struct err *err)
{
	int64_t rows[KIND_COUNT];
	if (store_row_counts(s, rows, err))
		return false;
	*yes = rows[KIND_SUBSCRIPTIONS] > 0;
	return true;
}

enum wend_err churn_population(struct population *p, struct store *s, const struct churn_options *o, const struct report_options *ro, struct err *err)
{
	bool contracts;
	if (!has_subscriptions(s, &contracts, err))
		return err->code;
	return population_init(p, s, ro, contracts && !o->window ? KIND_SUBSCRIPTIONS : KIND_ORDERS, err);
}

enum wend_err silence_source(struct revenue *rev, int32_t *covered, const struct population *p, const struct report_options *ro, struct err *err)
{
	struct arena scratch = ARENA_INIT;
	struct coverage *c = NULL;
	size_t n = 0;
	enum wend_err e = revenue_choose(rev, p, ro->revenue, err);
	if (e)
		return e;
	if (!rev->unmatched) /* what is matched with orders is money, and nobody asks for it here */
		rev->beside = 0;
	e = store_coverage(p->store, &c, &n, &scratch, err);
	int32_t last = INT32_MIN;
	for (size_t i = 0; !e && i < n; i++)
		if (c[i].rows && (KIND_BIT(c[i].kind) & (KIND_BIT(rev->source) | rev->beside)) && c[i].last > last)
			last = c[i].last;
	*covered = last != INT32_MIN && last <= p->as_of - SOURCE_ENDS_DAYS ? last : p->as_of;
	arena_release(&scratch);
	if (e)
		revenue_release(rev);
	return e;
}

static void say_window(struct str *said, int32_t w, const struct revenue *rev)
{
	str_printf(said, "left = no %s for %d days", rev->source == KIND_INVOICES ? "invoice" : rev->source == KIND_PAYMENTS ? "payment" : "purchase", (int)w);
}

void leaving_say(struct str *said, const struct leaving *l, currency cur)
{
	char code[4] = "";
	if (!l->contracts) {
		say_window(said, l->window, l->revenue);
		return;
	}
	str_puts(said, "left = the end of what was paid");
	if (cur) {
		currency_text(code, cur);
		str_printf(said, ", contracts in %s alone", code);
	}
}

static void say_returns(struct str *said, const struct window_row *r)
{
	if (!r->supported)
		return;
	say_share(said, r->back);
	str_printf(said, " of such come back within %d days; ", BACK_DAYS);
}

/* What was chosen, and from what. */
static void say_choice(struct str *said, const struct leaving *l, const struct gap_stat *g, const struct window_choice *c, bool is_fixed, int64_t min_n)
{
	const struct window_row own = window_at(g, l->window, min_n);
	const int32_t suggested = c->row[c->chosen].w;
	say_window(said, l->window, l->revenue);
	str_puts(said, " (");
	say_returns(said, &own);
	if (is_fixed && suggested != l->window && !c->few_gaps && !c->above)
		str_printf(said, "as fixed; the data now suggest %d)", (int)suggested);
	else if (is_fixed)
		str_puts(said, "as fixed)");
	else
		str_printf(said, "%sauto, may move)", c->few_gaps || c->short_history ? "short history; " : "");
}

/* The window given, or fixed; 0: auto. */
static enum wend_err read_window(struct leaving *out, const struct population *p, const struct churn_options *o, bool *fixed, struct err *err)
{
	const struct sv set = o->window ? SV_NONE : store_setting(p->store, "choices", "window");
	if (window_risk_check(o, err))
		return err->code;
	if (o->window && !silence_parse(sv_of(o->window), &out->window))
		return err_set(err, WEND_E_USAGE, "'--window %s' is no number of days from 1 to %d; give one, or auto", o->window, WINDOW_MAX);
	if (set.n && !silence_parse(set, &out->window))
		return err_set(err, WEND_E_USAGE, "the setting 'window' is '%.*s', which is no number of days; 'wend store set window 150' sets one", (int)set.n, set.p);
	*fixed = set.n && out->window > 0;
	return WEND_OK;
}

/* Does a pass over this population see everyone, and are they so many that a sample is worth its
 * while? */
static bool may_guess(const struct leaving *l, const struct population *p)
{
	enum { MANY_ROWS = 1 << 19 };
	struct err ignored = ERR_INIT;
	int64_t rows[KIND_COUNT] = { 0 };
	return !p->event_filter && !p->customer_filter && !p->only && !store_row_counts(p->store, rows, &ignored) && rows[l->revenue->source] >= MANY_ROWS;
}

/* The window: given, fixed or suggested, and what is to be said of it. */
static enum wend_err choose_window(struct leaving *out, const struct population *p, const struct churn_options *o, struct str *said, bool *guess, struct err *err)
{
	struct gap_stat g;
	struct window_choice c;
	bool fixed;
	if (read_window(out, p, o, &fixed, err))
		return err->code;
	if (o->window && out->window) {
		if (said) {
			say_window(said, out->window, out->revenue);
			str_puts(said, ", as given");
		}
		return WEND_OK;
	}
	const bool sample = guess && may_guess(out, p);
	if (guess)
		*guess = sample;
	if (sample && fixed)
		return WEND_OK;
	enum wend_err e = (sample ? gap_stat_sample : gap_stat_run)(&g, p, out->revenue, out->covered, err);
	if (e)
		return e;
	window_choose(&c, &g, window_risk(o), p->min_n);
	if (!fixed)
		out->window = c.row[c.chosen].w;
	if (said && !sample)
		say_choice(said, out, &g, &c, fixed, p->min_n);
	gap_stat_release(&g);
	return WEND_OK;
}

bool churn_leaving_confirm(struct leaving *l, const struct gap_stat *g, const struct population *p, const struct churn_options *o, struct str *said)
{
	struct leaving settled = { .contracts = false };
	struct window_choice c;
	struct err ignored = ERR_INIT;
	bool fixed = false;
	read_window(&settled, p, o, &fixed, &ignored);
	window_choose(&c, g, window_risk(o), p->min_n);
	const int32_t right = fixed ? settled.window : c.row[c.chosen].w;
	const bool guessed = l->window == right;
	l->window = right;
	say_choice(said, l, g, &c, fixed, p->min_n);
	return guessed;
}

enum wend_err churn_leaving_guess(struct leaving *out, const struct population *p, const struct churn_options *o, const struct report_options *ro, struct str *said, bool *guess, struct err *err)
{
	if (guess)
		*guess = false;
	*out = (struct leaving){ .contracts = !o->window && p->present & KIND_BIT(KIND_SUBSCRIPTIONS), .grace_s = o->grace_days * 86400,
				 .dunning_s = o->dunning_days * 86400, .covered = p->as_of };
	if (out->contracts) {
		out->one_currency = p->cur != 0;
		if (said)
			leaving_say(said, out, p->cur);
		return WEND_OK;
	}
	struct revenue *rev = xcalloc(1, sizeof *rev);
	enum wend_err e = silence_source(rev, &out->covered, p, ro, err);
	if (e) {
		free(rev);
		return e;
	}
	out->revenue = rev;
	out->ids = store_has_field(p->store, F_REFUND_OF);
	e = choose_window(out, p, o, said, guess, err);
	if (e)
		churn_leaving_release(out);
	return e;
}

enum wend_err churn_leaving(struct leaving *out, const struct population *p, const struct churn_options *o, const struct report_options *ro, struct str *said, struct err *err)
{
	return churn_leaving_guess(out, p, o, ro, said, NULL, err);
}

void churn_leaving_release(struct leaving *l)
{
	if (l->revenue)
		revenue_release((struct revenue *)l->revenue);
	free((struct revenue *)l->revenue);
	l->revenue = NULL;
}
