"""Children: which ones `multiprocessing` starts, and what those that are reaped had used."""

import os
import sys
import time
from _thread import get_ident

import _gilscope_say as say
from _gilscope_connect import close, pipes, ready, take
from _gilscope_say import arguments, fields, now

_RSS = 1 if sys.platform == "darwin" else 1024  # what `ru_maxrss` counts in
_NO_HANG = getattr(os, "WNOHANG", None)
_LOOK = os.WEXITED | os.WNOHANG | os.WNOWAIT if hasattr(os, "waitid") else None
_PATIENCE_NS = 100_000_000  # how long a start waits for a free set of pipes; then the child does


def _reaped(pid, status, usage):
    if pid <= 0:
        return
    exited = signal = b""
    if say.system.WIFEXITED(status):
        exited = b"%d" % say.system.WEXITSTATUS(status)
    elif say.system.WIFSIGNALED(status):
        signal = b"%d" % say.system.WTERMSIG(status)
    else:
        return  # stopped or continued
    if say.channel is not None:
        cpu_ns, rss = round((usage.ru_utime + usage.ru_stime) * 1e9), usage.ru_maxrss * _RSS
        say.write(b"%d\treaped\t%d\t%b\t%b\t%d\t%d\n" % (now(), pid, exited, signal, cpu_ns, rss))


def watch_reaping():
    wait3, wait4 = say.system.wait3, say.system.wait4

    def waitpid(pid, options, /):
        if options == _NO_HANG and type(pid) is int and pid > 0 and _LOOK is not None:
            # `multiprocessing` asks after every living child at each start. Of one that lives, `wait4` would make an
            # account in vain, which takes it four times as long.
            try:
                if say.system.waitid(say.system.P_PID, pid, _LOOK) is None:
                    return 0, 0
            except OSError:
                pass  # for `wait4` to tell
        try:
            found = wait4(pid, options)
        except BaseException as error:
            say.stripped(error)
            raise
        if found[0]:
            _reaped(*found)
        return found[:2]

    def wait():
        try:
            found = wait3(0)
        except BaseException as error:
            say.stripped(error)
            raise
        if found[0]:
            _reaped(*found)
        return found[:2]

    def wait3_(options):
        try:
            found = wait3(options)
        except BaseException as error:
            say.stripped(error)
            raise
        _reaped(*found)
        return found

    def wait4_(pid, options):
        try:
            found = wait4(pid, options)
        except BaseException as error:
            say.stripped(error)
            raise
        _reaped(*found)
        return found

    for name, wrapper in (("waitpid", waitpid), ("wait", wait), ("wait3", wait3_), ("wait4", wait4_)):
        say.like(wrapper, getattr(say.system, name))
        setattr(say.system, name, wrapper)
        setattr(os, name, wrapper)


def watch_groups():
    """Heeds that this process leaves the root's group, as daemons do."""

    def leaver(original):
        def leave(*args):
            try:
                result = original(*args)
            except BaseException as error:
                say.stripped(error)
                raise
            pipes.heed_group()
            return result

        return say.like(leave, original)

    for name in ("setsid", "setpgid", "setpgrp"):
        wrapper = leaver(getattr(say.system, name))
        setattr(say.system, name, wrapper)
        setattr(os, name, wrapper)


def watch_processes(module):
    base = module.BaseProcess

    def forks(process):
        try:
            method = process._start_method
            if method is None:
                default = sys.modules["multiprocessing.context"]._default_context
                method = default.get_start_method(True) or default._default_context._name
            return method == "fork"
        except Exception:  # a subclass with its own idea of these names
            return False

    start0, join0, bootstrap0 = base.start, base.join, base._bootstrap

    def start(self):
        began = now()
        ident = get_ident()
        # `start` drops what the process was given, and in its child each page that is touched is copied first:
        # what can be done before the fork is done before.
        tail = fields(str(self._name), arguments(self))
        taken = None
        if say.channel is not None and forks(self):
            try:
                taken = take(_PATIENCE_NS)
            except OSError:  # too many descriptors: the child may fare better
                pass
        ready[ident] = taken
        try:
            start0(self)
        except BaseException as error:
            say.stripped(error)
            raise
        finally:
            del ready[ident]
            if taken is not None:
                close(taken[0])
        popen = getattr(self, "_popen", None)
        if popen is not None and say.channel is not None:
            say.write(b"%d\tstarted\t%d%b" % (began, popen.pid, tail), taken is not None)

    def join(self, timeout=None):
        popen = getattr(self, "_popen", None)
        if popen is None or popen.returncode is not None:
            on = None
        else:
            on = popen.pid
            say.say("join", say.me(), on, "")
        try:
            return join0(self, timeout)
        except BaseException as error:
            say.stripped(error)
            raise
        finally:
            if on is not None:
                say.say("joined", say.me(), on, "")

    def _bootstrap(self, *args, **kwargs):
        if not say.is_up:
            say.is_up = True
            say.say("up", time.process_time_ns(), str(self._name), arguments(self))
        return bootstrap0(self, *args, **kwargs)

    def ender(original):
        def end(self):
            popen = getattr(self, "_popen", None)
            if popen is not None and popen.returncode is None:
                say.say("terminated", popen.pid)
            try:
                return original(self)
            except BaseException as error:
                say.stripped(error)
                raise

        return say.like(end, original)

    base.start, base.join = say.like(start, start0), say.like(join, join0)
    base._bootstrap = say.like(_bootstrap, bootstrap0)
    base.terminate, base.kill = ender(base.terminate), ender(base.kill)
