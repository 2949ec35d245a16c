"""What the tests of bad input share: a peer that may speak wrongly, requests
that may be changed anywhere, and the watch over the host.  What is right comes
from tests/interop, which was written from doc/protocol.md."""

import argparse
import os
import re
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))

import nacl.public  # noqa: E402

import checks  # noqa: E402
import client  # noqa: E402
import messages  # noqa: E402
import trust  # noqa: E402

SECONDS = 20  # the host must have answered by then
NAMES = {0xE0040004: "token-needed", 0xE0040005: "busy",
         0xE0040006: "protocol", 0xE0040007: "seal-unknown",
         0xC004F041: "host-not-activated", 0xC004F042: "product-not-covered"}


# --- tests


class Failed(Exception):
    """A test's check."""


def same(got, wanted, what):
    if got != wanted:
        raise Failed("%s: got %r, wanted %r" % (what, got, wanted))


def within(text, whole, what):
    if text not in whole:
        raise Failed("%s: %r not found in %r" % (what, text, whole))


def arguments():
    parser = argparse.ArgumentParser()
    for name in "pub", "log", "kmsctl", "conf":
        parser.add_argument("--" + name, required=True)
    for name in "port", "parent":
        parser.add_argument("--" + name, type=int, required=True)
    parser.add_argument("stage", nargs="?")
    return parser.parse_args()


class Host:
    """The host under test, and what must be the same after every test."""

    # Lines that tell of a process that broke a rule or ended.
    WRONG = re.compile(r"breaks the rules|SIGSYS|violation|exited with|"
                       r"was killed|cannot run|generation \d+ ended")

    def __init__(self, options):
        self.options = options
        self.port = options.port
        with open(os.path.join(options.pub, "test.pub"), "rb") as file:
            self.publisher = trust.read_public_key(file.read())
        with open(os.path.join(options.pub, "product.kms"), "rb") as file:
            self.product = checks.check_product(file.read(), self.publisher)
        self.pids = self.living()

    def living(self):
        """Each process of the host with the moment of its start."""
        path = "/proc/%d/task/%d/children" % ((self.options.parent,) * 2)
        with open(path) as file:
            pids = [self.options.parent] + list(map(int, file.read().split()))
        found = []
        for pid in pids:
            with open("/proc/%d/stat" % pid) as file:
                rest = file.read().rsplit(")", 1)[1].split()
            found.append((pid, rest[0] == "Z", rest[19]))
        return found

    def lines(self):
        with open(self.options.log, errors="replace") as file:
            return file.read().splitlines()

    def unharmed(self):
        same(self.living(), self.pids, "processes")
        wrong = [line for line in self.lines() if self.WRONG.search(line)]
        same(wrong, [], "log")

    def test(self, name, function, *args, **values):
        try:
            function(*args, **values)
            self.unharmed()
            print("ok " + name)
        except (Failed, OSError, client.HostError, trust.Refused,
                messages.Malformed, struct.error) as error:
            print("not ok " + name)
            print("%s: %s" % (type(error).__name__, ascii(str(error))))
        sys.stdout.flush()

    def ctl(self, *args):
        """(exit status, standard output, standard error) of kmsctl."""
        run = subprocess.run(
            [self.options.kmsctl, "-f", self.options.conf] + list(args),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        return run.returncode, run.stdout.decode(), run.stderr.decode()

    def shown(self, *args):
        status, out, error = self.ctl(*args)
        if status != 0:
            raise Failed("kmsctl %s: %s" % (" ".join(args), error))
        return out

    def counter(self, process, name):
        """None until the process has told its counters."""
        for line in self.shown("show", "counters").splitlines():
            parts = line.split()
            if parts[0] == process and " ".join(parts[1:-1]) == name:
                return int(parts[-1])
        return None

    def counted(self, process, name, wanted):
        """The counter comes to this; processes tell them each second."""
        until = time.monotonic() + SECONDS
        while self.counter(process, name) != wanted:
            if time.monotonic() > until:
                raise Failed("counter %s is %s, wanted %d" % (
                    name, self.counter(process, name), wanted))
            time.sleep(0.1)

    def entries(self):
        """The log without the summaries, which tell of what left no row."""
        out = self.shown("audit", "show", "-i", "0", "-n", "100000")
        found = re.split(r"^entry \d+\n", out, flags=re.M)
        return [e for e in found if e and not e.startswith("kms-summary ")]

    def kept(self):
        """All that a refused input must leave as it is."""
        return (self.shown("show", "documents"),
                self.shown("show", "machines"), self.entries())


# --- a peer


class Peer:
    """A connection on which anything may be sent."""

    def __init__(self, host):
        self.host = host
        self.socket = socket.create_connection(("127.0.0.1", host.port),
                                               SECONDS)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                return None
            data += more
        return data

    def frame(self):
        """(type, payload), or None when the host closed."""
        head = self.read(3)
        if head is None:
            return None
        size, kind = struct.unpack(">HB", head)
        return kind, self.read(size - 1)

    def closed(self):
        """The host closes and has nothing more to say."""
        try:
            more = self.socket.recv(1)
        except ConnectionResetError:
            more = b""
        same(more, b"", "after the end")

    def error(self):
        """The error frame that comes next."""
        answer = self.frame()
        if answer is None:
            raise Failed("closed without an answer")
        same(answer[0], client.ERROR, "type of the answer")
        return client.parse_error(answer[1])

    def refused(self, name, text, closes=True):
        """An error frame with this code and text; then the host closes."""
        error = self.error()
        same(NAMES.get(error.code, hex(error.code)), name, "code")
        within(text, str(error), "text")
        if closes:
            self.closed()

    def hello(self, product=None):
        """Challenge, and what the host showed of itself."""
        self.send(client.print_hello(
            self.host.publisher, product or self.host.product.get("product")))
        answer = self.frame()
        if answer is None:
            raise Failed("no answer to hello")
        if answer[0] == client.ERROR:
            raise client.parse_error(answer[1])
        same(answer[0], client.HELLO | client.REPLY, "answer to hello")
        challenge, _, _, host, seal = client.parse_hello_reply(answer[1])
        return challenge, checks.check_host(host, seal, self.host.product,
                                            int(time.time()))


# --- a machine and its requests


class Machine:
    def __init__(self):
        key = nacl.public.PrivateKey.generate()
        self.secret = bytes(key)
        self.public = bytes(key.public_key)


class Request:
    """A request that is right until somebody changes its lines."""

    def __init__(self, host, machine, challenge, shown, **values):
        self.machine = machine
        self.shown = shown
        self.frame_key = machine.public
        self.frame_seal = shown.seal_id
        product = values.pop("product", host.product.get("product"))
        made = dict(
            seal=shown.seal_id, machine=machine.public, challenge=challenge,
            product=product, verb="activate", host_name="a-host.example",
            hardware=trust.hardware_of(b"test", product),
            time=int(time.time()), state="unlicensed", left=0, virtual="no",
            last=(shown.store, 0), nonce=os.urandom(16))
        made.update(values)
        text = messages.make("kms-request", **made).print().decode()
        self.lines = text.splitlines()

    def at(self, key):
        """The number of the line with this key."""
        for i, line in enumerate(self.lines):
            if line.split(" ", 1)[0] == key:
                return i
        raise KeyError(key)

    def set(self, key, value):
        self.lines[self.at(key)] = "%s %s" % (key, value)
        return self

    def text(self):
        return ("\n".join(self.lines) + "\n").encode()

    def sealed(self, text=None, plain=None, tail=bytes(12), wrap=None):
        """The frame.  plain: instead of the padded text; tail: of the nonce;
        wrap: a function that changes the box."""
        if text is None:
            text = self.text()
        self.half = trust.half_nonce(os.urandom(32), text)
        self.shared = trust.shared_key(self.shown.seal_key,
                                       self.machine.secret)
        if plain is None:
            plain = trust.pad(text)
        box = nacl.bindings.crypto_box_afternm(plain, self.half + tail,
                                               self.shared)
        if wrap is not None:
            box = wrap(box)
        return client.print_sealed(self.frame_seal, self.frame_key, self.half,
                                   box)

    def reply(self, peer):
        """The kms-reply and the grant or None."""
        answer = peer.frame()
        if answer is None:
            raise Failed("closed without an answer")
        if answer[0] == client.ERROR:
            raise client.parse_error(answer[1])
        same(answer[0], client.SEALED | client.REPLY, "type of the answer")
        return checks.open_reply(answer[1], self.half, self.shared, 0)


def flip(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
