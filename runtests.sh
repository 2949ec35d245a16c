#!/bin/sh
# Installs what the tests need, builds kmsd and runs all of its tests: unit
# tests and corpora with gcc and with clang and sanitizers, the integration
# suite as root (when root) and as an ordinary user, with sanitizers and with the
# allocator varied, escapes, hostile siblings and a lying store.  Ends with a line
# "N passed, N failed".  Everything is made below a temporary folder.
#
#	KEEP=1 ./runtests.sh		keeps that folder and says where it is
#	RESULTS=FILE ./runtests.sh	writes what tests/scoreboard reads there
#					too; in the folder it is results.tsv
set -eu
case ${RESULTS-} in
'' | /*) ;;
*) RESULTS=$PWD/$RESULTS ;;
esac
cd "$(dirname "$0")"
top=$PWD
unset CDPATH
# What makes a test do less than all of it.
unset ESCAPES LIES TESTS KILLS HOSTILE_RECORDS HOSTILE_ROLES HOSTILE_BURST

./build-aux/packages.sh test
PATH=$PATH:/usr/sbin:/sbin
export PATH
jobs=$(getconf _NPROCESSORS_ONLN)

# Other users' processes must reach the executables, wherever this is.
work=$(mktemp -d "${TMPDIR:-/tmp}/kmsd-test.XXXXXX")
chmod 755 "$work"
planting=
finish() {
	# They do not hear an interrupt.
	[ -z "$planting" ] || kill $planting
	if [ -n "${KEEP-}" ]; then
		echo "kept: $work"
	else
		rm -rf "$work"
	fi
}
trap finish EXIT
trap 'exit 1' INT TERM

records_file=$work/results.tsv
. "$top/tests/records.sh"
record_run "$top"

# heading TEXT: how long what stood under the last one took.
began=
heading() {
	[ -z "$began" ] || echo "   $(($(date +%s) - began)) s"
	began=$(date +%s)
	echo
	echo "== $1"
}

# say NAME [AS]: a step begins, under a heading; "collect" or "collect_tap" ends
# it.  AS runs its commands as another user.
say() {
	heading "$1"
	record_begin "$@"
}
start=$(date +%s)

# step NAME COMMAND...: one test that is the command's success; shows the end
# of its output when it fails.
step() {
	name=$1
	shift
	say "$name"
	status=0
	"$@" >"$work/step.log" 2>&1 || status=$?
	grep '^# [a-z_]*: [a-z_]*=' "$work/step.log" || :
	record_notes "$work/step.log"
	if [ "$status" -eq 0 ]; then
		record_test PASS "$name"
	else
		tail -n 60 "$work/step.log"
		record_test FAIL "$name"
	fi
	record_end "$status"
	return "$status"
}

# collect DIR STATUS: the results of a "make check" in a build folder.
collect() {
	record_automake "$1"
	record_end "$2"
}

build() {
	dir=$1
	shift
	mkdir -p "$work/$dir"
	(cd "$work/$dir" && "$work/source/configure" -q --enable-werror \
	    --prefix="$work/prefix" "$@" && make -s -j"$jobs")
}

# check NAME DIR: the unit tests of a build.
check() {
	say "$1"
	status=0
	(cd "$work/$2" && make -s -k -j"$jobs" check) >"$work/$2.log" 2>&1 ||
	    status=$?
	[ "$status" -eq 0 ] ||
	    sed -n '/^FAIL\|^ERROR\|\*\*\*/p' "$work/$2.log" | head -n 60
	find "$work/$2" -name '*.trs' | grep -q . ||
	    tail -n 40 "$work/$2.log"
	collect "$work/$2" "$status"
}

# collect_tap NAME FILE [STATUS]: the results of a TAP stream, and its notes;
# shows what failed.  It ends the step.
collect_tap() {
	grep -vE '^ok ' "$2" | grep -E -A 12 '^(not ok|Bail|# Bail|# FAIL)' |
	    head -n 80 || :
	grep '^# [a-z_]*: [a-z_]*=' "$2" || :
	[ -z "${VERBOSE-}" ] || cat "$2"
	record_tap "$2"
	record_end "${3:-0}"
}

# plant SHARE PORT-BASE: every third one of the table's faults, in a process of
# its own.
plant() {
	exec env PORT_BASE="$2" "$top_copy/tests/faults/run.sh" $(awk -v share="$1" '
	    $1 == "fault" && n++ % 3 == share { print $2 }' \
	    "$top_copy/tests/faults/faults") >"$work/faults.$1" 2>&1
}

# faults NAME: plants faults and expects them to be found, three at a time, since
# most wait for hosts that do not come.
faults() {
	say "$1"
	status=0
	planting=
	for share in 0 1 2; do
		plant "$share" $((21000 + 2000 * share)) &
		planting="$planting $!"
	done
	for plant_pid in $planting; do
		wait "$plant_pid" || status=$?
	done
	planting=
	cat "$work"/faults.[0-2] >"$work/faults.log"
	collect_tap "$1" "$work/faults.log" "$status"
}

# as_self COMMAND...; as_user COMMAND...: runs it as who this is; as nobody.
as_self() {
	"$@"
}

as_user() {
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
	    env HOME="$work/home" TMPDIR="$work/home" "$@"
}

# suite NAME AS COMMAND...: a command that prints TAP, as that user.
suite() {
	name=$1
	as=$2
	shift 2
	say "$name" "$as"
	status=0
	"$as" "$@" >"$work/suite.log" 2>&1 || status=$?
	collect_tap "$name" "$work/suite.log" "$status"
}

# suites WHO AS RECORDS: all that needs an installed kmsd, as that user.
suites() {
	suite "integration as $1" "$2" env KMSBENCH="$bench" \
	    "$top_copy/tests/integration/run.sh" "$work/prefix"
	suite "escapes as $1" "$2" \
	    "$top_copy/tests/hostile/test_escapes.sh" "$work/gcc"
	suite "a lying store as $1" "$2" \
	    "$top_copy/tests/hostile/test_liar.sh" "$work/gcc" "$work/prefix"
	suite "hostile siblings as $1" "$2" env HOSTILE_RECORDS="$3" \
	    "$top_copy/tests/hostile/test_siblings.sh" "$work/gcc" \
	    "$work/prefix"
}

# analysed: a build whose compiler also looks for mistakes and counts lines.
analysed() {
	mkdir "$work/analysed" &&
	    (cd "$work/analysed" && "$work/source/configure" -q CC=gcc \
	    CFLAGS="-g -O0 --coverage -fanalyzer" --disable-hardening &&
	    make -j"$jobs") >"$work/analysed.log" 2>&1
}

# format: every source stands as .clang-format has it.
format() {
	find "$top_copy" -name '*.[ch]' ! -name config.h -exec \
	    clang-format --style=file -n -Werror {} +
}

# distribution: what make dist packs is all that a build needs.
distribution() {
	make -s -C "$work/gcc" distdir &&
	    mv "$work/gcc"/kmsd-[0-9]* "$work/packed" &&
	    mkdir "$work/packed/build" && (
		cd "$work/packed/build" && ../configure -q &&
		    make -s -j"$jobs" &&
		    make -s DESTDIR="$work/destdir" install &&
		    test -x "$work/destdir/usr/local/sbin/kmsd"
	)
}

# The source is copied so that a checkout that others cannot read, or that is
# read-only, can be tested.
mkdir "$work/source"
(cd "$top" && tar -cf - --exclude=./.git --exclude=./build --exclude='./build-[!a]*' \
    --exclude=./run .) | (cd "$work/source" && tar -xf -)
top_copy=$work/source
bench=$work/gcc/tests/bench/kmsbench
chmod -R go+rX "$work/source"

ok=1
step "autogen" sh -c "cd '$top_copy' && ./autogen.sh" &&
    step "build with gcc" build gcc CC=gcc &&
    step "install" make -s -C "$work/gcc" install || ok=
if [ -n "$ok" ]; then
	check "unit tests" gcc
	step "man pages" "$top_copy/tests/man.sh" || :
	step "style" format || :
	suite "edits that plant faults" as_self \
	    "$top_copy/tests/faults/run.sh" -n
	step "the distribution builds" distribution || :
	if [ "$(id -u)" -eq 0 ]; then
		suites root as_self 50000
		chown -R nobody "$work/source/tests"
		mkdir -m 700 "$work/home"
		chown nobody "$work/home"
		suites "a user" as_user 10000
	else
		suites "a user" as_self 50000
	fi
	suite "integration with the allocator varied" as_self \
	    env KILLS=10 KMSBENCH="$bench" "$top_copy/tests/malloc/run.sh" \
	    "$work/prefix" "$work/gcc/tests/malloc/vary"
fi
[ -z "$ok" ] || faults "planted faults"
if step "build with clang, ASan and UBSan" build clang CC=clang \
    --enable-sanitizers --disable-hardening --prefix="$work/sanitized"; then
	check "unit tests under sanitizers" clang
	suite "planted mistakes under sanitizers" as_self \
	    "$top_copy/tests/sanitize/test_planted.sh" "$work/clang"
	if step "install with sanitizers" make -s -C "$work/clang" install; then
		suite "integration under sanitizers" as_self \
		    env KILLS=10 KMSBENCH="$bench" \
		    "$top_copy/tests/integration/run.sh" "$work/sanitized"
	fi
fi
if step "build for the analyser and coverage" analysed; then
	step "findings of the analyser" "$top_copy/tests/analyser.sh" \
	    "$work/analysed.log" || :
	suite "coverage" as_self "$top_copy/tests/coverage.sh" "$work/analysed"
fi
if step "build the fuzzers" build fuzz CC=clang --enable-fuzz \
    --enable-sanitizers --disable-hardening; then
	step "fuzz each target for 2 seconds" \
	    "$top_copy/tests/fuzz/run.sh" "$work/fuzz" 2 || :
fi

# A skip counts as a failure unless tests/SKIPS lists its name with a reason.
record_unlisted tests/SKIPS
record_done

heading "scoreboard"
said=0
"$top/tests/scoreboard" "$records_file" || said=$?

heading "result"
awk -F '\t' '$1 == "test" && $3 ~ /^(FAIL|ERROR|XPASS)$/ {
    print $3 " " $2 " " $4 }' "$records_file"
passed=$(record_count PASS XFAIL)
failed=$(record_count FAIL ERROR XPASS)
if [ "$failed" -eq 0 ] && [ "$said" -ne 0 ]; then
	echo "FAIL scoreboard: it says BAD, and no test failed"
	failed=1
fi
echo "in $(($(date +%s) - start)) s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
