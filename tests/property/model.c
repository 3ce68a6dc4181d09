/* The naive model: what is seen is read off the files that remain, from the first row to
 * the last, after every step anew (records.md 1 to 3).
 *
 *   A file says one thing of a record with an id. Equal rows are one; rows of an order
 *   with other items are more of its lines; else the newer by its own stamp, or the one
 *   further down. Of a record without an id it says how often it holds this content.
 *   Of all files that speak of a record the word of one is seen: newest stamp of the
 *   record, newest export date, highest number of the batch. Of a content there are as
 *   many records as the file with most of them holds.
 *   Within a customer: time, kind, smallest (digest, position) among the files that hold
 *   the record as it is seen.
 */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>

/* What one file says of one record. */
struct word {
	const struct file *f;
	struct record r;
	struct item *item;        /* own copy, because lines are put together */
	char *content;            /* everything, as text */
	uint32_t rows, copy;      /* source rows; which of the equal ones it is */
	uint64_t position;
};
struct words {
	struct word *v;
	size_t n, cap;
};

/* ---- a record as text ---- */

static void value_text(struct str *out, const struct record *r, int f)
{
	if (r->s[f].p) {
		str_printf(out, " %s=", field_defs[f].name);
		str_sv(out, r->s[f]);
	} else if (r->v[f] != WEND_NONE) {
		str_printf(out, " %s=%lld", field_defs[f].name, (long long)r->v[f]);
	}
}

static void number_text(struct str *out, const char *name, int64_t v)
{
	if (v != WEND_NONE)
		str_printf(out, " %s=%lld", name, (long long)v);
}

void record_line(struct str *out, const struct record *r, uint32_t rows)
{
	str_printf(out, "  %s ", kind_names[r->kind]);
	if (r->v[F_TIME] == WEND_NONE)
		str_putc(out, '-');
	else
		str_int(out, r->v[F_TIME]);
	if (r->id.p) {
		str_puts(out, " id=");
		str_sv(out, r->id);
	}
	for (int f = F_ID + 1; f < F_COUNT; f++)
		if (!field_defs[f].item)
			value_text(out, r, f);
	for (uint32_t i = 0; i < r->nitems; i++) {
		str_puts(out, " [");
		str_sv(out, r->item[i].product.p ? r->item[i].product : SV("-"));
		str_putc(out, '/');
		str_sv(out, r->item[i].category.p ? r->item[i].category : SV("-"));
		number_text(out, "quantity", r->item[i].quantity);
		number_text(out, "amount", r->item[i].amount);
		str_putc(out, ']');
	}
	for (uint32_t i = 0; i < r->nattrs; i++) {
		str_puts(out, " {");
		str_sv(out, r->attr[i].name);
		str_putc(out, '=');
		str_sv(out, r->attr[i].value);
		str_putc(out, '}');
	}
	str_printf(out, " rows=%u\n", rows);
}

/* Everything that makes two records equal: the line, the space of the id, the customer. */
static char *content_of(const struct record *r)
{
	struct str s = STR_INIT;

	record_line(&s, r, 0);
	str_sv(&s, r->id_space);
	str_putc(&s, '|');
	if (r->nkeys) {
		str_printf(&s, "%d|", (int)r->key[0].space);
		key_text_of(&s, &r->key[0]);
	}
	return str_detach(&s);
}

/* ---- what a file says ---- */

static bool same_id(const struct record *a, const struct record *b)
{
	return a->kind == b->kind && sv_eq(a->id_space, b->id_space) && sv_eq(a->id, b->id);
}

static bool same_content(const struct record *a, const struct record *b)
{
	char *x = content_of(a), *y = content_of(b);
	bool same = !strcmp(x, y);

	free(x);
	free(y);
	return same;
}

static bool same_items(const struct record *a, const struct record *b)
{
	struct record x, y;

	record_clear(&x);
	record_clear(&y);
	x.item = a->item;
	x.nitems = a->nitems;
	y.item = b->item;
	y.nitems = b->nitems;
	return same_content(&x, &y);
}

static int64_t sum_of(const struct record *r)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < r->nitems; i++) {
		if (r->item[i].amount == WEND_NONE)
			return WEND_NONE;
		sum += r->item[i].amount;
	}
	return sum;
}

/* More lines of an order: what the later row leaves out the earlier ones have said. */
static void more_lines(struct word *w, const struct record *r)
{
	struct record old = w->r;
	struct item *v = xcalloc(old.nitems + r->nitems + 1u, sizeof *v);
	int64_t a = old.v[F_AMOUNT], b = r->v[F_AMOUNT];
	bool sums = a != WEND_NONE && b != WEND_NONE && a == sum_of(&old) && b == sum_of(r);

	memcpy(v, old.item, old.nitems * sizeof *v);
	memcpy(v + old.nitems, r->item, r->nitems * sizeof *v);
	w->r = *r;
	for (int f = 0; f < F_COUNT; f++) {
		if (w->r.v[f] == WEND_NONE)
			w->r.v[f] = old.v[f];
		if (!w->r.s[f].p)
			w->r.s[f] = old.s[f];
	}
	w->r.v[F_AMOUNT] = sums ? a + b : b != WEND_NONE ? b : a;
	w->r.item = v;
	w->r.nitems = old.nitems + r->nitems;
	free(w->item);
	w->item = v;
	w->rows += r->rows;
}

static void change_mind(struct word *w, const struct record *r)
{
	int64_t old = w->r.v[F_UPDATED], new = r->v[F_UPDATED];

	if (r->kind == KIND_ORDERS && w->r.nitems && r->nitems && !same_items(&w->r, r)) {
		more_lines(w, r);
	} else if (old == WEND_NONE || new == WEND_NONE || new >= old) {
		free(w->item);
		w->item = NULL;
		w->r = *r;
		w->rows = r->rows;
	} else {
		return;
	}
	free(w->content);
	w->content = content_of(&w->r);
}

/* Where a file first speaks of a record; what was erased keeps its line. */
static uint64_t first_line(const struct file *f, size_t i)
{
	for (size_t k = 0; k < i && f->rec[i].id.p; k++)
		if ((!f->gone[k] || f->erased[k]) && f->rec[k].id.p && same_id(&f->rec[k], &f->rec[i]))
			return k;
	return i;
}

/* `from`: where the words of this file begin. */
static void hear(struct words *l, size_t from, const struct file *f, size_t i)
{
	const struct record *r = &f->rec[i];
	char *content = content_of(r);
	uint32_t copy = 0;

	for (size_t k = from; k < l->n; k++) {
		struct word *w = &l->v[k];

		if (r->id.p && w->r.id.p && same_id(&w->r, r)) {
			if (strcmp(w->content, content))
				change_mind(w, r);
			free(content);
			return;
		}
		copy += !r->id.p && !w->r.id.p && !strcmp(w->content, content);
	}
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = (struct word){ f, *r, NULL, content, r->rows, copy, first_line(f, i) };
}

/* ---- whose word is seen ---- */

static int word_cmp(const struct word *a, const struct word *b)
{
	if (a->r.v[F_UPDATED] != b->r.v[F_UPDATED])
		return a->r.v[F_UPDATED] < b->r.v[F_UPDATED] ? -1 : 1;
	if (a->f->export_date != b->f->export_date)
		return a->f->export_date < b->f->export_date ? -1 : 1;
	return a->f->batch < b->f->batch ? -1 : 1;
}

static bool same_record(const struct word *a, const struct word *b)
{
	if (a->r.id.p || b->r.id.p)
		return a->r.id.p && b->r.id.p && same_id(&a->r, &b->r);
	return a->copy == b->copy && !strcmp(a->content, b->content);
}

struct seen {
	const struct word *w;
	struct digest digest;     /* the place among what ties */
	uint64_t position;
	int owner;                /* -1 = nobody; guests have numbers of their own behind those of the keys */
};

static int digest_cmp(struct digest a, struct digest b)
{
	if (a.hi != b.hi)
		return a.hi < b.hi ? -1 : 1;
	return (a.lo > b.lo) - (a.lo < b.lo);
}

static int seen_cmp(const void *pa, const void *pb)
{
	const struct seen *a = pa, *b = pb;
	const struct record *x = &a->w->r, *y = &b->w->r;

	if (a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	if (x->v[F_TIME] != y->v[F_TIME])
		return x->v[F_TIME] < y->v[F_TIME] ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	int d = digest_cmp(a->digest, b->digest);
	return d ? d : (a->position > b->position) - (a->position < b->position);
}

static struct words all_words(const struct file *f, size_t n, bool forgotten)
{
	struct words l = { NULL, 0, 0 };

	for (size_t i = 0; i < n; i++) {
		size_t from = l.n;

		for (size_t k = 0; f[i].live && k < f[i].n; k++)
			if (!f[i].gone[k] && (forgotten || !f[i].forgotten[k]))
				hear(&l, from, &f[i], k);
	}
	return l;
}

static void words_free(struct words *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].item);
		free(l->v[i].content);
	}
	free(l->v);
}

/* One for each record: the winning word, and the smallest place of all that say the same. */
static size_t settle(const struct words *l, struct seen *out)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		size_t k = 0;

		while (k < n && !same_record(out[k].w, &l->v[i]))
			k++;
		if (k == n)
			out[n++].w = &l->v[i];
		else if (word_cmp(&l->v[i], out[k].w) > 0)
			out[k].w = &l->v[i];
	}
	for (size_t k = 0; k < n; k++) {
		out[k].digest = out[k].w->f->digest;
		out[k].position = out[k].w->position;
		for (size_t i = 0; i < l->n; i++) {
			const struct word *w = &l->v[i];
			int d = digest_cmp(w->f->digest, out[k].digest);

			if (d > 0 || (!d && w->position >= out[k].position) || !same_record(w, out[k].w) || strcmp(w->content, out[k].w->content) != 0)
				continue;
			out[k].digest = w->f->digest;
			out[k].position = w->position;
		}
	}
	return n;
}

/* ---- the state ---- */

static int text_cmp(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void state_blocks(struct state *out, char **block, size_t n)
{
	if (n > 1)
		qsort(block, n, sizeof *block, text_cmp);
	for (size_t i = 0; i < n; i++) {
		str_puts(&out->text, block[i]);
		free(block[i]);
	}
	if (!n)
		str_puts(&out->text, "");
}

void state_release(struct state *s)
{
	str_release(&s->text);
	for (size_t i = 0; i < s->ncustomer; i++)
		free(s->customer[i]);
	free(s->customer);
}

static bool is_nobody(const struct record *r) { return r->kind == KIND_SPEND || r->s[F_EMPLOYEE].p; }

static void owners_put(struct seen *v, size_t n, const struct whois *id)
{
	int guest = 1 << 20;

	for (size_t i = 0; i < n; i++) {
		const struct record *r = &v[i].w->r;

		if (r->nkeys)
			v[i].owner = whois_owner(id, &r->key[0], r->v[F_TIME]);
		else if (is_nobody(r))
			v[i].owner = -1;
		else
			v[i].owner = guest++;
	}
}

/* Two words of one record: of the same customer? A guest's record is its own customer. */
static bool same_owner(const struct whois *id, const struct record *a, const struct record *b)
{
	if (!a->nkeys || !b->nkeys)
		return !a->nkeys && !b->nkeys && is_nobody(a) == is_nobody(b);
	return whois_owner(id, &a->key[0], a->v[F_TIME]) == whois_owner(id, &b->key[0], b->v[F_TIME]);
}

/* Is the word, or one that says the same, newer than this one that was erased? */
static bool outranks(const struct words *l, const struct word *w, const struct late *late)
{
	struct word gone = { .f = late->f };

	gone.r.v[F_UPDATED] = late->updated;
	for (size_t i = 0; i < l->n; i++)
		if (same_record(&l->v[i], w) && !strcmp(l->v[i].content, w->content) && word_cmp(&l->v[i], &gone) > 0)
			return true;
	return false;
}

static bool still(const struct late *l)
{
	return l->f->live && (l->of->live || l->of->batch < l->f->batch);
}

/* Records whose newest word was erased with another customer. */
static size_t not_late(struct seen *v, size_t n, const struct words *l, const struct whois *id, const struct bans *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool late = false;

		for (size_t k = 0; k < b->nlate && v[i].w->r.id.p; k++)
			late |= still(&b->late[k]) && same_id(&b->late[k].r, &v[i].w->r) && same_owner(id, &b->late[k].r, &v[i].w->r) && !outranks(l, v[i].w, &b->late[k]);
		if (!late)
			v[kept++] = v[i];
	}
	return kept;
}

void model_state(struct state *out, const struct file *f, size_t n, const struct bans *b)
{
	struct words l = all_words(f, n, false);
	struct seen *v = xcalloc(l.n + 1, sizeof *v);
	struct whois *id = whois_of(f, n, b, false);
	size_t m = settle(&l, v), blocks = 0;
	char **block = xcalloc(m + 1, sizeof *block);

	memset(out, 0, sizeof *out);
	out->customer = xcalloc(m + 1, sizeof *out->customer);
	owners_put(v, m, id);
	m = not_late(v, m, &l, id, b);
	qsort(v, m, sizeof *v, seen_cmp);
	for (size_t i = 0, k; i < m; i = k) {
		struct str s = STR_INIT;
		const char *who = v[i].owner < 0 ? "nobody" : v[i].owner >= 1 << 20 ? "guest" : whois_name(id, v[i].owner);

		str_printf(&s, "%s\n", who);
		for (k = i; k < m && v[k].owner == v[i].owner; k++) {
			record_line(&s, &v[k].w->r, v[k].w->rows);
			out->rows[v[k].w->r.kind] += v[k].w->rows;
		}
		if (v[i].owner >= 0 && v[i].owner < 1 << 20)
			out->customer[out->ncustomer++] = xstrdup(who);
		block[blocks++] = str_detach(&s);
	}
	out->records = (int64_t)m;
	state_blocks(out, block, blocks);
	free(block);
	free(v);
	whois_free(id);
	words_free(&l);
}

/* ---- versions that are forgotten ---- */

/* No other row of its file speaks for a word that is not there any more. */
static void hush(struct file *f, size_t n, const struct word *w)
{
	for (size_t k = 0; k < n; k++)
		for (size_t row = 0; row < f[k].n && &f[k] == w->f; row++)
			f[k].forgotten[row] |= f[k].rec[row].id.p && same_id(&f[k].rec[row], &w->r);
}


/* The best word of a record among the batches below. */
static const struct word *best_below(const struct words *l, const struct word *of, int64_t before)
{
	const struct word *best = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].f->batch < before && same_record(&l->v[i], of) && (!best || word_cmp(&l->v[i], best) > 0))
			best = &l->v[i];
	return best;
}

static bool held_later(const struct words *l, const struct word *of, int64_t before)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].f->batch >= before && same_record(&l->v[i], of) && !strcmp(l->v[i].content, of->content))
			return true;
	return false;
}

void model_forget(struct file *f, size_t n, int64_t before)
{
	struct words l = all_words(f, n, false);

	for (size_t i = 0; i < l.n; i++) {
		const struct word *w = &l.v[i], *best = w->f->batch < before && w->r.id.p ? best_below(&l, w, before) : NULL;

		if (!best || !strcmp(best->content, w->content) || held_later(&l, w, before))
			continue;
		hush(f, n, w);
	}
	words_free(&l);
}

/* ---- words that go ---- */

bool model_names(const struct file *f, size_t n, const struct person_key *key)
{
	struct words l = all_words(f, n, false);
	bool any = false;

	for (size_t i = 0; i < l.n && !any; i++)
		any = l.v[i].r.nkeys && whois_same_key(&l.v[i].r.key[0], key);
	words_free(&l);
	return any;
}

void model_says(const struct file *f, bool *others, bool *word, bool (*goes)(const struct record *r, void *ctx), void *ctx)
{
	struct file one = *f;

	one.live = true;
	struct words l = all_words(&one, 1, true);

	for (size_t k = 0; k < f->n; k++) {
		word[k] = !f->rec[k].id.p;
		for (size_t i = 0; i < l.n && f->rec[k].id.p; i++) {
			if (!l.v[i].r.id.p || !same_id(&l.v[i].r, &f->rec[k]))
				continue;
			others[k] |= !goes(&l.v[i].r, ctx);
			word[k] |= l.v[i].r.v[F_TIME] == f->rec[k].v[F_TIME];
		}
	}
	words_free(&l);
}

/* Is there a word of this record under the same key? This one may be forgotten. */
static bool still_said(const struct words *l, const struct word *w)
{
	for (size_t i = 0; i < l->n; i++)
		if (same_record(&l->v[i], w) && !l->v[i].r.nkeys == !w->r.nkeys && (!w->r.nkeys || whois_same_key(&l->v[i].r.key[0], &w->r.key[0])))
			return true;
	return false;
}

void model_late(struct bans *b, struct file *f, size_t n, bool (*goes)(const struct record *r, void *ctx), void *ctx)
{
	struct words l = all_words(f, n, false), all = all_words(f, n, true);

	for (size_t i = 0; i < l.n; i++)
		for (size_t k = 0; k < all.n && l.v[i].r.id.p && goes(&l.v[i].r, ctx); k++) {
			if (!same_record(&l.v[i], &all.v[k]) || goes(&all.v[k].r, ctx) || !still_said(&l, &all.v[k]))
				continue;
			GROW(b->late, b->late_cap, b->nlate + 1);
			b->late[b->nlate++] = (struct late){ all.v[k].r, l.v[i].f, all.v[k].f, l.v[i].r.v[F_UPDATED] };
		}
	words_free(&all);
	for (size_t i = 0; i < l.n; i++)
		if (l.v[i].r.id.p && goes(&l.v[i].r, ctx))
			hush(f, n, &l.v[i]);
	words_free(&l);
}
