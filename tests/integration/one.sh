#!/bin/sh
# Runs one integration test for run.sh, and writes its TAP to a file of its
# name below $OUT, and below $OUT/failed if it failed:
#
#	one.sh test_NAME.sh	from this folder; SLOT is this worker's number
set -u
test=${1##*/}
# Workers have ports of their own.
PORT_BASE=$((${PORT_BASE:-21000} + SLOT * PORT_RANGE))
export PORT_BASE
out=$(timeout 180 sh "./$1" 2>&1)
status=$?
plan=$(printf '%s\n' "$out" | sed -n 's/^1\.\.//p')
count=$(printf '%s\n' "$out" | grep -cE '^(ok|not ok) ')
{
	printf '%s\n' "$out" |
	    sed -n -e "s/^\(ok\|not ok\) [0-9]* - /\1 - ${test%.sh}: /p;t" \
	    -e '/^1\.\./d' -e 's/^Bail out!/# &/' -e 's/^[^#]/# &/' -e p
	[ "${plan:-x}" = "$count" ] || {
		echo "not ok - ${test%.sh}: ended early (status $status)"
		status=1
	}
} >"$OUT/$test"
[ "$status" -eq 0 ] || : >"$OUT/failed/$test"
