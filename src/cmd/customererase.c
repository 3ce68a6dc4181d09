/* room: cmd
 * wend customer erase: people taken out of the store for good.
 */
#include "cmd/privacy.h"

struct who {
	uint32_t *number;
	size_t n, cap;
	struct sv *before;      /* typed keys of people erased before */
	size_t nbefore, before_cap;
};

static enum wend_err from_operands(struct run *u, struct who *w, struct err *err)
{
	for (size_t i = 0; i < u->args.n; i++) {
		struct sv key = sv_of(u->args.v[i]);
		uint32_t number;
		if (store_key_shared(u->store, key))
			return err_set(err, WEND_E_USAGE, "'%s' was several customers' one after the other, nothing was erased; name one of them by another key", u->args.v[i]);
		if (store_find(u->store, key, &number)) {
			GROW(w->number, w->cap, w->n + 1);
			w->number[w->n++] = number;
		} else if (store_erased(u->store, key)) {
			GROW(w->before, w->before_cap, w->nbefore + 1);
			w->before[w->nbefore++] = key;
		} else {
			return err_set(err, WEND_E_USAGE, "no customer '%s', nothing was erased; look for a part of a name or key with 'wend customer find'", u->args.v[i]);
		}
	}
	return WEND_OK;
}

static enum wend_err from_list(struct run *u, struct who *w, struct err *err)
{
	struct customer_set *set = NULL;
	if (!u->ro.only)
		return WEND_OK;
	if (customer_set_read(&set, u->ro.only, u->store, &u->arena, err))
		return err->code;
	for (uint32_t i = 1; i <= store_people_count(u->store); i++)
		if (customer_set_has(set, i)) {
			GROW(w->number, w->cap, w->n + 1);
			w->number[w->n++] = i;
		}
	if (customer_set_unknown(set))
		run_note(u, "%zu keys of '%s' are no customer's; they may have been erased before", customer_set_unknown(set), u->ro.only);
	return WEND_OK;
}

static uint64_t records_of(const struct erase_counts *c)
{
	uint64_t n = 0;
	for (int k = 0; k < KIND_COUNT; k++)
		n += c->records[k];
	return n;
}

static void put_counts(struct table *t, const struct erase_counts *c)
{
	static const char *const name[] = { "customers", "keys", "records", "references", "batches", "words", "reject_rows", "bytes", "left" };
	const int64_t v[] = { (int64_t)c->customers, (int64_t)c->keys, (int64_t)records_of(c), (int64_t)c->references, (int64_t)c->batches, (int64_t)c->words,
		(int64_t)c->reject_rows, c->bytes_before - c->bytes_after, (int64_t)c->left };
	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
		table_col(t, name[i], COL_INT, NULL, 0);
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
		put_int(t, v[i]);
}

static void count_said(struct str *out, uint64_t n, const char *what)
{
	str_printf(out, "%" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
}

/* "3 keys and 14 records of 1 customer, from 2 batches: orders 12, feedback 2" */
static void finding(const struct run *u, struct report *r, const struct erase_counts *c)
{
	struct str *out = &r->finding;
	const char *sep = ": ";
	count_said(out, c->keys, "key");
	str_puts(out, " and ");
	count_said(out, records_of(c), "record");
	str_puts(out, " of ");
	count_said(out, c->customers, "customer");
	str_puts(out, u->dry_run ? " would go, from " : " are gone, from ");
	str_printf(out, "%" PRIu64 " batch%s", c->batches, c->batches == 1 ? "" : "es");
	for (int k = 0; k < KIND_COUNT; k++)
		if (c->records[k]) {
			str_printf(out, "%s%s %" PRIu64, sep, kind_names[k], c->records[k]);
			sep = ", ";
		}
	if (c->reject_rows) {
		str_puts(out, "; ");
		count_said(out, c->reject_rows, "rejected row");
		str_puts(out, " in ");
		count_said(out, c->reject_files, "file");
	}
	if (u->dry_run)
		str_puts(out, ". Nothing was changed.");
	else if (!c->left)
		str_puts(out, ". Nothing of them is found in the store's files. Backups and the exported files themselves may still hold them.");
	else
		str_puts(out, ". Something is left; see the lines above.");
}

static void finding_before(struct report *r, const struct who *w, const struct erase_counts *c)
{
	if (w->nbefore)
		str_printf(&r->finding, "%s erased before%s", w->nbefore == 1 ? "the customer was" : "the customers were", c->left ? ". Something is left; see the lines above." : ", and nothing of them is found.");
	else
		str_puts(&r->finding, c->left ? "something waits to be cleaned; see the lines above." : "nothing waits to be cleaned; name the customers to erase.");
}

static void tell(struct run *u, const struct erase_counts *c)
{
	struct sv rest = str_view(&c->said), line;
	while (sv_cut(&rest, '\n', &line))
		if (line.n)
			run_warn(u, "%.*s", (int)line.n, line.p);
	if (c->left && !u->dry_run)
		run_raise(u, WEND_E_STORE);
}

enum wend_err customer_erase(struct run *u, struct report *r, struct err *err)
{
	struct who w = { NULL, 0, 0, NULL, 0, 0 };
	struct erase_counts c = { 0 };
	enum wend_err e = store_people(u->store, err);
	if (!e)
		e = from_operands(u, &w, err);
	if (!e)
		e = from_list(u, &w, err);
	if (!e && w.nbefore && !u->dry_run) {
		e = store_erase_rest(u->store, w.before, w.nbefore, &c, err);
		if (!e)
			tell(u, &c);
		if (!e && w.n)
			erase_counts_release(&c);
	}
	if (!e && (w.n || !w.nbefore))
		e = u->dry_run ? store_erase_preview(u->store, w.number, w.n, &c, err) : store_erase(u->store, w.number, w.n, &c, err);
	if (!e) {
		put_counts(&r->table, &c);
		if (w.n)
			finding(u, r, &c);
		else
			finding_before(r, &w, &c);
		line_add(&r->next, "wend store check");
		if (w.n || !w.nbefore)
			tell(u, &c);
	}
	erase_counts_release(&c);
	free(w.number);
	free(w.before);
	return e;
}
