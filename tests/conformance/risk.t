#!/bin/sh
# CDNOW as of week 39 (1997-09-30), 23,570 customers, nothing of the future seen: who buys
# nothing in weeks 40 to 78. The reference page's landmark regression ranks with AUC 0.76919.
. "$(dirname "$0")/../cli/lib.sh"
data=$WEND_SHARED/data/cdnow
[ -f "$data/cdnow_master_transactions.csv" ] || skip_all "no CDNOW data in $WEND_SHARED"

export WEND_STORE="$frame/here/wend.db"
wend ingest -q "$data/cdnow_master_transactions.csv" --as orders --map customer=customer_id,time=date,amount=amount --currency USD >/dev/null
run wend churn risk --as-of 1997-09-30 --everyone -f csv
expect_status 0 'churn risk ends 0'

# AUC by mid-ranks: the p of each customer, and whether anything was bought in weeks 40 to 78.
auc() { # FILE
	awk -F, 'NR == FNR { if ($2 > "1997-09-30") came[$1] = 1; next } FNR > 1 { print $2, !($1 in came) }' "$data/cdnow_master_transactions.csv" "$1" | sort -g | awk '
	function flush() { below += 0; sum += yes * (no_below + no / 2); no_below += no; m += yes; yes = no = 0 }
	NR > 1 && $1 != last { flush() }
	{ last = $1; if ($2) yes++; else no++ }
	END { flush(); printf "%.5f %d\n", sum / m / no_below, m + no_below }'
}
got=$(auc "$out")
is "${got#* }" 23570 'every customer of the data has a chance'
number "${got% *}" '>=' 0.769 "AUC of weeks 40 to 78 is 0.769 or more: ${got% *}"
# The level, over the 90 days that it speaks of, within 2 points.
ok 'the mean chance is within 2 points of what came in 90 days' awk -F, 'NR == FNR { if ($2 > "1997-09-30" && $2 <= "1997-12-29") came[$1] = 1; next } FNR > 1 { p += $2; y += !($1 in came); n++ } END { d = (p - y) / n; if (d < 0) d = -d; print p / n, y / n; exit !(d <= 0.02) }' "$data/cdnow_master_transactions.csv" "$out"
done_testing
