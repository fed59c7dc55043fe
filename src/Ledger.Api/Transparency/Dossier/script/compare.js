// Checks a dossier: its evidence, and that each thing which the page shows is what this script makes of that evidence itself.
import { checkEvidence } from './evidence.js';
import { codeOf, pageOf } from './page.js';
import { wordsOf } from './words.js';

const evidence = 'text/x-ledger-evidence';

/**
 * @param {Document} page the dossier
 * @param given {languages, frame, style, script}: what pages of this version are made of; script is the text of this script
 * @returns null when it is no dossier; else {found, file, language, faults: [{fault, revision}], expected}
 */
export function checkDossier(page, given) {
  const pieces = [...page.querySelectorAll(`script[type="${evidence}"]`)];
  if (pieces.length === 0) {
    return null;
  }
  const language = page.documentElement.lang === 'en' ? 'en' : 'fr';
  const file = pieces.map((piece) => piece.textContent).join('');
  const found = checkEvidence(file);
  const faults = [...found.findings];
  if ([...page.scripts].at(-1).textContent !== given.script) {
    faults.push({ fault: 'script', revision: null });
  }
  const expected = makePage({ found, file }, language, given);
  if ([...page.querySelectorAll('*')].some((element) => element.shadowRoot)) {
    faults.push({ fault: 'frame', revision: null });
  }
  differences(page, expected).forEach((revision) => faults.push({ fault: revision === null ? 'frame' : 'shown', revision }));
  return { found, file, code: codeOf(file), language, faults, expected };
}

/** The page that the evidence makes, in either language, without the pieces of the evidence itself. */
export const makePage = ({ found, file }, language, given) => parse(pageOf(found, file, wordsOf(given.languages[language]), language, given));

export const parse = (html) => new DOMParser().parseFromString(html, 'text/html');

// Revisions whose part of the page differs; null for what surrounds them.
function differences(page, expected) {
  const main = page.querySelector('main');
  const differ = new Set();
  if (!main || page.compatMode !== expected.compatMode || !sameShell(page.documentElement, expected.documentElement)) {
    differ.add(null);
  }
  const shown = [...(main ?? page.body).childNodes];
  const right = [...expected.querySelector('main').childNodes];
  if (shown.length === right.length) {
    right.forEach((node, i) => sameChild(shown[i], node) || differ.add(revisionOf(node) ?? revisionOf(shown[i])));
    return differ;
  }
  // Something was put in or taken out: parts are held to those of the same revision, not of the same place.
  differ.add(null);
  const parts = Map.groupBy ? Map.groupBy(shown, revisionOf) : groupBy(shown, revisionOf);
  right.filter((node) => revisionOf(node) !== null).forEach((node) => {
    const [part, ...more] = parts.get(revisionOf(node)) ?? [];
    if (more.length > 0 || !sameChild(part, node)) {
      differ.add(revisionOf(node));
    }
  });
  return differ;
}

function groupBy(items, keyOf) {
  const groups = new Map();
  items.forEach((item) => groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]));
  return groups;
}

function sameChild(one, other) {
  return one !== undefined && (isEvidence(one) && isEvidence(other) ? sameTag(one, other) : one.isEqualNode(other) || isSameWhole(one, other));
}

// A long text comes out of the parser in pieces, not always the same ones.
function isSameWhole(one, other) {
  one.normalize();
  other.normalize();
  return one.isEqualNode(other);
}

// Everything but what is in main.
function sameShell(one, other) {
  const holds = (node) => node.nodeType === Node.ELEMENT_NODE && (node.localName === 'main' || node.querySelector('main') !== null);
  if (!holds(one) || !holds(other)) {
    return sameChild(one, other);
  }
  const left = [...one.childNodes];
  const right = [...other.childNodes];
  return sameTag(one, other)
    && (one.localName === 'main' || (left.length === right.length && left.every((node, i) => sameShell(node, right[i]))));
}

const isEvidence = (node) => node.nodeName === 'SCRIPT' && node.getAttribute('type') === evidence;

const sameTag = (one, other) => one.cloneNode(false).isEqualNode(other.cloneNode(false));

function revisionOf(node) {
  const [, number] = /^r(\d+)$/.exec(node?.nodeType === Node.ELEMENT_NODE ? node.id : '') ?? [];
  return number === undefined ? null : Number(number);
}
