#!/bin/sh
# As root: makes the users and the group of dist/kmsd.sysusers.conf that are
# missing, and says which.  As anybody else: nothing.
set -eu
[ "$(id -u)" -eq 0 ] || exit 0
list=$(dirname "$0")/../dist/kmsd.sysusers.conf
made=
while read -r kind name rest; do
	case $kind in
	g)
		getent group "$name" >/dev/null && continue
		groupadd --system "$name"
		;;
	u)
		getent passwd "$name" >/dev/null && continue
		useradd --system --user-group --no-create-home \
		    --home-dir /nonexistent --shell /usr/sbin/nologin "$name"
		;;
	*)
		continue
		;;
	esac
	made="$made $name"
done <"$list"
[ -z "$made" ] || echo "made the users and groups:$made"
