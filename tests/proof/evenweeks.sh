#!/bin/sh
# How often a mail announces a change where nothing changes: shops whose customers buy, pay, wait
# for their parcels and call at even rates for 500 days, one store and one mail each.
#
#   evenweeks.sh FROM TO    seeds; the last line is "N mails, M announce a change"; status 1 when
#                           that is more than one of twenty. Ranges of seeds can be added up
set -eu
from=$1 to=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export WEND_NOW=2026-05-11T05:00:00Z
mails=0 wrong=0
seed=$from
while [ "$seed" -le "$to" ]; do
	# 100 to 249 customers with rates of their own: how often they buy (exponential), how many of
	# their parcels are late, payments fail and calls come again; rows of a customer are alike.
	awk -v seed="$((seed * 7919 % 2147483646 + 1))" '
	function u() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
	function day(d) { return strftime("%Y-%m-%d", d * 86400, 1) }
	function call(d, c) { # and again within days, about the same
		do { printf "%s %02d:00,c%d,call,phone,in,%s\n", day(d), 8 + int(u() * 10), c, u() < 0.5 ? "delivery" : "invoice" >"calls.csv"; d += 1 + int(u() * 5) } while (u() < again[c])
	}
	BEGIN {
		for (i = 0; i < 20; i++) u()
		customers = 100 + int(u() * 150)
		print "order,customer,time,amount,channel,promised_by,delivered" >"orders.csv"
		print "payment,customer,order,time,amount,status" >"payments.csv"
		print "time,customer,touchpoint,channel,direction,topic" >"calls.csv"
		print "date,channel,amount" >"spend.csv"
		for (c = 1; c <= customers; c++) {
			rate[c] = -log(u()) / 20
			late[c] = 0.02 + 0.2 * u() * u()
			fails[c] = 0.01 + 0.2 * u() * u()
			again[c] = 0.3 * u()
			channel[c] = u() < 0.6 ? "web" : u() < 0.5 ? "phone" : "fair"
			size[c] = 10 * (1 + int(u() * 3))
		}
		for (d = 20089; d < 20585; d++) { # 2025-01-01 to 2026-05-11
			printf "%s,web,%.2f\n", day(d), 20 + 5 * u() >"spend.csv"
			for (c = 1; c <= customers; c++) {
				if (u() < 0.01)
					call(d, c)
				if (u() >= rate[c])
					continue
				tardy = u() < late[c]
				amount = sprintf("%.2f", size[c] * (0.5 + u()))
				printf "%d,c%d,%s,%s,%s,%s,%s\n", ++n, c, day(d), amount, channel[c], day(d + 3), day(d + (tardy ? 5 : 2)) >"orders.csv"
				while (u() < fails[c])
					printf "p%d,c%d,%d,%s,%s,failed\n", ++p, c, n, day(d), amount >"payments.csv"
				printf "p%d,c%d,%d,%s,%s,paid\n", ++p, c, n, day(d), amount >"payments.csv"
				if (tardy && u() < 0.3)
					call(d + 4, c)
			}
		}
	}'
	rm -f even.db
	wend ingest -q -s even.db --as orders --currency EUR --tz Europe/Berlin orders.csv >/dev/null
	wend ingest -q -s even.db --as payments --currency EUR payments.csv >/dev/null
	wend ingest -q -s even.db --as interactions --tz Europe/Berlin calls.csv >/dev/null
	wend ingest -q -s even.db --as spend --currency EUR spend.csv >/dev/null
	wend store set -q -s even.db margin 0.4 >/dev/null
	wend digest -q -s even.db -f text >letter
	subject=$(head -n 1 letter)
	case $subject in
	'Nothing moved beyond chance'*) ;;
	*)
		wrong=$((wrong + 1))
		echo "seed $seed: $subject"
		;;
	esac
	mails=$((mails + 1))
	seed=$((seed + 1))
done
echo "$mails mails, $wrong announce a change"
[ "$wrong" -le $((mails / 20)) ]
