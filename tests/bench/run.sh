#!/bin/sh
# Measures what an activation costs on this machine: sets up a throw-away site
# with the programs installed below PREFIX and runs kmsbench of a build folder
# against it, 64 persistent connections, then visits, then an open loop at half
# the rate that was seen.
#
#	run.sh PREFIX BUILD [seconds]
#
# Read the ratios; the absolute figures are this machine's, at this moment.
set -eu
[ $# -ge 2 ] || {
	echo "usage: run.sh PREFIX BUILD [seconds]" >&2
	exit 2
}
PREFIX=$1
KMSBENCH=$2/tests/bench/kmsbench
seconds=${3:-15}
export PREFIX KMSBENCH
[ "$(id -u)" -ne 0 ] || "$(dirname "$0")/../../build-aux/users.sh"
cd "$(dirname "$0")/../integration"
commit=$(git -c safe.directory='*' rev-parse HEAD 2>/dev/null) ||
    commit=unknown
[ -z "$(git -c safe.directory='*' status --porcelain 2>/dev/null)" ] ||
    commit=$commit-dirty
set --
. ./lib.sh
. ./site.sh

echo "# bench: commit=$commit date=$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    "kernel=$(uname -r) cores=$(getconf _NPROCESSORS_ONLN) user=$(id -un)"
make_site 5 'limit per-source 2000' 'limit rate 1000000'

# counter NAME: of the store, as kmsctl shows it.
counter() {
	ctl show counters | sed -n "s/^store  *$1  *//p"
}

# memory_of PID: KiB that the process alone would give back, and its share of
# what it has with others; nothing for an ordinary user, who cannot read it.
memory_of() {
	awk '/^Pss:/ { pss = $2 } /^Private_/ { own += $2 }
	    END { if (pss) print own, pss }' "/proc/$1/smaps_rollup" \
	    2>/dev/null || :
}

# Connections that say nothing, beside a listener that may have only one; what
# the kernel has of them comes on top.
idle=1000
stop_kmsd
cp "$CONF" "$RUN/kept.conf"
echo "limit connections 1" >>"$CONF"
new_log
start_serving
before=$(memory_of "$(child_pid listener)")
stop_kmsd
cp "$RUN/kept.conf" "$CONF"
new_log
start_serving
mkfifo "$RUN/release"
/usr/bin/python3 -c "import socket, sys
held = [socket.create_connection(('127.0.0.1', $PORT)) for _ in range($idle)]
sys.stdin.read()" <"$RUN/release" &
holder=$!
exec 9>"$RUN/release"
accepted() {
	[ "$(ctl show counters | sed -n 's/^listener  *connections  *//p')" \
	    -ge $idle ]
}
wait_for "$WAIT" accepted || bail "no idle connections"
echo "$before $(memory_of "$(child_pid listener)")" | awk -v n=$idle 'NF == 4 {
    printf "# memory: idle_connections=%d listener_bytes_per_connection=%d\n",
	n, ($3 - $1) * 1024 / n }'
exec 9>&-
wait $holder

# The store's part is measured at the batch that the load makes.
records=$(counter records)
commits=$(counter commits)
bench -m persistent -C 64 -t 2 -r 1 -s 0 >"$RUN/warm" || bail "no load"
sleep 1.2			# counters arrive once a second
batch=$((($(counter records) - records) / ($(counter commits) - commits)))
[ "$batch" -ge 1 ] || batch=1

bench -m persistent -C 64 -t "$seconds" -r 5 -b "$batch" -k "$KMSD_PID" |
    tee "$RUN/persistent"
echo
bench -m visit -C 64 -t "$seconds" -r 5 -b "$batch" -k "$KMSD_PID"
echo
rate=$(($(sed -n 's/^activations\/s //p' "$RUN/persistent") / 2))
bench -m persistent -C 256 -R "$rate" -t "$seconds" -r 5 -b "$batch" \
    -k "$KMSD_PID"

echo
for role in kmsd $ROLES; do
	[ "$role" = kmsd ] && pid=$KMSD_PID || pid=$(child_pid "$role")
	memory_of "$pid" | awk -v role="$role" '{
	    printf "# memory: process=%s own_kib=%d pss_kib=%d\n", role, $1, $2 }'
done
stop_kmsd
copy_database "$RUN/copy"
sqlite3 "$RUN/copy/kmsd.db" "
    WITH space AS (SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name),
	index_of AS (SELECT s.bytes AS bytes, m.tbl_name AS tbl FROM space s
	    JOIN sqlite_schema m ON m.name = s.name)
    SELECT '# memory: machines=' || (SELECT count(*) FROM machine) ||
	' disk_bytes_per_machine=' || (SELECT sum(bytes) / (SELECT count(*)
	    FROM machine) FROM index_of WHERE tbl = 'machine') ||
	' entries=' || (SELECT count(*) FROM entry) ||
	' disk_bytes_per_entry=' || (SELECT sum(bytes) / (SELECT count(*)
	    FROM entry) FROM index_of WHERE tbl = 'entry')"
ctl audit verify
