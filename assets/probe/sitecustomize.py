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
from _gilscope_connect import buffer_as_asked, close, command, is_main_interpreter, pipes, put, ready, share, take
from _gilscope_processes import watch_groups, watch_processes, watch_reaping
from _gilscope_threads import watch_calls, watch_thread_starts, watch_threads
from _gilscope_writes import forget_writes

_get_ident, _RLock = _thread.get_ident, _thread.RLock
_server = False  # whether this is multiprocessing's fork server


def _after_fork():
    # Short on purpose, see `put`.
    pipes.heed_group()
    me = _get_ident()
    if me in ready:
        taken = ready.pop(me)
        is_up = taken is not None  # else multiprocessing's `_bootstrap` says so
    else:
        taken, is_up = None, not _server
    if ready:
        for others in filter(None, ready.values()):
            close(others[0])
        ready.clear()
    say.lock = _RLock()
    if say.main != me:
        say.main = me
    if say.is_up != is_up:
        say.is_up = is_up
    if say.owners:
        say.owners.clear()
    forget_writes()
    try:
        taken = taken or take()
        if taken is not None:
            put(taken, True, is_up)
        else:
            say.channel, say.taken = None, ""
    except OSError:
        say.channel, say.taken = None, ""


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
    if not is_main_interpreter():
        if sys.version_info >= (3, 14):  # where they are a way to share out work
            from _gilscope_interpreters import report

            report()
        return
    pipes.heed_group()
    taken = take()
    if taken is None:
        return
    words = command()
    # A spawned worker is up when multiprocessing calls its target, all others after the last line here.
    say.is_up = "--multiprocessing-fork" not in words
    put(taken, False)
    say.watches_gil = hasattr(sys, "_is_gil_enabled") and not sys._is_gil_enabled()
    _server = any("multiprocessing.forkserver" in item for item in words)
    buffer_as_asked()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)
    if hasattr(os, "wait4"):
        watch_reaping()
    if hasattr(os, "setsid"):
        watch_groups()
    watch_thread_starts()
    after = {"threading": watch_threads, "multiprocessing.process": watch_processes}
    if sys.version_info >= (3, 14):
        after["concurrent.interpreters"] = share
    _watch_imports(after)
    script = os.environ.get("GILSCOPE_TURN")
    if script and words[-1:] == [script]:
        watch_calls(script)
    if say.is_up:
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
