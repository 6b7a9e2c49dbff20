import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIBRARIES = [
  'core',
  'typeorm',
  'nestjs',
  'metrics',
  'migrations',
  'transfer',
  'files',
  'admin',
  'admin-ui',
  'testing',
];
const PACKAGES = [...LIBRARIES.map((name) => `libs/${name}`), 'apps/cli', 'bench/app'];

/** Benches measure the compiled packages, as users install them. Compiles packages that are missing or out of date. */
export function ensureBuilt(log) {
  const stale = PACKAGES.filter(isStale);
  if (stale.length === 0) return;
  log(`Compiling ${stale.join(', ')} (tsc -b) …`);
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b', ...PACKAGES], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('The packages do not compile.');
}

function isStale(folder) {
  const built = timeOf(join(ROOT, folder, 'dist/.tsbuildinfo'));
  return sourceTimes(join(ROOT, folder, 'src')).some((time) => time > built);
}

function sourceTimes(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => timeOf(join(entry.parentPath, entry.name)));
}

function timeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
