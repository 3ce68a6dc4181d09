/* room: store
 * The reading side of a batch: records become rows of runs. Keys and words are interned
 * here; everything that needs the store happens in the writing thread.
 */
#include <assert.h>

#include "store/batch.h"

#include "wend/hash.h"

#define GROUP 32
static_assert(LAST_WORDS == 64, "some_bytes gives six bits");
enum { LAST_SPACE = F_COUNT, LAST_PRODUCT, LAST_ATTR };

static const char *keep(struct arena *a, const char *z) { return z ? arena_strdup(a, z) : NULL; }

enum wend_err batch_begin(struct batch **out, struct store *s, const struct batch_info *info, struct err *err)
{
	struct batch *b = xcalloc(1, sizeof *b);
	const struct zone *zone = zone_utc();
	enum wend_err e = WEND_OK;
	if (info->tz && *info->tz)
		e = zone_open(&zone, info->tz, err);
	if (e) {
		free(b);
		return e;
	}
	b->s = s;
	b->run_rows = RUN_ROWS_MAX;
	b->info = *info;
	b->info.file = keep(&b->arena, info->file);
	b->info.preset = keep(&b->arena, info->preset);
	b->info.source = keep(&b->arena, info->source);
	b->info.options = keep(&b->arena, info->options);
	b->info.tz = keep(&b->arena, info->tz);
	b->info.reason = keep(&b->arena, info->reason);
	persons_init(&b->persons);
	for (int k = 0; k < KIND_COUNT; k++)
		layout_init(&b->lay[k], (enum kind)k);
	b->first = b->last_time = WEND_NONE;
	b->w.s = s;
	b->w.zone = zone;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->changed, NULL);
	*out = b;
	return WEND_OK;
}

/* ---- handing runs over ---- */

void run_free(struct run *r)
{
	if (!r)
		return;
	run_release(r);
	free(r);
}

/* Keep a finished run's memory for the next one. */
static void put_aside(struct batch *b, struct run *r)
{
	for (int i = 0; r && i < 2; i++) {
		if (b->spare[i])
			continue;
		b->spare[i] = r;
		r = NULL;
	}
	run_free(r);
}

static void *write_runs(void *arg)
{
	struct batch *b = arg;
	pthread_mutex_lock(&b->lock);
	for (;;) {
		while (!b->waiting && !b->stop)
			pthread_cond_wait(&b->changed, &b->lock);
		if (!b->waiting)
			break;
		struct run *r = b->waiting;
		struct err err = ERR_INIT;
		enum wend_err e = b->failed;
		pthread_mutex_unlock(&b->lock);
		if (!e && !(e = writer_begin(&b->w, &b->info, &err)))
			e = writer_run(&b->w, &b->persons, r, &err);
		pthread_mutex_lock(&b->lock);
		if (e && !b->failed) {
			b->failed = e;
			b->err = err;
		}
		put_aside(b, r);
		b->waiting = NULL;
		pthread_cond_broadcast(&b->changed);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

static enum wend_err failure(struct batch *b, struct err *err)
{
	if (b->failed && err)
		*err = b->err;
	return b->failed;
}

/* Give the run of a kind away; waits until the run before it is written. */
enum wend_err batch_seal(struct batch *b, enum kind kind, bool last, struct err *err)
{
	struct run *r = b->cur[kind];
	b->cur[kind] = NULL;
	b->lay[kind] = r->lay;
	r->last = last;
	r->persons = b->persons.n;
	r->word_from = b->words_sealed;
	r->word_n = (uint32_t)b->words.n - b->words_sealed;
	r->word = xreallocarray(NULL, r->word_n ? r->word_n : 1, sizeof *r->word);
	if (r->word_n)
		memcpy(r->word, b->words.v + b->words_sealed, r->word_n * sizeof *r->word);
	b->words_sealed = (uint32_t)b->words.n;
	if (!last && !b->threaded && !b->stop)
		b->threaded = !pthread_create(&b->thread, NULL, write_runs, b);
	if (!b->threaded) {
		enum wend_err e = writer_begin(&b->w, &b->info, &b->err);
		if (!e)
			e = writer_run(&b->w, &b->persons, r, &b->err);
		b->failed = e;
		put_aside(b, r);
		return failure(b, err);
	}
	pthread_mutex_lock(&b->lock);
	while (b->waiting)
		pthread_cond_wait(&b->changed, &b->lock);
	b->waiting = r;
	pthread_cond_broadcast(&b->changed);
	enum wend_err e = failure(b, err);
	pthread_mutex_unlock(&b->lock);
	return e;
}

static struct run *run_for(struct batch *b, enum kind kind, const struct record *rec)
{
	struct run *r;
	if (b->cur[kind])
		return b->cur[kind];
	pthread_mutex_lock(&b->lock);
	int k = b->spare[1] != NULL;
	r = b->spare[k];
	b->spare[k] = NULL;
	pthread_mutex_unlock(&b->lock);
	if (!r)
		r = xcalloc(1, sizeof *r);
	run_init(r, kind, &b->lay[kind], b->template[kind]);
	r->position0 = (int64_t)rec->position;
	r->line0 = (int64_t)(rec->line - rec->position);
	return b->cur[kind] = r;
}

static size_t run_bytes(const struct run *r)
{
	size_t item = (r->item.product ? 4u : 0u) + (r->item.category ? 4u : 0u) + (r->item.quantity ? 8u : 0u) + (r->item.amount ? 8u : 0u);
	return r->n * r->lay.stride + r->text.n + r->item.n * item + r->attr.n * 12;
}

/* Does the record fit the run as it is? Distances are kept in 32 bits; widening needs room. */
static bool run_takes(const struct batch *b, const struct run *r, const struct record *rec)
{
	int64_t dp = (int64_t)rec->position - r->position0, dl = (int64_t)(rec->line - rec->position) - r->line0;
	return r->n < b->run_rows && (r->n + 1) * r->lay.stride <= RUN_BYTES_MAX && run_bytes(r) < RUN_BYTES_MAX + RUN_BYTES_MAX / 4
		&& dp == (int32_t)dp && dl == (int32_t)dl;
}

/* ---- rows ---- */

static size_t some_bytes(struct sv v)
{
	uint64_t x = 0;
	uint32_t head, tail;
	if (v.n >= 8) {
		memcpy(&x, v.p + v.n - 8, 8);
	} else if (v.n >= 4) {
		memcpy(&head, v.p, 4);
		memcpy(&tail, v.p + v.n - 4, 4);
		x = (uint64_t)head << 32 | tail;
	} else {
		for (size_t i = 0; i < v.n; i++)
			x = x << 8 | (unsigned char)v.p[i];
	}
	return (size_t)((x ^ v.n) * 0x9e3779b97f4a7c15u >> 58);
}

static uint32_t word_of(struct batch *b, unsigned cache, struct sv v)
{
	struct last_word *l = &b->last[cache][some_bytes(v)];
	if (l->p && l->n == v.n && same_bytes(l->p, v.p, v.n))
		return l->code;
	l->code = word_set_add(&b->words, v, hash64(v.p, v.n));
	l->p = b->words.v[l->code].p;
	l->n = v.n;
	return l->code;
}

static int64_t place_text(struct batch *b, struct run *r, struct sv v)
{
	if (v.n > TEXT_MAX) {
		b->too_long = v.n;
		v.n = 0;
	}
	return run_place(r, v);
}

/* A text as a number of the field's template where it fits, else in the run's heap. The
 * first text of a field in a batch makes the template. */
static int64_t text_of(struct batch *b, struct run *r, unsigned field, struct sv v)
{
	struct text_template *t = &b->template[r->kind][field];
	int64_t number;
	if (!t->prefix.p) {
		if (template_of(t, v))
			t->prefix.p = arena_strndup(&b->arena, t->prefix.p, t->prefix.n);
		else
			*t = (struct text_template){ SV(""), 0 };
	}
	if (template_number(t, v, &number))
		return number | TEXT_NUMBER;
	return place_text(b, r, v);
}

static bool seal_for_width(const struct run *r, unsigned bytes)
{
	return (r->n + 1) * (r->lay.stride + bytes) > RUN_BYTES_MAX;
}

static void put_u32(struct row *row, unsigned at, uint32_t v) { memcpy((char *)row + at, &v, 4); }
static void put_i64(struct row *row, unsigned at, int64_t v) { memcpy((char *)row + at, &v, 8); }

/* Fields that this record is the first to fill get their places. False: the run has no
 * room to be widened. */
static bool make_places(struct run *r, const struct record *rec)
{
	struct layout *l = &r->lay;
	bool may = ((l->open[0] & ~rec->never[0]) | (l->open[1] & ~rec->never[1])) != 0;
	for (int i = may ? l->placed : l->n; i < l->n; i++) {
		struct slot s = l->slot[i];
		bool text = s.how == SLOT_WORD || s.how == SLOT_TEXT;
		if (text ? !(s.field == F_ID ? rec->id.p : rec->s[s.field].p) : rec->v[s.field] == WEND_NONE)
			continue;
		unsigned bytes = s.how == SLOT_WORD || s.how == SLOT_CURRENCY ? 4 : 8;
		if (seal_for_width(r, bytes))
			return false;
		s.at = run_widen(r, bytes);
		l->open[s.field >> 6] &= ~(1ull << (s.field & 63));
		l->slot[i] = l->slot[l->placed];
		l->slot[l->placed++] = s;
	}
	if (!(rec->id_space.n | rec->nitems | rec->nattrs))
		return true;
	uint16_t *const place[] = { &l->space_at, &l->items_at, &l->attrs_at };
	const bool need[] = { rec->id_space.n > 0, rec->nitems > 0, rec->nattrs > 0 };
	for (int i = 0; i < 3; i++) {
		if (*place[i] || !need[i])
			continue;
		if (seal_for_width(r, 8))
			return false;
		*place[i] = run_widen(r, i ? 8 : 4);
		for (size_t k = 0; i && k < r->n; k++) /* two counts, not one missing value */
			put_i64(run_row(r, k), *place[i], 0);
	}
	return true;
}

static void put_fields(struct batch *b, struct run *r, struct row *row, const struct record *rec)
{
	for (int i = 0; i < r->lay.placed; i++) {
		const struct slot *s = &r->lay.slot[i];
		unsigned f = s->field;
		switch (s->how) {
		case SLOT_WORD:
			put_u32(row, s->at, rec->s[f].p ? word_of(b, f, rec->s[f]) + 1 : 0);
			break;
		case SLOT_TEXT: {
			struct sv v = f == F_ID ? rec->id : rec->s[f];
			put_i64(row, s->at, v.p ? text_of(b, r, f, v) : WEND_NONE);
			break;
		}
		case SLOT_CURRENCY:
			put_u32(row, s->at, rec->v[f] == WEND_NONE ? 0 : (uint32_t)rec->v[f]);
			break;
		default:
			put_i64(row, s->at, rec->v[f]);
		}
	}
}

/* A column of the items, made when the first item fills it. */
static void *item_column(void *p, size_t size, const struct run_items *it, bool wanted)
{
	const int64_t none = WEND_NONE;
	if (p || !wanted)
		return p;
	char *v = xcalloc(it->cap, size);
	for (size_t i = 0; size == 8 && i < it->n; i++)
		memcpy(v + 8 * i, &none, 8);
	return v;
}

static void grow_items(struct run_items *it, size_t need)
{
	size_t cap = it->cap * 2 > need ? it->cap * 2 : need;
	if (need <= it->cap)
		return;
	if (cap < 64)
		cap = 64;
	if (it->product)
		it->product = xreallocarray(it->product, cap, 4);
	if (it->category)
		it->category = xreallocarray(it->category, cap, 4);
	if (it->quantity)
		it->quantity = xreallocarray(it->quantity, cap, 8);
	if (it->amount)
		it->amount = xreallocarray(it->amount, cap, 8);
	it->cap = cap;
}

static void put_items(struct batch *b, struct run *r, struct row *row, const struct record *rec)
{
	struct run_items *it = &r->item;
	grow_items(it, it->n + rec->nitems);
	put_u32(row, r->lay.items_at, (uint32_t)it->n);
	put_u32(row, r->lay.items_at + 4u, rec->nitems);
	for (uint32_t i = 0; i < rec->nitems; i++) {
		const struct item *v = &rec->item[i];
		it->product = item_column(it->product, 4, it, v->product.p);
		it->category = item_column(it->category, 4, it, v->category.p);
		it->quantity = item_column(it->quantity, 8, it, v->quantity != WEND_NONE);
		it->amount = item_column(it->amount, 8, it, v->amount != WEND_NONE);
		if (it->product)
			it->product[it->n] = v->product.p ? word_of(b, F_PRODUCT, v->product) + 1 : 0;
		if (it->category)
			it->category[it->n] = v->category.p ? word_of(b, F_CATEGORY, v->category) + 1 : 0;
		if (it->quantity)
			it->quantity[it->n] = v->quantity;
		if (it->amount)
			it->amount[it->n] = v->amount;
		it->n++;
	}
}

static void put_attrs(struct batch *b, struct run *r, struct row *row, const struct record *rec)
{
	struct run_attrs *at = &r->attr;
	if (at->n + rec->nattrs > at->cap) {
		at->cap = at->cap * 2 > at->n + rec->nattrs ? at->cap * 2 : at->n + rec->nattrs + 64;
		at->name = xreallocarray(at->name, at->cap, sizeof *at->name);
		at->value = xreallocarray(at->value, at->cap, sizeof *at->value);
	}
	put_u32(row, r->lay.attrs_at, (uint32_t)at->n);
	put_u32(row, r->lay.attrs_at + 4u, rec->nattrs);
	for (uint32_t i = 0; i < rec->nattrs; i++) {
		at->name[at->n] = word_of(b, LAST_ATTR, rec->attr[i].name);
		at->value[at->n++] = rec->attr[i].value.p ? place_text(b, r, rec->attr[i].value) : WEND_NONE;
	}
}

static void count(struct batch *b, const struct record *rec)
{
	int64_t t = rec->v[F_TIME];
	b->used += rec->rows;
	b->orders += rec->kind == KIND_ORDERS;
	b->items += rec->nitems;
	if (t == WEND_NONE)
		return;
	if (b->first == WEND_NONE || t < b->first)
		b->first = t;
	if (b->last_time == WEND_NONE || t > b->last_time)
		b->last_time = t;
}

static enum wend_err add_row(struct batch *b, const struct record *rec, uint32_t person, struct err *err)
{
	struct run *r = run_for(b, rec->kind, rec);
	enum wend_err e;
	if ((r->n && !run_takes(b, r, rec)) || !make_places(r, rec)) {
		if ((e = batch_seal(b, rec->kind, false, err)))
			return e;
		r = run_for(b, rec->kind, rec);
		if (!make_places(r, rec))
			BUG("a row does not fit an empty run");
	}
	struct row *row = run_row(r, r->n);
	row->time = rec->v[F_TIME];
	row->person = person;
	row->position = (int32_t)((int64_t)rec->position - r->position0);
	row->line = (int32_t)((int64_t)(rec->line - rec->position) - r->line0);
	row->rows = rec->rows;
	if (r->n && row->position < run_row(r, r->n - 1)->position)
		r->in_order = false;
	put_fields(b, r, row, rec);
	if (r->lay.space_at)
		put_u32(row, r->lay.space_at, rec->id_space.n ? word_of(b, LAST_SPACE, rec->id_space) + 1 : 0);
	if (r->lay.items_at)
		put_i64(row, r->lay.items_at, 0);
	if (r->lay.attrs_at)
		put_i64(row, r->lay.attrs_at, 0);
	if (rec->nitems)
		put_items(b, r, row, rec);
	if (rec->nattrs)
		put_attrs(b, r, row, rec);
	if (b->too_long)
		return err_set(err, WEND_E_INPUT, "line %llu: a text of %zu bytes is too long; at most %zu", (unsigned long long)rec->line, b->too_long, TEXT_MAX);
	r->n++;
	count(b, rec);
	return WEND_OK;
}

/* ---- people ---- */

static void add_bytes(struct str *out, struct sv v)
{
	uint32_t n = v.p ? (uint32_t)v.n : UINT32_MAX;
	str_add(out, &n, 4);
	if (v.p)
		str_sv(out, v);
}

/* Everything a record says, as bytes. */
static void content_of(struct str *out, const struct record *r)
{
	str_reset(out);
	str_putc(out, (char)r->kind);
	for (int f = 0; f < F_COUNT; f++) {
		if (r->v[f] != WEND_NONE || r->s[f].p)
			str_putc(out, (char)f);
		if (r->v[f] != WEND_NONE)
			str_add(out, &r->v[f], 8);
		if (r->s[f].p)
			add_bytes(out, r->s[f]);
	}
	for (uint32_t i = 0; i < r->nitems; i++) {
		add_bytes(out, r->item[i].product);
		add_bytes(out, r->item[i].category);
		str_add(out, &r->item[i].quantity, 8);
		str_add(out, &r->item[i].amount, 8);
	}
	for (uint32_t i = 0; i < r->nattrs; i++) {
		add_bytes(out, r->attr[i].name);
		add_bytes(out, r->attr[i].value);
	}
}

static void probe_set(struct probe *q, enum key_space space, uint32_t product, struct sv product_name, struct sv value)
{
	q->space = space;
	q->product = product;
	q->value = value;
	q->hash = person_hash(space, product_name, value);
}

/* A record nobody signed is a customer of its own: known by its id, else by its content
 * and which of the equal ones in its file it is. */
static struct person *guest_of(struct batch *b, const struct record *r)
{
	struct probe q;
	char name[64];
	if (r->id.p) {
		str_reset(&b->scratch);
		str_printf(&b->scratch, "%s:", kind_names[r->kind]);
		str_sv(&b->scratch, r->id_space.p ? r->id_space : SV(""));
		str_putc(&b->scratch, ':');
		str_sv(&b->scratch, r->id);
		probe_set(&q, SPACE_GUEST, 0, SV_NONE, str_view(&b->scratch));
		persons_intern(&b->persons, &q, 1);
		return q.found;
	}
	content_of(&b->scratch, r);
	struct digest d = digest128(b->scratch.p, b->scratch.n);
	digest_hex(&d, name);
	uint32_t before = b->persons.n;
	probe_set(&q, SPACE_GUEST, 0, SV_NONE, sv_n(name, 32));
	persons_intern(&b->persons, &q, 1);
	if (b->persons.n > before)
		return q.found;
	int n = snprintf(name + 32, sizeof name - 32, "-%u", ++q.found->mate);
	probe_set(&q, SPACE_GUEST, 0, SV_NONE, sv_n(name, 32 + (size_t)n));
	persons_intern(&b->persons, &q, 1);
	return q.found;
}

/* Money spent on advertising and the opinions of staff belong to no customer. */
static bool is_nobody(const struct record *r)
{
	return r->kind == KIND_SPEND || r->s[F_EMPLOYEE].p;
}

static void link_keys(struct batch *b, const struct record *r, const struct probe *q)
{
	struct person *a = q[0].found;
	for (int k = 1; k < r->nkeys; k++) {
		struct person *w = q[k].found;
		if (w == a || (w->mate == a->local + 1 && w->space != SPACE_VISITOR))
			continue;
		w->mate = a->local + 1;
		links_add(&b->links, a->local + 1, w->local + 1, r->v[F_TIME]);
	}
	if (b->links.n >= b->links.compact_at && b->links.n >= 1u << 18) {
		links_compact(&b->links, &b->persons);
		b->links.compact_at = b->links.n * 2;
	}
}

static enum wend_err check_keys(const struct record *r, struct err *err)
{
	for (int k = 0; k < r->nkeys; k++)
		if (r->key[k].value.n > PERSON_KEY_MAX)
			return err_set(err, WEND_E_INPUT, "line %llu: a customer key of %zu bytes is too long; at most %d", (unsigned long long)r->line, r->key[k].value.n, PERSON_KEY_MAX);
	if (r->nkeys == 0 && r->id.n > PERSON_KEY_MAX - 100)
		return err_set(err, WEND_E_INPUT, "line %llu: an id of %zu bytes is too long; at most %d", (unsigned long long)r->line, r->id.n, PERSON_KEY_MAX - 100);
	return WEND_OK;
}

static enum wend_err add_group(struct batch *b, const struct record *r, size_t n, struct err *err)
{
	struct probe q[GROUP * REC_KEYS_MAX];
	size_t m = 0;
	enum wend_err e;
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < r[i].nkeys; k++) {
			const struct person_key *key = &r[i].key[k];
			uint32_t product = space_has_product(key->space) ? word_of(b, LAST_PRODUCT, key->product.p ? key->product : SV("")) : 0;
			probe_set(&q[m++], key->space, product, key->product, key->value);
		}
	}
	persons_intern(&b->persons, q, m);
	m = 0;
	for (size_t i = 0; i < n; i++) {
		struct person *p = r[i].nkeys ? q[m].found : is_nobody(&r[i]) ? NULL : guest_of(b, &r[i]);
		if (r[i].nkeys > 1)
			link_keys(b, &r[i], q + m);
		m += (size_t)r[i].nkeys;
		if (p)
			p->rows += r[i].rows;
		if ((e = add_row(b, &r[i], p ? p->local + 1 : 0, err)))
			return e;
	}
	return WEND_OK;
}

/* Runs of several kinds share the room of one: the largest goes when they are too much. */
static enum wend_err keep_bounds(struct batch *b, struct err *err)
{
	size_t all = 0, most = 0;
	int largest = 0;
	for (int k = 0; k < KIND_COUNT; k++) {
		size_t bytes = b->cur[k] ? run_bytes(b->cur[k]) : 0;
		all += bytes;
		largest = bytes > most ? k : largest;
		most = bytes > most ? bytes : most;
	}
	return all > RUN_BYTES_MAX + RUN_BYTES_MAX / 4 && all > most ? batch_seal(b, (enum kind)largest, false, err) : WEND_OK;
}

enum wend_err store_add(struct batch *b, const struct record *r, size_t n, struct err *err)
{
	enum wend_err e = keep_bounds(b, err);
	for (size_t i = 0; !e && i < n; i++)
		e = check_keys(&r[i], err);
	for (size_t i = 0; !e && i < n; i += GROUP)
		e = add_group(b, r + i, n - i < GROUP ? n - i : GROUP, err);
	return e;
}
