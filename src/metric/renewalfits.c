/* The two curves of contracts, sBG and BdW (model/renewal.c), and the choice between them.
 *
 * sBG is BdW with c = 1, inside the range of c, so that twice the difference of the
 * log-likelihoods is chi-square with one degree of freedom where sBG is true (Wilks 1938). BdW
 * is taken where that is less likely than 5 %, else sBG, which has one parameter less to be
 * wrong about.
 *
 * Limits: the delta method in the logarithms of the parameters, central differences; of a
 * share on the logit, of anything else on the logarithm.
 */
#include "renewals.h"

#include <math.h>

const char *const renewal_names[2] = { "sBG", "BdW" };

static void choose(struct renewal_fits *f, const char *model)
{
	const bool sbg = !f->v[0].reason, bdw = !f->v[1].reason;
	f->ratio = sbg && bdw ? fmax(0, 2 * (f->v[1].loglik - f->v[0].loglik)) : NAN;
	f->p = isnan(f->ratio) ? NAN : chisq_sf(f->ratio, 1);
	f->automatic = !model || !strcmp(model, "auto");
	if (!f->automatic)
		f->chosen = strcmp(model, "bdw") ? sbg ? 0 : -1 : bdw ? 1 : -1;
	else
		f->chosen = !sbg ? bdw ? 1 : -1 : bdw && f->p < ALPHA;
}

enum wend_err renewal_fits_run(struct renewal_fits *out, const struct renewal_stat *s, const struct forecast_options *o, struct err *err)
{
	*out = (struct renewal_fits){ .chosen = -1 };
	if (o->model && strcmp(o->model, "auto") && strcmp(o->model, "sbg") && strcmp(o->model, "bdw"))
		return err_set(err, WEND_E_USAGE, "unknown model '%s' of contracts; give auto, sbg or bdw", o->model);
	out->risk = xcalloc(s->n + 1, sizeof *out->risk);
	out->lost = xcalloc(s->n + 1, sizeof *out->lost);
	for (size_t t = 0; t < s->n && s->v[t].risk && (!o->first || t < (size_t)o->first); t++) {
		out->risk[t] = (double)s->v[t].risk;
		out->lost[t] = (double)s->v[t].lost;
		out->n = t + 1;
	}
	const struct renewals d = { out->n, out->risk, out->lost };
	for (int i = 0; i < 2; i++)
		renewal_fit(&out->v[i], i, &d, NULL);
	choose(out, o->model);
	return WEND_OK;
}

void renewal_fits_release(struct renewal_fits *f)
{
	free(f->risk);
	free(f->lost);
	f->risk = f->lost = NULL;
}

struct renewal_estimate renewal_about(const struct renewal_fit *f, renewal_fn *fn, const void *ctx, double chance, bool share)
{
	static const double h = 1e-4;
	const int n = f->bdw ? 3 : 2;
	struct renewal_estimate e = { fn(&f->model, ctx), { NAN, NAN } };
	double g[3] = { 0 };
	for (int i = 0; i < n; i++)
		for (int side = -1; side <= 1; side += 2) {
			struct renewal_model m = f->model;
			*(i == 0 ? &m.alpha : i == 1 ? &m.beta : &m.c) *= exp(side * h);
			g[i] += side * fn(&m, ctx) / (2 * h);
		}
	const double half = Z95 * sqrt(value_quadratic(g, f->cov, n) + chance);
	if (!share) {
		e.ci = (struct interval){ e.value * exp(-half / e.value), e.value * exp(half / e.value) };
	} else if (e.value > 0 && e.value < 1) {
		const double by = exp(half / (e.value * (1 - e.value))), odds = e.value / (1 - e.value);
		e.ci = (struct interval){ odds / by / (1 + odds / by), isinf(by) ? 1 : odds * by / (1 + odds * by) };
	} else {
		e.ci = (struct interval){ e.value, e.value };
	}
	return e;
}
