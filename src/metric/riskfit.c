/* Learning who leaves: landmarks (Anderson, Cain & Gelber 1983; van Houwelingen 2007).
 *
 * Each landmark is a day within the data with the whole horizon behind it. Whoever was a
 * customer at its end gives a row: what was known then, and whether he left within the horizon.
 * Rows of all landmarks are stacked and fitted together; a person's rows share a fold. Nothing
 * that is dated after a landmark is in its row.
 *
 * Backtest. The same fit on all landmarks but the newest says the chances at the newest one,
 * which are judged by what came. With one landmark only, chances of rows held out fold by fold
 * stand for it, and it is said.
 *
 * Of more than ROWS rows those of the customers with the smallest hashes stay, of their printed
 * names and the seed: the same ones, whatever the threads. A thread keeps as many of its own.
 */
#include "risk_impl.h"
#include "wend/hash.h"
#include "wend/par.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 30000 };

static uint64_t person_key(const struct risk_plan *k, uint32_t customer)
{
	const struct sv name = store_customer(k->p->store, customer);
	return hash_mix(hash64(name.p, name.n) ^ hash_mix(k->seed + 1));
}

static int by_person(const void *a, const void *b)
{
	const struct risk_row *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->landmark > y->landmark) - (x->landmark < y->landmark);
}

/* In the order of persons, which no thread and no ingest decides; whole persons up to ROWS. */
static void keep_first(struct risk_sample *s)
{
	size_t n = 0;
	if (s->n)
		qsort(s->v, s->n, sizeof *s->v, by_person);
	while (n < s->n && (n < ROWS || s->v[n].key == s->v[n - 1].key))
		n++;
	s->n = n;
}

static void add_row(struct risk_sample *s, const struct risk_row *r)
{
	GROW(s->v, s->cap, s->n + 1);
	s->v[s->n++] = *r;
}

static void thin(struct risk_sample *s)
{
	if (s->n < 2 * ROWS)
		return;
	keep_first(s);
	s->full = true;
	s->last = s->v[s->n - 1].key;
}

static bool wanted(const struct risk_sample *s, uint64_t key)
{
	return !s->full || key <= s->last;
}

void risk_look_add(struct risk_look *a, const struct risk_plan *k, const struct journey *j)
{
	struct risk_row r;
	bool lost;
	if (!j->rows.customer || store_is_guest(k->p->store, j->rows.customer))
		return;
	const uint64_t key = person_key(k, j->rows.customer);
	const bool past = wanted(&a->past, key), now = k->now && j->selected && wanted(&a->now, key);
	if (!past && !now)
		return;
	risk_read(&a->room, k, j);
	for (int i = 0; past && i < k->landmarks; i++) {
		if (!risk_at(&r, &a->room, k, j, k->landmark[i], &lost))
			continue;
		r.key = key;
		r.landmark = (uint8_t)i;
		r.y = risk_left(&a->room, k, j, k->landmark[i]);
		add_row(&a->past, &r);
	}
	if (now && risk_at(&r, &a->room, k, j, k->p->as_of, &lost) && !lost) {
		r.key = key;
		add_row(&a->now, &r);
	}
	thin(&a->past);
	thin(&a->now);
}

void risk_look_merge(struct risk_look *a, struct risk_look *b)
{
	APPEND(a->past.v, a->past.cap, a->past.n, b->past.v, b->past.n);
	APPEND(a->now.v, a->now.cap, a->now.n, b->now.v, b->now.n);
	a->past.n += b->past.n;
	a->now.n += b->now.n;
	free(b->past.v);
	free(b->now.v);
	b->past = b->now = (struct risk_sample){ 0 };
	risk_room_merge(&a->room, &b->room);
}

void risk_look_settle(struct risk_look *a)
{
	keep_first(&a->past);
	keep_first(&a->now);
}

void risk_look_release(struct risk_look *a)
{
	free(a->past.v);
	free(a->now.v);
	risk_room_release(&a->room);
}

static void one_customer(void *acc, const struct journey *j, void *ctx)
{
	risk_look_add(acc, ctx, j);
}

static void merge(void *into, void *from, void *ctx)
{
	(void)ctx;
	risk_look_merge(into, from);
}

/* ---- words in the order of their texts ---- */

static int by_text(const void *a, const void *b)
{
	return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static void add_levels(struct risk_model *m, const struct risk_row *v, size_t n, int w)
{
	const struct store *s = m->k->p->store;
	const size_t words = (size_t)store_words(s);
	uint8_t *there = xcalloc(words + 1, 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (v[i].word[w] >= 0 && (size_t)v[i].word[w] < words && !there[v[i].word[w]]) {
			there[v[i].word[w]] = 1;
			k++;
		}
	m->level[w] = arena_alloc(&m->arena, (k + 1) * sizeof *m->level[w]);
	m->name[w] = arena_alloc(&m->arena, (k + 1) * sizeof *m->name[w]);
	for (size_t i = 0; i < words; i++)
		if (there[i])
			m->level[w][m->levels[w]++] = store_word(s, (int64_t)i);
	free(there);
	if (k)
		qsort(m->level[w], k, sizeof *m->level[w], by_text);
	for (size_t i = 0; i < k; i++)
		m->name[w][i] = arena_strndup(&m->arena, m->level[w][i].p, m->level[w][i].n);
}

static int32_t code_of(const struct risk_model *m, int w, int64_t word)
{
	size_t at;
	if (word < 0)
		return -1;
	const struct sv text = store_word(m->k->p->store, word);
	LOWER_BOUND(at, m->levels[w], sv_cmp(m->level[w][mid], text) < 0);
	return at < m->levels[w] && sv_eq(m->level[w][at], text) ? (int32_t)at : -1;
}

void risk_columns(struct risk_model *m, const struct risk_row *v, size_t n)
{
	for (int i = 0; i < RISK_NUMBERS; i++)
		if (m->k->used[i])
			m->column[m->p++] = i;
	for (int w = 0; w < m->k->words; w++) {
		add_levels(m, v, n, w);
		if (m->levels[w])
			m->column[m->p++] = RISK_NUMBERS + w;
	}
}

static const char *const number_name[RISK_NUMBERS] = {
	[RISK_SILENT] = "days since purchase", [RISK_ORDERS] = "purchases", [RISK_RECENT] = "purchases in 90 days", [RISK_GAP] = "days between purchases",
	[RISK_SPENT] = "spent", [RISK_REFUNDS] = "refunds", [RISK_TENURE] = "days as customer", [RISK_MRR] = "price", [RISK_CANCELLED] = "cancelled",
	[RISK_CONTACTS] = "contacts", [RISK_SINCE_CONTACT] = "days since contact", [RISK_COMPLAINT] = "days since complaint", [RISK_FAILED] = "days since failed payment",
	[RISK_OVERDUE] = "overdue invoices", [RISK_LATE] = "late deliveries",
};

static void name_column(struct regressor *v, const struct risk_model *m, size_t c)
{
	const int at = m->column[c], w = at - RISK_NUMBERS;
	*v = (struct regressor){ .name = at < RISK_NUMBERS ? number_name[at] : field_defs[m->k->word[w]].name };
	if (w >= 0) {
		v->levels = m->levels[w];
		v->level = m->name[w];
	}
}

struct risk_frame risk_frame_of(struct risk_model *m, const struct risk_row *v, size_t n)
{
	struct risk_frame f = { .x = xcalloc(n * m->p + 1, sizeof *f.x), .code = xcalloc(n * m->p + 1, sizeof *f.code), .y = xcalloc(n + 1, 1), .use = xcalloc(n + 1, 1), .key = xcalloc(n + 1, sizeof *f.key) };
	for (size_t c = 0; c < m->p; c++) {
		const int at = m->column[c];
		name_column(&m->v[c], m, c);
		for (size_t i = 0; i < n; i++) {
			if (at < RISK_NUMBERS)
				f.x[c * n + i] = v[i].x[at];
			else
				f.code[c * n + i] = code_of(m, at - RISK_NUMBERS, v[i].word[at - RISK_NUMBERS]);
		}
		if (at < RISK_NUMBERS)
			m->v[c].x = f.x + c * n;
		else
			m->v[c].code = f.code + c * n;
	}
	for (size_t i = 0; i < n; i++) {
		f.y[i] = v[i].y;
		f.use[i] = v[i].landmark > 0;
		f.key[i] = v[i].key;
	}
	f.d = (struct regress_data){ n, m->p, m->v, f.y, f.key };
	return f;
}

void risk_frame_release(struct risk_frame *f)
{
	free(f->x);
	free(f->code);
	free(f->y);
	free(f->use);
	free(f->key);
}

/* ---- fit and backtest ---- */

static void judge_all(struct risk_model *m, const double *p, const uint8_t *y, size_t n)
{
	judge(&m->back, p, y, n, ALPHA);
	m->parts = judge_parts(m->part, 10, p, y, n, ALPHA);
}

/* Of the newest landmark by what the older ones taught. */
static bool backtest(struct risk_model *m, const struct risk_frame *f)
{
	double *p = xcalloc(f->d.n + 1, sizeof *p);
	uint8_t *y = xcalloc(f->d.n + 1, 1);
	size_t n = 0;
	const struct chances curves = { .model = CHANCES_LOGIT };
	struct chances *c = chances_again(m->chances ? m->chances : &curves, &f->d, f->use);
	for (size_t i = 0; c->additive && i < f->d.n; i++)
		if (!f->use[i]) {
			p[n] = chances_of(c, &f->d, i, NULL);
			y[n++] = f->y[i];
		}
	if (n)
		judge_all(m, p, y, n);
	chances_free(c);
	free(p);
	free(y);
	return n > 0;
}

static void fit(struct risk_model *m, const struct risk_frame *f, const struct risk_options *o)
{
	struct chances_options co = CHANCES_OPTIONS_INIT;
	co.seed = m->k->seed;
	co.threads = m->k->p->threads > 0 ? m->k->p->threads : par_cpus();
	co.model = !o->model || !strcmp(o->model, "logit") ? CHANCES_LOGIT : !strcmp(o->model, "boost") ? CHANCES_BOOST : CHANCES_AUTO;
	const bool earlier = m->k->landmarks > 1;
	if (co.model == CHANCES_LOGIT && earlier)
		m->curves = additive_fit(&f->d, NULL);
	else if ((m->chances = chances_fit(&f->d, &co)))
		m->curves = m->chances->additive;
	if (!m->curves)
		return;
	if (earlier && backtest(m, f))
		return;
	if (!m->chances)
		m->chances = chances_fit(&f->d, &co);
	m->held_out = true;
	judge_all(m, m->chances->held_out, f->y, f->d.n);
}

enum wend_err risk_gather(struct risk_row **v, size_t *n, const struct risk_plan *k, struct err *err)
{
	struct risk_look a = { .past = { 0 } };
	struct fold_counts counts = { 0 };
	struct risk_plan own = *k; /* a context that may be written */
	struct fold f = { .acc_size = sizeof a, .customer = one_customer, .merge = merge, .ctx = &own };
	risk_fields(&f, k);
	const enum wend_err e = fold_run(k->p, &f, &a, &counts, err);
	risk_look_settle(&a);
	*v = a.past.v;
	*n = a.past.n;
	a.past = (struct risk_sample){ 0 };
	risk_look_release(&a);
	return e;
}

void risk_learn_from(struct risk_model *m, const struct risk_plan *k, const struct risk_options *o, const struct risk_row *v, size_t n)
{
	*m = (struct risk_model){ .k = k, .back = { .auc = NAN }, .n = n, .back_day = k->landmark[0] };
	for (size_t i = 0; i < n; i++) {
		m->people += !i || v[i].key != v[i - 1].key;
		m->events += v[i].y;
	}
	if (!n)
		return;
	risk_columns(m, v, n);
	struct risk_frame frame = risk_frame_of(m, v, n);
	fit(m, &frame, o);
	risk_frame_release(&frame);
}

enum wend_err risk_learn(struct risk_model *m, const struct risk_plan *k, const struct risk_options *o, struct err *err)
{
	struct risk_row *v = NULL;
	size_t n = 0;
	const enum wend_err e = k->landmarks ? risk_gather(&v, &n, k, err) : WEND_OK;
	risk_learn_from(m, k, o, v, e ? 0 : n);
	free(v);
	return e;
}

void risk_model_release(struct risk_model *m)
{
	if (m->chances && m->chances->additive == m->curves)
		m->curves = NULL;
	additive_free(m->curves);
	chances_free(m->chances);
	arena_release(&m->arena);
}

void risk_one(struct risk_one *out, const struct risk_model *m, const struct risk_row *r)
{
	memcpy(out->x, r->x, sizeof out->x);
	for (size_t c = 0; c < m->p; c++) {
		const int at = m->column[c], w = at - RISK_NUMBERS;
		name_column(&out->v[c], m, c);
		if (w < 0) {
			out->v[c].x = &out->x[at];
		} else {
			out->code[w] = code_of(m, w, r->word[w]);
			out->v[c].code = &out->code[w];
		}
	}
	out->key = 0;
	out->d = (struct regress_data){ 1, m->p, out->v, NULL, &out->key };
}

double risk_chance(const struct risk_model *m, const struct risk_one *one, double *part, struct interval *ci)
{
	struct chances alone = { .model = CHANCES_LOGIT, .additive = m->curves };
	const struct chances *c = m->chances && m->chances->boost ? m->chances : &alone;
	*ci = chances_limits(c, &one->d, 0, ALPHA);
	return chances_of(c, &one->d, 0, part);
}
