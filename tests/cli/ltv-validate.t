#!/bin/sh
# ltv validate: forecasts against what came, selections, too little data, pictures.
# shellcheck disable=SC2086 # the options in $map are words of their own
. "$(dirname "$0")/lib.sh"
at() { # FILE SECTION GROUP MODEL COLUMN
	awk -F, -v s="$2" -v g="$3" -v m="$4" -v c="$5" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } $1 == s && $2 == g && $3 == m { print $at[c] }' "$1"
}

wend simulate -q -o shop --company shop --customers 600 --days 540 --seed 5 --without both
export WEND_STORE="$frame/here/wend.db"
wend store set --file shop/wend.ini >/dev/null 2>&1
wend ingest -q shop/exports/* >/dev/null 2>err0 || cat err0

run wend ltv validate -f csv
expect_status 0 'ltv validate ends 0'
like "$err" 'foresaw .* purchases of .* customers' 'the finding says how many were foreseen'
like "$err" 'came, so it was' 'and how far that was off'
like "$err" 'best naive forecast' 'with a naive forecast beside it'
cp "$out" all.csv
is "$(head -n 1 "$out")" section,group,model,n,actual,actual_lo,actual_hi,expected,lo,hi,unit,flag 'columns'
is "$(awk -F, 'NR > 1 { print $1 }' "$out" | uniq | tr '\n' ' ')" 'total error by_x by_t_x calibration frequency spend tracking cumulative from_first ' 'sections in their order'
is "$(grep -c 'nan\|inf' "$out")" 0 'no number is none'
is "$(awk -F, 'NR > 1 && $1 != "error" && $9 != "" && ($9 < 0 || $9 > $8 || $10 < $8) { print }' "$out" | wc -l)" 0 'expectations lie within their limits'
is "$(awk -F, '$1 == "tracking" { n += $5 } $1 == "cumulative" { last = $5 } END { print n == last }' "$out")" 1 'periods add up'
for n in 1 3; do
	run wend ltv validate -q -f csv --threads $n
	same "$out" all.csv "the same bytes with $n threads"
done

# The scores are those of ltv model.
run wend ltv model -q -f csv
cp "$out" model.csv
for m in bgnbd mbgnbd pnbd; do
	a=$(awk -F, -v m=$m '$1 == m && $2 == "forecast_mae" { print $3 }' model.csv)
	is "$(at all.csv error mae $m expected)" "$a" "$m: mean absolute error is that of ltv model"
	a=$(awk -F, -v m=$m '$1 == m && $2 == "forecast_deviance" { print $3 }' model.csv)
	is "$(at all.csv error deviance $m expected)" "$a" "$m: and so is the deviance"
done

# A selection is compared; the fit is everyone's.
chosen=$(awk -F, '$1 == "total" && $2 == "buyers" { print $3 }' all.csv)
wend ltv rfm -q -f csv | awk -F, 'NR == 1 || NR % 2' >half.csv
wend ltv rfm -q -f csv | awk -F, 'NR == 1 || NR % 2 == 0' >other.csv
wend ltv validate --only half.csv -q -f csv >a.csv
wend ltv validate --only other.csv -q -f csv >b.csv
is "$(awk -v a="$(at a.csv total purchases "$chosen" expected)" -v b="$(at b.csv total purchases "$chosen" expected)" -v c="$(at all.csv total purchases "$chosen" expected)" \
	'BEGIN { d = (a + b) / c - 1; print (d < 1e-9 && d > -1e-9) }')" 1 'two halves of the customers add up to all'
is "$(($(at a.csv total purchases "$chosen" actual) + $(at b.csv total purchases "$chosen" actual)))" "$(at all.csv total purchases "$chosen" actual)" 'and so do their purchases'

run wend ltv validate --period month -q -f csv
expect_status 0 'calendar months'
is "$(awk -F, '$1 == "tracking" && $12 == "" && $2 !~ /-(28|29|30|31)$/' "$out" | wc -l)" 0 'whole months end with a month'
is "$(awk -F, '$1 == "tracking" { n += $5 } END { print n }' "$out")" "$(awk -F, '$1 == "tracking" { n += $5 } END { print n }' all.csv)" 'hold the same purchases'
run wend ltv validate --model pnbd --unit day -q -f csv
expect_status 0 'a model by name, in days'
is "$(at "$out" total purchases pnbd expected | cut -c1-7)" "$(at all.csv total purchases pnbd expected | cut -c1-7)" 'a unit changes no forecast'
run wend ltv validate --min-n 100000 -q -f csv
is "$(awk -F, '($1 == "by_x" || $1 == "calibration") && ($5 != "" || $12 != "few") { n++ } END { print n + 0 }' "$out")" 0 'few customers have no means'
run wend ltv validate -q -f text
expect_status 0 'for people'
like "$out" 'FORECASTS' 'forecasts side by side'
run wend ltv validate --picture tracks
expect_status 2 'an unknown picture'
run wend ltv validate --split 1999-01-01
expect_status 2 'a split before the first purchase'

# Pictures: script and data, one for each.
for p in tracking cumulative frequency expectation recency calibration spend; do
	run wend ltv validate -q -f csv --picture $p --plot $p.gp
	expect_status 0 "picture: $p"
	is "$(grep -c '^[0-9]' $p.tsv | awk '{ print ($1 > 4) }')" 1 "$p: there are data"
done
run wend ltv model -q -f csv --plot profile.gp
expect_status 0 'picture: profiles of the parameters'
is "$(awk -F '\t' '$2 != "NaN" && $2 > 1e-6' profile.tsv | wc -l)" 0 'nothing lies above the maximum'
run wend ltv customers -q -f csv --plot lorenz.gp
expect_status 0 'picture: who holds the value'
head -n 2 half.csv >one.csv
run wend ltv customers --only one.csv -q -f csv --plot alive.gp
expect_status 0 'picture: the path of one customer'
is "$(awk -F '\t' '$2 != "NaN" && NF > 2 && ($2 < 0 || $2 > 100)' alive.tsv | wc -l)" 0 'chances are chances'

# Too little: said, not guessed.
unset WEND_STORE
map='--as orders --map customer=customer,time=date,amount=amount --currency EUR'
printf 'customer,date,amount\n1,2026-01-01,10\n2,2026-02-01,20\n3,2026-03-01,5\n' >once.csv
run wend ltv validate once.csv $map -f csv
expect_status 0 'a shop where nobody came back'
like "$err" 'and no model' 'says so'
is "$(awk -F, 'NR > 1 && $3 !~ /last|own|zero/ && $8 != "" { n++ } END { print n + 0 }' "$out")" 0 'and expects nothing'
run wend ltv validate once.csv $map --model pnbd -q -f csv
expect_status 5 'the model asked for ends 5'
printf 'customer,date,amount\n1,2026-01-01,10\n' >one.csv
run wend ltv validate one.csv $map -f csv
expect_status 0 'one customer, on the day itself'
like "$err" 'too little history' 'has no time to hold out'
done_testing
