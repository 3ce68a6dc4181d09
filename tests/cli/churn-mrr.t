#!/bin/sh
# churn mrr: columns, the bridge, groups, threads, currencies, pipes, on a simulated company.
. "$(dirname "$0")/lib.sh"

wend simulate -q -o saas --company saas --customers 900 --days 500 --seed 3
export WEND_STORE="$frame/here/wend.db"
wend store set --file saas/wend.ini >/dev/null 2>&1
wend ingest -q saas/exports/subscriptions.csv saas/exports/accounts.csv >/dev/null 2>err0 || cat err0

run wend churn mrr
expect_status 2 'two currencies are not added'
like "$err" 'EUR, USD' 'and both are named'
run wend churn mrr --currency EUR -f csv
expect_status 0 'churn mrr ends 0'
cp "$out" all.csv
is "$(head -n 1 "$out" | cut -d, -f1-8)" period,start,new,expansion,reactivation,contraction,churned,end 'the pieces of the bridge'
like "$out" ',gross,gross_lo,gross_hi,net,net_lo,net_hi,GRR,GRR_lo,GRR_hi,NRR,NRR_lo,NRR_hi,quick_ratio,quick_lo,quick_hi,flag,n,' 'rates with their limits'
is "$(grep -c 'nan\|inf' "$out")" 0 'no number is none'
# in cents, so that awk's doubles are exact
is "$(awk -F, 'NR > 1 { s = 0; for (i = 2; i <= 5; i++) s += int($i * 100 + 0.5); s -= int($6 * 100 + 0.5) + int($7 * 100 + 0.5); e = int($8 * 100 + 0.5)
	if (s != e || (NR > 2 && int($2 * 100 + 0.5) != last)) n++; last = e } END { print (NR > 15), n + 0 }' all.csv)" '1 0' 'it closes in every month, and each begins where the last ended'
is "$(awk -F, 'NR > 1 && $9 != "" { if ($10 > $9 || $11 < $9 || $13 > $12 || $14 < $12 || $16 > $15 || $17 < $15 || $19 > $18 || $20 < $18 || $15 > 1) n++ } END { print n + 0 }' all.csv)" 0 'every estimate lies within its limits, GRR never above 1'
like "$err" 'EUR [0-9,]+ a month recurring at the end of 2026-' 'the finding says what there is'
for n in 1 3; do
	run wend churn mrr --currency EUR -q -f csv --threads $n
	same "$out" all.csv "the same bytes with $n threads"
done
expect_stderr_empty 'and nothing is said with -q'
run wend churn mrr --currency EUR -q -f table
is "$(awk 'length > 80 { n++ } END { print n + 0 }' "$out")" 0 'the screen stands in 80 columns'
like "$out" 'NRR %' 'with what is left of the money'

# A customer of the list alone, then all others, are the whole; so are the groups.
sum() { # FILE: start, churned, expansion of 2026-03
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $1 == "2026-03" { s += $at["start"]; c += $at["churned"]; e += $at["expansion"] } END { printf "%.2f %.2f %.2f", s, c, e }' "$1"
}
wend churn mrr --currency EUR --by plan -q -f csv >plan.csv
is "$(sum plan.csv)" "$(sum all.csv)" 'plans add up to the whole'
wend churn mrr --currency EUR --by country,plan -q -f csv >two.csv
is "$(sum two.csv)" "$(sum all.csv)" 'and so do two fields together'
like two.csv '^period,country,plan,start,' 'each in its column'
wend churn mrr --currency EUR --period quarter -q -f csv >quarter.csv
is "$(awk -F, '$1 == "2026-Q1" { print $2 }' quarter.csv)" "$(awk -F, '$1 == "2026-01" { print $2 }' all.csv)" 'a quarter starts as its first month'
is "$(awk -F, '$1 == "2026-Q1" { print $8 }' quarter.csv)" "$(awk -F, '$1 == "2026-03" { print $8 }' all.csv)" 'and ends as its last'

# A closed month stays as it was, whatever comes later.
wend churn mrr --currency EUR -q -f csv --as-of 2026-01-31 >then.csv
head -n "$(wc -l <then.csv)" all.csv >now.csv
same then.csv now.csv 'no closed month changes with later data'

run wend churn mrr --currency EUR -q -f csv --fail-if 'gross>0.9'
expect_status 0 'a condition on the newest month that does not hold'
run wend churn mrr --currency EUR -q -f csv --fail-if 'GRR<1'
expect_status 1 'and one that does'
run wend churn mrr --currency EUR -q -f csv --by nothing
expect_status 2 'an unknown field is named'

# ---- the statistic ----
run wend churn mrr --currency EUR --stat -q -f csv
expect_status 0 'what it is made of'
cp "$out" stat.csv
run wend churn mrr --from stat.csv -q -f csv
same "$out" all.csv 'read back it is the same'
run wend churn mrr --from stat.csv --stat -q -f csv
same "$out" stat.csv 'and printed again'
awk 'BEGIN { print "customer" }' >some
wend churn rate --who "$(awk -F, 'END { print $1 }' all.csv):active_start" -q -f csv | cut -d, -f1 | sed 1d | sort | awk 'NR % 2' >>some
run wend churn mrr --currency EUR --only some --stat -q -f csv
cp "$out" half.csv
run wend churn mrr --from half.csv --from half.csv -q -f csv
is "$(awk -F, 'END { print $2 + 0 }' "$out")" "$(wend churn mrr --from half.csv -q -f csv | awk -F, 'END { print 2 * $2 }')" 'two tables add up'
run wend churn mrr --currency EUR --by plan --stat -q -f csv
cp "$out" plans.csv
wend churn mrr --currency EUR --by plan -q -f csv >byplan.csv
run wend churn mrr --from plans.csv -q -f csv
same "$out" byplan.csv 'by groups, too'
run wend churn mrr --from plans.csv --from stat.csv -q
expect_status 3 'other groups do not add up'
like "$err" "must agree in 'by'" 'and it is said'
sed '3s/month,EUR/month,USD/' stat.csv >other.csv
run wend churn mrr --from other.csv -q
expect_status 3 'nor other money'
awk -F, -v OFS=, 'NR == 3 { $8 = "many" } { print }' stat.csv >bad.csv
run wend churn mrr --from bad.csv -q
expect_status 3 'a cell that is no number'
like "$err" "row 2 of the table: 'many' in column 'customers'" 'is named'
command -v gnuplot >/dev/null && {
	run wend churn mrr --currency EUR -q --plot bridge.gp -f csv
	expect_status 0 'the bridge is drawn'
}
printf 'order,customer,time,amount,currency\n1,a,2026-01-02,10.00,EUR\n' >orders.csv
WEND_STORE=none.db run wend churn mrr orders.csv --as orders --tz UTC -f csv
expect_status 0 'without a contract it ends 0'
like "$err" 'no subscriptions' 'and says so'
is "$(wc -l <"$out" | tr -d ' ')" 1 'with the header alone'
done_testing
