import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENTRIES, ROOT } from '../../../tools/workspace.mjs';

const urlOf = (file: string) => pathToFileURL(join(ROOT, file)).href;
const aliases = Object.fromEntries(ENTRIES.map(({ specifier, source }) => [specifier, urlOf(source)]));

/** Runs a module of the workspace's sources with arguments, and writes down the URLs and paths of the modules that it loads. */
const PROBE = `
  import { appendFileSync } from 'node:fs';
  import Module, { register } from 'node:module';
  import { fileURLToPath } from 'node:url';
  const [hooks, aliases, recorder, log, main, ...argv] = process.argv.slice(2);
  register(hooks, { data: { aliases: JSON.parse(aliases) } });
  register(recorder, { data: log });
  process.on('exit', () => appendFileSync(log, Object.keys(Module._cache).join('\\n')));
  process.argv = [process.argv[0], fileURLToPath(main), ...argv];
  await import(main);
`;

const RECORDER = `
  import { appendFileSync } from 'node:fs';
  let log;
  export function initialize(file) { log = file; }
  export function load(url, context, next) {
    appendFileSync(log, url + '\\n');
    return next(url, context);
  }
`;

export interface ProcessAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The packages that were loaded, by name, and the files of this workspace and of the application, by path. */
  readonly loaded: ReadonlySet<string>;
}

/** Runs a command line in a process of its own. @param scratch - a folder for the files that this takes. */
export async function rowhouseProcess(
  argv: readonly string[],
  { scratch, cwd, env = {} }: { scratch: string; cwd: string; env?: Record<string, string> },
): Promise<ProcessAnswer> {
  const [probe, recorder, log] = ['probe.mjs', 'recorder.mjs', 'loaded.txt'].map((name) =>
    join(scratch, name),
  ) as [string, string, string];
  writeFileSync(probe, PROBE);
  writeFileSync(recorder, RECORDER);
  writeFileSync(log, '');
  const hooks = urlOf('test/setup/typescript-hooks.mjs');
  // Given to Node itself, for the threads that the process starts.
  const forThreads = ['--import', urlOf('test/setup/register-typescript.mjs')];
  const start = [...forThreads, probe, hooks, JSON.stringify(aliases), pathToFileURL(recorder).href, log];
  const { PATH = '' } = process.env;
  const answer = await new Promise<Omit<ProcessAnswer, 'loaded'>>((resolve) => {
    execFile(
      process.execPath,
      [...start, urlOf('apps/cli/src/main.ts'), ...argv],
      { cwd, env: { PATH, ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
  const loaded = new Set(readFileSync(log, 'utf8').split('\n').map(nameOf));
  return { ...answer, loaded };
}

function nameOf(module: string): string {
  const path = module.replace(/^file:\/\//, '');
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return name ?? path.replace(ROOT, '');
}
