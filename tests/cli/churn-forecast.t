#!/bin/sh
# churn forecast: tables, shards, options, a simulated company.
. "$(dirname "$0")/lib.sh"

printf 'year,S\n1,0.869\n2,0.743\n3,0.653\n4,0.593\n5,0.551\n6,0.517\n7,0.491\n8,0.468\n9,0.445\n10,0.427\n11,0.409\n12,0.394\n' >high.csv
run wend churn forecast --from high.csv --first 7 -f csv --explain
expect_status 0 'churn forecast reads a table of shares'
like "$err" 'alpha 0.668088, beta 3.806095' 'with the published parameters'
like "$err" 'sBG 2.83 %, BdW 1.27' 'and the published errors'
is "$(head -n 1 "$out")" t,model,S,lo,hi,kept,DERL,DERL_lo,DERL_hi,half,observed,risk,chosen,flag columns
is "$(grep -c 'nan\|inf' "$out")" 0 'no number is none'
cp "$out" shares.csv
run wend churn forecast --from high.csv --stat -q -f csv
cp "$out" stat.csv
run wend churn forecast --from stat.csv --first 7 -q -f csv
same "$out" shares.csv 'its statistic gives the same'
run wend churn forecast --from high.csv --from high.csv --first 7 -q -f csv
is "$(awk -F, '$1 == 1 && $2 == "sBG" { print $12 }' "$out")" 1738 'two tables add up'
run wend churn forecast --from high.csv --model bdw -q -f table
is "$(awk 'length > 80 { n++ } END { print n + 0 }' "$out")" 0 'the screen stands in 80 columns'
run wend churn forecast --from high.csv --model weibull
expect_status 2 'an unknown model is refused'
printf 't,survivors\n1,50\n2,40\n' >late.csv
run wend churn forecast --from late.csv
expect_status 3 'counts that begin with 1 do not tell how many began'
like "$err" "give '--size N'" 'and the way out is told'
printf 't,survivors\n0,50\n1,60\n' >more.csv
run wend churn forecast --from more.csv
expect_status 3 'customers do not become more'
printf 't,survivors\n0,50\n2,40\n' >gap.csv
run wend churn forecast --from gap.csv
expect_status 3 'a period is missing'
printf 't,survivors\n0,100\n1,100\n2,100\n' >all.csv
run wend churn forecast --from all.csv -f csv
expect_status 0 'nobody has left: no curve'
like "$err" 'nobody has left yet' 'and it says why'
run wend churn forecast --from all.csv --model sbg -f csv
expect_status 5 'asked for by name it is 5'

wend simulate -q -o saas --company saas --customers 600 --days 500 --seed 3
export WEND_STORE="$frame/here/wend.db"
wend store set --file saas/wend.ini >/dev/null 2>&1
wend ingest -q saas/exports/subscriptions.csv >/dev/null 2>err0 || cat err0
run wend churn forecast -f csv
expect_status 0 'contracts of a store'
like "$err" 'of new customers there are still' 'are told'
cp "$out" whole.csv
run wend churn forecast -q -f csv --threads 3
same "$out" whole.csv 'the same bytes with 3 threads'
wend churn forecast --stat -q -f csv >stat2.csv
run wend churn forecast --from stat2.csv -q -f csv
same "$out" whole.csv 'and from their statistic'

# What a point is worth.
wend ingest -q saas/exports/google-ads.csv >/dev/null 2>err0 || cat err0
run wend churn whatif
expect_status 2 'values in two currencies are not added'
run wend churn whatif --currency EUR -f csv
expect_status 0 'churn whatif ends 0'
is "$(head -n 1 "$out")" measure,value,lo,hi,n,unit,definition 'columns of it'
like "$err" 'one point less of monthly churn is worth EUR' 'the finding says what it is worth'
like "$out" '^worth_it_up_to,' 'spend in the store tells up to what'
unlike "$out" '^budget' 'without a budget there is none'
run wend churn whatif --currency EUR --cost 100 --budget 5000 --margin 0.7 -f csv
like "$err" 'spent on winning bring EUR' 'with one it is set against the point'
like "$err" 'to [0-9,]+. margin' 'a margin is told'
run wend churn whatif --currency EUR -q -f table
is "$(awk 'length > 80 { n++ } END { print n + 0 }' "$out")" 0 'the screen stands in 80 columns'
run wend churn whatif --currency EUR --points 60 -f csv
expect_status 0 'more points than leave'
like "$err" "ask for fewer with '--points'" 'are answered in words'
run wend churn whatif --currency EUR --budget -3
expect_status 2 'a budget below 0 is none'

# The same curve as a model of value.
run wend ltv model --model sbg --currency EUR -f csv
expect_status 0 'ltv model --model sbg ends 0'
like "$out" '^sbg,DERL,' 'with what is left of a customer'
is "$(awk -F, '$2 == "base_revenue" { printf "%.0f", $3 }' "$out")" "$(wend churn whatif --model sbg --currency EUR -q -f csv | awk -F, '$1 == "base_value" { printf "%.0f", $2 }')" 'the base is worth what churn whatif says'
run wend ltv model --model bdw --from stat.csv
expect_status 2 'tables of renewals are read elsewhere'
like "$err" 'wend churn forecast --from' 'and it says where'
done_testing
