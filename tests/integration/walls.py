#!/usr/bin/env python3
# Tries what a unit's settings forbid, and what they must leave:
#
#	walls.py FOLDER NETWORK
#
# FOLDER is one that the service may write, NETWORK the link of a network
# namespace, as in /proc/PID/ns/net.  Prints a line "WHAT: done" or
# "WHAT: refused, WHY" for each; nothing that is done outlasts the try.
import contextlib
import ctypes
import errno
import mmap
import os
import signal
import socket
import sys

CLONE_NEWUSER = 0x10000000
CLONE_NEWNS = 0x00020000
KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING = 0, -2
PER_LINUX32 = 0x0008
PTRACE_TRACEME = 0
SYS = {
    "x86_64": {"keyctl": 250},
    "aarch64": {"keyctl": 219},
}[os.uname().machine]

libc = ctypes.CDLL(None, use_errno=True)
folder, network = sys.argv[1:]


def call(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), "")


def write(path):
    with open(path, "w"):
        os.unlink(path)


def read(path):
    with open(path, "rb") as f:
        f.read(1)


def same_network():
    if os.readlink("/proc/self/ns/net") != network:
        raise OSError(errno.EXDEV, "")


def setuid_file():
    path = folder + "/setuid"
    fd = os.open(path, os.O_CREAT | os.O_WRONLY, 0o700)
    try:
        os.fchmod(fd, 0o4700)
    finally:
        os.unlink(path)


def mkdir(path):
    os.mkdir(path)
    os.rmdir(path)


def chown():
    path = folder + "/chown"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    try:
        os.chown(path, 1, 1)
    finally:
        os.unlink(path)


def become(uid):
    os.setgroups([uid])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def see_first():
    become(65534)
    os.stat("/proc/1")


def see_another():
    with another() as pid:
        read("/proc/%d/status" % pid)


def chroot():
    os.chroot(folder)
    os.chdir("/")


@contextlib.contextmanager
def another():
    """A process of another user, which is killed at the end."""
    ready, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        become(65534)
        os.write(tell, b".")
        signal.pause()
    os.close(tell)
    if os.read(ready, 1) != b".":
        raise OSError(errno.ECHILD, "")
    yield pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def end_another():
    with another():
        pass


WALLS = [
    ("make an Internet socket", lambda: socket.socket(socket.AF_INET)),
    ("make a netlink socket",
     lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
    ("be in the machine's network", same_network),
    ("write to /etc", lambda: write("/etc/walls")),
    ("write to /opt", lambda: write("/opt/walls")),
    ("see a file in /home", lambda: os.stat("/home/walls")),
    ("see a file of others in /tmp", lambda: os.stat("/tmp/walls")),
    ("see a device that is not for all", lambda: os.stat("/dev/walls")),
    ("see process 1 as another user", see_first),
    ("see what /proc has beside processes", lambda: os.stat("/proc/meminfo")),
    ("write to /proc/sys",
     lambda: os.close(os.open("/proc/sys/kernel/hostname", os.O_WRONLY))),
    ("make a control group", lambda: mkdir("/sys/fs/cgroup/walls")),
    ("read a file of another user", lambda: read("/opt/walls.secret")),
    ("give a file away", chown),
    ("make a setuid file", setuid_file),
    ("make a user namespace", lambda: call(libc.unshare(CLONE_NEWUSER))),
    ("make a mount namespace", lambda: call(libc.unshare(CLONE_NEWNS))),
    ("mount", lambda: call(libc.mount(b"x", b"/opt", b"tmpfs", 0, None))),
    ("map memory to write and execute",
     lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)),
    ("change the personality", lambda: call(libc.personality(PER_LINUX32))),
    ("look at the clock's adjustment",
     lambda: call(libc.adjtimex(ctypes.create_string_buffer(512)))),
    ("name the machine",
     lambda: call(libc.sethostname(b"walls", 5))),
    ("use keys of the kernel",
     lambda: call(libc.syscall(SYS["keyctl"], KEYCTL_GET_KEYRING_ID,
                               KEY_SPEC_PROCESS_KEYRING, 1))),
    ("be traced", lambda: call(libc.ptrace(PTRACE_TRACEME, 0, None, None))),
]
NEEDED = [
    ("write to its folder", lambda: write(folder + "/walls")),
    ("make a Unix socket", lambda: socket.socket(socket.AF_UNIX)),
    ("become another user", lambda: become(65534)),
    ("change its root", chroot),
    ("see another user's process", see_another),
    ("end another user's process", end_another),
]


def attempt(what, how):
    pid = os.fork()
    if pid == 0:
        try:
            how()
        except OSError as e:
            print("%s: refused, %s" % (what, errno.errorcode[e.errno]),
                  flush=True)
        else:
            print("%s: done" % what, flush=True)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        print("%s: refused, %s" % (what, signal.Signals(
            os.WTERMSIG(status)).name), flush=True)


for what, how in WALLS:
    attempt("wall: " + what, how)
for what, how in NEEDED:
    attempt("needed: " + what, how)
