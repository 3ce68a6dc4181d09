"""Standard errors of Pareto/NBD on the CDNOW sample by mpmath, the figures in
tests/conformance/ltv_models.c:  python3 cdnow_se.py ../../../shared/data/cdnow R ALPHA S BETA

The observed information in the logarithms of the parameters, by central differences of step
1e-9 at 45 digits. Python 3.11.7, mpmath 1.3.0.
"""
import sys
import mpmath as mp
from btyd import *
from cdnow_dert import sample_cells

mp.mp.dps = 45
at = [mp.log(mp.mpf(v)) for v in sys.argv[2:6]]
h = mp.mpf(10) ** -9
hess, grad = mp.zeros(4), [mp.mpf(0)] * 4
for (x, tx, T), w in sample_cells(sys.argv[1]).items():
    memo = {}
    def L(*moves):
        key = tuple(sorted(moves))
        if key not in memo:
            y = list(at)
            for i, m in moves:
                y[i] += m * h
            memo[key] = loglik_one(PARETO, 1, [mp.exp(v) for v in y], x, mp.mpf(tx) / 7, mp.mpf(T) / 7)
        return memo[key]
    for i in range(4):
        grad[i] += w * (L((i, 1)) - L((i, -1))) / (2 * h)
        hess[i, i] += w * (L((i, 1)) + L((i, -1)) - 2 * L()) / h ** 2
        for j in range(i):
            v = (L((i, 1), (j, 1)) - L((i, 1), (j, -1)) - L((i, -1), (j, 1)) + L((i, -1), (j, -1))) / (4 * h ** 2)
            hess[i, j] += w * v
            hess[j, i] += w * v
cov = (-hess) ** -1
print("gradient", [mp.nstr(v, 5) for v in grad])
print("se", [mp.nstr(mp.exp(at[i]) * mp.sqrt(cov[i, i]), 12) for i in range(4)])
