"""Runs every technique of escape in every process, confined and not, and
decides from outside what came of it.  Prints TAP.

escapes.py BUILD LIST SLOT...: the folder with confined/ and open/, the
techniques as escape_list prints them, folders with a state of their own,
each for one host at a time.
"""
import errno
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

ROLES = ["kmsd", "listener", "activator", "store", "control"]
WAIT = 20  # seconds, for one start
REFUSALS = {errno.EACCES, errno.EPERM, errno.ENOSYS}
# A root in which the file is not, and limits.
OTHERS = {errno.ENOENT, errno.EAGAIN, errno.ENOMEM, errno.EMFILE}
# How a receiver of channels refuses a descriptor, which shows that one came.
NO_DESCRIPTOR = "a descriptor where none may come"
# What stays possible, and is said in doc/security.md: technique, process, as
# whom, why.
MAY = {
    ("stat", "store", "nobody"):
        "without a root of its own it sees names and sizes",
}

build, listing = sys.argv[1:3]
slots = sys.argv[3:]
only = os.environ.get("ESCAPES")  # numbers or names, by commas
user = "root" if os.geteuid() == 0 else "nobody"


class Technique:
    def __init__(self, line):
        number, self.name, self.success, self.parent_may, self.no_control = \
            line.rstrip("\n").split("\t")
        self.number = int(number)
        self.to_receiver = self.success.startswith("the receiver says")


with open(listing) as f:
    techniques = [Technique(line) for line in f]


def outside(slot):
    """A folder that everybody may write, with what the techniques want."""
    folder = slot + "/outside"
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    os.chmod(folder, 0o777)
    for name in ("secret", "own"):
        with open(folder + "/" + name, "w") as f:
            f.write("secret\n")
        os.chmod(folder + "/" + name, 0o666)
    shutil.copy("/bin/true", folder + "/tool")


def configure(slot, port, order):
    with open(slot + "/kmsd.conf", "w") as f:
        f.write('directory "%s/state"\n' % slot)
        f.write("listen on 127.0.0.1 port %d\n" % port)
        if order:
            f.write("limit per-source %d\n" % order)
        if "/open" in slot:
            f.write("sandbox optional files\nsandbox optional syscalls\n")


def broken_rule(line, role):
    """Whether the line says that this child broke a rule; of the parent, which
    every line begins with, no sibling says so."""
    m = re.search(r": the (\w+) (?:broke a rule|\(pid \d+\) breaks the rules): "
                  r"(.*)", line)
    if role == "kmsd" or not m or m.group(1) != role:
        return None
    return "descriptor" if NO_DESCRIPTOR in m.group(2) else "another rule"


def outcome(line, number, role):
    """What a line of the log says, or None."""
    m = re.search(r"escape %d: (succeeds|errno (\d+))" % number, line)
    if m:
        return "open" if m.group(1) == "succeeds" else int(m.group(2))
    m = re.search(r"the %s \(pid .*was killed by signal (\d+)" % role, line)
    if m:
        return "SIGSYS" if int(m.group(1)) == signal.SIGSYS else \
            "signal " + m.group(1)
    if re.search(r"the %s \(pid .*exited with status" % role, line):
        return "exited"  # which a program that it executed did
    return None


def tells_apart():
    """Whether a broken rule is put down to him who broke it alone."""
    listener = "kmsd: the listener (pid 7) breaks the rules: counters: "
    sibling = "kmsd: activator: the listener broke a rule: request: "
    for role in ROLES:
        his = role == "listener"
        for line in (listener, sibling):
            if broken_rule(line + NO_DESCRIPTOR + "\n", role) != (
                    "descriptor" if his else None) or \
                    broken_rule(line + "malformed\n", role) != (
                        "another rule" if his else None) or \
                    outcome(line + NO_DESCRIPTOR + "\n", 1, role):
                return False
    return True


def executes(technique):
    return technique.name.startswith(("execve", "memfd and"))


def attempt(kind, slot, port, role, technique):
    """Starts a host, and returns its outcome and its log."""
    outside(slot)
    number = technique.number
    order = 0
    env = {"PATH": "/nonexistent"}
    if role == "kmsd":
        env["KMSD_ESCAPE"] = str(number)
        env["KMSD_ESCAPE_FOLDER"] = slot + "/state/"
    else:
        order = 90000 + 10 * number + ROLES.index(role)
    configure(slot, port, order)
    p = subprocess.Popen([build + "/" + kind + "/kmsd", "-d", "-f",
                          slot + "/kmsd.conf"], env=env,
                         stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                         stdout=subprocess.DEVNULL)
    timer = threading.Timer(WAIT, p.kill)
    timer.start()
    log, result, late, rule, begun = [], None, None, None, False
    for line in p.stderr:
        line = line.decode(errors="replace")
        log.append(line)
        begun = begun or "escape %d: begins" % number in line
        # The receiver may be heard before the process that it speaks of.
        rule = rule or broken_rule(line, role)
        result = (outcome(line, number, role) or rule) if begun else None
        if result == "exited" and not executes(technique):
            late, result = result, None  # what it said may come behind
        if result is not None:
            break
    result = result or late
    if timer.is_alive() and result is None and begun and role == "kmsd":
        status = p.wait()
        result = "SIGSYS" if status == -signal.SIGSYS else \
            "signal %d" % -status if status < 0 else "exited"
    timer.cancel()
    p.kill()
    p.stderr.close()
    p.wait()
    if result == "exited" and executes(technique):
        result = "open"
    return result or ("none" if begun else "not started"), log


class Row:
    def __init__(self, role, technique):
        self.role, self.technique = role, technique
        self.result, self.log = {}, {}


def is_refused(row):
    r = row.result["confined"]
    if r == "SIGSYS" or r in REFUSALS:
        return True
    return r in OTHERS or (r == "descriptor" and row.technique.to_receiver)


def works(row):
    """Whether the way is one where nothing is confined."""
    return row.result["open"] == (
        "descriptor" if row.technique.to_receiver else "open")


def judge(row):
    """None, or what is wrong."""
    t = row.technique
    if not is_refused(row):
        return "it is not refused"
    if not works(row) and not t.no_control:
        return "the control does not work"
    if not works(row) and row.result["confined"] not in \
            REFUSALS | {"SIGSYS", errno.ENOMEM}:
        return "the control does not work, and no filter refuses it"
    return None


def work(slot, port, todo):
    while True:
        try:
            row = todo.get_nowait()
        except queue.Empty:
            return
        for kind in ("confined", "open"):
            try:
                row.result[kind], row.log[kind] = attempt(
                    kind, slot + "/" + kind, port, row.role, row.technique)
            except Exception as e:  # shown as a failure of this row
                row.result[kind], row.log[kind] = "error: %r" % e, []


def main():
    count, failed = 1, not tells_apart()
    print("%sok 1 - escapes as %s: a broken rule is its breaker's alone" % (
        "not " if failed else "", user))
    ears = []
    for slot in slots:
        for kind in ("confined", "open"):
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind("\0" + slot + "/" + kind)
            ears.append(s)
    base = int(os.environ.get("PORT_BASE", "25000"))
    for role in ROLES:
        began = time.monotonic()
        todo, rows = queue.Queue(), []
        for t in techniques:
            if only and not {str(t.number), t.name} & set(only.split(",")):
                continue
            if role == "kmsd" and t.parent_may:
                print("# the parent may: %s (%s)" % (t.name, t.parent_may))
                continue
            if (t.name, role, user) in MAY:
                print("# the %s may: %s (%s)" % (
                    role, t.name, MAY[t.name, role, user]))
                continue
            rows.append(Row(role, t))
            todo.put(rows[-1])
        threads = [threading.Thread(target=work, args=(slot, base + i, todo))
                   for i, slot in enumerate(slots)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        blocked = control = 0
        for row in rows:
            wrong = judge(row)
            blocked += is_refused(row)
            control += works(row)
            count += 1
            failed += wrong is not None
            print("%sok %d - escapes as %s: %s: %s" % (
                "not " if wrong else "", count, user, role,
                row.technique.name))
            if wrong:
                print("# %s: confined %s, control %s" % (
                    wrong, row.result["confined"], row.result["open"]))
                for kind in row.log:
                    for line in row.log[kind][-4:]:
                        print("# %s: %s" % (kind, line.rstrip("\n")))
            elif not works(row):
                print("# the control says %s (%s)" % (
                    row.result["open"], row.technique.no_control))
        print("# escapes: process=%s tried=%d blocked=%d control=%d user=%s "
              "seconds=%d" % (role, len(rows), blocked, control, user,
                              time.monotonic() - began), flush=True)
    print("1..%d" % count)
    return 1 if failed or count == 1 else 0


sys.exit(main())
