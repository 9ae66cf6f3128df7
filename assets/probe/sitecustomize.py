"""Gilscope's probe: reports from inside a watched Python, and changes nothing that a script can notice.

Loaded by `site` from PYTHONPATH, in every interpreter of a run, Python 3.8 and newer. It imports only
modules that are built in, leaves nothing in `sys.modules`, takes its folder off `sys.path`, and then lets
an existing `sitecustomize` run as if this one had not been there. From Python 3.11 on its frames do not
stand in tracebacks either; before, one does where an exception passes through.
"""

import sys

_BEFORE = set(sys.modules)

import _thread
import os
import time

import _gilscope_say as say
from _gilscope_processes import watch_processes, watch_reaping
from _gilscope_threads import watch_calls, watch_thread_starts, watch_threads
from _gilscope_writes import forget_writes

if os.name == "nt":
    import _gilscope_nt as pipes
else:
    import _gilscope_unix as pipes

say.kind = pipes.kind
_server = False  # whether this is multiprocessing's fork server


def _connect(fork):
    """Claims pipes, says hello, and puts our own output pipes where the run's were."""
    say.channel, say.taken = None, ""
    kinds = {1: pipes.kind(1), 2: pipes.kind(2)}
    name = pipes.claim()
    if name is None:
        return
    descriptor = pipes.high(pipes.open_events(name))
    found = say.system.fstat(descriptor)
    own = {}
    for letter in "oe":
        if letter in kinds.values():
            own[letter] = pipes.open_output(letter, name)
    say.taken = "".join(own)
    say.channel = (descriptor, found.st_dev, found.st_ino)
    _hello(fork)
    for number, letter in kinds.items():
        if letter is not None:
            say.system.dup2(own[letter], number)
    for spent in own.values():
        say.system.close(spent)


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
    for item in () if fork else _command():
        item = say.escape(item).encode("utf-8", "backslashreplace")[:room]
        # A cut may have left half a character.
        items.append(item.decode("utf-8", "ignore").encode())
        room -= len(item) + 1
        if room < 8:
            break
    say.write(line + b"\x1f".join(items) + b"\n")


def _command():
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


def _after_fork():
    multiprocessing = _thread.get_ident() in say.starting or _server
    say.lock = _thread.RLock()
    say.owners.clear()
    say.starting.clear()
    forget_writes()
    try:
        _connect(True)
    except OSError:
        return
    if not multiprocessing:
        say.say("up", time.process_time_ns(), "", "")


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
                hook(spec.loader, fullname)
            except (AttributeError, TypeError):
                pass
        return spec

    def hook(loader, fullname):
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

    finder.find_spec = classmethod(say.like(find_spec, original.__func__))


def _begin():
    global _server
    if not getattr(_thread, "_is_main_interpreter", lambda: True)():
        return  # a sub-interpreter: its process reports already
    _connect(False)
    if say.channel is None:
        return
    command = _command()
    _server = any("multiprocessing.forkserver" in item for item in command)
    if "o" in say.taken and os.environ.get("GILSCOPE_BUFFERING") == "line" and pipes.kind(1) == "o":
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)
    if hasattr(os, "wait4"):
        watch_reaping()
    watch_thread_starts()
    _watch_imports({"threading": watch_threads, "multiprocessing.process": watch_processes})
    script = os.environ.get("GILSCOPE_TURN")
    if script and command[-1:] == [script]:
        watch_calls(script)
    # A spawned worker is up when multiprocessing calls its target, all others now.
    if "--multiprocessing-fork" not in command:
        say.say("up", time.process_time_ns(), "", "")


if say.folder:
    try:
        _begin()
    except Exception:  # an interpreter that can't report runs on, and is marked so
        say.channel = None

# As if we had never been here: our folder off the path, our imports forgotten, then the next in line.
_home = os.path.dirname(__file__)
sys.path[:] = [entry for entry in sys.path if entry != _home]
sys.path_importer_cache.pop(_home, None)
for _added in set(sys.modules) - _BEFORE:
    del sys.modules[_added]
sys.modules.pop("sitecustomize", None)

import sitecustomize  # not this one; where there is none, `site` expects this very error
