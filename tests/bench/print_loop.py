#!/usr/bin/env python3
"""One print loop into Gilscope, over the same into GNU parallel --line-buffer.

    tests/bench/print_loop.py [PAIRS]

Both pass the output on to /dev/null; Gilscope also records it where the name says so. By the line the
script flushes each line, as on a terminal. Whole commands are timed, start and end included.
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

from pairs import compare, gilscope, python, run

LOOP = """
import sys
sys.stdout.reconfigure(line_buffering=LINE)
for n in range(LINES):
    print("this is line", n, "of a loop that prints")
"""


def main():
    if not shutil.which("parallel"):
        sys.exit("GNU parallel is missing")
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    interpreter = python()
    print(f"{interpreter}, {os.cpu_count()} cores")
    fine = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for buffering, lines in [("line", 1_000_000), ("block", 4_000_000)]:
            script = folder / f"{buffering}.py"
            script.write_text(f"LINE = {buffering == 'line'}\nLINES = {lines}\n" + LOOP)
            for kept in [False, True]:
                command = [gilscope(), "run", "--python", interpreter, "--script", str(script)]
                command += ["--buffering", buffering, "--raw"]
                command += ["--out", str(folder / "loop.gilscope")] if kept else []
                line = shlex.join([interpreter, str(script)])

                def ours():
                    return run(command, stdout=subprocess.DEVNULL)[:2]

                def theirs():
                    return run(["parallel", "--line-buffer", ":::", line], stdout=subprocess.DEVNULL)[:2]

                name = f"print by the {buffering}, {'recorded' if kept else 'passed through'}"
                fine.append(compare(name, 1.0, ours, theirs, pairs))
    sys.exit(0 if all(fine) else 1)


if __name__ == "__main__":
    main()
