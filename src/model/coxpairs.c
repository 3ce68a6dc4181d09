/* Concordance: of all pairs of which one had the event while the other was at risk and stayed
 * longer, the share in which the model gave the first the higher risk; equal risks count half
 * (Harrell, Califf, Pryor, Lee & Rosati 1982). Pairs that leave at the same time say nothing;
 * whoever is last seen at a time stays longer than those who leave at it.
 *
 * n log n. Rows are ordered by risk; going from the last time to the first, a Fenwick tree (Fenwick
 * 1994) holds the weight at each place of those who stay longer, and each death asks how much
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

/* Where a row stands among all by its risk: its place, equal risks one after the other, and the
 * places of those equal to it. */
struct order {
	uint32_t *place;           /* of each row */
	uint32_t *from, *to;       /* by place; NULL: no two are equal */
};
/* Rows of weight 1 are a bit at their place, and a Fenwick tree counts them by words of 64: it
 * stays small enough to be near. Others are weights at the first place of those equal to them. */
struct tree {
	const struct order *o;
	const double *w;           /* NULL: 1 */
	uint64_t *bit;
	uint32_t *count;           /* Fenwick sums of words */
	double *v, *at;            /* Fenwick sums; the weight at each place */
	size_t n;                  /* words, or places */
	double all;
};

static uint32_t from_of(const struct order *o, uint32_t place)
{
	return o->from ? o->from[place] : place;
}

static uint32_t to_of(const struct order *o, uint32_t place)
{
	return o->to ? o->to[place] : place + 1;
}

static uint32_t bits_in(uint64_t v)
{
	v -= v >> 1 & 0x5555555555555555;
	v = (v & 0x3333333333333333) + (v >> 2 & 0x3333333333333333);
	return (uint32_t)(((v + (v >> 4)) & 0x0f0f0f0f0f0f0f0f) * 0x0101010101010101 >> 56);
}

static struct tree tree_new(const struct order *o, const struct cox *m)
{
	struct tree t = { .o = o, .w = m->w, .n = m->w ? m->n : m->n / 64 + 1 };
	if (m->w) {
		t.v = xcalloc(t.n + 1, sizeof *t.v);
		t.at = xcalloc(t.n + 1, sizeof *t.at);
	} else {
		t.bit = xcalloc(t.n, sizeof *t.bit);
		t.count = xcalloc(t.n + 1, sizeof *t.count);
	}
	return t;
}

static void tree_free(struct tree *t)
{
	free(t->v);
	free(t->at);
	free(t->bit);
	free(t->count);
}

/* A row comes, or goes. */
static void tree_put(struct tree *t, size_t row, bool there)
{
	const uint32_t place = t->o->place[row];
	if (t->bit) {
		const uint32_t one = there ? 1 : UINT32_MAX;
		t->all += there ? 1 : -1;
		t->bit[place / 64] ^= 1ull << place % 64;
		for (size_t k = place / 64 + 1; k <= t->n; k += k & (0 - k))
			t->count[k] += one;
		return;
	}
	const uint32_t at = from_of(t->o, place);
	const double w = there ? t->w[row] : -t->w[row];
	t->all += w;
	t->at[at] += w;
	for (size_t k = (size_t)at + 1; k <= t->n; k += k & (0 - k))
		t->v[k] += w;
}

/* The weight at places below `place`. */
static double tree_below(const struct tree *t, uint32_t place)
{
	if (t->bit) {
		uint32_t n = bits_in(t->bit[place / 64] & ((1ull << place % 64) - 1));
		for (size_t k = place / 64; k; k &= k - 1)
			n += t->count[k];
		return n;
	}
	double sum = 0;
	for (size_t k = place; k; k &= k - 1)
		sum += t->v[k];
	return sum;
}

/* Below those equal to a row, and with them. */
static void tree_split(const struct tree *t, size_t row, double *below, double *upto)
{
	const uint32_t place = t->o->place[row], from = from_of(t->o, place), to = to_of(t->o, place);
	*below = tree_below(t, from);
	if (!t->bit)
		*upto = *below + t->at[from];
	else if (to == from + 1)
		*upto = *below + (double)(t->bit[from / 64] >> from % 64 & 1);
	else
		*upto = tree_below(t, to);
}

static void tree_clear(struct tree *t)
{
	for (size_t k = 0; k < t->n; k++) {
		if (t->bit)
			t->bit[k] = t->count[k + 1] = 0;
		else
			t->at[k] = t->v[k + 1] = 0;
	}
	t->all = 0;
}

/* A row goes, and what stands above it with it: where all go. */
static void tree_forget(struct tree *t, size_t row)
{
	const uint32_t place = t->o->place[row], at = t->bit ? place / 64 : from_of(t->o, place);
	if (t->bit)
		t->bit[at] = 0;
	else
		t->at[at] = 0;
	for (size_t k = (size_t)at + 1; k <= t->n; k += k & (0 - k)) {
		if (t->bit)
			t->count[k] = 0;
		else
			t->v[k] = 0;
	}
}

/* Weights of partners: concordant less discordant; all, those tied with them. */
struct partners {
	double net, all;
};
struct walk {
	struct cox *m;
	struct order order;
	struct partners *of[2];    /* of each row: as the one who had the event, as the one who stayed */
};

static double weight_at(const struct cox *m, size_t i)
{
	return m->w ? m->w[i] : 1;
}

static void ask(struct partners *p, const struct tree *t, size_t row, bool stayed, double sign)
{
	double below, upto;
	tree_split(t, row, &below, &upto);
	const double above = t->all - upto;
	p->net += sign * (stayed ? above - below : below - above);
	p->all += sign * t->all;
}

/* A stratum's rows leave the tree one by one, so that many small strata stay cheap. */
static void forget(struct tree *t, const struct cox *m, size_t from, size_t to, bool deaths_only)
{
	if ((to - from) * 8 > t->n) {
		tree_clear(t);
		return;
	}
	for (size_t i = from; i < to; i++)
		if (!deaths_only || m->d.event[m->row[i]])
			tree_forget(t, i);
	t->all = 0;
}

/* From the last time on: what each death sees of those who stay longer. */
static void look_ahead(struct walk *k)
{
	struct cox *m = k->m;
	struct tree t = tree_new(&k->order, m);
	size_t begin = 0;
	for (size_t g = 0; g < m->ngroup; g++) {
		const struct cox_group *v = &m->group[g];
		if (v->first) {
			forget(&t, m, begin, v->from, false);
			begin = v->from;
		}
		const size_t deaths = v->from + v->deaths;
		for (size_t i = deaths; i < v->to; i++)
			tree_put(&t, i, true);
		for (size_t l = v->left; m->late && l < m->nlate && m->late_group[m->late[l]] == g; l++)
			tree_put(&t, m->late[l], false);
		for (size_t i = v->from; i < deaths; i++)
			ask(&k->of[0][i], &t, i, false, 1);
		for (size_t i = v->from; i < deaths; i++)
			tree_put(&t, i, true);
	}
	tree_free(&t);
}

/* From the first time on: what each row sees of the deaths before it. */
static void look_back(struct walk *k)
{
	struct cox *m = k->m;
	struct tree t = tree_new(&k->order, m);
	for (size_t g = m->ngroup; g-- > 0;) {
		const struct cox_group *v = &m->group[g];
		const size_t deaths = v->from + v->deaths;
		for (size_t i = v->from; i < deaths; i++)
			ask(&k->of[1][i], &t, i, true, 1);
		for (size_t i = v->from; i < deaths; i++)
			tree_put(&t, i, true);
		for (size_t i = deaths; i < v->to; i++)
			ask(&k->of[1][i], &t, i, true, 1);
		for (size_t l = v->left; m->late && l < m->nlate && m->late_group[m->late[l]] == g; l++)
			ask(&k->of[1][m->late[l]], &t, m->late[l], true, -1);
		if (v->first) {
			size_t to = g + 1;
			while (to < m->ngroup && !m->group[to].first)
				to++;
			forget(&t, m, v->from, m->group[to - 1].to, true);
		}
	}
	tree_free(&t);
}

static void look(void *ctx, int i)
{
	if (i)
		look_back(ctx);
	else
		look_ahead(ctx);
}

/* By the linear predictor. */
static struct order order_of(const struct cox_fit *f, const struct cox *m)
{
	uint64_t *key = xreallocarray(NULL, m->n + 1, sizeof *key);
	uint32_t *index = xreallocarray(NULL, m->n + 1, sizeof *index);
	struct order o = { .place = xreallocarray(NULL, m->n + 1, sizeof *o.place) };
	double beta[COX_MAX];
	bool equal = false;
	for (size_t j = 0; j < f->p; j++)
		beta[j] = f->coef[j] * m->scale[j];
	cox_predictors(m->risk, m, 0, m->n, beta); /* the risks of the last pass are not needed any more */
	for (size_t i = 0; i < m->n; i++) {
		key[i] = sort_key_of(m->risk[i]);
		index[i] = (uint32_t)i;
	}
	sort_keys(key, index, m->n);
	for (size_t k = 0; k < m->n; k++) {
		o.place[index[k]] = (uint32_t)k;
		equal = equal || (k && key[k] == key[k - 1]);
	}
	if (equal) {
		o.from = index; /* its room */
		o.to = xreallocarray(NULL, m->n + 1, sizeof *o.to);
		for (size_t k = 0; k < m->n; k++)
			o.from[k] = k && key[k] == key[k - 1] ? o.from[k - 1] : (uint32_t)k;
		for (size_t k = m->n; k-- > 0;)
			o.to[k] = k + 1 < m->n && key[k] == key[k + 1] ? o.to[k + 1] : (uint32_t)k + 1;
	} else {
		free(index);
	}
	free(key);
	return o;
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
	struct walk k = { .m = m, .order = order_of(f, m) };
	/* the columns have the largest room there is: it is used again, or given away */
	double *room = m->x;
	m->x = NULL;
	cox_unload(m);
	if (m->wide < 4)
		room = xreallocarray(room, m->n + 1, 4 * sizeof *room);
	memset(room, 0, m->n * 4 * sizeof *room);
	for (size_t i = 0; i < 2; i++)
		k.of[i] = (struct partners *)(void *)(room + 2 * i * m->n);
	if (m->threads > 1) {
		par_each(2, look, &k);
	} else {
		look_ahead(&k);
		look_back(&k);
	}
	double net = 0, pairs = 0;
	for (size_t i = 0; i < m->n; i++) {
		const double w = weight_at(m, i);
		net += w * k.of[0][i].net;
		pairs += w * k.of[0][i].all;
	}
	const double somer = net / pairs;
	double *part = m->risk;
	for (size_t i = 0; i < m->n; i++) {
		const struct partners *a = &k.of[0][i], *b = &k.of[1][i];
		part[i] = weight_at(m, i) * ((a->net + b->net) / pairs - somer * (a->all + b->all) / pairs) / 2;
	}
	if (pairs > 0) {
		f->concordance = (somer + 1) / 2;
		f->concordance_se = sqrt(squares(m, part));
	}
	free(room);
	free(k.order.place);
	free(k.order.from);
	free(k.order.to);
}
