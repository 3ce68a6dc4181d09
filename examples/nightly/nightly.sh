#!/bin/sh
# nightly.sh FOLDER: everything that was dropped into FOLDER/inbox, once a night.
#
#     FOLDER/inbox     exports as they come, of any product, in any order, with their faults
#     FOLDER/done      what was read, by day
#     FOLDER/refused   what was not, each with a file that says why and what to type
#     FOLDER/wend.ini  what the exports do not say of themselves (see wend.ini beside this)
#     FOLDER/wend.db   the store
#     FOLDER/log       one line a file: when, and what became of its rows
#
# One run at a time: a second one waits a minute, then says so. Quiet when all went well, so
# that cron mails only what somebody must read; ends with the status of the worst file.
set -u
home=${1:?nightly.sh: name the folder}
cd "$home" || exit 4
umask 077
mkdir -p inbox "done" refused || exit 4
WEND_STORE=$PWD/wend.db
export WEND_STORE

exec 9>lock
if ! flock -w "${NIGHTLY_WAIT:-60}" 9; then
	echo "nightly: another run still holds $PWD/lock" >&2
	exit 4
fi

# The settings are a batch like any other: when they did not change, nothing happens.
if [ -f wend.ini ]; then
	wend store set -q --file wend.ini >/dev/null || exit $?
fi

today=$(date +%F)
worst=0
for file in inbox/*; do
	[ -f "$file" ] || continue
	name=${file##*/}
	# A file that still grows is left for the next night.
	if [ -n "${NIGHTLY_QUIET_MINUTES-}" ] && [ -n "$(find "$file" -mmin "-$NIGHTLY_QUIET_MINUTES")" ]; then
		continue
	fi
	wend ingest -q -f csv --no-header "$file" >row 2>why
	status=$?
	sed "s/^/$today,/" row >>log
	case $status in
	0)
		mkdir -p "done/$today"
		mv "$file" "done/$today/"
		;;
	3)
		# Nothing of it is in the store: correct the file or do what the reason says, and
		# put it back into the inbox.
		mv "$file" refused/
		mv why "refused/$name.why"
		sed "s/^/nightly: /;q" "refused/$name.why" >&2
		;;
	*)
		# The store or the disk: no file is to blame, all stay for the next night.
		sed "s/^/nightly: /;q" why >&2
		rm -f row why
		exit "$status"
		;;
	esac
	[ "$status" -le "$worst" ] || worst=$status
done
rm -f row why

# Damage is worth a mail at once, not on the day somebody needs the store.
if [ -f wend.db ]; then
	wend store check -q -f csv >check.csv 2>why || { sed "s/^/nightly: /" why >&2; worst=4; }
	rm -f why
fi
exit "$worst"
