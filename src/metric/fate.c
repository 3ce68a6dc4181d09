/* What became of a customer after a moment.
 *
 * By contracts the end is the end of what was paid; without contracts it is the last purchase,
 * known to be the last when the window of silence has closed behind it, so that a moment can
 * be judged only when the horizon and that window lie behind it for everybody, leavers or not.
 * With --bad the end is the next such step.
 */
#include "fate_impl.h"

enum wend_err fates_init(struct fates *f, const struct population *p, const char *bad, const struct report_options *ro, struct err *err)
{
	const struct churn_options usual = { .dunning_days = 30 };
	int64_t from;
	*f = (struct fates){ .until = p->as_of_end, .said = STR_INIT };
	if (bad) {
		if (touch_steps(&f->bad, "bad", bad, p, err))
			return err->code;
		str_printf(&f->said, "the end = %s", bad);
		return touch_covered(p, f->bad->kinds, &from, &f->until, err);
	}
	if (p->empty)
		return WEND_OK;
	enum wend_err e = churn_leaving(&f->leaving, p, &usual, ro, &f->said, err);
	if (e)
		return e;
	f->ready = true;
	if (!f->leaving.contracts && f->leaving.covered < p->as_of)
		f->until = zone_instant(p->zone, ((int64_t)f->leaving.covered + 1) * 86400, NULL);
	return WEND_OK;
}

void fates_release(struct fates *f)
{
	if (f->ready)
		churn_leaving_release(&f->leaving);
	f->ready = false;
	str_release(&f->said);
}

void fates_define(struct str *s, const struct fates *f)
{
	if (!f->said.n)
		return;
	str_puts(s, "; ");
	str_sv(s, str_view(&f->said));
}

void fates_fields(struct fold *to, const struct fates *f)
{
	if (f->ready)
		leaving_fields(to, &f->leaving);
}

static void add(struct stretches *s, int64_t from, int64_t end, int64_t closes)
{
	GROW(s->v, s->cap, s->n + 1);
	s->v[s->n++] = (struct stretch){ from, end, closes };
}

void stretches_of(struct stretches *out, const struct fates *f, const struct walk *w)
{
	out->n = 0;
	if (f->bad) {
		int64_t from = w->v[0].at;
		for (size_t i = 0; i < w->n; i++)
			if (step_mask(f->bad, w->v[i].name)) {
				add(out, from, w->v[i].at, w->v[i].at);
				from = w->v[i].at + 1;
			}
		add(out, from, INT64_MAX, INT64_MAX);
		return;
	}
	if (!f->ready)
		return;
	spells_of(&out->spells, w->j, &f->leaving);
	for (size_t i = 0; i < out->spells.n; i++) {
		const struct spell *s = &out->spells.v[i];
		const bool open = s->to == INT64_MAX;
		add(out, s->from, open ? INT64_MAX : s->last_seen, s->to);
	}
}

void stretches_release(struct stretches *s)
{
	spell_buf_release(&s->spells);
	free(s->v);
	*s = (struct stretches){ 0 };
}

enum fate fate_after(const struct fates *f, const struct stretches *s, int64_t at, int64_t horizon)
{
	const int64_t silence = f->ready && !f->leaving.contracts ? (int64_t)f->leaving.window * 86400 : 0;
	if (at + horizon + silence > f->until)
		return FATE_UNKNOWN;
	size_t i; /* stretches follow each other in time */
	LOWER_BOUND(i, s->n, s->v[mid].closes <= at);
	if (i == s->n || at < s->v[i].from)
		return FATE_UNKNOWN;
	return s->v[i].end <= at + horizon ? FATE_LEFT : FATE_STAYED;
}
