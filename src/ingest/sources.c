/* What the settings say of files by name, and keeping the answers of one file for the
 * next of its kind. */
#include "opening.h"

#include <sys/stat.h>

/* ---- [sources "bank"] ---- */

struct source {
	struct sv section;
	struct sv match, preset, options;
};
struct looking {
	const char *file;
	struct arena *a;
	struct source cur, hit;
	bool found;
};

static void source_close(struct looking *l)
{
	struct sv rest = l->cur.match, one;
	while (!l->found && rest.p && sv_cut(&rest, '|', &one))
		if (glob_fold(sv_trim(one), sv_of(l->file))) {
			l->found = true;
			l->hit = l->cur;
		}
}

static struct sv keep(struct arena *a, const char *z)
{
	return sv_of(arena_strdup(a, z));
}

static bool on_setting(void *ctx, const char *section, const char *name, const char *value, int64_t when, const char *whence)
{
	struct looking *l = ctx;
	(void)when;
	(void)whence;
	if (!sv_starts(sv_of(section), "sources"))
		return true;
	if (!sv_is(l->cur.section, section)) {
		source_close(l);
		l->cur = (struct source){ .section = keep(l->a, section) };
	}
	if (!strcmp(name, "match"))
		l->cur.match = keep(l->a, value);
	else if (!strcmp(name, "preset"))
		l->cur.preset = keep(l->a, value);
	else if (!strcmp(name, "options"))
		l->cur.options = keep(l->a, value);
	return true;
}

/* Words of an option line, quotes as in a shell, no expansion. */
static size_t split_words(struct arena *a, struct sv text, char **out, size_t cap)
{
	size_t n = 0;
	char *buf = arena_alloc(a, text.n + 1);
	for (size_t i = 0; i < text.n && n < cap;) {
		while (i < text.n && text.p[i] == ' ')
			i++;
		if (i == text.n)
			break;
		char quote = 0, *to = buf;
		out[n++] = buf;
		for (; i < text.n && (quote || text.p[i] != ' '); i++) {
			if (quote ? text.p[i] == quote : text.p[i] == '"' || text.p[i] == '\'')
				quote = quote ? 0 : text.p[i];
			else
				*to++ = text.p[i];
		}
		*to = 0;
		buf = to + 1;
		if (i < text.n)
			i++;
	}
	return n;
}

static void overrule(const char **to, const char *given)
{
	if (given)
		*to = given;
}

static void join_lists(struct opt_list *to, const struct opt_list *more, struct arena *a)
{
	const char **v = arena_alloc(a, (to->n + more->n + 1) * sizeof *v);
	for (size_t i = 0; i < to->n; i++)
		v[i] = to->v[i];
	for (size_t i = 0; i < more->n; i++)
		v[to->n + i] = more->v[i];
	size_t n = to->n + more->n;
	opt_list_release(to);
	*to = (struct opt_list){ .v = v, .n = n };
}

enum wend_err ingest_sources(struct ingest_options *out, struct store *s, const char *path, const struct ingest_options *given, struct arena *a, struct err *err)
{
	struct looking l = { .file = given->name ? given->name : path_name(path), .a = a };
	*out = *given;
	store_each_setting(s, on_setting, &l);
	source_close(&l);
	if (!l.found)
		return WEND_OK;
	struct ingest_options set = { 0 };
	char *word[64];
	size_t n = split_words(a, l.hit.options, word, 64);
	struct operands none = { 0 };
	const struct opt *const tables[] = { ingest_opts(&set), NULL };
	enum wend_err e = opt_parse(tables, (int)n, word, &none, err);
	if (!e && none.n)
		e = err_set(err, WEND_E_USAGE, "'%s' is no option", none.v[0]);
	free(none.v);
	if (e)
		return err_prefix(err, "settings [%.*s] options", (int)l.hit.section.n, l.hit.section.p);
	if (l.hit.preset.n)
		set.preset = l.hit.preset.p;
	overrule(&set.as, given->as);
	overrule(&set.preset, given->preset);
	overrule(&set.rejects, given->rejects);
	overrule(&set.max_rejects, given->max_rejects);
	overrule(&set.tz, given->tz);
	overrule(&set.country, given->country);
	overrule(&set.currency_code, given->currency_code);
	overrule(&set.date_order, given->date_order);
	overrule(&set.decimal, given->decimal);
	overrule(&set.grain, given->grain);
	overrule(&set.encoding, given->encoding);
	overrule(&set.separator, given->separator);
	overrule(&set.id_space, given->id_space);
	overrule(&set.export_date, given->export_date);
	overrule(&set.name, given->name);
	overrule(&set.revenue, given->revenue);
	join_lists(&set.map, &given->map, a);
	join_lists(&set.konst, &given->konst, a);
	join_lists(&set.keep, &given->keep, a);
	set.strict |= given->strict;
	set.dry_run = given->dry_run;
	set.quiet = given->quiet;
	set.verbose = given->verbose;
	set.explain = given->explain;
	set.tick = given->tick;
	set.tick_ctx = given->tick_ctx;
	*out = set;
	return WEND_OK;
}

/* ---- --save-profile ---- */

static void put_name(struct str *s, struct sv v)
{
	bool quote = memchr(v.p, ',', v.n) || memchr(v.p, '|', v.n) || memchr(v.p, '=', v.n) || sv_find(v, SV(" + ")) >= 0 || sv_find(v, SV(" - ")) >= 0 || sv_find(v, SV(" when ")) >= 0 || (v.n && v.p[0] == '"');
	str_printf(s, "%s%.*s%s", quote ? "'" : "", (int)v.n, v.p, quote ? "'" : "");
}

static void put_options(struct str *s, const struct ingest_options *o)
{
	const struct { const char *key, *value; } rows[] = {
		{ "tz", o->tz }, { "currency", o->currency_code }, { "country", o->country }, { "date_order", o->date_order }, { "id_space", o->id_space },
	};
	str_puts(s, "\n[options]\n");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].value)
			str_printf(s, "%s = %s\n", rows[i].key, rows[i].value);
}

static enum wend_err by_hand_text(struct str *out, const char *name, const char *path, const struct ingest_options *o, struct err *err)
{
	struct csv *c = NULL;
	struct sheet *s = NULL;
	struct preset *p = NULL;
	const struct csv_options none = { 0 };
	enum wend_err e = csv_open(&c, path, &none, err);
	if (!e)
		e = sheet_open(&s, c, NULL, err);
	if (e)
		goto done;
	size_t n = sheet_columns(s);
	struct sv *col = xcalloc(n + 1, sizeof *col);
	for (size_t i = 0; i < n; i++)
		col[i] = sheet_column(s, i);
	e = hand_preset(&p, o, col, n, err);
	if (!e) {
		str_printf(out, "# written by wend ingest --save-profile %s\n[export]\ntitle = %s\nsource = %s\nids = ours\nrequire =", name, name, name);
		for (size_t i = 0, k = 0; i < n; i++) {
			if (!col[i].n)
				continue;
			str_puts(out, k++ ? ",\n " : " ");
			put_name(out, col[i]);
		}
		if (p->grouping == GROUP_KEY)
			str_printf(out, "\ngroup = %.*s", (int)p->group.text.n, p->group.text.p);
		str_printf(out, "\n\n[%s]\n", kind_names[p->section[0].kind]);
		section_text(out, p, &p->section[0]);
		put_options(out, o);
	}
	free(col);
done:
	preset_free(p);
	sheet_close(s);
	csv_close(c);
	return e;
}

enum wend_err ingest_save_profile(const char *name, const char *path, const struct ingest_options *o, const struct ingest_result *res, struct str *where, struct err *err)
{
	struct str text = STR_INIT, file = STR_INIT;
	struct outfile out = { 0 };
	struct preset *p = NULL;
	enum wend_err e = WEND_OK;
	if (strchr(name, '/') || name[0] == '.' || !*name)
		return err_set(err, WEND_E_USAGE, "'%s' is no name for a profile; use letters, digits and -", name);
	if (!strcmp(path, "-"))
		return err_set(err, WEND_E_USAGE, "--save-profile needs a file, not standard input");
	if (!preset_user_folder(&file))
		return err_set(err, WEND_E_USAGE, "neither XDG_CONFIG_HOME nor HOME is set, so there is no place for a profile");
	if (sv_starts(sv_of(res->preset), "map:")) {
		e = by_hand_text(&text, name, path, o, err);
	} else if (!(e = preset_find(&p, res->preset, err))) {
		e = file_slurp(&text, p->path, 1 << 20, err);
		put_options(&text, o);
	}
	if (e)
		goto done;
	/* ~/.config, ~/.config/wend, ~/.config/wend/presets */
	for (char *s = file.p + 1; (s = strchr(s, '/')); s++) {
		*s = 0;
		mkdir(file.p, 0700);
		*s = '/';
	}
	mkdir(file.p, 0700);
	str_printf(&file, "/%s.ini", name);
	e = outfile_open(&out, file.p, err);
	if (!e && fwrite(text.p, 1, text.n, out.f) != text.n) {
		outfile_abort(&out);
		e = err_set(err, WEND_E_STORE, "cannot write '%s'; is the disk full?", file.p);
	}
	if (!e)
		e = outfile_commit(&out, err);
	if (!e)
		str_sv(where, str_view(&file));
done:
	preset_free(p);
	str_release(&text);
	str_release(&file);
	return e;
}
