#!/bin/sh
# kmspub: every command as it should be used, and as it should not.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"

# refused DESCRIPTION STATUS TEXT COMMAND...: it fails so and says so.
refused() {
	refused_name=$1
	refused_status=$2
	refused_text=$3
	shift 3
	"$@" >"$RUN/out" 2>&1 </dev/null
	is "$refused_name: exit status" $? "$refused_status"
	contains "$refused_name: message" "$RUN/out" "$refused_text"
}

# edited SCRIPT: product.txt with this sed(1) script, in bad.txt.
edited() {
	sed "$1" "$PUB/product.txt" >"$PUB/bad.txt"
}

# not_signed DESCRIPTION TEXT: bad.txt is refused, and nothing is written.
not_signed() {
	refused "$1" 1 "$2" "$KMSPUB" product sign -s "$PUB/test.sec" \
	    -m "$PUB/bad.txt" -x "$PUB/bad.kms"
	check "$1: nothing is written" test ! -e "$PUB/bad.kms"
}

# --- The table of commands

refused "no command" 2 "usage: kmspub command" "$KMSPUB"
refused "unknown command" 2 "frobnicate: no such command" "$KMSPUB" frobnicate
refused "an option that is none" 2 "kmspub: invalid option" "$KMSPUB" keygen -Z
refused "half a command" 2 "product: no such command" "$KMSPUB" product
check "help" "$KMSPUB" help
for command in keygen issuer "product new" "product sign" "product check" \
    "host certify" revoke; do
	refused "$command without arguments" 2 "usage: kmspub $command" \
	    "$KMSPUB" $command
	refused "$command with a wrong option" 2 "usage: kmspub $command" \
	    "$KMSPUB" $command -Q
done

# --- Keys

make_publisher 1
is "a secret key is its owner's" "$(stat -c %a "$PUB/test.sec")" 600
is "a public key is everybody's" "$(stat -c %a "$PUB/test.pub")" 644
sum=$(cat "$PUB/test.sec" "$PUB/test.pub" | b2sum)
refused "keygen over keys" 1 "not overwritten" \
    "$KMSPUB" keygen -n -p "$PUB/test.pub" -s "$PUB/test.sec"
refused "keygen over a secret key" 1 "not overwritten" \
    "$KMSPUB" keygen -n -p "$PUB/x.pub" -s "$PUB/test.sec"
refused "keygen over a public key" 1 "not overwritten" \
    "$KMSPUB" keygen -n -p "$PUB/test.pub" -s "$PUB/x.sec"
is "the keys are as they were" \
    "$(cat "$PUB/test.sec" "$PUB/test.pub" | b2sum)" "$sum"
check "no half of a pair is left" \
    test ! -e "$PUB/x.sec" -a ! -e "$PUB/x.pub"
refused "keygen to one file" 1 "not overwritten" \
    "$KMSPUB" keygen -n -p "$PUB/x" -s "$PUB/x"
check "and nothing is left" test ! -e "$PUB/x"
refused "keygen where there is no folder" 1 "No such file" \
    "$KMSPUB" keygen -n -p "$PUB/none/p" -s "$PUB/none/s"

# --- Products

check "product check" "$KMSPUB" product check -p "$PUB/test.pub" \
    "$PUB/product.kms"
signify-openbsd -V -q -e -p "$PUB/test.pub" -x "$PUB/product.kms" \
    -m "$RUN/verified" 2>"$RUN/out" || : >"$RUN/verified"
check "signify verifies it" cmp "$RUN/verified" "$PUB/product.txt"
refused "product new over a file" 1 "not overwritten" "$KMSPUB" product new \
    -p "$PUB/test.pub" -i "$PUB/issuer.pub" -n N -f f -o "$PUB/product.txt"
refused "product new with a threshold of 0" 2 "-t 0" "$KMSPUB" product new \
    -p "$PUB/test.pub" -i "$PUB/issuer.pub" -n N -f f -t 0 -o "$PUB/x.txt"
refused "product new with a wrong duration" 2 "-V 180" "$KMSPUB" product new \
    -p "$PUB/test.pub" -i "$PUB/issuer.pub" -n N -f f -V 180 -o "$PUB/x.txt"
refused "product new with a wrong uuid" 2 "-u x" "$KMSPUB" product new \
    -p "$PUB/test.pub" -i "$PUB/issuer.pub" -n N -f f -u x -o "$PUB/x.txt"
refused "product new with a wrong family" 1 "family" "$KMSPUB" product new \
    -p "$PUB/test.pub" -i "$PUB/issuer.pub" -n N -f 'f f' -o "$PUB/x.txt"
refused "product new with a name of two lines" 1 "name" "$KMSPUB" product new \
    -p "$PUB/test.pub" -i "$PUB/issuer.pub" -n 'N
issuer x' -f f -o "$PUB/x.txt"
refused "product new with a secret key for a public one" 1 "not a public key" \
    "$KMSPUB" product new -p "$PUB/test.sec" -i "$PUB/issuer.pub" -n N -f f \
    -o "$PUB/x.txt"
check "none of them wrote a file" test ! -e "$PUB/x.txt"

edited 's/^threshold .*/threshold 0/'
not_signed "threshold 0" "threshold"
edited 's/^renew .*/renew 7d 8d 30d/'
not_signed "renew below its bounds" "renew must lie between its bounds"
edited 's/^retry .*/retry 31d 15m 30d/'
not_signed "retry above its bounds" "retry must lie between its bounds"
edited 's/^retry .*/retry 2h 30s 30d/'
not_signed "retry of seconds" "at least a minute"
edited 's/^validity .*/validity 7d/'
not_signed "validity not longer than renew" "validity must be longer"
edited 's/^not-after .*/not-after 2001-01-01T00:00:00Z/'
not_signed "dates the wrong way round" "not-after must be later"
edited 's/^family .*/&\nfamily other/'
not_signed "a doubled line" "bad.txt: "
edited '/^issuer /d'
not_signed "no issuer" "issuer"
edited 's/$/\r/'
not_signed "CR" "bad.txt: "
edited '$a frobnicate yes'
not_signed "an unknown key" "frobnicate"
printf %s "$(cat "$PUB/product.txt")" >"$PUB/bad.txt"
not_signed "no final newline" "bad.txt: "
head -c 20000 /dev/zero | tr '\0' x >"$PUB/bad.txt"
not_signed "a file that is too long" "longer than"
refused "signing with another's key" 1 "its publisher is not the key" \
    "$KMSPUB" product sign -s "$PUB/issuer.sec" -m "$PUB/product.txt" \
    -x "$PUB/bad.kms"
refused "signing with a public key" 1 "$PUB/test.pub: " \
    "$KMSPUB" product sign -s "$PUB/test.pub" -m "$PUB/product.txt" \
    -x "$PUB/bad.kms"
check "neither wrote a file" test ! -e "$PUB/bad.kms"
refused "signing over a file" 1 "not overwritten" \
    "$KMSPUB" product sign -s "$PUB/test.sec" -m "$PUB/product.txt" \
    -x "$PUB/product.kms"

refused "check with another's key" 1 "product.kms: " \
    "$KMSPUB" product check -p "$PUB/issuer.pub" "$PUB/product.kms"
sed 's/^threshold 1$/threshold 2/' "$PUB/product.kms" >"$PUB/bad.kms"
refused "check of an altered product" 1 "bad.kms: " \
    "$KMSPUB" product check -p "$PUB/test.pub" "$PUB/bad.kms"
refused "check of what is not signed" 1 "product.txt: " \
    "$KMSPUB" product check -p "$PUB/test.pub" "$PUB/product.txt"

# sign_dates NAME BEFORE AFTER: a product with these dates.
sign_dates() {
	sed -e "s/^not-before .*/not-before $2/" \
	    -e "s/^not-after .*/not-after $3/" "$PUB/product.txt" \
	    >"$PUB/$1.txt"
	"$KMSPUB" product sign -s "$PUB/test.sec" -m "$PUB/$1.txt" \
	    -x "$PUB/$1.kms" 2>"$RUN/out" || bail "$1: $(cat "$RUN/out")"
}
sign_dates expired 2020-01-01T00:00:00Z 2021-01-01T00:00:00Z
sign_dates early 2090-01-01T00:00:00Z 2091-01-01T00:00:00Z
soon=$(date -u -d '+10 days' +%Y-%m-%dT00:00:00Z)
sign_dates short 2020-01-01T00:00:00Z "$soon"
for bad in expired early; do
	refused "check of one that is $bad" 1 "outside its dates" \
	    "$KMSPUB" product check -p "$PUB/test.pub" "$PUB/$bad.kms"
done

# --- Keys under a passphrase

# with_input TEXT COMMAND...: without a terminal it is asked on the input.
with_input() {
	with_input_text=$1
	shift
	printf %s "$with_input_text" | setsid -w "$@" >"$RUN/out" 2>&1
}
check "keygen with a passphrase" with_input 'xyzzy plugh
xyzzy plugh
' "$KMSPUB" keygen -p "$PUB/enc.pub" -s "$PUB/enc.sec"
is "the secret key is encrypted" "$(head -n 1 "$PUB/enc.sec")" "kms-secret 1"
with_input 'one
two
' "$KMSPUB" keygen -p "$PUB/x.pub" -s "$PUB/x.sec"
is "keygen with two passphrases: exit status" $? 1
contains "keygen with two passphrases: message" "$RUN/out" "differ"
with_input '' "$KMSPUB" keygen -p "$PUB/x.pub" -s "$PUB/x.sec"
is "keygen with none: exit status" $? 1
contains "keygen with none: message" "$RUN/out" "no passphrase was given"
check "neither left a file" test ! -e "$PUB/x.pub" -a ! -e "$PUB/x.sec"
"$KMSPUB" product new -p "$PUB/enc.pub" -i "$PUB/issuer.pub" -n N -f f \
    -o "$PUB/enc.txt"
with_input 'wrong
' "$KMSPUB" product sign -s "$PUB/enc.sec" -m "$PUB/enc.txt" -x "$PUB/enc.kms"
is "signing with a wrong passphrase: exit status" $? 1
contains "signing with a wrong passphrase: message" "$RUN/out" \
    "wrong passphrase"
check "signing with the passphrase" with_input 'xyzzy plugh
' "$KMSPUB" product sign -s "$PUB/enc.sec" -m "$PUB/enc.txt" -x "$PUB/enc.kms"
check "what it signed is good" "$KMSPUB" product check -p "$PUB/enc.pub" \
    "$PUB/enc.kms"
if command -v script >/dev/null; then
	mkfifo "$RUN/keyboard"
	: >"$RUN/typescript"
	script -qfec "'$KMSPUB' product sign -s '$PUB/enc.sec' \
	    -m '$PUB/enc.txt' -x '$PUB/tty.kms'" "$RUN/typescript" \
	    <"$RUN/keyboard" >/dev/null 2>&1 &
	terminal=$!
	own_pid $terminal
	exec 7>"$RUN/keyboard"
	check "a terminal is asked for the passphrase" wait_for "$WAIT" \
	    grep -qF "passphrase for $PUB/enc.sec" "$RUN/typescript"
	printf 'xyzzy plugh\n' >&7
	wait $terminal
	exec 7>&-
	check "signing with the passphrase from a terminal" \
	    cmp "$PUB/tty.kms" "$PUB/enc.kms"
	check "which does not show it" \
	    sh -c "! grep -F 'plugh' '$RUN/typescript'"
fi

# --- Certificates

make_conf
ctl init >"$RUN/init.log" 2>&1 || bail "init: $(cat "$RUN/init.log")"
cp "$PUB/test.pub" "$STATE/publisher/"
start_serving
ctl activate --offline "$RUN/request.kms" >"$RUN/out" 2>&1 ||
    bail "no request: $(cat "$RUN/out")"

# not_certified DESCRIPTION TEXT OPTION...: no certificate is written.
not_certified() {
	not_certified_name=$1
	not_certified_text=$2
	shift 2
	refused "$not_certified_name" 1 "$not_certified_text" \
	    "$KMSPUB" host certify -p "$PUB/test.pub" -x "$RUN/bad.kms" "$@"
	check "$not_certified_name: no certificate" test ! -e "$RUN/bad.kms"
}
by="-s $PUB/issuer.sec"
for_product="-c $PUB/product.kms"

not_certified "another issuer" "does not name the issuer's key" \
    -s "$PUB/test.sec" $for_product "$RUN/request.kms"
not_certified "expired product" "outside its dates" \
    $by -c "$PUB/expired.kms" "$RUN/request.kms"
not_certified "product that begins later" "outside its dates" \
    $by -c "$PUB/early.kms" "$RUN/request.kms"
not_certified "altered product" "bad.kms: " \
    $by -c "$PUB/bad.kms" "$RUN/request.kms"
not_certified "another publisher's product" "enc.kms: " \
    $by -c "$PUB/enc.kms" "$RUN/request.kms"
sed "s/^name .*/name other.example/" "$RUN/request.kms" \
    >"$RUN/bad-request.kms"
cmp -s "$RUN/request.kms" "$RUN/bad-request.kms" &&
	bail "the request has no name"
not_certified "altered request" "bad-request.kms: " \
    $by $for_product "$RUN/bad-request.kms"
{
	cat "$RUN/request.kms"
	echo
} >"$RUN/bad-request.kms"
not_certified "request with something behind it" "bad-request.kms: " \
    $by $for_product "$RUN/bad-request.kms"
not_certified "product for a request" "product.kms: " \
    $by $for_product "$PUB/product.kms"
# Signed by one key, for another: no proof of possession.
sed -n '3,$p' "$RUN/request.kms" >"$RUN/request.txt"
signify-openbsd -S -e -s "$PUB/test.sec" -m "$RUN/request.txt" \
    -x "$RUN/bad-request.kms"
sed -i '1s/.*/untrusted comment: kms-host-request 1/' "$RUN/bad-request.kms"
not_certified "request signed by another key" "bad-request.kms: " \
    $by $for_product "$RUN/bad-request.kms"
not_certified "no request" "No such file" $by $for_product "$RUN/none"
refused "a certificate for too long" 2 "1d to 396d" "$KMSPUB" host certify \
    -p "$PUB/test.pub" -x "$RUN/bad.kms" -d 400d $by $for_product \
    "$RUN/request.kms"
refused "a duration in hours" 2 "in its largest unit, 1d and not 24h" \
    "$KMSPUB" host certify -p "$PUB/test.pub" -x "$RUN/bad.kms" -d 24h \
    $by $for_product "$RUN/request.kms"

check "a certificate" "$KMSPUB" host certify -p "$PUB/test.pub" \
    -x "$RUN/short.kms" $by -c "$PUB/short.kms" $for_product \
    "$RUN/request.kms"
contains "it ends with the product that ends first" "$RUN/short.kms" \
    "not-after $soon"
is "it covers a family once" "$(grep -c '^family test' "$RUN/short.kms")" 1
check "another" "$KMSPUB" host certify -p "$PUB/test.pub" \
    -x "$RUN/host.kms" -d 30d $by $for_product "$RUN/request.kms"
refused "a certificate over a file" 1 "not overwritten" "$KMSPUB" \
    host certify -p "$PUB/test.pub" -x "$RUN/host.kms" $by $for_product \
    "$RUN/request.kms"
check "the host takes the product" ctl install "$PUB/product.kms"
check "and the certificate" ctl install "$RUN/host.kms"
serial() {
	sed -n 's/^serial //p' "$1"
}

# --- Revocations

first=$(serial "$RUN/short.kms")
second=$(serial "$RUN/host.kms")
refused "revoke with a wrong word" 2 "superseded or void, not bad" \
    "$KMSPUB" revoke -s "$PUB/test.sec" -r 1 -x "$RUN/r1.kms" "$first=bad"
refused "revoke with a wrong serial" 2 "not a serial" \
    "$KMSPUB" revoke -s "$PUB/test.sec" -r 1 -x "$RUN/r1.kms" x=void
refused "revoke with revision 0" 2 "-r 0" \
    "$KMSPUB" revoke -s "$PUB/test.sec" -r 0 -x "$RUN/r1.kms" "$first=void"
check "none of them wrote a file" test ! -e "$RUN/r1.kms"
check "revoke" "$KMSPUB" revoke -s "$PUB/test.sec" -r 1 -x "$RUN/r1.kms" \
    "$first=void" "$second=superseded"
refused "revoke with an old revision" 1 "must be higher" "$KMSPUB" revoke \
    -s "$PUB/test.sec" -r 1 -c "$RUN/r1.kms" -x "$RUN/r2.kms" "$second=void"
refused "revoke after another's list" 1 "r1.kms: " "$KMSPUB" revoke \
    -s "$PUB/issuer.sec" -r 2 -c "$RUN/r1.kms" -x "$RUN/r2.kms" "$second=void"
check "revoke after a list" "$KMSPUB" revoke -s "$PUB/test.sec" -r 2 \
    -c "$RUN/r1.kms" -x "$RUN/r2.kms" "$first=superseded" "$second=void"
contains "void stays void" "$RUN/r2.kms" "host $first void"
contains "superseded becomes void" "$RUN/r2.kms" "host $second void"
check "the host takes the list" ctl install "$RUN/r2.kms"
ctl install "$RUN/r1.kms" >"$RUN/out" 2>&1
is "and no older one" "$(test $? -ne 0 && echo refused)" refused
stop_kmsd
is "SIGTERM" "$STATUS" 0
tap_end
