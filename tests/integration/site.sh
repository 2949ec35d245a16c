# A whole site for tests that activate: publisher, product, certified host.
# Read after lib.sh.  The publisher's files stand in $PUB, the load generator
# is $KMSBENCH.

PUB=$RUN/publisher
KMS=$PREFIX/bin/kms
KMSPUB=$PREFIX/bin/kmspub
KMSBENCH=${KMSBENCH:-}

# ctl COMMAND...: kmsctl for the test's host.
ctl() {
	"$KMSCTL" -f "$CONF" "$@"
}

# make_publisher THRESHOLD
make_publisher() {
	mkdir "$PUB" || bail "no folder for the publisher"
	{
		"$KMSPUB" keygen -n -p "$PUB/test.pub" -s "$PUB/test.sec" &&
		"$KMSPUB" issuer -n -p "$PUB/issuer.pub" \
		    -s "$PUB/issuer.sec" &&
		"$KMSPUB" product new -p "$PUB/test.pub" \
		    -i "$PUB/issuer.pub" -n "Test product" -f test \
		    -t "$1" -o "$PUB/product.txt" &&
		"$KMSPUB" product sign -s "$PUB/test.sec" \
		    -m "$PUB/product.txt" -x "$PUB/product.kms"
	} >"$RUN/publisher.log" 2>&1 ||
		bail "no publisher: $(cat "$RUN/publisher.log")"
}

# certify_host: request, certificate, both documents installed.
certify_host() {
	{
		ctl activate --offline "$RUN/request.kms" &&
		"$KMSPUB" host certify -s "$PUB/issuer.sec" \
		    -p "$PUB/test.pub" -c "$PUB/product.kms" \
		    -x "$RUN/host.kms" "$RUN/request.kms" &&
		ctl install "$PUB/product.kms" &&
		ctl install "$RUN/host.kms"
	} >"$RUN/certify.log" 2>&1 ||
		bail "no certificate: $(cat "$RUN/certify.log")"
}

# make_site THRESHOLD [LINE...]: all of it, with further lines of kmsd.conf;
# the host runs and is certified when this returns.
make_site() {
	make_publisher "$1"
	shift
	make_conf "$@"
	ctl init >"$RUN/init.log" 2>&1 || bail "init: $(cat "$RUN/init.log")"
	cp "$PUB/test.pub" "$STATE/publisher/"
	start_serving
	certify_host
}

# client NAME COMMAND...: kms of a machine of this name.
client() {
	client_name=$1
	client_command=$2
	shift 2
	"$KMS" "$client_command" --state "$RUN/client-$client_name" \
	    --publisher "$PUB/test.pub" --product "$PUB/product.kms" \
	    --identity "machine $client_name" "$@"
}

# bench OPTION...: the load generator against the test's host.
bench() {
	[ -x "$KMSBENCH" ] || bail "KMSBENCH names no load generator"
	"$KMSBENCH" -p "$PUB/test.pub" -c "$PUB/product.kms" -P "$PORT" \
	    -D "$RUN" "$@"
}

# start_bench OPTION...: the same in the background; sets BENCH_PID.
start_bench() {
	[ -x "$KMSBENCH" ] || bail "KMSBENCH names no load generator"
	"$KMSBENCH" -p "$PUB/test.pub" -c "$PUB/product.kms" -P "$PORT" \
	    -D "$RUN" "$@" >"$RUN/bench.out" 2>&1 &
	BENCH_PID=$!
	own_pid "$BENCH_PID"
}

# copy_database FOLDER: of the stopped host.
copy_database() {
	rm -rf "$1"
	cp -r "$STATE/db" "$1"
}
