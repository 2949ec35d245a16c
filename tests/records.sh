# Writes what a run of the tests has shown, for tests/scoreboard: a text file of
# records, one a line, its fields divided by tabs; read by runtests.sh.
#
#	kmsd-results	1			the first line: format, version
#	run	KEY=VALUE...			commit, dirty (0 or 1), date, system,
#						machine, cores, user
#	begin	STEP	USER			a step begins, as this user
#	test	STEP	RESULT	NAME		PASS, FAIL, SKIP, XFAIL, XPASS, ERROR
#	note	STEP	NAME	KEY=VALUE...	figures; one of a test's lines
#						"# NAME: KEY=VALUE KEY=VALUE..."
#	end	STEP	STATUS	SECONDS		exit status of what the step ran
#	done	PASSED	FAILED	SECONDS		the last line of a run that ended
#
# Every step that began ends, and a run that was not cut off ends with "done".
# A test is named by its program and its case: "test_kill: the log verifies",
# "tests/unit/test_tree: tree_large".
#
# records_file is the file; RESULTS, when it is set, a second one.

record_tab=$(printf '\t')
record_step=
record_began=

# record FIELD...: one line.
record() {
	record_line=
	for record_field in "$@"; do
		record_field=$(printf %s "$record_field" | tr '\t\r\n' '   ')
		record_line=$record_line${record_line:+$record_tab}$record_field
	done
	printf '%s\n' "$record_line" | record_lines
}

# Lines that are records already.
record_lines() {
	if [ -n "${RESULTS-}" ]; then
		tee -a "$records_file" >>"$RESULTS"
	else
		cat >>"$records_file"
	fi
}

# record_run SOURCE: the head of the file; SOURCE is the checkout.
record_run() {
	records_began=$(date +%s)
	: >"$records_file"
	[ -z "${RESULTS-}" ] || : >"$RESULTS"
	record kmsd-results 1
	record_commit=$(git -c safe.directory='*' -C "$1" rev-parse HEAD \
	    2>/dev/null) || record_commit=unknown
	record_dirty=0
	[ -z "$(git -c safe.directory='*' -C "$1" status --porcelain \
	    2>/dev/null)" ] || record_dirty=1
	record run "commit=$record_commit" "dirty=$record_dirty" \
	    "date=$(date -u +%Y-%m-%dT%H:%M:%SZ)" "system=$(uname -sr)" \
	    "machine=$(uname -m)" "cores=$(getconf _NPROCESSORS_ONLN)" \
	    "user=$(id -un)"
}

# record_begin STEP [AS]: AS is what runs its commands as another user.
record_begin() {
	record_step=$1
	shift
	record_began=$(date +%s)
	record begin "$record_step" "$("$@" id -un)"
}

# record_test RESULT NAME: of the step.
record_test() {
	record test "$record_step" "$1" "$2"
}

# record_end STATUS: of the step.  A command that failed without a test that
# did is a test that failed.
record_end() {
	if [ "$1" -ne 0 ] && ! record_failed; then
		record_test FAIL "$record_step: exit status $1"
	fi
	record end "$record_step" "$1" $(($(date +%s) - record_began))
}

# Whether a test of the step has failed.
record_failed() {
	awk -F '\t' -v step="$record_step" '$1 == "test" && $2 == step &&
	    $3 ~ /^(FAIL|ERROR|XPASS)$/ { bad = 1 } END { exit !bad }' \
	    "$records_file"
}

# record_notes FILE: what tests have said in figures.
record_notes() {
	sed -n 's/^# \([a-z][a-z_]*\): \([a-z_][a-z_]*=[^	]*\)$/\1 \2/p' "$1" |
	    awk -v step="$record_step" '{
		line = "note\t" step
		for (i = 1; i <= NF; i++) {
			if (i > 1 && $i !~ /^[a-z][a-z_]*=./)
				next
			line = line "\t" $i
		}
		print line
	    }' | record_lines
}

# record_tap FILE: a stream of TAP, with its notes.
record_tap() {
	awk -v step="$record_step" '
	function out(result, name) {
		gsub(/[\t\r]/, " ", name)
		print "test\t" step "\t" result "\t" name
		seen++
	}
	/^(not )?ok( |$)/ {
		result = /^not/ ? "FAIL" : / # SKIP/ ? "SKIP" : "PASS"
		sub(/^(not )?ok *[0-9]* *(- )?/, "")
		out(result, $0)
		next
	}
	/^Bail out!/ { out("FAIL", step ": bailed out: " substr($0, 11)) }
	END { if (!seen) out("FAIL", step ": no test ran") }
	' "$1" | record_lines
	record_notes "$1"
}

# record_automake DIR: the tests of a "make check" in a build folder.  A .trs
# file has automake's results, the .log beside it their names.
record_automake() {
	find "$1" -name '*.trs' | sort >"$records_file.trs"
	while read -r record_trs; do
		record_log=${record_trs%.trs}.log
		record_program=${record_trs#"$1"/}
		record_program=${record_program%.trs}
		awk -v step="$record_step" -v program="$record_program" '
		FNR == NR {
			if (/^:test-result:/)
				want[$2]++
			next
		}
		match($0, /^(PASS|FAIL|SKIP|XFAIL|XPASS|ERROR): /) {
			result = substr($0, 1, RLENGTH - 2)
			rest = substr($0, RLENGTH + 1)
			split(rest, word, " ")
			if (word[1] !~ "^" program "(\\.sh)?$")
				next
			sub(/^[^ ]* *[0-9]* *(- )?/, "", rest)
			gsub(/[\t\r]/, " ", rest)
			print "test\t" step "\t" result "\t" word[1] ": " rest
			got[result]++
		}
		END {
			for (r in want)
				if (want[r] != got[r])
					wrong = 1
			for (r in got)
				if (want[r] != got[r])
					wrong = 1
			if (wrong || length(want) == 0)
				print "test\t" step "\tERROR\t" program \
				    ": its log does not fit its results"
		}' "$record_trs" "$record_log" | record_lines
		record_notes "$record_log"
	done <"$records_file.trs"
	if [ ! -s "$records_file.trs" ]; then
		record_test FAIL "$record_step: no test ran"
	fi
	rm -f "$records_file.trs"
}

# record_count RESULT...: tests of the run with one of these results.
record_count() {
	awk -F '\t' -v results=" $* " '$1 == "test" &&
	    index(results, " " $3 " ") { n++ } END { print n + 0 }' \
	    "$records_file"
}

# record_unlisted SKIPS: skips that the list does not allow are failures.  It
# names parts of "STEP: NAME".
record_unlisted() {
	awk -F '\t' -v list="$1" '
	BEGIN {
		while ((getline < list) > 0)
			if ($1 != "" && $1 !~ /^#/)
				may[$1]
	}
	$1 == "test" && $3 == "SKIP" {
		for (part in may)
			if (index($2 ": " $4, part))
				next
		print "test\t" $2 "\tFAIL\tnot in tests/SKIPS: " $4
	}' "$records_file" >"$records_file.unlisted"
	record_lines <"$records_file.unlisted"
	rm -f "$records_file.unlisted"
}

record_done() {
	record done "$(record_count PASS XFAIL)" \
	    "$(record_count FAIL ERROR XPASS)" \
	    $(($(date +%s) - records_began))
}
