/* room: metric (internal)
 * Attribution: attrpaths.c and attrtable.c make the paths from a store and from tables, attribution.c
 * fits and prints, attrcredits.c prints credit by conversion.
 */
#ifndef WEND_ATTR_IMPL_H
#define WEND_ATTR_IMPL_H

#include "metric_impl.h"
#include "wend/chain.h"
#include "wend/channels.h"

#define ATTR_NONE "(none)"
enum attr_model { /* the rules of chain.h, then the chains */
	ATTR_MARKOV = RULE_COUNT, ATTR_SHAPLEY_MARKOV, ATTR_MODELS
};
extern const char *const attr_model_name[ATTR_MODELS];

struct attr_terms {
	enum attr_model model;
	int order;              /* 0 = auto */
	double lookback_s;      /* infinite: any time */
	double half_life;       /* seconds; of tables steps */
	bool from_store, first_only, reuse;
	struct sv step;         /* conversions are these steps; p NULL: purchases */
};

/* One touch of one conversion, for credit rows. */
struct attr_touch {
	uint32_t customer, word; /* UINT32_MAX: no touch */
	int64_t at;              /* wtime of the conversion */
	int64_t campaign;        /* word, WEND_NONE = none */
	int64_t value;           /* of the conversion, minor units */
	double age_s;
	uint32_t number, of;     /* of the touches of this conversion */
};

/* What the paths are made of. */
struct attr_paths {
	struct chain_paths *p;
	double *decay, *decay_value; /* by channel, by the time of the touches; NULL: by steps */
	struct attr_touch *touch;    /* with --credits */
	size_t ntouch;
	bool first_only;         /* of each customer only the first purchase */
	int64_t own_channel;     /* conversions whose way is the channel of the order itself */
	int64_t open;            /* ways that may still lead to a conversion: not counted */
	struct revenue rev;
	struct fold_counts counts;
	double minor;            /* minor units in a major one; 1 for tables */
	char currency[4];
	int64_t empty;           /* rows of tables without any way */
};
enum wend_err attr_terms_read(struct attr_terms *t, const struct attribution_options *o, bool from_store, struct err *err);
enum wend_err attr_paths_run(struct attr_paths *out, const struct population *p, const struct attr_terms *t, const struct attribution_options *o, const struct report_options *ro, struct err *err);
enum wend_err attr_paths_read(struct attr_paths *out, struct table *from, size_t n, struct err *err);
void attr_paths_release(struct attr_paths *a);
/* Direct traffic: "direct", "(direct)", any case. By channel; the caller frees. */
bool *attr_direct(const struct chain_paths *p);

/* Removal effects (Shapley values) by channel: by what chains share a conversion out. The
 * caller frees. */
double *attr_weights(const struct attr_paths *a, const struct attr_terms *t, int threads);
/* Credit rows instead of the table, made while they are written; takes a->touch over. `weight` by
 * channel: removal effects. */
void attr_credits(struct report *r, struct attr_paths *a, const struct attr_terms *t, const double *weight, const bool *direct, const struct population *p);

#endif
