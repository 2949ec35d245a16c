#!/bin/sh
# A store that was taken over and lies in good grammar, as a process of a real
# host: nothing of it is signed, and each lie is named; what it can do goes
# through, and no further.
#
#	test_liar.sh BUILD PREFIX	where "make check" has built the
#					programs, where kmsd is installed
#
# LIES names some lies: numbers, by commas, or a part of their names.
set -u
cd "$(dirname "$0")" || exit 1
[ $# -eq 2 ] || {
	echo "usage: test_liar.sh BUILD PREFIX" >&2
	exit 1
}
build=$1
PREFIX=$2
. ../integration/lib.sh
. ../interop/lib.sh
find_python || bail "there is no python3 with PyNaCl"
chmod 755 "$RUN"
ports=
for port_offset in 0 17 34; do
	ports="$ports $(free_port)"
done
"$PYTHON" liar/liar.py "$build" "$PREFIX" "$RUN" $ports
