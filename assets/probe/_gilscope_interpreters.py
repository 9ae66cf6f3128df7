"""A sub-interpreter: it has its own `sys.stdout` over the process's descriptor, and tells who writes through it.

Who writes is known by the operating system's numbers, for the thread that runs it may be the main interpreter's. Threads
that it starts itself have owner numbers that no other interpreter gives. Only lines are told that go into the pipe at once
and as a whole: the buffers of two interpreters are cut into each other there.
"""

import atexit
import sys
from _thread import get_native_id

import _gilscope_say as say
from _gilscope_connect import buffer_as_asked, kind, shared
from _gilscope_threads import watch_thread_starts
from _gilscope_writes import end_turn, forget_writes, record_writes


_ATOMIC = 4096 if sys.platform == "linux" else 512  # bytes that are written into a pipe as a whole


class _Threads(dict):
    """What stands for `say.owners`: who writes is a thread by its own number."""

    def get(self, ident, default=None):
        return get_native_id()


def _tell():
    """What says each record on the channel, before its bytes reach the pipe."""
    streams = sys.stdout, sys.stderr
    empty = [True, True]  # whether nothing is left in the buffer

    def put(t, owner, size, data):
        which, size = size >> 31, size & 0x7FFFFFFF
        before, empty[which] = empty[which], streams[which].line_buffering and b"\n" in data
        if before and empty[which] and size <= _ATOMIC:
            edges = data[:14].hex().encode(), data[-14:].hex().encode()
            say.write(b"%d\twrote\t%d\t%b\t%d\t%b\t%b\n" % (t, owner, b"oe"[which : which + 1], size, *edges))

    return put


def report():
    """Reports through the channel of the process, which reports everything else."""
    say.channel = shared()
    if say.channel is None:
        return
    kinds = [(stream, kind(number) or "") for stream, number in ((sys.stdout, 1), (sys.stderr, 2))]
    say.taken = "".join([letter for _, letter in kinds])
    buffer_as_asked()
    say.taken = "".join([letter for stream, letter in kinds if getattr(stream, "line_buffering", False)])
    say.owners = _Threads()
    say.begin_owners(say.now() << 4)  # no two begin at the same time, and none starts so many threads in a nanosecond
    record_writes(_tell)
    watch_thread_starts()
    end_turn()  # nothing waits yet: the first text begins when it is written
    atexit.register(_end, [stream for stream, _ in kinds])


def _end(streams):
    """At the interpreter's end a stream and what watches it would be taken apart in any order, and lose text."""
    forget_writes()
    say.taken = ""  # nothing is recorded any more
    for stream in streams:
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass  # none, or closed
