/* The world of a history: people with several keys, records in several versions, files
 * that each tell a part of it. Small on purpose: everything collides with everything. */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>

uint64_t mixed(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return hash_mix(hash_mix(hash_mix(hash_mix(a + 0x9e3779b97f4a7c15u) + b) + c) + d);
}

uint32_t dice_below(struct dice *d, uint32_t n)
{
	d->s += 0x9e3779b97f4a7c15u;
	return (uint32_t)(hash_mix(d->s) >> 16) % n;
}

void world_init(struct world *w, uint64_t seed, bool plain)
{
	struct dice d = { mixed(seed, 1, 0, 0) };

	memset(w, 0, sizeof *w);
	w->seed = seed;
	w->people = 2 + dice_below(&d, 8);
	w->ids = 4 + dice_below(&d, 16);
	w->contents = 2 + dice_below(&d, 5);
	w->days = 1 + dice_below(&d, 9);
	w->stamps = dice_below(&d, 2);
	/* A third of the histories knows ids and e-mails only, a third phones and several
	 * products too, the last has visitors, crowds and errors. */
	w->mail = true;
	w->product = !plain;
	w->plain = plain;
	w->tel = seed % 3 > 0;
	w->visitor = seed % 3 > 1;
	w->inbox = seed % 3 > 1 && dice_below(&d, 2);
	w->wrong = seed % 3 > 0 && dice_below(&d, 2);
}

void world_release(struct world *w)
{
	arena_release(&w->arena);
}

/* ---- keys ---- */

enum key_set { HAND = 1, STRIPE = 2, SHOP = 4, MAIL = 8, TEL = 16, VISITOR = 32 };
static const uint8_t key_sets[] = {
	HAND, HAND, HAND | MAIL, MAIL, STRIPE | MAIL, STRIPE, HAND | STRIPE, SHOP | MAIL, HAND | TEL, TEL, MAIL | TEL, SHOP | TEL,
	VISITOR, VISITOR, HAND | VISITOR, MAIL | VISITOR, HAND | MAIL | TEL | VISITOR, TEL | VISITOR
};

static void add_key(struct world *w, struct record *r, struct dice *d, uint32_t who, enum key_space space, const char *product, const char *before, const char *after)
{
	if (r->nkeys && w->wrong && dice_one_in(d, 25))
		who = dice_below(d, w->people);
	struct sv value = sv_of(arena_printf(&w->arena, "%s%u%s", before, who, after));
	r->key[r->nkeys++] = (struct person_key){ space, product ? sv_of(product) : SV_NONE, value };
}

static void world_keys(struct world *w, struct record *r, struct dice *d, uint32_t who)
{
	unsigned may = HAND | (w->mail ? MAIL : 0u) | (w->product ? STRIPE | SHOP : 0u) | (w->tel ? TEL : 0u) | (w->visitor ? VISITOR : 0u);
	unsigned set = key_sets[dice_below(d, sizeof key_sets)] & may;

	if (!set)
		set = HAND;
	if (set & HAND)
		add_key(w, r, d, who, SPACE_HAND, NULL, "c", "");
	if (set & STRIPE)
		add_key(w, r, d, who, SPACE_PRODUCT, "stripe", "cus_", "");
	if (set & SHOP)
		add_key(w, r, d, who, SPACE_PRODUCT, "shopify", "", "");
	if (set & MAIL && w->inbox && dice_one_in(d, 4))
		add_key(w, r, d, 0, SPACE_MAIL, NULL, "info", "@example.com");
	else if (set & MAIL)
		add_key(w, r, d, who, SPACE_MAIL, NULL, "m", "@example.com");
	if (set & TEL)
		add_key(w, r, d, who, SPACE_TEL, NULL, "+49301000", "");
	if (set & VISITOR)
		add_key(w, r, d, who / 2, SPACE_VISITOR, w->plain ? "visitor" : "web", "v", "");
}

/* In a list of customers the key is the record's id. */
static void customer_keys(struct world *w, struct record *r, struct dice *d, uint32_t who)
{
	add_key(w, r, d, who, SPACE_HAND, NULL, "c", "");
	r->id = r->key[0].value;
	if (dice_below(d, 2)) {
		add_key(w, r, d, who, SPACE_MAIL, NULL, "m", "@example.com");
		r->s[F_EMAIL] = r->key[1].value;
	}
}

/* ---- one record ---- */

static const char *const some_words[] = { "web", "shop", "phone", "\xc3\xa9t\xc3\xa9", "" };

static bool may_fill(int f, uint8_t kind)
{
	return field_defs[f].kinds & KIND_BIT(kind) && !field_defs[f].item && f != F_TIME && f != F_ID && f != F_UPDATED && f != F_CURRENCY && f != F_AMOUNT;
}

static void fill_fields(struct world *w, struct record *r, struct dice *d)
{
	for (int f = 0; f < F_COUNT; f++) {
		if (!may_fill(f, (uint8_t)r->kind) || !dice_one_in(d, f == F_EMPLOYEE ? 9 : 4))
			continue;
		if (field_defs[f].type == FT_WORD)
			r->s[f] = sv_of(some_words[dice_below(d, 5)]);
		else if (field_defs[f].type == FT_TEXT)
			r->s[f] = sv_of(arena_printf(&w->arena, "T%u", dice_below(d, 20)));
		else if (field_defs[f].type == FT_TIME)
			r->v[f] = dice_below(d, 2) ? wtime_of_day((int32_t)(19700 + dice_below(d, 9))) : wtime_instant_of(1702000000 + dice_below(d, 99999));
		else
			r->v[f] = dice_below(d, 50);
	}
	if (field_defs[F_AMOUNT].kinds & KIND_BIT(r->kind)) {
		r->v[F_AMOUNT] = 100 * (1 + dice_below(d, 30));
		r->v[F_CURRENCY] = 'E' << 16 | 'U' << 8 | 'R';
	}
	if (dice_one_in(d, 6)) {
		struct attr *a = arena_alloc(&w->arena, 2 * sizeof *a);
		a[0] = (struct attr){ SV("colour"), sv_of(some_words[dice_below(d, 4)]) };
		a[1] = (struct attr){ SV("size"), SV("L") };
		r->attr = a;
		r->nattrs = 1 + dice_below(d, 2);
	}
}

/* Some orders name their goods; how many depends on the order, what they cost on the
 * version. Money of an order is the sum of its lines, or its own. */
static uint32_t items_of(const struct world *w, const struct saying *s)
{
	return s->kind == KIND_ORDERS && s->id >= 0 ? (uint32_t)(mixed(w->seed, 7, (uint64_t)s->id, 0) % 4) : 0;
}

static void fill_items(struct world *w, struct record *r, const struct saying *s, struct dice *d)
{
	uint32_t n = items_of(w, s), from = s->line < 0 ? 0 : (uint32_t)s->line, to = s->line < 0 ? n : from + 1;
	struct item *v = arena_alloc(&w->arena, (n + 1) * sizeof *v);
	bool summed = mixed(w->seed, 8, (uint64_t)s->id, 0) % 2;
	int64_t sum = 0, own = r->v[F_AMOUNT] + 1;

	if (!n)
		return;
	for (uint32_t i = 0; i < n; i++) {
		v[i] = (struct item){ sv_of(arena_printf(&w->arena, "p%u", i)), i % 2 ? SV("tea") : SV_NONE, dice_below(d, 2) ? WEND_NONE : 1000000 * (1 + dice_below(d, 3)), 100 * (1 + dice_below(d, 9)) };
		sum += i >= from && i < to ? v[i].amount : 0;
	}
	r->item = v + from;
	r->nitems = to - from;
	r->rows = r->nitems;
	r->v[F_AMOUNT] = summed ? sum : own;
}

void world_record(struct world *w, const struct file *f, size_t i, struct record *r)
{
	const struct saying *s = &f->say[i];
	uint64_t about = s->id < 0 ? mixed(w->seed, 2, s->kind, (uint64_t)s->version) : mixed(w->seed, 3, s->kind, (uint64_t)s->id);
	struct dice fixed = { about }, moving = { s->id < 0 ? about + 1 : mixed(about, 4, (uint64_t)s->version, 0) };

	record_clear(r);
	r->kind = (enum kind)s->kind;
	r->position = i;
	r->line = i + 2;
	if (s->id >= 0) {
		r->id = sv_of(arena_printf(&w->arena, s->id % 3 ? "%c-%03d" : "%c%d", 'A' + s->kind, s->id));
		if (!w->plain && mixed(w->seed, 5, s->kind, (uint64_t)s->id) % 5 == 0)
			r->id_space = SV("shopify");
	}
	/* Who and when mostly follow from the record, sometimes from its version; not within a
	 * real file, whose tail alone may be read. */
	struct dice *d = dice_one_in(&fixed, 6) && (!w->plain || s->kind == KIND_ORDERS) ? &moving : &fixed;
	uint32_t who = dice_below(d, w->people), day = dice_below(d, w->days);
	if (s->kind == KIND_CUSTOMERS && w->plain)
		customer_keys(w, r, d, (uint32_t)s->id % w->people);
	else if (s->kind != KIND_SPEND && !dice_one_in(d, 8))
		world_keys(w, r, d, who);
	d = dice_one_in(&fixed, 6) ? &moving : &fixed;
	if (s->kind != KIND_CUSTOMERS || !dice_one_in(d, 3))
		r->v[F_TIME] = dice_below(d, 3) ? wtime_instant_of(1700000000 + 86400 * (int64_t)day + 3600 * dice_below(d, 3)) : wtime_of_day((int32_t)(19675 + day));
	if (w->plain) {
		plain_record(w, f, s, r, &moving);
	} else {
		fill_fields(w, r, &moving);
		fill_items(w, r, s, &moving);
	}
	if (f->stamped && s->id >= 0)
		r->v[F_UPDATED] = wtime_instant_of(1710000000 + 3600 * (int64_t)(s->version % 5));
}

void file_make(struct world *w, struct file *f)
{
	f->rec = xcalloc(f->n + 1, sizeof *f->rec);
	f->gone = xcalloc(f->n + 1, sizeof *f->gone);
	f->erased = xcalloc(f->n + 1, sizeof *f->erased);
	f->forgotten = xcalloc(f->n + 1, sizeof *f->forgotten);
	for (size_t i = 0; i < f->n; i++)
		world_record(w, f, i, &f->rec[i]);
}

void file_release(struct file *f)
{
	free(f->say);
	free(f->rec);
	free(f->gone);
	free(f->erased);
	free(f->forgotten);
}

/* ---- files ---- */

static void say(struct file *f, struct saying s)
{
	GROW(f->say, f->cap, f->n + 1);
	f->say[f->n++] = s;
}

static bool says(const struct file *f, uint8_t kind, int16_t id)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->say[i].kind == kind && f->say[i].id == id)
			return true;
	return false;
}

/* The version of a record that a file tells of. Orders mostly have one in a file, on all
 * of their lines. */
static int16_t version_in(const struct world *w, const struct file *f, struct dice *d, uint8_t kind, int16_t id)
{
	if (kind == KIND_ORDERS && (w->plain || dice_below(d, 8)))
		return (int16_t)(mixed(f->seed, 1, (uint64_t)id, 0) % 4);
	return (int16_t)dice_below(d, 4);
}

static void say_order(struct world *w, struct dice *d, struct file *f, int16_t id)
{
	struct saying s = { KIND_ORDERS, id, version_in(w, f, d, KIND_ORDERS, id), -1 };
	uint32_t n = w->plain ? f->lines ? plain_lines(w, &s) : 0 : items_of(w, &s);

	/* In a file of lines an order stands once: rows that follow each other are one. */
	if (f->lines && says(f, KIND_ORDERS, id))
		return;
	if (n < 2 || w->plain || mixed(f->seed, 2, (uint64_t)id, 0) % 2) {
		say(f, s);
		return;
	}
	/* Some files know the first lines only, or the last: then the order of another file is
	 * the beginning of this one's. */
	uint32_t from = dice_one_in(d, 6) ? dice_below(d, n) : 0, to = dice_one_in(d, 3) ? from + 1 + dice_below(d, n - from) : n;
	for (uint32_t i = from; i < to; i++) {
		s.line = (int16_t)i;
		say(f, s);
	}
}

static const uint8_t usual_kinds[] = { KIND_ORDERS, KIND_ORDERS, KIND_ORDERS, KIND_CUSTOMERS, KIND_INTERACTIONS, KIND_INTERACTIONS, KIND_PAYMENTS, KIND_SUBSCRIPTIONS, KIND_FEEDBACK, KIND_SPEND, KIND_INVOICES };

static void say_more(struct world *w, struct dice *d, struct file *f, uint32_t n)
{
	uint8_t kind[3];

	for (int i = 0; i < 3; i++)
		kind[i] = w->plain ? f->kind : usual_kinds[dice_below(d, sizeof usual_kinds)];
	for (uint32_t i = 0; i < n; i++) {
		uint8_t k = kind[dice_below(d, 3)];
		int16_t id = (int16_t)dice_below(d, w->ids);

		if (dice_below(d, 10) < 3 && !f->lines && !(w->plain && k == KIND_CUSTOMERS))
			say(f, (struct saying){ k, -1, (int16_t)dice_below(d, w->contents), -1 });
		else if (k == KIND_ORDERS)
			say_order(w, d, f, id);
		else
			say(f, (struct saying){ k, id, version_in(w, f, d, k, id), -1 });
	}
}

static void shuffle(struct dice *d, struct file *f, size_t from)
{
	for (size_t i = f->n; i > from + 1; i--) {
		size_t k = from + dice_below(d, (uint32_t)(i - from));
		struct saying t = f->say[i - 1];

		f->say[i - 1] = f->say[k];
		f->say[k] = t;
	}
}

static void file_begin(struct world *w, struct dice *d, struct file *f, const char *name)
{
	memset(f, 0, sizeof *f);
	snprintf(f->name, sizeof f->name, "%s", name);
	f->seed = mixed(w->seed, 6, dice_below(d, 1u << 30), 0);
	f->digest = (struct digest){ mixed(f->seed, 3, 0, 0), mixed(f->seed, 4, 0, 0) };
	f->stamped = w->stamps && dice_below(d, 3);
	f->kind = plain_kind(f->seed);
	f->lines = w->plain && f->kind == KIND_ORDERS && f->seed % 2;
	f->export_date = dice_below(d, 2) ? wtime_of_day((int32_t)(19800 + dice_below(d, 4))) : WEND_NONE;
}

void file_new(struct world *w, struct dice *d, struct file *f, const char *name)
{
	file_begin(w, d, f, name);
	say_more(w, d, f, 5 + dice_below(d, 56));
	if (dice_below(d, 2))
		shuffle(d, f, 0);
}

void file_sequel(struct world *w, struct dice *d, const struct file *from, enum sequel how, struct file *f, const char *name)
{
	file_begin(w, d, f, name);
	f->kind = from->kind;
	f->lines = from->lines;
	if (how == SEQUEL_SAME || how == SEQUEL_SHUFFLED || how == SEQUEL_GROWN) {
		f->stamped = from->stamped;
		f->seed = from->seed;
	}
	if (how == SEQUEL_SAME && dice_below(d, 2))
		f->digest = from->digest;
	for (size_t i = 0; i < from->n; i++) {
		struct saying s = from->say[i];

		if (how == SEQUEL_OVERLAPPING && (w->plain && s.kind == KIND_ORDERS ? mixed(f->seed, 7, (uint64_t)s.id, 0) % 5 : dice_below(d, 5)) < 2)
			continue; /* of real files an order with all its lines */
		if (how == SEQUEL_CHANGED && s.id >= 0 && (w->plain && s.kind == KIND_ORDERS ? mixed(f->seed, 5, (uint64_t)s.id, 0) % 3 == 0 : dice_one_in(d, 3)))
			s.version = version_in(w, f, d, s.kind, s.id);
		say(f, s);
	}
	if (how == SEQUEL_OVERLAPPING || how == SEQUEL_GROWN || (how == SEQUEL_CHANGED && dice_below(d, 2))) {
		struct file more = { .seed = f->seed, .kind = f->kind, .lines = f->lines };

		say_more(w, d, &more, 1 + dice_below(d, 25));
		for (size_t i = 0, n = f->n; i < more.n; i++) {
			bool known = false;

			for (size_t k = 0; k < n && w->plain; k++)
				known |= f->say[k].kind == KIND_ORDERS && more.say[i].kind == KIND_ORDERS && f->say[k].id == more.say[i].id && more.say[i].id >= 0;
			if (!known)
				say(f, more.say[i]);
		}
		free(more.say);
	}
	if (how == SEQUEL_SHUFFLED)
		shuffle(d, f, 0);
}
