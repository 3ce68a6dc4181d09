#!/bin/bash
# Who earned the conversions: tables of paths, and ways made of touches from a store.
. "$(dirname "$0")/lib.sh"

# col FILE CHANNEL COLUMN
col() { awk -F, -v c="$2" -v want="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == want) k = i } NR > 1 && $1 == c { print $k }' "$1"; }

# ---- tables ----
cat >paths.csv <<'x'
path,total_conversions,total_conversion_value,total_null
a > b,30,300,10
b,20,100,40
x
run wend touchpoints attribution --from paths.csv -f csv
expect_status 0 'a table of paths is enough'
is "$(head -1 "$out")" 'channel,first,last,linear,position,wshape,decay,markov,markov_lo,markov_hi,re,re_lo,re_hi,shapley,shapley_markov,spread,value,value_lo,value_hi,n,met,flag' 'the columns'
is "$(col "$out" a re) $(col "$out" b re)" '0.4 1' 'removal effects as worked out by hand'
is "$(col "$out" a first) $(col "$out" a last) $(col "$out" a linear)" '30 0 15' 'rules'
is "$(awk -F, 'NR > 1 { m += $8; s += $14; k += $15 } END { printf "%.9f %.9f %.9f", m, s, k }' "$out")" '50.000000000 50.000000000 50.000000000' 'credits sum to the conversions'
cp "$out" whole

printf 'path,total_conversions,total_conversion_value,total_null\nb,20,100,0\nb,0,0,40\n' >one.csv
printf 'total_null,path,total_conversions,total_conversion_value\n10,a>b,30,300\n' >two.csv
run wend touchpoints attribution --from one.csv --from two.csv -f csv -q
same "$out" whole 'tables add up, whatever the order of rows and columns'
run wend touchpoints attribution --from - -f csv -q <paths.csv
same "$out" whole 'also from a pipe'

printf '[{"path":"a > b","total_conversions":30,"total_conversion_value":300,"total_null":10},{"path":"b","total_conversions":20,"total_conversion_value":100,"total_null":40}]' >paths.json
run wend touchpoints attribution --from paths.json -f csv -q
same "$out" whole 'JSON is read, too'
run wend touchpoints attribution --from - -f csv -q <paths.json
same "$out" whole 'also from a pipe'

cat >odd.csv <<'x'
path,total_conversions,total_conversion_value,total_null
"""a > b"" > c, d",0.5,-2.25,0
c" d > Größe,1,1e2,0
(none),2,20,7
,1,,
x
sed -i 's/^c" d/"c"" d/; s/Größe,1/Größe",1/' odd.csv
run wend touchpoints attribution --from odd.csv -f csv
expect_status 0 'names with >, commas, quotes; fractions; a negative value'
is "$(col "$out" 'Größe' last) $(col "$out" '(none)' markov) $(col "$out" '(none)' value)" '1 3 20' 'what no touch came before is a row of its own'
like "$out" '^a > b,' 'a name that holds the separator is one channel'
tr '\n' ' ' <"$err" | tr -s ' ' >finding
like finding 'No touch is known before 66.7 % of them' 'and told in words'

printf 'path,total_conversions,total_null\n' >empty.csv
run wend touchpoints attribution --from empty.csv -f csv
expect_status 0 'no rows: status 0'
is "$(wc -l <"$out" | tr -d ' ')" 1 'and the header alone'
printf 'path,total_conversions,total_null\na > b,0,5\nb,0,5\n' >never.csv
run wend touchpoints attribution --from never.csv -f csv
expect_status 0 'nobody converts: status 0'
is "$(col "$out" a re)$(col "$out" a markov)" '' 'and nothing is told of effects'
like "$err" 'no way led to a conversion' 'which the finding says'

while IFS='|' read -r what table; do
	printf 'path,total_conversions,total_null\n%b\n' "$table" >bad.csv
	run wend touchpoints attribution --from bad.csv
	expect_status 3 "$what: status 3"
	like "$err" "row 2: .*$what" 'the row is named'
done <<'x'
is no number|a,1,1\na,x,1
cannot be counted|a,1,1\na,-1,1
a quote in the path|a,1,1\n"""a > b",1,1
x
run wend touchpoints attribution --from two.csv --lookback 3d
expect_status 2 'a table has no times'
printf 'a,b\n1,2\n' >bad.csv
run wend touchpoints attribution --from bad.csv
expect_status 3 'a table without paths is refused'
run wend touchpoints attribution --from paths.csv --order 5
expect_status 2 'there is no order 5'
run wend touchpoints attribution --from paths.csv --fail-if 're>0.9'
expect_status 1 '--fail-if'

awk 'BEGIN { print "path,total_conversions,total_null"; for (i = 0; i < 30; i++) print "c" i " > c" (i + 1) ",1,1" }' >many.csv
run wend touchpoints attribution --from many.csv -f csv
expect_status 0 'more channels than all sets of are looked at'
is "$(col "$out" c3 shapley_markov)" '' 'leave that column empty'
like "$err" 'all sets of more than 24 channels are too many' 'and say so'
wide=5000
[ -z "${WEND_SANITIZED-}" ] || wide=900 # the same code, slowly
awk -v n=$wide 'BEGIN { print "path,total_conversions,total_null"; for (i = 0; i < n; i++) print "c" i " > c" (i * 7 % n) ",1,2" }' >wide.csv
run wend touchpoints attribution --from wide.csv -q -f csv
expect_status 0 'five thousand channels, or 900 where everything is slow'
is "$(awk -F, 'NR > 1 { n++; s += $8 } END { printf "%d %.6f", n, s }' "$out")" "$wide $wide.000000" 'share out all conversions'

# ---- a store ----
cat >orders.csv <<'x'
order,customer,time,amount,currency,channel
1,ada,2026-03-10T12:00:00Z,50.00,EUR,shop
2,ada,2026-04-20T12:00:00Z,30.01,EUR,shop
3,ben,2026-03-12,20.00,EUR,shop
4,cem,2026-03-15T09:00:00Z,10.00,EUR,shop
x
cat >visits.csv <<'x'
customer,time,touchpoint,channel,direction
ada,2026-03-01T08:00:00Z,visit,search,in
ada,2026-03-05T08:00:00Z,visit,social,in
ada,2026-03-10T12:00:00Z,visit,tied,in
ada,2026-04-01T08:00:00Z,visit,mail,in
ada,2026-04-10T08:00:00Z,letter,post,out
ben,2026-01-01T08:00:00Z,visit,search,in
ben,2026-03-12T18:00:00Z,visit,mail,in
dan,2026-02-01T08:00:00Z,visit,social,in
dan,2026-04-15T08:00:00Z,visit,search,in
x
export WEND_STORE="$frame/here/wend.db"
wend ingest -q --as orders --tz UTC orders.csv >/dev/null
wend ingest -q --as interactions --tz UTC visits.csv >/dev/null
run wend touchpoints attribution --credits -f csv -q
expect_stdout 'touches before each purchase, after the one before, within 30 days; those of a day before an order known to the day' <<'x'
customer,time,channel,campaign,model,credit,value
ada,2026-03-10T12:00:00Z,search,,markov,0.3333333333333333,16.67
ada,2026-03-10T12:00:00Z,social,,markov,0.6666666666666666,33.33
ada,2026-04-20T12:00:00Z,mail,,markov,1,30.01
ben,2026-03-12,mail,,markov,1,20.00
cem,2026-03-15T09:00:00Z,(none),,markov,1,10.00
x
run wend touchpoints attribution --credits --reuse --lookback inf --model linear -f csv -q
is "$(awk -F, '$1 == "ada" && $2 ~ /04-20/ { printf "%s %.4f %s;", $3, $6, $7 }' "$out")" 'search 0.2500 7.51;social 0.2500 7.50;tied 0.2500 7.50;mail 0.2500 7.50;' '--reuse: earlier touches count again, and cents add up'
run wend touchpoints attribution --credits --model decay -f csv -q
is "$(awk -F, '$1 == "ada" && $2 ~ /03-10/ { s += $6; printf "%s %.6f ", $3, $6 } END { print s }' "$out")" 'search 0.402254 social 0.597746 1' 'time decay goes by days: 2^(-4/7) between the two'
run wend touchpoints attribution -f csv --explain
is "$(col "$out" search first) $(col "$out" mail first) $(col "$out" '(none)' first)" '1 2 1' 'first touches'
like "$err" '3 conversions, 3 without' 'null paths: 30 days without a conversion behind a touch, one at the moment of a purchase among them'
like "$err" 'not counted: 1' 'a way that may still convert is not counted'
run wend touchpoints attribution --order-channel --credits -f csv -q
is "$(awk -F, '$1 == "cem" { print $3 }' "$out")" shop "--order-channel: without a touch the order's own channel"
run wend touchpoints attribution --touch letter --credits -f csv -q
is "$(awk -F, '$1 == "ada" { printf "%s ", $3 }' "$out")" '(none) post ' '--touch names the steps that are touches'
run wend touchpoints attribution --conversion first -f csv -q
is "$(awk -F, 'NR > 1 { s += $2 } END { print s }' "$out")" 3 'first purchases only'
run wend touchpoints attribution --conversion letter --touch visit -f csv -q
is "$(col "$out" mail last)" 1 'a step as the conversion'
run wend touchpoints attribution --conversion lettre
expect_status 2 'a step nobody took is wrong usage'
run wend touchpoints attribution --per-conversion -f csv -q
is "$(awk -F, 'NR > 1 { s += $2; m += $8 } END { printf "%.9f %.9f", s, m }' "$out")" '1.000000000 1.000000000' '--per-conversion: shares of one'
run wend touchpoints attribution --since 2026-03-06 --credits -f csv -q
is "$(awk -F, '$1 == "ada" { printf "%s ", $3 }' "$out")" 'search social mail ' 'touches before the span count for conversions in it'
for n in 1 2 4; do
	run wend touchpoints attribution -f csv -q --order 3 --threads $n
	cp "$out" "t$n"
	same "t$n" t1 "the same bytes with $n threads"
done

wend touchpoints paths -q -f csv >ways.csv
run wend touchpoints attribution --from ways.csv -f csv
expect_status 0 'touchpoints paths | touchpoints attribution --from -'
is "$(awk -F, 'NR > 1 { s += $8 } END { printf "%.9f", s }' "$out")" "$(awk -F, 'NR > 1 { s += $2 } END { printf "%.9f", s }' ways.csv)" 'shares out the conversions of the paths'

store=$frame/here/demo.db
for f in shopify-orders stripe-payments zendesk-tickets; do wend ingest -q -s "$store" --tz Europe/Berlin "$top/examples/demo/$f.csv" >/dev/null; done
store=$frame/here/omed.db
for f in zendesk-tickets stripe-payments shopify-orders; do wend ingest -q -s "$store" --tz Europe/Berlin "$top/examples/demo/$f.csv" >/dev/null; done
wend touchpoints attribution -s demo.db --order auto --explain -f csv >a 2>a.err
wend touchpoints attribution -s omed.db --order auto --explain -f csv >b 2>b.err
same a b 'the order of ingest changes no byte'
same a.err b.err 'nor a word'
done_testing
