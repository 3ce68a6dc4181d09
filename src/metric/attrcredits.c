/* touchpoints attribution --credits: one row a touch of a conversion, with its part of it.
 *
 * Rules share a conversion by the position of its touches; markov and shapley_markov by the
 * removal effect (the Shapley value) of each touch's channel against those of the others on
 * the same way, a channel's own touches alike. Parts of a conversion sum to 1; its money is
 * cut into minor units that add up (largest remainder). Customers stand in the order of
 * their keys, conversions in that of time.
 */
#include "channel_impl.h"
#include "attr_impl.h"

#include <math.h>

enum { PIECE = 4096 };

struct credits {
	struct attr_touch *v;
	size_t n, at;
	uint32_t *order;         /* of conversions: index of their first touch */
	size_t conversions;
	const struct store *store;
	struct arena names;
	struct sv *name;         /* by touch of v */
	struct sv *campaign;
	double *share;
	int64_t *money;
	const char *model;
	double minor;
};

static int64_t part_of(double share, int64_t value)
{
	return (int64_t)floor(share * (double)value);
}

/* Minor units by share; what is left goes, one each, to the greatest remainders. */
static void cut_money(int64_t *out, const double *share, size_t n, int64_t value)
{
	int64_t left = value;
	for (size_t k = 0; k < n; k++) {
		out[k] = part_of(share[k], value);
		left -= out[k];
	}
	for (; left; left += left > 0 ? -1 : 1) {
		size_t best = 0;
		double most = -INFINITY;
		for (size_t k = 0; k < n; k++) {
			const double rest = (left > 0 ? 1 : -1) * (share[k] * (double)value - (double)out[k]);
			if (share[k] > 0 && rest > most) {
				most = rest;
				best = k;
			}
		}
		out[best] += left > 0 ? 1 : -1;
	}
}

static void by_weight(double *share, const uint16_t *step, size_t n, const double *weight)
{
	double sum = 0;
	for (size_t k = 0; k < n; k++) {
		size_t same = 0;
		bool first = true;
		for (size_t i = 0; i < n; i++) {
			same += step[i] == step[k];
			first = first && (i >= k || step[i] != step[k]);
		}
		const double w = isnan(weight[step[k]]) ? 0 : weight[step[k]];
		share[k] = w / (double)same;
		sum += first ? w : 0;
	}
	for (size_t k = 0; k < n; k++)
		share[k] = sum > 0 ? share[k] / sum : 1 / (double)n;
}

static void share_out(struct credits *c, const struct attr_terms *t, const struct chain_paths *p, const uint32_t *channel, const double *weight, const bool *direct)
{
	uint16_t *step = NULL;
	double *age = NULL;
	size_t step_cap = 0, age_cap = 0;
	for (size_t i = 0; i < c->n; i += c->v[i].of) {
		const size_t n = c->v[i].of;
		GROW(step, step_cap, n);
		GROW(age, age_cap, n);
		for (size_t k = 0; k < n; k++) {
			step[k] = (uint16_t)(channel[i + k] < p->channels ? channel[i + k] : 0);
			age[k] = c->v[i + k].age_s;
		}
		if (channel[i] >= p->channels)
			c->share[i] = 1;
		else if (t->model < (enum attr_model)RULE_COUNT)
			chain_shares(c->share + i, (enum chain_rule)t->model, step, n, age, t->half_life, direct);
		else
			by_weight(c->share + i, step, n, weight);
		cut_money(c->money + i, c->share + i, n, c->v[i].value);
	}
	free(step);
	free(age);
}

static bool more(struct table *t, void *ctx)
{
	struct credits *c = ctx;
	for (size_t made = 0; c->at < c->conversions && made < PIECE; c->at++) {
		const size_t first = c->order[c->at];
		for (size_t k = first; k < first + c->v[first].of; k++) {
			if (!(c->share[k] > 0))
				continue;
			const struct sv who = store_customer(c->store, c->v[k].customer);
			put_text(t, who.n ? who : SV_NONE);
			put_int(t, c->v[k].at);
			put_text(t, c->name[k]);
			put_text(t, c->campaign[k]);
			put_z(t, c->model);
			put_real(t, c->share[k]);
			put_int(t, c->money[k]);
			made++;
		}
	}
	return c->at < c->conversions;
}

static void release(void *ctx)
{
	struct credits *c = ctx;
	arena_release(&c->names);
	void *const blocks[] = { c->v, c->order, c->name, c->campaign, c->share, c->money };
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		free(blocks[i]);
	free(c);
}

/* Conversions by customer, each customer's as the fold met them: in order of time. */
static void order_conversions(struct credits *c)
{
	uint32_t *who = xreallocarray(NULL, c->n + 1, sizeof *who), *first = xreallocarray(NULL, c->n + 1, sizeof *first);
	for (size_t i = 0; i < c->n; i += c->v[i].of) {
		who[c->conversions] = c->v[i].customer;
		first[c->conversions++] = (uint32_t)i;
	}
	c->order = order_customers(c->store, who, c->conversions);
	for (size_t i = 0; i < c->conversions; i++)
		c->order[i] = first[c->order[i]];
	free(who);
	free(first);
}

/* The channel of each touch by number in p; p->channels: no touch. */
static uint32_t *channels_of(struct credits *c, const struct chain_paths *p, const struct population *pop)
{
	uint32_t *channel = xreallocarray(NULL, c->n + 1, sizeof *channel);
	struct sv *copy = xreallocarray(NULL, p->channels + 1, sizeof *copy);
	for (size_t k = 0; k < p->channels; k++)
		copy[k] = sv_n(arena_strndup(&c->names, p->name[k].p, p->name[k].n), p->name[k].n);
	copy[p->channels] = SV(ATTR_NONE);
	for (size_t i = 0; i < c->n; i++) {
		const struct sv name = c->v[i].word == UINT32_MAX ? SV_NONE : step_name(pop, c->v[i].word);
		size_t at = 0;
		LOWER_BOUND(at, p->channels, sv_natcmp(p->name[mid], name) < 0 || (sv_natcmp(p->name[mid], name) == 0 && sv_cmp(p->name[mid], name) < 0));
		channel[i] = (uint32_t)(name.p && at < p->channels ? at : p->channels);
		c->name[i] = copy[channel[i]];
		const struct sv campaign = c->v[i].campaign == WEND_NONE ? SV_NONE : step_name(pop, step_word(pop, c->v[i].campaign));
		c->campaign[i] = campaign.p ? sv_n(arena_strndup(&c->names, campaign.p, campaign.n), campaign.n) : SV_NONE;
	}
	free(copy);
	return channel;
}

static struct credits *shared_credits(struct attr_paths *a, const struct attr_terms *t, const double *weight, const bool *direct, const struct population *p)
{
	struct credits *c = xcalloc(1, sizeof *c);
	*c = (struct credits){ .v = a->touch, .n = a->ntouch, .store = p->store, .model = attr_model_name[t->model], .minor = a->minor };
	a->touch = NULL;
	c->name = xcalloc(c->n + 1, sizeof *c->name);
	c->campaign = xcalloc(c->n + 1, sizeof *c->campaign);
	c->share = xcalloc(c->n + 1, sizeof *c->share);
	c->money = xcalloc(c->n + 1, sizeof *c->money);
	uint32_t *channel = channels_of(c, a->p, p);
	share_out(c, t, a->p, channel, weight, direct);
	free(channel);
	return c;
}

enum wend_err attr_first_credits(struct attr_credit **out, size_t *n, const struct population *p, const char *model, const struct report_options *ro, struct arena *arena, struct err *err)
{
	const struct attribution_options o = { .model = model, .conversion = "first", .lookback = "90d", .credits = true, .seed = 1 };
	struct attr_terms t;
	struct attr_paths a;
	enum wend_err e = attr_terms_read(&t, &o, true, err);
	if (e || (e = attr_paths_run(&a, p, &t, &o, ro, err)))
		return e;
	bool *direct = attr_direct(a.p);
	double *weight = attr_weights(&a, &t, p->threads);
	struct credits *c = shared_credits(&a, &t, weight, direct, p);
	*out = xreallocarray(NULL, c->n + 1, sizeof **out);
	*n = 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].word != UINT32_MAX && c->share[i] > 0)
			(*out)[(*n)++] = (struct attr_credit){ c->v[i].customer, sv_n(arena_strndup(arena, c->name[i].p, c->name[i].n), c->name[i].n), c->share[i] };
	release(c);
	free(weight);
	free(direct);
	attr_paths_release(&a);
	return WEND_OK;
}

double *attr_weights(const struct attr_paths *a, const struct attr_terms *t, int threads)
{
	struct chain_fit f;
	double *weight = xcalloc(a->p->channels + 1, sizeof *weight);
	if (t->model == ATTR_SHAPLEY_MARKOV) {
		if (!chain_shapley(weight, a->p, threads))
			for (size_t c = 0; c < a->p->channels; c++)
				weight[c] = NAN;
		return weight;
	}
	chain_fit(&f, a->p, &(struct chain_options){ .order = t->order ? t->order : 1, .threads = threads });
	for (size_t c = 0; c < a->p->channels; c++)
		weight[c] = f.v[c].conv.share;
	chain_fit_release(&f);
	return weight;
}

void attr_credits(struct report *r, struct attr_paths *a, const struct attr_terms *t, const double *weight, const bool *direct, const struct population *p)
{
	struct credits *c = shared_credits(a, t, weight, direct, p);
	order_conversions(c);
	struct table *table = &r->table;
	table->customer_col = "customer";
	table_col(table, "customer", COL_TEXT, NULL, -1);
	table_col(table, "time", COL_TIME, NULL, -1);
	table_col(table, "channel", COL_TEXT, NULL, -1);
	table_col(table, "campaign", COL_TEXT, NULL, -1);
	table_col(table, "model", COL_TEXT, NULL, -1);
	table_col(table, "credit", COL_REAL, NULL, 3);
	table_col_money(table, "value", a->counts.cur);
	table->source = (struct row_source){ more, release, c };
}
