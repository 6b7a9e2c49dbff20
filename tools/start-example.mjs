import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, start } from '../test/packages/processes.mjs';
import { PACKAGES, ROOT } from './workspace.mjs';

/**
 * Starts an example that is no part of the workspace, because it has another version of Nest: in a copy of its folder, with the packages as
 * they would be published. It takes some minutes: `node tools/start-example.mjs commonjs-nest11`.
 */
const [name] = process.argv.slice(2);
const source = join(ROOT, 'examples', name);
const folder = mkdtempSync(join(tmpdir(), `rowhouse-${name}-`));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const { dependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
const needed = new Set(Object.keys(dependencies));
// Each package stands after those that it depends on.
for (const { name: one, dependencies: its } of [...PACKAGES].reverse())
  if (needed.has(one)) for (const each of its) needed.add(each);

console.error('Building the packages …');
await npm(['run', 'build'], { cwd: ROOT });
const tarballs = [];
for (const { name: one, directory } of PACKAGES) {
  if (!needed.has(one)) continue;
  const [{ filename }] = JSON.parse(
    await npm(['pack', '--json', '--pack-destination', folder], { cwd: directory }),
  );
  tarballs.push(join(folder, filename));
}
console.error('Installing the example …');
const app = join(folder, 'app');
cpSync(source, app, {
  recursive: true,
  filter: (path) => !/[\\/](node_modules|dist|\.rowhouse)$/.test(path),
});
await npm(['install', '--no-package-lock', ...tarballs], { cwd: app });
const program = start('npm', ['start', '--silent'], { cwd: app });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => program.signalGroup(signal));
