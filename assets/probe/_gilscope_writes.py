"""Who wrote what, once a process has more than one thread.

Text waits in a `TextIOWrapper` until it is handed to its buffer as one chunk: at a line's end, at 8 KiB, or
when somebody flushes. A chunk here is always one thread's alone, for before another thread's text is added,
what waits is handed on (to the buffer, not into the pipe). So a record a chunk says who wrote it, and a
`write` costs little more than to ask which thread calls. The record is there before its bytes reach the
pipe, and costs no system call. The bytes stay as they are, and so does when they are written.
"""

import _thread
import sys
import time
from _thread import get_ident

import _gilscope_say as say

_SLOTS = 1 << 15  # records that the ring holds
_TOGETHER_NS = 1_000_000  # lines within this time may share a record
_watched = None  # the streams: what ends a thread's turn, and what undoes the watching


def forget_writes():
    """After a fork: the records of the parent's threads are not ours to go on with."""
    global _watched
    for _, undo in _watched or ():
        undo()
    _watched = None


def end_turn():
    """The calling thread is somebody else from now on: a call began or ended, or the thread itself."""
    for end, _ in _watched or ():
        end()


def record_writes():
    """From now on what is written to stdout and stderr leaves records in a file that the engine reads."""
    global _watched
    if _watched is not None or not say.taken:
        return
    with say.lock:
        if _watched is not None:
            return
        _watched = []
        streams = [
            (stream, flag)
            for stream, number, flag in ((sys.stdout, 1, 0), (sys.stderr, 2, 1 << 31))
            if _recordable(stream, number)
        ]
        put = _ring() if streams else None
        if put is not None:
            gil = getattr(sys, "_is_gil_enabled", None)
            free = gil is not None and not gil()
            locked = free or sys.version_info < (3, 12, 4)
            if locked:
                put = _one_at_a_time(put, _thread.RLock())
            _watched = [_watch(stream, flag, put, _thread.RLock() if locked else None) for stream, flag in streams]


def _recordable(stream, number):
    try:
        return (
            type(stream).__name__ == "TextIOWrapper"
            and type(stream).__module__ == "_io"
            and stream.fileno() == number
            and type(vars(stream.buffer)) is dict
            and say.kind(number) in say.taken
        )
    except (AttributeError, OSError, TypeError, ValueError):
        return False


def _one_at_a_time(function, lock):
    def locked(*args):
        try:
            with lock:
                return function(*args)
        except BaseException as error:
            say.stripped(error)
            raise

    return locked


def _ring():
    """What puts a record into a new ring; None where none can be made."""
    before = set(sys.modules)
    try:
        from _struct import Struct
        from mmap import mmap

        name = "r.%d.%d" % (say.system.getpid(), say.now())
        descriptor = say.system.open(
            say.folder + "/" + name, say.system.O_RDWR | say.system.O_CREAT | say.system.O_EXCL, 0o600
        )
        try:
            # Written, not only made long: a hole on a full disk would kill the script at its first touch.
            size = 64 + _SLOTS * 32
            done = 0
            while done < size:
                done += say.system.write(descriptor, bytes(size - done))
            ring = mmap(descriptor, size)
        finally:
            say.system.close(descriptor)
    except (ImportError, OSError, ValueError):
        return None
    finally:
        for added in set(sys.modules) - before:
            del sys.modules[added]
    say.say("ring", name, _SLOTS)
    pack, unpack = Struct("<QII12pI").pack_into, Struct("<Q").unpack_from
    slots, sleep = _SLOTS, time.sleep
    records = 0
    room = slots  # records that may be written before the reader's place must be looked at

    def put(t, owner, size, first):
        nonlocal records
        if records >= room:
            wait()
        # Nobody comes in between (see `_watch`): the reader goes no further than to an empty slot.
        records += 1
        pack(ring, 64 + (records - 1) % slots * 32, t, owner, size, first, records & 0xFFFFFFFF)

    def wait():
        """The ring is full: the reader is given a moment; then records go missing, and it can tell."""
        nonlocal room
        for _ in range(100):
            room = unpack(ring, 0)[0] + slots
            if records < room:
                return
            sleep(0.001)
        room = records + slots // 8

    return put


def _watch(stream, flag, put, lock):
    """Has a record put for each chunk of a stream; gives what ends a turn and what undoes it."""
    ident, owner_of, now, together = get_ident, say.owners.get, say.now, _TOGETHER_NS
    chunk = getattr(stream, "_CHUNK_SIZE", 8192)
    buffer = stream.buffer
    write0, flush0 = stream.write, stream.flush
    buffer_write0, buffer_flush0 = buffer.write, buffer.flush
    gate = ident()  # the thread that may add text; None while it changes
    owner = say.me()  # whose text waits
    began = now()  # when the first of it was written
    until = began + together  # lines that begin later get a record of their own
    mid = True  # within a line
    turns = 0  # how often the gate was given to somebody
    flushing = {}  # thread that flushes -> whose text that is, and when it was written
    quiet = set()  # threads that hand text to the buffer but not into the pipe
    large = set()  # threads within the write of a text as long as a chunk

    # With a GIL, from 3.12.4 on, no other thread can come between the question whose turn it is and the
    # adding of the text: nothing on that way asks for the eval breaker. Keep it so: no call and no jump
    # back. Elsewhere, and where a text stream loses what is added while it hands on, there is a lock.

    def write(text, /):
        nonlocal mid
        try:
            me = ident()
            if me == gate and (mid or now() < until) and me == gate:
                try:
                    mid = "\n" not in text
                except TypeError:  # for the original to refuse
                    pass
                return write0(text)
            return turn(me, text)
        except BaseException as error:
            large.discard(me)
            say.stripped(error)
            raise

    def turn(me, text):
        """Hands on what waits, and then it is this thread's turn."""
        nonlocal gate, owner, began, until, mid, turns
        try:
            number, t = owner_of(me, 0), now()
            inside = not isinstance(text, str) or "\n" not in text
            if not mid and stream.line_buffering:  # nothing waits
                turns, gate, owner, began, until, mid = turns + 1, me, number, t, t + together, inside
                return write0(text)
            while True:
                gate, before = None, turns
                hand_on(me)
                t = now()
                if turns == before:
                    turns, gate, owner, began, until, mid = before + 1, me, number, t, t + together, inside
                    return write0(text)
        except BaseException as error:
            say.stripped(error)
            raise

    def hand_on(me):
        quiet.add(me)
        buffer.flush = buffer_flush
        try:
            flushing[me] = owner, began
            flush0()
        except BaseException as error:
            say.stripped(error)
            raise
        finally:
            flushing.pop(me, None)
            quiet.discard(me)
            if not quiet:
                vars(buffer).pop("flush", None)

    def flush():
        me = ident()
        try:
            flushing[me] = owner, began
            return flush0()
        except BaseException as error:
            say.stripped(error)
            raise
        finally:
            flushing.pop(me, None)

    def buffer_flush():
        if ident() not in quiet:
            try:
                return buffer_flush0()
            except BaseException as error:
                say.stripped(error)
                raise

    def buffer_write(data, /):
        me = ident()
        try:
            whose = flushing.pop(me, None) if flushing else None
            plain = data.__class__ is bytes
            size = len(data) if plain else memoryview(data).nbytes
            first = data[:11] if plain else bytes(memoryview(data).cast("B")[:11])
            if whose is not None:
                put(whose[1], whose[0], size | flag, first)
            elif (
                not large
                and (size >= chunk or stream.line_buffering and b"\n" in data)
                or lock is not None
                or is_mine(me, data, size)
            ):
                put(began if me == gate else now(), owner_of(me, 0), size | flag, first)
        except (TypeError, ValueError):
            pass  # no bytes: for the original to refuse
        try:
            return buffer_write0(data)
        except BaseException as error:
            say.stripped(error)
            raise

    def is_mine(me, data, size):
        """Whether a chunk that nobody flushed is the calling thread's. Before a text as long as a chunk is
        added all else is handed on, and then another's text may be among it: that gets no record."""
        if me in large:
            if size < chunk:
                return False
            large.discard(me)
        elif size < chunk and not stream.write_through:
            ends = stream.line_buffering and (b"\n" in data or b"\r" in data)
            if not ends and sys._getframe(2).f_code in texts:
                large.add(me)
        return True

    texts = (write.__code__, turn.__code__)

    wrappers = [(stream, write, write0), (stream, flush, flush0), (buffer, buffer_write, buffer_write0)]
    if lock is not None:
        wrappers = [(thing, _one_at_a_time(wrapper, lock), original) for thing, wrapper, original in wrappers]
    for thing, wrapper, original in wrappers:
        setattr(thing, original.__name__, say.like(wrapper, original))

    def end():
        nonlocal gate
        gate = None

    def undo():
        for thing, _, original in wrappers:
            vars(thing).pop(original.__name__, None)

    return end, undo
