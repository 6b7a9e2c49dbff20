import { until } from '../../../../../test/support/until.js';
import { type Database, openDatabase, rowhouse } from '../../cli.fixture.js';
import { run } from '../../index.js';

const ACME = '00000000-0000-4000-8000-00000000000a';
const GLOBEX = '00000000-0000-4000-8000-00000000000b';

let database: Database;
const top = (line = '') =>
  rowhouse(['top', ...line.split(' ').filter(Boolean)], { cwd: '/', env: database.env });

/** What an instance would report. It counts for eight seconds, and some commands may take longer together: it is of later. */
async function report(): Promise<void> {
  const seen = (...shapes: ReadonlyArray<readonly [shape: string | null, seen: number]>) => ({
    seen: 10,
    shapes: shapes.map(([shape, times]) => ({ shape, seen: times, running: 1, longestMs: 61_500 })),
  });
  await database.admin.query(
    `insert into rowhouse.activity_reports values
       (gen_random_uuid(), now() + interval '1 hour', 5020, 20, 6.5, 40, 20, $1, '{4500,500}', '{5,0.5}', '{0,40}', '{2,0}', $2)`,
    [
      [ACME, GLOBEX],
      JSON.stringify({ [ACME]: seen(['select * from \u001b[2Jorders where id = ?', 9], [null, 1]) }),
    ],
  );
}

beforeAll(async () => {
  database = await openDatabase();
  // The catalog is made by the first command.
  expect(await top()).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\n\nNo tenant does anything\.\n$/),
  });
  await database.admin.query(
    `insert into rowhouse.tenants (id, slug, name, status) values ($1, 'acme', 'Acme', 'active'), ($2, 'globex', 'Globex', 'active')`,
    [ACME, GLOBEX],
  );
  await database.admin.query(
    `insert into rowhouse.noisy_tenants (tenant_id, over_since, noisy_since, seen_at) values ($1, now(), now(), now())`,
    [ACME],
  );
});
beforeEach(async () => {
  await database.admin.query('truncate rowhouse.activity_reports');
  await report();
});
afterAll(() => database.close());

describe('rowhouse top', () => {
  it('prints once where there is no terminal', async () => {
    const { code, stdout } = await top();
    expect(code).toBe(0);
    const [sums, , head, ...rows] = stdout.trimEnd().split('\n');
    expect(sums).toMatch(
      / {2}1 instance {2}6\.5 of 20 connections {2}40\.0 waiting {2}5020 ms\/s, 20 of no tenant$/,
    );
    expect(head).toMatch(
      /^TENANT +SHARE +MS\/S +CONNECTIONS +WAITING +STATE +OF IT +RUNNING +LONGEST +STATEMENT$/,
    );
    expect(rows).toEqual([
      expect.stringMatching(
        /^acme +90 % +4500 +5\.0 +0\.0 +noisy, throttled to 2 +90 % +1 +61\.5 s +select \* from \\u001b\[2Jorders where id = \?$/,
      ),
      expect.stringMatching(/^ +10 % +1 +61\.5 s +\(not read\)$/),
      expect.stringMatching(/^globex +10 % +500 +0\.5 +40\.0 +-$/),
    ]);
    expect((await top('--sort waiting')).stdout).toMatch(/\n\nTENANT .*\nglobex /);
    expect(JSON.parse((await top('--json --once')).stdout)).toMatchObject({
      instances: 1,
      tenants: [
        { slug: 'acme', throttledTo: 2, noisySince: expect.any(String) },
        { slug: 'globex', throttledTo: null },
      ],
    });
  });

  it('prints lines of JSON until it is interrupted', async () => {
    const control = new AbortController();
    const lines: string[] = [];
    const code = await run(['top', '--json'], {
      stdout: {
        write: (text: string) => {
          lines.push(text);
          if (lines.length === 2) control.abort();
        },
      },
      stderr: { write: () => {} },
      env: database.env,
      cwd: '/',
      signal: control.signal,
    });
    expect(code).toBe(0);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toMatch(/^\{.*\}\n$/);
      expect(JSON.parse(line)).toHaveProperty('tenants');
    }
  });

  it.each(['q', '\u0003'])(
    'draws on a terminal, sorts by keys, and leaves it in order on %j',
    async (ending) => {
      let screen = '';
      let press = (_key: string) => {};
      let isListening = false;
      const done = run(['top'], {
        stdout: { isTTY: true, columns: 60, rows: 4, write: (text: string) => (screen += text) },
        stderr: { write: () => {} },
        env: database.env,
        cwd: '/',
        keys: (onKey) => {
          press = onKey;
          isListening = true;
          return () => {
            isListening = false;
          };
        },
      });
      await until(() => isListening && screen.includes('acme'));
      const draws = () => screen.split('\u001b[H').slice(1);
      const lines = (draws()[0] ?? '').split('\r\n');
      expect(lines).toHaveLength(4);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told.
      for (const line of lines) expect(line.replaceAll(/\u001b\[[KJ]/g, '').length).toBeLessThanOrEqual(60);
      press('s');
      press('s');
      await until(() => /\r\nglobex /.test(draws().at(-1) ?? ''));
      press(ending);
      expect(await done).toBe(0);
      expect(isListening).toBe(false);
      expect(screen.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
      expect(screen.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    },
  );

  it('refuses another order, and says when the database cannot be reached', async () => {
    expect((await top('--sort size')).code).toBe(2);
    expect((await rowhouse(['top', '--url', 'postgres://a@127.0.0.1:1/b'], {})).code).toBe(2);
  });
});
