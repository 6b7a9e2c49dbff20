import { startChromium } from '../../tools/chromium.mjs';
import { noiseOf, sampleForeignLoad } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { percentile, spread } from '../harness/statistics.mjs';
import { openPages } from './deployment.mjs';
import { measureFirstRows, measureKeys, measureScroll, measureVitals } from './measures.mjs';
import { planOf } from './plan.mjs';

/** How the admin app feels with many tenants, in a real browser. See bench/README.md. */
export const bench = { maxConnections: 50, plan: planOf, run };

const PAGES = {
  fleet: '',
  tenants: '/tenants',
  tenant: '/tenants/t00007',
  limits: '/tenants/t00007/limits',
  create: '/create',
  migrations: '/migrations',
  operations: '/operations',
  jobs: '/jobs',
  audit: '/audit',
};

async function run(plan, { database, cleanUp, log }) {
  const { url } = await openPages(database, plan.tenants, cleanUp);
  const browser = await startChromium();
  cleanUp.add(() => browser.close());
  // The first pages of a browser and of a server are slower than all others.
  await measureFirstRows(browser, url);
  const cells = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const firstRows = await measureFirstRows(browser, url);
    const keys = await measureKeys(browser, url);
    const scroll = await measureScroll(browser, url, plan.wheelEvents);
    const vitals = {};
    for (const [page, path] of Object.entries(PAGES)) vitals[page] = await measureVitals(browser, url + path);
    cells.push({ round, firstRows, keys, scroll, vitals, foreignLoad: await sampleForeignLoad() });
    log(`  round ${round + 1} of ${plan.rounds}`);
  }
  const rows = [...figuresOf(cells), ...vitalsOf(cells)];
  return { rows, raw: { cells }, text: `${textOf(plan, rows)}\n\n${noiseOf(cells)}` };
}

function figuresOf(cells) {
  const row = (figure, unit, aim, of) => ({ figure, unit, aim, value: spread(cells.map(of), 1) });
  return [
    row('first rows, nothing cached', 'ms', '< 1000', ({ firstRows }) => firstRows.cold),
    row('first rows, second visit', 'ms', '', ({ firstRows }) => firstRows.again),
    row('JavaScript before them', 'KB', '<= 250', ({ firstRows }) => firstRows.js / 1_000),
    row('styles before them', 'KB', '', ({ firstRows }) => firstRows.css / 1_000),
    row('a key to its frame, p95', 'ms', '< 50', ({ keys }) => percentile(keys, 0.95)),
    row('a key to its frame, slowest', 'ms', '< 50', ({ keys }) => Math.max(...keys)),
    row('scrolling, frames a second', '', '60', ({ scroll }) => scroll.fps),
    row('scrolling, p95 of a frame', 'ms', '', ({ scroll }) => scroll.p95),
    row('scrolling, longest frame', 'ms', '', ({ scroll }) => scroll.longest),
    row('scrolling, tasks over 50 ms', '', '0', ({ scroll }) => scroll.longTasks),
    row('scrolling, px', '', '', ({ scroll }) => scroll.scrolled),
  ];
}

function vitalsOf(cells) {
  return Object.keys(PAGES).map((page) => {
    const of = (vital, digits) =>
      spread(
        cells.map(({ vitals }) => vitals[page][vital]),
        digits,
      );
    return { page, fcp: of('fcp', 0), lcp: of('lcp', 0), cls: of('cls', 3), tbt: of('tbt', 0) };
  });
}

function textOf({ tenants }, rows) {
  const figures = [
    { title: 'figure', left: true, of: ({ figure }) => figure },
    { title: '', left: true, of: ({ unit }) => unit },
    { title: 'min – median – max', of: ({ value }) => formatSpread(value, 1) },
    { title: 'aim', of: ({ aim }) => aim },
  ];
  const vitals = [
    { title: 'page', left: true, of: ({ page }) => page },
    { title: 'FCP ms', of: ({ fcp }) => formatSpread(fcp, 0) },
    { title: 'LCP ms', of: ({ lcp }) => formatSpread(lcp, 0) },
    { title: 'CLS', of: ({ cls }) => formatSpread(cls, 3) },
    { title: 'blocking ms', of: ({ tbt }) => formatSpread(tbt, 0) },
  ];
  return `${tenants} tenants, in a Chromium without a window; all of it on one machine. KB are packed.

${table(
  rows.filter(({ figure }) => figure),
  figures,
)}

${table(
  rows.filter(({ page }) => page),
  vitals,
)}`;
}
