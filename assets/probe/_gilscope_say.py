"""What the probe says, and to whom: one line each, see `src/engine/channel/mod.rs`."""

import _thread
import os
import sys
import time

try:
    import posix as system
except ImportError:
    import nt as system

folder = os.environ.get("GILSCOPE_DIR", "")

_fstat, _write = system.fstat, system.write
now = time.monotonic_ns
if os.name == "nt" and sys.version_info < (3, 13):
    now = time.perf_counter_ns  # monotonic ticks by 16 ms there

channel = None  # (descriptor, device, inode) of the event pipe
taken = ""  # which kinds of our pipes stand under descriptors 1 and 2
owners = {}  # thread ident -> owner number; the main thread outside of calls is 0 and not in here
kind = None  # tells which of the run's pipes a descriptor is; set by whoever has the pipes
main = _thread.get_ident()  # the thread that handles signals
is_shared = False  # whether sub-interpreters are to find the channel
is_up = False  # whether `up` was said, or is said by whoever says `hello`
watches_gil = False  # whether the GIL is off and an import may turn it on
lock = _thread.RLock()  # one line at a time: on macOS a line may be longer than an atomic write
_serial = 0  # the last owner number


def next_owner():
    global _serial
    with lock:
        _serial += 1
        return _serial


def begin_owners(serial):
    """The next owner number comes after this one."""
    global _serial
    _serial = serial


def me():
    """The owner number of the thread or call that runs."""
    return owners.get(_thread.get_ident(), 0)


def escape(text):
    if text.isprintable() and "\\" not in text:
        return text
    text = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return text.replace("\r", "\\r").replace("\x1f", "\\s")


def fields(*values):
    """The fields of a line and its end, as bytes."""
    text = "".join(["\t" + (escape(value[:150]) if type(value) is str else str(value)) for value in values])
    return (text + "\n").encode("utf-8", "backslashreplace")


def say(verb, *values, at=None):
    """Writes one line; whatever goes wrong with the channel ends the reporting, never the script."""
    if channel is not None:
        write(b"%d\t%b%b" % (at or now(), verb.encode(), fields(*values)))


def write(line, checked=False):
    """Writes one line; `checked` where the channel was just found to be open."""
    global channel
    use = channel
    try:
        if checked or is_open_as(use):
            with lock:
                _write(use[0], line)
        else:  # the script closed it, and the number is something else now
            channel = None
    except (OSError, TypeError):
        channel = None


def is_open_as(known):
    """Whether a descriptor is still what it was: (descriptor, device, inode)."""
    try:
        found = _fstat(known[0])
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == known[1:]


def heed_gil():
    """Tells if an import has turned the GIL on."""
    global watches_gil
    if watches_gil and sys._is_gil_enabled():
        watches_gil = False
        say("gil")


def brief(value, room=3):
    """A short text for an argument. Only exact built-in types: no code of the script runs for it."""
    kind = type(value)
    if value is None or kind in (bool, float):
        return repr(value)
    if kind is int:
        return repr(value) if value.bit_length() < 400 else "<int>"
    if kind in (str, bytes):
        return repr(value[:40]) + ("..." if len(value) > 40 else "")
    if kind in (tuple, list) and room:
        items = [brief(item, room - 1) for item in value[:8]] + (["..."] if len(value) > 8 else [])
        if kind is list:
            return "[" + ", ".join(items) + "]"
        return "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"
    return "<" + kind.__name__ + ">"


def arguments(thing):
    """The arguments of a Process or Thread; none where the library itself is what it runs."""
    try:
        if getattr(thing, "_target", None) is None:
            return ""
        if target(thing).startswith(("multiprocessing.", "concurrent.")):
            return ""
        args = [brief(value) for value in thing._args]
        args += [str(key) + "=" + brief(value) for key, value in (thing._kwargs or {}).items()]
        return ", ".join(args)
    except Exception:  # a subclass with its own idea of these names
        return ""


def target(thing):
    """What a Thread runs, as `module:name`; for a subclass with a `run` of its own, that class."""
    runs = getattr(thing, "_target", None) or type(thing)
    module = getattr(runs, "__module__", None)
    name = getattr(runs, "__qualname__", None)
    return (module if type(module) is str else "") + ":" + (name if type(name) is str else "")


def stripped(error):
    """Takes our frame off the traceback that is about to be raised again (from 3.11 on `raise` heeds it)."""
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def like(wrapper, original):
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__text_signature__", "__defaults__"):
        try:
            setattr(wrapper, name, getattr(original, name))
        except (AttributeError, TypeError):
            pass
    return wrapper
