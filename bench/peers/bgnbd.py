# BG/NBD as lifetimes 0.11 fits it, rebuilt on numpy, scipy and pandas: BFGS over the logarithms
# of the parameters, time scaled to at most 1, the mean negative log-likelihood, equal (x, t_x, T)
# passed as weights. Its gradient is written out by hand where lifetimes differentiates by
# autograd, so this is the faster of the two. Usage: bgnbd.py CSV OUT
import sys
import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import gammaln, psi

d = pd.read_csv(sys.argv[1], usecols=["x", "t_x", "T"])
d = d.groupby(["x", "t_x", "T"], as_index=False).size()
x, tx, T, w = (d[k].to_numpy(dtype=float) for k in ("x", "t_x", "T", "size"))
scale = 1 / T.max()
tx, T = tx * scale, T * scale
again = x > 0
last = np.maximum(x, 1) - 1


def loss(logs):
    r, alpha, a, b = np.exp(logs)
    a1 = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    a2 = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    a3 = -(r + x) * np.log(alpha + T)
    a4 = np.where(again, np.log(a) - np.log(b + last) - (r + x) * np.log(alpha + tx), -np.inf)
    both = np.logaddexp(a3, a4)
    stays, left = np.exp(a3 - both), np.exp(a4 - both)
    by = (
        psi(r + x) - psi(r) + np.log(alpha) - stays * np.log(alpha + T) - left * np.log(alpha + tx),
        r / alpha - (r + x) * (stays / (alpha + T) + left / (alpha + tx)),
        psi(a + b) - psi(a + b + x) + left / a,
        psi(a + b) - psi(a + b + x) + psi(b + x) - psi(b) - left / (b + last),
    )
    total = w.sum()
    return -(w * (a1 + a2 + both)).sum() / total, np.array([-(w * g).sum() * p / total for g, p in zip(by, (r, alpha, a, b))])


fit = minimize(loss, np.full(4, 0.1), jac=True, method="BFGS", tol=1e-7)
r, alpha, a, b = np.exp(fit.x)
alpha /= scale
# The log-likelihood of the data as they are, not as they were scaled.
with open(sys.argv[2], "w") as out:
    print(r, alpha, a, b, -fit.fun * w.sum() + (w * x).sum() * np.log(scale), file=out)
