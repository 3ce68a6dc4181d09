#!/bin/sh
# CDNOW master log: retention, lifecycle and stickiness as pandas counts them from the same
# file (rows of churn_reference.csv; those on fractions to its ten digits).
. "$(dirname "$0")/../cli/lib.sh"
data=$WEND_SHARED/data/cdnow/cdnow_master_transactions.csv
reference=$WEND_SHARED/reference/churn_reference.csv
[ -f "$data" ] || skip_all "no CDNOW data in $WEND_SHARED"
[ -f "$reference" ] || skip_all "no churn_reference.csv in $WEND_SHARED"

export WEND_STORE="$frame/here/wend.db"
wend ingest -q "$data" --as orders --map customer=customer_id,time=date,amount=amount --currency USD --tz UTC >/dev/null
rows() { # METHOD: quantity,value
	awk -F, -v m="$1" '$1 == "cdnow_master_23570" && $2 == m { print $3 "," $4 }' "$reference"
}
agree() { # NAME ROWS: lines "quantity,value" of $out against those of the reference
	awk -F, 'NR == FNR { got[$1] = $2; next } { n++; d = got[$1] - $2; if (d < 0) d = -d; if (!($1 in got) || d > 5e-10 * (1 + $2)) print $1, got[$1], $2 } END { print n + 0 " rows" }' "$out" want >differ
	is "$(cat differ)" "$2 rows" "$1"
}

wend churn cohorts -q -f csv --definition on >on.csv
rows 'retention calendar month ON' | sort >want
awk -F, 'NR > 1 && $1 ~ /^[0-9]/ { print "cohort " $1 " month " $3 "," $5 }' on.csv >"$out"
agree 'active in the k-th month' 48
wend churn cohorts -q -f csv --definition on-or-after >after.csv
rows 'retention calendar month ON OR AFTER' >want
awk -F, 'NR > 1 && $1 ~ /^[0-9]/ { print "cohort " $1 " month " $3 "," $5 }' after.csv >"$out"
agree 'in it or later' 48
rows 'retention calendar month' >want
awk -F, 'NR > 1 && $1 ~ /^[0-9]/ && $3 == 0 { print "cohort " $1 " size," $2 }' on.csv >"$out"
agree 'sizes' 3
rows 'retention calendar month ON pooled' >want
awk -F, '$1 == "weighted" || $1 == "simple" { print "month " $3 " " $1 " mean," $5 }' on.csv >"$out"
agree 'weighted and simple means' 8
is "$(awk -F, '$1 == "1997-01" && $8 == 1 { last = $3 } END { print (last < 16) }' after.csv)" 1 'on-or-after is not called complete where the data end makes the cliff'

wend churn cohorts -q -f csv --definition bracket --brackets 1-7,8-30,31-90,91-180,181-365 >bracket.csv
rows 'retention bracket (days since first)' >want
awk -F, '$1 == "weighted" { print "days " $4 " n=" $2 "," $6 }' bracket.csv >"$out"
agree 'brackets of days' 5
wend churn cohorts -q -f csv --definition bracket --brackets 30-59,60-89,90-119,180-209,360-389 >rolling.csv
rows 'retention rolling 30 d ON (only fully observed customers)' >want
awk -F, '$1 == "weighted" { print "period " $3 / 30 " (days " $4 ") n=" $2 "," $6 }' rolling.csv >"$out"
agree 'rolling months of 30 days' 5
wend churn cohorts -q -f csv --period day --definition on >day.csv
rows 'N-day retention' >want
awk -F, '$1 == "weighted" && $2 == 23570 { print "day " $3 " exactly," $5 }' day.csv >"$out"
agree 'on the n-th day exactly' 5
wend churn cohorts -q -f csv --period day --definition on-or-after --min-n 1 >dayafter.csv
rows 'unbounded retention' >want
awk -F, 'NR > 1 && $1 ~ /^[0-9]/ { n[$3] += $2; k[$3] += $4 } END { for (d in n) printf "day %d or after,%.12f\n", d, k[d] / n[d] }' dayafter.csv >"$out"
agree 'on it or later' 5

wend churn lifecycle -q -f csv >life.csv
rows 'lifecycle month' >want
awk -F, 'NR == 1 { for (i = 2; i <= 6; i++) name[i] = $i; next } { for (i = 2; i <= 6; i++) print $1 " " name[i] "," $i }' life.csv >"$out"
agree 'new, returning, resurrecting, dormant, active in eighteen months' 90
wend churn lifecycle -q -f csv --stickiness --during 1997-04..1998-03 >sticky.csv
rows 'stickiness active months of 12 (1997-04..1998-03)' >want
awk -F, 'NR > 1 { print "exactly " $1 "," $2 }' sticky.csv >"$out"
agree 'customers by their active months of twelve' 12
done_testing
