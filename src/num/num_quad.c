/* Nodes and weights of the Gauss-Legendre rule.
 *
 * Roots of the Legendre polynomial P_n by Newton's method from cos(pi (i + 3/4) / (n + 1/2));
 * weights 2 / ((1 - x^2) P_n'(x)^2). Correct to a few units of the last place for n <= 64.
 */
#include <math.h>
#include "wend/optim.h"

void gauss_legendre(double *x, double *w, int n)
{
	for (int i = 0; i < n; i++) {
		double z = -cos(3.14159265358979323846 * (i + 0.75) / (n + 0.5)), slope = 1;
		for (int round = 0; round < 100; round++) {
			double now = 1, last = 0;
			for (int k = 0; k < n; k++) {
				const double next = ((2 * k + 1) * z * now - k * last) / (k + 1);
				last = now;
				now = next;
			}
			slope = n * (z * now - last) / (z * z - 1);
			const double by = now / slope;
			z -= by;
			if (fabs(by) < 1e-16)
				break;
		}
		x[i] = z;
		w[i] = 2 / ((1 - z * z) * slope * slope);
	}
}
