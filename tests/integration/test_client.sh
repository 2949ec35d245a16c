#!/bin/sh
# kms against a real host: the threshold, grants, renewals, what it prints and
# with what it exits, and a product that looks without asking.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"

make_site 3

# run NAME COMMAND...: client; sets STATUS, output in $RUN/out and $RUN/err.
run() {
	client "$@" >"$RUN/out" 2>"$RUN/err"
	STATUS=$?
}

run 1 status
is "status before anything exits 5" "$STATUS" 5
contains "it is unlicensed" "$RUN/out" "state       unlicensed"
contains "expiry is printed always" "$RUN/out" "expires     no grant"
check "status makes no state" test ! -e "$RUN/client-1"

for i in 1 2; do
	run $i activate -H "127.0.0.1:$PORT"
	is "machine $i is refused, exit 3" "$STATUS" 3
	contains "machine $i learns the count" "$RUN/err" \
	    "count $i of 3 needed"
	contains "machine $i learns the code" "$RUN/err" 0xC004F038
done
run 1 status
is "status in grace exits 4" "$STATUS" 4
contains "it is in grace" "$RUN/out" "state       oob-grace"
contains "the count is kept" "$RUN/out" "count       1 of 3 needed"
contains "the host is kept" "$RUN/out" "host        127.0.0.1:$PORT"
run 1 renew -H "127.0.0.1:$PORT"
is "nothing to renew exits 5" "$STATUS" 5

run 3 activate -H "127.0.0.1:$PORT"
is "the third machine is granted" "$STATUS" 0
contains "it is licensed" "$RUN/out" "state       licensed"
check "its expiry is a date" grep -qE \
    '^expires     20[0-9-]+T[0-9:]+Z$' "$RUN/out"
for i in 1 2; do
	run $i activate -H "127.0.0.1:$PORT"
	is "machine $i is granted now" "$STATUS" 0
done

before=$(cksum <"$(find "$RUN/client-3" -name grant)")
run 3 renew -H "127.0.0.1:$PORT"
is "a renewal before its time asks nobody" "$STATUS" 0
is "and keeps the grant" \
    "$(cksum <"$(find "$RUN/client-3" -name grant)")" "$before"
run 3 renew --force --verbose -H "127.0.0.1:$PORT"
is "a forced renewal is granted" "$STATUS" 0
contains "verbose says who was asked" "$RUN/err" "127.0.0.1:$PORT: granted"
contains "verbose prints the machine" "$RUN/out" "machine  "
check "the grant is another" sh -c '[ "$1" != "$2" ]' sh \
    "$(cksum <"$(find "$RUN/client-3" -name grant)")" "$before"

# In the same second, and with several hosts.
for i in 1 2 3 4 5; do
	run 3 activate -H 127.0.0.1:1 -H "127.0.0.1:$PORT"
	[ "$STATUS" -eq 0 ] || break
done
is "five requests within a second are granted, after a dead host" \
    "$STATUS" 0

# Killed at any moment: asked again, it is granted.
n=0
for call in 1 3 5 8 13 18; do
	ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" \
	    strace -qq -o /dev/null -e trace=fsync,renameat,sendto \
	    -e inject=fsync,renameat,sendto:signal=KILL:when="$call" \
	    "$KMS" activate --state "$RUN/client-killed" \
	    --publisher "$PUB/test.pub" --product "$PUB/product.kms" \
	    --identity killed -H "127.0.0.1:$PORT" >/dev/null 2>&1
	run killed status
	[ "$STATUS" -eq 1 ] && break
	n=$((n + 1))
done
is "killed at system calls, the state can be read" "$n" 6
run killed activate -H "127.0.0.1:$PORT"
is "and the next activation is granted" "$STATUS" 0

# An ordinary user looks; nothing is written.
if as_root; then
	is "an ordinary user sees the licence" "$(setpriv --reuid nobody \
	    --regid nogroup --clear-groups "$KMS" status \
	    --state "$RUN/client-3" --publisher "$PUB/test.pub" \
	    --product "$PUB/product.kms" --identity "machine 3" 2>&1 |
	    grep ^state)" "state       licensed"
else
	skip "an ordinary user sees the licence" "runs as that user"
fi

# Another machine's state.
"$KMS" status --state "$RUN/client-3" --publisher "$PUB/test.pub" \
    --product "$PUB/product.kms" --identity "machine 4" >"$RUN/out" 2>&1
is "on other hardware it exits 4" "$?" 4
contains "and is in oot-grace" "$RUN/out" "state       oot-grace"

stop_kmsd
run 3 renew --force -H "127.0.0.1:$PORT" -H "[::1]:$PORT"
is "without a host, exit 2" "$STATUS" 2
contains "the first host is named" "$RUN/err" "127.0.0.1:$PORT: "
contains "the second host is named" "$RUN/err" "[::1]:$PORT: "
contains "with its code" "$RUN/err" "no-host 0xC004F074"
contains "and advice" "$RUN/err" "Check the name of the host"
check "nobody has said anything unverified" \
    sh -c "! grep -q unverified '$RUN/err'"
run 3 status
is "a grant outlives its host" "$STATUS" 0

# Usage.
"$KMS" activate >"$RUN/out" 2>&1
is "without product and publisher, exit 1" "$?" 1
run 3 activate
is "activate with no host named exits 1" "$STATUS" 1
contains "and says how one is named" "$RUN/err" "name one with -H HOST"
run 3 renew --force
is "so does a renewal that asks" "$STATUS" 1
run 3 renew
is "one that asks nobody needs none" "$STATUS" 0
run 3 explode
is "an unknown command exits 1" "$STATUS" 1
run 3 status --timeout 61
is "a timeout out of range exits 1" "$STATUS" 1
"$KMS" status --publisher "$PUB/issuer.pub" --product "$PUB/product.kms" \
    --state "$RUN/client-3" >"$RUN/out" 2>&1
is "another publisher's key exits 1" "$?" 1
contains "and says so" "$RUN/out" "kms-product"
head -c 300 "$PUB/product.kms" >"$RUN/cut.kms"
"$KMS" status --publisher "$PUB/test.pub" --product "$RUN/cut.kms" \
    >"$RUN/out" 2>&1
is "a product's document that is cut exits 1" "$?" 1
tap_end
