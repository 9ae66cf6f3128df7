#!/usr/bin/env python3
"""What watching costs: wall time of a run that Gilscope watches, over that of the same script bare.

    tests/bench/watched.py [PAIRS]

The watched time is `wall_s` of `run --json`: from time zero to the last exit, as the bare time is from
the start of the interpreter to its end. The run is recorded, as in the window. Bare output goes into a
pipe that `cat` reads.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from pairs import compare, gilscope, python, run

HEAD = "import sys, threading, multiprocessing\n"

# Where an interpreter's objects happen to lie changes what such a loop takes by a tenth, bare as watched: they lie
# elsewhere each time.
ELSEWHERE = """
import os
elsewhere = [str(i) for i in range(int.from_bytes(os.urandom(2), "big") % 4000)]
"""

BURN = HEAD + ELSEWHERE + """
def work():
    x = 1
    for _ in range(12_000_000):
        x = (x * 3 + 1) & 0xFFFF
if __name__ == "__main__":
    ps = [multiprocessing.Process(target=work) for _ in range(2)]
    for p in ps: p.start()
    for p in ps: p.join()
"""

THREADS_BURN = HEAD + ELSEWHERE + """
def work():
    x = 1
    for _ in range(6_000_000):
        x = (x * 3 + 1) & 0xFFFF
ts = [threading.Thread(target=work) for i in range(4)]
for t in ts: t.start()
for t in ts: t.join()
"""

FORK = HEAD + """
def work(i):
    print("hello", i)
if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    ps = [multiprocessing.Process(target=work, args=(i,)) for i in range(200)]
    for p in ps: p.start()
    for p in ps: p.join()
"""

THREADS = HEAD + """
if LINE: sys.stdout.reconfigure(line_buffering=True)
def work(i):
    for n in range(LINES):
        print(i, n)
ts = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in ts: t.start()
for t in ts: t.join()
"""


def pair(folder, interpreter, name, text, buffering):
    script = folder / f"{name}.py"
    script.write_text(text)
    file = folder / f"{name}.gilscope"

    def watched():
        command = [gilscope(), "run", "--python", interpreter, "--script", str(script)]
        command += ["--buffering", buffering, "--json", "--out", str(file)]
        _, cpu_s, printed = run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        result = json.loads(printed)
        assert result["lines_lost"] == 0, result
        return result["wall_s"], cpu_s

    def bare():
        return run(["sh", "-c", f"'{interpreter}' '{script}' | cat > /dev/null"])[:2]

    return watched, bare


def main():
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    interpreter = python()
    print(f"{interpreter}, {os.cpu_count()} cores")
    lines = "LINES = 40_000\n"
    cases = [
        ("2 processes x burn", 1.03, BURN, "block"),
        ("4 threads x burn, the GIL read", 1.03, THREADS_BURN, "block"),
        ("200 forked hello", 1.25, FORK, "block"),
        ("4 threads that print, by the line", 1.5, "LINE = True\n" + lines + THREADS, "line"),
        ("4 threads that print, in blocks", 1.5, "LINE = False\n" + lines + THREADS, "block"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        fine = [
            compare(name, bound, *pair(pathlib.Path(folder), interpreter, f"case{i}", text, buffering), pairs)
            for i, (name, bound, text, buffering) in enumerate(cases)
        ]
    sys.exit(0 if all(fine) else 1)


if __name__ == "__main__":
    main()
