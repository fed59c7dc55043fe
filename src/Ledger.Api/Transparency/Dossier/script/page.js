// The dossier as a page, made from the evidence alone: the same as DossierPage.cs, letter for letter.
import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64, toCode, toUtf8 } from './bytes.js';
import { isDecision, recordOf } from './record.js';

const codeLength = 16;

export const codeOf = (file) => toCode(sha256(toUtf8(file)), codeLength);

export const escape = (text) => text.replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character]);

/**
 * The whole page, but for the pieces of the evidence: whoever has them need not read them again.
 * @param given {frame, style, script}: the page with its places, its style sheet, and the script as it runs
 */
export function pageOf(found, file, words, language, given) {
  const code = codeOf(file);
  const style = given.style.replaceAll('{{code}}', code).replaceAll('{{page}}', words.text('print.page'));
  const script = given.script;
  // From the frame: were it written here, the script itself would seem to hold a piece of evidence.
  const [tag] = /<script type=[^>]*>/.exec(given.frame);
  const policy = `default-src 'none'; script-src 'sha256-${hash(script)}'; style-src 'sha256-${hash(style)}'; base-uri 'none'; form-action 'none'`;
  const slots = {
    language, policy, style, script,
    title: escape(words.format('page.title', code)),
    code,
    summary: rowsOf(summaryOf(found, words, code)),
    header: '',
    records: found.events.map((event) => sectionOf(event, words, tag)).join(''),
    end: '',
  };
  // In one pass: in what is filled in nothing is looked for.
  return given.frame.replace(/\{\{(?:t:)?([a-zA-Z.]+)\}\}/g, (place, name) => (place.startsWith('{{t:') ? escape(words.text(name)) : slots[name]));
}

const hashes = new Map();

// The script is long, and the same for each file that is checked.
function hash(text) {
  if (!hashes.has(text)) {
    hashes.set(text, toBase64(sha256(toUtf8(text))));
  }
  return hashes.get(text);
}


function summaryOf(found, words, code) {
  const { header, events, checkpoint, logKey, cosignatures } = found;
  const [, organisation, worker] = /^worker-([^]*)-([0-9a-f]{32})$/.exec(header.stream) ?? ['', header.stream, ''];
  const withheld = events.filter((event) => event.withheld.length > 0).length;
  const rows = [
    [words.text('summary.code'), code],
    [words.text('summary.worker'), worker],
    [words.text('summary.organisation'), organisation],
    [words.text('summary.events'), words.format('summary.eventsValue', words.count('count.event', events.length), words.count('count.decision', events.filter(isDecision).length))],
    [words.text('summary.withheld'), withheld === 0 ? words.text('summary.withheldNone') : words.count('count.withheld', withheld)],
    [words.text('summary.checkpoint'), checkpoint ? words.format('summary.checkpointValue', checkpoint.origin, String(checkpoint.size), toBase64(checkpoint.root)) : ''],
    [words.text('summary.logKey'), logKey ? logKey.text : ''],
  ];
  if (cosignatures.length === 0) {
    rows.push([words.text('summary.witness'), words.text('summary.witnessNone')]);
  }
  cosignatures.forEach(({ key, time }) => rows.push(
    [words.text('summary.witness'), words.format('summary.witnessValue', words.zoned(new Date(Number(time) * 1000).toISOString(), 'UTC'), key.text)]));
  return rows;
}

const rowsOf = (rows) => rows.map(([label, words, withheld]) =>
  `<tr${withheld ? ' class="withheld"' : ''}><th scope="row">${escape(label)}</th><td>${escape(words)}</td></tr>\n`).join('');

/** A part of the page: one event, and after it the piece of the evidence that it is made from. */
function sectionOf(event, words, tag) {
  let record;
  try {
    record = recordOf(event, words);
  } catch {
    return ''; // Said by a fault of the evidence: an event that is sound can be read.
  }
  const number = String(event.revision);
  return `<article id="r${number}">\n<h3>${escape(words.format('record.heading', number, record.kind))}`
    + `${record.adverse ? ` <span class="tag">${escape(words.text('record.adverse'))}</span>` : ''}</h3>\n`
    + `<p class="sentence">${escape(record.sentence)}</p>\n`
    + (record.withheld.length === 0 ? '' : `<p class="withheld">${escape(words.format('record.withholds', record.withheld.join(', ')))}</p>\n`)
    + `<details>\n<summary>${escape(words.format('record.all', number))}</summary>\n<table>\n<tbody>\n${rowsOf(record.rows)}</tbody>\n</table>\n</details>\n`
    + `<p class="proof">${escape(record.proof)}</p>\n</article>\n`
    + `${tag}</script>\n`;
}
