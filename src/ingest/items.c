/* The lines of an order: what each is, and its share of what was paid. Shares follow
 * price times quantity (or the line's own amount) and add up to the order's amount to
 * the last minor unit: the largest remainders get the units that rounding left over. */
#include "build.h"

__extension__ typedef __int128 wide; /* products of two amounts */

static bool item_add(struct builder *b, struct sv product, struct sv category, int64_t quantity, int64_t amount, int64_t weight)
{
	GROW(b->item, b->item_cap, b->nitem + 1);
	GROW(b->weight, b->weight_cap, b->nitem + 1);
	b->weight[b->nitem] = weight;
	struct item *it = &b->item[b->nitem++];
	it->product = stay(b, product);
	it->category = stay(b, category);
	it->quantity = quantity;
	it->amount = amount;
	return true;
}

/* "2x Ceramic Mug, 1x Tote Bag": pieces and products in one cell. */
static bool item_list(struct builder *b, struct sv v)
{
	struct sv rest = v, one;
	while (rest.n) {
		/* A comma inside a product's name is not followed by "NUMBERx ". */
		size_t end = 0;
		for (; end < rest.n; end++) {
			if (rest.p[end] != ',')
				continue;
			size_t k = end + 1;
			while (k < rest.n && rest.p[k] == ' ')
				k++;
			size_t d = k;
			while (d < rest.n && rest.p[d] >= '0' && rest.p[d] <= '9')
				d++;
			if (d > k && d < rest.n && (rest.p[d] == 'x' || (unsigned char)rest.p[d] == 0xc3))
				break;
		}
		one = sv_trim(sv_n(rest.p, end));
		rest = end < rest.n ? sv_n(rest.p + end + 1, rest.n - end - 1) : SV_NONE;
		size_t d = 0;
		int64_t pieces = 1;
		while (d < one.n && one.p[d] >= '0' && one.p[d] <= '9')
			d++;
		bool sign2 = d + 1 < one.n && !memcmp(one.p + d, "\xc3\x97", 2);
		if (d && d < 10 && d < one.n && (one.p[d] == 'x' || sign2) && sv_int(sv_n(one.p, d), &pieces))
			one = sv_trim(sv_n(one.p + d + 1 + sign2, one.n - d - 1 - sign2));
		if (one.n && pieces > 0)
			item_add(b, one, SV_NONE, pieces * 1000000, WEND_NONE, WEND_NONE);
	}
	return true;
}

static enum read_result item_number(struct builder *b, struct step *st, const struct sheet_row *row, int exponent, int64_t *out, struct sv *text, currency *seen, bool *bare)
{
	*text = bexpr_text(&st->from, b->plan, row->f, &b->pool, false);
	if (!text->p)
		return READ_EMPTY;
	int i = st->from.single >= 0 ? -1 : bexpr_pick(&st->from, b->plan, row->f, -1);
	if (i < 0 || st->from.c[i].n == 1)
		return num_read(st->num, *text, exponent, out, seen, bare);
	int64_t sum = 0;
	bool any = false;
	for (uint32_t k = 0; k < st->from.c[i].n; k++) {
		struct bchoice one = { .term = &st->from.c[i].term[k], .n = 1 };
		struct sv v = bchoice_text(&one, b->plan, row->f, &b->pool, false);
		int64_t part;
		if (!v.p)
			continue;
		enum read_result r = num_read(st->num, v, exponent, &part, seen, bare);
		if (r)
			return r;
		if (st->from.c[i].term[k].minus ? __builtin_sub_overflow(sum, part, &sum) : __builtin_add_overflow(sum, part, &sum))
			return READ_BAD;
		any = true;
	}
	*out = sum;
	return any ? READ_OK : READ_EMPTY;
}

static bool item_fault(struct builder *b, enum read_result res, const struct step *st, const struct sheet_row *row, struct sv text)
{
	if (res == READ_AGAIN)
		b->again = true;
	else
		fault_set(b, row, st->from.single >= 0 ? (size_t)st->from.single + 1 : 0, "number", "write it as 1234.56", "'%.*s' is no number for a line of an order", text.n > 60 ? 60 : (int)text.n, text.p);
	return false;
}

/* The line's own amount in minor units of the order's currency. */
static bool item_money(struct builder *b, struct plan_section *s, struct record *r, const struct sheet_row *row, int64_t *amount)
{
	struct step *st = &s->step[s->item_amount];
	struct sv text;
	currency seen = 0;
	bool bare = false;
	enum read_result res = item_number(b, st, row, 6, amount, &text, &seen, &bare);
	if (res == READ_EMPTY)
		return true;
	if (res)
		return item_fault(b, res, st, row, text);
	if (r->v[F_CURRENCY] == WEND_NONE) {
		currency c = seen ? seen : b->plan->money;
		if (!c) {
			fault_set(b, row, st->from.single >= 0 ? (size_t)st->from.single + 1 : 0, "no-currency", "add --currency CODE", "'%.*s' carries no currency", text.n > 60 ? 60 : (int)text.n, text.p);
			return false;
		}
		r->v[F_CURRENCY] = c;
	}
	int exponent = st->m->unit == UNIT_MINOR ? 0 : currency_exponent((currency)r->v[F_CURRENCY]);
	res = item_number(b, st, row, exponent, amount, &text, &seen, &bare);
	if (res)
		return item_fault(b, res, st, row, text);
	if (st->m->sign == SIGN_NEGATE)
		*amount = -*amount;
	return true;
}

static struct sv item_text(struct builder *b, struct plan_section *s, const struct sheet_row *row, int step)
{
	if (step < 0)
		return SV_NONE;
	const struct step *st = &s->step[step];
	struct sv v = bexpr_text(&st->from, b->plan, row->f, &b->pool, true);
	return st->m->values && v.p ? value_lookup(st->m->values, v) : v;
}

bool item_line(struct builder *b, struct plan_section *s, struct record *r, const struct sheet_row *row, int only)
{
	(void)only;
	if (s->has_item_when && !bcond_holds(&s->item_when, b->plan, row->f))
		return true;
	if (s->list >= 0) {
		struct sv v = bexpr_text(&s->step[s->list].from, b->plan, row->f, &b->pool, false);
		if (v.p)
			item_list(b, v);
	}
	struct sv product = item_text(b, s, row, s->product), category = item_text(b, s, row, s->category), text;
	int64_t quantity = WEND_NONE, amount = WEND_NONE, price = WEND_NONE, weight = WEND_NONE;
	enum read_result res;
	if (s->quantity >= 0) {
		res = item_number(b, &s->step[s->quantity], row, 6, &quantity, &text, NULL, NULL);
		if (res && res != READ_EMPTY)
			return item_fault(b, res, &s->step[s->quantity], row, text);
	}
	if (s->item_amount >= 0) {
		if (!item_money(b, s, r, row, &amount))
			return false;
		weight = amount;
	}
	if (s->price >= 0) {
		res = item_number(b, &s->step[s->price], row, 6, &price, &text, NULL, NULL);
		if (res && res != READ_EMPTY)
			return item_fault(b, res, &s->step[s->price], row, text);
		if (res == READ_OK && weight == WEND_NONE) {
			wide w = (wide)price * (quantity == WEND_NONE ? 1000000 : quantity) / 1000000;
			if (w > INT64_MAX / 4 || w < INT64_MIN / 4)
				return item_fault(b, READ_BAD, &s->step[s->price], row, text);
			weight = (int64_t)w;
		}
	}
	if (!product.p && !category.p && quantity == WEND_NONE && amount == WEND_NONE && price == WEND_NONE)
		return true;
	return item_add(b, product, category, quantity, amount, weight);
}

struct remainder {
	wide rest;
	size_t i;
};

static int by_remainder(const void *x, const void *y)
{
	const struct remainder *a = x, *b = y;
	if (a->rest != b->rest)
		return a->rest < b->rest ? 1 : -1;
	return (a->i > b->i) - (a->i < b->i);
}

static void share_out(struct builder *b, struct record *r, size_t from, size_t n, wide total)
{
	int64_t amount = r->v[F_AMOUNT], left = amount;
	struct remainder *rest = xcalloc(n, sizeof *rest);
	for (size_t i = 0; i < n; i++) {
		wide part = (wide)amount * b->weight[from + i];
		b->item[from + i].amount = (int64_t)(part / total);
		left -= b->item[from + i].amount;
		rest[i] = (struct remainder){ part % total < 0 ? -(part % total) : part % total, i };
	}
	qsort(rest, n, sizeof *rest, by_remainder);
	/* Each quotient lost less than one unit, so fewer than n units are left over. */
	int64_t unit = left < 0 ? -1 : 1;
	for (size_t i = 0; i < n && left; i++, left -= unit)
		b->item[from + rest[i].i].amount += unit;
	free(rest);
}

void items_share(struct builder *b, struct plan_section *s, struct record *r, size_t from)
{
	size_t n = b->nitem - from;
	wide total = 0;
	if (r->v[F_AMOUNT] != WEND_NONE && n <= 1) {
		if (n)
			b->item[from].amount = r->v[F_AMOUNT];
		return;
	}
	bool weighed = n > 0, valued = n > 0; /* negative lines add up, but nothing is shared by them */
	for (size_t i = 0; i < n; i++) {
		valued &= b->weight[from + i] != WEND_NONE;
		weighed &= b->weight[from + i] != WEND_NONE && b->weight[from + i] >= 0;
		total += b->weight[from + i] == WEND_NONE ? 0 : b->weight[from + i];
	}
	if (r->v[F_AMOUNT] == WEND_NONE && valued) {
		if (s->item_amount >= 0) {
			r->v[F_AMOUNT] = (int64_t)total;
			return;
		}
		/* Prices are in millionths; without a currency there is no amount. */
		if (r->v[F_CURRENCY] == WEND_NONE && b->plan->money)
			r->v[F_CURRENCY] = b->plan->money;
		if (r->v[F_CURRENCY] == WEND_NONE)
			return;
		wide scale = 1;
		for (int k = currency_exponent((currency)r->v[F_CURRENCY]); k < 6; k++)
			scale *= 10;
		r->v[F_AMOUNT] = (int64_t)((total + (total < 0 ? -scale / 2 : scale / 2)) / scale);
	}
	if (r->v[F_AMOUNT] == WEND_NONE)
		return;
	if (n == 1)
		b->item[from].amount = r->v[F_AMOUNT];
	else if (weighed && total > 0)
		share_out(b, r, from, n, total);
}
