"""Runs a host whose store lies, once for each lie, and decides from outside
what came of it.  Prints TAP.

liar.py BUILD PREFIX RUN PORT...: where the liar is built, where the product
is installed, an empty folder, and a port for each host at a time.  LIES names
some cases, by numbers and commas or by a part of the name.

Everything that the host key signs and that leaves the activator is collected:
grants and seals that clients get, checkpoints and requests that administrators
get, checkpoints that the store is given to keep.  Each is verified, and each
checkpoint must be that of the log as the store has it after an honest life,
since a record was altered on its way and the database was not.  The client, the
tree and the salts are those of tests/interop.
"""
import contextlib
import os
import queue
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "interop"))

import checks  # noqa: E402
import client  # noqa: E402
import messages  # noqa: E402
import trust  # noqa: E402

build, prefix, run = sys.argv[1:4]
LIAR = build + "/tests/hostile/liar/"
KMSCTL = prefix + "/sbin/kmsctl"
KMSPUB = prefix + "/bin/kmspub"
ORDER = 70000  # as in liar.h
WAIT = 20  # seconds, for whatever should happen at once
INDEX_BITS = 48
WRONG = (client.HostError, trust.Refused, messages.Malformed, OSError)
user = "root" if os.geteuid() == 0 else "nobody"
ports = list(map(int, sys.argv[4:]))
seen = threading.local()  # what a client of this thread was given


class Failed(Exception):
    """A check of a case."""


def need(true, why):
    if not true:
        raise Failed(why)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data, mode=0o644):
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)


def tool(*args):
    """(exit status, all output)"""
    done = subprocess.run(args, stdin=subprocess.DEVNULL, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode(errors="replace")


def must(*args):
    status, out = tool(*args)
    need(status == 0, "%s: %s" % (" ".join(args), out))
    return out


# --- What clients are given, before they believe any of it

real_open_reply, real_check_host = checks.open_reply, checks.check_host


def open_reply(*args):
    reply, grant = real_open_reply(*args)
    if grant is not None:
        seen.grants.append(grant)
    return reply, grant


def check_host(*args):
    host = real_check_host(*args)
    seen.stores.append(host.store)
    return host


checks.open_reply, checks.check_host = open_reply, check_host


# --- A host


class Host:
    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        self.state = folder + "/state"
        self.conf = folder + "/kmsd.conf"
        self.process = None
        self.clients = 0
        os.makedirs(folder, exist_ok=True)
        self.begin()

    def begin(self):
        """Nothing is known of this host yet."""
        self.grants, self.stores, self.notes, self.requests = [], [], [], []

    def start(self, lie=None):
        with open(self.conf, "w") as f:
            f.write('directory "%s"\nlisten on 127.0.0.1 port %d\n' % (
                self.state, self.port))
            if lie is not None:
                f.write("limit per-source %d\n" % (ORDER + lie))
        self.log = self.folder + "/log"
        self.asked = 0
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [LIAR + "kmsd", "-d", "-f", self.conf], stderr=log,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def lines(self):
        return read(self.log).decode(errors="replace").splitlines()

    def wait(self, *texts):
        """The first line with all of these."""
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            for line in self.lines():
                if all(text in line for text in texts):
                    return line
            need(self.process.poll() is None, "kmsd ended")
            time.sleep(0.02)
        raise Failed("not in the log: %s" % " ... ".join(texts))

    def serving(self, generation=1):
        self.wait("serving, generation %d" % generation)

    def ctl(self, *args):
        return tool(KMSCTL, "-f", self.conf, *args)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        need(self.process.wait(WAIT) == 0, "kmsd did not stop in order")
        self.process = None

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def child(self, role):
        pids = read("/proc/%d/task/%d/children" % (
            (self.process.pid,) * 2)).split()
        for pid in map(int, pids):
            with contextlib.suppress(OSError):
                if read("/proc/%d/comm" % pid) == b"kmsd-%s\n" % role.encode():
                    return pid
        raise Failed("there is no %s" % role)

    # Clients

    def client(self, name=None, product="product", verb="activate"):
        if name is None:
            self.clients += 1
            name = "machine-%d" % self.clients
        options = client.options_of([
            "-p", str(self.port), "-P", site.pub + "/test.pub",
            "-c", "%s/%s.kms" % (site.pub, product),
            "-d", "%s/%s" % (self.folder, name), "--verb", verb,
            "--identity", name, "--host-name", name + ".example",
            "--seconds", str(WAIT)])
        return client.Client(options)

    def ask(self, who):
        """The client's reply and grant; all that it got is kept."""
        seen.grants, seen.stores = [], []
        self.asked += 1
        try:
            return who.activate()
        finally:
            self.grants += seen.grants
            self.stores += seen.stores

    def granted(self, who=None):
        """Is given a grant that verifies."""
        reply, grant = self.ask(who or self.client())
        need(grant is not None, "no grant: %s" % (reply.get("code"),))
        return grant

    # Administrators

    def checkpoint(self):
        status, out = self.ctl("audit", "checkpoint")
        if status == 0:
            self.notes.append(out.encode())
        return status

    def request(self):
        path = "%s/request-%d" % (self.folder, len(self.requests))
        status, _ = self.ctl("activate", "--offline", path)
        if status == 0:
            self.requests.append(read(path))
            os.unlink(path)
        return status

    def verify_log(self, *args):
        return self.ctl("audit", "verify", *args)

    # The stopped host's log, as its store has it

    def logs(self):
        """The entries of each log, by its uuid."""
        copy = self.folder + "/copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.state + "/db", copy)
        db = sqlite3.connect(copy + "/kmsd.db")
        found = {}
        for number, uuid in db.execute("SELECT id, uuid FROM log"):
            rows = db.execute(
                "SELECT key, text FROM entry WHERE key >> ? = ? ORDER BY key",
                (INDEX_BITS, number)).fetchall()
            need([k & (1 << INDEX_BITS) - 1 for k, _ in rows] ==
                 list(range(len(rows))), "the log has a gap")
            found[messages.UUID.print(bytes(uuid))] = [
                bytes(text) for _, text in rows]
        db.close()
        return found

    def kept(self):
        """The checkpoints that the store was given to keep."""
        with contextlib.suppress(FileNotFoundError):
            data = read(self.state + "/db/liar.checkpoints")
            found = [m.group(0) for m in trust.CHECKPOINT.finditer(data)]
            need(b"".join(found) == data, "it keeps what is no checkpoint")
            return found
        return []


class Signed:
    """All that the host key signed and that left the activator."""

    def __init__(self, host):
        self.host, self.wrong = host, []
        self.count = 0
        need(set(host.stores) <= {store_of(host)},
             "another store's uuid in a kms-seal")
        logs = host.logs()
        for log, entries in logs.items():
            for i, entry in enumerate(entries):
                salt = messages.parse(entry, entry.split(b" ")[0].decode()) \
                    .get("salt")
                own = trust.salt_of(entry, trust.origin_of(site.key, log),
                                    site.salt)
                need(salt == own, "entry %d of %s was made up" % (i, log))
        self.hashes = {log: [trust.leaf_hash(e) for e in entries]
                       for log, entries in logs.items()}
        for grant in host.grants:
            trust.verify_grant(grant, site.key)
            self.note(grant.split(b"\n\n", 2)[2], "a client's grant")
        for note in host.notes:
            self.note(note, "a checkpoint for administrators")
        for note in host.kept():
            self.note(note, "a checkpoint for the store")
        for request in host.requests:
            self.logs_of(request)

    def tree(self, log, size, root, what):
        self.count += 1
        hashes = self.hashes.get(log)
        if hashes is None or size > len(hashes) or \
                trust.tree_root(hashes[:size]) != root:
            self.wrong.append("%s covers %d entries of %s, and not those of "
                              "the log" % (what, size, log))

    def note(self, note, what):
        size, root = trust.verify_checkpoint(note, site.key)
        log = trust.CHECKPOINT.fullmatch(note)["log"].decode()
        self.tree(log, size, root, what)

    def logs_of(self, request):
        message, _ = trust.verify_document(request, "kms-host-request",
                                           [site.blob])
        for log, size, root, signature in message.all("log"):
            log = messages.UUID.print(log)
            body = "%s\n%d\n%s\n" % (trust.origin_of(site.key, log), size,
                                     messages.Base64(32).print(root))
            need(trust.verify_bytes(site.key, body.encode(), signature),
                 "a request with a log that is not signed")
            self.tree(log, size, root, "a request")


# --- A site, made once


class Site:
    """A publisher, and a host in whose database entries stand that its anchor
    does not cover: a start, a refusal, two grants, a change."""

    def __init__(self):
        self.pub = run + "/publisher"
        os.mkdir(self.pub)
        self.product("test", "product", 2)
        self.product("rare", "rare", 9)
        self.product("foreign", "foreign", 2)
        self.product("spare", "spare", 2)
        for n in 2, 3, 4:
            self.revision(n)
        self.revision(3, "twin", rb"threshold 3")
        self.foreign = read(self.pub + "/foreign.kms")
        self.first = read(self.pub + "/product.kms")
        self.newer = read(self.new(4))
        self.twin = read(self.new("twin"))
        self.spare = read(self.pub + "/spare.kms")

    def product(self, family, name, threshold):
        p = self.pub
        key = "test" if family != "foreign" else "foreign"
        if not os.path.exists("%s/%s.pub" % (p, key)):
            must(KMSPUB, "keygen", "-n", "-p", "%s/%s.pub" % (p, key),
                 "-s", "%s/%s.sec" % (p, key))
            must(KMSPUB, "issuer", "-n", "-p", "%s/%s-issuer.pub" % (p, key),
                 "-s", "%s/%s-issuer.sec" % (p, key))
        must(KMSPUB, "product", "new", "-p", "%s/%s.pub" % (p, key), "-i",
             "%s/%s-issuer.pub" % (p, key), "-n", "Product " + name, "-f",
             family, "-t", str(threshold), "-o", "%s/%s.txt" % (p, name))
        must(KMSPUB, "product", "sign", "-s", "%s/%s.sec" % (p, key), "-m",
             "%s/%s.txt" % (p, name), "-x", "%s/%s.kms" % (p, name))

    def revision(self, n, name=None, threshold=rb"threshold 2"):
        name = self.new(n if name is None else name)
        text = read(self.pub + "/product.txt")
        text = re.sub(rb"(?m)^revision .*$", b"revision %d" % n, text)
        text = re.sub(rb"(?m)^threshold .*$", threshold, text)
        write(name + ".txt", text)
        must(KMSPUB, "product", "sign", "-s", self.pub + "/test.sec", "-m",
             name + ".txt", "-x", name)

    def new(self, name):
        return "%s/revision.%s" % (self.pub, name)

    def make(self, host):
        host.start()  # writes kmsd.conf, and finds no state
        host.process.wait()
        must(KMSCTL, "-f", host.conf, "init")
        shutil.copy(self.pub + "/test.pub", host.state + "/publisher/")
        # The host's seed is in its signify key, behind numbers and a salt.
        line = read(host.state + "/host.key").split(b"\n")[1]
        self.salt = trust.salt_key(trust.b64decode(line, 104)[40:72])
        self.certify(host)
        self.new_log(host)
        self.tail(host)

    def certify(self, host):
        host.start()
        host.serving()
        request = host.folder + "/request.kms"
        must(KMSCTL, "-f", host.conf, "activate", "--offline", request)
        message = read(request)
        self.blob = re.search(rb"(?m)^host (\S+)$", message).group(1)
        self.blob = trust.b64decode(self.blob, 42)
        self.key = self.blob[10:]
        must(KMSPUB, "host", "certify", "-s", self.pub + "/test-issuer.sec",
             "-p", self.pub + "/test.pub", "-c", self.pub + "/product.kms",
             "-c", self.pub + "/rare.kms", "-x", host.folder + "/host.kms",
             request)
        for name in "product.kms", "rare.kms":
            must(KMSCTL, "-f", host.conf, "install", self.pub + "/" + name)
        must(KMSCTL, "-f", host.conf, "install", host.folder + "/host.kms")
        host.stop()  # the store keeps a checkpoint, and will a later one
        host.start()
        host.serving()
        must(KMSCTL, "-f", host.conf, "install", self.new(2))
        for name in "first", "second":
            host.ask(host.client(name))
        host.stop()

    def new_log(self, host):
        """The database goes back, which is accepted: there is an older log."""
        backup = host.folder + "/backup"
        must("cp", "-a", host.state + "/db", backup)
        self.older = next(e for log in host.logs().values() for e in log
                          if e.startswith(b"kms-grant "))
        host.start()
        host.serving()
        host.granted()
        host.stop()
        for name in os.listdir(host.state + "/db"):
            os.unlink(host.state + "/db/" + name)
        must("cp", "-a", backup + "/.", host.state + "/db")
        host.start()
        host.wait("the store went back")
        must(KMSCTL, "-f", host.conf, "audit", "accept-rollback", "a backup")
        host.serving(2)
        host.granted(host.client("second"))
        host.granted()
        need(host.checkpoint() == 0, "no checkpoint")
        self.newest = host.notes[-1]
        host.stop()

    def tail(self, host):
        shutil.copy2(host.state + "/anchor", host.folder + "/anchor")
        host.start()
        host.serving()
        reply, grant = host.ask(host.client("rare", "rare"))
        need(grant is None, "the threshold is reached too early")
        self.held = []
        for name in "third", "fourth":
            path = "%s/%s.grant" % (run, name)
            write(path, host.granted(host.client(name)))
            self.held.append(path)
        must(KMSCTL, "-f", host.conf, "install", self.new(3))
        need(host.request() == 0, "no request")
        self.stated = stated(host)
        need(len(self.stated) == 2, "the older log is not stated")
        host.stop()
        shutil.copy2(host.folder + "/anchor", host.state + "/anchor")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(host.state + "/db/liar.checkpoints")
        self.state = host.state
        self.given = host.grants + []


# --- One lie


class Lie:
    def __init__(self, line):
        number, self.name, self.end, self.ask, self.said = \
            line.rstrip("\n").split("\t")
        self.number = int(number)
        self.title = "%s: %s" % (
            "at the start" if self.ask == "start" else "live, " + self.ask,
            self.name)


HONEST = -1
FILES = {"an entry of another log": "older",
         "an old revision of a document": "first",
         "a newer document that nobody installed": "newer",
         "a further document that nobody installed": "spare",
         "another document than was installed": "twin",
         "a document of another publisher instead": "foreign",
         "a document of another publisher besides": "foreign",
         "a kept checkpoint of another log": "newest"}


def stated(host):
    """The logs that the newest request states: uuid and size of each."""
    message, _ = trust.verify_document(host.requests[-1], "kms-host-request",
                                       [site.blob])
    return [(messages.UUID.print(log), size)
            for log, size, _, _ in message.all("log")]


# Told behind the commit of what was decided rightly.
LATE = ("an outcome for no batch", "a commit of no batch")


def fresh(host, lie):
    host.begin()
    host.clients = 0
    must("rm", "-rf", host.folder)
    os.mkdir(host.folder)
    must("cp", "-a", site.state, host.state)
    if lie is not None and lie.name in FILES:
        write(host.state + "/db/liar.bytes", getattr(site, FILES[lie.name]))


def settle(host):
    """Stops it; nothing that was signed is of anything but its log."""
    host.stop()
    signed = Signed(host)
    status, out = host.verify_log()
    need(status == 0, "audit verify: " + out)
    return signed


def goes_on(host):
    """A store that does not lie serves with what is there."""
    before = host.grants, host.notes, host.requests
    host.start()
    host.serving()
    host.granted()
    host.checkpoint()
    host.request()
    need(before[0], "nothing was given")
    return settle(host)


def refused(host, ask):
    """The question does not come to what it asks for."""
    try:
        _, grant = ask()
    except WRONG:
        return
    need(grant is None, "a grant is given")
    raise Failed("there is an answer")


def has_asked(host, n):
    """So many requests came to the activator, which says so each second."""
    until = time.monotonic() + WAIT
    while not re.search(r"(?m)^activator +requests +%d$" % n,
                        host.ctl("show", "counters")[1]):
        need(time.monotonic() < until, "a request did not come")
        time.sleep(0.05)


def provoke_two(host, answered):
    """One machine's request is with the store, which sleeps; those of two
    others are with the activator, and go in one batch."""
    store = host.child("store")
    machines = [host.client() for _ in range(3)]
    results = [None] * 3

    def one(i):
        seen.grants, seen.stores = [], []
        try:
            results[i] = machines[i].activate()
        except WRONG as e:
            results[i] = e
        host.grants += seen.grants
        host.stores += seen.stores

    threads = [threading.Thread(target=one, args=(i,)) for i in range(3)]
    os.kill(store, signal.SIGSTOP)
    try:
        for i, thread in enumerate(threads):
            thread.start()
            has_asked(host, host.asked + i + 1)
    finally:  # a process that is stopped does not see its parent end
        os.kill(store, signal.SIGCONT)
    for thread in threads:
        thread.join()
    # The listener may end with the lie before it has sent the first grant.
    need(results[0][1] is not None if isinstance(results[0], tuple)
         else not answered,
         "what the machine before the two got is %s" % (results[0],))
    for result in results[1:]:
        need(isinstance(result, tuple) == answered,
             "what one of the two got is %s" % (result,))
    return machines[1]


def provoke(host, lie):
    """Asks what the lie waits for; who asked, to ask again."""
    if lie.ask in ("activate", "refuse", "status"):
        who = host.client(product="rare" if lie.ask == "refuse" else "product",
                          verb="status" if lie.ask == "status" else "activate")
        if lie.name in LATE:
            with contextlib.suppress(*WRONG):
                host.ask(who)  # its grant may leave before the lie comes
        else:
            refused(host, lambda: host.ask(who))
        return who if lie.ask == "activate" else None
    if lie.ask == "two":
        return provoke_two(host, False)
    if lie.ask == "install":
        status, out = host.ctl("install", site.new(4))
        need(status != 0, "installed: " + out)
    elif lie.ask == "read":
        host.ctl("show", "machines")
    return None


def rollback(host, lie):
    host.start(lie.number)
    line = host.wait("not serving, the store went back", lie.said)
    told = [re.search(r"the lie is in entry (\d+)$", one)
            for one in host.lines()]
    for entry in filter(None, told):
        need("back: entry %s: %s" % (entry.group(1), lie.said) in line,
             "another entry is named: " + line)
    need(host.checkpoint() != 0, "a checkpoint is given")
    need(host.request() != 0, "a request is given")
    status, out = host.ctl("install", site.new(4))
    need(status != 0, "a document is installed")
    try:
        host.child("listener")
    except Failed:
        pass
    else:
        raise Failed("there is a listener")
    signed = settle(host)
    need(signed.count == 0, "something is signed")
    return goes_on(host)


def rule(host, lie):
    host.start(lie.number)
    who = None
    if lie.ask != "start":
        host.serving()
        who = provoke(host, lie)
    who_says = "control" if lie.ask == "read" else "activator"
    host.wait(who_says, "the store broke a rule", lie.said)
    host.serving(2)
    host.granted(who)
    host.checkpoint()
    host.request()
    signed = settle(host)
    need(signed.count >= 3, "too little is signed")
    return signed


def without(host, lie):
    host.start(lie.number)
    host.wait(lie.said)
    host.serving()
    host.granted()
    need(host.request() == 0, "no request")
    logs = len(stated(host))
    need(logs == (1 if "checkpoint" in lie.name else 2),
         "the request states %d logs" % logs)
    need(all("foreign" not in line for line in
             host.ctl("show", "documents")[1].splitlines()),
         "another publisher's document is shown")
    return settle(host)


# What a store can do, and no further.


def tampered(host, lie):
    """What clients hold does not fit the log that went on; found by them, and
    by whoever compares."""
    host.start(lie.number)
    host.serving()
    host.granted()
    host.checkpoint()
    signed = settle(host)
    bad = [tool(KMSCTL, "-f", host.conf, "audit", "verify", "--grant", held)[0]
           for held in site.held]
    need(1 in bad or lie.name.endswith("repeated"),
         "no grant is evidence against it")
    if lie.name.endswith("extended"):
        worthless(host)
    return signed


def worthless(host):
    """The extended grant, proven from the log and its newest checkpoint, is
    not believed."""
    note = host.notes[-1]
    log = trust.CHECKPOINT.fullmatch(note)["log"].decode()
    size, root = trust.verify_checkpoint(note, site.key)
    entries = host.logs()[log][:size]
    who = next(messages.parse(e, "kms-grant") for e in reversed(entries)
               if e.startswith(b"kms-grant ") and b"fourth" in e)
    index = entries.index(who.print())
    proof = trust.print_proof(index, audit_path(
        [trust.leaf_hash(e) for e in entries], index), note)
    grant = who.print() + b"\n" + proof
    trust.verify_grant(grant, site.key)
    certificate, product = shown(host)
    try:
        checks.check_place(grant, certificate, product, {})
    except trust.Refused as e:
        need("holds too long" in str(e), str(e))
        return
    raise Failed("a client believes the extended grant")


def audit_path(hashes, index):
    """RFC 6962 section 2.1.1."""
    if len(hashes) == 1:
        return []
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    if index < split:
        return audit_path(hashes[:split], index) + \
            [trust.tree_root(hashes[split:])]
    return audit_path(hashes[split:], index - split) + \
        [trust.tree_root(hashes[:split])]


def shown(host):
    publisher = trust.read_public_key(read(site.pub + "/test.pub"))
    product = checks.check_product(read(site.pub + "/product.kms"), publisher)
    return checks.check_certificate(read(run + "/site/host.kms"),
                                    product), product


def newest(host):
    """The entries of the newest log."""
    note = host.notes[-1]
    return host.logs()[trust.CHECKPOINT.fullmatch(note)["log"].decode()]


def decided(host, lie, check):
    """The request is answered as the store wants, in a log that verifies."""
    host.start(lie.number)
    host.serving()
    who = host.client(product="rare" if lie.ask == "refuse" else "product",
                      verb="status" if lie.ask == "status" else "activate")
    reply, grant = host.ask(who)
    host.granted()
    host.checkpoint()
    signed = settle(host)
    entry = [e for e in newest(host) if b"machine-1.example" in e]
    check(reply, grant, entry)
    return signed


def is_code(reply, name):
    need(reply.get("code") is not None and reply.get("code")[1] == name,
         "the code is %s" % (reply.get("code"),))


def check_refused(reply, grant, entry):
    is_code(reply, "count-insufficient")
    need(entry and entry[0].startswith(b"kms-refusal "), "no refusal stands")


def check_granted(reply, grant, entry):
    need(grant is not None and reply.get("count") == reply.get("needed") == 9,
         "not granted")
    need(grant.startswith(entry[0]), "another entry stands in the log")


def check_count(reply, grant, entry):
    need(grant is not None and reply.get("count") == 4242, "another count")
    need(b"\ncount 4242\n" in entry[0], "the log has another count")


def check_serial(reply, grant, entry):
    need(grant is not None and reply.get("serial") == 4242, "another serial")


def check_left_out(reply, grant, entry):
    is_code(reply, "count-insufficient")
    need(not entry, "there is an entry")


def check_busy(reply, grant, entry):
    is_code(reply, "busy")
    need(not entry, "there is an entry")


def check_status(reply, grant, entry):
    need(reply.get("result") == "done" and reply.get("count") == 4242 and
         not entry, "another status")


DECIDED = {
    "a good request refused": check_refused,
    "a request below the threshold granted": check_granted,
    "a grant with another count": check_count,
    "a grant with another serial": check_serial,
    "a refusal left out of the log": check_left_out,
    "a good request answered busy": check_busy,
    "a status with another count": check_status,
}


def older(host, lie):
    """What is stated is true and not all of it, and nothing says so; whoever
    has an earlier request sees it."""
    host.start(lie.number)
    host.serving()
    host.granted()
    need(host.request() == 0, "no request")
    (log, size), now = site.stated[1], dict(stated(host))
    if "earlier" in lie.name:
        need(0 < now.get(log, 0) < size, "the older log is stated as it is")
    else:
        need(len(now) == 1 and log not in now, "the older log is stated")
    need(not any("older log" in line for line in host.lines()
                 if "this store lies" not in line), "the log names it")
    return settle(host)


def rewritten(host, lie):
    """The host serves and shows the lie; audit verify names the entry.  What is
    signed covers what stood there before."""
    host.start(lie.number)
    host.serving()
    host.granted()
    need("reason a custom" in host.ctl("audit", "show", "-i", "0", "-n",
                                       "1")[1], "the lie is not shown")
    host.checkpoint()
    host.stop()
    status, out = host.verify_log()
    need(status == 1 and "entry 0: its salt" in out, "audit verify: " + out)
    put_back(host)
    host.start()
    host.serving()
    return settle(host)


def put_back(host):
    db = sqlite3.connect(host.state + "/db/kmsd.db")
    db.execute("UPDATE entry SET text = CAST(replace(CAST(text AS TEXT), "
               "'reason a custom', 'reason a backup') AS BLOB)")
    db.commit()
    db.close()


def possible(host, lie):
    if lie.name in DECIDED:
        signed = decided(host, lie, DECIDED[lie.name])
    elif lie.name.startswith("an older log"):
        signed = older(host, lie)
    elif lie.name.endswith("covers rewritten"):
        signed = rewritten(host, lie)
    elif lie.ask == "read":
        host.start(lie.number)
        host.serving()
        out = host.ctl("show", "machines")[1]
        need("liar.example" in out, "the rows are right: " + out)
        host.granted()
        signed = settle(host)
        need(all(b"liar.example" not in e for log in host.logs().values()
                 for e in log), "the log has it")
    else:
        signed = tampered(host, lie)
    goes_on(host)
    return signed


def control(host, lie):
    """A store that does not lie: everything is answered and verifies."""
    host.start()
    host.serving()
    host.granted()
    provoke_two(host, True)
    reply, _ = host.ask(host.client(verb="status"))
    need(reply.get("result") == "done", "no status")
    reply, _ = host.ask(host.client(product="rare"))
    is_code(reply, "count-insufficient")
    must(KMSCTL, "-f", host.conf, "show", "machines")
    must(KMSCTL, "-f", host.conf, "install", site.new(4))
    need(host.request() == 0 and host.checkpoint() == 0, "nothing is signed")
    need(stated(host)[1] == site.stated[1], "the older log is not stated")
    signed = settle(host)
    need(len(host.kept()) == 1, "the store was given no checkpoint to keep")
    for held in site.held:
        must(KMSCTL, "-f", host.conf, "audit", "verify", "--grant", held)
    need(host.stores, "no kms-seal was seen")
    need(signed.count >= 8, "too little is signed")
    # And what is not of this log is noticed.
    forged = Signed(host)
    forged.hashes = {log: h[1:] for log, h in forged.hashes.items()}
    forged.wrong = []
    forged.note(host.notes[0], "a checkpoint")
    need(forged.wrong, "a checkpoint of another tree passes")
    return signed


def store_of(host):
    text = read(host.state + "/anchor").decode()
    return messages.UUID.parse(re.search(r"(?m)^store (\S+)$", text).group(1))


ENDS = {"rollback": rollback, "rule": rule, "without": without,
        "possible": possible, "control": control}


# --- All of them


class Result:
    def __init__(self, lie):
        self.lie, self.failure, self.log, self.signed = lie, None, [], 0


def attempt(host, result):
    lie = result.lie
    try:
        fresh(host, lie)
        signed = ENDS[lie.end](host, lie)
        result.signed = len(signed.wrong)
        need(not signed.wrong, "; ".join(signed.wrong))
    except Failed as e:
        result.failure = str(e)
    except Exception:  # shown as a failure of this case
        result.failure = traceback.format_exc()
    finally:
        host.kill()
    if result.failure is not None and hasattr(host, "log"):
        with contextlib.suppress(OSError):
            result.log = host.lines()[-12:]


def work(host, todo):
    while True:
        try:
            result = todo.get_nowait()
        except queue.Empty:
            return
        attempt(host, result)


def chosen(lies):
    only = os.environ.get("LIES")
    if not only:
        return lies
    if re.fullmatch(r"[0-9,]+", only):
        return [one for one in lies if str(one.number) in only.split(",")]
    return [one for one in lies if only in one.title]


def main():
    began = time.monotonic()
    listed = must(LIAR + "liar_list").splitlines()
    honest = Lie("%d\ta store that does not lie\tcontrol\tcontrol\t" % HONEST)
    honest.title = "the control: " + honest.name
    results = [Result(lie) for lie in chosen(
        [honest] + [Lie(line) for line in listed])]
    hosts = [Host("%s/%d" % (run, i), port) for i, port in enumerate(ports)]
    todo = queue.Queue()
    for result in results:
        todo.put(result)
    threads = [threading.Thread(target=work, args=(host, todo), daemon=True)
               for host in hosts]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    finally:  # also of a signal
        for host in hosts:
            host.kill()
    for count, result in enumerate(results, 1):
        print("%sok %d - a lying store: %s" % (
            "not " if result.failure else "", count, result.lie.title))
        if result.failure:
            for line in result.failure.splitlines() + result.log:
                print("# " + line)
    good = [r.lie.end for r in results if not r.failure]
    print("# liar: lies=%d named=%d signed=%d possible=%d seconds=%d user=%s" %
          (sum(r.lie.end not in ("control", "possible") for r in results),
           sum(end not in ("control", "possible") for end in good),
           sum(r.signed for r in results), good.count("possible"),
           time.monotonic() - began, user))
    print("1..%d" % len(results))
    return 1 if any(r.failure for r in results) or not results else 0


signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
site = Site()
maker = Host(run + "/site", ports[0])
try:
    site.make(maker)
except Exception:
    print("Bail out! no site")
    for text in traceback.format_exc().splitlines() + maker.lines()[-20:]:
        print("# " + text)
    sys.exit(1)
finally:
    maker.kill()
sys.exit(main())
