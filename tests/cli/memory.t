#!/bin/bash
# With less and less memory a run works, or says that it cannot and ends 4; it never
# crashes, and a store is as it was or as it should be.
. "$(dirname "$0")/lib.sh"

[ -z "${WEND_SANITIZED-}" ] || skip_all 'sanitizers need more address space than a limit leaves'
has_command ingest || skip_all 'there is no ingest'
data=$top/tests/data
wend ingest -q -s wend.db --as orders "$data/orders.csv" >/dev/null
wend store query -q -f csv 'SELECT count(*) FROM event' >../before

# squeezed KIB COMMAND...: its status under that address space.
squeezed() {
	(
		ulimit -v "$1"
		shift
		exec "$@"
	) >"$out" 2>"$err" </dev/null
	status=$?
}
# The program itself, before any work, sets the lower end.
floor=4000
while squeezed $floor wend --version && [ "$status" != 0 ] && [ $floor -lt 400000 ]; do floor=$((floor + 1000)); done
ok 'the version is printed within 400 MB of address space' test $floor -lt 400000

tried=0 refused=0
try() {
	name=$1
	shift
	bad=
	for over in 0 500 1000 2000 4000 6000 9000 14000 20000 30000 50000 80000; do
		squeezed $((floor + over)) "$@"
		tried=$((tried + 1))
		case $status in
		0) ;;
		4) refused=$((refused + 1)) ;;
		*) bad="$bad $status@$over" ;;
		esac
	done
	is "$bad" '' "$name: works or ends 4"
}
try 'a report' wend ltv rfm -q
try 'a table' wend store query -q 'SELECT count(*) FROM event'
try 'a map' wend touchpoints map -q
cp wend.db copy0.db
try 'an ingest' wend ingest -q -s copy0.db --as interactions "$data/calls.csv"
run wend store check -q -s copy0.db
expect_status 0 'and leaves a sound store'
run wend store query -q -f csv 'SELECT count(*) FROM event'
same "$out" ../before 'reports left theirs alone'
ok 'some runs had too little' test "$refused" -gt 0
done_testing
