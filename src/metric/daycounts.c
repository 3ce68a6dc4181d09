/* Purchase days by civil day, of the customers printed: what a forecast is followed with
 * through time, and the history of a single customer.
 */
#include "validate_impl.h"

struct acc {
	int64_t *first, *repeat;
	struct day_room days;
};
struct ctx {
	struct revenue rev;
	int32_t from, known_by;
	size_t n;
};

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct ctx *c = ctx;
	if (!a->first) {
		a->first = xcalloc(c->n, sizeof *a->first);
		a->repeat = xcalloc(c->n, sizeof *a->repeat);
	}
	if (!j->selected || !purchase_days(&a->days, &c->rev, j) || a->days.v[0].day > c->known_by)
		return;
	for (size_t i = 0; i < a->days.n; i++) {
		const int64_t at = (int64_t)a->days.v[i].day - c->from;
		if (at >= 0 && at < (int64_t)c->n)
			(i ? a->repeat : a->first)[at]++;
	}
}

static void acc_release(void *acc)
{
	struct acc *a = acc;
	free(a->first);
	free(a->repeat);
	day_room_release(&a->days);
	*a = (struct acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	const struct ctx *c = ctx;
	for (size_t i = 0; i < c->n && a->first && b->first; i++) {
		a->first[i] += b->first[i];
		a->repeat[i] += b->repeat[i];
	}
	if (!a->first) {
		a->first = b->first;
		a->repeat = b->repeat;
		b->first = b->repeat = NULL;
	}
	day_room_merge(&a->days, &b->days);
	acc_release(b);
}

enum wend_err day_counts_run(struct day_counts *out, const struct population *p, const struct report_options *ro, int32_t from, int32_t known_by, struct err *err)
{
	struct acc a = { 0 };
	struct ctx c = { .from = from, .known_by = known_by, .n = (size_t)((int64_t)p->as_of - from) + 1 };
	struct fold f = { .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &c };
	struct fold_counts n;
	*out = (struct day_counts){ .from = from, .n = c.n };
	enum wend_err e = revenue_choose(&c.rev, p, ro->revenue, err);
	if (!e)
		e = purchase_fold(p, &f, &c.rev, &a, &a.days, acc_release, &n, err);
	if (!e && a.first) {
		out->first = a.first;
		out->repeat = a.repeat;
		a.first = a.repeat = NULL;
	} else if (!e) {
		out->first = xcalloc(c.n, sizeof *out->first);
		out->repeat = xcalloc(c.n, sizeof *out->repeat);
	}
	acc_release(&a);
	revenue_release(&c.rev);
	return e;
}

void day_counts_release(struct day_counts *d)
{
	free(d->first);
	free(d->repeat);
	*d = (struct day_counts){ 0 };
}
