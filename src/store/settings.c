/* Business facts and fixed choices: kept as rows, read and written as a text file people
 * can read:
 *
 *     [company]
 *     currency = EUR
 *     # a comment is a line of its own
 *     [calendar "Lisbon"]
 *     monday = 09:00-17:30
 *
 * The first '=' of a line parts name and value, and nothing else does: names of steps and
 * times of day hold colons, which is why no general INI reader is used here. A value that
 * was replaced stays in the table, not live, for undo.
 */
#include "format.h"
#include "wend/mem.h"
#include "wend/opt.h"
#include "wend/par.h"

#define FILE_LIMIT ((size_t)1 << 20)

struct setting {
	const char *section, *name, *value, *whence;
	int64_t when;
};
struct settings {
	struct setting *v;
	size_t n, cap;
	struct arena arena;
	struct settings *older; /* kept: texts handed out may lie in it */
};

static const char *const sections[] = { "company", "choices", "names", "stages", "promises", "calendar", "sources", "segments", "marks", "targets", "mail", NULL };
static const char *const company_names[] = { "name", "currency", "timezone", "country", "margin", "contact_cost", "hour_cost", "week_start", NULL };
static const char *const choice_names[] = { "revenue", "orders", "definition", "window", "model", NULL };
static const char *const mail_names[] = { "to", "sender", "owner", NULL };

void settings_free(struct settings *s)
{
	while (s) {
		struct settings *older = s->older;

		arena_release(&s->arena);
		free(s->v);
		free(s);
		s = older;
	}
}

static void settings_add(struct settings *s, struct sv section, struct sv name, struct sv value, int64_t when, struct sv whence)
{
	GROW(s->v, s->cap, s->n + 1);
	s->v[s->n++] = (struct setting){ arena_strndup(&s->arena, section.p, section.n), arena_strndup(&s->arena, name.p, name.n), arena_strndup(&s->arena, value.p, value.n), arena_strndup(&s->arena, whence.p ? whence.p : "", whence.n), when };
}

static struct sv column(sqlite3_stmt *st, int i)
{
	const char *p = (const char *)sqlite3_column_text(st, i);

	return p ? sv_n(p, (size_t)sqlite3_column_bytes(st, i)) : SV("");
}

/* The live settings; a table that cannot be read is kept as trouble (store_missed). */
static const struct settings *settings_of(struct store *s)
{
	const struct settings *out;
	sqlite3_stmt *st = NULL;

	pthread_mutex_lock(&s->lock);
	if (!s->settings) {
		int rc;

		s->settings = xcalloc(1, sizeof *s->settings);
		rc = sqlite3_prepare_v2(s->db, "SELECT section, name, value, changed, whence FROM setting WHERE live ORDER BY id", -1, &st, NULL);
		while (st && (rc = sqlite3_step(st)) == SQLITE_ROW)
			settings_add(s->settings, column(st, 0), column(st, 1), column(st, 2), sqlite3_column_int64(st, 3), column(st, 4));
		if (rc != SQLITE_DONE)
			store_missed(s, s->db);
		sqlite3_finalize(st);
	}
	out = s->settings;
	pthread_mutex_unlock(&s->lock);
	return out;
}

static void settings_forget(struct store *s)
{
	struct settings *next = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->settings) {
		struct settings *old = s->settings;

		s->settings = NULL;
		settings_of(s);
		next = s->settings;
		next->older = old;
	}
	pthread_mutex_unlock(&s->lock);
}

struct sv store_setting(struct store *s, const char *section, const char *name)
{
	const struct settings *t = settings_of(s);

	for (size_t i = t->n; i-- > 0;)
		if (!strcmp(t->v[i].section, section) && !strcmp(t->v[i].name, name))
			return sv_of(t->v[i].value);
	return SV_NONE;
}

void store_each_setting(struct store *s, bool (*fn)(void *ctx, const char *section, const char *name, const char *value, int64_t when, const char *whence), void *ctx)
{
	const struct settings *t = settings_of(s);

	for (size_t i = 0; i < t->n; i++)
		if (!fn(ctx, t->v[i].section, t->v[i].name, t->v[i].value, t->v[i].when, t->v[i].whence))
			return;
}

struct sv store_zone(struct store *s)
{
	static const char sql[] = "SELECT value FROM meta WHERE name = 'zone'";
	struct sv v = store_setting(s, "company", "timezone");
	sqlite3_stmt *st = NULL;
	int rc;

	if (v.n)
		return v;
	v = SV("");
	pthread_mutex_lock(&s->lock);
	rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
	if (!rc)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW && s->settings) {
		v = column(st, 0);
		v.p = arena_strndup(&s->settings->arena, v.p, v.n);
	} else if (rc != SQLITE_DONE) {
		store_missed(s, s->db);
	}
	sqlite3_finalize(st);
	pthread_mutex_unlock(&s->lock);
	return v;
}

/* ---- what may be set ---- */

static const char *const *names_in(struct sv section)
{
	if (sv_is(section, "company"))
		return company_names;
	if (sv_is(section, "choices"))
		return choice_names;
	return sv_is(section, "mail") ? mail_names : NULL;
}

/* `calendar "Lisbon"` -> calendar */
static struct sv family(struct sv section)
{
	const char *blank = memchr(section.p, ' ', section.n);

	return blank ? sv_n(section.p, (size_t)(blank - section.p)) : section;
}

static bool listed(struct sv word, const char *const *list)
{
	for (; *list; list++)
		if (sv_is(word, *list))
			return true;
	return false;
}

static enum wend_err unknown(struct err *err, const char *what, struct sv word, const char *const *list)
{
	struct str all = STR_INIT;
	char *typed = xstrndup(word.p, word.n);
	const char *near = suggest(typed, list);

	for (size_t i = 0; list[i]; i++)
		str_printf(&all, "%s%s", i ? ", " : "", list[i]);
	if (near)
		err_set(err, WEND_E_USAGE, "unknown %s '%s'; did you mean '%s'?", what, typed, near);
	else
		err_set(err, WEND_E_USAGE, "unknown %s '%s'; there are: %s", what, typed, all.p);
	free(typed);
	str_release(&all);
	return WEND_E_USAGE;
}

/* "150", "150 days", "150day", "auto" */
static bool is_window(struct sv v)
{
	int64_t n;

	if (sv_is(v, "auto"))
		return true;
	v = sv_ends(v, "days") ? sv_n(v.p, v.n - 4) : sv_ends(v, "day") ? sv_n(v.p, v.n - 3) : v;
	return sv_int(sv_trim(v), &n) && n >= 1 && n <= 3650;
}

static enum wend_err check_value(struct sv section, struct sv name, struct sv value, struct err *err)
{
	static const char *const sources[] = { "orders", "payments", "invoices", "orders+unmatched", NULL };
	static const char *const churn[] = { "start", "exposure", "events", "stripe", "baremetrics", "profitwell", "revenuecat", "daily", NULL };
	char *z = xstrndup(value.p, value.n);
	const struct zone *zone;
	double v;
	enum wend_err e = WEND_OK;

	if (sv_is(section, "company")) {
		if (sv_is(name, "currency") && !currency_of(value))
			e = err_set(err, WEND_E_USAGE, "'%s' is not a currency; write its three letters, such as EUR", z);
		else if (sv_is(name, "timezone"))
			e = zone_open(&zone, z, err);
		else if (sv_is(name, "country") && value.n != 2)
			e = err_set(err, WEND_E_USAGE, "'%s' is not a country; write its two letters, such as DE", z);
		else if (sv_is(name, "week_start") && !listed(value, civil_weekday_name))
			e = unknown(err, "week day", value, civil_weekday_name);
		else if (sv_is(name, "margin") && (!sv_real(sv_ends(value, "%") ? sv_trim(sv_n(value.p, value.n - 1)) : value, &v) || v < 0 || v > 100))
			e = err_set(err, WEND_E_USAGE, "'%s' is not a margin; write a share such as 41%% or 0.41", z);
		else if (sv_ends(name, "_cost") && (!sv_real(value, &v) || v < 0))
			e = err_set(err, WEND_E_USAGE, "'%s' is not a cost; write a number such as 3.50", z);
	} else if (sv_is(section, "choices") && sv_is(name, "revenue") && !listed(value, sources)) {
		e = unknown(err, "source of revenue", value, sources);
	} else if (sv_is(section, "choices") && sv_is(name, "definition") && !listed(value, churn)) {
		e = unknown(err, "definition of churn", value, churn);
	} else if (sv_is(section, "choices") && sv_is(name, "window") && !is_window(value)) {
		e = err_set(err, WEND_E_USAGE, "'%s' is not a window of silence; write days from 1 to 3650, such as 150", z);
	}
	free(z);
	return e;
}

static enum wend_err check_setting(struct sv section, struct sv name, struct sv value, struct err *err)
{
	const char *const *names = names_in(section);

	if (!listed(family(section), sections))
		return unknown(err, "section", section, sections);
	if (!name.n || memchr(name.p, '=', name.n) || memchr(name.p, '\n', name.n) || memchr(value.p, '\n', value.n))
		return err_set(err, WEND_E_USAGE, "'%.*s' is not a name for a setting; write NAME VALUE without line breaks", (int)name.n, name.p);
	if (names && !listed(name, names))
		return unknown(err, "setting", name, names);
	return value.n ? check_value(section, name, value, err) : WEND_OK;
}

/* "revenue", "company.margin", `calendar "Lisbon".monday` -> section and name. */
static enum wend_err split_name(struct sv typed, struct sv *section, struct sv *name, struct err *err)
{
	static const char *const known[] = { "name", "currency", "timezone", "country", "margin", "contact_cost", "hour_cost", "week_start", "revenue", "orders", "definition", "window", "model", "to", "sender", "owner", NULL };
	const char *from = typed.p, *dot;
	ptrdiff_t quote = sv_find(typed, SV("\"."));

	if (quote >= 0)
		from += quote + 1;
	dot = memchr(from, '.', typed.n - (size_t)(from - typed.p));
	if (dot && listed(family(sv_n(typed.p, (size_t)(dot - typed.p))), sections)) {
		*section = sv_n(typed.p, (size_t)(dot - typed.p));
		*name = sv_n(dot + 1, typed.n - section->n - 1);
		return WEND_OK;
	}
	*name = typed;
	if (listed(typed, company_names))
		*section = SV("company");
	else if (listed(typed, choice_names))
		*section = SV("choices");
	else if (listed(typed, mail_names))
		*section = SV("mail");
	else
		return unknown(err, "setting", typed, known);
	return WEND_OK;
}

/* ---- writing ---- */

/* batch 0: set by hand. An empty value is kept as a word of its own: no longer set. */
static enum wend_err insert(struct store *s, const struct setting *v, int64_t batch, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "INSERT INTO setting(section, name, value, changed, whence, live, batch) VALUES(?1, ?2, nullif(?3, ''), ?4, ?5, ?3 <> '', nullif(?6, 0))", err);

	if (e)
		return e;
	sqlite3_bind_text(st, 1, v->section, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, v->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, v->value, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 4, v->when);
	sqlite3_bind_text(st, 5, v->whence, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 6, batch);
	if (sqlite3_step(st) != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "write");
	sqlite3_finalize(st);
	return e;
}

static enum wend_err retire(struct store *s, const char *section, const char *name, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "UPDATE setting SET live = 0 WHERE live AND section = ?1 AND name = ?2", err);

	if (e)
		return e;
	sqlite3_bind_text(st, 1, section, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, name, -1, SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "write");
	sqlite3_finalize(st);
	return e;
}

enum wend_err store_set(struct store *s, const char *section, const char *name, const char *value, const char *why, struct err *err)
{
	struct settings made = { 0 };
	struct sv where = sv_of(section), what = sv_trim(sv_of(name)), text = sv_trim(sv_of(value ? value : ""));
	enum wend_err e = section ? WEND_OK : split_name(what, &where, &what, err);

	if (!e)
		e = check_setting(where, what, text, err);
	if (e)
		return e;
	settings_add(&made, where, what, text, clock_now(), sv_of(why ? why : "store set"));
	e = store_write_begin(s, err);
	if (!e)
		e = retire(s, made.v[0].section, made.v[0].name, err);
	if (!e)
		e = insert(s, &made.v[0], 0, err);
	if (!e)
		e = store_write_commit(s, err);
	if (e)
		store_write_abort(s);
	settings_forget(s);
	arena_release(&made.arena);
	free(made.v);
	return e;
}

static enum wend_err parse_line(struct settings *out, struct sv line, struct sv *section, const char *path, int number, struct err *err)
{
	struct sv name, value = line;
	enum wend_err e;

	if (!line.n || line.p[0] == '#' || line.p[0] == ';')
		return WEND_OK;
	if (line.p[0] == '[') {
		if (line.p[line.n - 1] != ']' || line.n < 3)
			return err_set(err, WEND_E_INPUT, "%s:%d: a section is written as [name]", path, number);
		*section = sv_trim(sv_n(line.p + 1, line.n - 2));
		return WEND_OK;
	}
	if (!memchr(line.p, '=', line.n))
		return err_set(err, WEND_E_INPUT, "%s:%d: a setting is written as name = value", path, number);
	if (!section->n)
		return err_set(err, WEND_E_INPUT, "%s:%d: a setting stands under a [section]; begin with [company]", path, number);
	sv_cut(&value, '=', &name);
	name = sv_trim(name);
	value = sv_trim(value);
	e = check_setting(*section, name, value, err);
	if (e) {
		if (err)
			err->code = WEND_E_INPUT;
		return err ? err_prefix(err, "%s:%d", path, number) : WEND_E_INPUT;
	}
	if (value.n)
		settings_add(out, *section, name, value, 0, SV_NONE);
	return WEND_OK;
}

static enum wend_err parse_file(struct settings *out, struct sv text, const char *path, struct err *err)
{
	struct sv line, section = SV("");
	size_t bad;
	int number = 0;
	enum wend_err e = WEND_OK;

	if (!utf8_valid(text.p, text.n, &bad))
		return err_set(err, WEND_E_INPUT, "'%s' is not UTF-8 text (byte %zu)", path, bad + 1);
	if (sv_starts(text, "\xef\xbb\xbf"))
		text = sv_n(text.p + 3, text.n - 3);
	while (!e && sv_cut(&text, '\n', &line))
		e = parse_line(out, sv_trim(line), &section, path, ++number, err);
	return e;
}

/* A setting the store already has keeps its date and origin. */
static void inherit(struct settings *fresh, const struct settings *have, const char *whence)
{
	for (size_t i = 0; i < fresh->n; i++) {
		struct setting *v = &fresh->v[i];

		v->when = clock_now();
		v->whence = whence;
		for (size_t k = 0; k < have->n; k++)
			if (!strcmp(v->section, have->v[k].section) && !strcmp(v->name, have->v[k].name) && !strcmp(v->value, have->v[k].value)) {
				v->when = have->v[k].when;
				v->whence = have->v[k].whence;
			}
	}
}

enum wend_err settings_replay(struct store *s, struct err *err)
{
	/* What was set last, unless a file of settings came after it. */
	enum wend_err e = store_exec(s, "WITH said AS (SELECT id, section, name FROM setting WHERE batch IS NULL OR batch IN (SELECT id FROM batch WHERE state = 'live'))"
		" UPDATE setting SET live = name <> '' AND value IS NOT NULL AND id IN (SELECT max(id) FROM said GROUP BY section, name)"
		" AND id > (SELECT coalesce(max(id), 0) FROM said WHERE name = '')", err);

	settings_forget(s);
	return e;
}

/* The file is the whole of the settings: what is not in it is no longer set. */
enum wend_err store_set_file(struct store *s, const char *path, struct err *err)
{
	struct settings fresh = { 0 };
	struct str text = STR_INIT, whence = STR_INIT;
	int64_t batch = 0;
	enum wend_err e = file_slurp(&text, path, FILE_LIMIT, err);

	if (!e)
		e = parse_file(&fresh, str_view(&text), path, err);
	if (e)
		goto done;
	str_puts(&whence, path_name(path));
	inherit(&fresh, settings_of(s), whence.p);
	e = store_write_begin(s, err);
	if (!e)
		e = store_exec(s, "UPDATE setting SET live = 0 WHERE live", err);
	if (!e)
		e = batch_without_rows(s, whence.p, "settings", &batch, err);
	if (!e)
		e = insert(s, &(struct setting){ "", "", "", whence.p, clock_now() }, batch, err);
	for (size_t i = 0; i < fresh.n && !e; i++)
		e = insert(s, &fresh.v[i], batch, err);
	if (!e)
		e = store_write_commit(s, err);
	if (e)
		store_write_abort(s);
	settings_forget(s);
done:
	arena_release(&fresh.arena);
	free(fresh.v);
	str_release(&text);
	str_release(&whence);
	return e;
}

struct printing {
	struct str *out;
	const char *section;
};

static bool print_setting(void *ctx, const char *section, const char *name, const char *value, int64_t when, const char *whence)
{
	struct printing *p = ctx;

	if (!p->section || strcmp(p->section, section))
		str_printf(p->out, "%s[%s]\n", p->section ? "\n" : "", section);
	p->section = section;
	str_puts(p->out, "# ");
	day_text(p->out, floor_day(when));
	str_printf(p->out, " %s\n%s = %s\n", whence, name, value);
	return true;
}

void store_settings_text(struct store *s, struct str *out)
{
	struct printing p = { out, NULL };

	store_each_setting(s, print_setting, &p);
}
