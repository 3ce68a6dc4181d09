/* Numbers in words, for findings: thousands apart, one decimal for shares, the currency
 * before the amount. Data columns never go through here.
 */
#include "metric_impl.h"

#include <math.h>

static void grouped(struct str *s, const char *digits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			str_putc(s, ',');
		str_putc(s, digits[i]);
	}
}

void say_count(struct str *s, int64_t n)
{
	struct str t = STR_INIT;
	if (n < 0)
		str_putc(s, '-');
	str_int(&t, n < 0 ? -n : n);
	grouped(s, t.p, t.n);
	str_release(&t);
}

void say_things(struct str *s, int64_t n, const char *one, const char *many)
{
	say_count(s, n);
	str_printf(s, " %s", n == 1 ? one : many);
}

void say_real(struct str *s, double v, int digits)
{
	struct str t = STR_INIT;
	if (isnan(v)) {
		str_puts(s, "few");
		return;
	}
	str_fixed(&t, fabs(v), digits);
	size_t whole = 0;
	while (whole < t.n && t.p[whole] != '.')
		whole++;
	if (v < 0)
		str_putc(s, '-');
	grouped(s, t.p, whole);
	str_add(s, t.p + whole, t.n - whole);
	str_release(&t);
}

void say_limits_of(struct str *s, struct interval ci, int digits)
{
	if (isnan(ci.lo))
		return;
	str_puts(s, " (");
	say_real(s, ci.lo, digits);
	str_puts(s, " to ");
	say_real(s, ci.hi, digits);
	str_putc(s, ')');
}

void put_said(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

void say_p(struct str *s, double p, double log10_p)
{
	if (isnan(log10_p) && isnan(p))
		str_puts(s, "p not known");
	else if (log10_p < -15)
		str_printf(s, "p = 10^%.0f", log10_p);
	else if (p < 0.0001)
		str_puts(s, "p < 0.0001");
	else {
		str_puts(s, "p = ");
		say_real(s, p, p < 0.001 ? 5 : p < 0.1 ? 4 : 2);
	}
}

void say_share(struct str *s, double share)
{
	say_real(s, share * 100, 1);
	if (!isnan(share))
		str_puts(s, " %");
}

void say_shares(struct str *s, struct interval ci)
{
	say_real(s, ci.lo * 100, 1);
	str_puts(s, " to ");
	say_real(s, ci.hi * 100, 1);
	str_puts(s, " %");
}

void say_money(struct str *s, int64_t minor, currency c, bool cents)
{
	char name[4];
	int e = c ? currency_exponent(c) : 2;
	e = e < 0 ? 2 : e;
	if (c) {
		currency_text(name, c);
		str_printf(s, "%s ", name);
	}
	say_real(s, (double)minor / pow(10, e), cents ? e : 0);
}

enum wend_err say_scope(struct str *s, const struct population *p, const struct fold_counts *c, uint32_t kinds, struct err *err)
{
	struct line_list early = { 0 };
	str_printf(s, " As of %s", p->as_of_text);
	if (!p->as_of_given && !p->empty)
		str_printf(s, ", the last day of %s", kind_names[p->as_of_kind]);
	if (*p->span_text)
		str_printf(s, "; %s", p->span_text);
	if (c->by_reason[SEEN_AFTER_AS_OF]) {
		str_puts(s, "; ");
		say_things(s, c->by_reason[SEEN_AFTER_AS_OF], "later row is not seen", "later rows are not seen");
	}
	if (p->only && customer_set_unknown(p->only)) {
		str_puts(s, "; ");
		say_things(s, (int64_t)customer_set_unknown(p->only), "key of the list belongs to nobody", "keys of the list belong to nobody");
	}
	enum wend_err e = population_sources(p, kinds, &early, err);
	for (size_t i = 0; i < early.n; i++)
		str_printf(s, "; %s", early.v[i]);
	str_putc(s, '.');
	line_list_release(&early);
	return e;
}

void report_scope(struct report *r, const struct population *p, const struct fold_counts *c)
{
	r->zone = p->zone;
	fold_explain(&r->explain, c);
}

void say_apart(struct str *s, const struct purchase_facts *f)
{
	if (f->guests) {
		str_putc(s, ' ');
		say_things(s, f->guests, "guest is counted apart.", "guests are counted apart.");
	}
	if (f->prospects) {
		str_putc(s, ' ');
		say_things(s, f->prospects, "person known has not bought.", "people known have not bought.");
	}
}
