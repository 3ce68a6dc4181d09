#!/bin/bash
# wend customer erase: security cases S12 and S19, and S11 where it makes files. The byte
# search is grep's, over every file beside the store.
. "$(dirname "$0")/lib.sh"

has_report customer erase || skip_all 'there is no customer erase'

cat >shop.ini <<'X'
[export]
title = Shop, orders
source = shop
require = no, when, total, id, mail, phone, item
[orders]
id = no
time = when
amount = total
currency = "EUR"
channel = item
identity = id:id, mail:mail, tel:phone
X
header=no,when,total,id,mail,phone,item
cat >a.csv <<X
$header
1,2026-01-02,10.00,u-ada-1815,Ada@Example.com,+49 30 1234567,analytical engine
2,2026-01-03,11.00,u-bob-1788,bob@example.com,,poem
3,2026-01-05,12.00,,ada@example.com,,poem
4,2026-01-06,13.00,u-cyd-1800,cyd@example.com,+49 40 7654321,loom
X
cat >people.csv <<'X'
who,name,tel,ref,note
ada@example.com,Ada Lovelace,030 1234567,,enjoys sums of series
bob@example.com,Bob Byron,,ADA@example.com,writes
cyd@example.com,Cyd Loom,,,weaves
X
people="--as customers --map customer=who --map name=name --map phone=tel --map referred_by=ref --keep note --country DE"
# A file with rows that cannot be used, of ada and of bob.
cat >bad.csv <<X
$header
5,2026-02-02,xx,u-ada-1815,,,poem
6,2026-02-30,1.00,u-bob-1788,,,poem
7,2026-02-03,yy,,,,"of ada@example.com, said twice"
12,2026-02-03,1.00,u-bob-1788,,,poem
8,2026-02-04,zz,,,+49 30 1234567,"two
lines"
X
ingest() { wend ingest -q -s "$store" --tz UTC "$@"; }
new_store() {
	store=$1/s.db
	mkdir "$1" || exit 1
	cp a.csv people.csv bad.csv shop.ini "$1"
	# What a person keeps are not the program's files: they lie elsewhere.
	mkdir "$1/in" && mv "$1"/*.csv "$1/in"
	ingest --preset shop.ini "$1/in/a.csv" >>"$out" 2>&1 || return 1
	# shellcheck disable=SC2086
	ingest $people "$1/in/people.csv" >>"$out" 2>&1 || return 1
	ingest --preset shop.ini --max-rejects 90% --rejects "$1/bad.rejects.csv" "$1/in/bad.csv" >>"$out" 2>&1
}
terms='ada-1815
ada@example.com
ada lovelace
1234567
analytical engine
sums of series'
# Hits of all terms in every file beside a store.
hits() { find "$1" -path "$1/in" -prune -o -type f ! -name shop.ini -print0 | xargs -0 grep -a -i -c -F -e "$terms" | awk -F: '{ n += $NF } END { print n + 0 }'; }
# What is told of everybody, ada aside.
totals() {
	wend ltv rfm -q -f csv -s "$1" --as-of 2026-06-30 | grep -v ada | cut -d, -f1-8
	wend store query -q -f csv -s "$1" "SELECT kind, time, id, amount FROM event WHERE customer NOT LIKE '%ada%' AND kind = 'orders' ORDER BY 1, 2, 3"
}

# ---- S12 ----
: >"$out"
new_store one || fail 'a store is made' "$(head -n 20 "$out")"
isnt "$(hits one)" 0 'S12: she is there before'
totals one/s.db >before
cp -R one copy
rm copy/*.rejects.csv
sha256sum one/s.db one/bad.rejects.csv >sums
run wend customer erase --dry-run -s one/s.db ada@example.com
expect_status 0 'a dry run ends 0'
like "$err" 'customers 1, orders 2; 3 rejected rows in 1 file. Nothing was changed' 'with the kinds and the rejected rows'
like "$err" 'would go, from 2 batches:$' 'and says what would go'
ok 'and changes neither the store nor the rejected rows' sha256sum -c --status sums
ok 'nor makes a key' test ! -e one/s.db.key

run wend customer erase -s one/s.db u-ada-1815
expect_status 0 'S12: erase ends 0'
expect_stdout 'S12: one row says what went' <<'X'
customers,keys,records,references,batches,words,reject_rows,bytes,left
1,3,3,1,2,1,3,0,0
X
like "$err" 'Nothing of them is found' 'S12: and that nothing is found'
is "$(hits one)" 0 'S12: no byte of her is in any file beside the store'
ok 'S12: the rejected row of bob is still there' grep -q '^3,.*u-bob-1788' one/bad.rejects.csv
is "$(grep -c . one/bad.rejects.csv)" 2 'S12: and no other'
run wend store check -q -s one/s.db
expect_status 0 'S12: the store is sound'
unlike "$out" ',bad,' 'S12: in every respect'
totals one/s.db >after
same after before 'S12: everybody else is as before'
is "$(mode one/s.db.key) $(mode one/s.db) $(mode one/bad.rejects.csv)" '600 600 600' 'S11: the key, the store and the rewritten file are private'
is "$(wend store query -q -f csv -s one/s.db --no-header "SELECT count(*) FROM batch WHERE records <> used + rejected + ignored OR used <> added + updated + duplicates")" 0 'records = used + rejected + ignored still'

# ---- S19 ----
sed '2s/10.00/10.50/' a.csv >one/in/a2.csv
echo '9,2026-03-03,99.00,u-new-1,ADA@example.com,,poem' >>one/in/a2.csv
echo '10,2026-03-03,98.00,u-ada-1815,,,poem' >>one/in/a2.csv
run wend ingest -s one/s.db --tz UTC --preset shop.ini one/in/a2.csv
expect_status 0 'S19: another file with her rows is read'
like "$err" '6 records = 2 used \+ 0 rejected \+ 4 ignored \(4 erased customers\)' 'S19: and they are ignored, with the reason'
is "$(hits one)" 0 'S19: no byte of her came back'
run wend ingest -s one/s.db --tz UTC --preset shop.ini one/in/a.csv
like "$err" 'already batch 1' 'S19: the same file is the same file'
run wend store undo -q -s one/s.db 1
run wend ingest -s one/s.db --tz UTC --preset shop.ini one/in/a.csv
like "$err" '2 ignored \(2 erased customers\)' 'S19: after an undo, too, she is ignored'
# shellcheck disable=SC2086
sed 's/weaves/weaves well/' people.csv >one/in/people2.csv
# shellcheck disable=SC2086
run wend ingest -s one/s.db $people one/in/people2.csv
like "$err" '1 ignored \(1 erased customers\)' 'S19: by her telephone and address'
like "$err" '0 added \+ 1 updated \+ 1 duplicates' 'S19: the record she had referred is the one that is there'
cp bad.csv one/in/bad2.csv
printf '11,2026-02-04,1.00,u-ada-1815,"ada@example.com\n' >>one/in/bad2.csv
run wend ingest -s one/s.db --tz UTC --preset shop.ini --max-rejects 90% --rejects one/bad2.rejects.csv one/in/bad2.csv
like "$err" 'erased customers' 'S19: rows of hers that cannot be used'
is "$(hits one)" 0 'S19: are written to no file of rejected rows'
totals one/s.db >after
sed '/^$/d' before >wanted
same after wanted 'S19: totals of everybody else are unchanged'
run wend store check -q -s one/s.db
expect_status 0 'S19: and the store is sound'
run wend customer erase -s one/s.db ada@example.com
expect_status 0 'erasing again ends 0'
like "$err" 'erased before' 'and says so'

# ---- undone and compacted ----
store=copy/s.db
sed '2s/10.00/10.50/' a.csv >copy/in/a2.csv
ingest --preset shop.ini copy/in/a2.csv >/dev/null 2>&1
wend store undo -q -s copy/s.db 1 >/dev/null 2>&1
wend store compact -q -s copy/s.db >/dev/null 2>&1
run wend customer erase -s copy/s.db ada@example.com
expect_status 0 'erase after undo and compaction'
is "$(hits copy)" 0 'finds her there, too'
run wend store check -q -s copy/s.db
expect_status 0 'and leaves a sound store'

# ---- the key ----
mv copy/s.db.key key
sed 's/loom/great loom/' a.csv >copy/in/a3.csv
run wend ingest -s copy/s.db --tz UTC --preset shop.ini copy/in/a3.csv
expect_status 4 'without the key nothing is ingested'
like "$err" "put the key file back, or set WEND_KEY" 'and it is said what to do'
run wend customer erase -s copy/s.db bob@example.com
expect_status 4 'nor erased'
ok 'and no other key is made' test ! -e copy/s.db.key
WEND_KEY='quite another secret' run wend ingest -s copy/s.db --tz UTC --preset shop.ini copy/in/a3.csv
expect_status 4 'nor with another key'
like "$err" 'the key is not the one' 'which is told'
WEND_KEY=$(cat key) run wend ingest -s copy/s.db --tz UTC --preset shop.ini copy/in/a3.csv
expect_status 0 'the line of the file serves as WEND_KEY'
mv key copy/s.db.key
chmod 644 copy/s.db.key
sed 's/loom/greater loom/' a.csv >copy/in/a4.csv
run wend ingest -s copy/s.db --tz UTC --preset shop.ini copy/in/a4.csv
expect_status 4 'S11: a key that others can read is refused'
chmod 600 copy/s.db.key

# ---- what is not ours to change is named ----
new_store two
wend store set -q -s two/s.db 'marks.2026-01-05' 'call ada@example.com' >/dev/null 2>&1
run wend customer erase -s two/s.db ada@example.com
expect_status 4 'a setting that names her is left, and the status tells'
like "$err" "setting 'marks.2026-01-05' names the customer" 'with its name'
wend store set -q -s two/s.db 'marks.2026-01-05' '' >/dev/null 2>&1
run wend customer erase -s two/s.db ada@example.com
is "$status $(hits two)" '0 0' 'once it is changed, erasing again leaves nothing'

# ---- several, and lists ----
new_store three
printf 'customer\ncyd@example.com\n' >list
run wend customer erase -f csv -s three/s.db --only list bob@example.com
expect_status 0 'operands and a list'
like "$out" '^2,' 'are erased together'
run wend customer erase -s three/s.db ada@example.com nobody@example.com
expect_status 2 'an unknown customer is wrong usage'
is "$(wend customer show -q -f csv --no-header -s three/s.db ada@example.com | grep -c .)" 3 'and nobody is erased'
run wend customer erase -s none.db ada
expect_status 4 'no store is an error'
ok 'and none is made' test ! -e none.db

# ---- short keys ----
mkdir five
printf 'order,time,amount,customer\n1,2026-01-01,8,7\n2,2026-01-02,7,8\n3,2026-13-01,7,8\n4,2026-13-02,8,7\n' >short.csv
run wend ingest -q -s five/s.db --as orders --currency EUR --max-rejects 90% --rejects five/rejects.csv short.csv
expect_status 0 'customers with short numbers'
run wend customer erase -f csv -s five/s.db 7
expect_status 0 'go by them'
is "$(cut -d, -f7- five/rejects.csv | paste -sd ' ')" 'order,time,amount,customer 3,2026-13-01,7,8' 'and of the rejected rows only those go where the number is the customer'
is "$(wend customer show -q -f csv --no-header -s five/s.db 8 | grep -c .)" 1 'the other customer is there'

# ---- killed on the way: before or after, never between ----
new_store four
wend ltv rfm -q -f csv -s four/s.db >whole
torn=0
for wait in 0.001 0.003 0.005 0.008 0.012 0.02; do
	cp -R four kill
	rm kill/*.rejects.csv
	(timeout -s KILL "$wait" wend customer erase -q -s kill/s.db ada@example.com >/dev/null; true) 2>/dev/null
	wend store check -q -s kill/s.db >/dev/null 2>&1 || torn=1
	wend ltv rfm -q -f csv -s kill/s.db >now
	cmp -s now whole || grep -q -i ada now && ! cmp -s now whole && torn=2
	wend customer erase -q -s kill/s.db ada@example.com >/dev/null 2>&1 || torn=3
	[ "$(hits kill)" = 0 ] || torn=4
	rm -rf kill
done
is "$torn" 0 'a killed erase leaves the store before or after, and the next one finishes it'
done_testing
