"""The run's pipes on Unix: which descriptors are ours, and how a set is claimed.

See `src/engine/platform/pipes_unix.rs`.
"""

import time

from _gilscope_say import folder, now, system


def kind(descriptor):
    """Which of the run's output pipes a descriptor is, 'o' or 'e'; None for anything else."""
    try:
        found = system.fstat(descriptor)
        if found.st_mode & 0o170000 != 0o010000:
            return None
    except OSError:
        return None
    for letter in "eo" if descriptor == 2 else "oe":
        try:
            named = system.stat("%s/%s.%d" % (folder, letter, found.st_ino))
        except OSError:
            continue
        if (named.st_dev, named.st_ino) == (found.st_dev, found.st_ino):
            return letter
    return None


def _open(path):
    descriptor = system.open(path, system.O_WRONLY | system.O_NONBLOCK | system.O_CLOEXEC)
    system.set_blocking(descriptor, True)
    return descriptor


def claim(patience_ns):
    """Claims a set of pipes; its name, or None when nobody is there."""
    spare, taken = folder + "/spare/", folder + "/taken/"
    deadline = now() + patience_ns
    while True:
        names = system.listdir(spare)
        first = system.getpid() % (len(names) or 1)
        for name in names[first:] + names[:first]:
            try:
                system.rename(spare + name, taken + name)
                return name
            except OSError:
                continue  # another process was faster
        if now() > deadline:
            return None
        time.sleep(0.0005)


def high(descriptor):
    """Moves a descriptor out of the way of scripts that count from 3."""
    try:
        limit = system.sysconf("SC_OPEN_MAX")
    except (OSError, ValueError):
        limit = 256
    number = min(limit if limit > 0 else 1000, 1000) - 1
    while number > descriptor:
        try:
            system.fstat(number)
        except OSError:
            break
        number -= 1
    else:
        return descriptor
    try:
        system.dup2(descriptor, number, inheritable=False)
    except OSError:
        return descriptor
    system.close(descriptor)
    return number


def open_events(name):
    return _open(folder + "/taken/" + name)


def open_output(letter, name):
    return _open("%s/%s.%s" % (folder, letter, name.split(".")["oe".index(letter)]))
