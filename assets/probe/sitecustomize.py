"""Gilscope's probe: reports from inside a watched Python, and changes nothing that a script can notice.

Loaded by `site` from PYTHONPATH, in every interpreter of a run, Python 3.8 and newer. It imports only
modules that are built in, leaves nothing in `sys.modules`, takes its folder off `sys.path`, and then lets
an existing `sitecustomize` run as if this one had not been there. What it says, and how, is in
`src/engine/channel/mod.rs`; how the pipes are claimed in `src/engine/platform/pipes_unix.rs`.
"""

import sys

_BEFORE = set(sys.modules)

import _thread
import os
import time

try:
    import posix as _system
except ImportError:
    import nt as _system

_environ = os.environ
_DIR = _environ.get("GILSCOPE_DIR", "")
_PATIENCE_NS = 10_000_000_000  # how long to wait for a free set of pipes
_SLOTS = 1 << 15  # records that the ring of writes holds

_get_ident = _thread.get_ident
_now = time.monotonic_ns
if os.name == "nt" and sys.version_info < (3, 13):
    _now = time.perf_counter_ns  # monotonic ticks by 16 ms there

_channel = None  # (descriptor, device, inode) of the event pipe
_lock = _thread.RLock()  # one line at a time, where a line may be longer than an atomic write
_owners = {}  # thread ident -> owner number; the main thread outside of calls is 0 and not in here
_serial = 0  # the last owner number
_starting = set()  # threads that are inside BaseProcess.start
_taken = ""  # which kinds of our pipes stand under descriptors 1 and 2
_unwrap = None  # takes the recording of writes away again


# --- saying things ------------------------------------------------------------------------------------


def _escape(text):
    text = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return text.replace("\r", "\\r").replace("\x1f", "\\s")


def _say(verb, *fields, at=None):
    """Writes one line; whatever goes wrong with the channel ends the reporting, never the script."""
    global _channel
    channel = _channel
    if channel is None:
        return
    parts = [str(at or _now()), verb]
    for field in fields:
        parts.append(_escape(field[:150]) if type(field) is str else str(field))
    line = ("\t".join(parts) + "\n").encode("utf-8", "backslashreplace")
    _write(channel, line)


def _write(channel, line):
    global _channel
    try:
        found = _system.fstat(channel[0])
        if (found.st_dev, found.st_ino) != channel[1:]:
            _channel = None  # the script closed it, and the number is something else now
            return
        with _lock:
            _system.write(channel[0], line)
    except OSError:
        _channel = None


def _brief(value, room=3):
    """A short text for an argument. Only exact built-in types: no code of the script runs for it."""
    kind = type(value)
    if value is None or kind in (bool, float):
        return repr(value)
    if kind is int:
        return repr(value) if value.bit_length() < 400 else "<int>"
    if kind in (str, bytes):
        return repr(value[:40]) + ("..." if len(value) > 40 else "")
    if kind in (tuple, list) and room:
        items = [_brief(item, room - 1) for item in value[:8]] + (["..."] if len(value) > 8 else [])
        if kind is list:
            return "[" + ", ".join(items) + "]"
        return "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"
    return "<" + kind.__name__ + ">"


def _arguments(thing):
    """The arguments of a Process or Thread; none where the library itself is what it runs."""
    target = getattr(thing, "_target", None)
    if target is None or _target(thing).startswith(("multiprocessing.", "concurrent.")):
        return ""
    args = [_brief(value) for value in getattr(thing, "_args", ())]
    args += [str(key) + "=" + _brief(value) for key, value in (getattr(thing, "_kwargs", None) or {}).items()]
    return ", ".join(args)


def _target(thing):
    """What a Thread runs, as `module:name`; for a subclass with a `run` of its own, that class."""
    target = getattr(thing, "_target", None) or type(thing)
    module = getattr(target, "__module__", None)
    name = getattr(target, "__qualname__", None)
    return str(module or "") + ":" + str(name or "")


def _stripped(error):
    """Takes our frame off the traceback that is about to be raised again (from 3.11 on `raise` heeds it)."""
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def _like(wrapper, original):
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__text_signature__", "__defaults__"):
        try:
            setattr(wrapper, name, getattr(original, name))
        except (AttributeError, TypeError):
            pass
    return wrapper


# --- the connection -----------------------------------------------------------------------------------


def _kind(descriptor):
    """Which of the run's output pipes a descriptor is, 'o' or 'e'; None for anything else."""
    try:
        found = _system.fstat(descriptor)
        if found.st_mode & 0o170000 != 0o010000:
            return None
    except OSError:
        return None
    for letter in "oe":
        try:
            named = _system.stat("%s/%s.%d" % (_DIR, letter, found.st_ino))
        except OSError:
            continue
        if (named.st_dev, named.st_ino) == (found.st_dev, found.st_ino):
            return letter
    return None


def _open(path):
    descriptor = _system.open(path, _system.O_WRONLY | _system.O_NONBLOCK | _system.O_CLOEXEC)
    _system.set_blocking(descriptor, True)
    return descriptor


def _claim():
    """Claims a set of pipes; its name, or None when nobody is there."""
    spare, taken = _DIR + "/spare/", _DIR + "/taken/"
    deadline = _now() + _PATIENCE_NS
    while True:
        names = _system.listdir(spare)
        first = _system.getpid() % (len(names) or 1)
        for name in names[first:] + names[:first]:
            try:
                _system.rename(spare + name, taken + name)
                return name
            except OSError:
                continue  # another process was faster
        if _now() > deadline:
            return None
        time.sleep(0.0005)


def _high(descriptor):
    """Moves a descriptor out of the way of scripts that count from 3."""
    try:
        limit = _system.sysconf("SC_OPEN_MAX")
    except (OSError, ValueError):
        limit = 256
    number = min(limit if limit > 0 else 1000, 1000) - 1
    while number > descriptor:
        try:
            _system.fstat(number)
        except OSError:
            break
        number -= 1
    else:
        return descriptor
    try:
        _system.dup2(descriptor, number, inheritable=False)
    except OSError:
        return descriptor
    _system.close(descriptor)
    return number


def _connect(fork):
    global _channel, _taken
    _channel, _taken = None, ""
    kinds = {1: _kind(1), 2: _kind(2)}
    name = _claim()
    if name is None:
        return
    descriptor = _high(_open(_DIR + "/taken/" + name))
    found = _system.fstat(descriptor)
    channel = (descriptor, found.st_dev, found.st_ino)
    inodes = dict(zip("oe", name.split(".")))
    own = {}
    for letter in "oe":
        if letter in kinds.values():
            own[letter] = _open("%s/%s.%s" % (_DIR, letter, inodes[letter]))
    _taken = "".join(own)
    _channel = channel
    _hello(fork)
    for number, letter in kinds.items():
        if letter is not None:
            _system.dup2(own[letter], number)
    for spent in own.values():
        _system.close(spent)


def _hello(fork):
    stdout = sys.stdout
    gil = getattr(sys, "_is_gil_enabled", None)
    parts = [
        str(_now()), "hello", str(_system.getpid()), str(_system.getppid()),
        str(_thread.get_native_id()), "fork" if fork else "new", "%d.%d.%d" % sys.version_info[:3],
        "0" if gil is not None and not gil() else "1",
        _escape(str(getattr(stdout, "encoding", None) or "")[:40]), _taken, "",
    ]  # fmt: skip
    line = "\t".join(parts).encode("utf-8", "backslashreplace")
    room = 1_800
    for item in () if fork else _command():
        item = _escape(item).encode("utf-8", "backslashreplace")[:room]
        line += item + b"\x1f"
        room -= len(item) + 1
        if room < 8:
            break
    line = line[:-1] if line.endswith(b"\x1f") else line
    # A cut may have left half a character.
    _write(_channel, line.decode("utf-8", "ignore").encode() + b"\n")


def _command():
    found = getattr(sys, "orig_argv", None)
    if found:
        return found
    try:
        descriptor = _system.open("/proc/self/cmdline", _system.O_RDONLY | _system.O_CLOEXEC)
        try:
            raw = _system.read(descriptor, 4096)
        finally:
            _system.close(descriptor)
        return [os.fsdecode(item) for item in raw.rstrip(b"\0").split(b"\0")]
    except OSError:
        return [sys.executable or "python"] + list(getattr(sys, "argv", ()))


def _after_fork():
    global _lock, _unwrap
    multiprocessing = _get_ident() in _starting or _server
    _lock = _thread.RLock()
    _owners.clear()
    _starting.clear()
    if _unwrap is not None:
        _unwrap()
        _unwrap = None
    try:
        _connect(True)
    except OSError:
        return
    if not multiprocessing:
        _say("up", time.process_time_ns(), "", "")


# --- children that are reaped -------------------------------------------------------------------------


def _reaped(pid, status, usage):
    if pid <= 0:
        return
    exited = signal = ""
    if _system.WIFEXITED(status):
        exited = _system.WEXITSTATUS(status)
    elif _system.WIFSIGNALED(status):
        signal = _system.WTERMSIG(status)
    else:
        return  # stopped or continued
    rss = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    _say("reaped", pid, exited, signal, round((usage.ru_utime + usage.ru_stime) * 1e9), rss)


def _watch_reaping():
    wait3, wait4 = _system.wait3, _system.wait4

    def waitpid(pid, options, /):
        try:
            found = wait4(pid, options)
        except BaseException as error:
            _stripped(error)
            raise
        _reaped(*found)
        return found[:2]

    def wait():
        try:
            found = wait3(0)
        except BaseException as error:
            _stripped(error)
            raise
        _reaped(*found)
        return found[:2]

    def wait3_(options):
        try:
            found = wait3(options)
        except BaseException as error:
            _stripped(error)
            raise
        _reaped(*found)
        return found

    def wait4_(pid, options):
        try:
            found = wait4(pid, options)
        except BaseException as error:
            _stripped(error)
            raise
        _reaped(*found)
        return found

    for name, wrapper in (("waitpid", waitpid), ("wait", wait), ("wait3", wait3_), ("wait4", wait4_)):
        _like(wrapper, getattr(_system, name))
        setattr(_system, name, wrapper)
        setattr(os, name, wrapper)


# --- processes that multiprocessing starts ------------------------------------------------------------


def _watch_processes(module):
    base = module.BaseProcess
    start0, join0, bootstrap0 = base.start, base.join, base._bootstrap

    def start(self):
        began = _now()
        ident = _get_ident()
        arguments = _arguments(self)  # `start` drops what it was given
        _starting.add(ident)
        try:
            start0(self)
        except BaseException as error:
            _stripped(error)
            raise
        finally:
            _starting.discard(ident)
        popen = getattr(self, "_popen", None)
        if popen is not None:
            _say("started", popen.pid, str(self._name), arguments, at=began)

    def join(self, timeout=None):
        popen = getattr(self, "_popen", None)
        if popen is None or popen.returncode is not None:
            on = None
        else:
            on = popen.pid
            _say("join", _owners.get(_get_ident(), 0), on, "")
        try:
            return join0(self, timeout)
        except BaseException as error:
            _stripped(error)
            raise
        finally:
            if on is not None:
                _say("joined", _owners.get(_get_ident(), 0), on, "")

    def _bootstrap(self, *args, **kwargs):
        _say("up", time.process_time_ns(), str(self._name), _arguments(self))
        return bootstrap0(self, *args, **kwargs)

    def ender(original):
        def end(self):
            popen = getattr(self, "_popen", None)
            if popen is not None and popen.returncode is None:
                _say("terminated", popen.pid)
            try:
                return original(self)
            except BaseException as error:
                _stripped(error)
                raise

        return _like(end, original)

    base.start, base.join = _like(start, start0), _like(join, join0)
    base._bootstrap = _like(_bootstrap, bootstrap0)
    base.terminate, base.kill = ender(base.terminate), ender(base.kill)


# --- threads ------------------------------------------------------------------------------------------


def _next_owner():
    global _serial
    with _lock:
        _serial += 1
        return _serial


class _Body:
    """What a new thread runs: the original, between two reports."""

    __slots__ = ("function", "started", "raised")

    def __init__(self, function):
        self.function, self.started, self.raised = function, _now(), 0

    def __repr__(self):
        return repr(self.function)

    def __call__(self, *args, **kwargs):
        ident, owner = _get_ident(), _next_owner()
        _owners[ident] = owner
        thread = getattr(self.function, "__self__", None)
        if hasattr(thread, "_name") and hasattr(thread, "_bootstrap_inner"):
            name, target, arguments = str(thread._name), _target(thread), _arguments(thread)
            self._watch_exception(thread)
        else:
            module = getattr(self.function, "__module__", None) or ""
            name = getattr(self.function, "__name__", None) or "thread"
            target, arguments = str(module) + ":" + str(name), ", ".join(map(_brief, args[:8]))
        _say("thread", owner, _thread.get_native_id(), self.started, name, target, arguments)
        try:
            return self.function(*args, **kwargs)
        except BaseException as error:
            self.raised = 1
            _stripped(error)
            raise
        finally:
            _owners.pop(ident, None)
            _say("ended", owner, time.thread_time_ns(), self.raised)

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


def _watch_thread_starts():
    def starter(original):
        def start(function, *args, **kwargs):
            if callable(function) and _channel is not None:
                _record_writes()
                function = _Body(function)
            try:
                return original(function, *args, **kwargs)
            except BaseException as error:
                _stripped(error)
                raise

        return _like(start, original)

    found = sys.modules.get("threading")
    for name in ("start_new_thread", "start_new", "start_joinable_thread"):
        original = getattr(_thread, name, None)
        if original is None:
            continue
        wrapper = starter(original)
        setattr(_thread, name, wrapper)
        if found is not None and hasattr(found, "_" + name):
            setattr(found, "_" + name, wrapper)


def _watch_threads(module):
    base = module.Thread
    join0 = base.join

    def join(self, timeout=None):
        on = _owners.get(self._ident)
        me = _owners.get(_get_ident(), 0)
        if on is not None and on != me:
            _say("join", me, "", on)
        try:
            return join0(self, timeout)
        except BaseException as error:
            _stripped(error)
            raise
        finally:
            if on is not None and on != me:
                _say("joined", me, "", on)

    base.join = _like(join, join0)


# --- who wrote what, once there is more than one who may -----------------------------------------------


def _record_writes():
    """From now on each `write` of stdout and stderr leaves a record in a file that the engine reads.

    The record is there before its bytes reach the pipe, and costs no system call. The bytes, and when
    they are written, stay as they are.
    """
    global _unwrap
    if _unwrap is not None or not _taken:
        return
    with _lock:
        if _unwrap is not None:
            return
        _unwrap = lambda: None
        streams = [
            (stream, flag)
            for stream, number, flag in ((sys.stdout, 1, 0), (sys.stderr, 2, 1 << 31))
            if _recordable(stream, number)
        ]
        if not streams:
            return
        before = set(sys.modules)
        try:
            from _struct import Struct
            from mmap import mmap

            name = "r.%d.%d" % (_system.getpid(), _now())
            descriptor = _system.open(
                _DIR + "/" + name, _system.O_RDWR | _system.O_CREAT | _system.O_EXCL, 0o600
            )
            try:
                # Written, not only made long: a hole on a full disk would kill the script at its first touch.
                size = 64 + _SLOTS * 32
                done = 0
                while done < size:
                    done += _system.write(descriptor, bytes(size - done))
                ring = mmap(descriptor, size)
            finally:
                _system.close(descriptor)
        except (ImportError, OSError, ValueError):
            return
        finally:
            for added in set(sys.modules) - before:
                del sys.modules[added]
        _say("ring", name, _SLOTS)
        _unwrap = _wrap(streams, ring, Struct("<QII12sI").pack_into, Struct("<Q").unpack_from)


def _recordable(stream, number):
    try:
        return (
            type(stream).__name__ == "TextIOWrapper"
            and type(stream).__module__ == "_io"
            and stream.fileno() == number
            and "A\n".encode(stream.encoding) == b"A\n"
            and _kind(number) in _taken
        )
    except (AttributeError, LookupError, OSError, TypeError, ValueError):
        return False


def _wrap(streams, ring, pack, unpack):
    lock = _thread.RLock()
    ident, owner_of, now, slots, sleep = _get_ident, _owners.get, _now, _SLOTS, time.sleep
    head = 0  # records written
    room = slots  # records that may be written before the reader's place must be looked at

    def wait():
        """The ring is full: the reader is given a moment; then records go missing, and it can tell."""
        nonlocal room
        for _ in range(100):
            room = unpack(ring, 0)[0] + slots
            if head < room:
                return
            sleep(0.001)
        room = head + 1

    def recorder(stream, flag):
        original = stream.write

        def write(text, /):
            nonlocal head
            with lock:
                # A text that is no str, or can't be encoded, is for the original to refuse.
                if text.__class__ is str and text:
                    try:
                        if text.isascii():
                            size, first = len(text), text[:12].encode()
                        else:
                            first = text.encode(stream.encoding, stream.errors)
                            size = len(first)
                        if head >= room:
                            wait()
                        head += 1
                        pack(
                            ring, 64 + (head - 1) % slots * 32,
                            now(), owner_of(ident(), 0), size | flag, first, head & 0xFFFFFFFF,
                        )  # fmt: skip
                    except (UnicodeError, ValueError, LookupError):
                        pass
                try:
                    return original(text)
                except BaseException as error:
                    _stripped(error)
                    raise

        return _like(write, original)

    for stream, flag in streams:
        stream.write = recorder(stream, flag)

    def unwrap():
        for stream, _ in streams:
            vars(stream).pop("write", None)

    return unwrap


# --- calls in turn ------------------------------------------------------------------------------------


def _watch_calls(script):
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
        _record_writes()
        owner, ident, raised = _next_owner(), _get_ident(), 1
        arguments = ", ".join([_brief(value) for value in args])
        _say("call", owner, time.process_time_ns(), original.__name__, arguments)
        before = _owners.get(ident)
        _owners[ident] = owner
        try:
            result = original(*args, **kwargs)
            raised = 0
            return result
        except BaseException as error:
            _stripped(error)
            raise
        finally:
            if before is None:
                _owners.pop(ident, None)
            else:
                _owners[ident] = before
            _say("returned", owner, time.process_time_ns(), raised)

    return _like(work, original)


# --- modules that come later --------------------------------------------------------------------------


def _watch_imports(after):
    """Has each module of `after` handed to its function once it is imported. `sys.meta_path` stays."""
    for name in list(after):
        if name in sys.modules:
            after.pop(name)(sys.modules[name])
    finder = next((f for f in sys.meta_path if getattr(f, "__name__", "") == "PathFinder"), None)
    original = vars(finder).get("find_spec") if finder is not None else None
    if original is None or not after:
        return

    def find_spec(cls, fullname, path=None, target=None):
        spec = original.__func__(cls, fullname, path, target)
        if spec is not None and fullname in after and getattr(spec, "loader", None) is not None:
            try:
                _hook(spec.loader, fullname)
            except (AttributeError, TypeError):
                pass
        return spec

    def _hook(loader, fullname):
        execute = loader.exec_module

        def exec_module(module):
            execute(module)
            if module.__name__ == fullname:
                vars(loader).pop("exec_module", None)
                done = after.pop(fullname, None)
                if done is not None:
                    done(module)
                if not after:
                    finder.find_spec = original

        loader.exec_module = exec_module

    finder.find_spec = classmethod(_like(find_spec, original.__func__))


# --- the beginning ------------------------------------------------------------------------------------


def _begin():
    global _server
    if not getattr(_thread, "_is_main_interpreter", lambda: True)():
        return  # a sub-interpreter: its process reports already
    _connect(False)
    if _channel is None:
        return
    command = _command()
    spawned = "--multiprocessing-fork" in command
    _server = any("multiprocessing.forkserver" in item for item in command)
    if "o" in _taken and _environ.get("GILSCOPE_BUFFERING") == "line" and _kind(1) == "o":
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True)
    if hasattr(_system, "register_at_fork"):
        _system.register_at_fork(after_in_child=_after_fork)
    if hasattr(_system, "wait4"):
        _watch_reaping()
    _watch_thread_starts()
    _watch_imports({"threading": _watch_threads, "multiprocessing.process": _watch_processes})
    script = _environ.get("GILSCOPE_TURN")
    if script and command[-1:] == [script]:
        _watch_calls(script)
    if not spawned:
        _say("up", time.process_time_ns(), "", "")


_server = False
if _DIR:
    try:
        _begin()
    except Exception:  # noqa: BLE001 - an interpreter that can't report runs on, and is marked so
        _channel = None

# As if we had never been here: our folder off the path, our imports forgotten, then the next in line.
_home = os.path.dirname(__file__)
sys.path[:] = [entry for entry in sys.path if entry != _home]
sys.path_importer_cache.pop(_home, None)
for _added in set(sys.modules) - _BEFORE - {"sitecustomize"}:
    del sys.modules[_added]
sys.modules.pop("sitecustomize", None)
del _home, _BEFORE

import sitecustomize  # noqa: E402 - not this one; where there is none, `site` expects this very error
