#!/bin/sh
# Start, confinement and stop of the host.
. "${0%/*}/lib.sh"

make_conf
make_state
# What libevent reads is not for a process whose calls are filtered.
EVENT_PRECISE_TIMER=1
EVENT_NOEPOLL=1
export EVENT_PRECISE_TIMER EVENT_NOEPOLL
start_serving -v
unset EVENT_PRECISE_TIMER EVENT_NOEPOLL

for role in $ROLES; do
	pid=$(child_pid $role) || bail "there is no $role"
	status=/proc/$pid/status
	if as_root; then
		case $role in
		listener) user=_kmsdnet ;;
		activator) user=_kmsdkey ;;
		store) user=_kmsddb ;;
		control) user=_kmsdctl ;;
		esac
		root=$STATE/empty
		[ $role != store ] || root=$STATE/db
		is "$role runs as $user" "$(awk '/^Uid:/ { print $2, $3, $4 }' \
		    $status)" "$(id -u $user) $(id -u $user) $(id -u $user)"
		is "$role is in no other group" \
		    "$(awk '/^Groups:/ { print $2 $3 }' $status)" \
		    "$(id -g $user)"
		is "$role sees nothing but $root" "$(readlink /proc/$pid/root)" \
		    "$root"
	else
		is "$role runs as the user" \
		    "$(awk '/^Uid:/ { print $2 }' $status)" "$(id -u)"
	fi
	is "$role can gain no privileges" \
	    "$(awk '/^NoNewPrivs:/ { print $2 }' $status)" 1
	if as_root; then
		# Empty, but where tests/malloc put something.
		is "$role has no environment" \
		    "$(tr '\0' : </proc/$pid/environ | sed 's,:$,,')" \
		    "${CHILD_ENVIRONMENT-}"
	fi
done
is "the parent can gain no privileges" \
    "$(awk '/^NoNewPrivs:/ { print $2 }' /proc/$KMSD_PID/status)" 1
check "the parent is not dumpable" \
    test "$(stat -c %u /proc/$KMSD_PID/environ)" -eq 0

is "status.sock is for everybody" "$(stat -c %a "$STATE/status.sock")" 666
if as_root; then
	is "control.sock is for root and the group _kmsd" \
	    "$(stat -c '%a %U %G' "$STATE/control.sock")" "660 root _kmsd"
else
	is "control.sock is for the user" \
	    "$(stat -c %a "$STATE/control.sock")" 600
fi

pids=$(kmsd_pids)
stop_kmsd
is "SIGTERM ends kmsd with 0" "$STATUS" 0
check "every child is gone" gone $pids
check "nobody was killed" sh -c "! grep -F killed '$LOG'"
check "control.sock is gone" test ! -e "$STATE/control.sock"
tap_end
