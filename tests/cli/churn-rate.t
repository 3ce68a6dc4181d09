#!/bin/bash
# wend churn rate: with and without contracts, by any definition, to the last customer.
. "$(dirname "$0")/lib.sh"

# cell FILE ROW COLUMN: of the first row whose first cell reads ROW (simple CSV).
cell() {
	awk -F, -v row="$2" -v name="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } $1 == row { print $c; exit }' "$1"
}

# said PATTERN NAME: in the finding and the definition, whose lines are wrapped.
said() {
	tr '\n' ' ' <"$err" | sed 's/  */ /g' >flat
	like flat "$1" "$2"
}

# ---- without contracts ----
# 300 people; person i buys first on day i % 60 and every 15 days for i % 6 + 1 purchases.
{
	echo customer,time,amount,country
	for i in $(seq 300); do
		for k in $(seq 0 $((i % 6))); do
			echo "p$i,$(date -ud "2025-01-01 +$((i % 60 + 15 * k)) days" +%F),10.00"
		done
	done | sort -t, -k2,2
} | sed '1s/,country//' >orders.csv
echo 'last,2025-12-31,10.00' >>orders.csv
run wend churn rate orders.csv --as orders --currency EUR --window 30 -f csv
expect_status 0 'silence after purchases is enough to leave'
said 'left = no purchase for 30 days, as given' 'and the definition says so'
is "$(cell "$out" 2025-03 last_seen_from) $(cell "$out" 2025-03 last_seen_to)" '2025-01-29 2025-02-28' 'beside it when those who left were last seen'
is "$(cell "$out" 2025-01 flag) $(cell "$out" 2025-01 churn_rate)" 'short history ' 'nobody can have been silent for long in the first weeks'
is "$(awk -F, 'NR > 1 { n = $2 + $3 + $4 - $5 - $6 - $7; if ($2 != "" && $5 != "" && n != $9) bad++ } END { print bad + 0 }' "$out")" 0 'start + new + back - left - in and out = end'
cp "$out" rate.csv
tail -n +2 orders.csv | sort -r >body
(head -n 1 orders.csv; cat body) >shuffled.csv
for n in 1 2; do
	run wend churn rate shuffled.csv --as orders --currency EUR --window 30 -q -f csv --threads $n
	same "$out" rate.csv "rows in another order, $n threads: the same bytes"
done
run wend ingest orders.csv --as orders --currency EUR -q
run wend churn rate -f csv
said 'auto, may move' 'a window the data suggest may move'
run wend store set window 30
run wend churn rate -f csv
said 'as fixed' 'a fixed one does not'
same "$out" rate.csv 'and gives the rates of a given one'
run wend churn rate --who 2025-04 -q -f csv
is "$(awk 'END { print NR - 1 }' "$out")" "$(cell rate.csv 2025-04 churned_vol)" 'the customers behind a rate'
cp "$out" list.csv
run wend churn rate --who 2025-04 --only list.csv -q -f csv
same "$out" list.csv 'are a list that --only reads'
run bash -c 'wend churn rate --who 2025-04 -q | wend ltv rfm --only - -q -f csv'
is "$(awk 'END { print NR - 1 }' "$out")" "$(awk 'END { print NR - 1 }' list.csv)" 'and that goes down a pipe'
is "$(awk -F, 'NR == 2 { print $5 == "" ? "none" : "seen" }' list.csv)" seen 'with when each was last seen'
run wend churn rate --who 2025-04:nonsense
expect_status 2 'a count that is none'
like "$err" "no count 'nonsense'" 'is named'
run wend churn rate --fail-if 'churn_rate>0.0001' --until 2025-04 -q
expect_status 1 'a rate can be watched'
run wend churn rate --fail-if 'churn_rate>0.99' --until 2025-04 -q
expect_status 0 'and be in order'
run wend churn rate --definition nonsens
expect_status 2 'a definition there is not'
like "$err" "unknown definition 'nonsens'" 'is named'
run wend churn rate --definition all --during 2025-04 -q -f csv
is "$(awk 'END { print NR - 1 }' "$out")" 8 'eight definitions'
is "$(cell "$out" 2025-04 definition)" start 'the headline first'
run wend churn rate -f text
ok 'people see 80 columns' test "$(wc -L <"$out")" -le 80

# ---- replay: month by month, complete months, a fixed window ----
bad=0
for end in 2025-02-28 2025-03-31 2025-04-30 2025-05-31 2025-06-30 2025-07-31 2025-08-31; do
	awk -F, -v end=$end 'NR == 1 || $2 <= end' orders.csv >until.csv
	rm -f replay.db
	wend ingest until.csv --as orders --currency EUR -q -s replay.db >/dev/null
	wend churn rate -s replay.db --window 30 --as-of $end --definition all -q -f csv >then.csv
	wend churn rate --window 30 --definition all -q -f csv >now
	# rows that were over then stand now, but for the one whose vendor's rule revises
	grep -v -e ',\*,' -e ',yes$' then.csv | tail -n +2 >closed
	while IFS= read -r line; do grep -qxF -- "$line" now || bad=$((bad + 1)); done <closed
	[ -s closed ] || bad=$((bad + 100))
done
is $bad 0 'no closed period changes when later months arrive'

# ---- a later batch with rows of a closed period ----
printf 'customer,time,amount\nlate1,2025-02-10,10.00\nlate2,2025-02-11,10.00\np1,2026-01-15,10.00\n' >late.csv
run wend ingest late.csv --as orders --currency EUR -q
run wend churn rate -f csv
said "2 rows of batch 2 .'late.csv'" 'a later batch says how many rows it dated into periods that were over'
is "$(cell "$out" 2025-02 late_rows)" 2 'and the period says it'
is "$(($(cell "$out" 2025-02 new) - $(cell rate.csv 2025-02 new)))" 2 'whose figure has changed'

# ---- with contracts: zones, clock changes, weeks, month ends ----
cat >subs.csv <<'X'
customer,start,end,cancelled,mrr,plan
a,2026-02-01T00:00:00-05:00,2026-03-01T00:00:00-05:00,,10,basic
b,2026-02-10,2026-03-31T23:30:00-04:00,,10,basic
c,2026-01-31,2026-02-28,,10,pro
d,2026-03-20,2026-03-05,,10,pro
e,2026-03-08T01:59:00-05:00,2026-03-08T03:01:00-04:00,,10,pro
f,2026-01-05,,2026-04-20,10,basic
g,2026-01-05,2026-06-30,2026-03-15,10,basic
X
churn() { run wend churn rate subs.csv --as subscriptions --currency USD --min-n 1 -f csv "$@"; }
churn --tz America/New_York --as-of 2026-04-30
is "$(cell "$out" 2026-02 churned_vol) $(cell "$out" 2026-03 churned_vol)" '1 2' 'midnight of the zone: the 1st belongs to the new month, half past eleven to the old'
is "$(cell "$out" 2026-03 in_and_out)" 1 'two minutes across a clock change are in and out'
said '1 subscription ends before it starts' 'an end before the start is counted and said'
is "$(cell "$out" 2026-03 pending)" 1 'cancelled and still paid'
churn --tz UTC --as-of 2026-04-30
is "$(cell "$out" 2026-03 churned_vol) $(cell "$out" 2026-04 churned_vol)" '1 2' 'in UTC the last hour of March is April'
churn --tz America/New_York --as-of 2026-04-30 --period week
is "$(cell "$out" 2026-W09 churned_vol) $(cell "$out" 2026-W14 churned_vol)" '2 1' 'weeks are those of ISO 8601, from Monday'
run wend ingest subs.csv --as subscriptions --currency USD --store weeks.db -q
run wend store set week_start sunday --store weeks.db -q
run wend churn rate --store weeks.db --tz America/New_York --as-of 2026-04-30 --min-n 1 --period week -q -f csv
is "$(cell "$out" 2026-02-22 churned_vol) $(cell "$out" 2026-03-01 churned_vol) $(cell "$out" 2026-03-29 churned_vol)" '1 1 1' 'or begin on the day the store says, and are called by it'
run wend churn rate --store weeks.db --period week --stat
expect_status 2 'a statistic is read back without the store'
like "$err" 'weeks of this store begin on sunday' 'which alone knows its weeks'
churn --tz America/New_York --as-of 2026-04-30 --period day
is "$(cell "$out" 2026-03-08 in_and_out)" 1 'the day of 23 hours is one day'
churn --tz America/New_York --as-of 2026-04-30 --definition exposure --period day
is "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "denominator") c = i } $1 == "2026-03-07" { a = $c } $1 == "2026-03-09" { b = $c } $1 == "2026-03-08" { m = $c } END { print (m < a && m < b) }' "$out")" 1 'with an hour less to be exposed in'
churn --tz America/New_York --as-of 2026-04-30 --by plan
is "$(awk -F, '$1 == "2026-02" && $2 == "pro" { print $6 }' "$out")" 1 'by plan'
churn --tz America/New_York --as-of 2026-04-30 --by plan --who 2026-02/pro -q
is "$(cut -d, -f1 "$out" | tr '\n' ' ')" 'customer c ' 'and the customer behind the row of a plan'
churn --tz America/New_York --as-of 2026-04-30 --who 2026-02/pro -q
expect_status 2 'a group without --by'
churn --tz America/New_York --as-of 2026-03-31 --definition stripe,profitwell
expect_status 0 'two definitions beside each other'
printf 'customer,start,mrr,currency\na,2026-01-01,10,EUR\nb,2026-01-02,10,USD\n' >mixed.csv
run wend churn rate mixed.csv --as subscriptions -q
expect_status 0 'customers are counted in any currency'
printf 'customer,time,amount,currency\na,2026-01-01,10,EUR\nb,2026-01-02,10,USD\n' >mixed.csv
run wend churn rate mixed.csv --as orders -q
expect_status 2 'amounts in two currencies are not added'
printf 'customer,start,end,mrr\na,2026-01-01,2026-01-01,10\n' >zero.csv
run wend churn rate zero.csv --as subscriptions --currency EUR -f csv
expect_status 0 'one customer of no time at all'
said '1 subscription is of no time or at a price of 0 and makes no customer' 'who is said'
unlike "$out" '(nan|inf)' 'gives no NaN'
printf 'customer,time,amount\na,2026-01-01,10\n' >one.csv
run wend churn rate one.csv --as orders --currency EUR --definition all -f csv
expect_status 0 'one customer who bought once'
unlike "$out" '(nan|inf)' 'gives no NaN either'

# ---- rulings on dates: each row is a customer, or is said ----
cat >edge.csv <<'END'
customer,start,end,cancelled,mrr
backwards,2026-03-01,2026-02-01,,10
clicked-before,2026-03-01,,2026-02-15,10
ahead,2026-01-01,2027-05-01,,10
no-time,2026-01-01,2026-01-01,,10
to-the-end,2026-01-31,2026-02-28,,10
free,2026-01-01,,,0
unpriced,2026-01-01,,,
clicked,2026-01-01,,2026-03-05,10
later,2026-07-01,,,10
END
edge() { run wend churn rate edge.csv --as subscriptions --currency EUR --as-of 2026-04-30 --min-n 1 "$@"; }
edge -f csv
is "$(cell "$out" 2026-01 new) $(cell "$out" 2026-02 churned_vol) $(cell "$out" 2026-03 churned_vol) $(cell "$out" 2026-04 active_end)" '4 1 1 2' 'four are customers, one leaves on the last of February, one by his click'
tr '\n' ' ' <"$err" | sed 's/  */ /g' >flat
like flat '2 subscriptions end before they start or at an unknown time and are left out' 'an end, or a click, before the start'
like flat '2 subscriptions are of no time or at a price of 0 and make no customers' 'no time and no price'
like flat '1 later row is not seen' 'what lies ahead'
edge -q -f csv --who 2026-04:active_end
is "$(tail -n +2 "$out" | cut -d, -f1 | sort | tr '\n' ' ')" 'ahead unpriced ' 'a planned end is none yet; an unknown price is a customer'
edge --definition all -q -f csv
unlike "$out" '(nan|inf)' 'no definition gives NaN'
done_testing
