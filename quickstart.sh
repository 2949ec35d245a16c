#!/bin/sh
# Shows kmsd at work: installs what is missing, builds, makes a throw-away
# publisher with a product whose threshold is 5, starts a host, and activates
# clients.  Everything stays in ./run, but for packages and, as root, the users
# of dist/kmsd.sysusers.conf.
#
#	./quickstart.sh		starts (again, from nothing)
#	./quickstart.sh stop	stops the host
#	./quickstart.sh clean	stops it and removes ./run
set -eu
cd "$(dirname "$0")"
top=$PWD
run=$top/run
prefix=$run/installed
host=$run/host
pub=$run/publisher
clients=8
threshold=5

say() {
	if [ -t 1 ]; then
		printf '\n\033[1m%s\033[0m\n' "$*"
	else
		printf '\n== %s\n' "$*"
	fi
}

stop_host() {
	[ -f "$run/kmsd.pid" ] || return 0
	pid=$(cat "$run/kmsd.pid")
	# Only what we started: the pid may be somebody else's by now.
	if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null |
	    grep -qF "kmsd -d -f $run/kmsd.conf"; then
		kill "$pid"
		n=0
		while [ -e "/proc/$pid" ] && [ "$n" -lt 100 ]; do
			sleep 0.1
			n=$((n + 1))
		done
		echo "stopped kmsd, pid $pid"
	fi
	rm -f "$run/kmsd.pid"
}

case ${1-} in
'') ;;
stop)
	stop_host
	exit 0
	;;
clean)
	stop_host
	rm -rf "$run"
	exit 0
	;;
*)
	echo "usage: quickstart.sh [stop|clean]" >&2
	exit 2
	;;
esac

./build-aux/packages.sh build
./build-aux/users.sh
stop_host
rm -rf "$host" "$pub" "$run"/client-* "$run"/request.kms "$run"/host.kms
mkdir -p "$run/build" "$pub"

if [ ! -x "$prefix/sbin/kmsd" ] || [ -n "${REBUILD-}" ] ||
    [ -n "$(find . -path ./run -prune -o -name '*.[chy]' -newer \
	"$prefix/sbin/kmsd" -print -quit)" ]; then
	say "Building (the log is run/build.log)"
	{
		[ -x configure ] || ./autogen.sh
		cd "$run/build"
		[ -f Makefile ] || "$top/configure" -q --prefix="$prefix"
		make -s -j"$(getconf _NPROCESSORS_ONLN)"
		make -s install
	} >"$run/build.log" 2>&1 || {
		tail -n 30 "$run/build.log" >&2
		exit 1
	}
	cd "$top"
fi
PATH=$prefix/bin:$prefix/sbin:$PATH

say "The publisher: keys, a product with threshold $threshold"
(
	cd "$pub"
	kmspub keygen -n -p demo.pub -s demo.sec
	kmspub issuer -n -p issuer.pub -s issuer.sec
	kmspub product new -p demo.pub -i issuer.pub -n "Demo Draw" \
	    -f demo-draw -t "$threshold" -o draw.txt
	kmspub product sign -s demo.sec -m draw.txt -x draw.kms
	kmspub product check -p demo.pub draw.kms |
	    grep -E '^(product|name|family|threshold|validity|renew) '
)

say "The host: folders, key, empty log"
mkdir -p "$host"
port=${PORT:-1688}
while grep -q "$(printf ':%04X ' "$port")" /proc/net/tcp /proc/net/tcp6 \
    2>/dev/null; do
	port=$((port + 1))
done
cat >"$run/kmsd.conf" <<EOF
directory "$host"
listen on 127.0.0.1 port $port
EOF
chmod 640 "$run/kmsd.conf"
kmsctl -f "$run/kmsd.conf" init
cp "$pub/demo.pub" "$host/publisher/"

: >"$run/kmsd.log"
kmsd -d -f "$run/kmsd.conf" >>"$run/kmsd.log" 2>&1 &
echo $! >"$run/kmsd.pid"
n=0
until grep -q 'serving, generation' "$run/kmsd.log"; do
	if ! kill -0 "$(cat "$run/kmsd.pid")" 2>/dev/null ||
	    [ "$n" -ge 100 ]; then
		cat "$run/kmsd.log" >&2
		exit 1
	fi
	sleep 0.1
	n=$((n + 1))
done
cat "$run/kmsd.log"

say "The host asks to be certified, the publisher certifies it"
ctl() {
	kmsctl -f "$run/kmsd.conf" "$@"
}
ctl activate --offline "$run/request.kms"
kmspub host certify -s "$pub/issuer.sec" -p "$pub/demo.pub" \
    -c "$pub/draw.kms" -x "$run/host.kms" "$run/request.kms"
ctl install "$pub/draw.kms"
ctl install "$run/host.kms"

# client NUMBER COMMAND: each has a state and an identity of its own.
client() {
	kms "$2" -H "127.0.0.1:$port" --state "$run/client-$1" \
	    --publisher "$pub/demo.pub" --product "$pub/draw.kms" \
	    --identity "demo machine $1"
}

say "$clients clients ask, one after the other"
i=1
while [ "$i" -le "$clients" ]; do
	echo "client $i:"
	client "$i" activate || :
	i=$((i + 1))
done

say "Those that were refused ask again"
i=1
while [ "$i" -lt "$threshold" ]; do
	echo "client $i:"
	client "$i" activate
	i=$((i + 1))
done

say "What the host says of itself (kmsctl show)"
ctl show
ctl show machines

say "The newest entry of the audit log"
ctl audit show -n 1

cat <<EOF

kmsd runs on 127.0.0.1 port $port, pid $(cat "$run/kmsd.pid"), log run/kmsd.log.

Stop it:        ./quickstart.sh stop     (and remove all of it: clean)
Look at it:     PATH=$prefix/bin:$prefix/sbin:\$PATH
                kmsctl -f $run/kmsd.conf show sandbox
                kmsctl -f $run/kmsd.conf audit show
Verify its log: ./quickstart.sh stop
                kmsctl -f $run/kmsd.conf audit verify
Read on:        README.md, man -l man/kmsd.8
EOF
