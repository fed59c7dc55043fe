// node firefox.mjs FILE…    opens dossiers in Debian's Firefox, offline, and answers one JSON line. See DossierBrowserTests.cs.
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const browser = await puppeteer.launch({ browser: 'firefox', executablePath: '/usr/bin/firefox-esr', headless: true });
const answers = [];
for (const file of process.argv.slice(2)) {
  const page = await browser.newPage();
  const start = performance.now();
  await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
  const milliseconds = Math.round(performance.now() - start);
  answers.push({ milliseconds, ...await page.evaluate(() => ({ status: document.getElementById('status').innerText, result: globalThis.ledgerDossier?.result ?? null })) });
  await page.close();
}
console.log(JSON.stringify(answers));
await browser.close();
