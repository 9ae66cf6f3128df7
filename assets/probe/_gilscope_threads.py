"""Threads and calls: when they begin and end, and who wrote what once there is more than one."""

import _thread
import sys
import time
from _thread import get_ident

import _gilscope_say as say

_SLOTS = 1 << 15  # records that the ring of writes holds
_unwrap = None  # takes the recording of writes away again
_kind = None  # tells which of the run's pipes a descriptor is


class _Body:
    """What a new thread runs: the original, between two reports."""

    __slots__ = ("function", "started", "raised")

    def __init__(self, function):
        self.function, self.started, self.raised = function, say.now(), 0

    def __repr__(self):
        return repr(self.function)

    def __call__(self, *args, **kwargs):
        ident, owner = get_ident(), say.next_owner()
        say.owners[ident] = owner
        thread = getattr(self.function, "__self__", None)
        if hasattr(thread, "_name") and hasattr(thread, "_bootstrap_inner"):
            name, target, arguments = str(thread._name), say.target(thread), say.arguments(thread)
            self._watch_exception(thread)
        else:
            module = getattr(self.function, "__module__", None) or ""
            name = getattr(self.function, "__name__", None) or "thread"
            target, arguments = str(module) + ":" + str(name), ", ".join(map(say.brief, args[:8]))
        say.say("thread", owner, _thread.get_native_id(), self.started, name, target, arguments)
        try:
            return self.function(*args, **kwargs)
        except BaseException as error:
            self.raised = 1
            say.stripped(error)
            raise
        finally:
            say.owners.pop(ident, None)
            say.say("ended", owner, time.thread_time_ns(), self.raised)

    def _watch_exception(self, thread):
        """`threading` catches what leaves `run` and hands it to a hook of the thread's own."""
        hook = getattr(thread, "_invoke_excepthook", None)
        if hook is None:
            return

        def invoke_excepthook(thread):
            error = sys.exc_info()[0]
            self.raised = 0 if error is SystemExit else 1
            return hook(thread)

        thread._invoke_excepthook = invoke_excepthook


def watch_thread_starts(kind):
    global _kind
    _kind = kind

    def starter(original):
        def start(function, *args, **kwargs):
            if callable(function) and say.channel is not None:
                record_writes()
                function = _Body(function)
            try:
                return original(function, *args, **kwargs)
            except BaseException as error:
                say.stripped(error)
                raise

        return say.like(start, original)

    found = sys.modules.get("threading")
    for name in ("start_new_thread", "start_new", "start_joinable_thread"):
        original = getattr(_thread, name, None)
        if original is None:
            continue
        wrapper = starter(original)
        setattr(_thread, name, wrapper)
        if found is not None and hasattr(found, "_" + name):
            setattr(found, "_" + name, wrapper)


def watch_threads(module):
    base = module.Thread
    join0 = base.join

    def join(self, timeout=None):
        on = say.owners.get(self._ident)
        me = say.me()
        if on is not None and on != me:
            say.say("join", me, "", on)
        try:
            return join0(self, timeout)
        except BaseException as error:
            say.stripped(error)
            raise
        finally:
            if on is not None and on != me:
                say.say("joined", me, "", on)

    base.join = say.like(join, join0)


def forget_writes():
    """After a fork: the records of the parent's threads are not ours to go on with."""
    global _unwrap
    if _unwrap is not None:
        _unwrap()
        _unwrap = None


def record_writes():
    """From now on each `write` of stdout and stderr leaves a record in a file that the engine reads.

    The record is there before its bytes reach the pipe, and costs no system call. The bytes, and when
    they are written, stay as they are.
    """
    global _unwrap
    if _unwrap is not None or not say.taken:
        return
    with say.lock:
        if _unwrap is not None:
            return
        _unwrap = lambda: None
        streams = [
            (stream, 1 << 31 if _kind(number) == "e" else 0)
            for stream, number in ((sys.stdout, 1), (sys.stderr, 2))
            if _recordable(stream, number)
        ]
        if not streams:
            return
        before = set(sys.modules)
        try:
            from _struct import Struct
            from itertools import count
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
            return
        finally:
            for added in set(sys.modules) - before:
                del sys.modules[added]
        say.say("ring", name, _SLOTS)
        _unwrap = _wrap(streams, ring, Struct("<QII12sI").pack_into, Struct("<Q").unpack_from, count().__next__)


def _recordable(stream, number):
    try:
        return (
            type(stream).__name__ == "TextIOWrapper"
            and type(stream).__module__ == "_io"
            and stream.fileno() == number
            and "A\n".encode(stream.encoding) == b"A\n"
            and _kind(number) in say.taken
        )
    except (AttributeError, LookupError, OSError, TypeError, ValueError):
        return False


def _wrap(streams, ring, pack, unpack, tick):
    ident, owner_of, now, slots, sleep = get_ident, say.owners.get, say.now, _SLOTS, time.sleep
    room = slots  # records that may be written before the reader's place must be looked at

    def wait(number):
        """The ring is full: the reader is given a moment; then records go missing, and it can tell."""
        nonlocal room
        for _ in range(100):
            room = unpack(ring, 0)[0] + slots
            if number < room:
                return
            sleep(0.001)
        room = number + slots // 8

    def recorder(stream, flag):
        original = stream.write

        def write(text, /):
            # A text that is no str, or can't be encoded, is for the original to refuse.
            if text.__class__ is str and text:
                try:
                    if text == "\n":
                        size, first = 1, b"\n"
                    elif text.isascii():
                        size, first = len(text), text[:12].encode()
                    else:
                        first = text.encode(stream.encoding, stream.errors)
                        size = len(first)
                    number = tick()
                    if number >= room:
                        wait(number)
                    pack(
                        ring, 64 + number % slots * 32,
                        now(), owner_of(ident(), 0), size | flag, first, number + 1 & 0xFFFFFFFF,
                    )  # fmt: skip
                except (UnicodeError, ValueError, LookupError):
                    pass
            try:
                return original(text)
            except BaseException as error:
                say.stripped(error)
                raise

        return write

    def one_at_a_time(write, lock):
        def locked(text, /):
            try:
                with lock:
                    return write(text)
            except BaseException as error:
                say.stripped(error)
                raise

        return locked

    # With a GIL a record and its bytes are hardly ever parted, and the reader can tell; a lock there would
    # hand itself from thread to thread at each line. Without one it is needed.
    gil = getattr(sys, "_is_gil_enabled", None)
    lock = _thread.RLock() if gil is not None and not gil() else None
    for stream, flag in streams:
        original, write = stream.write, recorder(stream, flag)
        stream.write = say.like(write if lock is None else one_at_a_time(write, lock), original)

    def unwrap():
        for stream, _ in streams:
            vars(stream).pop("write", None)

    return unwrap


def watch_calls(script):
    """Each call of the global `work` of the script is a worker. It is found by tracing the lines of the
    module itself until the name is there, so that nothing traces the calls."""

    def lines(frame, event, _):
        work = frame.f_globals.get("work")
        if callable(work) and hasattr(work, "__code__"):
            sys.settrace(None)
            frame.f_trace = None
            frame.f_globals["work"] = _call(work)
            return None
        return lines

    def calls(frame, event, _):
        code = frame.f_code
        if code.co_name == "<module>" and code.co_filename == script:
            return lines
        return None

    sys.settrace(calls)


def _call(original):
    def work(*args, **kwargs):
        record_writes()
        owner, ident, raised = say.next_owner(), get_ident(), 1
        arguments = ", ".join([say.brief(value) for value in args])
        say.say("call", owner, time.process_time_ns(), original.__name__, arguments)
        before = say.owners.get(ident)
        say.owners[ident] = owner
        try:
            result = original(*args, **kwargs)
            raised = 0
            return result
        except BaseException as error:
            say.stripped(error)
            raise
        finally:
            if before is None:
                say.owners.pop(ident, None)
            else:
                say.owners[ident] = before
            say.say("returned", owner, time.process_time_ns(), raised)

    return say.like(work, original)
