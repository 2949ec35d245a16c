#!/bin/sh
# kmsctl audit verify: an untouched log, each kind of tampering, copies.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"
. "${0%/*}/python.sh"

make_host
start_serving
certify_host
for revision in 2 3 4; do
	new_revision $revision >"$RUN/out" 2>&1 || bail "$(cat "$RUN/out")"
	ctl install "$RUN/product.$revision" >"$RUN/out" 2>&1 ||
	    bail "$(cat "$RUN/out")"
done
ctl stop >/dev/null || bail "no stop"
wait "$KMSD_PID"
KEY='((1 << 48) + 2)'		# entry 2: the product

bytes() {
	(cd "$STATE/db" && cksum * && stat -c '%n %U %a' *)
}
before=$(bytes)
check "untouched: good" status 0 ctl audit verify
contains "untouched: says so" "$RUN/out" "the log is good"
check "untouched: nothing is left unchecked" \
    sh -c "! grep -q 'not checked' '$RUN/out'"
# Of a device more is asked than of a file; no filter may end that.
"$KMSCTL" -f "$CONF" audit verify >/dev/null 2>"$RUN/device"
is "untouched: good on a device too" $? 0
# A leak checker does not work where somebody traces. A user's strace does not
# read names out of a process that is not dumpable: the database is known by
# how it is opened, for writing and not created.
is_sanitized || {
	strace -qq -f -o "$RUN/calls" -e trace=seccomp,openat,close_range \
	    "$KMSCTL" -f "$CONF" audit verify >/dev/null 2>&1
	is "the database is opened behind a filter of system calls" \
	    "$(awk '/seccomp\(SECCOMP_SET_MODE_FILTER.* = 0$/ { on = 1 }
	    /openat\(.*, O_RDWR\|O_NOFOLLOW/ { print on ? "yes" : "no"; exit }' \
	    "$RUN/calls")" yes
	check "and nothing that the caller had open is open any more" \
	    grep -q 'close_range(3, 4294967295, 0) *= 0' "$RUN/calls"
}
contains "untouched: entries by type" "$RUN/out" "kms-change   5"
is "the database is untouched" "$(bytes)" "$before"
cp -a "$STATE/db" "$RUN/clean"

# tampered NAME SQL WANTED
tampered() {
	db "$2"
	check "$1: bad" status 1 ctl audit verify
	contains "$1: named" "$RUN/out" "$3"
	if as_root; then
		chown -R _kmsddb "$STATE/db"
	fi
	rm -f "$STATE"/db/*
	cp -a "$RUN/clean"/* "$STATE/db/"
}

if command -v sqlite3 >/dev/null; then
	tampered "text changed" "UPDATE entry SET text =
	    CAST(replace(CAST(text AS TEXT), 'revision 1', 'revision 9')
	    AS BLOB) WHERE key = $KEY - 1" "entry 1: its salt"
	tampered "removed" "DELETE FROM entry WHERE key = $KEY" \
	    "entry 2: missing"
	tampered "swapped" "UPDATE entry SET key = -1 WHERE key = $KEY;
	    UPDATE entry SET key = $KEY WHERE key = $KEY + 1;
	    UPDATE entry SET key = $KEY + 1 WHERE key = -1" \
	    "entries 0 to 3: other than the anchor says"
	tampered "inserted" "UPDATE entry SET key = -key WHERE key > $KEY;
	    UPDATE entry SET key = -key + 1 WHERE key < 0;
	    INSERT INTO entry SELECT key + 1, time, text FROM entry
	    WHERE key = $KEY" "entries 0 to 3: other than the anchor says"
	tampered "cut below the last checkpoint" \
	    "DELETE FROM entry WHERE key > $KEY" \
	    "missing, and a checkpoint behind them is kept"
	tampered "cut below the anchor" "DELETE FROM entry WHERE key > $KEY;
	    DELETE FROM checkpoint WHERE key > $KEY" \
	    "missing, and the anchor knows them"
	tampered "made up" "INSERT INTO checkpoint VALUES ($KEY,
	    CAST('kmsd/0' AS BLOB))" "the checkpoint of size 2 is not"
else
	skip "tampering" "sqlite3 is not installed"
fi
check "put back: good again" status 0 ctl audit verify

# --- Other keys, other anchors

check "the public key alone" status 0 ctl audit verify \
    --host-pub "$STATE/host.pub"
contains "then salts are not checked" "$RUN/out" "not checked: the entries' salts"
check "another anchor: bad" status 1 sh -c "
	sed 's/^store .*/store 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/' \
	    '$STATE/anchor' >'$RUN/anchor'
	'$KMSCTL' -f '$CONF' audit verify -a '$RUN/anchor'"
check "another host's key: bad" status 1 sh -c "
	'$KMSPUB' keygen -n -p '$RUN/other.pub' -s '$RUN/other.sec'
	'$KMSCTL' -f '$CONF' audit verify --host-key '$RUN/other.sec'"
mv "$STATE/anchor" "$RUN/away"
check "no anchor: exit 2" status 2 ctl audit verify
mv "$RUN/away" "$STATE/anchor"

# --- Copies

chmod 755 "$RUN/clean"
check "a copy, without keys" status 0 ctl audit verify -D "$RUN/clean"
contains "a copy: what was not checked" "$RUN/out" "(no anchor)"
check "a copy, this host's keys" status 0 ctl audit verify -k -D "$RUN/clean"
check "a copy, by its file" status 0 ctl audit verify -k \
    -D "$RUN/clean/kmsd.db"
chmod 444 "$RUN/clean/kmsd.db"
chmod 555 "$RUN/clean"
check "a copy that nobody can write" status 0 ctl audit verify -k \
    -D "$RUN/clean"
chmod 755 "$RUN/clean"
echo "not a database, though it is long enough to be looked at" \
    >"$RUN/clean/other.db"
chmod 644 "$RUN/clean/other.db"
check "not a database: exit 2" status 2 ctl audit verify \
    -D "$RUN/clean/other.db"
check "no database: exit 2" status 2 ctl audit verify -D "$RUN/clean/none.db"
rm -f "$RUN/clean/other.db"

# --- The write-ahead log of a host that was killed

again
new_revision 5 >/dev/null 2>&1
ctl install "$RUN/product.5" >"$RUN/out" 2>&1 || bail "$(cat "$RUN/out")"
pids=$(kmsd_pids)
kill -KILL "$KMSD_PID"
wait "$KMSD_PID" 2>/dev/null
wait_for "$WAIT" gone $pids || bail "the children live"
check "there is a write-ahead log" test -s "$STATE/db/kmsd.db-wal"
before=$(bytes)
check "killed: good" status 0 ctl audit verify
contains "killed: with what stands in the write-ahead log" "$RUN/out" \
    "kms-change   6"
is "killed: database and write-ahead log are untouched" "$(bytes)" "$before"
again
check "and the host goes on" status 0 ctl show host
ctl stop >/dev/null

# --- Grants that clients hold

again
client a activate -H "127.0.0.1:$PORT" >/dev/null 2>&1
client b activate -H "127.0.0.1:$PORT" >"$RUN/out" 2>&1 || bail "no grant: $(cat "$RUN/out")"
ctl stop >/dev/null || bail "no stop"
grant=$(find "$RUN/client-b" -name grant)
check "a grant stands in the log" status 0 ctl audit verify --grant "$grant"
contains "and where" "$RUN/out" "the grant is entry"
check "by the publisher's key alone" status 0 ctl audit verify \
    -D "$STATE/db" --grant "$grant" --publisher "$PUB/test.pub" \
    --product "$PUB/product.kms"
"$KMSPUB" keygen -n -p "$RUN/false.pub" -s "$RUN/false.sec"
check "not by another publisher's" status 2 ctl audit verify \
    -D "$STATE/db" --grant "$grant" --publisher "$RUN/false.pub" \
    --product "$PUB/product.kms"
sed 's/^expires 2/expires 3/' "$grant" >"$RUN/forged"
check "a forged grant: bad" status 1 ctl audit verify --grant "$RUN/forged"

# A second tree, which only who holds the host key can sign: the client takes
# it, and it is lasting evidence.
cp "$grant" "$RUN/first"
"$PYTHON" "$HERE/secondtree.py" "$STATE/host.key" "$RUN/first" >"$RUN/second" ||
    bail "no second tree"
cp "$RUN/second" "$grant"
client b status >"$RUN/out" 2>&1
check "a client takes a grant of a second tree" grep -qw licensed "$RUN/out"
cp "$RUN/forged" "$grant"
client b status >"$RUN/out" 2>&1
check "but none that nobody signed" sh -c "! grep -qw licensed '$RUN/out'"
cp "$RUN/first" "$grant"
check "the log shows that it is not there" status 1 \
    ctl audit verify --grant "$RUN/second"
contains "by the entry" "$RUN/out" "the grant is not entry"
check "and by the publisher's key alone" status 1 ctl audit verify \
    -D "$STATE/db" --grant "$RUN/second" --publisher "$PUB/test.pub" \
    --product "$PUB/product.kms"
check "the first one still stands there" status 0 \
    ctl audit verify --grant "$RUN/first"
if command -v sqlite3 >/dev/null; then
	db "UPDATE entry SET text = CAST(replace(CAST(text AS TEXT),
	    'expires 2', 'expires 3') AS BLOB)
	    WHERE CAST(text AS TEXT) LIKE 'kms-grant%'"
	check "a grant's expiry changed in the log: bad" status 1 \
	    ctl audit verify --grant "$grant"
	contains "the stretch is named" "$RUN/out" "other than the anchor says"
	contains "and the grant" "$RUN/out" "the grant is not entry"
fi
tap_end
