"""What lies ahead of a customer, figures for tests/unit/model_ahead.c:  python3 ahead.py

Chances by quadrature over the rate (BG family) or the time of leaving (Pareto/NBD), the variance
by summing n^2 P(n), the next purchase by root finding, BG/BB and contracts by summing their
definitions. Python 3.11.7, mpmath 1.3.0 at 30 digits.
"""
import mpmath as mp
from btyd import *

mp.mp.dps = 30
SETS = [(BG, 1, (0.2425945, 4.413602, 0.792922, 2.425907)), (BG, 1, (2, 50, 0.05, 0.4)), (MBG, 1, (0.5248432, 6.183085, 0.8913594, 1.614002)), (CNBD, 2, (0.9, 6, 0.6, 1.9)),
        (CNBD, 3, (1.5, 8, 1.8, 3)), (PARETO, 1, (0.553277, 10.57768, 0.60624, 11.66874))]
CELLS = [(0, 0, 38.86, 39), (2, 30.43, 38.86, 10), (7, 29.43, 38.86, 39), (26, 30.86, 31, 20)]


def events(rho, A, u, m):
    return mp.rf(rho, m) / mp.factorial(m) * (A / (A + u)) ** rho * (u / (A + u)) ** m


def pmf(kind, k, p, x, tx, T, t, n):
    p = [f(v) for v in p]
    x, tx, T, t = x, f(tx), f(T), f(t)
    there = alive(kind, k, p, x, tx, T)
    gone = 1 - there if n == 0 else 0
    if kind == PARETO:
        rho, A, s, B = p[0] + x, p[1] + T, p[2], p[3] + T
        g = lambda u: events(rho, A, u, n) * s / B * (B / (B + u)) ** (s + 1)
        cut = min(t, n * A / rho)
        return gone + there * (events(rho, A, t, n) * (B / (B + t)) ** s + mp.quad(g, sorted({mp.mpf(0), min(B, cut) / 8, cut, t})))
    a, b = p[2], p[3] + x + (kind != BG)
    e = lambda n: mp.rf(b, n) / mp.rf(a + b, n)
    out = 0
    for j, w in enumerate(stages(k, p, x, tx, T)):
        rho, A = p[0] + k * x + j, p[1] + T
        now = sum(events(rho, A, t, m) for m in range(max(n * k - j, 0), n * k + k - j))
        out += w * e(n) * now
        if n:
            with mp.workdps(80):
                tail = 1 - sum(events(rho, A, t, m) for m in range(n * k - j))
            out += w * (e(n - 1) - e(n)) * tail
    return gone + there * out


def variance(*q):
    m1, m2, n = mp.mpf(0), mp.mpf(0), 0
    while True:
        v = pmf(*q, n)
        m1, m2, n = m1 + n * v, m2 + n * n * v, n + 1
        if n > 5 and n * n * v < mp.mpf(10) ** -22 * m2:
            return m2 - m1 ** 2


def next_at(kind, k, p, x, tx, T, share):
    p = [f(v) for v in p]
    T, tx, share = f(T), f(tx), f(share)
    A = p[1] + T
    if kind == PARETO:
        rho, s, B = p[0] + x, p[2], p[3] + T
        g = lambda u: rho / A * (1 + u / A) ** (-rho - 1) * (1 + u / B) ** -s
        if mp.quad(g, [0, A / rho, 5 * A, 100 * A, mp.inf]) < share:
            return mp.inf
        F = lambda w: mp.quad(g, [0, min(A / rho, mp.exp(w)), mp.exp(w)]) - share
    else:
        F = lambda w: 1 - share - sum(v * events(p[0] + k * x + j, A, mp.exp(w), m) for j, v in enumerate(stages(k, p, x, tx, T)) for m in range(k - j))
    return mp.exp(mp.findroot(F, (mp.log(A / 50), mp.log(A * 5)), solver="anderson", tol=1e-22, maxsteps=200))


def again(kind, k, p, x, tx, T, t):
    p = [f(v) for v in p]
    T, tx, t = f(T), f(tx), f(t)
    A = p[1] + T
    if kind == PARETO:
        rho, s, B = p[0] + x, p[2], p[3] + T
        return mp.quad(lambda u: rho / A * (1 + u / A) ** (-rho - 1) * (1 + u / B) ** -s, [0, min(t, A / rho), t])
    return 1 - sum(v * events(p[0] + k * x + j, A, t, m) for j, v in enumerate(stages(k, p, x, tx, T)) for m in range(k - j))


def num(v):
    return "INFINITY" if v == mp.inf else mp.nstr(v, 17, min_fixed=-1, max_fixed=1)


print("/* Made by tests/oracle/ahead.py with Python 3.11.7 and mpmath 1.3.0 at 30 digits: expected and")
print(" * discounted purchases, those for life, chances of 0, 1, 2, 5 and 30, variance, quantiles of the next. */")
print("static const struct { int kind, k; double p[4]; uint32_t x; double tx, T, t, expect, discounted, life, pmf[5], variance, next[3]; } ahead_figures[] = {")
for kind, k, p in SETS:
    q = [f(v) for v in p]
    for x, tx, T, t in CELLS[:2] if kind == PARETO else CELLS:  # a variance of Pareto/NBD takes minutes
        d = f(0.0027)
        v = [expect(kind, k, q, x, f(tx), f(T), f(t)), discounted(kind, k, q, x, f(tx), f(T), 0, f(t), d), discounted(kind, k, q, x, f(tx), f(T), 0, mp.inf, d)] if k < 3 or x < 7 else None
        if v is None:
            v = [expect(kind, k, q, x, f(tx), f(T), f(t)), mp.mpf(0), mp.mpf(0)]
        ch = [pmf(kind, k, p, x, tx, T, t, n) for n in (0, 1, 2, 5, 30)]
        nx = [next_at(kind, k, p, x, tx, T, s) for s in (0.1, 0.5, 0.8)]
        print("\t{ %d, %d, { %s }, %d, %r, %r, %r, %s, { %s }, %s, { %s } }," % (kind, k, ", ".join(map(repr, p)), x, tx, T, t, ", ".join(map(num, v)), ", ".join(map(num, ch)), num(variance(kind, k, p, x, tx, T, t)), ", ".join(map(num, nx))), flush=True)
print("};")


print("/* The next purchase: x, t_x, T; four in five seen from t_x, nine in ten from T; the chance within 30 / 7 and 52 */")
print("static const struct { int kind, k; double p[4]; uint32_t x; double tx, T, due, late, soon, year; } next_figures[] = {")
for kind, k, p in SETS + [(CNBD, 8, (3, 30, 0.5, 2)), (PARETO, 1, (4, 20, 0.3, 900))]:
    for x, tx, T, t in CELLS + [(1, 0.5, 200, 0), (300, 380, 390, 0)]:
        v = [next_at(kind, k, p, x, tx, tx, 0.8), next_at(kind, k, p, x, tx, T, 0.9), again(kind, k, p, x, tx, T, f(30) / 7), again(kind, k, p, x, tx, T, 52)]
        print("\t{ %d, %d, { %s }, %d, %r, %r, %s }," % (kind, k, ", ".join(map(repr, p)), x, tx, T, ", ".join(map(num, v))), flush=True)
print("};")


def beta_ratio(a, b, i, j):
    return mp.rf(a, i) * mp.rf(b, j) / mp.rf(a + b, i + j)


print("/* BG/BB: parameters; x, t_x, n; P(alive), expected in the next 5, discounted at 0.1 a step */")
print("static const struct { double p[4]; uint32_t x, tx, n; double want[3]; } chance_ahead[] = {")
for p in [(1.204, 0.750, 0.657, 2.783), (0.05, 3, 0.2, 0.1), (4, 2, 30, 400)]:
    al, be, ga, de = [f(v) for v in p]
    for x, tx, n in [(0, 0, 6), (1, 1, 6), (3, 5, 6), (6, 6, 6), (9, 20, 40)]:
        left = sum(beta_ratio(al, be, x, tx + i - x) * beta_ratio(ga, de, 1, tx + i) for i in range(n - tx))
        here = beta_ratio(al, be, x, n - x) * beta_ratio(ga, de, 0, n)
        pa, buy = here / (here + left), (al + x) / (al + be + n)
        stay = lambda i: beta_ratio(ga, de, 0, n + i) / beta_ratio(ga, de, 0, n)
        life = mp.nsum(lambda i: stay(int(i)) / f(1.1) ** int(i), [1, 700])
        print("\t{ { %s }, %d, %d, %d, { %s, %s, %s } }," % (", ".join(map(repr, p)), x, tx, n, num(pa), num(pa * buy * sum(stay(i) for i in range(1, 6))), num(pa * buy * life)))
print("};")
print("/* contracts: alpha, beta, c; S(1), S(7.5), DEL, DERL of n = 1, 5 at 0.1 */")
print("static const struct { double p[3], want[5]; } contract_ahead[] = {")
for p in [(0.6680883511, 3.806094964, 1), (0.2142533194, 1.426574732, 1.723564839), (3, 40, 0.6)]:
    al, be, c = [f(v) for v in p]
    S = lambda t: mp.exp(mp.loggamma(be + mp.mpf(t) ** c) - mp.loggamma(be) - mp.loggamma(al + be + mp.mpf(t) ** c) + mp.loggamma(al + be)) if t else mp.mpf(1)
    life = lambda n: sum(S(t) / (S(n - 1) if n else 1) / f(1.1) ** (t - n) for t in range(n, 650))
    print("\t{ { %s }, { %s } }," % (", ".join(map(repr, p)), ", ".join(map(num, [S(1), S(mp.mpf(7.5)), life(0), life(1), life(5)]))))
print("};")
