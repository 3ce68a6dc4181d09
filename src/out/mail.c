/* A message (RFC 5322) of parts (RFC 2045, 2046):
 *
 *   multipart/alternative
 *     text/plain                 quoted-printable
 *     multipart/related
 *       text/html                quoted-printable
 *       image/png ...            base64, by content id
 *
 * Boundaries come from the content, so the same message is the same bytes. Words of a header
 * beyond ASCII are encoded (RFC 2047) in pieces of whole characters; a line of a header is
 * folded at blanks. What a header line is made of is checked or visible: no text can begin
 * another header.
 */
#include "wend/mail.h"

#include <string.h>
#include "wend/civil.h"
#include "wend/hash.h"

enum { LINE = 76 };

static const char hex[] = "0123456789ABCDEF";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* ---- bodies ---- */

/* Quoted-printable: what is no printable ASCII, =, and blanks at the end of a line. */
static void quoted(struct str *out, struct sv text)
{
	size_t col = 0;
	for (size_t i = 0; i < text.n; i++) {
		const unsigned char c = (unsigned char)text.p[i];
		const bool last = i + 1 == text.n || text.p[i + 1] == '\n';
		if (c == '\n') {
			str_putc(out, '\n');
			col = 0;
			continue;
		}
		/* "From " at a line's start is changed by mail boxes; a lone dot ends some sessions */
		const bool risky = !col && (c == '.' || (c == 'F' && i + 5 <= text.n && !memcmp(text.p + i, "From ", 5)));
		const bool plain = c >= 0x20 && c < 0x7f && c != '=' && !(c == ' ' && last) && !risky;
		const size_t n = plain ? 1 : 3;
		if (col + n > LINE - 1) {
			str_puts(out, "=\n");
			col = 0;
		}
		if (plain)
			str_putc(out, (char)c);
		else
			str_printf(out, "=%c%c", hex[c >> 4], hex[c & 15]);
		col += n;
	}
	if (col)
		str_putc(out, '\n');
}

static void in_base64(struct str *out, struct sv v, size_t line)
{
	size_t col = 0;
	for (size_t i = 0; i < v.n; i += 3) {
		const size_t n = v.n - i < 3 ? v.n - i : 3;
		const unsigned char *p = (const unsigned char *)v.p + i;
		const uint32_t w = (uint32_t)p[0] << 16 | (uint32_t)(n > 1 ? p[1] : 0) << 8 | (uint32_t)(n > 2 ? p[2] : 0);
		for (size_t k = 0; k < 4; k++)
			str_putc(out, k <= n ? base64[w >> (18 - 6 * k) & 63] : '=');
		col += 4;
		if (line && col >= line) {
			str_putc(out, '\n');
			col = 0;
		}
	}
	if (line && col)
		str_putc(out, '\n');
}

/* ---- headers ---- */

static bool ascii(struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < 0x20 || (unsigned char)v.p[i] >= 0x7f)
			return false;
	return true;
}

/* Text after "Name: ", folded; encoded where it must be, in words of at most 39 bytes, which
 * are 52 letters, cut between characters. */
static void header(struct str *out, const char *name, struct sv text)
{
	enum { WORD = 39 };
	struct str shown = STR_INIT;
	size_t col = strlen(name) + 2;
	utf8_visible(&shown, text);
	struct sv rest = str_view(&shown);
	str_printf(out, "%s: ", name);
	if (ascii(rest) && sv_find(rest, SV("=?")) < 0) {
		struct sv word;
		for (bool first = true; sv_cut(&rest, ' ', &word); first = false) {
			if (!first && col + 1 + word.n > LINE) {
				str_puts(out, "\n ");
				col = 1;
			} else if (!first) {
				str_putc(out, ' ');
				col++;
			}
			str_sv(out, word);
			col += word.n;
		}
	} else {
		for (bool first = true; rest.n; first = false) {
			const char *from = rest.p;
			struct sv next = rest;
			while (rest.n && utf8_next(&next) >= 0 && (size_t)(next.p - from) <= WORD)
				rest = next;
			str_puts(out, first ? "=?UTF-8?B?" : "\n =?UTF-8?B?");
			in_base64(out, sv_n(from, (size_t)(rest.p - from)), 0);
			str_puts(out, "?=");
		}
	}
	str_putc(out, '\n');
	str_release(&shown);
}

/* local@domain of RFC 5321 as mail systems take it: no quotes, no comments, no blanks. */
static bool is_address(struct sv v)
{
	const char *at = memchr(v.p, '@', v.n);
	if (!at || at == v.p || v.n > 254 || !ascii(v) || memchr(at + 1, '@', v.n - (size_t)(at + 1 - v.p)))
		return false;
	const struct sv domain = sv_n(at + 1, v.n - (size_t)(at + 1 - v.p));
	if (!domain.n || domain.p[0] == '.' || domain.p[0] == '-' || domain.p[domain.n - 1] == '.' || at[-1] == '.' || v.p[0] == '.' || v.p[0] == '-')
		return false;
	for (size_t i = 0; i < v.n; i++) {
		const char c = v.p[i];
		const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!word && !strchr(v.p + i < at ? "!#$%&'*+-/=?^_`{|}~." : v.p + i == at ? "@" : "-.", c))
			return false;
		if (c == '.' && i + 1 < v.n && v.p[i + 1] == '.')
			return false;
	}
	return true;
}

/* One of "ana@example.com", "Ana Reis <ana@example.com>". */
static enum wend_err address(struct str *out, struct sv v, const char *header_name, struct err *err)
{
	struct sv name = SV_NONE, mail = sv_trim(v);
	const char *open = memchr(mail.p ? mail.p : "", '<', mail.n);
	if (open && mail.p[mail.n - 1] == '>') {
		name = sv_trim(sv_n(mail.p, (size_t)(open - mail.p)));
		mail = sv_trim(sv_n(open + 1, mail.n - (size_t)(open + 1 - mail.p) - 1));
	}
	if (name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		name = sv_n(name.p + 1, name.n - 2);
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < 0x20 || v.p[i] == 0x7f)
			mail = SV_NONE;
	if (!mail.n || !is_address(mail))
		return err_set(err, WEND_E_USAGE, "'%.*s' in '%s' is no mail address; write 'ana@example.com' or 'Ana Reis <ana@example.com>'", (int)v.n, v.p ? v.p : "", header_name);
	if (name.n && ascii(name) && !memchr(name.p, '"', name.n) && !memchr(name.p, '\\', name.n)) {
		str_printf(out, "\"%.*s\" <", (int)name.n, name.p);
	} else if (name.n) {
		struct str shown = STR_INIT, line = STR_INIT;
		utf8_visible(&shown, name);
		header(&line, "", str_view(&shown));
		str_add(out, line.p + 2, line.n - 3); /* without ": " and the line's end */
		str_puts(out, " <");
		str_release(&line);
		str_release(&shown);
	}
	str_sv(out, mail);
	if (name.n)
		str_putc(out, '>');
	return WEND_OK;
}

/* Up to the next comma outside of quotes; *more: one was there. */
static struct sv next_address(struct sv *rest, bool *more)
{
	bool in_quotes = false;
	size_t i = 0;
	for (; i < rest->n && (in_quotes || rest->p[i] != ','); i++)
		in_quotes ^= rest->p[i] == '"';
	const struct sv v = sv_n(rest->p, i);
	*more = i < rest->n;
	*rest = sv_n(rest->p + i + (i < rest->n), rest->n - i - (i < rest->n));
	return v;
}

static enum wend_err addresses(struct str *out, const char *name, const char *list, struct err *err)
{
	struct sv rest = sv_of(list);
	if (!list)
		return WEND_OK;
	str_printf(out, "%s: ", name);
	for (bool first = true, more = true; more; first = false) {
		if (!first)
			str_puts(out, ",\n ");
		if (address(out, next_address(&rest, &more), name, err))
			return err->code;
	}
	str_putc(out, '\n');
	return WEND_OK;
}

/* Mon, 16 Nov 2026 06:00:00 +0100 */
static void date(struct str *out, int64_t at, int offset_s)
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const int64_t local = at + offset_s;
	const int32_t day = floor_day(local);
	const int secs = (int)(local - (int64_t)day * 86400), off = (offset_s < 0 ? -offset_s : offset_s) / 60;
	int y, m, d;
	civil_ymd(day, &y, &m, &d);
	str_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d %c%02d%02d\n", days[(day % 7 + 7) % 7], d, months[m - 1], y,
		   secs / 3600, secs / 60 % 60, secs % 60, offset_s < 0 ? '-' : '+', off / 60, off % 60);
}

/* ---- the message ---- */

/* Letters no quoted-printable or base64 line can hold together with "=_". */
static void boundary(char out[40], const struct mail *m, char part)
{
	struct digester *d = digester_new();
	char name[33];
	digester_add(d, m->text.p, m->text.n);
	digester_add(d, m->html.p ? m->html.p : "", m->html.n);
	digester_add(d, &part, 1);
	const struct digest v = digester_peek(d);
	digester_free(d);
	digest_hex(&v, name);
	snprintf(out, 40, "=_%c%s", part, name);
}

static void part_text(struct str *out, const char *type, struct sv text)
{
	str_printf(out, "Content-Type: %s; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n", type);
	quoted(out, text);
}

static void part_html(struct str *out, const struct mail *m)
{
	char between[40];
	if (!m->npictures) {
		part_text(out, "text/html", m->html);
		return;
	}
	boundary(between, m, 'r');
	str_printf(out, "Content-Type: multipart/related; type=\"text/html\";\n boundary=\"%s\"\n\n--%s\n", between, between);
	part_text(out, "text/html", m->html);
	for (size_t i = 0; i < m->npictures; i++) {
		const struct mail_picture *p = &m->picture[i];
		str_printf(out, "--%s\nContent-Type: %s\nContent-Transfer-Encoding: base64\nContent-ID: <%s>\nContent-Disposition: inline; filename=\"%s\"\n\n", between, p->type, p->cid, p->name);
		in_base64(out, p->bytes, LINE);
	}
	str_printf(out, "--%s--\n", between);
}

enum wend_err mail_write(struct str *out, const struct mail *m, struct err *err)
{
	char between[40];
	if (addresses(out, "From", m->from, err) || addresses(out, "To", m->to, err) || addresses(out, "Reply-To", m->reply_to, err))
		return err->code;
	header(out, "Subject", m->subject);
	date(out, m->date, m->offset_s);
	/* Machines that answer mail leave this one alone (RFC 3834). */
	str_puts(out, "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n");
	if (!m->html.p) {
		part_text(out, "text/plain", m->text);
		return WEND_OK;
	}
	boundary(between, m, 'a');
	str_printf(out, "Content-Type: multipart/alternative;\n boundary=\"%s\"\n\n--%s\n", between, between);
	part_text(out, "text/plain", m->text);
	str_printf(out, "--%s\n", between);
	part_html(out, m);
	str_printf(out, "--%s--\n", between);
	return WEND_OK;
}
