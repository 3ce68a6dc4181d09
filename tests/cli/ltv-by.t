#!/bin/sh
# ltv model --by: what a field of customers changes, and what cannot be told.
. "$(dirname "$0")/lib.sh"

# 3,000 customers: two in three by web, one by phone, who buy twice as often; gaps exponential at
# rates that are exponential, a chance to leave after a purchase that is uniform below 0.6; won
# over 200 days, watched until day 600. Customer 7 is the only one from a fair.
awk 'function u() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
BEGIN {
	seed = 20260101
	print "customer,time,amount,channel"
	for (c = 1; c <= 3000; c++) {
		rate = -(c % 3 ? 1 : 2) * log(u()) / 40
		leaves = 0.6 * u()
		channel = c == 7 ? "fair" : c % 3 ? "web" : "phone"
		for (t = u() * 200; t < 600;) {
			printf "%d,%s,%d.%02d,%s\n", c, strftime("%Y-%m-%d", 86400 * (19723 + int(t)), 1), 5 + u() * 90, u() * 100, channel
			if (u() < leaves)
				break
			t -= log(u()) / rate
		}
	}
}' > orders.csv 2>awk.err
if [ -s awk.err ]; then # no strftime: days as numbers of seconds
	skip 'ltv model --by' 'awk has no strftime'
	done_testing
fi
wend ingest -q --as orders --currency EUR --tz UTC orders.csv >/dev/null

run wend ltv model --by channel --as-of 2025-08-22 -f csv
expect_status 0 'ltv model --by ends 0'
like "$err" 'channel=phone buy .* times as often as those with channel=web' 'the finding names the value that differs most'
cp "$out" by.csv
is "$(awk -F, '$2 == "rate channel=phone" { print ($5 <= 2 && 2 <= $6 && $6 < 2.5) }' by.csv)" 1 'the limits of the rate hold the truth, 2'
is "$(awk -F, '$2 == "leaving channel=phone" { print $5 <= 1 && 1 <= $6 && $6 < 1.3 }' by.csv)" 1 'those of leaving, 1'
is "$(awk -F, '$2 == "new channel=web" { a = $3 } $2 == "new channel=phone" { print ($3 > 1.2 * a) }' by.csv)" 1 'a new customer by phone buys more in a year'
is "$(awk -F, '$2 == "effects_p" { print ($3 < 1e-6) }' by.csv)" 1 'the effects are no chance'
is "$(awk -F, '$2 ~ /^rate/ { print $2 }' by.csv | tr '\n' ';')" 'rate channel=phone;' 'a value of one customer has no effect of its own'
run wend ltv model --by channel --as-of 2025-08-22 -f csv --explain
like "$err" 'left out of the effects: 1' 'and its customer is left out and counted'
run wend ltv model -q --as-of 2025-08-22 -f csv
is "$(awk -F, '$1 == "mbgnbd" && $2 == "alpha"' "$out")" "$(awk -F, '$1 == "mbgnbd" && $2 == "alpha"' by.csv)" 'the model of all customers is as without'
for n in 1 2; do
	run wend ltv model -q --by channel --as-of 2025-08-22 -f csv --threads $n
	same "$out" by.csv "the same bytes with $n threads"
done
run wend ltv model -q --by channel --only by.csv --as-of 2025-08-22 -f csv
is "$(grep rate "$out")" "$(grep rate by.csv)" 'effects are those of everyone, whoever is printed'
run wend ltv model --by product --as-of 2025-08-22 -f csv
expect_status 0 'a field that no record fills ends 0'
like "$err" 'No effects of product: all customers have the same value' 'and says that it tells nothing'
run wend ltv model --by colour
expect_status 2 'an unknown field is usage'
like "$err" "unknown field 'colour'" 'and is named'
run wend ltv model --by amount
expect_status 2 'a field of numbers is usage'
wend ltv rfm -q -f csv > rfm.csv
run wend ltv model --by channel --from rfm.csv
expect_status 2 'a table of histories tells no field'
like "$err" "'--by' needs the customers themselves" 'and says so'
done_testing
