#!/bin/sh
# churn where: a planted group is found with its excess, a harmless one is not.
# shellcheck disable=SC2016 # awk reads its own $
. "$(dirname "$0")/lib.sh"

# 900 contracts of plans a, b, c and lands DE, AT, FR; of plan b many more leave, in the same
# share of every land. Lehmer's generator decides, alike in every awk.
made() { # SHARE OF PLAN B THAT LEAVES, IN 1000
	awk -v bad="$1" 'function u() { state = state * 16807 % 2147483647; return state / 2147483647 }
	BEGIN {
		state = 20260101
		split("a b c", plan, " ")
		split("DE AT FR", land, " ")
		print "subscription,customer,start,end,plan,mrr,currency"
		for (i = 1; i <= 900; i++) {
			p = plan[1 + int(u() * 3)]
			l = land[1 + int(u() * 3)]
			day = 1 + int(u() * 27)
			month = 1 + int(u() * 9)
			share = p == "b" ? bad / 1000 : 0.1
			gone = u() < share ? sprintf("2026-%02d-%02d", 8 + int(u() * 3), 1 + int(u() * 27)) : ""
			printf "s%d,k%d,2025-%02d-%02d,%s,%s,20,EUR\n", i, i, month, day, gone, p
			print "k" i "," l >"lands.csv"
		}
	}'
}
read_in() { # STORE SHARE
	echo customer,country >lands.csv
	made "$2" >subs.csv
	{ echo customer,country; cat lands.csv; } | awk '!seen[$0]++' >people.csv
	wend ingest -q -s "$1" --as subscriptions --tz UTC subs.csv >/dev/null
	wend ingest -q -s "$1" --as customers people.csv >/dev/null
}
read_in bad.db 400
read_in none.db 100
run wend churn where -s bad.db --as-of 2026-10-31 -f csv
expect_status 0 'churn where ends 0'
cp "$out" one.csv
like "$out" '^split,n,observed,expected,excess,lo,hi,rate,p,q$' 'the columns of the page'
is "$(sed -n 2p "$out" | cut -d, -f1)" 'plan b' 'the planted plan stands first'
ok 'with an excess that its limits hold away from 0' awk -F, 'NR == 2 { exit !($5 > 20 && $6 > 0 && $7 > $5 && $10 < 0.001) }' "$out"
ok 'observed - expected' awk -F, 'NR > 1 { d = $3 - $4 - $5; if (d > 1e-6 || d < -1e-6) exit 1 }' "$out"
ok 'five at most' awk 'END { exit NR > 6 }' "$out"
like "$err" 'among plan b' 'the finding names it'
run wend churn where -s bad.db --as-of 2026-10-31 -f csv --threads 3 -q
same "$out" one.csv 'threads change no byte'
run wend churn where -s none.db --as-of 2026-10-31 -f csv
expect_status 0 'without a difference it ends 0'
is "$(wc -l <"$out" | tr -d ' ')" 1 'and names no group'
like "$err" 'no group did so more' 'as the finding says'
run wend churn where -s bad.db --as-of 2025-01-05 -f csv
expect_status 0 'too early it ends 0'
is "$(wc -l <"$out" | tr -d ' ')" 1 'with a header alone'
done_testing
