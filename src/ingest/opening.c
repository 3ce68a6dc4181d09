#include "opening.h"

void opening_release(struct opening *o)
{
	arena_release(&o->arena);
	free(o->cell);
	free(o->ncell);
	free(o->raw);
	free(o->line);
	*o = (struct opening){ 0 };
}

enum wend_err opening_read(struct opening *o, struct csv *c, struct err *err)
{
	opening_release(o);
	o->cell = xcalloc(OPENING_RECORDS, sizeof *o->cell);
	o->ncell = xcalloc(OPENING_RECORDS, sizeof *o->ncell);
	o->raw = xcalloc(OPENING_RECORDS, sizeof *o->raw);
	o->line = xcalloc(OPENING_RECORDS, sizeof *o->line);
	while (o->n < OPENING_RECORDS && o->arena.bytes < 4u << 20) {
		struct csv_record rec;
		enum wend_err e = csv_next(c, &rec, err);
		if (e)
			return e;
		if (rec.verdict == CSV_END)
			break;
		size_t n = rec.verdict == CSV_RECORD ? rec.n : 0;
		struct sv *cell = arena_alloc(&o->arena, (n + 1) * sizeof *cell);
		for (size_t i = 0; i < n; i++)
			cell[i] = sv_n(arena_strndup(&o->arena, rec.f[i].n ? rec.f[i].p : "", rec.f[i].n), rec.f[i].n);
		o->cell[o->n] = cell;
		o->ncell[o->n] = n;
		o->raw[o->n] = sv_n(arena_strndup(&o->arena, rec.raw.n ? rec.raw.p : "", rec.raw.n), rec.raw.n);
		o->line[o->n++] = rec.line;
		if (rec.sep)
			o->sep = rec.sep;
	}
	o->header = o->n;
	return WEND_OK;
}

void opening_recognise(struct opening *o, const struct preset_set *set, struct recognised *r)
{
	*r = (struct recognised){ 0 };
	for (size_t i = 0; i < o->n; i++) {
		struct header_guess h;
		if (o->ncell[i] < 2)
			continue;
		header_guess_init(&h, o->cell[i], o->ncell[i]);
		for (size_t k = 0; k < set->n; k++) {
			struct preset_score s;
			preset_rate(&s, set->v[k], &h);
			s.row = i;
			if (s.required < 2)
				continue;
			int cmp = preset_score_cmp(&s, &r->best);
			if (!r->best.p || cmp > 0) {
				if (r->best.p && r->best.p != s.p)
					r->second = r->best;
				r->best = s;
			} else if (s.p != r->best.p && (!r->second.p || preset_score_cmp(&s, &r->second) > 0)) {
				r->second = s;
			}
		}
		header_guess_release(&h);
	}
	r->tie = r->best.p && r->second.p && preset_score_cmp(&r->best, &r->second) == 0;
	if (r->best.p)
		o->header = r->best.row;
}

void opening_header_of(struct opening *o, const struct sheet *s, const struct preset *p)
{
	bool join = p && p->header_join;
	size_t n = sheet_columns(s);
	for (size_t i = 0; i < o->n; i++) {
		bool same = n > 0 && o->ncell[i] > 0 && (join || o->ncell[i] >= n);
		for (size_t c = 0; same && !join && c < n; c++)
			same = sv_eq(sv_trim(o->cell[i][c]), sv_trim(sheet_column(s, c)));
		if (join)
			same = i == o->header;
		if (same) {
			o->header = i;
			return;
		}
	}
}
