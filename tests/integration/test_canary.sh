#!/bin/sh
# After load, the bytes of every secret key (the host's and what it expands to,
# the seals', the key of the salts) stand in no memory but the activator's, those
# of machines and what they shared in none at all, and what a request says not in
# the listener's, control's or the parent's; no socket, log or file has a key.
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

canary="canary-$($python3 -c 'import secrets; print(secrets.token_hex(12))')"
printf %s "$canary" | od -An -v -tx1 | tr -d ' \n' >"$RUN/name"
echo >>"$RUN/name"

# What crosses sockets, pipes and files: all of it, by descriptor.
for role in kmsd $ROLES; do
	if [ $role = kmsd ]; then pid=$KMSD_PID; else pid=$(child_pid $role); fi
	strace -qq -xx -s 262144 -e signal=none -o "$RUN/crossed.$role" \
	    -e trace=read,write,readv,writev,sendto,sendmsg,sendmmsg,recvfrom,recvmsg,recvmmsg \
	    -p "$pid" 2>"$RUN/tracer.err" &
	echo $! >"$RUN/tracer.$role"
	own_pid $!
	wait_for "$WAIT" awk '/^TracerPid:/ { exit $2 == 0 }' \
	    "/proc/$pid/status" || bail "cannot trace the $role"
done

i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	unshare --uts sh -c 'hostname "$1" && shift && exec "$@"' sh "$canary" \
	    "$KMS" activate --state "$RUN/client-$i" \
	    --publisher "$PUB/test.pub" --product "$PUB/product.kms" \
	    --identity "machine $i" -H "127.0.0.1:$PORT" >"$RUN/client.out" 2>&1
	contains "machine $i has a grant" "$RUN/client.out" licensed
done
ctl show host >/dev/null || bail "kmsctl show host"
stop_tracing() {
	for role in kmsd $ROLES; do
		kill -INT "$(cat "$RUN/tracer.$role")"
		wait "$(cat "$RUN/tracer.$role")" 2>/dev/null
	done
}
stop_tracing
check "a load is served" bench -t 2 -r 1 -n 2000 -C 16 -m visit
# The last: what it left has not been written over by others.
client last activate -H "127.0.0.1:$PORT" >"$RUN/client.out" 2>&1
contains "one more machine has a grant" "$RUN/client.out" licensed
ctl show host >/dev/null || bail "kmsctl show host"
activator=$(child_pid activator)
for form in host seals machines; do
	$python3 "${0%/*}/keybytes.py" $form "$STATE/host.key" "$activator" \
	    "$PORT" "$PUB" "$RUN"/client-* >"$RUN/$form.keys" 2>"$RUN/keys.err" ||
	    bail "no keys: $form: $(tail -n 1 "$RUN/keys.err")"
	diag "$form: $(wc -l <"$RUN/$form.keys") patterns"
done
cat "$RUN/host.keys" "$RUN/seals.keys" "$RUN/machines.keys" >"$RUN/key"
# As strace writes bytes.
for patterns in key name; do
	sed 's/../\\x&/g' "$RUN/$patterns" >"$RUN/$patterns.escaped"
done

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
clean "the activator has no machine's key, and none that it shared" machines.keys \
    "$activator"
crossed() { # PATTERNS ROLE
	scan_hits=$(grep -cF -f "$RUN/$1.escaped" "$RUN/crossed.$2")
	scan_bytes=$(wc -c <"$RUN/crossed.$2")
	[ "$scan_bytes" -gt 0 ] || bail "nothing crossed at the $2"
}
for role in kmsd $ROLES; do
	crossed key $role
	searched=$((searched + 1))
	bytes=$((bytes + scan_bytes))
	found=$((found + scan_hits))
	is "no key crosses a socket of the $role" "$scan_hits" 0
done
for role in kmsd listener control; do
	crossed name $role
	searched=$((searched + 1))
	bytes=$((bytes + scan_bytes))
	found=$((found + scan_hits))
	is "no plaintext crosses a socket of the $role" "$scan_hits" 0
done
for role in $ROLES; do
	is "the $role leaves no core" "$(awk '/^Max core file size/ { print $5 }' \
	    "/proc/$(child_pid $role)/limits")" 0
done
check "the activator's keys are not swapped out" test \
    "$(awk '/^VmLck:/ { print $2 }' "/proc/$activator/status")" -gt 0
clean "the log has no key" key "$LOG"
clean "the log has no plaintext" name "$LOG"
for file in "$STATE"/db/*; do
	[ -s "$file" ] || continue
	clean "${file##*/} has no key" key "$file"
done

# The controls: the search finds what is there.
control=0
for line in $(sed -n '1p;5p' "$RUN/host.keys") $(cat "$RUN/seals.keys"); do
	echo "$line" >"$RUN/one"
	hits one "$activator"
	[ "$scan_hits" -eq 0 ] || control=$((control + 1))
done
is "the activator has the seed, the salts' key and each seal's" "$control" \
    $((2 + $(wc -l <"$RUN/seals.keys")))
crossed name store
check "the entries cross to the store" test "$scan_hits" -gt 0
hits name "$(child_pid store)"
check "the store has the entries" test "$scan_hits" -gt 0
stop_kmsd
is "the host stops" "$STATUS" 0

# kmsd-audit, which waits here until somebody reads what it says.
mkfifo "$RUN/full"
exec 8<>"$RUN/full"
head -c 65536 /dev/zero >&8
"$KMSCTL" -f "$CONF" audit verify >&8 8>&- &
audit=$!
own_pid $audit
check "kmsd-audit has read the database" \
    wait_for "$WAIT" grep -q pipe_write "/proc/$audit/wchan"
knows=$(cat "/proc/$audit/task/$audit/children")
clean "what reads the database for kmsctl has no key" key "$audit"
for fd in "/proc/$audit/fd"/*; do
	file=$(readlink "$fd")
	case ${fd##*/}:$file in
	[012]:* | *:socket:*) ;;
	*:"$STATE/db"/*) ;;
	*)
		echo "$file $(awk '/^flags:/ { print substr($2, length($2)) }' \
		    "/proc/$audit/fdinfo/${fd##*/}")"
		;;
	esac
done >"$RUN/held"
is "it holds the lock besides, for reading alone, and no other file" \
    "$(cat "$RUN/held")" "$STATE/lock 0"
sed -n 5p "$RUN/host.keys" >"$RUN/one"
hits one "${knows% }"
check "the process that it asks has the salts' key" test "$scan_hits" -gt 0
[ "$scan_hits" -eq 0 ] || control=$((control + 1))
sed -n 1p "$RUN/host.keys" >"$RUN/one"
clean "and not the seed" one "${knows% }"
kill -KILL "$audit"
exec 8>&-
check "it ends with who asked" wait_for "$WAIT" gone "${knows% }"
echo "# canaries: searched=$searched bytes=$bytes found=$found" \
    "control=$control seconds=$(($(date +%s) - began)) user=$(id -un)"
tap_end
