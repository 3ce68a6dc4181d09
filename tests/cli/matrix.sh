# What the behaviour matrix is made of: every command and report there is, and how to
# call each so that it succeeds.
# shellcheck shell=bash
. "$(dirname "$0")/lib.sh"

# Reports as "command report", taken from the program's own completion.
# shellcheck disable=SC1090
. <(wend --completions bash)
for c in $(_wend_reports ''); do
	[ "$c" = help ] && continue
	commands="$commands $c"
done
data=$top/tests/data
# The secret of pseudonyms: none has to be made beside a store that must not change.
export WEND_KEY='a key for the tests'

# Everything that needs a store gets this one.
make_store() {
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
	'customer join') echo 'customer join ada ben' ;;
	'customer part') echo 'customer part ada' ;;
	'customer export') echo 'customer export ada' ;;
	'customer erase') echo 'customer erase ada' ;;
	'store set') echo 'store set margin 0.4' ;;
	'store query') echo 'store query SELECT+1+AS+one' ;;
	'store backup') echo 'store backup copy.db' ;;
	'store undo') echo 'store undo 3' ;;
	'touchpoints upstream') echo 'touchpoints upstream --of call:+broken+cup' ;;
	'touchpoints downstream') echo 'touchpoints downstream --of call:+broken+cup' ;;
	'touchpoints funnel') echo 'touchpoints funnel --steps call:+broken+cup,order:placed' ;;
	'churn model') echo 'churn model --terms channel' ;;
	'digest') echo 'digest --to ana@example.com' ;;
	'plot') echo "plot $data/orders.csv" ;;
	'simulate files') echo 'simulate files --customers 20 --days 60 --replace -o ../simulated' ;;
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
writes() { case $1 in ingest | 'customer join' | 'customer part' | 'customer erase' | 'store set' | 'store undo' | 'store compact' | 'store backup' | 'simulate files') true ;; *) false ;; esac; }

# These have nothing to do with a store, and no option for one.
storeless() { ! _wend_options "$(key_of "$1")" | grep -q -- --store; }
# "churn rate" -> churn/rate, as the completion names it.
key_of() { case $1 in *' '*) echo "${1/ //}" ;; *) echo "$1/" ;; esac; }
# The formats a report can be printed in, but for auto.
formats_of() { _wend_choices "$(key_of "$1")/--format" | tr ' ' '\n' | grep -vx auto; }

reports=()
for c in $commands; do
	inner=$(_wend_reports "$c")
	if [ -z "$inner" ]; then
		reports+=("$c")
	else
		for r in $inner; do reports+=("$c $r"); done
	fi
done

# wend.db in the test's folder, and what it was in ../kept.db.
need_store() {
	if ! has_command ingest || ! make_store wend.db; then
		fail 'a store can be made from tests/data'
		done_testing
	fi
	cp wend.db ../kept.db
}
