/* The last step of reading a preset: what a section needs, which words are mapped, and
 * the list of names the recogniser looks for. */
#include "preset.h"

#include "wend/hash.h"

/* "Labels#2" asks for "Labels"; "Order #" is a name. */
static struct sv without_ordinal(struct sv name)
{
	size_t n = name.n;
	while (n && name.p[n - 1] >= '0' && name.p[n - 1] <= '9')
		n--;
	return n > 1 && n < name.n && name.p[n - 1] == '#' ? sv_n(name.p, n - 1) : name;
}

static void want(struct preset *p, struct sv alternatives, size_t *cap)
{
	struct names alts = { 0 };
	names_split(&alts, &p->arena, alternatives, '|');
	for (size_t i = 0; i < alts.n; i++) {
		struct sv one = alts.v[i];
		if (sv_find(one, SV("<")) >= 0)
			continue; /* made of a bound word: known only with a header */
		one = without_ordinal(one);
		if (p->nwanted == *cap) {
			*cap = *cap ? *cap * 2 : 64;
			struct wanted *w = arena_alloc(&p->arena, *cap * sizeof *w);
			if (p->nwanted)
				memcpy(w, p->wanted, p->nwanted * sizeof *w);
			p->wanted = w;
		}
		struct str key = STR_INIT;
		name_pattern_key(&key, one);
		struct wanted *w = &p->wanted[p->nwanted++];
		w->key = sv_n(arena_strndup(&p->arena, key.p ? key.p : "", key.n), key.n);
		w->hash = hash64(w->key.p, w->key.n);
		w->wild = sv_find(w->key, SV("*")) >= 0 || sv_find(w->key, SV("{")) >= 0;
		w->entry = p->nentry;
		str_release(&key);
	}
	p->nentry++;
}

/* Has this name been asked for? Then it must not count twice. */
static bool wanted(const struct preset *p, struct sv name)
{
	struct str key = STR_INIT;
	name_pattern_key(&key, name);
	bool hit = false;
	for (size_t i = 0; i < p->nwanted && !hit; i++)
		hit = sv_eq(p->wanted[i].key, str_view(&key));
	str_release(&key);
	return hit;
}

static void want_expr(struct preset *p, const struct expr *e, size_t *cap)
{
	for (size_t i = 0; i < e->n; i++)
		for (size_t j = 0; j < e->c[i].n; j++) {
			const struct term *t = &e->c[i].term[j];
			bool column = t->op == TERM_COLUMN || t->op == TERM_COUNT || t->op == TERM_BEFORE || t->op == TERM_AFTER;
			if (column && t->name.n && sv_find(t->name, SV("|")) < 0 && !wanted(p, t->name))
				want(p, t->name, cap);
		}
}

static const struct value_map *values_of(const struct preset *p, enum kind k, struct sv field)
{
	const struct value_map *any = NULL;
	for (size_t i = 0; i < p->nvalues; i++) {
		struct sv f = p->values[i].field, head = f;
		ptrdiff_t dot = sv_find(f, SV("."));
		if (dot < 0 && sv_eq(f, field))
			any = &p->values[i];
		if (dot > 0) {
			head = sv_n(f.p, (size_t)dot);
			if (sv_is(head, kind_names[k]) && sv_eq(sv_n(f.p + dot + 1, f.n - (size_t)dot - 1), field))
				return &p->values[i];
		}
	}
	return any;
}

static bool has_field(const struct section *s, enum field f)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->map[i].to == TO_FIELD && s->map[i].field == f)
			return true;
	return false;
}

static bool has_identity(const struct section *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->map[i].to == TO_IDENTITY)
			return true;
	return false;
}

static enum wend_err section_check(const struct section *s, struct err *err)
{
	for (int f = 0; f < F_COUNT; f++) {
		bool sum_of_lines = s->kind == KIND_ORDERS && f == F_AMOUNT;
		if (!(field_defs[f].required & KIND_BIT(s->kind)) || has_field(s, (enum field)f))
			continue;
		if (!sum_of_lines || !has_field(s, F_ITEM_AMOUNT))
			return err_set(err, WEND_E_INPUT, "%s need '%s'; map a column to it", kind_names[s->kind], field_name(s->kind, (enum field)f));
	}
	if (s->kind == KIND_CUSTOMERS && !has_identity(s))
		return err_set(err, WEND_E_INPUT, "customers need 'customer'; map a column to it");
	if (s->kind == KIND_FEEDBACK && !has_field(s, F_SCORE) && !has_field(s, F_MOOD) && !has_field(s, F_TEXT))
		return err_set(err, WEND_E_INPUT, "feedback needs one of 'score', 'mood' and 'text'; map a column to it");
	if (s->kind == KIND_SPEND && !has_field(s, F_AMOUNT) && !has_field(s, F_HOURS) && !has_field(s, F_SESSIONS))
		return err_set(err, WEND_E_INPUT, "spend needs one of 'amount', 'hours' and 'sessions'; map a column to it");
	return WEND_OK;
}

enum wend_err preset_finish(struct preset *p, struct err *err)
{
	if (!p->nsection)
		return err_set(err, WEND_E_INPUT, "no section says what records the rows are; begin one, such as [orders]");
	size_t cap = 0;
	for (size_t i = 0; i < p->require.n; i++)
		want(p, p->require.v[i], &cap);
	for (size_t i = 0; i < p->known.n; i++)
		if (!wanted(p, p->known.v[i]))
			want(p, p->known.v[i], &cap);
	want_expr(p, &p->group, &cap);
	for (size_t i = 0; i < p->nsection; i++) {
		struct section *s = &p->section[i];
		for (size_t j = 0; j < s->n; j++) {
			struct mapping *m = &s->map[j];
			if (!m->from.n)
				return err_set(err, WEND_E_INPUT, "[%s] '%s' has a modifier but no column", kind_names[s->kind], m->to == TO_FIELD ? field_name(s->kind, m->field) : "price");
			want_expr(p, &m->from, &cap);
			if (m->to == TO_FIELD)
				m->values = values_of(p, s->kind, sv_of(field_name(s->kind, m->field)));
			else if (m->to == TO_KEEP)
				m->values = values_of(p, s->kind, m->name);
		}
		enum wend_err e = section_check(s, err);
		if (e)
			return e;
	}
	if (!p->require.n && !p->by_hand)
		return err_set(err, WEND_E_INPUT, "[export] 'require' is missing; list the names that make this export this export");
	return WEND_OK;
}
