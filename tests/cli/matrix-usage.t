#!/bin/bash
# Behaviour matrix: help, usage, and names, for every command and report.
. "$(dirname "$0")/matrix.sh"

# ---- help and usage ----
for c in $commands; do
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
	storeless "$r" && continue
	run call "$r" -s nowhere.db
	expect_status 4 "$r: no store ends 4"
	like "$err" "nowhere\.db" "$r: and names the file"
	ok "$r: and makes none" test ! -e nowhere.db
done

need_store

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
done_testing
