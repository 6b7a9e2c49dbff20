import { type App, openApp } from '../../app.fixture.js';

let app: App;
const running = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b31';
const failed = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b32';

beforeAll(async () => {
  app = await openApp();
  await app.rowhouse('tenants create acme');
  await app.admin.query(
    `insert into rowhouse.operations (id, kind, state, tenant_id, input, steps, progress, problem, actor, finished_at) values
       ($1, 'export', 'running', (select id from rowhouse.tenants where slug = 'acme'), '{}', '[{"name": "rows"}]',
        '{"done": 5, "total": 10, "unit": "rows", "percent": 50}', null, '{"type": "operator", "id": "ada"}', null),
       ($2, 'import', 'failed', null, '{}', '[]', null, '{"message": "no archive"}', null, now())`,
    [running, failed],
  );
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);

it('operations are listed, and shown', async () => {
  const { operations } = await json('operations list');
  expect(operations.map(({ id }: { id: string }) => id).sort()).toEqual([running, failed]);
  expect((await json('operations list --state failed')).operations).toMatchObject([{ id: failed }]);
  expect((await json('operations list --tenant acme --kind export')).operations).toMatchObject([
    { id: running },
  ]);
  expect((await app.rowhouse('operations list')).stdout).toMatch(/export .* running +50%/);
  const { stdout, code } = await app.rowhouse(`operations show ${running}`);
  expect(stdout).toContain('progress   5 of 10 rows');
  expect(stdout).toContain('by operator ada');
  expect(code).toBe(0);
});

it('an operation is watched to its end', async () => {
  expect(await app.rowhouse(`operations watch ${failed}`)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('no archive'),
  });
  const watching = app.rowhouse(`operations watch ${running}`);
  await app.admin.query(
    `update rowhouse.operations set state = 'succeeded', result = '{"rows": 10}' where id = $1`,
    [running],
  );
  expect(await watching).toMatchObject({ code: 0, stdout: expect.stringContaining('{"rows":10}') });
});

it('an operation is asked to end, once it has not', async () => {
  await app.admin.query(`update rowhouse.operations set state = 'running' where id = $1`, [running]);
  expect(await json(`operations cancel ${running}`)).toMatchObject({ id: running, isCancelRequested: true });
  expect((await app.rowhouse(`operations show ${running}`)).stdout).toContain('running, and asked to end');
  expect((await app.rowhouse(`operations cancel ${failed}`)).code).toBe(1);
  for (const id of ['none', '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b99'])
    for (const command of ['show', 'watch', 'pause', 'resume', 'cancel'])
      expect([command, (await app.rowhouse(`operations ${command} ${id}`)).code]).toEqual([command, 2]);
});

it('a run of migrations is paused and resumed, by an actor who stands in the audit trail', async () => {
  const run = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b33';
  await app.admin.query(
    `insert into rowhouse.operations (id, kind, input) values ($1, 'migrations.run', '{}')`,
    [run],
  );
  expect(await json(`operations pause ${run}`)).toMatchObject({ state: 'running', isPauseRequested: true });
  expect((await app.rowhouse(`operations show ${run}`)).stdout).toContain('running, and asked to pause');
  expect((await app.rowhouse(`operations resume ${run}`)).code).toBe(1);
  await app.admin.query(
    `update rowhouse.operations set state = 'paused', pause_requested_at = null where id = $1`,
    [run],
  );
  expect((await json('operations list --state paused')).operations).toMatchObject([{ id: run }]);
  expect(await json(`operations resume ${run}`)).toMatchObject({ state: 'running', isPauseRequested: false });
  const { entries } = await json('audit list --action operation.');
  expect(entries.map(({ action }: { action: string }) => action)).toEqual([
    'operation.resumed',
    'operation.pause_requested',
    'operation.cancel_requested',
  ]);
  await app.admin.query(`update rowhouse.operations set state = 'running', kind = 'export' where id = $1`, [
    run,
  ]);
  expect(await app.rowhouse(`operations pause ${run}`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('An operation of this kind cannot be paused.'),
  });
});
