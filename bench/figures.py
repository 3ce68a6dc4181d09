"""bench/RESULTS.md: what was measured replaces what stood there, everything else stays.

Between the two marks the file belongs to this tool: a table of pairs, a table of growth
and a table of the runs that the rows of the other two point at. A row is replaced when
the same row against the same peer at the same size was measured; rows of a name that no
benchmark bears any more are dropped, and runs nobody points at. Text outside the marks
is left alone.
"""
import os

BEGIN, END = "<!-- figures: written by bench/run.py -->", "<!-- end of figures -->"
PAIRS = ["row", "peer", "rows", "wend s", "peer s", "ratio", "less its start", "cpu ratio", "wend MiB", "peer MiB", "reads", "reach", "runs", "run"]
GROWTH = ["what", "at", "figures", "exponents", "reach", "run"]
RUNS = ["run", "commit", "machine", "load before and after", "peers"]


def table(columns, rows):
    out = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return out + ["| " + " | ".join(r[c] for c in columns) + " |" for r in rows]


def parse(text, columns):
    """The rows of the table that has exactly these columns."""
    rows, inside = [], False
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")] if line.startswith("|") else None
        if cells == columns:
            inside = True
        elif not cells:
            inside = False
        elif inside and not line.startswith("|---") and len(cells) == len(columns):
            rows.append(dict(zip(columns, cells)))
    return rows


def size_of(text):
    n, _, unit = text.partition(" ")
    return float(n or 0) * {"M": 1e6, "k": 1e3}.get(unit, 1)


def merged(old, new, key, order, rank):
    rows = {key(r): r for r in old if r[rank] in order}
    rows.update({key(r): r for r in new})
    return list(rows.values())


def write(path, pairs, growth, run, pair_order, growth_order):
    """run: commit, machine, load before and after, peers; its number is given here."""
    text = ""
    if os.path.exists(path):
        with open(path) as fh:
            text = fh.read()
    before, mark, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END) if mark else ("", "", "\n")
    runs = parse(old, RUNS)
    number = str(1 + max([int(r["run"]) for r in runs] or [0]))
    for r in pairs + growth:
        r["run"] = number
    runs.append(dict(run, run=number))
    pairs = merged(parse(old, PAIRS), pairs, lambda r: (r["row"], r["peer"], r["rows"]), pair_order, "row")
    pairs.sort(key=lambda r: (size_of(r["rows"]), pair_order.index(r["row"])))
    growth = merged(parse(old, GROWTH), growth, lambda r: (r["what"], r["at"]), growth_order, "what")
    growth.sort(key=lambda r: (growth_order.index(r["what"]), r["at"]))
    used = {r["run"] for r in pairs + growth}
    out = [BEGIN, "", "## Against a peer", "", *table(PAIRS, pairs), "", "## Growth", "", *table(GROWTH, growth), "", "## Runs", "",
           *table(RUNS, [r for r in runs if r["run"] in used]), "", END]
    with open(path + ".part", "w") as fh:
        fh.write(before.rstrip("\n") + "\n\n" + "\n".join(out) + after)
    os.rename(path + ".part", path)
