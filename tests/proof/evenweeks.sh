#!/bin/sh
# How often a mail announces a change where nothing changes: shops whose customers buy at even
# rates for 500 days, one store and one mail each.
#
#   evenweeks.sh FROM TO    seeds; the last line is "N mails, M announce a change"; status 1 when
#                           that is more than one of twenty
set -eu
from=$1 to=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export WEND_NOW=2026-05-11T05:00:00Z
mails=0 wrong=0
seed=$from
while [ "$seed" -le "$to" ]; do
	# 60 to 149 customers, gamma rates by sums of exponentials, money of three sizes
	awk -v seed="$((seed * 7919 % 2147483646 + 1))" 'function u() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
	BEGIN {
		for (i = 0; i < 20; i++) u()
		customers = 60 + int(u() * 90)
		print "order,customer,time,amount,channel"
		for (c = 1; c <= customers; c++) {
			rate[c] = -log(u()) / 30
			channel[c] = u() < 0.6 ? "web" : u() < 0.5 ? "phone" : "fair"
			size[c] = 10 * (1 + int(u() * 3))
		}
		for (d = 20089; d < 20585; d++) # 2025-01-01 to 2026-05-11
			for (c = 1; c <= customers; c++)
				if (u() < rate[c])
					printf "%d,c%d,%s,%.2f,%s\n", ++n, c, strftime("%Y-%m-%d", d * 86400, 1), size[c] * (0.5 + u()), channel[c]
	}' >orders.csv
	rm -f even.db
	wend ingest -q -s even.db --as orders --currency EUR --tz Europe/Berlin orders.csv >/dev/null
	subject=$(wend digest -q -s even.db -f text | head -n 1)
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
