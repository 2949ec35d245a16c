"""Two sealed requests that reach the host's listener together.

    held.py PORT LISTENER-PID

Passes everything between clients, which connect to a port of its own that it
prints, and the host, but holds the first sealed frame of each of two
clients.  When both are there it stops the listener, sends both frames, and
lets the listener go on: it finds both in one turn.
"""

import os
import signal
import socket
import struct
import sys
import threading
import time

SEALED = 0x02
DEADLINE = 20

host_port, listener = int(sys.argv[1]), int(sys.argv[2])
held = []
lock = threading.Lock()


def read_exact(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            return None
        data += more
    return data


def stopped(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0] in "Tt"


def release():
    os.kill(listener, signal.SIGSTOP)
    until = time.monotonic() + DEADLINE
    while not stopped(listener):
        if time.monotonic() > until:
            sys.exit("the listener does not stop")
        time.sleep(0.01)
    for sock, frame in held:
        sock.sendall(frame)
    os.kill(listener, signal.SIGCONT)


def from_client(client, host):
    first = True
    while True:
        head = read_exact(client, 2)
        if head is None:
            break
        body = read_exact(client, struct.unpack(">H", head)[0])
        if body is None:
            break
        if body[0] == SEALED and first:
            first = False
            with lock:
                held.append((host, head + body))
                if len(held) == 2:
                    release()
        else:
            host.sendall(head + body)


def from_host(host, client):
    while True:
        data = host.recv(65536)
        if not data:
            break
        client.sendall(data)
    client.shutdown(socket.SHUT_WR)


def main():
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    server.settimeout(DEADLINE)
    threads = []
    for _ in range(2):
        client, _ = server.accept()
        host = socket.create_connection(("127.0.0.1", host_port))
        host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for target, args in ((from_client, (client, host)),
                             (from_host, (host, client))):
            threads.append(threading.Thread(target=target, args=args,
                                            daemon=True))
            threads[-1].start()
    for thread in threads[1::2]:
        thread.join(DEADLINE)


main()
