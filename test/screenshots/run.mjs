import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChromium } from '../../tools/chromium.mjs';
import { ROOT } from '../packages/packages.mjs';
import { temporaryDirectory } from '../packages/processes.mjs';
import { Demo, freePort } from '../start/demo.mjs';
import { arrange, RUN_SCENE } from './arrange.mjs';

/** `npm run screenshots`: images of the admin app for the documentation, of the demo with a day of its metrics. */
const TOKEN = 'screenshots';
const IMAGES = process.env.SCREENSHOTS ?? join(ROOT, 'docs/images/admin');
/** In percent; text stays sharp. */
const QUALITY = 80;

const WINDOW = { viewport: { width: 1_280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 } };

/** Of each image: its page, the browser, and what is done there before it is taken. */
const SCENES = [
  { name: 'fleet', path: '' },
  { name: 'fleet-dark', path: '', options: { colorScheme: 'dark' } },
  { name: 'fleet-phone', path: '', options: PHONE },
  { name: 'tenants', path: '/tenants' },
  { name: 'tenant', path: '/tenants/kaffeewerk' },
  { name: 'tenant-phone', path: '/tenants/kaffeewerk', options: PHONE },
  { name: 'run', path: RUN_SCENE },
  { name: 'compare', path: '/tenants/kaffeewerk/compare', act: compare },
  { name: 'backups', path: '/tenants/kaffeewerk/backups' },
];

async function compare(page) {
  await page.getByRole('combobox', { name: 'Compare kaffeewerk with' }).fill('kaffeewerk-yesterday');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.getByRole('button', { name: 'Show rows' }).click();
  await page.getByRole('table', { name: 'Rows of products that differ' }).waitFor();
}

async function take(browser, url, { name, path, options = {}, act }) {
  const context = await browser.newContext({
    ...WINDOW,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...options,
  });
  await context.addInitScript(`sessionStorage['rowhouse.token'] = ${JSON.stringify(TOKEN)}`);
  const page = await context.newPage();
  await page.goto(url + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  await act?.(page);
  // Playwright itself writes no WebP.
  const devtools = await context.newCDPSession(page);
  const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  await context.close();
  const image = Buffer.from(data, 'base64');
  writeFileSync(join(IMAGES, `${name}.webp`), image);
  console.log(`${name}.webp  ${Math.round(image.length / 1_000)} KB`);
}

const [port, adminPort] = [await freePort(), await freePort()];
const folder = join(temporaryDirectory('screenshots'), '.rowhouse');
const demo = new Demo({
  port,
  adminPort,
  dataDir: join(folder, 'postgres'),
  env: { ROWHOUSE_DEMO_FLEET: 'on', ROWHOUSE_ADMIN_TOKEN: TOKEN },
});
await demo.banner();
await demo.fleet();
const admin = `http://127.0.0.1:${adminPort}`;
const { runId } = await arrange({ api: `${admin}/admin`, token: TOKEN, folder });
mkdirSync(IMAGES, { recursive: true });
const browser = await startChromium();
for (const scene of SCENES)
  await take(browser, `${admin}/ui`, { ...scene, path: scene.path.replace(':run', runId) });
await browser.close();
await demo.ctrlC();
