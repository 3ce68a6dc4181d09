#!/bin/bash
# wend churn: one screen.
# shellcheck disable=SC2016 # awk reads its own $
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

# Two currencies: customers of both are counted, without money; or those of one, everywhere.
printf 'customer,start,end,mrr,currency\na,2026-02-01,2026-04-10,10,EUR\nb,2026-02-01,,20,EUR\nc,2026-02-01,2026-04-12,30,USD\nd,2026-02-01,,40,USD\n' >two.csv
run wend churn two.csv --as subscriptions --as-of 2026-05-10 -q -f csv
is "$(row left value) $(row churn_rate n) $(row revenue_lost value)" '2 4 ' 'two currencies: everybody, and no sum of money'
wend ingest -q -s two.db two.csv --as subscriptions >/dev/null
run wend churn -s two.db --as-of 2026-05-10 -q -f csv --currency USD
is "$(row left value) $(row churn_rate n) $(row revenue_lost value)" '1 2 360' 'one of them: its contracts'
run wend churn rate -s two.db --as-of 2026-05-10 -f csv --currency USD
is "$(awk -F, '$1 == "2026-04" { print $2, $5 }' "$out")" '2 1' 'as in the rates'
tr '\n' ' ' <"$err" | sed 's/  */ /g' >flat
like flat 'contracts in USD alone' 'which their definition says'

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

# Who will leave next, with contracts: the chances of churn risk, added up.
run wend simulate --company saas -o made --customers 900 --days 540 --seed 3 --without traps
expect_status 0 'a company is made'
export WEND_STORE="$frame/here/saas.db"
wend store set --file made/wend.ini -q >/dev/null
wend ingest -q made/exports/* >/dev/null
run wend churn --currency EUR -f csv
cp "$out" all.csv
next() { awk -F, -v m="$1" -v c="$2" '$1 == "next" && $2 == m { print $c }' "${3:-all.csv}"; }
tr '\n' ' ' <"$err" | sed 's/  */ /g' >flat
like flat "About $(next leave 4 | awk '{ printf "%.0f", $1 }') more in the next 90 days" 'how many more, in words'
like flat "wend churn risk --top $(next holders 4) " 'and which list to work on'
wend churn risk --currency EUR -q -f csv >risk.csv
ok 'as many as the list has' test "$(next leave 7)" -eq "$(awk 'END { print NR - 1 }' risk.csv)"
ok 'expected are the chances of the list, added up' awk -F, -v e="$(next leave 4)" 'NR > 1 { s += $2 } END { exit !(s > 0.97 * e && s < 1.03 * e) }' risk.csv
ok 'within its limits' awk -v v="$(next leave 4)" -v lo="$(next leave 5)" -v hi="$(next leave 6)" 'BEGIN { exit !(0 < lo && lo < v && v < hi && hi < 900) }'
ok 'fewer than all hold half of the money' awk -v k="$(next holders 4)" -v n="$(next leave 7)" 'BEGIN { exit !(k > 0 && k < n) }'
for n in 1 4; do
	run wend churn --currency EUR -q -f csv --threads $n
	same "$out" all.csv "the same bytes with $n threads"
done
run wend churn --currency EUR -f text -q
like "$out" '^  NEXT 90 DAYS +customers +95 %' 'people see a block of it'
ok 'of 80 columns still' test "$(wc -L <"$out")" -le 80
run sh -c 'wend churn risk --currency EUR --top 20 -q -f csv | wend ltv customers --currency EUR --only - -q -f csv'
expect_status 0 'the list goes into ltv customers'
cut -d, -f1 "$out" | sed 1d | sort >valued
wend churn risk --currency EUR --top 20 -q -f csv | cut -d, -f1 | sed 1d | sort >likeliest
is "$(comm -23 valued likeliest | wc -l)" 0 'which values none but those on it'
ok 'and nearly all of them' test "$(wc -l <valued)" -ge 15

# Without: forty bought once and are gone at a window of 30 days, forty came back after 20 days.
# Of those who are left on 20 April twelve have been silent for 26 days, longer than anybody who
# came back: all of them leave. Four have been silent for 15: of 92 gaps that lasted 20 days 40
# ended then. The last one can leave on day 31 only.
{
	echo customer,time,amount
	for d in 03-01 03-02 03-03 03-04; do for i in $(seq 10); do echo "gone$d$i,2026-$d,10"; done; done
	for i in $(seq 40); do echo "back$i,2026-01-01,10"; echo "back$i,2026-01-21,10"; done
	for i in $(seq 12); do echo "new$i,2026-03-25,10"; done
	for i in $(seq 4); do echo "wait$i,2026-04-05,10"; done
	echo last,2026-04-20,10
} >silence.csv
run wend churn silence.csv --as orders --currency EUR --window 30 --min-n 5 -q -f csv
expect_status 0 'orders alone'
is "$(next leave 7 "$out")" 17 'those who are still customers'
is "$(next leave 4 "$out" | awk '{ printf "%.6f", $1 }')" "$(awk 'BEGIN { printf "%.6f", 12 + 4 * (1 - 40 / 92) }')" 'are expected to leave by the gaps of others'
is "$(next revenue_at_risk 4 "$out" | awk '{ printf "%.4f", $1 }')" "$(awk 'BEGIN { printf "%.4f", 120 + 40 * (1 - 40 / 92) }')" 'and ten of a year with each of them'
is "$(next revenue_at_risk 8 "$out")" EUR 'in money'
like "$out" 'expected to leave within 30 days' 'a window that is shorter is the horizon'
run wend churn silence.csv --as orders --currency EUR --window 30 --explain -f csv --min-n 5
like "$err" 'next, made 30 days earlier: [0-9]+ foreseen, [0-9]+ left' 'and what it foresaw before'

# Orders are all there is, and what is given back is an order below zero: no field foretells that
# there are steps to be reasons. Of those who got something back most stay away. Months of 28 days.
orders()
{
	awk -v back="$1" 'function u() { x = x * 16807 % 2147483647; return x / 2147483647 }
		function put(t, amount) { printf "c%d,%d-%02d-%02d,%s\n", i, 2023 + int(t / 336), 1 + int(t / 28) % 12, 1 + int(t) % 28, amount }
		BEGIN { x = 7; print "customer,time,amount"
			for (i = 1; i <= 400; i++) {
				t = u() * 400
				for (k = 2 + u() * 6; k > 0; k--) {
					put(t, 10 + int(u() * 80))
					sent = u(); stays = u(); gap = 10 - 40 * log(u())
					if (sent < 0.1) {
						if (back)
							put(t + 5, -4)
						if (stays < 0.6)
							break
					}
					t += gap
				}
			} }'
}
orders 1 >below.csv
run wend churn below.csv --as orders --currency EUR --as-of 2024-06-30 -q -f csv
expect_status 0 'orders below zero'
like "$out" '^why,customers_explained,order:refunded,[1-9]' 'what was given back is named as a reason'
orders 0 >above.csv
run wend churn above.csv --as orders --currency EUR --as-of 2024-06-30 -q -f csv
unlike "$out" '^why,' 'without it there is none'
is "$(next leave 7 "$out")" "$(wend churn below.csv --as orders --currency EUR --as-of 2024-06-30 -q -f csv | awk -F, '$1 == "next" && $2 == "leave" { print $7 }')" 'and the same customers are there'

# Where there are very many, the window is first guessed from some of them, and the guess is held
# against everybody's gaps. Here the guess is wrong: those who are asked first buy every third day,
# all others every eightieth.
awk 'function put(t) { printf "c%d,%d-%02d-%02d,1\n", i, 2020 + int(t / 336), 1 + int(t / 28) % 12, 1 + int(t) % 28 }
	BEGIN { n = 90000; print "customer,time,amount"
		for (i = 0; i < n; i++) {
			share = i / n * 64 % 8
			for (k = 0; k < 6; k++)
				put(i % 90 + k * (share > 2.8 && share < 5.6 ? 3 : 80))
		}
		put(1100) }' >many.csv
wend ingest --store many.db --as orders --currency EUR -q many.csv >/dev/null
run wend churn window --store many.db -q -f csv
window=$(awk -F, '$6 == "chosen" { print $1 }' "$out")
ok 'the window of everybody is a long one' test "$window" -ge 90
run wend churn --store many.db -f csv
cp "$out" guessed.csv
like "$err" "no purchase for $window days" 'the summary settles on it'
run wend churn --store many.db --window "$window" -q -f csv
same "$out" guessed.csv 'with the counts of a window that is given'
run wend churn --store many.db --threads 1 -q -f csv
same "$out" guessed.csv 'by one thread, too'
done_testing
