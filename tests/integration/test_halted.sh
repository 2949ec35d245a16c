#!/bin/sh
# Processes that do not answer: those that a halted host has not, and one that
# hangs.  Whatever was asked of them, the host is shown and can be stopped.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"

many=16		# as many questions as one process can have

# ask_many COMMAND...: at the same time; the results in $RUN/many.*
ask_many() {
	asking=
	for i in $(seq "$many"); do
		{
			timeout 10 "$KMSCTL" -f "$CONF" "$@" >"$RUN/many.$i" 2>&1
			echo "exit $?" >>"$RUN/many.$i"
		} &
		asking="$asking $!"
	done
}

# answered STATUS TEXT: how many of them ended so, once they have ended.
answered() {
	grep -l "^exit $1\$" "$RUN"/many.* | xargs -r grep -lF -- "$2" | wc -l
}

# --- Halted

make_host
start_serving
certify_host
rm -f "$STATE/db/kmsd.db-wal"
echo "this is not a database, and long enough for the head of one" \
    >"$STATE/db/kmsd.db"
kill -KILL "$(child_pid store)"
wait_for "$WAIT" logged "halted until kmsd is started again" ||
    bail "it does not halt"

halted="the host is halted until kmsd is started again: the store cannot run"
ask_many show logs
wait $asking
is "halted: all questions to the store are answered" \
    "$(answered 1 "$halted")" "$many"
contains "halted: and what to do is said" "$RUN/many.1" \
    "see its log, and mend that"
check "halted: show host" status 0 timeout 10 "$KMSCTL" -f "$CONF" show host
contains "halted: says why" "$RUN/out" "halted until kmsd is started again"
ask_many install "$PUB/product.kms"
wait $asking
is "halted: all questions to the activator are answered" \
    "$(answered 1 "$halted")" "$many"
check "halted: no request" status 1 timeout 10 "$KMSCTL" -f "$CONF" \
    activate --offline "$RUN/no.kms"
check "halted: no checkpoint" status 1 timeout 10 "$KMSCTL" -f "$CONF" \
    audit checkpoint
check "halted: show sandbox" status 0 timeout 10 \
    "$KMSCTL" -f "$CONF" show sandbox
check "halted: stop" status 0 timeout 20 "$KMSCTL" -f "$CONF" stop
kill -KILL "$KMSD_PID" 2>/dev/null
wait "$KMSD_PID"
is "halted: kmsd ends with 0" "$?" 0

# --- A store that hangs

rm -rf "$STATE" "$PUB"
make_host
again
kill -STOP "$(child_pid store)"
ask_many show logs
# One that is still taken keeps its place when its client leaves.
no_more() {
	timeout 1 "$KMSCTL" -f "$CONF" show logs 2>&1 |
	    grep -q "too many questions are under way"
}
check "a store that hangs: as much is asked of it as can be" \
    wait_for "$WAIT" no_more
check "a store that hangs: show host" status 0 timeout 10 \
    "$KMSCTL" -f "$CONF" show host
check "a store that hangs: show sandbox" status 0 timeout 10 \
    "$KMSCTL" -f "$CONF" show sandbox
check "a store that hangs: stop" status 0 timeout 20 \
    "$KMSCTL" -f "$CONF" stop
kill -KILL "$KMSD_PID" 2>/dev/null
wait "$KMSD_PID"
is "a store that hangs: kmsd ends with 0" "$?" 0
wait $asking
tap_end
