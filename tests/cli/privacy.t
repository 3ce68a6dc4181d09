#!/bin/bash
# Personal data: S18 (subject access, GDPR art. 15 and 20), S20 (pseudonyms, art. 4(5)),
# and identity corrected by hand.
# shellcheck disable=SC2317 # ok calls functions by name
. "$(dirname "$0")/lib.sh"

has_report customer export || skip_all 'there is no wend customer export'
command -v python3 >/dev/null || skip_all 'there is no python3 to read the export with'
export WEND_STORE=p.db

# value FILE EXPRESSION: of the document d.
value() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }
cat >people.csv <<'END'
customer,name,email,phone,segment,country,signed_up,referred_by,City
c1,Ada Lovelace,ada@example.com,+49 30 1234567,gold,DE,2026-01-02,,Potsdam-Golm
c2,Ben Vermeer,ben@example.com,+49 30 7654321,,NL,2026-01-05,,Delft
c3,Carl Orff,carl@example.com,,,DE,2026-01-07,ada@example.com,Dießen
END
sed 's/1234567,gold/7777777,platinum/' people.csv >people2.csv
cat >orders.csv <<'END'
order,customer,time,amount,currency,product,quantity,channel,status
A-1001,c1,2026-02-01,30.50,EUR,tea pot,1,web,paid
A-1001,c1,2026-02-01,30.50,EUR,green tea,2,web,paid
A-1002,c2,2026-02-02,12.00,EUR,green tea,1,shop,paid
A-1003,c1,2026-02-03,8.25,EUR,green tea,1,shop,paid
END
sed 's/\(A-1003.*\)paid/\1refunded/' orders.csv >orders2.csv
cat >said.csv <<'END'
time,customer,touchpoint,score,scale,text
2026-03-01 10:00,ada@example.com,survey,9,nps,"The pot broke; call me under +49 30 1234567, Ada"
2026-03-02 11:00,ben@example.com,survey,3,nps,never again
END
cat >calls.csv <<'END'
id,time,customer,touchpoint,channel,outcome,agent
t77,2026-03-05 09:30,c1,call,phone,solved,Zuse
t78,2026-03-06 09:30,c2,call,phone,solved,Zuse
END
said() { tr '\n' ' ' <"$err" | tr -s ' '; }
ingest() { wend ingest -q --tz Europe/Berlin --country DE "$@" >"$frame/ingested" 2>&1 || { cat "$frame/ingested"; return 1; }; }
ok 'people are ingested' ingest --as customers --keep City people.csv
ok 'and once more, with a change' ingest --as customers --keep City people2.csv
ok 'orders' ingest --as orders --grain order orders.csv
ok 'and orders that changed' ingest --as orders --grain order orders2.csv
ok 'feedback' ingest --as feedback said.csv
ok 'calls' ingest --as interactions calls.csv
calls=$(wend store batches -q -f csv | awk -F, '$2 == "calls.csv" { print $1 }')
wend store set mail.owner 'Ada <ada@example.com>' >/dev/null 2>&1
wend store set mail.owner 'ben@example.com' >/dev/null 2>&1

# ---- S18 ----
run wend customer export ADA@example.com
expect_status 0 'S18: a person is exported by any key'
cp "$out" ada.json
cat >holds.py <<'END'
# Every cell of the person's rows, in every file, is in the export, under its file and line.
import csv, datetime, json, sys
doc = json.load(open(sys.argv[1]))
keys, files = sys.argv[2].split(), sys.argv[3:]
assert {k["key"] for k in doc["keys"]} >= set(keys), doc["keys"]
def values(r):
    out = list(r["fields"].values()) + list(r.get("attributes", {}).values())
    for i in r.get("items", []):
        out += i.values()
    return out
def same(cell, v):
    if isinstance(v, (int, float)):
        try: return float(cell) == float(v)
        except ValueError: return False
    if cell == v: return True
    try:
        a = datetime.datetime.fromisoformat(cell); b = datetime.datetime.fromisoformat(v)
        return a.replace(tzinfo=None) == b.replace(tzinfo=None)
    except ValueError: return False
missing = checked = 0
for name in files:
    for n, row in enumerate(csv.DictReader(open(name, newline="", encoding="utf-8"))):
        if not any(v in keys for k, v in row.items() if k in ("customer", "email")):
            continue
        here = [r for r in doc["records"] if any(p["file"] == name for p in [r] + r.get("also_in", []))]
        for k, v in row.items():
            if not v: continue
            checked += 1
            if not any(same(v, w) for r in here for w in values(r)) and v not in {x["key"] for x in doc["keys"]}:
                print("not there:", name, n + 2, k, v); missing += 1
print(checked, "cells", missing, "missing")
sys.exit(missing != 0 or checked < 30)
END
ok 'S18: each field ingested for the person is there, from all batches' python3 holds.py ada.json 'c1 ada@example.com' people.csv people2.csv orders.csv orders2.csv said.csv calls.csv
sed '/7777777/d' people2.csv >more.csv
echo 'c1,Ada Lovelace,ada@example.com,+49 30 5555555,gold,DE,2026-01-02,,Potsdam-Golm' >>more.csv
run python3 holds.py ada.json 'c1 ada@example.com' people.csv more.csv
expect_status 1 'S18: and the check tells when one is not'
is "$(value ada.json '" ".join(sorted(r["state"] for r in d["records"] if r["fields"].get("order") == "A-1003"))')" 'seen superseded' 'S18: the version that lost is there, and marked'
is "$(value ada.json '[(r["state"], r["file"], r["line"]) for r in d["records"] if r["fields"].get("order") == "A-1003" and r["fields"]["status"] == "paid"]')" "[('superseded', 'orders.csv', 5)]" 'S18: with the file and line it came from'
is "$(value ada.json '[s["state"] for s in d["settings"]]')" "['replaced']" 'S18: a setting that names the person, also one that was replaced'
is "$(value ada.json '[(n["field"], n["file"], n["line"], n["batch"]) for n in d["named_in"]]')" "[('referred_by', 'people.csv', 4, 1)]" "S18: and where another's record does"
unlike ada.json 'ben@example|Vermeer|carl@|Orff' "S18: but nobody else's data"
is "$(value ada.json 'len({p["batch"] for r in d["records"] for p in [r] + r.get("also_in", [])})')" 6 'S18: records of all six batches'
run wend customer export c2
is "$(value "$out" '[p["file"] for r in d["records"] if r["kind"] == "customers" for p in r["also_in"]]')" "['people2.csv']" 'S18: an equal row of a later file is named as well'
run wend store undo "$calls" -q
run wend customer export c1
is "$(value "$out" '[r["state"] for r in d["records"] if r["fields"].get("id") == "t77"]')" "['undone']" 'S18: what was undone is held until compaction, and told'
run wend customer export -q -f csv c1
is "$(grep -c . "$out")" "$(wend customer export -q -f jsonl c1 | sed '1i{}' | wc -l)" 'S18: as a table, a row a value'
like "$out" '^record,[0-9]+,feedback,text,"The pot broke; call me under .49 30 1234567, Ada",said.csv,2,5,seen$' 'S18: with file, line and batch'
run wend customer export nobody@example.com
expect_status 2 'S18: a person nobody knows is wrong usage'
expect_stdout_empty 'S18: and nothing is printed'

# ---- S20 ----
run wend customer mask -f csv
expect_status 0 'S20: the store is printed with pseudonyms'
cp "$out" masked.csv
is "$(mode p.db.key)" 600 'S20: the key is private'
is "$(grep -c -F "$(cat p.db.key)" p.db)" 0 'S20: and not in the store'
ok 'S20: nothing but the key was made beside the store' test "$(find . -name 'p.db*' | sort | paste -sd ' ')" = './p.db ./p.db.key'
secrets='Lovelace|Vermeer|Orff|ada@|ben@|carl@|1234567|7777777|7654321|\<(c1|c2|c3|t77|t78)\>|A-100|Zuse|pot broke|never again|Potsdam|Delft|Dießen'
for f in csv tsv json jsonl md html; do
	unlike <(wend customer mask -q -f $f) "$secrets" "S20: $f holds no name, key, id, text or kept column"
done
is "$(wc -l <masked.csv)" "$(wend store query -q -f csv 'SELECT kind FROM event' | wc -l)" 'S20: every record is there'
is "$(cut -d, -f1 masked.csv | sed 1d | sort -u | wc -l)" 3 'S20: three people are three pseudonyms'
is "$(sed 1d masked.csv | cut -d, -f1 | LC_ALL=C sort -c 2>&1)" '' 'S20: rows are in the order of the pseudonyms'
run wend customer mask -f csv
same "$out" masked.csv 'S20: the same again'
mask() { wend customer mask -q -f csv --no-header --from -; }
one=$(printf 'customer\nc1\n' | mask)
like <(echo "$one") '^p-[a-z2-7]{26}$' 'S20: 128 bits in letters and digits'
like masked.csv "^$one,orders," 'S20: a table and the store agree'
for key in ADA@example.com '+49 30 1234567' +49307777777 ada@example.com; do
	is "$(printf 'customer\n"%s"\n' "$key" | mask)" "$one" "S20: $key is the same person"
done
isnt "$(printf 'customer\nc2\n' | mask)" "$one" 'S20: another person is another'
is "$(printf 'customer\nNeu@Example.com\n' | mask)" "$(printf 'x\nneu@example.com\n' | mask)" 'S20: so is an address the store does not know, in any case and column'
printf 'customer,name,email,risk,remark,free\nc2,Ben Vermeer,ben@example.com,0.25,see carl@example.com,one two three four five six seven\nc1,Ada,,-1.5,,\n' >list.csv
run wend customer mask -f csv --from list.csv
is "$(head -n 1 "$out")" 'customer,email,risk,remark' 'S20: names and sentences are dropped'
unlike "$out" "$secrets" 'S20: and no key is left'
like "$out" "^$one,,-1.5,$" 'S20: numbers stay'
like <(said) 'customer, email masked; name, free dropped; 1 cell held an address' 'S20: what was done is said'
run wend customer mask -f csv --from list.csv --drop risk --keep free
is "$(head -n 1 "$out")" 'customer,email,remark,free' 'S20: --drop and --keep decide otherwise'
run wend customer mask --from list.csv --keep nosuch
expect_status 2 'S20: a column that is not there is wrong usage'
run wend customer show -q -f csv c1
wend customer mask -q -f csv --from "$out" >shown.csv
unlike shown.csv "$secrets" "S20: a journey, masked"
WEND_KEY='another long secret' wend customer mask -q -f csv >other.csv
is "$(cut -d, -f1 other.csv | sort | comm -12 - <(cut -d, -f1 masked.csv | sort) | grep -c '^p-')" 0 'S20: another key, other pseudonyms'
WEND_KEY=$(cat p.db.key) wend customer mask -q -f csv >same.csv
same same.csv masked.csv "S20: the key's line in WEND_KEY is the same key"
run env WEND_KEY=short wend customer mask -f csv
expect_status 2 'S20: a short key is refused'
chmod 640 p.db.key
run wend customer mask -f csv
expect_status 4 'S20: a key that others can read is refused'
like "$err" "others can read the key file '.*p.db.key'; run 'chmod 600" 'S20: and what to do is said'
: >empty.key
chmod 600 p.db.key
mv p.db.key away.key
cp empty.key p.db.key
chmod 600 p.db.key
run wend customer mask -f csv
expect_status 4 'S20: an empty key file is no key'
rm p.db.key
ln -s away.key p.db.key
run wend customer mask -f csv
expect_status 4 'S20: nor is a symbolic link'
rm p.db.key
mv away.key p.db.key
run wend customer mask -f csv
same "$out" masked.csv 'S20: the key put back gives the pseudonyms back'

# ---- identity by hand ----
printf 'customer,time,touchpoint\nstranger,2026-04-01,visit\n' >visits.csv
ok 'a stranger comes' ingest --as interactions visits.csv
run wend customer join stranger ada@example.com
expect_status 0 'join: two keys are one person'
like <(said) "'stranger' and 'ada@example.com' are one person from now on \(batch [0-9]+\)" 'join: and that is said with the batch'
batch=$(awk -F, 'NR == 2 { print $3 }' "$out")
like <(wend store batches -q -f csv) "^$batch,\(join\),,.*'stranger' and 'c1' are one person, by hand" 'join: store batches lists it'
run wend customer show stranger
like <(said) "By hand: 'stranger' and 'c1' are one person \(batch $batch\)" 'join: customer show says so'
is "$(printf 'customer\nstranger\n' | mask)" "$one" 'join: one person, one pseudonym'
run wend customer export stranger
like "$out" '"by_hand":"one person"' 'join: the export says so'
cp p.db before.db
run wend customer join ada@example.com c1
expect_status 0 'join: again is no error'
like <(said) 'are one person already; nothing is changed' 'join: but said'
same p.db before.db 'join: and not a byte is written'
run wend customer join c1 strangr
expect_status 2 'join: a key nobody has is refused'
like "$err" "nobody has the key 'strangr'; nearest: 'stranger'" 'join: with the nearest'
ok 'join: the store is sound' wend store check -q
run wend store undo -q "$batch"
expect_status 0 'join: is undone'
isnt "$(printf 'customer\nstranger\n' | mask)" "$one" 'join: and they are two again'
run wend customer part ada@example.com
expect_status 0 'part: a key joins nothing'
is "$(wend store query -q -f csv --no-header "SELECT count(*) FROM event WHERE customer = 'c1' AND kind = 'feedback'")" 0 'part: what came under it alone is apart'
run wend customer show c1
like <(said) "By hand: 'ada@example.com' joins nothing \(batch [0-9]+\)" 'part: customer show tells'
run wend customer join c1 ada@example.com
expect_status 2 'part: a parted key cannot be joined'
like "$err" "wend store undo [0-9]+' first" 'part: unless the part is undone'
ok 'part: the store is sound' wend store check -q
done_testing
