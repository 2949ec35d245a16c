# Tests whose work is done in Python, with PyNaCl.  Read after site.sh.

HERE=$(cd "${0%/*}" && pwd)
. "$HERE/../interop/lib.sh"
find_python || bail "there is no python3 with PyNaCl"

# relay PROGRAM [STAGE]: its lines "ok TEXT" and "not ok TEXT" become tests,
# all others remarks; it must end with 0.
relay() {
	relay_name=$1
	shift
	"$PYTHON" "$HERE/$relay_name" --port "$PORT" --pub "$PUB" \
	    --log "$LOG" --kmsctl "$KMSCTL" --conf "$CONF" \
	    --parent "$KMSD_PID" "$@" >"$RUN/relay" 2>&1
	relay_status=$?
	while IFS= read -r relay_line; do
		case $relay_line in
		"ok "*) ok "${relay_line#ok }" ;;
		"not ok "*) not_ok "${relay_line#not ok }" ;;
		*) diag "$relay_line" ;;
		esac
	done <"$RUN/relay"
	is "$relay_name comes to its end" "$relay_status" 0
}
