import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { configText, findDataSource } from './init-template.js';

interface InitOptions {
  readonly force?: boolean;
  readonly json?: boolean;
}

const HELP = `
An existing rowhouse.config.ts is kept unless --force is given. Exit status: 0; 2 when no file could be written.

Examples:
  $ npx rowhouse init
  $ npx rowhouse init --force
`;

const NEXT = `
Next:
  1. See that rowhouse.config.ts names your entities and migrations.
  2. Put DATABASE_URL=postgres://app:…@db/shop and DIRECT_DATABASE_URL=postgres://owner:…@db/shop into .env or the environment.
  3. npx rowhouse tenants create acme; npx rowhouse doctor
     or, for a database with data: npx rowhouse adopt acme --dry-run
`;

export function addInit(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command('init')
    .description('writes rowhouse.config.ts, and adds a script to package.json')
    .option('--force', 'overwrites an existing config')
    .option('--json', 'prints {"config", "script"} and nothing else to stdout')
    .addHelpText('after', HELP)
    .action(async (options) => done(init(options, io)));
}

function init(options: InitOptions, io: Io): ExitCode {
  const config = join(io.cwd, 'rowhouse.config.ts');
  if (existsSync(config) && !options.force) {
    throw new UnusableError(`${config} exists already. --force overwrites it.`);
  }
  const dataSource = findDataSource(io.cwd);
  replace(config, configText(dataSource));
  const script = addScript(join(io.cwd, 'package.json'));
  const lines = [
    'Wrote rowhouse.config.ts.',
    ...(dataSource ? [`It takes its options from ${dataSource.path}.`] : []),
    ...(script ? ['Added the script "rowhouse" to package.json.'] : []),
  ];
  report(io, options, { config, script }, `${lines.join('\n')}\n${NEXT}`);
  return EXIT.ok;
}

/** @returns whether it was added. It is not if there is no package.json, or a script with that name exists. */
function addScript(path: string): boolean {
  if (!existsSync(path)) return false;
  const text = readFileSync(path, 'utf8');
  const manifest = parse(path, text);
  if (manifest.scripts?.['rowhouse'] !== undefined) return false;
  const [, indent = '  '] = /^\{\r?\n([ \t]+)/.exec(text) ?? [];
  const scripts = { ...manifest.scripts, rowhouse: 'rowhouse' };
  replace(path, `${JSON.stringify({ ...manifest, scripts }, null, indent)}\n`);
  return true;
}

function parse(path: string, text: string): { scripts?: Record<string, string> } {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UnusableError(`${path} is not valid JSON.`, { cause: error });
  }
}

/** Replaces a file atomically: a crash leaves either the old or the new file. */
function replace(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { flag: 'wx' });
  renameSync(draft, path);
}
