# A systemd of the test's own, process 1 of namespaces of its own: its root is
# empty but for /usr, the installed programs and a few files, what the
# services there write is gone with it, and the machine sees none of it.  Read
# after lib.sh, by tests that run as root.
#
#	boot_systemd
#	inside COMMAND...	runs it where systemd is
#	$ROOT/PATH		is the file /PATH there
#	$SHARED			a folder of both sides, under the same name

SHARED=$RUN/shared
MANAGED_CGROUP=

# Where the second version of control groups is mounted.
cgroup_mount() {
	sed -n 's/^[^ ]* \([^ ]*\) cgroup2 .*/\1/p' /proc/self/mounts |
	    head -n 1
}

# A group of its own below the test's.
make_cgroup() {
	set -- "$(cgroup_mount)" "$(sed -n 's/^0:://p' /proc/self/cgroup)"
	[ -n "$1" ] || bail "no cgroup2 is mounted"
	MANAGED_CGROUP=${1%/}${2%/}/kmsd-test.$$
	mkdir "$MANAGED_CGROUP" || bail "no control group of its own"
}

# The first process of the new namespaces; becomes systemd.
write_boot() {
	cat >"$RUN/boot" <<-EOF
	set -eu
	PREFIX='$PREFIX' SHARED='$SHARED' root='$RUN/root'
	EOF
	cat >>"$RUN/boot" <<-'EOF'
	mount --make-rprivate /
	mount -t tmpfs -o mode=755 none "$root"
	cd "$root"
	mkdir -p dev etc/systemd/system home installed opt proc root run sys \
	    tmp units usr var/tmp work ".$SHARED" ".$PREFIX"
	chmod 1777 tmp var/tmp
	mount --rbind /usr usr
	for link in bin sbin lib lib32 lib64 libx32; do
		[ ! -L "/$link" ] || cp -P "/$link" "$link"
	done
	# Writable, and the installed programs stay as they are.
	mkdir .upper .upper/upper .upper/work
	mount -t overlay -o \
	    "lowerdir=$PREFIX,upperdir=.upper/upper,workdir=.upper/work" \
	    overlay installed
	mount --bind installed ".$PREFIX"
	mount --bind "$SHARED" ".$SHARED"
	mount -t proc proc proc
	mount -t sysfs -o ro sysfs sys
	mount -t cgroup2 none sys/fs/cgroup
	mount -t tmpfs -o mode=755 none dev
	for node in null zero full random urandom tty; do
		: >dev/$node
		mount --bind /dev/$node dev/$node
	done
	mkdir dev/pts dev/shm
	mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	mount -t tmpfs -o mode=755 none run
	# No more units than what every service needs, nothing generated.
	for unit in sysinit basic sockets paths timers slices network \
	    multi-user shutdown; do
		cp usr/lib/systemd/system/$unit.target units
	done
	mount --bind units usr/lib/systemd/system
	mount -t tmpfs none usr/lib/systemd/system-generators
	echo root:x:0:0::/root:/bin/sh >etc/passwd
	echo nobody:x:65534:65534::/nonexistent:/bin/false >>etc/passwd
	printf '%s\n' root:x:0: nogroup:x:65534: >etc/group
	echo 'passwd: files' >etc/nsswitch.conf
	echo 'group: files' >>etc/nsswitch.conf
	cp /etc/ld.so.cache etc
	: >etc/machine-id
	printf '%s\n' '[Unit]' DefaultDependencies=no \
	    >etc/systemd/system/test.target
	ip link set lo up
	mkdir .old
	pivot_root . .old
	umount -l .old
	# As systemd does it outside of containers: credentials come this way.
	mount --make-rshared /
	exec env -i container=other PATH=/usr/sbin:/usr/bin \
	    /usr/lib/systemd/systemd --system --unit=test.target \
	    --log-target=console --log-color=no --show-status=no
	EOF
}

boot_systemd() {
	mkdir -m 755 "$SHARED" "$RUN/root"
	write_boot
	make_cgroup
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$1/cgroup.procs" && exec unshare --mount --uts \
	    --ipc --net --cgroup --pid --fork --kill-child sh "$2"' \
	    boot "$MANAGED_CGROUP" "$RUN/boot" </dev/null \
	    >"$RUN/systemd.log" 2>&1 &
	MANAGED_PID=$!
	own_pid "$MANAGED_PID"
	wait_for "$WAIT" inside systemctl show --property=Version ||
	    bail "systemd does not start: $(tail -n 20 "$RUN/systemd.log")"
	ROOT=/proc/$INIT_PID/root
}

inside() {
	INIT_PID=$(cat "/proc/$MANAGED_PID/task/$MANAGED_PID/children")
	INIT_PID=${INIT_PID% }
	[ "$(cat "/proc/$INIT_PID/comm")" = systemd ] || return 1
	nsenter --target "$INIT_PID" --mount --uts --ipc --net --pid --cgroup \
	    --root --wd env -i PATH=/usr/sbin:/usr/bin "$@"
}

# Its processes end with it; then the groups are empty.
shut_down() {
	if [ -n "$MANAGED_CGROUP" ]; then
		kill -KILL "${MANAGED_PID:-}" 2>/dev/null
		wait_for "$WAIT" no_process
		find "$MANAGED_CGROUP" -depth -type d -exec rmdir {} +
	fi
	finish
}

no_process() {
	grep -qx 'populated 0' "$MANAGED_CGROUP/cgroup.events"
}
trap shut_down EXIT
