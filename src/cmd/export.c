/* wend customer export: everything held of one person. */
#include "cmd/privacy.h"
#include "wend/metric.h"

/* One JSON document, unless a table was asked for. */
enum wend_err customer_export(struct run *u, struct report *r, struct err *err)
{
	bool document = !u->format || !strcmp(u->format, "json") || !strcmp(u->format, "auto");
	struct population p;
	enum wend_err e = population_init(&p, u->store, &u->ro, KIND_ORDERS, err);
	if (e)
		return e;
	e = metric_customer_export(&p, u->args.v[0], document, r, err);
	population_release(&p);
	return e;
}
