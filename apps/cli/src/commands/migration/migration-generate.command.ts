import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { onOneLine, print } from '../../shell/print.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';

interface GenerateOptions extends TargetOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly check?: boolean;
  readonly shared?: boolean;
}

const HELP = `
Compares the entities with the result of the migrations in a scratch schema, and writes a migration that names no schema.
Exit status: 0, also when nothing is missing; with --check 1 when a migration is missing; 2 when the command could not
start.

Examples:
  $ rowhouse migration generate AddPriceToProducts
  $ rowhouse migration generate AddPriceToProducts --dry-run
  $ rowhouse migration generate Countries --shared
  $ rowhouse migration generate --check              # in CI
`;

export function addGenerate(migration: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(migration.command('generate'))
    .description('writes the missing migration for changed entities')
    .argument('[Name]', 'the class name, without the timestamp')
    .option('--dry-run', 'prints the migration and writes no file')
    .option('--check', 'fails when entities and migrations differ; writes no file')
    .option('--shared', 'for the tables that all tenants share')
    .addHelpText('after', HELP)
    .action(async (name, options) => done(await generate(name, options, io)));
}

async function generate(named: string | undefined, options: GenerateOptions, io: Io): Promise<ExitCode> {
  const { check, dryRun, shared } = options;
  const name = classNameOf(named ?? (check ? 'Check' : undefined));
  const timestamp = Date.now();
  return withFleet(options, io, { app: true }, async (fleet, { config }) => {
    const generated = await fleet.generate({ name, timestamp, shared });
    if (!generated) {
      report(io, options, { isUpToDate: true }, 'Entities and migrations agree.');
      return EXIT.ok;
    }
    const { className, source, downError } = generated;
    if (downError !== undefined) {
      print(io.stderr, `Write its down() by hand. The generated one failed: ${onOneLine(downError)}\n`);
    }
    if (check) {
      const text = `Entities and migrations differ. \`rowhouse migration generate <Name>\` would write:\n\n${source}`;
      report(io, options, { isUpToDate: false, className, source, downError }, text);
      return EXIT.failed;
    }
    if (dryRun || !config) {
      report(io, options, { isUpToDate: false, className, source, downError }, source);
      return EXIT.ok;
    }
    const folder = resolve(dirname(config.path), config.config.migrationsDir);
    const path = write(folder, `${timestamp}-${kebab(name)}.ts`, source);
    const text = `Wrote ${relative(io.cwd, path)}. Read it, then add ${className} to the migrations, unless a glob of theirs names the file.`;
    report(io, options, { isUpToDate: false, className, path, downError }, text);
    return EXIT.ok;
  });
}

function classNameOf(name: string | undefined): string {
  if (name === undefined)
    throw new UnusableError('Give the migration a name: rowhouse migration generate AddPrice');
  if (/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) {
    return name.replace(/(?:^|[-_]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  }
  throw new UnusableError(`"${name}" is not a class name: use letters and digits, beginning with a letter.`);
}

/** `AddPrice` becomes `add-price`. */
function kebab(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

function write(folder: string, file: string, source: string): string {
  const path = join(folder, file);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, source, { flag: 'wx' });
  return path;
}
