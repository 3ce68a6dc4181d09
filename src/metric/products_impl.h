/* room: metric (internal)
 * ltv products: products.c folds, productshares.c estimates, productorders.c compares orders
 * with and without a discount, productstable.c prints.
 */
#ifndef WEND_PRODUCTS_IMPL_H
#define WEND_PRODUCTS_IMPL_H

#include "ltv_impl.h"
#include "wend/hazard.h"

/* What a buyer may do again within the days looked at, and whether he did (EVENT) or was not
 * seen to by then (LOST). */
enum product_what { BUYS_SAME, BUYS_OTHER, BUYS_ANY, BUYS_WHAT };
enum { EVENT, LOST };

/* First buyers of one product. */
struct product_group {
	int64_t word;         /* WEND_NONE: all customers, whatever they began with */
	int64_t customers;
	int64_t observed;     /* seen for all of the days */
	int64_t sum;          /* what these brought in them, minor units */
	__extension__ unsigned __int128 squares;
};
/* `n` of a group did it (or were last seen) `day` days after the first purchase. */
struct product_cell {
	uint32_t group;
	uint8_t what, lost;
	int32_t day;
	int64_t n;
};
/* A purchase day that was followed long enough to tell whether another came: the design of the
 * comparison with and without a discount. */
struct product_order {
	uint32_t customer, item, batch, x;
	int32_t day, recency; /* days since the purchase before; 0 when it is the first */
	bool discount, again;
};
struct product_facts {
	int64_t customers;    /* whose first purchase names what was bought */
	int64_t unnamed;      /* whose does not */
	int64_t unnamed_later;/* later purchase days within the days that name nothing */
	int64_t several;      /* customers who began with more than one */
	int64_t both;         /* items with a product and a category */
	int64_t early;        /* orders with a discount too late to be followed */
	int64_t no_item[2];   /* orders with a discount that name nothing: first, later */
};
struct product_visit {
	int32_t day;
	uint32_t item, batch; /* the item that cost most */
	bool named, discount;
};
struct product_acc {
	struct product_group *g;
	size_t n, cap;
	struct ids groups;    /* word + 1; 0 = all */
	struct product_cell *c;
	size_t nc, c_cap;
	struct ids cells;
	struct product_order *o;
	size_t no, o_cap;
	uint8_t *tells;       /* by batch: some order of it names a discount or promotion */
	size_t ntells;
	struct product_facts facts;
	/* of the customer at hand */
	struct day_room days;
	struct product_visit *visit;
	size_t visit_cap;
	struct product_first {
		int64_t word;
		int32_t same, other; /* days after the first; -1 = not yet */
	} *first;
	size_t nfirst, first_cap;
};
struct product_ctx {
	struct revenue rev;
	int32_t within;       /* days */
	int field;            /* of an item: 0 product, 1 category */
	const char *by;       /* "product", "category" */
	int64_t seed;
};

/* Those who bought with a discount against matched ones without: [0] with the first order,
 * [1] with a later one. */
struct product_effect {
	struct match_result m;
	int64_t unmatched;
};
enum wend_err product_effects(struct product_effect out[2], const struct product_acc *a, const struct product_ctx *c, const struct population *p, struct err *err);

/* First buyers of a product, estimated (productshares.c). */
struct product_line {
	const struct product_group *g;
	struct sv name;
	struct survival_step s[BUYS_WHAT], rest; /* at the end of the days; rest: any, of all others */
	double chisq, p, q;   /* of the test against the rest; NaN: not tested */
	bool few;
};
struct product_lines {
	struct product_line *v; /* by customers, then by name */
	size_t n;
	struct product_line all;
	int64_t few, tested;  /* rows */
};
void product_lines_run(struct product_lines *l, const struct product_acc *a, const struct product_ctx *c, const struct population *p);
void product_lines_release(struct product_lines *l);

enum wend_err products_table(struct report *r, const struct product_acc *a, const struct product_ctx *c, const struct product_effect effect[2], const struct value_terms *terms,
			     const struct population *p, const struct report_options *ro, currency cur);

#endif
