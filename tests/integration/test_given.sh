#!/bin/sh
# Sockets that a service manager made, on a machine without IPv6.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/python.sh"

make_conf
echo "listen on :: port $PORT" >>"$CONF"
make_state

# What the manager does, and then becomes kmsd: its descriptor 3 listens.
cat >"$RUN/manager" <<-EOF
	#!$PYTHON
	import os, socket, sys
	s = socket.socket()
	s.bind(("127.0.0.1", $PORT))
	s.listen()
	os.dup2(s.fileno(), 3)
	os.set_inheritable(3, True)
	os.environ["LISTEN_PID"] = str(os.getpid())
	os.environ["LISTEN_FDS"] = "1"
	os.execv("$KMSD", ["$KMSD"] + sys.argv[1:])
EOF
chmod 755 "$RUN/manager"
KMSD=$RUN/manager
start_serving
contains "it says what the manager left out" "$LOG" \
    "not listening on :: port $PORT"
ctl show host >"$RUN/out" 2>&1 || bail "$(cat "$RUN/out")"
is "an administrator is shown what it listens on" \
    "$(awk '/^listening/ { $1 = ""; print $0 }' "$RUN/out")" \
    " 127.0.0.1:$PORT"
check "and there it answers" "$PYTHON" -c "import socket
socket.create_connection(('127.0.0.1', $PORT), $WAIT)"
stop_kmsd
is "it stops in order" "$STATUS" 0
tap_end
