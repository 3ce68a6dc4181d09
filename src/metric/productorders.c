/* What a discount or promotion changes: buyers with one against buyers without, matched one to
 * one by what they bought (the dearest product of the day), the calendar month, x, the purchase
 * days before, and, where there was one before, the decile of the days since.
 *
 *   treated   an order with a promotion, or a discount other than 0; new customers by their
 *             first purchase day, existing ones by the first later day that has one
 *   control   a purchase day without, of somebody who has had none on a later day up to then
 *   outcome   another purchase day within W days; only days followed for W days take part
 *   source    an order whose source never tells of discounts is neither: an empty cell there
 *             does not mean that there was none
 *
 * Nobody is chosen by what he did afterwards: controls may get a discount later on, for to
 * leave those out would leave out the ones who come back most. Strata ascend with x, so that
 * who is still free as a control depends on the past alone (matched.c).
 */
#include "products_impl.h"
#include "wend/hash.h"

enum { DECILES = 10 };

/* ---- sources that tell of discounts ---- */

static enum wend_err telling_sources(uint8_t **out, size_t *n, const struct product_acc *a, const struct population *p, struct err *err)
{
	struct arena scratch = ARENA_INIT;
	struct batch_source *v = NULL;
	size_t nv = 0;
	enum wend_err e = store_batch_sources(p->store, &v, &nv, &scratch, err);
	*n = a->ntells;
	for (size_t i = 0; !e && i < nv; i++)
		*n = (size_t)v[i].batch >= *n ? (size_t)v[i].batch + 1 : *n;
	*out = xcalloc(*n + 1, 1);
	if (a->ntells)
		memcpy(*out, a->tells, a->ntells);
	for (size_t i = 0; !e && i < nv; i++)
		for (size_t k = 0; k < nv && !(*out)[v[i].batch]; k++)
			(*out)[v[i].batch] = (size_t)v[k].batch < a->ntells && a->tells[v[k].batch] && sv_eq(v[i].source, v[k].source);
	arena_release(&scratch);
	return e;
}

/* ---- deciles ---- */

/* By mid-rank: with L below and E equal among n the decile is floor(10 (L + E/2) / n). */
static uint8_t *decile_of_days(const struct product_acc *a, const uint8_t *tells)
{
	int32_t most = 0;
	int64_t n = 0, below = 0;
	for (size_t i = 0; i < a->no; i++)
		most = a->o[i].recency > most ? a->o[i].recency : most;
	int64_t *count = xcalloc((size_t)most + 1, sizeof *count);
	uint8_t *decile = xcalloc((size_t)most + 1, 1);
	for (size_t i = 0; i < a->no; i++)
		if (a->o[i].x && tells[a->o[i].batch]) {
			count[a->o[i].recency]++;
			n++;
		}
	for (int32_t d = 0; d <= most && n; d++) {
		const int64_t k = DECILES * (2 * below + count[d]) / (2 * n);
		decile[d] = (uint8_t)(k < DECILES ? k : DECILES - 1);
		below += count[d];
	}
	free(count);
	return decile;
}

/* ---- strata ---- */

/* x | month | decile | item, so that strata ascend with x. */
static uint64_t stratum_of(const struct product_order *o, const uint8_t *decile)
{
	const uint64_t x = o->x < 0xfffff ? o->x : 0xfffff;
	const uint64_t month = (uint32_t)period_number(PERIOD_MONTH, o->day) & 0xfff;
	return x << 44 | month << 32 | (uint64_t)decile[o->recency] << 28 | (o->item & 0xfffffff);
}

static uint64_t key_of(const struct product_order *o, const struct population *p, int64_t seed)
{
	const struct sv name = store_customer(p->store, o->customer);
	return hash_mix(hash64(name.p, name.n) ^ hash_mix((uint64_t)seed * 0x9e3779b97f4a7c15u + o->x + 1));
}

static void compare(struct product_effect *out, const struct product_acc *a, const struct population *p, const uint8_t *tells, const uint8_t *decile, bool later, int64_t seed)
{
	struct match_row *v = xreallocarray(NULL, a->no + 1, sizeof *v);
	struct ids strata = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < a->no; i++)
		if ((a->o[i].x > 0) == later && a->o[i].discount)
			ids_get(&strata, stratum_of(&a->o[i], decile));
	const size_t known = strata.n;
	for (size_t i = 0; i < a->no && known; i++) {
		const struct product_order *o = &a->o[i];
		if ((o->x > 0) != later || !tells[o->batch])
			continue;
		const uint64_t s = stratum_of(o, decile);
		if (ids_get(&strata, s) < known)
			v[n++] = (struct match_row){ s, key_of(o, p, seed), o->customer, o->discount, o->again };
	}
	matched_run(&out->m, v, n, ALPHA);
	out->unmatched = out->m.treated - out->m.pairs + a->facts.no_item[later];
	ids_release(&strata);
	free(v);
}

enum wend_err product_effects(struct product_effect out[2], const struct product_acc *a, const struct product_ctx *c, const struct population *p, struct err *err)
{
	uint8_t *tells = NULL;
	size_t n = 0;
	enum wend_err e = telling_sources(&tells, &n, a, p, err);
	if (!e) {
		uint8_t *decile = decile_of_days(a, tells);
		compare(&out[0], a, p, tells, decile, false, c->seed);
		compare(&out[1], a, p, tells, decile, true, c->seed);
		free(decile);
	}
	free(tells);
	return e;
}
