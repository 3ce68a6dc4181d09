#!/bin/sh
# walkthrough.sh FILE...: an analyst's first quarter of an hour with a few exports.
#
#     examples/walkthrough.sh examples/demo/shopify-orders.csv examples/demo/stripe-payments.csv
#
# Everything lands in one folder, made new; nothing else is touched.
set -eu
[ $# -gt 0 ] || { echo "usage: walkthrough.sh FILE..." >&2; exit 2; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/walkthrough.XXXXXX")
WEND_STORE=$folder/wend.db
export WEND_STORE

echo "# What came in, row by row accounted for"
wend ingest -f table "$@"

echo "# Is the store sound, and from when to when does each source tell?"
wend store check -f table
wend store coverage -f table

echo "# What can it answer?"
wend -f text

echo "# Who brought the most? Their recency, frequency and money, as a list to work with"
wend ltv rfm -q -f csv --sort -monetary --top 20 -o "$folder/best.csv"
head -n 4 "$folder/best.csv"

echo "# The way those twenty take, step by step"
wend touchpoints list -f table --only "$folder/best.csv" --top 10

echo "# One of them, line by line"
best=$(sed -n 2p "$folder/best.csv" | cut -d, -f1)
wend customer show -f table "$best"

echo "# A question nobody foresaw"
wend store query -f table 'SELECT kind, count(*) AS n FROM event GROUP BY kind ORDER BY n DESC'
echo "# The files are in $folder"
