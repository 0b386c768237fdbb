#!/usr/bin/env python3
"""run_tests - runs test programs side by side, each with a time limit, and counts their cases.

  run_tests.py --results FILE --layer NAME [--limit SECONDS] [--jobs N] [--gtest] [--shards N] PROGRAM...

A GoogleTest program (--gtest) counts by its report, and with --shards it runs as N processes, each with its part of the cases; another
counts by its lines "PASS: …", "FAIL: …", "SKIP: …", or as one case by its exit code (77: skipped). What fails is shown whole. A line
"layer<TAB>program<TAB>passed<TAB>failed<TAB>skipped<TAB>seconds" is appended to FILE for each program. Exits 1 if a case failed.
"""
import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

SHOWN = 200  # lines of a failed program


def run(program, shard, options, report):
    """(exit code or None when out of time, output)."""
    command = [program] + ([f"--gtest_output=xml:{report}", "--gtest_brief=1"] if options.gtest else [])
    environment = {**os.environ, "GTEST_TOTAL_SHARDS": str(options.shards), "GTEST_SHARD_INDEX": str(shard)}
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                       start_new_session=True, env=environment)
        except OSError as error:  # it was not built
            return 126, str(error)
        try:
            code = process.wait(options.limit)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)  # what the test has left behind in its session
            except ProcessLookupError:
                pass
            process.wait()
        output.seek(0)
        return code, output.read().decode(errors="replace")


def count_gtest(report):
    """(passed, failed, skipped), or None when the program did not come to write its report."""
    try:
        cases = list(xml.etree.ElementTree.parse(report).getroot().iter("testcase"))
    except (OSError, xml.etree.ElementTree.ParseError):
        return None
    failed = sum(case.find("failure") is not None for case in cases)
    skipped = sum(case.get("result") == "skipped" or case.get("status") == "notrun" for case in cases)
    return len(cases) - failed - skipped, failed, skipped


def count_lines(code, output):
    words = re.findall(r"^(PASS|FAIL|SKIP): ", output, re.MULTILINE)
    if not words:
        return (0, 0, 1) if code == 77 else (int(code == 0), int(code != 0), 0)
    return words.count("PASS"), words.count("FAIL"), words.count("SKIP")


def test(program, shard, options):
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.xml")
        code, output = run(program, shard, options, report)
        counts = count_gtest(report) if options.gtest else count_lines(code, output)
    if counts is None:
        counts = (0, 1, 0)
    if code not in (0, 77) and counts[1] == 0:  # died after the last case, or ran out of time
        counts = (counts[0], 1, counts[2])
    if code is None:
        output += f"\nFAIL: still running after {options.limit} s, killed\n"
    return counts, output, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--results", required=True)
    parser.add_argument("--layer", required=True)
    parser.add_argument("--limit", type=float, default=300)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--gtest", action="store_true")
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()
    bad = False
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(test, program, shard, options): (program, shard)
                   for program in options.programs for shard in range(options.shards)}
        for future in concurrent.futures.as_completed(running):
            (passed, failed, skipped), output, seconds = future.result()
            program, shard = running[future]
            name = os.path.basename(program) + (f" {shard + 1}/{options.shards}" if options.shards > 1 else "")
            print(f"  {name}: {passed} passed, {failed} failed, {skipped} skipped ({seconds:.1f} s)", flush=True)
            for line in re.findall(r"^SKIP: .*$|^.*Skipped$", output, re.MULTILINE) if skipped else []:
                print(f"    {line}", flush=True)
            if failed:
                bad = True
                print("\n".join("    " + line for line in output.splitlines()[-SHOWN:]), flush=True)
            with open(options.results, "a", encoding="utf-8") as results:
                results.write(f"{options.layer}\t{name}\t{passed}\t{failed}\t{skipped}\t{seconds:.1f}\n")
    return int(bad)


sys.exit(main())
