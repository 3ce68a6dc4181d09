/* Random histories against the naive model (history.h).
 *
 *   histories [--files] [--from SEED] [--count N] [--quick]
 *
 * After every step all that is seen is compared: each record with all its fields under
 * its customer's printed key and in its order, read by one thread and by two; source rows
 * by kind; one customer alone; the store's own check. A history that fails is cut down,
 * steps first, then rows, and printed with its seed (--quick: the seed alone).
 */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- cutting down ---- */

static bool still_fails(const struct plot *p)
{
	struct outcome o = { 0 };

	if (clock() > p->patience)
		return false;
	story_run(p, &o, false);
	bool fails = o.failure != NULL;
	outcome_release(&o);
	return fails;
}

static void cut_steps(struct plot *p)
{
	for (size_t i = p->n; i-- > 0;) {
		p->step[i].skip = true;
		if (!still_fails(p))
			p->step[i].skip = false;
	}
}

static void cut_rows(struct plot *p)
{
	for (size_t i = 0; i < p->n; i++)
		for (unsigned width = 64; width && !p->step[i].skip; width /= 2)
			for (unsigned from = 0; from < ROWS_MAX; from += width) {
				struct step was = p->step[i];
				bool any = false;

				for (unsigned k = from; k < from + width && k < ROWS_MAX; k++) {
					any |= !was.drop[k];
					p->step[i].drop[k] = true;
				}
				if (any && !still_fails(p))
					p->step[i] = was;
			}
}

static void report(struct plot *p, struct outcome *o)
{
	printf("# seed %llu, step %zu: %s\n", (unsigned long long)p->seed, o->steps, o->failure);
	fflush(stdout);
	p->n = o->steps;
	p->at_end = true;
	p->patience = clock() + 10 * CLOCKS_PER_SEC;
	cut_steps(p);
	cut_rows(p);
	cut_steps(p);
	outcome_release(o);
	memset(o, 0, sizeof *o);
	printf("# cut down to:\n");
	story_run(p, o, true);
	printf("# %s\n", o->failure ? o->failure : "(it does not fail any more)");
}

/* ---- the lot ---- */

struct lot {
	uint64_t from, count;
	bool files, quick;
	struct tally tally;
	uint64_t failed;
};

static void run_lot(struct lot *l)
{
	for (uint64_t seed = l->from; seed < l->from + l->count; seed++) {
		struct plot p;
		struct outcome o = { 0 };

		plot_make(&p, seed, l->files);
		story_run(&p, &o, false);
		tally_add(&l->tally, &o.tally);
		if (o.failure) {
			l->failed++;
			if (l->quick)
				printf("# seed %llu, step %zu: %s\n", (unsigned long long)p.seed, o.steps, o.failure);
			else
				report(&p, &o);
		}
		outcome_release(&o);
		plot_release(&p);
		if (l->failed >= 5 && !l->quick)
			break;
	}
}

static int usage(void)
{
	fputs("usage: histories [--files] [--from SEED] [--count N] [--quick]\n", stderr);
	return 2;
}

static bool number_arg(int argc, char **argv, int *i, uint64_t *out)
{
	int64_t v;

	if (*i + 1 >= argc || !sv_int(sv_of(argv[*i + 1]), &v) || v < 0)
		return false;
	*out = (uint64_t)v;
	++*i;
	return true;
}

/* A slice of both layers, for `make check`. */
static int slice(void)
{
	struct lot records = { .from = 1, .count = 40 }, files = { .from = 1, .count = 20, .files = true };

	puts("1..2");
	run_lot(&records);
	printf("%s 1 - forty histories of records agree with the naive model\n", records.failed ? "not ok" : "ok");
	run_lot(&files);
	printf("%s 2 - twenty histories of files agree with the naive model\n", files.failed ? "not ok" : "ok");
	return records.failed + files.failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct lot l = { .from = 1 };
	clock_t began = clock();

	setenv("WEND_KEY", "the secret of random histories", 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--files"))
			l.files = true;
		else if (!strcmp(argv[i], "--quick"))
			l.quick = true;
		else if (!strcmp(argv[i], "--from") ? !number_arg(argc, argv, &i, &l.from) : strcmp(argv[i], "--count") || !number_arg(argc, argv, &i, &l.count))
			return usage();
	}
	if (!l.count)
		return slice();
	run_lot(&l);
	printf("| %s | %llu to %llu | %llu | %llu | %.0f |\n", l.files ? "files" : "records", (unsigned long long)l.from, (unsigned long long)(l.from + l.tally.histories - 1), (unsigned long long)l.tally.histories, (unsigned long long)l.failed, (double)(clock() - began) / CLOCKS_PER_SEC);
	tally_print(&l.tally);
	return l.failed ? 1 : 0;
}
