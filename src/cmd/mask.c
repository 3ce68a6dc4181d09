/* wend customer mask: records or a table with pseudonyms for people. */
#include "cmd/privacy.h"
#include "wend/metric.h"

static struct {
	const char *from;
	struct mask_request q;
} given;

/* The table's own --from: the shared one reads instead of the store, this one beside it. */
const struct opt mask_opts[] = {
	{ "from", 0, OPT_TEXT, &given.from, "FILE|-", "mask this table instead of the records of the store", NULL, 0, 0 },
	{ "drop", 0, OPT_TEXT, &given.q.drop, "COL,...", "leave these columns of the table out, too", NULL, 0, 0 },
	{ "keep", 0, OPT_TEXT, &given.q.keep, "COL,...", "these columns of the table stay as they are", NULL, 0, 0 },
	{ 0 }
};

static void define(struct run *u, struct report *r)
{
	const char *env = getenv("WEND_KEY");
	struct str path = STR_INIT;
	if (!env || !*env)
		store_secret_path(u->store, &path);
	str_printf(&r->definition, "p- keyed hash (BLAKE2b, 128 bits) of the key a customer is printed by, r- of a record's id, s- of a member of staff; the key is %s%s%s: keep it apart from what you give away",
		path.n ? "in '" : "WEND_KEY", path.n ? path.p : "", path.n ? "'" : "");
	str_release(&path);
}

static enum wend_err mask_store(struct run *u, struct report *r, struct err *err)
{
	struct population p;
	if (given.q.keep || given.q.drop)
		return err_set(err, WEND_E_USAGE, "'--%s' names columns of a table; give it with '--from'", given.q.keep ? "keep" : "drop");
	if (population_init(&p, u->store, &u->ro, KIND_ORDERS, err))
		return err->code;
	enum wend_err e = metric_mask_store(&p, r, err);
	population_release(&p);
	if (!e)
		define(u, r);
	return e;
}

enum wend_err customer_mask(struct run *u, struct report *r, struct err *err)
{
	struct table in;
	if (!given.from)
		return mask_store(u, r, err);
	table_init(&in);
	enum wend_err e = run_read_table(&in, given.from, err);
	if (!e)
		e = metric_mask_table(u->store, &in, &given.q, r, err);
	table_release(&in);
	if (!e)
		define(u, r);
	return e;
}
