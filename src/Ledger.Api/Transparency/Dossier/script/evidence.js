// What `ledger verify` does with an evidence file, again: docs/formats/evidence.md. Finds the same faults under the same names.
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, fromBase64, fromBase64Url, fromUtf8, same, toBase64, toBase64Url, toUtf8 } from './bytes.js';
import { member, parseJson } from './json.js';

const maxFindings = 100;
const maxKeys = 100;
const maxFields = 256;
const noteMark = '\u2014 ';

/**
 * Checks a file from beginning to end.
 * @param {string} file its text
 * @returns findings [{fault, revision}], header {stream, logKeys, witnessKeys}, events, checkpoint, logKey, cosignatures [{key, time}]
 */
export function checkEvidence(file) {
  const found = { findings: [], header: { stream: '', logKeys: [], witnessKeys: [] }, events: [], checkpoint: null, logKey: null, cosignatures: [] };
  const expect = (holds, fault, revision = null) => {
    if (!holds && found.findings.length < maxFindings) {
      found.findings.push({ fault, revision });
    }
  };
  const lines = readerOf(file);
  let part = readHeader(lines);
  if (part) {
    found.header = part;
  }
  let salt = new Uint8Array(16);
  let index = -1n;
  let note = null;
  while (part) {
    part = lines.starts('end ') ? readEnd(lines) : readEvent(lines);
    if (part === null || part.kind === 'end') {
      break;
    }
    const revision = part.revision;
    expect(revision === found.events.length, 'Revision', revision);
    if (note === null) {
      note = part.note;
      found.checkpoint = parseCheckpoint(note.text);
      expect(found.checkpoint !== null, 'Checkpoint', revision);
      if (found.checkpoint) {
        checkLog(found, note, expect);
        checkWitnesses(found, note, expect);
      }
    } else {
      expect(part.note.whole === note.whole, 'Checkpoint', revision);
    }
    salt = checkBytes(found.header.stream, part, salt, expect);
    checkDisclosures(part, expect);
    expect(found.checkpoint !== null && isIncluded(part, found.checkpoint), 'Inclusion', revision);
    expect(part.index > index, 'Order', revision);
    index = part.index;
    found.events.push(part);
  }
  expect(part !== null, 'Format', found.header.stream === '' ? null : found.events.length);
  expect(part === null || (part.count === found.events.length && part.count > 0), 'Count');
  return found;
}

function readerOf(file) {
  let at = 0;
  return {
    starts: (word) => file.startsWith(word, at),
    /** The next line without its LF, null at the end. */
    take() {
      const end = file.indexOf('\n', at);
      const line = end < 0 ? null : file.slice(at, end);
      at = end < 0 ? at : end + 1;
      return line;
    },
    /** What follows a word and a space at the beginning of the next line; null, and the line stays, when it begins otherwise. */
    after(word) {
      return this.starts(`${word} `) ? this.take()?.slice(word.length + 1) ?? null : null;
    },
    ends: () => at === file.length,
  };
}

function readHeader(lines) {
  if (lines.take() !== 'ledger-evidence/v1') {
    return null;
  }
  const stream = lines.after('stream');
  const logKeys = readKeys(lines, 'log');
  const witnessKeys = readKeys(lines, 'witness');
  const whole = stream && isText(stream) && logKeys && logKeys.length > 0 && witnessKeys && lines.take() === '';
  return whole ? { stream, logKeys, witnessKeys } : null;
}

function readKeys(lines, word) {
  const keys = [];
  for (let text = lines.after(word); text !== null; text = lines.after(word)) {
    const key = parseKey(text);
    if (!key || keys.length === maxKeys) {
      return null;
    }
    keys.push(key);
  }
  return keys;
}

/** c2sp.org/signed-note, "Verifier keys". */
export function parseKey(text) {
  const [, name, id, base64] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  const material = base64 === undefined ? null : fromBase64(base64);
  const right = material !== null && material.length === 33 && (material[0] === 1 || material[0] === 4) && isName(name)
    && hex(sha256(concat(toUtf8(`${name}\n`), material)).subarray(0, 4)) === id;
  return right ? { text, name, id, type: material[0], key: material.subarray(1) } : null;
}

function readEvent(lines) {
  const revision = parseNumber(lines.after('revision'));
  const id = lines.after('id');
  const type = lines.after('type');
  const data = fromBase64(lines.after('data') ?? '!');
  const metadata = fromBase64(lines.after('metadata') ?? '!');
  const disclosures = [];
  for (let text = lines.after('disclosure'); text !== null; text = lines.after('disclosure')) {
    disclosures.push(parseDisclosure(text));
  }
  const leaf = fromBase64(lines.after('leaf') ?? '!');
  const proof = lines.take() === '' && lines.take() === 'c2sp.org/tlog-proof@v1';
  const index = parseNumber(lines.after('index'), true);
  const hashes = [];
  let line;
  for (line = lines.take(); line; line = lines.take()) {
    hashes.push(fromBase64(line));
  }
  const note = readNote(lines);
  const whole = revision !== null && id !== null && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) && type && isText(type)
    && data && metadata && disclosures.length <= maxFields && disclosures.every(Boolean) && leaf?.length === 32
    && proof && index !== null && line === '' && hashes.length <= 64 && hashes.every((hash) => hash?.length === 32) && note;
  return whole ? { kind: 'event', revision, id, type, data, metadata, disclosures, leaf, index, hashes, note } : null;
}

function readEnd(lines) {
  const count = parseNumber(lines.after('end'));
  return count !== null && lines.ends() ? { kind: 'end', count } : null;
}

// In an evidence file a checkpoint has no empty line: the first one parts the text from the signatures, the second ends them.
function readNote(lines) {
  let text = '';
  let line;
  for (line = lines.take(); line; line = lines.take()) {
    text += `${line}\n`;
  }
  const signatures = [];
  let whole = `${text}\n`;
  for (line = line === '' ? lines.take() : null; line; line = lines.take()) {
    signatures.push(parseSignature(line));
    whole += `${line}\n`;
  }
  const right = line === '' && text !== '' && isText(text.replace(/\n/g, '')) && signatures.length > 0 && signatures.length <= 100;
  return right && signatures.every(Boolean) ? { text, whole, signatures } : null;
}

function parseSignature(line) {
  const [name, base64, ...more] = line.startsWith(noteMark) ? line.slice(noteMark.length).split(' ') : [];
  const bytes = base64 === undefined || more.length > 0 || !isName(name) ? null : fromBase64(base64);
  return bytes && bytes.length > 4 ? { name, id: hex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) } : null;
}

function parseCheckpoint(text) {
  const [origin, size, root, ...rest] = text.split('\n');
  const bytes = fromBase64(root ?? '!');
  return origin && parseNumber(size, true) !== null && bytes?.length === 32 && rest.at(-1) === ''
    ? { origin, size: BigInt(size), root: bytes } : null;
}

/** RFC 9901 §4.2.1, in the one form of docs/formats/sealed-event.md. */
function parseDisclosure(text) {
  const bytes = fromBase64Url(text);
  const array = bytes && fromUtf8(bytes);
  const [, salt, name, value] = /^\["([A-Za-z0-9_-]{22})","([^"\\]*)",([^]+)\]$/.exec(array ?? '') ?? [];
  if (value === undefined || !isFieldName(name) || fromBase64Url(salt) === null || /^\s|\s$/.test(value)) {
    return null;
  }
  try {
    return { text, name, value: parseJson(value), digest: toBase64Url(sha256(toUtf8(text))) };
  } catch {
    return null;
  }
}

// docs/formats/log-entry.md. Gives the salt that the next event must have.
function checkBytes(stream, event, salt, expect) {
  let salts = null;
  try {
    event.about = parseJson(fromUtf8(event.metadata));
    salts = ['salt', 'dataSalt', 'nextSalt'].map((name) => fromBase64(member(event.about, name)?.text ?? '!'));
  } catch {
    salts = null;
  }
  if (salts === null || !salts.every((each) => each?.length === 16)) {
    expect(false, 'Salts', event.revision);
    return salt;
  }
  expect(same(salts[0], salt), 'Chain', event.revision);
  const label = sha256(concat(salts[0], toUtf8(`${stream}\n${event.revision}`)));
  const entry = ['ledger-entry/v1', event.id, event.type, ...[label, sha256(concat(salts[1], event.data)), sha256(event.metadata)].map(toBase64), ''];
  expect(same(sha256(concat(new Uint8Array([0]), toUtf8(entry.join('\n')))), event.leaf), 'LeafHash', event.revision);
  return salts[2];
}

// docs/formats/sealed-event.md: the form of the sealed part, and what is shown of it. Leaves event.content, event.shown, event.withheld.
function checkDisclosures(event, expect) {
  event.content = null;
  event.shown = new Map();
  event.withheld = [];
  try {
    const text = fromUtf8(event.data);
    event.content = parseJson(text);
    const fields = sealedFields(event.content, text);
    const places = event.disclosures.map((disclosure) => fields.names.indexOf(disclosure.name));
    const right = event.disclosures.every((each, i) => fields.digests.has(each.digest) && places[i] >= 0 && (i === 0 || places[i] > places[i - 1]));
    if (!right) {
      throw new SyntaxError('a disclosure');
    }
    event.disclosures.forEach((each) => event.shown.set(each.name, each.value));
    event.withheld = fields.names.filter((name) => !event.shown.has(name));
    event.sealed = fields.sealed;
  } catch {
    expect(false, 'Disclosure', event.revision);
  }
}

function sealedFields(content, text) {
  const personals = content.kind === 'object' ? content.members.filter(([name]) => name === 'personal').map(([, value]) => value) : [];
  const isSealed = (value) => value.kind === 'object' && value.members.some(([name]) => name === '_sd' || name === 'sealed');
  if (!personals.some(isSealed)) {
    return { names: [], digests: new Set(), sealed: false };
  }
  const [personal] = personals;
  const digests = member(personal, '_sd').items.map((item) => item.text);
  const fields = member(personal, 'sealed').members;
  const names = fields.map(([name]) => name);
  const form = `"personal":{"_sd":[${digests.map((each) => `"${each}"`).join(',')}],"sealed":{${fields.map(([name, box]) => `"${name}":"${box.text}"`).join(',')}}}}`;
  const before = text[text.length - form.length - 1];
  const right = personals.length === 1 && text.endsWith(form) && (before === ',' || (before === '{' && text.length === form.length + 1))
    && names.length === digests.length && names.length <= maxFields && new Set(names).size === names.length && names.every(isFieldName)
    && digests.every((each, i) => fromBase64Url(each)?.length === 32 && (i === 0 || digests[i - 1] < each));
  if (!right) {
    throw new SyntaxError('the sealed part');
  }
  return { names, digests: new Set(digests), sealed: true };
}

// RFC 9162 §2.1.3.2.
function isIncluded(event, checkpoint) {
  let fn = event.index;
  let sn = checkpoint.size - 1n;
  let r = event.leaf;
  if (fn > sn) {
    return false;
  }
  for (const p of event.hashes) {
    if (sn === 0n) {
      return false;
    }
    if ((fn & 1n) === 1n || fn === sn) {
      r = sha256(concat(new Uint8Array([1]), p, r));
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      r = sha256(concat(new Uint8Array([1]), r, p));
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && same(r, checkpoint.root);
}

// c2sp.org/signed-note, "Signatures": a known key's signature that fails spoils the note, whatever else is on it.
function checkLog(found, note, expect) {
  const keys = found.header.logKeys.filter((key) => key.type === 1 && key.name === found.checkpoint.origin);
  const claimed = note.signatures.filter((signature) => keys.some((key) => isBy(signature, key)));
  const signer = (signature) => keys.find((key) => isBy(signature, key) && verifies(key, signature, note.text));
  const holds = claimed.length > 0 && claimed.every(signer);
  expect(holds, 'CheckpointSignature');
  found.logKey = holds ? signer(claimed[0]) : null;
}

function checkWitnesses(found, note, expect) {
  for (const key of found.header.witnessKeys.filter((each, i, all) => each.type === 4 && all.findIndex((other) => other.text === each.text) === i)) {
    const claimed = note.signatures.filter((signature) => isBy(signature, key));
    const holds = claimed.length > 0 && claimed.every((signature) => verifies(key, signature, note.text));
    expect(holds, 'Cosignature');
    if (holds) {
      found.cosignatures.push({ key, time: timeOf(claimed[0].bytes) });
    }
  }
}

const isBy = (signature, key) => signature.name === key.name && signature.id === key.id;

// c2sp.org/tlog-cosignature, "Ed25519 signed message".
function verifies(key, signature, text) {
  const cosignature = key.type === 4;
  const time = cosignature ? timeOf(signature.bytes) : null;
  if (signature.bytes.length !== (cosignature ? 72 : 64) || (cosignature && (time <= 0n || time > 253402300799n))) {
    return false;
  }
  const message = cosignature ? `cosignature/v1\ntime ${time}\n${text}` : text;
  try {
    return ed25519.verify(signature.bytes.subarray(-64), toUtf8(message), key.key, { zip215: false });
  } catch {
    return false;
  }
}

const timeOf = (bytes) => bytes.subarray(0, 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function parseNumber(text, big = false) {
  return text !== null && text !== undefined && /^(?:0|[1-9][0-9]*)$/.test(text) && BigInt(text) < (big ? 1n << 64n : 1n << 53n)
    ? (big ? BigInt(text) : Number(text)) : null;
}

const isText = (text) => !/[\u0000-\u001f\ufffd]/.test(text);
const isName = (name) => name !== '' && isText(name) && !/[+\s\u0085]/u.test(name);
const isFieldName = (name) => isText(name) && name !== '_sd' && name !== '...';
