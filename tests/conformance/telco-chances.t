#!/bin/sh
# Telco through the command: learn from split s, score the rest, all columns but the id and
# TotalCharges, nothing tuned. The mean of ten splits must reach AUC 0.8495, Brier 0.1335 and a
# slope of 0.95 to 1.05; TELCO_SPLITS=10 goes through all of them, three in `make check`.
. "$(dirname "$0")/../cli/lib.sh"
data=$WEND_SHARED/data/telco/telco.csv
[ -f "$data" ] || skip_all "no Telco data in $WEND_SHARED"

n=${TELCO_SPLITS:-2}
s=0
: >figures
while [ $s -lt "$n" ]; do
	awk -v s=$s 'NR == 1 || (NR - 1 + s) % 10 < 7' "$data" >train.csv
	awk -v s=$s 'NR == 1 || (NR - 1 + s) % 10 >= 7' "$data" >test.csv
	run wend churn model --from train.csv --event Churn=Yes --terms -customerID,-TotalCharges --model auto --score test.csv -f csv
	expect_status 0 "split $s ends 0"
	tr -d '\n' <"$err" | tr -s ' ' | sed 's/.*left: AUC \([0-9.]*\).*$/\1/' >auc
	# AUC, Brier from the chances themselves, not from the finding
	awk -F, 'NR == FNR { if (FNR > 1) y[FNR - 1] = $NF ~ /Yes/; next } FNR > 1 { d = $2 - y[$1]; b += d * d; n++ } END { printf "%.6f ", b / n }' test.csv "$out" >>figures
	tr '\n' ' ' <"$err" | tr -s ' ' | sed 's/.*left: AUC[^;]*, slope \([0-9.]*\) .n = 2.*/ \1/' | head -n 1 >slope
	paste -d ' ' auc slope >>figures
	s=$((s + 1))
done
awk '{ b += $1; a += $2; k += $3; n++ } END { printf "%.5f %.5f %.4f %d\n", a / n, b / n, k / n, n }' figures >mean
read -r auc brier slope n <mean
number "$slope" '>=' 0.95 "calibration slope: $slope"
number "$slope" '<=' 1.05 "not above 1.05"
if [ "$n" = 10 ]; then
	number "$auc" '>=' 0.8495 "AUC of ten splits: $auc"
	number "$brier" '<=' 0.1335 "Brier of ten splits: $brier"
else
	number "$auc" '>=' 0.849 "AUC of the first splits: $auc"
	number "$brier" '<=' 0.135 "Brier of the first splits: $brier"
fi
done_testing
