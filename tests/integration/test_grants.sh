#!/bin/sh
# Every grant in a client's hands stands in the log, also after crashes; and a
# client that finds one altered, anywhere, does not believe it.
#
#	SEED=n	repeats a run
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"

SEED=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
diag "SEED=$SEED"

names='a b c d e f'
make_site 3
for name in $names; do
	client $name activate -H "127.0.0.1:$PORT" >"$RUN/$name.out" 2>&1
	is "client $name is answered" $? "$(case $name in
	a | b) echo 3 ;;
	*) echo 0 ;;
	esac)"
	case $name in
	c) kill -KILL "$(child_pid store)" ;;
	d) kill -KILL "$(child_pid activator)" ;;
	e)
		kill -KILL "$KMSD_PID"
		wait "$KMSD_PID" 2>/dev/null
		start_kmsd
		;;
	*) continue ;;
	esac
	serving=$((${serving:-1} + 1))
	wait_for "$WAIT" logged ": serving, generation" $serving ||
	    bail "no new generation"
done
for name in a b; do
	check "client $name has a grant above the threshold" \
	    client $name activate -H "127.0.0.1:$PORT"
done
grants=$(echo "$RUN"/client-?/*/*/grant)
stop_kmsd
copy_database "$RUN/copy"
is "the grants of all clients are in the log" \
    "$(/usr/bin/python3 "${0%/*}/logcheck.py" "$RUN/copy/kmsd.db" \
    proofs $grants 2>&1)" "$(echo $names | wc -w)"
for name in $names; do
	check "kmsctl finds the grant of client $name" ctl audit verify \
	    --grant "$(echo "$RUN/client-$name"/*/*/grant)"
	check "client $name is licensed" client $name status
done

# Altered by a bit.
one=$(echo "$RUN"/client-a/*/*/grant)
cp "$one" "$RUN/good"

# flip OFFSET BIT
flip() {
	/usr/bin/python3 - "$RUN/good" "$1" "$2" >"$one" <<-'PY'
	import sys
	data = bytearray(open(sys.argv[1], "rb").read())
	data[int(sys.argv[2])] ^= 1 << int(sys.argv[3])
	sys.stdout.buffer.write(data)
	PY
}

believed() {
	client a status >"$RUN/status.out" 2>&1 &&
	    grep -q 'licensed' "$RUN/status.out"
}

# Where each part begins: offset and length.
/usr/bin/python3 - "$RUN/good" >"$RUN/parts" <<'PY'
import sys
text = open(sys.argv[1], "rb").read()
entry, proof = text.split(b"\n\n", 1)
at = len(entry) + 2
print("entry", 0, len(entry) + 1)
head, note, sig = proof.split(b"\n\n", 2)
lines = head.split(b"\n")
pos = at + len(lines[0]) + 1
print("index", pos + 6, len(lines[1]) - 6)
pos += len(lines[1]) + 1
for n, line in enumerate(lines[2:]):
    print(f"hash-{n}", pos, len(line))
    pos += len(line) + 1
pos += 1
origin, size, root = note.split(b"\n")[:3]
print("origin", pos, len(origin))
pos += len(origin) + 1
print("size", pos, len(size))
pos += len(size) + 1
print("root", pos, len(root))
pos += len(root) + 2
print("signature", pos, len(sig))
PY
check "a proof has hashes" grep -q '^hash-1 ' "$RUN/parts"
while read -r part offset length; do
	refused=0
	tried=0
	while [ $tried -lt 12 ]; do
		SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
		flip $((offset + SEED / 65536 % length)) $((SEED / 8192 % 8))
		believed || refused=$((refused + 1))
		tried=$((tried + 1))
	done
	is "no grant with a bit of its $part altered is believed" \
	    $refused $tried
done <"$RUN/parts"
cp "$RUN/good" "$one"
check "the unaltered one is believed" believed
tap_end
