#!/bin/bash
# What customers cost and bring by channel: by hand on a small store, and the truths of
# simulated companies.
# shellcheck disable=SC2016 # awk reads its own $
. "$(dirname "$0")/lib.sh"

# col FILE CHANNEL COLUMN
col() { awk -F, -v c="$2" -v want="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == want) k = i } NR > 1 && $1 == c { print $k }' "$1"; }

# Forty customers a channel, each with a first order of 100 in January and one of 50 in
# March; ads cost 400 in January, and 90 under a name nobody carries.
{
	echo order,customer,time,amount,currency,channel
	for i in $(seq 40); do
		for ch in ads fair; do
			echo "$ch$i,$ch$i@example.com,2026-01-$((10 + i % 15)),100.00,EUR,$ch"
			echo "$ch-$i,$ch$i@example.com,2026-03-$((10 + i % 15)),50.00,EUR,mail"
		done
	done
	echo late,cem@example.com,2026-05-31,10.00,EUR,
} >orders.csv
printf 'date,channel,amount,currency,hours\n2026-01-02,ads,250.00,EUR,\n2026-01-20,ads,150.00,EUR,4\n2026-02-01,tv,90.00,EUR,\n' >spend.csv
printf 'customer,time,touchpoint,channel,direction\nads1@example.com,2026-01-05,visit,fair,in\nads2@example.com,2026-01-05,visit,ads,in\nads3@example.com,2026-01-05,letter,post,out\nads4@example.com,2025-01-05,visit,fair,in\n' >visits.csv
export WEND_STORE="$frame/here/wend.db"
wend ingest -q --as orders --tz UTC orders.csv >/dev/null
wend ingest -q --as spend --tz UTC spend.csv >/dev/null
wend ingest -q --as interactions --tz UTC visits.csv >/dev/null

run wend channels -f csv --during 2026-01..2026-02 --margin 0.4
expect_status 0 'channels summary'
cp "$out" a
is "$(col a ads spend) $(col a ads new_customers) $(col a ads cac_paid)" '400.00 40 10' 'spending by customers'
is "$(printf '%.4f %.4f' "$(col a ads cac_lo)" "$(col a ads cac_hi)")" '7.3437 13.9975' 'limits: 40 customers as a Poisson count, 28.58 to 54.47'
is "$(col a tv spend) $(col a tv new_customers) $(col a tv cac_paid)" '90.00 0 ' 'spending that won nobody stays'
tr '\n' ' ' <"$err" | tr -s ' ' >finding
like finding 'Spending under names no customer carries: tv EUR 90' 'and is told'
is "$(col a '(all)' cac_blended)" 6.125 'all spending by all new customers'
is "$(col a fair spend)$(col a fair cac_paid)$(col a fair verdict)" '' 'no spending: no cost, not 0'
is "$(col a ads payback_months) $(col a ads payback)" '0 at once' 'the first order brings 40, four times the cost'
is "$(col a ads only_here) $(col a fair only_here)" '39 40' 'only_here: ads1 met the fair in the 90 days before'
is "$(col a ads existing_customers)$(col a mail existing_revenue)" '0' 'nobody bought again in this time'
is "$(col a ads cac_loaded)" 10 'hours cost nothing while no hour_cost is set'
run wend channels -f csv -q --during 2026-01..2026-02 --margin 0.4 --hour-cost 25
is "$(col "$out" ads cac_loaded)" 12.5 '4 hours at 25'
run wend channels -f csv -q --during 2026-01..2026-03 --margin 0.4
is "$(col "$out" mail new_customers) $(col "$out" mail existing_customers) $(col "$out" mail existing_revenue)" '0 80 4000' 'existing customers who bought by mail'
run wend channels -f csv --during 2026-05
is "$(col "$out" 'not known' new_customers)" 1 'a customer of unknown channel has a row'
run wend channels -f csv --during 2026-01
like "$err" 'No margin is set' 'without a margin there is no verdict'
is "$(col "$out" ads verdict)" '' 'none at all'
run wend channels -f csv --during 2020
expect_status 0 'nobody was won: status 0'
like "$err" 'no customer was won in this time' 'and said'

run wend channels payback -f csv -q --margin 0.4 --during 2026-01
is "$(awk -F, '$1 == "ads" { printf "%s:%s ", $2, $3 }' "$out")" '0:40 1:40 2:60 3:60 4:60 ' 'margin by age: the first order, the second in month 2, seen to the as-of day'
is "$(awk -F, '$1 == "ads" && $2 == 2 { print $6, $9, $10 }' "$out")" '10 6 40' 'beside the cost'
run wend channels payback -f csv --margin 0.05 --during 2026-01
tr '\n' ' ' <"$err" | tr -s ' ' >finding
like finding 'ads \(10.00 a customer\) not in the time seen' 'a margin of 5 % brings 7.50 so far'
run wend channels marginal -f csv -q
is "$(col "$out" ads flag)" few 'the slope needs six months'

# ---- credit ----
printf 'customer,time,channel,campaign,model,credit,value\nads1@example.com,2026-01-11,fair,,x,0.25,\nads1@example.com,2026-01-11,ads,,x,0.75,\nads2@example.com,2026-03-12,fair,,x,1,\nnobody,2026-01-11,ads,,x,1,\n' >credit.csv
run wend channels -f csv --during 2026-01 --credit credit.csv
expect_status 0 'channels --credit'
is "$(col "$out" ads new_customers) $(col "$out" fair new_customers)" '39.75 40.25' 'a customer counts in parts; a later purchase wins nobody'
like "$err" '2 credit rows are not about' 'which is told'
run wend channels -f csv -q --during 2026-01 --credit - <credit.csv
is "$(col "$out" ads new_customers)" 39.75 'also from a pipe'
wend touchpoints attribution --credits -q -f csv --conversion first --lookback 90d >first.csv
run wend channels -f csv -q --during 2026-01 --credit first.csv
is "$(col "$out" ads new_customers) $(col "$out" fair new_customers)" '39 41' 'touchpoints attribution --credits | channels --credit -'
run wend channels -f csv -q --during 2026-01 --credit-model last
is "$(col "$out" ads new_customers) $(col "$out" fair new_customers)" '39 41' '--credit-model computes the same'
run wend channels --credit credit.csv --credit-model last
expect_status 2 'credit comes from one place'
run wend channels --credit credit.csv --by campaign
expect_status 2 'and goes to channels'
printf 'customer,time,channel,credit\nads1@example.com,2026-01-11,ads,2\n' >bad.csv
run wend channels --credit bad.csv
expect_status 3 'a credit above 1 is refused'
printf 'customer,channel\nx,y\n' >bad.csv
run wend channels --credit bad.csv
expect_status 3 'so are rows without one'
like "$err" "no column 'time'" 'by name'

# ---- truths of simulated companies ----
# Two channels have spending. The truth tells what the customers of each brought and what was
# spent: in the shop one brings more than twice as much for its cost as the other, and it is to
# be found; in the hotel they are nearly alike, and limits must say so.
seeds='1 2 3 4'
[ -z "${WEND_SANITIZED-}" ] || seeds=1 # the same code, slowly
for seed in $seeds; do
	for company in shop hotel; do
		rm -rf sim sim.db
		wend simulate -q --company $company --customers 800 --seed "$seed" --without traps -o sim >/dev/null
		wend store set -q -s sim.db --file sim/wend.ini >/dev/null
		wend ingest -q -s sim.db sim/exports/*.csv >/dev/null 2>&1
		run wend channels -s sim.db --currency EUR --margin 0.4 --since 2024 -f csv
		awk -F, '$1 ~ /^channel\..*\.spend$/ && $2 > 0 { split($1, k, "."); spend[k[2]] = $2; name[k[2]] = $3 } $1 ~ /^channel\..*\.revenue$/ { split($1, k, "."); v[k[2]] = $2 }
			END { for (c in spend) printf "%s,%.3f\n", name[c], v[c] / spend[c] }' sim/truth.csv | sort -t, -k2,2nr >truth
		awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) k[$i] = i } NR > 1 && $k["ltv_cac"] > 0 && $1 != "(all)" { print $1 "," $k["ltv_cac"] "," $k["ltv_cac_lo"] "," $k["ltv_cac_hi"] }' "$out" | sort -t, -k2,2nr >found
		tr '\n' ' ' <"$err" | tr -s ' ' >finding
		if [ $company = shop ]; then
			is "$(head -1 found | cut -d, -f1)" "$(head -1 truth | cut -d, -f1)" "shop, seed $seed: the best channel is found"
			like finding "concentrate on $(head -1 truth | cut -d, -f1)" 'and the finding begins with it'
		else
			ok "hotel, seed $seed: the limits of the two overlap" awk -F, '{ lo[NR] = $3; hi[NR] = $4 } END { exit !(NR == 2 && lo[1] < hi[2]) }' found
		fi
	done
done
done_testing
