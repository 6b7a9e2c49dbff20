/** @suite kill */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type CompiledSources, compileSources } from '../../../test/kill/compiled-sources.js';
import type { IntegrationsAppSettings } from '../../../test/kill/integrations-app.js';
import { until } from '../../../test/support/until.js';
import { Browser, type IntegrationsApp, IntegrationsDeployment, ISOLATIONS } from './integrations.fixture.js';
import { CLIENT } from './stand-ins/calendar-provider.fixture.js';

/** How often a process is killed. */
const RUNS = Number(process.env['KILL_RUNS'] ?? 6);

let open: IntegrationsDeployment;
let sources: CompiledSources;
let app: IntegrationsApp;
let connections: IntegrationsAppSettings['connections'];
beforeAll(async () => {
  sources = await compileSources();
  open = await IntegrationsDeployment.open();
  app = await open.app();
  connections = await Promise.all(
    ISOLATIONS.map(async (isolation) => {
      const tenant = `${isolation}-one`;
      return { tenant, id: await new Browser(app.url, tenant).connect() };
    }),
  );
  open.provider.onRefreshed = () => delay(Math.random() * 20);
}, 120_000);
afterAll(async () => {
  await open?.close();
  await sources?.remove();
});

/** A process that refreshes tokens without an end, until it is killed somewhere. */
async function killSomewhere(): Promise<void> {
  const settings: IntegrationsAppSettings = {
    url: open.database.loginUrl,
    roles: open.roles,
    key: Buffer.alloc(32, 1).toString('base64'),
    providers: { calendar: { ...CLIENT, endpoints: open.provider.endpoints, scopes: ['calendar'] } },
    connections,
  };
  const child = spawn(process.execPath, [sources.integrationsApp, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const gone = once(child, 'close');
  let [steps, errors] = [0, ''];
  child.stdout?.on('data', (bytes) => {
    steps += String(bytes).split('\n').length - 1;
  });
  child.stderr?.on('data', (bytes) => {
    errors += bytes;
  });
  const wanted = 1 + Math.floor(Math.random() * 6);
  await until(() => steps >= wanted || isDead(child));
  await delay(Math.random() * 30);
  if (isDead(child)) throw new Error(`The app ended by itself:\n${errors}`);
  child.kill('SIGKILL');
  await gone;
}

const isDead = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

it('processes that are killed anywhere in a refresh lose no token', async () => {
  for (let killed = 0; killed < RUNS; killed += 1) {
    await killSomewhere();
    for (const { tenant, id } of connections) {
      // As if the claims of the dead had ended, and the tokens too.
      await open.query(
        app,
        tenant,
        'update tenant_integrations set claimed_until = now(), expires_at = now() where id = $1',
        [id],
      );
      const token = await open.as(tenant, () => app.integrations.accessToken(id));
      const answer = await fetch(`${open.provider.url}/calendar`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect([tenant, answer.status]).toEqual([tenant, 200]);
      const [row] = await open.query(
        app,
        tenant,
        'select state, claim from tenant_integrations where id = $1',
        [id],
      );
      expect(row).toEqual({ state: 'connected', claim: null });
    }
  }
  expect(open.provider.refreshes).toBeGreaterThan(RUNS);
}, 600_000);
