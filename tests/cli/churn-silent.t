#!/bin/bash
# wend churn silent: who left without a word, where words could have been heard.
. "$(dirname "$0")/lib.sh"

cat >orders.csv <<'X'
customer,email,time,amount
quiet,quiet@example.com,2026-01-10,40.00
quiet,quiet@example.com,2025-12-01,10.00
quiet,quiet@example.com,2024-06-01,70.00
angry,angry@example.com,2026-01-10,20.00
low,low@example.com,2026-01-10,20.00
mailed,mailed@example.com,2026-01-10,20.00
early,early@example.com,2025-06-10,20.00
nameless,,2026-01-10,20.00
stays,stays@example.com,2026-04-25,20.00
X
cat >tickets.csv <<'X'
email,time,touchpoint,direction,topic
stays@example.com,2025-09-01,call,in,invoice
stays@example.com,2026-04-28,call,in,invoice
angry@example.com,2026-01-20,call,in,late parcel
mailed@example.com,2026-01-15,newsletter,out,
X
for i in $(seq -w 1 12); do echo "stays@example.com,2025-$i-15,call,in,invoice" | sed -n '/2025-\(09\|1[012]\)/p'; done >>tickets.csv
for i in 1 2 3 4; do echo "stays@example.com,2026-0$i-15,call,in,invoice"; done >>tickets.csv
cat >scores.csv <<'X'
email,time,score,scale
low@example.com,2026-01-12,2,csat
stays@example.com,2026-01-12,5,csat
X
wend ingest orders.csv --as orders --currency EUR -q >/dev/null
wend ingest tickets.csv --as interactions -q >/dev/null
wend ingest scores.csv --as feedback -q >/dev/null

state() { awk -F, -v who="$1" '$1 == who { print $2 }' "$out"; }
run wend churn silent --window 60 --since 2025-01 --all --min-n 1 -f csv --as-of 2026-04-30
expect_status 0 'everybody who left'
is "$(state quiet)" silent 'one who said nothing'
is "$(state angry)" said 'a call about the last parcel is a word'
is "$(state low)" said 'a score of 2 is one'
is "$(state mailed)" silent 'a newsletter is none: the firm began it'
is "$(state early)" 'not covered' 'before the tickets begin nothing is known'
is "$(state nameless)" 'no channel' 'tickets are known by e-mail, and he has none'
is "$(state stays)" '' 'who stays is not asked'
run wend churn silent --window 60 --during 2026-03 --min-n 1 -f csv --as-of 2026-04-30
is "$(cut -d, -f1 "$out" | tr '\n' ' ')" 'customer mailed quiet ' 'the silent ones alone'
is "$(awk -F, '$1 == "quiet" { print $3, $4, $8 }' "$out")" '2026-03-12 2026-01-10 50.00' 'when they left, when they were last seen, what a year with them brought'
is "$(awk -F, '$1 == "mailed" { print $5, $6, $7 }' "$out")" 'newsletter 2026-01-15 105' 'the last step seen and the time since it'
tr '\n' ' ' <"$err" | sed 's/  */ /g' >flat
like flat '50\.0 % of those who left in 2026-03-01 to 2026-03-31 went without a word .2 of 4;' 'the finding says it with its number'
like flat '1 more has no channel of contact' 'and who could not be heard'
run bash -c 'wend churn silent --window 60 --during 2026-03 --as-of 2026-04-30 -q | wend ltv rfm --only - -q -f csv'
is "$(awk 'END { print NR - 1 }' "$out")" 2 'the list goes down a pipe'
run wend churn silent --window 60 --lookback 9 --during 2026-03 --min-n 1 -q -f csv --as-of 2026-04-30
expect_status 0 'a shorter time to listen'
run wend churn silent --window 60 --during 2027-03 -f csv
expect_status 0 'a month nobody left in'
like "$err" 'nobody left' 'says so'
run wend churn silent --window 60 --during 2026-03 --min-n 1 -f text --as-of 2026-04-30
ok 'people see 80 columns' test "$(wc -L <"$out")" -le 80
done_testing
