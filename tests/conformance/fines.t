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
tr '\n' ' ' <"$err" | tr -s ' ' >finding
like finding 'customers with a repeat in a row 259, with any 279' 'cases with a repeat in a row, and with any'

# Ways: every case is one; the ten commonest with their numbers.
run wend touchpoints paths --explain -f csv
cp "$out" paths.csv
tr '\n' ' ' <"$err" | tr -s ' ' >finding
is "$(awk -F, 'NR > 1 { n++; s += $6; e += $6 * $11 } END { print n, s, e }' paths.csv)" '44 10000 34724' '44 variants hold 10,000 cases and 34,724 events'
like finding '3 ways of 44 tell of 80 %' 'three of them cover 80 %'
like finding 'steps a way: mean 3.4724, median 2, most 9' 'events a case: mean, median, most'
awk -F, -v said="$(grep -o 'days from.*longest [0-9.]*' finding)" '
function figure(name) { match(said, name " [0-9.]+"); return substr(said, RSTART + length(name) + 1, RLENGTH - length(name) - 1) }
NR == FNR { if (FNR > 1) n[$5 ":" $1] = $6; next }
$1 != "traffic_fines" { next }
$2 == "variant_top10" { c++; if (n[$3] != $4) print $3, n[$3], $4 }
$2 == "throughput_seconds" {
	c++
	name = $3 == "p50" ? "median" : $3 == "max" ? "longest" : $3 == "mean" ? "mean" : $3
	d = figure(name) * 86400 - $4
	if (d > 5 || d < -5) print $3, figure(name) * 86400, $4
}
END { print c }' paths.csv "$ref" >compared
is "$(cat compared)" 17 'the ten commonest variants, and throughput: p25, median, p75, p90, p95, longest, mean'
run wend touchpoints paths -q -f csv --ties name
is "$(awk 'END { print NR - 1 }' "$out")" "$(awk -F, '$1 == "traffic_fines" && $3 == "variants_if_ties_sorted_by_activity_name" { print $4 }' "$ref")" 'variants with ties by name'
for n in 1 3; do
	run wend touchpoints paths -q -f csv --threads $n
	same "$out" paths.csv "the same bytes with $n threads"
done

# Funnels: each of the reference rows is one step of one funnel.
grep '^traffic_fines,funnel_' "$ref" | while IFS=, read -r _ how what n _; do
	case $how in
	*from_first_occurrence*) set -- --start first ;;
	*_strict_*) set -- --match strict ;;
	*_unordered_*) set -- --match any ;;
	*) set -- ;;
	esac
	key="$how.$(printf '%s' "${what% step*}" | tr -c 'A-Za-z\n' _).csv"
	[ -f "$key" ] || wend touchpoints funnel --steps "$(printf '%s' "${what% step*}" | tr '|' ',')" --window "${how##*_window_}" "$@" -q -f csv >"$key"
	got=$(awk -F, -v s="${what##* step}" '$1 == s { print $3 }' "$key")
	if [ "$got" = "$n" ]; then echo met; else echo "$how $what: $got, $n expected"; fi
done | sort | uniq -c | sed 's/^ *//' >compared
is "$(cat compared)" "$(grep -c '^traffic_fines,funnel_' "$ref") met" 'every step of every funnel: ordered, from the first start, strict, any order, with every window'
done_testing
