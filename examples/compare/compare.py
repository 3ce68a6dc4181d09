"""Wilson's limits of a churn rate, and the sum of what customers spent, in plain Python."""
import csv
import sys
from math import sqrt

Z = 1.959963984540054
ok = True


def rows(name):
    with open(name, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def told(what, n, off):
    global ok
    good = n > 0 and off < 1e-8
    ok = ok and good
    print(f"{what}: {n} compared, largest relative difference {off:.1e}: {'equal' if good else 'DIFFERENT'}")


def wilson(k, n):
    p = k / n
    mid = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return mid - half, mid + half


off, n = 0.0, 0
for r in rows("rate.csv"):
    if not r["lo"]:
        continue
    left, start = int(r["churned_vol"]) + int(r["churned_invol"]), int(r["active_start"])
    for theirs, mine in zip((float(r["churn_rate"]), float(r["lo"]), float(r["hi"])), (left / start, *wilson(left, start))):
        off = max(off, abs(theirs - mine) / max(abs(mine), 1e-300))
    n += 1
told("churn rates with Wilson limits", n, off)

spent = sum(float(r["monetary"]) for r in rows("rfm.csv"))
revenue = next(float(r["value"]) for r in rows("ltv.csv") if r["measure"] == "revenue")
told("revenue as the sum over customers", 1, abs(spent / revenue - 1))
sys.exit(0 if ok else 1)
