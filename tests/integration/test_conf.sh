#!/bin/sh
# kmsd -n and -nv.
. "${0%/*}/lib.sh"

make_conf "limit skew 90m" "sandbox require tcp" 'publisher "/a #b.pub"'
check "-n takes a right configuration" "$KMSD" -n -f "$CONF"
contains "and says so" "$RUN/check.out" "configuration OK"
"$KMSD" -nv -f "$CONF" >"$RUN/first" 2>/dev/null
contains "-nv prints what was set" "$RUN/first" "limit skew 90m"
contains "and what was not" "$RUN/first" "limit new-machines 1000"
"$KMSD" -nv -f "$RUN/first" >"$RUN/second" 2>"$RUN/err"
check "what is printed parses to the same" cmp "$RUN/first" "$RUN/second"

printf 'log loud\nlisten on localhost\nlog info\nlimit rate many\n' >"$CONF"
"$KMSD" -n -f "$CONF" 2>"$RUN/err"
is "-n refuses a wrong one" $? 1
is "with each error on a line" "$(wc -l <"$RUN/err")" 3
contains "that names the place" "$RUN/err" "$CONF:4: limit rate: \"many\""
"$KMSD" -n -f "$RUN/absent" 2>"$RUN/err"
is "-n refuses a missing one" $? 1
contains "by its name" "$RUN/err" "$RUN/absent: No such file"
"$KMSD" -x 2>"$RUN/err"
is "an unknown option is an error" $? 1
tap_end
