/* How a table was read as cases, in one sentence: what is time and event, which rows are left
 * out and why, which cells are missing.
 */
#include "metric_impl.h"

enum { SAID = 3 };

static void say_levels(struct str *s, const struct case_level *l, size_t n)
{
	for (size_t i = 0; i < n && i < SAID; i++)
		str_printf(s, "%s%.*s", i ? ", " : "", (int)l[i].name.n, l[i].name.p);
	if (n > SAID)
		str_printf(s, " and %zu others", n - SAID);
}

static void say_event(struct str *s, const struct cases *c)
{
	str_printf(s, "event = %s is ", c->event_name);
	if (c->nis)
		say_levels(s, c->is_event, c->nis);
	else
		str_puts(s, "what no row has");
	str_puts(s, " (");
	say_count(s, c->events);
	str_puts(s, " of ");
	say_count(s, (int64_t)c->n);
	if (c->nno) {
		str_puts(s, ", the others ");
		say_levels(s, c->no_event, c->nno);
	}
	str_putc(s, ')');
}

void say_cases(struct str *s, const struct cases *c)
{
	const char *sep = "Read as: ";
	if (c->time_name) {
		str_printf(s, "%stime = %s", sep, c->time_name);
		sep = ", ";
	}
	if (c->entry_name) {
		str_printf(s, "%swatched from %s on", sep, c->entry_name);
		sep = ", ";
	}
	if (c->event_name) {
		str_puts(s, sep);
		say_event(s, c);
		sep = ", ";
	}
	if (c->weight_name) {
		str_printf(s, "%sa row counts %s times", sep, c->weight_name);
		sep = ", ";
	}
	if (!c->event_name)
		say_things(s, (int64_t)c->n, "row", "rows");
	const char *left = "; left out: ";
	for (int i = 0; i < CASE_OUTS; i++)
		if (c->out[i]) {
			str_puts(s, left);
			say_things(s, c->out[i], "row ", "rows ");
			str_puts(s, case_out_name[i]);
			left = ", ";
		}
	str_putc(s, '.');
}

void say_missing(struct str *s, const struct case_column *v)
{
	if (!v->missing)
		return;
	str_printf(s, " %s is missing in ", v->name);
	say_things(s, v->missing, "row", "rows");
	if (v->bad) {
		str_puts(s, ", in ");
		say_count(s, v->bad);
		str_puts(s, " of them it is no number");
	}
	str_putc(s, '.');
}
