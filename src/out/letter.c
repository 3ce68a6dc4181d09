/* A letter as text of 72 columns (figures 78), and as HTML for a phone or a desk, in a light or dark room.
 *
 * HTML: one column of at most 640 pixels, no table wider than two columns, the first six
 * figures as tiles before anything has to be scrolled; colours follow the reader's choice;
 * nothing is fetched.
 */
#include "out/writers.h"
#include "wend/mail.h"

enum { TEXT_WIDTH = 72, FIGURE_WIDTH = 78, TILES = 6, LABEL = 26, VALUE = 26 };

/* ---- text ---- */

static void pad(struct str *out, int n)
{
	for (; n > 0; n--)
		str_putc(out, ' ');
}

static void figure_line(struct str *out, const struct letter_line *v)
{
	struct str line = STR_INIT;
	const int label = utf8_width(sv_of(v->label));
	str_puts(&line, "  ");
	str_puts(&line, v->label);
	if (label > LABEL || (v->note && (utf8_width(sv_of(v->value)) > VALUE || LABEL + VALUE + 6 + utf8_width(sv_of(v->note)) > FIGURE_WIDTH))) { /* two lines rather than a crooked column */
		wrap_text(out, "  ", sv_of(v->label), TEXT_WIDTH, 4);
		str_reset(&line);
		str_puts(&line, "    ");
		str_puts(&line, v->value);
		if (v->note)
			str_printf(&line, "; %s", v->note);
		wrap_text(out, "    ", sv_trim(str_view(&line)), TEXT_WIDTH, 6);
		str_release(&line);
		return;
	}
	pad(&line, LABEL - label + 2);
	str_puts(&line, v->value);
	if (v->note) {
		pad(&line, VALUE - utf8_width(sv_of(v->value)) + 2);
		str_puts(&line, v->note);
	}
	str_sv(out, str_view(&line));
	str_putc(out, '\n');
	str_release(&line);
}

void letter_text(struct str *out, const struct letter *l)
{
	wrap_text(out, "", sv_of(l->lead), TEXT_WIDTH, 0);
	for (size_t i = 0; i < l->n; i++) {
		const struct letter_section *s = &l->section[i];
		str_printf(out, "\n%s\n", s->heading);
		for (size_t k = 0; k < s->n; k++) {
			if (!s->list) {
				figure_line(out, &s->v[k]);
				continue;
			}
			wrap_text(out, "* ", sv_of(s->v[k].label), TEXT_WIDTH, 2);
			if (s->v[k].note)
				str_printf(out, "  %s\n", s->v[k].note);
		}
	}
	if (l->foot) {
		str_puts(out, "\n-- \n");
		wrap_text(out, "", sv_of(l->foot), TEXT_WIDTH, 0);
	}
}

/* ---- HTML ---- */

static const char style[] =
	":root{color-scheme:light dark;supported-color-schemes:light dark}"
	"body{margin:0;padding:16px;font:16px/1.45 system-ui,-apple-system,\"Segoe UI\",Roboto,Helvetica,Arial,sans-serif;background:#fff;color:#1d1d1f}"
	".page{max-width:640px;margin:0 auto}"
	"h1{font-size:20px;line-height:1.3;margin:0 0 8px}"
	"h2{font-size:13px;letter-spacing:.06em;text-transform:uppercase;margin:24px 0 6px;color:#5b5b60}"
	"p{margin:0 0 12px}ul{margin:0;padding-left:18px}li{margin:0 0 8px}"
	"code{font:13px/1.4 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}"
	"table{border-collapse:collapse;width:100%}"
	"td{padding:5px 8px 5px 0;border-top:1px solid #e3e3e6;vertical-align:top}"
	"td.n{text-align:right;font-variant-numeric:tabular-nums;padding-right:0}td.n b{font-weight:600}"
	"td.n span{display:block;font-size:12px;line-height:1.3;color:#5b5b60;white-space:nowrap}"
	".quiet{color:#5b5b60;font-size:13px}"
	".tiles{margin:0 0 12px}.tile{display:inline-block;box-sizing:border-box;width:33.33%;padding:6px 8px 6px 0;vertical-align:top}"
	".tile b{display:block;font-size:18px;line-height:1.25;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}"
	".tile span{display:block;font-size:12px;line-height:1.3;color:#5b5b60}"
	"img{max-width:100%;height:auto;background:#fff;border-radius:4px}"
	"@media(max-width:420px){.tile{width:50%}}"
	"@media(prefers-color-scheme:dark){body{background:#16161a;color:#ececf0}h2,.quiet,.tile span,td.n span{color:#a5a5ad}td{border-color:#34343a}}";

static void tag(struct str *out, const char *open, const char *text, const char *close)
{
	str_puts(out, open);
	html_escape(out, sv_of(text));
	str_puts(out, close);
}

/* The figure without its limits stands large; the limits and the time before small. */
static void value_cell(struct str *out, const struct letter_line *v)
{
	const struct sv value = sv_of(v->value);
	const ptrdiff_t cut = sv_find(value, SV(" ("));
	str_puts(out, "<b>");
	html_escape(out, cut < 0 ? value : sv_n(value.p, (size_t)cut));
	str_puts(out, "</b><span>");
	if (cut >= 0)
		html_escape(out, sv_n(value.p + cut + 1, value.n - (size_t)cut - 1));
	if (v->note)
		tag(out, cut >= 0 ? "<br>" : "", v->note, "");
	str_puts(out, "</span>");
}

static void tiles(struct str *out, const struct letter_section *s)
{
	str_puts(out, "<div class=\"tiles\">");
	for (size_t i = 0; i < s->n && i < TILES; i++) {
		tag(out, "<div class=\"tile\"><span>", s->v[i].label, "</span>");
		value_cell(out, &s->v[i]);
		str_puts(out, "</div>"); /* a blank between would take the second column's place */
	}
	str_puts(out, "</div>\n");
}

static void figures(struct str *out, const struct letter_section *s, size_t from)
{
	if (from >= s->n)
		return;
	str_puts(out, "<table>\n");
	for (size_t i = from; i < s->n; i++) {
		tag(out, "<tr><td>", s->v[i].label, "</td>");
		str_puts(out, "<td class=\"n\">");
		value_cell(out, &s->v[i]);
		str_puts(out, "</td></tr>\n");
	}
	str_puts(out, "</table>\n");
}

static void list(struct str *out, const struct letter_section *s)
{
	str_puts(out, "<ul>\n");
	for (size_t i = 0; i < s->n; i++) {
		tag(out, "<li>", s->v[i].label, "");
		if (s->v[i].note)
			tag(out, "<br><code>", s->v[i].note, "</code>");
		str_puts(out, "</li>\n");
	}
	str_puts(out, "</ul>\n");
}

void letter_html(struct str *out, const struct letter *l, const char *const *cid, const char *const *alt, size_t pictures)
{
	bool tiled = false;
	str_puts(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
		      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	html_escape(out, sv_of(l->subject));
	str_printf(out, "</title>\n<style>%s</style></head>\n<body><div class=\"page\">\n", style);
	tag(out, "<h1>", l->subject, "</h1>\n");
	for (size_t i = 0; i < l->n && !tiled; i++)
		if (!l->section[i].list) {
			tiles(out, &l->section[i]);
			tiled = true;
		}
	tag(out, "<p>", l->lead, "</p>\n");
	tiled = false;
	for (size_t i = 0; i < l->n; i++) {
		const struct letter_section *s = &l->section[i];
		const size_t from = s->list || tiled ? 0 : TILES;
		tiled = tiled || !s->list;
		if (!s->list && from >= s->n)
			continue;
		tag(out, "<h2>", s->heading, "</h2>\n");
		if (s->list)
			list(out, s);
		else
			figures(out, s, from);
	}
	for (size_t i = 0; i < pictures; i++) {
		tag(out, "<p><img src=\"cid:", cid[i], "\"");
		tag(out, " alt=\"", alt[i], "\"></p>\n");
	}
	if (l->foot)
		tag(out, "<p class=\"quiet\">", l->foot, "</p>\n");
	str_puts(out, "</div></body></html>\n");
}
