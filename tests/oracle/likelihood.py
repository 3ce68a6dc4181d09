"""Log-likelihoods with derivatives in the logarithms of the parameters, printed as C for
tests/unit/model_figures.h:  python3 likelihood.py > ../unit/model_figures.h

Derivatives are central differences of fourth order, step 1e-7, at 60 digits: their error is
below 1e-25. Figures were made with Python 3.11.7 and mpmath 1.3.0.
"""
import mpmath as mp
from btyd import *

mp.mp.dps = 60
CELLS = [(0, 0, 30, 5), (0, 0, 0, 2), (1, 3.5, 40, 3), (2, 30.43, 38.86, 1), (3, 0.01, 500, 1), (7, 7, 7.5, 2), (14, 38, 38.86, 1.5), (40, 300, 1000, 1), (200, 700.25, 730, 1), (5000, 3650, 3650, 0.25)]
FAMILY = [(0.2425945, 4.413602, 0.792922, 2.425907), (30, 900, 0.05, 0.02), (0.001, 0.01, 1.0000001, 0.5), (5, 2, 900, 3000), (1e-6, 1e-6, 1e-6, 1e-6), (1e8, 1e9, 1e7, 1e8), (0.9, 1e4, 1e-6, 1e4)]
PARETOS = [(0.553277, 10.57768, 0.60624, 11.66874), (30, 900, 0.05, 0.02), (0.001, 0.01, 1, 5000), (5, 2, 900, 30000), (1e-6, 1e-6, 1e-6, 1e-6), (1e6, 1e7, 1e6, 1e8), (0.9, 1e4, 20, 1e4)]
SPENDS = [(1, 22.35, 3), (1, 0.01, 1), (2, 44.7, 1), (3, 1e6, 0.5), (14, 812.5, 2), (5000, 125000, 1)]
SPENDERS = [(6.249572, 3.744225, 15.44352), (0.001, 1.000001, 1e-3), (300, 2000, 4e4), (1e6, 3, 1e-6), (1e-5, 900, 1e8)]
CHANCES = [(0, 0, 6, 5), (0, 0, 0, 1), (1, 1, 6, 3), (2, 6, 6, 1), (6, 6, 6, 2), (3, 5, 40, 1), (60, 200, 1000, 1)]
CHANCERS = [(1.203, 0.749, 0.657, 2.783), (0.01, 30, 1e-4, 0.5), (500, 900, 3e4, 1e5), (1e-6, 1e-6, 1e-6, 1e-6), (1e7, 1e8, 1, 1e8)]
RISK = [1000, 869, 743, 653, 593, 551, 517]
LOST = [131, 126, 90, 60, 42, 34, 26]
RENEWERS = [(0.6680883511, 3.806094964, 1), (0.2142533194, 1.426574732, 1.723564839), (1e-4, 1e-3, 0.05), (800, 9000, 0.9), (1e6, 1e7, 1), (3, 0.5, 8)]


def lbeta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def btyd_sum(kind, k, p):
    return mp.fsum(f(w) * loglik_one(kind, k, p, x, f(tx), f(T)) for x, tx, T, w in CELLS)


def spend_sum(p, q, g):
    out = mp.mpf(0)
    for x, total, w in SPENDS:
        z, px = f(total), p * x
        out += f(w) * (mp.loggamma(px + q) - mp.loggamma(px) - mp.loggamma(q) + q * mp.log(g) + px * mp.log(z) - mp.log(z / x) - (px + q) * mp.log(g + z))
    return out


def chance_sum(al, be, ga, de):
    out = mp.mpf(0)
    for x, tx, n, w in CHANCES:
        one = mp.exp(lbeta(al + x, be + n - x) - lbeta(al, be) + lbeta(ga, de + n) - lbeta(ga, de))
        for i in range(n - tx):
            one += mp.exp(lbeta(al + x, be + tx - x + i) - lbeta(al, be) + lbeta(ga + 1, de + tx + i) - lbeta(ga, de))
        out += f(w) * mp.log(one)
    return out


def renewal_sum(al, be, c):
    S = lambda t: mp.mpf(1) if t == 0 else mp.exp(lbeta(al, be + mp.mpf(t) ** c) - lbeta(al, be))
    s = [S(t) for t in range(8)]
    return mp.fsum(l * mp.log(1 - s[t + 1] / s[t]) + (r - l) * mp.log(s[t + 1] / s[t]) for t, (r, l) in enumerate(zip(RISK, LOST)))


def derivatives(g, x):
    n, h, memo = len(x), mp.mpf(10) ** -7, {}
    def at(*moves):
        key = tuple(sorted(moves))
        if key not in memo:
            y = list(x)
            for i, m in moves:
                y[i] += m * h
            memo[key] = g(y)
        return memo[key]
    c = {1: mp.mpf(8) / 12, 2: -mp.mpf(1) / 12}
    value = at()
    grad = [sum(c[m] * (at((i, m)) - at((i, -m))) for m in (1, 2)) / h for i in range(n)]
    hess = []
    for i in range(n):
        for j in range(i, n):
            if i == j:
                hess.append((-(at((i, 2)) + at((i, -2))) / 12 + mp.mpf(4) / 3 * (at((i, 1)) + at((i, -1))) - mp.mpf(5) / 2 * value) / h ** 2)
            else:
                hess.append(sum(c[m] * c[l] * u * v * at((i, u * m), (j, v * l)) for m in (1, 2) for l in (1, 2) for u in (1, -1) for v in (1, -1)) / h ** 2)
    return [value] + grad + hess


def num(v):
    return mp.nstr(v, 17, min_fixed=-1, max_fixed=1) if not isinstance(v, (int, float)) else repr(v)


def row(head, p, values):
    print("\t{ %s { %s }," % (head, ", ".join(repr(v) for v in p)))
    print("\t  { %s } }," % ", ".join(num(v) for v in values))


def cells(name, fields, rows):
    for i, (c, kind) in enumerate(fields):
        print("static const %s %s_%s[] = { %s };" % (kind, name, c, ", ".join(repr(r[i]) for r in rows)))


print("/* Made by tests/oracle/likelihood.py with Python 3.11.7 and mpmath 1.3.0 at %d digits. */" % mp.mp.dps)
cells("buyer", [("x", "uint32_t"), ("tx", "double"), ("T", "double"), ("w", "double")], CELLS)
print("/* value, gradient, upper half of the Hessian */")
print("static const struct { int kind, k; double p[4], want[15]; } btyd_figures[] = {")
for kind, ks, sets in ((BG, (1,), FAMILY), (MBG, (1,), FAMILY), (CNBD, (2, 3, 8), FAMILY[:6]), (PARETO, (1,), PARETOS)):
    for k in ks:
        for p in sets:
            row("%d, %d," % (kind, k), p, derivatives(lambda y: btyd_sum(kind, k, [mp.exp(v) for v in y]), [mp.log(f(v)) for v in p]))
print("};")
cells("spender", [("x", "uint32_t"), ("total", "double"), ("w", "double")], SPENDS)
print("static const struct { double p[3], want[10]; } spend_figures[] = {")
for p in SPENDERS:
    row("", p, derivatives(lambda y: spend_sum(mp.exp(y[0]), 1 + mp.exp(y[1]), mp.exp(y[2])), [mp.log(f(p[0])), mp.log(f(p[1]) - 1), mp.log(f(p[2]))]))
print("};")
cells("chancer", [("x", "uint32_t"), ("tx", "uint32_t"), ("of", "uint32_t"), ("w", "double")], CHANCES)
print("static const struct { double p[4], want[15]; } chance_figures[] = {")
for p in CHANCERS:
    row("", p, derivatives(lambda y: chance_sum(*[mp.exp(v) for v in y]), [mp.log(f(v)) for v in p]))
print("};")
print("static const double renewal_risk[] = { %s }, renewal_lost[] = { %s };" % (", ".join(map(str, RISK)), ", ".join(map(str, LOST))))
print("static const struct { double p[3], want[10]; } renewal_figures[] = {")
for p in RENEWERS:
    row("", p, derivatives(lambda y: renewal_sum(*[mp.exp(v) for v in y]), [mp.log(f(v)) for v in p]))
print("};")
