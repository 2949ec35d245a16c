#!/bin/sh
# The scoreboard says what is good, what is bad and what was not run, and never
# takes what is missing as good; runtests.sh's records are what it reads.
set -u
top=${TOP_SRCDIR:?}
board=$top/tests/scoreboard
work=$(mktemp -d "${TMPDIR:-/tmp}/kmsd-board.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
count=0

command -v python3 >/dev/null || {
	echo "1..0 # SKIP python3 is not installed"
	exit 0
}

result() { # status, text
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$work/out"
	fi
}

# expect TEXT STATUS PATTERN [OPTION...]: of $work/log; a pattern that begins
# with ! must not be found.
expect() {
	expect_text=$1
	expect_status=$2
	expect_pattern=$3
	shift 3
	"$board" "$@" "$work/log" ${bench_file-} >"$work/out" 2>&1
	expect_got=$?
	echo "status $expect_got" >>"$work/out"
	[ $expect_got -eq "$expect_status" ] && case $expect_pattern in
	!*) ! grep -q -- "${expect_pattern#!}" "$work/out" ;;
	*) grep -q -- "$expect_pattern" "$work/out" ;;
	esac
	result $? "$expect_text"
}

# rec FIELD...: one record.
rec() {
	(IFS='	'; printf '%s\n' "$*")
}

# passes STEP PROGRAM CASE...
passes() {
	step=$1
	program=$2
	shift 2
	for name in "$@"; do
		rec test "$step" PASS "$program: $name"
	done
}

head_of() {
	rec kmsd-results 1
	rec run commit=0123456789abcdef dirty=0 date=2026-01-02T03:04:05Z \
	    "system=Linux 6" machine=x86_64 cores=2 user=root
}

# tail_of FILE: the last record for what stands in it.
tail_of() {
	rec done "$(grep -c '^test	[^	]*	PASS' "$1")" \
	    "$(grep -cE '^test	[^	]*	(FAIL|ERROR)' "$1")" 700
}

unit_step() { # STEP
	rec begin "$1" root
	passes "$1" tests/durability/test_power power_cuts \
	    control_without_syncs failing_writes
	rec note "$1" power cuts=690 events=69 lost=0 control=60 seed=11 \
	    seconds=4
	rec note "$1" io failed=30 writes=9 syncs=9 truncations=2 \
	    stopped=28 lost=0
	passes "$1" tests/durability/test_memory failing_allocations \
	    control_that_loses
	rec note "$1" allocations failed=900 runs=30 corrupt=0 control=1
	passes "$1" tests/unit/test_verify test_tampered test_untouched
	passes "$1" tests/unit/test_tampering random_alterations untouched
	rec note "$1" tampered alterations=500 detected=500 named=500 \
	    control=1 seed=12 seconds=3
	passes "$1" tests/hostile/test_rules test_all
	rec note "$1" rules channels=9 types=40 packets=5000 seconds=1
	passes "$1" tests/vectors/test_vectors.sh \
	    "protocol.json is what the code makes"
	rec note "$1" vectors vectors=40 differ=0
	passes "$1" tests/interop/test_foreign.sh \
	    "python: every value was verified" \
	    "signify verifies the kms-product" \
	    "Go verifies checkpoint and grant" "Go refuses a changed entry"
	rec note "$1" verifiers verifiers=3 agree=3 checks=30 control=9
	rec end "$1" 0 60
}

integration_step() { # STEP USER
	rec begin "$1" "$2"
	passes "$1" test_conf "defaults"
	passes "$1" test_kill "every acknowledged grant is in the log" \
	    "every machine was counted once" \
	    "a copy without its last entry does not" \
	    "a grant that the log does not have is noticed"
	rec note "$1" kills kills=50 acknowledged=900 lost=0 twice=0 \
	    seed=77 seconds=50 "user=$2"
	passes "$1" test_audit "untouched: good" "removed: bad" \
	    "removed: named"
	passes "$1" test_interop "the kept grant is good offline" \
	    "signify verifies the kms-product" \
	    "Go verifies checkpoint, log and every grant" \
	    "Go refuses a changed log"
	[ "$2" != root ] || {
		passes "$1" test_canary \
		    "the activator has the seed, the salts' key and each seal's" \
		    "the log has no key"
		rec note "$1" canaries searched=12 bytes=4000 found=0 \
		    control=3 seconds=4
	}
	rec end "$1" 0 90
}

escapes_step() { # STEP USER
	rec begin "$1" "$2"
	for role in kmsd listener activator store control; do
		passes "$1" "escapes as $2" "$role: open" "$role: fork"
		rec note "$1" escapes process=$role tried=2 blocked=2 \
		    control=2 "user=$2" seconds=9
	done
	rec end "$1" 0 45
}

small_step() { # STEP, then note fields
	rec begin "$1" root
	rec test "$1" PASS "$1"
	[ $# -eq 1 ] || rec note "$@"
	rec end "$1" 0 5
}

whole_run() {
	head_of
	small_step "build with gcc"
	unit_step "unit tests"
	integration_step "integration as root" root
	integration_step "integration as a user" nobody
	escapes_step "escapes as root" root
	escapes_step "escapes as a user" nobody
	rec begin "planted faults" root
	for fault in no-fdatasync no-fdatasync-after-a-start \
	    reply-before-commit; do
		rec test "planted faults" PASS "$fault makes t fail: c"
	done
	rec end "planted faults" 0 80
	small_step "hostile siblings as root" hostile process=listener \
	    victim=all records=9000 generations=9 violations=9 crashes=0 \
	    writes=0 signatures=0 seed=5 seconds=9 user=root
	small_step "the lying store" liar lies=9 named=9 signed=0 \
	    possible=2 seconds=1 user=root
	small_step "build with clang, ASan and UBSan"
	rec begin "unit tests under sanitizers" root
	rec test "unit tests under sanitizers" PASS "tests/unit/test_x: y"
	rec end "unit tests under sanitizers" 0 60
	small_step "install with sanitizers"
	rec begin "integration with the allocator varied" root
	for variant in mappings heap; do
		passes "integration with the allocator varied" \
		    "$variant: test_kill" "every machine was counted once"
		passes "integration with the allocator varied" \
		    "$variant: test_conf" "defaults"
		rec note "integration with the allocator varied" kills \
		    kills=10 acknowledged=90 lost=0 twice=0 seed=7 \
		    variant=$variant
	done
	rec end "integration with the allocator varied" 0 9
	small_step "build for the analyser and coverage"
	small_step "build the fuzzers"
	small_step "fuzz each target for 2 seconds" fuzz targets=28 \
	    executions=5000 edges=90 crashes=0 idle=0 seed=8 seconds=56
	small_step "findings of the analyser" analyser files=90 known=3 \
	    new=0 gone=0 control=1
	rec begin "coverage" root
	rec test "coverage" PASS "coverage"
	for part in listener activator store control kmsd common client \
	    kmsctl publisher; do
		rec note "coverage" coverage part=$part lines=100 covered=80
	done
	rec end "coverage" 0 40
}

whole_run >"$work/all"
cp "$work/all" "$work/good"
tail_of "$work/good" >>"$work/good"

# with EDIT...: the good run with this edit (sed -E), and an end that fits it.
with() {
	sed -E "$@" "$work/all" >"$work/log"
	tail_of "$work/log" >>"$work/log"
}

# without STEP: the step is not there.
without() {
	grep -vE "^(begin|test|note|end)	$1	" "$work/all" >"$work/log"
	tail_of "$work/log" >>"$work/log"
}

# begun STEP: only its first record is there.
begun() {
	grep -vE "^(test|note|end)	$1	" "$work/all" >"$work/log"
	tail_of "$work/log" >>"$work/log"
}

# failed STEP TEXT: the step has this failure and nothing else.
failed() {
	awk -F '\t' -v step="$1" -v text="$2" '
	    $2 != step { print; next }
	    $1 == "begin" { print; print "test\t" step "\tFAIL\t" text }
	    $1 == "end" { print "end\t" step "\t1\t" $4 }' \
	    "$work/all" >"$work/log"
	tail_of "$work/log" >>"$work/log"
}

# --- A good run

cp "$work/good" "$work/log"
expect "a good run is good" 0 "!BAD"
expect "and every line but the bench was run" 0 "in line 11$"
expect "with the commit of the run" 0 "^   4 good  *50  *50 01234567  kill"
expect "with seeds" 0 "seed 77"
expect "with the line of each user" 0 "escapes from store as nobody: 2 of 2"
expect "and of the other" 0 "escapes from store as root: 2 of 2"
expect "with the allocator varied" 0 \
    "^  10 good *4 .*the allocator varied: 4 tests passed, findings 0"
expect "as JSON" 0 '"count": 5000,' --json
expect "JSON has the commit" 0 '"commit": "0123456789abcdef"' --json
expect "JSON has the seed" 0 '"seed": "8"' --json
expect "JSON has durations" 0 '"seconds": 56' --json
"$board" --help >"$work/out" 2>&1 &&
    grep -q "RESULTS=results.tsv" "$work/out"
result $? "--help says how to use it"

# --- A run without results

head_of >"$work/log"
tail_of "$work/log" >>"$work/log"
expect "a run without tests is bad" 1 "^   0 BAD .*nothing passed"
expect "and its lines are not run" 1 "^   1 not run"

# --- Steps that bailed out, began only, or did not begin

failed "integration as root" "integration as root: bailed out: no kmsd"
for n in 4 8 9; do
	expect "line $n: bailed out is bad" 1 "^ *$n BAD .* as root: bailed"
done
begun "integration as root"
for n in 2 4 8 9; do
	expect "line $n: begun without a result is bad" 1 \
	    "^ *$n BAD .* as root: began and did not end"
done
sed -E '/^begin	integration as a user/,$d' "$work/all" >"$work/log"
expect "a run that was cut off is bad" 1 "^   0 BAD .*the run did not end"
without "integration as (root|a user)"
for n in 2 4; do
	expect "line $n: a step that is missing is not run" 0 "^ *$n not run"
done
expect "line 8: without the audit's tests one is not run" 0 \
    "^   8 not run .*kmsctl audit verify"
expect "line 9: without a host one is not run" 0 \
    "^   9 not run .*running host"
with '/: test_kill: /d; /	test_kill: /d; /	kills	/d'
expect "line 4: tests that did not run are not run" 0 "^   4 not run"
expect "line 4: nor good" 0 "!^   4 good"
with '/	test_kill: every acknowledged/d'
expect "line 4: one case missing is not run" 0 \
    "^   4 not run .*did not run: every acknowledged"
with 's/PASS	(test_kill: every acknow)/FAIL	\1/'
expect "line 4: a lost activation is bad" 1 "^   4 BAD .*failed: every ack"
with 's/lost=0 *(	twice)/lost=2\1/'
expect "line 4: a lost activation in figures is bad" 1 "^   4 BAD .*lost is 2"
with 's/kills=50/kills=0/'
expect "line 4: no kill is bad" 1 "^   4 BAD .*kills is 0"
with 's/PASS	(test_audit: removed: bad)/FAIL	\1/'
expect "line 8: tampering that was not noticed is bad" 1 \
    "^   8 BAD .*failed: removed: bad"
with 's/detected=500/detected=499/'
expect "line 8: random tampering too" 1 "^   8 BAD .*detected is 499 of 500"
with '/	note	.*tampered/d; /^note	unit tests	tampered/d'
expect "line 8: without figures it is not run" 0 "^   8 not run .*at random"

# --- Line 5: not the sanitizers' step alone

without "unit tests"
expect "line 5: only sanitizers is not run" 0 "^   5 not run .*power losses"
expect "line 5: nor good" 0 "!^   5 good .*power losses"
with '/test_power: control_without_syncs/d'
expect "line 5: without its control it is not run" 0 \
    "^   5 not run .*control_without_syncs"
with 's/PASS	no-fdatasync makes/FAIL	no-fdatasync makes/'
expect "line 5: a planted fault that nothing found is bad" 1 \
    "^   5 BAD .*planted faults"
with '/reply-before-commit makes/d'
expect "line 5: a fault that was not planted is not run" 0 \
    "^   5 not run .*reply-before-commit"

# --- Line 10: builds that failed

failed "build with clang, ASan and UBSan" "build with clang, ASan and UBSan"
grep -v '	unit tests under sanitizers	' "$work/log" | sed '$d' >"$work/new"
tail_of "$work/new" >>"$work/new"
mv "$work/new" "$work/log"
expect "line 10: a failed build is bad" 1 "^  10 BAD .*sanitizers, build"
expect "line 10: and never good" 1 "!^  10 good .*sanitizers"
failed "unit tests under sanitizers" "tests/unit/test_x: y"
expect "line 10: a finding is bad" 1 "^  10 BAD .*sanitizers.*failed: tests"
without "(build with clang, ASan and UBSan|unit tests under sanitizers)"
expect "line 10: without the step it is not run" 0 "^  10 not run .*sanitiz"
with 's/new=0/new=1/'
expect "line 10: a new finding of the analyser is bad" 1 \
    "^  10 BAD .*analyser.*new is 1"
with '/part=store/d'
expect "line 10: a part without coverage is not run" 0 \
    "^  10 not run .*coverage of store"
with 's/part=store	lines=100	covered=80/part=store	lines=100	covered=0/'
expect "line 10: a part that was not covered is bad" 1 "^  10 BAD .*store/"

# --- Lines 1 to 3 and 7: figures

with 's/control=3/control=0/'
expect "line 2: a control that found nothing is bad" 1 \
    "^   2 BAD .*control is 0"
with 's/found=0/found=1/'
expect "line 2: a canary that was found is bad" 1 "^   2 BAD .*found is 1"
with 's/	control=3//'
expect "line 2: a control that is not said is bad" 1 \
    "^   2 BAD .*control is not said"
with '/^note	escapes as root.*process=store/s/blocked=2/blocked=1/'
expect "line 1: an escape is bad" 1 "^   1 BAD .*store as root: 1 of 2"
with '/^note	escapes as root.*process=store/s/control=2/control=0/'
expect "line 1: without a control too" 1 "^   1 BAD .*control is 0"
with '/^test	escapes as root.*store: open/d'
expect "line 1: figures without their tests are bad" 1 \
    "^   1 BAD .*store as root.*1 tests passed"
with '/^note	escapes as root.*process=store/d'
expect "line 1: a process without figures is not run" 0 \
    "^   1 not run .*store as root"
expect "line 1: the other user's are good all the same" 0 \
    "^   1 good .*store as nobody"
with '/^note	hostile.*/d'
expect "line 3: without figures it is not run" 0 "^   3 not run .*hostile"
with 's/records=9000/records=0/'
expect "line 3: no records is bad" 1 "^   3 BAD .*records is 0"
with 's/violations=9/violations=0/'
expect "line 3: no violation met is bad" 1 "^   3 BAD .*no violation"
with 's/crashes=0	writes/crashes=1	writes/'
expect "line 3: a crash is bad" 1 "^   3 BAD .*crashes is 1"
with 's/named=9/named=8/'
expect "line 3: a lie that was not named is bad" 1 "^   3 BAD .*named is 8"
with 's/signed=0/signed=1/'
expect "line 3: one that was signed too" 1 "^   3 BAD .*signed is 1"
with '/^note	fuzz/d'
expect "line 7: without totals it is not run" 0 "^   7 not run"
failed "fuzz each target for 2 seconds" "fuzz each target for 2 seconds"
expect "line 7: a failed step is bad" 1 "^   7 BAD"
with 's/executions=5000/executions=0/'
expect "line 7: no executions is bad" 1 "^   7 BAD .*executions is 0"
without "fuzz each target for 2 seconds"
sed -i -E 's/^test	build the fuzzers	PASS/test	build the fuzzers	FAIL/
    s/^end	build the fuzzers	0/end	build the fuzzers	1/; $d' "$work/log"
tail_of "$work/log" >>"$work/log"
expect "line 7: fuzzers that do not build are bad" 1 "^   7 BAD .*build"
with 's/corrupt=0/corrupt=1/'
expect "line 6: corruption is bad" 1 "^   6 BAD .*corrupt is 1"

# --- A failure that no line names

with 's/PASS	test_conf: defaults/FAIL	test_conf: defaults/'
expect "any failure is shown" 1 "^   0 BAD .*test_conf: defaults"
expect "and other lines stay good" 1 "^   4 good"

# --- Files that are not as they should be

: >"$work/log"
expect "an empty file: 2" 2 "empty"
echo "== unit tests" >"$work/log"
expect "no records: 2" 2 "not the records of a run"
rm "$work/log"
expect "no file: 2" 2 "No such file"
head -c "$(($(wc -c <"$work/good") - 3))" "$work/good" >"$work/log"
expect "the last record cut off: bad" 1 "cut off"
head -c "$(($(wc -c <"$work/good") / 2))" "$work/good" >"$work/log"
expect "half a file: bad" 1 "^   0 BAD .*the run did not end"
cat "$work/good" "$work/good" >"$work/log"
expect "two runs: 2" 2 "more than one run"
{ cat "$work/all"; rec test x PASS; } >"$work/log"
expect "a record with too few fields: 2" 2 "not a record"
{ cat "$work/all"; rec end "unit tests" zero 1; } >"$work/log"
expect "a status that is no number: 2" 2 "not a record"
{ cat "$work/all"; rec test "unit tests" FINE x; } >"$work/log"
expect "an unknown result: 2" 2 "not a record"
{ cat "$work/all"; rec weather sunny; } >"$work/log"
tail_of "$work/log" >>"$work/log"
expect "an unknown kind is said" 0 "1 records of unknown kinds"
sed '/test_conf/d' "$work/good" >"$work/log"
expect "a record taken out: bad" 1 "records are missing"
{ cat "$work/good"; rec test "unit tests" PASS "a: b"; } >"$work/log"
expect "a record behind the end: bad" 1 "behind the end"
{ cat "$work/all"; escapes_step "escapes as root" root; } >"$work/log"
tail_of "$work/log" >>"$work/log"
expect "a step twice: bad" 1 "^   0 BAD .*escapes as root: began twice"
with '/^note	integration as root	kills/{p;}'
expect "a note twice: bad" 1 "^   0 BAD .*kills was said twice"
{ cat "$work/all"; rec test "another" PASS "a: b"; } >"$work/log"
tail_of "$work/log" >>"$work/log"
expect "a test of no step: bad" 1 "another: has results and did not begin"
sed '/^run	/d' "$work/good" >"$work/log"
expect "no commit: bad" 1 "no commit"

# --- The bench

cp "$work/good" "$work/log"
bench_file=$work/bench
cat >"$bench_file" <<'BENCH'
# bench: commit=fedcba9876543210 cores=2
mode persistent, 64 connections, closed loop, 20000 machines, 5 rounds
grants 60000, refusals 0, failures 0, lost connections 0, verified 10, starved 0
activations/s 4000
latency ms: p50 10.00, p99 20.00, p99.9 30.00
floor 80.0 us (beforenm, signature, open, seal)
sum of parts 120.0 us (floor, echo 20.0, upsert and entry at 60 a batch 20.0)
fdatasync 900 us
cpu kmsd-store           30.0 us per activation
cpu all processes      150.0 us per activation
ratio to floor 1.88, to sum of parts 1.25
# memory: process=kmsd-store kib=9000
logs 1, entries 18169, checkpoints 67: the log is good
BENCH
expect "line 11: the bench" 0 "^  11 good  *60000 .*fedcba98 .*4000/s"
expect "line 11: latency, floor and ratio" 0 "p99.9 30.00.*floor.*ratio"
expect "line 11: memory" 0 "^  11 stated .*kmsd-store kib 9000"
sed -i '$d' "$bench_file"
expect "line 11: a log that was not verified is bad" 1 "^  11 BAD .*not veri"
sed -i 's/failures 0/failures 3/' "$bench_file"
expect "line 11: failures are bad" 1 "^  11 BAD .*failures 3"
sed -i -e 's/failures 3/failures 0/' -e '/^fdatasync/d' "$bench_file"
expect "line 11: a figure that is missing is bad" 1 "fdatasync is not said"
echo "nothing" >"$bench_file"
expect "line 11: not a bench: 2" 2 "not the output"
bench_file=

# --- What writes the records

cat >"$work/tap" <<'TAP'
# made a user
# kills: kills=3 acknowledged=9 lost=0 twice=0 seed=4 seconds=2
# SEED=4
# words: more=than figures
ok 1 - test_kill: every acknowledged grant is in the log
ok - test_kill: counted # SKIP no strace
not ok 3 - test_kill: the log	verifies
TAP
mkdir -p "$work/build/tests"
printf '%s\n' ":test-result: PASS" ":test-result: FAIL" \
    >"$work/build/tests/t.trs"
printf '%s\n' "# power: cuts=5 events=2 lost=0" "ok 1 - one" \
    "PASS: tests/t 1 - one" "not ok 2 - two" "FAIL: tests/t 2 - two" \
    >"$work/build/tests/t.log"
printf '%s\n' ":test-result: PASS" ":test-result: PASS" \
    >"$work/build/tests/u.trs"
echo "PASS: tests/u 1 - one" >"$work/build/tests/u.log"
echo "Bail out! no kmsd" >"$work/bail"
(
	RESULTS=$work/copy
	records_file=$work/log
	. "$top/tests/records.sh"
	record_run "$top"
	record_begin "integration as root"
	record_tap "$work/tap"
	record_end 1
	record_begin "unit tests"
	record_automake "$work/build"
	record_end 2
	record_begin "step four"
	record_tap "$work/bail"
	record_end 1
	record_begin "step five"
	record_test PASS "five"
	record_end 3
	record_unlisted /dev/null
	record_done
) >"$work/out" 2>&1
cmp "$work/log" "$work/copy" >>"$work/out" 2>&1
result $? "the records are written twice"
has() { # TEXT RECORD-FIELD...
	has_text=$1
	shift
	cp "$work/log" "$work/out"
	grep -qxF -- "$(rec "$@")" "$work/log"
	result $? "$has_text"
}
has "a test that passed" test "integration as root" PASS \
    "test_kill: every acknowledged grant is in the log"
has "a skip" test "integration as root" SKIP \
    "test_kill: counted # SKIP no strace"
has "a skip that is not listed fails" test "integration as root" FAIL \
    "not in tests/SKIPS: test_kill: counted # SKIP no strace"
has "a failure, without its tabs" test "integration as root" FAIL \
    "test_kill: the log verifies"
has "figures" note "integration as root" kills kills=3 acknowledged=9 \
    lost=0 twice=0 seed=4 seconds=2
has "figures of a unit test" note "unit tests" power cuts=5 events=2 lost=0
has "a unit test" test "unit tests" FAIL "tests/t: two"
has "a log that does not fit" test "unit tests" ERROR \
    "tests/u: its log does not fit its results"
has "bailing out" test "step four" FAIL "step four: bailed out: no kmsd"
has "an exit status without a failed test" test "step five" FAIL \
    "step five: exit status 3"
[ "$(grep -c '^note' "$work/log")" -eq 2 ]
result $? "nothing else is taken for figures"
expect "and the scoreboard reads them" 1 "^   0 BAD .*6 failed"
echo "1..$count"
