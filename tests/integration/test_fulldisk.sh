#!/bin/sh
# A disk that is full for a while: no grant is lost, nobody is told what is not
# written, and the host serves again by itself when there is room.  The disk is
# a small tmpfs in a mount namespace of its own.
if [ "$(id -u)" -eq 0 ] && [ -z "${FULLDISK_PRIVATE-}" ]; then
	FULLDISK_PRIVATE=yes
	export FULLDISK_PRIVATE
	exec unshare -m --propagation private sh "$0" "$@"
fi
. "${0%/*}/lib.sh"
as_root || skip_all "an ordinary user has no disk to fill"
. "${0%/*}/site.sh"

FULL="make room there"
trap 'umount -l "$STATE/db" "$STATE" 2>/dev/null; finish' EXIT
mkdir "$STATE"
# Room for a write-ahead log of full length, and the database that it becomes.
mount -t tmpfs -o size=160m,mode=755 none "$STATE" || bail "no tmpfs"

full() {
	for full_size in 1M 4k; do
		dd if=/dev/zero of="$STATE/ballast" bs=$full_size \
		    oflag=append conv=notrunc 2>/dev/null
	done
	df --output=avail "$STATE" | tail -n 1 | grep -qx ' *0'
}

# fill: until not a page is left, also of what an anchor that was just replaced
# gave back.
fill() {
	wait_for "$WAIT" full || bail "the disk is not full"
	wait_for "$WAIT" store_says 1
	wait_for "$WAIT" full || bail "the disk is not full any more"
}

acknowledged() {
	wc -l <"$RUN/grants"
}

more_than() {
	[ "$(acknowledged)" -gt "$1" ]
}

# The store's own lines that name its folder and what to do.
store_says() {
	[ "$(grep -F "store: the store in $STATE/db: " "$LOG" |
	    grep -cF "$FULL")" -ge "$1" ]
}

logcheck() {
	copy_database "$RUN/copy"
	/usr/bin/python3 "${0%/*}/logcheck.py" "$RUN/copy/kmsd.db" "$@"
}

make_site 1 "limit rate 1000000" "limit per-source 1000"
: >"$RUN/grants"
# New machines, so that the database must grow before its log can be emptied.
start_bench -t 600 -r 1 -S -C 16 -n 50000 -s 50 -g "$RUN/grants"
wait_for "$WAIT" more_than 500 || bail "no grants: $(cat "$RUN/bench.out")"

# --- Full while it serves

fill
check "the store says where to make room" wait_for "$WAIT" store_says 1
check "so does that of the next generation" wait_for "$WAIT" store_says 2
before=$(acknowledged)
check "and of the one after" wait_for "$WAIT" store_says 3
store_says 3 || bail "it does not try again"
is "meanwhile nothing was granted" "$(acknowledged)" "$before"
check "the state has the reason" wait_for "$WAIT" \
    grep -q "ended, the next begins in . s: store: .*$FULL" "$LOG"
check "the anchor too waits for room" \
    wait_for "$WAIT" logged "$STATE/anchor: cannot write the anchor"
rm "$STATE/ballast"
check "with room it serves again, and was not started again" \
    wait_for "$WAIT" logged ": serving, generation " 2
check "and grants" wait_for "$WAIT" more_than "$before"
check "the anchor is written" \
    wait_for "$WAIT" logged "$STATE/anchor: the anchor is written again"
is "no generation gave up" "$(grep -cF "until kmsd is started again" "$LOG")" 0
is "nobody took it for a rollback" "$(grep -c rollback "$LOG")" 0

# --- Full when it starts

before=$(acknowledged)
wait_for "$WAIT" more_than $((before + 300)) || bail "no further grants"
new_log
fill
check "full again" wait_for "$WAIT" store_says 1
kill -KILL "$KMSD_PID"
wait "$KMSD_PID" 2>/dev/null
new_log
start_kmsd
check "a start ends" wait_for "$WAIT" gone "$KMSD_PID"
wait "$KMSD_PID"
is "with the status that asks for another" $? 75
contains "and says what to do first" "$LOG" \
    "start kmsd again when this is mended: store: the store in $STATE/db: "
check "in each of its tries" store_says 4
rm "$STATE/ballast"
new_log
start_serving
before=$(acknowledged)
check "then it grants" wait_for "$WAIT" more_than "$before"

# --- What was acknowledged

kill -TERM "$BENCH_PID"
wait "$BENCH_PID" 2>/dev/null
stop_kmsd
is "it stops in order" "$STATUS" 0
check "every acknowledged grant is in the log" \
    logcheck grants "$RUN/grants"
diag "fulldisk: $(logcheck tally "$RUN/grants")"
check "every machine was counted once" logcheck machines
check "the log verifies" ctl audit verify

# --- Room, but for no further file: the database has a disk of its own

mount -t tmpfs -o size=160m,nr_inodes=3,mode=700 none "$STATE/db" ||
	bail "no tmpfs for the database"
cp "$RUN/copy/kmsd.db" "$STATE/db/" && : >"$STATE/db/file" ||
	bail "no copy of the database"
chown -R _kmsddb:_kmsddb "$STATE/db"
new_log
start_kmsd
check "no file for the write-ahead log" wait_for "$WAIT" store_says 1
rm "$STATE/db/file"
check "is no end: it serves when there is one" \
    wait_for "$WAIT" logged ": serving, generation "
stop_kmsd
is "and stops" "$STATUS" 0
tap_end
