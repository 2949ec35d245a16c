#!/bin/sh
# Each child is killed in turn; a whole new generation follows.
. "${0%/*}/lib.sh"

make_conf
make_state
start_serving
generation=1

all_new() {
	for old in $before; do
		case " $(kmsd_pids) " in
		*" $old "*) return 1 ;;
		esac
	done
	[ "$(kmsd_pids | wc -w)" -eq 4 ]
}

for role in $ROLES; do
	before=$(kmsd_pids)
	pid=$(child_pid $role) || bail "there is no $role"
	kill -KILL "$pid"
	generation=$((generation + 1))
	check "killing the $role brings generation $generation" \
	    wait_for "$WAIT" logged "serving, generation $generation"
	contains "the log names the $role" "$LOG" \
	    "the $role (pid $pid) of generation $((generation - 1)) was killed by signal 9"
	check "all pids are new" all_new
	check "the old ones are gone" gone $before
done
contains "the second death is followed by a pause" "$LOG" \
    "generation 2 ended, the next begins in 1 s"
contains "the third by a longer one" "$LOG" \
    "generation 3 ended, the next begins in 2 s"

pids=$(kmsd_pids)
kill -KILL "$KMSD_PID"
check "children end with their parent" wait_for 5 gone $pids
start_kmsd
check "kmsd starts at once after a SIGKILL" \
    wait_for "$WAIT" logged "serving, generation 1" 2
kill -TERM "$KMSD_PID"
wait "$KMSD_PID"
is "and stops" $? 0
tap_end
