#!/bin/sh
# try.sh: a preset for an export of one's own, from the first try to the last row.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/own-preset.XXXXXX")
trap 'rm -rf "$folder"' EXIT
WEND_STORE=$folder/wend.db
export WEND_STORE

echo "# Nobody knows the file; what is said is what to type"
wend ingest "$here/kasse.csv" || echo "# status $?"

echo "# With the preset beside the installed ones it is recognised. What becomes of each column:"
WEND_PRESETS=$here${WEND_PRESETS:+:$WEND_PRESETS}
export WEND_PRESETS
wend ingest --explain "$here/kasse.csv"

echo "# Its fields answer in every report"
wend ltv -q -f csv
wend store query -q -f csv "SELECT location, count(*) AS n FROM event WHERE kind = 'orders' GROUP BY location ORDER BY location"
