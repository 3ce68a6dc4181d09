#!/bin/bash
# Files mapped by hand know the same people: ids, visitors and lists of customers are in
# one space, and every key that is printed is one that can be typed.
. "$(dirname "$0")/lib.sh"

has_command ingest || skip_all 'there is no ingest'
export WEND_KEY=a-secret-of-at-least-thirty-two-letters
customers() { wend store query -q --raw -f csv --no-header -s "$1" 'SELECT customer, keys, records FROM customer ORDER BY 1'; }
people() { wend store query -q --raw -f csv --no-header -s "$1" 'SELECT customer, name, segment, records FROM customer ORDER BY 1'; }

# ---- visitors of files of different kinds ----
cat >web.csv <<'X'
time,touchpoint,device
2026-01-01T10:00:00Z,visit,v3
2026-01-02T10:00:00Z,visit,v4
X
cat >orders.csv <<'X'
order,time,amount,currency,visitor,email
o1,2026-01-03T10:00:00Z,5.00,EUR,v3,ada@example.com
X
wend ingest -q -s a.db --as interactions --map visitor=device web.csv >"$out" 2>&1 || fail 'interactions are taken' "$(cat "$out")"
wend ingest -q -s a.db --as orders orders.csv >"$out" 2>&1 || fail 'orders are taken' "$(cat "$out")"
is "$(customers a.db)" 'ada@example.com,ada@example.com visitor:v3,2
visitor:v4,visitor:v4,1' 'a visitor of one file is the visitor of another'
for key in visitor:v3 visitor:v4 v4 ada@example.com; do
	run wend customer show -q -s a.db "$key"
	expect_status 0 "customer show finds $key"
	like "$out" ',interactions,visit,' "and the visit of $key"
done
run wend customer find -q -s a.db visitor:v4
like "$out" '^visitor:v4,' 'customer find does'
echo visitor:v4 >list
run wend touchpoints list -q -s a.db --only list
like "$out" '^visit,+1,1,' 'so does --only'
run wend customer erase -s a.db visitor:v4
expect_status 0 'and customer erase'
(cat web.csv && echo 2026-01-05T10:00:00Z,visit,v5) >web2.csv
run wend ingest -s a.db --as interactions --map visitor=device web2.csv
like "$err" 'ignored \(1 erased customers\)' 'which keeps him out'

# ---- a space of its own ----
wend ingest -q -s b.db --as orders orders.csv >"$out" 2>&1 || fail 'orders are taken' "$(cat "$out")"
wend ingest -q -s b.db --as interactions --map visitor=device --id-space site:two web.csv >"$out" 2>&1 || fail 'interactions are taken' "$(cat "$out")"
is "$(customers b.db)" 'ada@example.com,ada@example.com visitor:v3,1
site:two:v3,site:two:v3,1
site:two:v4,site:two:v4,1' '--id-space keeps the visitors of two sources apart'
run wend customer show -q -s b.db site:two:v3
like "$out" ',interactions,visit,' 'a key is found as it is printed, also with a colon in the name of its space'
run wend customer erase -q -s b.db site:two:v3
expect_status 0 'and can be erased'

# ---- a saved profile goes on as it began ----
wend ingest -q -s c.db --as orders --save-profile stall orders.csv >"$out" 2>&1 || fail 'a profile is saved' "$(cat "$out")"
cp orders.csv more.csv
echo 'o2,2026-01-04T10:00:00Z,6.00,EUR,v3,ada@example.com' >>more.csv
run wend ingest -s c.db --preset stall more.csv
like "$err" '1 added \+ 0 updated \+ 1 duplicates' 'orders of a file mapped by hand are known to the profile made of it'
is "$(customers c.db)" 'ada@example.com,ada@example.com visitor:v3,2' 'and so are its visitors'

# ---- customers without an id ----
cat >people.csv <<'X'
customer,name,segment
c1,Ada,new
c2,Ben,new
X
cat >people2.csv <<'X'
customer,name,segment
c1,Ada,gold
c2,Ben,new
c3,Cyd,new
X
run wend ingest -s d.db --as customers people.csv
run wend ingest -s d.db --as customers people2.csv
like "$err" '1 added \+ 1 updated \+ 1 duplicates' 'a later list adds one, changes one and repeats one'
is "$(people d.db)" 'c1,Ada,gold,1
c2,Ben,new,1
c3,Cyd,new,1' 'a changed row replaces the row of the same customer'
run wend store undo -q -s d.db 2
is "$(people d.db)" 'c1,Ada,new,1
c2,Ben,new,1' 'and gives it back when its list is taken back'
run wend store check -q -s d.db
expect_status 0 'the store is sound'

cat >mails.csv <<'X'
mail,name
ada@example.com,Ada
Ben@Example.com,Ben
X
sed 's/,Ben/,Benjamin/; s/Ben@/ben@/' mails.csv >mails2.csv
run wend ingest -s e.db --as customers --map customer=mail mails.csv
run wend ingest -s e.db --as customers --map customer=mail mails2.csv
like "$err" '0 added \+ 1 updated \+ 1 duplicates' 'a customer known by an address, however written, is one record'
is "$(people e.db)" 'ada@example.com,Ada,,1
ben@example.com,Benjamin,,1' 'of which the newer counts'

# A phone is shared by a household: two rows stay two.
cat >phones.csv <<'X'
customer,name,phone
,Ada,+4930123456
,Ben,+4930123456
X
run wend ingest -s f.db --as customers phones.csv
like "$err" '2 added \+ 0 updated \+ 0 duplicates' 'a telephone is no id'
done_testing
