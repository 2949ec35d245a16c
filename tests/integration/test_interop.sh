#!/bin/sh
# A host under foreign code: a client in Python that was written from
# doc/protocol.md alone is refused below the threshold and granted from there
# on; signify verifies every signed document, Go's packages the checkpoint, the
# whole log, and the place of every grant.
. "${0%/*}/lib.sh"
SRC=$(cd "${0%/*}/../.." && pwd)
TMP=$RUN
PUB=$RUN/pub
THRESHOLD=4
MACHINES=7
. "$SRC/tests/interop/lib.sh"

find_python || bail "there is no python3 with PyNaCl"
find_signify || bail "there is no signify"
build_verify || bail "Go does not build verify.go"

kmspub() {
	"$PREFIX/bin/kmspub" "$@"
}

ctl() {
	"$KMSCTL" -f "$CONF" "$@"
}

# client N ARGUMENT...: the Python client as machine N; its output in
# $RUN/answer, its exit status is the client's.
client() {
	client_n=$1
	shift
	"$PYTHON" "$SRC/tests/interop/client.py" -p "$PORT" \
	    -P "$PUB/publisher.pub" -c "$PUB/product" -d "$RUN/machine-$client_n" \
	    --identity "machine $client_n" --host-name "desk-$client_n" "$@" \
	    >"$RUN/answer" 2>&1
}

# answered STATUS TEXT N ARGUMENT...: the client ends so and says so.
answered() {
	answered_status=$1
	answered_text=$2
	shift 2
	client "$@"
	[ $? -eq "$answered_status" ] &&
	    grep -qF -- "$answered_text" "$RUN/answer" || {
		cat "$RUN/answer"
		return 1
	}
}

refused() {
	! "$@"
}

# --- A publisher, a host, its certificate

mkdir -m 755 "$PUB"
publish() {
	kmspub keygen -n -p "$PUB/publisher.pub" -s "$PUB/publisher.sec" &&
	    kmspub issuer -n -p "$PUB/issuer.pub" -s "$PUB/issuer.sec" &&
	    kmspub product new -p "$PUB/publisher.pub" -i "$PUB/issuer.pub" \
		-n "Interoperable Draw" -f draw -t $THRESHOLD \
		-o "$PUB/product.txt" &&
	    kmspub product sign -s "$PUB/publisher.sec" -m "$PUB/product.txt" \
		-x "$PUB/product"
}
certify() {
	ctl activate --offline "$PUB/request" &&
	    kmspub host certify -s "$PUB/issuer.sec" \
		-p "$PUB/publisher.pub" -c "$PUB/product" -x "$PUB/host" \
		"$PUB/request" &&
	    ctl install "$PUB/product" && ctl install "$PUB/host"
}
make_conf
check "a publisher signs a product" publish
check "kmsctl init makes a host" ctl init
mkdir -p "$STATE/publisher"
cp "$PUB/publisher.pub" "$STATE/publisher/"
start_serving
check "without a certificate the client hears host-not-activated" \
    answered 1 0xC004F041 1
check "the host is certified" certify

# --- The client

n=1
while [ $n -le $MACHINES ]; do
	if [ $n -lt $THRESHOLD ]; then
		check "machine $n is refused and counted" answered 2 \
		    "refused count $n needed $THRESHOLD code 0xC004F038" $n
	else
		check "machine $n is granted" answered 0 \
		    "granted count $n needed $THRESHOLD serial 1" $n \
		    -o "$RUN/$n.grant"
	fi
	n=$((n + 1))
done
n=1
while [ $n -lt $THRESHOLD ]; do
	check "machine $n is granted when it asks again" answered 0 \
	    "granted count $MACHINES needed $THRESHOLD serial 2" $n \
	    -o "$RUN/$n.grant"
	n=$((n + 1))
done
check "a renewal advances the serial" answered 0 "serial 2" $MACHINES \
    -o "$RUN/renewed.grant"
check "the kept grant is good offline" answered 0 licensed 1 --offline
check "on other hardware it is not" answered 2 oot-grace 1 --offline \
    --identity "another machine"
check "status is done and tells the count" answered 0 \
    "done count $MACHINES needed $THRESHOLD" 1 --verb status
check "release is denied" answered 2 "code 0xE0040003" 1 --verb release
check "a clock 4 hours and a minute off is time-skew, sealed" answered 2 \
    "code 0xC004F06C" 2 --clock-offset 14460
check "a clock 13 months off is time-skew by the client's own word" \
    answered 1 "does not hold at" 2 --clock-offset 34000000
# Refused for its clock, a client forgets its last time; the host does not, and
# a client that asks twice in a second is ahead by one.
asked=$(($(date +%s) + 1))
later() {
	[ "$(date +%s)" -gt "$asked" ]
}
check "time goes on" wait_for 5 later
check "and then a right clock is granted" answered 0 "granted" 2

# --- Documents

wire_documents() {
	"$PYTHON" - "$SRC/tests/interop" "$PORT" "$PUB" "$RUN" <<-'EOF'
	import sys
	sys.path.insert(0, sys.argv[1])
	import checks, client, trust
	publisher = trust.read_public_key(
	    open(sys.argv[3] + "/publisher.pub", "rb").read())
	product = checks.check_product(
	    open(sys.argv[3] + "/product", "rb").read(), publisher)
	c = client.Connection("127.0.0.1", int(sys.argv[2]), 30)
	reply = client.parse_hello_reply(c.ask(client.print_hello(
	    publisher, product.get("product")), 0x81))
	for name, data in ("host", reply[3]), ("seal", reply[4]), (
	        "revocation", c.ask(client.print_frame(3, b"\2"), 0x83)):
	    open("%s/wire.%s" % (sys.argv[4], name), "wb").write(data)
	c = client.Connection("127.0.0.1", int(sys.argv[2]), 30)
	c.ask(client.print_hello(publisher, product.get("product")), 0x81)
	open(sys.argv[4] + "/wire.product", "wb").write(
	    c.ask(client.print_frame(3, b"\1"), 0x83))
	EOF
}
revoke() {
	kmspub revoke -s "$PUB/publisher.sec" -r "$1" -x "$PUB/revocation.$1" \
	    $2 && ctl install "$PUB/revocation.$1"
}
other=$(cat /proc/sys/kernel/random/uuid)
check "a revocation of another host is installed" revoke 1 "$other=void"
check "hello and fetch give all documents" wire_documents
check "the host serves the product that the publisher signed" \
    cmp "$RUN/wire.product" "$PUB/product"
check "the host serves the certificate that it was given" \
    cmp "$RUN/wire.host" "$PUB/host"
value host "$PUB/request" >"$RUN/host.key64"
public_key "$(cat "$RUN/host.key64")" "$RUN/host.pub"
check "signify verifies the kms-product" \
    signify_verifies "$PUB/publisher.pub" "$RUN/wire.product" kms-product
check "signify verifies the kms-revocation" \
    signify_verifies "$PUB/publisher.pub" "$RUN/wire.revocation" \
    kms-revocation
check "signify verifies the kms-host" \
    signify_verifies "$PUB/issuer.pub" "$RUN/wire.host" kms-host
check "signify verifies the kms-seal" \
    signify_verifies "$RUN/host.pub" "$RUN/wire.seal" kms-seal
check "signify verifies the kms-host-request" \
    signify_verifies "$RUN/host.pub" "$PUB/request" kms-host-request
is "the certificate names the host of the request" \
    "$(value host "$RUN/wire.host")" "$(cat "$RUN/host.key64")"
check "the client is granted and fetches the revocation" answered 0 granted 3
check "the client kept it" cmp "$RUN/wire.revocation" \
    "$RUN/machine-3/$(value product "$PUB/product").revocation"

# --- The log

# The grants that kms got, if it is installed, beside those of the Python
# client.
if [ -x "$PREFIX/bin/kms" ]; then
	check "kms is granted" "$PREFIX/bin/kms" activate \
	    -H "127.0.0.1:$PORT" --state "$RUN/kms" --identity "kms itself" \
	    --publisher "$PUB/publisher.pub" --product "$PUB/product"
	find "$RUN/kms" -type f -exec grep -lF 'c2sp.org/tlog-proof@v1' {} + |
	    while read -r path; do
		cp "$path" "$RUN/kms.grant"
	    done
	check "kms keeps its grant as it came" test -s "$RUN/kms.grant"
fi
log_is_whole() {
	ctl audit checkpoint >"$RUN/checkpoint" &&
	    ctl audit show -i 0 -n 100000 >"$RUN/shown" &&
	    sed '/^entry [0-9]*$/d' "$RUN/shown" >"$RUN/log.entries" &&
	    "$VERIFY" -key "$RUN/host.pub" -checkpoint "$RUN/checkpoint" \
		-log "$RUN/log.entries" "$RUN"/*.grant
}
# The newest checkpoint may trail the newest entry by up to a second.
wait_for "$WAIT" log_is_whole
check "Go verifies checkpoint, log and every grant" log_is_whole
is "Go has seen all grants" "$("$VERIFY" -key "$RUN/host.pub" \
    "$RUN"/*.grant | grep -c '^grant ')" "$(ls "$RUN"/*.grant | wc -l)"
is "the checkpoint reaches the newest entry" \
    "$(sed -n 2p "$RUN/checkpoint")" "$(grep -c '^entry ' "$RUN/shown")"
sed 's/^count [0-9]*$/count 99/' "$RUN/log.entries" >"$RUN/changed"
check "Go refuses a changed log" refused "$VERIFY" -key "$RUN/host.pub" \
    -checkpoint "$RUN/checkpoint" -log "$RUN/changed"
sed 's/^count [0-9]*$/count 99/' "$RUN/$THRESHOLD.grant" >"$RUN/changed"
check "Go refuses a changed grant" refused "$VERIFY" -key "$RUN/host.pub" \
    "$RUN/changed"

# --- The end of a certificate

serial=$(value serial "$PUB/host")
check "the certificate is declared void" revoke 2 "$serial=void"
check "no new grant is given" answered 1 0xC004F041 1
cp "$PUB/revocation.2" \
    "$RUN/machine-1/$(value product "$PUB/product").revocation"
check "a held grant is non-genuine" answered 2 non-genuine-grace 1 --offline
stop_kmsd
is "kmsd stops in order" "$STATUS" 0
tap_end
