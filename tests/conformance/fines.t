#!/bin/sh
# Road traffic fines (eventdataR traffic_fines): every directly-follows, start and end
# count of the reference table, their medians and means, and repeats in three senses.
. "$(dirname "$0")/../cli/lib.sh"
log=$WEND_SHARED/data/eventlog/traffic_fines.csv
ref=$WEND_SHARED/reference/touchpoints_reference.csv
if [ ! -f "$log" ] || [ ! -f "$ref" ]; then skip_all "no event log or reference figures in $WEND_SHARED"; fi

export WEND_STORE="$frame/here/wend.db"
run wend ingest "$log" --as interactions --map customer=case_id,touchpoint=activity,time=timestamp
expect_status 0 'the log is read'
is "$(awk -F, 'NR == 2 { print $4, $5, $6, $7 }' "$out")" '34724 34724 0 0' '34,724 events in'

run wend touchpoints map -f csv
expect_status 0 'touchpoints map ends 0'
cp "$out" map.csv
tr '\n' ' ' <"$err" | tr -s ' ' >finding
like finding '34,724 steps of 10,000 customers make 24,724 transitions on 40 edges' '34,724 events out: 10,000 customers, 24,724 transitions, 40 edges'
like finding '264 transitions to the same step, 259 runs; repeated at all: 284 occurrences' 'repeats in their three senses: 264, 259, 284'
is "$(awk -F, 'NR > 1 && $1 != "(start)" && $2 != "(end)" { n++; s += $3 } END { print n, s }' map.csv)" '40 24724' 'the table holds the 40 edges and their 24,724 transitions'

# Reference rows become "from,to,figure,value"; each must be in the map.
awk -F, '
function gone(a, b) { return a - b > 1e-9 * b || b - a > 1e-9 * b }
NR == FNR {
	if (FNR == 1) next
	n[$1 " > " $2] = $3; median[$1 " > " $2] = $8 * 86400; mean[$1 " > " $2] = $10 * 86400
	if ($1 == "(start)") start[$2] = $3
	if ($2 == "(end)") end[$1] = $3
	next
}
$1 != "traffic_fines" { next }
$2 == "dfg_count_top20" { c++; if (n[$3] != $4) { print $3, n[$3], $4 } }
$2 == "dfg_median_seconds_top20" { c++; if (gone(median[$3], $4)) print $2, $3, median[$3], $4 }
$2 == "dfg_mean_seconds_top20" { c++; if (gone(mean[$3], $4)) print $2, $3, mean[$3], $4 }
$2 == "start_activity" { c++; s++; if (start[$3] != $4) print $2, $3, start[$3], $4 }
$2 == "end_activity" { c++; e++; if (end[$3] != $4) print $2, $3, end[$3], $4 }
END {
	for (i in start) s--
	for (i in end) e--
	print c " figures, " s + 0 " starts and " e + 0 " ends too many or few"
}' map.csv "$ref" >compared
is "$(cat compared)" "$(grep -cE '^traffic_fines,(dfg_(count|median_seconds|mean_seconds)_top20|start_activity|end_activity),' "$ref") figures, 0 starts and 0 ends too many or few" 'every figure of the reference is met'

for n in 1 2 4; do
	run wend touchpoints map -q -f csv --threads $n
	same "$out" map.csv "the same bytes with $n threads"
done

run wend touchpoints list -q -f csv
awk -F, 'NR == FNR { if (FNR > 1) n[$1] = $3; next } $1 == "traffic_fines" && $2 == "activity_frequency" { c++; if (n[$3] != $4) print $3, n[$3], $4 } END { print c }' "$out" "$ref" >compared
is "$(cat compared)" 11 'all 11 activities with their counts'

run wend touchpoints map --self-loops drop -f csv
tr '\n' ' ' <"$err" | tr -s ' ' >finding
is "$(awk -F, 'NR > 1 && $1 == $2' "$out" | wc -l | tr -d ' ')" 0 '--self-loops drop leaves none'
like finding '24,460 transitions' 'and 264 transitions less'
run wend touchpoints map --cover 80% -q -f csv
is "$(awk -F, 'NR > 1 && $1 != "(start)" && $2 != "(end)" { s += $3 } END { print (s >= 0.8 * 24724) }' "$out")" 1 '--cover 80% keeps at least that'
run wend touchpoints map --format dot -q
like "$out" '"Add penalty" -> "Send for Credit Collection" \[penwidth=[0-9.]+, label="3288' 'dot draws the edges'
run wend touchpoints map --format mermaid -q
is "$(head -n 1 "$out")" 'flowchart LR' 'mermaid is a flowchart'
run wend touchpoints map --by position -q -f csv
is "$(awk -F, '$1 == 1 { s += $4 } END { print s }' "$out")" 10000 'by position: every case has a second step'

run wend touchpoints map --explain -f csv
like "$err" '475' 'the 475 tied neighbours are told of'
done_testing
