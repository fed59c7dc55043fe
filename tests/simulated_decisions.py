#!/usr/bin/env python3
"""Simulated task times for benchmarks and scenarios, JSON Lines on standard output, the same for the same arguments:
    python3 tests/simulated_decisions.py 1000000 [workers] > /tmp/million.jsonl
    ./ledger import /tmp/million.jsonl --mapping samples/simulated.json --server URL
"""
import random
import sys

count, workers = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5000
chance = random.Random(1)
for i in range(count):
    task = ("pick", "pack", "label", "load")[chance.randrange(4)]
    sys.stdout.write('{"id":%d,"worker":"SIM-%06d","task":"%s","at":%d,"seconds":%d}\n'
                     % (i, chance.randrange(workers), task, 1735689600 + i, chance.randrange(20, 900)))
