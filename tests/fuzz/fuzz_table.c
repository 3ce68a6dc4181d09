/* Any text as a table given with --from, or as a list given with --only. The first byte
 * chooses: statistic or report, the unit, one table or two (apart by a line "%%"). Checked:
 * a sentence where it is refused, and a statistic that was printed is read back and adds up
 * to as many customers. */
#include "fuzz.h"
#include "cmd/cmd.h"
#include "wend/metric.h"

static enum wend_err read_back(struct report *r, const char *const *paths, size_t n, const struct report_options *ro, struct err *err)
{
	struct run u = { .cmd = commands[0], .arena = ARENA_INIT, .ro = *ro };
	enum wend_err e;

	u.entry = u.cmd->entries;
	u.ro.from = (struct opt_list){ .v = (const char **)(uintptr_t)paths, .n = n };
	e = run_from(&u, err);
	if (!e) {
		e = metric_rfm_from(u.from, u.nfrom, &u.ro, r, err);
		if (!e)
			table_fill(&r->table);
	}
	run_from_release(&u);
	arena_release(&u.arena);
	return e;
}

static int64_t weights(const struct table *t)
{
	const int col = table_find(t, SV("weight"));
	int64_t sum = 0;

	for (size_t i = 0; col >= 0 && i < t->nrow; i++)
		if (table_at(t, i, (size_t)col)->state == CELL_VALUE)
			demand(!__builtin_add_overflow(sum, table_at(t, i, (size_t)col)->i, &sum));
	return sum;
}

static void read_tables(const char *const *paths, size_t n, const struct report_options *ro)
{
	static struct str path;
	struct report r, again;
	struct str text = STR_INIT;
	struct err err = ERR_INIT;
	const struct out_options oo = { .format = OUT_CSV, .quiet = true };

	report_init(&r);
	const enum wend_err e = read_back(&r, paths, n, ro, &err);
	demand(e == WEND_OK ? !*err.msg : *err.msg != 0);
	if (!e) {
		out_table(&text, &r.table, OUT_CSV, &oo, NULL);
		demand(utf8_valid(text.p ? text.p : "", text.n, NULL));
	}
	if (!e && ro->stat) {
		const char *const one[] = { fuzz_file(&path, "stat.csv", text.p, text.n) };
		struct report_options same = *ro;
		same.unit = NULL;
		report_init(&again);
		if (read_back(&again, one, 1, &same, &err)) {
			fprintf(stderr, "%s\n%s", err.msg, text.p);
			abort();
		}
		demand(weights(&again.table) == weights(&r.table) && again.table.nrow <= r.table.nrow);
		report_release(&again);
	}
	str_release(&text);
	report_release(&r);
}

static void read_list(const void *data, size_t size)
{
	static struct str path;
	static struct store *s;
	struct customer_set *set = NULL;
	struct arena a = ARENA_INIT;
	struct err err = ERR_INIT;

	if (!s) {
		demand(!store_open(&s, "", STORE_MEMORY, &err));
		fuzz_fill(s);
	}
	const enum wend_err e = customer_set_read(&set, fuzz_file(&path, "only", data, size), s, &a, &err);
	demand(e == WEND_OK ? !*err.msg : *err.msg != 0);
	for (uint32_t c = 0; !e && c <= store_people_count(s); c++)
		customer_set_has(set, c);
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const units[] = { NULL, "day", "week", "month" };
	static struct str one, two;

	if (!size)
		return 0;
	const struct sv all = sv_n((const char *)data + 1, size - 1);
	if (data[0] & 16) {
		read_list(all.p, all.n);
		return 0;
	}
	const struct report_options ro = { .stat = data[0] & 1, .unit = units[data[0] >> 1 & 3] };
	const ptrdiff_t at = data[0] & 8 ? sv_find(all, SV("\n%%\n")) : -1;
	const char *paths[2] = { fuzz_file(&one, "one.csv", all.p, at < 0 ? all.n : (size_t)at + 1), NULL };
	if (at >= 0)
		paths[1] = fuzz_file(&two, "two.csv", all.p + at + 4, all.n - (size_t)at - 4);
	read_tables(paths, at < 0 ? 1 : 2, &ro);
	return 0;
}
