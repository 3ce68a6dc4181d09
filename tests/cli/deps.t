#!/bin/bash
# scripts/deps on machines that lack something, played by stand-ins on PATH.
. "$(dirname "$0")/lib.sh"

real=$PATH
# machine MANAGER: a folder of stand-ins; the compiler finds csv.h only once "installed".
machine() {
	bin=$frame/$1
	mkdir -p "$bin"
	for t in sh env cat sed sort tr tail mktemp rm true; do
		p=$(PATH=$real type -P $t) && ln -sf "$p" "$bin/$t"
	done
	cat >"$bin/cc" <<-sh
		#!/bin/sh
		text=\$(cat)
		case \$text in *csv.h*) [ -e "$frame/installed" ] ;; esac
	sh
	cat >"$bin/$1" <<-sh
		#!/bin/sh
		echo "$1 \$*" >>"$frame/called"
		case " \$* " in *libcsv*) [ -e "$frame/offline" ] || : >"$frame/installed" ;; esac
	sh
	chmod +x "$bin/cc" "$bin/$1"
	rm -f "$frame/installed" "$frame/called" "$frame/offline"
}
as_root() { cat >"$bin/id" <<<$'#!/bin/sh\necho 0' && chmod +x "$bin/id"; }
as_user() { cat >"$bin/id" <<<$'#!/bin/sh\necho 1000' && chmod +x "$bin/id"; }

for m in apt-get dnf apk pacman brew; do
	machine $m
	as_root
	PATH=$bin run "$bin/sh" "$top/scripts/deps"
	expect_status 0 "$m: root gets what is missing"
	like "$frame/called" "^$m .*libcsv" "$m: by its own name for it"
	unlike "$frame/called" 'sodium' "$m: and nothing that is there already"
	like "$err" 'missing: csv.h' "$m: says what is missing"
	if [ $m = apt-get ]; then
		unlike "$err" untried "$m: is tried"
	else
		like "$err" untried "$m: is called untried"
	fi
	: >"$frame/called"
	PATH=$bin run "$bin/sh" "$top/scripts/deps"
	expect_status 0 "$m: the second time there is nothing to do"
	expect_stderr_empty "$m: and nothing is said"
	is "$(cat "$frame/called")" '' "$m: nor called"
done

machine apt-get
as_user
PATH=$bin run "$bin/sh" "$top/scripts/deps"
expect_status 1 'neither root nor sudo: fails'
like "$err" 'apt-get install .*libcsv-dev' 'and says what to install'
ok 'and installs nothing' test ! -e "$frame/called"

cat >"$bin/sudo" <<-'sh'
	#!/bin/sh
	[ "$1" = -n ] && shift
	exec "$@"
sh
chmod +x "$bin/sudo"
PATH=$bin run "$bin/sh" "$top/scripts/deps"
expect_status 0 'a user with sudo gets it'
like "$err" 'sudo apt-get install' 'and sees the command'

machine apt-get
as_root
: >"$frame/offline"
PATH=$bin run "$bin/sh" "$top/scripts/deps"
expect_status 1 'what is still missing afterwards is a failure'
like "$err" 'still missing' 'and named'

machine none
rm -f "$bin/none"
as_root
PATH=$bin run "$bin/sh" "$top/scripts/deps"
expect_status 1 'no package manager: fails'
like "$err" 'by hand' 'and says so'
done_testing
