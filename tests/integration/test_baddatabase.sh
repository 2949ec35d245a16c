#!/bin/sh
# A host whose database, state files or keys are missing, old, damaged or
# somebody else's; and one that is killed and started again at once.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"

make_host
start_serving
certify_host
stop_kmsd
cp -a "$STATE" "$RUN/good"

# Everything as it was when the host stopped.
restore() {
	chmod -R u+w "$STATE"
	rm -rf "$STATE"
	cp -a "$RUN/good" "$STATE"
	new_log
}

# refused DESCRIPTION TEXT...: kmsd exits 1 and says all that.
refused() {
	refused_name=$1
	shift
	start_kmsd
	wait_for "$WAIT" gone "$KMSD_PID" || kill -TERM "$KMSD_PID"
	wait "$KMSD_PID"
	is "$refused_name: exit status" $? 1
	for refused_text in "$@"; do
		contains "$refused_name: message" "$LOG" "$refused_text"
	done
	restore
}

# rollback DESCRIPTION TEXT: no listener, the log and kmsctl say why.
rollback() {
	start_kmsd
	wait_for "$WAIT" logged "rollback, no client is served: " ||
	    kill -TERM "$KMSD_PID"
	contains "$1: the log says why" "$LOG" "$2"
	contains "$1: and what to do" "$LOG" \
	    " back or, if it is lost, run kmsctl audit accept-rollback REASON"
	check "$1: nobody listens" sh -c "! child_pid listener"
	check "$1: kmsctl works" status 0 ctl show host
	contains "$1: and says why" "$RUN/out" "$2"
	contains "$1: and what to do" "$RUN/out" \
	    "run kmsctl audit accept-rollback REASON"
	check "$1: nothing is installed" status 1 \
	    ctl install "$PUB/product.kms"
	contains "$1: and what to do is said" "$RUN/out" \
	    "kmsctl audit accept-rollback REASON"
	stop_kmsd
	is "$1: it stops in order" "$STATUS" 0
	restore
}

# serves DESCRIPTION
serves() {
	start_kmsd
	wait_for "$WAIT" logged "serving, generation 1"
	check "$1" logged "serving, generation 1"
	check "$1: it has its documents" status 0 ctl show documents
	is "$1: both" "$(grep -c '^kms-' "$RUN/out")" 2
	stop_kmsd
}

# own: the database is the store's again.
own() {
	if as_root; then
		chown -R _kmsddb "$STATE/db"
	fi
}

restore
serves "as it was"
restore

# --- The database

chmod 444 "$STATE/db/kmsd.db"
if as_root; then
	chown 0 "$STATE/db/kmsd.db"
fi
refused "read-only database" "the store in $STATE/db: " "kmsd.db: " \
    "give the store's user the right to write"
echo "this is no database, whatever its name says" >"$STATE/db/kmsd.db"
own
refused "not a database" "kmsd.db: " "it is not a database"
: >"$STATE/db/kmsd.db"
own
rollback "empty database" "the anchor knows a log of"
rm "$STATE/db/kmsd.db"
sqlite3 "$STATE/db/kmsd.db" "CREATE TABLE recipes (name TEXT)"
own
refused "another program's database" "database of another program" \
    "put kmsd's back"
db "PRAGMA user_version = 99" >/dev/null
own
refused "newer schema" "its schema is version 99" "install the newer kmsd"
db "DROP TABLE machine" >/dev/null
own
refused "missing table" "its tables are not those of this kmsd" \
    "restore it from a backup and start kmsd; if it then reports a rollback, \
kmsctl audit accept-rollback REASON"
dd if=/dev/zero of="$STATE/db/kmsd.db" bs=4096 seek=1 count=3 conv=notrunc \
    2>/dev/null
refused "damaged database" \
    "it is damaged: restore it from a backup and start kmsd"
rm "$STATE/db/kmsd.db"
rollback "removed database" \
    "there is no database, and the anchor knows a log of"
if as_root; then
	chown 0 "$STATE/db"
	refused "folder of another user" "$STATE/db: belongs to uid 0; chown"
else
	chmod 500 "$STATE/db"
	refused "folder that is read-only" "kmsd.db"
fi

# The host goes on, then an older copy is put back.
start_serving
stop_kmsd
rm "$STATE"/db/*
cp -a "$RUN/good/db/." "$STATE/db/"
new_log
rollback "older database" "and the anchor knows"

# --- What the parent keeps

rm "$STATE/anchor"
refused "no anchor" "$STATE/anchor: there is no anchor" "run kmsctl init" \
    "put it back"
: >"$STATE/anchor"
refused "empty anchor" "$STATE/anchor: has 0 bytes" "put it back"
echo "kms-anchor 1" >"$STATE/anchor"
refused "anchor cut short" "anchor: kms-anchor: " "put it back"
sed -i 's/^size .*/size 1000/' "$STATE/anchor"
refused "anchor that does not fit itself" "a log of size 1000 has" \
    "put it back"
sed -i "s|^log .*|log $(cat /proc/sys/kernel/random/uuid)|" "$STATE/anchor"
rollback "anchor of another log" "and the anchor knows"
sed -i "s|^host .*|host AAAAAAAAAAAAAAAAAAAAAA==|" "$STATE/anchor"
refused "anchor of another host" \
    "the anchor is of another host key than host.key"
chmod 666 "$STATE/anchor"
refused "anchor that others can write" "$STATE/anchor: "
rm "$STATE/manifest"
rollback "no manifest" "the manifest is missing"
: >"$STATE/manifest"
refused "empty manifest" "$STATE/manifest: has 0 bytes"
echo garbage >"$STATE/manifest"
refused "manifest that is none" "manifest: kms-manifest: line 1" "put it back"
new_revision 2 >/dev/null 2>&1
start_serving
check "a new revision is installed" status 0 ctl install "$RUN/product.2"
stop_kmsd
new=$(cat "$STATE/manifest")
cp -a "$STATE/db" "$RUN/newest"
cp "$RUN/good/manifest" "$STATE/manifest"
# A crash leaves no such manifest: the anchor covers the entry of the install.
new_log
rollback "older manifest" \
    "in revision 2, which neither the manifest nor an entry behind the anchor says"
newest() {
	rm "$STATE"/db/*
	cp -a "$RUN/newest/." "$STATE/db/"
}
newest
new_log
serves "older manifest and anchor"
is "and the manifest is the new one again" "$(cat "$STATE/manifest")" "$new"
restore

# Killed when the document was committed and the manifest not written: the
# parent's temporary file is a folder.  The anchor waits for it.
mkdir "$STATE/manifest.new"
start_serving
ctl install "$RUN/product.2" >"$RUN/installing" 2>&1 &
asking=$!
check "an install without a manifest is committed" wait_for "$WAIT" sh -c "
    '$KMSCTL' -f '$CONF' show documents | grep -q '^kms-product.* 2\>'"
check "the manifest is not" wait_for "$WAIT" \
    logged "$STATE/manifest: cannot write the manifest"
# Anchors are written each second, if they are.
sleep 2.5
check "which is not answered" kill -0 "$asking"
is "the anchor covers the start, and not the install" \
    "$(sed -n 's/^size //p' "$STATE/anchor")" \
    $(($(sed -n 's/^size //p' "$RUN/good/anchor") + 1))
kill -KILL "$KMSD_PID"
wait "$KMSD_PID" 2>/dev/null
wait "$asking" 2>/dev/null
rmdir "$STATE/manifest.new"
is "the manifest is the old one" "$(cat "$STATE/manifest")" \
    "$(cat "$RUN/good/manifest")"
new_log
serves "killed before the manifest"
is "and the manifest has it now" "$(cat "$STATE/manifest")" "$new"
start_serving
check "a document that was installed so is there" status 0 \
    ctl install "$RUN/product.2"
contains "and in use" "$RUN/out" "installed already"
stop_kmsd
check "the log is good" status 0 ctl audit verify
restore

# What nobody installed: the publisher's own, put into the database.
db "UPDATE document SET bytes = readfile('$RUN/product.2'), revision = 2
    WHERE type = 'kms-product'"
own
rollback "newer document that nobody installed" \
    "in revision 2, which neither the manifest nor an entry behind the anchor says"
# The database is the old one, with as many entries as the anchor knows.
printf '%s\n' "$new" >"$STATE/manifest"
rollback "database without the newest revision" \
    "in revision 1, and the manifest lists 2"

# --- Keys

rm "$STATE/host.key"
refused "no host.key" "$STATE/host.key: " "put it back"
chmod 644 "$STATE/host.key"
refused "host.key that others can read" "host.key: mode 0644; chmod it to 0600"
signify-openbsd -G -n -p "$RUN/other.pub" -s "$RUN/other.sec"
cat "$RUN/other.sec" >"$STATE/host.key"
refused "host.key of another host" \
    "the anchor is of another host key than host.key"
cat "$RUN/other.pub" >"$STATE/host.key"
refused "public key as host.key" "host.key: line 2 is not" "put it back"
: >"$STATE/host.key"
refused "empty host.key" "host.key: line 1 does not" "put it back"
echo garbage >"$STATE/publisher/test.pub"
refused "publisher's key that is none" "cannot run: publisher key 1: line 1" \
    "publisher key 1 is $STATE/publisher/test.pub"
chmod 666 "$STATE/publisher/test.pub"
refused "publisher's key that others can write" \
    "$STATE/publisher/test.pub: mode 0666; chmod"
rm "$STATE/publisher/test.pub"
start_kmsd
check "without the publisher's key it serves" \
    wait_for "$WAIT" logged "serving, generation 1"
contains "and says that the key is missing" "$LOG" "no publisher's key (*.pub)"
check "and takes no product" status 1 ctl install "$PUB/product.kms"
contains "and says where the key belongs" "$RUN/out" \
    "put it into publisher/NAME.pub and start kmsd again"
stop_kmsd
restore

# --- Somebody is there already

python3 - "$PORT" "$RUN/ready" <<-'PYTHON' &
	import socket, sys, time
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.bind(("127.0.0.1", int(sys.argv[1])))
	s.listen()
	open(sys.argv[2], "w").close()
	time.sleep(600)
PYTHON
other=$!
own_pid $other
wait_for "$WAIT" test -e "$RUN/ready" || bail "the port is not taken"
refused "port in use" \
    "cannot listen on 127.0.0.1 port $PORT: another program has" \
    "end it, or change listen on in kmsd.conf"
kill $other
wait $other 2>/dev/null

# An address for examples in documents, which no machine has.
cp "$CONF" "$RUN/good.conf"
sed "s/^listen on .*/listen on 192.0.2.1 port $PORT/" "$RUN/good.conf" >"$CONF"
refused "address of another machine" \
    "cannot listen on 192.0.2.1 port $PORT: this machine has not this address" \
    "change listen on in kmsd.conf"
cp "$RUN/good.conf" "$CONF"

start_serving
first=$KMSD_PID
pids=$(kmsd_pids)
sed "s/port .*/port $(free_port)/" "$CONF" >"$RUN/second.conf"
"$KMSD" -d -f "$RUN/second.conf" >"$RUN/second.log" 2>&1
is "a second kmsd on the same directory: exit status" $? 1
contains "a second kmsd on the same directory: message" "$RUN/second.log" \
    "$STATE/lock: held by process $first"
is "the first one's processes live" "$(kmsd_pids)" "$pids"

# --- Killed and started again at once, without a pause

for round in 1 2 3 4 5; do
	client $round activate -H "127.0.0.1:$PORT" >/dev/null 2>&1
	pids=$(kmsd_pids)
	kill -KILL "$KMSD_PID"
	start_kmsd
	check "round $round: the new one serves" \
	    wait_for "$WAIT" logged "serving, generation 1" $((round + 1))
	check "round $round: the old one's children are gone" gone $pids
	is "round $round: nobody broke a rule" \
	    "$(grep -c 'breaks the rules\|generation 2' "$LOG")" 0
done
check "the documents are there" status 0 ctl show documents
is "both of them" "$(grep -c '^kms-' "$RUN/out")" 2
check "and the machines that asked" status 0 ctl show machines
is "all of them" "$(grep -c "$(hostname)" "$RUN/out")" 5
stop_kmsd
is "it stops in order" "$STATUS" 0
check "and its log is good" status 0 ctl audit verify
tap_end
