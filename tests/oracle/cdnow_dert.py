"""Mean discounted expected residual transactions of the CDNOW sample by mpmath, the figures in
tests/conformance/ltv_models.c:  python3 cdnow_dert.py ../../../shared/data/cdnow

Parameters are the maxima printed in the reference table beside the data. Every distinct (x, T)
is one quadrature over the chance of leaving (btyd.py). Python 3.11.7, mpmath 1.3.0.
"""
import csv
import datetime
import sys
import mpmath as mp
from btyd import *

mp.mp.dps = 25
END = datetime.date(1997, 9, 30)
MAXIMA = {BG: ("0.2425945224", "4.413602019", "0.7929220172", "2.425906777"), MBG: ("0.5248431591", "6.18308528", "0.8913593907", "1.61400224")}
DELTA = mp.log(mp.mpf("1.15")) / 52


def sample_cells(folder):
    """Customers of the sample by (x, t_x, T), days."""
    days, cells = {}, {}
    for row in csv.DictReader(open(folder + "/cdnow_sample_transactions.csv")):
        d = datetime.date.fromisoformat(row["date"])
        if d <= END:
            days.setdefault(row["customer_id"], set()).add(d)
    for v in days.values():
        first, last = min(v), max(v)
        key = len(v) - 1, (last - first).days, (END - first).days
        cells[key] = cells.get(key, 0) + 1
    return cells


def main():
    cells = sample_cells(sys.argv[1])
    for kind, text in MAXIMA.items():
        p, ahead, total = [mp.mpf(v) for v in text], {}, mp.mpf(0)
        for (x, tx, T), w in cells.items():
            if (x, T) not in ahead:
                ahead[x, T] = discounted_alive(kind, 1, p, x, mp.mpf(T) / 7, 0, 0, mp.inf, DELTA)
            total += w * ahead[x, T] * alive(kind, 1, p, x, mp.mpf(tx) / 7, mp.mpf(T) / 7)
        print(NAMES[kind], mp.nstr(total / sum(cells.values()), 15), len(ahead), "quadratures", flush=True)


if __name__ == "__main__":
    main()
