#!/usr/bin/env python3
"""Chances of leaving that hang on thresholds and on what columns do together: the model that
`wend churn model --model auto` takes, against the best of five models of scikit-learn.

    chances.py WEND FROM TO     a row for each seed; ends 1 when the mean of AUC(wend) less
                                AUC(best of scikit-learn) is below -0.005

Of each seed 8,000 rows to learn from and 4,000 to judge by: six normal columns a to f and a
plan of three levels;

    log odds = -1.2 + 1.4 [a > 0.5 and b < 0] - 1.2 [c > 0 xor d > 0.3] + 0.8 [e > 1, plan 2] + 0.3 f

The best is named by the rows that judge, after the fact, which favours scikit-learn.
"""
import csv
import os
import subprocess
import sys
import tempfile

import numpy as np
import sklearn
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import roc_auc_score

LEARN, ROWS = 8000, 12000


def drawn(seed):
    r = np.random.default_rng(seed)
    x, plan = r.normal(size=(ROWS, 6)), r.integers(0, 3, ROWS)
    a, b, c, d, e, f = x.T
    odds = -1.2 + 1.4 * ((a > 0.5) & (b < 0)) - 1.2 * ((c > 0) ^ (d > 0.3)) + 0.8 * ((e > 1) & (plan == 2)) + 0.3 * f
    return x, plan, odds, (r.uniform(size=ROWS) < 1 / (1 + np.exp(-odds))).astype(int)


def peers():
    return {
        "gradient boosting, defaults": GradientBoostingClassifier(random_state=0),
        "gradient boosting, 400 x depth 3": GradientBoostingClassifier(n_estimators=400, learning_rate=0.03, max_depth=3, subsample=0.7, random_state=0),
        "gradient boosting, 300 x depth 4": GradientBoostingClassifier(n_estimators=300, learning_rate=0.03, max_depth=4, subsample=0.7, random_state=0),
        "histogram boosting": HistGradientBoostingClassifier(learning_rate=0.05, random_state=0),
        "random forest": RandomForestClassifier(400, min_samples_leaf=10, random_state=0),
    }


def best_peer(x, plan, y):
    z = np.column_stack([x, plan == 1, plan == 2])
    return max((roc_auc_score(y[LEARN:], m.fit(z[:LEARN], y[:LEARN]).predict_proba(z[LEARN:])[:, 1]), name) for name, m in peers().items())


def written(path, x, plan, y, rows):
    with open(path, "w", newline="") as out:
        w = csv.writer(out)
        w.writerow("a b c d e f plan left".split())
        for i in rows:
            w.writerow(["%.6f" % v for v in x[i]] + ["p%d" % plan[i], y[i]])


def ours(wend, x, plan, y):
    with tempfile.TemporaryDirectory() as room:
        learn, judge = os.path.join(room, "learn.csv"), os.path.join(room, "judge.csv")
        written(learn, x, plan, y, range(LEARN))
        written(judge, x, plan, y, range(LEARN, ROWS))
        out = subprocess.run([wend, "churn", "model", "--model", "auto", "--from", learn, "--event", "left=1", "--score", judge, "-f", "csv"],
                             check=True, capture_output=True, text=True)
    share = out.stderr.replace("\n", " ")
    share = "both" if "trees together" in share else "trees" if "Boosted trees say" in share else "curves"
    return roc_auc_score(y[LEARN:], [float(r["p"]) for r in csv.DictReader(out.stdout.splitlines())]), share


def main(wend, first, last):
    gaps = []
    print("scikit-learn %s\n\n| seed | wend | by | scikit-learn | best of five | difference | true chances |\n|---|---|---|---|---|---|---|" % sklearn.__version__)
    for seed in range(first, last + 1):
        x, plan, odds, y = drawn(seed)
        auc, by = ours(wend, x, plan, y)
        peer, name = best_peer(x, plan, y)
        gaps.append(auc - peer)
        print("| %d | %.4f | %s | %.4f | %s | %+.4f | %.4f |" % (seed, auc, by, peer, name, auc - peer, roc_auc_score(y[LEARN:], odds[LEARN:])), flush=True)
    print("\nMean difference %+.4f, standard error %.4f, least %+.4f; below -0.005 in %d of %d." %
          (np.mean(gaps), np.std(gaps, ddof=1) / len(gaps) ** 0.5, min(gaps), sum(g < -0.005 for g in gaps), len(gaps)))
    return int(np.mean(gaps) < -0.005)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
