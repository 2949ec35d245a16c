#!/bin/sh
# Documents that are wrong in one thing each: what kmsctl install says, that
# nothing changes, and that the same processes go on.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"
. "${0%/*}/python.sh"

make_host
start_serving
{
	ctl activate --offline "$RUN/request.kms" &&
	"$KMSPUB" host certify -s "$PUB/issuer.sec" -p "$PUB/test.pub" \
	    -c "$PUB/product.kms" -x "$RUN/host.kms" "$RUN/request.kms"
} >"$RUN/certify.log" 2>&1 || bail "$(cat "$RUN/certify.log")"
relay baddocuments.py empty
check "the right product is taken" ctl install "$PUB/product.kms"
check "the right certificate is taken" ctl install "$RUN/host.kms"
relay baddocuments.py full
ctl show documents >"$RUN/before"
stop_kmsd
is "kmsd stops in order" "$STATUS" 0
again
ctl show documents >"$RUN/after"
check "and comes back with the same documents" \
    cmp "$RUN/before" "$RUN/after"
tap_end
