"""The purchase models in arbitrary precision: reference figures for the tests.

Needs Python 3 and mpmath (figures were made with Python 3.11.7, mpmath 1.3.0, with and
without gmpy2 2.1.2). Nothing here follows the way src/model computes: likelihoods are the
papers' formulas, what lies ahead of a customer is one integral over the chance p of leaving
(or, with k = 1, a hypergeometric function in place of it), by mpmath's quadrature.

Legend. rho, scale: the rate if alive is gamma(rho, scale); a, b: the chance of leaving is
beta(a, b); j: events since the last purchase (k > 1); w(j): their weights.
"""
import mpmath as mp

BG, MBG, CNBD, PARETO = range(4)
NAMES = ["BG/NBD", "MBG/NBD", "MBG/CNBD-k", "Pareto/NBD"]


def f(v):
    """A parameter exactly as C reads it: the double nearest to the literal."""
    return mp.mpf(float(v))


# ---- likelihoods ----

def gone(p, x, tx, T):
    """int_tx^T (alpha+y)^-(r+x) (beta+y)^-(s+1) dy of Pareto/NBD, relative to its value at tx."""
    r, al, s, be = p
    if T <= tx:
        return mp.mpf(0)
    low = min(al, be)
    g = lambda v: (lambda y: mp.exp(-(r + x) * mp.log((al + y) / (al + tx)) - s * mp.log((be + y) / (be + tx))) * (low + y) / (be + y))(mp.exp(v) - low)
    v0, v1 = mp.log(low + tx), mp.log(low + T)
    steep = max(abs((r + x) * (low + tx) / (al + tx) + s - 1), 1)
    cuts, width = [v0], 4 / steep
    while cuts[-1] < v1 and len(cuts) < 12:
        cuts.append(min(v1, cuts[-1] + width))
        width *= 3
    if cuts[-1] < v1:
        cuts.append(v1)
    return mp.quad(g, cuts)


def survive(k, n, al, tx, T):
    rho = (T - tx) / (al + T)
    return sum(mp.rf(n, j) / mp.factorial(j) * rho ** j for j in range(k))


def loglik_one(kind, k, p, x, tx, T):
    p = [mp.mpf(v) for v in p]
    if kind == PARETO:
        r, al, s, be = p
        there = mp.exp(-(r + x) * mp.log((al + T) / (al + tx)) - s * mp.log((be + T) / (be + tx)))
        return (mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(al) + s * mp.log(be)
                - (r + x) * mp.log(al + tx) - s * mp.log(be + tx) + mp.log(there + s * gone(p, x, tx, T)))
    r, al, a, b = p
    n, s = r + k * x, x + (kind != BG)
    lb = lambda u, v: mp.loggamma(u) + mp.loggamma(v) - mp.loggamma(u + v)
    there = lb(a, b + s) - lb(a, b) + mp.log(survive(k, n, al, tx, T)) - n * mp.log(al + T)
    top = mp.loggamma(n) - mp.loggamma(r) + r * mp.log(al)
    if s == 0:
        return top + there
    left = lb(a + 1, b + s - 1) - lb(a, b) - n * mp.log(al + tx)
    return top + there + mp.log1p(mp.exp(left - there))


def alive(kind, k, p, x, tx, T):
    if kind == PARETO:
        r, al, s, be = p
        there = mp.exp(-(r + x) * mp.log((al + T) / (al + tx)) - s * mp.log((be + T) / (be + tx)))
        return there / (there + s * gone(p, x, tx, T))
    r, al, a, b = p
    n, s = r + k * x, x + (kind != BG)
    if s == 0:
        return mp.mpf(1)
    return 1 / (1 + a / (b + s - 1) * mp.exp(n * mp.log((al + T) / (al + tx))) / survive(k, n, al, tx, T))


def stages(k, p, x, tx, T):
    n, rho = p[0] + k * x, (T - tx) / (p[1] + T)
    w = [mp.rf(n, j) / mp.factorial(j) * rho ** j for j in range(k)]
    return [v / sum(w) for v in w]


# ---- ahead, given alive ----

def over_p(g, a, b):
    """E[g(p)] for p beta(a, b), g smooth: the trapezoidal rule in v = log(p / (1-p)), whose error
    falls exponentially in 1 / step; halved until two steps agree to 9 digits, so that the
    last is good to 18 (their difference is squared)."""
    eps = mp.log(mp.mpf(10) ** -19)
    lb = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    def density(v):
        lp, lq = -mp.log1p(mp.exp(-v)), -mp.log1p(mp.exp(v))
        return a * lp + b * lq - lb, lp, lq
    def h(v):
        d, lp, lq = density(v)
        return mp.exp(d) * g(lp, lq)
    peak = mp.log(a / b)
    top = density(peak)[0]
    ends = []
    for way in (-1, 1):
        v, by = peak, way * mp.sqrt(1 / a + 1 / b) / 4
        while density(v)[0] > top + eps:
            v += by
            by *= mp.mpf(1.3)
        ends.append(v)
    lo, hi = ends
    step, total, last = min((hi - lo) / 24, mp.mpf(1)), mp.mpf(0), None
    for level in range(12):
        n = int((hi - lo) / step) + 1
        for i in range(n + 1):
            if level == 0 or i % 2:
                total += h(lo + i * step)
        now = total * step
        if last is not None and abs(now - last) <= abs(now) * mp.mpf(10) ** -9:
            return now
        last, step = now, step / 2
    raise ValueError("over_p")


def tail_exp(nu, y):
    """e^y E_nu(y), Re y > 0, by the continued fraction where that is short."""
    if abs(y) + nu < 30:
        return mp.exp(y) * mp.expint(nu, y)
    tiny = mp.mpf(10) ** (-3 * mp.mp.dps)
    f0 = y + nu
    C, D, out = f0, mp.mpf(0), f0
    for i in range(1, 20000):
        u, v = -i * (nu + i - 1), y + nu + 2 * i
        D = v + u * D
        D = 1 / (D if D != 0 else tiny)
        C = v + u / C
        out *= C * D
        if abs(C * D - 1) < mp.mpf(10) ** (-mp.mp.dps):
            return 1 / out
    raise ValueError("continued fraction")


def roots(k, j, lq):
    """c_l and 1 - u_l with E[(1-p)^floor((M+j)/k)] = sum c_l E[u_l^M], u_l^k = 1-p, lq = log(1-p)."""
    out = []
    for l in range(k):
        w = mp.expjpi(mp.mpf(2) * l / k) if 0 < 2 * l != k else mp.mpf(-1 if l else 1)
        u = mp.exp(lq / k) * w
        out.append((sum(u ** (j - i) for i in range(k)) / k, 1 - u if l else -mp.expm1(lq / k)))
    return out


def expect_alive(kind, k, p, x, T, j, t):
    p = [mp.mpf(v) for v in p]
    if kind == PARETO:
        r, al, s, be = p
        u = mp.log1p(t / (be + T))
        return (r + x) * (be + T) / (al + T) * (u if s == 1 else -mp.expm1(-(s - 1) * u) / (s - 1))
    rho, scale, a, b = p[0] + k * x + j, p[1] + T, p[2], p[3] + x + (kind != BG)
    tau = mp.mpf(t) / scale
    if k == 1:
        return by_2f1(rho, a, b, tau)
    def g(lp, lq):
        v = sum(c * mp.exp(-rho * mp.log1p(tau * om)) for c, om in roots(k, j, lq))
        return (1 - mp.re(v)) / mp.exp(lp)
    with mp.workdps(mp.mp.dps * 2 + 20):
        v = over_p(g, a, b)
    return +v


def by_2f1(rho, a, b, tau):
    """(c / (a-1)) (1 - 2F1(rho, a-1; c; -tau)), c = a+b-1: two precisions must agree."""
    last = None
    for dps in (60, 110, 200, 400):
        with mp.workdps(dps):
            A = a + (mp.mpf(10) ** (-dps // 3) if a == 1 else 0)
            c = A + b - 1
            c = c if c != 0 else mp.mpf(10) ** (-dps // 3)
            v = c / (A - 1) * (1 - mp.hyp2f1(rho, A - 1, c, -tau))
        if last is not None and abs(v - last) <= abs(v) * mp.mpf(10) ** -16:
            return +v
        last = v
    raise ValueError("2F1: %s" % ([rho, a, b, tau],))


def discounted_alive(kind, k, p, x, T, j, start, end, delta):
    """int exp(-delta u) dE(u) over (start, end]; end may be mp.inf."""
    p = [mp.mpf(v) for v in p]
    if kind == PARETO:
        r, al, s, be = p
        B = be + T
        g = lambda z: B ** s * delta ** (s - 1) * mp.exp(delta * B) * mp.gammainc(1 - s, delta * (B + z))
        return (r + x) / (al + T) * (g(start) - (0 if end == mp.inf else g(end)))
    rho, scale, a, b = p[0] + k * x + j, p[1] + T, p[2], p[3] + x + (kind != BG)

    def after(z, om):
        """int_z^inf exp(-delta u) d(1 - (1 + u om / scale)^-rho)"""
        A = scale + z * om
        return mp.exp(-delta * z - rho * mp.log(A / scale)) * rho * tail_exp(rho + 1, delta * A / om)

    def g(lp, lq):
        v = sum(c * (after(start, om) - (0 if end == mp.inf else after(end, om))) for c, om in roots(k, j, lq))
        return mp.re(v) / mp.exp(lp)
    with mp.workdps(mp.mp.dps + (10 if k > 1 else 0)):
        v = over_p(g, a, b)
    return +v


def expect(kind, k, p, x, tx, T, t):
    w = stages(k, p, x, tx, T) if kind == CNBD else [mp.mpf(1)]
    return alive(kind, k, p, x, tx, T) * sum(v * expect_alive(kind, k, p, x, T, j, t) for j, v in enumerate(w))


def discounted(kind, k, p, x, tx, T, start, end, delta):
    w = stages(k, p, x, tx, T) if kind == CNBD else [mp.mpf(1)]
    return alive(kind, k, p, x, tx, T) * sum(v * discounted_alive(kind, k, p, x, T, j, start, end, delta) for j, v in enumerate(w))
