#!/bin/sh
# CDNOW: forecasts for weeks 40 to 78 from the 39 before, as `wend ltv validate` compares them,
# against the figures of the reference page: independent maximum-likelihood fits.
. "$(dirname "$0")/../cli/lib.sh"
data=$WEND_SHARED/data/cdnow
[ -f "$data/cdnow_sample_transactions.csv" ] || skip_all "no CDNOW data in $WEND_SHARED"

at() { # SECTION GROUP MODEL COLUMN
	awk -F, -v s="$1" -v g="$2" -v m="$3" -v c="$4" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } $1 == s && $2 == g && $3 == m { print $at[c] }' "$set.$3"
}
near() { # GOT WANTED RELATIVE WHAT
	is "$(awk -v a="$1" -v b="$2" -v e="$3" 'BEGIN { d = a - b; if (d < 0) d = -d; if (b < 0) b = -b; print (a != "" && d <= e * b) ? "near" : "got " a }')" near "$4"
}

for set in sample master; do
	export WEND_STORE="$frame/here/$set.db"
	run wend ingest "$data/cdnow_${set}_transactions.csv" --as orders --map customer=customer_id,time=date,amount=amount --currency USD
	expect_status 0 "$set is read"
	for model in bgnbd mbgnbd pnbd; do
		run wend ltv validate --split 1997-09-30 --model $model --min-n 1 -q -f csv
		expect_status 0 "$set: $model is compared"
		cp "$out" "$set.$model"
	done
done

# Sum, mean absolute error, root mean square error, bias; expected from first purchases alone
# by the end of week 39 and of week 78.
while IFS=, read -r set model sum mae rmse bias week39 week78; do
	near "$(at total purchases "$model" expected)" "$sum" 1e-8 "$set $model: purchases expected"
	near "$(at error mae "$model" expected)" "$mae" 1e-8 "$set $model: mean absolute error"
	near "$(at error rmse "$model" expected)" "$rmse" 1e-8 "$set $model: root mean square error"
	near "$(at error bias "$model" expected)" "$bias" 1e-8 "$set $model: bias"
	near "$(at from_first 1997-09-30 "$model" expected)" "$week39" 1e-8 "$set $model: tracked to week 39"
	near "$(at from_first 1998-06-30 "$model" expected)" "$week78" 1e-8 "$set $model: tracked to week 78"
done <<-END
	sample,bgnbd,1653.408698,0.7854542366,1.607982011,-0.1214619033,2493.95689,4160.609212
	sample,mbgnbd,1576.728302,0.7647789493,1.607182657,-0.1622060032,2475.636261,4049.953213
	sample,pnbd,1665.513107,0.7545233834,1.602848,-0.1150302299,2524.932762,4270.040682
END
set=master
near "$(at from_first 1998-06-30 bgnbd expected)" 41301.13964 1e-7 'master bgnbd: tracked to week 78'
near "$(at from_first 1998-06-30 mbgnbd expected)" 39985.21758 1e-7 'master mbgnbd: tracked to week 78'
near "$(at from_first 1998-06-30 pnbd expected)" 42115.91446 1e-7 'master pnbd: tracked to week 78'
is "$(at total purchases pnbd actual)" 19684 'master: purchases that came'

# What came: 4,339 repeat purchases in 78 weeks, 1,882 of them after the split; 1,411 customers
# had none by then.
set=sample
is "$(at from_first 1998-06-30 bgnbd actual)" 4339 'repeat purchases by week 78'
is "$(at cumulative 1997-09-30 bgnbd actual)" 2457 'and by week 39'
is "$(at total purchases bgnbd actual)" 1882 'purchases after the split'
is "$(at frequency 0 bgnbd actual)" 1411 'customers who had not come back'
is "$(awk -F, '$1 == "tracking"' sample.bgnbd | wc -l)" 78 'a row a week'
is "$(awk -F, '$1 == "tracking" { n += $5 } END { print n }' sample.bgnbd)" 4339 'periods add up to what came'
is "$(awk -F, '$1 == "tracking" && $12 != "" { n++ } END { print n + 0 }' sample.bgnbd)" 0 'all weeks are whole'
is "$(awk -F, '$1 == "frequency" { n += $5; m += $8 } END { print n, (m > n - 1e-6 && m < n + 1e-6) }' sample.bgnbd)" '2357 1' 'frequencies add up to the customers'
is "$(awk -F, '$1 == "by_x" && $3 == "bgnbd" { n += $4 * $5; m += $4 * $8 } END { printf "%.0f %.6f", n, m }' sample.bgnbd)" '1882 1653.408698' 'groups add up to the whole'
near "$(at cumulative 1998-06-30 bgnbd expected)" 4110.408698 1e-8 'the forecast goes on from what had come'
done_testing
