#!/usr/bin/python3
"""Benchmarks of wend against its peers, side by side, as ratios.

    bench/run.py [--rows 1000000] [--runs 3] [--work DIR] [--peers DIR] [--only NAME,...]

Each row runs ours and the peer's in turn (A B A B ...) as whole processes, checks that
both gave the same answer and only then prints medians of wall and processor seconds,
peak memory and the ratio of the medians. A peer that is not installed gives no ratio.
Needs: a built tree (make bench does that), node with @duckdb/node-api under --peers,
sqlite3, python3-pandas.
"""
import argparse
import csv
import os
import shutil
import subprocess
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
ap = argparse.ArgumentParser()
ap.add_argument("--rows", type=int, default=1_000_000)
ap.add_argument("--runs", type=int, default=3)
ap.add_argument("--work", default=os.path.join(os.environ.get("TMPDIR", "/tmp"), "wend-bench"))
ap.add_argument("--peers", default=os.environ.get("PEERS", os.path.join(here, "peers")))
ap.add_argument("--build", default=os.path.join(here, "..", "build"))
ap.add_argument("--only", default="")
a = ap.parse_args()
os.makedirs(a.work, exist_ok=True)
W = os.path.join(a.build, "bin", "wend")
SCAN = os.path.join(a.build, "bench", "scan")
GEN = os.path.join(a.build, "bench", "orders")
env = dict(os.environ, PEERS=os.path.abspath(a.peers), WEND_FORMAT="", LC_ALL="C")
only = set(filter(None, a.only.split(",")))


def f(name):
    return os.path.join(a.work, name)


def run(cmd, prepare=None):
    """Wall, cpu, peak MiB of one whole process (children included in cpu)."""
    if prepare:
        prepare()
    with open(f("stdout"), "wb") as out, open(f("stderr"), "wb") as errf:
        t0 = time.perf_counter()
        p = subprocess.Popen(cmd, stdout=out, stderr=errf, env=env)
        _, status, ru = os.wait4(p.pid, 0)
        wall = time.perf_counter() - t0
    if status != 0:
        sys.exit("failed (%d): %s\n%s" % (status, " ".join(map(str, cmd)), open(f("stderr")).read()[-2000:]))
    return wall, ru.ru_utime + ru.ru_stime, ru.ru_maxrss / 1024


def median(v):
    v = sorted(v)
    return v[len(v) // 2] if len(v) % 2 else (v[len(v) // 2 - 1] + v[len(v) // 2]) / 2


def sh(*lines):
    return ["sh", "-ec", "\n".join(lines)]


def remove(*names):
    def go():
        for n in names:
            for s in ("", "-wal", "-shm", ".wal"):
                p = f(n + s)
                if os.path.exists(p):
                    os.remove(p)
    return go


results = []


def pair(name, ours, theirs, peer, check, reach="", prep_a=None, prep_b=None):
    if only and name.split(":")[0] not in only:
        return
    A, B = [], []
    for _ in range(a.runs):
        A.append(run(ours, prep_a))
        B.append(run(theirs, prep_b))
        check()
    ra = [median([x[i] for x in A]) for i in range(3)]
    rb = [median([x[i] for x in B]) for i in range(3)]
    row = (name, peer, a.rows, ra[0], rb[0], ra[0] / rb[0], ra[1] / rb[1], ra[2], rb[2], reach)
    results.append(row)
    print("| %s | %s | %d | %.3f | %.3f | **%.3f** | %.3f | %.0f | %.0f | %s |" % row, flush=True)


def sums_ours(path):
    n = x = tx = T = m = 0
    with open(path, newline="") as fh:
        for r in csv.DictReader(fh):
            n += 1
            x += int(r["x"])
            tx += round(float(r["t_x"]))
            T += round(float(r["T"]))
            if r["m"]:
                m += round(float(r["m"]) * int(r["x"]) * 100)
    return n, x, tx, T, m


def sums_peer(path):
    n = x = tx = T = m = 0
    with open(path, newline="") as fh:
        for r in csv.DictReader(fh):
            n += 1
            x += int(r["x"])
            tx += int(r["t_x"])
            T += int(r["T"])
            m += int(r["spent_after_first"])
    return n, x, tx, T, m


checked = {}


def same_summary(ours, theirs):
    """Every run must give the same file; the sums are compared once per pair of files."""
    def go():
        if (ours, theirs) in checked:
            return
        o, t = sums_ours(f(ours)), sums_peer(f(theirs))
        if o != t:
            sys.exit("answers differ: %s %s" % (o, t))
        checked[(ours, theirs)] = True
    return go


orders = f("orders-%d.csv" % a.rows)
if not os.path.exists(orders):
    with open(orders, "wb") as out:
        subprocess.check_call([GEN, str(a.rows)], stdout=out)
late = f("late-%d.csv" % a.rows)
if not os.path.exists(late):
    with open(late, "wb") as out:
        subprocess.check_call([GEN, "100000", "7", "--late", str(a.rows)], stdout=out)

AS = "--as orders --tz UTC"
RFM = "ltv rfm --unit day -q -f csv"
duck = ["node", os.path.join(here, "peers", "duckdb.mjs")]
print("wend %s, DuckDB through @duckdb/node-api, sqlite3 %s; %d rows, %d runs each, medians" % (
    subprocess.check_output([W, "--version"], text=True).strip(), subprocess.check_output(["sqlite3", "--version"], text=True).split()[0], a.rows, a.runs))
print("| row | peer | rows | wend s | peer s | wall ratio | cpu ratio | wend MiB | peer MiB | reach |")
print("|---|---|---|---|---|---|---|---|---|---|", flush=True)

w_summary = sh(f"{W} ingest {orders} {AS} --store {f('w.db')} -q", f"{W} {RFM} --store {f('w.db')} -o {f('w.csv')}")
pair("store+summary", w_summary, duck + ["ctas", orders, f("d.db"), f("d.csv")], "DuckDB CREATE TABLE AS + SQL", same_summary("w.csv", "d.csv"), "0.25", remove("w.db", "w.csv"), remove("d.db", "d.csv"))
pair("keyed+summary", w_summary, duck + ["keyed", orders, f("k.db"), f("k.csv")], "DuckDB PRIMARY KEY, INSERT OR IGNORE", same_summary("w.csv", "k.csv"), "0.12", remove("w.db", "w.csv"), remove("k.db", "k.csv"))
pair("no-store", sh(f"{W} {RFM} {orders} {AS} -o {f('n.csv')}"), duck + ["direct", orders, ":memory:", f("dn.csv")], "DuckDB read_csv", same_summary("n.csv", "dn.csv"), "0.30", remove("n.csv"), remove("dn.csv"))
pair("no-store:pandas", sh(f"{W} {RFM} {orders} {AS} -o {f('n.csv')}"), ["/usr/bin/python3", os.path.join(here, "peers", "pandas_summary.py"), orders, f("p.csv")], "pandas", same_summary("n.csv", "p.csv"), "0.04", remove("n.csv"), remove("p.csv"))


def count_check():
    n = subprocess.check_output([W, "store", "query", "SELECT count(*) FROM event", "--store", f("w.db"), "-q", "-f", "csv", "--no-header"], text=True).strip()
    m = subprocess.check_output(["sqlite3", f("s.db"), "SELECT count(*) FROM orders"], text=True).strip() if os.path.exists(f("s.db")) else n
    if n != m:
        sys.exit("row counts differ: %s %s" % (n, m))


pair("ingest", sh(f"{W} ingest {orders} {AS} --store {f('w.db')} -q"), sh(f"sqlite3 {f('s.db')} '.mode csv' '.import {orders} orders'"), "sqlite3 .import untyped", count_check, "0.15", remove("w.db"), remove("s.db"))

if not only or only & {"again", "append", "scans"}:
    if not os.path.exists(f("k.db")):
        run(duck + ["keyed", orders, f("k.db"), "-"])
    remove("w.db")()
    run(sh(f"{W} ingest {orders} {AS} --store {f('w.db')} -q"))


def untouched():
    if sizes != (os.path.getsize(f("w.db")), os.stat(f("w.db")).st_mtime_ns):
        sys.exit("the same file again wrote to the store")


if os.path.exists(f("w.db")):
    sizes = (os.path.getsize(f("w.db")), os.stat(f("w.db")).st_mtime_ns)
    pair("again", sh(f"{W} ingest {orders} {AS} --store {f('w.db')} -q"), duck + ["again", orders, f("k.db")], "DuckDB INSERT OR IGNORE", untouched, "0.02")


def copy(frm, to):
    def go():
        remove(to)()
        shutil.copyfile(f(frm), f(to))
    return go


def late_check():
    n = int(subprocess.check_output([W, "store", "query", "SELECT count(*) FROM event", "--store", f("wl.db"), "-q", "-f", "csv", "--no-header"], text=True))
    if n != a.rows + 100_000:
        sys.exit("late rows: %d" % n)


pair("append", sh(f"{W} ingest {late} {AS} --store {f('wl.db')} -q"), duck + ["again", late, f("kl.db")], "DuckDB keyed append", late_check, "0.20", copy("w.db", "wl.db"), copy("k.db", "kl.db"))

if not only or "scans" in only:
    if not os.path.exists(f("d.db")):
        run(duck + ["ctas", orders, f("d.db"), f("d.csv")])

    def lines(cmd):
        return {p[0]: (float(p[1]), p[2:]) for p in (x.split() for x in subprocess.check_output(cmd, text=True, env=env).splitlines())}
    runs_o = [lines([SCAN, f("w.db"), "2"]) for _ in range(a.runs)]
    for mode, reach in (("scans", "0.040"), ("tuned", "0.083")):
        runs_d = [lines(duck + [mode, orders, f("d.db")]) for _ in range(a.runs)]
        for k in ("summary", "transitions", "cohorts"):
            if runs_o[0][k][1] != runs_d[0][k][1]:
                sys.exit("scan %s differs: %s %s" % (k, runs_o[0][k], runs_d[0][k]))
            o, d = median([r[k][0] for r in runs_o]), median([r[k][0] for r in runs_d])
            print("| scan %s | DuckDB own file, warm%s | %d | %.4f | %.3f | **%.3f** (1/%.0f) | | | | %s |" % (k, ", tuned" if mode == "tuned" else "", a.rows, o, d, o / d, d / o, reach), flush=True)
    peak = run([SCAN, f("w.db"), "2"])[2]
    print("| peak memory of a read (scan, 2 threads) | | %d | | | | | %.0f | | 64 heap |" % (a.rows, peak))
size = os.path.getsize(f("w.db")) / 1e6 if os.path.exists(f("w.db")) else 0
print("store %.1f MB, %.1f bytes a row" % (size, size * 1e6 / a.rows))
