/* Rules that share a conversion out by the position of the touches alone. Each is applied to
 * every distinct path once: what its conversions brought is multiplied by the shares.
 *
 * Shapley: with v(S) the conversions of paths that meet only channels of S, v is a sum over
 * paths of unanimity games on the path's set D, and the Shapley value of such a game is
 * 1 / |D| for each member (Shapley 1953): no sum over 2^n sets is needed.
 */
#include "chain_impl.h"

#include <math.h>

const char *const chain_rule_name[RULE_COUNT] = { "first", "last", "last_non_direct", "linear", "position", "wshape", "decay", "shapley" };

/* `ends` of the credit to each of the k touches at `at`, the rest between the others. */
static void ends(double *share, size_t n, const size_t *at, size_t k, double each)
{
	for (size_t i = 0; i < n; i++)
		share[i] = n > k ? (1 - each * (double)k) / (double)(n - k) : 0;
	for (size_t i = 0; i < k; i++)
		share[at[i]] = n > k ? each : 1 / (double)k;
}

static void decay(double *share, size_t n, const double *age, double half_life)
{
	double sum = 0;
	/* scaled by the youngest touch, so that old ones fade to 0 and never all of them */
	const double youngest = age ? age[n - 1] : 0;
	for (size_t i = 0; i < n; i++) {
		const double old = age ? age[i] - youngest : (double)(n - 1 - i);
		share[i] = exp2(-old / half_life);
		sum += share[i];
	}
	for (size_t i = 0; i < n; i++)
		share[i] /= sum;
}

static void different(double *share, const uint16_t *step, size_t n)
{
	size_t d = 0;
	for (size_t i = 0; i < n; i++) {
		bool again = false;
		for (size_t k = 0; k < i && !again; k++)
			again = step[k] == step[i];
		share[i] = again ? 0 : 1;
		d += !again;
	}
	for (size_t i = 0; i < n; i++)
		share[i] /= (double)d;
}

static size_t last_not(const uint16_t *step, size_t n, const bool *direct)
{
	for (size_t i = n; i-- > 0 && direct;)
		if (!direct[step[i]])
			return i;
	return n - 1;
}

void chain_shares(double *share, enum chain_rule r, const uint16_t *step, size_t n, const double *age, double half_life, const bool *direct)
{
	const size_t three[3] = { 0, (n - 1) / 2, n - 1 }, two[2] = { 0, n - 1 };
	for (size_t i = 0; i < n; i++)
		share[i] = r == RULE_LINEAR ? 1 / (double)n : 0;
	switch (r) {
	case RULE_FIRST:
		share[0] = 1;
		break;
	case RULE_LAST:
		share[n - 1] = 1;
		break;
	case RULE_LAST_NON_DIRECT:
		share[last_not(step, n, direct)] = 1;
		break;
	case RULE_POSITION:
	case RULE_WSHAPE:
		if (n == 1)
			share[0] = 1;
		else if (r == RULE_WSHAPE && n > 2)
			ends(share, n, three, 3, 0.3);
		else
			ends(share, n, two, 2, 0.4);
		break;
	case RULE_DECAY:
		decay(share, n, age, half_life);
		break;
	case RULE_SHAPLEY:
		different(share, step, n);
		break;
	default:
		break;
	}
}

void chain_rule_credit(double *conv, double *value, enum chain_rule r, const struct chain_paths *p, double half_life, const bool *direct)
{
	double *share = NULL;
	size_t cap = 0;
	for (size_t c = 0; c < p->channels; c++)
		conv[c] = value[c] = 0;
	for (size_t i = 0; i < p->n; i++) {
		const uint16_t *step = p->step + p->from[i];
		const size_t n = p->from[i + 1] - p->from[i];
		if (p->conv[i] == 0 && p->value[i] == 0)
			continue;
		GROW(share, cap, n);
		chain_shares(share, r, step, n, NULL, half_life, direct);
		for (size_t k = 0; k < n; k++) {
			conv[step[k]] += share[k] * p->conv[i];
			value[step[k]] += share[k] * p->value[i];
		}
	}
	free(share);
}

void chain_met(double *all, double *conv, const struct chain_paths *p)
{
	uint32_t *last = xcalloc(p->channels + 1, sizeof *last);
	for (size_t c = 0; c < p->channels; c++)
		all[c] = conv[c] = 0;
	for (size_t i = 0; i < p->n; i++)
		for (uint32_t k = p->from[i]; k < p->from[i + 1]; k++) {
			const uint16_t c = p->step[k];
			if (last[c] == i + 1)
				continue;
			last[c] = (uint32_t)i + 1;
			all[c] += p->conv[i] + p->null[i];
			conv[c] += p->conv[i];
		}
	free(last);
}
