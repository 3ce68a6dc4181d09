/* Area under the ROC curve from counts.
 *
 * With m yes and n no, V(i) = share of the no below x_i (ties one half) is what a yes at x_i
 * adds, W(i) = share of the yes above x_i what a no adds; AUC = mean V over the yes = mean W over
 * the no. Variance (DeLong, DeLong & Clarke-Pearson 1988): S_V / m + S_W / n, S the sample
 * variances. Counts stay below 2^53, so that sums of them are exact.
 */
#include "wend/num.h"

#include <math.h>

double auc_counts(const double *x, const double *yes, const double *no, size_t n, double *variance)
{
	double m = 0, k = 0, below_yes = 0, below_no = 0, sum = 0, sq_yes = 0, sq_no = 0;
	*variance = NAN;
	for (size_t i = 0; i < n; i++) {
		m += yes[i];
		k += no[i];
	}
	if (m <= 0 || k <= 0)
		return NAN;
	for (size_t i = 0, to; i < n; i = to) {
		double y = 0, z = 0;
		for (to = i; to < n && !(x[to] > x[i]); to++) {
			y += yes[to];
			z += no[to];
		}
		const double v = (below_no + z / 2) / k, w = (m - below_yes - y / 2) / m;
		sum += y * v;
		sq_yes += y * v * v;
		sq_no += z * w * w;
		below_yes += y;
		below_no += z;
	}
	const double auc = sum / m;
	if (m > 1 && k > 1)
		*variance = fmax(0, sq_yes - m * auc * auc) / (m - 1) / m + fmax(0, sq_no - k * auc * auc) / (k - 1) / k;
	return auc;
}
