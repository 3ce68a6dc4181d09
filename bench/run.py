#!/usr/bin/python3
"""Benchmarks of wend against its peers, side by side, as ratios.

    bench/run.py [--quick | --full] [--scratch DIR] [--peers DIR] [--only NAME,...]
                 [--rows N] [--growth N,N,...] [--runs 3] [--minutes M] [--results FILE]

--quick (the default): everything at 1 M rows, about three minutes on two idle cores.
--full: the same, then growth at 1, 10 and 50 M, then everything at 10 M, within --minutes
(33). It needs about 8 GB in --scratch, where it leaves nothing behind.

Each row runs ours and the peer's in turn (A B A B ...), compares both answers after each
round and stops when they differ; medians of wall and processor seconds, peak memory of the
whole process and the ratio of the medians go to standard output and into --results
(bench/RESULTS.md), where a row replaces the same row of an earlier run and the others stay.
A row that takes long gets fewer rounds, so that the whole keeps its time.

A peer that is not installed gives no ratio. DuckDB: in any folder, `npm init -y && npm
install @duckdb/node-api`, and name the folder by --peers or PEERS. The others: sqlite3,
python3-pandas, r-cran-survival, git. `make bench` builds first: make bench BENCH='--full --scratch DIR'.
"""
import argparse
import os
import shutil
import signal
import sys

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
import figures
import work
from measure import Bench, short


def number(text):
    return int(float(text.rstrip("kM")) * {"k": 1e3, "M": 1e6}.get(text[-1], 1))


ap = argparse.ArgumentParser(usage=__doc__)
ap.add_argument("--quick", action="store_true")
ap.add_argument("--full", action="store_true")
ap.add_argument("--rows", type=number, help="only this size")
ap.add_argument("--growth", help="sizes of growth")
ap.add_argument("--runs", type=int, default=3)
ap.add_argument("--minutes", type=float)
ap.add_argument("--scratch", default=os.environ.get("TMPDIR", "/tmp"))
ap.add_argument("--peers", default=os.environ.get("PEERS", os.path.join(here, "peers")))
ap.add_argument("--build", default=os.path.join(here, "..", "build"))
ap.add_argument("--results", default=os.path.join(here, "RESULTS.md"))
ap.add_argument("--only", default="")
a = ap.parse_args()
a.patience = 200 if a.full else 60
a.minutes = a.minutes or (33 if a.full else 12)
only = [x for x in a.only.split(",") if x]
for x in only:
    if x not in work.BENCHES:
        sys.exit("bench: no '%s' among %s" % (x, ", ".join(work.BENCHES)))
sizes = [a.rows] if a.rows else [1_000_000, 10_000_000] if a.full else [1_000_000]
grown = [number(x) for x in a.growth.split(",")] if a.growth else [1_000_000, 10_000_000, 50_000_000] if a.full and not a.rows else []


def wanted(name):
    return not only or name in only


def everything(b, n):
    if not b.room(n * 700, "everything at %s" % short(n)):
        return
    for name, bench in work.BENCHES.items():
        if name == "growth" or (name == "start" and n != sizes[0]) or not wanted(name):
            continue
        if b.left() < 30 and b.rows:
            print("skipped: %s at %s, no time is left for it" % (name, short(n)), flush=True)
            continue
        bench(b, n)
    for name in os.listdir(b.folder):
        os.remove(b.f(name))


signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
b = Bench(a)
for name in os.listdir(b.folder):
    os.remove(b.f(name))
print("%s, commit %s; %s" % (b.version([b.wend, "--version"]), b.commit(), b.machine()))
print(b.peers_line())
print("| " + " | ".join(figures.PAIRS[:-1]) + " |", flush=True)
try:
    for i, n in enumerate(sizes):
        everything(b, n)
        if i == 0 and grown and wanted("growth"):
            work.growth(b, grown)
            b.remove("w.db")
finally:
    # What was measured before a failure is measured.
    shutil.rmtree(b.folder, ignore_errors=True)
    if b.rows or b.growth:
        load = "%.1f, %.1f" % (b.load_before[0], os.getloadavg()[0])
        figures.write(a.results, b.rows, b.growth, {"commit": b.commit(), "machine": b.machine(), "load before and after": load, "peers": b.peers_line()}, work.PAIR_ROWS, work.GROWTH_ROWS)
print("%.1f minutes; figures are in '%s'" % (a.minutes - b.left() / 60, a.results))
