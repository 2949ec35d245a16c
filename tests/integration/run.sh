#!/bin/sh
# Runs the integration tests against the programs installed below a prefix:
#
#	run.sh PREFIX [test_NAME.sh...]
#
# Prints one TAP stream, each line with its test's name.  As root it makes the
# users of dist/kmsd.sysusers.conf that are missing, and says so.  JOBS tests
# run at the same time, two unless it is set.
set -u
cd "$(dirname "$0")" || exit 1
[ $# -ge 1 ] || {
	echo "usage: run.sh PREFIX [test_NAME.sh...]" >&2
	exit 1
}
PREFIX=$1
export PREFIX
shift
[ -x "$PREFIX/sbin/kmsd" ] || {
	echo "Bail out! $PREFIX/sbin/kmsd is not there: make install"
	exit 1
}
[ $# -gt 0 ] || set -- test_*.sh
PATH=$PATH:/usr/sbin:/sbin
JOBS=${JOBS:-2}

make_users() {
	getent group _kmsd >/dev/null || {
		groupadd --system _kmsd && echo "# made the group _kmsd"
	}
	for user in _kmsdnet _kmsdkey _kmsddb _kmsdctl; do
		getent passwd $user >/dev/null || {
			useradd --system --user-group --no-create-home \
			    --home-dir /nonexistent \
			    --shell /usr/sbin/nologin $user &&
			    echo "# made the user $user"
		}
	done
}
[ "$(id -u)" -ne 0 ] || make_users

OUT=$(mktemp -d "${TMPDIR:-/tmp}/kmsd-suite.XXXXXX") || exit 1
mkdir "$OUT/failed"
trap 'rm -rf "$OUT"' EXIT
trap 'exit 1' INT TERM
PORT_RANGE=$((1000 / JOBS))
export OUT PORT_RANGE
printf '%s\n' "$@" |
    xargs -n 1 -P "$JOBS" --process-slot-var=SLOT sh ./one.sh
failed=0
for test in "$@"; do
	test=${test##*/}
	cat "$OUT/$test" || failed=1
	[ ! -e "$OUT/failed/$test" ] || failed=1
done
exit $failed
