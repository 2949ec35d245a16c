#!/bin/sh
# kmsctl: making a host, its certificate, what it shows, who may what.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"

# --- Making a host

check "help: exit 0" status 0 ctl help
contains "help: the commands" "$RUN/out" "activate --offline file"
for program in "$KMS" "$KMSPUB" "$KMSD" "$KMSCTL"; do
	for word in help --help -h; do
		"$program" $word >"$RUN/out" 2>"$RUN/err"
		is "${program##*/} $word: exit 0" $? 0
		contains "${program##*/} $word: says how it is used" \
		    "$RUN/out" "usage: ${program##*/}"
		is "${program##*/} $word: and nothing else" \
		    "$(cat "$RUN/err")" ""
	done
	check "the control: ${program##*/} --helpless is an error" \
	    sh -c "! '$program' --helpless"
done
make_host
for file in host.key:600 host.pub:644 anchor:600 publisher:755 empty:555 \
    db:700; do
	is "init: mode of ${file%:*}" \
	    "$(stat -c %a "$STATE/${file%:*}")" "${file#*:}"
done
if as_root; then
	is "init: the database's folder is the store's" \
	    "$(stat -c %U "$STATE/db")" _kmsddb
fi

cp -a "$STATE" "$RUN/made"
for file in host.key host.pub anchor manifest db/kmsd.db; do
	rm -rf "$STATE"
	mkdir -p "$STATE/db"
	echo precious >"$STATE/$file"
	check "init refuses beside $file" status 1 ctl init
	contains "init names $file" "$RUN/out" "$STATE/$file: exists"
	is "init leaves $file alone" "$(cat "$STATE/$file")" precious
	is "init makes nothing beside $file" \
	    "$(find "$STATE" -type f | wc -l)" 1
done
rm -rf "$STATE"
mkdir -m 777 "$STATE" "$STATE/db"
chmod 777 "$STATE/db"
if as_root; then
	chown _kmsddb "$STATE/db"
fi
check "init refuses a folder that everybody can write" status 2 ctl init
contains "init says what to do" "$RUN/out" "chmod it to 0700"
is "and makes nothing" "$(ls "$STATE")" db
rm -rf "$STATE"
check "init again" status 0 ctl init
contains "init does not ask for a configuration that is there" "$RUN/out" \
    "look through $CONF"
rm -rf "$STATE"
check "init without a configuration" status 0 "$KMSCTL" -d "$STATE" init
contains "init asks for one" "$RUN/out" "write $STATE/kmsd.conf"
rm -rf "$STATE"
mv "$RUN/made" "$STATE"

# --- What init says to do next works as it is typed

# step N FILE: the command of the Nth step, with this file.
step() {
	sed -n "s/^$1\. \(start \)\{0,1\}//p" "$RUN/next" |
	    sed "s/, .*//; s|FILE|${2-}|"
}

next="$RUN/it's a host"
PATH=$PREFIX/sbin:$PATH
check "init in a folder that a shell would split" status 0 \
    kmsctl -d "$next" init
cp "$RUN/out" "$RUN/next"
cp "$PUB/test.pub" "$next/publisher/"
sed -n 's/^   directory/directory/p' "$RUN/next" >"$next/kmsd.conf"
is "the statement it asks for" "$(cat "$next/kmsd.conf")" \
    "directory \"$next\""
echo "listen on 127.0.0.1 port $PORT" >>"$next/kmsd.conf"
eval "exec $(step 3) -d" >"$RUN/next.log" 2>&1 &
own_pid $!
check "kmsd as it is told to start" \
    wait_for "$WAIT" grep -q ": serving, generation 1" "$RUN/next.log"
check "without the options: nothing of it" status 2 kmsctl install \
    "$PUB/product.kms"
eval "$(step 4 "$PUB/product.kms")" >"$RUN/out" 2>&1
contains "the product, as it is told" "$RUN/out" "installed kms-product"
eval "$(step 5 "$RUN/next.kms")" >"$RUN/out" 2>&1
contains "the request, as it is told" "$RUN/next.kms" "kms-host-request 1"
"$KMSPUB" host certify -s "$PUB/issuer.sec" -p "$PUB/test.pub" \
    -c "$PUB/product.kms" -x "$RUN/next.host" "$RUN/next.kms" \
    >"$RUN/certify.log" 2>&1 || bail "$(cat "$RUN/certify.log")"
is "and says the same about the answer" \
    "$(sed -n 's/^	//p' "$RUN/out")" "$(step 6 FILE)"
eval "$(step 6 "$RUN/next.host")" >"$RUN/out" 2>&1
contains "the certificate, as it is told" "$RUN/out" "installed kms-host"
check "and it stops" status 0 kmsctl -d "$next" stop

# --- Nobody there

check "no host: exit 2" status 2 ctl show
contains "no host: says so" "$RUN/out" \
    "kmsd is not running (no socket at $STATE/status.sock)"
check "unknown word: exit 2" status 2 ctl frobnicate
contains "unknown word: names the words" "$RUN/out" "install"
check "wrong number: exit 2" status 2 ctl audit show -n x
contains "wrong number: the whole command" "$RUN/out" \
    "usage: kmsctl audit show [-i index]"

# one_line TEXT WORD...: a wrong option is named in one line before the usage.
one_line() {
	one_line_wanted=$1
	shift
	check "$*: exit 2" status 2 ctl "$@"
	is "$*: one line says why" "$(grep -v ^usage: "$RUN/out")" \
	    "kmsctl: $one_line_wanted"
	is "$*: one line of usage" "$(grep -c ^usage: "$RUN/out")" 1
}
one_line "-n: its value is missing" init -n
one_line "-x: no such option" init -x
one_line "--offline: its value is missing" activate --offline
one_line "--online: no such option" activate --online
one_line "-n: its value is missing" audit show -i 1 -n
one_line "--grant: its value is missing" audit verify --grant

# --- The whole way

start_serving
pids=$(kmsd_pids)
check "a client of a host without certificate: exit 2" status 2 \
    client 1 activate -H "127.0.0.1:$PORT"
contains "it learns what the host says" "$RUN/out" \
    "it says (unverified): host-not-activated"
contains "and what to do if that is so" "$RUN/out" \
    "if the unverified answer is right: On the host, run kmsctl activate"
check "and not that nobody answered" \
    sh -c "! grep -q 'Check the name' '$RUN/out'"
certify_host
check "show" status 0 ctl show
contains "show: the state" "$RUN/out" "serving, generation 1"
contains "show: the product" "$RUN/out" "Test product"
check "show: covered until" grep -q "Test product.*test.*20[0-9][0-9]-.*Z" \
    "$RUN/out"
for what in host sandbox counters count products documents machines logs; do
	check "show $what" status 0 ctl show $what
done
check "show sandbox: every process" status 0 ctl show sandbox
is "show sandbox: nobody opens the root folder" \
    "$(grep '^open /' "$RUN/out" | grep -o refused | wc -l)" 5
is "show sandbox: pids are the processes'" \
    "$(awk '/^pid/ { print $4 }' "$RUN/out")" "$(child_pid activator)"
check "audit show" status 0 ctl audit show
contains "audit show: the certificate's entry" "$RUN/out" "type kms-host"
check "audit show -i 0 -n 1" status 0 ctl audit show -i 0 -n 1
is "audit show -i 0 -n 1: one entry" "$(grep -c '^entry ' "$RUN/out")" 1
check "audit show behind the end: exit 1" status 1 ctl audit show -i 1000
check "audit checkpoint" status 0 ctl audit checkpoint
contains "audit checkpoint: signed" "$RUN/out" "— kmsd/"

check "a request's file is never overwritten" status 2 \
    ctl activate --offline "$RUN/request.kms"
echo garbage >"$RUN/garbage"
check "garbage is refused: exit 1" status 1 ctl install "$RUN/garbage"
contains "garbage: name and code" "$RUN/out" "offline-data (0xC004F02C)"
contains "garbage: advice" "$RUN/out" "Compare it with the original"
check "a lower revision is refused" sh -c "
	sed 's/^revision .*/revision 0/' '$PUB/product.txt' >'$RUN/low.txt'
	'$KMSPUB' product sign -s '$PUB/test.sec' -m '$RUN/low.txt' \
	    -x '$RUN/low' || exit 0
	! '$KMSCTL' -f '$CONF' install '$RUN/low'"
check "nothing to accept: exit 1" status 1 ctl audit accept-rollback why
check "no reason: exit 2" status 2 ctl audit accept-rollback
check "a running host's log is not verified" status 2 ctl audit verify
contains "and who holds it is named" "$RUN/out" "held by process $KMSD_PID"

# --- Who may what

# Whoever may look may also fill the log, but not with the lines of others.
/usr/bin/python3 -c "import socket
for _ in range(600):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect('$STATE/status.sock')
    s.send(b'x')
    s.close()"
for n in 1 2 3 4 5; do
	ctl install "$RUN/host.pub" >/dev/null 2>&1
done
lines=$(grep -c "status.sock: uid [0-9]* broke a rule" "$LOG")
check "broken rules of clients are said a few times a second" \
    test "$lines" -ge 1 -a "$lines" -lt 100
check "and no line is dropped" sh -c "! grep -q 'were dropped' '$LOG'"

new_revision 2 >"$RUN/out" 2>&1 || bail "no revision 2: $(cat "$RUN/out")"
chmod 644 "$RUN/product.2"
chmod 755 "$STATE"
check "status.sock takes no document" status 2 \
    "$KMSCTL" -f "$CONF" -s "$STATE/status.sock" install "$RUN/product.2"
check "status.sock stops nothing" status 2 \
    "$KMSCTL" -f "$CONF" -s "$STATE/status.sock" stop
check "status.sock answers" status 0 \
    "$KMSCTL" -f "$CONF" -s "$STATE/status.sock" show host
if as_root; then
	nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
	check "others may look" status 0 $nobody \
	    "$KMSCTL" -d "$STATE" show host
	check "others may not install" status 2 $nobody \
	    "$KMSCTL" -d "$STATE" install "$RUN/product.2"
	contains "others: permission denied" "$RUN/out" \
	    "permission denied: $STATE/control.sock"
	check "others may not stop" status 2 $nobody "$KMSCTL" -d "$STATE" stop
fi
is "still revision 1" "$(ctl show products | awk '/Test product/ { print $6 }')" 1

# --- Clients that break rules

for socket in control status; do
	check "malformed packets on $socket.sock" timeout 60 \
	    python3 "${0%/*}/hostile_client.py" "$STATE/$socket.sock"
done
is "the same processes live" "$(kmsd_pids)" "$pids"
check "and answer" status 0 ctl show
contains "the log names a rule" "$LOG" "broke a rule"

# --- A control that was taken over

# fake_control TEXT: answers one question with this text.
fake_control() {
	rm -f "$RUN/fake.sock" "$RUN/fake"
	/usr/bin/python3 -c '
import socket, struct, sys
l = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
l.bind(sys.argv[1])
l.listen()
print("listens", flush=True)
s, _ = l.accept()
q = s.recv(4096)[8:12]
text = sys.argv[2].encode()
for kind, body in ((20, q + struct.pack(">H", len(text)) + text),
                   (21, q + struct.pack(">IH", 0, 0))):
    s.send(struct.pack(">HHI", kind, 1, len(body)) + body)' \
	    "$RUN/fake.sock" "$1" >"$RUN/fake" &
	own_pid $!
	wait_for "$WAIT" grep -q listens "$RUN/fake" || bail "no control"
}
fake_control "two
lines — of text"
check "a checkpoint is printed as it is" status 0 \
    ctl -s "$RUN/fake.sock" audit checkpoint
is "all of it" "$(cat "$RUN/out")" "two
lines — of text"
fake_control "$(printf 'kmsd\n\033]0;title\007\n')"
check "but none that would steer a terminal" status 2 \
    ctl -s "$RUN/fake.sock" audit checkpoint
contains "and kmsctl says so" "$RUN/out" "answered without a checkpoint"

# --- Stop

check "stop" status 0 ctl stop
wait "$KMSD_PID"
is "kmsd ends with 0" "$?" 0
check "every child is gone" gone $pids
check "stopped: exit 2" status 2 ctl stop
tap_end
