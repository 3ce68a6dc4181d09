#!/bin/bash
# Settings: option, then WEND_*, then the configuration file, then what is built in.
. "$(dirname "$0")/lib.sh"

first() { head -n 1 "$out" | cut -c 1-9; }
run wend
is "$(first)" question, 'a pipe gets csv'
mkdir -p "$HOME/.config/wend"
echo 'format = jsonl' >"$HOME/.config/wend/config"
run wend
is "$(first)" '{"questio' 'the configuration is heard'
mkdir -p xdg/wend
echo 'format = tsv' >xdg/wend/config
XDG_CONFIG_HOME=xdg run wend
like "$out" $'^question\tsubject' 'XDG_CONFIG_HOME says where it lies'
WEND_FORMAT=md run wend
like "$out" '^\|' 'WEND_FORMAT comes before it'
WEND_FORMAT=md run wend -f json
is "$(first)" '[' 'an option before both'
WEND_FORMAT=cvs run wend
expect_status 2 'a wrong WEND_FORMAT is not passed over'
like "$err" "did you mean 'csv'" 'but corrected'
printf 'format = csv\n[colours]\n\nred = 1\n' >"$HOME/.config/wend/config"
run wend
expect_status 2 'a line nobody knows in the configuration ends 2'
like "$err" 'config:4' 'and is named by its number'
rm "$HOME/.config/wend/config"

pty wend -f csv >../t 2>&1
unlike ../t $'\x1b' 'no colour when a format was asked for'
NO_COLOR=1 pty wend >../t 2>&1
unlike ../t $'\x1b' 'no colour with NO_COLOR'
TERM=dumb pty wend >../t 2>&1
unlike ../t $'\x1b' 'no colour on a dumb terminal'
done_testing
