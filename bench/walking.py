"""The ways of customers: several reports of touchpoints against DuckDB, attribution against its
own method rebuilt with pandas and scipy."""
import csv
import math
import os
import shutil
import sys

from measure import Step, here

csv.field_size_limit(1 << 30)  # a long journey is one cell

ROWS = ["map, paths, funnel; ours also effort and what brings a complaint"] + ["attribution by a chain of order %d; ours with limits and all other models" % k for k in (1, 4)]
STEPS = ("visit", "basket", "checkout")


def read(path, *columns):
    with open(path, newline="") as fh:
        return [[r[c] for c in columns] for r in csv.DictReader(fh)]


def same_ways(b, ours, theirs):
    def check():
        def at(name):
            return os.path.join(b.f(ours), name + ".csv"), os.path.join(b.f(theirs), name + ".csv")
        edges = [{(r[0], r[1]): (int(r[2]), int(r[3])) for r in read(f, "from", "to", "n", "customers") if not r[0].startswith("(") and not r[1].startswith("(")} for f in at("map")]
        paths = [{r[0]: int(r[1]) for r in read(f, "path", "n")} for f in at("paths")]
        came = [[int(r[0]) for r in read(f, "n")] for f in at("funnel")]
        for what, (x, y) in (("map", edges), ("paths", paths), ("funnel", came)):
            if x != y or not x:
                sys.exit("%s: answers differ (%d and %d rows)" % (what, len(x), len(y)))
    return check


def walking(b, n):
    i = b.make("interactions-%d.csv" % n, "interactions", n)
    if not b.peer["DuckDB"]:
        return
    b.run(b.sh(f"{b.wend} ingest {i} --as interactions --tz UTC --store {b.f('i.db')} -q"), b.removing("i.db"))
    b.run(b.duck + ["map", i, b.f("im.db"), b.f("im.csv")], b.removing("im.db", "im.csv"))
    many = f"{b.wend} touchpoints map,paths,funnel,effort --steps {','.join(STEPS)} --window none -q -f csv --store {b.f('i.db')} -o {b.f('ways')}"
    brings = f"{b.wend} touchpoints upstream --of complaint -q -f csv --store {b.f('i.db')} -o {b.f('ways')}/upstream.csv"

    def fresh(name):
        return lambda: (shutil.rmtree(b.f(name), ignore_errors=True), name == "theirs" and os.mkdir(b.f(name)))
    b.compare(ROWS[0], n, Step(b.sh(many, brings), fresh("ways")),
              [("DuckDB own file, whole process", Step(b.duck + ["ways", b.f("im.db"), b.f("theirs"), *STEPS], fresh("theirs"), once=n > 1_000_000), "0.04")], same_ways(b, "ways", "theirs"))
    for name in ("ways", "theirs"):
        shutil.rmtree(b.f(name), ignore_errors=True)
    b.remove("i.db", "im.db", "im.csv", os.path.basename(i))
    if n > 1_000_000:
        return
    paths = b.make("paths-%d.csv" % n, "paths", n)
    for order, row, reach in ((1, ROWS[1], "0.5 s"), (4, ROWS[2], "1.0 s")):
        def check():
            ours = {r[0]: float(r[1]) for r in read(b.f("credit.csv"), "channel", "markov")}
            theirs = {r[0]: float(r[1]) for r in read(b.f("credit.peer"), "channel", "conversions")}
            if ours.keys() != theirs.keys() or not all(math.isclose(ours[k], theirs[k], rel_tol=1e-9) for k in theirs):
                sys.exit("attribution: answers differ: %s / %s" % (ours, theirs))
        peer = os.path.join(here, "peers", "attribution.py")
        b.compare(row, n, Step(b.sh(f"{b.wend} touchpoints attribution --from {paths} --order {order} -q -f csv -o {b.f('credit.csv')}")),
                  [("its method in pandas and scipy, without limits", Step(["/usr/bin/python3", peer, paths, str(order), b.f("credit.peer")]) if b.peer["pandas"] else None, reach)],
                  check, reads=b.read_seconds(paths))
