#!/bin/sh
# What the installed programs are linked with, and so could do without any
# confinement; and the hardening of each.
. "${0%/*}/lib.sh"
! is_sanitized || skip_all "sanitizers link what the product does not"

LIB=$(find "$PREFIX/lib" -name 'libkmsclient.so.*' -type f | head -n 1)

# path NAME: of an installed program, or of the client's library.
path() {
	case $1 in
	kmsd | kmsctl) echo "$PREFIX/sbin/$1" ;;
	kms | kmspub) echo "$PREFIX/bin/$1" ;;
	libkmsclient) echo "$LIB" ;;
	*) echo "$CHILD_DIR/$1" ;;
	esac
}

# needs NAME EXPRESSION: the undefined symbols that match.
needs() {
	nm -D -u "$(path "$1")" | sed 's/.* U //; s/.* w //; s/@.*//' |
	    grep -xE "$2" | tr '\n' ' '
}

lacks() {
	is "$1 lacks $2" "$(needs "$1" "$2")" ""
}

# The control: a search that finds nothing anywhere would pass all others.
has() {
	check "$1 has $2" test -n "$(needs "$1" "$2")"
}

# without NAME LIBRARY, with NAME LIBRARY: anywhere below it.
without() {
	check "$1 is without $2" sh -c "! ldd '$(path "$1")' | grep -F '$2'"
}

with() {
	check "$1 is with $2" sh -c "ldd '$(path "$1")' | grep -F '$2'"
}

sodium='crypto_.*|sodium_.*|randombytes.*'
sqlite='sqlite3_.*'
secret='crypto_(sign|box|secretbox|scalarmult).*'
network='socket|connect|bind|listen|accept4?|getaddrinfo|gethostby.*'

with kmsd-activator libsodium
with kmsd-store libsqlite3
has kmsd-listener accept4
has kmsd-activator crypto_sign_detached
has kmsd-store sqlite3_open_v2
has libkmsclient connect

lacks kmsd-listener "$sodium|$sqlite"
without kmsd-listener libsodium
without kmsd-listener libsqlite3
lacks kmsd-store "$network|$secret"
lacks kmsd-activator "$sqlite|$network"
without kmsd-activator libsqlite3
lacks kmsd-control "$sqlite|$secret|connect|bind|getaddrinfo"
without kmsd-control libsqlite3
lacks kmsd "$sodium|$sqlite"
without kmsd libsodium
without kmsd libsqlite3
lacks kmsctl "$sqlite"
without kmsctl libsqlite3
for program in kms libkmsclient kmspub; do
	lacks $program "$sqlite"
	without $program libsqlite3
done
is "libkmsclient needs only these libraries" \
    "$(readelf -d "$LIB" | sed -n 's/.*NEEDED.*\[\(.*\)\.so.*/\1/p' |
    grep -vxE 'libc|libsodium|libbsd' | tr '\n' ' ')" ""
is "libkmsclient exports only kmsclient_*" \
    "$(nm -D --defined-only "$LIB" | awk '{ print $3 }' |
    grep -v '^kmsclient_' | tr '\n' ' ')" ""
check "and does export some" \
    sh -c "nm -D --defined-only '$LIB' | grep -q ' kmsclient_open'"
lacks libkmsclient 'exit|_exit|abort|printf|puts|err|errx|warn|warnx|syslog'

# hardened NAME: as readelf sees it.
hardened() {
	readelf -hldW "$(path "$1")" >"$RUN/elf"
	check "$1 is position independent" \
	    grep -qE 'Type: +DYN' "$RUN/elf"
	check "$1 has its relocations read-only" grep -q GNU_RELRO "$RUN/elf"
	check "$1 is bound at the start" \
	    grep -qE '\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW' "$RUN/elf"
	is "$1 has no executable stack" \
	    "$(awk '$1 == "GNU_STACK" { print $7 }' "$RUN/elf")" RW
	is "$1 names no folder for libraries but the prefix's" \
	    "$(sed -n 's/.*(R[UN]*PATH).*\[\(.*\)\]$/\1/p' "$RUN/elf" |
	    grep -vx "$PREFIX/lib")" ""
	has "$1" __stack_chk_fail
}

for program in kmsd kmsd-listener kmsd-activator kmsd-store kmsd-control \
    kmsctl kms libkmsclient kmspub; do
	hardened $program
done
tap_end
