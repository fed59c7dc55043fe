// JSON as it stands: members in their order, twice the same name too, numbers as they were written. RFC 8259.

/** A value: {kind: 'object', members: [[name, value]…]}, {kind: 'array', items: […]}, {kind: 'string' | 'number' | 'literal', text}. */
export function parseJson(text) {
  let at = 0;
  const value = readValue(0);
  skipSpace();
  return at === text.length ? value : fail();

  function fail() {
    throw new SyntaxError(`not JSON at ${at}`);
  }

  function skipSpace() {
    while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') {
      at++;
    }
  }

  function take(character) {
    skipSpace();
    const there = text[at] === character;
    at += there ? 1 : 0;
    return there;
  }

  function readValue(depth) {
    if (depth > 64) {
      fail();
    }
    if (take('{')) {
      return readObject(depth);
    }
    if (take('[')) {
      return readArray(depth);
    }
    return text[at] === '"' ? { kind: 'string', text: readString() } : readBare();
  }

  function readObject(depth) {
    const members = [];
    if (!take('}')) {
      do {
        skipSpace();
        const name = readString();
        members.push([name, take(':') ? readValue(depth + 1) : fail()]);
      } while (take(','));
      if (!take('}')) {
        fail();
      }
    }
    return { kind: 'object', members };
  }

  function readArray(depth) {
    const items = [];
    if (!take(']')) {
      do {
        items.push(readValue(depth + 1));
      } while (take(','));
      if (!take(']')) {
        fail();
      }
    }
    return { kind: 'array', items };
  }

  function readString() {
    const start = at;
    if (text[at] !== '"') {
      fail();
    }
    for (at++; text[at] !== '"'; at++) {
      at += text[at] === '\\' ? 1 : 0;
      if (at >= text.length) {
        fail();
      }
    }
    at++;
    const string = JSON.parse(text.slice(start, at));
    return string.isWellFormed === undefined || string.isWellFormed() ? string : fail();
  }

  function readBare() {
    const found = /^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)/.exec(text.slice(at, at + 400));
    if (!found) {
      fail();
    }
    at += found[0].length;
    return { kind: /^[-0-9]/.test(found[0]) ? 'number' : 'literal', text: found[0] };
  }
}

/** The only member of that name; undefined when there is none, or more than one. */
export function member(value, name) {
  const found = value && value.kind === 'object' ? value.members.filter(([each]) => each === name) : [];
  return found.length === 1 ? found[0][1] : undefined;
}
