"""Sums the TRX files of a test run: summary.py RESULTS [PROJECT THAT ENDED WITH AN ERROR …]. Used by ./test."""
import glob
import os
import sys
import xml.etree.ElementTree as ET

T = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"
results, broken = sys.argv[1], set(sys.argv[2:])
passed, failed, skipped = 0, 0, []

for path in sorted(glob.glob(os.path.join(results, "*.trx"))):
    project = os.path.splitext(os.path.basename(path))[0]
    counts = {"Passed": 0, "Failed": 0, "NotExecuted": 0}
    for result in ET.parse(path).iter(T + "UnitTestResult"):
        outcome = result.get("outcome")
        outcome = outcome if outcome in counts else "Failed"  # timeout, aborted and the like
        counts[outcome] += 1
        if outcome == "NotExecuted":
            reason = " ".join((result.findtext(f".//{T}Message") or result.findtext(f".//{T}StdOut") or "no reason given").split())
            skipped.append(f"  {result.get('testName')}: {reason}")
    passed, failed = passed + counts["Passed"], failed + counts["Failed"]
    print(f"{counts['Passed']:6} passed {counts['Failed']:4} failed {counts['NotExecuted']:4} skipped  {project}")
    if counts["Failed"]:
        broken.discard(project)

if skipped:
    print(f"{len(skipped)} skipped:", *skipped, sep="\n")
for project in sorted(broken):
    print(f"{project}: the run itself ended with an error")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or broken or passed == 0 else 0)
