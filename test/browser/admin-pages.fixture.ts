import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TenancyAdminUiModule } from '@rowhouse/admin-ui';
import { defineMasks, mask } from '@rowhouse/transfer';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { AdminDeployment } from '../../libs/admin/src/admin-app.fixture.js';
import { startChromium } from '../../tools/chromium.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type StartOptions = Parameters<AdminDeployment['start']>[0];
type Role = 'viewer' | 'operator' | 'owner';

interface OpenOptions extends BrowserContextOptions {
  readonly role?: Role | 'nobody';
}

interface Violation {
  readonly id: string;
  readonly impact?: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** A page, and what the browser complained of while it was open. */
export interface OpenPage {
  readonly page: Page;
  readonly complaints: string[];
}

/** The pages on a real deployment, in a real browser. */
export class AdminPages {
  #visits: OpenPage[] = [];

  private constructor(
    readonly deployment: AdminDeployment,
    readonly app: Awaited<ReturnType<AdminDeployment['start']>>,
    readonly browser: Browser,
  ) {}

  static async open(options: StartOptions = {}): Promise<AdminPages> {
    const deployment = await AdminDeployment.open();
    const app = await deployment.start({
      plans: {
        free: { limits: { concurrency: 2 }, quotas: { orders: 100 }, rates: { requests: '600/minute' } },
        pro: { quotas: { orders: 'unlimited' }, rates: { requests: 'unlimited' }, features: ['exports'] },
      },
      transfers: { masks: { staging: defineMasks({ products: { name: mask.fake('text') } }) } },
      modules: [TenancyAdminUiModule.forRoot({ path: 'ui', api: 'admin' })],
      ...options,
    });
    return new AdminPages(deployment, app, await startChromium());
  }

  /** Makes a tenant by the API. */
  async tenant(body: { slug: string; name?: string; plan?: string; metadata?: object; isolation?: string }) {
    const made = await this.app.call('POST', 'tenants', { body });
    await this.app.ended(made);
    return made.body.tenantId as string;
  }

  /** A page of somebody who has signed in as `role`. */
  async visit(path: string, { role = 'owner', ...options }: OpenOptions = {}): Promise<OpenPage> {
    const context = await this.browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(`${error}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    if (role !== 'nobody')
      await page.addInitScript({
        content: `sessionStorage['rowhouse.token'] ??= ${JSON.stringify(role)}`,
      });
    const visit = { page, complaints };
    this.#visits.push(visit);
    await page.goto(`${this.app.url}/ui${path}`);
    return visit;
  }

  /** Closes all pages that are open. @returns what the browser complained of in them. */
  async closeVisits(): Promise<string[]> {
    const visits = this.#visits;
    this.#visits = [];
    await Promise.all(visits.map(({ page }) => page.context().close()));
    return visits.flatMap(({ complaints }) => complaints);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.deployment.close();
  }
}

/** What axe finds serious in a page. It is run by the debugger: the page's policy allows it no script. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe;
    return (await axe.run()).violations;
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 300)}`));
}

/** For a designer's eye: `SCREENSHOTS=/some/folder npm run test:browser`. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
