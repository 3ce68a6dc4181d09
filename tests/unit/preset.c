/* Presets: names, expressions, conditions, the file, and the choice among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "ingest/preset.h"

static struct preset *parsed(const char *text)
{
	struct preset *p = NULL;
	struct err err = ERR_INIT;
	if (preset_parse(&p, "shop-orders", text, &err))
		print_message("# %s\n", err.msg);
	return p;
}

static const char *refused(const char *text)
{
	static struct err err;
	struct preset *p = NULL;
	err = (struct err)ERR_INIT;
	assert_int_equal(preset_parse(&p, "shop-orders", text, &err), WEND_E_INPUT);
	assert_null(p);
	return err.msg;
}

#define HEAD "[export]\nrequire = Order, Date, Total\n[orders]\ntime = Date\namount = Total\n"

static void names_are_compared_without_case_blanks_stars_and_bom(void **state)
{
	(void)state;
	assert_true(name_matches(SV("Time zone"), SV("TimeZone"), NULL, NULL));
	assert_true(name_matches(SV("InvoiceNumber"), SV("*Invoice number"), NULL, NULL));
	assert_true(name_matches(SV("Date"), SV("\xef\xbb\xbf" "DATE "), NULL, NULL));
	assert_true(name_matches(SV("Montant dépensé"), SV("MONTANT DÉPENSÉ"), NULL, NULL));
	assert_false(name_matches(SV("Date"), SV("Dates"), NULL, NULL));
}

static void a_currency_is_found_inside_a_name(void **state)
{
	struct sv cur = SV_NONE;
	(void)state;
	assert_true(name_matches(SV("Amount spent ({currency})"), SV("Amount spent (USD)"), &cur, NULL));
	assert_true(sv_is(cur, "USD"));
	assert_false(name_matches(SV("Amount spent ({currency})"), SV("Amount spent (net)"), &cur, NULL));
}

static void a_star_in_a_name_gives_what_it_matched(void **state)
{
	struct sv star = SV_NONE;
	(void)state;
	assert_true(name_matches(SV("*_NPS_GROUP"), SV("Q1_NPS_GROUP"), NULL, &star));
	assert_true(sv_is(star, "Q1"));
}

static void an_expression_has_alternatives_terms_and_conditions(void **state)
{
	struct arena a = ARENA_INIT;
	struct expr e;
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(expr_parse(&e, &a, SV("From when Gross > 0 | Date + Time + 'Time, zone' | \"call {Name}\""), &err), WEND_OK);
	assert_int_equal(e.n, 3);
	assert_int_equal(e.c[0].when.n, 1);
	assert_int_equal(e.c[0].when.t[0].op, COND_ABOVE);
	assert_int_equal(e.c[1].n, 3);
	assert_true(sv_is(e.c[1].term[2].name, "Time, zone"));
	assert_int_equal(e.c[2].term[0].op, TERM_TEXT);
	arena_release(&a);
}

static void a_hyphen_inside_a_name_is_no_minus(void **state)
{
	struct arena a = ARENA_INIT;
	struct expr e;
	(void)state;
	assert_int_equal(expr_parse(&e, &a, SV("call direction - type"), NULL), WEND_OK);
	assert_int_equal(e.c[0].n, 1);
	assert_int_equal(expr_parse(&e, &a, SV("item-price + item-tax - item-promotion-discount"), NULL), WEND_OK);
	assert_int_equal(e.c[0].n, 3);
	assert_true(e.c[0].term[2].minus);
	arena_release(&a);
}

static void a_condition_lists_values_and_joins(void **state)
{
	struct arena a = ARENA_INIT;
	struct cond c;
	(void)state;
	assert_int_equal(cond_parse(&c, &a, SV("Type = *Hold*, Reserve & Gross < -0.5 & ! Note"), NULL), WEND_OK);
	assert_int_equal(c.n, 3);
	assert_int_equal(c.t[0].values.n, 2);
	assert_true(c.t[1].number < -0.4);
	assert_int_equal(c.t[2].op, COND_EMPTY);
	arena_release(&a);
}

static void a_preset_is_read_with_sections_and_modifiers(void **state)
{
	struct preset *p = parsed("[export]\nrequire = Order, Date,\n Total\nnull = --, n/a\ngroup = Order\nignore.test order = Kind = test\nzone = given\n"
		"[orders]\norder = Order\ntime = Date\ntime.format = %d/%m/%Y | %m/%d/%Y\namount = Total\namount.sign = negate\nidentity = id.user:User, mail:E-mail\nkeep = Note, Gift\nkeep.all = count(Note)\n"
		"[values status]\nok* = paid\nbad =\n");
	(void)state;
	assert_non_null(p);
	assert_string_equal(p->source, "shop");
	assert_int_equal(p->require.n, 3);
	assert_int_equal(p->null_words.n, 2);
	assert_int_equal(p->nignore, 1);
	assert_true(sv_is(p->ignore[0].reason, "test order"));
	assert_int_equal(p->nsection, 1);
	size_t keys = 0, kept = 0;
	for (size_t i = 0; i < p->section[0].n; i++) {
		const struct mapping *m = &p->section[0].map[i];
		keys += m->to == TO_IDENTITY;
		kept += m->to == TO_KEEP;
		if (m->to == TO_FIELD && m->field == F_TIME)
			assert_int_equal(m->formats.n, 2);
		if (m->to == TO_FIELD && m->field == F_AMOUNT)
			assert_int_equal(m->sign, SIGN_NEGATE);
	}
	assert_int_equal(keys, 2);
	assert_int_equal(kept, 3);
	assert_int_equal(p->nvalues, 1);
	assert_int_equal(p->values[0].n, 2);
	preset_free(p);
}

static void faults_of_a_preset_name_section_and_key(void **state)
{
	(void)state;
	assert_non_null(strstr(refused(HEAD "colour = Tint\n"), "'colour' is no field of orders"));
	assert_non_null(strstr(refused("[export]\nrequire = A, B\n"), "no section"));
	assert_non_null(strstr(refused("[orders]\ntime = Date\namount = Total\n"), "'require' is missing"));
	assert_non_null(strstr(refused("[export]\nrequire = A, B\n[orders]\namount = Total\n"), "orders need 'time'"));
	assert_non_null(strstr(refused(HEAD "time.format\n"), "neither"));
	assert_non_null(strstr(refused("[export]\nrequire = A\nheader_rows = 9\n[orders]\ntime = A\namount = B\n"), "header_rows"));
	assert_non_null(strstr(refused(HEAD "identity = Email\n"), "lacks its space"));
	assert_non_null(strstr(refused(HEAD "status.colour = x\n"), "unknown modifier"));
}

static void a_line_too_long_for_the_reader_is_refused(void **state)
{
	struct str s = STR_INIT;
	(void)state;
	str_puts(&s, "[export]\nrequire = ");
	for (int i = 0; i < 60; i++)
		str_puts(&s, "Name,");
	str_putc(&s, '\n');
	assert_non_null(strstr(refused(s.p), "line 2 has"));
	str_release(&s);
}

static void the_preset_that_explains_more_of_the_header_wins(void **state)
{
	struct preset *general = parsed(HEAD), *special = parsed(HEAD "channel = Shop\n");
	const struct sv cols[] = { SV("order"), SV("DATE"), SV("Total"), SV("Shop") };
	struct header_guess h;
	struct preset_score a, b;
	(void)state;
	assert_non_null(general);
	assert_non_null(special);
	header_guess_init(&h, cols, 4);
	preset_rate(&a, general, &h);
	preset_rate(&b, special, &h);
	assert_int_equal(a.required, 3);
	assert_true(preset_score_cmp(&b, &a) > 0);
	assert_int_equal(preset_score_cmp(&a, &a), 0);
	header_guess_release(&h);
	header_guess_init(&h, cols, 2);
	preset_rate(&a, general, &h);
	assert_true(a.share < 0.8);
	header_guess_release(&h);
	preset_free(general);
	preset_free(special);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_compared_without_case_blanks_stars_and_bom),
		cmocka_unit_test(a_currency_is_found_inside_a_name),
		cmocka_unit_test(a_star_in_a_name_gives_what_it_matched),
		cmocka_unit_test(an_expression_has_alternatives_terms_and_conditions),
		cmocka_unit_test(a_hyphen_inside_a_name_is_no_minus),
		cmocka_unit_test(a_condition_lists_values_and_joins),
		cmocka_unit_test(a_preset_is_read_with_sections_and_modifiers),
		cmocka_unit_test(faults_of_a_preset_name_section_and_key),
		cmocka_unit_test(a_line_too_long_for_the_reader_is_refused),
		cmocka_unit_test(the_preset_that_explains_more_of_the_header_wins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
