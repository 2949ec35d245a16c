#!/bin/sh
# What each child is linked with, and so could do without any confinement:
# the listener signs nothing and has no database, the store has no network and
# no secret-key function.  Run in the folder of the build.
n=0
failed=0

result() { # ok|not ok, text
	n=$((n + 1))
	echo "$1 $n - $2"
	[ "$1" = ok ] || failed=$((failed + 1))
}

symbols() { # program
	nm -Du "kmsd-$1" | sed 's/.* U //; s/@.*//'
}

lacks() { # program, extended expression
	found=$(symbols "$1" | grep -E "^($2)\$" | tr '\n' ' ')
	[ -z "$found" ] || echo "# kmsd-$1 needs $found"
	[ -z "$found" ] && result ok "kmsd-$1 lacks $2" ||
		result "not ok" "kmsd-$1 lacks $2"
}

# The control: a search that finds nothing anywhere would pass all others.
has() {
	symbols "$1" | grep -qE "^($2)\$" && result ok "kmsd-$1 has $2" ||
		result "not ok" "kmsd-$1 has $2"
}

without() { # program, library
	if ldd "kmsd-$1" | grep -q "$2"; then
		result "not ok" "kmsd-$1 is without $2"
	else
		result ok "kmsd-$1 is without $2"
	fi
}

position_independent() {
	if readelf -h "kmsd-$1" | grep -q 'Type:.*DYN'; then
		result ok "kmsd-$1 is position independent"
	else
		result "not ok" "kmsd-$1 is position independent"
	fi
}

clients='socket|socketpair|connect|bind|getaddrinfo'
network="$clients|listen|accept|accept4"
secret='crypto_(sign|box|secretbox|scalarmult).*|sodium_malloc'

has listener accept4
has activator crypto_sign_detached
has store sqlite3_open_v2
lacks listener "sqlite3_.*|crypto_.*|sodium_.*"
lacks listener "$clients"
lacks activator "$network|sqlite3_.*"
lacks store "$network|$secret"
lacks control "$clients|sqlite3_.*|$secret"
without listener libsodium
without listener libsqlite3
without activator libsqlite3
without control libsqlite3
for child in listener activator store control; do
	lacks $child 'fork|vfork|exec.*|posix_spawn.*|system|popen|syslog'
	position_independent $child
done
echo "1..$n"
[ "$failed" -eq 0 ]
