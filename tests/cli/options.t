#!/bin/bash
# The options every report shares: order, number of rows, conditions, fields, files.
. "$(dirname "$0")/lib.sh"

data=$top/tests/data
has_command ingest || skip_all 'there is no ingest'
wend ingest -q --as orders -s wend.db "$data/orders.csv" >/dev/null
export WEND_FORMAT=tsv
col() { awk -F '\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { print $k }' "$out"; }

# ---- order and number ----
run wend ltv rfm -q --sort frequency
is "$(col frequency | sort -n)" "$(col frequency)" '--sort COL puts the smallest first'
run wend ltv rfm -q --sort=-frequency
is "$(col frequency | sort -nr)" "$(col frequency)" '--sort -COL puts the largest first'
run wend ltv rfm -q --sort -frequency,customer --top 2
is "$(col customer | paste -sd ' ')" 'ada ben' '--top keeps the first rows, --sort takes several columns'
run wend ltv rfm -q --sort recency
expect_status 2 'a column nobody has ends 2'
like "$err" 'recency_days' 'and the columns there are get listed'
run wend ltv rfm -q --top 0
expect_status 2 '--top 0 is refused'
run wend ltv rfm -q --top=zwei
expect_status 2 '--top takes a number'

# ---- conditions ----
run wend ltv rfm -q --fail-if 'frequency>=3'
expect_status 1 '--fail-if: a row that meets it ends 1'
ok '--fail-if: the table is printed all the same' test "$(wc -l <"$out")" -gt 2
run wend ltv rfm -q --fail-if 'frequency>3'
expect_status 0 '--fail-if: no row meets it'
run wend ltv rfm -q --fail-if 'frequency>=3,customer=ben'
expect_status 0 '--fail-if: a comma means and, in one row'
run wend ltv rfm -q --fail-if 'frequency>=2,customer=ben'
expect_status 1 '--fail-if: words are compared as words'
run wend ltv rfm -q --fail-if 'frequency>=3' --sort customer --top 1
expect_status 1 '--fail-if: looks at the whole report, not at the rows that are printed'
run wend ltv rfm -q --fail-if 'nonsense>1'
expect_status 2 '--fail-if: an unknown name ends 2'
run wend ltv rfm -q --fail-if 'frequency'
expect_status 2 '--fail-if: no comparison ends 2'

# ---- fields of customers ----
run wend ltv rfm -q --sort -frequency,customer --top 2 --with email
is "$(col email | paste -sd ' ')" 'ada@example.com ben@example.com' '--with email'
run wend ltv rfm -q --top 1 --with shoe_size
expect_status 2 '--with: a field nobody has ends 2'
like "$err" 'email' '--with: and the fields there are get listed'
run wend store batches -q --with email
expect_status 2 '--with is no option of a report whose rows are not customers'

# ---- a list of customers is the currency ----
wend ltv rfm -q --sort -frequency,customer --top 2 -o best.csv
is "$(mode best.csv)" 600 '-o: the file is private'
run wend ltv rfm -q --only best.csv
is "$(col customer | sort | paste -sd ' ')" 'ada ben' '--only takes a list another report made'
wend ltv rfm -q --sort -frequency,customer --top 2 | wend ltv rfm -q -c - >"$out"
is "$(col customer | sort | paste -sd ' ')" 'ada ben' 'and reads it from a pipe'
printf 'BEN@example.com\n' | wend ltv rfm -q --only - >"$out"
is "$(col customer)" ben 'any key of a customer will do, one a line'

# ---- what ids look like ----
run wend ltv rfm -q -f csv
like "$out" '^"Müller, J\."' 'an id with a comma is quoted'
run wend ltv rfm -q
for id in 0 007 NA; do
	is "$(col customer | grep -cx -- "$id")" 1 "the id '$id' survives"
done

# ---- files instead of a store ----
run env -u WEND_STORE wend ltv rfm -q --as orders "$data/orders.csv" -f csv
cp "$out" ../files
run wend ltv rfm -q -f csv
same ../files "$out" 'files as operands give what the store gives'
run wend ltv rfm -q --map customer=email
expect_status 2 'options for files need files'
run wend ltv rfm -q -s wend.db --as orders "$data/orders.csv"
expect_status 2 'a store and files together are refused'
mkdir empty
cd empty || exit 1
printf 'order,customer,time,amount,currency\n1,ada,2026-01-01,1.00,EUR\n' >rfm
run wend ltv -q --as orders ./rfm
expect_status 0 'a file called like a report is read as ./rfm'
is "$(ls -A)" rfm 'and nothing is kept beside it'
cd .. || exit 1

# ---- words aside ----
run wend ltv rfm
ok 'the finding is on standard error' test -s "$err"
like "$err" '^next: ' 'with what to type next'
run wend ltv rfm -f md
expect_stderr_empty 'in a document it is part of the document'
like "$out" 'wend ' 'as is what to type next'
run wend ltv rfm -q -- --no-such-file
isnt "$status" 0 "-- ends options"
unlike "$err" 'unknown option' "what follows is an operand"
done_testing
