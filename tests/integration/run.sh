#!/bin/sh
# Runs the integration tests against the programs installed below a prefix:
#
#	run.sh PREFIX [test_NAME.sh...]
#
# Prints one TAP stream, each line with its test's name.  As root it makes the
# users of dist/kmsd.sysusers.conf that are missing, and says so.
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

failed=0
for test in "$@"; do
	out=$(timeout 180 sh "./$test" 2>&1)
	status=$?
	printf '%s\n' "$out" |
	    sed -n -e "s/^\(ok\|not ok\) [0-9]* - /\1 - ${test%.sh}: /p;t" \
	    -e '/^1\.\./d' -e 's/^Bail out!/# &/' -e 's/^[^#]/# &/' -e p
	plan=$(printf '%s\n' "$out" | sed -n 's/^1\.\.//p')
	count=$(printf '%s\n' "$out" | grep -cE '^(ok|not ok) ')
	if [ "${plan:-x}" != "$count" ]; then
		echo "not ok - ${test%.sh}: ended early (status $status)"
		failed=1
	fi
	[ "$status" -eq 0 ] || failed=1
done
exit $failed
