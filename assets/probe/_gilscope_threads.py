"""Threads and calls: when they begin and end."""

import _thread
import sys
import time
from _thread import get_ident

import _gilscope_say as say
from _gilscope_writes import end_turn, record_writes


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
        end_turn()
        thread, hook = getattr(self.function, "__self__", None), None
        if hasattr(thread, "_name") and hasattr(thread, "_bootstrap_inner"):
            name, target, arguments = str(thread._name), say.target(thread), say.arguments(thread)
            hook = self._watch_exception(thread)
        else:
            module = getattr(self.function, "__module__", None) or ""
            name = getattr(self.function, "__name__", None) or "thread"
            target, arguments = str(module) + ":" + str(name), ", ".join(map(say.brief, args[:8]))
        say.say("thread", owner, _thread.get_native_id(), ident, self.started, name, target, arguments)
        try:
            return self.function(*args, **kwargs)
        except BaseException as error:
            self.raised = 1
            say.stripped(error)
            raise
        finally:
            if hook is not None:
                thread._invoke_excepthook = hook  # or the thread, which we hold, would hold us
            end_turn()
            say.owners.pop(ident, None)
            say.heed_gil()
            say.say("ended", owner, time.thread_time_ns(), self.raised)

    def _watch_exception(self, thread):
        """`threading` catches what leaves `run` and hands it to a hook of the thread's own; gives that."""
        hook = getattr(thread, "_invoke_excepthook", None)
        if hook is None:
            return None

        def invoke_excepthook(thread):
            error = sys.exc_info()[0]
            self.raised = 0 if error is SystemExit else 1
            return hook(thread)

        thread._invoke_excepthook = invoke_excepthook
        return hook


def watch_thread_starts():
    def starter(original):
        def start(function, *args, **kwargs):
            if callable(function) and say.channel is not None:
                record_writes()
                say.heed_gil()
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
        end_turn()
        try:
            result = original(*args, **kwargs)
            raised = 0
            return result
        except BaseException as error:
            say.stripped(error)
            raise
        finally:
            end_turn()
            if before is None:
                say.owners.pop(ident, None)
            else:
                say.owners[ident] = before
            say.say("returned", owner, time.process_time_ns(), raised)

    return say.like(work, original)
