#!/bin/sh
# compare.sh FOLDER: the same numbers from wend, R and Python, on tables wend exported.
#
#     examples/compare/compare.sh examples/demo
#
# One line a comparison: what, the largest difference, and whether it is within 1e-8 of the
# value. A program that is not installed is named and left out. Ends 1 when one differs.
set -eu
demo=$(cd "${1:?compare.sh: name the folder with the exports}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/compare.XXXXXX")
trap 'rm -rf "$folder"' EXIT
WEND_STORE=$folder/wend.db
export WEND_STORE
wend ingest -q --tz Europe/Berlin "$demo/shopify-orders.csv" >/dev/null
wend ingest -q --as subscriptions "$demo/subscriptions.csv" >/dev/null
cd "$folder"

# What goes to the others: one row a subscription, days watched and whether it ended; and
# the purchases.
wend store query -q -f csv "SELECT customer, CAST(julianday(coalesce(\"end\", '2026-11-01')) - julianday(time) AS INT) AS days,
	CASE WHEN \"end\" IS NULL THEN 'no' ELSE 'yes' END AS gone, plan FROM event WHERE kind = 'subscriptions'" >cases.csv
wend ltv rfm -q -f csv >rfm.csv

# What wend says.
wend churn curve -q -f csv --from cases.csv --time days --event gone=yes >curve.csv
wend churn rate -q -f csv >rate.csv
wend ltv -q -f csv >ltv.csv

bad=0
if command -v Rscript >/dev/null && Rscript -e 'library(survival)' >/dev/null 2>&1; then
	Rscript --vanilla "$here/compare.R" || bad=1
else
	echo "R with the package survival: not installed, left out"
fi
if command -v python3 >/dev/null; then
	python3 "$here/compare.py" || bad=1
else
	echo "Python: not installed, left out"
fi
exit $bad
