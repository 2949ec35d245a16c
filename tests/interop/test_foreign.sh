#!/bin/sh
# The vectors under code that is not kmsd's: a client in Python that was
# written from doc/protocol.md alone, signify, and Go's packages for signed
# notes and logs.  Ends with how many of these agree with kmsd in everything.
set -u
SRC=${TOP_SRCDIR:-$(cd "${0%/*}/../.." && pwd)}
TMP=$(mktemp -d "${TMPDIR:-/tmp}/kmsd-interop.XXXXXX") || exit 1
trap 'rm -rf "$TMP"' EXIT
trap 'exit 1' INT TERM HUP
. "$SRC/tests/interop/lib.sh"
VECTORS=$SRC/tests/vectors/protocol.json
n=0
began=$(date +%s)

# tally ok|"not ok" NAME: what became of a check, for the figures.
tally() {
	echo "$1 $2" >>"$TMP/tally"
}

# Of signify, Go and Python how many agree in every check of theirs, how many
# checks there were, and how many of them refuse what they must.
figures() {
	verifiers=0
	agree=0
	for tool in signify Go python; do
		grep -qE "^(not )?ok $tool[: ]" "$TMP/tally" || continue
		verifiers=$((verifiers + 1))
		grep -q "^not ok $tool[: ]" "$TMP/tally" ||
		    agree=$((agree + 1))
	done
	echo "# verifiers: verifiers=$verifiers agree=$agree" \
	    "checks=$(grep -cE '^ok (signify|Go|python)[: ]' "$TMP/tally")" \
	    "control=$(grep -cE '^ok .*refuses[ _]' "$TMP/tally")" \
	    "seconds=$(($(date +%s) - began))"
}

check() {
	n=$((n + 1))
	name=$1
	shift
	if "$@" >"$TMP/out" 2>&1; then
		echo "ok $n - $name"
		tally ok "$name"
	else
		sed 's/^/# /' "$TMP/out"
		echo "not ok $n - $name"
		tally "not ok" "$name"
	fi
}

refused() {
	! "$@"
}

# A file for each text in the vectors.
unpack() {
	"$PYTHON" -c '
import json, sys
for key, value in json.load(open(sys.argv[1], encoding="utf-8")).items():
    if isinstance(value, str):
        with open(sys.argv[2] + "/" + key, "w", encoding="utf-8",
                  newline="") as file:
            file.write(value)
' "$VECTORS" "$TMP"
}

# The client's own tests count one by one.
python_tests() {
	"$PYTHON" "$SRC/tests/interop/test_vectors.py" "$VECTORS" \
	    >"$TMP/python" 2>&1
	grep -q '^1\.\.' "$TMP/python" ||
	    echo "not ok 1 - the Python tests begin" >>"$TMP/python"
	sed -n 's/^\(ok\|not ok\) [0-9]* - /\1 - /p; /^#/p' "$TMP/python" \
	    >"$TMP/results"
	while IFS= read -r line; do
		case $line in
		'#'*)
			echo "$line"
			continue
			;;
		esac
		n=$((n + 1))
		echo "${line%% - *} $n - python: ${line#* - }"
		tally "${line%% - *}" "python: ${line#* - }"
	done <"$TMP/results"
}

check "python3 with PyNaCl is here" find_python
check "signify is here" find_signify
check "Go and golang.org/x/mod are here" build_verify
check "the vectors unpack" unpack
python_tests

public_key "$(value issuer "$TMP/product")" "$TMP/issuer.pub"
public_key "$(value host "$TMP/host")" "$TMP/host.pub"
check "signify verifies the kms-product" \
    signify_verifies "$TMP/publisher_pub" "$TMP/product" kms-product
check "signify verifies the kms-revocation" \
    signify_verifies "$TMP/publisher_pub" "$TMP/revocation" kms-revocation
check "signify verifies the kms-host" \
    signify_verifies "$TMP/issuer.pub" "$TMP/host" kms-host
check "signify verifies the kms-seal" \
    signify_verifies "$TMP/host.pub" "$TMP/seal" kms-seal
check "signify verifies the kms-host-request" \
    signify_verifies "$TMP/host.pub" "$TMP/host_request" kms-host-request

check "Go verifies checkpoint and grant" "$VERIFY" -key "$TMP/host.pub" \
    -checkpoint "$TMP/checkpoint" "$TMP/grant"
check "Go refuses another host's key" refused "$VERIFY" \
    -key "$TMP/publisher_pub" -checkpoint "$TMP/checkpoint"
sed 's/^count 6$/count 7/' "$TMP/grant" >"$TMP/changed"
check "Go refuses a changed entry" refused "$VERIFY" -key "$TMP/host.pub" \
    "$TMP/changed"
sed 's/^index 5$/index 4/' "$TMP/grant" >"$TMP/changed"
check "Go refuses another index" refused "$VERIFY" -key "$TMP/host.pub" \
    "$TMP/changed"
figures
echo "1..$n"
