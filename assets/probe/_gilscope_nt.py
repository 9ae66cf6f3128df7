"""The run's pipes on Windows: which descriptors are ours, and how a set is claimed.

See `src/engine/platform/pipes_windows.rs`. Written with care, but never run: no CPython for Windows was at
hand where this was made.
"""

import sys
import time

from _gilscope_say import folder, now, system
_UNIQUE = folder.replace("/", "\\").rstrip("\\").rpartition("\\")[2]


def _pipe(number, letter):
    return "\\\\.\\pipe\\%s-%s-%s" % (_UNIQUE, number, letter)


def kind(descriptor):
    """Which of the run's output pipes a descriptor is, 'o' or 'e', by its name; None for anything else."""
    before = set(sys.modules)
    try:
        import ctypes
        import msvcrt

        handle = msvcrt.get_osfhandle(descriptor)
        buffer = ctypes.create_string_buffer(1024)
        # FileNameInfo: a length in bytes, then that much UTF-16.
        if not ctypes.windll.kernel32.GetFileInformationByHandleEx(
            ctypes.c_void_p(handle), 2, buffer, len(buffer)
        ):
            return None
        length = int.from_bytes(buffer.raw[:4], "little")
        name = buffer.raw[4 : 4 + length].decode("utf-16-le", "replace").lstrip("\\")
    except (ImportError, OSError, AttributeError, ValueError):
        return None
    finally:
        for added in set(sys.modules) - before:
            del sys.modules[added]
    unique, _, rest = name.rpartition("-")[0].rpartition("-")
    return name[-1] if unique == _UNIQUE and rest.isdigit() and name[-1] in "oe" else None


def claim(patience_ns):
    """Claims a set of pipes; its number, or None when nobody is there."""
    spare, taken = folder + "\\spare\\", folder + "\\taken\\"
    deadline = now() + patience_ns
    while True:
        names = system.listdir(spare)
        first = (system.getpid() >> 2) % (len(names) or 1)
        for name in names[first:] + names[:first]:
            try:
                made = system.O_CREAT | system.O_EXCL | system.O_WRONLY | system.O_NOINHERIT
                system.close(system.open(taken + name, made))
            except OSError:
                continue  # another process was faster
            try:
                system.remove(spare + name)
            except OSError:
                pass  # one that stays is found to be taken
            return name
        if now() > deadline:
            return None
        time.sleep(0.001)


def high(descriptors, channel):
    """Scripts on Windows do not count descriptors: they stay where they are."""
    return descriptors


def _open(path):
    return system.open(path, system.O_WRONLY | system.O_BINARY | system.O_NOINHERIT)


def open_pipe(letter, number):
    """Opens a pipe of a claimed set: 'c' for the event pipe, 'o' or 'e'."""
    return _open(_pipe(number, letter))


def heed_group():
    """There are no process groups here."""
