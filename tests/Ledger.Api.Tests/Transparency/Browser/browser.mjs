// node browser.mjs JOB.json    drives Debian's Chromium over dossiers, offline; answers one JSON line. See DossierBrowserTests.cs.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ offline: true, bypassCSP: false });

async function open(file, options = {}) {
  const page = options.context ? await options.context.newPage() : await context.newPage();
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  // Time of the processor, not of the clock: other tests run beside this one.
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const start = performance.now();
  await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
  const milliseconds = Math.round(performance.now() - start);
  const { metrics } = await cdp.send('Performance.getMetrics');
  const busyMilliseconds = Math.round(1000 * metrics.find((metric) => metric.name === 'TaskDuration').value);
  return { page, requests, milliseconds, busyMilliseconds };
}

const tasks = {
  /** Opens each file as a person would. */
  async open({ files }) {
    const answers = [];
    for (const file of files) {
      const { page, requests, milliseconds, busyMilliseconds } = await open(file);
      answers.push({
        status: await page.locator('#status').innerText(),
        className: await page.locator('#status').getAttribute('class'),
        result: await page.evaluate(() => globalThis.ledgerDossier?.result ?? null),
        withheldRows: await page.locator('tr.withheld').count(),
        requests, milliseconds, busyMilliseconds,
      });
      await page.close();
    }
    return answers;
  },

  /** Changes one byte at each place, and lets the script of the unchanged file check the result. */
  async changes({ file, places }) {
    const { page } = await open(file);
    const answers = await page.evaluate(({ base64, changes }) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const read = () => new TextDecoder().decode(bytes);
      const parsed = () => new DOMParser().parseFromString(read(), 'text/html');
      const original = parsed();
      return changes.map(([at, value]) => {
        const before = bytes[at];
        bytes[at] = value;
        const result = ledgerDossier.check(read());
        const same = original.isEqualNode(parsed());
        bytes[at] = before;
        return { found: result === null || !result.sound, same, faults: result?.faults ?? [] };
      });
    }, { base64: readFileSync(file).toString('base64'), changes: places });
    await page.close();
    return answers;
  },

  async axe({ files }) {
    const answers = [];
    for (const width of [360, 1280]) {
      for (const colorScheme of ['light', 'dark']) {
        const themed = await browser.newContext({ offline: true, bypassCSP: true, colorScheme, viewport: { width, height: 800 } });
        for (const file of files) {
          const { page } = await open(file, { context: themed });
          await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
          // What is off the screen is not drawn, and would not be looked at.
          await page.addStyleTag({ content: 'article { content-visibility: visible !important; }' });
          await page.evaluate(axe);
          const found = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
          const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
          answers.push({ file, width, colorScheme, wide, violations: found.violations.map((violation) => `${violation.id}: ${violation.nodes[0].html}`) });
          await page.close();
        }
        await themed.close();
      }
    }
    return answers;
  },

  async withoutScript({ file }) {
    const plain = await browser.newContext({ offline: true, javaScriptEnabled: false });
    const { page } = await open(file, { context: plain });
    const text = await page.locator('body').textContent();
    await plain.close();
    return { text };
  },

  async print({ file, to }) {
    const { page } = await open(file);
    writeFileSync(to, await page.pdf({ preferCSSPageSize: true, format: 'Letter' }));
    await page.close();
    return {};
  },

  async translate({ file }) {
    const { page } = await open(file);
    await page.locator('#status button').click();
    const answer = {
      language: await page.evaluate(() => document.documentElement.lang),
      status: await page.locator('#status').innerText(),
      sentences: await page.locator('.sentence').allTextContents(),
    };
    await page.close();
    return answer;
  },

  async other({ file, other }) {
    const { page } = await open(file);
    await page.locator('#status input').setInputFiles(other);
    const answer = await page.locator('#status + .status').innerText();
    await page.close();
    return { answer };
  },
};

const answers = [];
for (const step of job) {
  answers.push(await tasks[step.task](step));
}
console.log(JSON.stringify(answers));
await browser.close();
