#!/bin/sh
# What a host says that serves and yet gives nothing: its clock is in doubt, or
# a product has no certificate that holds.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"

halt() {
	ctl stop >/dev/null || bail "no stop"
	wait "$KMSD_PID"
}

shows_clock() {
	ctl show host | grep -q "^clock  *$1"
}

make_host
start_serving
certify_host

# --- The clock

check "the clock is not in doubt" wait_for "$WAIT" shows_clock "not in doubt"
is "nor does the log speak of it" "$(grep -c 'the clock' "$LOG")" 0
halt
# As if the clock had been put back by 30 days: the log is of later than now.
db "UPDATE entry SET time = time + 30 * 86400
    WHERE key = (SELECT max(key) FROM entry)"
again
contains "a clock behind the log is said" "$LOG" \
    "and the log's newest entry is of"
contains "and what to do" "$LOG" \
    "set the clock, or kmsctl clock accept if it is right"
check "show host: nothing expires" wait_for "$WAIT" shows_clock \
    "in doubt: nothing expires until kmsctl clock accept"
halt
again
contains "the next start, with a log of that time, is in doubt too" "$LOG" \
    "kmsctl clock accept if it is right"
check "as show host says" wait_for "$WAIT" shows_clock "in doubt"
check "an administrator accepts it" status 0 ctl clock accept
contains "which ends something" "$RUN/out" "machines expire again"
check "as show host says" wait_for "$WAIT" shows_clock "not in doubt"
halt
again
check "and it stays accepted" wait_for "$WAIT" shows_clock "not in doubt"
is "without a word" "$(grep -c 'the clock' "$LOG")" 0

# --- The certificate

# product_shows PATTERN: in the line of the product.
product_shows() {
	ctl show products >"$RUN/out" 2>&1 && grep -q "^Test product.*$1" "$RUN/out"
}

# certify NAME VALIDITY: one more certificate, installed.
certify() {
	rm -f "$RUN/request.kms"
	ctl activate --offline "$RUN/request.kms" >"$RUN/out" 2>&1 &&
	"$KMSPUB" host certify -s "$PUB/issuer.sec" -p "$PUB/test.pub" \
	    -c "$PUB/product.kms" -d "$2" -x "$RUN/$1" "$RUN/request.kms" \
	    >"$RUN/$1.out" 2>&1 &&
	ctl install "$RUN/$1" >"$RUN/out" 2>&1 ||
	    bail "no certificate: $(cat "$RUN/out")"
}

serial_of() {
	sed -n 's/^serial //p' "$1"
}

check "the product is covered" product_shows "  20[0-9-]*T[0-9:]*Z$"
check "to install the certificate again is no harm" status 0 \
    ctl install "$RUN/host.kms"
new_log
"$KMSPUB" revoke -s "$PUB/test.sec" -r 1 -x "$RUN/revoked.kms" \
    "$(serial_of "$RUN/host.kms")=superseded" >"$RUN/out" 2>&1 ||
    bail "no revocation: $(cat "$RUN/out")"
check "its revocation is installed" status 0 ctl install "$RUN/revoked.kms"
check "show: the product has no certificate, and why" product_shows \
    "none: the kms-host is revoked as superseded$"
contains "the log says so" "$LOG" \
    "is not served: the kms-host is revoked as superseded"
contains "and what to do" "$LOG" "make a request with kmsctl activate --offline"
check "to install it again does not help: exit 1" status 1 \
    ctl install "$RUN/host.kms"
contains "which it says" "$RUN/out" \
    "installed already, but the kms-host is superseded"

new_log
certify second.kms 20d
check "another certificate: the product is covered" product_shows \
    "  20[0-9-]*T[0-9:]*Z$"
contains "which ends soon, as the log says" "$LOG" " is served until "
contains "and how to get the next" "$LOG" "kmsctl activate --offline"

new_log
"$KMSPUB" issuer -n -p "$RUN/other.pub" -s "$RUN/other.sec" \
    >"$RUN/out" 2>&1 || bail "no issuer: $(cat "$RUN/out")"
other=$(sed -n 2p "$RUN/other.pub")
sed -e 's/^revision .*/revision 2/' \
    -e "s|^issuer [^ ]*|issuer $other|" "$PUB/product.txt" >"$RUN/product.txt"
"$KMSPUB" product sign -s "$PUB/test.sec" -m "$RUN/product.txt" \
    -x "$RUN/product.kms" >"$RUN/out" 2>&1 ||
    bail "no revision 2: $(cat "$RUN/out")"
check "a revision with another issuer is installed" status 0 \
    ctl install "$RUN/product.kms"
check "show: the product has no certificate, and why" product_shows \
    "none: the kms-product names no issuer that signed the kms-host$"
contains "the log says so" "$LOG" \
    "the kms-product names no issuer that signed the kms-host"
halt
again
contains "and again at the next start" "$LOG" \
    "the kms-product names no issuer that signed the kms-host"
halt
tap_end
