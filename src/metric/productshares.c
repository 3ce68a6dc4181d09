/* ltv products, estimated: the shares of a product's first buyers who come back, beside those
 * of everybody else.
 *
 *   share within W   1 - S(W), S by Kaplan-Meier, limits of log(-log S) (survival.c)
 *   the rest         all other customers, by their counts: the whole less the product's own
 *                    first buyers
 *   q                of the log-rank test of the product's first buyers against the rest over
 *                    the W days, adjusted for looking at all products with enough of them
 *                    (Benjamini & Hochberg 1995)
 */
#include "products_impl.h"

#include <math.h>

static int by_group(const void *a, const void *b)
{
	const struct product_cell *x = a, *y = b;
	return (x->group > y->group) - (x->group < y->group);
}

/* Counts by day of one group and act, dense from 0 to W. */
struct counts {
	double *time, *events, *lost;
	size_t n;
};

static struct counts counts_new(int32_t within)
{
	const size_t n = (size_t)within + 1;
	struct counts c = { xcalloc(n, sizeof *c.time), xcalloc(n, sizeof *c.events), xcalloc(n, sizeof *c.lost), n };
	for (size_t i = 0; i < n; i++)
		c.time[i] = (double)i;
	return c;
}

static void counts_release(struct counts *c)
{
	free(c->time);
	free(c->events);
	free(c->lost);
}

static void counts_fill(struct counts *c, const struct product_cell *v, size_t n, uint8_t what)
{
	memset(c->events, 0, c->n * sizeof *c->events);
	memset(c->lost, 0, c->n * sizeof *c->lost);
	for (size_t i = 0; i < n; i++)
		if (v[i].what == what)
			(v[i].lost ? c->lost : c->events)[v[i].day] += (double)v[i].n;
}

static struct durations durations_of(const struct counts *c)
{
	return (struct durations){ c->n, c->time, c->events, c->lost, NULL };
}

static struct survival_step share_at(const struct counts *c, struct survival_step *room)
{
	const struct durations d = durations_of(c);
	survival_steps(room, &d, ALPHA, SURVIVAL_LOGLOG);
	return survival_at(room, c->n, (double)c->n - 1, ALPHA);
}

static void estimate(struct product_line *l, const struct product_cell *v, size_t n, struct counts *c, struct survival_step *room)
{
	for (uint8_t w = 0; w < BUYS_WHAT; w++) {
		counts_fill(c, v, n, w);
		l->s[w] = share_at(c, room);
	}
}

/* The product's first buyers against everybody else; `c` holds their counts, becomes those of
 * the rest. */
static void against(struct product_line *l, struct counts *c, const struct counts *all, struct counts *own, struct survival_step *room)
{
	memcpy(own->events, c->events, c->n * sizeof *c->events);
	memcpy(own->lost, c->lost, c->n * sizeof *c->lost);
	for (size_t i = 0; i < c->n; i++) {
		c->events[i] = all->events[i] - own->events[i];
		c->lost[i] = all->lost[i] - own->lost[i];
	}
	const struct durations a = durations_of(own), b = durations_of(c);
	const struct survival_pair t = survival_logrank(&a, &b);
	l->chisq = t.chisq;
	l->p = t.p;
	l->rest = share_at(c, room);
}

static int by_size(const void *a, const void *b)
{
	const struct product_line *x = a, *y = b;
	if (x->g->customers != y->g->customers)
		return x->g->customers > y->g->customers ? -1 : 1;
	return sv_cmp(x->name, y->name);
}

/* False positives are held down among the products that were looked at. */
static void adjust(struct product_lines *l)
{
	double *p = xreallocarray(NULL, l->n + 1, sizeof *p);
	for (size_t i = 0; i < l->n; i++) {
		p[i] = l->v[i].p;
		l->tested += !isnan(p[i]);
	}
	bh_adjust(p, p, l->n);
	for (size_t i = 0; i < l->n; i++)
		l->v[i].q = p[i];
	free(p);
}

static bool unknown(const struct product_line *l)
{
	return isnan(l->s[BUYS_ANY].survival) || isnan(l->s[BUYS_SAME].survival) || isnan(l->s[BUYS_OTHER].survival);
}

void product_lines_run(struct product_lines *l, const struct product_acc *a, const struct product_ctx *c, const struct population *p)
{
	struct product_cell *v = xreallocarray(NULL, a->nc + 1, sizeof *v);
	struct counts here = counts_new(c->within), all = counts_new(c->within), own = counts_new(c->within);
	struct survival_step *room = xreallocarray(NULL, here.n, sizeof *room);
	size_t *from = xcalloc(a->n + 1, sizeof *from);
	*l = (struct product_lines){ .v = xcalloc(a->n + 1, sizeof *l->v) };
	if (a->nc)
		memcpy(v, a->c, a->nc * sizeof *v);
	qsort(v, a->nc, sizeof *v, by_group);
	for (size_t i = 0; i < a->nc; i++)
		from[v[i].group + 1] = i + 1;
	for (size_t i = 0; i < a->n; i++)
		if (a->g[i].word == WEND_NONE) {
			l->all = (struct product_line){ .g = &a->g[i], .chisq = NAN, .p = NAN, .q = NAN };
			estimate(&l->all, v + from[i], from[i + 1] - from[i], &here, room);
			l->all.few = l->all.g->customers < p->min_n || unknown(&l->all);
			counts_fill(&all, v + from[i], from[i + 1] - from[i], BUYS_ANY);
		}
	for (size_t i = 0; i < a->n; i++) {
		if (a->g[i].word == WEND_NONE)
			continue;
		struct product_line *n = &l->v[l->n++];
		*n = (struct product_line){ .g = &a->g[i], .name = store_word(p->store, a->g[i].word), .chisq = NAN, .p = NAN, .q = NAN, .rest = { .survival = NAN, .ci = { NAN, NAN } } };
		n->few = n->g->customers < p->min_n;
		if (!n->few) {
			estimate(n, v + from[i], from[i + 1] - from[i], &here, room);
			n->few = unknown(n);
		}
		l->few += n->few;
		if (!n->few && l->all.g->customers - n->g->customers >= p->min_n)
			against(n, &here, &all, &own, room);
	}
	qsort(l->v, l->n, sizeof *l->v, by_size);
	adjust(l);
	counts_release(&here);
	counts_release(&all);
	counts_release(&own);
	free(room);
	free(from);
	free(v);
}

void product_lines_release(struct product_lines *l)
{
	free(l->v);
	*l = (struct product_lines){ 0 };
}
