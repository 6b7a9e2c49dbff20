import assert from 'node:assert/strict';
import { get } from 'node:http';
import { join } from 'node:path';
import { CheckList } from '../packages/check-list.mjs';
import { ROOT } from '../packages/packages.mjs';
import { run, temporaryDirectory } from '../packages/processes.mjs';
import { Demo, freePort } from './demo.mjs';

/** A smoke test of `npm start`: the commands of the banner, Ctrl-C, a second start on the same data, and a start after `kill -9`. */
const PROBLEM = 'application/problem+json';
const list = new CheckList();
const folder = temporaryDirectory('start');
const dataDir = join(folder, '.rowhouse/postgres');
const port = await freePort();
const adminPort = await freePort();
/** Compiled by `npm run rowhouse`, after the first start: that one has nothing that was built before. */
const COMMAND = join(ROOT, 'apps/cli/dist/main.js');

/** The order that the banner's tour places, once it has been placed. */
let order;

async function startDemo() {
  const demo = new Demo({ port, adminPort, dataDir });
  const banner = await list.step('npm start prints its banner', () => demo.banner());
  return { demo, banner };
}

async function endsOnCtrlC(demo) {
  await list.check('Ctrl-C ends it, with nothing left: no process, no PostgreSQL', async () => {
    assert.equal((await demo.databaseServers()).length > 0, true, 'no PostgreSQL to end');
    const { signal, code } = await demo.ctrlC();
    assert.ok(signal === null || signal === 'SIGINT', `ended by ${signal}`);
    assert.ok([0, 130, null].includes(code), `exit code ${code}`);
    assert.deepEqual(await demo.members(), []);
    assert.deepEqual(await demo.databaseServers(), []);
  });
}

const keepsOrder = ({ url }) =>
  list.check('the order placed on the first start is still there', async () => {
    assert.ok(order, 'no order was placed');
    const { body } = await ask(url, '/orders?limit=1', { tenant: 'acme' });
    assert.equal(body.items[0].id, order.id);
  });

await list.part('first start, on an empty directory', async () => {
  const { demo, banner } = await startDemo();
  await tour(demo, banner);
  await endsOnCtrlC(demo);
});

await list.part('second start, on the same data', async () => {
  const { demo } = await startDemo();
  await keepsOrder(demo);
  await list.check('kill -9 of the server ends npm start too', () => demo.kill());
});

await list.part('third start, after the kill -9', async () => {
  const { demo } = await startDemo();
  await keepsOrder(demo);
  await endsOnCtrlC(demo);
});

list.finish();

async function tour({ url }, banner) {
  const [, token] = /TOKEN='Authorization: Bearer (\w+)'/.exec(banner);
  const operator = { authorization: `Bearer ${token}` };
  await list.check('same URL, three tenants: different data', async () => {
    const answers = await Promise.all(
      ['acme', 'globex', 'initech'].map((tenant) => ask(url, '/products?limit=3', { tenant })),
    );
    for (const { status, body } of answers) {
      assert.equal(status, 200);
      assert.equal(body.items.length, 3);
    }
    const ids = new Set(answers.flatMap(({ body }) => body.items.map(({ id }) => id)));
    assert.equal(ids.size, 9);
  });
  await list.check('the tenant as a subdomain', async () => {
    assert.equal((await asSubdomain('globex', '/me')).slug, 'globex');
  });
  await list.check("the banner's order is placed, and on top of its tenant's list alone", async () => {
    const body = JSON.parse(/-d '(\{.*\})'/.exec(banner)[1]);
    const placed = await ask(url, '/orders', { tenant: 'acme', body });
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
    const [ofAcme, ofGlobex] = await Promise.all(
      ['acme', 'globex'].map((tenant) => ask(url, '/orders?limit=100', { tenant })),
    );
    assert.equal(ofAcme.body.items[0].id, placed.body.id);
    assert.ok(ofGlobex.body.items.every(({ id }) => id !== placed.body.id));
    order = placed.body;
  });
  await list.check('the staff of a shop ships its orders, and those of no other', async () => {
    const [, nora] = /NORA='Authorization: (Bearer [^']+)'/.exec(banner);
    const [, sven] = /SVEN='Authorization: (Bearer [^']+)'/.exec(banner);
    const [, id] = /-X PATCH \S+\/orders\/(\S+)/.exec(banner);
    const mine = await (await fetch(`${url}/me/tenants`, { headers: { authorization: nora } })).json();
    assert.deepEqual(
      mine.items.map(({ slug, roles }) => [slug, roles[0]]),
      [
        ['acme', 'owner'],
        ['globex', 'staff'],
      ],
    );
    const ship = async (tenant, authorization) => {
      const headers = { authorization, 'X-Tenant-ID': tenant, 'content-type': 'application/json' };
      const body = JSON.stringify({ status: 'shipped' });
      return (await fetch(`${url}/orders/${id}`, { method: 'PATCH', headers, body })).status;
    };
    assert.deepEqual([await ship('globex', sven), await ship('acme', sven)], [403, 200]);
  });
  for (const [name, tenant, status, code] of [
    ['an unknown tenant: 404', 'umbrella', 404, 'TENANT_NOT_FOUND'],
    ['no tenant: 400', undefined, 400, 'TENANT_UNRESOLVED'],
    ['a malformed tenant: 400', "acme'--", 400, 'TENANT_ID_INVALID'],
  ]) {
    await list.check(name, async () => {
      const answer = await ask(url, '/products', { tenant });
      const { type } = answer;
      assert.deepEqual(
        { status: answer.status, code: answer.body.code, type },
        { status, code, type: PROBLEM },
      );
    });
  }
  await list.check('npm run rowhouse compiles the command', () =>
    run('npm', ['run', '-s', 'rowhouse', '--', '--version'], { cwd: ROOT }),
  );
  await list.check('rowhouse doctor needs no arguments, and finds nothing', async () => {
    const output = await run(process.execPath, [COMMAND, 'doctor', '--strict', '--json'], { cwd: folder });
    const { checks } = JSON.parse(output);
    assert.deepEqual([...new Set(checks.map(({ status }) => status))], ['pass']);
  });
  await list.check('rowhouse tenants create opens a shop that the running app serves', async () => {
    const tenant = JSON.parse(await rowhouse('tenants', 'create', 'umbrella', '--json'));
    assert.equal(tenant.status, 'active');
    const { status, body } = await ask(url, '/products', { tenant: 'umbrella' });
    assert.deepEqual({ status, items: body.items }, { status: 200, items: [] });
  });
  await list.check(
    'entities, migrations and tenants agree: generate --check, migration run, drift',
    async () => {
      await rowhouse('migration', 'generate', 'Nothing', '--check');
      const run = JSON.parse(await rowhouse('migration', 'run', '--json'));
      assert.deepEqual({ state: run.state, total: run.total }, { state: 'succeeded', total: 0 });
      const drift = JSON.parse(await rowhouse('drift', '--json'));
      assert.deepEqual({ compared: drift.compared, drifted: drift.drifted }, { compared: 4, drifted: [] });
    },
  );
  await list.check(
    'rowhouse export and import make a shop with the same products, in a database',
    async () => {
      const { path } = JSON.parse(await rowhouse('export', 'acme', '--json'));
      await rowhouse('import', path, '--slug', 'twin', '--isolation', 'database', '--json');
      const [acme, twin] = await Promise.all(
        ['acme', 'twin'].map((tenant) => ask(url, '/products?limit=100', { tenant })),
      );
      assert.equal(twin.status, 200);
      assert.deepEqual(twin.body, acme.body);
      await rowhouse('tenants', 'delete', 'twin', '--json');
      await rowhouse('tenants', 'purge', 'twin', '--confirm', 'twin', '--now', '--json');
    },
  );
  await list.check('rowhouse tenants purge takes it away again', async () => {
    await rowhouse('tenants', 'delete', 'umbrella', '--json');
    await rowhouse('tenants', 'purge', 'umbrella', '--confirm', 'umbrella', '--now', '--json');
    assert.equal((await ask(url, '/products', { tenant: 'umbrella' })).status, 404);
  });
  await list.check("/migrations is the operators' own", async () => {
    const status = async (headers) => (await fetch(`${url}/migrations`, { headers })).status;
    assert.deepEqual([await status({}), await status(operator)], [401, 200]);
  });
  await list.check(
    'the admin API, on its own port, makes a shop that the app serves, and removes it',
    async () => {
      const admin = `http://127.0.0.1:${adminPort}/admin`;
      assert.equal((await fetch(`${admin}/tenants`)).status, 401);
      assert.equal((await fetch(`${url}/admin/tenants`, { headers: operator })).status, 404);
      const send = async (method, path, body) => {
        const headers = { ...operator, ...(body && { 'content-type': 'application/json' }) };
        const response = await fetch(`${admin}/${path}`, {
          method,
          headers,
          body: body && JSON.stringify(body),
        });
        return response.json();
      };
      const ended = async ({ id }) => {
        for (;;) {
          const operation = await send('GET', `operations/${id}`);
          if (operation.state !== 'running') return operation.state;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      };
      assert.equal(
        await ended(await send('POST', 'tenants', { slug: 'hooli', isolation: 'row' })),
        'succeeded',
      );
      const { items } = await send('GET', 'tenants?search=hoo');
      assert.deepEqual(
        items.map(({ slug, status }) => [slug, status]),
        [['hooli', 'active']],
      );
      assert.equal((await ask(url, '/products', { tenant: 'hooli' })).status, 200);
      await send('DELETE', 'tenants/hooli?retentionDays=0');
      assert.equal(await ended(await send('POST', 'tenants/hooli/purge', { confirm: 'hooli' })), 'succeeded');
      assert.equal((await ask(url, '/products', { tenant: 'hooli' })).status, 404);
      const { size } = await send('GET', 'cache/stats');
      assert.ok(size > 0, 'the cache is not that of the app');
      assert.equal((await send('GET', 'pools')).items[0].kind, 'primary');
      assert.deepEqual((await send('GET', 'drift')).items, []);
      const { checks } = await send('GET', 'doctor');
      assert.deepEqual([...new Set(checks.map(({ status }) => status))], ['pass']);
    },
  );
  await list.check('/docs and /health/live answer without a tenant', async () => {
    const docs = await fetch(`${url}/docs`);
    assert.equal(docs.status, 200);
    assert.match(docs.headers.get('content-type'), /^text\/html/);
    assert.deepEqual((await ask(url, '/health/live')).body, { status: 'ok' });
  });
}

/** The command with the demo's configuration, below the demo's folder. */
function rowhouse(...args) {
  const config = ['--config', join(ROOT, 'apps/demo/rowhouse.config.ts')];
  return run(process.execPath, [COMMAND, ...args, ...config], { cwd: folder });
}

async function ask(url, path, { tenant, body } = {}) {
  const response = await fetch(url + path, {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(tenant && { 'X-Tenant-ID': tenant }),
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
  });
  const type = response.headers.get('content-type').split(';')[0];
  return { status: response.status, type, body: await response.json() };
}

/** `fetch` does not allow setting the Host header. */
function asSubdomain(tenant, path) {
  return new Promise((resolve, reject) => {
    const headers = { host: `${tenant}.localhost:${port}` };
    const request = get({ host: '127.0.0.1', port, path, headers }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve(JSON.parse(text));
    });
    request.on('error', reject);
  });
}
