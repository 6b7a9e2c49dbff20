import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../harness/statistics.mjs';
import { TOKEN } from './deployment.mjs';
import * as inPage from './in-page.mjs';

const TYPED = 'tenant t077';
const BETWEEN_KEYS_MS = 120;
/** Longer than the search waits, so that answers come while somebody types. */
const PAUSE_MS = 350;
const WHEEL_PX = 100;
const WHEEL_EVERY_MS = 16;

/** A page of the admin app in a browser that has cached nothing. */
async function openPage(browser, url, ...watches) {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 }, locale: 'en-GB' });
  await context.addInitScript(`sessionStorage['rowhouse.token'] = ${JSON.stringify(TOKEN)}`);
  for (const watch of watches) await context.addInitScript(`(${watch})()`);
  const page = await context.newPage();
  await page.goto(url);
  return { context, page };
}

/** The tenants, without a cache and once more with it. */
export async function measureFirstRows(browser, url) {
  const { context, page } = await openPage(browser, `${url}/tenants`, inPage.watchFirstRows);
  const cold = await page.evaluate('firstRows');
  const { js, css } = await page.evaluate(`(${inPage.readTransfers})()`);
  await page.goto(`${url}/tenants?again`);
  const again = await page.evaluate('firstRows');
  await context.close();
  return { cold, again, js, css };
}

/** Somebody who types in the search, with pauses in which the rows change. */
export async function measureKeys(browser, url) {
  const { context, page } = await openPage(browser, `${url}/tenants`, inPage.watchFirstRows);
  await page.evaluate('firstRows');
  await page.getByRole('searchbox').focus();
  await page.evaluate(`(${inPage.watchKeys})()`);
  for (const [index, key] of [...TYPED, ...Array.from(TYPED, () => 'Backspace')].entries()) {
    await page.keyboard.press(key);
    await pause(index % 3 === 2 ? PAUSE_MS : BETWEEN_KEYS_MS);
  }
  const times = await page.evaluate('keyTimes');
  await context.close();
  return times;
}

/** The wheel turned steadily through hundreds of rows. */
export async function measureScroll(browser, url, wheelEvents) {
  const { context, page } = await openPage(browser, `${url}/tenants`, inPage.watchFirstRows);
  await page.evaluate('firstRows');
  await page.mouse.move(640, 500);
  await page.evaluate(`(${inPage.watchFrames})()`);
  for (let event = 0; event < wheelEvents; event += 1) {
    await page.mouse.wheel(0, WHEEL_PX);
    await pause(WHEEL_EVERY_MS);
  }
  const { gaps, longTasks, scrolled } = await page.evaluate('endFrames()');
  await context.close();
  const seconds = gaps.reduce((sum, gap) => sum + gap, 0) / 1_000;
  return {
    fps: gaps.length / seconds,
    p95: percentile(gaps, 0.95),
    longest: Math.max(...gaps),
    longTasks: longTasks.length,
    scrolled,
  };
}

/** FCP, LCP, CLS and blocking time of a page. */
export async function measureVitals(browser, url) {
  const { context, page } = await openPage(browser, url, inPage.watchVitals);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  const vitals = await page.evaluate(`(${inPage.readVitals})()`);
  await context.close();
  return vitals;
}
