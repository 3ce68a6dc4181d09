/* wend customer join, part: identity corrected by hand. */
#include "cmd/privacy.h"

/* A key that needs no quotes in a shell. */
static bool is_plain(const char *key)
{
	return !key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.:_+-")] && *key != '-';
}

/* One row: the customer as it is printed from now on, and the batch that says so. */
static enum wend_err put_done(struct run *u, struct report *r, const char *key, int64_t batch, const char *did, struct err *err)
{
	struct table *t = &r->table;
	uint32_t who = 0;
	if (store_people(u->store, err))
		return err->code;
	t->customer_col = "customer";
	table_col(t, "customer", COL_TEXT, NULL, -1);
	table_col(t, "correction", COL_TEXT, NULL, -1);
	table_col(t, "batch", COL_INT, NULL, -1);
	store_find(u->store, sv_of(key), &who);
	put_text(t, who ? store_customer(u->store, who) : sv_of(key));
	put_z(t, did);
	put_int(t, batch ? batch : WEND_NONE);
	if (batch)
		line_add(&r->next, "wend store undo %" PRId64, batch);
	return WEND_OK;
}

enum wend_err customer_join(struct run *u, struct report *r, struct err *err)
{
	const char *a = u->args.v[0], *b = u->args.v[1];
	int64_t batch;
	if (store_join(u->store, sv_of(a), sv_of(b), &batch, err))
		return err->code;
	if (batch)
		str_printf(&r->finding, "'%s' and '%s' are one person from now on (batch %" PRId64 ").", a, b, batch);
	else
		str_printf(&r->finding, "'%s' and '%s' are one person already; nothing is changed.", a, b);
	if (is_plain(a))
		line_add(&r->next, "wend customer show %s", a);
	return put_done(u, r, a, batch, "join", err);
}

enum wend_err customer_part(struct run *u, struct report *r, struct err *err)
{
	const char *key = u->args.v[0];
	int64_t batch;
	if (store_part(u->store, sv_of(key), &batch, err))
		return err->code;
	if (batch)
		str_printf(&r->finding, "'%s' joins nothing from now on (batch %" PRId64 ").", key, batch);
	else
		str_printf(&r->finding, "'%s' joins nothing already; nothing is changed.", key);
	return put_done(u, r, key, batch, "part", err);
}
