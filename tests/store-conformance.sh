#!/bin/sh
# Runs the event store's conformance suite against a real EventStoreDB (22.10 or newer) or KurrentDB.
# It writes to streams of its own, worker-t… and mark-…, and leaves them there.
#
#   tests/store-conformance.sh 'esdb://localhost:2113?tls=false'
set -eu
if [ $# -ne 1 ]; then
  echo "usage: $0 esdb://[user:password@]host:port[,host:port…][?tls=false…]" >&2
  exit 2
fi
LEDGER_TEST_ESDB=$1 exec dotnet test "$(dirname "$0")/Ledger.EventStore.Tests" \
  --filter 'FullyQualifiedName~ServerConformanceTests' --nologo
