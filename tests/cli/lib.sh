# The frame of every command test: a fresh folder, a fixed clock, no home, TAP for prove.
# shellcheck shell=sh disable=SC2034
#
#   . "$(dirname "$0")/lib.sh"
#   run wend ltv orders.csv          # keeps $status, the files $out and $err
#   expect_status 0 "ltv reads a file without a store"
#   like "$err" 'no store' "and says there is none"
#   done_testing
#
# A test that cannot run here says so: skip_all 'why'. UPDATE=1 rewrites snapshots.

cli=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$cli/../.." && pwd)
: "${BUILD:=$top/build}"
case $BUILD in
/*) ;;
*) BUILD=$top/$BUILD ;;
esac
frame=$(mktemp -d "${TMPDIR:-/tmp}/wend-test.XXXXXX")
trap 'rm -rf "$frame"' EXIT
trap 'exit 129' HUP INT TERM
out=$frame/out err=$frame/err
mkdir "$frame/home" "$frame/here" "$frame/tmp"
PATH=$BUILD/bin:$BUILD/helper:$PATH
for name in $(env | sed -n 's/^\(WEND_[A-Z_]*\)=.*/\1/p'); do
	case $name in
	WEND_PRESETS | WEND_SHARED | WEND_SANITIZED | WEND_ALL_PICTURES) ;;
	*) unset "$name" ;;
	esac
done
unset XDG_CONFIG_HOME XDG_DATA_HOME NO_COLOR LANG LANGUAGE COLUMNS
: "${WEND_PRESETS:=$top/share/wend/presets}"
: "${WEND_SHARED:=$top/../shared}"
export PATH WEND_PRESETS WEND_SHARED
export HOME="$frame/home" TMPDIR="$frame/tmp" LC_ALL=C.UTF-8 TZ=UTC TERM=xterm WEND_NOW=2026-11-20T12:00:00Z
umask 022
cd "$frame/here" || exit 1
tests=0
failures=0
status=0

# pass NAME / fail NAME [what was seen]
pass() {
	tests=$((tests + 1))
	echo "ok $tests - $1"
}
fail() {
	tests=$((tests + 1))
	failures=$((failures + 1))
	echo "not ok $tests - $1"
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}
# ok NAME COMMAND...: passes when the command does.
ok() {
	name=$1
	shift
	if "$@" >"$frame/ok" 2>&1; then pass "$name"; else fail "$name" "failed: $*" "$(head -n 20 "$frame/ok")"; fi
}
# is GOT WANTED NAME
is() {
	if [ "$1" = "$2" ]; then pass "$3"; else fail "$3" "got:    $1" "wanted: $2"; fi
}
isnt() {
	if [ "$1" != "$2" ]; then pass "$3"; else fail "$3" "got: $1"; fi
}
# like FILE REGEX NAME, unlike FILE REGEX NAME
like() {
	if grep -qE -- "$2" "$1"; then pass "$3"; else fail "$3" "no line like: $2" "$(head -n 20 "$1")"; fi
}
unlike() {
	if grep -qE -- "$2" "$1"; then fail "$3" "a line like: $2" "$(grep -E -- "$2" "$1" | head -n 5)"; else pass "$3"; fi
}
# number GOT OP WANTED NAME: compares numbers (<, <=, >, >=); an empty GOT, or one that is none, fails.
number() {
	if awk -v a="$1" -v b="$3" -v op="$2" 'BEGIN {
		if (a !~ /^[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?$/) exit 1
		a += 0; b += 0
		exit !(op == "<" ? a < b : op == "<=" ? a <= b : op == ">" ? a > b : op == ">=" ? a >= b : 0)
	}'; then pass "$4"; else fail "$4" "got: $1, which is not $2 $3"; fi
}
# same FILE FILE NAME: byte for byte.
same() {
	if cmp -s "$1" "$2"; then pass "$3"; else fail "$3" "$(diff -u "$2" "$1" | head -n 30)"; fi
}
skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}
done_testing() {
	echo "1..$tests"
	[ "$failures" = 0 ]
	exit $?
}

# run COMMAND...: standard input is empty unless redirected by the caller.
run() {
	if [ -t 0 ]; then
		"$@" >"$out" 2>"$err" </dev/null
	else
		"$@" >"$out" 2>"$err"
	fi
	status=$?
	return 0
}
expect_status() {
	if [ "$status" = "$1" ]; then pass "$2"; else fail "$2" "status $status, wanted $1" "$(head -n 12 "$err")"; fi
}
# expect_stdout NAME <<text
expect_stdout() {
	cat >"$frame/wanted"
	same "$out" "$frame/wanted" "$1"
}
expect_stderr() {
	cat >"$frame/wanted"
	same "$err" "$frame/wanted" "$1"
}
expect_stdout_empty() { is "$(head -c 400 "$out")" '' "$1"; }
expect_stderr_empty() { is "$(head -c 400 "$err")" '' "$1"; }

# snapshot NAME: standard output, standard error and status of the last run are those in
# NAME.stdout, NAME.stderr, NAME.exit beside the script (absent: empty, empty, 0).
snapshot() {
	if [ -n "${UPDATE-}" ]; then
		rm -f "$cli/$1.stdout" "$cli/$1.stderr" "$cli/$1.exit"
		[ ! -s "$out" ] || cp "$out" "$cli/$1.stdout"
		[ ! -s "$err" ] || cp "$err" "$cli/$1.stderr"
		[ "$status" = 0 ] || echo "$status" >"$cli/$1.exit"
	fi
	for part in stdout stderr; do
		wanted=$cli/$1.$part
		[ -f "$wanted" ] || wanted=/dev/null
		got=$out
		[ $part = stdout ] || got=$err
		same "$got" "$wanted" "$1: $part"
	done
	is "$status" "$(cat "$cli/$1.exit" 2>/dev/null || echo 0)" "$1: exit status"
}

# mode FILE: its permission bits in octal.
mode() { stat -c %a "$1"; }
# Does this program have a command or report? has_report churn rate
has_report() { wend help "$1" "$2" >/dev/null 2>&1; }
has_command() { wend help "$1" >/dev/null 2>&1; }
