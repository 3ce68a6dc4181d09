#!/bin/sh
# CDNOW: forecasts and values of the purchase models, from the transactions to the printed
# table. Figures: Fader & Hardie's data through programs of the reference page, and the
# parameters published (Fader, Hardie & Lee 2005; Batislam et al. as BTYDplus fits them).
. "$(dirname "$0")/../cli/lib.sh"
data=$WEND_SHARED/data/cdnow
[ -f "$data/cdnow_sample_transactions.csv" ] || skip_all "no CDNOW data in $WEND_SHARED"

at() { # FILE MODEL PARAMETER COLUMN
	awk -F, -v m="$2" -v p="$3" -v c="$4" '$1 == m && $2 == p { print $c }' "$1"
}
near() { # GOT WANTED RELATIVE WHAT
	is "$(awk -v a="$1" -v b="$2" -v e="$3" 'BEGIN { d = a - b; if (d < 0) d = -d; if (b < 0) b = -b; print (a != "" && d <= e * b) ? "near" : "got " a }')" near "$4"
}

for set in sample master; do
	export WEND_STORE="$frame/here/$set.db"
	run wend ingest "$data/cdnow_${set}_transactions.csv" --as orders --map customer=customer_id,time=date,amount=amount --currency USD
	expect_status 0 "$set is read"
	run wend ltv model --as-of 1997-09-30 -f csv
	expect_status 0 'the models are fitted'
	like "$err" 'MBG/NBD describes these' 'what came before week 40 chooses MBG/NBD'
	cp "$out" "$set.fit"
	run wend ltv model --split 1997-09-30 -q -f csv
	cp "$out" "$set.split"
done
near "$(at sample.fit bgnbd r 3)" 0.2425945224 1e-9 'BG/NBD r'
near "$(at sample.fit bgnbd b 3)" 2.425906777 1e-9 'BG/NBD b'
near "$(at sample.fit bgnbd loglik 3)" -9582.429207 1e-9 'BG/NBD log-likelihood'
near "$(at sample.fit mbgnbd alpha 3)" 6.18308528 1e-9 'MBG/NBD alpha'
near "$(at sample.fit pnbd beta 3)" 11.66873528 1e-8 'Pareto/NBD beta'
near "$(at sample.fit gg q 3)" 3.744224667 1e-9 'Gamma-Gamma q'
near "$(at master.fit mbgnbd loglik 3)" -95336.958320 1e-9 'MBG/NBD log-likelihood of the master file'

# Weeks 40 to 78, forecast from the 39 before: MAE and RMSE a customer, bias of the sum.
for row in sample,bgnbd,0.7854542366,1.607982011,-0.1214619033 sample,mbgnbd,0.7647789493,1.607182657,-0.1622060032 sample,pnbd,0.7545233834,1.602848,-0.1150302299 \
	master,bgnbd,0.8187,1.733,-0.143 master,mbgnbd,0.7945,1.740,-0.191 master,pnbd,0.7938,1.726,-0.129; do
	IFS=, read -r set model mae rmse bias <<-ROW
		$row
	ROW
	precise=1e-8
	[ "$set" = sample ] || precise=5e-3
	near "$(at $set.split "$model" forecast_mae 3)" "$mae" $precise "$set $model: mean absolute error"
	near "$(at $set.split "$model" forecast_rmse 3)" "$rmse" $precise "$set $model: root mean square error"
	near "$(at $set.split "$model" forecast_bias 3)" "$bias" $precise "$set $model: bias of the sum"
done
# The choice was made without them: within 2 % of the best of the three.
for set in sample master; do
	is "$(awk -v a="$(at $set.split mbgnbd forecast_mae 3)" -v b="$(at $set.split pnbd forecast_mae 3)" 'BEGIN { print a <= 1.02 * b }')" 1 "$set: the chosen model is within 2 % of the best"
done

# The model of a pipe is the model of the store; shards add up.
export WEND_STORE="$frame/here/sample.db"
run wend ltv model --as-of 1997-09-30 --model pnbd -q -f csv
grep -v ',forecast_\|^last period\|^own rate\|^zero' "$out" >store.csv
wend ltv rfm --as-of 1997-09-30 -q -f csv >rfm.csv
wend ltv model --model pnbd --from - -q -f csv <rfm.csv | grep -v ',forecast_' >pipe.csv
same store.csv pipe.csv 'ltv rfm | ltv model --from - is ltv model'
awk -F, 'NR == 1 || $1 % 3 == 0' rfm.csv >a.csv
awk -F, 'NR == 1 || $1 % 3' rfm.csv >b.csv
wend ltv model --model pnbd --from b.csv --from a.csv -q -f csv >shards.csv
same shards.csv pipe.csv 'two shards are the whole'

# Customers: examples of the reference page (T in whole days), values add up to the total.
run wend ltv customers --as-of 1997-09-30 --model mbgnbd --horizon 273day --discount 0 -q -f csv
expect_status 0 'customers are listed'
near "$(awk -F, 'NR > 1 { s += $11 } END { printf "%.10g", s }' "$out")" 1576.728302 1e-8 'expected purchases of all in 39 weeks'
near "$(awk -F, 'NR > 1 { s += $10 } END { printf "%.10g", s }' "$out")" 1057.636371 1e-8 'chances to be alive'
is "$(awk -F, 'NR > 1 && ($14 < $13 || $13 < 0) { n++ } END { print n + 0 }' "$out")" 0 'limits are in order'

# The terms of other programs: what lifetimes 0.11.3 and the closed form behind CLVTools give.
run wend ltv customers --as-of 1997-09-30 --model bgnbd --compat lifetimes -q -f csv
near "$(awk -F, 'NR > 1 { s += $12; n++ } END { printf "%.10g", s / n }' "$out")" 30.33854551 1e-9 'twelve months of 4.345 weeks at 1 %: the mean'
near "$(awk -F, '$1 == 1 { print $12 }' "$out")" 36.27397811 1e-9 'and customer 1'
near "$(awk -F, '$1 == 1 { print $12 }' "$out")" 36.27397745 1e-7 'as lifetimes prints it'
run wend ltv model --as-of 1997-09-30 --model pnbd --compat clvtools --discount 0.15 -q -f csv
near "$(at "$out" pnbd revenue_rlv 3)" 110.960 1e-5 'for ever, at ln 1.15 a year of 52 weeks'
done_testing
