import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type App, openApp } from '../app.fixture.js';
import { table } from './report.js';

const HOSTILE = 'A\u001b[2K\u009b1A\u202e\u2028\ninitech  Initech  active';
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e]/u;
const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

it('a table has a line for each row, whatever is in its cells', () => {
  const lines = table(
    ['NAME', 'STATUS'],
    [
      [HOSTILE, 'active'],
      ['Globex', 'active'],
    ],
  ).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines.every((line) => !CONTROLS.test(line))).toBe(true);
  const at = lines.map((line) => line.search(/STATUS|active$/));
  expect(new Set(at).size).toBe(1);
});

describe('A command prints what is stored', () => {
  let app: App;
  beforeAll(async () => {
    app = await openApp();
    await app.rowhouse('tenants create acme');
    // From before such names were refused.
    await app.admin.query('update rowhouse.tenants set name = $1, metadata = $2', [
      HOSTILE,
      { note: HOSTILE },
    ]);
  });
  afterAll(() => app.close());

  it.each(['tenants list', 'tenants show acme'])(
    'as text, control characters written out: %s',
    async (line) => {
      const { code, stdout } = await app.rowhouse(line);
      expect(code).toBe(0);
      expect(stdout).toContain('A\\u001b[2K\\u009b1A\\u202e\\u2028\\u000ainitech');
      expect(linesOf(stdout).filter((each) => CONTROLS.test(each))).toEqual([]);
      expect(linesOf(stdout).filter((each) => each.startsWith('initech'))).toEqual([]);
    },
  );

  it.each(['tenants list --json', 'tenants show acme --json'])(
    'as JSON with the same meaning: %s',
    async (line) => {
      const { stdout } = await app.rowhouse(line);
      expect(linesOf(stdout).filter((each) => CONTROLS.test(each))).toEqual([]);
      const document = JSON.parse(stdout);
      expect((document.tenants?.[0] ?? document).name).toBe(HOSTILE);
    },
  );

  it('in errors', async () => {
    app.writeSeed(`select ${"E'\\u001b[2K\\u009b1A\\u202e'"}::int`);
    for (const line of ['tenants create globex', 'tenants create hooli --json', 'tenants repair']) {
      const { code, stdout, stderr } = await app.rowhouse(line);
      expect(code).toBe(1);
      expect(stdout + stderr).toContain('\\u001b[2K\\u009b1A');
      expect(linesOf(stdout + stderr).filter((each) => CONTROLS.test(each))).toEqual([]);
    }
  });

  it('and renames a tenant with such a name, but to no other', async () => {
    expect(await app.rowhouse('tenants update acme --name A\u001b[2K')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('name: expected text without control characters'),
    });
    expect((await app.rowhouse('tenants update acme --name Acme')).code).toBe(0);
    expect((await app.rowhouse('tenants list')).stdout).toMatch(/^acme +Acme /m);
  });
});

it('no command writes past print()', () => {
  const source = fileURLToPath(new URL('..', import.meta.url));
  const writers = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.spec|\.fixture)\.ts$/.test(file))
    .filter((file) => /\b(?:stdout|stderr|output)\.write\(/.test(readFileSync(join(source, file), 'utf8')))
    .map((file) => relative('.', file));
  expect(writers.sort()).toEqual([
    // Colours, over text that was escaped.
    'commands/doctor/doctor.command.ts',
    'main.ts',
    // What the command line said, and the app's own console.
    'program.ts',
    'run.ts',
    'shell/interrupt.ts',
    // Where a line ends, over text that was escaped.
    'shell/live-screen.ts',
    'shell/print.ts',
    // Numbers.
    'shell/progress.ts',
  ]);
});
