/* Who began a contact. An interaction of direction in, or one whose direction nobody wrote down
 * but which has a topic, a case, an agent or a team, is one the customer began; direction out
 * one the firm began. Visits, clicks and log-ins are none. --contacts names others.
 */
#include "touch_impl.h"

#include <math.h>

static const enum field served[] = { F_TOPIC, F_CASE, F_AGENT, F_TEAM };

enum wend_err contacts_init(struct contacts *c, const struct population *p, const char *chosen, bool outbound, struct err *err)
{
	*c = (struct contacts){ .outbound = outbound, .in = store_word_code(p->store, SV("in")), .out = store_word_code(p->store, SV("out")) };
	return touch_steps(&c->chosen, "contacts", chosen, p, err);
}

void contacts_fields(struct fold *f, const struct contacts *c)
{
	fields_add(&f->fields, F_DIRECTION);
	for (size_t i = 0; !c->outbound && i < sizeof served / sizeof *served; i++)
		fields_add(&f->fields, served[i]);
}

bool contacts_has(const struct contacts *c, const struct walk *w, size_t i)
{
	const struct rows *r = &w->j->rows;
	const size_t k = w->v[i].record;
	if (c->chosen)
		return step_mask(c->chosen, w->v[i].name) != 0;
	if (r->kind[k] != KIND_INTERACTIONS)
		return false;
	const int64_t direction = r->f[F_DIRECTION] ? r->f[F_DIRECTION][k] : WEND_NONE;
	if (c->outbound || direction != WEND_NONE)
		return direction >= 0 && direction == (c->outbound ? c->out : c->in);
	for (size_t f = 0; f < sizeof served / sizeof *served; f++)
		if (r->f[served[f]] && r->f[served[f]][k] != WEND_NONE)
			return true;
	return false;
}

void contacts_define(struct str *s, const struct contacts *c, const char *chosen)
{
	if (c->chosen)
		str_printf(s, "contacts: %s", chosen);
	else
		str_puts(s, c->outbound ? "contacts: interactions the firm began (direction out)" : "contacts: interactions the customer began (direction in, or with a topic, case, agent or team)");
}

void put_share_of(struct table *t, int64_t k, int64_t n, int64_t min_n)
{
	const struct interval ci = wilson((double)k, (double)n, ALPHA);
	if (n && n < min_n) {
		for (int i = 0; i < 3; i++)
			put_few(t);
		return;
	}
	put_real(t, n ? (double)k / (double)n : NAN);
	put_real(t, ci.lo);
	put_real(t, ci.hi);
}
