#!/bin/sh
# Each process tries to get out after it confined itself, and a build without
# confinement shows that it could.
#
#	test_escapes.sh BUILD	where "make check" has built the programs
#
# ESCAPES has the names or numbers of some techniques, by commas.
set -u
cd "$(dirname "$0")" || exit 1
[ $# -eq 1 ] || {
	echo "usage: test_escapes.sh BUILD" >&2
	exit 1
}
programs=$1/tests/hostile
PREFIX=$1
. ../integration/lib.sh

make_state
for slot in 1 2; do
	for kind in confined open; do
		mkdir -p "$RUN/$slot/$kind"
		cp -a "$STATE" "$RUN/$slot/$kind/state"
	done
done
"$programs/escape_list" >"$RUN/list" || bail "no techniques"
PORT_BASE=$(free_port) python3 escapes.py "$programs" "$RUN/list" \
    "$RUN/1" "$RUN/2"
