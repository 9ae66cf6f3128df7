"""Who wrote what, once a process has more than one thread.

Text waits in a `TextIOWrapper` until it is handed to its buffer as one chunk: at a line's end, at 8 KiB, or
when somebody flushes. A chunk here is always one thread's alone, for before another thread's text is added,
what waits is handed on (to the buffer, not into the pipe). So a record a chunk says who wrote it, and a
`write` costs little more than to ask which thread calls. The record is there before its bytes reach the
pipe, and costs no system call. The bytes stay as they are, and so does when they are written.
"""

import _thread
import os
import sys
import time
from _operator import attrgetter
from _thread import get_ident

import _gilscope_say as say

_SLOTS = 1 << 15  # records that the ring holds
_TOGETHER_NS = 2_000_000  # lines within this time may share a record
_QUICK_NS = 5_000_000  # a chunk that fills in this time may be followed by one whose lines share a record
_ATOMIC = 512  # bytes that every Unix writes into a pipe as a whole
_IDLE = 0  # no thread's ident
_watched = None  # the streams: what ends a thread's turn, and what undoes the watching


def forget_writes():
    """After a fork: the records of the parent's threads are not ours to go on with."""
    global _watched
    if _watched is not None:
        for _, undo in _watched:
            undo()
        _watched = None


def end_turn():
    """The calling thread is somebody else from now on: a call began or ended, or the thread itself."""
    for end, _ in _watched or ():
        end()


def record_writes(recorder=None):
    """From now on what is written to stdout and stderr leaves records: in a file that the engine reads, or where
    what `recorder` gives puts them."""
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
        put = (recorder or _ring)() if streams else None
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

    return say.like(locked, function)


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
            size = 64 + _SLOTS * 48
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
    pack, unpack = Struct("<QII14s14sI").pack_into, Struct("<Q").unpack_from
    slots, sleep = _SLOTS, time.sleep
    records = 0
    margin = 64  # threads that may be between their look at the room and their record
    room = slots - margin  # records that may be written before the reader's place must be looked at
    patient = True

    def put(t, owner, size, data):
        nonlocal records
        if records >= room and not has_room():
            return
        # Nobody comes in between (see `_watch`): the reader goes no further than to an empty slot.
        records += 1
        pack(ring, 64 + (records - 1) % slots * 48, t, owner, size, data, data[-14:], records & 0xFFFFFFFF)

    def has_room():
        """The ring is full: the reader is given a moment. Then text goes on without a record, and is nobody's; one
        that is written over while it is read would be somebody else's."""
        nonlocal room, patient
        for _ in range(100 if patient else 1):
            room = unpack(ring, 0)[0] + slots - margin
            if records < room:
                patient = True
                return True
            if patient:
                sleep(0.001)
        patient = False
        return False

    return put


def _watch(stream, flag, put, lock):
    """Has a record put for each chunk of a stream; gives what ends a turn and what undoes it."""
    ident, owner_of, now = get_ident, say.owners.get, say.now
    chunk = getattr(stream, "_CHUNK_SIZE", 8192)
    buffer, number = stream.buffer, stream.fileno()
    write0, flush0 = stream.write, stream.flush
    buffer_write0, buffer_flush0 = buffer.write, buffer.flush
    main = say.main if os.name == "posix" else None
    system_write = say.system.write
    gate = ident()  # the thread that may add text; _IDLE while nothing waits, None where that is not known
    owner = say.me()  # whose text waits
    began = now()  # when the first of it was written
    until = began + _TOGETHER_NS  # lines that begin later get a record of their own
    line = stream.line_buffering  # each line is a chunk
    mid = True  # within a line
    fast = {}  # where the thread whose turn it is may have the original in place of `write`
    rough = False  # whether it may in blocks: without a look at the clock
    quick = set()  # threads whose last chunk filled so fast that they may in the next
    turns = 0  # how often the gate was given to somebody
    flushing = {}  # thread that flushes -> whose text that is, and when it was written
    quiet = set()  # threads that hand text to the buffer but not into the pipe
    large = set()  # threads within the write of a text as long as a chunk
    robbed = {}  # threads whose turn was taken from them, maybe within a write, and that have not asked again

    # With a GIL, from 3.12.4 on, no other thread can come between the question whose turn it is and the
    # adding of the text: nothing on that way asks for the eval breaker. Keep it so: no call and no jump
    # back. Elsewhere, and where a text stream loses what is added while it hands on, there is a lock.

    def write(text, /):
        nonlocal mid
        try:
            me = ident()
            if me == gate and (line or mid or now() < until) and me == gate:
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
        nonlocal gate, owner, began, until, line, mid, fast, rough, turns
        try:
            large.discard(me)
            robbed.pop(me, None)
            mine, whose, lines, t = entry.__dict__, owner_of(me, 0), stream.line_buffering, now()
            inside = not isinstance(text, str) or "\n" not in text
            if gate != _IDLE:
                while True:
                    victim, gate, before = gate, None, turns
                    robbed[victim] = True
                    fast.clear()
                    hand_on(me)
                    t = now()
                    if turns == before:
                        break
            turns, gate, owner, began, until = turns + 1, me, whose, t, t + _TOGETHER_NS
            line, mid, fast, rough = lines, inside, mine, lock is None and not lines and me in quick
            if rough or lines and lock is None:
                mine["way"] = write0
            return write0(text)
        except BaseException as error:
            say.stripped(error)
            raise

    def hand_on(me):
        quiet.add(me)
        buffer.flush = buffer_flush
        try:
            flushing[me] = owner, began, rough
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
            flushing[me] = owner, began, rough
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
        nonlocal gate
        me = ident()
        try:
            size = len(data) if data.__class__ is bytes else -1
            if me != gate or me in flushing or size < 0:
                record(me, data)
                return buffer_write0(data)
            # Of the thread whose turn it is, as nearly always; no call before that is known and given back. Nothing
            # waits after it, but where all that waits is handed on before a text as long as a chunk is added.
            whose, t, vague, is_line = owner, began, rough, line and b"\n" in data
            gate = _IDLE if is_line or size >= chunk and not large else None
            fast.clear()
            if is_line:
                put(t, whose, size | flag, data)
                # A flush follows.
                return line_write(data) if me != main and size <= _ATOMIC else buffer_write0(data)
            took = now() - t
            put(0 if vague and took > _QUICK_NS else t, whose, size | flag, data)
            (quick.add if took < _QUICK_NS else quick.discard)(me)
            if size < chunk and not stream.write_through:
                large.add(me)
            return buffer_write0(data)
        except BaseException as error:
            say.stripped(error)
            raise

    def line_write(data):
        """Writes a line into the pipe at once, for threads that queue at the buffer's lock would wait for each
        other's system calls. The kernel keeps short writes whole. Not in the main thread, which a signal may
        interrupt: then the buffer must have what was not written."""
        buffer_flush0()
        try:
            return system_write(number, data)
        except OSError:
            return buffer_write0(data)

    def record(me, data):
        try:
            whose = flushing.pop(me, None) if flushing else None
            if data.__class__ is not bytes:
                data = bytes(memoryview(data).cast("B"))
            size = len(data)
            if whose is not None:
                owner, began, vague = whose
                took = now() - began
                # As fast as one that fills soon enough, but cut off so that its lines' times are known.
                if owner == owner_of(me, 0) and size * _QUICK_NS >= chunk * max(took, _TOGETHER_NS):
                    quick.add(me)
                put(0 if vague and took > _QUICK_NS else began, owner, size | flag, data)
            elif lock is not None or me not in large or size >= chunk:
                (large.add if robbed.pop(me, False) and size < chunk else large.discard)(me)
                put(now(), owner_of(me, 0), size | flag, data)
            # Else it is what others added while this thread handed on: nobody's.
        except (TypeError, ValueError):
            pass  # no bytes: for the original to refuse

    class Write(_thread._local):
        """What stands for the stream's `write`: the original while it is a thread's turn, without a step of
        Python, so that no other thread comes between the pieces of a `print` where bare none would."""

        __call__ = property(attrgetter("way"))
        way = staticmethod(write)
        __name__, __module__, __self__, __doc__ = "write", None, stream, write0.__doc__

        def __repr__(self):
            return repr(write0)

    write = say.like(write, write0)
    flush, buffer_write = say.like(flush, flush0), say.like(buffer_write, buffer_write0)
    if lock is None:
        entry = Write()
    else:
        entry, flush, buffer_write = (_one_at_a_time(one, lock) for one in (write, flush, buffer_write))
    places = [(stream, "write", entry), (stream, "flush", flush), (buffer, "write", buffer_write)]
    for thing, name, wrapper in places:
        setattr(thing, name, wrapper)

    def end():
        nonlocal gate
        victim, gate = gate, None
        robbed[victim] = True
        fast.clear()

    def undo():
        for thing, name, _ in places:
            vars(thing).pop(name, None)

    return end, undo
