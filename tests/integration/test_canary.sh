#!/bin/sh
# After load, the bytes of the host key stand in no memory but the activator's,
# and what a request says not in the listener's, control's or the parent's; no
# log has either.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
! is_sanitized || skip_all "sanitizers keep what was freed, and map terabytes"

python3=/usr/bin/python3
make_site 1 "limit rate 1000000" "limit per-source 1000"

# An ordinary user cannot look: that is all it can show.
if ! as_root; then
	for role in $ROLES; do
		check "the memory of the $role is closed to its own user" \
		    sh -c "! cat '/proc/$(child_pid $role)/maps' >/dev/null 2>&1"
	done
	stop_kmsd
	tap_end
	exit
fi

# The secret half, as signify(1) keeps it: behind 40 bytes of header, the seed
# of 32 bytes and then the public key.
$python3 - "$STATE/host.key" >"$RUN/key" <<'PY' || bail "no host key"
import base64, sys
raw = base64.b64decode(open(sys.argv[1]).read().splitlines()[1])
assert len(raw) == 104 and raw[:2] == b"Ed"
print(raw[40:72].hex())
PY
canary="canary-$($python3 -c 'import secrets; print(secrets.token_hex(12))')"
printf %s "$canary" | od -An -v -tx1 | tr -d ' \n' >"$RUN/name"
echo >>"$RUN/name"

i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	unshare --uts sh -c 'hostname "$1" && shift && exec "$@"' sh "$canary" \
	    "$KMS" activate --state "$RUN/client-$i" \
	    --publisher "$PUB/test.pub" --product "$PUB/product.kms" \
	    --identity "machine $i" -H "127.0.0.1:$PORT" >"$RUN/client.out" 2>&1
	contains "machine $i has a grant" "$RUN/client.out" licensed
done
check "a load is served" bench -t 2 -r 1 -n 2000 -C 16 -m visit
ctl show host >/dev/null || bail "kmsctl show host"

began=$(date +%s)
searched=0
bytes=0
found=0

# hits PATTERNS PID|FILE: how often; adds up what was searched.
hits() {
	$python3 "${0%/*}/scan.py" "$2" <"$RUN/$1" >"$RUN/scan" ||
	    bail "cannot search $2"
	read -r _ scan_bytes scan_hits <"$RUN/scan"
	[ "$scan_bytes" -gt 0 ] || bail "nothing to search in $2"
}

clean() { # DESCRIPTION PATTERNS PID|FILE
	hits "$2" "$3"
	searched=$((searched + 1))
	bytes=$((bytes + scan_bytes))
	found=$((found + scan_hits))
	is "$1" "$scan_hits" 0
}

clean "the parent has no key" key "$KMSD_PID"
clean "the parent has no plaintext" name "$KMSD_PID"
for role in listener store control; do
	clean "the $role has no key" key "$(child_pid $role)"
done
for role in listener control; do
	clean "the $role has no plaintext" name "$(child_pid $role)"
done
clean "the log has no key" key "$LOG"
clean "the log has no plaintext" name "$LOG"
for file in "$STATE"/db/*; do
	[ -s "$file" ] || continue
	clean "${file##*/} has no key" key "$file"
done

# The controls: the search finds what is there.
hits key "$(child_pid activator)"
control=$scan_hits
check "the activator has the key" test "$scan_hits" -gt 0
hits name "$(child_pid store)"
check "the store has the entries" test "$scan_hits" -gt 0
echo "# canaries: searched=$searched bytes=$bytes found=$found" \
    "control=$control seconds=$(($(date +%s) - began)) user=$(id -un)"
stop_kmsd
is "the host stops" "$STATUS" 0
tap_end
