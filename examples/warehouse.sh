#!/bin/sh
# warehouse.sh DATABASE TABLE: purchase models on orders that stay where they are.
#
# The warehouse makes one row a customer by a query that wend prints, wend fits its models on
# the answer, and what each customer is worth goes back as a table to be joined. Here it is
# SQLite's own shell; for another warehouse change the dialect (postgres, duckdb, bigquery,
# spark, clickhouse) and the line that runs it.
#
#     examples/warehouse.sh shop.db orders >worth.csv
set -eu
database=${1:?warehouse.sh: name the database} table=${2:?warehouse.sh: name the table of orders}
folder=$(mktemp -d "${TMPDIR:-/tmp}/warehouse.XXXXXX")
trap 'rm -rf "$folder"' EXIT

wend ltv rfm --sql sqlite --table "$table" --currency EUR --as-of 2026-10-31 >"$folder/query.sql"
sqlite3 -csv -header "$database" <"$folder/query.sql" >"$folder/histories.csv"
wend ltv model -q --from "$folder/histories.csv" -f csv
