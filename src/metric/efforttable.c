/* touchpoints effort, printed: rework by touchpoint, handoffs by channels, the index.
 *
 *   index     of a matter: sum over its parts of weight x (part - mean) / sd, over all matters
 *   auc       chance that a matter whose customer left within 90 days had the higher value than
 *             one whose customer stayed; 0.5 = it tells nothing (DeLong et al. 1988)
 *   handoffs  left_diff = share that left after a > b less that after a > a, good_diff the same
 *             of good scores; Newcombe (1998)
 */
#include "effort_impl.h"

#include <math.h>

/* ---- rework ---- */
struct named {
	struct sv name;
	const struct rework *x;
};

static int by_repeats(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	if (x->x->repeats != y->x->repeats)
		return x->x->repeats > y->x->repeats ? -1 : 1;
	return sv_cmp(x->name, y->name);
}

static struct named *named_of(const struct effort_state *s)
{
	const struct effort_acc *a = &s->a;
	struct named *v = xcalloc(a->nrework + 1, sizeof *v);
	for (size_t i = 0; i < a->nrework; i++)
		v[i] = (struct named){ step_name(s->p, a->rework[i].code), &a->rework[i] };
	if (a->nrework)
		qsort(v, a->nrework, sizeof *v, by_repeats);
	return v;
}

static void fill_rework(struct report *r, const struct named *v, size_t n, int64_t min_n)
{
	struct table *t = &r->table, *d = &r->figure.data;
	static const char *const counts[] = { "events", "customers", "loops", "runs", "repeats" };
	table_col(t, "touchpoint", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		table_col(t, counts[i], COL_INT, NULL, 0);
	table_col(t, "repeat_share", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col(t, "redo_same_agent", COL_INT, NULL, 0);
	table_col(t, "redo_other_agent", COL_INT, NULL, 0);
	table_col(t, "added_days", COL_REAL, "days", 1);
	r->figure.kind = FIG_BAR;
	r->figure.title = "occurrences of a step beyond a customer's first";
	r->figure.y_label = "share of its occurrences";
	table_col(d, "touchpoint", COL_TEXT, NULL, -1);
	table_col(d, "repeat_share", COL_SHARE, NULL, 1);
	table_col(d, "lo", COL_SHARE, NULL, 1);
	table_col(d, "hi", COL_SHARE, NULL, 1);
	for (size_t i = 0; i < n; i++) {
		const struct rework *x = v[i].x;
		put_text(t, v[i].name);
		put_int(t, x->events);
		put_int(t, x->customers);
		put_int(t, x->loops);
		put_int(t, x->runs);
		put_int(t, x->repeats);
		put_share_of(t, x->repeats, x->events, min_n);
		put_int(t, x->same_agent);
		put_int(t, x->other_agent);
		put_real(t, (double)x->added_s / DAY_S);
		if (i < 30) {
			put_text(d, v[i].name);
			put_share_of(d, x->repeats, x->events, 0);
		}
	}
}

/* 41.2 % of 1,200 steps repeat ... (38.4 to 44.0 %) */
static void say_part(struct str *f, int64_t k, int64_t n, const char *what)
{
	say_share(f, (double)k / (double)n);
	str_puts(f, " of ");
	say_count(f, n);
	str_printf(f, " %s (", what);
	say_shares(f, wilson((double)k, (double)n, ALPHA));
	str_puts(f, ")");
}

static void find_rework(struct str *f, const struct named *v, size_t n)
{
	int64_t events = 0, repeats = 0;
	const struct named *loop = NULL;
	for (size_t i = 0; i < n; i++) {
		events += v[i].x->events;
		repeats += v[i].x->repeats;
		if (v[i].x->loops && (!loop || v[i].x->added_s > loop->x->added_s))
			loop = &v[i];
	}
	if (!events) {
		str_puts(f, "no steps: nothing is repeated.");
		return;
	}
	say_part(f, repeats, events, events == 1 ? "step repeats one the customer had taken before" : "steps repeat one the customer had taken before");
	if (v[0].x->repeats) {
		str_puts(f, ", most often ");
		str_sv(f, v[0].name);
		str_puts(f, " (");
		say_count(f, v[0].x->repeats);
		str_puts(f, ")");
	}
	str_putc(f, '.');
	if (loop) {
		str_puts(f, " Runs of ");
		str_sv(f, loop->name);
		str_puts(f, " take most time: ");
		say_things(f, loop->x->runs, "run", "runs");
		str_puts(f, " add ");
		say_real(f, (double)loop->x->added_s / DAY_S, 0);
		str_puts(f, " days");
		if (loop->x->same_agent + loop->x->other_agent) {
			str_puts(f, ", ");
			say_share(f, (double)loop->x->other_agent / (double)(loop->x->same_agent + loop->x->other_agent));
			str_puts(f, " of the repetitions with another agent");
		}
		str_putc(f, '.');
	}
}

/* ---- handoffs ---- */
struct hand {
	struct sv from, to;
	const struct handoff *x, *own; /* own: from > from */
};

static int by_number(const void *a, const void *b)
{
	const struct hand *x = a, *y = b;
	if (x->x->n != y->x->n)
		return x->x->n > y->x->n ? -1 : 1;
	const int c = sv_cmp(x->from, y->from);
	return c ? c : sv_cmp(x->to, y->to);
}

static struct sv channel_name(const struct effort_state *s, int64_t word)
{
	return word < 0 ? SV_NONE : step_name(s->p, (uint32_t)word);
}

static struct hand *hands_of(const struct effort_state *s)
{
	const struct effort_acc *a = &s->a;
	struct hand *v = xcalloc(a->nhandoff + 1, sizeof *v);
	for (size_t i = 0; i < a->nhandoff; i++) {
		v[i] = (struct hand){ channel_name(s, a->handoff[i].from), channel_name(s, a->handoff[i].to), &a->handoff[i], NULL };
		for (size_t k = 0; k < a->nhandoff; k++)
			if (a->handoff[k].from == a->handoff[i].from && a->handoff[k].to == a->handoff[k].from)
				v[i].own = &a->handoff[k];
	}
	if (a->nhandoff)
		qsort(v, a->nhandoff, sizeof *v, by_number);
	return v;
}

static void put_difference(struct table *t, int64_t k1, int64_t n1, int64_t k2, int64_t n2, int64_t min_n)
{
	if (n1 < min_n || n2 < min_n) {
		for (int i = 0; i < 3; i++)
			put_few(t);
		return;
	}
	const struct interval ci = newcombe((double)k1, (double)n1, (double)k2, (double)n2, ALPHA);
	put_real(t, (double)k1 / (double)n1 - (double)k2 / (double)n2);
	put_real(t, ci.lo);
	put_real(t, ci.hi);
}

static void fill_hands(struct report *r, const struct hand *v, size_t n, int64_t min_n)
{
	struct table *t = &r->table, *d = &r->figure.data;
	static const char *const rates[] = { "left_rate", "lo", "hi", "left_diff", "left_diff_lo", "left_diff_hi" };
	static const char *const scores[] = { "good_share", "good_lo", "good_hi", "good_diff", "good_diff_lo", "good_diff_hi" };
	table_col(t, "from", COL_TEXT, NULL, -1);
	table_col(t, "to", COL_TEXT, NULL, -1);
	table_col(t, "handoffs", COL_INT, NULL, 0);
	table_col(t, "n", COL_INT, NULL, 0);
	for (int i = 0; i < 6; i++)
		table_col(t, rates[i], COL_SHARE, NULL, 1);
	table_col(t, "scored", COL_INT, NULL, 0);
	for (int i = 0; i < 6; i++)
		table_col(t, scores[i], COL_SHARE, NULL, 1);
	r->figure.kind = FIG_HEAT;
	r->figure.title = "share of customers who left, by the channels of two contacts";
	r->figure.x_label = "to";
	r->figure.y_label = "from";
	table_col(d, "from", COL_TEXT, NULL, -1);
	table_col(d, "to", COL_TEXT, NULL, -1);
	table_col(d, "left_rate", COL_SHARE, NULL, 1);
	for (size_t i = 0; i < n; i++) {
		const struct handoff *x = v[i].x, *own = v[i].own;
		const bool other = own && own != x;
		put_text(t, v[i].from);
		put_text(t, v[i].to);
		put_int(t, x->n);
		put_int(t, x->watched);
		put_share_of(t, x->left, x->watched, min_n);
		if (other)
			put_difference(t, x->left, x->watched, own->left, own->watched, min_n);
		for (int k = 0; k < 3 && !other; k++)
			put_empty(t);
		put_int(t, x->scored);
		put_share_of(t, x->good, x->scored, min_n);
		if (other)
			put_difference(t, x->good, x->scored, own->good, own->scored, min_n);
		for (int k = 0; k < 3 && !other; k++)
			put_empty(t);
		if (x->watched >= min_n) {
			put_text(d, v[i].from.p ? v[i].from : SV("not known"));
			put_text(d, v[i].to.p ? v[i].to : SV("not known"));
			put_real(d, (double)x->left / (double)x->watched);
		}
	}
}

static void find_hands(struct str *f, const struct hand *v, size_t n, int64_t min_n)
{
	int64_t all = 0, changed = 0;
	const struct hand *worst = NULL;
	double most = 0;
	for (size_t i = 0; i < n; i++) {
		const struct handoff *x = v[i].x, *own = v[i].own;
		all += x->n;
		changed += x->from != x->to ? x->n : 0;
		if (!own || own == x || x->watched < min_n || own->watched < min_n)
			continue;
		const double more = (double)x->left - (double)own->left / (double)own->watched * (double)x->watched;
		if (newcombe((double)x->left, (double)x->watched, (double)own->left, (double)own->watched, ALPHA).lo > 0 && more > most) {
			worst = &v[i];
			most = more;
		}
	}
	if (!all) {
		str_puts(f, "no contact is followed by another within 30 days: nothing is handed over.");
		return;
	}
	say_part(f, changed, all, all == 1 ? "next contact is in another channel" : "next contacts are in another channel");
	str_puts(f, ". ");
	if (!worst) {
		str_puts(f, "No change of channel costs more customers than staying in it, beyond chance.");
		return;
	}
	str_puts(f, "From ");
	str_sv(f, worst->from.p ? worst->from : SV("not known"));
	str_puts(f, " to ");
	str_sv(f, worst->to.p ? worst->to : SV("not known"));
	str_puts(f, " costs most: ");
	say_share(f, (double)worst->x->left / (double)worst->x->watched);
	str_puts(f, " leave within 90 days, ");
	say_share(f, (double)worst->own->left / (double)worst->own->watched);
	str_puts(f, " of those who stay in it.");
}

/* ---- the index ---- */
struct effort_part {
	double mean, sd, weight, auc;
	struct interval ci;
	int64_t n, left;           /* matters whose customer's next 90 days are known; left */
};

static void measure_parts(struct effort_part m[PARTS + 1], const struct effort_state *s)
{
	const struct effort_acc *a = &s->a;
	for (int p = 0; p < PARTS; p++) {
		double sum = 0, squares = 0;
		for (size_t i = 0; i < a->ncell; i++) {
			const double v = (double)cell_part(a->cell[i].key, p), n = (double)(a->cell[i].n[0] + a->cell[i].n[1] + a->cell[i].n[2]);
			sum += n * v;
			squares += n * v * v; /* whole numbers: exact */
		}
		const double n = (double)a->matters;
		m[p] = (struct effort_part){ .mean = sum / n, .sd = n > 1 ? sqrt(fmax(0, squares - sum * sum / n) / (n - 1)) : NAN, .weight = s->weight[p], .auc = NAN, .ci = { NAN, NAN } };
	}
	m[PARTS] = (struct effort_part){ .mean = 0, .sd = NAN, .weight = NAN, .auc = NAN, .ci = { NAN, NAN } };
}

struct scored {
	double x;
	const struct effort_cell *c;
};

static int by_score(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;
	if (x->x < y->x || x->x > y->x)
		return x->x < y->x ? -1 : 1;
	return (x->c->key > y->c->key) - (x->c->key < y->c->key);
}

static double value_of(const struct effort_part m[PARTS + 1], uint64_t key, int part)
{
	double sum = 0;
	if (part < PARTS)
		return (double)cell_part(key, part);
	for (int p = 0; p < PARTS; p++)
		if (m[p].sd > 0)
			sum += m[p].weight * ((double)cell_part(key, p) - m[p].mean) / m[p].sd;
	return sum;
}

static void measure_auc(struct effort_part m[PARTS + 1], const struct effort_state *s)
{
	const struct effort_acc *a = &s->a;
	struct scored *v = xcalloc(a->ncell + 1, sizeof *v);
	double *x = xcalloc(a->ncell * 3 + 1, sizeof *x), *yes = x + a->ncell, *no = yes + a->ncell, var;
	for (int p = 0; p <= PARTS; p++) {
		for (size_t i = 0; i < a->ncell; i++)
			v[i] = (struct scored){ value_of(m, a->cell[i].key, p), &a->cell[i] };
		if (a->ncell)
			qsort(v, a->ncell, sizeof *v, by_score);
		double squares = 0;
		for (size_t i = 0; i < a->ncell; i++) {
			x[i] = v[i].x;
			yes[i] = (double)v[i].c->n[FATE_LEFT];
			no[i] = (double)v[i].c->n[FATE_STAYED];
			m[p].left += v[i].c->n[FATE_LEFT];
			m[p].n += v[i].c->n[FATE_LEFT] + v[i].c->n[FATE_STAYED];
			squares += x[i] * x[i] * (double)(v[i].c->n[0] + v[i].c->n[1] + v[i].c->n[2]);
		}
		m[p].auc = auc_counts(x, yes, no, a->ncell, &var);
		m[p].ci = (struct interval){ fmax(0, m[p].auc - Z95 * sqrt(var)), fmin(1, m[p].auc + Z95 * sqrt(var)) };
		if (p == PARTS && a->matters > 1)
			m[p].sd = sqrt(squares / (double)(a->matters - 1));
	}
	free(v);
	free(x);
}

static void fill_index(struct report *r, const struct effort_part m[PARTS + 1], int64_t min_n)
{
	struct table *t = &r->table, *d = &r->figure.data;
	table_col(t, "measure", COL_TEXT, NULL, -1);
	table_col(t, "weight", COL_REAL, NULL, -1);
	table_col(t, "mean", COL_REAL, NULL, 3);
	table_col(t, "sd", COL_REAL, NULL, 3);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "left", COL_INT, NULL, 0);
	table_col(t, "auc", COL_REAL, NULL, 3);
	table_col(t, "lo", COL_REAL, NULL, 3);
	table_col(t, "hi", COL_REAL, NULL, 3);
	r->figure.kind = FIG_FOREST;
	r->figure.title = "what tells who leaves";
	r->figure.x_label = "chance that a leaver had more of it";
	r->figure.ref = 0.5;
	table_col(d, "measure", COL_TEXT, NULL, -1);
	table_col(d, "auc", COL_REAL, NULL, 3);
	table_col(d, "lo", COL_REAL, NULL, 3);
	table_col(d, "hi", COL_REAL, NULL, 3);
	for (int p = 0; p <= PARTS; p++) {
		const double auc[] = { m[p].auc, m[p].ci.lo, m[p].ci.hi };
		const bool few = m[p].left < min_n || m[p].n - m[p].left < min_n;
		put_z(t, p < PARTS ? part_name[p] : "effort_index");
		put_real(t, m[p].weight);
		put_real(t, m[p].mean);
		put_real(t, m[p].sd);
		put_int(t, m[p].n);
		put_int(t, m[p].left);
		for (int k = 0; k < 3; k++)
			if (few)
				put_few(t);
			else
				put_real(t, auc[k]);
		if (few)
			continue;
		put_z(d, p < PARTS ? part_name[p] : "effort_index");
		for (int k = 0; k < 3; k++)
			put_real(d, auc[k]);
	}
}

static void find_index(struct str *f, const struct effort_part m[PARTS + 1], const struct effort_state *s)
{
	const struct effort_part *x = &m[PARTS];
	if (!s->a.matters) {
		str_puts(f, "no contact a customer began: no effort to measure.");
		return;
	}
	say_things(f, s->a.matters, "matter took ", "matters took ");
	say_real(f, m[PART_CONTACTS].mean, 2);
	str_puts(f, " contacts each, ");
	say_real(f, m[PART_SWITCHES].mean, 2);
	str_puts(f, " changes of channel and ");
	say_real(f, m[PART_TRANSFERS].mean, 2);
	str_puts(f, " transfers. ");
	if (x->left < s->p->min_n || x->n - x->left < s->p->min_n) {
		str_puts(f, "Too few customers left within 90 days of one to say what effort costs.");
		return;
	}
	str_puts(f, x->ci.lo > 0.5 ? "More effort goes with leaving" : x->ci.hi < 0.5 ? "More effort goes with staying" : "Effort does not tell who leaves");
	str_puts(f, ": a leaver had the higher index with chance ");
	say_real(f, x->auc, 3);
	str_puts(f, " (");
	say_real(f, x->ci.lo, 3);
	str_puts(f, " to ");
	say_real(f, x->ci.hi, 3);
	str_puts(f, "; 0.5 = tells nothing).");
}

/* ---- all together ---- */
void effort_table(struct report *r, const struct effort_state *s, const struct touch_job *job)
{
	const int64_t min_n = s->p->min_n;
	struct line_list *e = &r->explain.text;
	if (s->show == SHOW_REWORK) {
		struct named *v = named_of(s);
		fill_rework(r, v, s->a.nrework, min_n);
		find_rework(&r->finding, v, s->a.nrework);
		str_puts(&r->definition, "loops: a step right behind itself; runs of them; repeats: beyond a customer's first; added_days: from the first to the last of a run");
		free(v);
	} else if (s->show == SHOW_HANDOFFS) {
		struct hand *v = hands_of(s);
		fill_hands(r, v, s->a.nhandoff, min_n);
		find_hands(&r->finding, v, s->a.nhandoff, min_n);
		contacts_define(&r->definition, &s->contacts, job->o->contacts);
		str_puts(&r->definition, "; a contact and the next within 30 days; left within 90 days of it, against those who stayed in the channel");
		free(v);
	} else {
		struct effort_part m[PARTS + 1];
		measure_parts(m, s);
		measure_auc(m, s);
		fill_index(r, m, min_n);
		find_index(&r->finding, m, s);
		contacts_define(&r->definition, &s->contacts, job->o->contacts);
		str_puts(&r->definition, "; a matter: one case, or one reason no more than ");
		lapse_say(&r->definition, s->window);
		str_puts(&r->definition, " after the contact before; index: weighted sum of the parts, each less its mean over its sd");
		line_add(e, "auc: a matter whose customer left within 90 days of its first contact against one whose customer stayed; DeLong, DeLong & Clarke-Pearson (1988), matters taken as independent");
	}
	fates_define(&r->definition, &s->fates);
	if (s->show == SHOW_INDEX)
		line_add(e, "%lld contacts the customers began, %lld matters", (long long)s->a.contacts, (long long)s->a.matters);
	else if (s->show == SHOW_HANDOFFS)
		line_add(e, "%lld contacts the customers began", (long long)s->a.contacts);
	line_add(e, "shares: Wilson (1927); differences: Newcombe (1998), 95 %%");
	if (s->show != SHOW_INDEX)
		line_add(&r->next, "wend touchpoints effort --show index");
	if (s->show != SHOW_HANDOFFS)
		line_add(&r->next, "wend touchpoints effort --show handoffs");
	line_add(&r->next, "wend touchpoints repeat");
}
