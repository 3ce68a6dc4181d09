#!/usr/bin/python3
"""Exact Markov attribution with pandas and scipy, without limits: the method of R's
ChannelAttribution (states of ORDER channels, removal effects), solved instead of simulated. It
stands in for that package where it is not installed.

    attribution.py PATHS ORDER OUT      channel,conversions
"""
import sys

import numpy
import pandas
from scipy.sparse import csr_matrix

path, order, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
table = pandas.read_csv(path, keep_default_na=False).groupby("path", sort=False)[["total_conversions", "total_null"]].sum()
state, weight = {}, {}
for text, conv, null in zip(table.index, table["total_conversions"], table["total_null"]):
    steps = text.split(" > ")
    grams = [tuple(steps[i:i + order]) for i in range(max(1, len(steps) - order + 1))]
    before = 0
    for g in grams:
        at = state.setdefault(g, len(state) + 1)
        weight[before, at] = weight.get((before, at), 0) + conv + null
        before = at
    for end, n in ((-1, conv), (-2, null)):
        if n:
            weight[before, end] = weight.get((before, end), 0) + n
n = len(state) + 1
leaves = numpy.zeros(n)
for (a, _), w in weight.items():
    leaves[a] += w
inner = [(a, b, w / leaves[a]) for (a, b), w in weight.items() if b >= 0]
wins = numpy.zeros(n)
for (a, b), w in weight.items():
    if b == -1:
        wins[a] += w / leaves[a]
rows, cols, p = map(numpy.array, zip(*inner))


def converts(gone):
    """The chance to convert from the start when the states of `gone` lead nowhere: sums over
    more and more steps, until nothing is added."""
    keep = ~gone[rows] & ~gone[cols]
    m = csr_matrix((p[keep], (rows[keep], cols[keep])), shape=(n, n))
    x = added = numpy.where(gone, 0, wins)
    while added.max() > 1e-16:
        added = m @ added
        x = x + added
    return x[0]


whole = converts(numpy.zeros(n, bool))
effect = {}
for c in sorted({s for g in state for s in g}):
    gone = numpy.zeros(n, bool)
    for g, at in state.items():
        gone[at] = c in g
    effect[c] = 1 - converts(gone) / whole
scale = table["total_conversions"].sum() / sum(effect.values())
with open(out, "w") as fh:
    fh.write("channel,conversions\n")
    for c, e in effect.items():
        fh.write("%s,%r\n" % (c, float(e * scale)))
