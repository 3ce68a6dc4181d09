#!/bin/sh
# wend digest: one message, whole or not at all; what moved beyond chance; when nothing came.
. "$(dirname "$0")/lib.sh"

# Sixty customers of an even shop: each buys every 20 days or so, 500 days long; file by month.
# $1: times as many orders from 2026-05-04 on.
orders() {
	awk -v more="$1" 'function u() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
	BEGIN {
		seed = 4711
		for (d = 20089; d < 20590; d++) # 2025-01-01 to 2026-05-16
			for (c = 1; c <= 60; c++)
				if (u() < (d >= 20577 ? more : 1) / 20) {
					day = strftime("%Y-%m-%d", d * 86400, 1)
					file = "orders-" substr(day, 1, 7) ".csv"
					if (!(file in seen)) { print "order,customer,time,amount" > file; seen[file] = 1 }
					printf "%d,c%d,%s,%d.00\n", ++n, c, day, 20 + int(u() * 30) > file
				}
	}'
}
store() { # NAME TIMES
	mkdir "$1" && (cd "$1" && orders "$2" && wend ingest -q -s ../"$1".db --as orders --currency EUR --tz Europe/Berlin orders-*.csv >/dev/null)
}
export WEND_NOW=2026-05-11T05:00:00Z # a Monday: last week is 2026-W19
store even 1
store boom 4

run wend digest -s even.db -f text
expect_status 0 'the letter as text'
cp "$out" even.txt
is "$(head -n 1 even.txt)" 'Nothing moved beyond chance (week 19)' 'an even week says so in its subject'
like even.txt '^  customers who bought +[0-9]+ +week before [0-9]+$' 'figures stand with the week before'
like even.txt '^DATA$' 'and whether the data are complete'
like even.txt 'rows = [0-9,]+ used \+ 0 rejected \+ 0 ignored' 'rows add up'
unlike even.txt 'CHANGED' 'nothing changed'
is "$(awk 'length > 78' even.txt | wc -l | tr -d ' ')" 0 'no line is longer than 78'

run wend digest -s boom.db -f text
is "$(head -n 1 "$out" | sed 's/from.*(/(/')" 'Customers who bought up (week 19)' 'a change leads the subject'
like "$out" '^CHANGED, more than chance' 'and the letter'
like "$out" '^  wend ltv --during 2026-W19 --versus' 'with the command that prints it'

# A message: an independent reader takes it apart.
run wend digest -q -s boom.db --to 'Ana Reis <ana@example.com>' --to bob@example.com --sender wend@example.com
expect_status 0 'the message'
is "$(cat "$err")" '' 'a quiet run writes nothing else'
cp "$out" mail.eml
if command -v python3 >/dev/null && python3 -c 'import email.policy' 2>/dev/null; then
	python3 - <<'PY' >parts
import email, email.policy
m = email.message_from_binary_file(open('mail.eml', 'rb'), policy=email.policy.default)
assert not m.defects and all(not p.defects for p in m.walk())
print(m['to'])
print(m['from'], m['date'])
print([p.get_content_type() for p in m.walk() if p.get_content_maintype() == 'text'])
text = m.get_body(('plain',)).get_content()
html = m.get_body(('html',)).get_content()
assert 'CHANGED' in text and 'CHANGED' in html and 'http' not in html
print(m['subject'].startswith('Customers who bought up from'))
PY
	is "$(sed -n 1p parts)" 'Ana Reis <ana@example.com>, bob@example.com' 'both recipients'
	is "$(sed -n 2p parts)" 'wend@example.com Mon, 11 May 2026 07:00:00 +0200' 'sender, and the date by the clock of the store'
	is "$(sed -n 3p parts)" "['text/plain', 'text/html']" 'text first, then HTML'
	is "$(sed -n 4p parts)" True 'the subject reads back'
else
	skip 'a reader of messages' 'no python3'
fi
is "$(awk 'length > 78' mail.eml | wc -l | tr -d ' ')" 0 'no line is too long for mail'
is "$(LC_ALL=C tr -d '\n\040-\176' <mail.eml | wc -c | tr -d ' ')" 0 'all of it is ASCII'
run env WEND_NOW=2026-05-12T05:00:00Z wend digest -q -s boom.db --to 'Ana Reis <ana@example.com>' --to bob@example.com --sender wend@example.com
is "$(diff mail.eml "$out" | grep -c '^[<>]')" 2 'a day later one line differs'
like "$out" '^Date: Tue, 12 May 2026' 'the date'

# Whom it goes to can be kept.
run wend digest -q -s even.db
expect_status 2 'no recipient is usage'
like "$err" "wend store set to ana@example.com" 'and says how to keep one'
wend store set -q -s even.db to ana@example.com
run wend digest -q -s even.db
expect_status 0 'a kept recipient'
like "$out" '^To: ana@example.com$' 'is written to'
run wend digest -q -s even.db --to 'ana@example.com
Bcc: eve@example.com'
expect_status 2 'an address that is none is usage'
is "$(cat "$out")" '' 'and nothing is written'

# Nothing came in; one period only; a store that cannot be read.
run env WEND_NOW=2026-08-03T05:00:00Z wend digest -q -s even.db -f text
is "$(head -n 1 "$out")" 'No data came in (week 31)' 'no data: the subject says so'
like "$out" 'orders is late: last 2026-05-16, 79 days ago; usually every 3[01]' 'and which source is late'
printf 'order,customer,time,amount\n1,a,2026-05-05,10\n2,b,2026-05-06,12\n' >one.csv
wend ingest -q -s one.db --as orders --currency EUR --tz Europe/Berlin one.csv >/dev/null
run wend digest -q -s one.db -f text
like "$out" '^First figures, nothing to compare with yet' 'one period has no comparison, and says so'
dd if=/dev/zero of=even.db bs=4096 seek=2 count=12 conv=notrunc 2>/dev/null
run wend digest -q -s even.db --to ana@example.com
expect_status 4 'a damaged store ends 4'
like "$out" '^Subject: The report could not be made' 'and the message says so in its subject'
like "$err" 'wend digest: ' 'as standard error does'
run wend digest -q -s none.db --to ana@example.com
expect_status 4 'no store ends 4'
like "$out" '^Subject: The report could not be made: no store' 'and is said by mail, too'

# As cron runs it.
WEND=$(command -v wend)
run env -i LC_ALL=C "$WEND" digest -q -s "$frame/here/boom.db" --during 2026-W19 --to ana@example.com
expect_status 0 'without an environment'
like "$out" '^Subject: Customers who bought up' 'the span by name'
if [ -c /dev/full ]; then
	wend digest -q -s boom.db --to ana@example.com >/dev/full 2>err0
	is $? 4 'a full disk ends 4'
fi
done_testing
