#!/bin/sh
# CDNOW (Fader & Hardie 2001): the published 39-week summary out of the transactions.
. "$(dirname "$0")/../cli/lib.sh"
data=$WEND_SHARED/data/cdnow
[ -f "$data/cdnow_sample_transactions.csv" ] || skip_all "no CDNOW data in $WEND_SHARED"

export WEND_STORE="$frame/here/wend.db"
run wend ingest "$data/cdnow_sample_transactions.csv" --as orders --map customer=customer_id,time=date,amount=amount --currency USD
expect_status 0 'the sample is read'
is "$(awk -F, 'NR == 2 { print $4, $5, $6, $7 }' "$out")" '6919 6919 0 0' 'all 6,919 rows are used'

# Every customer, in order, x exact, t_x, T and m to the published two decimals.
compare() {
	awk -F, '
	function off(a, b) { a -= b; return a > 0.005001 || a < -0.005001 }
	FNR == 1 { next }
	NR == FNR { x[$1] = $2; tx[$1] = $3; T[$1] = $4; m[$1] = $5; n++; next }
	{
		seen++
		if ($1 + 0 <= last) { print "order: " $1; bad++ }
		last = $1 + 0
		if ($2 != x[$1] || off($3, tx[$1]) || off($4, T[$1]) || off($5 + 0, m[$1]) || ($2 == 0) != ($5 == "")) { print; bad++ }
	}
	END { if (seen != n) print seen " rows, not " n; print seen " customers, " bad + 0 " differ" }' \
		"$data/cdnow_sample_rfm_39w.csv" "$1" | tail -n 5
}
run wend ltv rfm --as-of 1997-09-30 --unit week -q -f csv
expect_status 0 'ltv rfm ends 0'
expect_stderr_empty 'and says nothing with -q'
is "$(compare "$out")" '2357 customers, 0 differ' 'x, t_x, T and m are those published, for all 2,357'
is "$(awk -F, 'NR > 1 { x += $2; r += $2 > 0 } END { print x, r }' "$out")" '2457 946' '2,457 repeat days of 946 customers'
cp "$out" one
for n in 1 2 4; do
	run wend ltv rfm --as-of 1997-09-30 --unit week -q -f csv --threads $n
	same "$out" one "the same bytes with $n threads"
done

run wend ltv rfm --as-of 1997-09-30 --stat -q -f csv
is "$(awk -F, 'NR > 1 { n++; w += $8 } END { print n, w }' "$out")" '1016 2357' '1,016 cells of x, t_x, T hold all 2,357'
cp "$out" cells.csv
run wend ltv rfm --from cells.csv -q -f csv
is "$(awk -F, 'NR > 1 { x += $2 * $13; w += $13 } END { print x, w }' "$out")" '2457 2357' 'the statistic reads back'

run wend ltv rfm --explain -q -f csv --as-of 1997-09-30
expect_status 0 'and explains itself'

# Without a store, and in the other order of rows.
unset WEND_STORE
(head -n 1 "$data/cdnow_sample_transactions.csv"; tail -n +2 "$data/cdnow_sample_transactions.csv" | sort -r) >shuffled.csv
run wend ltv rfm shuffled.csv --as orders --map customer=customer_id,time=date,amount=amount --currency USD --as-of 1997-09-30 -q -f csv
same "$out" one 'files as operands, rows in another order: the same bytes'

if [ -f "$data/cdnow_master_transactions.csv" ]; then
	run wend ltv rfm "$data/cdnow_master_transactions.csv" --as orders --map customer=customer_id,time=date,amount=amount --currency USD -f csv --explain
	is "$(awk 'END { print NR - 1 }' "$out")" 23570 'the master log has 23,570 customers'
	like "$err" '69,?659' 'and 69,659 rows, all accounted for'
else
	skip 'the master log' 'not there'
fi
done_testing
