"""Two commands in turn, and the median ratio of their times.

The shared part of the benchmarks. Every PYTHON* variable is cleared, because those of a development
machine (PYTHONUNBUFFERED above all) change the figures by several times.
"""

import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def gilscope():
    """The program: $GILSCOPE, or the release build."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = pathlib.Path(os.environ.get("GILSCOPE", target / "release" / "gilscope"))
    if not path.exists():
        sys.exit(f"{path} is missing: cargo build --release, or set GILSCOPE")
    return str(path)


def python():
    """The interpreter: $GILSCOPE_BENCH_PYTHON, or what `gilscope pythons` finds first."""
    if chosen := os.environ.get("GILSCOPE_BENCH_PYTHON"):
        return chosen
    listed = subprocess.run([gilscope(), "pythons", "--json"], env=ENVIRONMENT, capture_output=True, text=True)
    try:
        found = [p for p in json.loads(listed.stdout)["found"] if p.get("gil_enabled", True)]
        return found[0]["path"]
    except (ValueError, LookupError, TypeError, AttributeError):
        sys.exit("no interpreter was found: set GILSCOPE_BENCH_PYTHON")


def children_cpu_s():
    """CPU seconds of all that was started and has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command, **more):
    """Runs a command to its end; seconds that it took, CPU seconds of its whole tree, what it printed."""
    begin, before = time.perf_counter(), children_cpu_s()
    done = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, **more)
    took, used = time.perf_counter() - begin, children_cpu_s() - before
    if done.returncode:
        shown = (done.stderr or b"").decode(errors="replace")[-2000:]
        sys.exit(f"{command} ended with {done.returncode}\n{shown}")
    return took, used, done.stdout


def compare(name, bound, one, other, pairs):
    """Runs `one()` and `other()` in turn, `pairs` times, and prints the median ratio of what they took.

    Both give wall seconds and CPU seconds. Returns whether the wall's ratio is within the bound; the
    CPU's says more on a machine that is busy with something else. The first pair warms up and does not
    count.
    """
    taken = []
    for number in range(pairs + 1):
        # Whoever is second may find warmer caches: they change places.
        a, b = (one(), other()) if number % 2 else reversed((other(), one()))
        if number:
            taken.append((a, b))
    ratios = [a[0] / b[0] for a, b in taken]
    ratio, cpu_ratio = (statistics.median(a[i] / b[i] for a, b in taken) for i in (0, 1))
    ones, others = (statistics.median(pair[i][0] for pair in taken) for i in (0, 1))
    verdict = "ok" if ratio <= bound else "TOO SLOW"
    print(
        f"{name:<40} {ratio:6.3f}  (bound {bound:.2f}, {verdict}; median {ones:.3f} s against {others:.3f} s, "
        f"ratios {min(ratios):.3f} to {max(ratios):.3f}, {pairs} pairs; CPU {cpu_ratio:.3f})",
        flush=True,
    )
    return ratio <= bound
