#include "preset.h"

#include <ini.h>

#include "wend/hash.h"
#include "wend/par.h"

#define LINE_MAX_BYTES 198 /* what inih reads as one line */

struct preset *preset_new(const char *name)
{
	struct preset *p = xcalloc(1, sizeof *p);
	p->name = arena_strdup(&p->arena, name);
	const char *dash = strchr(name, '-');
	p->source = arena_strndup(&p->arena, name, dash ? (size_t)(dash - name) : strlen(name));
	return p;
}

void preset_free(struct preset *p)
{
	if (!p)
		return;
	arena_release(&p->arena);
	free(p);
}

struct section *preset_section(struct preset *p, enum kind k)
{
	for (size_t i = 0; i < p->nsection; i++)
		if (p->section[i].kind == k)
			return &p->section[i];
	struct section *s = arena_zalloc(&p->arena, (p->nsection + 1) * sizeof *s);
	if (p->nsection)
		memcpy(s, p->section, p->nsection * sizeof *s);
	p->section = s;
	s[p->nsection].kind = k;
	return &s[p->nsection++];
}

/* ---- mappings ---- */

static struct mapping *mapping_add(struct preset *p, struct section *s)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		struct mapping *m = arena_zalloc(&p->arena, cap * sizeof *m);
		if (s->n)
			memcpy(m, s->map, s->n * sizeof *m);
		s->map = m;
		s->cap = cap;
	}
	struct mapping *m = &s->map[s->n++];
	*m = (struct mapping){ 0 };
	return m;
}

static struct mapping *mapping_of(struct section *s, enum target to, enum field f, struct sv name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->map[i].to == to && (to != TO_FIELD || s->map[i].field == f) && (to != TO_KEEP || sv_eq(s->map[i].name, name)))
			return &s->map[i];
	return NULL;
}

/* One identity key, "mail:Email": what it is before the colon, where it stands after. */
static enum wend_err identity_one(struct preset *p, struct section *s, struct sv text, struct err *err)
{
	static const struct { const char *word; enum key_space space; } spaces[] = {
		{ "hand", SPACE_HAND }, { "mail", SPACE_MAIL }, { "tel", SPACE_TEL }, { "tel+", SPACE_TEL },
		{ "id", SPACE_PRODUCT }, { "visitor", SPACE_VISITOR },
	};
	struct sv rest = text, word;
	if (!sv_cut(&rest, ':', &word) || rest.p == text.p || !rest.n)
		return err_set(err, WEND_E_INPUT, "identity '%.*s' lacks its space; write 'mail:COLUMN', 'id:COLUMN', 'tel:COLUMN', 'hand:COLUMN' or 'visitor:COLUMN'", (int)text.n, text.p);
	word = sv_trim(word);
	struct sv suffix = SV_NONE;
	ptrdiff_t dot = sv_find(word, SV("."));
	if (dot > 0) {
		suffix = sv_n(word.p + dot + 1, word.n - (size_t)dot - 1);
		word = sv_n(word.p, (size_t)dot);
	}
	for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
		if (!sv_is(word, spaces[i].word))
			continue;
		struct mapping *m = mapping_add(p, s);
		m->to = TO_IDENTITY;
		m->space = spaces[i].space;
		m->international = sv_is(word, "tel+");
		m->suffix = sv_n(arena_strndup(&p->arena, suffix.p ? suffix.p : "", suffix.n), suffix.n);
		return expr_parse(&m->from, &p->arena, rest, err);
	}
	return err_set(err, WEND_E_INPUT, "unknown identity space '%.*s'; use mail, tel, tel+, id, visitor or hand", (int)word.n, word.p);
}

enum wend_err preset_add_key(struct preset *p, struct section *s, const char *space, const char *text, struct err *err)
{
	struct str one = STR_INIT;
	str_printf(&one, "%s:%s", space, text);
	enum wend_err e = identity_one(p, s, str_view(&one), err);
	str_release(&one);
	return e;
}

static bool begins_space(struct sv v)
{
	static const char *const words[] = { "mail:", "tel:", "tel+:", "id:", "id.", "visitor:", "visitor.", "hand:" };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (sv_starts(v, words[i]))
			return true;
	return false;
}

static enum wend_err identity_map(struct preset *p, struct section *s, struct sv text, struct err *err)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->map[i].to != TO_IDENTITY)
			s->map[kept++] = s->map[i];
	s->n = kept;
	struct names parts = { 0 };
	names_split(&parts, &p->arena, text, ',');
	for (size_t i = 0; i < parts.n; i++) {
		/* A piece without a space of its own goes on with the values of a condition. */
		const char *whole = parts.v[i].p;
		while (i + 1 < parts.n && !begins_space(parts.v[i + 1]))
			whole = arena_printf(&p->arena, "%s, %s", whole, parts.v[++i].p);
		enum wend_err e = identity_one(p, s, sv_of(whole), err);
		if (e)
			return e;
	}
	return WEND_OK;
}

static enum wend_err keep_map(struct preset *p, struct section *s, struct sv text, struct err *err)
{
	struct names parts = { 0 };
	names_split(&parts, &p->arena, text, ',');
	for (size_t i = 0; i < parts.n; i++) {
		struct mapping *m = mapping_add(p, s);
		m->to = TO_KEEP;
		m->name = SV("");
		struct str quoted = STR_INIT; /* a kept column is a name, whatever signs it holds */
		str_printf(&quoted, "'%.*s'", (int)parts.v[i].n, parts.v[i].p);
		enum wend_err e = expr_parse(&m->from, &p->arena, sv_find(parts.v[i], SV("|")) >= 0 ? parts.v[i] : str_view(&quoted), err);
		str_release(&quoted);
		if (e)
			return e;
	}
	return WEND_OK;
}

static enum wend_err modify(struct preset *p, struct mapping *m, struct sv what, struct sv text, struct err *err)
{
	static const char *const units[] = { "plain", "minor", "minutes", "hours" };
	static const char *const signs[] = { "as-is", "negate", "positive", "negative" };
	if (sv_is(what, "format")) {
		m->formats = (struct names){ 0 };
		names_split(&m->formats, &p->arena, text, '|');
		return WEND_OK;
	}
	if (sv_is(what, "zone")) {
		m->zone = sv_n(arena_strndup(&p->arena, text.p, text.n), text.n);
		return WEND_OK;
	}
	if (sv_is(what, "decimal") && (sv_is(text, "comma") || sv_is(text, "point"))) {
		m->decimal = text.p[0] == 'c' ? ',' : '.';
		return WEND_OK;
	}
	for (int i = 0; i < 4; i++) {
		if (sv_is(what, "unit") && sv_is(text, units[i])) {
			m->unit = (enum unit)i;
			return WEND_OK;
		}
		if (sv_is(what, "sign") && sv_is(text, signs[i])) {
			m->sign = (enum sign)i;
			return WEND_OK;
		}
	}
	return err_set(err, WEND_E_INPUT, "unknown modifier '%.*s = %.*s'; there are format, zone, unit (minor, minutes, hours), sign (negate, positive, negative) and decimal (point, comma)", (int)what.n, what.p, (int)text.n, text.p);
}

/* The mapping a key such as "amount" or "keep.plan" stands for; made when `make`. */
static struct mapping *target_of(struct preset *p, struct section *s, struct sv key, bool make)
{
	enum target to = TO_FIELD;
	int f = -1;
	struct sv name = SV_NONE;
	if (sv_starts(key, "keep.")) {
		to = TO_KEEP;
		name = sv_n(arena_strndup(&p->arena, key.p + 5, key.n - 5), key.n - 5);
	} else if (s->kind == KIND_ORDERS && sv_is(key, "price")) {
		to = TO_PRICE;
	} else if (s->kind == KIND_ORDERS && sv_is(key, "list")) {
		to = TO_LIST;
	} else if ((f = field_by_name(s->kind, key)) < 0) {
		return NULL;
	}
	struct mapping *m = mapping_of(s, to, (enum field)(f < 0 ? 0 : f), name);
	if (!m && make) {
		m = mapping_add(p, s);
		m->to = to;
		m->field = (enum field)(f < 0 ? 0 : f);
		m->name = name;
	}
	return m;
}

enum wend_err preset_map(struct preset *p, struct section *s, const char *key, const char *text, struct err *err)
{
	struct sv k = sv_of(key), v = sv_trim(sv_of(text));
	if (sv_is(k, "identity") || sv_is(k, "customer") || sv_is(k, "visitor")) {
		/* "customer = COLUMN" is our own number, as --map means it. */
		if (!sv_is(k, "identity"))
			return preset_add_key(p, s, sv_is(k, "visitor") ? "visitor" : "hand", text, err);
		return identity_map(p, s, v, err);
	}
	if (sv_is(k, "keep"))
		return keep_map(p, s, v, err);
	if (sv_is(k, "when"))
		return cond_parse(&s->when, &p->arena, v, err);
	if (sv_is(k, "item"))
		return cond_parse(&s->item_when, &p->arena, v, err);
	if (sv_is(k, "counted")) {
		s->has_counted = true;
		return cond_parse(&s->counted, &p->arena, v, err);
	}
	struct mapping *m = target_of(p, s, k, false);
	if (!m) {
		const char *dot = strrchr(key, '.');
		struct sv base = dot ? sv_n(key, (size_t)(dot - key)) : SV_NONE;
		if (dot && !sv_is(base, "keep") && (m = target_of(p, s, base, true)))
			return modify(p, m, sv_of(dot + 1), v, err);
		m = target_of(p, s, k, true);
	}
	if (!m)
		return err_set(err, WEND_E_INPUT, "'%s' is no field of %s; 'man wend-ingest' lists the fields", key, kind_names[s->kind]);
	return expr_parse(&m->from, &p->arena, v, err);
}

/* ---- the file ---- */

static bool yes(struct sv v)
{
	return sv_is(v, "yes") || sv_is(v, "continues");
}

static enum wend_err ignore_rule(struct preset *p, struct sv reason, struct sv text, struct err *err)
{
	struct ignore_rule *r = arena_zalloc(&p->arena, (p->nignore + 1) * sizeof *r);
	if (p->nignore)
		memcpy(r, p->ignore, p->nignore * sizeof *r);
	p->ignore = r;
	r[p->nignore].reason = reason;
	return cond_parse(&r[p->nignore++].when, &p->arena, text, err);
}

static enum wend_err separator(struct preset *p, struct sv v, struct err *err)
{
	static const struct { const char *word; char c; } seps[] = {
		{ "comma", ',' }, { "semicolon", ';' }, { "tab", '\t' }, { "pipe", '|' },
	};
	for (size_t i = 0; i < sizeof seps / sizeof seps[0]; i++)
		if (sv_is(v, seps[i].word)) {
			p->separator = seps[i].c;
			return WEND_OK;
		}
	return err_set(err, WEND_E_INPUT, "unknown separator '%.*s'; use comma, semicolon, tab or pipe", (int)v.n, v.p);
}

static enum wend_err export_key(struct preset *p, struct sv k, struct sv v, struct err *err)
{
	struct arena *a = &p->arena;
	const struct { const char *key; struct names *to; char sep; } lists[] = {
		{ "require", &p->require, ',' }, { "known", &p->known, ',' }, { "total", &p->total, '|' },
		{ "footer", &p->footer, '|' }, { "preamble", &p->preamble, '|' }, { "null", &p->null_words, ',' },
		{ "strip_apostrophe", &p->strip_apostrophe, ',' }, { "fixed", &p->fixed, ',' },
	};
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if (sv_is(k, lists[i].key)) {
			names_split(lists[i].to, a, v, lists[i].sep);
			return WEND_OK;
		}
	char *text = arena_strndup(a, v.p, v.n);
	if (sv_is(k, "title"))
		p->title = text;
	else if (sv_is(k, "source"))
		p->source = text;
	else if (sv_is(k, "group")) {
		p->grouping = GROUP_KEY;
		return expr_parse(&p->group, a, v, err);
	} else if (sv_is(k, "group_blank") && yes(v))
		p->group_blank = true;
	else if (sv_is(k, "otherwise"))
		p->otherwise = sv_of(text);
	else if (sv_starts(k, "ignore."))
		return ignore_rule(p, sv_of(arena_strndup(a, k.p + 7, k.n - 7)), v, err);
	else if (sv_starts(k, "bind."))
		names_add(&p->bind, a, sv_of(arena_printf(a, "%.*s=%s", (int)(k.n - 5), k.p + 5, text)));
	else if (sv_is(k, "header_rows") && v.n == 1 && v.p[0] >= '1' && v.p[0] <= '3')
		p->header_rows = v.p[0] - '0';
	else if (sv_is(k, "header_join") && yes(v))
		p->header_join = true;
	else if (sv_is(k, "separator"))
		return separator(p, v, err);
	else if (sv_is(k, "quotes") && sv_is(v, "no"))
		p->no_quotes = true;
	else if (sv_is(k, "encoding"))
		p->encoding = text;
	else if (sv_is(k, "zone"))
		p->zone = sv_of(text);
	else if (sv_is(k, "export_date"))
		p->export_date = sv_of(text);
	else if (sv_is(k, "snapshot") && yes(v))
		p->snapshot = true;
	else if (sv_is(k, "ids") && sv_is(v, "ours"))
		p->our_ids = true;
	else
		return err_set(err, WEND_E_INPUT, "'%.*s = %s' is not understood; see wend-formats(5)", (int)k.n, k.p, text);
	return WEND_OK;
}

static enum wend_err option_key(struct preset *p, struct sv k, struct sv v, struct err *err)
{
	const struct { const char *key; struct sv *to; } opts[] = {
		{ "tz", &p->opt_tz }, { "currency", &p->opt_currency }, { "country", &p->opt_country },
		{ "date_order", &p->opt_date_order }, { "id_space", &p->opt_id_space },
	};
	for (size_t i = 0; i < sizeof opts / sizeof opts[0]; i++)
		if (sv_is(k, opts[i].key)) {
			*opts[i].to = sv_n(arena_strndup(&p->arena, v.p, v.n), v.n);
			return WEND_OK;
		}
	return err_set(err, WEND_E_INPUT, "unknown option '%.*s'; there are tz, currency, country, date_order, id_space", (int)k.n, k.p);
}

static void value_key(struct preset *p, struct sv field, struct sv from, struct sv to)
{
	struct arena *a = &p->arena;
	struct value_map *m = NULL;
	for (size_t i = 0; i < p->nvalues; i++)
		if (sv_eq(p->values[i].field, field))
			m = &p->values[i];
	if (!m) {
		struct value_map *all = arena_zalloc(a, (p->nvalues + 1) * sizeof *all);
		if (p->nvalues)
			memcpy(all, p->values, p->nvalues * sizeof *all);
		p->values = all;
		m = &all[p->nvalues++];
		m->field = sv_of(arena_strndup(a, field.p, field.n));
	}
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 16;
		struct sv *f = arena_alloc(a, cap * sizeof *f), *t = arena_alloc(a, cap * sizeof *t);
		if (m->n) {
			memcpy(f, m->from, m->n * sizeof *f);
			memcpy(t, m->to, m->n * sizeof *t);
		}
		m->from = f;
		m->to = t;
		m->cap = cap;
	}
	m->from[m->n] = sv_of(arena_strndup(a, from.p, from.n));
	m->to[m->n++] = sv_of(arena_strndup(a, to.p, to.n));
}

/* inih hands over one line at a time; a value goes on over several lines, so lines are
 * gathered until another key comes. */
struct reading {
	struct preset *p;
	struct str section, key, value;
	bool open;
	struct err *err;
	enum wend_err e;
};

static enum wend_err reading_take(struct reading *r)
{
	if (!r->open)
		return WEND_OK;
	r->open = false;
	struct sv sec = str_view(&r->section), k = str_view(&r->key), v = sv_trim(str_view(&r->value));
	enum kind kind;
	enum wend_err e;
	if (sv_is(sec, "export"))
		e = export_key(r->p, k, v, r->err);
	else if (sv_is(sec, "options"))
		e = option_key(r->p, k, v, r->err);
	else if (sv_starts(sec, "values ")) {
		value_key(r->p, sv_trim(sv_n(sec.p + 7, sec.n - 7)), k, v);
		e = WEND_OK;
	} else if (kind_by_name(sec, &kind))
		e = preset_map(r->p, preset_section(r->p, kind), r->key.p, r->value.p ? r->value.p : "", r->err);
	else
		return err_set(r->err, WEND_E_INPUT, "unknown section [%s]; there are [export], [options], [values FIELD] and one a kind of record", r->section.p ? r->section.p : "");
	if (e)
		err_prefix(r->err, "[%s] %s", r->section.p, r->key.p);
	return e;
}

static int on_line(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	if (r->e)
		return 1;
	if (r->open && sv_is(str_view(&r->section), section) && sv_is(str_view(&r->key), name)) {
		str_putc(&r->value, ' ');
		str_puts(&r->value, value);
		return 1;
	}
	r->e = reading_take(r);
	str_reset(&r->section);
	str_reset(&r->key);
	str_reset(&r->value);
	str_puts(&r->section, section);
	str_puts(&r->key, name);
	str_puts(&r->value, value);
	r->open = true;
	return 1;
}

static enum wend_err lines_fit(const char *text, struct err *err)
{
	size_t line = 1;
	for (const char *p = text; *p; line++) {
		size_t n = strcspn(p, "\n");
		if (n > LINE_MAX_BYTES)
			return err_set(err, WEND_E_INPUT, "line %zu has %zu bytes, at most %d fit; go on in a new line that begins with a blank", line, n, LINE_MAX_BYTES);
		p += n + (p[n] == '\n');
	}
	return WEND_OK;
}

enum wend_err preset_parse(struct preset **out, const char *name, const char *text, struct err *err)
{
	struct reading r = { .p = preset_new(name), .err = err };
	enum wend_err e = lines_fit(text, err);
	if (!e) {
		int line = ini_parse_string(text, on_line, &r);
		e = r.e ? r.e : reading_take(&r);
		if (!e && line)
			e = err_set(err, WEND_E_INPUT, "line %d is neither '[section]' nor 'key = value'", line);
	}
	if (!e)
		e = preset_finish(r.p, err);
	if (e) {
		err_prefix(err, "preset '%s'", name);
		preset_free(r.p);
		r.p = NULL;
	}
	*out = r.p;
	str_release(&r.section);
	str_release(&r.key);
	str_release(&r.value);
	return e;
}

enum wend_err preset_load(struct preset **out, const char *path, struct err *err)
{
	struct str text = STR_INIT;
	*out = NULL;
	enum wend_err e = file_slurp(&text, path, 1 << 20, err);
	if (!e) {
		struct str name = STR_INIT;
		str_puts(&name, path_name(path));
		if (sv_ends(str_view(&name), ".ini"))
			name.p[name.n - 4] = 0;
		e = preset_parse(out, name.p, text.p ? text.p : "", err);
		if (!e)
			(*out)->path = arena_strdup(&(*out)->arena, path);
		str_release(&name);
	}
	str_release(&text);
	return e;
}
