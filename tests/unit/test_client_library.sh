#!/bin/sh
# What libkmsclient offers and needs, its header, and the
# example in kmsclient(3), which is compiled as it stands there.  Run in the
# folder of the build.
n=0
failed=0
library=.libs/libkmsclient.so
: "${TOP_SRCDIR:=.}" "${CC:=cc}"

result() { # ok|not ok, text
	n=$((n + 1))
	echo "$1 $n - $2"
	[ "$1" = ok ] || failed=$((failed + 1))
}

check() { # text, command
	text=$1
	shift
	if out=$("$@" 2>&1); then
		result ok "$text"
	else
		result "not ok" "$text"
		echo "$out" | sed 's/^/# /'
	fi
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

nm -D --defined-only "$library" | sed 's/.* //; s/@.*//' |
    grep -v '^_' | sort >"$work/offered"
grep -o 'kmsclient_[a-z_]*(' "$TOP_SRCDIR/client/kmsclient.h" |
    tr -d '(' | sort -u >"$work/declared"
sort "$TOP_SRCDIR/client/kmsclient.sym" >"$work/listed"
check "it offers what its header declares" \
    diff "$work/listed" "$work/offered"
check "the header declares each of them" sh -c \
    'while read -r f; do grep -q "$f(" "$1" || { echo "$f"; exit 1; }
    done <"$2"' sh "$TOP_SRCDIR/client/kmsclient.h" "$work/listed"
check "kmsclient(3) names each of them" sh -c \
    'while read -r f; do grep -q "^.Fn $f " "$1" || { echo "$f"; exit 1; }
    done <"$2"' sh "$TOP_SRCDIR/man/kmsclient.3" "$work/listed"

# Instrumented builds call what they like.
nm -D --undefined-only "$library" | sed 's/.* U //; s/@.*//' >"$work/needed"
if grep -q '^__asan\|^__ubsan' "$work/needed"; then
	echo "# instrumented: what it needs is not looked at"
else
	check "it never exits, prints, or forks" sh -c \
	    '! grep -E "^(_?exit|abort|v?f?printf|puts|perror|fork|syslog)$|^(__v?f?printf_chk)$" "$1"' \
	    sh "$work/needed"
	# Eight bytes of each are the compiler's own.
	readelf -SW "$library" | sed 's/^ *\[ *[0-9]*\] *//' |
	    awk '$1 == ".data" || $1 == ".bss" { print $1, $5 }' \
	    >"$work/sections"
	check "it has no data that can change" sh -c \
	    '! grep -v " 00000[08]$" "$1"' \
	    sh "$work/sections"
fi
check "the control: it connects" grep -q '^connect$' "$work/needed"
check "libevent and sqlite are not needed" sh -c \
    '! readelf -d "$1" | grep NEEDED | grep -E "event|sqlite"' sh "$library"
check "its soname has a version" sh -c \
    'readelf -d "$1" | grep -q "SONAME.*libkmsclient\.so\.[0-9]"' \
    sh "$library"
cp "$TOP_SRCDIR/client/kmsclient.h" "$work"
sed -n '/^.Bd -literal$/,/^.Ed$/{/^\.[BE]d/d;s/\\e/\\/g;p;}' \
    "$TOP_SRCDIR/man/kmsclient.3" >"$work/example.c"
check "the example in kmsclient(3) is there" grep -q may_run \
    "$work/example.c"
check "the example compiles" $CC -Wall -Wextra -Werror -Wno-missing-prototypes \
    -I"$work" -c -o "$work/example.o" "$work/example.c"
echo '#include <kmsclient.h>' >"$work/alone.c"
check "the header stands alone, as C99" $CC -std=c99 -pedantic -Wall -Wextra \
    -Werror -I"$work" -c -o "$work/alone.o" "$work/alone.c"
check "the size of the status is fixed" $CC -I"$work" -fsyntax-only -x c - <<EOF
#include <kmsclient.h>
_Static_assert(sizeof(struct kmsclient_status) == 1056, "changed");
EOF
echo "1..$n"
[ "$failed" -eq 0 ]
