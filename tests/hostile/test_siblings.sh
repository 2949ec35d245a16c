#!/bin/sh
# A listener, a control and a store that were taken over speak wrongly to their
# siblings and to the parent, under the real parent and as confined as ever.
#
#	test_siblings.sh BUILD PREFIX	where "make check" has built the
#					programs, and where they are installed
#
#	HOSTILE_RECORDS=1000000 nice test_siblings.sh BUILD PREFIX
#					the long run, by hand
#
# What else can be set stands in siblings.py.
set -u
cd "$(dirname "$0")" || exit 1
[ $# -eq 2 ] || {
	echo "usage: test_siblings.sh BUILD PREFIX" >&2
	exit 1
}
programs=$1/tests/hostile/evil
PREFIX=$2
. ../integration/lib.sh
. ../integration/site.sh

make_site 1
client honest activate -H "127.0.0.1:$PORT" >"$RUN/out" 2>&1 ||
    bail "no client is served: $(cat "$RUN/out")"
stop_kmsd
for slot in 1 2; do
	mkdir "$RUN/$slot"
done
PORT_BASE=$(free_port) /usr/bin/python3 siblings.py "$programs/kmsd" \
    "$KMSCTL" "$PUB" "$STATE" "$RUN/1" "$RUN/2"
