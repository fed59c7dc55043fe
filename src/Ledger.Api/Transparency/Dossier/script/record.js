// One event of the evidence as a person reads it: the same as DossierRecord.cs, letter for letter.
import { hex } from './evidence.js';
import { isInstant } from './words.js';

const enums = {
  'act.category': 'category', 'dataUsed.category': 'data', 'dataUsed.shift': 'shift', 'system.modelKind': 'model', 'notice.channel': 'channel',
  'factors.direction': 'factor',
};

/** A JSON value as plain JavaScript; numbers stay the texts that they were. */
export function plain(value) {
  return value.kind === 'object' ? Object.fromEntries(value.members.map(([name, each]) => [name, plain(each)]))
    : value.kind === 'array' ? value.items.map(plain)
    : value.kind === 'literal' ? ({ true: true, false: false, null: null })[value.text]
    : value.text;
}

export const isDecision = (event) => event.type === 'decision-recorded.v2' || event.type === 'decision-recorded.v1';

/** @returns {kind, sentence, adverse, withheld: [names], rows: [[label, words]…], proof} of one event */
export function recordOf(event, words) {
  const metadata = plain(event.about);
  const recordedAt = String(metadata.recordedAt ?? '');
  const content = visible(event);
  const values = plain(content);
  const decision = isDecision(event);
  const zone = decision ? values.act.times.timeZone : 'UTC';
  const when = isInstant(recordedAt) ? words.zoned(recordedAt, zone) : words.text('value.none');
  const sentence = decision ? words.sentence({ act: values.act, personal: values.personal ?? {} })
    : words.format(words.find(`event.${event.type}`) === null ? 'event.other' : `event.${event.type}`, when, roleOf(values.role, words), event.type,
      typeof values.expiresAt === 'string' && isInstant(values.expiresAt) ? words.zoned(values.expiresAt, zone) : '');
  const rows = [];
  addRows(rows, content, [], '', '', { words, zone });
  event.withheld.forEach((name) => rows.push([label('personal', name, words), words.text('record.withheld'), true]));
  rows.push([words.text('record.recordedAt'), when]);
  rows.push([words.text('record.actor'), String(metadata.actor ?? '')]);
  rows.push([words.text('record.event'), `${event.type} ${event.id}`]);
  return {
    kind: words.find(`kind.${event.type}`) ?? words.text('kind.other'),
    sentence,
    adverse: decision && values.act.adverse === true,
    withheld: event.withheld.map((name) => label('personal', name, words)),
    rows,
    proof: words.format('record.proof', String(event.index), hex(event.leaf)),
  };
}

// The data as they were recorded, with what is shown of the sealed part in its place.
function visible(event) {
  if (!event.sealed) {
    return event.content;
  }
  const clear = event.content.members.slice(0, -1);
  return { kind: 'object', members: event.shown.size === 0 ? clear : [...clear, ['personal', { kind: 'object', members: [...event.shown] }]] };
}

function addRows(rows, value, labels, parent, name, around) {
  const { words } = around;
  if (value.kind === 'object') {
    const compact = compactOf(value, words);
    if (compact !== null) {
      rows.push([labels.join(' – '), compact]);
      return;
    }
    const alone = value.members.length === 1 && isValueMember(value.members[0][0]);
    value.members.forEach(([each, inner]) => {
      const own = alone || each === 'act' || each === 'personal' ? [] : [label(name, each, words)];
      addRows(rows, inner, [...labels, ...own], name, each, around);
    });
  } else if (value.kind === 'array') {
    value.items.forEach((item, i) => addRows(rows, item, [...labels.slice(0, -1), `${labels.at(-1)} ${i + 1}`], parent, name, around));
  } else {
    rows.push([labels.join(' – '), scalar(value, parent, name, around)]);
  }
}

const isValueMember = (name) => name === 'quantity' || name === 'money' || name === 'text' || name === 'instant' || name === 'flag';

function compactOf(value, words) {
  const names = value.members.map(([name]) => name).join(' ');
  const kinds = value.members.map(([, each]) => each.kind).join(' ');
  const values = value.members.map(([, each]) => each.text);
  return names === 'number unit' && kinds === 'number string' ? words.quantity({ number: values[0], unit: values[1] })
    : names === 'currencyCode minorUnits' && kinds === 'string number' && /^-?\d+$/.test(values[1]) ? words.money(values[0], values[1])
    : null;
}

function scalar(value, parent, name, { words, zone }) {
  if (value.kind === 'number') {
    return name === 'level' && words.levels[value.text] ? words.text(`level.${words.levels[value.text]}`) : value.text.replace('.', words.decimal);
  }
  if (value.kind === 'literal') {
    return value.text === 'null' ? words.text('value.none') : words.text(value.text === 'true' ? 'value.yes' : 'value.no');
  }
  if (isInstant(value.text)) {
    return `${words.zoned(value.text, zone)} [${value.text}]`;
  }
  const set = enums[`${parent}.${name}`];
  const known = set === undefined ? null : words.find(`${set}.${set === 'factor' ? value.text : value.text.toUpperCase()}`);
  return known !== null ? `${known} [${value.text}]`
    : name === 'code' && words.find(`outcome.${value.text}`) !== null ? `${words.code(value.text)} [${value.text}]`
    : value.text;
}

const label = (parent, name, words) => words.find(`label.${parent}.${name}`) ?? words.find(`label.${name}`) ?? name;

const roleOf = (role, words) => (typeof role === 'string' ? words.find(`role.${role}`) ?? role : words.text('value.none'));
