// Numbers, dates, spans and sentences as the ledger writes them: the same, letter for letter, as src/Ledger.Api/Decisions/DecisionInWords.cs,
// ValuesInWords.cs and Hosting/Words.cs. A test composes thousands of decisions both ways.

const levels = ['HUMAN_ONLY', 'MACHINE_INFORMS', 'MACHINE_RECOMMENDS', 'MACHINE_DECIDES_HUMAN_CAN_STOP', 'MACHINE_DECIDES'];
const withoutDecimals = new Set(['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF']);
const withThreeDecimals = new Set(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']);

/**
 * The words of one language.
 * @param language {texts, months, decimal, group, french}
 */
export function wordsOf(language) {
  const { texts, months, french } = language;
  const clocks = new Map();

  const find = (key) => (Object.hasOwn(texts, key) ? texts[key] : null);

  function text(key) {
    const found = find(key);
    if (found === null) {
      throw new Error(`There is no text '${key}'.`);
    }
    return found;
  }

  function format(key, ...values) {
    return text(key).replace(/\{(\d)(?::0\.#)?\}/g, (_, n) => {
      const value = values[Number(n)];
      return typeof value === 'number' ? number(value, 1, false) : value ?? '';
    });
  }

  const isOne = (value) => (french ? Math.abs(value) < 2 : value === 1);
  const count = (key, value) => format(isOne(value) ? `${key}.one` : `${key}.many`, value);

  // As .NET does with a custom format: fifteen digits, then half away from zero.
  function number(value, decimals, grouped) {
    const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(plainDecimal(value));
    let digits = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
    digits += (fraction[decimals] ?? '0') >= '5' ? 1n : 0n;
    const padded = digits.toString().padStart(decimals + 1, '0');
    const part = padded.slice(padded.length - decimals).replace(/0+$/, '');
    const head = padded.slice(0, padded.length - decimals);
    return sign + (grouped ? groups(head) : head) + (decimals > 0 && part ? language.decimal + part : '');
  }

  const groups = (whole) => whole.replace(/\B(?=(?:\d{3})+$)/g, language.group);

  function money(code, minorUnits) {
    const decimals = withoutDecimals.has(code) ? 0 : withThreeDecimals.has(code) ? 3 : 2;
    const digits = minorUnits.replace('-', '').padStart(decimals + 1, '0');
    const whole = groups(digits.slice(0, digits.length - decimals));
    const amount = (minorUnits.startsWith('-') ? '-' : '') + whole + (decimals ? language.decimal + digits.slice(-decimals) : '');
    return code === 'CAD' ? format('value.dollars', amount) : `${amount}\u00a0${code}`;
  }

  function quantity({ number: value, unit }) {
    const written = number(Number(value), 6, true);
    return unit === '1' ? written : unit === '%' ? format('value.percent', written) : `${written}\u00a0${unitOf(unit, Number(value))}`;
  }

  function unitOf(unit, value) {
    const [first, ...rest] = unit.split('/');
    const counted = /^\{([^]*)\}$/.exec(first);
    const words = counted ? find(`unit.${counted[1]}.${isOne(value) ? 'one' : 'many'}`) ?? counted[1] : find(`unit.${first}`) ?? first;
    return [words, ...rest].join('/');
  }

  function value(of, zone) {
    return of.quantity ? quantity(of.quantity)
      : of.money ? money(of.money.currencyCode, of.money.minorUnits)
      : of.text !== undefined ? of.text
      : of.instant ? clock(of.instant, zone)
      : of.flag !== undefined ? text(of.flag ? 'value.yes' : 'value.no')
      : text('value.none');
  }

  const code = (of) => find(`outcome.${of}`) ?? of.replace(/_/g, ' ');

  function day(local) {
    const formatted = text('format.day').replace(/yyyy|MMMM|d/g, (part) => ({ yyyy: String(local.year).padStart(4, '0'), MMMM: months[local.month - 1], d: String(local.day) })[part]);
    return french && local.day === 1 ? `1er${formatted.slice(1)}` : formatted;
  }

  function clock(instant, zone) {
    const local = at(instant, zone);
    const written = text(local.minute === 0 ? 'format.clockOnTheHour' : 'format.clock')
      .replace(/'([^']*)'|H|mm/g, (part, quoted) => quoted ?? ({ H: String(local.hour), mm: String(local.minute).padStart(2, '0') })[part]);
    return format('format.dayAndClock', day(local), written);
  }

  function at(instant, zone) {
    const form = clocks.get(zone) ?? zoneForm(isZone(zone) ? zone : 'UTC');
    clocks.set(zone, form);
    const parts = Object.fromEntries(form.formatToParts(new Date(Number(ticksOf(instant) / 10000n))).map((part) => [part.type, Number(part.value)]));
    return parts;
  }

  const written = new Map();

  function zoned(instant, zone) {
    const key = `${instant} ${zone}`;
    if (!written.has(key)) {
      written.set(key, format('format.zoned', clock(instant, zone), isZone(zone) ? zone : 'UTC'));
    }
    return written.get(key);
  }

  function span(ticks) {
    const seconds = Number(ticks) / 1e7;
    const whole = (size) => Number(ticks / (size * 10000000n));
    const two = (larger, first, smaller, second) => (second === 0 ? count(`duration.${larger}`, first)
      : format('duration.and', count(`duration.${larger}`, first), count(`duration.${smaller}`, second)));
    return seconds < 60 ? count('duration.seconds', seconds)
      : seconds < 3600 ? two('minutes', whole(60n), 'seconds', whole(1n) % 60)
      : seconds < 172800 ? two('hours', whole(3600n), 'minutes', whole(60n) % 60)
      : two('days', whole(86400n), 'hours', whole(3600n) % 24);
  }

  function change(outcome, zone) {
    const { before, after, amount } = outcome;
    const changed = before && after ? format('decision.fromTo', value(before, zone), value(after, zone))
      : after ? value(after, zone) : before ? format('decision.before', value(before, zone)) : null;
    return [changed, amount ? value(amount, zone) : null].filter((part) => part !== null).join(text('decision.separator'));
  }

  function act(decision, outcome, zone) {
    const said = outcome?.code ? outcome.code : decision.act.kind;
    const words = find(`act.${said}`) ?? format('sentence.act', code(said));
    const changed = outcome ? change(outcome, zone) : '';
    return changed ? format('sentence.change', words, changed) : words;
  }

  function whatHappened(decision, zone) {
    const { system, automation, category, times } = decision.act;
    const when = clock(times.decidedAt, zone);
    const which = text(`system.${category.toUpperCase()}`);
    const role = automation.finalDecisionMakerRole ?? '';
    const { outcome, recommendation } = decision.personal;
    const bySystem = (verb, what) => format('sentence.system', when, which, system.systemId, format(verb, what));
    switch (levels[automation.level]) {
      case 'HUMAN_ONLY': return format(role ? 'sentence.humanRole' : 'sentence.human', when, act(decision, outcome, zone), role);
      case 'MACHINE_INFORMS': return format(role ? 'sentence.informedRole' : 'sentence.informed', when, act(decision, outcome, zone), which, system.systemId, role);
      case 'MACHINE_RECOMMENDS': return bySystem('sentence.proposed', act(decision, recommendation ?? outcome, zone));
      case 'MACHINE_DECIDES_HUMAN_CAN_STOP':
        return bySystem('sentence.decided', act(decision, automation.review?.changed && recommendation ? recommendation : outcome, zone));
      case 'MACHINE_DECIDES': return bySystem('sentence.decidedAlone', act(decision, outcome, zone));
      default: return bySystem('sentence.tookPart', act(decision, outcome, zone));
    }
  }

  function whatAHumanDid(decision, zone) {
    const { automation } = decision.act;
    const role = automation.finalDecisionMakerRole ?? '';
    const who = role ? format('sentence.whoRole', role) : text('sentence.who');
    const { review } = automation;
    if (!review) {
      return format(levels[automation.level] === 'MACHINE_RECOMMENDS' ? 'sentence.decidedByHuman' : 'sentence.couldStop', who);
    }
    const took = review.openedAt ? span(ticksOf(review.decidedAt) - ticksOf(review.openedAt)) : null;
    const key = (review.changed ? 'sentence.changed' : 'sentence.confirmed') + (took === null ? '' : 'After');
    return review.changed ? format(key, who, act(decision, decision.personal.outcome, zone), took) : format(key, who, took);
  }

  /** What happened; the decision as stored, with what is shown of its personal part. */
  function sentence(decision) {
    const zone = decision.act.times.timeZone;
    const level = levels[decision.act.automation.level];
    const human = level === 'MACHINE_RECOMMENDS' || level === 'MACHINE_DECIDES_HUMAN_CAN_STOP';
    return [whatHappened(decision, zone), human ? whatAHumanDid(decision, zone) : null, decision.act.adverse ? text('sentence.adverse.other') : null]
      .filter((part) => part !== null).join(' ');
  }

  return { find, text, format, count, clock, zoned, code, quantity, money, sentence, levels, decimal: language.decimal };
}

const zoneForm = (timeZone) => new Intl.DateTimeFormat('en', {
  calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', timeZone,
});

const zones = new Map();

// An unknown zone reads as UTC.
function isZone(zone) {
  if (!zones.has(zone)) {
    try {
      zoneForm(zone);
      zones.set(zone, true);
    } catch {
      zones.set(zone, false);
    }
  }
  return zones.get(zone);
}

const instantForm = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)$/;

/** Whether it is an instant that there is. */
export function isInstant(text) {
  if (text[10] !== 'T' || text[4] !== '-') {
    return false;
  }
  const [, whole, , offset] = instantForm.exec(text) ?? [];
  const time = whole === undefined ? NaN : Date.parse(`${whole}Z`);
  const [hours, minutes] = offset === undefined || offset === 'Z' ? [0, 0] : offset.slice(1).split(':').map(Number);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(whole) && minutes < 60 && hours * 60 + minutes <= 14 * 60;
}

/** Tenths of microseconds since 1970. */
export function ticksOf(text) {
  const [, whole, fraction = '', offset] = instantForm.exec(text);
  return BigInt(Date.parse(whole + offset)) * 10000n + BigInt(fraction.padEnd(7, '0'));
}

// Fifteen significant digits, without an exponent; from just between two, to the even one, as .NET does.
function plainDecimal(value) {
  const exact = value.toExponential(99);
  const even = exact.replace(/^(-?\d\.\d{13}[02468])50*e/, '$1e');
  const [, sign, digit, more = '', exponent] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(even === exact ? value.toExponential(14) : even);
  const digits = digit + more;
  const point = 1 + Number(exponent);
  const minus = sign || (Object.is(value, -0) ? '-' : '');
  return point <= 0 ? `${minus}0.${'0'.repeat(-point)}${digits}`
    : point >= digits.length ? minus + digits + '0'.repeat(point - digits.length)
    : `${minus}${digits.slice(0, point)}.${digits.slice(point)}`;
}
