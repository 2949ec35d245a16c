#!/bin/sh
# One user takes all connections to status.sock that there are: the others and
# the administrator can ask as before, and the log names who it is.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"

make_conf
make_state
start_serving
chmod 755 "$STATE"
crowd=
uid=$(id -u)
if as_root; then
	uid=65534
	crowd="setpriv --reuid $uid --regid $uid --clear-groups"
	other="setpriv --reuid 65533 --regid 65533 --clear-groups"
fi

cp "${0%/*}/crowd.py" "$RUN/"
$crowd /usr/bin/python3 "$RUN/crowd.py" "$STATE/status.sock" \
    >"$RUN/crowd" 2>&1 &
CROWD_PID=$!
own_pid "$CROWD_PID"
wait_for 60 grep -q "crowded by" "$RUN/crowd" || bail "$(cat "$RUN/crowd")"

# --- Everybody else

check "the administrator sees the host" status 0 timeout 10 \
    "$KMSCTL" -f "$CONF" show host
contains "and that it serves" "$RUN/out" "serving, generation 1"
check "and has a checkpoint" status 0 timeout 10 \
    "$KMSCTL" -f "$CONF" audit checkpoint
for what in "" sandbox counters count products documents machines logs; do
	check "and is shown: ${what:-all}" status 0 timeout 10 \
	    "$KMSCTL" -f "$CONF" show $what
done
if as_root; then
	check "another user sees the host" status 0 timeout 10 \
	    $other "$KMSCTL" -d "$STATE" show host
	check "and the logs" status 0 timeout 10 \
	    $other "$KMSCTL" -d "$STATE" show logs
fi

# --- The one

refused() {
	[ "$(ctl show counters | awk '$2 == "refused" { print $3 }')" -ge 100 ]
}
check "what was refused is counted" wait_for "$WAIT" refused
check "the user is told so" status 1 timeout 10 \
    $crowd "$KMSCTL" -d "$STATE" -s "$STATE/status.sock" show host
contains "and why" "$RUN/out" "uid $uid has 6 connections to status.sock"
lines=$(grep -c "status.sock: uid $uid has 6 of 6 connections" "$LOG")
check "the log names the user, and not for each" \
    test "$lines" -ge 1 -a "$lines" -le 5
kill "$CROWD_PID"
wait "$CROWD_PID" 2>/dev/null
check "whoever leaves may come again" wait_for "$WAIT" \
    $crowd "$KMSCTL" -d "$STATE" -s "$STATE/status.sock" show host

check "stop" status 0 ctl stop
wait "$KMSD_PID"
is "kmsd ends with 0" "$?" 0
tap_end
