"""Takes all connections to a socket that it gets, and keeps them until it is
ended.

    crowd.py PATH

Prints how many it has asked for when no more are to be had, or after 200.
"""
import signal
import socket
import sys
import time

ENOUGH = 200
PATIENCE = 3    # seconds for a place among those that wait

kept = []
until = time.monotonic() + PATIENCE
while len(kept) < ENOUGH and time.monotonic() < until:
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.setblocking(False)
    try:
        s.connect(sys.argv[1])
    except BlockingIOError:
        s.close()
        time.sleep(0.01)
        continue
    kept.append(s)
    until = time.monotonic() + PATIENCE
print("crowded by", len(kept), flush=True)
signal.pause()
