/* A first settings file from what the store holds: what the data prove stands as a
 * setting with its evidence above it, what only a person knows as a comment to fill in. */
#include "format.h"
#include "wend/mem.h"

#define CURRENCIES 64

struct seen_currency {
	int64_t c, rows;
};

/* Currencies of all amounts, most frequent first. */
static enum wend_err list_currencies(struct store *s, struct seen_currency *v, size_t *n, struct err *err)
{
	struct cursor_spec spec = { .kinds = KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_PAYMENTS) | KIND_BIT(KIND_INVOICES) | KIND_BIT(KIND_SUBSCRIPTIONS), .nobody = true, .parts = 1 };
	struct err inner = ERR_INIT;
	struct cursor *c = NULL;
	struct rows r;

	*n = 0;
	fields_add(&spec.fields, F_CURRENCY);
	if (cursor_open(&c, s, &spec, &inner))
		return err_set(err, inner.code, "%s", inner.msg);
	while (cursor_next(c, &r, &inner))
		for (size_t i = 0; i < r.n; i++) {
			int64_t cur = r.f[F_CURRENCY][i];
			size_t k = 0;

			if (cur == WEND_NONE)
				continue;
			while (k < *n && v[k].c != cur)
				k++;
			if (k == *n && *n < CURRENCIES)
				v[(*n)++] = (struct seen_currency){ cur, 0 };
			if (k < *n)
				v[k].rows++;
		}
	cursor_close(c);
	if (inner.code)
		return err_set(err, inner.code, "%s", inner.msg);
	for (size_t i = 1; i < *n; i++)
		for (size_t k = i; k && (v[k].rows > v[k - 1].rows || (v[k].rows == v[k - 1].rows && v[k].c < v[k - 1].c)); k--) {
			struct seen_currency t = v[k];

			v[k] = v[k - 1];
			v[k - 1] = t;
		}
	return WEND_OK;
}

static void put_currency(struct str *out, const struct seen_currency *v, size_t n)
{
	char letters[4];

	if (!n) {
		str_puts(out, "# the store holds no amounts yet\n# currency = EUR\n");
		return;
	}
	currency_text(letters, (currency)v[0].c);
	if (n == 1) {
		str_printf(out, "# all %lld amounts are in it\ncurrency = %s\n", (long long)v[0].rows, letters);
		return;
	}
	str_puts(out, "# amounts by currency:");
	for (size_t i = 0; i < n; i++) {
		char each[4];

		currency_text(each, (currency)v[i].c);
		str_printf(out, " %s %lld", each, (long long)v[i].rows);
	}
	str_printf(out, "\n# currency = %s\n", letters);
}

static void put_company(struct store *s, struct str *out, const struct seen_currency *v, size_t n)
{
	struct sv zone = store_zone(s);

	str_puts(out, "[company]\n# name = \n");
	put_currency(out, v, n);
	if (zone.n) {
		str_puts(out, "# the zone of the first file that needed one\ntimezone = ");
		str_sv(out, zone);
		str_putc(out, '\n');
	} else {
		str_puts(out, "# timezone = Europe/Lisbon\n");
	}
	str_puts(out, "# country = PT\n"
		"# share of an amount that is left after the cost of goods\n# margin = 41%\n"
		"# what one contact, and one hour of work, costs\n# contact_cost = 3.50\n# hour_cost = 32\n"
		"# week_start = monday\n");
}

static void put_choices(struct str *out, const int64_t rows[KIND_COUNT])
{
	static const enum kind money[] = { KIND_ORDERS, KIND_PAYMENTS, KIND_INVOICES };
	int first = -1, n = 0;

	str_puts(out, "\n[choices]\n");
	for (int i = 0; i < 3; i++) {
		if (!rows[money[i]])
			continue;
		str_printf(out, "%s%s %lld", n++ ? ", " : "# rows that may tell of revenue: ", kind_names[money[i]], (long long)rows[money[i]]);
		first = first < 0 ? i : first;
	}
	if (n)
		str_putc(out, '\n');
	str_printf(out, "%srevenue = %s\n", n == 1 ? "" : "# ", first < 0 ? "orders" : kind_names[money[first]]);
}

static void put_sources(struct str *out, const struct coverage *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str days = STR_INIT;

		day_text(&days, c[i].first);
		str_puts(&days, " to ");
		day_text(&days, c[i].last);
		if (!i || !sv_eq(c[i].source, c[i - 1].source)) {
			str_puts(out, "\n[sources \"");
			str_sv(out, c[i].source);
			str_puts(out, "\"]\n# match = *.csv\n# every = 1 week\n");
		}
		str_printf(out, "# %s: %lld rows, %s\n", kind_names[c[i].kind], (long long)c[i].rows, days.p);
		str_release(&days);
	}
}

static int source_cmp(const void *a, const void *b)
{
	const struct coverage *x = a, *y = b;
	int d = sv_cmp(x->source, y->source);

	return d ? d : (int)x->kind - (int)y->kind;
}

enum wend_err store_settings_suggest(struct store *s, struct str *out, struct err *err)
{
	struct seen_currency cur[CURRENCIES];
	int64_t rows[KIND_COUNT];
	struct arena a = ARENA_INIT;
	struct coverage *c;
	size_t n, ncur;
	enum wend_err e = store_row_counts(s, rows, err);

	if (!e)
		e = list_currencies(s, cur, &ncur, err);
	if (!e)
		e = store_coverage(s, &c, &n, &a, err);
	if (!e) {
		str_puts(out, "# Settings for wend, proposed from the data. Complete it, then:\n# wend store set --file THIS\n");
		put_company(s, out, cur, ncur);
		put_choices(out, rows);
		if (n > 1)
			qsort(c, n, sizeof *c, source_cmp);
		put_sources(out, c, n);
		str_puts(out, "\n[names]\n# call* = phone call\n\n[calendar]\n# monday = 09:00-17:30\n# holiday = 2026-12-25\n");
	}
	arena_release(&a);
	return e;
}
