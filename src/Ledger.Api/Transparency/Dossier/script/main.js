// Runs in each dossier: checks it, says the result, and offers the other language and the check of another dossier.
/* global __languages, __frame, __style */
import { checkDossier, makePage, parse } from './compare.js';
import { wordsOf } from './words.js';

const maxShown = 20;
const given = { languages: __languages, frame: __frame, style: __style, script: document.currentScript?.textContent ?? '' };

/** For whoever drives a browser: {sound, code, faults} of a dossier's text, or null. */
globalThis.ledgerDossier = { check: (text) => resultOf(checkDossier(parse(text), given)), result: null };

const resultOf = (checked) => checked && { sound: checked.faults.length === 0, code: checked.code, faults: checked.faults, events: checked.found.events.length };

document.addEventListener('DOMContentLoaded', () => {
  const checked = checkDossier(document, given);
  globalThis.ledgerDossier.result = resultOf(checked);
  if (checked) {
    show(checked, checked.language);
  }
});

function show(checked, language) {
  const words = wordsOf(given.languages[language]);
  const status = document.getElementById('status') ?? document.body.insertBefore(document.createElement('div'), document.body.firstChild);
  tell(status, checked, words);
  if (checked.faults.length > 0) {
    putRight(checked, words);
  }
  const tools = add(status, 'div', '');
  tools.className = 'tools';
  if (checked.faults.length === 0) {
    const other = language === 'fr' ? 'en' : 'fr';
    const button = add(tools, 'button', words.text('status.language'));
    button.type = 'button';
    button.lang = other;
    button.addEventListener('click', () => translate(checked, other));
  }
  const label = add(tools, 'label', `${words.text('status.other')} `);
  const input = add(label, 'input', '');
  input.type = 'file';
  input.accept = '.html';
  const how = add(status, 'p', words.text('status.otherHow'));
  how.className = 'tools';
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

function sentencesOf({ found, faults }, words) {
  const named = (revision) => {
    const event = found.events[revision];
    const kind = words.find(`kind.${event?.type}`) ?? words.text('kind.other');
    return revision === null ? words.text('fault.file') : words.format('fault.event', String(revision), kind);
  };
  return [...new Set(faults.slice(0, maxShown).map(({ fault, revision }) => words.format(`fault.${fault}`, named(revision))))];
}

// Beside what was altered stands what the evidence says, if the event itself is sound.
function putRight({ faults, expected }, words) {
  const broken = new Set(faults.filter(({ fault }) => fault !== 'shown').map(({ revision }) => revision));
  faults.filter(({ fault }) => fault === 'shown').forEach(({ revision }) => {
    const part = document.getElementById(`r${revision}`);
    const right = expected.getElementById(`r${revision}`);
    if (!part || !right) {
      return;
    }
    part.classList.add('replaced');
    if (!broken.has(revision)) {
      const warning = document.createElement('p');
      warning.className = 'status altered';
      add(warning, 'strong', words.text('status.proven'));
      right.prepend(warning);
      right.classList.add('replaced');
      part.replaceWith(document.adoptNode(right));
    }
  });
}

function translate(checked, language) {
  const page = makePage(checked, language, given);
  document.documentElement.lang = language;
  document.title = page.title;
  document.querySelector('header').replaceWith(document.adoptNode(page.querySelector('header')));
  document.querySelector('main').replaceWith(document.adoptNode(page.querySelector('main')));
  show(checked, language);
  document.querySelector('#status button').focus();
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
