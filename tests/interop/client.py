#!/usr/bin/python3
"""A client of kmsd, written from doc/protocol.md alone.

Asks the host for a grant, believes nothing that the page does not allow it to
believe, and keeps the grant, the kms-host and what the next request needs in a
folder.  Exits 0 when granted (or done), 2 when refused, 1 when something is
wrong."""

import argparse
import json
import os
import re
import socket
import struct
import sys
import time

import nacl.public

import checks
import messages
import trust
from messages import Malformed
from trust import Refused

HELLO, SEALED, FETCH = 0x01, 0x02, 0x03
ERROR, REPLY = 0xff, 0x80
MAX_FRAME = 17408
SEAL_UNKNOWN = 0xE0040007
STORES = 8


class HostError(Exception):
    """An error frame: unverified."""

    def __init__(self, code, retry, text):
        Exception.__init__(self, "unverified, from the host: 0x%08X %s" % (
            code, ascii(text.decode("utf-8", "replace"))))
        self.code = code
        self.retry = retry


# --- frames


def print_frame(kind, payload):
    return struct.pack(">HB", 1 + len(payload), kind) + payload


def print_hello(publisher, product):
    return print_frame(HELLO, publisher[2:10] + product)


def print_sealed(seal_id, machine, half, box):
    return print_frame(SEALED, seal_id + machine + half + box)


def parse_hello_reply(payload):
    """challenge, revisions of product and revocation, kms-host, kms-seal"""
    try:
        challenge, product, revocation = struct.unpack_from(">16sII", payload)
        at, parts = 24, []
        for _ in range(2):
            size, = struct.unpack_from(">H", payload, at)
            parts.append(payload[at + 2:at + 2 + size])
            at += 2 + size
    except struct.error:
        raise Malformed("hello-reply cut short")
    if at != len(payload):
        raise Malformed("hello-reply of a wrong length")
    return challenge, product, revocation, parts[0], parts[1]


def parse_error(payload):
    try:
        code, retry, size = struct.unpack_from(">IIH", payload)
    except struct.error:
        raise Malformed("error frame cut short")
    if size > 200 or len(payload) != 10 + size:
        raise Malformed("error frame of a wrong length")
    return HostError(code, retry, payload[10:])


class Connection:
    def __init__(self, host, port, seconds):
        self.socket = socket.create_connection((host, port), seconds)
        self.stream = self.socket.makefile("rb")

    def close(self):
        self.stream.close()
        self.socket.close()

    def read(self, size):
        data = self.stream.read(size)
        if len(data) != size:
            raise Malformed("the host closed the connection")
        return data

    def ask(self, frame, wanted):
        """Sends a frame; the payload of its answer, of this type."""
        self.socket.sendall(frame)
        size, kind = struct.unpack(">HB", self.read(3))
        if not 1 <= size <= MAX_FRAME:
            raise Malformed("frame of a wrong length")
        payload = self.read(size - 1)
        if kind == ERROR:
            raise parse_error(payload)
        if kind != wanted:
            raise Malformed("frame of type 0x%02x" % kind)
        return payload


# --- what a machine keeps


class State:
    """A folder: machine.key, state.json, and per product PRODUCT.grant,
    PRODUCT.host and PRODUCT.revocation."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, mode=0o755, exist_ok=True)
        key = self.read("machine.key")
        if key is None:
            key = bytes(nacl.public.PrivateKey.generate())
            self.write("machine.key", key, 0o600)
        self.secret = key
        self.public = bytes(nacl.public.PrivateKey(key).public_key)
        self.values = json.loads(self.read("state.json") or "{}")
        self.values.setdefault("newest", 0)
        self.values.setdefault("begun", {})
        self.values.setdefault("nonces", {})
        self.values.setdefault("stores", [])

    def read(self, name):
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def write(self, name, data, mode=0o644):
        path = os.path.join(self.folder, name)
        fd = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                     mode)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(path + ".new", path)
        fd = os.open(self.folder, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)

    def save(self):
        self.write("state.json", json.dumps(self.values).encode())

    def store(self, which, product):
        """What is known of a store for a product: [store, product, serial,
        time sent]."""
        for one in self.values["stores"]:
            if one[:2] == [which.hex(), product.hex()]:
                return one
        return [which.hex(), product.hex(), 0, 0]

    def put_store(self, one):
        rest = [s for s in self.values["stores"] if s[:2] != one[:2]]
        of_product = [s for s in rest if s[1] == one[1]][-(STORES - 1):]
        self.values["stores"] = [s for s in rest if s[1] != one[1]] + \
            of_product + [one]

    def nonce(self, product, verb):
        key = product.hex() + " " + verb
        if key not in self.values["nonces"]:
            self.values["nonces"][key] = os.urandom(16).hex()
        return bytes.fromhex(self.values["nonces"][key])

    def end_nonce(self, product, verb):
        self.values["nonces"].pop(product.hex() + " " + verb, None)


# --- one activation


class Client:
    def __init__(self, options):
        self.options = options
        self.state = State(options.state)
        with open(options.publisher, "rb") as file:
            self.publisher = trust.read_public_key(file.read())
        with open(options.product, "rb") as file:
            self.product = checks.check_product(file.read(), self.publisher)
        self.id = self.product.get("product")
        self.name = messages.UUID.print(self.id)
        kept = self.state.read(self.name + ".revocation")
        self.revocation = None
        if kept is not None:
            self.revocation = checks.check_revocation(kept, self.publisher)
        if options.identity is None:
            with open("/etc/machine-id", "rb") as file:
                identity = file.read().rstrip(b"\n")
        else:
            identity = options.identity.encode()
        self.own = {
            "publisher": self.publisher, "product": self.id,
            "machine": trust.machine_id(self.state.public),
            "hardware": trust.hardware_of(identity, self.id)}

    def now(self):
        return int(time.time()) + self.options.clock_offset

    def standing(self):
        kept = (self.state.read(self.name + ".grant"),
                self.state.read(self.name + ".host"))
        return checks.standing(
            None if None in kept else kept, self.product, self.own,
            self.revocation, self.state.values["begun"].get(self.name),
            max(self.now(), self.state.values["newest"]))

    def hello(self, connection):
        payload = connection.ask(print_hello(self.publisher, self.id),
                                 HELLO | REPLY)
        challenge, _, revision, host, seal = parse_hello_reply(payload)
        host = checks.check_host(host, seal, self.product, self.now())
        known = 0
        if self.revocation is not None:
            known = self.revocation.get("revision")
        if revision > known and not self.fetched:
            self.fetch(connection, known)
        return challenge, host

    def fetch(self, connection, known):
        """The newer kms-revocation; once per connection."""
        self.fetched = True
        data = connection.ask(print_frame(FETCH, b"\2"), FETCH | REPLY)
        revocation = checks.check_revocation(data, self.publisher)
        if revocation.get("revision") > known:
            self.state.write(self.name + ".revocation", data)
            self.revocation = revocation

    def request(self, challenge, host):
        """The kms-request; what must not be forgotten is on disk before it
        is sent."""
        store = self.state.store(host.store, self.id)
        store[3] = max(self.now(), store[3] + 1)
        self.state.put_store(store)
        standing, left = self.standing()
        self.state.values["begun"].setdefault(self.name, self.now())
        verb = self.options.verb
        request = messages.make(
            "kms-request", seal=host.seal_id, machine=self.state.public,
            challenge=challenge, product=self.id, verb=verb,
            host_name=self.options.host_name, hardware=self.own["hardware"],
            time=store[3], state=standing, left=left,
            virtual="yes" if self.options.virtual else "no",
            last=(host.store, store[2]), nonce=self.state.nonce(self.id, verb),
            token=self.options.token)
        self.state.save()
        return request

    def exchange(self, connection):
        challenge, host = self.hello(connection)
        request = self.request(challenge, host)
        text = request.print()
        half = trust.half_nonce(os.urandom(32), text)
        shared = trust.shared_key(host.seal_key, self.state.secret)
        box = trust.seal(text, half + bytes(12), shared)
        sent = time.clock_gettime(time.CLOCK_BOOTTIME)
        payload = connection.ask(
            print_sealed(host.seal_id, self.state.public, half, box),
            SEALED | REPLY)
        seconds = time.clock_gettime(time.CLOCK_BOOTTIME) - sent
        reply, grant = checks.open_reply(payload, half, shared, seconds)
        checks.check_reply(reply, request, host)
        if grant is not None:
            checks.check_grant(grant, host, self.product, self.own,
                               self.revocation, self.now())
        self.keep(reply, grant, host)
        return reply, grant

    def keep(self, reply, grant, host):
        """Only of a reply that was believed whole."""
        store = self.state.store(host.store, self.id)
        if reply.get("serial") is not None:
            store[2] = reply.get("serial")
            self.state.end_nonce(self.id, reply.get("verb"))
        if reply.get("code") and reply.get("code")[1] == "time-skew":
            store[3] = 0
        self.state.put_store(store)
        self.state.values["newest"] = reply.get("time")
        if grant is not None:
            self.state.write(self.name + ".host", host.data)
            self.state.write(self.name + ".grant", grant)
        self.state.save()

    def activate(self):
        """One connection; a second hello on it after seal-unknown."""
        self.fetched = False
        connection = Connection(self.options.host, self.options.port,
                                self.options.seconds)
        try:
            try:
                return self.exchange(connection)
            except HostError as error:
                if error.code != SEAL_UNKNOWN:
                    raise
            return self.exchange(connection)
        finally:
            connection.close()


# --- the command line


def show(reply):
    line = "%s count %d needed %d" % (reply.get("result"), reply.get("count"),
                                      reply.get("needed"))
    if reply.get("code") is not None:
        line += " code %s %s" % reply.get("code")
    if reply.get("serial") is not None:
        line += " serial %d" % reply.get("serial")
    if reply.get("text") is not None:
        line += " text " + ascii(reply.get("text"))
    print(line)


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-H", "--host", default="127.0.0.1")
    parser.add_argument("-p", "--port", type=int, default=1688)
    parser.add_argument("-P", "--publisher", required=True,
                        help="the publisher's public key file")
    parser.add_argument("-c", "--product", required=True,
                        help="the signed kms-product")
    parser.add_argument("-d", "--state", required=True,
                        help="a folder of this machine's own")
    parser.add_argument("-o", "--grant", help="write the grant here, too")
    parser.add_argument("--verb", default="activate",
                        choices=("activate", "release", "status"))
    parser.add_argument("--identity", help="instead of /etc/machine-id")
    parser.add_argument("--host-name", default=re.sub(
        "[^A-Za-z0-9.-]", "-", socket.gethostname())[:253] or "unknown")
    parser.add_argument("--virtual", action="store_true")
    parser.add_argument("--token", type=bytes.fromhex)
    parser.add_argument("--clock-offset", type=int, default=0,
                        help="seconds to add to the machine's clock")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--offline", action="store_true",
                        help="only say what the kept grant is worth")
    return parser.parse_args(arguments)


def main(arguments):
    options = options_of(arguments)
    try:
        client = Client(options)
        if options.offline:
            state, left = client.standing()
            print(state, messages.DURATION.print(left))
            return 0 if state == "licensed" else 2
        reply, grant = client.activate()
    except (HostError, Refused, Malformed, OSError) as error:
        print("client.py: %s" % error, file=sys.stderr)
        return 1
    show(reply)
    if grant is not None and options.grant is not None:
        with open(options.grant, "wb") as file:
            file.write(grant)
    return 2 if reply.get("result") == "refused" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
