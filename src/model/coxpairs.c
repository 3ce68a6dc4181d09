/* Concordance: of all pairs of which one had the event while the other was at risk and stayed
 * longer, the share in which the model gave the first the higher risk; equal risks count half
 * (Harrell, Califf, Pryor, Lee & Rosati 1982). Pairs that leave at the same time say nothing;
 * whoever is last seen at a time stays longer than those who leave at it.
 *
 * n log n. Risks become ranks; going from the last time to the first, a Fenwick tree (Fenwick
 * 1994) holds the weight at each rank of those who stay longer, and each death asks how much
 * lies below, at and above its own. The same from the first time on, with the deaths in the
 * tree, tells each row how the deaths before it compare. The two walks are independent and run
 * beside each other.
 *
 * Standard error: infinitesimal jackknife. With c_i, d_i, t_i the weights of concordant,
 * discordant and tied partners of i, N the weight of all pairs and D = (sum c - sum d) / N,
 *     dC_i = w_i ((c_i - d_i) / N - D (c_i + d_i + t_i) / N) / 2,   var C = sum dC_i^2,
 * added up by cluster where there are some (Therneau & Watson 2017).
 */
#include <math.h>
#include <stdlib.h>
#include "cox.h"
#include "wend/par.h"
#include "wend/sort.h"

struct tree {
	double *v, *at;            /* Fenwick sums; the weight at each rank */
	size_t n;
	double all;
};

static void tree_add(struct tree *t, uint32_t rank, double w)
{
	t->all += w;
	t->at[rank] += w;
	for (size_t k = (size_t)rank + 1; k <= t->n; k += k & (0 - k))
		t->v[k] += w;
}

/* The weight at ranks below `rank`. */
static double tree_below(const struct tree *t, uint32_t rank)
{
	double sum = 0;
	for (size_t k = rank; k; k &= k - 1)
		sum += t->v[k];
	return sum;
}

struct partners {
	double less, more;         /* weight of partners concordant, discordant */
	double tied;
};
struct walk {
	struct cox *m;
	const uint32_t *rank;
	size_t ranks;
	struct partners *of[2];    /* of each row: as the one who had the event, as the one who stayed */
};

static double weight_at(const struct cox *m, size_t i)
{
	return m->w ? m->w[i] : 1;
}

static void ask(struct partners *p, const struct tree *t, uint32_t rank, bool stayed, double sign)
{
	const double below = tree_below(t, rank), upto = below + t->at[rank], above = t->all - upto;
	p->less += sign * (stayed ? above : below);
	p->more += sign * (stayed ? below : above);
	p->tied += sign * (upto - below);
}

static void tree_clear(struct tree *t)
{
	for (size_t k = 0; k <= t->n; k++)
		t->v[k] = t->at[k] = 0;
	t->all = 0;
}

/* A stratum's rows leave the tree one by one, so that many small strata stay cheap. */
static void forget(struct tree *t, const struct walk *k, size_t from, size_t to, bool deaths_only)
{
	const struct cox *m = k->m;
	if ((to - from) * 8 > t->n) {
		tree_clear(t);
		return;
	}
	for (size_t i = from; i < to; i++)
		if (!deaths_only || m->d.event[m->row[i]]) {
			t->at[k->rank[i]] = 0;
			for (size_t r = (size_t)k->rank[i] + 1; r <= t->n; r += r & (0 - r))
				t->v[r] = 0;
		}
	t->all = 0;
}

/* From the last time on: what each death sees of those who stay longer. */
static void look_ahead(struct walk *k)
{
	struct cox *m = k->m;
	struct tree t = { xcalloc(k->ranks + 2, sizeof *t.v), xcalloc(k->ranks + 2, sizeof *t.at), k->ranks, 0 };
	size_t begin = 0;
	for (size_t g = 0; g < m->ngroup; g++) {
		const struct cox_group *v = &m->group[g];
		if (v->first) {
			forget(&t, k, begin, v->from, false);
			begin = v->from;
		}
		const size_t deaths = v->from + v->deaths;
		for (size_t i = deaths; i < v->to; i++)
			tree_add(&t, k->rank[i], weight_at(m, i));
		for (size_t l = v->left; m->late && l < m->nlate && m->late_group[m->late[l]] == g; l++)
			tree_add(&t, k->rank[m->late[l]], -weight_at(m, m->late[l]));
		for (size_t i = v->from; i < deaths; i++)
			ask(&k->of[0][i], &t, k->rank[i], false, 1);
		for (size_t i = v->from; i < deaths; i++)
			tree_add(&t, k->rank[i], weight_at(m, i));
	}
	free(t.v);
	free(t.at);
}

/* From the first time on: what each row sees of the deaths before it. */
static void look_back(struct walk *k)
{
	struct cox *m = k->m;
	struct tree t = { xcalloc(k->ranks + 2, sizeof *t.v), xcalloc(k->ranks + 2, sizeof *t.at), k->ranks, 0 };
	for (size_t g = m->ngroup; g-- > 0;) {
		const struct cox_group *v = &m->group[g];
		const size_t deaths = v->from + v->deaths;
		for (size_t i = v->from; i < deaths; i++)
			ask(&k->of[1][i], &t, k->rank[i], true, 1);
		for (size_t i = v->from; i < deaths; i++)
			tree_add(&t, k->rank[i], weight_at(m, i));
		for (size_t i = deaths; i < v->to; i++)
			ask(&k->of[1][i], &t, k->rank[i], true, 1);
		for (size_t l = v->left; m->late && l < m->nlate && m->late_group[m->late[l]] == g; l++)
			ask(&k->of[1][m->late[l]], &t, k->rank[m->late[l]], true, -1);
		if (v->first) {
			size_t to = g + 1;
			while (to < m->ngroup && !m->group[to].first)
				to++;
			forget(&t, k, v->from, m->group[to - 1].to, true);
		}
	}
	free(t.v);
	free(t.at);
}

static void look(void *ctx, int i)
{
	if (i)
		look_back(ctx);
	else
		look_ahead(ctx);
}

/* Ranks of the linear predictor, equal ones alike. */
static size_t rank_rows(uint32_t *rank, const struct cox_fit *f, const struct cox *m)
{
	uint64_t *key = xreallocarray(NULL, m->n + 1, sizeof *key);
	uint32_t *index = xreallocarray(NULL, m->n + 1, sizeof *index);
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++) {
		double eta = 0;
		for (size_t j = 0; j < f->p; j++)
			eta += m->x[i * m->wide + j] * (f->coef[j] * m->scale[j]);
		key[i] = sort_key_of(eta);
		index[i] = (uint32_t)i;
	}
	sort_keys(key, index, m->n);
	for (size_t i = 0; i < m->n; i++) {
		n += i && key[i] != key[i - 1];
		rank[index[i]] = (uint32_t)n;
	}
	free(key);
	free(index);
	return n + 1;
}

static double squares(const struct cox *m, const double *part)
{
	double sum = 0;
	if (!m->d.cluster) {
		for (size_t i = 0; i < m->n; i++)
			sum += part[i] * part[i];
		return sum;
	}
	double *of = xcalloc(m->d.clusters + 1, sizeof *of);
	for (size_t i = 0; i < m->n; i++)
		of[m->d.cluster[m->row[i]]] += part[i];
	for (size_t c = 0; c < m->d.clusters; c++)
		sum += of[c] * of[c];
	free(of);
	return sum;
}

void cox_concordance(struct cox_fit *f, struct cox *m, const size_t *cols)
{
	if (f->reason || !m->n)
		return;
	cox_load(m, cols, f->p);
	uint32_t *rank = xreallocarray(NULL, m->n + 1, sizeof *rank);
	struct walk k = { .m = m, .rank = rank };
	k.ranks = rank_rows(rank, f, m);
	cox_unload(m); /* the largest room there is, until the columns are needed again */
	for (int i = 0; i < 2; i++)
		k.of[i] = xcalloc(m->n + 1, sizeof *k.of[i]);
	if (m->threads > 1) {
		par_each(2, look, &k);
	} else {
		look_ahead(&k);
		look_back(&k);
	}
	struct partners all = { 0 };
	for (size_t i = 0; i < m->n; i++) {
		const double w = weight_at(m, i);
		all.less += w * k.of[0][i].less;
		all.more += w * k.of[0][i].more;
		all.tied += w * k.of[0][i].tied;
	}
	const double pairs = all.less + all.more + all.tied, somer = (all.less - all.more) / pairs;
	double *part = m->risk; /* the risks of the last pass are not needed any more */
	for (size_t i = 0; i < m->n; i++) {
		const struct partners *a = &k.of[0][i], *b = &k.of[1][i];
		const double c = a->less + b->less, d = a->more + b->more, t = a->tied + b->tied;
		part[i] = weight_at(m, i) * ((c - d) / pairs - somer * (c + d + t) / pairs) / 2;
	}
	if (pairs > 0) {
		f->concordance = (somer + 1) / 2;
		f->concordance_se = sqrt(squares(m, part));
	}
	free(k.of[0]);
	free(k.of[1]);
	free(rank);
}
