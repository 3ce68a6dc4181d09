"""The benchmarks themselves. Each is a function of the bench and of a number of rows; the
names in PAIR_ROWS and GROWTH_ROWS are the rows they write, in the order of the tables."""
import csv
import io
import math
import os
import re
import subprocess
import sys
import time

from measure import Server, Step, here, median, output, short
from staying import ROWS as STAYING_ROWS, staying
from value import ROWS as VALUE_ROWS, value
from walking import ROWS as WALKING_ROWS, walking

AS = "--as orders --tz UTC"
RFM = "ltv rfm --unit day -q -f csv"
LATE = 100_000
SCANS = ("summary", "transitions", "cohorts")
PAIR_ROWS = [
    "CSV -> store -> customer summary", "the same without a store", "ingest alone", "same file again, not a byte written",
    "100 k late rows", "undo of the late batch", "undo of a late batch that another file holds, too", "undo of the first batch", "compaction after undo", "erase of one customer",
    *["scan: %s, %s" % (k, t) for k in SCANS for t in ("2 threads", "1 thread")],
    "customer summary printed from the store", "event table: count and sum", "event table: by channel",
    "shuffled file -> store -> customer summary", "random order ids -> store -> customer summary",
    "interactions -> store -> map", "map of stored interactions", "start-up, 200 times", *STAYING_ROWS, *VALUE_ROWS, *WALKING_ROWS,
]
GROWTH_ROWS = ["load, s", "append of 100 k late rows, s", *["scan of %s, 1 thread, s" % k for k in SCANS], "store, MB", "peak memory of the load, MiB", "peak memory of an append, MiB", "peak memory of a scan, MiB"]


# ---- answers ----
known = {}


def sums(b, path, peer):
    """Customers and the sums of x, t_x, T and of the minor units after the first day. The
    same bytes have the same sums, so each round is checked at the cost of a digest."""
    key = (b.digest(path), peer)
    if key not in known:
        n = x = tx = T = m = 0
        with open(path, newline="") as fh:
            rows = csv.reader(fh)
            head = next(rows)
            ix, it, iT, im = (head.index(k) for k in ("x", "t_x", "T", "spent_after_first" if peer else "m"))
            for r in rows:
                days = int(r[ix])
                n, x, tx, T = n + 1, x + days, tx + int(r[it]), T + int(r[iT])
                if r[im]:
                    m += int(r[im]) if peer else round(float(r[im]) * days * 100)
        known[key] = (n, x, tx, T, m)
    return known[key]


def equal(what, *answers):
    if any(a != answers[0] for a in answers):
        sys.exit("%s: answers differ: %s" % (what, " / ".join(map(str, answers))))


def ask(b, cmd, *questions):
    p = subprocess.run(cmd, input="".join(q + "\n" for q in questions), text=True, stdout=subprocess.PIPE, env=b.env, check=True)
    return [line.split()[2:] for line in p.stdout.splitlines()]


def query(b, store, sql):
    return output([b.wend, "store", "query", sql, "--store", b.f(store), "-q", "-f", "csv", "--no-header"], env=b.env)


def same_summary(b, ours, peers):
    return lambda: equal("summary", sums(b, b.f(ours), False), *(sums(b, b.f(p), True) for p in peers if os.path.exists(b.f(p))))


def same_store(b, what, store, peer_db, expected_rows):
    """The five sums of the store against the peer's table, and the number of rows."""
    def go():
        mine = ask(b, [b.scan, b.f(store), "2"], "summary")[0]
        theirs, count = ask(b, b.duck + ["serve", b.f(peer_db)], "summary", "count")
        equal(what, mine, theirs)
        equal(what + ", rows", query(b, store, "SELECT count(*) FROM event"), count[0], str(expected_rows))
    return go


# ---- files that several benchmarks share ----
def orders(b, n):
    return b.make("orders-%d.csv" % n, "orders", n)


def late(b, n):
    return b.make("late-%d.csv" % n, "orders", LATE, 7, "--late", n)


def reversed_late(b, n):
    """The late rows in another order: another file that holds the same rows."""
    path = b.f("reversed-%d.csv" % n)
    if not os.path.exists(path):
        with open(late(b, n)) as fh:
            head, *rows = fh.readlines()
        with open(path, "w") as fh:
            fh.writelines([head, *reversed(rows)])
    return path


def ingest(b, path, store, kind=AS):
    return f"{b.wend} ingest {path} {kind} --store {b.f(store)} -q"


def stored(b, store, *paths):
    if not os.path.exists(b.f(store)):
        for p in paths:
            b.run(b.sh(ingest(b, p, store)))
    return store


def peer_db(b, name, *arguments):
    if not os.path.exists(b.f(name)):
        b.run(b.duck + list(arguments))
    return name


def duck(b, *arguments, **more):
    return Step(b.duck + list(arguments), **more) if b.peer["DuckDB"] else None


# ---- first loads ----
def load(b, n):
    o = orders(b, n)
    ours = Step(b.sh(ingest(b, o, "w.db"), f"{b.wend} {RFM} --store {b.f('w.db')} -o {b.f('w.csv')}"), b.removing("w.db", "w.csv"))
    b.compare(PAIR_ROWS[0], n, ours, [
        ("DuckDB CREATE TABLE AS + SQL", duck(b, "ctas", o, b.f("d.db"), b.f("d.csv"), prepare=b.removing("d.db", "d.csv")), "0.25"),
        ("DuckDB PRIMARY KEY, INSERT OR IGNORE + SQL", duck(b, "keyed", o, b.f("k.db"), b.f("k.csv"), prepare=b.removing("k.db", "k.csv")), "0.12"),
    ], same_summary(b, "w.csv", ["d.csv", "k.csv"]), reads=b.read_seconds(o))


def no_store(b, n):
    o = orders(b, n)
    b.remove("dn.csv", "p.csv")
    pandas = Step(["/usr/bin/python3", os.path.join(here, "peers", "pandas_summary.py"), o, b.f("p.csv")], once=n > 1_000_000)
    b.compare(PAIR_ROWS[1], n, Step(b.sh(f"{b.wend} {RFM} {o} {AS} -o {b.f('n.csv')}"), b.removing("n.csv")), [
        ("DuckDB read_csv", duck(b, "direct", o, b.f("dn.csv"), prepare=b.removing("dn.csv")), "0.30"),
        ("pandas", pandas if b.peer["pandas"] else None, "0.04"),
    ], same_summary(b, "n.csv", ["dn.csv", "p.csv"]), reads=b.read_seconds(o))


def ingest_alone(b, n):
    o = orders(b, n)
    b.compare(PAIR_ROWS[2], n, Step(b.sh(ingest(b, o, "w.db")), b.removing("w.db")), [
        ("sqlite3 .import untyped", Step(b.sh(f"sqlite3 {b.f('s.db')} '.mode csv' '.import {o} orders'"), b.removing("s.db")) if b.peer["sqlite3"] else None, "0.15"),
    ], lambda: equal("rows", query(b, "w.db", "SELECT count(*) FROM event"), output(["sqlite3", b.f("s.db"), "SELECT count(*) FROM orders"])), reads=b.read_seconds(o))


def shuffled(b, n):
    o = b.make("shuffled-%d.csv" % n, "orders", n, "--shuffle")
    b.remove("shd.csv", "shk.csv")
    ours = Step(b.sh(ingest(b, o, "sh.db"), f"{b.wend} {RFM} --store {b.f('sh.db')} -o {b.f('sh.csv')}"), b.removing("sh.db", "sh.csv"))
    b.compare(PAIR_ROWS[19], n, ours, [
        ("DuckDB CREATE TABLE AS + SQL", duck(b, "ctas", o, b.f("shd.db"), b.f("shd.csv"), prepare=b.removing("shd.db", "shd.csv")), None),
        ("DuckDB PRIMARY KEY, INSERT OR IGNORE + SQL", duck(b, "keyed", o, b.f("shk.db"), b.f("shk.csv"), prepare=b.removing("shk.db", "shk.csv")), None),
    ], same_summary(b, "sh.csv", ["shd.csv", "shk.csv"]), reads=b.read_seconds(o))
    b.remove("sh.db", "shd.db", "shk.db", os.path.basename(o))


def random_ids(b, n):
    o = b.make("uuid-%d.csv" % n, "orders", n, "--uuid")
    b.remove("ud.csv", "uk.csv")
    ours = Step(b.sh(ingest(b, o, "u.db"), f"{b.wend} {RFM} --store {b.f('u.db')} -o {b.f('u.csv')}"), b.removing("u.db", "u.csv"))
    b.compare(PAIR_ROWS[20], n, ours, [
        ("DuckDB CREATE TABLE AS + SQL", duck(b, "ctas", o, b.f("ud.db"), b.f("ud.csv"), prepare=b.removing("ud.db", "ud.csv")), None),
        ("DuckDB PRIMARY KEY, INSERT OR IGNORE + SQL", duck(b, "keyed", o, b.f("uk.db"), b.f("uk.csv"), prepare=b.removing("uk.db", "uk.csv")), None),
    ], same_summary(b, "u.csv", ["ud.csv", "uk.csv"]), reads=b.read_seconds(o))
    b.remove("u.db", "ud.db", "uk.db", os.path.basename(o))


def ways(path):
    """(from, to) -> n, customers; median, 90th percentile and mean of the days between."""
    with open(path, newline="") as fh:
        return {(r["from"], r["to"]): (int(r["n"]), int(r["customers"]), *(float(r[k]) for k in ("median_days", "p90_days", "mean_days")))
                for r in csv.DictReader(fh) if not r["from"].startswith("(") and not r["to"].startswith("(")}


def interactions(b, n):
    i = b.make("interactions-%d.csv" % n, "interactions", n)
    command = f"{b.wend} touchpoints map -q -f csv --store {b.f('i.db')} -o {b.f('i.csv')}"

    def check():
        mine, theirs = ways(b.f("i.csv")), ways(b.f("im.csv"))
        equal("map, ways", sorted(mine), sorted(theirs))
        for k, v in mine.items():
            if v[:2] != theirs[k][:2] or not all(math.isclose(x, y, rel_tol=1e-9) for x, y in zip(v, theirs[k])):
                sys.exit("map: answers differ: %s %s %s" % (k, v, theirs[k]))
    b.compare(PAIR_ROWS[21], n, Step(b.sh(ingest(b, i, "i.db", "--as interactions --tz UTC"), command), b.removing("i.db", "i.csv")),
              [("DuckDB CREATE TABLE AS + SQL", duck(b, "map", i, b.f("im.db"), b.f("im.csv"), prepare=b.removing("im.db", "im.csv")), None)], check, reads=b.read_seconds(i))
    b.compare(PAIR_ROWS[22], n, Step(b.sh(command), b.removing("i.csv")),
              [("DuckDB own file, whole process", duck(b, "remap", b.f("im.db"), b.f("im.csv"), prepare=b.removing("im.csv")), None)], check)
    b.remove("i.db", "im.db", os.path.basename(i))


# ---- upkeep of a store ----
def again(b, n):
    o = orders(b, n)
    stored(b, "w.db", o)
    if not b.peer["DuckDB"]:
        return
    peer_db(b, "k.db", "keyed", o, b.f("k.db"), "-")

    def state():
        s = os.stat(b.f("w.db"))
        return s.st_size, s.st_mtime_ns, b.digest(b.f("w.db")), os.path.exists(b.f("w.db-wal"))
    before = state()
    b.compare(PAIR_ROWS[3], n, Step(b.sh(ingest(b, o, "w.db"))), [("DuckDB INSERT OR IGNORE", duck(b, "again", o, b.f("k.db"), once=n > 1_000_000), "0.02")],
              lambda: equal("the same file again", state(), before), reads=b.read_seconds(o))


def append(b, n):
    o, extra = orders(b, n), late(b, n)
    stored(b, "w.db", o)
    if not b.peer["DuckDB"]:
        return
    peer_db(b, "k.db", "keyed", o, b.f("k.db"), "-")
    b.compare(PAIR_ROWS[4], n, Step(b.sh(ingest(b, extra, "wl.db")), b.copying("w.db", "wl.db")),
              [("DuckDB keyed append", duck(b, "again", extra, b.f("kl.db"), prepare=b.copying("k.db", "kl.db")), "0.20")], same_store(b, "late rows", "wl.db", "kl.db", n + LATE))
    b.remove("wl.db", "kl.db")


def late_store(b, n):
    stored(b, "late.db", orders(b, n), late(b, n))
    return peer_db(b, "batched.db", "batched", orders(b, n), late(b, n), b.f("batched.db"))


def undo(b, n):
    if not b.peer["DuckDB"]:
        return
    late_store(b, n)

    def one(row, store, batch, mode, rest, peer, reach="0.05 s"):
        b.compare(row, n, Step(b.sh(f"{b.wend} store undo {batch} -q --store {b.f('wu.db')}"), b.copying(store, "wu.db")),
                  [(peer, duck(b, *mode, prepare=b.copying("batched.db", "du.db")), reach)], same_store(b, row, "wu.db", "du.db", rest))
    one(PAIR_ROWS[5], "late.db", 2, ["undo", b.f("du.db"), "2"], n, "DuckDB DELETE by a batch column + CHECKPOINT")
    compaction(b, n)
    stored(b, "held.db", orders(b, n), late(b, n), reversed_late(b, n))
    one(PAIR_ROWS[6], "held.db", 2, ["pass", b.f("du.db"), "2", "3"], n + LATE, "DuckDB UPDATE of the batch column (told which rows) + CHECKPOINT")
    b.remove("held.db")
    one(PAIR_ROWS[7], "late.db", 1, ["undo", b.f("du.db"), "1"], LATE, "DuckDB DELETE by a batch column + CHECKPOINT")
    b.remove("wu.db", "du.db")


def compaction(b, n):
    """Of the store and of the table that the undo before left behind."""
    os.rename(b.f("wu.db"), b.f("undone.db"))
    os.rename(b.f("du.db"), b.f("undone.ddb"))
    b.compare(PAIR_ROWS[8], n, Step(b.sh(f"{b.wend} store compact -q --store {b.f('wc.db')}"), b.copying("undone.db", "wc.db")),
              [("DuckDB COPY FROM DATABASE into a new file", duck(b, "compact", b.f("undone.ddb"), b.f("dc.db"), prepare=b.removing("dc.db")), None)], same_store(b, "compaction", "wc.db", "dc.db", n))
    b.remove("undone.db", "undone.ddb", "wc.db", "dc.db")


def erase(b, n):
    if not b.peer["DuckDB"]:
        return
    late_store(b, n)
    # Who bought most: among the old ones, whose rows lie in every run.
    who, rows = query(b, "late.db", "SELECT customer, count(*) FROM event GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1").split(",")
    b.compare(PAIR_ROWS[9], n, Step(b.sh(f"{b.wend} customer erase {who} -q --store {b.f('we.db')}"), b.copying("late.db", "we.db")),
              [("DuckDB DELETE + CHECKPOINT", duck(b, "erase", b.f("de.db"), who, prepare=b.copying("batched.db", "de.db")), "0.10")], same_store(b, "erase", "we.db", "de.db", n + LATE - int(rows)))
    b.remove("we.db", "de.db", "late.db", "batched.db")


# ---- reading ----
def scans(b, n):
    """Both hold their store open and are asked in turn; the first answer is the warming."""
    if not b.peer["DuckDB"]:
        return
    o = orders(b, n)
    stored(b, "w.db", o)
    peer_db(b, "d.db", "ctas", o, b.f("d.db"), "-")
    b.copying("d.db", "t.db")()
    b.run(b.duck + ["tuned", b.f("t.db")])
    for threads, of in (("2", "2 threads"), ("1", "1 thread")):
        for db, prefix, peer, reach in (("d.db", "", "DuckDB own file, warm", "0.040"), ("t.db", "tuned.", "DuckDB tuned table, warm", "0.083")):
            mine, theirs = Server(b, [b.scan, b.f("w.db"), threads]), Server(b, b.duck + ["serve", b.f(db), threads])
            times = {}
            for k in SCANS:
                done, t0, times[k] = -1, time.monotonic(), ([], [])
                while done < 1 or b.another(done, time.monotonic() - t0):
                    a, p = mine.ask(k), theirs.ask(prefix + k)
                    equal("scan of " + k, a[1], p[1])
                    done += 1
                    if done:
                        times[k][0].append(a[0])
                        times[k][1].append(p[0])
            peak, peer_peak = mine.close(), theirs.close()
            for k in SCANS:
                b.add("scan: %s, %s" % (k, of), peer, n, (median(times[k][0]), None, peak), (median(times[k][1]), None, peer_peak), reach, len(times[k][0]))
    b.remove("t.db")


def report(b, n):
    if not b.peer["DuckDB"]:
        return
    o = orders(b, n)
    stored(b, "w.db", o)
    peer_db(b, "d.db", "ctas", o, b.f("d.db"), "-")
    b.compare(PAIR_ROWS[16], n, Step(b.sh(f"{b.wend} {RFM} --store {b.f('w.db')} -o {b.f('r.csv')}"), b.removing("r.csv")),
              [("DuckDB own file, whole process", duck(b, "print", b.f("d.db"), b.f("dr.csv"), prepare=b.removing("dr.csv")), None)], same_summary(b, "r.csv", ["dr.csv"]))


def event_table(b, n):
    """The virtual table against the same rows as rows: minor units as integers, as ours."""
    o = orders(b, n)
    stored(b, "w.db", o)
    if b.peer["sqlite3"] and not os.path.exists(b.f("native.db")):
        if not os.path.exists(b.f("s.db")):
            b.run(b.sh(f"sqlite3 {b.f('s.db')} '.mode csv' '.import {o} orders'"))
        b.run(["sqlite3", b.f("native.db"), f"ATTACH '{b.f('s.db')}' AS s; CREATE TABLE event AS SELECT \"order\", customer, CAST(strftime('%s', time) AS INTEGER) AS time, "
               "CAST(round(amount * 100) AS INTEGER) AS amount_minor, currency, channel, product FROM s.orders"])
        b.remove("s.db")
    if b.peer["DuckDB"]:
        peer_db(b, "d.db", "ctas", o, b.f("d.db"), "-")
    for row, sql, question, reach in ((PAIR_ROWS[17], "SELECT count(*), sum(amount_minor) FROM event", "sum", "1.0"),
                                      (PAIR_ROWS[18], "SELECT channel, count(*), sum(amount_minor) FROM event GROUP BY 1 ORDER BY 1", "channels", None)):
        def text(name):
            with open(b.f(name)) as fh:
                return [r for r in csv.reader(io.StringIO(fh.read()))]

        def check():
            mine = text("q.csv")
            if b.peer["sqlite3"]:
                equal(row, mine, text("qs.csv"))
            if b.peer["DuckDB"]:
                equal(row, ["=".join(r) for r in mine] if question == "channels" else mine[0], open(b.f("qd.txt")).read().split())
        b.compare(row, n, Step(b.sh(f"{b.wend} store query -q -f csv --no-header --store {b.f('w.db')} '{sql}' >{b.f('q.csv')}")), [
            ("sqlite3, native table", Step(b.sh(f"sqlite3 -csv {b.f('native.db')} '{sql}' >{b.f('qs.csv')}")) if b.peer["sqlite3"] else None, reach),
            ("DuckDB own file, whole process", duck(b, "ask", b.f("d.db"), question, b.f("qd.txt")), None),
        ], check)
    b.remove("native.db")


def start(b, n):
    """No rows at all; 200 starts, as one is too short for a clock."""
    if not b.peer["git"]:
        return

    def many(program):
        return Step(b.sh(f"i=0; while [ $i -lt 200 ]; do {program} --version >{b.f('version-' + os.path.basename(program))}; i=$((i+1)); done"))

    def check():
        for p in ("wend", "git"):
            with open(b.f("version-" + p)) as fh:
                text = fh.read()
            if not re.match(p + r".* \d+\.\d+", text):
                sys.exit("no version: %s" % text)
    b.compare(PAIR_ROWS[23], 0, many(b.wend), [("git --version", many("git"), "1.3")], check)


# ---- growth ----
def growth(b, sizes):
    """Ours alone, at each size: load, append onto it, scan. What is checked: every row is
    there, and one thread gives what two give."""
    got = {k: [] for k in GROWTH_ROWS}
    done = []
    for n in sizes:
        if not b.room(n * 150, "growth at %s" % short(n)):
            continue
        if done and b.left() < n * 5e-6:
            print("skipped: growth at %s, no time is left for it" % short(n), flush=True)
            continue
        o, extra = orders(b, n), late(b, n)
        loads, appends, rounds, t0 = [], [], 0, time.monotonic()
        while b.another(rounds, time.monotonic() - t0):
            loads.append(b.run(b.sh(ingest(b, o, "w.db")), b.removing("w.db")))
            rounds += 1
        equal("load", query(b, "w.db", "SELECT sum(rows) FROM run"), str(n))
        if n > 10_000_000:
            b.remove(os.path.basename(o))
        times, customers = {}, 0
        one, two = Server(b, [b.scan, b.f("w.db"), "1"]), Server(b, [b.scan, b.f("w.db"), "2"])
        for k in SCANS:
            asked = [one.ask(k) for _ in range(b.a.runs + 1)]
            equal("scan of %s by threads" % k, two.ask(k)[1], *(a[1] for a in asked))
            times[k] = median([a[0] for a in asked[1:]])
            if k == "summary":
                customers = int(asked[0][1][0])
        peak = one.close()
        two.close()
        size = os.path.getsize(b.f("w.db")) / 1e6
        for _ in range(b.a.runs):
            appends.append(b.run(b.sh(ingest(b, extra, "wl.db")), b.copying("w.db", "wl.db")))
        equal("append", query(b, "wl.db", "SELECT sum(rows) FROM run"), str(n + LATE))
        b.remove("wl.db")
        if n > 10_000_000:
            b.remove("w.db", os.path.basename(extra))
        values = [median([x[0] for x in loads]), median([x[0] for x in appends]), *(times[k] for k in SCANS), size, median([x[2] for x in loads]), median([x[2] for x in appends]), peak]
        done.append((n, customers))
        for k, v in zip(GROWTH_ROWS, values):
            got[k].append(v)
        print("growth at %s: %s" % (short(n), ", ".join("%s %.4g" % x for x in zip(GROWTH_ROWS, values))), flush=True)
    write_growth(b, done, got)


def write_growth(b, done, got):
    if not done:
        return
    at = ", ".join(short(n) for n, _ in done)
    for k in GROWTH_ROWS:
        v = got[k]
        exponents = [math.log(v[i] / v[i - 1]) / math.log(done[i][0] / done[i - 1][0]) for i in range(1, len(v))]
        bound, reach = (1.02, "exponent 1.02") if k == "load, s" or k.startswith("scan") else (0.5, "exponent 0.5") if k.startswith("append") else (None, "")
        if bound and exponents:
            reach += " yes" if max(exponents) <= bound else " no"
        elif bound:
            reach = ""
        if k == "peak memory of the load, MiB":
            limits = [256 + 60 * c / 2**20 for _, c in done]
            reach = "256 MiB + 60 B a customer: %s %s" % (", ".join("%.0f" % x for x in limits), "yes" if all(x <= y for x, y in zip(v, limits)) else "no")
        row = {"what": k, "at": at, "figures": ", ".join("%.4g" % x for x in v), "exponents": ", ".join("%.2f" % x for x in exponents), "reach": reach}
        b.growth.append(row)
        print("| " + " | ".join(row.values()) + " |", flush=True)


def worth(b, n):
    value(b, n, orders(b, n), stored(b, "w.db", orders(b, n)))


BENCHES = {"load": load, "no-store": no_store, "ingest": ingest_alone, "again": again, "append": append, "undo": undo, "erase": erase, "scans": scans, "report": report, "event": event_table,
           "shuffled": shuffled, "ids": random_ids, "interactions": interactions, "start": start, "staying": staying, "value": worth, "walking": walking, "growth": growth}
