#!/bin/sh
# Plants each fault of the table in a copy of the source, and expects the test
# that the table names to fail; before that, all of those tests pass.
#
#	run.sh [FAULT...]	in a new folder; prints TAP
#	run.sh -n [FAULT...]	builds nothing: is each edit still one of its file?
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
table=$top/tests/faults/faults
jobs=$(getconf _NPROCESSORS_ONLN)
hostile_programs="tests/hostile/evil/kmsd tests/hostile/evil/kmsd-listener
    tests/hostile/evil/kmsd-store tests/hostile/evil/kmsd-control"
work=$(mktemp -d "${TMPDIR:-/tmp}/kmsd-faults.XXXXXX") || exit 1
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
count=0
failed=0
only_edits=
[ "${1-}" != -n ] || {
	only_edits=yes
	shift
}

result() { # ok|not ok, text
	count=$((count + 1))
	[ "$1" = ok ] || failed=$((failed + 1))
	echo "$1 $count - $2"
}

bail() {
	echo "Bail out! $1"
	tail -n 30 "$work/log" | sed 's/^/# /'
	exit 1
}

# copy: the copy has no build of its own, and is built where the table says.
copy() {
	mkdir "$work/source" "$work/build"
	tar -cf - --exclude=./.git --exclude=./build --exclude='./build-[!a]*' \
	    --exclude=./run . |
	    (cd "$work/source" && tar -xf -)
	chmod -R go+rX "$work/source"
	cd "$work/build" || exit 1
	{
		[ -x "$work/source/configure" ] ||
		    (cd "$work/source" && ./autogen.sh)
		"$work/source/configure" -q --prefix="$work/prefix" CFLAGS=-O0
	} >"$work/log" 2>&1 || bail "configure"
}

# What a lying store needs to be built, and what escapes do.
liar=
for program in kmsd kmsd-listener kmsd-activator kmsd-store kmsd-control \
    liar_list; do
	liar="$liar tests/hostile/liar/$program"
done
hostile=
for kind in confined open; do
	for name in kmsd kmsd-listener kmsd-activator kmsd-store kmsd-control; do
		hostile="$hostile tests/hostile/$kind/$name"
	done
done

# part: of the program's work, the part that the case is of.
part() {
	case $program in
	*/test_liar.sh) echo "${case#*: }" ;;
	*/test_siblings.sh) expr "$case" : '.*: \([a-z]*\): ' ;;
	esac
}

# run_test PROGRAM: its TAP, in $work/tap; builds what it needs first.
run_test() {
	case $1 in
	*/test_liar.sh)
		{
			make -s -j"$jobs" $liar && make -s -j"$jobs" install
		} >"$work/log" 2>&1 || return 1
		LIES=$(part) timeout 120 sh "$work/source/$1" \
		    "$work/build" "$work/prefix" >"$work/tap" 2>&1
		;;
	*/test_siblings.sh)
		{ make -s -j"$jobs" install &&
		    make -s -j"$jobs" $hostile_programs; } \
		    >"$work/log" 2>&1 || return 1
		HOSTILE_SEED=1 HOSTILE_RECORDS=8000 HOSTILE_ROLES=$(part) \
		    timeout 120 "$work/source/$1" "$work/build" \
		    "$work/prefix" >"$work/tap" 2>&1
		;;
	escapes*)
		make -s -j"$jobs" tests/hostile/escape_list $hostile \
		    >"$work/log" 2>&1 || return 1
		ESCAPES=${1#escapes } timeout 120 \
		    "$work/source/tests/hostile/test_escapes.sh" \
		    "$work/build" >"$work/tap.as" 2>&1
		# The same case, whoever runs it.
		sed 's/ escapes as [a-z]*: / escapes: /' "$work/tap.as" \
		    >"$work/tap"
		;;
	malloc*)
		make -s -j"$jobs" install tests/malloc/vary \
		    tests/bench/kmsbench >"$work/log" 2>&1 || return 1
		KMSBENCH=$work/build/tests/bench/kmsbench TESTS=none \
		    timeout 120 "$work/source/tests/malloc/run.sh" \
		    "$work/prefix" "$work/build/tests/malloc/vary" \
		    "${1#malloc }" >"$work/tap" 2>&1
		;;
	*.sh)
		make -s -j"$jobs" install >"$work/log" 2>&1 || return 1
		KILLS=0 KMSBENCH=$work/build/tests/bench/kmsbench \
		    timeout 120 sh "$work/source/tests/integration/run.sh" \
		    "$work/prefix" "$1" >"$work/tap" 2>&1
		;;
	*)
		# Some start the children.
		make -s -j"$jobs" kmsd-store kmsd-activator "$1" \
		    >"$work/log" 2>&1 || return 1
		CMOCKA_MESSAGE_OUTPUT=TAP TOP_SRCDIR=$work/source \
		    timeout 120 "./$1" >"$work/tap" 2>&1
		;;
	esac
	return 0
}

fails() { # case
	grep -E '^not ok ' "$work/tap" | grep -qF -- "- $1"
}

passes() { # case
	grep -E '^ok ' "$work/tap" | grep -qF -- "- $1"
}

# field NAME: of the block in $block.
field() {
	printf '%s\n' "$block" | sed -n "s/^$1[ 	]*//p"
}

# blocks COMMAND: for each fault that was asked for, or all.
blocks() {
	blocks_command=$1
	shift
	names=$*
	[ -n "$names" ] || names=$(sed -n 's/^fault[ 	]*//p' "$table")
	for fault in $names; do
		block=$(awk -v name="$fault" '$1 == "fault" { on = $2 == name }
		    on && !/^#/' "$table")
		[ -n "$block" ] || bail "no fault $fault in the table"
		program=$(field program)
		case=$(field case)
		[ "$(field needs)" != root ] || [ "$(id -u)" -eq 0 ] || {
			echo "# only root can see $fault"
			continue
		}
		$blocks_command
	done
}

# run_once PROGRAM: as run_test, for faults that share what is run.
run_once() {
	once=$work/once.$(printf '%s' "$1 $(part)" | cksum | tr ' ' -)
	[ ! -f "$once" ] || {
		cp "$once" "$work/tap"
		return 0
	}
	run_test "$1" || return 1
	cp "$work/tap" "$once"
}

unharmed() {
	if ! run_once "$program"; then
		result "not ok" "$program builds"
		tail -n 20 "$work/log" | sed 's/^/# /'
	elif passes "$case"; then
		result ok "without a fault $program passes: $case"
	else
		result "not ok" "without a fault $program passes: $case"
		sed 's/^/# /' "$work/tap" | tail -n 20
	fi
}

# edited FILE: what the fault makes of it.
edited() {
	field edit >"$work/edit"
	sed -E -z -f "$work/edit" "$1"
}

edits() {
	text="the edit of $fault changes $(field file)"
	if edited "$top/$(field file)" >"$work/edited" &&
	    ! cmp -s "$work/edited" "$top/$(field file)"; then
		result ok "$text"
	else
		result "not ok" "$text"
	fi
}

harmed() {
	file=$work/source/$(field file)
	cp -p "$file" "$work/kept"
	edited "$work/kept" >"$file"
	text="$fault makes $program fail: $case"
	if cmp -s "$work/kept" "$file"; then
		result "not ok" "$text"
		echo "# the edit changes nothing in $(field file)"
	elif ! run_test "$program"; then
		result "not ok" "$text"
		echo "# it does not build"
		tail -n 20 "$work/log" | sed 's/^/# /'
	elif fails "$case"; then
		result ok "$text"
	else
		result "not ok" "$text"
		grep '^not ok' "$work/tap" | sed 's/^/# other: /'
	fi
	# A new time, so that make builds it again.
	cat "$work/kept" >"$file"
}

if [ -n "$only_edits" ]; then
	blocks edits "$@"
else
	copy
	blocks unharmed "$@"
	blocks harmed "$@"
fi
echo "1..$count"
[ "$failed" -eq 0 ]
