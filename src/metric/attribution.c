/* touchpoints attribution: who earned the conversions, by ten models side by side.
 *
 *   first .. decay, shapley  rules over each path (chainrules.c): what happened, shared out
 *   markov        removal effect of the channel / sum of all x conversions (chainfit.c)
 *   re            the removal effect itself, with limits by influence functions
 *   shapley_markov  Shapley values of P(conversion | only these channels are left), order 1,
 *                 all 2^n sets (chainsets.c), scaled to the conversions
 *   spread        the greatest minus the smallest of the models' columns
 *   value         money, by the model asked for; of markov by removal effects in money, of
 *                 shapley_markov in proportion to its conversions
 *   n             ways that meet the channel, converted or not
 *
 * Conversions no touch came before are a row (none): theirs in every model.
 */
#include "attr_impl.h"
#include "wend/par.h"

#include <math.h>

#define WEAK_AUC 0.55

struct row {
	struct sv name;
	double n, met;             /* ways that meet it; of these, converted */
	double credit[ATTR_MODELS], value, spread;
	struct chain_effect re, money;
	bool none, few;
};
struct result {
	struct attr_paths a;
	struct attr_terms t;
	struct chain_fit fit;
	struct chain_auc auc;
	struct row *row;
	size_t n;
	bool direct, sets;         /* some channel is direct traffic; few enough channels for all sets */
	double scale;              /* of printed credits: 1, or 1 / conversions */
};

static const struct chain_effect unknown = { NAN, NAN, NAN, NAN, { NAN, NAN }, { NAN, NAN } };

/* ---- estimate ---- */

static void rules(struct result *v, const bool *direct)
{
	const struct chain_paths *p = v->a.p;
	double *conv = xcalloc(2 * p->channels + 1, sizeof *conv), *value = conv + p->channels;
	for (int m = 0; m < RULE_COUNT; m++) {
		chain_rule_credit(conv, value, (enum chain_rule)m, p, v->t.half_life, direct);
		const bool timed = m == RULE_DECAY && v->a.decay;
		for (size_t c = 0; c < p->channels; c++) {
			v->row[c].credit[m] = timed ? v->a.decay[c] : conv[c];
			if (m == (int)v->t.model)
				v->row[c].value = timed ? v->a.decay_value[c] : value[c];
		}
	}
	chain_met(conv, value, p);
	for (size_t c = 0; c < p->channels; c++) {
		v->row[c].n = conv[c];
		v->row[c].met = value[c];
		v->direct = v->direct || direct[c];
	}
	free(conv);
}

static void chains(struct result *v, int threads)
{
	const struct chain_paths *p = v->a.p;
	double *share = xcalloc(p->channels + 1, sizeof *share), sum = 0;
	chain_fit(&v->fit, p, &(struct chain_options){ .order = v->t.order, .limits = true, .threads = threads });
	v->sets = chain_shapley(share, p, threads);
	for (size_t c = 0; c < p->channels; c++)
		sum += share[c];
	for (size_t c = 0; c < p->channels; c++) {
		struct row *r = &v->row[c];
		r->re = v->fit.v[c].conv;
		r->money = v->fit.v[c].value;
		r->credit[ATTR_MARKOV] = r->re.share * p->conversions;
		r->credit[ATTR_SHAPLEY_MARKOV] = v->sets && sum > 0 ? share[c] / sum * p->conversions : NAN;
		if (v->t.model == ATTR_MARKOV)
			r->value = r->money.share * p->total;
		else if (v->t.model == ATTR_SHAPLEY_MARKOV)
			r->value = v->sets && sum > 0 ? share[c] / sum * p->total : NAN;
	}
	free(share);
}

static double spread_of(const struct row *r, bool direct)
{
	double least = INFINITY, most = -INFINITY;
	for (int m = 0; m < ATTR_MODELS; m++) {
		if (isnan(r->credit[m]) || (m == RULE_LAST_NON_DIRECT && !direct))
			continue;
		least = fmin(least, r->credit[m]);
		most = fmax(most, r->credit[m]);
	}
	return most - least;
}

/* Largest credit first, by the model asked for, then by name; (none) last. */
static const struct attr_terms *sorting;
static int by_credit(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	const double u = x->credit[sorting->model], w = y->credit[sorting->model];
	if (x->none != y->none)
		return x->none ? 1 : -1;
	if (isnan(u) != isnan(w))
		return isnan(u) ? 1 : -1;
	if (u != w && !isnan(u))
		return u > w ? -1 : 1;
	return sv_natcmp(x->name, y->name);
}

static void add_none(struct result *v)
{
	const struct chain_paths *p = v->a.p;
	struct row *r = &v->row[v->n++];
	*r = (struct row){ .name = SV(ATTR_NONE), .n = p->none_conversions, .met = p->none_conversions, .value = p->none_total, .re = unknown, .money = unknown, .none = true };
	for (int m = 0; m < ATTR_MODELS; m++)
		r->credit[m] = p->none_conversions;
}

static void estimate(struct result *v, const struct attribution_options *o, int threads, int64_t min_n)
{
	const struct chain_paths *p = v->a.p;
	bool *direct = attr_direct(p);
	struct chain_auc auc[CHAIN_ORDER_MAX + 1];
	v->row = xcalloc(p->channels + 2, sizeof *v->row);
	v->n = p->channels;
	for (size_t c = 0; c < v->n; c++)
		v->row[c] = (struct row){ .name = p->name[c] };
	if (!v->t.order)
		v->t.order = chain_order_choose(auc, p, (uint64_t)o->seed);
	v->auc = chain_order_auc(p, v->t.order, (uint64_t)o->seed);
	rules(v, direct);
	chains(v, threads);
	for (size_t c = 0; c < v->n; c++) {
		v->row[c].spread = spread_of(&v->row[c], v->direct);
		v->row[c].few = v->row[c].n < (double)min_n;
	}
	if (p->none_conversions > 0)
		add_none(v);
	const double all = p->conversions + p->none_conversions;
	v->scale = o->per_conversion && all > 0 ? 1 / all : 1;
	free(direct);
}

static void sort_rows(struct result *v)
{
	sorting = &v->t;
	qsort(v->row, v->n, sizeof *v->row, by_credit);
}

/* ---- table ---- */

static const int shown[] = { RULE_FIRST, RULE_LAST, RULE_LINEAR, RULE_POSITION, RULE_WSHAPE, RULE_DECAY, ATTR_MARKOV };

static void columns(struct table *t, const struct result *v)
{
	const char *money = *v->a.currency ? arena_strdup(&t->arena, v->a.currency) : NULL;
	table_col(t, "channel", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		table_col(t, attr_model_name[shown[i]], COL_REAL, "conversions", v->scale == 1 ? 1 : 4);
	table_col(t, "markov_lo", COL_REAL, "conversions", v->scale == 1 ? 1 : 4);
	table_col(t, "markov_hi", COL_REAL, "conversions", v->scale == 1 ? 1 : 4);
	table_col(t, "re", COL_SHARE, NULL, 2);
	table_col(t, "re_lo", COL_SHARE, NULL, 2);
	table_col(t, "re_hi", COL_SHARE, NULL, 2);
	table_col(t, "shapley", COL_REAL, "conversions", v->scale == 1 ? 1 : 4);
	table_col(t, "shapley_markov", COL_REAL, "conversions", v->scale == 1 ? 1 : 4);
	table_col(t, "spread", COL_REAL, "conversions", v->scale == 1 ? 1 : 4);
	table_col(t, "value", COL_REAL, money, 2);
	table_col(t, "value_lo", COL_REAL, money, 2);
	table_col(t, "value_hi", COL_REAL, money, 2);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "met", COL_INT, NULL, 0);
	if (v->direct)
		table_col(t, "last_non_direct", COL_REAL, "conversions", v->scale == 1 ? 1 : 4);
	table_col(t, "flag", COL_TEXT, NULL, -1);
}

static void put_limit(struct table *t, double v, bool few)
{
	if (few)
		put_few(t);
	else
		put_real(t, v);
}

static void fill(struct table *t, const struct result *v)
{
	columns(t, v);
	for (size_t i = 0; i < v->n; i++) {
		const struct row *r = &v->row[i];
		const bool money = v->t.model == ATTR_MARKOV;
		const double k = v->scale, all = v->a.p->conversions * k, total = v->a.p->total / v->a.minor * k;
		put_text(t, r->name);
		for (size_t m = 0; m < sizeof shown / sizeof *shown; m++)
			put_real(t, r->credit[shown[m]] * k);
		put_limit(t, r->re.share_ci.lo * all, r->few);
		put_limit(t, r->re.share_ci.hi * all, r->few);
		put_limit(t, r->re.effect, r->few);
		put_limit(t, r->re.ci.lo, r->few);
		put_limit(t, r->re.ci.hi, r->few);
		put_real(t, r->credit[RULE_SHAPLEY] * k);
		put_real(t, r->credit[ATTR_SHAPLEY_MARKOV] * k);
		put_real(t, r->spread * k);
		put_real(t, r->value / v->a.minor * k);
		put_limit(t, money ? r->money.share_ci.lo * total : NAN, r->few && money);
		put_limit(t, money ? r->money.share_ci.hi * total : NAN, r->few && money);
		put_int(t, (int64_t)llround(r->n));
		put_int(t, (int64_t)llround(r->met));
		if (v->direct)
			put_real(t, r->credit[RULE_LAST_NON_DIRECT] * k);
		put_z(t, r->few ? "few" : NULL);
	}
}

/* For people: the models that matter side by side. */
static void cell(struct table *t, struct str *s, double v, int digits)
{
	if (!isnan(v))
		say_real(s, v, digits);
	put_text(t, str_view(s));
	str_reset(s);
}

static void screen(struct report *r, const struct result *v)
{
	static const char *const heads[] = { "", "first", "last", "linear", "Markov", "95 %", "Shapley", "spread" };
	struct str s = STR_INIT;
	const double k = v->scale;
	const int digits = k == 1 ? 0 : 3;
	struct table *t = &report_screen(r, k == 1 ? "CONVERSIONS EARNED" : "SHARE OF A CONVERSION")->t;
	str_printf(&s, "value%s%s", *v->a.currency ? ", " : "", v->a.currency);
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		table_col(t, heads[i], COL_TEXT, NULL, -1);
	table_col(t, arena_strndup(&t->arena, s.p, s.n), COL_TEXT, NULL, -1);
	str_reset(&s);
	for (size_t i = 0; i < v->n; i++) {
		const struct row *x = &v->row[i];
		const double all = v->a.p->conversions * k;
		put_text(t, x->name);
		cell(t, &s, x->credit[RULE_FIRST] * k, digits);
		cell(t, &s, x->credit[RULE_LAST] * k, digits);
		cell(t, &s, x->credit[RULE_LINEAR] * k, digits);
		cell(t, &s, x->credit[ATTR_MARKOV] * k, digits);
		if (x->few) {
			str_puts(&s, "few");
		} else if (!isnan(x->re.share_ci.lo)) {
			say_real(&s, x->re.share_ci.lo * all, digits);
			str_putc(&s, '-');
			say_real(&s, x->re.share_ci.hi * all, digits);
		}
		cell(t, &s, NAN, 0);
		cell(t, &s, x->credit[RULE_SHAPLEY] * k, digits);
		cell(t, &s, x->spread * k, digits);
		cell(t, &s, x->value / v->a.minor * k, 0);
	}
	str_release(&s);
}

static void draw(struct report *r, const struct result *v)
{
	static const int series[] = { RULE_FIRST, RULE_LAST, RULE_LINEAR, ATTR_MARKOV, RULE_SHAPLEY };
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAR;
	r->figure.title = "who earned the conversions, by model";
	r->figure.y_label = v->scale == 1 ? "conversions" : "share of a conversion";
	r->figure.note = arena_printf(&r->arena, "n = %.15g conversions%s", v->a.p->conversions, v->a.p->none_conversions > 0 ? "; those without a touch are left out" : "");
	table_col(t, "channel", COL_TEXT, NULL, -1);
	table_col(t, "conversions", COL_REAL, NULL, 1);
	table_col(t, "lo", COL_REAL, NULL, 1);
	table_col(t, "hi", COL_REAL, NULL, 1);
	table_col(t, "model", COL_TEXT, NULL, -1);
	for (size_t m = 0; m < sizeof series / sizeof *series; m++)
		for (size_t i = 0; i < v->n && i < 12; i++) {
			const struct row *x = &v->row[i];
			if (x->none)
				continue; /* the same in every model, and often taller than all others */
			const bool limits = series[m] == ATTR_MARKOV && !x->few;
			const double all = v->a.p->conversions * v->scale;
			put_text(t, x->name);
			put_real(t, x->credit[series[m]] * v->scale);
			put_real(t, limits ? x->re.share_ci.lo * all : NAN);
			put_real(t, limits ? x->re.share_ci.hi * all : NAN);
			put_z(t, attr_model_name[series[m]]);
		}
}

/* ---- words ---- */

static void range_of(double out[2], const struct row *r, const struct result *v)
{
	out[0] = INFINITY;
	out[1] = -INFINITY;
	for (int m = 0; m < ATTR_MODELS; m++) {
		if (isnan(r->credit[m]) || (m == RULE_LAST_NON_DIRECT && !v->direct))
			continue;
		out[0] = fmin(out[0], r->credit[m]);
		out[1] = fmax(out[1], r->credit[m]);
	}
}

/* Whole ones where there are many, tenths of few. */
static void say_credit(struct str *s, double v)
{
	say_real(s, v, v < 100 && v != floor(v) ? 1 : 0);
}

static void find_best(struct str *s, const struct result *v, double all)
{
	const struct row *best = &v->row[0];
	const bool markov = v->t.model == ATTR_MARKOV;
	double range[2];
	range_of(range, best, v);
	str_sv(s, best->name);
	str_puts(s, " earned most: ");
	say_credit(s, best->credit[v->t.model]);
	str_puts(s, " of ");
	say_credit(s, all);
	str_puts(s, " conversions (");
	say_share(s, best->credit[v->t.model] / all);
	if (markov && !best->few && !isnan(best->re.share_ci.lo)) {
		const double k = v->a.p->conversions / all;
		str_puts(s, "; ");
		say_shares(s, (struct interval){ best->re.share_ci.lo * k, best->re.share_ci.hi * k });
	}
	str_printf(s, ") by %s; the models say ", markov ? "removal effect" : attr_model_name[v->t.model]);
	say_credit(s, range[0]);
	str_puts(s, " to ");
	say_credit(s, range[1]);
	str_putc(s, '.');
}

static void find_ways(struct str *s, const struct result *v, double all)
{
	const struct chain_paths *p = v->a.p;
	if (p->none_conversions > 0) {
		str_puts(s, " No touch is known before ");
		say_share(s, p->none_conversions / all);
		str_puts(s, " of them.");
	}
	if (v->a.own_channel) {
		str_puts(s, " Of ");
		say_things(s, v->a.own_channel, "conversion", "conversions");
		str_puts(s, " only the order's own channel is known.");
	}
	if (isnan(v->auc.auc)) {
		str_puts(s, p->nulls > 0 ? " There are too few ways to tell whether the way tells who converts." : " Every way known converted: nothing tells ways that convert from others.");
	} else if (v->auc.auc < WEAK_AUC) {
		str_puts(s, " The way hardly tells who converts (AUC of customers held out ");
		say_real(s, v->auc.auc, 3);
		str_puts(s, "): shares say who was there, not who caused it.");
	} else {
		str_puts(s, " AUC of customers held out: ");
		say_real(s, v->auc.auc, 3);
		str_putc(s, '.');
	}
}

static void find(struct report *r, const struct result *v)
{
	const double all = v->a.p->conversions + v->a.p->none_conversions;
	struct str *s = &r->finding;
	if (!(all > 0)) {
		str_puts(s, v->a.p->n ? "no way led to a conversion: there is nothing to share out." : "no conversions and no touches: nothing to share out.");
		return;
	}
	if (v->row[0].none)
		str_puts(s, "no touch is known before any conversion: an interaction needs a channel to be one, or --touch its name; --order-channel takes the order's own.");
	else
		find_best(s, v, all);
	find_ways(s, v, all);
}

static void say_terms(struct str *s, const struct result *v)
{
	const struct attr_terms *t = &v->t;
	if (!t->from_store) {
		str_printf(s, "paths as given; time decay by steps, half-life %g", t->half_life);
		return;
	}
	if (t->step.p)
		str_printf(s, "conversion = '%.*s'", (int)t->step.n, t->step.p);
	else
		str_printf(s, "conversion = %s", v->a.first_only ? "a customer's first purchase" : "a purchase day");
	if (isinf(t->lookback_s))
		str_puts(s, "; touches at any time before it");
	else
		str_printf(s, "; touches in the %g days before it", t->lookback_s / 86400);
	if (!v->a.first_only)
		str_puts(s, t->reuse ? ", also those before an earlier conversion" : " and after the conversion before");
	str_printf(s, "; half-life %g days", t->half_life / 86400);
}

static void define(struct report *r, const struct result *v)
{
	struct str *s = &r->definition;
	say_terms(s, v);
	str_printf(s, "; Markov chain of order %d, removal effects with limits by influence functions; spread = between the models", v->t.order);
	if (!v->sets)
		str_printf(s, "; shapley_markov is not told: all sets of more than %d channels are too many", CHAIN_SETS_MAX);
	if (!v->fit.converged)
		str_puts(s, "; some removal effects did not reach 1e-12 and are not told");
}

static void explain(struct report *r, const struct result *v)
{
	struct line_list *l = &r->explain.text;
	const struct chain_paths *p = v->a.p;
	line_add(l, "%zu different paths of %zu channels: %.15g conversions, %.15g without; P(conversion) = %.15g, solved from the chain", p->n, p->channels, p->conversions, p->nulls, v->fit.p);
	line_add(l, "chain of order %d: %zu states, %zu transitions; repeats of a state are left out, which changes no removal effect; solved %s", v->t.order, v->fit.states, v->fit.transitions,
		v->fit.sweeps ? arena_printf(&r->arena, "in %d sweeps", v->fit.sweeps) : "directly");
	line_add(l, "re = 1 - P(conversion | states with the channel lead nowhere) / P(conversion); markov = re / sum of re x conversions; limits: influence functions, on the logit");
	line_add(l, "shapley: 1 / (different channels of the path) each (Shapley 1953); shapley_markov: all sets of channels, chain of order 1");
	line_add(l, "position 40/20/40; wshape 30 %% first, middle and last; decay 2^(-age / half-life)");
	if (!isnan(v->auc.auc))
		line_add(l, "AUC of the chance to convert after the last touches, learnt from four fifths of the customers, asked of the rest: %.4f +- %.4f; below %g the way tells next to nothing", v->auc.auc, v->auc.se, WEAK_AUC);
	if (v->t.from_store)
		line_add(l, "ways that may still lead to a conversion, not counted: %lld", (long long)v->a.open);
	if (v->a.empty)
		line_add(l, "rows without any step: %lld", (long long)v->a.empty);
}

static void make(struct report *r, struct result *v, const struct attribution_options *o, int threads, int64_t min_n)
{
	estimate(v, o, threads, min_n);
	sort_rows(v);
	fill(&r->table, v);
	if (v->n) {
		screen(r, v);
		draw(r, v);
	}
	find(r, v);
	define(r, v);
	explain(r, v);
	r->not_converged = !v->fit.converged;
}

static void result_release(struct result *v)
{
	chain_fit_release(&v->fit);
	free(v->row);
	attr_paths_release(&v->a);
}

/* Credit rows want weights by channel, before rows are sorted. */
static void credit_rows(struct report *r, struct result *v, const struct attribution_options *o, const struct population *p)
{
	bool *direct = attr_direct(v->a.p);
	double *weight = xcalloc(v->a.p->channels + 1, sizeof *weight);
	estimate(v, o, p->threads, p->min_n);
	for (size_t c = 0; c < v->a.p->channels; c++)
		weight[c] = v->t.model == ATTR_MARKOV ? v->row[c].re.share : v->row[c].credit[ATTR_SHAPLEY_MARKOV];
	attr_credits(r, &v->a, &v->t, weight, direct, p);
	sort_rows(v);
	find(r, v);
	define(r, v);
	explain(r, v);
	free(weight);
	free(direct);
}

enum wend_err metric_attribution(const struct population *p, const struct attribution_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct result v = { .scale = 1 };
	enum wend_err e = attr_terms_read(&v.t, o, true, err);
	if (e || (e = attr_paths_run(&v.a, p, &v.t, o, ro, err)))
		goto done;
	if (o->credits)
		credit_rows(r, &v, o, p);
	else
		make(r, &v, o, p->threads, p->min_n);
	e = say_scope(&r->finding, p, &v.a.counts, KIND_BIT(KIND_INTERACTIONS) | KIND_BIT(v.a.rev.source), err);
	report_scope(r, p, &v.a.counts);
	line_add(&r->next, "wend touchpoints attribution --credits | wend channels --credit -");
	line_add(&r->next, "wend touchpoints attribution --order auto --explain");
done:
	result_release(&v);
	return e;
}

enum wend_err metric_attribution_from(struct table *from, size_t n, const struct attribution_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct result v = { .scale = 1 };
	enum wend_err e = attr_terms_read(&v.t, o, false, err);
	if (e || (e = attr_paths_read(&v.a, from, n, err)))
		goto done;
	make(r, &v, o, ro->threads > 0 ? (int)ro->threads : par_cpus(), ro->min_n > 0 ? ro->min_n : MIN_N);
	line_add(&r->next, "wend touchpoints attribution --from FILE --order auto --explain");
done:
	result_release(&v);
	return e;
}
