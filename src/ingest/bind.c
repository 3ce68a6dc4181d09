/* Expressions of a preset, resolved to the columns of one file. */
#include "engine.h"

/* ---- the pool ---- */

static void free_big(struct pool *p)
{
	while (p->nbig)
		free(p->big[--p->nbig]);
}

void pool_reset(struct pool *p)
{
	free_big(p);
	p->at = 0;
	p->used = 0;
}

void pool_release(struct pool *p)
{
	free_big(p);
	for (size_t i = 0; i < p->n; i++)
		free(p->chunk[i]);
	free(p->chunk);
	free(p->big);
	*p = (struct pool){ 0 };
}

/* Chunks are kept for the next group; a text longer than a chunk has a block of its own. */
char *pool_more(struct pool *p, size_t n)
{
	if (n > POOL_CHUNK) {
		GROW(p->big, p->big_cap, p->nbig + 1);
		return p->big[p->nbig++] = xmalloc(n);
	}
	if (p->n && n > POOL_CHUNK - p->used) {
		p->at++;
		p->used = 0;
	}
	if (p->at >= p->n) {
		GROW(p->chunk, p->cap, p->n + 1);
		p->chunk[p->n++] = xmalloc(POOL_CHUNK);
	}
	char *at = p->chunk[p->at] + p->used;
	p->used += n;
	return at;
}

/* ---- cells ---- */

struct sv plan_cell_slow(const struct plan *p, struct sv v, uint32_t c)
{
	v = sv_trim(v);
	if ((p->flag[c] & CELL_APOSTROPHE) && v.n && v.p[0] == '\'')
		v = sv_n(v.p + 1, v.n - 1);
	if (p->flag[c] & CELL_NULLS)
		for (size_t i = 0; i < p->preset->null_words.n; i++)
			if (sv_ieq(v, p->preset->null_words.v[i]))
				return SV_NONE;
	return v.n ? v : SV_NONE;
}

/* ---- binding ---- */

/* <word> in a name becomes what the bound pattern's star matched in the header. */
static struct sv bound_name(struct plan *p, struct sv name, bool *unbound)
{
	ptrdiff_t open = sv_find(name, SV("<")), close = sv_find(name, SV(">"));
	*unbound = false;
	if (open < 0 || close < open)
		return name;
	struct sv word = sv_n(name.p + open + 1, (size_t)(close - open) - 1);
	for (size_t i = 0; i < p->preset->bind.n; i++) {
		struct sv rest = p->preset->bind.v[i], key;
		sv_cut(&rest, '=', &key);
		if (!sv_eq(sv_trim(key), word))
			continue;
		for (uint32_t c = 0; c < p->ncol; c++) {
			struct sv star = SV_NONE;
			if (!name_matches(sv_trim(rest), p->col[c], NULL, &star) || !star.p)
				continue;
			const char *z = arena_printf(&p->arena, "%.*s%.*s%.*s", (int)open, name.p, (int)star.n, star.p, (int)(name.n - (size_t)close - 1), name.p + close + 1);
			return sv_of(z);
		}
	}
	*unbound = true;
	return name;
}

uint32_t plan_columns(struct plan *p, struct sv name, const uint32_t **out)
{
	bool unbound;
	name = bound_name(p, name, &unbound);
	*out = NULL;
	if (unbound)
		return 0;
	uint32_t want = 0;
	ptrdiff_t hash = name.n > 2 ? (ptrdiff_t)name.n - 1 : -1;
	while (hash > 0 && name.p[hash] >= '0' && name.p[hash] <= '9')
		hash--;
	if (hash > 0 && name.p[hash] == '#' && (size_t)hash + 1 < name.n) {
		int64_t k;
		if (sv_int(sv_n(name.p + hash + 1, name.n - (size_t)hash - 1), &k) && k > 0 && k < 100000)
			want = (uint32_t)k;
	}
	uint32_t *hit = arena_alloc(&p->arena, (p->ncol ? p->ncol : 1) * sizeof *hit), n = 0;
	for (uint32_t c = 0; c < p->ncol; c++) {
		struct sv cur = SV_NONE;
		if (!p->col[c].n || !name_matches(name, p->col[c], &cur, NULL))
			continue;
		if (cur.p)
			p->header_currency = cur;
		hit[n++] = c;
	}
	if (!n && want) {
		const uint32_t *all;
		uint32_t m = plan_columns(p, sv_n(name.p, (size_t)hash), &all);
		if (want <= m) {
			hit[0] = all[want - 1];
			n = 1;
		}
	}
	for (uint32_t i = 0; i < n; i++)
		p->used[hit[i]] = true;
	*out = hit;
	return n;
}

void bcond_bind(struct bcond *out, struct plan *p, const struct cond *c)
{
	struct bcond_term *t = arena_zalloc(&p->arena, (c->n ? c->n : 1) * sizeof *t);
	*out = (struct bcond){ .t = t, .n = (uint32_t)c->n };
	for (size_t i = 0; i < c->n; i++) {
		t[i].op = c->t[i].op;
		t[i].values = &c->t[i].values;
		t[i].number = c->t[i].number;
		t[i].ncol = plan_columns(p, c->t[i].name, &t[i].col);
		/* A missing column is an empty one. */
		if (!t[i].ncol && t[i].op != COND_EMPTY && t[i].op != COND_IS_NOT)
			out->never = true;
	}
}

/* What stands behind `mark` on a line above the header. */
static struct sv preamble_text(struct plan *p, struct sv mark)
{
	for (size_t i = 0; i < p->opening->n && i < p->opening->header; i++) {
		struct sv line = p->opening->raw[i];
		ptrdiff_t at = sv_find(line, mark);
		if (at < 0)
			continue;
		struct sv v = sv_trim(sv_n(line.p + at + mark.n, line.n - (size_t)at - mark.n));
		while (v.n && (v.p[v.n - 1] == p->opening->sep || v.p[v.n - 1] == '"'))
			v.n--;
		return sv_trim(v);
	}
	return SV_NONE;
}

static bool text_bind(struct bterm *b, struct plan *p, struct sv text)
{
	uint32_t n = 0;
	struct bterm *part = arena_zalloc(&p->arena, (text.n + 1) * sizeof *part);
	while (text.n) {
		ptrdiff_t open = sv_find(text, SV("{")), close = sv_find(text, SV("}"));
		if (open < 0 || close < open) {
			part[n++] = (struct bterm){ .op = TERM_TEXT, .text = text };
			break;
		}
		if (open)
			part[n++] = (struct bterm){ .op = TERM_TEXT, .text = sv_n(text.p, (size_t)open) };
		struct bterm *c = &part[n++];
		c->op = TERM_COLUMN;
		c->ncol = plan_columns(p, sv_n(text.p + open + 1, (size_t)(close - open) - 1), &c->col);
		text = sv_n(text.p + close + 1, text.n - (size_t)close - 1);
	}
	if (n <= 1 && (!n || part[0].op == TERM_TEXT)) {
		b->text = n ? part[0].text : SV("");
	} else {
		b->part = part;
		b->nparts = n;
	}
	return true;
}

/* False: the file has no such column. */
static bool term_bind(struct bterm *b, struct plan *p, const struct term *t)
{
	*b = (struct bterm){ .op = t->op, .minus = t->minus };
	switch (t->op) {
	case TERM_TEXT:
		return text_bind(b, p, t->name);
	case TERM_PREAMBLE:
		b->op = TERM_TEXT;
		b->text = preamble_text(p, t->name);
		return b->text.p != NULL;
	case TERM_CURRENCY:
		b->op = TERM_TEXT;
		b->text = p->header_currency;
		return b->text.p != NULL;
	case TERM_BEFORE: case TERM_AFTER:
		b->text = t->arg;
		break;
	case TERM_COLUMN: case TERM_COUNT:
		break;
	}
	b->ncol = plan_columns(p, t->name, &b->col);
	return b->ncol > 0;
}

enum wend_err bexpr_bind(struct bexpr *out, struct plan *p, const struct expr *e, struct err *err)
{
	struct bchoice *c = arena_zalloc(&p->arena, (e->n ? e->n : 1) * sizeof *c);
	*out = (struct bexpr){ .c = c, .written = (uint32_t)e->n, .single = -1 };
	for (size_t i = 0; i < e->n; i++) {
		const struct choice *from = &e->c[i];
		struct bchoice *to = &c[out->n];
		struct bterm *t = arena_zalloc(&p->arena, from->n * sizeof *t);
		*to = (struct bchoice){ .term = t, .index = (uint32_t)i };
		for (size_t j = 0; j < from->n; j++)
			to->n += term_bind(&t[to->n], p, &from->term[j]);
		if (!to->n)
			continue;
		bcond_bind(&to->when, p, &from->when);
		if (!to->when.never)
			out->n++;
	}
	if (out->n == 1 && c[0].n == 1 && !c[0].when.n && c[0].term[0].op == TERM_COLUMN && c[0].term[0].ncol == 1 && !c[0].term[0].minus)
		out->single = (int32_t)c[0].term[0].col[0];
	(void)err;
	return WEND_OK;
}

/* ---- evaluation ---- */

static struct sv first_filled(const struct plan *p, const struct csv_field *f, const uint32_t *col, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct sv v = plan_cell(p, f, col[i]);
		if (v.p)
			return v;
	}
	return SV_NONE;
}

static bool cond_term_holds(const struct bcond_term *t, const struct plan *p, const struct csv_field *f)
{
	struct sv v = first_filled(p, f, t->col, t->ncol);
	int64_t n;
	bool hit = false;
	switch (t->op) {
	case COND_FILLED:
		return v.p != NULL;
	case COND_EMPTY:
		return v.p == NULL;
	case COND_BELOW: case COND_ABOVE:
		/* Only the sign and the size of a number count here, so either decimal mark will do. */
		if (!v.p)
			return false;
		if (num_scaled(v, (struct numfmt){ 0 }, 4, &n, NULL, NULL) != NUM_OK && num_scaled(v, (struct numfmt){ '.' }, 4, &n, NULL, NULL) != NUM_OK
				&& num_scaled(v, (struct numfmt){ ',' }, 4, &n, NULL, NULL) != NUM_OK)
			return false;
		return t->op == COND_BELOW ? (double)n / 1e4 < t->number : (double)n / 1e4 > t->number;
	case COND_IS: case COND_IS_NOT:
		for (size_t i = 0; i < t->values->n && !hit && v.p; i++)
			hit = glob_fold(t->values->v[i], v);
		return hit == (t->op == COND_IS);
	}
	return false;
}

bool bcond_holds(const struct bcond *c, const struct plan *p, const struct csv_field *f)
{
	if (c->never)
		return false;
	for (uint32_t i = 0; i < c->n; i++)
		if (!cond_term_holds(&c->t[i], p, f))
			return false;
	return true;
}

static bool term_filled(const struct bterm *t, const struct plan *p, const struct csv_field *f)
{
	if (t->op == TERM_COUNT)
		return true;
	if (t->op == TERM_TEXT && !t->nparts)
		return t->text.n > 0;
	if (t->op == TERM_TEXT) {
		for (uint32_t i = 0; i < t->nparts; i++)
			if (t->part[i].op == TERM_COLUMN && first_filled(p, f, t->part[i].col, t->part[i].ncol).p)
				return true;
		return false;
	}
	return first_filled(p, f, t->col, t->ncol).p != NULL;
}

int bexpr_pick(const struct bexpr *e, const struct plan *p, const struct csv_field *f, int only)
{
	for (uint32_t i = 0; i < e->n; i++) {
		const struct bchoice *c = &e->c[i];
		if (only >= 0 && c->index != (uint32_t)only)
			continue;
		if (c->when.n && !bcond_holds(&c->when, p, f))
			continue;
		for (uint32_t j = 0; j < c->n; j++)
			if (term_filled(&c->term[j], p, f))
				return (int)i;
	}
	return -1;
}

static struct sv term_text(const struct bterm *t, const struct plan *p, const struct csv_field *f, struct pool *pool, bool join)
{
	struct sv v;
	ptrdiff_t at;
	size_t n = 0;
	char *to;
	switch (t->op) {
	case TERM_TEXT:
		if (!t->nparts)
			return t->text;
		for (uint32_t i = 0; i < t->nparts; i++)
			n += t->part[i].op == TERM_TEXT ? t->part[i].text.n : first_filled(p, f, t->part[i].col, t->part[i].ncol).n;
		to = pool_take(pool, n);
		n = 0;
		for (uint32_t i = 0; i < t->nparts; i++) {
			v = t->part[i].op == TERM_TEXT ? t->part[i].text : first_filled(p, f, t->part[i].col, t->part[i].ncol);
			if (v.n)
				memcpy(to + n, v.p, v.n);
			n += v.n;
		}
		return sv_n(to, n);
	case TERM_COUNT:
		for (uint32_t i = 0; i < t->ncol; i++)
			n += plan_cell(p, f, t->col[i]).p != NULL;
		to = pool_take(pool, 24);
		return sv_n(to, (size_t)snprintf(to, 24, "%zu", n));
	case TERM_BEFORE: case TERM_AFTER:
		v = first_filled(p, f, t->col, t->ncol);
		at = v.p ? sv_find(v, t->text) : -1;
		if (at < 0)
			return t->op == TERM_BEFORE ? v : SV_NONE;
		return t->op == TERM_BEFORE ? sv_n(v.p, (size_t)at) : sv_n(v.p + at + t->text.n, v.n - (size_t)at - t->text.n);
	case TERM_COLUMN: case TERM_PREAMBLE: case TERM_CURRENCY:
		break;
	}
	if (t->ncol == 1 || !join)
		return first_filled(p, f, t->col, t->ncol);
	for (uint32_t i = 0; i < t->ncol; i++)
		n += plan_cell(p, f, t->col[i]).n + 1;
	to = pool_take(pool, n);
	n = 0;
	for (uint32_t i = 0; i < t->ncol; i++) {
		v = plan_cell(p, f, t->col[i]);
		if (!v.p)
			continue;
		if (n)
			to[n++] = '|';
		memcpy(to + n, v.p, v.n);
		n += v.n;
	}
	return n ? sv_n(to, n) : SV_NONE;
}

struct sv bchoice_text(const struct bchoice *c, const struct plan *p, const struct csv_field *f, struct pool *pool, bool join)
{
	if (c->n == 1)
		return term_text(&c->term[0], p, f, pool, join);
	struct sv piece[16];
	size_t n = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		piece[i] = term_text(&c->term[i], p, f, pool, join);
		n += piece[i].n + 1;
	}
	char *to = pool_take(pool, n);
	n = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		if (!piece[i].n)
			continue;
		if (n)
			to[n++] = ' ';
		memcpy(to + n, piece[i].p, piece[i].n);
		n += piece[i].n;
	}
	return n ? sv_n(to, n) : SV_NONE;
}

struct sv value_lookup(const struct value_map *m, struct sv v)
{
	for (size_t i = 0; i < m->n; i++)
		if (glob_fold(m->from[i], v))
			return m->to[i].n ? m->to[i] : SV_NONE;
	return v;
}
