#!/bin/bash
# The behaviour every command owes the shell, for every command and report there is.
. "$(dirname "$0")/lib.sh"

# Reports as "command report", taken from the program's own completion.
# shellcheck disable=SC1090
. <(wend --completions bash)
for c in $(_wend_reports ''); do
	[ "$c" = help ] && continue
	commands="$commands $c"
done
data=$top/tests/data

# Everything that needs a store gets this one.
make_store() {
	wend ingest -q -s "$1" --as orders --id-space '' "$data/orders.csv" >/dev/null 2>&1 ||
		wend ingest -q -s "$1" --as orders "$data/orders.csv" >/dev/null || return 1
	wend ingest -q -s "$1" --as interactions "$data/calls.csv" >/dev/null || return 1
	wend ingest -q -s "$1" --as subscriptions "$data/plans.csv" >/dev/null || return 1
}
# How to call a report so that it succeeds on that store.
call_of() {
	case $1 in
	'ingest') echo "ingest --as orders $data/orders.csv" ;;
	'customer show') echo 'customer show ada' ;;
	'customer find') echo 'customer find ada' ;;
	'store set') echo 'store set margin 0.4' ;;
	'store query') echo 'store query SELECT+1+AS+one' ;;
	'store backup') echo 'store backup copy.db' ;;
	*) echo "$1" ;;
	esac
}
# Words of a call, '+' standing for a blank inside one word.
call() {
	local words=()
	for w in $(call_of "$1"); do words+=("${w//+/ }"); done
	if writes "$1" && [ -e wend.db ] && [[ " $* " != *' -s '* ]]; then
		cp wend.db ../scratch.db
		shift
		WEND_STORE=../scratch.db wend "${words[@]}" "$@"
	else
		shift
		wend "${words[@]}" "$@"
	fi
}
# These change a store: they work on a copy, see call.
writes() { case $1 in ingest | 'store set' | 'store backup') true ;; *) false ;; esac; }

# ---- help and usage ----
reports=()
for c in $commands; do
	inner=$(_wend_reports "$c")
	if [ -z "$inner" ]; then
		reports+=("$c")
	else
		for r in $inner; do reports+=("$c $r"); done
	fi
	run wend "$c" -h
	expect_status 0 "$c: -h ends 0"
	cp "$out" ../short
	run wend "$c" --help
	same "$out" ../short "$c: --help is -h"
	expect_stderr_empty "$c: help goes to standard output"
	like "$out" '^SYNOPSIS' "$c: help has a synopsis"
	is "$(awk 'length > 80' "$out")" '' "$c: help fits 80 columns"
	run wend "$c" --version
	expect_stdout "$c: --version" <<-text
		$(wend --version)
	text
done
for r in "${reports[@]}"; do
	# shellcheck disable=SC2086
	run wend help $r
	expect_status 0 "$r: has help"
	# shellcheck disable=SC2086
	run wend $r --no-such-option
	expect_status 2 "$r: an unknown option ends 2"
	like "$err" "unknown option '--no-such-option'" "$r: and is named"
	expect_stdout_empty "$r: and prints no data"
	# shellcheck disable=SC2086
	run wend $r --hlep
	like "$err" "did you mean '--help'" "$r: a misspelt option gets a suggestion"
	# shellcheck disable=SC2086
	run wend $r --hel
	expect_status 2 "$r: long options are not abbreviated"
	# shellcheck disable=SC2086
	wend $r --help >/dev/full 2>"$err"
	status=$?
	expect_status 4 "$r: help on a full disk ends 4"
done
run wend no-such-command
expect_status 2 'an unknown command ends 2'
for c in $commands; do
	run wend "${c%?}"
	expect_status 2 "${c%?}: a misspelt command ends 2"
	like "$err" "did you mean '$c'" "${c%?}: and gets a suggestion"
done

# ---- no store ----
for r in "${reports[@]}"; do
	writes "$r" && continue
	[ "$r" = 'ingest' ] && continue
	run call "$r" -s nowhere.db
	expect_status 4 "$r: no store ends 4"
	like "$err" "nowhere\.db" "$r: and names the file"
	ok "$r: and makes none" test ! -e nowhere.db
done

# ---- a store ----
if ! has_command ingest || ! make_store wend.db; then
	fail 'a store can be made from tests/data'
	done_testing
fi
is "$(mode wend.db)" 600 'a store is private (S11)'
for f in wend.db-wal wend.db-shm; do
	[ ! -e $f ] || is "$(mode $f)" 600 "$f is private (S11)"
done
cp wend.db ../kept.db
for r in "${reports[@]}"; do
	run call "$r" -q
	expect_status 0 "$r: works"
	expect_stderr_empty "$r: -q ends 0 without a word"
	rm -f copy.db
	call "$r" >/dev/full 2>"$err"
	status=$?
	expect_status 4 "$r: a full disk ends 4"
	rm -f copy.db
	call "$r" >&- 2>"$err"
	status=$?
	expect_status 4 "$r: a closed standard output ends 4"
	rm -f copy.db
	call "$r" <&- >"$out" 2>"$err"
	status=$?
	expect_status 0 "$r: a closed standard input does not matter"
	rm -f copy.db
	{ call "$r" 2>"$err"; echo $? >../pipe; } | true
	case $(cat ../pipe) in 0 | 141) pass "$r: a reader that stops early is no error" ;; *) fail "$r: a reader that stops early is no error" "status $(cat ../pipe)" ;; esac
	unlike "$err" 'cannot write|Broken pipe' "$r: nor a message"
	rm -f copy.db
done

# ---- the same bytes everywhere ----
locales=$frame/locales
mkdir -p "$locales"
german=
if localedef -i de_DE -f UTF-8 "$locales/de_DE.UTF-8" 2>/dev/null; then german=de_DE.UTF-8; fi
for r in "${reports[@]}"; do
	writes "$r" && continue
	call "$r" -f csv >../want 2>../want.err
	LC_ALL=C call "$r" -f csv >"$out" 2>"$err"
	same "$out" ../want "$r: the same under LC_ALL=C"
	same "$err" ../want.err "$r: the same words under LC_ALL=C"
	TZ=America/New_York call "$r" -f csv >"$out" 2>"$err"
	same "$out" ../want "$r: the same in another time zone"
	same "$err" ../want.err "$r: the same words in another time zone"
	if [ -n "$german" ]; then
		LOCPATH=$locales LC_ALL=$german LANG=$german call "$r" -f csv >"$out" 2>"$err"
		same "$out" ../want "$r: the same under de_DE.UTF-8"
	else
		skip "$r: the same under de_DE.UTF-8" 'localedef cannot make that locale here'
	fi
	WEND_NOW=2031-01-01T00:00:00Z call "$r" -f csv >"$out" 2>"$err"
	same "$out" ../want "$r: the clock changes nothing"
	if _wend_options "${r/ //}$([[ $r == *' '* ]] || echo /)" | grep -q -- --threads; then
		for n in 1 2 4; do
			call "$r" -f csv --threads $n >"$out" 2>"$err"
			same "$out" ../want "$r: the same with $n threads"
			same "$err" ../want.err "$r: the same words with $n threads"
		done
	fi
	for f in table text csv tsv json jsonl md html; do
		call "$r" -f $f >../pipe.out 2>/dev/null
		PATH=$PATH pty bash -c "$(declare -f call call_of); data='$data'; call '$r' -f $f 2>/dev/null" >../pty.out
		same ../pty.out ../pipe.out "$r: $f is the same on a terminal"
		call "$r" -f $f -o ../file.out 2>/dev/null
		same ../file.out ../pipe.out "$r: $f is the same in a file"
		is "$(mode ../file.out)" 600 "$r: that file is private (S11)"
		rm -f ../file.out
	done
done
same wend.db ../kept.db 'reports leave the store as it was'

# ---- names of the program ----
for l in ingest ltv churn touchpoints; do
	has_command $l || continue
	ok "$l is a link" test -L "$BUILD/bin/$l"
	$l --help >../link 2>&1
	wend $l --help >../plain 2>&1
	same ../link ../plain "$l and wend $l: the same help"
	[ $l = ingest ] && continue
	$l -f csv >../link 2>../link.err
	wend $l -f csv >../plain 2>../plain.err
	same ../link ../plain "$l and wend $l: the same bytes"
	same ../link.err ../plain.err "$l and wend $l: the same words"
done
ln -s "$BUILD/bin/wend" ../journey
../journey --version >../link 2>&1
wend --version >../plain
same ../link ../plain 'any other name is plain wend'

# ---- stores in trouble ----
mkdir ../locked && cp wend.db ../locked/wend.db
chmod 755 "$frame" ../locked ../here ../tmp ../home
chmod 644 ../locked/wend.db
chmod 555 ../locked
for r in "${reports[@]}"; do
	writes "$r" && continue
	unroot env HOME="$frame/home" bash -c "$(declare -f call call_of); data='$data'; call '$r' -q -f csv -s '$frame/locked/wend.db'" >"$out" 2>"$err"
	status=$?
	expect_status 0 "$r: reads a store it may not write"
done
unroot wend ingest -q -s "$frame/locked/wend.db" --as orders "$data/orders.csv" >"$out" 2>"$err"
status=$?
expect_status 4 'ingest: a read-only store ends 4'
chmod 755 ../locked

coproc holder { sql wend.db --hold; }
# shellcheck disable=SC2154
read -r word <&"${holder[0]}"
is "$word" held 'another process holds the store'
for r in "${reports[@]}"; do
	writes "$r" && continue
	run call "$r" -q
	expect_status 0 "$r: reads while another writes"
done
eval "exec ${holder[1]}>&-"
wait "$holder_PID" 2>/dev/null

cp wend.db ../newer.db
sql ../newer.db 'PRAGMA user_version = 4242' || fail 'a store can be made to look newer'
for r in "${reports[@]}"; do
	[ "$r" = 'ingest' ] && continue
	run call "$r" -s ../newer.db
	expect_status 4 "$r: a store of a newer version ends 4"
	like "$err" 'newer' "$r: and says so in words"
	rm -f copy.db
done
run wend ingest -s ../newer.db --as orders "$data/orders.csv"
expect_status 4 'ingest: a store of a newer version ends 4'
head -c 5000 /dev/urandom >../noise.db
for r in "${reports[@]}"; do
	writes "$r" && continue
	run call "$r" -s ../noise.db
	expect_status 4 "$r: a file that is no store ends 4"
	isnt "$(wc -c <"$err")" 0 "$r: and says so"
done

# ---- files instead of a store ----
printf 'order,customer,time,amount,currency\n' >header.csv
: >empty.csv
for c in ltv churn touchpoints ingest; do
	has_command $c || continue
	more=
	[ $c = ingest ] && more='-s ../other.db'
	# shellcheck disable=SC2086
	run wend $c $more missing.csv
	expect_status 4 "$c: a missing file ends 4"
	like "$err" "'missing\.csv'" "$c: and is named"
	# shellcheck disable=SC2086
	run wend $c $more empty.csv
	expect_status 3 "$c: an empty file ends 3"
	like "$err" "empty\.csv" "$c: and is named"
	# shellcheck disable=SC2086
	run wend $c $more --as orders header.csv
	expect_status 3 "$c: a header without a record ends 3"
	# shellcheck disable=SC2086
	run wend $c $more ..
	like <(echo "$status") '^[34]$' "$c: a folder is no export"
done

# ---- interrupt in mid-ingest ----
cp ../kept.db before.db
call 'store batches' -f csv -s before.db >../before 2>/dev/null
mkfifo ../feed
env --default-signal=INT wend ingest -s before.db --as orders - <../feed >"$out" 2>"$err" &
pid=$!
{
	echo 'order,customer,time,amount,currency'
	for i in $(seq 1 3000); do echo "n$i,u$((i % 70)),2026-07-0$((i % 9 + 1)),1.00,EUR"; done
	sleep 0.4
	kill -INT $pid
	sleep 0.2
} >../feed 2>/dev/null
wait $pid
status=$?
expect_status 130 'ingest: dies of the interrupt'
call 'store batches' -f csv -s before.db >../after 2>/dev/null
same ../after ../before 'ingest: an interrupt leaves the store as it was'
is "$(find "$frame/tmp" "$frame/here" -name '*wend-*' | head)" '' 'ingest: an interrupt leaves no scratch file'
done_testing
