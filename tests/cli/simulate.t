#!/bin/bash
# wend simulate: every file is recognised, every row accounted for as truth.csv says, the
# same options give the same bytes, and a folder appears whole or not at all.
. "$(dirname "$0")/lib.sh"

# simulate COMPANY SEED DIR [OPTION...]
simulate() {
	local company=$1 seed=$2 dir=$3
	shift 3
	wend simulate -q --company "$company" --seed "$seed" -o "$dir" "$@"
}
truth() { awk -F, -v name="$2" '$1 == name { print $2 }' "$1/truth.csv"; }
# wend's figures of each file beside those of the truth; prints what differs.
balance() {
	awk -F, '
	FNR == 1 { file++ }
	file == 1 && $1 ~ /^file\./ { truth[$3 "." substr($1, 6)] = $2; files[$3] }
	file == 2 && FNR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
	file == 2 {
		n = split($1, part, "/")
		f = "exports/" part[n]
		delete files[f]
		for (i = 1; i <= NF; i++)
			if (f "." name[i] in truth && truth[f "." name[i]] != $i)
				print f, name[i], "wend", $i, "truth", truth[f "." name[i]]
	}
	END { for (f in files) print f, "was not ingested" }' "$1/truth.csv" "$2"
}
planted() { sed -n 's,^reject\.\([a-z-]*\)\,\([0-9]*\)\,exports/\(.*\)\.csv$,\3:\2:\1,p' "$1/truth.csv" | sort; }
rejected() {
	for f in "$1"/exports/*.rejects.csv; do
		[ -f "$f" ] || continue
		b=${f##*/}
		# The rest of a row may be in any letters, and run over lines.
		LC_ALL=C sed -n "s,^\([0-9]\{1\,\}\)[,;][0-9]*[,;][0-9]*[,;]\([a-z-]\{1\,\}\)[,;].*,${b%.rejects.csv}:\1:\2,p" "$f"
	done | sort
}
people() { wend store query -q -f csv --no-header "select count(*) from customer where $1"; }
money() { wend ltv -q -f csv --currency "$1" | awk -F, '$1 == "so far" && $2 == "revenue" { printf "%.0f\n", $4 * 100 }'; }
wanted_money() { echo $(($(truth "$1" "money.$2.gross") - $(truth "$1" "money.$2.refunds") - $(truth "$1" "money.$2.guests"))); }

one_company() {
	local company=$1 seed=$2 currency=$3 other=$4 d=$1$2
	simulate "$company" "$seed" "$d" --customers 500 --days 240 --set damaged=0.006 >"$d.csv"
	export WEND_STORE=$frame/here/$d.db
	wend store set -q --file "$d/wend.ini" >"$frame/ok"
	run wend ingest -f csv "$d"/exports/*
	expect_status 0 "$company $seed: every file is recognised by itself"
	cp "$out" "$d.ingested"
	is "$(balance "$d" "$d.ingested")" '' "$company $seed: records, used, rejected, ignored, duplicates and updated of each file are the truth"
	isnt "$(planted "$d" | wc -l)" 0 "$company $seed: rows were damaged"
	is "$(rejected "$d")" "$(planted "$d")" "$company $seed: they are rejected by file, line and reason, and no other row is"
	is "$(people "guest = 0 and (keys like '%@%' or keys not like 'visitor:v%')")" "$(truth "$d" customers.expected)" "$company $seed: as many customers as the keys can tell apart"
	is "$(people "guest = 0 and keys not like '%@%' and keys like 'visitor:v%'")" "$(truth "$d" visitors.unknown)" "$company $seed: visitors who never bought stay strangers"
	is "$(people 'guest = 1')" "$(truth "$d" guests)" "$company $seed: sales without a name are guests"
	for c in $currency $other; do
		is "$(money "$c")" "$(wanted_money "$d" "$c")" "$company $seed: revenue in $c, to the cent"
	done
	like "$d/truth.csv" '^cause\.login\.leave,0\.7,' "$company $seed: what was planted is written down"
}

one_company shop 1 EUR CHF
one_company shop 2 EUR CHF
one_company saas 1 EUR USD
one_company saas 2 EUR USD
one_company hotel 1 EUR ''
one_company hotel 2 EUR ''
for fact in orders.voided refunds.row refunds.column.stamped refunds.column.partial; do
	isnt "$(truth shop1 $fact)" 0 "there are some: $fact"
done
is "$(awk -F, 'NR > 1 && $5 != ""' shop1/truth-customers.csv | wc -l | tr -d ' ')" "$(truth shop1 left)" 'who left is listed, and counted'
is "$(($(truth saas1 alive) + $(truth saas1 left) + $(truth saas1 trials.lost)))" "$(truth saas1 persons)" 'a customer is there, has left, or has not taken up a trial'
is "$(($(truth shop1 left.silent) + $(truth shop1 left.heard) + $(truth shop1 left.uncovered)))" "$(truth shop1 left)" 'leaving was silent, or not, or the helpdesk cannot tell'

simulate shop 1 again --customers 500 --days 240 --set damaged=0.006 --threads 1 >one.csv
rm -f shop1/exports/*.rejects.csv
ok 'one thread writes the same bytes' diff -r shop1 again
(LC_ALL=de_DE.UTF-8 TZ=Asia/Tokyo WEND_NOW=2030-01-01T00:00:00Z simulate shop 1 elsewhere --customers 500 --days 240 --set damaged=0.006 --threads 2) >two.csv
ok 'so does another place and time' diff -r again elsewhere
same one.csv two.csv 'and prints the same'
ok 'another seed is another company' test "$(cksum <shop1/truth-customers.csv)" != "$(cksum <shop2/truth-customers.csv)"
is "$(find again -type f ! -perm 600; find again -type d ! -perm 700)" '' 'files and folders are for their owner only'

run simulate shop 1 again --customers 10
expect_status 4 'a folder that holds a simulation is not written over'
like "$err" "holds an earlier simulation; give --replace" 'and the message says how'
run simulate hotel 3 again --customers 50 --replace
expect_status 0 '--replace takes its place'
is "$(truth again simulation)" hotel 'with the new one'
touch again/exports/letter.txt
run simulate hotel 3 again --customers 50 --replace
expect_status 4 'but not when something else lies in it'
like "$err" "again/exports/letter.txt" 'which is named'
mkdir full empty
touch full/mine
run simulate shop 1 full --customers 10
expect_status 4 'a folder with other things stays as it is'
is "$(ls full)" mine 'untouched'
run simulate shop 1 empty --customers 10
expect_status 0 'an empty folder is filled'
run simulate shop 1 no/such/place --customers 10
expect_status 4 'a place that is not there'
is "$(ls -d -- *.wend-* 2>/dev/null)" '' 'nothing half done is left beside'

run wend simulate -q
expect_status 2 'a folder must be named'
run simulate shop 1 x --set latte=1
expect_status 2 'an unknown parameter'
like "$err" "did you mean 'late'" 'comes with the nearest'
run simulate shop 1 x --set late=2
expect_status 2 'a share above one'
run simulate saas 1 x --set late=0.1
expect_status 2 'what a company does not have'
run simulate shop 1 x --customers 5 --orders 5
expect_status 2 'customers and orders both'
run simulate shop 1 x --until 31.10.2026
expect_status 2 'a date in another form'
ok 'none of them wrote' test ! -e x

simulate shop 4 clean --customers 300 --days 120 --without both >clean.csv
is "$(awk -F, 'NR > 1 { r += $6; u += $9 + $8 } END { print r + u }' clean.csv)" 0 'without traps nothing is damaged, repeated or changed'
is "$(truth clean left.because.nothing)" "$(truth clean left)" 'without effects nobody leaves for a cause'
simulate shop 1 many --orders 3000 >many.csv
ok '--orders brings about as many' test "$(truth many orders.all)" -gt 2500 -a "$(truth many orders.all)" -lt 3900

run wend simulate parameters -f csv --company saas
expect_status 0 'parameters are listed'
like "$out" '^hazard,0.001,' 'with their values'
run wend simulate names -f csv
cut -d, -f1 shop1/truth.csv | sed 's/^param\.[a-z-]*$/param.NAME/; s/^channel\.[a-z_]*\./channel.NAME./; s/^location\.[a-z]*\.\(.*\)/location.NAME.\1/; s/^cause\.[a-z_]*\.\(.*\)/cause.NAME.\1/; s/^money\.[A-Z]*\./money.CODE./; s/^reject\..*/reject.CODE/' | sort -u | while read -r name; do
	[ "$name" = name ] || grep -q "^$name," "$out" || echo "$name"
done >unnamed
is "$(cat unnamed)" '' 'every name of truth.csv has a meaning in the list'

# At many moments of the work; a fast machine may be done before the last. timeout sends the
# signal twice, to the process and to its group.
halves=0
for ms in 02 05 08 11 14 17 20 25 30 40; do
	timeout -s INT "0.$ms" wend simulate -q -o cut --customers 300000 >cut.csv 2>cut.err
	[ ! -e cut ] || [ -f cut/truth.csv ] || halves=$((halves + 1))
	rm -rf cut
done
is "$halves" 0 'an interrupt leaves the whole folder or none'
is "$(ls -d -- *.wend-* 2>/dev/null)" '' 'and no half of it'
done_testing
