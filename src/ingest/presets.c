#include "preset.h"

#include <dirent.h>
#include <unistd.h>

#include "wend/hash.h"
#include "wend/ingest.h"

/* ---- where presets lie ---- */

static bool config_folder(struct str *out)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	if (xdg && *xdg)
		str_printf(out, "%s/wend/presets", xdg);
	else if (home && *home)
		str_printf(out, "%s/.config/wend/presets", home);
	else
		return false;
	return true;
}

bool preset_user_folder(struct str *out)
{
	return config_folder(out);
}

/* A folder beside the program's own: `way` leads there from the folder above bin. Installed
 * anywhere, or unpacked, bin and share stand together; a build tree lies in its sources. */
static bool beside_program(struct str *out, const char *way)
{
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (n <= 0)
		return false;
	exe[n] = 0;
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(exe, '/');
		if (!slash)
			return false;
		*slash = 0;
	}
	str_reset(out);
	str_printf(out, "%s/%s", exe, way);
	return true;
}

static int by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	return strcmp(*x, *y);
}

static bool known_name(const struct preset_set *s, const char *file)
{
	size_t n = strlen(file) - 4;
	for (size_t i = 0; i < s->n; i++)
		if (strlen(s->v[i]->name) == n && !memcmp(s->v[i]->name, file, n))
			return true;
	return false;
}

static enum wend_err load_folder(struct preset_set *s, const char *folder, bool saved, struct err *err)
{
	DIR *d = opendir(folder);
	if (!d)
		return WEND_OK;
	enum wend_err e = WEND_OK;
	char **file = NULL;
	size_t n = 0, cap = 0;
	for (struct dirent *it; (it = readdir(d));) {
		if (it->d_name[0] == '.' || !sv_ends(sv_of(it->d_name), ".ini") || strlen(it->d_name) < 5)
			continue;
		GROW(file, cap, n + 1);
		file[n++] = xstrdup(it->d_name);
	}
	closedir(d);
	if (n)
		qsort(file, n, sizeof *file, by_name);
	for (size_t i = 0; i < n && !e; i++) {
		if (known_name(s, file[i]))
			continue;
		struct str path = STR_INIT;
		str_printf(&path, "%s/%s", folder, file[i]);
		GROW(s->v, s->cap, s->n + 1);
		e = preset_load(&s->v[s->n], path.p, err);
		if (!e)
			s->v[s->n++]->saved = saved;
		str_release(&path);
	}
	for (size_t i = 0; i < n; i++)
		free(file[i]);
	free(file);
	return e;
}

enum wend_err preset_set_load(struct preset_set *s, struct err *err)
{
	enum wend_err e = WEND_OK;
	struct str folder = STR_INIT;
	const char *env = getenv("WEND_PRESETS");
	struct sv rest = env && *env ? sv_of(env) : SV_NONE, one;
	while (!e && rest.p && sv_cut(&rest, ':', &one)) {
		str_reset(&folder);
		str_sv(&folder, one);
		e = load_folder(s, folder.p, false, err);
	}
	str_reset(&folder);
	if (!e && config_folder(&folder))
		e = load_folder(s, folder.p, true, err);
	if (!e && beside_program(&folder, "share/wend/presets"))
		e = load_folder(s, folder.p, false, err);
	if (!e)
		e = load_folder(s, WEND_DATADIR "/presets", false, err);
	if (!e && beside_program(&folder, "../share/wend/presets"))
		e = load_folder(s, folder.p, false, err);
	str_release(&folder);
	return e;
}

void preset_set_release(struct preset_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		preset_free(s->v[i]);
	free(s->v);
	*s = (struct preset_set){ 0 };
}

enum wend_err preset_find(struct preset **out, const char *name, struct err *err)
{
	*out = NULL;
	if (strchr(name, '/') || sv_ends(sv_of(name), ".ini"))
		return preset_load(out, name, err);
	struct preset_set s = { 0 };
	enum wend_err e = preset_set_load(&s, err);
	if (!e) {
		for (size_t i = 0; i < s.n; i++)
			if (!strcmp(s.v[i]->name, name)) {
				*out = s.v[i];
				s.v[i] = NULL;
			}
		if (!*out)
			e = err_set(err, WEND_E_USAGE, "no preset '%s'; 'wend ingest --preset list' shows them", name);
	}
	preset_set_release(&s);
	return e;
}

/* ---- which one fits ---- */

static int by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

void header_guess_init(struct header_guess *h, const struct sv *cols, size_t n)
{
	*h = (struct header_guess){ .n = n };
	h->key = arena_alloc(&h->arena, (n ? n : 1) * sizeof *h->key);
	h->hash = arena_alloc(&h->arena, (n ? n : 1) * sizeof *h->hash);
	struct str key = STR_INIT;
	for (size_t i = 0; i < n; i++) {
		str_reset(&key);
		if (cols[i].n && cols[i].n < 1000)
			name_key(&key, cols[i]);
		h->key[i] = sv_n(arena_strndup(&h->arena, key.p ? key.p : "", key.n), key.n);
		h->hash[i] = hash64(h->key[i].p, key.n);
	}
	str_release(&key);
	if (n)
		qsort(h->hash, n, sizeof *h->hash, by_hash);
}

void header_guess_release(struct header_guess *h)
{
	arena_release(&h->arena);
}

static bool present(const struct wanted *w, const struct header_guess *h)
{
	if (!w->wild)
		return w->key.n && h->n && bsearch(&w->hash, h->hash, h->n, sizeof *h->hash, by_hash);
	for (size_t i = 0; i < h->n; i++)
		if (h->key[i].n && name_key_matches(w->key, h->key[i]))
			return true;
	return false;
}

void preset_rate(struct preset_score *out, const struct preset *p, const struct header_guess *h)
{
	*out = (struct preset_score){ .p = p, .required_n = p->require.n, .known_n = p->nentry };
	size_t last = SIZE_MAX;
	for (size_t i = 0; i < p->nwanted; i++) {
		const struct wanted *w = &p->wanted[i];
		if (w->entry == last || !present(w, h))
			continue;
		last = w->entry;
		out->known++;
		out->required += w->entry < p->require.n;
	}
	out->share = p->require.n ? (double)out->required / (double)p->require.n : 0;
}

/* The greater share of required names; then the preset that accounts for more of the
 * header, so that a special export wins over the general one it resembles. */
int preset_score_cmp(const struct preset_score *a, const struct preset_score *b)
{
	if (a->share < b->share || a->share > b->share)
		return a->share > b->share ? 1 : -1;
	if (a->known != b->known)
		return a->known > b->known ? 1 : -1;
	if (a->required != b->required)
		return a->required > b->required ? 1 : -1;
	return (a->p && a->p->saved) - (b->p && b->p->saved);
}

void preset_kinds(const struct preset *p, char *out, size_t cap)
{
	size_t at = 0;
	*out = 0;
	for (size_t k = 0; k < p->nsection && at < cap; k++)
		at += (size_t)snprintf(out + at, cap - at, "%s%s", k ? "+" : "", kind_names[p->section[k].kind]);
}

/* A section as it would stand in a file, for a profile. */
void section_text(struct str *out, const struct preset *p, const struct section *s)
{
	static const char *const spaces[] = { "hand", "mail", "tel", "id", "visitor", "" };
	size_t keys = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct mapping *m = &s->map[i];
		if (m->to == TO_IDENTITY)
			continue;
		const char *name = m->to == TO_PRICE ? "price" : m->to == TO_LIST ? "list" : field_name(s->kind, m->field);
		if (m->to == TO_FIELD && p->sum_lines && m->field == F_AMOUNT)
			name = "item_amount";
		if (m->to == TO_KEEP)
			str_printf(out, "keep.%.*s = %.*s\n", (int)m->from.c[0].term[0].name.n, m->from.c[0].term[0].name.p, (int)m->from.text.n, m->from.text.p);
		else
			str_printf(out, "%s = %.*s\n", name, (int)m->from.text.n, m->from.text.p);
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->map[i].to == TO_IDENTITY)
			str_printf(out, "%s%s%s:%.*s", keys++ ? ", " : "identity = ", spaces[s->map[i].space], s->map[i].international ? "+" : "", (int)s->map[i].from.text.n, s->map[i].from.text.p);
	if (keys)
		str_putc(out, '\n');
}

enum wend_err preset_table(struct report *r, struct err *err)
{
	struct preset_set s = { 0 };
	enum wend_err e = preset_set_load(&s, err);
	if (e)
		return e;
	struct table *t = &r->table;
	table_col(t, "preset", COL_TEXT, NULL, -1);
	table_col(t, "kind", COL_TEXT, NULL, -1);
	table_col(t, "title", COL_TEXT, NULL, -1);
	table_col(t, "file", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < s.n; i++) {
		char kinds[64];
		preset_kinds(s.v[i], kinds, sizeof kinds);
		put_z(t, s.v[i]->name);
		put_z(t, kinds);
		put_z(t, s.v[i]->title ? s.v[i]->title : "");
		put_z(t, s.v[i]->path);
	}
	const int by[] = { 0 };
	const bool down[] = { false };
	table_sort(t, by, down, 1);
	preset_set_release(&s);
	return WEND_OK;
}
