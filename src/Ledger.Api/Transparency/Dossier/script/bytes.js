// Bytes and their texts. Each has one text: a decoder that is laxer would let two files say the same.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const values = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) {
  values[alphabet.charCodeAt(i)] = i;
}

/** RFC 4648 §4, padded, canonical; null for anything else. */
export function fromBase64(text) {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return text.length % 4 === 0 ? decode(text, text.length - padding) : null;
}

/** RFC 4648 §5, not padded, canonical; null for anything else. */
export function fromBase64Url(text) {
  return /^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1 ? decode(text.replace(/-/g, '+').replace(/_/g, '/'), text.length) : null;
}

function decode(text, length) {
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? values[code] : -1;
    if (value < 0) {
      return null;
    }
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = (bits >> held) & 0xff;
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : null;
}

export function toBase64(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += alphabet[group >> 18] + alphabet[(group >> 12) & 63]
      + (left > 1 ? alphabet[(group >> 6) & 63] : '=') + (left > 2 ? alphabet[group & 63] : '=');
  }
  return text;
}

export function toBase64Url(bytes) {
  return toBase64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** The first bytes in groups of four characters of RFC 4648 §6: a code that a person can read out. */
export function toCode(bytes, characters) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let text = '';
  for (let i = 0; i < characters; i++) {
    const bit = i * 5;
    const pair = (bytes[bit >> 3] << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    text += (i > 0 && i % 4 === 0 ? '-' : '') + letters[(pair >> (11 - (bit & 7))) & 31];
  }
  return text;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const toUtf8 = (text) => encoder.encode(text);

/** null when it is not UTF-8. */
export function fromUtf8(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

export function concat(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
  return bytes;
}

export const same = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i]);
