/* ltv products, printed. One table holds three sections: `all`, every customer whose first
 * purchase names a product; `repeat`, a row a product; `discount`, those who bought with a
 * discount beside their matches.
 *
 *   against        repeat: all other customers; discount: the matched buyers without
 *   diff           any - against; its limits by MOVER from both intervals (versus.c), or by the
 *                  bootstrap of the pairs (matched.c)
 *   call           real: repeat with q below 0.05, discount with limits that leave out 0
 *   per customer   mean of those seen for all W days, Student t
 */
#include "products_impl.h"

#include <math.h>

enum { SCREEN_ROWS = 15, DRAWN = 30, DIFFER_MIN = 10, FEW_TO_TELL = 2 };

static double share(const struct survival_step *s)
{
	return 1 - s->survival;
}

static struct interval share_limits(const struct survival_step *s)
{
	return (struct interval){ 1 - s->ci.hi, 1 - s->ci.lo };
}

static bool more_than_chance(const struct product_line *l)
{
	return l->q < ALPHA;
}

static const char *line_call(const struct product_line *l)
{
	return isnan(l->q) ? "few" : more_than_chance(l) ? "real" : "chance";
}

/* Too few pairs, or too few of them that tell the two apart, for limits that mean anything. */
static bool effect_few(const struct product_effect *e, const struct population *p)
{
	return e->m.pairs < p->min_n || e->m.differ < DIFFER_MIN;
}

static const char *effect_call(const struct product_effect *e, const struct population *p)
{
	return effect_few(e, p) ? "few" : e->m.ci.lo > 0 || e->m.ci.hi < 0 ? "real" : "chance";
}

/* ---- the table ---- */

static void columns(struct table *t, const struct product_ctx *c, const struct value_terms *terms, currency cur)
{
	static const char *const shares[] = { "same", "same_lo", "same_hi", "other", "other_lo", "other_hi", "any", "any_lo", "any_hi", "against", "diff", "diff_lo", "diff_hi" };
	char letters[4] = "";
	if (cur)
		currency_text(letters, cur);
	const char *money = *letters ? arena_strdup(&t->arena, letters) : NULL;
	table_col(t, "section", COL_TEXT, NULL, -1);
	table_col(t, arena_strdup(&t->arena, c->by), COL_TEXT, NULL, -1);
	table_col(t, "buyers", COL_TEXT, NULL, -1);
	table_col(t, "customers", COL_INT, NULL, 0);
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		table_col(t, shares[i], COL_SHARE, NULL, 1);
	table_col(t, "q", COL_REAL, NULL, 4);
	table_col(t, "call", COL_TEXT, NULL, -1);
	table_col(t, "observed", COL_INT, NULL, 0);
	table_col(t, terms->has_margin ? "margin_per_customer" : "revenue_per_customer", COL_REAL, money, 2);
	table_col(t, "per_customer_lo", COL_REAL, money, 2);
	table_col(t, "per_customer_hi", COL_REAL, money, 2);
	table_col(t, "unmatched", COL_INT, NULL, 0);
	table_col(t, "flag", COL_TEXT, NULL, -1);
}

static void put_or_few(struct table *t, double v, bool few)
{
	if (few)
		put_few(t);
	else
		put_real(t, v);
}

static void put_three(struct table *t, double v, struct interval ci, bool few)
{
	put_or_few(t, v, few);
	put_or_few(t, ci.lo, few);
	put_or_few(t, ci.hi, few);
}

static void put_empties(struct table *t, int n)
{
	for (int i = 0; i < n; i++)
		put_empty(t);
}

/* Mean money of the first W days and its limits, major units. */
struct money {
	double mean;
	struct interval ci;
	bool few;
};

static struct money money_of(const struct product_group *g, const struct value_terms *terms, currency cur, int64_t min_n)
{
	const int exponent = cur ? currency_exponent(cur) : 2;
	const double scale = terms->margin / pow(10, exponent < 0 ? 2 : exponent), n = (double)g->observed;
	const struct interval ci = mean_interval((double)g->sum, (double)g->squares, n, ALPHA);
	return (struct money){ (double)g->sum / n * scale, { ci.lo * scale, ci.hi * scale }, g->observed < min_n };
}

static void put_line(struct table *t, const struct product_line *l, const char *section, const struct value_terms *terms, currency cur, int64_t min_n)
{
	const struct money m = money_of(l->g, terms, cur, min_n);
	put_z(t, section);
	put_text(t, l->name);
	put_z(t, "new");
	put_int(t, l->g->customers);
	for (int w = 0; w < BUYS_WHAT; w++)
		put_three(t, share(&l->s[w]), share_limits(&l->s[w]), l->few);
	if (l->g->word == WEND_NONE) {
		put_empties(t, 6);
	} else {
		const bool few = isnan(l->rest.survival);
		const struct change d = few ? (struct change){ 0 } : change_of(share(&l->s[BUYS_ANY]), share_limits(&l->s[BUYS_ANY]), share(&l->rest), share_limits(&l->rest), false);
		put_or_few(t, share(&l->rest), few);
		put_three(t, d.diff, (struct interval){ d.lo, d.hi }, few);
		put_real(t, l->q);
		put_z(t, line_call(l));
	}
	put_int(t, l->g->observed);
	put_three(t, m.mean, m.ci, m.few);
	put_empty(t);
	put_z(t, l->few ? "few" : NULL);
}

static void put_effect(struct table *t, const struct product_effect *e, bool later, const struct population *p)
{
	const double n = (double)e->m.pairs;
	const bool few = effect_few(e, p);
	put_z(t, "discount");
	put_empty(t);
	put_z(t, later ? "existing" : "new");
	put_int(t, e->m.pairs);
	put_empties(t, 6);
	put_three(t, (double)e->m.with / n, wilson((double)e->m.with, n, ALPHA), e->m.pairs < p->min_n);
	put_or_few(t, (double)e->m.without / n, e->m.pairs < p->min_n);
	put_three(t, e->m.diff, e->m.ci, few);
	put_empty(t);
	put_z(t, effect_call(e, p));
	put_int(t, e->m.treated);
	put_empties(t, 3);
	put_int(t, e->unmatched);
	put_z(t, few ? "few" : NULL);
}

static bool any_discount(const struct product_effect effect[2])
{
	return effect[0].m.treated || effect[1].m.treated || effect[0].unmatched || effect[1].unmatched;
}

/* ---- for people ---- */

static void cell(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static void say_range(struct str *s, struct interval ci)
{
	say_real(s, ci.lo * 100, 1);
	str_putc(s, '-');
	say_real(s, ci.hi * 100, 1);
}

static void share_cells(struct table *t, struct str *s, double v, struct interval ci, bool few)
{
	if (few)
		str_puts(s, "few");
	else
		say_share(s, v);
	cell(t, s);
	if (!few)
		say_range(s, ci);
	cell(t, s);
}

static void screen_line(struct table *t, struct str *s, const struct product_line *l, struct sv name)
{
	static const enum product_what order[] = { BUYS_ANY, BUYS_SAME, BUYS_OTHER };
	put_text(t, name);
	say_count(s, l->g->customers);
	cell(t, s);
	for (int i = 0; i < BUYS_WHAT; i++) {
		const struct survival_step *v = &l->s[order[i]];
		if (i < 2) {
			share_cells(t, s, share(v), share_limits(v), l->few);
		} else {
			if (l->few)
				str_puts(s, "few");
			else
				say_share(s, share(v));
			cell(t, s);
		}
	}
	put_z(t, more_than_chance(l) ? (share(&l->s[BUYS_ANY]) > share(&l->rest) ? "more" : "less") : "");
}

static void say_points(struct str *s, double diff)
{
	str_puts(s, diff > 0 ? "+" : "");
	say_real(s, diff * 100, 1);
}

static void screen_effect(struct report *r, struct str *s, const struct product_effect effect[2], const struct population *p)
{
	static const char *const heads[] = { "", "pairs", "again", "without", "points", "95 %", "" };
	struct table *t = &report_screen(r, "A DISCOUNT ON")->t;
	for (int i = 0; i < 7; i++)
		table_col(t, heads[i], COL_TEXT, NULL, -1);
	for (int i = 0; i < 2; i++) {
		const struct match_result *m = &effect[i].m;
		const bool few = effect_few(&effect[i], p);
		put_z(t, i ? "a later order" : "the first order");
		say_count(s, m->pairs);
		cell(t, s);
		for (int k = 0; k < 2; k++) {
			if (m->pairs < p->min_n)
				str_puts(s, "few");
			else
				say_share(s, (double)(k ? m->without : m->with) / (double)m->pairs);
			cell(t, s);
		}
		if (few)
			str_puts(s, "few");
		else
			say_points(s, m->diff);
		cell(t, s);
		if (!few) {
			say_real(s, m->ci.lo * 100, 1);
			str_puts(s, " to ");
			say_real(s, m->ci.hi * 100, 1);
		}
		cell(t, s);
		put_z(t, effect_call(&effect[i], p));
	}
}

/* The table as people see it, unless they asked for an order of their own. */
static void screen(struct report *r, const struct product_lines *l, const struct product_ctx *c, const struct product_effect effect[2], const struct population *p, const struct report_options *ro)
{
	static const char *const heads[] = { "", "customers", "again", "95 %", "same", "95 %", "other", "" };
	struct str s = STR_INIT;
	const size_t most = ro->top > 0 ? (size_t)ro->top : SCREEN_ROWS, n = l->n < most ? l->n : most;
	struct table *t = &report_screen(r, arena_printf(&r->arena, "WITHIN %d DAYS", (int)c->within))->t;
	for (int i = 0; i < 8; i++)
		table_col(t, heads[i], COL_TEXT, NULL, -1);
	screen_line(t, &s, &l->all, SV("all"));
	for (size_t i = 0; i < n; i++)
		screen_line(t, &s, &l->v[i], l->v[i].name);
	if (n < l->n) {
		str_puts(&s, "and ");
		say_count(&s, (int64_t)(l->n - n));
		str_puts(&s, " more: --top");
		cell(t, &s);
		for (int i = 1; i < 8; i++)
			put_z(t, "");
	}
	if (any_discount(effect))
		screen_effect(r, &s, effect, p);
	str_release(&s);
}

static void draw(struct report *r, const struct product_lines *l, const struct product_ctx *c)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_FOREST;
	r->figure.title = arena_printf(&r->arena, "first buyers who come back within %d days", (int)c->within);
	r->figure.x_label = "share who buy again";
	r->figure.ref_name = "all customers";
	r->figure.note = arena_printf(&r->arena, "n = %" PRId64 " customers", l->all.g ? l->all.g->customers : 0);
	r->figure.ref = l->all.g && !l->all.few ? 100 * share(&l->all.s[BUYS_ANY]) : NAN; /* shares are drawn as per cent */
	table_col(t, arena_strdup(&t->arena, c->by), COL_TEXT, NULL, -1);
	table_col(t, "any", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	for (size_t i = 0, drawn = 0; i < l->n && drawn < DRAWN; i++) {
		if (l->v[i].few)
			continue;
		const struct interval ci = share_limits(&l->v[i].s[BUYS_ANY]);
		put_text(t, l->v[i].name);
		put_real(t, share(&l->v[i].s[BUYS_ANY]));
		put_real(t, ci.lo);
		put_real(t, ci.hi);
		drawn++;
	}
}

/* ---- the finding ---- */

static void say_with_limits(struct str *s, const struct survival_step *v)
{
	say_share(s, share(v));
	str_puts(s, " (");
	say_shares(s, share_limits(v));
	str_puts(s, ")");
}

/* The product that differs most surely from the rest, when it is more than chance. Where one
 * stands out the others lie beyond a rest that holds it: they are counted. */
static void find_products(struct str *s, const struct product_lines *l, const struct product_ctx *c)
{
	const struct product_line *first = NULL;
	const char *many = strcmp(c->by, "product") ? "categories" : "products";
	int64_t differ = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct product_line *v = &l->v[i];
		if (!more_than_chance(v))
			continue;
		differ++;
		if (!first || v->chisq > first->chisq)
			first = v;
	}
	if (first) {
		str_printf(s, " First buyers of %.*s come back %s often than the rest: ", (int)first->name.n, first->name.p,
			   share(&first->s[BUYS_ANY]) > share(&first->rest) ? "more" : "less");
		say_with_limits(s, &first->s[BUYS_ANY]);
		str_puts(s, " against ");
		say_share(s, share(&first->rest));
		str_puts(s, ", more than chance");
		if (differ > 1) {
			str_puts(s, "; ");
			say_count(s, differ - 1);
			str_printf(s, " more of %lld %s differ from their rest", (long long)l->tested, many);
		}
		str_puts(s, ".");
	} else if (l->tested >= FEW_TO_TELL) {
		str_puts(s, " Whatever people begin with, they come back alike: none of ");
		say_count(s, l->tested);
		str_printf(s, " %s differs from the rest by more than chance.", many);
	}
}

static void find_effect(struct str *s, const struct product_effect *e, bool later, const struct population *p)
{
	const struct match_result *m = &e->m;
	if (!m->treated && !e->unmatched)
		return;
	str_puts(s, later ? " With a discount on a later order " : " With a discount on the first order ");
	if (m->pairs < p->min_n) {
		str_puts(s, "only ");
		say_things(s, m->pairs, "buyer has a match", "buyers have a match");
		str_printf(s, ", which needs about %lld", (long long)p->min_n);
	} else {
		say_share(s, (double)m->with / (double)m->pairs);
		str_puts(s, " buy again, matched buyers without ");
		say_share(s, (double)m->without / (double)m->pairs);
		if (effect_few(e, p)) {
			str_puts(s, ": too few pairs differ to compare");
		} else {
			str_puts(s, ": ");
			say_points(s, m->diff);
			str_puts(s, " points (");
			say_real(s, m->ci.lo * 100, 1);
			str_puts(s, " to ");
			say_real(s, m->ci.hi * 100, 1);
			str_puts(s, "), ");
			str_puts(s, !strcmp(effect_call(e, p), "real") ? "more than chance" : "within chance");
		}
	}
	if (e->unmatched) {
		str_puts(s, "; ");
		say_count(s, e->unmatched);
		str_puts(s, " more could not be matched");
	}
	str_putc(s, '.');
}

static void find(struct report *r, const struct product_lines *l, const struct product_acc *a, const struct product_ctx *c, const struct product_effect effect[2], const struct population *p)
{
	struct str *s = &r->finding;
	const struct product_facts *f = &a->facts;
	if (!f->customers) {
		if (f->unnamed) {
			say_things(s, f->unnamed, "customer has", "customers have");
			str_printf(s, " bought, but no first purchase names a %s.", c->by);
		} else {
			str_puts(s, "no customer has bought yet.");
		}
		return;
	}
	if (l->all.few) {
		say_things(s, f->customers, "customer", "customers");
		str_printf(s, ", too few or too new for shares within %d days, which need about %lld.", (int)c->within, (long long)p->min_n);
	} else {
		say_with_limits(s, &l->all.s[BUYS_ANY]);
		str_puts(s, " of ");
		say_things(s, f->customers, "customer", "customers");
		str_printf(s, " buy again within %d days: ", (int)c->within);
		say_share(s, share(&l->all.s[BUYS_SAME]));
		str_puts(s, " the same again, ");
		say_share(s, share(&l->all.s[BUYS_OTHER]));
		str_puts(s, " something else, some both.");
	}
	find_products(s, l, c);
	if (any_discount(effect)) {
		find_effect(s, &effect[0], false, p);
		find_effect(s, &effect[1], true, p);
	} else {
		str_puts(s, " No order names a discount or promotion.");
	}
	if (f->unnamed) {
		str_putc(s, ' ');
		say_things(s, f->unnamed, "customer's first purchase names no ", "customers' first purchases name no ");
		str_printf(s, "%s: left out.", c->by);
	}
	say_apart(s, &a->days.facts);
}

static void explain(struct report *r, const struct product_lines *l, const struct product_acc *a, const struct product_ctx *c, const struct product_effect effect[2], const struct population *p)
{
	struct line_list *t = &r->explain.text;
	const struct product_facts *f = &a->facts;
	str_printf(&r->definition, "from the customer's first purchase day, each %s of it on its own; same, other, any: shares who buy it, another or anything again on a later day within %d days, Kaplan-Meier; with a discount: 1:1 matched buyers; 95 %% intervals",
		   c->by, (int)c->within);
	line_add(t, "share = 1 - S(%d), S = product of (1 - events / at risk) over days (Kaplan & Meier 1958); Greenwood's variance, limits of log(-log S); last seen at the as-of day", (int)c->within);
	line_add(t, "%lld customers began with a named %s, %lld of them with several: each counts for each; %lld first purchases and %lld later purchase days name none (they count as any)",
		 (long long)f->customers, c->by, (long long)f->several, (long long)f->unnamed, (long long)f->unnamed_later);
	line_add(t, "all: same = anything of the first purchase, other = something that was not in it");
	line_add(t, "against = all customers who began with something else; q: log-rank (Mantel 1966) over the %d days, adjusted for %lld tests (Benjamini & Hochberg 1995); call real below 0.05; %lld rows have fewer than %lld customers or nobody seen so long",
		 (int)c->within, (long long)l->tested, (long long)l->few, (long long)p->min_n);
	line_add(t, "discount: purchase days with a promotion or discount against days without, 1:1, same dearest %s, calendar month, purchase days before and decile of the days since the last; followed for all %d days; %lld with one are too late for that",
		 c->by, (int)c->within, (long long)f->early);
	line_add(t, "pairs %lld new, %lld existing; without a partner %lld and %lld; existing: the first later day with a discount, partners without one on a later day so far; sources that never name one are left out",
		 (long long)effect[0].m.pairs, (long long)effect[1].m.pairs, (long long)effect[0].unmatched, (long long)effect[1].unmatched);
	line_add(t, "limits of the difference: percentiles of 1,000 bootstrap replicates of the pairs (Abadie & Spiess 2022), keyed by customer and --seed %lld; at least %d pairs must differ", (long long)c->seed, DIFFER_MIN);
}

enum wend_err products_table(struct report *r, const struct product_acc *a, const struct product_ctx *c, const struct product_effect effect[2], const struct value_terms *terms,
			     const struct population *p, const struct report_options *ro, currency cur)
{
	struct product_lines l;
	product_lines_run(&l, a, c, p);
	columns(&r->table, c, terms, cur);
	if (l.all.g)
		put_line(&r->table, &l.all, "all", terms, cur, p->min_n);
	for (size_t i = 0; i < l.n; i++)
		put_line(&r->table, &l.v[i], "repeat", terms, cur, p->min_n);
	for (int i = 0; i < 2; i++)
		if (l.all.g && (effect[i].m.treated || effect[i].unmatched))
			put_effect(&r->table, &effect[i], i, p);
	if (l.all.g && !ro->sort)
		screen(r, &l, c, effect, p, ro);
	draw(r, &l, c);
	find(r, &l, a, c, effect, p);
	explain(r, &l, a, c, effect, p);
	if (a->facts.both)
		line_add(&r->next, strcmp(c->by, "product") ? "wend ltv products" : "wend ltv products --by category");
	line_add(&r->next, "wend ltv products --sort -any --top 10");
	product_lines_release(&l);
	return WEND_OK;
}
