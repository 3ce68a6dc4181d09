/* Rows of customers who were erased: not stored, and not written to the file of rejected
 * rows either. A row with a fault is asked by the steps that make keys; one that could not
 * be parted into cells by its words, each as a key of every kind the file has. */
#include "build.h"

/* Another's record keeps quiet about who referred them. */
bool record_erased(const struct builder *b, struct record *r)
{
	if (r->kind == KIND_CUSTOMERS && r->s[F_REFERRED_BY].p && store_banned_text(b->bans, r->s[F_REFERRED_BY]))
		r->s[F_REFERRED_BY] = SV_NONE;
	return store_banned(b->bans, r->key, r->nkeys, r->v[F_TIME]);
}

bool row_erased(struct builder *b, const struct sheet_row *row)
{
	bool yes = false;
	for (uint32_t k = 0; k < b->plan->nsection && !yes; k++) {
		struct plan_section *s = &b->plan->section[k];
		struct record *r = xcalloc(1, sizeof *r);
		for (uint32_t i = 0; i < s->nstep; i++)
			if (s->step[i].op == STEP_KEY)
				(void)key_fill(b, s, &s->step[i], r, row, true);
		yes = store_banned_keys(b->bans, r->key, r->nkeys);
		free(r);
	}
	return yes;
}

static bool word_erased(struct builder *b, const struct step *st, struct sv word)
{
	struct person_key k[2] = { { st->m->space, st->space, word }, { SPACE_MAIL, SV_NONE, mail_key(&b->pool, word) } };
	bool own = b->plan->preset->our_ids && b->plan->id_space.n;
	if (st->m->space == SPACE_TEL)
		k[0].value = phone_key(&b->pool, word, b->plan->country, st->m->international);
	if (st->m->space != SPACE_PRODUCT && st->m->space != SPACE_VISITOR)
		k[0].product = SV_NONE;
	if (st->m->space == SPACE_HAND && own)
		k[0] = (struct person_key){ SPACE_PRODUCT, b->plan->id_space, word };
	return (k[0].value.p && store_banned_keys(b->bans, &k[0], 1)) || (k[1].value.p && store_banned_keys(b->bans, &k[1], 1));
}

static bool any_key(struct builder *b, struct sv word)
{
	for (uint32_t k = 0; k < b->plan->nsection; k++)
		for (uint32_t i = 0; i < b->plan->section[k].nstep; i++)
			if (b->plan->section[k].step[i].op == STEP_KEY && word_erased(b, &b->plan->section[k].step[i], word))
				return true;
	return false;
}

/* As cells, and as words: what parts the cells may be what is damaged. */
bool raw_erased(struct builder *b, struct sv raw)
{
	static const char *const cuts[] = { ",;\t|\"\n\r", ",;\t|\"\n\r <>()'" };
	for (size_t c = 0; c < 2; c++) {
		size_t from = 0;
		for (size_t i = 0; i <= raw.n; i++) {
			if (i < raw.n && (!raw.p[i] || !strchr(cuts[c], raw.p[i])))
				continue;
			struct sv word = sv_trim(sv_n(raw.p + from, i - from));
			from = i + 1;
			if (word.n && any_key(b, word))
				return true;
		}
	}
	return false;
}
