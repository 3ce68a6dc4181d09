"""What customers are worth: purchase models against the method of Python's lifetimes, and a file
of values against the step that lifetimes begins with."""
import csv
import os
import sys

from measure import Step, here

ROWS = ["histories in a CSV -> BG/NBD, MBG/NBD, Pareto/NBD, Gamma-Gamma with errors, values with limits", "stored orders -> value of each customer"]


def same_fit(b):
    """The peer stops at a tolerance, so it is never higher than ours and close to it."""
    def check():
        with open(b.f("fits.csv"), newline="") as fh:
            ours = {r["parameter"]: float(r["estimate"]) for r in csv.DictReader(fh) if r["model"] == "bgnbd" and r["estimate"]}
        with open(b.f("fits.peer")) as fh:
            theirs = dict(zip(("r", "alpha", "a", "b", "loglik"), map(float, fh.read().split())))
        top = ours["loglik"]
        if any(abs(ours[k] - v) > 1e-2 * abs(v) for k, v in theirs.items()) or theirs["loglik"] > top + 1e-9 * abs(top) or top - theirs["loglik"] > 1:
            sys.exit("BG/NBD: answers differ: %s / %s" % (ours, theirs))
    return check


def totals(path, t_x):
    """Customers and the sums of x, t_x and T, in days."""
    n = x = tx = T = 0
    with open(path, newline="") as fh:
        for r in csv.DictReader(fh):
            n, x, tx, T = n + 1, x + int(r["x"]), tx + round(float(r[t_x])), T + round(float(r["T"]))
    return n, x, tx, T


def same_customers(b, known):
    def check():
        for name in ("values.csv", "peer.csv"):
            key = b.digest(b.f(name))
            known[name] = known.get(key) or known.setdefault(key, totals(b.f(name), "t_x"))
        if known["values.csv"] != known["peer.csv"]:
            sys.exit("customers: answers differ: %s / %s" % (known["values.csv"], known["peer.csv"]))
    return check


def value(b, n, orders, store):
    """`orders`, `store`: the file of n orders and what ingest made of it."""
    if not b.peer["pandas"] or not b.version(["/usr/bin/python3", "-c", "import scipy; print(scipy.__version__)"]):
        print("skipped: no pandas or no scipy, so nothing to rebuild lifetimes on", flush=True)
        return
    peers = os.path.join(here, "peers")
    if n <= 1_000_000:
        path = b.make("histories-%d.csv" % n, "models", n, 1, "csv")
        b.compare(ROWS[0], n, Step(b.sh(f"{b.wend} ltv model --from {path} -q -f csv -o {b.f('fits.csv')}")),
                  [("BG/NBD alone by lifetimes' method on numpy and scipy, cells as weights (stand-in)", Step(["/usr/bin/python3", os.path.join(peers, "bgnbd.py"), path, b.f("fits.peer")]), "0.5")],
                  same_fit(b), reads=b.read_seconds(path))
    b.compare(ROWS[1], n, Step(b.sh(f"{b.wend} ltv customers --unit day --store {b.f(store)} -q -f csv -o {b.f('values.csv')}")),
              [("the summary alone by lifetimes' method on pandas (stand-in)", Step(["/usr/bin/python3", os.path.join(peers, "pandas_summary.py"), orders, b.f("peer.csv")]), "0.15")],
              same_customers(b, {}))
