"""How long customers stay: Kaplan-Meier and Cox's model against R's survival."""
import csv
import os
import re
import sys

from measure import Step, here

ROWS = ["Kaplan-Meier with limits", "Cox: coefficients, errors, tests, concordance (ours also each term alone, and steadiness)"]
CASES = "--time days --event left"


def differ(what, ours, theirs, digits):
    for a, b in zip(ours, theirs):
        if abs(a - b) > digits * max(abs(b), 1e-6):
            sys.exit("%s: answers differ: %r / %r" % (what, a, b))
    if len(ours) != len(theirs) or not ours:
        sys.exit("%s: %d numbers against %d" % (what, len(ours), len(theirs)))


def same_curve(b):
    def check():
        with open(b.f("km.csv"), newline="") as fh:
            ours = [float(r[k]) for r in csv.DictReader(fh) for k in ("t", "n_risk", "events", "S", "lo", "hi")]
        with open(b.f("km.r")) as fh:
            theirs = [float(v) for line in fh for v in line.split()]
        differ("Kaplan-Meier", ours, theirs, 1e-9)
    return check


def same_model(b):
    def check():
        with open(b.f("cox.csv"), newline="") as fh:
            ours = [float(r[k]) for r in csv.DictReader(fh) for k in ("coef", "se")]
        with open(b.f("cox.err")) as fh:
            told = re.search(r"concordance ([0-9.e-]+), standard error ([0-9.e-]+)", " ".join(fh.read().split()))
        with open(b.f("cox.r")) as fh:
            theirs = [float(v) for line in fh for v in line.split()]
        differ("Cox", ours + [float(told.group(1)), float(told.group(2))], theirs, 1e-6)
    return check


def staying(b, n):
    """At 100 k and at a million rows; no more, as R takes the memory of the machine."""
    if not b.version(["Rscript", "-e", "library(survival)"]) and not os.path.exists("/usr/lib/R/library/survival"):
        print("skipped: no Rscript with the package survival", flush=True)
        return
    if n > 1_000_000:
        return
    for rows in sorted({min(n, 100_000), n}):
        path = b.make("lifetimes-%d.csv" % rows, "lifetimes", rows)
        peer = os.path.join(here, "peers", "survival.R")
        reads = b.read_seconds(path)
        b.compare(ROWS[0], rows, Step(b.sh(f"{b.wend} churn curve --from {path} {CASES} -q -f csv -o {b.f('km.csv')}")),
                  [("R survfit", Step(["Rscript", peer, "km", path, b.f("km.r")]), "0.25 s" if rows >= 1_000_000 else "0.06")], same_curve(b), reads=reads)
        b.compare(ROWS[1], rows, Step(b.sh(f"{b.wend} churn model --model cox --from {path} {CASES} --explain -f csv -o {b.f('cox.csv')} 2>{b.f('cox.err')}")),
                  [("R coxph", Step(["Rscript", peer, "cox", path, b.f("cox.r")]), "0.06")], same_model(b), reads=reads)
