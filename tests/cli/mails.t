#!/bin/sh
# The mail on its way: what hostile names can do to it (S09, S10, S13, S14), and a real server on
# the loopback that takes it from `sendmail -t -i` and over SMTP. An independent reader takes
# apart what arrived.
. "$(dirname "$0")/lib.sh"
python3 -c 'import email.policy' 2>/dev/null || skip_all 'no python3 to read messages with'
export WEND_NOW=2026-05-11T05:00:00Z

# Names as a file could carry them, in every place a mail takes one from.
esc=$(printf '\033')
formula='=HYPERLINK("http://example.com/x")'
tag='<img src=x onerror=alert(1)> "quoted" & javascript:x'
terminal="red $esc]0;owned$(printf '\007') $(printf '\342\200\256')back"
awk -v formula="$formula" -v tag="$tag" -v terminal="$terminal" '
function u() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
function day(d) { return strftime("%Y-%m-%d", d * 86400, 1) }
function quoted(s) { gsub(/"/, "\"\"", s); return "\"" s "\"" }
BEGIN {
	seed = 99
	name[0] = quoted(formula); name[1] = quoted(tag); name[2] = quoted(terminal)
	print "order,customer,time,amount,channel" >"orders.csv"
	print "time,customer,touchpoint,direction" >"calls.csv"
	print "date,channel,amount" >"spend.csv"
	for (c = 1; c <= 240; c++)
		rate[c] = -log(u()) / 20
	for (d = 20220; d < 20584; d++) {
		for (c = 1; c <= 240; c++)
			if (u() < rate[c]) {
				printf "%d,c%d,%s,%d.00,%s\n", ++n, c, day(d), 20 + int(u() * 30), name[c % 3] >"orders.csv"
				if (u() < 0.3) {
					printf "%s,c%d,%s,out\n", day(d), c, quoted("late " tag) >"calls.csv"
					if (u() < 0.9)
						printf "%s,c%d,%s,in\n", day(d + 1), c, "call" >"calls.csv"
				}
			}
		for (k = 0; k < 3; k++)
			printf "%s,%s,%s\n", day(d), name[k], k == 1 ? "2000.00" : "0.50" >"spend.csv"
	}
}'
for f in orders calls:interactions spend; do
	wend ingest -q -s wend.db --as "${f##*:}" --tz Europe/Berlin --currency EUR "${f%%:*}.csv" >/dev/null 2>"$err" ||
		wend ingest -q -s wend.db --as "${f##*:}" --tz Europe/Berlin "${f%%:*}.csv" >/dev/null || fail "$f is read"
done
wend store set -q -s wend.db margin 0.5 >/dev/null
wend store set -q -s wend.db company.name "$terminal $tag" >/dev/null
wend store set -q -s wend.db owner 'Ana Reis <ana@example.com>' >/dev/null
export WEND_STORE="$frame/here/wend.db"

run wend digest -q --to ana@example.com --to 'Bob "B" <bob@example.com>' --sender 'Wend, weekly <wend@example.com>'
expect_status 2 'a name with quotes inside is no name (S13)'
run wend digest -q --to 'Ana Reis <ana@example.com>' --to bob@example.com --sender 'wend@example.com'
expect_status 0 'a mail full of hostile names'
cp "$out" mail.eml
cat >take.py <<'PY'
import email, email.policy, re, sys
m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
parts = list(m.walk())
assert not any(p.defects for p in parts), 'defects'
text, html = m.get_body(('plain',)).get_content(), m.get_body(('html',)).get_content()
def tell(name, ok): print(('ok ' if ok else 'BAD ') + name)
mine = [h for h in m.keys() if h in ('From', 'To', 'Reply-To', 'Subject', 'Date', 'Auto-Submitted', 'MIME-Version', 'Content-Type')]
tell('headers', sorted(mine) == sorted(['From', 'To', 'Reply-To', 'Subject', 'Date', 'Auto-Submitted', 'MIME-Version', 'Content-Type']))
tell('no other', not [h for h in m.keys() if h.lower() in ('bcc', 'cc')])
tell('recipients', m['to'] == 'Ana Reis <ana@example.com>, bob@example.com')
tell('answers', m['reply-to'] == 'Ana Reis <ana@example.com>')
tell('order', [p.get_content_type() for p in parts][:2] == ['multipart/alternative', 'text/plain'])
both = text + html
tell('no control', not re.search('[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', both))
tell('visible', '\\x1b]0;owned' in text and '\\u202e' in text)
tell('text as it is', '<img src=x onerror=alert(1)> "quoted" & javascript:x' in ' '.join(text.split()))
tell('escaped', '<img src=x' not in html and '&lt;img src=x onerror=alert(1)&gt; &quot;quoted&quot; &amp; javascript:x' in html)
tell('nothing fetched', set(re.findall('(?:src|href|url)\\s*[=(]\\s*["\']?([^"\'> )]*)', re.sub('&lt;.*?&gt;', '', html))) <= {'cid:left@mail.example.com'})
tell('the formula stands in a sentence', not re.search('(^|\n)[=+@-][A-Z]', text.split('\n-- \n')[0]) and '=HYPERLINK(' in text)
open(sys.argv[2], 'w').write(text)
PY
take() { # FILE PREFIX
	python3 take.py "$1" "$2.txt" >"$2.told" 2>"$2.trouble"
	is "$(cat "$2.trouble")" '' "$2: an independent reader finds a whole message"
	for what in headers 'no other' recipients answers order 'no control' visible 'text as it is' escaped 'nothing fetched' 'the formula stands in a sentence'; do
		like "$2.told" "^ok $what\$" "$2: $what"
	done
}
take mail.eml written
like written.txt '^CHANNELS$' 'the channels that deserve money'
like written.txt '^\* More for ' 'are named'
like written.txt '^\* Stop <img' 'and those that cost more than they bring'
like written.txt '^  wend channels --as-of 2026-05-10$' 'with the command that prints it'
like written.txt '^WHAT BRINGS CALLS$' 'and what brings calls'
like written.txt 'Questions to Ana' 'and whom to ask'
sed -n 's/^  wend /wend /p' written.txt >commands
isnt "$(wc -l <commands)" 0 'it names commands'
while read -r command; do
	run sh -c "$command -q"
	expect_status 0 "as it stands in the mail: $command"
done <commands
run wend digest -q -f text
is "$(LC_ALL=C tr -d '\n\040-\176\200-\377' <"$out" | wc -c)" 0 'no control character reaches a terminal (S10)'
for bad in 'ana@example.com
Bcc: eve@example.com' '-oQ/tmp@example.com' 'a b@example.com' 'ana@example.com, ' "ana@example.com$(printf '\r')"; do
	run wend digest -q --to "$bad"
	expect_status 2 "no address (S13): $(printf '%s' "$bad" | tr '\n\r' '??')"
	expect_stdout_empty 'and nothing is written'
done
wend store set -q owner 'ana@example.com
Bcc: eve@example.com' >/dev/null 2>&1
run wend digest -q --to ana@example.com
unlike "$out" '^Bcc' 'nor by the name of the owner'
wend store set -q owner 'Ana Reis <ana@example.com>' >/dev/null

# ---- a real server ----
exim=$(command -v exim4 || command -v exim || echo /usr/sbin/exim4)
if [ ! -x "$exim" ]; then
	skip 'through a real mail server' 'exim4 is not installed'
	done_testing
fi
mkdir server
chmod 777 "$frame" "$frame/here" server
port=$((20000 + $$ % 20000))
cat >server/conf <<conf
spool_directory = $PWD/server/spool
log_file_path = $PWD/server/log-%s
pid_file_path = $PWD/server/pid
primary_hostname = mail.example.com
domainlist local_domains = example.com
local_interfaces = 127.0.0.1
daemon_smtp_ports = $port
tls_advertise_hosts =
keep_environment =
deliver_drop_privilege = true
acl_smtp_rcpt = accept_all
acl_smtp_data = accept_all
begin acl
accept_all:
  accept
begin routers
all:
  driver = accept
  domains = +local_domains
  local_parts = ana : bob
  transport = box
begin transports
box:
  driver = appendfile
  directory = $PWD/server/box/\$local_part_data
  maildir_format
  create_directory
conf
chmod 644 server/conf
arrived() { # USER: the newest message in the box, waiting a little
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		file=$(find "server/box/$1/new" -type f 2>/dev/null | head -n 1)
		[ -z "$file" ] || break
		sleep 0.25
	done
	[ -n "$file" ]
}
if ! "$exim" -C "$PWD/server/conf" -odf -t -i <mail.eml 2>server/said || ! arrived ana; then
	skip 'through a real mail server' "exim cannot run here: $(head -n 1 server/said)"
	done_testing
fi
cp "$file" sent.eml
take sent.eml sent
same sent.txt written.txt 'what arrived by sendmail -t -i is what was written'
ok 'also at the second address' arrived bob
is "$(grep -c '^Bcc' sent.eml)" 0 'nobody else was written to'
is "$(find server/box -mindepth 1 -maxdepth 1 | wc -l | tr -d ' ')" 2 'two boxes, no third'
rm -rf server/box
"$exim" -C "$PWD/server/conf" -bd 2>server/said
if command -v msmtp >/dev/null && for _ in 1 2 3 4 5 6 7 8; do [ ! -s server/pid ] || break; sleep 0.25; done && [ -s server/pid ]; then
	msmtp -C /dev/null --host=127.0.0.1 --port=$port --tls=off --auth=off --from=wend@example.com -t <mail.eml 2>server/said
	is $? 0 'msmtp -t hands it over by SMTP'
	ok 'and it arrives' arrived ana
	cp "$file" smtp.eml
	take smtp.eml smtp
	same smtp.txt written.txt 'what arrived by SMTP is what was written'
	WEND_STORE=$PWD/none.db wend digest -q --to ana@example.com --sender wend@example.com 2>/dev/null >failed.eml
	is $? 4 'no store: exit 4'
	rm -rf server/box
	msmtp -C /dev/null --host=127.0.0.1 --port=$port --tls=off --auth=off --from=wend@example.com -t <failed.eml
	ok 'and a mail all the same' arrived ana
	like "$file" '^Subject: The report could not be made: no store' 'that says so in its subject'
else
	skip 'by SMTP' 'msmtp is not installed, or the server does not listen'
fi
[ ! -s server/pid ] || kill "$(cat server/pid)" 2>/dev/null
done_testing
