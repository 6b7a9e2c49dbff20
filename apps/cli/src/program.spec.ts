import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ROOT } from '../../../tools/workspace.mjs';
import { rowhouse } from './cli.fixture.js';
import { makeProgram } from './program.js';

const silent = { write: () => {} };
const program = await makeProgram([], { stdout: silent, stderr: silent, env: {}, cwd: '/' }, () => {});

function linesOf(command: Command, path: readonly string[] = []): string[] {
  if (command.commands.length === 0) return [path.join(' ')];
  return command.commands.flatMap((child) => linesOf(child, [...path, child.name()]));
}

const lines = linesOf(program);

describe('the rowhouse command', () => {
  it('has these commands', () => {
    expect(lines).toEqual([
      'init',
      'tenants list',
      'tenants show',
      'tenants create',
      'tenants update',
      'tenants suspend',
      'tenants maintenance',
      'tenants archive',
      'tenants activate',
      'tenants delete',
      'tenants restore',
      'tenants purge',
      'tenants certificate',
      'tenants repair',
      'tenants prewarm',
      'tenants expiry',
      'tenants remove-expired',
      'keys list',
      'keys create',
      'keys rotate',
      'keys revoke',
      'enter',
      'entries list',
      'entries end',
      'domains list',
      'domains add',
      'domains verify',
      'domains primary',
      'domains remove',
      'settings get',
      'settings set',
      'settings unset',
      'settings history',
      'settings check',
      'settings rotate-keys',
      'members list',
      'members add',
      'members roles',
      'members remove',
      'members invite',
      'plans list',
      'plans show',
      'plans override',
      'webhooks list',
      'webhooks create',
      'webhooks rotate',
      'webhooks enable',
      'webhooks disable',
      'webhooks remove',
      'webhooks rotate-keys',
      'webhooks deliveries',
      'webhooks test',
      'webhooks resend',
      'usage list',
      'usage export',
      'usage close',
      'usage closes',
      'usage cost',
      'usage sinks',
      'migration status',
      'migration plan',
      'migration run',
      'migration revert',
      'migration generate',
      'migration runs',
      'migration show',
      'migration resume',
      'migration retry',
      'migration cancel',
      'top',
      'drift',
      'adopt',
      'run',
      'jobs list',
      'jobs show',
      'jobs retry',
      'jobs cancel',
      'jobs stats',
      'export',
      'import',
      'operations list',
      'operations show',
      'operations watch',
      'operations pause',
      'operations resume',
      'operations cancel',
      'clone',
      'copy',
      'move',
      'backup',
      'restore',
      'backups list',
      'backups verify',
      'backups prove',
      'backups delete',
      'backups prune',
      'backups due',
      'diff',
      'take-back',
      'undo',
      'rewind',
      'journal enable',
      'journal status',
      'journal prune',
      'journal disable',
      'workers list',
      'workers relocate',
      'workers rebalance',
      'doctor',
      'admin',
      'audit list',
      'audit verify',
      'audit export',
      'audit retain',
      'grants repair',
    ]);
  });

  it.each(['--version', '-V'])('%s prints the version of the package', async (option) => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'apps/cli/package.json'), 'utf8'));
    expect(await rowhouse([option], {})).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each(lines)('%s has --json, examples and exit statuses in its help', async (line) => {
    const { code, stdout } = await rowhouse([...line.split(' '), '--help'], {});
    expect(stdout).toContain('--json');
    expect(stdout).toMatch(/Exit status: /);
    expect(stdout).toMatch(new RegExp(`Examples:\n(?:.*\n)*.*\\$ .*rowhouse ${line.split(' ')[0]}`));
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(125);
    expect(code).toBe(0);
  });

  it.each([
    'tenants create --json',
    'tenants list --status asleep --json',
    'tenants list --url mysql://db/shop --json',
    'tenants lst --json',
  ])('%s answers with a problem in JSON, and status 2', async (line) => {
    const { code, stdout } = await rowhouse(line.split(' '), {});
    expect(JSON.parse(stdout)).toEqual({
      error: { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/./) },
    });
    expect(code).toBe(2);
  });

  it('names the database that does not answer, without its password', async () => {
    const { code, stderr } = await rowhouse(
      ['tenants', 'list', '--url', 'postgres://app:secret@127.0.0.1:1/shop'],
      {},
    );
    expect(stderr).toMatch(
      /^The database cannot be reached: .*127\.0\.0\.1:1.* Check --url and --direct-url\.\n$/,
    );
    expect(stderr).not.toContain('secret');
    expect(code).toBe(2);
  });

  it('shows the stack of an error with ROWHOUSE_DEBUG', async () => {
    const situation = { env: { ROWHOUSE_DEBUG: '1' } };
    const { stderr } = await rowhouse(
      ['tenants', 'list', '--url', 'postgres://app@127.0.0.1:1/shop'],
      situation,
    );
    expect(stderr).toMatch(/\n +at /);
  });
});
