/* churn curve in words: how long customers stay, whether groups differ by more than chance, and
 * how that was computed. And the picture of it.
 */
#include "curve_impl.h"

#include <math.h>

static void say_time(struct str *s, double v)
{
	say_real(s, v, v == floor(v) || fabs(v) >= 1000 ? 0 : 1);
}

/* "tenure 12", but "12 days". */
static void say_moment(struct str *s, const struct curve *c, double v)
{
	const bool days = !strcmp(c->unit, "days");
	if (!days)
		str_printf(s, "%s ", c->unit);
	say_time(s, v);
	if (days)
		str_puts(s, " days");
}

static void say_mean(struct str *s, const struct survival_mean *m)
{
	say_real(s, m->mean, 1);
	str_puts(s, " (");
	say_real(s, m->ci.lo, 1);
	str_puts(s, " to ");
	say_real(s, m->ci.hi, 1);
	str_putc(s, ')');
}

static void find_all(struct str *s, const struct curve *c)
{
	const struct curve_group *g = &c->g[0];
	const struct survival_step v = survival_at(g->v, g->d->n, c->until, ALPHA);
	say_real(s, g->events, 0);
	str_puts(s, " of ");
	say_real(s, g->n, 0);
	if (g->n < (double)c->min_n) {
		str_printf(s, " left: too few for a curve, which needs about %lld.", (long long)c->min_n);
		return;
	}
	str_puts(s, " left");
	if (!isnan(v.survival)) {
		str_puts(s, "; ");
		say_share(s, v.survival);
		str_puts(s, " are still there after ");
		say_moment(s, c, c->until);
		str_puts(s, " (");
		say_shares(s, v.ci);
		str_putc(s, ')');
	}
	if (!isnan(g->median.time)) {
		str_puts(s, ", half are gone after ");
		say_moment(s, c, g->median.time);
		if (!isnan(g->median.ci.lo) && !isnan(g->median.ci.hi)) {
			str_puts(s, " (");
			say_time(s, g->median.ci.lo);
			str_puts(s, " to ");
			say_time(s, g->median.ci.hi);
			str_putc(s, ')');
		}
	} else if (g->last > 0)
		str_puts(s, ", fewer than half are gone at the end of what was seen");
	if (!isnan(g->mean.mean)) {
		str_puts(s, ". Of the first ");
		say_time(s, c->until);
		str_puts(s, strcmp(c->unit, "days") ? "" : " days");
		str_puts(s, " they stay ");
		say_mean(s, &g->mean);
		str_puts(s, " on average");
	}
	str_putc(s, '.');
}

static const struct curve *sorting;
static int by_mean(const void *a, const void *b)
{
	const double x = sorting->g[*(const size_t *)a].mean.mean, y = sorting->g[*(const size_t *)b].mean.mean;
	return isnan(x) || isnan(y) ? isnan(x) - isnan(y) : (x < y) - (x > y);
}

static void say_group(struct str *s, const struct curve *c, size_t i, const char *what)
{
	const struct sv name = c->g[i].name.p ? c->g[i].name : SV("value not known");
	str_printf(s, "%s%.*s ", what, (int)name.n, name.p);
	say_mean(s, &c->g[i].mean);
}

static void find_groups(struct str *s, const struct curve *c)
{
	size_t order[SURVIVAL_GROUPS], n = 0, differ = 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->g[i].n >= (double)c->min_n && !isnan(c->g[i].mean.mean))
			order[n++] = i;
	str_printf(s, "by %.*s ", (int)c->by.n, c->by.p);
	if (isnan(c->logrank.chisq)) {
		str_puts(s, "nothing can be told: fewer than two groups had anybody who could leave.");
		return;
	}
	str_puts(s, c->logrank.p < ALPHA ? "they differ more than chance: " : "the differences are within chance: ");
	str_puts(s, "log-rank chi-squared ");
	say_real(s, c->logrank.chisq, 1);
	str_printf(s, " on %d degree%s of freedom, ", c->logrank.df, c->logrank.df == 1 ? "" : "s");
	say_p(s, c->logrank.p, c->logrank.log10_p);
	str_puts(s, "; Peto-Peto ");
	say_real(s, c->peto.chisq, 1);
	str_puts(s, ", ");
	say_p(s, c->peto.p, c->peto.log10_p);
	if (c->strata.n)
		str_printf(s, ", within %.*s", (int)c->strata.n, c->strata.p);
	str_puts(s, ". ");
	sorting = c;
	if (n)
		qsort(order, n, sizeof *order, by_mean);
	if (n > 1) {
		str_puts(s, "Of the first ");
		say_time(s, c->until);
		str_puts(s, strcmp(c->unit, "days") ? "" : " days");
		say_group(s, c, order[0], " they stay longest with ");
		str_puts(s, " on average,");
		say_group(s, c, order[n - 1], " shortest with ");
		str_puts(s, ".");
	}
	for (size_t i = 0; i < c->npair; i++)
		differ += c->pair[i].p_holm < ALPHA;
	if (c->npair > 1)
		str_printf(s, " %zu of %zu pairs differ (Holm).", differ, c->npair);
}

void curve_find(struct str *s, const struct curve *c)
{
	double n = 0;
	for (size_t i = 0; i < c->n; i++)
		n += c->g[i].n;
	if (!(n > 0))
		str_puts(s, "nobody was there to stay or leave.");
	else if (c->groups)
		find_groups(s, c);
	else
		find_all(s, c);
}

void curve_explain(struct report *r, const struct curve *c)
{
	static const char *const ci[] = { [SURVIVAL_LOGLOG] = "log-log", [SURVIVAL_PLAIN] = "plain", [SURVIVAL_LOG] = "log" };
	struct line_list *l = &r->explain.text;
	struct str s = STR_INIT;
	str_printf(&r->definition, "S: share still there after t, Kaplan-Meier; %s 95 %% limits (Greenwood); whoever was last seen at t was still there", ci[c->ci]);
	if (c->groups)
		line_add(&r->next, "wend churn curve --by %.*s --compare %s", (int)c->by.n, c->by.p, c->npair > 1 ? "pairs" : "groups");
	else
		line_add(&r->next, "wend churn curve --by FIELD");
	line_add(l, "S(t) = product over times up to t of (1 - events / at risk); variance S^2 sum of d / (n (n - d)) (Greenwood 1926); H = sum of d / n (Nelson 1969, Aalen 1978)");
	line_add(l, "limits %s: %s", ci[c->ci], c->ci == SURVIVAL_LOGLOG ? "normal for log(-log S) (Kalbfleisch & Prentice 2002); before the first event the exact binomial one of none" : c->ci == SURVIVAL_LOG ? "normal for log S" : "normal for S");
	line_add(l, "median: first t with S <= 1/2, limits where those of S cross it (Brookmeyer & Crowley 1982)");
	say_time(&s, c->until);
	line_add(l, "rmst: area under S up to %s%s", s.p ? s.p : "", c->until_given ? ", as given" : ", the longest time every group was seen");
	if (c->entry)
		line_add(l, "who came under observation late is at risk from then on (left truncation)");
	if (c->n > 1) {
		line_add(l, "expected: sum over times of events x share of those at risk; log-rank (Mantel 1966), Peto & Peto (1972) weights S just before t; pairs adjusted by Holm (1979)");
		line_add(l, "log-rank log10 p = %.4f, Peto-Peto log10 p = %.4f", c->logrank.log10_p, c->peto.log10_p);
	}
	str_release(&s);
}

/* Steps as they are, beginning with everybody; groups below --min-n are not drawn. */
void curve_figure(struct report *r, const struct curve *c)
{
	static const char *const names[] = { "S", "lo", "hi" };
	struct table *t = &r->figure.data;
	double n = 0;
	struct str s = STR_INIT;
	for (size_t i = 0; i < c->n; i++)
		n += c->g[i].n;
	say_real(&s, n, 0);
	r->figure.kind = FIG_STEP;
	r->figure.title = "customers who are still there";
	r->figure.x_label = c->unit;
	r->figure.y_label = "still there";
	r->figure.note = arena_printf(&r->arena, "n = %s customers", s.p ? s.p : "0");
	str_release(&s);
	table_col(t, "t", COL_REAL, c->unit, -1);
	for (int i = 0; i < 3; i++)
		table_col(t, names[i], COL_SHARE, NULL, 1);
	table_col(t, "n_risk", COL_REAL, NULL, 0);
	if (c->groups)
		table_col(t, "group", COL_TEXT, NULL, -1);
	for (size_t k = 0; k < c->n; k++) {
		const struct curve_group *g = &c->g[k];
		for (size_t i = 0; i <= g->d->n; i++) {
			const struct survival_step *v = i ? &g->v[i - 1] : NULL;
			if (g->n < (double)c->min_n || (v && isnan(v->survival)))
				continue;
			put_real(t, v ? v->time : 0);
			put_real(t, v ? v->survival : 1);
			put_real(t, v ? v->ci.lo : 1);
			put_real(t, v ? v->ci.hi : 1);
			put_real(t, v ? v->risk : g->d->n ? g->v[0].risk : 0);
			if (c->groups)
				put_text(t, g->name.p ? g->name : SV("not known"));
		}
	}
}
