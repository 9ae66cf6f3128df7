#!/usr/bin/env python3
"""The window without a screen: time to its first frame, and what it costs when nobody touches it.

    tests/bench/window.py [TIMES]

Wants Xvfb. The frame is seen in the framebuffer itself (`Xvfb -fbdir`), so nothing is asked of the
program: the first frame is there when the middle of the screen has more than a handful of colours. Idle
CPU is utime and stime of the process over ten seconds, from two seconds after the first frame on.
"""

import mmap
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from pairs import ENVIRONMENT, gilscope

WIDTH, HEIGHT = 1440, 900
FIRST_FRAME_S, IDLE_PERCENT, IDLE_S = 0.5, 0.5, 10


def colours(screen):
    """How many colours there are in a coarse grid of the screen."""
    start = len(screen) - WIDTH * HEIGHT * 4
    return len({
        screen[at:at + 4]
        for y in range(5, HEIGHT, 5)
        for at in range(start + (y * WIDTH + 3) * 4, start + (y + 1) * WIDTH * 4, 28)
    })


def wait_for(what, condition, deadline_s=30, step_s=0.004):
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(step_s)
    sys.exit(f"{what} did not come within {deadline_s} s")


def cpu_s(guard):
    """CPU time of the program and of its guard, which is what was started."""
    children = pathlib.Path(f"/proc/{guard}/task/{guard}/children").read_text().split()
    stats = [pathlib.Path(f"/proc/{pid}/stat").read_text() for pid in [guard, *children]]
    fields = [stat.rpartition(")")[2].split() for stat in stats]
    return sum(int(of[11]) + int(of[12]) for of in fields) / os.sysconf("SC_CLK_TCK")


def once(screen, display, home, idle):
    """Seconds to the first frame and, if asked for, per cent of a core when idle."""
    environment = {k: v for k, v in ENVIRONMENT.items() if k != "WAYLAND_DISPLAY"}
    environment |= {"DISPLAY": display, "HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home}
    blank = colours(screen)
    begin = time.perf_counter()
    program = subprocess.Popen([gilscope()], env=environment, stdin=subprocess.DEVNULL)
    try:
        wait_for("the window", lambda: program.poll() is not None or colours(screen) > blank + 12)
        took = time.perf_counter() - begin
        if program.poll() is not None:
            sys.exit(f"gilscope ended with {program.returncode}")
        if not idle:
            return took, None
        time.sleep(2)
        before = cpu_s(program.pid)
        time.sleep(IDLE_S)
        return took, (cpu_s(program.pid) - before) / IDLE_S * 100
    finally:
        program.terminate()
        program.wait()
        wait_for("the blank screen", lambda: colours(screen) <= blank)


def main():
    if not shutil.which("Xvfb"):
        sys.exit("Xvfb is missing")
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder:
        read, write = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-fbdir", folder, "-nolisten", "tcp"],
            pass_fds=[write], stderr=subprocess.DEVNULL,
        )
        try:
            os.close(write)
            display = ":" + os.read(read, 20).decode().strip()
            with open(f"{folder}/Xvfb_screen0", "rb") as file:
                screen = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                results = [once(screen, display, folder, number == times) for number in range(times + 1)]
        finally:
            server.terminate()
            server.wait()
    # The first start reads the program from the disk.
    first, busy = statistics.median(took for took, _ in results[1:]), results[-1][1]
    print(f"first frame after {first:.3f} s (median of {times}, bound {FIRST_FRAME_S} s; cold {results[0][0]:.3f} s)")
    print(f"idle {busy:.2f} % of a core over {IDLE_S} s (bound {IDLE_PERCENT} %: a few ticks of 10 ms)")
    sys.exit(0 if first <= FIRST_FRAME_S and busy <= IDLE_PERCENT else 1)


if __name__ == "__main__":
    main()
