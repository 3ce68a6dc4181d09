#!/bin/sh
# touchpoints paths and funnel: names, ties, ids and times that trip others up, and pipes.
. "$(dirname "$0")/lib.sh"

cat >log.csv <<'EOF'
customer,time,touchpoint,channel
NA,2026-01-01,visit,web
NA,2026-01-02,"ask > wait",phone
NA,2026-01-03,order,web
NULL,2026-01-01 10:00:00,visit,web
NULL,2026-01-01 10:00:00,order,web
0,2026-01-05,order,shop
0,2026-01-05,visit,web
,2026-01-05,visit,web
007,2026-01-05,visit,web
007,2026-01-06,visit,web
007,2026-01-06,"say ""hi"", twice
over two lines",mail
solo,2026-01-07,東京,app
EOF
wend ingest -q -s wend.db log.csv --as interactions --tz UTC >/dev/null
export WEND_STORE="$frame/here/wend.db"

run wend touchpoints paths -q -f csv
expect_status 0 'paths ends 0'
is "$(grep -c '^' "$out")" 8 'six ways, one of them over two lines'
like "$out" '^"visit > ""ask > wait"" > order",' 'a name with > stands in quotes'
like "$out" '東京,' 'any letters'
is "$(grep -cE '^(visit|order) > (order|visit),' "$out")" 2 'ids NA, NULL and 0 are people; a guest is one of his own'
run wend touchpoints paths -q -f json
like "$out" 'two lines' 'json too'
run wend touchpoints paths --ties either -f csv
is "$(grep -cE '^(visit|order) > (order|visit),' "$out")" 1 'either: both orders of one moment are one way'
run wend touchpoints paths --outcome order -q -f csv
like "$out" '^\(none\),1,,0,' 'an order nobody came to by a step: (none), never dropped'
is "$(awk 'NR == 1' "$out" | cut -d, -f1-4)" 'path,total_conversions,total_conversion_value,total_null' 'the columns attribution reads'
run wend touchpoints paths --outcome order --length 1 -q -f csv
is "$(awk -F, '$1 == "visit" { print $2, $4 }' "$out")" '2 3' '--length tells ways apart by their first steps'
run wend touchpoints paths --steps-by channel -q -f csv
like "$out" '^web > phone > web,' 'steps told by channel'
run wend touchpoints paths --hide 'visit,ask*' -q -f csv
is "$(awk -F, '$1 == "order" { print $6 }' "$out")" 3 'hidden steps are looked past'
run wend touchpoints paths --begin visit --end order -f csv
is "$(awk -F, 'NR > 1 { open += $NF } END { print open }' "$out")" 3 'journeys that never came to the end are open'
tr '\n' ' ' <"$err" | tr -s ' ' >finding
like finding '3 journeys are not over' 'and it is said'
run wend touchpoints paths --through 'ask > wait' -q -f csv
is "$(grep -c ' > ' "$out")" 1 '--through: only journeys with such a step between'
run wend touchpoints paths --gap 1d -q -f csv
is "$(awk -F, '$1 == "visit" { print $6 }' "$out")" 3 'a day without a step ends a journey'
run wend touchpoints paths --kinds orders -f csv
expect_status 0 'nothing to read: exit 0'
is "$(grep -c '^' "$out")" 1 'and the header alone'

# ---- funnels ----
row() { awk -F, -v s="$1" -v c="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } $1 == s { print $k }' "$out"; }
run wend touchpoints funnel --steps visit,order -q -f csv
expect_status 0 'funnel ends 0'
is "$(row 1 n) $(row 2 n)" '5 2' 'ties in the order of the file'
run wend touchpoints funnel --steps visit,order --ties either -q -f csv
is "$(row 2 n)" 3 'either: steps of one moment connect both ways'
run wend touchpoints funnel --steps visit,order --window 0 -q -f csv
is "$(row 2 n)" 1 'window 0: the same moment only'
run wend touchpoints funnel --steps visit,visit -q -f csv
is "$(row 1 n) $(row 2 n)" '5 1' 'a step named twice takes two events'
run wend touchpoints funnel --steps 'visit,order' --exclude 'ask*' -q -f csv
is "$(row 2 n)" 1 'an excluded step ends a chain'
run wend touchpoints funnel --steps 'visit,"ask > wait",order' --step 'ask > wait>order:12h' -q -f csv
is "$(row 2 n) $(row 3 n)" '1 0' 'a window from step to step, names with angles'
run wend touchpoints funnel --steps 'visit,"ask > wait",order' --step '2>3:1d' -q -f csv
is "$(row 3 n)" 1 'the same by number'
run wend touchpoints funnel --steps visit,order --match any -q -f csv
is "$(row 2 n)" 3 'in whatever order'
run wend touchpoints funnel --steps visit,order --start each --window none -q -f csv
is "$(row 1 n) $(row 2 n)" '6 2' 'each start is an attempt'
run wend touchpoints funnel --steps visit,order --window 5d -q -f csv
is "$(row 1 n) $(row 1 matured_n)" '5 2' 'who may still come is not lost'
run wend touchpoints funnel --steps visit,order --window 5d --who 1:open -q -f csv
is "$(cut -d, -f1 "$out" | tr '\n' ' ')" 'customer 0 007  ' '--who names them, ids as they are'
run wend touchpoints funnel --steps visit,order --by channel --window none -f csv
expect_status 0 '--by ends 0'
like "$out" '^web,1,visit,5,' 'groups by the step the chain began with'
wend touchpoints funnel --steps visit,order --window none --who 2 -q -f csv | wend touchpoints list --only - -q -f csv >piped.csv
is "$(awk -F, '$1 == "order" { n += $4 } END { print n }' piped.csv)" 2 '--who pipes into --only'
run wend touchpoints funnel --steps visit,order --kinds orders -f csv
expect_status 0 'nobody: exit 0'

run wend touchpoints funnel -q
expect_status 2 'a funnel needs steps'
run wend touchpoints funnel --steps visit -q
expect_status 2 'two of them'
run wend touchpoints funnel --steps visit,ordr -q
expect_status 2 'an unknown step is refused'
like "$err" "did you mean 'order'" 'with the nearest there is'
run wend touchpoints funnel --steps visit,order --window soon -q
expect_status 2 'no span of time'
run wend touchpoints funnel --steps visit,order --exclude order -q
expect_status 2 'a step cannot be excluded too'
run wend touchpoints funnel --steps visit,order --step 'order>visit:2d' -q
expect_status 2 'only neighbours have a window of their own'
run wend touchpoints funnel --steps visit,order --who 3 -q
expect_status 2 'no such step'
run wend touchpoints map --depth 3 -q
expect_status 2 '--depth without positions'

# ---- one pass for several ----
run wend touchpoints map,paths,funnel,effort --steps visit,order -o folder -q -f csv
expect_status 0 'several reports go into a folder'
is "$(cut -d, -f1 "$out" | tr '\n' ' ')" 'report map paths funnel effort ' 'and a table tells of them'
for report in map paths effort; do
	wend touchpoints $report -q -f csv >alone.csv
	same "folder/$report.csv" alone.csv "$report is what it is alone"
done
wend touchpoints funnel --steps visit,order -q -f csv >alone.csv
same folder/funnel.csv alone.csv 'the funnel too'
run wend touchpoints map,paths -q -f csv
expect_status 2 'without a folder nothing is done'
run wend touchpoints map,list -o other -q
expect_status 2 'list does not share a pass'
run wend touchpoints map,map -o other -q
expect_status 2 'once is enough'
run wend touchpoints map,nothing -o other -q
expect_status 2 'no such report'

# Renamed steps are called so everywhere.
wend store set 'names.ask*' question -q >/dev/null
run wend touchpoints funnel --steps visit,question,order -q -f csv
is "$(row 3 n)" 1 'the name of [names]'
run wend touchpoints funnel --steps 'visit,ask > wait' -q
expect_status 2 'the old name is gone'

# ---- 5,000 touchpoints, and one customer with a million steps ----
awk 'BEGIN { print "customer,time,touchpoint"
	for (i = 0; i < 5000; i++) for (k = 0; k < 3; k++) printf "c%d,2026-01-0%d,step %d\n", i % 1000, k + 1, (i + k * 7) % 5000 }' >wide.csv
run wend touchpoints paths wide.csv --as interactions --tz UTC --top 3 -q -f csv
expect_status 0 '5,000 touchpoints'
run wend touchpoints map wide.csv --as interactions --tz UTC -f csv
tr '\n' ' ' <"$err" | tr -s ' ' >finding
like finding '15,000 steps of 1,000 customers' 'steps in = steps out'
awk 'BEGIN { print "customer,time,touchpoint"
	for (i = 0; i < 1000000; i++) printf "one,2026-%02d-%02d %02d:%02d:%02d,%s\n", 1 + int(i / 86400), 1 + int(i % 86400 / 3600), i % 24, int(i % 3600 / 60), i % 60, i % 3 ? (i % 2 ? "a" : "b") : "c" }' >long.csv
wend ingest -q -s long.db long.csv --as interactions --tz UTC >/dev/null
run wend touchpoints paths -s long.db --outcome c -q -f csv
is "$(awk -F, 'NR > 1 { s += $6 * $11 + $2 } END { print s }' "$out")" 1000000 'a million steps of one customer, cut at each outcome'
run wend touchpoints funnel -s long.db --steps a,b,c --match any --window none -q -f csv
is "$(row 3 n)" 1 'a funnel through a million steps'
done_testing
