#!/bin/sh
# churn cohorts, churn lifecycle: columns, threads, shards, definitions, on simulated companies.
. "$(dirname "$0")/lib.sh"

wend simulate -q -o shop --company shop --customers 900 --days 500 --seed 5 --without both
export WEND_STORE="$frame/here/wend.db"
wend store set --file shop/wend.ini >/dev/null 2>&1
wend ingest -q shop/exports/* >/dev/null 2>err0 || cat err0

run wend churn cohorts -f csv
expect_status 0 'churn cohorts ends 0'
like "$err" 'of customers' 'and says who comes back'
cp "$out" all.csv
is "$(head -n 1 "$out")" cohort,size,k,retained,rate,lo,hi,complete,flag,definition 'columns'
is "$(grep -c 'nan\|inf' "$out")" 0 'no number is none'
is "$(awk -F, 'NR > 1 && $5 != "" && $6 != "" && ($6 > $5 || $7 < $5) { n++ } END { print n + 0 }' "$out")" 0 'every rate lies within its limits'
is "$(awk -F, '$10 == "on" && $1 ~ /^2/ { on[$1 "," $3] = $4 } $10 == "on-or-after" && $1 ~ /^2/ { n++; if ($4 < on[$1 "," $3] || $8 != 1) bad++ } END { print (n > 0), bad + 0 }' "$out" | sed 's/^1 //')" 0 'then or later is no fewer than then, and only where it is whole'
is "$(awk -F, 'NR > 1 && $1 ~ /^2/ && $3 == 0 && $10 == "on" { n += $2 } END { print n }' "$out")" "$(wend ltv cohorts -q -f csv | awk -F, '$2 == 0 { n += $4 } END { print n }')" 'as many customers as in ltv cohorts'
for n in 1 3; do
	run wend churn cohorts -q -f csv --threads $n
	same "$out" all.csv "the same bytes with $n threads"
done
expect_stderr_empty 'and nothing is said with -q'
run wend churn cohorts -q -f table
is "$(awk 'length > 80 { n++ } END { print n + 0 }' "$out")" 0 'the triangle stands in 80 columns'

wend ltv rfm -q -f csv >rfm.csv
awk -F, 'NR == 1 || NR % 3 == 0 { print $1 }' rfm.csv >some
awk -F, 'NR == 1 || NR % 3 { print $1 }' rfm.csv >others
wend churn cohorts --only some --stat -q -f csv >a.csv
wend churn cohorts --only others --stat -q -f csv >b.csv
wend churn cohorts --stat -q -f csv >whole.csv
run wend churn cohorts --from b.csv --from a.csv --stat -q -f csv
same "$out" whole.csv 'two shards add up to the statistic of the whole'
wend churn cohorts --definition revenue -q -f csv >money.csv
run wend churn cohorts --from a.csv --from b.csv --definition revenue -q -f csv
same "$out" money.csv 'and to its retention of money'
wend churn cohorts --definition on -q -f csv >on.csv
run wend churn cohorts --from a.csv --from b.csv --definition on -q -f csv
same "$out" on.csv 'and of customers'
run wend churn cohorts --from rfm.csv
expect_status 3 'another table is none'
run wend ltv cohorts --from whole.csv
expect_status 3 'nor is this one that of ltv cohorts'
run wend churn cohorts --from whole.csv --definition bracket
expect_status 2 'a statistic holds no brackets'
run wend churn cohorts --definition of
expect_status 2 'an unknown definition is named'
like "$err" 'did you mean on|give on' 'with what there is'
run wend churn cohorts --definition bracket --brackets 9-3
expect_status 2 'a bracket that ends before it begins is none'
run wend churn cohorts --activity contract
expect_status 2 'a shop has no contracts'
like "$err" "leave out '--activity contract'" 'and the way out is told'

run wend churn lifecycle -f csv
expect_status 0 'churn lifecycle ends 0'
is "$(head -n 1 "$out")" period,new,returning,resurrecting,dormant,active,stickiness,lo,hi,flag 'columns of it'
is "$(awk -F, 'NR > 1 { if ($2 + $3 + $4 != $6 || (NR > 2 && last + $2 + $4 - $5 != $6)) n++; last = $6 } END { print n + 0 }' "$out")" 0 'active = active before + new + resurrecting - dormant'
cp "$out" life.csv
run wend churn lifecycle -q -f csv --threads 3
same "$out" life.csv 'the same bytes with 3 threads'
run wend churn lifecycle --stickiness -q -f csv
is "$(awk -F, 'NR > 1 { s += $3; n = NR - 1 } END { printf "%d %.9f", n, s }' "$out")" '12 1.000000000' 'shares of twelve months add up to 1'
run wend churn lifecycle --period quarter -q -f csv
expect_status 0 'by quarter'

# Without options a store of contracts goes by them, and can be asked for purchases.
wend simulate -q -o saas --company saas --customers 300 --days 400 --seed 3
export WEND_STORE="$frame/here/saas.db"
wend store set --file saas/wend.ini >/dev/null 2>&1
wend ingest -q saas/exports/subscriptions.csv saas/exports/invoices-*.csv >/dev/null 2>err0 || cat err0
run wend churn cohorts -f csv
expect_status 0 'contracts in two currencies can be counted'
like "$err" 'still have a contract' 'and are told as contracts'
run wend churn cohorts --definition revenue -q -f csv
expect_status 2 'but not added'
run wend churn cohorts --definition revenue --currency EUR -q -f csv
expect_status 0 'one currency can'
run wend churn cohorts --activity purchase --revenue invoices --currency EUR -f csv
expect_status 0 'invoices as purchases'
unlike "$err" 'still have a contract' 'are told as such'
done_testing
