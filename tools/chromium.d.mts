import type { Browser } from 'playwright-core';

/** A real Chromium without a window. */
export function startChromium(): Promise<Browser>;
