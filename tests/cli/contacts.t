#!/bin/sh
# touchpoints repeat, effort, fatigue and satisfaction: counts made by hand, and planted effects.
. "$(dirname "$0")/lib.sh"
col() { awk -F, -v s="$1" -v c="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } $1 == s { print $k }' "$out"; }
within() { awk -v a="$1" -v b="$2" -v c="$3" 'BEGIN { exit !(a <= b && b <= c) }'; }

cat >calls.csv <<'EOF'
customer,time,touchpoint,channel,direction,topic,agent,case
a,2026-01-01,call,phone,in,bill,ann,1
a,2026-01-05,call,phone,in,bill,bob,1
a,2026-01-06,mail,e-mail,in,bill,bob,1
a,2026-01-20,call,phone,in,login,ann,2
b,2026-01-01,call,phone,in,bill,ann,3
b,2026-01-09,call,phone,in,bill,ann,4
b,2026-01-09,offer,e-mail,out,,,
c,2026-01-02,visit,web,,,,
c,2026-02-25,call,phone,in,login,ann,5
c,2026-02-28,call,phone,in,login,ann,6
EOF
wend ingest -q -s wend.db calls.csv --as interactions --tz UTC --map customer=customer,time=time,touchpoint=touchpoint,channel=channel,direction=direction,topic=topic,agent=agent,case=case >/dev/null
export WEND_STORE="$frame/here/wend.db"
run wend touchpoints repeat --min-n 1 -f csv
expect_status 0 'repeat ends 0'
is "$(col bill contacts) $(col bill n) $(col bill repeat_7d)" '5 5 0.4' 'five about the bill, two came again within 7 days: 4 days, 1 day; not 8'
is "$(col login contacts) $(col login n)" '3 1' 'a contact whose week is not over is not judged'
run wend touchpoints repeat --window 8d --min-n 1 -q -f csv
is "$(col bill repeat_8d)" 0.6 'a longer window has a name of its own'
run wend touchpoints repeat -q -f csv
is "$(col bill repeat_7d)" '' 'too few to say: empty'
run wend touchpoints repeat --contacts offer --min-n 1 -q -f csv
is "$(col offer contacts)" 1 '--contacts: other steps'
run wend touchpoints repeat --next --min-n 1 -q -f csv
is "$(awk -F, '$1 == "bill" && $2 == "login" { print $3, $4 }' "$out")" '3 5' 'within 30 days after the bill: the log-in, of three of five'
run wend touchpoints effort --min-n 1 -q -f csv
is "$(col call loops) $(col call runs) $(col call repeats) $(col call redo_other_agent) $(col call redo_same_agent) $(col call added_days)" '3 3 4 1 2 15' 'rework of calls, by hand'
run wend touchpoints effort --show handoffs --bad visit -q -f csv
is "$(awk -F, '$1 == "phone" && $2 == "e-mail" { print $3 }' "$out")" 1 'one matter went from phone to mail'
run wend touchpoints effort --show index --bad visit -q -f csv
is "$(awk -F, '$1 == "contacts" { printf "%.3f", $3 }' "$out")" 1.600 'eight contacts in five matters: a case; one reason within a week'
run wend touchpoints fatigue --bad visit -q -f csv
expect_status 0 'fatigue ends 0 with next to nothing'
run wend touchpoints satisfaction --bad visit -f csv
expect_status 0 'satisfaction without scores: exit 0'
is "$(grep -c '^' "$out")" 1 'header only'
run wend touchpoints effort --weights speed=2 -q
expect_status 2 'an unknown part'

# Planted: subscribers of 24 months who leave with 4 % a month, 12 % behind a month with five
# mails or more. Heavy readers get more mails and leave less. Scores: who gave 1 leaves thrice as
# often.
awk 'function rnd() { s = s * 16807 % 2147483647; return s / 2147483647 }
BEGIN {
	s = 7
	print "customer,time,touchpoint,channel,direction" >"mails.csv"
	print "subscription,customer,start,end,plan,mrr,currency" >"subs.csv"
	print "customer,time,touchpoint,score,scale" >"scores.csv"
	for (c = 1; c <= 6000; c++) {
		heavy = rnd() < .5; base = heavy ? .02 : .05; gone = 0; many = 0
		low = rnd() < .3
		for (m = 0; m < 24 && !gone; m++) {
			n = int(rnd() * (heavy ? 9 : 5))
			for (i = 0; i < n; i++) printf "c%d,%s,mail,e-mail,out\n", c, day(m * 30 + 1 + int(rnd() * 28)) >"mails.csv"
			if (m % 3 == 1) printf "c%d,%s,survey,%d,csat\n", c, day(m * 30 + 2), low && rnd() < .7 ? 1 : 4 + int(rnd() * 2) >"scores.csv"
			gone = rnd() < base * (many ? 3 : 1) * (low ? 3 : 1)
			if (gone) end = m * 30 + 1 + int(rnd() * 28)
			many = n >= 5
		}
		printf "%d,c%d,%s,%s,basic,10.00,EUR\n", c, c, day(0), gone ? day(end) : "" >"subs.csv"
	}
}
function day(n,   y, l) { # days since 2024-01-01
	y = 2024
	while (n >= (l = y % 4 ? 365 : 366)) { n -= l; y++ }
	return sprintf("%d-%02d-%02d", y, month(n, y), dom)
}
function month(n, y,   m, k) {
	split("31 " (y % 4 ? 28 : 29) " 31 30 31 30 31 31 30 31 30 31", k, " ")
	for (m = 1; n >= k[m]; m++) n -= k[m]
	dom = n + 1
	return m
}'
for f in mails:interactions subs:subscriptions scores:feedback; do
	wend ingest -q -s planted.db "${f%%:*}.csv" --as "${f##*:}" --tz UTC >/dev/null
done
export WEND_STORE="$frame/here/planted.db"
run wend touchpoints fatigue -f csv
cp "$out" fatigue.csv
is "$(awk -F, '$10 == "yes" { print $1 }' fatigue.csv)" 5-8 'the knee is where it was planted'
ok 'with about three times the risk' within 2 "$(col 5-8 rr)" 5
ok 'though the plain rates of all bins say less' within 0 "$(awk -F, '$1 == "5-8" { a = $4 } $1 == "0" { b = $4 } END { print a / b }' fatigue.csv)" 2.5
run wend touchpoints satisfaction -f csv
cp "$out" satisfaction.csv
ok 'low scores tell who leaves' within 0.55 "$(col min lo)" 1
is "$(col passed_all_observed n)" "$(col passed_all_expected n)" 'observed and expected over the same journeys'
ok 'customers fail together: more journeys are good throughout than if touchpoints failed alone' within "$(col passed_all_expected mean_hi)" "$(col passed_all_observed mean_lo)" 1
for report in fatigue satisfaction repeat effort; do
	run wend touchpoints $report --threads 1 -q -f csv
	cp "$out" one.csv
	run wend touchpoints $report --threads 3 -q -f csv
	same "$out" one.csv "$report: the same bytes with three threads"
done

# a customer who calls every minute, each call a case of its own
awk 'BEGIN { print "customer,time,touchpoint,direction,topic,case"
	for (i = 0; i < 200000; i++)
		printf "one,2025-%02d-%02dT%02d:%02d:00Z,call,in,x%d,k%d\n", 1 + i / 40320, 1 + i / 1440 % 28, i / 60 % 24, i % 60, i, i }' > many.csv
run wend touchpoints effort --show index many.csv --as interactions --tz UTC -q -f csv --bad call
expect_status 0 'two hundred thousand cases of one customer are counted'
is "$(awk -F, '$1 == "contacts" { print $3 }' "$out")" 1 'each a matter of its own'
done_testing
