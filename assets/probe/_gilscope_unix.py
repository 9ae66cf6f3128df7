"""The run's pipes on Unix: which descriptors are ours, and how a set is claimed.

See `src/engine/platform/pipes_unix.rs`.
"""

import posix
import sys
from posix import O_CLOEXEC, O_NONBLOCK, O_WRONLY, access, close, dup2, fstat, rename, set_blocking, stat
from time import sleep

from _gilscope_say import folder, now

_open, _FLAGS = posix.open, O_WRONLY | O_NONBLOCK | O_CLOEXEC
_SPARE, _TAKEN, _FULL = folder + "/spare/", folder + "/taken/", folder + "/full"
_kinds = {}  # (device, inode) of what `kind` found to be the run's -> which it is
_names = []  # sets that were free when last looked
_LEASH, _LEASH_NUMBER, _SETSIG, _KILL = folder + "/leash", 200, 10, 9  # Linux's numbers: nothing else has a leash
try:
    _group = int(posix.readlink(folder + "/group"))  # the process group that is known to be on a leash
except (OSError, ValueError):
    _group = 0


def kind(descriptor):
    """Which of the run's output pipes a descriptor is, 'o' or 'e'; None for anything else."""
    try:
        found = fstat(descriptor)
    except OSError:
        return None
    known = found.st_dev, found.st_ino
    if known in _kinds:
        return _kinds[known]
    if found.st_mode & 0o170000 != 0o010000:
        return None
    for letter in "eo" if descriptor == 2 else "oe":
        try:
            named = stat("%s/%s.%d" % (folder, letter, found.st_ino))
        except OSError:
            continue
        if (named.st_dev, named.st_ino) == known:
            _kinds[known] = letter
            return letter
    return None


def _opened(path):
    descriptor = _open(path, _FLAGS)
    set_blocking(descriptor, True)
    return descriptor


def claim(patience_ns):
    """Claims a set of pipes; its name, or None where there are no more, or nobody is there."""
    global _names
    deadline = None
    while True:
        try:
            while True:
                name = _names.pop()
                try:
                    rename(_SPARE + name, _TAKEN + name)
                    return name
                except OSError:
                    pass  # another process was faster
        except IndexError:
            names = posix.listdir(_SPARE)
        if names:
            first = posix.getpid() % len(names)
            _names = names[first:] + names[:first]
        elif access(_FULL, 0):
            return None
        elif deadline is None:
            deadline = now() + patience_ns
        elif now() > deadline:
            return None
        else:
            sleep(0.0005)


def high(descriptors, channel):
    """Moves descriptors out of the way of scripts that count from 3; gives their new numbers. All from `channel`'s
    on are taken, where there is one.
    """
    try:
        limit = posix.sysconf("SC_OPEN_MAX")
    except (OSError, ValueError):
        limit = 256
    number, moved = min(limit if limit > 0 else 1000, channel[0] if channel else 1000), []
    for descriptor in descriptors:
        number -= 1
        while number > descriptor and _is_open(number):
            number -= 1
        try:
            if number > descriptor:
                dup2(descriptor, number, False)
                close(descriptor)
                descriptor = number
        except OSError:
            pass  # past a limit that this process may not reach: it stays where it is
        moved.append(descriptor)
    return moved


def _is_open(descriptor):
    try:
        fstat(descriptor)
        return True
    except OSError:
        return False


def open_pipe(letter, name):
    """Opens a pipe of a claimed set: 'c' for the event pipe, 'o' or 'e'."""
    if letter == "c":
        return _opened(_TAKEN + name)
    return _opened("%s/%s.%s" % (folder, letter, name.split(".")["oe".index(letter)]))


def heed_group():
    """Has the kernel kill this process's group once nobody watches the run any more, where it has left the root's.

    See `leash` in `src/engine/platform/guard_linux.rs`. Rare, so what it imports is forgotten again.
    """
    global _group
    group = posix.getpgrp()
    if group == _group:
        return
    _group = group
    had_fcntl = "fcntl" in sys.modules
    try:
        descriptor = _open(_LEASH, posix.O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try:
            from fcntl import F_DUPFD, F_SETFL, F_SETOWN, fcntl

            armed = fcntl(descriptor, F_DUPFD, _LEASH_NUMBER)
            fcntl(armed, F_SETOWN, -group)
            fcntl(armed, _SETSIG, _KILL)
            fcntl(armed, F_SETFL, O_NONBLOCK | posix.O_ASYNC)
        finally:
            close(descriptor)
        if not posix.read(armed, 1):  # its end came before it was armed
            posix.killpg(group, _KILL)
    except (ImportError, OSError):  # nobody writes to it: that it can't be read now is as it should be
        pass
    if not had_fcntl:
        sys.modules.pop("fcntl", None)
