#!/bin/sh
# kill -9 takes nothing back: neither between the commit of a grant and its
# reply, nor again and again under load.
#
#	SEED=n KILLS=n	repeats a run
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"

SEED=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
KILLS=${KILLS:-50}
diag "SEED=$SEED"
FIRST_SEED=$SEED
command -v strace >/dev/null || bail "strace is not installed"

# logcheck WHAT ARGUMENT...: against the stopped host's database.
logcheck() {
	copy_database "$RUN/copy"
	/usr/bin/python3 "${0%/*}/logcheck.py" "$RUN/copy/kmsd.db" "$@"
}

# Starts under strace with these options; KMSD_PID is kmsd's.
start_traced() {
	ASAN_OPTIONS='' strace -f -qq -o "$RUN/trace" "$@" "$KMSD" -d \
	    -f "$CONF" >>"$LOG" 2>&1 &
	STRACE_PID=$!
	own_pid "$STRACE_PID"
	wait_for "$WAIT" logged ": serving, generation " ||
	    bail "kmsd does not serve"
	KMSD_PID=$(cat "$STATE/lock")
	own_pid "$KMSD_PID"
}

# in_log NAME: the log, written so far, has a grant of the client.
in_log() {
	copy_database "$RUN/copy" &&
	    /usr/bin/python3 "${0%/*}/logcheck.py" "$RUN/copy/kmsd.db" \
	    count "host-name $1" | grep -qx 1
}

# --- Between commit and reply

make_site 1 "limit rate 1000000" "limit per-source 1000"
stop_kmsd
new_log
start_traced -e trace=fdatasync
syncs=$(grep -c "^$(child_pid store) .*fdatasync" "$RUN/trace")
kill -TERM "$KMSD_PID"
wait "$STRACE_PID"
check "the start of the store syncs" test "$syncs" -gt 0

# The first fdatasync after the start returns late: what it makes durable can
# be read, and nobody has been told.  (So may one of the next generation.)
new_log
start_traced -e trace=fdatasync \
    -e inject=fdatasync:delay_exit=8s:when=$((syncs + 1))
store=$(child_pid store)
is "the store has synced its start" \
    "$(grep -c "^$store .*fdatasync" "$RUN/trace")" "$syncs"
name=$(hostname | cut -d . -f 1)
client held activate -H "127.0.0.1:$PORT" >"$RUN/held.out" 2>&1 &
held=$!
check "the grant is in the database" wait_for "$WAIT" in_log "$name"
check "the client waits" kill -0 "$held"
state=$(echo "$RUN"/client-held/*/*/state)
nonce=$(grep '^pending ' "$state")
check "it keeps a nonce" test -n "$nonce"
kill -KILL "$store"
wait "$held"
is "it is told nothing" $? 2
check "the next generation serves" \
    wait_for "$WAIT" logged "serving, generation 2"
is "the client keeps the nonce" "$(grep '^pending ' "$state")" "$nonce"
kill -TERM "$KMSD_PID"
wait "$STRACE_PID"
start_kmsd
wait_for "$WAIT" logged ": serving, generation 1" 2 || bail "no restart"
check "and has a grant when it asks again" \
    client held activate -H "127.0.0.1:$PORT"
stop_kmsd
is "the log shows both decisions" \
    "$(logcheck count "host-name $name")" 2
is "and the host counted one machine" "$(logcheck machines)" 1
is "the grant in the client's hands is in the log" \
    "$(logcheck proofs "${state%/state}/grant")" 1
check "the log verifies" ctl audit verify

# --- Under load

serving=$(grep -c ": serving, generation" "$LOG")
start_kmsd
wait_for "$WAIT" logged ": serving, generation" $((serving + 1)) ||
    bail "no restart"
: >"$RUN/grants"
start_bench -t 600 -r 1 -S -C 16 -n 50000 -s 50 -g "$RUN/grants"

# draw N: the next number below N of the sequence that SEED begins.
draw() {
	SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
	drawn=$((SEED / 65536 % $1))
}

acknowledged() {
	[ "$(wc -l <"$RUN/grants")" -gt "$1" ]
}

# A third death in one run of kmsd would be followed by a pause, so the
# parent is among the next three.
deaths=0
killed=0
began=$(date +%s)
for i in $(seq "$KILLS"); do
	wait_for "$WAIT" acknowledged "$(wc -l <"$RUN/grants")" || {
		not_ok "kill $i: grants go on"
		diag "$(tail -n 20 "$LOG")"
		break
	}
	draw 100
	sleep "0.$(printf %03d "$drawn")"
	draw 5
	[ "$deaths" -lt 2 ] || drawn=4
	serving=$(grep -c ": serving, generation" "$LOG")
	killed=$((killed + 1))
	if [ "$drawn" -eq 4 ]; then
		deaths=0
		kill -KILL "$KMSD_PID"
		wait "$KMSD_PID" 2>/dev/null
		start_kmsd
	else
		deaths=$((deaths + 1))
		role=$(echo $ROLES | cut -d ' ' -f $((drawn + 1)))
		kill -KILL "$(child_pid "$role")"
	fi
	wait_for "$WAIT" logged ": serving, generation" $((serving + 1)) || {
		not_ok "kill $i: a new generation serves"
		diag "$(tail -n 20 "$LOG")"
		break
	}
done
is "$KILLS times killed, and served again" "$i" "$KILLS"
wait_for "$WAIT" acknowledged "$(wc -l <"$RUN/grants")"
kill -TERM "$BENCH_PID"
wait "$BENCH_PID" 2>/dev/null
stop_kmsd
is "the host stops" "$STATUS" 0
check "no rollback was found" sh -c "! grep -F rollback '$LOG'"
check "every acknowledged grant is in the log" \
    logcheck grants "$RUN/grants"
tally=$(logcheck tally "$RUN/grants")
diag "kills: kills=$killed $tally seed=$FIRST_SEED" \
    "seconds=$(($(date +%s) - began)) user=$(id -un)"
check "every machine was counted once" logcheck machines
check "the log verifies" ctl audit verify

# The control: a log that lost its end is noticed.
copy_database "$RUN/short"
sqlite3 "$RUN/short/kmsd.db" \
    "DELETE FROM entry WHERE key = (SELECT max(key) FROM entry)"
last=$(tail -n 1 "$RUN/grants")
! as_root || chown -R _kmsddb "$RUN/copy" "$RUN/short"
check "a copy verifies with the anchor" ctl audit verify -k -D "$RUN/copy"
ctl audit verify -k -D "$RUN/short" >"$RUN/out" 2>&1
is "a copy without its last entry does not" $? 1
echo "999999999 ${last#* }" >"$RUN/wrong"
check "a grant that the log does not have is noticed" \
    sh -c "! /usr/bin/python3 '${0%/*}/logcheck.py' \
    '$RUN/copy/kmsd.db' grants '$RUN/wrong'"
{ cat "$RUN/wrong"; echo "0 ${last#* }"; echo "0 ${last#* }"; } \
    >"$RUN/wrong.2"
is "the tally counts what is lost or there twice" \
    "$(/usr/bin/python3 "${0%/*}/logcheck.py" "$RUN/copy/kmsd.db" tally \
    "$RUN/wrong.2")" "acknowledged=2 lost=3 twice=1"
tap_end
