#!/bin/sh
# What keeps kmsd from starting, and what it says then.
. "${0%/*}/lib.sh"

# refused DESCRIPTION STATUS TEXT: kmsd exits so and says so.
refused() {
	new_log
	start_kmsd
	wait_for "$WAIT" gone "$KMSD_PID" || kill -TERM "$KMSD_PID"
	wait "$KMSD_PID"
	is "$1: exit status" $? "$2"
	contains "$1: message" "$LOG" "$3"
}

make_conf
make_state

for file in host.key anchor; do
	mv "$STATE/$file" "$STATE/kept"
	refused "without $file" 1 "put it back"
	mv "$STATE/kept" "$STATE/$file"
done
for dir in db empty publisher; do
	mv "$STATE/$dir" "$STATE/kept"
	refused "without $dir" 1 "run kmsctl init"
	mv "$STATE/kept" "$STATE/$dir"
done

chmod 640 "$STATE/host.key"
refused "host.key that others can read" 1 "host.key: mode 0640"
chmod 600 "$STATE/host.key"
mv "$STATE/host.key" "$STATE/real.key"
ln -s real.key "$STATE/host.key"
refused "host.key that is a link" 1 "host.key: "
mv "$STATE/real.key" "$STATE/host.key"
: >"$RUN/empty"
cp "$STATE/anchor" "$RUN/anchor"
: >"$STATE/anchor"
refused "empty anchor" 1 "anchor: has 0 bytes"
cat "$RUN/anchor" >"$STATE/anchor"

new_log
start_serving
first=$KMSD_PID
first_log=$LOG

cp "$CONF" "$RUN/first.conf"
LOG=$RUN/log2
refused "second kmsd" 1 "$STATE/lock: held by process $first"

STATE=$RUN/state2
make_state
sed "s|^directory.*|directory \"$STATE\"|" "$RUN/first.conf" >"$CONF"
refused "port in use" 1 "cannot listen on 127.0.0.1 port $PORT"
check "the first one is still there" test -e "/proc/$first/status"
kill -TERM "$first"
wait "$first"
is "the first one stops" $? 0

echo "frobnicate" >>"$CONF"
refused "wrong configuration" 1 "kmsd.conf:3: unknown statement"
sed -i '$d' "$CONF"
chmod go+w "$CONF"
refused "configuration that others can write" 1 "chmod go-w"
chmod go-w "$CONF"

if as_root; then
	echo "user store no_such_user" >>"$CONF"
	refused "missing user" 1 "user no_such_user of the store does not exist"
	sed -i '$d' "$CONF"
	chown 0 "$STATE/db"
	refused "db of the wrong user" 1 "$STATE/db: belongs to uid 0"
	chown _kmsddb "$STATE/db"
fi

# A store that is about to end, because its parent was killed.
cat >"$RUN/hold.py" <<'PY'
import fcntl, sys
with open(sys.argv[1], "r+b") as db:
    fcntl.lockf(db, fcntl.LOCK_EX, 512, 0x40000000)
    print("held", flush=True)
    sys.stdin.read()
PY
STATE=$RUN/state3
make_state
sed "s|^directory.*|directory \"$STATE\"|" "$RUN/first.conf" >"$CONF"
LOG=$RUN/log3
start_serving
stop_kmsd
mkfifo "$RUN/held" "$RUN/go"
/usr/bin/python3 "$RUN/hold.py" "$STATE/db/kmsd.db" <"$RUN/go" >"$RUN/held" &
own_pid $!
exec 9>"$RUN/go"
read -r held <"$RUN/held"
is "another process holds the database" "$held" held
new_log
start_kmsd
store_starts() {
	child_pid store
}
check "the store starts" wait_for "$WAIT" store_starts
# For a while it neither serves nor gives up.
sleep 0.5
check "and does not give up" test -e "/proc/$KMSD_PID/status"
check "nor serve" sh -c "! grep -F ': serving' '$LOG'"
exec 9>&-
check "kmsd waits for a database that is let go" \
    wait_for "$WAIT" logged ": serving, generation 1"
stop_kmsd
is "and stops" "$STATUS" 0
tap_end
