"""How an interpreter gets pipes of its own and says hello, see `src/engine/channel/mod.rs`."""

import _thread
import os
import sys

import _gilscope_say as say

if os.name == "nt":
    import _gilscope_nt as pipes
else:
    import _gilscope_unix as pipes

say.kind = pipes.kind
_PATIENCE_NS = 10_000_000_000  # how long to wait for a free set
ready = {}  # thread that forks -> what it took for its child


def take(patience_ns=_PATIENCE_NS):
    """Claims a set of pipes and opens what this process's descriptors 1 and 2 need; None where none is free.

    Gives the event pipe, how it is known (device, inode), the number that it is to have where it can be the
    old channel's, the output pipes with the number that each is to have, and which kinds they are.
    """
    kinds = {1: pipes.kind(1), 2: pipes.kind(2)}
    name = pipes.claim(patience_ns)
    if name is None:
        return None
    events, own = pipes.high(pipes.open_events(name)), {}
    try:
        found = say.system.fstat(events)
        for letter in set(kinds.values()) - {None}:
            own[letter] = pipes.high(pipes.open_output(letter, name))
    except OSError:
        for spent in (events, *own.values()):
            say.system.close(spent)
        raise
    outputs = [(own[letter], number) for number, letter in kinds.items() if letter is not None]
    old = say.channel[0] if say.channel is not None and say.is_open_as(say.channel) else None
    return events, (found.st_dev, found.st_ino), old, outputs, "".join(own)


def put(taken, fork):
    """Reports through a claimed set from now on, and has our own output pipes where the run's were."""
    events, known, old, outputs, say.taken = taken
    if old is not None:
        say.system.dup2(events, old, False)
        say.system.close(events)
        events = old
    say.channel = (events, *known)
    if not hasattr(_thread, "_is_main_interpreter"):
        say.system.putenv("GILSCOPE_AT", _place())
        if sys.version_info < (3, 9):  # there a sub-interpreter shares what the main one once read
            say.system.environ[b"GILSCOPE_AT"] = _place().encode()
    _hello(fork)
    for descriptor, number in outputs:
        say.system.dup2(descriptor, number)
    _close(outputs)


def _close(outputs):
    for descriptor in {descriptor for descriptor, _ in outputs}:
        say.system.close(descriptor)


def drop(taken):
    if taken is not None:
        say.system.close(taken[0])
        _close(taken[3])


def _place():
    return "%d %d %d %d" % (say.system.getpid(), *say.channel)


def is_main_interpreter():
    """Whether this is not a sub-interpreter. Before 3.13 only the environment can tell what the main one did."""
    check = getattr(_thread, "_is_main_interpreter", None)
    if check is not None:
        return check()
    try:
        pid, *known = map(int, os.environ.get("GILSCOPE_AT", "").split())
    except ValueError:
        return True
    return pid != say.system.getpid() or not say.is_open_as(tuple(known))


def _hello(fork):
    gil = getattr(sys, "_is_gil_enabled", None)
    parts = [
        str(say.now()), "hello", str(say.system.getpid()), str(say.system.getppid()),
        str(_thread.get_native_id()), "fork" if fork else "new", "%d.%d.%d" % sys.version_info[:3],
        "0" if gil is not None and not gil() else "1",
        say.escape(str(getattr(sys.stdout, "encoding", None) or "")[:40]), say.taken, "",
    ]  # fmt: skip
    line = "\t".join(parts).encode("utf-8", "backslashreplace")
    items, room = [], 1_800
    for item in () if fork else command():
        item = say.escape(item).encode("utf-8", "backslashreplace")[:room]
        # A cut may have left half a character.
        items.append(item.decode("utf-8", "ignore").encode())
        room -= len(item) + 1
        if room < 8:
            break
    say.write(line + b"\x1f".join(items) + b"\n")


def command():
    found = getattr(sys, "orig_argv", None)
    if found:
        return found
    try:
        descriptor = say.system.open("/proc/self/cmdline", os.O_RDONLY | os.O_CLOEXEC)
        try:
            raw = say.system.read(descriptor, 4096)
        finally:
            say.system.close(descriptor)
        return [os.fsdecode(item) for item in raw.rstrip(b"\0").split(b"\0")]
    except (AttributeError, OSError):
        return [sys.executable or "python"] + list(getattr(sys, "argv", ()))
