#!/bin/bash
# wend churn: one screen.
. "$(dirname "$0")/lib.sh"

# 200 at the start of April, 80 new of whom 3 leave inside, 9 of the 200 leave; and 4 in March.
{
	echo customer,start,end,mrr
	for i in $(seq 204); do
		end=
		[ "$i" -le 9 ] && end=2026-04-20
		[ "$i" -gt 200 ] && end=2026-03-25
		echo "a$i,2026-02-15,$end,10"
	done
	for i in $(seq 80); do
		end=
		[ "$i" -le 3 ] && end=2026-04-25
		echo "b$i,2026-04-05,$end,10"
	done
} >subs.csv
row() { awk -F, -v m="$1" -v c="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } $2 == m { print $k; exit }' "$out"; }
churn() { run wend churn subs.csv --as subscriptions --currency EUR --as-of 2026-05-10 "$@"; }
churn -f csv
expect_status 0 'a summary'
is "$(head -n 1 "$out")" 'section,measure,group,value,lo,hi,n,unit,before,diff,diff_lo,diff_hi,call,definition' 'rows as of every summary'
is "$(row churn_rate value) $(row churn_rate n) $(row left value)" '0.045 200 9' 'the newest month that is over'
is "$(row left before) $(row new value) $(row in_and_out value)" '4 80 3' 'against the one before'
is "$(row revenue_lost value)" 1440 'what a year with those who left brought: 12 people in all'
tr '\n' ' ' <"$err" | sed 's/  */ /g' >flat
like flat '4\.5 % of customers left in 2026-04 .9 of 200; 2\.4 to 8\.3 %.' 'in words'
churn -f text
like "$out" '^  left +9 = 4\.5 % +2\.4-8\.3 +4 = 2\.0 %' 'people see a screen'
ok 'of 80 columns' test "$(wc -L <"$out")" -le 80
churn --definition events -q -f csv
is "$(row churn_rate value)" 0.06 'by another definition'
churn --versus 2026-02 -q -f csv
is "$(row new before)" 204 'against another month'
churn --since 2026-04-20 --until 2026-04-26 -q -f csv
is "$(row left value) $(row in_and_out value)" '12 0' 'a span that is a week is the period'
churn --fail-if 'churn_rate>0.04' -q
expect_status 1 'a rate can be watched'
churn --fail-if 'churn_rate>0.05' -q
expect_status 0 'and be in order'
run wend churn subs.csv --as subscriptions --currency EUR --as-of 2026-02-20 -f csv
expect_status 0 'before any month is over'
like "$err" 'no period' 'that is said'
printf 'customer,time,amount\na,2026-01-01,10\n' >one.csv
run wend churn one.csv --as orders --currency EUR -f csv
expect_status 0 'one customer who bought once'
unlike "$out" '(nan|inf)' 'gives no NaN'

# Orders and calls: who went without a word.
{
	echo customer,time,amount
	for i in $(seq 60); do printf "c%d,2026-01-%02d,10\n" "$i" $((i % 28 + 1)); done
	echo z,2026-04-30,10
} >orders.csv
{
	echo customer,time,touchpoint,direction,topic
	for d in $(seq -w 1 28); do echo "z,2025-10-$d,call,in,invoice"; echo "z,2025-12-$d,call,in,invoice"; echo "z,2026-02-$d,call,in,invoice"; echo "z,2026-04-$d,call,in,invoice"; done
	for i in $(seq 15); do echo "c$i,2026-02-10,call,in,invoice"; done
	for m in 2025-11 2026-01 2026-03; do for d in $(seq -w 1 28); do echo "z,$m-$d,call,in,invoice"; done; done
} >calls.csv
wend ingest orders.csv --as orders --currency EUR -q >/dev/null
wend ingest calls.csv --as interactions -q >/dev/null
run wend churn --window 30 --since 2026-02 --until 2026-02 -q -f csv
is "$(awk -F, '$1 == "silent" && $2 == "customers" { print $4 }' "$out")" "$(wend churn silent --window 30 --during 2026-02 -q -f csv | awk 'END { print NR - 1 }')" 'the silent ones of the summary are those of their report'
is "$(awk -F, '$1 == "period" && $2 == "left" { print $4 }' "$out")" "$(wend churn rate --window 30 --who 2026-02 -q -f csv | awk 'END { print NR - 1 }')" 'and those who left are those of theirs'
done_testing
