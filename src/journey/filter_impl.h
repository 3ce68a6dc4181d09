/* room: journey (internal) */
#ifndef WEND_FILTER_IMPL_H
#define WEND_FILTER_IMPL_H

#include "journey_impl.h"

enum filter_op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };
enum filter_scope { SCOPE_EVENT, SCOPE_RECORD, SCOPE_FIRST, SCOPE_LAST, SCOPE_ANY };
/* Subjects that are no field. */
enum { ON_ATTRIBUTE = -1, ON_KIND = -2, ON_CUSTOMER = -3 };

struct filter_value {
	struct sv text;
	int64_t from, to;  /* times: local seconds; customers: number; kinds: kind */
	int64_t scaled;    /* FT_DEC in millionths */
	double real;
	bool number;
};
/* One condition: SUBJECT OP VALUE|VALUE... ; no values = "is missing" (or is not). */
struct cond {
	enum filter_scope scope;
	enum filter_op op;
	int subject;            /* enum field or ON_... */
	uint32_t kinds;         /* kinds that have the subject */
	int64_t attr;           /* word code of the attribute's name */
	struct filter_value *v;
	size_t n;
	const uint8_t *words;   /* per word code: does it match, the operator applied */
	int64_t nwords;
	const struct zone *zone;
	const struct store *store;
};
struct filter {
	struct cond *c;
	size_t n, cap;
};
/* What a name of a condition is about: fills subject, scope, kinds, attr. Unknown: WEND_E_USAGE
 * with the list. */
enum wend_err filter_subject(struct cond *out, struct sv name, const struct population *p, struct arena *a, struct err *err);

static inline bool op_holds(enum filter_op op, int cmp)
{
	switch (op) {
	case OP_EQ: return cmp == 0;
	case OP_NE: return cmp != 0;
	case OP_LT: return cmp < 0;
	case OP_LE: return cmp <= 0;
	case OP_GT: return cmp > 0;
	default: return cmp >= 0;
	}
}

#endif
