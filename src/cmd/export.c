/* wend customer export: everything held of one person. */
#include "cmd/privacy.h"
#include "wend/metric.h"

/* One JSON document, unless a table was asked for. */
enum wend_err customer_export(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	bool document = !u->format || !strcmp(u->format, "json") || !strcmp(u->format, "auto");
	return metric_customer_export(p, u->args.v[0], document, r, err);
}
