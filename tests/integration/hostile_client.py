"""Sends what no kmsctl sends to a socket of control's; each connection must
be closed, and the next one answered."""
import os
import random
import socket
import struct
import sys

PATH = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
READ, SHOW_HOST, ROW_HOST = 1, 7, 16
# Of status.sock one user but root has six connections.
IDLE = 5 if PATH.endswith("status.sock") and os.getuid() != 0 else 20


def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(PATH)    # waits when many do it at once
    s.settimeout(10)
    return s


def packet(kind, body, count=1, length=None):
    return struct.pack(">HHI", kind, count,
                       len(body) if length is None else length) + body


def alive():
    s = connect()
    s.send(packet(SHOW_HOST, struct.pack(">I", 5)))
    answer = s.recv(65536)
    assert answer[:2] == struct.pack(">H", ROW_HOST), answer
    s.close()


def closed(*packets, fds=()):
    s = connect()
    try:
        for p in packets:
            if fds:
                socket.send_fds(s, [p], list(fds))
            else:
                s.send(p)
        while s.recv(65536):
            pass
    except (ConnectionResetError, BrokenPipeError):
        pass
    except PermissionError:    # the kernel carries no descriptors there
        assert fds, "may not send"
    except socket.timeout:
        sys.exit("not closed after %r" % (packets,))
    s.close()


print("# seed", SEED)
rng = random.Random(SEED)
ask = packet(SHOW_HOST, struct.pack(">I", 1))
cases = [
    (b"",), (b"x",), (b"\0" * 7,),
    (packet(0, b""),), (packet(0xffff, b"\0\0\0\1"),),
    (packet(SHOW_HOST, b""),), (packet(SHOW_HOST, b"\0" * 5),),
    (packet(SHOW_HOST, b"\0" * 4, count=0),),
    (packet(SHOW_HOST, b"\0" * 8, count=2),),
    (packet(SHOW_HOST, b"\0" * 4, count=0xffff),),
    (packet(SHOW_HOST, b"\0" * 4, length=3),),
    (packet(SHOW_HOST, b"\0" * 4, length=0xffffffff),),
    (packet(READ, b"\xff" * 31),),
    (ask, ask, b"end"),
]
for kind in range(11, 22):    # answers, and what lies behind
    cases.append((packet(kind, b"\0" * 12),))
for case in cases:
    closed(*case)
    alive()
closed(ask, fds=(0,))
alive()
closed(ask, fds=(0, 1))
alive()
for i in range(200):
    closed(packet(rng.randrange(0, 24), rng.randbytes(rng.randrange(3000)),
                  count=rng.choice([0, 1, 1, 2, 100])), b"end")
alive()
# Whoever connects and says nothing keeps nobody out.
idle = []
for i in range(IDLE):
    idle.append(connect())
alive()
