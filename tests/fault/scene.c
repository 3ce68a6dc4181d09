/* The commands that are tried, and the files and stores they are tried on. All people in
 * them are invented. */
#include <unistd.h>
#include <zlib.h>

#include "drive.h"

#define ORDERS "ingest", "--as", "orders"

const struct scene scenes[] = {
	{ .name = "ingest, first", .argv = { ORDERS, "-s", "wend.db", "../in/first.csv" } },
	{ .name = "ingest, append", .store = "base.db", .argv = { ORDERS, "../in/more.csv" } },
	{ .name = "ingest, overlap", .store = "base.db", .argv = { ORDERS, "../in/overlap.csv" } },
	{ .name = "ingest, rejects", .store = "base.db", .argv = { ORDERS, "--max-rejects", "50%", "--rejects", "bad.rejects.csv", "../in/bad.csv" }, .makes = { "bad.rejects.csv" } },
	{ .name = "ingest, refused", .store = "base.db", .argv = { ORDERS, "--strict", "--rejects", "bad.rejects.csv", "../in/bad.csv" }, .makes = { "bad.rejects.csv" }, .adds = true },
	{ .name = "ingest, grown", .store = "base.db", .argv = { ORDERS, "--name", "first.csv", "../in/grown.csv" } },
	{ .name = "ingest, gzip", .store = "base.db", .argv = { ORDERS, "../in/more.csv.gz" } },
	{ .name = "ingest, pipe", .store = "base.db", .argv = { ORDERS, "--name", "more.csv", "-" }, .feed = "more.csv" },
	{ .name = "ingest, inbox", .store = "base.db", .argv = { ORDERS, "--inbox", "inbox" }, .makes = { "inbox" }, .inbox = "more.csv" },
	{ .name = "ltv rfm -o", .store = "base.db", .argv = { "ltv", "rfm", "-o", "rfm.csv" }, .makes = { "rfm.csv" } },
	{ .name = "ltv, of files", .argv = { "ltv", "--as", "orders", "../in/more.csv" } },
	{ .name = "churn", .store = "base.db", .argv = { "churn" } },
	{ .name = "touchpoints map", .store = "base.db", .argv = { "touchpoints", "map", "--plot", "map.gp" }, .makes = { "map.gp", "map.tsv" } },
	{ .name = "customer show", .store = "base.db", .argv = { "customer", "show", "c7" } },
	{ .name = "store query", .store = "base.db", .argv = { "store", "query", "SELECT kind, customer, time FROM event ORDER BY time, customer, kind LIMIT 200" } },
	{ .name = "store check", .store = "base.db", .argv = { "store", "check" } },
	{ .name = "store backup", .store = "base.db", .argv = { "store", "backup", "copy.db" }, .makes = { "copy.db" } },
	{ .name = "store set", .store = "base.db", .argv = { "store", "set", "margin", "0.4" }, .adds = true },
	{ .name = "store set --file", .store = "base.db", .argv = { "store", "set", "--file", "../in/settings.ini" }, .adds = true },
	{ .name = "store undo", .store = "more.db", .argv = { "store", "undo", "1" }, .needs = "store undo" },
	{ .name = "store undo, last", .store = "more.db", .argv = { "store", "undo", "5" }, .needs = "store undo" },
	{ .name = "store compact", .store = "undone.db", .argv = { "store", "compact" }, .needs = "store compact", .same = true },
	{ .name = "customer erase", .store = "more.db", .argv = { "customer", "erase", "c7" }, .makes = { "wend.db.key" }, .needs = "customer erase", .needle = "c7@example.com" },
	{ .name = NULL }
};

/* ---- files ---- */

static void put(const char *name, struct str *s)
{
	char *path = at("in/%s", name);

	text_write(path, (struct text){ s->p, s->n });
	free(path);
	str_reset(s);
}

static void order(struct str *s, int i, int people, int cents)
{
	static const char *const channels[] = { "web", "phone", "shop" }, *const products[] = { "tea", "cup", "pot", "tin" };
	int c = (int)dice((uint64_t)people);

	str_printf(s, "%d,c%d,c%d@example.com,2026-%02d-%02dT%02d:%02d:00Z,%d.%02d,EUR,%s,%s\n", 1000 + i, c, c, 1 + i / 28 % 9, 1 + i % 28,
		(int)dice(24), (int)dice(60), cents / 100, cents % 100, channels[dice(3)], products[dice(4)]);
}

/* The same lines whenever they are asked for: dice of their own for each line. */
static void orders(struct str *s, int from, int to, int people, uint64_t seed, int dearer)
{
	uint64_t kept = dice_state;

	if (!s->n)
		str_puts(s, "order,customer,email,time,amount,currency,channel,product\n");
	for (int i = from; i < to; i++) {
		int cents;
		dice_state = seed * 1000003u + (uint64_t)i;
		cents = 100 + (int)dice(9900);
		order(s, i, people, dearer && i % 3 == 0 ? cents + dearer : cents);
	}
	dice_state = kept;
}

static void calls(struct str *s, int n, int people)
{
	static const char *const what[] = { "where is my parcel", "broken cup", "change of address", "thanks" };

	str_puts(s, "id,customer,time,touchpoint,channel,outcome\n");
	for (int i = 0; i < n; i++)
		str_printf(s, "t%d,c%d,2026-%02d-%02dT%02d:00:00Z,call: %s,phone,%s\n", i, (int)dice((uint64_t)people), 1 + i / 28 % 9, 1 + i % 28,
			(int)dice(24), what[dice(4)], dice(2) ? "solved" : "open");
}

static void plans(struct str *s, int n)
{
	str_puts(s, "subscription,customer,start,end,plan,mrr,currency,status\n");
	for (int i = 0; i < n; i++) {
		bool gone = i % 3 == 0;
		str_printf(s, "s%d,c%d,2026-%02d-01,%s,%s,%d.00,EUR,%s\n", i, i, 1 + i % 4, gone ? "2026-07-31" : "", i % 2 ? "plus" : "basic", i % 2 ? 20 : 10, gone ? "cancelled" : "active");
	}
}

static void bad_orders(struct str *s, int from, int to, int people, uint64_t seed)
{
	orders(s, from, to, people, seed, 0);
	for (int i = 0; i < (to - from) / 10 + 3; i++)
		str_printf(s, "%d,c%d,,2026-02-3%d,%s,EUR,web,tea\n", 900000 + i, i, 1 + i % 9, i % 2 ? "much" : "1.00");
}

static void zip(const char *name)
{
	char *from = at("in/%s", name), *to = at("in/%s.gz", name);
	gzFile z = gzopen(to, "wb");
	struct text t;

	if (!z || !text_read(&t, from) || gzwrite(z, t.p, (unsigned)t.n) != (int)t.n || gzclose(z) != Z_OK) {
		fprintf(stderr, "cannot write '%s'\n", to);
		exit(2);
	}
	text_free(&t);
	free(from);
	free(to);
}

/* `size` orders in the first file; the others go with it. */
void scene_files(uint64_t seed, int size)
{
	struct str s = STR_INIT;
	int people = size / 4 + 20;

	dice_state = seed;
	orders(&s, 0, size, people, seed, 0);
	put("first.csv", &s);
	orders(&s, size, size + size / 2, people, seed, 0);
	put("more.csv", &s);
	orders(&s, size / 2, size + size / 4, people, seed, 250);
	put("overlap.csv", &s);
	orders(&s, 0, size + size / 4, people, seed, 0);
	put("grown.csv", &s);
	bad_orders(&s, size, size + size / 4, people, seed);
	put("bad.csv", &s);
	calls(&s, size / 2, people);
	put("calls.csv", &s);
	plans(&s, size / 8 + 10);
	put("plans.csv", &s);
	str_puts(&s, "[company]\ncurrency = EUR\nmargin = 0.35\n");
	put("settings.ini", &s);
	zip("more.csv");
	str_release(&s);
}

/* ---- stores ---- */

static void must(const char *const *argv)
{
	int status = run_plain(argv);
	struct text said = { NULL, 0 };
	char *errors;

	if (!status)
		return;
	errors = at("err");
	text_read(&said, errors);
	fprintf(stderr, "'wend %s %s' ends %d: %s\n", argv[0], argv[1], status, said.p ? said.p : "");
	exit(2);
}

static void ingest(const char *store, const char *kind, const char *file)
{
	must((const char *const[]){ "ingest", "-q", "-s", store, "--as", kind, file, NULL });
}

static void copy(const char *from, const char *to)
{
	char *a = at("store/%s", from), *b = at("store/%s", to);
	struct text t;

	text_read(&t, a);
	text_write(b, t);
	text_free(&t);
	free(a);
	free(b);
}

void scene_stores(void)
{
	ingest("../store/base.db", "orders", "../in/first.csv");
	ingest("../store/base.db", "interactions", "../in/calls.csv");
	ingest("../store/base.db", "subscriptions", "../in/plans.csv");
	copy("base.db", "more.db");
	ingest("../store/more.db", "orders", "../in/more.csv");
	ingest("../store/more.db", "orders", "../in/overlap.csv");
	if (has("store undo")) {
		copy("more.db", "undone.db");
		must((const char *const[]){ "store", "undo", "-q", "-s", "../store/undone.db", "2", NULL });
	}
}
