#!/bin/sh
# The host key may come from the directory that a service manager made.
. "${0%/*}/lib.sh"

make_conf
make_state
mkdir -m 700 "$RUN/credentials"
CREDENTIALS_DIRECTORY=$RUN/credentials
export CREDENTIALS_DIRECTORY

# refuses DESCRIPTION TEXT
refuses() {
	new_log
	start_kmsd
	wait_for "$WAIT" gone "$KMSD_PID" || kill -TERM "$KMSD_PID"
	wait "$KMSD_PID"
	is "$1: exit status" $? 1
	contains "$1: the reason" "$LOG" "$2"
}

start_serving
check "without a credential the host's own key serves" \
    sh -c "! grep -q 'is the credential' '$LOG'"
stop_kmsd

mv "$STATE/host.key" "$RUN/credentials/host.key"
new_log
start_serving
contains "with one, that serves" "$LOG" \
    "the host key is the credential $RUN/credentials/host.key"
cp "$RUN/host.pub" "$STATE/host.pub"
kill -KILL "$(child_pid activator)"
check "the next generation has it too" \
    wait_for "$WAIT" logged ": serving, generation 2"
stop_kmsd
is "the host stops" "$STATUS" 0
verify() {
	"$KMSCTL" -f "$CONF" audit verify "$@" >"$RUN/verify" 2>&1
}
check "the log is verified without it, by the public key" verify
contains "which is said" "$RUN/verify" "salts are not checked"
check "and with it" verify --host-key "$RUN/credentials/host.key"
check "without a word" sh -c "! grep -q 'not checked' '$RUN/verify'"
mv "$STATE/host.pub" "$RUN/public"
check "without either it is not" sh -c "! '$KMSCTL' -f '$CONF' audit verify \
    >'$RUN/verify' 2>&1"
contains "and the file is named" "$RUN/verify" "$STATE/host.key"

chmod 644 "$RUN/credentials/host.key"
refuses "one that all can read" "mode 0644; chmod it to 0600"
chmod 600 "$RUN/credentials/host.key"
mv "$RUN/credentials/host.key" "$RUN/elsewhere"
ln -s "$RUN/elsewhere" "$RUN/credentials/host.key"
refuses "a link" "$RUN/credentials/host.key"
CREDENTIALS_DIRECTORY=credentials
refuses "a relative path" "CREDENTIALS_DIRECTORY: not an absolute path"
unset CREDENTIALS_DIRECTORY
refuses "no key at all" "put it back"
tap_end
