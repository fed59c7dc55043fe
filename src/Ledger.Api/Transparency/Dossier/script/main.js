// Runs in each dossier: checks it, says the result, and offers the other language and the check of another dossier.
/* global __languages, __frame, __style */
import { checkDossier, makePage, parse } from './compare.js';
import { wordsOf } from './words.js';

const maxShown = 20;
const evidencePieces = 'script[type="text/x-ledger-evidence"]';
const given = { languages: __languages, frame: __frame, style: __style, script: document.currentScript?.textContent ?? '' };

/** For whoever drives a browser: {sound, code, faults} of a dossier's text, or null. */
globalThis.ledgerDossier = { check: (text) => resultOf(checkDossier(parse(text), given)), result: null };

const resultOf = (checked) => checked && { sound: checked.faults.length === 0, code: checked.code, faults: checked.faults, events: checked.found.events.length };

document.addEventListener('DOMContentLoaded', () => {
  const checked = checkDossier(document, given);
  globalThis.ledgerDossier.result = resultOf(checked);
  if (checked) {
    show(checked, checked.expected, checked.language);
  }
});

// What is shown from here on is what this script made. Whatever else the file brought, such as a shadow tree that lies over the text and that no
// comparison sees, goes; the pieces of the evidence stay, so that the page can be saved.
function show(checked, made, language) {
  const pieces = [...document.querySelectorAll(evidencePieces)];
  const places = [...made.querySelectorAll(evidencePieces)];
  if (pieces.length === places.length) {
    places.forEach((place, i) => place.replaceWith(document.adoptNode(pieces[i])));
  }
  document.documentElement.lang = language;
  document.title = made.title;
  document.body.replaceWith(document.adoptNode(made.body));
  const words = wordsOf(given.languages[language]);
  const status = document.getElementById('status');
  tell(status, checked, words);
  mark(checked, words);
  const tools = add(status, 'div', '');
  tools.className = 'tools';
  const other = language === 'fr' ? 'en' : 'fr';
  const button = add(tools, 'button', words.text('status.language'));
  button.type = 'button';
  button.lang = other;
  button.addEventListener('click', () => {
    show(checked, makePage(checked, other, given), other);
    document.querySelector('#status button').focus();
  });
  const label = add(tools, 'label', `${words.text('status.other')} `);
  const input = add(label, 'input', '');
  input.type = 'file';
  input.accept = '.html';
  add(status, 'p', words.text('status.otherHow')).className = 'tools';
  const answer = status.parentNode.insertBefore(document.createElement('div'), status.nextSibling);
  answer.setAttribute('role', 'status');
  input.addEventListener('change', () => checkOther(input.files[0], answer, words));
}

function tell(status, checked, words) {
  const { found, faults } = checked;
  status.textContent = '';
  status.className = faults.length === 0 ? 'status sound' : 'status altered';
  add(add(status, 'p', ''), 'strong', words.text(faults.length === 0 ? 'status.sound' : 'status.altered'));
  if (faults.length > 0) {
    add(status, 'p', words.text('status.alteredHow'));
    list(status, [...sentencesOf(checked, words), ...(faults.length > maxShown ? [words.text('status.more')] : [])]);
    return;
  }
  const withheld = found.events.filter((event) => event.withheld.length > 0).length;
  add(status, 'p', words.format('status.soundHow', words.count('count.event', found.events.length), String(found.events.length - 1), found.checkpoint.origin));
  list(status, [
    words.format('status.notCheckedKey', found.logKey.text),
    found.cosignatures.length === 0 ? words.text('status.noWitness') : words.count('status.witnesses', found.cosignatures.length),
    ...(withheld > 0 ? [words.count('status.withheld', withheld)] : []),
  ]);
}

const sentencesOf = ({ found, faults }, words) => [...new Set(faults.slice(0, maxShown).map((each) => sentenceOf(found, each, words)))];

function sentenceOf(found, { fault, revision }, words) {
  const kind = words.find(`kind.${found.events[revision]?.type}`) ?? words.text('kind.other');
  return words.format(`fault.${fault}`, revision === null ? words.text('fault.file') : words.format('fault.event', String(revision), kind));
}

// What was altered is not shown, but what the evidence says in its place; where the event itself is not sound, that is said there too.
function mark({ found, faults }, words) {
  const broken = new Map(faults.filter(({ fault, revision }) => fault !== 'shown' && revision !== null).map((each) => [each.revision, each]));
  faults.filter(({ revision }) => revision !== null).forEach(({ revision }) => {
    const part = document.getElementById(`r${revision}`);
    if (part && !part.classList.contains('replaced')) {
      part.classList.add('replaced');
      const warning = document.createElement('p');
      warning.className = 'status altered';
      add(warning, 'strong', broken.has(revision) ? sentenceOf(found, broken.get(revision), words) : words.text('status.proven'));
      part.prepend(warning);
    }
  });
}

async function checkOther(file, answer, words) {
  if (!file) {
    return;
  }
  const checked = checkDossier(parse(await file.text()), given);
  answer.textContent = '';
  answer.className = 'status';
  add(answer, 'p', words.format('status.otherIs', file.name));
  const told = add(answer, 'div', '');
  if (!checked) {
    add(told, 'p', words.text('status.otherNot'));
    return;
  }
  tell(told, checked, words);
  answer.classList.add(checked.faults.length === 0 ? 'sound' : 'altered');
  told.className = '';
  add(told, 'p', `${words.text('summary.code')}: ${checked.code}`);
}

function list(parent, sentences) {
  const ul = add(parent, 'ul', '');
  sentences.forEach((sentence) => add(ul, 'li', sentence));
}

function add(parent, name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  parent.append(element);
  return element;
}
