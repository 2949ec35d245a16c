#!/bin/sh
# A database that went back: refused, accepted, also when that is interrupted.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"
. "${0%/*}/python.sh"

make_host
start_serving
certify_host
ctl stop >/dev/null || bail "no stop"
wait "$KMSD_PID"
cp -a "$STATE/db" "$RUN/backup"

# The host goes on, then its database is put back.
go_back() {
	again
	new_revision "$1" >/dev/null 2>&1
	ctl install "$RUN/product.$1" >"$RUN/out" 2>&1 ||
	    bail "$(cat "$RUN/out")"
	ctl stop >/dev/null || bail "no stop"
	wait "$KMSD_PID"
	rm -f "$STATE"/db/*
	cp -a "$RUN/backup"/* "$STATE/db/"
}

start_rollback() {
	new_log
	start_kmsd
	wait_for "$WAIT" sh -c "
	    '$KMSCTL' -f '$CONF' show host | grep -q 'listening *no'" ||
	    bail "the host does not say that it is not serving"
}

logs() {
	ctl show logs | grep -c -- -4
}

# log_now: the uuid of the log that the anchor knows.
log_now() {
	sed -n 's/^log //p' "$STATE/anchor"
}

# request_states NAME LOGS: a new kms-host-request lists these logs, in this
# order, each with a signature that holds; with their sizes in $RUN/stated.
request_states() {
	rm -f "$RUN/again.kms"
	check "$1: a request" status 0 ctl activate --offline "$RUN/again.kms"
	check "$1: the logs in it are signed" sh -c "
	    '$PYTHON' '$HERE/requestlogs.py' '$STATE/host.pub' \
	    '$RUN/again.kms' >'$RUN/stated'"
	is "$1: the logs in it, the newest first" \
	    "$(cut -d ' ' -f 1 "$RUN/stated" | paste -sd ' ')" "$2"
}

first=$(log_now)
first_size=$(sed -n 's/^size //p' "$STATE/anchor")
go_back 2
check "put back: the log is bad" status 1 ctl audit verify
contains "put back: missing entries are named" "$RUN/out" \
    "missing, and the anchor knows them"
start_rollback
check "put back: show host" status 0 ctl show host
check "put back: nobody listens" sh -c "! child_pid listener"
check "put back: nothing is installed" status 1 ctl install "$RUN/product.2"
contains "put back: what to do is said" "$RUN/out" "accept-rollback"
# A reason that no entry can state is its client's fault, and nobody else's.
pids=$(kmsd_pids)
check "a reason of two lines on control.sock" /usr/bin/python3 -c '
import socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
s.settimeout(10)
reason = b"bad\nreason"
record = struct.pack(">IIH", 1, 0, len(reason)) + reason
s.send(struct.pack(">HHI", 5, 1, len(record)) + record)
try:
    sys.exit(len(s.recv(4096)))
except ConnectionResetError:
    pass' "$STATE/control.sock"
contains "such a reason: who said it is named" "$LOG" \
    "control: control.sock: uid $(id -u) broke a rule: accept rollback"
check "such a reason: the host waits as before" status 0 ctl show host
contains "such a reason: it is named" "$RUN/out" "rollback, no client is served"
is "such a reason: by the same processes" "$(kmsd_pids)" "$pids"
check "kmsctl refuses one itself" status 2 ctl audit accept-rollback "bad
reason"
check "and one with a space behind it" status 2 \
    ctl audit accept-rollback "restored "
contains "and says how it is to be" "$RUN/out" "without spaces around it"
check "accepted" status 0 ctl audit accept-rollback "restored the backup"
contains "accepted: the new log is named" "$RUN/out" "new log"
contains "accepted: and that documents are missing" "$RUN/out" \
    "the database lacks documents, or has old revisions: install the newest"
wait_for "$WAIT" logged "serving, generation" || bail "it does not serve"
is "accepted: two logs" "$(logs)" 2
check "accepted: the reason" status 0 ctl audit show -i 0 -n 1
contains "accepted: the reason stands in entry 0" "$RUN/out" \
    "reason restored the backup"
check "accepted: a document can be installed again" status 0 \
    ctl install "$RUN/product.2"
second=$(log_now)
request_states "accepted" "$second $first"
is "accepted: the old log as the backup had it" \
    "$(sed -n '2s/.* //p' "$RUN/stated")" "$first_size"
ctl stop >/dev/null || bail "no stop"
wait "$KMSD_PID"
check "accepted: the logs are good" status 0 ctl audit verify
contains "accepted: both of them" "$RUN/out" "logs 2,"

# --- Killed between transaction and anchor

rm -rf "$RUN/backup"
cp -a "$STATE/db" "$RUN/backup"
go_back 3
# The parent's temporary file is a folder: it cannot write the anchor.
mkdir "$STATE/anchor.new"
anchor=$(cat "$STATE/anchor")
start_rollback
ctl audit accept-rollback "interrupted" >"$RUN/interrupted" 2>&1 &
asking=$!
wait_for "$WAIT" sh -c "
    '$KMSCTL' -f '$CONF' show logs | grep -c -- -4 | grep -qx 3" ||
    bail "no third log"
kill -KILL "$KMSD_PID"
wait "$KMSD_PID" 2>/dev/null
wait $asking 2>/dev/null
is "interrupted: the anchor is the old one" "$(cat "$STATE/anchor")" "$anchor"
rmdir "$STATE/anchor.new"
check "interrupted: the log is bad" status 1 ctl audit verify
contains "interrupted: says what happened" "$RUN/out" \
    "an accept-rollback was interrupted"
start_rollback
check "interrupted: not served" status 1 ctl install "$RUN/product.3"
check "the same command goes on" status 0 ctl audit accept-rollback "interrupted"
wait_for "$WAIT" logged "serving, generation" || bail "it does not serve"
is "it made no further log" "$(logs)" 3
check "and the reason is the first one's" status 0 ctl audit show -i 0 -n 1
contains "entry 0" "$RUN/out" "reason interrupted"
check "a document can be installed" status 0 ctl install "$RUN/product.3"
request_states "interrupted" "$(log_now) $second $first"
ctl stop >/dev/null || bail "no stop"
wait "$KMSD_PID"
check "all logs are good" status 0 ctl audit verify
contains "all three" "$RUN/out" "logs 3,"
tap_end
