#!/bin/bash
# wend churn curve: how long customers stay, from tables.
. "$(dirname "$0")/lib.sh"

# Remission of 42 children with leukaemia (Freireich et al. 1963): S of 6-MP and log-rank as
# printed in Kleinbaum & Klein (2012), chapter 2.
awk 'BEGIN { print "weeks,relapse,drug"
	n = split("6 6 6 7 10 13 16 22 23", e, " "); for (i = 1; i <= n; i++) print e[i] ",1,6-MP"
	n = split("6 9 10 11 17 19 20 25 32 32 34 35", c, " "); for (i = 1; i <= n; i++) print c[i] ",0,6-MP"
	n = split("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23", p, " "); for (i = 1; i <= n; i++) print p[i] ",1,placebo" }' >gehan.csv

run wend churn curve --from gehan.csv --time weeks --event relapse --by drug --min-n 1 -f csv
expect_status 0 'curves of two groups'
is "$(awk -F, '$1 == "6-MP" && $4 > 0 { printf "%s %.4f|", $2, $6 }' "$out")" '6 0.8571|7 0.8067|10 0.7529|13 0.6902|16 0.6275|22 0.5378|23 0.4482|' 'S is the published one'
like "$err" 'log-rank chi-squared' 'the test is in the finding'
like "$err" 'chi-squared 16.8 on' 'log-rank 16.79, published'
like "$err" "Read as: time = weeks, event = relapse" 'the finding says how the table was read'
cp "$out" whole.csv

run wend churn curve --from gehan.csv --time weeks --event relapse --by drug --compare groups --min-n 1 -q -f csv
expect_status 0 'groups side by side'
is "$(awk -F, 'NR > 1 { printf "%s %d %d %.2f %s|", $1, $2, $3, $4, $12 }' "$out")" '6-MP 21 9 19.25 23|placebo 21 21 10.75 8|' 'observed, expected and medians are the published ones'
expect_stderr_empty 'quiet is quiet'

run wend churn curve --from gehan.csv --time weeks --event relapse --by drug --compare groups -q -f csv
is "$(cut -d, -f1-3,15 "$out" | tail -n 2 | tr '\n' '|')" '6-MP,21,9,few|placebo,21,21,few|' 'below 30 a group shows its counts and few'

run wend churn curve --from gehan.csv --time weeks --event relapse --by drug --compare pairs --min-n 1 -q -f csv
is "$(wc -l <"$out" | tr -d ' ')" 2 'one pair of two groups'

# A statistic adds up: two halves are the whole, in either order.
{ head -n 1 gehan.csv; sed -n '2,20p' gehan.csv; } >a.csv
{ head -n 1 gehan.csv; sed -n '21,$p' gehan.csv; } >b.csv
for h in a b; do wend churn curve --from $h.csv --time weeks --event relapse --by drug --stat -q -f csv >$h.stat; done
run wend churn curve --from a.stat --from b.stat --by drug --min-n 1 -q -f csv
same "$out" whole.csv 'two shards add up to the whole'
run wend churn curve --from b.stat --from a.stat --min-n 1 -q -f csv
same "$out" whole.csv 'in either order'
run wend churn curve --from a.csv --from b.csv --time weeks --event relapse=1 --by drug --min-n 1 -q -f csv
same "$out" whole.csv 'so do two tables of cases'
run wend churn curve --from a.stat --by plan
expect_status 3 'a statistic by drug is not by plan'
sed 's/relapse/death/' b.stat >c.stat
run wend churn curve --from a.stat --from c.stat
expect_status 3 'statistics of two events do not add up'
like "$err" "must agree in 'event'" 'and the message says so'

# Chosen times; late entry; weights.
run wend churn curve --from gehan.csv --time weeks --event relapse --at 20,10 --min-n 1 -q -f csv
is "$(awk -F, 'NR > 1 { printf "%s %s %s %s|", $1, $2, $3, $4 }' "$out")" '10 23 18 3|20 10 8 4|' 'counts at chosen times are those since the time before'
printf 'from,t,e,w\n0,2,1,3\n1,4,1,1\n2,5,0,2\n3,3,1,1\n' >late.csv
run wend churn curve --from late.csv --time t --event e --entry from --weight w --min-n 1 -f csv
is "$(awk -F, 'NR > 1 { printf "%s %s %s %s %s|", $1, $2, $3, $4, $5 }' "$out")" '2 4 3 0 2|4 3 1 0 0|5 2 0 2 0|' 'late entry and weights are counted'
like "$err" 'left out: 1 row entered at or after their time' 'what is no stretch is left out and said'

# Everybody stays, everybody leaves, one customer, nobody.
printf 't,e\n1,0\n2,0\n' >none.csv
run wend churn curve --from none.csv --time t --event e --min-n 1 -f csv
expect_status 0 'nobody left'
is "$(awk -F, 'NR > 1 { printf "%s %s|", $5, $7 }' "$out")" '1 1|1 1|' 'all are still there'
unlike "$out" nan 'nothing is NaN'
printf 't,e\n0,1\n' >one.csv
run wend churn curve --from one.csv --time t --event e --min-n 1 -f csv
is "$(sed -n 2p "$out" | cut -d, -f1-5)" '0,1,1,0,0' 'one customer who left at once'
printf 't,e\n' >empty.csv
run wend churn curve --from empty.csv --time t --event e -f csv
expect_status 0 'a table without rows'
like "$err" 'nobody was there' 'and the finding says so'
run wend churn curve --from gehan.csv --time weeks --event relapse=9 -f csv
like "$err" 'what no row has' 'an event no row has is said'

# Wrong usage.
run wend churn curve --from gehan.csv --time wks --event relapse
expect_status 2 'a column that is not there'
like "$err" 'it has weeks, relapse, drug' 'and those that are'
run wend churn curve --from gehan.csv --time weeks
expect_status 2 'a time without an event'
run wend churn curve --from gehan.csv
expect_status 2 'a table of cases without names'
like "$err" '--time COL --event COL=VALUE' 'and the message says which to give'
run wend churn curve --from gehan.csv --time drug --event relapse
expect_status 3 'a time that is no number'
like "$err" "row 1 of the table: '6-MP' in column 'drug' is no number" 'names row and column'
# From a store: contracts, silence, spans, groups; threads and the order of ingest change no byte.
wend simulate -q -o saas --company saas --customers 400 --days 500 --seed 11 >/dev/null
export WEND_STORE="$frame/here/wend.db"
wend store set --file saas/wend.ini >/dev/null 2>&1
wend ingest -q saas/exports/subscriptions.csv >/dev/null 2>err0 || cat err0
wend ingest -q saas/exports/accounts.csv >/dev/null 2>err0 || cat err0
run wend churn curve -f csv
expect_status 0 'a curve of the customers of a store'
like "$err" 'left = the end of what was paid' 'the definition says what leaving is'
cp "$out" all.csv
is "$(awk -F, 'NR > 1 && ($6 > $5 || $7 < $5) { n++ } END { print n + 0 }' all.csv)" 0 'S lies within its limits'
is "$(awk -F, 'NR > 1 { if (NR > 2 && $5 > last) n++; last = $5 } END { print n + 0 }' all.csv)" 0 'and never rises'
customers=$(awk -F, 'NR == 2 { print $2 }' all.csv)
is "$(awk -F, 'NR > 1 { n += $3 + $4 } END { print n }' all.csv)" "$customers" 'everybody leaves or is last seen'
for n in 1 3; do
	run wend churn curve --threads $n -q -f csv
	same "$out" all.csv "the same bytes with $n threads"
done
run wend churn model --terms plan --threads 1 -q -f csv
cp "$out" model.csv
expect_status 0 'a model of the customers of a store'
WEND_STORE="$frame/here/other.db"
wend store set --file saas/wend.ini >/dev/null 2>&1
head -n 1 saas/exports/subscriptions.csv >header.csv
tail -n +2 saas/exports/subscriptions.csv >rows
n=$(($(wc -l <rows) / 2))
mkdir second first
{ cat header.csv; tail -n +$((n + 1)) rows; } >second/subscriptions.csv
{ cat header.csv; head -n $n rows; } >first/subscriptions.csv
for f in second first; do wend ingest -q --max-rejects 5% $f/subscriptions.csv >/dev/null 2>err0 || cat err0; done
wend ingest -q saas/exports/accounts.csv >/dev/null 2>&1
run wend churn curve -q -f csv
same "$out" all.csv 'the same bytes whatever came in first'
run wend churn model --terms plan --threads 2 -q -f csv
same "$out" model.csv 'of the model, too'
WEND_STORE="$frame/here/wend.db"
run wend churn curve --stat -q -f csv
cp "$out" all.stat
run wend churn curve --from all.stat -q -f csv
same "$out" all.csv 'the statistic gives the same curve'
run wend churn curve --by plan --compare groups -q -f csv
is "$(awk -F, 'NR > 1 { n += $2 } END { print n }' "$out")" "$customers" 'plans add up to all'
run wend churn curve --since 2026-01-01 -f csv
like "$out" '^t,n_risk,events,censored,entered,' 'with --since some enter late'
like "$err" 'had left before the span' 'and who had left is said'
run wend churn model
expect_status 2 'a model without terms'
like "$err" "'--terms FIELD" 'says what is missing'
run wend churn curve --time days
expect_status 2 'a column of no table'
unset WEND_STORE
done_testing
