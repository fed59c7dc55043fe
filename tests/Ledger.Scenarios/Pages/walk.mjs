// Walks every page in a real browser. Says what it found as JSON: for each check, what was wrong with which page.
// Arguments: the demo's JSON line, as a file; a folder for the pictures; the browser.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [demoFile, pictures, browserPath] = process.argv.slice(2);
const demo = JSON.parse(fs.readFileSync(demoFile, 'utf8'));
const base = new URL(demo.links.worker).origin;
const checks = {};
const wrong = (check, what) => (checks[check] ??= []).push(what);
const begun = name => (checks[name] ??= []);
fs.mkdirSync(pictures, { recursive: true });
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });

// Each of these texts must come out as the text that it is.
const nasty = tag => `<script>document.title='${tag}'</script><img src=x onerror="document.title='${tag}'">"'&lt;=1+1 ${tag}`;
const planted = {
  decisionId: '0badc0de-0000-4000-8000-000000000001',
  subject: { employeeNumber: demo.employeeNumber, bargainingUnit: nasty('unit').slice(0, 190), workSite: nasty('site').slice(0, 190), jobClass: nasty('class').slice(0, 190) },
  category: 'EVALUATION', kind: 'planted', adverse: true,
  system: { systemId: 'planted', version: nasty('version').slice(0, 99), purpose: nasty('purpose'), runId: nasty('run').slice(0, 190), modelKind: 'RULES' },
  automation: { level: 'MACHINE_RECOMMENDS', finalDecisionMakerRole: nasty('role').slice(0, 190), review: { decidedAt: '2025-09-01T12:00:00Z', openedAt: '2025-09-01T11:59:56Z', changed: true } },
  times: { decidedAt: '2025-09-01T12:00:00Z', timeZone: 'America/Toronto' },
  notice: { givenAt: '2025-09-01T12:00:00Z', channel: 'EMAIL', language: 'fr-CA' },
  ground: { legalBasis: nasty('law'), agreementClause: nasty('clause').slice(0, 190) },
  personal: {
    outcome: { code: 'planted', before: { text: nasty('before') }, after: { text: nasty('after') } },
    recommendation: { code: 'planted', before: { text: nasty('rbefore') }, after: { text: nasty('rafter') } },
    score: { number: 41.5, unit: '{point}' },
    factors: [{ name: nasty('factor').slice(0, 190), value: { text: nasty('value') }, weight: 0.5, direction: 'TOWARDS' }],
    parameters: [{ name: nasty('parameter').slice(0, 190), value: { text: nasty('pvalue') } }],
    reasons: [{ language: 'fr-CA', text: nasty('reason') }],
    dataUsed: [{ category: 'PRODUCTIVITY', source: nasty('source').slice(0, 190), purpose: nasty('dpurpose') }],
    reviewReason: nasty('review'),
  },
};
// Of last month, so that a newcomer finds something there.
const lastMonth = new Date();
lastMonth.setUTCDate(15);
lastMonth.setUTCMonth(lastMonth.getUTCMonth() - 1);
const recent = {
  decisionId: '0badc0de-0000-4000-8000-000000000002', subject: { employeeNumber: demo.employeeNumber }, category: 'EVALUATION', kind: 'quarterly_score', adverse: true,
  system: { systemId: 'planted', version: '1', purpose: 'Note du trimestre' }, automation: { level: 'MACHINE_RECOMMENDS', finalDecisionMakerRole: 'chef d’équipe' },
  times: { decidedAt: lastMonth.toISOString(), timeZone: 'America/Toronto' },
  personal: { outcome: { code: 'quarterly_score', after: { text: '41,5' } }, score: { number: 41.5, unit: '{point}' }, factors: [{ name: 'calls_per_hour', value: { quantity: { number: 9, unit: '1' } }, weight: 0.7, direction: 'AGAINST' }], reasons: [{ language: 'fr-CA', text: 'Neuf appels à l’heure.' }] },
};
for (const decision of [planted, recent]) {
  const recorded = await fetch(`${base}/v1/organisations/${demo.organisation}/decisions:record`, {
    method: 'POST', headers: { authorization: `Bearer ${demo.tokens.producer}`, 'content-type': 'application/json' }, body: JSON.stringify(decision),
  });
  if (!recorded.ok) wrong('injection', `could not be planted: ${recorded.status} ${await recorded.text()}`);
}
// One that is refused, for those who look what was; seen below once it is recorded.
const refusedAtIntake = await fetch(`${base}/v1/organisations/${demo.organisation}/decisions:record`, {
  method: 'POST', headers: { authorization: `Bearer ${demo.tokens.producer}`, 'content-type': 'application/json' },
  body: JSON.stringify({ ...planted, decisionId: '0badc0de-0000-4000-8000-000000000003', system: { ...planted.system, systemId: 'humeur-plus' },
    personal: { ...planted.personal, dataUsed: [{ category: 'EMOTIONAL_STATE', source: 'VISAGE-7731' }] } }),
});

async function signedIn(who, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'fr-CA', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  if (who) await page.goto(demo.links[who]);
  return { context, page };
}

const ids = { decision: planted.decisionId, worker: demo.worker, organisation: demo.organisation };
// Sends the page's form as it is, to see what is said about that.
const send = page => Promise.all([page.waitForNavigation(), page.click('main form[method=post] button[type=submit]')]);
const pagesOf = {
  nobody: [['/fr', '/en'], ['/fr/connexion', '/en/sign-in'], ['/fr/deconnecte', '/en/signed-out'], ['/fr/registre/{organisation}', '/en/ledger/{organisation}'], ['/fr/rien', '/en/nothing'],
    ['/fr/aide', '/en/help'], ['/fr/aide/personne-employee', '/en/help/worker'], ['/fr/aide/representant', '/en/help/representative'], ['/fr/aide/rh', '/en/help/hr'],
    ['/fr/aide/verificateur', '/en/help/auditor'], ['/fr/formulaires', '/en/forms'], ['/fr/formulaires/mes-decisions', '/en/forms/my-decisions'],
    ['/fr/formulaires/donner-un-mandat', '/en/forms/give-a-mandate'], ['/fr/formulaires/reprendre-un-mandat', '/en/forms/take-back-a-mandate'],
    ['/fr/formulaires/qui-a-consulte', '/en/forms/who-looked'], ['/fr/formulaires/mon-dossier', '/en/forms/my-file']],
  worker: [['/fr/mes-decisions', '/en/my-decisions'], ['/fr/mes-decisions?du=nul&au=2025-01-01', '/en/my-decisions?du=nul&au=2025-01-01'],
    ['/fr/mes-decisions/{decision}', '/en/my-decisions/{decision}'], ['/fr/mes-decisions/{decision}/preuve', '/en/my-decisions/{decision}/proof'],
    ['/fr/qui-a-regarde', '/en/who-looked'], ['/fr/ce-qui-est-garde-sur-moi', '/en/held-about-me'], ['/fr/mon-dossier', '/en/my-file'], ['/fr/mon-representant', '/en/my-representative'], ['/fr/rester', '/en/stay'],
    ['/fr/mon-representant/{mandate}/donne', '/en/my-representative/{mandate}/given'], ['/fr/mon-representant/{mandate}/reprendre', '/en/my-representative/{mandate}/take-back'],
    ['/fr/mon-representant/{mandate}/repris', '/en/my-representative/{mandate}/taken-back'], ['/fr/mon-representant', '/en/my-representative', send]],
  representative: [['/fr/decisions-refusees', '/en/refused-decisions'], ['/fr/syndicat', '/en/union'], ['/fr/syndicat/membre?code=x', '/en/union/member?code=x'], ['/fr/mes-unites', '/en/my-units'],
    ['/fr/bureau', '/en/desk'], ['/fr/bureau/donner-un-mandat', '/en/desk/give-a-mandate', send], ['/fr/bureau/reprendre-un-mandat', '/en/desk/take-back-a-mandate', send]],
  hr: [['/fr/rh', '/en/hr'], ['/fr/systemes', '/en/systems'], ['/fr/decisions-refusees', '/en/refused-decisions'], ['/fr/decisions-refusees?mois=202001', '/en/refused-decisions?mois=202001'], ['/fr/rh', '/en/hr', send], ['/fr/personnes/{worker}/decisions', '/en/people/{worker}/decisions'],
    ['/fr/personnes/{worker}/decisions/{decision}', '/en/people/{worker}/decisions/{decision}'],
    ['/fr/personnes/{worker}/decisions/{decision}/preuve', '/en/people/{worker}/decisions/{decision}/proof'], ['/fr/personnes/{worker}/ce-qui-est-garde', '/en/people/{worker}/held'],
    ['/fr/bureau', '/en/desk'], ['/fr/bureau/donner-un-mandat', '/en/desk/give-a-mandate'], ['/fr/bureau/donner-un-mandat', '/en/desk/give-a-mandate', send],
    ['/fr/bureau/reprendre-un-mandat', '/en/desk/take-back-a-mandate'], ['/fr/bureau/saisi', '/en/desk/entered']],
};
const fill = path => path.replace(/\{(\w+)\}/g, (_, name) => ids[name]);

// Without scripts: what people come for.
async function tasks() {
  begun('tasks');
  const { context, page } = await signedIn('worker', { javaScriptEnabled: false, viewport: { width: 360, height: 800 } });
  const expect = (what, holds) => { if (!holds) wrong('tasks', `${what} (${page.url()})`); };
  expect('the link leads to the first page, without the token', page.url() === `${base}/fr/mes-decisions`);
  await page.locator('summary').click();
  await page.selectOption('#effet', 'defavorable');
  await page.fill('#du', '2025-10-01');
  await page.fill('#au', '2025-10-31');
  await page.click('.ledger-filter button');
  expect('adverse decisions of a month', await page.locator('.ledger-decisions > li').count() === 3);
  await page.click('a[hreflang=en]');
  expect('the same question in English', page.url().includes('/en/my-decisions?') && await page.locator('.ledger-decisions > li').count() === 3);
  await page.locator('.ledger-decisions a').first().click();
  expect('why this decision', (await page.textContent('main')).includes('What weighed in the decision'));
  await page.getByText('See the proof').click();
  expect('the proof', (await page.textContent('pre')).startsWith('c2sp.org/tlog-proof@v1'));

  const union = await signedIn('representative', { javaScriptEnabled: false });
  const code = (await union.page.textContent('main .ledger-code')).trim();
  await page.goto(`${base}/en/my-representative`);
  await page.fill('#code', 'x');
  await page.fill('#but', 'My grievance');
  await page.click('main form button');
  const errors = await page.locator('.govuk-error-summary li').allTextContents();
  expect('what is wrong is said twice in the same words', errors.length === 2 && (await page.textContent('#code-error')).endsWith(errors[0]));
  expect('the title says so first', (await page.title()).startsWith('Error: '));
  expect('nothing typed is lost', await page.inputValue('#but') === 'My grievance');
  await page.fill('#code', code);
  await page.check('#duree-3');
  await page.click('main form button');
  expect('a reference number', /M-[0-9A-F]{4}-[0-9A-F]{4}/.test(await page.textContent('.govuk-panel')));
  ids.mandate = page.url().split('/').at(-2);
  await union.page.fill('#code', ids.worker);
  await union.page.click('main form button');
  expect('the representative sees the trail', (await union.page.textContent('h1')) === 'Décisions au sujet de cette personne');
  await union.page.goto(`${base}/fr/mes-unites?unite=${encodeURIComponent('SCB section 311')}&annee=2025`);
  const counts = await union.page.textContent('main');
  expect('the representative sees counts, and what is suppressed', counts.includes('supprimé (n < 5)') && counts.includes('Horaires') && await union.page.locator('svg[role=img]').count() === 1);
  await union.page.goto(`${base}/fr/syndicat`);
  const hr = await signedIn('hr', { javaScriptEnabled: false });
  await hr.page.goto(`${base}/fr/personnes/${ids.worker}/decisions`);
  expect('HR says what for first', hr.page.url() === `${base}/fr/rh`);
  await hr.page.fill('#numero', demo.employeeNumber);
  await hr.page.fill('#but', 'Demande d’accès');
  await hr.page.click('main form button');
  expect('HR sees the trail', (await hr.page.textContent('main')).includes('But\u00a0: Demande d’accès'));
  expect('prohibited data is refused', refusedAtIntake.status === 400);
  await hr.page.goto(`${base}/fr/rh`);
  await hr.page.click('main a[href$="/decisions-refusees"]');
  for (let tries = 0; tries < 60 && !(await hr.page.textContent('main')).includes('humeur-plus'); tries++) {
    await new Promise(resolve => setTimeout(resolve, 500));
    await hr.page.reload();
  }
  const refusedRow = await hr.page.locator('tr', { hasText: 'humeur-plus' }).textContent();
  expect('HR sees what was refused and why', refusedRow.includes('Données interdites\u00a0: état émotionnel déduit') && refusedRow.includes('données utilisées') && refusedRow.includes('decision.personal.data_used.category'));
  expect('and nothing that it said', !(await hr.page.content()).includes('7731'));
  await hr.page.click('a[hreflang=en]');
  const refusedInEnglish = await hr.page.locator('tr', { hasText: 'humeur-plus' }).textContent();
  expect('the same in English', refusedInEnglish.includes('Prohibited data: inferred emotional state') && refusedInEnglish.includes('data used'));
  await union.page.click('main a[href$="/decisions-refusees"]');
  expect('the representative sees it too', (await union.page.textContent('main')).includes('humeur-plus'));
  await union.page.goto(`${base}/fr/syndicat`);
  await page.goto(`${base}/fr/qui-a-regarde`);
  const looks = await page.textContent('main');
  expect('the worker sees who looked, and what for', looks.includes('Demande d’accès') && looks.includes('Représentant syndical'));
  await page.goto(`${base}/fr/mon-representant/${ids.mandate}/reprendre`);
  await page.click('main form button');
  expect('taken back', (await page.textContent('h1')) === 'Mandat repris');
  expect('the representative is refused', (await union.page.goto(`${base}/fr/personnes/${ids.worker}/decisions`)).status() === 403);

  // On paper: a form is printed, HR enters it, and the worker sees that it did.
  await hr.page.goto(`${base}/fr/formulaires/donner-un-mandat`);
  const form = (await hr.page.textContent('.ledger-paper__code strong')).trim();
  await hr.page.goto(`${base}/fr/rh`);
  await hr.page.click('main a[href="/fr/bureau"]');
  await hr.page.click('main a[href="/fr/bureau/donner-un-mandat"]');
  const enter = async (who, number, again, to) => {
    await who.fill('#formulaire', form.toLowerCase());
    await who.fill('#numero', number);
    await who.fill('#encore', again);
    await who.fill('#code', to);
    await who.fill('#jusqu', new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
    await who.click('main form button');
  };
  await enter(hr.page, demo.employeeNumber, 'autre', code);
  const slips = await hr.page.locator('.govuk-error-summary li').allTextContents();
  expect('a slip in the number is said twice in the same words', slips.length === 1 && (await hr.page.textContent('#encore-error')).endsWith(slips[0]) && await hr.page.inputValue('#code') === code);
  await enter(hr.page, demo.employeeNumber, demo.employeeNumber, code);
  const entered = await hr.page.textContent('main');
  expect('HR entered the form', (await hr.page.textContent('h1')) === 'Mandat saisi' && entered.includes(form) && entered.includes(ids.worker));
  expect('the representative sees the person at once', (await union.page.goto(`${base}/fr/personnes/${ids.worker}/decisions`)).status() === 200);
  const [dossier] = await Promise.all([union.page.waitForEvent('download'), union.page.locator('summary').first().click().then(() => union.page.click('main a[href$="/dossier"]'))]);
  expect('and takes a copy along', fs.readFileSync(await dossier.path(), 'utf8').includes(form));
  await hr.page.goto(`${base}/fr/bureau/donner-un-mandat`);
  await enter(hr.page, demo.employeeNumber, demo.employeeNumber, code);
  expect('a form gives one mandate', (await hr.page.textContent('#formulaire-error')).includes('déjà été saisi'));
  await union.page.goto(`${base}/fr/syndicat`);
  await union.page.click('main a[href="/fr/bureau"]');
  await union.page.click('main a[href="/fr/bureau/donner-un-mandat"]');
  await enter(union.page, demo.employeeNumber, demo.employeeNumber, code);
  expect('nobody enters a mandate for themselves', (await union.page.textContent('#code-error')).includes('Quelqu’un d’autre'));
  await page.goto(`${base}/fr/mon-representant`);
  expect('the worker sees that a desk entered it', (await page.textContent('main table')).includes(`Saisi pour vous par les ressources humaines, formulaire ${form}`));
  await page.locator('main table a').first().click();
  await page.click('main form button');
  expect('and takes it back', (await page.textContent('h1')) === 'Mandat repris' && (await union.page.goto(`${base}/fr/personnes/${ids.worker}/decisions`)).status() === 403);
  await union.page.goto(`${base}/fr/bureau/reprendre-un-mandat`);
  for (const [field, typed] of [['formulaire', 'F-0000-0001'], ['numero', 'PERSONNE-1'], ['encore', 'PERSONNE-1'], ['mandat', 'm-1a2b-3c4d']]) await union.page.fill(`#${field}`, typed);
  await union.page.click('main form button');
  expect('the union is not told whether there was one', (await union.page.textContent('main')).includes('ne vous dit pas s’il y en avait un'));

  // Staying costs nothing that is typed: it opens beside.
  await page.goto(`${base}/fr/mon-representant`);
  await page.fill('#but', 'À moitié');
  const [beside] = await Promise.all([context.waitForEvent('page'), page.click('.ledger-signed-in form[target] button')]);
  await beside.waitForLoadState();
  expect('the session is longer', (await beside.textContent('h1')) === 'Vous restez en session' && await page.inputValue('#but') === 'À moitié');
  await beside.close();

  // The session ends while something is typed.
  await page.goto(`${base}/fr/mon-representant`);
  await page.fill('#but', 'Gardez ceci');
  await context.clearCookies({ name: 'ledger-session' });
  await page.click('main form button');
  expect('asked to sign in', page.url().startsWith(`${base}/fr/connexion?retour=`));
  await page.goto(`${demo.links.worker}&retour=${encodeURIComponent('/fr/mon-representant')}`);
  expect('what was typed is back', await page.inputValue('#but') === 'Gardez ceci');
  const before = await context.cookies();
  await page.click('.ledger-signed-in form:last-child button');
  expect('signed out', (await page.textContent('h1')) === 'Vous êtes déconnecté' && (await page.goto(`${base}/fr/mes-decisions`)).url().includes('/connexion'));
  await context.addCookies(before);
  expect('a copy of the cookie opens nothing', (await page.goto(`${base}/fr/mes-decisions`)).url().includes('/connexion'));
  await Promise.all([context.close(), union.context.close(), hr.context.close()]);
}

// What a newcomer is asked to do, on a phone, without scripts, from the first page. A step is a press of a link, a button or what unfolds; what is typed is none.
async function newcomer() {
  begun('newcomer');
  const { context, page } = await signedIn('worker', { javaScriptEnabled: false, viewport: { width: 360, height: 800 } });
  const union = await signedIn('representative', { javaScriptEnabled: false });
  const code = (await union.page.textContent('main .ledger-code')).trim();
  // The log is written beside the decision: once it is there, for good.
  for (let tries = 0; tries < 100 && await page.getByRole('link', { name: 'Voir la preuve' }).count() === 0; tries++) await page.goto(`${base}/fr/mes-decisions/${recent.decisionId}`);
  let steps = 0;
  const press = async where => { steps++; await page.locator(where).first().click(); };
  const link = async words => { steps++; await page.getByRole('link', { name: words }).first().click(); };
  const task = async (what, done, says) => {
    await page.goto(`${base}/fr/mes-decisions`);
    steps = 0;
    await done();
    const text = await page.textContent('main');
    if (steps > 3) wrong('newcomer', `${what}: ${steps} steps`);
    if (!says.every(words => text.includes(words))) wrong('newcomer', `${what}: not found at ${page.url()}`);
    checks.figures.push(`${what}: ${steps} steps`);
  };
  const month = lastMonth.toISOString().slice(0, 7), days = new Date(Date.UTC(lastMonth.getUTCFullYear(), lastMonth.getUTCMonth() + 1, 0)).getUTCDate();
  await task('last month’s adverse decisions', async () => {
    await press('.ledger-filter summary');
    await page.fill('#du', `${month}-01`);
    await page.fill('#au', `${month}-${days}`);
    await page.selectOption('#effet', 'defavorable');
    await press('.ledger-filter button');
    if (await page.locator('.ledger-decisions > li').count() !== 1) wrong('newcomer', 'not the one adverse decision of last month');
  }, []);
  await task('who looked', () => link('Qui a consulté'), ['Qui a consulté']);
  await task('why this score', () => press('.ledger-decisions a'), ['41,5', 'Neuf appels à l’heure.', 'Ce qui a pesé']);
  await task('a mandate', async () => {
    await link('Mon représentant');
    await page.fill('#code', code);
    await page.check('#duree-3');
    await press('main form button');
  }, ['M-']);
  ids.mandate = page.url().split('/').at(-2);
  await task('the proof', async () => {
    await press('.ledger-decisions a');
    await link('Voir la preuve');
  }, ['c2sp.org/tlog-proof@v1']);
  await page.goto(`${base}/fr/mon-representant/${ids.mandate}/reprendre`);
  await page.click('main form button');
  await Promise.all([context.close(), union.context.close()]);
}

// A picture of the whole page, the quick way.
async function picture(page, cdp, name) {
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: document.documentElement.scrollHeight }));
  const { data } = await cdp.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, optimizeForSpeed: true, clip: { x: 0, y: 0, width, height, scale: 1 } });
  fs.writeFileSync(`${pictures}/${name}.png`, Buffer.from(data, 'base64'));
}

// What a look at each page shows: in both languages, two widths, by day and by night.
async function looks() {
  for (const check of ['axe', 'reflow', 'focus', 'injection', 'weight', 'headers']) begun(check);
  for (const old of fs.readdirSync(pictures)) fs.rmSync(path.join(pictures, old));
  await Promise.all(Object.keys(pagesOf).map(looksOf));
}

async function looksOf(who) {
  const { context, page } = await signedIn(who === 'nobody' ? null : who, { bypassCSP: true });
  const cdp = await context.newCDPSession(page);
  if (who === 'hr') {
    await page.goto(`${base}/fr/rh`);
    await page.fill('#numero', demo.employeeNumber);
    await page.fill('#but', nasty('looked'));
    await send(page);
    await page.goto(`${base}/fr/bureau/donner-un-mandat`);
    for (const [field, typed] of [['formulaire', 'F-0000-0002'], ['numero', demo.employeeNumber], ['encore', demo.employeeNumber], ['code', 'e'.repeat(32)], ['jusqu', new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10)]]) await page.fill(`#${field}`, typed);
    await send(page);
    if (!page.url().endsWith('/fr/bureau/saisi')) wrong('tasks', `no confirmation at the desk (${page.url()})`);
  }
  for (const [french, english, act] of pagesOf[who]) {
    for (const address of [french, english]) await look(page, cdp, who, address, act);
  }
  if (who === 'worker') {
    await page.goto(`${base}/fr/mes-decisions/${planted.decisionId}`);
    const text = await page.textContent('body');
    for (const tag of ['site', 'version', 'purpose', 'role', 'before', 'after', 'rafter', 'factor', 'value', 'reason', 'source', 'review']) {
      if (!text.includes(nasty(tag).slice(0, 60))) wrong('injection', `${tag} is not shown as it was written`);
    }
  }
  await context.close();
}

async function look(page, cdp, who, address, act) {
  const answer = await page.goto(base + fill(address));
  const name = `${who}-${address.split('?')[0].slice(1).replace(/[{}]/g, '').replaceAll('/', '-')}${act || address.includes('?') ? '-wrong' : ''}`;
  const sizes = await answer.request().sizes();
  if (sizes.responseBodySize > 20 * 1024) wrong('weight', `${address}: ${sizes.responseBodySize} bytes`);
  const headers = answer.headers();
  if (!headers['cache-control'].includes('no-store') || !headers.vary.includes('Cookie')) wrong('headers', `${address}: may be kept by a cache`);
  if (!/default-src 'none'.*frame-ancestors 'none'/.test(headers['content-security-policy']) || /unsafe/.test(headers['content-security-policy'])) wrong('headers', `${address}: ${headers['content-security-policy']}`);
  if (headers['content-language'] !== `${address.slice(1, 3)}-CA` || await page.getAttribute('html', 'lang') !== address.slice(1, 3)) wrong('headers', `${address}: not in its language`);
  if (act) {
    await act(page);
    if (await page.locator('.govuk-error-summary').count() !== 1) wrong('tasks', `${address}: what is wrong is not said`);
  }
  await page.evaluate(axe);
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme });
      const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] }));
      for (const v of violations) wrong('axe', `${name} ${width} ${theme}: ${v.id}: ${v.nodes.slice(0, 2).map(n => `${n.target} ${n.failureSummary}`).join(' | ')}`);
      await picture(page, cdp, `${name}-${width}-${theme}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  // 1280 px at 400 % is 320 px wide (WCAG 2.2, 1.4.10); text alone at 200 % (1.4.4).
  const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  await page.setViewportSize({ width: 320, height: 640 });
  if (await tooWide()) wrong('reflow', `${address} at 320 px`);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
  if (await tooWide()) wrong('reflow', `${address} with text at 200 %`);
  await page.evaluate(() => { document.documentElement.style.fontSize = ''; });
  if (address.startsWith('/fr')) await focus(page, address);
  if (await page.evaluate(() => document.scripts.length > 0 || document.images.length > 0 || !document.title.includes(' – '))) wrong('injection', `${address}: what was planted became part of the page`);
}

async function focus(page, path) {
  await page.evaluate(() => { document.activeElement?.blur(); window.scrollTo(0, 0); });
  let last = -1;
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      const style = getComputedStyle(e), box = e.getBoundingClientRect();
      return { first: e.classList.contains('govuk-skip-link'), place: [...document.querySelectorAll('*')].indexOf(e), what: e.outerHTML.slice(0, 80),
        seen: (style.outlineStyle !== 'none' || style.boxShadow !== 'none' || getComputedStyle(e.nextElementSibling ?? e, '::before').boxShadow !== 'none') && box.width > 0 && box.bottom > 0 };
    });
    // After the last place the first comes again.
    if (!at || (at.first && last >= 0)) break;
    // A date has places of its own inside.
    if (at.place < last) wrong('focus', `${path}: out of order at ${at.what}`);
    if (!at.seen) wrong('focus', `${path}: not seen at ${at.what}`);
    last = at.place;
  }
}

// Every page by every reader in both languages, held against docs/access.md, which is made from the table that the code obeys; forms of another site.
async function refusals() {
  begun('roles');
  begun('forms');
  const table = fs.readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../docs/access.md'), 'utf8').split('\n')
    .reduce((rows, line) => {
      const [, fr, en] = /^\| `(\/fr[^`]*)`<br>`(\/en[^`]*)` \|/.exec(line) ?? [], cells = line.split('|').map(cell => cell.trim());
      if (fr) rows.push({ fr, en, roles: [cells[2]] });
      // A row without a name goes on with the page, or the call, above.
      else if (cells[1] !== '') rows.push(null);
      else if (cells.length > 3) rows.at(-1)?.roles.push(cells[2]);
      return rows;
    }, []).filter(row => row);
  if (table.length < 17) wrong('roles', `only ${table.length} pages in docs/access.md`);
  const roleOf = { worker: 'worker', otherWorker: 'worker', representative: 'representative', hr: 'hr', auditor: 'auditor', nobody: null };
  const asked = [];
  await Promise.all(Object.keys(roleOf).map(async who => {
    const context = await browser.newContext();
    if (who !== 'nobody') await context.request.get(`${base}/fr/connexion/lien?jeton=${demo.tokens[who]}`);
    for (const row of table) {
      const granted = roleOf[who] !== null && row.roles.includes(roleOf[who]);
      // Granted, but about a person: another's decision or mandate, or a mandate that was taken back, is not there; HR says what for first.
      const reaches = granted && !(who === 'otherWorker' && /\{(decision|mandate)/.test(row.fr)) && !(who === 'representative' && /\{worker/.test(row.fr));
      for (const address of [row.fr, row.en]) {
        const answer = await context.request.get(base + fill(address), { maxRedirects: 0 });
        const status = answer.status(), to = answer.headers().location ?? '';
        asked.push(address);
        const right = who === 'nobody' ? status === 303 && /^\/(fr\/connexion|en\/sign-in)\?/.test(to)
          : reaches ? [200, 400].includes(status) || (status === 303 && !/connexion|sign-in/.test(to)) : [403, 404].includes(status);
        if (!right) wrong('roles', `${address} by ${who}: ${status} ${to}`);
        if (status >= 403 && !(await answer.text()).includes(address.startsWith('/fr') ? 'Cette page n’existe pas ou n’est pas pour vous' : 'This page is not there, or not for you')) wrong('roles', `${address} by ${who}: other words`);
      }
    }
    for (const address of ['/fr/bureau/donner-un-mandat', '/fr/bureau/reprendre-un-mandat', '/fr/mon-representant/donner', '/fr/rh/chercher', '/fr/rester', '/fr/deconnexion']) {
      const answer = await context.request.post(base + address, { form: { numero: demo.employeeNumber, but: 'x', code: 'a'.repeat(32), duree: '1' }, headers: { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }, maxRedirects: 0 });
      if (who !== 'nobody' && answer.status() !== 400) wrong('forms', `${address} by ${who}: ${answer.status()}`);
    }
    await context.close();
  }));
  checks.figures.push(`${asked.length} pages asked for by role`);
}

// All pages by several readers in both languages, in random order, through one browser's cache and one proxy's, which obey what answers say (RFC 9111 §3, §4.1).
async function caches() {
  begun('caches');
  const seed = Number(process.env.WALK_SEED ?? Date.now() % 1_000_000);
  checks.figures.push(`caches in the order of WALK_SEED=${seed}`);
  let state = seed + 1;
  const next = below => (state = (state * 48271) % 2147483647) % below;
  const readers = {};
  for (const who of ['worker', 'otherWorker', 'representative', 'hr', 'nobody']) {
    readers[who] = await browser.newContext();
    if (who !== 'nobody') await readers[who].request.get(`${base}/fr/connexion/lien?jeton=${demo.tokens[who]}`);
  }
  const cookies = Object.fromEntries(await Promise.all(Object.entries(readers).map(async ([who, context]) => [who, (await context.cookies()).map(c => `${c.name}=${c.value}`).join('; ')])));
  const style = /\/assets\/[^"]*\.css/.exec(await (await fetch(`${base}/fr`)).text())[0];
  // What may be kept is asked for often, or the sample below would hardly meet it twice.
  const addresses = [...Array(10).fill(style), ...Array(3).fill('/'), ...Object.values(pagesOf).flat().flatMap(([fr, en]) => [fill(fr), fill(en)])];
  const asks = [...addresses, ...addresses].flatMap(address => Object.keys(readers).flatMap(who => ['fr', 'en'].map(language => ({ address, who, language }))));
  for (let i = asks.length - 1; i > 0; i--) { const j = next(i + 1); [asks[i], asks[j]] = [asks[j], asks[i]]; }
  const stores = [{ shared: false, kept: new Map() }, { shared: true, kept: new Map() }];
  let hits = 0;
  for (const ask of asks.slice(0, 400)) {
    const headers = { 'accept-language': ask.language, cookie: cookies[ask.who], 'accept-encoding': 'identity' };
    const found = stores.map(store => (store.kept.get(ask.address) ?? []).find(kept => kept.vary.every(([name, value]) => (headers[name] ?? '') === value))).find(kept => kept);
    if (found) {
      hits++;
      if (found.personal && found.who !== ask.who) wrong('caches', `${ask.address} of ${found.who} was shown to ${ask.who}`);
      if (found.language && ask.address === '/' && found.language !== ask.language) wrong('caches', `${ask.address} in ${found.language} was shown to one who reads ${ask.language}`);
      continue;
    }
    const answer = await fetch(base + ask.address, { headers, redirect: 'manual' });
    const text = await answer.text();
    const control = answer.headers.get('cache-control') ?? '', vary = (answer.headers.get('vary') ?? '').toLowerCase().split(/, */).filter(name => name);
    if (vary.includes('*') || control.includes('no-store')) continue;
    if (!/max-age=[1-9]/.test(control) && answer.status !== 200 && answer.status !== 302) continue;
    // What says nothing may be kept by guess (RFC 9111 §4.2.2): so it is here.
    const kept = { who: ask.who, language: ask.language, personal: !ask.address.startsWith('/assets/') && ask.address !== '/', vary: vary.map(name => [name, headers[name] ?? '']), text };
    for (const store of stores) {
      if (!(store.shared && control.includes('private'))) store.kept.set(ask.address, [...(store.kept.get(ask.address) ?? []), kept]);
    }
  }
  if (hits === 0) wrong('caches', 'nothing was ever kept, not even the style: the cache of this test does not work');
  await Promise.all(Object.values(readers).map(context => context.close()));
}

async function firstVisit() {
  begun('weight');
  const { context, page } = await signedIn(null);
  const requests = [];
  page.on('requestfinished', r => requests.push(r));
  await page.goto(`${base}/fr`, { waitUntil: 'networkidle' });
  let total = 0;
  for (const r of requests) total += (await r.sizes()).responseBodySize;
  if (total > 100 * 1024) wrong('weight', `the first visit has ${total} bytes`);
  checks.figures = [`first visit ${total} bytes in ${requests.length} requests`];
  await context.close();
}

try {
  const started = Date.now();
  for (const step of [firstVisit, newcomer, tasks, looks, refusals, caches]) {
    try { await step(); } catch (e) { wrong('walk', `${step.name}: ${e.stack}`); }
    checks.figures.push(`${step.name} ${Date.now() - started} ms`);
  }
} finally {
  await browser.close();
}
begun('walk');
console.log(JSON.stringify(checks));
