# What the tests with foreign tools share; $SRC is the top of the source and
# $TMP a folder of the test's own.

# The python3 that has PyNaCl; Debian's, where another stands before it in PATH.
find_python() {
	for find_python_one in /usr/bin/python3 python3; do
		if "$find_python_one" -c 'import nacl.bindings' 2>/dev/null
		then
			PYTHON=$find_python_one
			PYTHONDONTWRITEBYTECODE=1
			export PYTHONDONTWRITEBYTECODE
			return
		fi
	done
	return 1
}

# find_signify: signify, under whichever name it is installed.
find_signify() {
	SIGNIFY=$(command -v signify-openbsd || command -v signify)
}

# build_verify: verify.go with Debian's golang.org/x/mod, below $TMP.
build_verify() {
	VERIFY=$TMP/verify
	for build_verify_go in "$(command -v go)" /usr/bin/go; do
		[ -x "$build_verify_go" ] || continue
		env -u GOFLAGS -u GOROOT HOME="$TMP" GO111MODULE=off \
		    GOPATH=/usr/share/gocode GOCACHE="$TMP/gocache" \
		    GOTOOLCHAIN=local CGO_ENABLED=0 "$build_verify_go" build \
		    -o "$VERIFY" "$SRC/tests/interop/verify.go" && return
	done
	return 1
}

# signify_verifies PUBLIC DOCUMENT TYPE: the signature holds, the message is
# of that type, and the same document with a byte more is refused.
signify_verifies() {
	"$SIGNIFY" -V -e -p "$1" -x "$2" -m "$TMP/message" >/dev/null &&
	    [ "$(head -n 1 "$TMP/message")" = "$3 1" ] || return 1
	{ cat "$2"; echo "x-more y"; } >"$TMP/longer"
	! "$SIGNIFY" -V -e -p "$1" -x "$TMP/longer" -m "$TMP/message" \
	    >/dev/null 2>&1
}

# public_key BASE64 FILE: a signify public key file of a key in a message.
public_key() {
	printf 'untrusted comment: from a message\n%s\n' "$1" >"$2"
}

# value KEY FILE...: the values of a key in messages.
value() {
	value_key=$1
	shift
	sed -n "s/^$value_key //p" "$@"
}
