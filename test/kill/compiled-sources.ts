import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { transformFile } from '@swc/core';
import { ENTRIES, ROOT as root } from '../../tools/workspace.mjs';

const SOURCES = [
  'core',
  'typeorm',
  'nestjs',
  'metrics',
  'migrations',
  'transfer',
  'files',
  'integrations',
  'admin',
]
  .map((name) => `libs/${name}/src`)
  .concat('test/kill', 'test/replicas');
/** Modules that a worker does not need. Nest takes longer to load than everything else. */
const LEFT_OUT = /\.(spec|contract|fixture)\.ts$|^libs\/migrations\/src\/nest\//;
/** The compiled file of each package entry, by its name in imports. */
const TARGETS = new Map(ENTRIES.map(({ specifier, source }) => [specifier, source.replace(/\.ts$/, '.js')]));

/** JavaScript of this workspace's sources, which a process loads in a fraction of a second. */
export interface CompiledSources {
  /** The program that does the work of one victim. */
  readonly worker: string;
  /** The program that uploads and purges files of tenants until it is killed. */
  readonly filesApp: string;
  /** The program that serves files of tenants, and says how much memory that takes. */
  readonly filesServer: string;
  /** The program that refreshes tokens of tenants until it is killed. */
  readonly integrationsApp: string;
  /** The program that imports and purges a tenant with files until it is killed. */
  readonly filesFleet: string;
  /** The program that serves notes, which it reads from a replica. */
  readonly notesServer: string;
  remove(): Promise<void>;
}

export async function compileSources(): Promise<CompiledSources> {
  const cache = join(root, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'rowhouse-kill-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const lists = await Promise.all(SOURCES.map(filesIn));
  await Promise.all(lists.flat().map((file) => compile(file, folder)));
  return {
    worker: join(folder, 'test/kill/worker.js'),
    filesApp: join(folder, 'test/kill/files-app.js'),
    filesServer: join(folder, 'test/kill/files-server.js'),
    integrationsApp: join(folder, 'test/kill/integrations-app.js'),
    filesFleet: join(folder, 'test/kill/files-fleet.js'),
    notesServer: join(folder, 'test/replicas/notes-server.js'),
    remove: () => rm(folder, { recursive: true }),
  };
}

async function filesIn(source: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, source), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !LEFT_OUT.test(file));
}

async function compile(file: string, folder: string): Promise<void> {
  const { code } = await transformFile(join(root, file), {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
      keepClassNames: true,
    },
    module: { type: 'es6' },
  });
  const target = join(folder, file.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(
    target,
    code.replaceAll(/(["'])(@rowhouse\/[\w/]+)\1/g, (name, _quote, specifier: string) => {
      const entry = TARGETS.get(specifier);
      return entry === undefined ? name : JSON.stringify(pathTo(entry, file));
    }),
  );
}

function pathTo(entry: string, from: string): string {
  const path = relative(dirname(from), entry);
  return path.startsWith('.') ? path : `./${path}`;
}
