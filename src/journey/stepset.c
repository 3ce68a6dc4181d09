/* Steps chosen by name on the command line, told to a mask by step code: one look a step,
 * whatever the number of names and patterns. Spans of time as people type them.
 */
#include "journey_impl.h"

struct parse {
	struct step_set *out;
	const struct population *p;
	const char *option;
	struct err *err;
};

static uint32_t index_count(const struct step_set *s)
{
	return s->words + s->extra + STEP_FIXED_COUNT;
}

/* Name of the step with this index; p NULL: none, as a word that [names] calls otherwise. */
static struct sv name_at(const struct parse *q, uint32_t i)
{
	const struct step_set *s = q->out;
	if (i >= s->words + s->extra) /* derived steps are on no walk */
		return i - s->words - s->extra < STEP_DERIVED ? sv_of(fixed_step_names[i - s->words - s->extra]) : SV_NONE;
	if (i >= s->words)
		return q->p->names->extra[i - s->words];
	return names_code(q->p->names, i) == i ? store_word(q->p->store, i) : SV_NONE;
}

static uint32_t kinds_of(const struct step_set *s, uint32_t i)
{
	static const uint8_t kind[STEP_DERIVED] = {
		KIND_ORDERS, KIND_ORDERS, KIND_PAYMENTS, KIND_PAYMENTS, KIND_INVOICES, KIND_INVOICES, KIND_INVOICES,
		KIND_SUBSCRIPTIONS, KIND_SUBSCRIPTIONS, KIND_SUBSCRIPTIONS, KIND_SUBSCRIPTIONS, KIND_SUBSCRIPTIONS, KIND_SUBSCRIPTIONS,
		KIND_CUSTOMERS, KIND_CUSTOMERS, KIND_FEEDBACK, KIND_FEEDBACK, KIND_FEEDBACK
	};
	return KIND_BIT(i < s->words + s->extra ? KIND_INTERACTIONS : kind[i - s->words - s->extra]);
}

static size_t mark(const struct parse *q, struct sv name, uint32_t bit, bool (*matches)(struct sv pattern, struct sv text))
{
	struct step_set *s = q->out;
	size_t n = 0;
	for (uint32_t i = 0; i < index_count(s); i++) {
		const struct sv text = name_at(q, i);
		if (!text.p || !matches(name, text))
			continue;
		s->mask[i] |= bit;
		s->kinds |= kinds_of(s, i);
		n++;
	}
	return n;
}

static bool matches_pattern(struct sv pattern, struct sv text)
{
	return sv_glob(pattern, text, true);
}

static enum wend_err unknown(const struct parse *q, struct sv name)
{
	const struct step_set *s = q->out;
	const char **names = xcalloc((size_t)index_count(s) + 1, sizeof *names);
	struct arena a = ARENA_INIT;
	size_t n = 0;
	for (uint32_t i = 0; i < index_count(s); i++) {
		const struct sv text = name_at(q, i);
		if (text.p)
			names[n++] = arena_strndup(&a, text.p, text.n);
	}
	const char *near = suggest(arena_strndup(&a, name.p, name.n), names);
	if (near)
		err_set(q->err, WEND_E_USAGE, "--%s: no step '%.*s'; did you mean '%s'?", q->option, (int)name.n, name.p, near);
	else
		err_set(q->err, WEND_E_USAGE, "--%s: no step '%.*s'; 'wend touchpoints list' shows them", q->option, (int)name.n, name.p);
	free(names);
	arena_release(&a);
	return WEND_E_USAGE;
}

static enum wend_err choose(const struct parse *q, struct sv name, uint32_t bit)
{
	if (!name.n)
		return err_set(q->err, WEND_E_USAGE, "--%s: a name is missing; give steps with commas between them", q->option);
	if (mark(q, name, bit, sv_eq))
		return WEND_OK;
	const bool pattern = memchr(name.p, '*', name.n) || memchr(name.p, '?', name.n);
	if (mark(q, name, bit, pattern ? matches_pattern : sv_ieq) || q->p->empty)
		return WEND_OK;
	return unknown(q, name);
}

/* One name up to `|`, `,` or the end; quotes as in CSV. false: a quote is left open. */
static bool take_name(struct sv *rest, struct str *name)
{
	str_reset(name);
	*rest = sv_trim(*rest);
	if (rest->n && *rest->p == '"') {
		size_t i = 1;
		for (;; i++) {
			if (i >= rest->n)
				return false;
			if (rest->p[i] != '"')
				str_putc(name, rest->p[i]);
			else if (i + 1 < rest->n && rest->p[i + 1] == '"')
				str_putc(name, rest->p[i++]);
			else
				break;
		}
		*rest = sv_trim(sv_n(rest->p + i + 1, rest->n - i - 1));
		return true;
	}
	size_t i = 0;
	while (i < rest->n && rest->p[i] != ',' && rest->p[i] != '|')
		i++;
	str_sv(name, sv_trim(sv_n(rest->p, i)));
	*rest = sv_n(rest->p + i, rest->n - i);
	return true;
}

enum wend_err step_set_parse(struct step_set *out, const char *option, const char *text, const struct population *p, struct err *err)
{
	struct arena *a = (struct arena *)&p->arena;
	const struct parse q = { out, p, option, err };
	struct sv rest = sv_of(text);
	struct str name = STR_INIT, shown = STR_INIT;
	enum wend_err e = WEND_OK;
	*out = (struct step_set){ .words = (uint32_t)store_words(p->store), .extra = p->names->nextra };
	out->mask = arena_zalloc(a, ((size_t)index_count(out) + 1) * sizeof *out->mask);
	for (;;) {
		if (out->n == STEP_CHOICES_MAX) {
			e = err_set(err, WEND_E_USAGE, "--%s: more than %d steps", option, (int)STEP_CHOICES_MAX);
			break;
		}
		if (!take_name(&rest, &name)) {
			e = err_set(err, WEND_E_USAGE, "--%s: a quote in '%s' is left open; close it", option, text);
			break;
		}
		if (shown.n)
			str_puts(&shown, " | ");
		str_sv(&shown, str_view(&name));
		e = choose(&q, str_view(&name), 1u << out->n);
		const char next = rest.n ? *rest.p : ',';
		if (!e && next != ',' && next != '|')
			e = err_set(err, WEND_E_USAGE, "--%s: text behind the quote of '%s'; put a comma between steps", option, name.p ? name.p : "");
		if (e)
			break;
		if (next == ',') {
			out->text[out->n++] = sv_of(arena_strndup(a, shown.p, shown.n));
			str_reset(&shown);
		}
		if (!rest.n)
			break;
		rest = sv_n(rest.p + 1, rest.n - 1);
	}
	str_release(&name);
	str_release(&shown);
	return e;
}

/* ---- spans ---- */
static const struct { const char *unit, *name; int64_t s; } units[] = {
	{ "w", "week", 7 * 86400 }, { "d", "day", 86400 }, { "h", "hour", 3600 }, { "min", "minute", 60 }, { "s", "second", 1 },
	{ "days", "", 86400 }, { "day", "", 86400 }, { "week", "", 7 * 86400 }, { "weeks", "", 7 * 86400 }, { "hour", "", 3600 }, { "hours", "", 3600 },
};

enum wend_err lapse_parse(int64_t *seconds, const char *option, const char *text, struct err *err)
{
	const struct sv v = sv_trim(sv_of(text));
	size_t digits = 0;
	int64_t n;
	if (sv_is(v, "none")) {
		*seconds = INT64_MAX;
		return WEND_OK;
	}
	while (digits < v.n && v.p[digits] >= '0' && v.p[digits] <= '9')
		digits++;
	const struct sv unit = sv_trim(sv_n(v.p + digits, v.n - digits));
	if (sv_int(sv_n(v.p, digits), &n) && n <= 100000) {
		if (!n && !unit.n) {
			*seconds = 0;
			return WEND_OK;
		}
		for (size_t i = 0; i < sizeof units / sizeof *units; i++)
			if (sv_is(unit, units[i].unit)) {
				*seconds = n * units[i].s;
				return WEND_OK;
			}
	}
	return err_set(err, WEND_E_USAGE, "'--%s %s' is no span of time; give 30d, 12h, 90min, 4w or none", option, text);
}

void lapse_say(struct str *out, int64_t seconds)
{
	static const int order[] = { 1, 2, 3, 4 };
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		const int64_t s = units[order[i]].s;
		if (seconds % s && i + 1 < sizeof order / sizeof *order)
			continue;
		const int64_t n = seconds / s;
		str_int(out, n);
		str_printf(out, " %s%s", units[order[i]].name, n == 1 ? "" : "s");
		return;
	}
}
