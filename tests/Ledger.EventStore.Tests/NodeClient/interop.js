// Uses EventStoreDB's own client against the server of the connection string given, and prints what came of it as JSON.
'use strict';

const {
  BACKWARDS, END, EventStoreDBClient, FORWARDS, NO_STREAM, START,
  StreamNotFoundError, WrongExpectedVersionError, jsonEvent, streamNameFilter,
} = require('@eventstore/db-client');

const event = (id, n) => jsonEvent({ id, type: 'decision-recorded.v1', data: { n }, metadata: { actor: 'node' } });
const ids = Array.from({ length: 5 }, (_, n) => `00000000-0000-4000-8000-00000000000${n}`);
const events = ids.map(event);

const plain = ({ event: e }) => ({
  stream: e.streamId, revision: Number(e.revision), id: e.id, type: e.type, data: e.data, metadata: e.metadata,
  commit: Number(e.position.commit), created: e.created instanceof Date,
});

async function collect(iterable, count = Infinity) {
  const found = [];
  for await (const resolved of iterable) {
    found.push(plain(resolved));
    if (found.length === count) break;
  }
  return found;
}

async function failure(action) {
  try {
    await action();
    return null;
  } catch (error) {
    return error;
  }
}

async function main(connectionString) {
  const client = EventStoreDBClient.connectionString(connectionString);
  const result = {};

  const first = await client.appendToStream('worker-1', events.slice(0, 3), { expectedRevision: NO_STREAM });
  const again = await client.appendToStream('worker-1', events.slice(0, 3), { expectedRevision: NO_STREAM });
  const next = await client.appendToStream('worker-1', events[3], { expectedRevision: first.nextExpectedRevision });
  // Own credentials make the client use Append instead of BatchAppend.
  const single = await client.appendToStream('worker-2', events[4], {
    expectedRevision: NO_STREAM, credentials: { username: 'u', password: 'p' },
  });
  await client.appendToStream('system-1', jsonEvent({ type: 'system-registered.v1', data: {} }));
  result.appends = [first, again, next, single].map((append) => ({
    revision: Number(append.nextExpectedRevision), commit: Number(append.position.commit),
  }));

  const batchConflict = await failure(() => client.appendToStream('worker-1', event(undefined, 9), { expectedRevision: 1n }));
  const singleConflict = await failure(() => client.appendToStream('worker-1', event(undefined, 9), {
    expectedRevision: NO_STREAM, credentials: { username: 'u', password: 'p' },
  }));
  result.conflicts = [batchConflict, singleConflict].map((error) => ({
    isWrongExpectedVersion: error instanceof WrongExpectedVersionError, actual: Number(error?.actualVersion),
  }));

  result.forwards = await collect(client.readStream('worker-1', { direction: FORWARDS, fromRevision: START }));
  result.backwards = await collect(client.readStream('worker-1', { direction: BACKWARDS, fromRevision: END, maxCount: 2 }));
  result.missing = (await failure(() => collect(client.readStream('worker-none')))) instanceof StreamNotFoundError;

  const from = { commit: BigInt(result.forwards[1].commit), prepare: BigInt(result.forwards[1].commit) };
  result.allForwards = await collect(client.readAll({ direction: FORWARDS, fromPosition: from, maxCount: 2 }));
  result.allBackwards = await collect(client.readAll({ direction: BACKWARDS, fromPosition: from }));

  const filter = streamNameFilter({ prefixes: ['worker-'] });
  const caughtUp = client.subscribeToAll({ fromPosition: from, filter });
  result.subscription = await collect(caughtUp, 3);
  await caughtUp.unsubscribe();

  const live = client.subscribeToStream('worker-3', { fromRevision: START });
  await new Promise((resolve) => live.once('confirmation', resolve));
  await client.appendToStream('worker-3', event(undefined, 10));
  result.live = await collect(live, 1);
  await live.unsubscribe();

  await client.dispose();
  return result;
}

main(process.argv[2]).then(
  (result) => { console.log(JSON.stringify(result)); process.exit(0); },
  (error) => { console.error(error); process.exit(1); },
);
