#!/bin/sh
# The parent's supervision, with children that do as they are told.  Runs in
# the build folder; as root it becomes an ordinary user first.
set -u
MODES=$PWD/tests/supervise/modes
if [ "$(id -u)" -eq 0 ]; then
	# The capability lets it reach the build folder, wherever that is.
	: >"$MODES" && chown 65534 "$MODES" || exit 1
	TMPDIR=/tmp exec setpriv --reuid=65534 --regid=65534 --clear-groups \
	    --inh-caps=+dac_read_search --ambient-caps=+dac_read_search \
	    sh "$0" "$@"
fi
PREFIX=$PWD
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"
KMSD=$PWD/tests/supervise/kmsd

make_conf
make_state

# modes "ROLE WORD"...: how the next children behave.
modes() {
	: >"$LOG"
	printf '%s\n' "$@" >"$MODES"
}

# exits DESCRIPTION STATUS TEXT: kmsd ends so, and says so.
exits() {
	start_kmsd
	wait_for "$WAIT" gone "$KMSD_PID" || kill -TERM "$KMSD_PID"
	wait "$KMSD_PID"
	is "$1: exit status" $? "$2"
	contains "$1: message" "$LOG" "$3"
}

# next DESCRIPTION TEXT: the generation ends for this reason, kmsd goes on.
next() {
	start_kmsd
	check "$1: the generation ends" wait_for "$WAIT" \
	    logged "generation 1 ended, the next begins in 0 s"
	contains "$1: the reason" "$LOG" "$2"
	printf '' >"$MODES"
	check "$1: the next one serves" wait_for "$WAIT" logged ": serving, "
	stop_kmsd
	is "$1: SIGTERM" "$STATUS" 0
}

# A notification socket, to hear what the service manager hears.
listen_notify() { # PATH|@NAME
	command -v python3 >/dev/null || return 1
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\0", 1))
print("bound", flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)
' "$1" >"$RUN/notify" 2>&1 &
	own_pid $!
	wait_for "$WAIT" grep -q bound "$RUN/notify"
}

modes
NOTIFY_SOCKET=$RUN/notify.sock
listen_notify "$NOTIFY_SOCKET" || bail "python3 cannot bind a socket"
export NOTIFY_SOCKET
start_serving -v
unset NOTIFY_SOCKET
check "the service manager hears READY" \
    wait_for "$WAIT" grep -q '^READY=1' "$RUN/notify"
contains "and the status" "$RUN/notify" "STATUS=serving, generation 1"
kill -HUP "$KMSD_PID"
check "SIGHUP is answered" wait_for "$WAIT" logged "reload does not exist yet"
stop_kmsd
is "SIGTERM: exit status" "$STATUS" 0
is "the children are told in their order" \
    "$(sed -n 's/.* \([a-z]*\): told to stop$/\1/p' "$LOG" | tr '\n' ' ')" \
    "listener activator store control "
contains "the anchor sent while stopping is kept" "$STATE/anchor" "anchor 9"
check "the service manager hears STOPPING" \
    wait_for "$WAIT" grep -q '^STOPPING=1' "$RUN/notify"

# An abstract name, which no confined process can reach any more.
modes
NOTIFY_SOCKET=@kmsd-test-$$
listen_notify "$NOTIFY_SOCKET" || bail "python3 cannot bind a name"
export NOTIFY_SOCKET
start_serving
unset NOTIFY_SOCKET
check "READY is heard by an abstract name" \
    wait_for "$WAIT" grep -q '^READY=1' "$RUN/notify"
stop_kmsd
is "SIGTERM: exit status" "$STATUS" 0
check "and STOPPING" wait_for "$WAIT" grep -q '^STOPPING=1' "$RUN/notify"

modes "store failure"
exits "failure in the first generation" 1 \
    "the store cannot run: this is not a database"
modes "control build"
exits "another build" 75 "the programs were replaced"
# What may pass is tried again, but nobody waits for kmsd for ever.
modes "store full"
exits "four generations that end" 75 "cannot start, 4 generations ended"
contains "with the reason" "$LOG" "when this is mended: store: the disk is full"
modes "activator uid"
exits "a child of the wrong user" 1 "the activator cannot run: it is ready with uid"
modes "store landlock"
exits "a required layer that is missing" 1 'layer "files"'
modes
KMSD_HEAR_KERNEL=yes
export KMSD_HEAR_KERNEL
exits "a filter that is only claimed" 1 "no more than it inherited"
KMSD_HEAR_KERNEL=half
exits "half of what the kernel says" 1 "does not say how it is confined"
KMSD_HEAR_KERNEL=ends
start_kmsd
check "a process that ends as it is ready: so does the generation" \
    wait_for "$WAIT" logged "generation 2 ended, the next begins"
contains "and why" "$LOG" "is ready, and the kernel says that it ends"
stop_kmsd
is "and kmsd goes on, until SIGTERM" "$STATUS" 0
unset KMSD_HEAR_KERNEL
modes "control ask-stop"
exits "stop by control" 0 "stopping: uid 0 asked for it"

modes "store unknown"
next "unknown record" "the store (pid"
modes "listener ask-stop"
next "record of another role" "breaks the rules: type"
modes "control silence"
next "a log that would say less" "breaks the rules: log level"
modes "store state"
next "record in the wrong state" "breaks the rules: ready"
modes "listener late-failure"
next "failure of a listener that runs" "breaks the rules: failed"
modes "activator late-failure"
next "failure of an activator that runs" "breaks the rules: failed"
modes "activator both"
next "serving and rollback" "breaks the rules: rollback"
modes "control close"
next "closed channel" "the control (pid"

modes "store mute"
next "a child that hangs" "hangs: nothing was heard of it for 3 s"
modes "control mute"
start_serving
check "a control that hangs is named" wait_for "$WAIT" logged "the control (pid"
contains "and what it takes" "$LOG" "kmsctl gets no answer until"
check "and again" wait_for "$WAIT" \
    sh -c "[ \$(grep -c 'hangs: nothing was heard' '$LOG') -ge 2 ]"
check "and ends no generation" sh -c "! grep -F 'generation 1 ended' '$LOG'"
stop_kmsd
is "SIGTERM: exit status" "$STATUS" 0
modes "store never-ready"
start_kmsd
check "a start that lasts is said" wait_for "$WAIT" \
    logged "generation 1 still starts: it waits for the store"
check "and ends no generation" sh -c "! grep -F 'generation 1 ended' '$LOG'"
stop_kmsd

modes "activator rollback"
start_kmsd
check "rollback is reported" wait_for "$WAIT" \
    logged "rollback, no client is served: fewer entries than the anchor"
is "without a listener" "$(child_pid listener)" ""
check "with control" child_pid control
stop_kmsd
is "rollback: SIGTERM" "$STATUS" 0

# A status is one line, whatever a child says.
modes "activator inject"
NOTIFY_SOCKET=$RUN/notify.sock
export NOTIFY_SOCKET
start_kmsd
unset NOTIFY_SOCKET
check "a reason with newlines is reported" wait_for "$WAIT" \
    grep -q '^STATUS=rollback.*MAINPID=1' "$RUN/notify"
check "and assigns nothing" sh -c "! grep -q '^MAINPID' '$RUN/notify'"
check "and stays one line of the log" sh -c "! grep -q '^READY' '$LOG'"
stop_kmsd

modes "activator anchors"
start_serving
check "the manifest is confirmed" wait_for "$WAIT" \
    logged "manifest 7 is saved"
is "the manifest is written" "$(cat "$STATE/manifest")" "manifest"
check "the newest anchor is written" \
    wait_for "$WAIT" grep -q 'anchor 2' "$STATE/anchor"
stop_kmsd

# A dead activator's channel is read to its end.
modes "activator last-anchor"
start_kmsd
check "a child that ends is followed by a generation" wait_for "$WAIT" \
    logged "generation 1 ended"
modes
check "that serves" wait_for "$WAIT" logged ": serving, "
check "with the last anchor of the dead" \
    wait_for "$WAIT" grep -q 'anchor 4' "$STATE/anchor"
stop_kmsd

# Past the first generation a failure halts, and control stays.
alone() {
	[ "$(kmsd_pids | wc -w)" -eq 1 ] && child_pid control
}
modes
start_serving
modes "store failure"
kill -KILL "$(child_pid activator)"
check "a later failure halts" wait_for "$WAIT" \
    logged "halted until kmsd is started again: the store cannot run"
check "with control alone" wait_for "$WAIT" alone
stop_kmsd
is "halted: SIGTERM" "$STATUS" 0

# A control that asks for the log's level without an end gets few lines.
asks_levels() { # WORD
	modes "control $1"
	began=$(date +%s)
	start_serving
	wait_for "$WAIT" logged "the levels are asked for" || bail "not asked"
	stop_kmsd
	is "$1: no rule forbids it" "$STATUS" 0
	lines=$(grep -c "log level is now" "$LOG")
}
asks_levels same-level
is "a level that is in force is no news" "$lines" 0
asks_levels levels
check "another is taken once a second" test "$lines" -ge 1 -a \
    "$lines" -le $(($(date +%s) - began + 1))

# While anchor or manifest can't be written, control is alone too: where their
# temporary files go are folders.
another() {
	alone && [ "$(child_pid control)" != "$control" ]
}
for file in anchor manifest; do
	mkdir "$STATE/$file.new"
	modes "activator anchors"
	start_serving
	check "without $file nobody is served after a while" \
	    wait_for "$WAIT" logged "nobody is served until $STATE/$file is"
	check "$file: but control stays" wait_for "$WAIT" alone
	is "$file: the log says so once" \
	    "$(grep -cF "cannot write the $file" "$LOG")" 1
	control=$(child_pid control)
	modes
	kill -KILL "$control"
	check "$file: also after its death" wait_for "$WAIT" another
	rmdir "$STATE/$file.new"
	check "$file: when it is written, it serves" \
	    wait_for "$WAIT" logged ": serving, generation "
	check "$file: the anchor is the newest" \
	    wait_for "$WAIT" grep -q 'anchor 2' "$STATE/anchor"
	stop_kmsd
	is "$file: and stops" "$STATUS" 0
	printf 'anchor 0\n' >"$STATE/anchor"
done
mkdir "$STATE/manifest.new"
modes "activator manifest-first"
exits "a start that waits for a manifest that can't be written" 75 \
    "cannot start, $STATE/manifest cannot be written"
rmdir "$STATE/manifest.new"

# The store opens its database behind READY.
modes "activator manifest-first" "store mute"
start_kmsd
check "a slow start is said" wait_for "$WAIT" \
    logged "generation 1 still starts: it waits for the activator"
check "again, and nobody is killed for it" wait_for "$WAIT" \
    sh -c "[ \$(grep -c 'generation 1 still starts' '$LOG') -ge 2 ]"
check "nor said to hang" sh -c "! grep -F 'hangs: nothing' '$LOG'"
stop_kmsd

modes "listener flood"
start_serving
check "a flood of lines is dropped" wait_for "$WAIT" sh -c "
	kill -0 $KMSD_PID && test \$(grep -c 'listener: flood' '$LOG') -ge 100"
check "but not why the child ends" wait_for "$WAIT" logged "listener: the reason"
stop_kmsd
is "a second's worth is kept" \
    "$([ "$(grep -c 'listener: flood' "$LOG")" -le 300 ] && echo yes)" yes
contains "what was dropped is counted" "$LOG" "were dropped"
contains "lines are encoded" "$LOG" 'flood 0\nx'

modes "store library"
start_serving
check "what a library writes to fd 2 is a line, behind an empty one" wait_for "$WAIT" \
    logged "store: free(): a library says"
stop_kmsd

modes "store hang"
start_serving
stop_kmsd
is "a child that hangs: exit status" "$STATUS" 0
contains "it is named" "$LOG" "the store (pid"
contains "and killed" "$LOG" "did not stop in 5 s: killed"

modes "store late-unknown"
start_serving
stop_kmsd
is "a broken rule while stopping: exit status" "$STATUS" 0
contains "it is named" "$LOG" "breaks the rules: type 999"
check "and ends the child at once" sh -c "! grep -F 'did not stop' '$LOG'"

# Without -d the caller waits until kmsd is ready.
modes
"$KMSD" -f "$CONF" 2>>"$LOG"
is "in the background: exit status" $? 0
KMSD_PID=$(cat "$STATE/lock")
own_pid "$KMSD_PID"
is "it serves then" "$(kmsd_pids | wc -w)" 4
"$KMSD" -f "$CONF" 2>>"$LOG"
is "a second one: exit status" $? 1
contains "a second one: message" "$LOG" "held by process $KMSD_PID"
kill -TERM "$KMSD_PID"
check "it stops" wait_for "$WAIT" gone "$KMSD_PID"
tap_end
