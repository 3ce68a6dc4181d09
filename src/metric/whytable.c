/* churn why, printed: reasons by the customers they explain, then what keeps, what only told
 * of it, what makes no difference, what is too few; what customers say beside it.
 *
 *   customers   explained by the reason, at the lower limit: exposed x (1 - 1 / lo); where
 *               leaving is not rare, by the ratio of risks
 *   share       of leavers who had it (reasons, signs), or who said so (stated); Wilson
 *   second      leavers against customers alike; `?` in doubt where the limits contradict
 *   before      the step most often right before it
 */
#include "around_impl.h"
#include "why_impl.h"

#include <math.h>

enum { SCREEN_ROWS = 10, BEFORE_ROWS = 12, WIDEST = 100 /* limits apart by more are not drawn */ };

enum role { ROLE_REASON, ROLE_ONCE, ROLE_KEEPS, ROLE_SIGN, ROLE_STATED, ROLE_NONE, ROLE_FEW };
static const char *const role_names[] = { "reason", "once", "keeps", "sign", "stated", "none", "few" };

struct row {
	enum role role;
	struct sv name;
	size_t unit;
	const struct own_counts *c;   /* NULL: stated */
	const struct own_finding *f;
	int64_t k, n;                 /* of the share */
	double people, money;
};
struct rows_list {
	struct row *v;
	size_t n, cap;
	int64_t counted, said;        /* leavers of the span; those of them who gave a reason */
};

static void add_row(struct rows_list *l, struct row r)
{
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = r;
}

static enum role role_of(const struct own_finding *f, bool once)
{
	if (f->verdict == OWN_REASON)
		return once ? ROLE_ONCE : ROLE_REASON;
	return f->verdict == OWN_KEEPS ? ROLE_KEEPS : f->verdict == OWN_SIGN ? ROLE_SIGN : f->verdict == OWN_NONE ? ROLE_NONE : ROLE_FEW;
}

static void add_units(struct rows_list *l, const struct why *y, const struct own_counts *c, const struct own_finding *f, bool once, struct arena *a)
{
	for (size_t u = 0; u < y->a.nunit; u++) {
		struct str name = STR_INIT;
		why_name(&name, y, u);
		struct row r = { role_of(&f[u], once), sv_n(arena_strndup(a, name.p, name.n), name.n), u, &c[u], &f[u], c[u].exposed, c[u].cases, f[u].people,
				 y->a.mixed ? NAN : f[u].money };
		str_release(&name);
		/* without a contract nobody knows the day on which a customer decided */
		if (!y->leaving.contracts && step_says_leaving(r.name)) {
			r.role = ROLE_SIGN;
			if (once)
				continue;
		}
		/* told only by the last days: a sign, also where the window holds too few to be tested */
		if (r.role == ROLE_FEW && c[u].signs >= OWN_MIN_EXPOSED && f[u].sign.ci.lo > 1 && f[u].sign.p * (double)y->a.nunit <= ALPHA)
			r.role = ROLE_SIGN;
		if (r.role == ROLE_SIGN && y->leaving.contracts) {
			r.k = c[u].signs;
			r.n = c[u].signs_of;
		}
		if (!once || r.role == ROLE_ONCE)
			add_row(l, r);
	}
}

struct said {
	int64_t word, n;
};

static void add_stated(struct rows_list *l, const struct why *y)
{
	struct said *v = NULL;
	size_t n = 0, cap = 0;
	for (size_t i = 0; i < y->a.n; i++) {
		size_t k = 0;
		if (!y->v[i].left || !y->v[i].counted)
			continue;
		l->counted++;
		if (y->person[i].said == WEND_NONE)
			continue;
		l->said++;
		const int64_t word = step_word(y->p, y->person[i].said);
		while (k < n && v[k].word != word)
			k++;
		GROW(v, cap, n + 1);
		if (k == n)
			v[n++] = (struct said){ word, 0 };
		v[k].n++;
	}
	for (size_t k = 0; k < n; k++)
		add_row(l, (struct row){ .role = ROLE_STATED, .name = step_name(y->p, (uint32_t)v[k].word), .k = v[k].n, .n = l->said, .people = (double)v[k].n, .money = NAN });
	free(v);
}

static int by_role(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	if (x->role != y->role)
		return (int)x->role - (int)y->role;
	if ((x->role == ROLE_REASON || x->role == ROLE_ONCE) && x->people != y->people)
		return x->people > y->people ? -1 : 1;
	if (x->k != y->k)
		return x->k > y->k ? -1 : 1;
	return sv_cmp(x->name, y->name);
}

static void collect(struct rows_list *l, const struct why *y, struct arena *a)
{
	*l = (struct rows_list){ 0 };
	add_units(l, y, y->counts, y->found, false, a);
	if (!y->leaving.contracts)
		add_units(l, y, y->once, y->found_once, true, a);
	add_stated(l, y);
	if (l->n)
		qsort(l->v, l->n, sizeof *l->v, by_role);
}

/* ---- table ---- */

static void put_ratio(struct table *t, const struct own_ratio *r, bool few)
{
	const double v[3] = { r ? r->rr : NAN, r ? r->ci.lo : NAN, r ? r->ci.hi : NAN };
	for (int i = 0; i < 3; i++)
		if (few)
			put_few(t);
		else
			put_real(t, v[i]);
}

static void columns(struct table *t, const struct why *y)
{
	table_col(t, "reason", COL_TEXT, NULL, -1);
	table_col(t, "role", COL_TEXT, NULL, -1);
	table_col(t, "customers", COL_REAL, NULL, 1);
	table_col_money(t, "money_a_year", y->a.mixed ? 0 : y->a.cur);
	table_col(t, "exposed", COL_INT, NULL, 0);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "share", COL_SHARE, NULL, 1);
	table_col(t, "share_lo", COL_SHARE, NULL, 1);
	table_col(t, "share_hi", COL_SHARE, NULL, 1);
	table_col(t, "rr", COL_REAL, NULL, 2);
	table_col(t, "lo", COL_REAL, NULL, 2);
	table_col(t, "hi", COL_REAL, NULL, 2);
	table_col(t, "q", COL_REAL, NULL, 4);
	table_col(t, "second", COL_REAL, NULL, 2);
	table_col(t, "second_lo", COL_REAL, NULL, 2);
	table_col(t, "second_hi", COL_REAL, NULL, 2);
	table_col(t, "doubt", COL_TEXT, NULL, -1);
	table_col(t, "own_rr", COL_REAL, NULL, 2);
	table_col(t, "sign_rr", COL_REAL, NULL, 2);
	table_col(t, "before", COL_TEXT, NULL, -1);
	table_col(t, "before_share", COL_SHARE, NULL, 1);
	table_col(t, "uncovered", COL_INT, NULL, 0);
	table_col(t, "flag", COL_TEXT, NULL, -1);
}

static void put_row(struct table *t, const struct row *r, const struct why *y, size_t i, struct arena *a)
{
	const bool few = r->role == ROLE_FEW, reason = r->role == ROLE_REASON || r->role == ROLE_ONCE;
	const struct interval ci = wilson((double)r->k, (double)r->n, ALPHA);
	double share = NAN;
	const struct sv before = reason && i < BEFORE_ROWS ? why_before(y, r->unit, &share, a) : SV_NONE;
	put_text(t, r->name);
	put_z(t, role_names[r->role]);
	put_real(t, reason ? r->people : NAN);
	put_int(t, reason && !isnan(r->money) ? llround(r->money) : WEND_NONE);
	put_int(t, r->k);
	put_int(t, r->n);
	put_real(t, r->n ? (double)r->k / (double)r->n : NAN);
	put_real(t, ci.lo);
	put_real(t, ci.hi);
	put_ratio(t, r->f ? &r->f->rr : NULL, few);
	if (few)
		put_few(t);
	else
		put_real(t, r->f ? r->f->q : NAN);
	put_ratio(t, r->f ? &r->f->alike : NULL, few);
	put_z(t, r->f && !few && r->f->doubtful ? "?" : "");
	put_real(t, r->f && !few ? r->f->own.rr : NAN);
	put_real(t, r->f && r->c->signs >= OWN_MIN_EXPOSED ? r->f->sign.rr : NAN);
	put_text(t, before);
	put_real(t, share);
	put_int(t, r->c ? r->c->uncovered : WEND_NONE);
	put_z(t, few ? "few" : "");
}

/* ---- for people ---- */

static void text_cell(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static void screen_reasons(struct report *r, const struct rows_list *l, const struct why *y, enum role role, const char *heading)
{
	struct table *t = NULL;
	struct str s = STR_INIT;
	char cur[4] = "";
	currency_text(cur, y->a.cur);
	for (size_t i = 0, shown = 0; i < l->n && shown < SCREEN_ROWS; i++) {
		const struct row *v = &l->v[i];
		if (v->role != role)
			continue;
		if (!t) {
			t = &report_screen(r, heading)->t;
			table_col(t, "", COL_TEXT, NULL, -1);
			table_col(t, role == ROLE_KEEPS ? "had it" : "customers", COL_TEXT, NULL, -1);
			table_col(t, "risk ratio", COL_TEXT, NULL, -1);
			table_col(t, "95 %", COL_TEXT, NULL, -1);
			table_col(t, role == ROLE_KEEPS || y->a.mixed ? " " : arena_printf(&r->arena, "%s a year", cur), COL_TEXT, NULL, -1);
		}
		str_sv(&s, v->name);
		str_puts(&s, v->f->doubtful ? " ?" : "");
		text_cell(t, &s);
		if (role == ROLE_KEEPS) {
			say_count(&s, v->k);
		} else {
			str_puts(&s, ">= ");
			say_count(&s, (int64_t)floor(v->people));
		}
		text_cell(t, &s);
		say_real(&s, v->f->rr.rr, 2);
		text_cell(t, &s);
		say_real(&s, v->f->rr.ci.lo, 2);
		str_putc(&s, '-');
		say_real(&s, v->f->rr.ci.hi, 2);
		text_cell(t, &s);
		if (role != ROLE_KEEPS && !isnan(v->money))
			say_money(&s, llround(v->money), 0, false);
		text_cell(t, &s);
		shown++;
	}
	str_release(&s);
}

static void screen_shares(struct report *r, const struct rows_list *l, enum role role, const char *heading, const char *what)
{
	struct table *t = NULL;
	struct str s = STR_INIT;
	for (size_t i = 0, shown = 0; i < l->n && shown < SCREEN_ROWS; i++) {
		const struct row *v = &l->v[i];
		if (v->role != role)
			continue;
		if (!t) {
			t = &report_screen(r, heading)->t;
			table_col(t, "", COL_TEXT, NULL, -1);
			table_col(t, what, COL_TEXT, NULL, -1);
			table_col(t, "share", COL_TEXT, NULL, -1);
			table_col(t, "95 %", COL_TEXT, NULL, -1);
		}
		str_sv(&s, v->name);
		text_cell(t, &s);
		say_count(&s, v->k);
		text_cell(t, &s);
		say_share(&s, v->n ? (double)v->k / (double)v->n : NAN);
		text_cell(t, &s);
		say_shares(&s, wilson((double)v->k, (double)v->n, ALPHA));
		text_cell(t, &s);
		shown++;
	}
	str_release(&s);
}

static void screen(struct report *r, const struct rows_list *l, const struct why *y)
{
	const int days = (int)(y->span.gap / 1440);
	screen_reasons(r, l, y, ROLE_REASON, "WHY");
	screen_reasons(r, l, y, ROLE_ONCE, "WHY, AFTER A FIRST AND ONLY ORDER");
	screen_reasons(r, l, y, ROLE_KEEPS, "WHAT KEEPS THEM");
	screen_shares(r, l, ROLE_SIGN, y->leaving.contracts ? arena_printf(&r->arena, "SIGNS, IN THE LAST %d DAYS: NO REASONS", days) : "SIGNS: NO REASONS", "leavers");
	screen_shares(r, l, ROLE_STATED, "WHAT THEY SAY", "leavers");
}

static void draw(struct report *r, const struct rows_list *l)
{
	static const char *const cols[] = { "reason", "rr", "lo", "hi" };
	struct table *t = figure_forest(&r->figure, "how much more often customers leave after it", "risk ratio, 95 %", cols, 2);
	for (size_t i = 0, shown = 0; i < l->n && shown < 30; i++) {
		const struct row *v = &l->v[i];
		if (!v->f || v->role == ROLE_FEW || v->role == ROLE_SIGN || isnan(v->f->rr.rr) || v->f->rr.ci.hi > WIDEST * v->f->rr.ci.lo)
			continue;
		put_text(t, v->name);
		put_real(t, v->f->rr.rr);
		put_real(t, v->f->rr.ci.lo);
		put_real(t, v->f->rr.ci.hi);
		shown++;
	}
}

static void say_reason(struct str *s, const struct row *v, const struct why *y, int64_t of)
{
	str_sv(s, v->name);
	str_puts(s, ", at least ");
	say_count(s, (int64_t)floor(v->people));
	str_puts(s, " of the ");
	say_count(s, of);
	str_puts(s, " who left (risk ratio ");
	say_real(s, v->f->rr.rr, 2);
	str_puts(s, ", ");
	say_real(s, v->f->rr.ci.lo, 2);
	str_puts(s, " to ");
	say_real(s, v->f->rr.ci.hi, 2);
	if (!isnan(v->money) && v->money >= 1) {
		str_puts(s, "; ");
		say_money(s, llround(v->money), y->a.cur, false);
		str_puts(s, " a year");
	}
	str_putc(s, ')');
}

static const struct row *first_of(const struct rows_list *l, enum role role)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].role == role)
			return &l->v[i];
	return NULL;
}

static void say_shared(struct str *s, const char *what, const struct row *v)
{
	if (!v)
		return;
	str_puts(s, what);
	str_sv(s, v->name);
	str_puts(s, ", ");
	say_share(s, (double)v->k / (double)v->n);
	str_puts(s, " of ");
	say_count(s, v->n);
	str_puts(s, ". ");
}

static void find(struct report *r, const struct rows_list *l, const struct why *y)
{
	struct str *s = &r->finding;
	const struct row *first = first_of(l, ROLE_REASON), *said = first_of(l, ROLE_STATED), *sign = first_of(l, ROLE_SIGN), *once = first_of(l, ROLE_ONCE);
	size_t reasons = 0, tested = 0;
	for (size_t i = 0; i < l->n; i++) {
		reasons += l->v[i].role == ROLE_REASON;
		tested += l->v[i].f && l->v[i].role != ROLE_FEW && l->v[i].role != ROLE_ONCE;
	}
	if (!y->totals.left) {
		str_puts(s, "nobody left: nothing to explain.");
		return;
	}
	if (first) {
		str_puts(s, "first cause: ");
		say_reason(s, first, y, l->counted);
		for (size_t i = 1; i < reasons && i < 3; i++) {
			str_puts(s, i + 1 == reasons || i == 2 ? " and " : ", ");
			str_sv(s, first[i].name);
			str_puts(s, ", at least ");
			say_count(s, (int64_t)floor(first[i].people));
		}
		str_puts(s, ". ");
	} else if (tested) {
		str_puts(s, "no step drives customers away by more than chance. ");
	} else {
		str_puts(s, "too few to tell: no step was seen before ten who left. ");
	}
	if (once) {
		str_puts(s, "Who bought once: ");
		str_sv(s, once->name);
		str_puts(s, ". ");
	}
	say_shared(s, "They say: ", said);
	say_shared(s, "A sign, no reason: ", sign);
	say_count(s, (int64_t)tested);
	str_puts(s, tested == 1 ? " step tested; " : " steps tested together; ");
	say_count(s, y->totals.young);
	str_puts(s, y->leaving.contracts ? " left too soon to be compared with themselves." : " bought once and are apart.");
}

static void explain(struct report *r, const struct why *y)
{
	struct line_list *t = &r->explain.text;
	const long long window = y->span.window / 1440, gap = y->span.gap / 1440;
	if (y->leaving.contracts) {
		line_add(t, "each leaver is his own control: days %lld to %lld before leaving against the same before %lld, %lld and %lld days earlier", window, gap, 2 * window, 3 * window, 4 * window);
		line_add(t, "rr = Mantel-Haenszel ratio of leavers, limits Robins, Breslow & Greenland (1986), over that of stayers on the same days (case-time-control, Suissa 1995)");
	} else {
		line_add(t, "what followed the last order, as long as it took to come back before, against what followed up to three earlier orders of the same customer; ratio of odds");
		line_add(t, "over the same of others whose order within 30 days of it was followed by one (case-time-control); leaving follows %.1f %% of orders, %.1f %% of first ones",
			 100 * y->base[0], 100 * y->base[1]);
	}
	line_add(t, "q: Benjamini & Hochberg (1995) over all units with ten exposed leavers or more; a reason has q <= 0.05 and a ratio above 1");
	line_add(t, "leavers %lld, without an earlier window %lld; with customers alike %lld, these %lld", (long long)y->totals.left, (long long)y->totals.young,
		 (long long)y->totals.matched, (long long)y->totals.controls);
	line_add(t, "uncovered: leavers left out of a row because the sources of the step do not tell of the whole time");
}

enum wend_err metric_churn_why(const struct population *p, const struct why_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct why y;
	struct rows_list l = { 0 };
	enum wend_err e = why_run(&y, p, o, ro, err);
	if (e)
		goto done;
	collect(&l, &y, &r->arena);
	columns(&r->table, &y);
	for (size_t i = 0; i < l.n; i++)
		put_row(&r->table, &l.v[i], &y, i, &r->arena);
	screen(r, &l, &y);
	draw(r, &l);
	find(r, &l, &y);
	if (y.a.mixed)
		line_add(&r->warn, "prices are in several currencies and not added up; choose one with '--currency'");
	str_sv(&r->definition, str_view(&y.said));
	str_puts(&r->definition, "; a reason was more frequent before leaving than at other times of the same customers, by more than stayers' own change; customers explained at the lower 95 % limit");
	line_add(&r->next, "wend churn why --plot why.svg");
	line_add(&r->next, "wend churn risk");
	e = say_scope(&r->finding, p, &y.n, p->kinds & ~KIND_BIT(KIND_SPEND), err);
	report_scope(r, p, &y.n);
	explain(r, &y);
done:
	free(l.v);
	why_release(&y);
	return e;
}

void why_reasons(struct reasons *out, const struct why *y)
{
	struct rows_list l = { 0 };
	*out = (struct reasons){ 0 };
	collect(&l, y, &out->arena);
	out->v = arena_alloc(&out->arena, (l.n + 1) * sizeof *out->v);
	out->left = l.counted;
	for (size_t i = 0; i < l.n; i++)
		if (l.v[i].role == ROLE_REASON)
			out->v[out->n++] = (struct reason){ l.v[i].name, l.v[i].people, l.v[i].money, l.v[i].f->rr, l.v[i].f->q, l.v[i].f->doubtful };
	free(l.v);
}

void churn_reasons_release(struct reasons *r)
{
	arena_release(&r->arena);
	*r = (struct reasons){ 0 };
}
