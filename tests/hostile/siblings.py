"""Hosts with one child that was taken over, and what became of it, judged from
outside.  Prints TAP.

siblings.py KMSD KMSCTL PUBLISHER STATE SLOT...: the parent that starts an evil
child, kmsctl, the publisher's folder, the state folder of a host that was set
up, folders in which one host at a time runs.

A campaign is made of bursts.  A burst is a fresh copy of the state, a seed and
some dozens of generations of processes; each ends when the evil child has
broken a rule, and the next one begins at once.  When a burst is over, the log,
the journal of the evil child, the database and the files are judged, and the
host is started once more with the honest child.

    HOSTILE_SEED=n        repeats a campaign
    HOSTILE_RECORDS=n     records to try, all evil children together; those
                          that any child may send come on top ("plain")
    HOSTILE_ROLES=a,b     only these evil children
    HOSTILE_BURST=role:n  one burst alone, by the seed that a failure names

What the processes do is drawn from the seed; how they are scheduled is not.
"""

import base64
import collections
import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))

import nacl.bindings  # noqa: E402

import kmsproto  # noqa: E402  (finds tests/interop)
from kmsproto import checks, client, messages, trust  # noqa: E402

ROLES = ["kmsd", "listener", "activator", "store", "control"]
# Of the records, in hundredths; the store may say next to nothing unasked.
SHARES = {"listener": 64, "control": 30, "store": 6}
GENERATIONS = 40  # of a burst
SEEDS = (1000, 100001)  # what a limit of kmsd.conf can carry
IDLE = 15  # seconds in which something must happen
GLANCE = 1  # seconds between two looks at the journal
ENOUGH = 8  # findings
JOURNAL = 96 << 20  # bytes
RECORDS_AT = 4096 + 64 * 2048
RECORD = struct.Struct("=IBBHII32s")
INDEX_BITS = 48
# What the evil child does that no rule forbids.
USELESS = {"counters", "replay", "events", "install", "host request",
           "get checkpoint", "accept rollback", "clock accept", "read",
           "log level", "ask", "stop"}
# Of that a replay alone is meant to do harm; the rest is counted apart.
PLAIN = USELESS - {"replay"}
NAMED = re.compile(
    r"the \w+ broke a rule: .|the \w+ \(pid \d+\) breaks the rules: .|"
    r"the \w+ cannot run: .|the queue to the \w+ is full|"
    r"no room for an answer to the \w+|the \w+ does not read its questions")
DIED = re.compile(r"the (\w+) \(pid \d+\) of generation \d+ (was killed by "
                  r"signal (\d+)|exited with status (\d+))")


class Site:
    """What all hosts of a campaign have in common."""

    def __init__(self, kmsd, kmsctl, publisher, state):
        self.kmsd, self.kmsctl, self.state = kmsd, kmsctl, state
        with open(publisher + "/test.pub", "rb") as f:
            self.publisher = trust.read_public_key(f.read())
        with open(publisher + "/product.kms", "rb") as f:
            self.product = checks.check_product(f.read(), self.publisher)
        with open(state + "/host.key", "rb") as f:
            raw = base64.b64decode(f.read().splitlines()[1])
        self.seed, self.host_key = raw[40:72], raw[72:104]
        self.salt_key = trust.salt_key(self.seed)


class Clients:
    """Machines that ask as they should, whoever answers."""

    def __init__(self, site, port):
        self.site, self.port = site, port
        self.product = site.product  # as kmsproto's Request wants it
        self.asked = set()  # (machine, its time)
        self.granted = 0
        self.unproven = []  # grants
        self.clock = int(time.time()) - 3 * 3600
        self.shown = {}
        self.stopped = threading.Event()

    def hello(self, peer):
        peer.send(client.print_hello(self.site.publisher,
                                     self.site.product.get("product")))
        kind, payload = peer.frame() or (None, None)
        if kind != client.HELLO | client.REPLY:
            raise kmsproto.Failed("no hello")
        challenge, _, _, host, seal = client.parse_hello_reply(payload)
        if seal not in self.shown:
            self.shown[seal] = checks.check_host(
                host, seal, self.site.product, int(time.time()))
        return challenge, self.shown[seal]

    def ask(self, machine, seconds):
        """True when it has a grant."""
        peer = kmsproto.Peer.__new__(kmsproto.Peer)
        peer.socket = socket.create_connection(("127.0.0.1", self.port),
                                               seconds)
        with peer:
            challenge, shown = self.hello(peer)
            self.clock += 1
            request = kmsproto.Request(self, machine, challenge, shown,
                                       time=self.clock)
            self.asked.add((trust.machine_id(machine.public), self.clock))
            peer.send(request.sealed())
            reply, grant = request.reply(peer)
        if grant is None:
            return False
        try:
            trust.verify_grant(grant, self.site.host_key)
        except (trust.Refused, messages.Malformed) as e:
            self.unproven.append("%s: %r" % (e, grant))
        return True

    def attempt(self, machine, seconds):
        try:
            return self.ask(machine, seconds)
        except (OSError, kmsproto.Failed, client.HostError, trust.Refused,
                messages.Malformed, struct.error):
            return False

    def run(self):
        while not self.stopped.is_set():
            machine = kmsproto.Machine()
            for _ in range(2):
                if self.attempt(machine, 0.4):
                    self.granted += 1
                else:
                    self.stopped.wait(0.005)


class Asker:
    """An administrator who keeps asking, on control.sock."""

    def __init__(self, path):
        self.path = path
        self.stopped = threading.Event()

    def ask(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.settimeout(0.5)
            s.connect(self.path)
            while not self.stopped.is_set():
                record = struct.pack(">IBQH16s", 1, random.randrange(5), 0, 8,
                                     bytes(16))
                s.send(struct.pack(">HHI", 1, 1, len(record)) + record)
                answer = s.recv(32768)
                while answer and answer[:2] != b"\0\x15":  # REC_DONE
                    answer = s.recv(32768)
                if not answer:
                    return
                self.stopped.wait(0.01)

    def run(self):
        while not self.stopped.is_set():
            try:
                self.ask()
            except OSError:
                self.stopped.wait(0.01)


class Log:
    """Reads kmsd's standard error, and keeps it.  The seed is the one that
    this host was configured with."""

    def __init__(self, stream, seed):
        self.seed = seed
        self.lines = []
        self.ended = 0
        self.halted = self.closed = False
        self.serving = threading.Event()
        self.news = threading.Condition()
        self.thread = threading.Thread(target=self.read, args=(stream,))
        self.thread.start()

    def stop_was_asked(self):
        return any("stopping: uid" in line for line in self.lines)

    def read(self, stream):
        for line in stream:
            line = line.decode(errors="replace").rstrip("\n")
            with self.news:
                self.lines.append(line)
                if re.search(r"generation \d+ ended", line):
                    self.ended += 1
                if "halted until kmsd is started again" in line:
                    self.halted = True
                if ": serving, generation" in line:
                    self.serving.set()
                self.news.notify_all()
        with self.news:
            self.closed = True
            self.news.notify_all()

    def generations(self):
        """The lines of each generation that came to its end."""
        lines = []
        for line in self.lines:
            lines.append(line)
            if re.search(r"generation \d+ ended|halted until kmsd", line):
                yield lines
                lines = []
        if lines:
            yield lines


class Wrong(Exception):
    """A finding: (kind, text)."""


class Burst:
    def __init__(self, site, slot, port, role, seed, generations):
        self.site, self.slot, self.port = site, slot, port
        self.role, self.seed = role, seed
        self.generations = generations
        self.state = slot + "/state"
        self.findings = []  # (kind, text)
        self.logs = []
        self.signatures = set()  # that were heard in base64
        self.count = collections.Counter()
        self.hows = collections.Counter()
        self.clients = Clients(site, port)
        self.running = None

    def found(self, kind, text):
        self.findings.append((kind, text))

    # --- the host

    def prepare(self):
        shutil.rmtree(self.state, ignore_errors=True)
        subprocess.run(["cp", "-a", self.site.state, self.state], check=True)
        with open(self.state + "/evil", "wb") as f:
            f.truncate(JOURNAL)
        self.before = self.files()
        self.rows_before = self.rows()

    def configure(self, seed):
        with open(self.slot + "/kmsd.conf", "w") as f:
            f.write('directory "%s"\nlisten on 127.0.0.1 port %d\n'
                    "limit rate 1000000\nlimit per-source %d\n" % (
                        self.state, self.port, seed))

    def files(self):
        """What stays as it is: name and hash."""
        kept = {}
        for folder, _, names in os.walk(self.state):
            for name in names:
                path = os.path.join(folder, name)
                if folder != self.state + "/db" and \
                        name not in ("lock", "anchor", "evil") and \
                        not name.endswith(".sock"):
                    with open(path, "rb") as f:
                        kept[path] = hashlib.sha256(f.read()).hexdigest()
                    st = os.stat(path)
                    kept[path] += " %d %o" % (st.st_uid, st.st_mode)
        return kept

    def rows(self):
        """Every table of a copy of the database."""
        copy = self.slot + "/copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.state + "/db", copy)
        db = sqlite3.connect(copy + "/kmsd.db")
        try:
            return {t: db.execute("SELECT * FROM %s ORDER BY 1, 2" % t
                                  ).fetchall() for t in (
                "store", "log", "entry", "checkpoint", "document",
                "publisher", "family", "product", "bucket", "machine")}
        finally:
            db.close()

    def start(self, evil, seed):
        self.configure(seed)
        env = {"PATH": "/nonexistent"}
        if evil:
            env["KMSD_EVIL"] = self.role
        p = subprocess.Popen(
            [self.site.kmsd, "-d", "-f", self.slot + "/kmsd.conf"], env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        self.running = p
        return p, Log(p.stderr, seed)

    def stop(self, p, log):
        """The exit status; a host that does not stop is a finding."""
        try:
            p.send_signal(signal.SIGTERM)
            status = p.wait(IDLE)
        except subprocess.TimeoutExpired:
            self.found("hang", "kmsd does not stop")
            p.kill()
            status = p.wait()
        log.thread.join(IDLE)
        p.stderr.close()
        return status

    def head(self):
        """Of the journal: bytes used, frames, records lost, rules outlived."""
        with open(self.state + "/evil", "rb") as f:
            return struct.unpack("=QQQQ", f.read(32))

    def run_host(self, wanted, seed):
        """One kmsd, until so many generations have ended."""
        p, log = self.start(True, seed)
        self.logs.append(log)
        seen = since = None
        with log.news:
            while log.ended < wanted and not log.halted and not log.closed:
                head, now = self.head(), time.monotonic()
                if head[-1] > 0:
                    break  # a finding, and the evil child says no more
                if seen != (len(log.lines), head):
                    seen, since = (len(log.lines), head), now
                elif now - since > IDLE:
                    self.found("hang", "nothing happens for %d s" % IDLE)
                    break
                log.news.wait(GLANCE)
        gone = log.closed
        status = self.stop(p, log)
        text = "\n".join(log.lines)
        if status != 0 and not (status == 1 and "cannot run:" in text):
            self.found("crash", "kmsd ends with status %d" % status)
        if gone and status == 0 and not log.stop_was_asked():
            self.found("crash", "kmsd stops and nobody asked for it")
        return max(log.ended, 1)

    def next_seed(self, seed):
        """That of the burst's next host: the journal tells hosts by it."""
        seed = SEEDS[0] + (seed * 7919) % (SEEDS[1] - SEEDS[0])
        while any(log.seed == seed for log in self.logs):
            seed = SEEDS[0] + (seed + 1) % (SEEDS[1] - SEEDS[0])
        return seed

    def hostile(self):
        threads = [threading.Thread(target=self.clients.run)]
        asker = Asker(self.state + "/control.sock")
        if self.role == "store":
            threads.append(threading.Thread(target=asker.run))
        for t in threads:
            t.start()
        try:
            left, seed = self.generations, self.seed
            while left > 0 and not self.findings and not self.head()[-1]:
                left -= self.run_host(left, seed)
                seed = self.next_seed(seed)
        finally:
            self.clients.stopped.set()
            asker.stopped.set()
            for t in threads:
                t.join()

    def honest(self):
        """The product's own child again: it serves, and its log verifies."""
        p, log = self.start(False, self.next_seed(self.seed))
        machine = kmsproto.Machine()
        if not log.serving.wait(IDLE):
            self.found("serve", "no host with the honest child")
        elif not self.clients.attempt(machine, IDLE):
            self.found("serve", "no grant from the honest host")
        status = self.stop(p, log)
        if status != 0:
            self.found("serve", "the honest host ends with %d" % status)
        self.audit()
        if self.findings:
            self.logs.append(log)

    def audit(self):
        """Of log and anchor."""
        audit = subprocess.run(
            [self.site.kmsctl, "-f", self.slot + "/kmsd.conf", "audit",
             "verify"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if audit.returncode != 0:
            self.found("audit", audit.stdout.decode(errors="replace"))

    # --- judging

    def journal(self):
        """(kind, peer, generation, number, how, data).  The kinds: Generation
        begins (with the seed of its host), its READY is a Lie, it turns
        Hostile, is about to Send, the kernel Took it or Failed, the peer
        Answers still, it Outlived what breaks a rule of form, has Ended; a
        packet was Received."""
        with open(self.state + "/evil", "rb") as f:
            used, _, lost, _ = self.head()
            f.seek(RECORDS_AT)
            data = f.read(used)
        if lost:
            self.found("harness", "%d records lost" % lost)
        at = 0
        while at < used:
            size, kind, peer, _, generation, number, how = \
                RECORD.unpack_from(data, at)
            at += RECORD.size
            yield (chr(kind), ROLES[peer], generation, number,
                   how.split(b"\0")[0].decode(), data[at:at + size])
            at += size

    def judge_journal(self):
        """Counts what was tried, and collects what was heard."""
        heard, records, lies, legal = set(), {}, False, True
        shots = 0
        for kind, peer, generation, number, how, data in self.journal():
            if kind == "G":
                self.count["started"] += 1
                if shots and legal and not lies:
                    self.illegal_end(last, host, generation)
                host = struct.unpack("=I", data)[0]
                if not any(log.seed == host for log in self.logs):
                    self.found("harness", "no host has seed %d" % host)
                records, lies, legal, shots = {}, False, True, 0
            elif kind == "L":
                lies = True
            elif kind == "S":
                last = (generation, number, peer, how, data)
                shots += 1
                legal = legal and how in USELESS
                if how not in USELESS:
                    self.hows[peer, how] += 1
            elif kind == "T":
                records[number] = struct.unpack("=I", data)[0]
                self.count["plain" if last[3] in PLAIN else "records"] += 1
                self.count["packets"] += 1
                self.count["to " + peer] += 1
            elif kind == "A":
                self.count["plain" if last[3] in PLAIN else "records"] += \
                    records[number] - 1
                self.count["alive"] += 1
            elif kind == "O":
                self.found("lenient", "the %s lives after %r %s" % (
                    peer, last[:4], last[4][:64].hex()))
            elif kind == "R":
                heard.add(data)
        return heard

    def illegal_end(self, last, host, following):
        """A generation that saw no wrong packet has ended.  The last one of a
        host may have ended with it, when the evil control has it stopped; of
        which host it was says the seed."""
        if following <= last[0] and any(
                log.seed == host and log.stop_was_asked()
                for log in self.logs):
            return
        self.found("harmless", "a generation ended after %r" % (last[:4],))

    def judge_log(self):
        for log in self.logs:
            for lines in log.generations():
                self.judge_generation(lines)

    def judge_generation(self, lines):
        text = "\n".join(lines)
        named = NAMED.findall(text)
        self.count["violations"] += bool(named)
        ended = re.search(r"generation \d+ ended", text) is not None
        self.count["generations"] += ended or bool(named)
        if ended and not named:
            self.found("unnamed", text)
        for who, _, signal_, status in DIED.findall(text):
            if signal_ and int(signal_) != signal.SIGKILL:
                self.found("crash" if who != self.role else "harness", text)
            elif signal_ and who != self.role:
                self.found("crash", text)
            elif status and who != self.role and not any(
                    line.split(" ", 2)[1] == who + ":" and self.role in line
                    and NAMED.search(line) for line in lines):
                self.found("unnamed", text)
            elif status and who == self.role and not named:
                self.found("harness", text)

    def judge_files(self):
        now = self.files()
        for path in set(now) | set(self.before):
            if now.get(path) != self.before.get(path):
                self.found("write", "%s: %s, was %s" % (
                    path, now.get(path), self.before.get(path)))

    def judge_entry(self, text, seen):
        kind = text.split(b" ", 1)[0].decode()
        entry = messages.parse(text, kind)
        if trust.salt_of(text, self.origin, self.site.salt_key) != \
                entry.get("salt"):
            raise Wrong("write", "a salt that is not the host's: %r" % text)
        if kind in ("kms-grant", "kms-refusal"):
            who = (entry.get("machine"), entry.get("client-time"))
            if who not in self.clients.asked:
                raise Wrong("write", "nobody asked for %r" % text)
            if who in seen:
                raise Wrong("write", "decided twice: %r" % text)
            seen.add(who)
        elif kind not in ("kms-start", "kms-summary"):
            raise Wrong("write", "an entry that nobody caused: %r" % text)

    def judge_rows(self):
        before, now = self.rows_before, self.rows()
        for table in ("store", "log", "document", "publisher", "family",
                      "product"):
            same = now[table] == before[table]
            if table == "store":  # its day grows
                same = [r[:4] for r in now[table]] == \
                    [r[:4] for r in before[table]]
            # The first request makes the rows of family and product.
            if not same and not (table in ("publisher", "family", "product")
                                 and len(now[table]) <= 1):
                self.found("write", "table %s: %r, was %r" % (
                    table, now[table], before[table]))
        old = len(before["entry"])
        if now["entry"][:old] != before["entry"]:
            self.found("write", "old entries are others now")
        self.origin = trust.origin_of(self.site.host_key, messages.UUID.print(
            now["log"][-1][1]))
        seen = set()
        for i, (key, _, text) in enumerate(now["entry"]):
            if key & ((1 << INDEX_BITS) - 1) != i:
                self.found("write", "entry %d has key %d" % (i, key))
            if i >= old:
                try:
                    self.judge_entry(bytes(text), seen)
                except Wrong as e:
                    self.found(*e.args)
        asked = {machine for machine, _ in self.clients.asked}
        for row in now["machine"]:
            if bytes(row[2]) not in asked and row not in before["machine"]:
                self.found("write", "a machine that never asked: %r" % (row,))
        for row in before["machine"]:
            if row not in now["machine"]:
                self.found("write", "a machine that is gone: %r" % (row,))
        units = sum(row[2] + row[3] for row in now["bucket"])
        if units != len(now["machine"]):
            self.found("write", "%d machines, counted as %d" % (
                len(now["machine"]), units))
        self.leaves = [trust.leaf_hash(bytes(r[2])) for r in now["entry"]]
        self.store = bytes(now["store"][0][1])
        self.count["entries"] += len(now["entry"]) - old

    # --- signatures

    def is_root(self, size, root):
        return 1 <= size <= len(self.leaves) and \
            trust.tree_root(self.leaves[:size]) == root

    def judge_signed(self, text):
        """A message that the host signed and the evil child has."""
        kind = text.split(b" ", 1)[0].decode(errors="replace")
        self.count["signed " + (
            "checkpoint" if kind.startswith("kmsd/") else kind)] += 1
        if kind.startswith("kmsd/"):
            if self.role == "listener":
                raise Wrong("signature", "a checkpoint: %r" % text)
            lines = text.split(b"\n")
            if lines[0].decode() != self.origin or \
                    not self.is_root(int(lines[1]),
                                     base64.b64decode(lines[2])):
                raise Wrong("signature", "of another tree: %r" % text)
            return
        if (self.role, kind) not in (("listener", "kms-seal"),
                                     ("control", "kms-host-request")):
            raise Wrong("signature", "%s of the host: %r" % (kind, text))
        message = messages.parse(text, kind)
        if message.get("store") != self.store:
            raise Wrong("signature", "of another store: %r" % text)
        for log, size, root, signature in message.all("log"):
            if size and not self.is_root(size, root):
                raise Wrong("signature", "of another tree: %r" % text)

    def verified(self, data):
        """Every text in the data under which stands the host's signature,
        with that."""
        for match in re.finditer(rb"[A-Za-z0-9+/]{85,}={0,2}", data):
            try:
                raw = base64.b64decode(match.group(), validate=True)
            except ValueError:
                continue
            if len(raw) not in (64, 68, 74):
                continue
            for text in self.candidates(data, match):
                if trust.verify_bytes(self.site.host_key, text, raw[-64:]):
                    yield text, raw[-64:]

    def candidates(self, data, match):
        """What the signature may be over: text behind it, or before it."""
        end = match.end() + 1
        stop = re.compile(rb"[^\n\x20-\xff]").search(data, end)
        behind = data[end:stop.start() if stop else len(data)]
        at = len(behind)
        for _ in range(60):
            yield behind[:at]
            at = behind.rfind(b"\n", 0, max(at - 1, 0)) + 1
            if at <= 0:
                break
        blank = data.rfind(b"\n\n", 0, match.start())
        begin = data.rfind(b"kmsd/", 0, max(blank, 0))
        if begin >= 0:
            yield data[begin:blank + 1]

    def given(self):
        """Signatures that the host has made, in bytes: of its log at each
        size, of the seals that clients were shown (Ed25519 gives always the
        same), and those that were heard in base64."""
        for size in range(1, len(self.leaves) + 1):
            note = trust.sign_checkpoint(
                self.origin, size, trust.tree_root(self.leaves[:size]),
                self.site.seed)
            yield base64.b64decode(note.split()[-1])[-64:]
        for seal in self.clients.shown:
            yield base64.b64decode(seal.splitlines()[1])[-64:]
        yield from self.signatures

    def judge_bytes(self, heard):
        """All messages have signatures in base64: in bytes or in hexadecimal
        digits there is none to be heard, nor its half."""
        everything = b"".join(heard)
        digits = everything.lower()
        for signature in set(self.given()):
            for half in (signature[:32], signature[32:]):
                if half in everything or half.hex().encode() in digits:
                    self.found("signature", "in bytes: %s" % half.hex())
            self.count["sought"] += 1

    def judge_signatures(self, heard):
        """What is signed in base64; keeps the signatures for judge_bytes()."""
        signed = set()
        for data in heard:
            for text, signature in self.verified(data):
                signed.add(text)
                self.signatures.add(signature)
        for text in signed:
            try:
                self.judge_signed(text)
            except (Wrong, messages.Malformed, ValueError) as e:
                self.found(*(e.args if isinstance(e, Wrong) else
                             ("signature", "%s: %r" % (e, text))))

    def run(self):
        self.prepare()
        self.hostile()
        self.judge_log()
        heard = self.judge_journal()
        self.judge_files()
        self.judge_rows()
        self.judge_signatures(heard)
        self.judge_bytes(heard)
        self.audit()
        self.honest()
        self.count["granted"] += self.clients.granted
        for text in self.clients.unproven:
            self.found("signature", text)

    def result(self):
        """What a worker hands back."""
        lines = []
        if self.findings:
            for log in self.logs:
                lines += log.lines[-40:]
        return {"seed": self.seed, "role": self.role, "lines": lines,
                "findings": self.findings[:8], "count": dict(self.count),
                "hows": {"%s: %s" % k: v for k, v in self.hows.items()}}


def worker(site, slot, port, todo, results):
    """Bursts until there is nothing left to do."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    while True:
        job = todo.get()
        if job is None:
            return
        role, seed = job
        burst = Burst(site, slot, port, role, seed, GENERATIONS)
        try:
            burst.run()
        except Exception as e:  # shown as a finding of this burst
            burst.found("harness", "%s: %s" % (type(e).__name__, e))
        finally:
            if burst.running is not None and burst.running.poll() is None:
                burst.running.kill()
        results.put(burst.result())


KINDS = (
    ("crash", "no process but itself dies of it"),
    ("unnamed", "each generation that ends has its rule named"),
    ("harmless", "what no rule forbids ends no generation"),
    ("lenient", "what breaks a rule of form ends the generation"),
    ("hang", "no host hangs"),
    ("write", "nothing is written that nobody asked for"),
    ("signature", "no signature is given out"),
    ("serve", "with the honest child the host serves again"),
    ("audit", "the log verifies"),
    ("harness", "the evil child did what it was told"),
)


class Campaign:
    def __init__(self, role, target, seed, user):
        self.role, self.target, self.seed, self.user = role, target, seed, user
        self.count = collections.Counter()
        self.hows = collections.Counter()
        self.findings = collections.Counter()
        self.shown = collections.defaultdict(list)
        self.began = time.monotonic()

    def seeds(self):
        chance = random.Random("%s %d" % (self.role, self.seed))
        while True:
            yield chance.randrange(*SEEDS)

    def add(self, result):
        self.count.update(result["count"])
        self.hows.update(result["hows"])
        for kind, text in result["findings"]:
            self.findings[kind] += 1
            if len(self.shown[kind]) < 2:
                self.shown[kind].append((result, text))

    def run(self, workers, only):
        todo, results = workers
        seeds = iter([only] if only else self.seeds())
        under_way = 0
        while True:
            while under_way < WORKERS and \
                    (only or self.count["records"] < self.target):
                seed = next(seeds, None)
                if seed is None:
                    break
                todo.put((self.role, seed))
                under_way += 1
            if under_way == 0:
                return
            self.add(results.get())
            under_way -= 1
            if sum(self.findings.values()) > ENOUGH:
                self.target = 0

    def cases(self, only):
        for kind, text in KINDS:
            yield self.findings[kind] == 0, text, self.shown[kind]
        c = self.count
        yield only or c["records"] >= self.target > 0, \
            "the records were tried", []
        yield c["violations"] > 0 and c["alive"] + c["started"] > 0, \
            "rules were broken", []
        yield only or c["granted"] + c["entries"] > 0, \
            "clients were served", []

    def print(self, number, only):
        for good, text, shown in self.cases(only):
            number += 1
            print("%sok %d - hostile siblings: %s: %s" % (
                "" if good else "not ", number, self.role, text))
            for result, why in shown:
                print("# HOSTILE_BURST=%s:%d" % (self.role, result["seed"]))
                for line in why.splitlines() + result["lines"][-30:]:
                    print("# " + line[:400])
        c = self.count
        print("# %s: %s" % (self.role, json.dumps(c, sort_keys=True)))
        if os.environ.get("HOSTILE_VERBOSE"):
            print("# %s: %s" % (self.role, json.dumps(
                self.hows, sort_keys=True)))
        print("# hostile: process=%s victim=all records=%d plain=%d "
              "generations=%d violations=%d crashes=%d writes=%d signatures=%d seed=%d "
              "seconds=%d user=%s" % (
                  self.role, c["records"], c["plain"], c["generations"],
                  c["violations"],
                  self.findings["crash"], self.findings["write"],
                  self.findings["signature"], self.seed,
                  time.monotonic() - self.began, self.user), flush=True)
        return number


class Paper(Burst):
    """A burst that nobody ran, to show that the judges find what they are
    there for."""

    def __init__(self, site, slot):
        super().__init__(site, slot, 0, "control", SEEDS[0], 0)
        self.leaves, self.store = [], b""

    def kinds(self):
        found = {kind for kind, _ in self.findings}
        self.findings = []
        return found

    def journals(self, *records):
        """judge_journal() of (kind, generation, how, data)."""
        data = b"".join(
            RECORD.pack(len(d), ord(kind), 0, ROLES.index(self.role),
                        generation, 1, how.encode()) + d
            for kind, generation, how, d in records)
        os.makedirs(self.state, exist_ok=True)
        with open(self.state + "/evil", "wb") as f:
            f.write(struct.pack("=QQQQ", len(data), 0, 0, 0))
            f.seek(RECORDS_AT)
            f.write(data)
        self.judge_journal()

    def ends(self):
        """One host was asked to stop and another one was not; both ended, and
        so did a generation in the midst of the first one's."""
        self.logs = [Log([b"kmsd: stopping: uid 0 asks\n"], 1),
                     Log([b"kmsd: serving, generation 3\n"], 2), Log([], 3)]
        for log in self.logs:
            log.thread.join()
        for host, following, finds in ((1, 1, set()), (2, 1, {"harmless"}),
                                       (1, 4, {"harmless"})):
            self.journals(
                ("G", 3, "begins", struct.pack("=I", host)),
                ("S", 3, "read", b""),
                ("G", following, "begins", struct.pack("=I", 3)))
            yield self.kinds() == finds

    def bytes(self):
        """A signature that is heard in base64, and in other forms too."""
        text = b"kms-host-request 1\nof: paper\n"
        heard = trust.sign_document(text, self.site.seed, bytes(8))
        signature = base64.b64decode(heard.splitlines()[1])[-64:]
        self.judge_signatures({heard})
        yield self.signatures == {signature}
        digits = signature.hex().encode()
        for form in (signature, signature[:32], signature[32:], digits,
                     digits.upper(), digits[64:].upper()):
            self.findings = []
            self.judge_bytes({heard})
            yield not self.kinds()
            self.judge_bytes({heard, b"\x00\x08" + form + b"\x00"})
            yield self.kinds() == {"signature"}

    def judge(self):
        return all([*self.ends(), *self.bytes()])


WORKERS = 0


def main():
    global WORKERS
    site = Site(*sys.argv[1:5])
    slots = sys.argv[5:]
    seed = int(os.environ.get("HOSTILE_SEED") or random.randrange(1 << 32))
    records = int(os.environ.get("HOSTILE_RECORDS") or 50000)
    roles = (os.environ.get("HOSTILE_ROLES") or "listener,control,store")
    burst = os.environ.get("HOSTILE_BURST")
    only = None
    if burst:
        roles, only = burst.split(":")[0], int(burst.split(":")[1])
    user = "root" if os.geteuid() == 0 else "nobody"
    base = int(os.environ.get("PORT_BASE", "25000"))
    print("# HOSTILE_SEED=%d" % seed, flush=True)
    todo, results = multiprocessing.Queue(), multiprocessing.Queue()
    WORKERS = 1 if only else len(slots)
    processes = [multiprocessing.Process(
        target=worker, args=(site, slot, base + i, todo, results),
        daemon=True)
        for i, slot in enumerate(slots[:WORKERS])]
    for p in processes:
        p.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    number, bad = 1, not Paper(site, slots[0]).judge()
    print("%sok 1 - hostile siblings: the judges find what they are there for"
          % ("not " if bad else ""))
    for role in roles.split(","):
        campaign = Campaign(role, records * SHARES[role] // 100, seed, user)
        campaign.run((todo, results), only)
        number = campaign.print(number, only)
        bad += sum(campaign.findings.values())
    for p in processes:
        todo.put(None)
    for p in processes:
        p.join()
    print("1..%d" % number)
    return 1 if bad or number == 1 else 0


sys.exit(main())
