/* A preset bound to the columns of one file. */
#include "engine.h"

static bool text_is(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

/* First found wins: command line, preset (a saved profile is one), settings of the store. */
static struct sv given(const char *option, struct sv preset, struct store *store, const char *setting)
{
	if (option && *option)
		return sv_of(option);
	if (preset.n)
		return preset;
	return store && setting ? store_setting(store, "company", setting) : SV_NONE;
}

static enum wend_err plan_givens(struct plan *p, const struct ingest_options *io, struct store *store, struct err *err)
{
	const struct preset *pr = p->preset;
	struct sv tz = given(io->tz, pr->opt_tz, store, "timezone");
	struct sv money = given(io->currency_code, pr->opt_currency, store, "currency");
	struct sv country = given(io->country, pr->opt_country, store, "country");
	struct sv order = given(io->date_order, pr->opt_date_order, NULL, NULL);
	p->now = clock_now();
	if (tz.n) {
		p->tz_name = arena_strndup(&p->arena, tz.p, tz.n);
		enum wend_err e = zone_open(&p->tz, p->tz_name, err);
		if (e)
			return e;
	}
	if (money.n && !(p->money = currency_of(money)))
		return err_set(err, WEND_E_USAGE, "'%.*s' is no ISO 4217 currency; write three letters, such as --currency EUR", (int)money.n, money.p);
	if (country.n) {
		if (country.n != 2)
			return err_set(err, WEND_E_USAGE, "'%.*s' is no country; write two letters, such as --country DE", (int)country.n, country.p);
		p->country = arena_strndup(&p->arena, country.p, country.n);
	}
	p->date_order = sv_is(order, "dmy") ? ORDER_DMY : sv_is(order, "mdy") ? ORDER_MDY : sv_is(order, "ymd") ? ORDER_YMD : ORDER_ANY;
	p->decimal = text_is(io->decimal, "point") ? '.' : text_is(io->decimal, "comma") ? ',' : 0;
	p->id_space = given(io->id_space, pr->opt_id_space, NULL, NULL);
	if (!p->id_space.n && !pr->our_ids)
		p->id_space = sv_of(pr->source);
	return WEND_OK;
}

static void plan_flags(struct plan *p)
{
	p->flag = arena_zalloc(&p->arena, p->ncol + 1);
	p->used = arena_zalloc(&p->arena, p->ncol + 1);
	for (uint32_t c = 0; c < p->ncol; c++) {
		if (p->preset->null_words.n)
			p->flag[c] |= CELL_NULLS;
		for (size_t i = 0; i < p->preset->strip_apostrophe.n; i++)
			if (names_find(p->preset->strip_apostrophe.v[i], &p->col[c], 1) == 0)
				p->flag[c] |= CELL_APOSTROPHE;
	}
}

/* The code in a column's name must be known before anything refers to it. */
static void header_currency(struct plan *p)
{
	const uint32_t *cols;
	for (size_t k = 0; k < p->preset->nsection; k++) {
		const struct section *s = &p->preset->section[k];
		for (size_t i = 0; i < s->n; i++)
			for (size_t c = 0; c < s->map[i].from.n; c++)
				for (size_t t = 0; t < s->map[i].from.c[c].n; t++) {
					const struct term *term = &s->map[i].from.c[c].term[t];
					if (term->op == TERM_COLUMN && sv_find(term->name, SV("{currency}")) >= 0)
						plan_columns(p, term->name, &cols);
				}
	}
}

static enum step_op op_of(const struct mapping *m)
{
	switch (m->to) {
	case TO_IDENTITY:
		return STEP_KEY;
	case TO_KEEP:
		return STEP_KEEP;
	case TO_PRICE:
		return STEP_PRICE;
	case TO_LIST:
		return STEP_LIST;
	case TO_FIELD:
		break;
	}
	switch (field_defs[m->field].type) {
	case FT_TIME:
		return STEP_TIME;
	case FT_MONEY:
		return STEP_MONEY;
	case FT_INT:
		return m->field == F_DURATION_S || m->field == F_WAIT_S ? STEP_SECONDS : STEP_INT;
	case FT_DEC:
		return STEP_DEC;
	case FT_CURRENCY:
		return STEP_CURRENCY;
	case FT_WORD: case FT_TEXT:
		break;
	}
	return STEP_TEXT;
}

static struct step *step_add(struct plan_section *s, uint32_t *cap, struct arena *a)
{
	if (s->nstep == *cap) {
		*cap = *cap ? *cap * 2 : 32;
		struct step *w = arena_zalloc(a, *cap * sizeof *w);
		if (s->nstep)
			memcpy(w, s->step, s->nstep * sizeof *w);
		s->step = w;
	}
	struct step *st = &s->step[s->nstep++];
	*st = (struct step){ 0 };
	return st;
}

/* A kept name with a star: every matching column that nothing else reads. */
static void keep_all(struct plan *p, struct plan_section *s, uint32_t *cap, const struct mapping *m, struct sv pattern)
{
	for (uint32_t c = 0; c < p->ncol; c++) {
		bool repeated = false;
		for (uint32_t d = 0; d < c; d++)
			repeated |= sv_eq(p->col[c], p->col[d]);
		if (p->used[c] || repeated || !p->col[c].n || !name_matches(pattern, p->col[c], NULL, NULL))
			continue;
		const uint32_t *cols;
		uint32_t n = plan_columns(p, p->col[c], &cols);
		struct bterm *t = arena_zalloc(&p->arena, sizeof *t);
		struct bchoice *ch = arena_zalloc(&p->arena, sizeof *ch);
		*t = (struct bterm){ .op = TERM_COLUMN, .col = cols, .ncol = n };
		*ch = (struct bchoice){ .term = t, .n = 1 };
		struct step *st = step_add(s, cap, &p->arena);
		*st = (struct step){ .op = STEP_KEEP, .m = m, .space = p->col[c] };
		st->from = (struct bexpr){ .c = ch, .n = 1, .written = 1, .single = n == 1 ? (int32_t)cols[0] : -1 };
	}
}

/* What a kept column is called: its canonical first name, so that a translated export
 * fills the same attribute. */
static struct sv kept_name(struct plan *p, const struct mapping *m, const struct bexpr *from)
{
	if (m->name.n)
		return m->name;
	const struct term *t = &m->from.c[0].term[0];
	return m->from.n == 1 && from->single >= 0 ? p->col[from->single] : t->name;
}

static enum wend_err missing_column(const struct plan *p, const struct mapping *m, struct err *err)
{
	struct str have = STR_INIT;
	for (uint32_t c = 0; c < p->ncol && have.n < 400; c++)
		str_printf(&have, "%s%.*s", c ? ", " : "", (int)p->col[c].n, p->col[c].p);
	struct sv name = m->from.c[0].n ? m->from.c[0].term[0].name : m->from.text;
	err_set(err, WEND_E_USAGE, "the file has no column '%.*s'; its columns are: %s", (int)name.n, name.p, have.p ? have.p : "(none)");
	str_release(&have);
	return WEND_E_USAGE;
}

static enum wend_err step_make(struct plan *p, struct plan_section *s, uint32_t *cap, const struct mapping *m, struct err *err)
{
	if (m->to == TO_KEEP && m->from.n == 1 && m->from.c[0].n == 1 && sv_find(m->from.c[0].term[0].name, SV("*")) >= 0) {
		keep_all(p, s, cap, m, m->from.c[0].term[0].name);
		return WEND_OK;
	}
	struct step st = { .op = op_of(m), .m = m, .field = m->field };
	enum wend_err e = bexpr_bind(&st.from, p, &m->from, err);
	if (e)
		return e;
	if (!st.from.n)
		return m->by_hand ? missing_column(p, m, err) : WEND_OK;
	st.required = m->to == TO_FIELD && (field_defs[m->field].required & KIND_BIT(s->kind));
	if (st.op == STEP_TIME) {
		st.time = arena_zalloc(&p->arena, sizeof *st.time);
		e = time_col_init(st.time, p, m, err);
	} else if (st.op == STEP_MONEY || st.op == STEP_INT || st.op == STEP_DEC || st.op == STEP_SECONDS || st.op == STEP_PRICE) {
		st.num = arena_zalloc(&p->arena, sizeof *st.num);
	} else if (st.op == STEP_KEY && (m->space == SPACE_PRODUCT || m->space == SPACE_VISITOR)) {
		/* Visitors of files mapped by hand are in one space, as customers are. */
		struct sv base = p->id_space.n ? p->id_space : p->preset->our_ids ? SV("visitor") : sv_of(p->preset->source);
		st.space = m->suffix.n ? sv_of(arena_printf(&p->arena, "%.*s.%.*s", (int)base.n, base.p, (int)m->suffix.n, m->suffix.p)) : base;
	} else if (st.op == STEP_KEEP) {
		st.space = kept_name(p, m, &st.from);
	}
	if (!e)
		*step_add(s, cap, &p->arena) = st;
	return e;
}

/* Where the steps that need each other stand. */
static void section_index(struct plan_section *s)
{
	s->product = s->category = s->amount = s->item_amount = s->price = s->quantity = s->list = s->currency = s->time = -1;
	for (uint32_t i = 0; i < s->nstep; i++) {
		const struct step *st = &s->step[i];
		if (st->op == STEP_PRICE)
			s->price = (int)i;
		else if (st->op == STEP_LIST)
			s->list = (int)i;
		else if (st->op != STEP_KEY && st->op != STEP_KEEP) {
			if (st->field == F_AMOUNT)
				s->amount = (int)i;
			else if (st->field == F_ITEM_AMOUNT)
				s->item_amount = (int)i;
			else if (st->field == F_QUANTITY)
				s->quantity = (int)i;
			else if (st->field == F_CURRENCY)
				s->currency = (int)i;
			else if (st->field == F_TIME)
				s->time = (int)i;
			else if (st->field == F_PRODUCT)
				s->product = (int)i;
			else if (st->field == F_CATEGORY)
				s->category = (int)i;
			if (st->required && s->nrequired < sizeof s->required / sizeof s->required[0]) {
				s->required[s->nrequired++] = (uint16_t)i;
				s->must[st->field >> 6] |= 1ull << (st->field & 63);
			}
			if (field_defs[st->field].item)
				s->items = true;
		}
	}
	s->items |= s->list >= 0 || s->price >= 0;
}

static bool id_step(const struct plan_section *s)
{
	for (uint32_t i = 0; i < s->nstep; i++)
		if (s->step[i].op == STEP_TEXT && s->step[i].field == F_ID)
			return true;
	return false;
}

/* The fields that line_fill and record_finish may fill. */
static void section_fields(struct plan_section *s)
{
	bool may[F_COUNT] = { [F_AMOUNT] = true, [F_CURRENCY] = true, [F_OFFSET_S] = true, [F_COUNTED] = true, [F_ID] = s->key_is_id };
	for (uint32_t i = 0; i < s->nstep; i++) {
		const struct step *st = &s->step[i];
		if (st->op != STEP_KEY && st->op != STEP_KEEP && st->op != STEP_PRICE && st->op != STEP_LIST && !field_defs[st->field].item)
			may[st->field] = true;
	}
	for (int f = 0; f < F_COUNT; f++) {
		enum field_type t = field_defs[f].type;
		if (!may[f])
			continue;
		if (t == FT_WORD || t == FT_TEXT)
			s->text[s->ntext++] = (uint8_t)f;
		else
			s->number[s->nnumber++] = (uint8_t)f;
	}
}

static enum wend_err required_there(const struct plan *p, const struct plan_section *s, struct err *err)
{
	for (int f = 0; f < F_COUNT; f++) {
		if (!(field_defs[f].required & KIND_BIT(s->kind)))
			continue;
		bool there = f == F_AMOUNT && s->kind == KIND_ORDERS && (s->item_amount >= 0 || s->price >= 0);
		for (uint32_t i = 0; i < s->nstep; i++)
			there |= s->step[i].op != STEP_KEY && s->step[i].op != STEP_KEEP && s->step[i].op != STEP_PRICE && s->step[i].op != STEP_LIST && (int)s->step[i].field == f;
		if (!there)
			return err_set(err, WEND_E_INPUT, "the file has no column for '%s' that preset '%s' knows; add --map %s=COLUMN", field_name(s->kind, (enum field)f), p->preset->name, field_name(s->kind, (enum field)f));
	}
	return WEND_OK;
}

static enum wend_err plan_section_make(struct plan *p, struct plan_section *s, const struct section *from, struct err *err)
{
	uint32_t cap = 0;
	s->s = from;
	s->kind = from->kind;
	bcond_bind(&s->when, p, &from->when);
	bcond_bind(&s->counted, p, &from->counted);
	bcond_bind(&s->item_when, p, &from->item_when);
	s->has_item_when = from->item_when.n > 0;
	/* Kept names with a star take what is left, so they come last. */
	for (int late = 0; late < 2; late++)
		for (size_t i = 0; i < from->n; i++) {
			bool star = from->map[i].to == TO_KEEP && sv_find(from->map[i].from.text, SV("*")) >= 0;
			if (star != (late == 1))
				continue;
			enum wend_err e = step_make(p, s, &cap, &from->map[i], err);
			if (e)
				return e;
		}
	section_index(s);
	s->key_is_id = s->kind == KIND_CUSTOMERS && !id_step(s);
	section_fields(s);
	return required_there(p, s, err);
}

enum wend_err plan_make(struct plan *p, const struct preset *pr, const struct opening *o, struct sheet *sheet, const struct ingest_options *io, struct store *store, struct err *err)
{
	*p = (struct plan){ .preset = pr, .opening = o, .ncol = (uint32_t)sheet_columns(sheet) };
	struct sv *col = arena_zalloc(&p->arena, (p->ncol + 1) * sizeof *col);
	for (uint32_t c = 0; c < p->ncol; c++) {
		struct sv name = sv_trim(sheet_column(sheet, c));
		col[c] = sv_n(arena_strndup(&p->arena, name.p ? name.p : "", name.n), name.n);
	}
	p->col = col;
	plan_flags(p);
	enum wend_err e = plan_givens(p, io, store, err);
	if (e)
		return e;
	header_currency(p);
	p->rule = arena_zalloc(&p->arena, (pr->nignore + 1) * sizeof *p->rule);
	for (size_t i = 0; i < pr->nignore; i++) {
		p->rule[p->nrule].reason = pr->ignore[i].reason;
		bcond_bind(&p->rule[p->nrule].when, p, &pr->ignore[i].when);
		if (!p->rule[p->nrule].when.never)
			p->nrule++;
	}
	if (pr->grouping == GROUP_KEY) {
		e = bexpr_bind(&p->group, p, &pr->group, err);
		p->grouped = !e && p->group.n;
	}
	p->sum_lines = pr->sum_lines;
	p->section = arena_zalloc(&p->arena, (pr->nsection + 1) * sizeof *p->section);
	for (size_t i = 0; i < pr->nsection && !e; i++)
		e = plan_section_make(p, &p->section[p->nsection++], &pr->section[i], err);
	return e;
}

void plan_release(struct plan *p)
{
	free(p->parted);
	arena_release(&p->arena);
	*p = (struct plan){ 0 };
}
