# A host that is made step by step, for tests that look at the steps.  Read
# after lib.sh and site.sh.

# make_host [LINE...]: publisher, configuration, and a host that was made.
make_host() {
	make_publisher 2
	make_conf "$@"
	ctl init -n host.example >"$RUN/init.out" 2>&1 ||
	    bail "kmsctl init: $(cat "$RUN/init.out")"
	cp "$PUB/test.pub" "$STATE/publisher/"
}

# new_revision N: a higher revision of the product, as $RUN/product.N.
new_revision() {
	sed "s/^revision .*/revision $1/" "$PUB/product.txt" \
	    >"$RUN/product.$1.txt" &&
	"$KMSPUB" product sign -s "$PUB/test.sec" \
	    -m "$RUN/product.$1.txt" -x "$RUN/product.$1"
}

# status WANTED COMMAND...: the command exits with this; output in $RUN/out.
status() {
	status_wanted=$1
	shift
	"$@" >"$RUN/out" 2>&1
	status_got=$?
	[ "$status_got" -eq "$status_wanted" ] || {
		echo "exit $status_got: $*"
		cat "$RUN/out"
		return 1
	}
}

# db SQL: runs it on the stopped host's database.
db() {
	sqlite3 "$STATE/db/kmsd.db" "$1" || bail "sqlite3: $1"
}

# again: the log begins anew, and the host starts.
again() {
	new_log
	start_serving
}
