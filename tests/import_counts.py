#!/usr/bin/env python3
"""Counts what `ledger import` should make of the real sources, by other means than its own: standard library only,
the whole file in memory, regular expressions for XML, another way of reading rankings. Prints one JSON object.

    python3 tests/import_counts.py ../shared/data
"""
import collections
import csv
import datetime
import gzip
import json
import pathlib
import re
import sys
import unicodedata


def fold(text):
    text = unicodedata.normalize("NFD", text.lower())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"['`’]", "", text)).strip()


def ranking(text, candidates):
    """Where the list stands, every line of it must be one candidate, all of them once: the best one's name, or None."""
    names = sorted(map(fold, candidates), key=len, reverse=True)
    one = re.compile("(?:" + "|".join(map(re.escape, names)) + r")(?= |$)")
    numbered = re.findall(r"(?m)^\W*(?:rank )?(\d+)\W(.*)$", text, re.I)
    lines = [line for number, line in numbered] or [line for line in text.split("\n") if one.fullmatch(fold(line))]
    if len(lines) < 2:
        tail = text.rsplit(":", 1)[-1]
        lines = re.split(r",|;|>|\band\b", tail)
    found = [one.match(fold(line)) for line in lines if fold(line)] if not numbered else [one.match(fold(line)) for line in lines]
    if not all(found) or sorted(m.group() for m in found) != sorted(names):
        return None
    return next(name for name in candidates if fold(name) == found[0].group())


def ai_hiring(folder):
    rows = [json.loads(line) for line in gzip.open(folder / "ai-hiring/resume_rankings.jsonl.gz", "rt", encoding="utf-8")]
    best = [(row, ranking(row["completion"], row["candidates"])) for row in rows]
    good = [row for row, name in best if name]
    groups = collections.Counter(row["groups"][row["candidates"].index(name)] for row, name in best if name)
    selected = collections.Counter("oversampled" if "/oversampled/" in row["run"] else "main" for row in good)
    return {
        "rows": len(rows),
        "badRows": len(rows) - len(good),
        "decisions": 8 * len(good),
        "rankingsMain": selected["main"],
        "rankingsOversampled": selected["oversampled"],
        "workers": len({(row["job"], name) for row in good for name in row["candidates"]}),
        "selectedByGroup": dict(sorted(groups.items())),
    }


def bpi2012(folder):
    text = gzip.open(folder / "bpi2012/BPI_Challenge_2012.xes.gz", "rt", encoding="utf-8").read()
    counts = collections.Counter()
    workers, seconds = set(), 0.0
    for trace in re.findall(r"<trace>(.*?)</trace>", text, re.S):
        events = [dict(re.findall(r'key="([^"]+)" value="([^"]*)"', e)) for e in re.findall(r"<event>(.*?)</event>", trace, re.S)]
        used = set()
        for i, event in enumerate(events):
            name, step, who = event["concept:name"], event["lifecycle:transition"], event.get("org:resource")
            if name[0] in "AO":
                counts["act-on-an-application" if name[0] == "A" else "act-on-an-offer"] += 1
            elif step == "SCHEDULE":
                after = [e for e in events[i + 1:] if e["concept:name"] == name and e["lifecycle:transition"] in ("SCHEDULE", "START")]
                taken = after[0] if after and after[0]["lifecycle:transition"] == "START" else None
                if who is None:
                    counts["scheduled-by-nobody-recorded"] += 1
                elif taken is None:
                    counts["scheduled-but-never-started"] += 1
                elif "org:resource" not in taken:
                    counts["scheduled-and-started-by-nobody-recorded"] += 1
                else:
                    counts["allocation"] += 1
                    workers.add(taken["org:resource"])
            elif who is None:
                counts["no-resource"] += 1
            elif step == "COMPLETE":
                for j in range(i - 1, -1, -1):
                    e = events[j]
                    if j not in used and (e["concept:name"], e["lifecycle:transition"], e.get("org:resource")) == (name, "START", who):
                        used.add(j)
                        counts["task-time"] += 1
                        counts["start-of-a-measured-task"] += 1
                        workers.add(who)
                        begin, end = (datetime.datetime.fromisoformat(x["time:timestamp"]) for x in (e, event))
                        seconds += (end - begin).total_seconds()
                        break
                else:
                    counts["completed-without-start"] += 1
            else:
                counts["START"] += 1
    starts = counts.pop("START")
    counts["started-but-never-completed"] = starts - counts["start-of-a-measured-task"]
    return {"rows": sum(counts.values()), "badRows": 0, "decisions": counts["allocation"] + counts["task-time"],
            "workers": len(workers), "taskSeconds": round(seconds), **counts}


def production(folder):
    rows = list(csv.DictReader(open(folder / "production/Production.csv", encoding="utf-8", newline="")))
    return {"rows": len(rows), "badRows": 0, "decisions": len(rows), "workers": len({row["Resource"] for row in rows})}


def garments(folder):
    rows = list(csv.DictReader(open(folder / "garments/garments_worker_productivity.csv", encoding="utf-8", newline="")))
    missed = sum(float(row["actual_productivity"]) < float(row["targeted_productivity"]) for row in rows)
    return {"rows": len(rows), "badRows": 0, "decisions": 2 * len(rows), "adverse": missed,
            "workers": len({(row["department"].strip(), row["team"]) for row in rows})}


if __name__ == "__main__":
    base = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    if not base.is_dir():
        sys.exit(f"not found: {base}")
    sources = {"ai-hiring": ai_hiring, "bpi2012": bpi2012, "production": production, "garments": garments}
    print(json.dumps({name: count(base) for name, count in sources.items() if (base / name).is_dir()}, indent=1))
