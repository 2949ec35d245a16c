#!/bin/sh
# What a host says that serves and yet gives nothing: its clock is in doubt, or
# a product has no certificate that holds.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"

halt() {
	ctl stop >/dev/null || bail "no stop"
	wait "$KMSD_PID"
}

shows_clock() {
	ctl show host | grep -q "^clock  *$1"
}

make_host
start_serving
certify_host

# --- The clock

check "the clock is not in doubt" wait_for "$WAIT" shows_clock "not in doubt"
is "nor does the log speak of it" "$(grep -c 'the clock' "$LOG")" 0
halt
# As if the clock had been put back by 30 days: the log is of later than now.
db "UPDATE entry SET time = time + 30 * 86400
    WHERE key = (SELECT max(key) FROM entry)"
again
contains "a clock behind the log is said" "$LOG" \
    "and the log's newest entry is of"
contains "and what to do" "$LOG" \
    "set the clock, or kmsctl clock accept if it is right"
check "show host: nothing expires" wait_for "$WAIT" shows_clock \
    "in doubt: nothing expires until kmsctl clock accept"
halt
again
contains "the next start, with a log of that time, is in doubt too" "$LOG" \
    "kmsctl clock accept if it is right"
check "as show host says" wait_for "$WAIT" shows_clock "in doubt"
check "an administrator accepts it" status 0 ctl clock accept
contains "which ends something" "$RUN/out" "machines expire again"
check "as show host says" wait_for "$WAIT" shows_clock "not in doubt"
halt
again
check "and it stays accepted" wait_for "$WAIT" shows_clock "not in doubt"
is "without a word" "$(grep -c 'the clock' "$LOG")" 0
halt
tap_end
