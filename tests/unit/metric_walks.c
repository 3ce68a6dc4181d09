/* Reports on walks against searches of all possibilities and against each other, on random
 * logs. Without arguments a slice; FROM TO runs these seeds (make prove-walks). */
#include "fixture.h"
#include "metric/funnel_impl.h"

#include <stdlib.h>

static uint64_t seed_from = 1, seed_to = 60;
static uint64_t state;

static uint64_t draw(uint64_t below)
{
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return (state >> 11) % below;
}

static void begin_seed(uint64_t seed)
{
	state = hash_mix(seed + 0x9e3779b97f4a7c15u) | 1;
	for (int i = 0; i < 8; i++)
		draw(2);
}

/* ---- chains against all chains ---- */
enum { NAMES = 6, MOST = 9 };
struct history {
	struct funnel_spec spec;
	struct step_set steps, exclude;
	uint32_t mask[NAMES + STEP_FIXED_COUNT], out[NAMES + STEP_FIXED_COUNT];
	struct step v[MOST];
	size_t n;
};

static void make_trial(struct history *t)
{
	*t = (struct history){ 0 };
	struct funnel_spec *s = &t->spec;
	s->k = 2 + (int)draw(3);
	s->match = (enum funnel_match)draw(3);
	s->start = draw(3) ? START_ANY : START_FIRST;
	s->either = draw(2);
	s->window = draw(2) ? (int64_t)draw(8) : INT64_MAX;
	s->from = draw(4) ? INT64_MIN : (int64_t)draw(6);
	s->until = 6 + (int64_t)draw(12);
	for (int i = 0; i < STEP_CHOICES_MAX; i++)
		s->limit[i] = s->match != MATCH_ANY && !draw(3) ? (int64_t)draw(5) : INT64_MAX;
	for (int l = 0; l < s->k; l++) {
		t->mask[draw(4)] |= 1u << l;
		if (!draw(3))
			t->mask[draw(4)] |= 1u << l;
	}
	if (!draw(3))
		t->out[4] = 1;
	t->steps = (struct step_set){ .mask = t->mask, .words = NAMES, .n = (size_t)s->k };
	t->exclude = (struct step_set){ .mask = t->out, .words = NAMES, .n = 1 };
	s->steps = &t->steps;
	s->exclude = t->out[4] ? &t->exclude : NULL;
	t->n = draw(MOST + 1);
	int64_t at = 0;
	for (size_t i = 0; i < t->n; i++) {
		at += (int64_t)draw(3);
		t->v[i] = (struct step){ .at = at, .name = (uint32_t)draw(NAMES) };
	}
}

struct search {
	const struct history *t;
	const struct step *v;
	bool matured, used[MOST];
	size_t pick[MOST];
	int best;
};

static bool is_step(const struct search *q, size_t i, int l)
{
	return q->t->mask[q->v[i].name] >> l & 1;
}

/* Nothing excluded between the moments of the first and the last (both orders: at no moment of the chain). */
static bool undisturbed(const struct search *q, size_t a, size_t b)
{
	const struct funnel_spec *s = &q->t->spec;
	const bool moments = s->either && s->match == MATCH_LOOSE;
	for (size_t i = 0; s->exclude && i < q->t->n; i++)
		if (q->t->out[q->v[i].name] && (moments ? q->v[i].at >= q->v[a].at && q->v[i].at <= q->v[b].at : i > a && i < b))
			return false;
	return true;
}

static bool may_start(const struct search *q, size_t i)
{
	const struct funnel_spec *s = &q->t->spec;
	if (q->v[i].at < s->from || (q->matured && s->window != INT64_MAX && s->until - q->v[i].at < s->window))
		return false;
	for (size_t k = 0; s->start == START_FIRST && k < q->t->n; k++)
		if (is_step(q, k, 0) && (s->either && s->match == MATCH_LOOSE ? q->v[k].at < q->v[i].at : k < i))
			return false;
	return true;
}

static void go_on(struct search *q, int l)
{
	const struct funnel_spec *s = &q->t->spec;
	q->best = l > q->best ? l : q->best;
	for (size_t i = 0; l < s->k && i < q->t->n; i++) {
		if (q->used[i] || !is_step(q, i, l))
			continue;
		if (!l ? !may_start(q, i) : false)
			continue;
		if (l) {
			const size_t first = q->pick[0], last = q->pick[l - 1];
			const bool later = s->either && s->match == MATCH_LOOSE ? q->v[i].at >= q->v[last].at : i > last;
			if (!later || q->v[i].at - q->v[first].at > s->window || q->v[i].at - q->v[last].at > s->limit[l - 1])
				continue;
			if (s->match == MATCH_STRICT ? i != last + 1 : !undisturbed(q, first, i))
				continue;
		} else if (!undisturbed(q, i, i)) {
			continue;
		}
		q->used[i] = true;
		q->pick[l] = i;
		go_on(q, l + 1);
		q->used[i] = false;
	}
}

/* Any order: the largest set of funnel steps that different events of one window can fill. */
static int most_filled(const struct search *q, size_t a, size_t b, int l, uint32_t used)
{
	if (l == q->t->spec.k)
		return 0;
	int best = most_filled(q, a, b, l + 1, used);
	for (size_t i = a; i <= b; i++)
		if (!(used >> i & 1) && is_step(q, i, l)) {
			const int n = 1 + most_filled(q, a, b, l + 1, used | 1u << i);
			best = n > best ? n : best;
		}
	return best;
}

static int search_any(const struct search *q)
{
	const struct funnel_spec *s = &q->t->spec;
	int best = 0;
	bool met = false;
	for (size_t a = 0; a < q->t->n; a++) {
		if (!q->t->mask[q->v[a].name])
			continue;
		const bool start = q->v[a].at >= s->from && !(q->matured && s->window != INT64_MAX && s->until - q->v[a].at < s->window) && !(s->start == START_FIRST && met);
		met = true;
		for (size_t b = a; start && b < q->t->n && undisturbed(q, a, b + 1); b++) {
			if (q->v[b].at - q->v[a].at > s->window)
				break;
			const int n = most_filled(q, a, b, 0, 0);
			best = n > best ? n : best;
		}
	}
	return best;
}

static void the_best_chain_is_that_of_a_search_of_all_chains(void **unused)
{
	struct funnel_room room = { 0 };
	(void)unused;
	for (uint64_t seed = seed_from; seed <= seed_to; seed++) {
		begin_seed(seed);
		for (int round = 0; round < 200; round++) {
			struct history t;
			make_trial(&t);
			const struct step *v = funnel_order(&t.spec, t.v, t.n, &room);
			for (int matured = 0; matured < 2; matured++) {
				struct search q = { .t = &t, .v = v, .matured = matured };
				struct attempt a;
				if (t.spec.match == MATCH_ANY)
					q.best = search_any(&q);
				else
					go_on(&q, 0);
				funnel_best(&a, &t.spec, v, t.n, matured, &room);
				if (a.level != q.best)
					fail_msg("seed %llu round %d (match %d, start %d, either %d, matured %d): level %d, by search %d", (unsigned long long)seed, round,
						 (int)t.spec.match, (int)t.spec.start, t.spec.either, matured, a.level, q.best);
				for (int l = 0; l < a.level; l++) {
					const struct reached *r = &a.r[l];
					assert_true(v[r->start].at <= v[r->before].at && v[r->before].at <= v[r->at].at);
					assert_true(v[r->at].at - v[r->start].at <= t.spec.window);
				}
			}
		}
	}
	funnel_room_release(&room);
}

static void attempts_one_after_the_other_share_no_event(void **unused)
{
	struct funnel_room room = { 0 };
	(void)unused;
	for (uint64_t seed = seed_from; seed <= seed_to; seed++) {
		begin_seed(seed ^ 0xeac4);
		for (int round = 0; round < 200; round++) {
			struct history t;
			struct attempt a;
			size_t at = 0, behind = 0;
			make_trial(&t);
			t.spec.start = START_EACH;
			const struct step *v = funnel_order(&t.spec, t.v, t.n, &room);
			while (funnel_next(&a, &t.spec, v, t.n, &at, &room)) {
				assert_true(a.level > 0 && a.r[0].start >= behind && at > a.r[a.level - 1].at);
				behind = a.r[a.level - 1].at + 1;
			}
		}
	}
	funnel_room_release(&room);
}

/* ---- reports against each other ---- */
static const char *const names[] = { "a", "b", "c > d", "say \"e\"", "f,\ng", "\xe6\x9d\xb1", "(none)", "h|i" };

static size_t random_log(struct fixture *x, size_t customers, size_t steps)
{
	size_t events = 0;
	fx_open(x);
	fx_begin(x, KIND_BIT(KIND_INTERACTIONS));
	for (size_t c = 0; c < customers; c++) {
		const size_t n = 1 + draw(steps);
		int day = 1;
		char who[32], when[16];
		snprintf(who, sizeof who, "%zu", c);
		for (size_t i = 0; i < n; i++) {
			day += (int)draw(3);
			snprintf(when, sizeof when, "2026-01-%02u", (unsigned)(day > 28 ? 28 : day) % 100);
			fx_touch(x, who, when, names[draw(1 + draw(8))]);
			events++;
		}
	}
	fx_commit(x);
	return events;
}

static void run_report(walk_report_of *report, struct fixture *x, const struct touch_options *o, int64_t threads, struct report *r)
{
	const struct report_options ro = { .threads = threads };
	struct population p = fx_population(x, &ro, KIND_INTERACTIONS);
	struct err err = ERR_INIT;
	report_init(r);
	fx_ok(report(&p, o, &ro, r, &err), &err);
	table_fill(&r->table);
	population_release(&p);
}

static int64_t number(const struct table *t, size_t row, const char *col)
{
	return strtoll(fx_cell(t, row, col), NULL, 10);
}

/* Counts of every pair of neighbours, from the paths read back. */
struct pair {
	char from[16], to[16];
	int64_t n, ways; /* occurrences; customers who have it */
};

static struct pair *pair_of(struct pair *v, size_t *n, const char *from, const char *to)
{
	size_t i = 0;
	while (i < *n && (strcmp(v[i].from, from) || strcmp(v[i].to, to)))
		i++;
	if (i == *n) {
		snprintf(v[i].from, sizeof v[i].from, "%s", from);
		snprintf(v[i].to, sizeof v[i].to, "%s", to);
		++*n;
	}
	return &v[i];
}

static void the_map_and_funnels_are_those_of_the_paths(void **unused)
{
	(void)unused;
	for (uint64_t seed = seed_from; seed <= seed_to; seed++) {
		struct fixture x;
		struct report paths, map;
		struct pair pair[128] = { 0 };
		size_t npair = 0, steps = 0;
		const struct touch_options o = { .outcome = "none", .window = "none" };
		begin_seed(seed);
		const size_t events = random_log(&x, 1 + draw(40), 1 + draw(12));
		run_report(metric_touch_paths, &x, &o, 1, &paths);
		run_report(metric_touch_map, &x, &o, 1, &map);
		for (size_t i = 0; i < paths.table.nrow; i++) {
			const int64_t n = number(&paths.table, i, "n");
			struct str text = STR_INIT, step = STR_INIT;
			str_puts(&text, fx_cell(&paths.table, i, "path"));
			struct sv rest = str_view(&text);
			char before[16] = "";
			bool damaged = false, counted[128] = { false };
			for (bool first = true; path_next(&rest, &step, &damaged); first = false) {
				steps += (size_t)n;
				if (!first) {
					struct pair *y = pair_of(pair, &npair, before, step.p ? step.p : "");
					y->n += n;
					y->ways += counted[y - pair] ? 0 : n;
					counted[y - pair] = true;
				}
				snprintf(before, sizeof before, "%s", step.p ? step.p : "");
			}
			assert_false(damaged);
			str_release(&text);
			str_release(&step);
		}
		assert_int_equal(steps, events);
		size_t edges = 0;
		for (size_t i = 0; i < map.table.nrow; i++) {
			const char *from = fx_cell(&map.table, i, "from"), *to = fx_cell(&map.table, i, "to");
			if (!strcmp(from, "(start)") || !strcmp(to, "(end)"))
				continue;
			const struct pair *y = pair_of(pair, &npair, from, to);
			assert_int_equal(y->n, number(&map.table, i, "n"));
			assert_int_equal(y->ways, number(&map.table, i, "customers"));
			edges++;
		}
		assert_int_equal(edges, npair);
		for (size_t i = 0; i < npair; i++) {
			struct report funnel;
			struct str two = STR_INIT;
			for (int k = 0; k < 2; k++) {
				str_puts(&two, k ? ",\"" : "\"");
				for (const char *c = k ? pair[i].to : pair[i].from; *c; c++) {
					if (*c == '"')
						str_putc(&two, '"');
					str_putc(&two, *c);
				}
				str_putc(&two, '"');
			}
			const struct touch_options f = { .steps = two.p, .window = "none", .match = "strict" };
			run_report(metric_touch_funnel, &x, &f, 1, &funnel);
			assert_int_equal(number(&funnel.table, 1, "n"), pair[i].ways);
			report_release(&funnel);
			str_release(&two);
		}
		report_release(&paths);
		report_release(&map);
		fx_close(&x);
	}
}

static void text_of(struct str *out, struct report *r)
{
	for (size_t i = 0; i < r->table.nrow; i++)
		for (size_t c = 0; c < r->table.ncol; c++) {
			cell_text(out, &r->table.col[c], table_at(&r->table, i, c), NULL);
			str_putc(out, '\n');
		}
}

/* More rows than one thread takes alone. */
static void any_number_of_threads_gives_the_same_tables(void **unused)
{
	static walk_report_of *const reports[] = { metric_touch_paths, metric_touch_map, metric_touch_funnel };
	const struct touch_options o = { .steps = "a,b,a", .window = "5d" };
	struct fixture x;
	(void)unused;
	begin_seed(seed_from);
	assert_true(random_log(&x, 14000, 10) > 65536);
	for (int i = 0; i < 3; i++) {
		struct str first = STR_INIT;
		for (int64_t threads = 1; threads <= 5; threads += 2) {
			struct report r;
			struct str s = STR_INIT;
			run_report(reports[i], &x, &o, threads, &r);
			text_of(&s, &r);
			str_sv(&s, str_view(&r.finding));
			if (threads == 1)
				str_sv(&first, str_view(&s));
			assert_true(sv_eq(str_view(&first), str_view(&s)));
			str_release(&s);
			report_release(&r);
		}
		str_release(&first);
	}
	fx_close(&x);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_chain_is_that_of_a_search_of_all_chains),
		cmocka_unit_test(attempts_one_after_the_other_share_no_event),
		cmocka_unit_test(the_map_and_funnels_are_those_of_the_paths),
		cmocka_unit_test(any_number_of_threads_gives_the_same_tables),
	};
	if (argc == 3) {
		seed_from = strtoull(argv[1], NULL, 10);
		seed_to = strtoull(argv[2], NULL, 10);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
