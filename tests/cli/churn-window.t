#!/bin/bash
# wend churn window, and the window as a setting.
. "$(dirname "$0")/lib.sh"

# 60 people who buy every 20 days for a year, 140 who buy once.
{
	echo customer,time,amount
	for i in $(seq 60); do
		for k in 0 20 40 60 80 100 120 140 160 180 200 220 240 260 280 300 320 340; do
			echo "often$i,$(date -ud "2025-01-01 +$((k + i % 9)) days" +%F),10.00"
		done
	done
	for i in $(seq 140); do
		echo "once$i,$(date -ud "2025-01-01 +$((i % 300)) days" +%F),10.00"
	done
} >orders.csv

run wend churn window orders.csv --as orders --currency EUR -f csv
expect_status 0 'files as operands'
is "$(awk -F, '$6 ~ /chosen/ { print $1 }' "$out")" 30 'nobody comes back after 20 days of silence'
like "$err" 'window 30 days' 'and the finding says the window'
run wend churn window orders.csv --as orders --currency EUR -q -f csv --return-risk 0.99
is "$(awk -F, '$6 ~ /chosen/ { print $1 }' "$out")" 7 'a higher risk allows a shorter one'
run wend churn window orders.csv --as orders --currency EUR -q -f csv --return-risk 1.5
expect_status 2 'a risk above 1 is refused'
like "$err" "'--return-risk 1.5'" 'and named'
run wend churn window orders.csv --as orders --currency EUR --split 2030-01-01
expect_status 2 'a backtest needs something behind it'
like "$err" "'--split 2030-01-01'" 'and says so'
run wend churn window orders.csv --as orders --currency EUR -f text
like "$out" 'SILENT FOR' 'people see a screen'
ok 'of 80 columns' test "$(wc -L <"$out")" -le 80

run wend ingest orders.csv --as orders --currency EUR -q
run wend store set --adopt window
expect_status 0 'what the data suggest can be fixed'
like "$err" "window is now '30'" 'and is'
run wend store settings
like "$out" '^window = 30' 'the setting is there'
like "$out" 'of customers silent that long, 0.0 % buy again within 90 days' 'with its evidence'
run wend store set window soon
expect_status 2 'no window'
like "$err" "'soon' is not a window of silence" 'is refused'
run wend store set window 45
expect_status 0 'another one can be set'
run wend churn window
like "$err" 'Fixed in the store: 45' 'and is told beside the suggestion'
run wend store set --adopt margin
expect_status 2 'a margin cannot be guessed'
like "$err" "'margin' is nothing the data suggest" 'and is said so'
run wend store set --adopt definition
run wend store settings
like "$out" '^definition = start' 'the definition can be fixed, too'
run wend store set definition nonsense
expect_status 2 'but only one there is'

printf 'customer,time,amount\na,2026-01-05,10.00\n' >one.csv
run wend churn window one.csv --as orders --currency EUR -f csv
expect_status 0 'one customer'
like "$err" 'nobody was watched long enough' 'tells nothing, and that is said'
like "$err" 'Short history: 0 gaps' 'with the reason'
printf 'customer,time,amount\na,2026-01-05,10.00\nb,2026-01-06,10.00\n' >two.csv
sed 's/10.00$/10.00,EUR/; s/amount$/amount,currency/; $s/EUR/USD/' two.csv >mixed.csv
run wend churn window mixed.csv --as orders
expect_status 2 'two currencies are not added'
like "$err" '2 currencies .EUR, USD.' 'and are listed'
done_testing
