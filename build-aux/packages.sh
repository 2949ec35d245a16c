#!/bin/sh
# Installs what is missing to build kmsd (build), or also to test it (test),
# with Debian's package manager.  Says what it installs; an ordinary user is
# told what to ask the administrator for.
set -eu

build='gcc make autoconf automake libtool pkg-config byacc libc6-dev
    libbsd-dev libevent-dev libsodium-dev libsqlite3-dev'
test='clang clang-format libclang-rt-dev libcmocka-dev mandoc signify-openbsd
    strace sqlite3 python3 python3-nacl golang-go golang-golang-x-mod-dev
    util-linux procps binutils iproute2 systemd'

case ${1-} in
build) want=$build ;;
test) want="$build $test" ;;
*)
	echo "usage: packages.sh build|test" >&2
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null; then
	echo "packages.sh: this is not Debian; install by hand:" $want >&2
	exit 0
fi

missing=
for p in $want; do
	case $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) in
	installed) ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "packages.sh: these packages are missing; as root, run:" >&2
	echo "    apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
install_missing() {
	apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
# The lists of a fresh machine are empty or old.
install_missing 2>/dev/null || { apt-get update -qq && install_missing; }
