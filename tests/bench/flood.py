#!/usr/bin/env python3
"""Two Python processes that print as fast as they can: lines that they get rid of, as a share of what /dev/null takes.

    tests/bench/flood.py [TURNS] [SECONDS]

All readers take turns: a plain `cat`, GNU parallel where it is there, Gilscope that records, and, where Xvfb and xdotool
are there, its window that follows the log, drawn in software. The printers count their lines themselves; of Gilscope's
runs that must be the lines that were kept.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from pairs import ENVIRONMENT, gilscope, python, run

PRINTERS = """
import multiprocessing, sys, time
LINE, SECONDS, COUNTS = {line}, {seconds}, {counts!r}

def work():
    if LINE:
        sys.stdout.reconfigure(line_buffering=True)
    lines, end = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        for _ in range(1000):
            print("Spawned")
        lines += 1000
    sys.stdout.flush()
    with open(COUNTS, "a") as file:
        file.write(f"{{lines}}\\n")

if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    printers = [multiprocessing.Process(target=work) for _ in range(2)]
    for printer in printers: printer.start()
    for printer in printers: printer.join()
"""
# At least so much of /dev/null's lines.
BOUNDS = {"line": {"recorded": 0.85, "window": 0.70}, "block": {"recorded": 0.90}}
DISPLAY = ":87"


class Flood:
    def __init__(self, folder, interpreter, buffering, seconds):
        self.counts = folder / "counts"
        self.script = folder / f"{buffering}.py"
        text = PRINTERS.format(line=buffering == "line", seconds=seconds, counts=str(self.counts))
        self.script.write_text(text)
        self.file = folder / "flood.gilscope"
        self.bare = f"'{interpreter}' '{self.script}'"
        self.interpreter, self.buffering, self.home = interpreter, buffering, folder / "home"

    def counted(self):
        lines = sum(map(int, self.counts.read_text().split()))
        self.counts.unlink()
        return lines

    def null(self):
        run(["sh", "-c", f"{self.bare} > /dev/null"])

    def cat(self):
        run(["sh", "-c", f"{self.bare} | cat > /dev/null"])

    def parallel(self):
        run(["sh", "-c", f"parallel --line-buffer --tag ::: \"{self.bare}\" > /dev/null"])

    def recorded(self):
        command = [gilscope(), "run", "--python", self.interpreter, "--script", str(self.script), "--json"]
        command += ["--buffering", self.buffering, "--quota", "64GiB", "--out", str(self.file)]
        _, _, printed = run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        result = json.loads(printed)
        kept, printed = result["lines"], sum(map(int, self.counts.read_text().split()))
        if (kept, result["lines_lost"]) != (printed, 0):
            sys.exit(f"{printed} lines were printed: {result}")

    def window(self):
        """Opens the script in the window and presses the key that runs it."""
        home = {name: str(self.home) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        environment = {k: v for k, v in ENVIRONMENT.items() if k != "WAYLAND_DISPLAY"} | home
        environment |= {"DISPLAY": DISPLAY, "LIBGL_ALWAYS_SOFTWARE": "1"}
        program = subprocess.Popen([gilscope(), str(self.script)], env=environment, stdin=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 60
            while not self.counts.exists() or len(self.counts.read_text().split()) < 2:
                if time.monotonic() > end or program.poll() is not None:
                    sys.exit("the window did not run the script")
                if not self.counts.exists() and not self.running():
                    for keys in (["search", "--name", ".", "windowfocus"], ["key", "F5"]):
                        subprocess.run(["xdotool", *keys], env=environment, stderr=subprocess.DEVNULL)
                time.sleep(0.5)
        finally:
            program.terminate()  # its guard passes it on
            program.wait()

    def running(self):
        found = subprocess.run(["pgrep", "-f", str(self.script.name)], capture_output=True, text=True).stdout.split()
        return len(found) > 2  # the program and its guard have it among their words


def main():
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 2
    interpreter = python()
    print(f"{interpreter}, {os.cpu_count()} cores, {turns} turns of {seconds} s")
    has_window = shutil.which("Xvfb") and shutil.which("xdotool")
    screen = None
    if has_window:
        screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1440x900x24"], stderr=subprocess.DEVNULL)
    fine = True
    try:
        with tempfile.TemporaryDirectory() as folder:
            for buffering in ("line", "block"):
                flood = Flood(pathlib.Path(folder), interpreter, buffering, seconds)
                readers = ["cat", "recorded"] + ["parallel"] * bool(shutil.which("parallel"))
                # The window's runs are as on a terminal.
                readers += ["window"] * bool(has_window and buffering == "line")
                shares = {reader: [] for reader in readers}
                for turn in range(turns + 1):
                    flood.null()
                    most = flood.counted()
                    for reader in readers:
                        getattr(flood, reader)()
                        share = flood.counted() / most
                        if turn:  # the first one warms up
                            shares[reader].append(share)
                for reader, of in shares.items():
                    bound = BOUNDS[buffering].get(reader)
                    share = statistics.median(of)
                    verdict = "" if bound is None else f" (at least {bound:.2f}: {'ok' if share >= bound else 'TOO FEW'})"
                    fine &= bound is None or share >= bound
                    print(f"{buffering:<6} {reader:<10} {share:6.3f}{verdict}, {min(of):.3f} to {max(of):.3f}", flush=True)
    finally:
        if screen is not None:
            screen.terminate()
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
