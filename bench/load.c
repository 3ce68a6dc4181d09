/* What the store alone costs on a first load: orders made in memory are fed to store_add.
 *
 *     bench-load STORE [ROWS [again|late]]
 *
 * One row in five is a new customer, else one of the last 40 % of the orders so far. Prints
 * seconds and nanoseconds a row; `again` feeds the same orders once more as a second file,
 * `late` a hundredth as many new ones that all fell into one month.
 */
#include <sys/resource.h>

#include "wend/mem.h"
#include "wend/store.h"

#define GROUP 64

static uint64_t state;
static uint32_t rnd(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

static double seconds(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static const char *const channel[] = { "web", "shop", "phone", "partner" };

static void fill(struct record *r, char *mail, char *id, uint64_t i, uint64_t n, uint32_t *who, uint32_t *customers, struct item *item, char (*product)[24])
{
	uint64_t span = i * 2 / 5;
	who[i] = rnd() % 5 == 0 || !span ? (*customers)++ : who[i - 1 - rnd() % span];
	r->kind = KIND_ORDERS;
	r->id = sv_n(id, (size_t)snprintf(id, 24, "ORD-%07llu", (unsigned long long)i));
	r->position = i;
	r->line = i + 2;
	r->rows = 1;
	r->key[0] = (struct person_key){ SPACE_MAIL, SV_NONE, sv_n(mail, (size_t)snprintf(mail, 40, "u%08x@example.com", who[i] * 2654435761u)) };
	r->nkeys = 1;
	r->v[F_TIME] = wtime_instant_of(1600000000 + (int64_t)(126230400.0 * (double)i / (double)n));
	r->v[F_AMOUNT] = 500 + rnd() % 20000;
	r->v[F_CURRENCY] = 'E' << 16 | 'U' << 8 | 'R';
	r->s[F_CHANNEL] = sv_of(channel[rnd() % 4]);
	item->product = sv_of(product[rnd() % 500]);
	item->category = SV_NONE;
	item->quantity = item->amount = WEND_NONE;
	r->item = item;
	r->nitems = 1;
}

/* Late rows: new numbers, any of the customers, a month in the middle. */
static void fill_late(struct record *r, char *mail, char *id, uint64_t i, uint64_t rows)
{
	r->id = sv_n(id, (size_t)snprintf(id, 24, "ORD-%07llu", (unsigned long long)(rows + i)));
	r->key[0].value = sv_n(mail, (size_t)snprintf(mail, 40, "u%08x@example.com", rnd() % (uint32_t)(rows / 5 + 1) * 2654435761u));
	r->v[F_TIME] = wtime_instant_of(1660000000 + rnd() % 2600000);
}

static enum wend_err load(struct store *s, uint64_t n, uint64_t after, const char *file, struct err *err)
{
	struct batch_info info = { .file = file, .tz = "UTC", .export_date = WEND_NONE, .kinds = KIND_BIT(KIND_ORDERS) };
	struct batch_counts c = { 0 };
	struct batch *b = NULL;
	static struct record r[GROUP];
	static struct item item[GROUP];
	static char mail[GROUP][40], id[GROUP][24], product[500][24];
	uint32_t *who = xreallocarray(NULL, n, sizeof *who), customers = 0;
	int64_t number;
	double making = 0, wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), caller;
	state = 42;
	for (int i = 0; i < 500; i++)
		snprintf(product[i], sizeof product[i], "product %d", i);
	for (int i = 0; i < GROUP; i++) {
		record_clear(&r[i]);
		memset(r[i].never, 255, sizeof r[i].never);
		static const uint8_t filled[] = { F_TIME, F_ID, F_AMOUNT, F_CURRENCY, F_CHANNEL };
		for (size_t k = 0; k < sizeof filled; k++)
			r[i].never[filled[k] >> 6] &= ~(1ull << (filled[k] & 63));
	}
	enum wend_err e = batch_begin(&b, s, &info, err);
	caller = seconds(CLOCK_THREAD_CPUTIME_ID);
	for (uint64_t i = 0; !e && i < n; i += GROUP) {
		size_t m = n - i < GROUP ? (size_t)(n - i) : GROUP;
		double t = seconds(CLOCK_THREAD_CPUTIME_ID);
		for (size_t k = 0; k < m; k++)
			fill(&r[k], mail[k], id[k], i + k, n, who, &customers, &item[k], product);
		for (size_t k = 0; after && k < m; k++)
			fill_late(&r[k], mail[k], id[k], i + k, after);
		making += seconds(CLOCK_THREAD_CPUTIME_ID) - t;
		e = store_add(b, r, m, err);
	}
	if (e)
		batch_abort(b);
	else
		e = batch_commit(b, &info, &c, &number, err);
	caller = seconds(CLOCK_THREAD_CPUTIME_ID) - caller - making;
	wall = seconds(CLOCK_MONOTONIC) - wall - making;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu - making;
	free(who);
	if (!e) {
		struct rusage u;
		getrusage(RUSAGE_SELF, &u);
		printf("%s: %llu rows, %u customers, added %llu updated %llu duplicates %llu; wall %.2f s, cpu %.2f s (%.0f ns a row), caller %.2f s, making %.2f s; peak %ld MiB\n", file, (unsigned long long)n, customers,
			(unsigned long long)c.added, (unsigned long long)c.updated, (unsigned long long)c.duplicates, wall, cpu, cpu * 1e9 / (double)n, caller, making, u.ru_maxrss / 1024);
	}
	return e;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct store *s = NULL;
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	if (argc < 2 || !n) {
		fprintf(stderr, "usage: bench-load STORE [ROWS [again|late]]\n");
		return 2;
	}
	enum wend_err e = store_open(&s, argv[1], STORE_WRITE, &err);
	if (!e)
		e = load(s, n, 0, "first.csv", &err);
	if (!e && argc > 3 && !strcmp(argv[3], "again"))
		e = load(s, n, 0, "again.csv", &err);
	if (!e && argc > 3 && !strcmp(argv[3], "late"))
		e = load(s, n / 100 + 1, n, "late.csv", &err);
	if (e)
		fprintf(stderr, "bench-load: %s\n", err.msg);
	store_close(s);
	return e;
}
