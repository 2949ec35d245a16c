#!/bin/sh
# The scoreboard says what is good, what is bad and what was not run.
set -u
board=${TOP_SRCDIR:?}/tests/scoreboard
work=$(mktemp -d "${TMPDIR:-/tmp}/kmsd-board.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
count=0

# expect TEXT STATUS PATTERN [OPTION...]: of the last log
expect() {
	text=$1
	want=$2
	pattern=$3
	shift 3
	count=$((count + 1))
	"$board" "$@" "$work/log" >"$work/out" 2>&1
	got=$?
	if [ $got -eq "$want" ] && grep -q -- "$pattern" "$work/out"; then
		echo "ok $count - $text"
	else
		echo "not ok $count - $text (status $got)"
		sed 's/^/# /' "$work/out"
	fi
}

command -v python3 >/dev/null || {
	echo "1..0 # SKIP python3 is not installed"
	exit 0
}
echo 1..11
: >"$work/log"
expect "nothing run is not good" 0 "escapes  *not run"
cat >"$work/log" <<'LOG'
== unit tests
   60 s
== integration as root
   90 s
# escapes: process=store tried=110 blocked=110 control=101 user=root seconds=9
# hostile: records=50000 seed=7 crashes=0 writes=0 signatures=0 seconds=3
# rules: channels=20 types=980 packets=222294 seconds=4
# liar: lies=115 named=115 signed=0 possible=15 seconds=20 user=root
targets=28 executions=5000 edges=90 crashes=0 seconds=56
5 passed, 0 failed
LOG
expect "escapes" 0 "110 of 110 blocked"
expect "rules" 0 "222294 packets on 20 channels, 0 failures"
expect "lies" 0 "115 of 115 named, 0 signed, 15 possible"
expect "a seed" 0 "seed 7"
expect "JSON" 0 '"count": 5000,' --json
sed 's/crashes=0 writes/crashes=1 writes/' "$work/log" >"$work/new"
mv "$work/new" "$work/log"
expect "a crash is bad" 1 "^BAD  *3"
printf '%s\n' "# escapes: process=store tried=9 blocked=8 control=9 user=x" \
    >"$work/log"
expect "an escape is bad" 1 "^BAD  *1 .*8 of 9"
printf '%s\n' "# liar: lies=9 named=9 signed=1 possible=1 seconds=1 user=x" \
    >"$work/log"
expect "a signed lie is bad" 1 "^BAD  *3 .*1 signed"
printf '%s\n' "== integration as root" "  9 s" "== result" \
    "FAIL integration test_kill: lost" "1 passed, 1 failed" >"$work/log"
expect "a lost activation is bad" 1 "^BAD  *4"
rm "$work/log"
expect "no log" 2 "No such file"
