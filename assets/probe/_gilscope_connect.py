"""How an interpreter gets pipes of its own and says hello, see `src/engine/channel/mod.rs`."""

import _thread
import os
import sys
import time

import _gilscope_say as say
from _gilscope_say import system

if os.name == "nt":
    import _gilscope_nt as pipes
else:
    import _gilscope_unix as pipes

say.kind = kind = pipes.kind
_close, _dup2, _fstat, _getpid, _getppid = system.close, system.dup2, system.fstat, system.getpid, system.getppid
_write, _now, _cpu, _tid = system.write, say.now, time.process_time_ns, _thread.get_native_id
_check = getattr(_thread, "_is_main_interpreter", None)
_PATIENCE_NS = 10_000_000_000  # how long to wait for a free set
ready = {}  # thread that is inside BaseProcess.start -> what it took for its child, or None
_has_gil = getattr(sys, "_is_gil_enabled", None)
_tails = [None, b""]  # what `_tail` depends on, and what it last gave for that


def take(patience_ns=_PATIENCE_NS):
    """Claims a set of pipes and opens what this process's descriptors 1 and 2 need; None where none is free.

    Gives the open pipes, the event pipe first; the number that this is to have and how it is known (device,
    inode); the output pipes with the number that each is to have; which kinds they are; and the last fields of
    a fork's hello.
    """
    first, second = kind(1), kind(2)
    name = pipes.claim(patience_ns)
    if name is None:
        return None
    letters = (first or "") + (second if second and second != first else "")
    opened = []
    try:
        for letter in "c" + letters:
            opened.append(pipes.open_pipe(letter, name))
        opened = pipes.high(opened, say.channel)
        found = _fstat(opened[0])
    except OSError:
        close(opened)
        raise
    outputs = []
    if first:
        outputs.append((opened[1], 1))
    if second:
        outputs.append((opened[-1] if second != first else opened[1], 2))
    number = say.channel[0] if say.channel is not None and say.is_open_as(say.channel) else opened[0]
    return opened, (number, found.st_dev, found.st_ino), outputs, letters, _tail(letters)


def _tail(letters):
    encoding = getattr(sys.stdout, "encoding", None)
    key = encoding if type(encoding) is str else "", _has_gil is None or _has_gil(), letters
    if _tails[0] != key:
        text = "%d.%d.%d\t%d\t%s\t%s\t" % (*sys.version_info[:3], key[1], say.escape(key[0][:40]), letters)
        _tails[:] = key, text.encode("utf-8", "backslashreplace")
    return _tails[1]


def put(taken, fork, up=False):
    """Reports through a claimed set from now on, and has our own output pipes where the run's were.

    After a fork this is short on purpose: each page that it touches is copied first.
    """
    opened, say.channel, outputs, say.taken, tail = taken
    number = say.channel[0]
    if number != opened[0]:
        _dup2(opened[0], number, False)
        _close(opened.pop(0))
    if _check is None or say.is_shared:
        system.putenv("GILSCOPE_AT", _place())
        if sys.version_info < (3, 9):  # there a sub-interpreter shares what the main one once read
            system.environ[b"GILSCOPE_AT"] = _place().encode()
    now = _now()
    line = b"%d\thello\t%d\t%d\t%d\t%d\t%b\t%b%b\n" % (
        now, _getpid(), _getppid(), _tid(), say.main, b"fork" if fork else b"new",
        tail, b"" if fork else _command_line(),
    )  # fmt: skip
    if up:
        line += b"%d\tup\t%d\t\t\n" % (now, _cpu())
    _write(number, line)
    for descriptor, target in outputs:
        _dup2(descriptor, target)
    for descriptor in opened:
        if descriptor != number:
            _close(descriptor)


def close(descriptors):
    for descriptor in descriptors:
        _close(descriptor)


def _place():
    return "%d %d %d %d" % (system.getpid(), *say.channel)


def buffer_as_asked():
    """The buffering that the run asks for."""
    if "o" in say.taken and os.environ.get("GILSCOPE_BUFFERING") == "line" and say.kind(1) == "o":
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True)


def share(_):
    """From now on this process's sub-interpreters find the channel; not before, for most processes have none."""
    say.is_shared = True
    if say.channel is not None:
        system.putenv("GILSCOPE_AT", _place())


def shared():
    """The channel of the process that this sub-interpreter is in; None where it has or tells none."""
    try:
        pid, *known = map(int, os.environ.get("GILSCOPE_AT", "").split())
    except ValueError:
        return None
    return tuple(known) if pid == system.getpid() and say.is_open_as(tuple(known)) else None


def is_main_interpreter():
    """Whether this is not a sub-interpreter. Before 3.13 only the environment can tell what the main one did."""
    return _check() if _check is not None else shared() is None


def _command_line():
    items, room = [], 1_800
    for item in command():
        item = say.escape(item).encode("utf-8", "backslashreplace")[:room]
        # A cut may have left half a character.
        items.append(item.decode("utf-8", "ignore").encode())
        room -= len(item) + 1
        if room < 8:
            break
    return b"\x1f".join(items)


def command():
    found = getattr(sys, "orig_argv", None)
    if found:
        return found
    try:
        descriptor = system.open("/proc/self/cmdline", os.O_RDONLY | os.O_CLOEXEC)
        try:
            raw = system.read(descriptor, 4096)
        finally:
            system.close(descriptor)
        return [os.fsdecode(item) for item in raw.rstrip(b"\0").split(b"\0")]
    except (AttributeError, OSError):
        return [sys.executable or "python"] + list(getattr(sys, "argv", ()))
