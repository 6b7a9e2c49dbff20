import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const MISSING =
  'Chromium is not installed, and this needs the real one. Get it with: apt-get install chromium (Debian); or name one in ' +
  'ROWHOUSE_CHROMIUM.';

/** A real Chromium without a window. */
export async function startChromium() {
  const executablePath = [process.env.ROWHOUSE_CHROMIUM, ...PLACES].find((path) => path && existsSync(path));
  if (!executablePath) throw new Error(MISSING);
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
