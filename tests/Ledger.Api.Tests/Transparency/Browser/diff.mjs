import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const p = await b.newPage(); await p.goto('file://' + process.argv[2]);
const out = await p.evaluate((html) => {
  const doc = new DOMParser().parseFromString(html, 'text/html'); const res = [];
  document.querySelectorAll('article.replaced').forEach((a) => {
    a.querySelector('.status.altered')?.remove();
    const o = doc.getElementById(a.id); const rows = (x) => [...x.querySelectorAll('.sentence, tr, h3, .proof')].map((n) => n.textContent);
    const l = rows(o), r = rows(a); l.forEach((t, i) => t !== r[i] && res.push([a.id, t, r[i]]));
    if (l.length !== r.length) res.push([a.id, l.length, r.length]);
  }); return res; }, readFileSync(process.argv[2], 'utf8'));
out.slice(0, 40).forEach((x) => console.log(JSON.stringify(x)));
console.log(out.length);
await b.close();
