// The official client's own append rate: `node append-rate.mjs CONNECTION SECONDS EVENTS OUTSTANDING STREAMS SAMPLE.json`.
// Prints events a second. SAMPLE.json holds {data, metadata} as the ledger stored them.
import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(process.env.LEDGER_NODE_CLIENT ? `${process.env.LEDGER_NODE_CLIENT}/` : import.meta.url);
const { EventStoreDBClient, jsonEvent } = require("@eventstore/db-client");

const [connection, seconds, perAppend, outstanding, streams, sampleFile] = process.argv.slice(2);
const { data, metadata } = JSON.parse(readFileSync(sampleFile, "utf8"));
const client = EventStoreDBClient.connectionString(connection);
const run = randomUUID().slice(0, 8);

let appended = 0;
async function caller(until) {
  while (performance.now() < until) {
    const events = [];
    for (let i = 0; i < Number(perAppend); i++) {
      events.push(jsonEvent({ id: randomUUID(), type: "decision-recorded.v1", data, metadata }));
    }
    await client.appendToStream(`bench-${run}-${Math.floor(Math.random() * Number(streams))}`, events);
    appended += events.length;
  }
}

async function measure(forSeconds) {
  appended = 0;
  const started = performance.now();
  await Promise.all(Array.from({ length: Number(outstanding) }, () => caller(started + forSeconds * 1000)));
  return appended / ((performance.now() - started) / 1000);
}

await measure(1.5);
console.log(await measure(Number(seconds)));
await client.dispose();
