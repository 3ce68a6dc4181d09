/* The table of kinds and fields against the list every user reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/record.h"

/* The fields a person may map, in the words of the manual; * = required. */
static const char *const fields_of[KIND_COUNT] = {
	[KIND_CUSTOMERS] = "name email phone referred_by segment location country acquired_channel acquired_campaign signed_up cancelled cancel_reason",
	[KIND_ORDERS] = "order time* amount* currency product quantity category channel campaign promotion discount cost location status refund_of promised_by shipped delivered",
	[KIND_INTERACTIONS] = "time* touchpoint* id channel direction case agent team location topic outcome origin promised_by first_response resolved reopened duration_s wait_s",
	[KIND_FEEDBACK] = "time* employee touchpoint case score scale mood text answered",
	[KIND_PAYMENTS] = "payment time* amount* currency order invoice status* refund_of fee",
	[KIND_SPEND] = "date* channel* amount hours sessions currency campaign impressions clicks conversions value",
	[KIND_INVOICES] = "invoice issued* due paid amount* currency status",
	[KIND_SUBSCRIPTIONS] = "subscription start* end plan mrr currency trial_end status cancelled cancel_reason",
};

static void every_kind_has_its_fields_and_requires_only_the_starred(void **state)
{
	(void)state;
	for (int k = 0; k < KIND_COUNT; k++) {
		struct sv rest = sv_of(fields_of[k]), word;
		int required = 0, flagged = 0;
		while (sv_cut(&rest, ' ', &word)) {
			bool star = sv_ends(word, "*");
			word.n -= star;
			int f = field_by_name((enum kind)k, word);
			if (f < 0)
				fail_msg("%s has no %.*s", kind_names[k], (int)word.n, word.p);
			assert_true(sv_is(word, field_name((enum kind)k, (enum field)f)));
			if (star != !!(field_defs[f].required & KIND_BIT(k)))
				fail_msg("%s.%.*s", kind_names[k], (int)word.n, word.p);
			required += star;
		}
		for (int f = 0; f < F_COUNT; f++)
			flagged += !!(field_defs[f].required & KIND_BIT(k));
		assert_int_equal(required, flagged);
	}
}

static void every_field_has_a_name_a_kind_and_a_line_of_help(void **state)
{
	(void)state;
	for (int f = 0; f < F_COUNT; f++) {
		assert_non_null(field_defs[f].name);
		assert_non_null(field_defs[f].help);
		assert_true(field_defs[f].kinds != 0);
		assert_int_equal(field_defs[f].required & ~field_defs[f].kinds, 0);
		for (int g = 0; g < f; g++)
			assert_string_not_equal(field_defs[f].name, field_defs[g].name);
		assert_int_equal(field_by_any_name(sv_of(field_defs[f].name)), f);
	}
}

static void a_name_means_the_field_of_its_kind(void **state)
{
	(void)state;
	assert_int_equal(field_by_name(KIND_INVOICES, SV("issued")), F_TIME);
	assert_int_equal(field_by_name(KIND_INVOICES, SV("invoice")), F_ID);
	assert_int_equal(field_by_name(KIND_PAYMENTS, SV("invoice")), F_INVOICE);
	assert_int_equal(field_by_name(KIND_ORDERS, SV("issued")), -1);
	assert_int_equal(field_by_name(KIND_SPEND, SV("time")), F_TIME);
	assert_int_equal(field_by_any_name(SV("start")), F_TIME);
	assert_int_equal(field_by_any_name(SV("no such field")), -1);
	enum kind k;
	assert_true(kind_by_name(SV("spend"), &k) && k == KIND_SPEND);
	assert_false(kind_by_name(SV("Spend"), &k));
}

static void what_names_a_person_is_marked_personal(void **state)
{
	(void)state;
	static const enum field personal[] = { F_NAME, F_EMAIL, F_PHONE, F_REFERRED_BY, F_EMPLOYEE, F_TEXT };
	for (size_t i = 0; i < sizeof personal / sizeof *personal; i++) {
		assert_true(field_defs[personal[i]].personal);
		assert_int_equal(field_defs[personal[i]].type, FT_TEXT); /* never interned */
	}
	for (int f = 0; f < F_COUNT; f++)
		assert_true(!field_defs[f].item || field_defs[f].kinds == KIND_BIT(KIND_ORDERS));
}

static void a_cleared_record_has_nothing(void **state)
{
	(void)state;
	static struct record r;
	memset(&r, 0xff, sizeof r);
	record_clear(&r);
	for (int f = 0; f < F_COUNT; f++) {
		assert_true(r.v[f] == WEND_NONE);
		assert_null(r.s[f].p);
	}
	assert_null(r.id.p);
	assert_int_equal(r.nkeys, 0);
	assert_int_equal(r.rows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_its_fields_and_requires_only_the_starred),
		cmocka_unit_test(every_field_has_a_name_a_kind_and_a_line_of_help),
		cmocka_unit_test(a_name_means_the_field_of_its_kind),
		cmocka_unit_test(what_names_a_person_is_marked_personal),
		cmocka_unit_test(a_cleared_record_has_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
