/* Messages: what a mail program is given, byte by byte. An independent reader takes them apart
 * in tests/cli/digest.t. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "wend/mail.h"

static struct mail plain(void)
{
	return (struct mail){ .from = "wend@example.com", .to = "ana@example.com", .subject = SV("Week 46"), .date = 1794805200, .offset_s = 3600, .text = SV("Hello\n") };
}

static void written(struct str *s, const struct mail *m)
{
	struct err err = ERR_INIT;
	if (mail_write(s, m, &err))
		fail_msg("%s", err.msg);
}

static void a_text_alone_is_one_part(void **state)
{
	struct str s = STR_INIT;
	const struct mail m = plain();
	(void)state;
	written(&s, &m);
	assert_string_equal(s.p, "From: wend@example.com\nTo: ana@example.com\nSubject: Week 46\nDate: Mon, 16 Nov 2026 06:00:00 +0100\n"
				 "Auto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
				 "Content-Transfer-Encoding: quoted-printable\n\nHello\n");
	str_release(&s);
}

static void every_line_is_short_and_ascii(void **state)
{
	struct str s = STR_INIT, long_text = STR_INIT;
	unsigned char bytes[1000];
	struct mail m = plain();
	(void)state;
	for (int i = 0; i < 1000; i++) {
		bytes[i] = (unsigned char)(i * 37);
		str_puts(&long_text, "caf\xc3\xa9 = ");
	}
	const struct mail_picture p = { "a@example.com", "a.png", "image/png", sv_n((const char *)bytes, sizeof bytes) };
	m.text = str_view(&long_text);
	m.html = m.text;
	m.subject = SV("Le caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e est cher");
	m.picture = &p;
	m.npictures = 1;
	written(&s, &m);
	size_t col = 0;
	for (size_t i = 0; i < s.n; i++) {
		assert_true(s.p[i] == '\n' || ((unsigned char)s.p[i] >= 0x20 && (unsigned char)s.p[i] < 0x7f));
		col = s.p[i] == '\n' ? 0 : col + 1;
		assert_true(col <= 78);
	}
	struct str again = STR_INIT;
	written(&again, &m);
	assert_true(sv_eq(str_view(&s), str_view(&again)));
	str_release(&again);
	str_release(&s);
	str_release(&long_text);
}

static void what_readers_would_change_is_quoted(void **state)
{
	struct str s = STR_INIT;
	struct mail m = plain();
	(void)state;
	m.text = SV("From here\n.\nblank \na=b");
	written(&s, &m);
	assert_non_null(strstr(s.p, "\n\n=46rom here\n=2E\nblank=20\na=3Db\n"));
	str_release(&s);
}

static void no_text_begins_a_header(void **state)
{
	struct str s = STR_INIT;
	struct mail m = plain();
	(void)state;
	m.subject = SV("Week\nBcc: eve@example.com");
	written(&s, &m);
	assert_null(strstr(s.p, "\nBcc"));
	str_release(&s);
}

static void addresses_are_checked(void **state)
{
	static const char *const good[] = { "ana@example.com", "a.b+c@mail.example.com", "Ana Reis <ana@example.com>", "\"Reis, Ana\" <ana@example.com>, bob@example.com", "Jos\xc3\xa9 <jose@example.com>" };
	static const char *const bad[] = { "", "ana", "ana@", "@example.com", "ana@@example.com", "ana@exa mple.com", "ana@example.com\nBcc: eve@example.com", "a..b@example.com", "ana@example.com,", "-f@example.com", "ana@example.com>" };
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct str s = STR_INIT;
		struct mail m = plain();
		m.to = good[i];
		written(&s, &m);
		str_release(&s);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct str s = STR_INIT;
		struct err err = ERR_INIT;
		struct mail m = plain();
		m.to = bad[i];
		if (mail_write(&s, &m, &err) != WEND_E_USAGE)
			fail_msg("'%s' passed", bad[i]);
		str_release(&s);
	}
}

static void names_beyond_ascii_are_encoded(void **state)
{
	struct str s = STR_INIT;
	struct mail m = plain();
	(void)state;
	m.to = "Jos\xc3\xa9 <jose@example.com>, \"Reis, Ana\" <ana@example.com>";
	written(&s, &m);
	assert_non_null(strstr(s.p, "To: =?UTF-8?B?Sm9zw6k=?= <jose@example.com>,\n \"Reis, Ana\" <ana@example.com>\n"));
	str_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_alone_is_one_part),
		cmocka_unit_test(every_line_is_short_and_ascii),
		cmocka_unit_test(what_readers_would_change_is_quoted),
		cmocka_unit_test(no_text_begins_a_header),
		cmocka_unit_test(addresses_are_checked),
		cmocka_unit_test(names_beyond_ascii_are_encoded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
