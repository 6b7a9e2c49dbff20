import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { PACKAGES, ROOT } from './workspace.mjs';

/** Compiles every package that is published, each after those it references. */
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const folders = PACKAGES.map(({ folder }) => folder);
try {
  execFileSync(process.execPath, [tsc, '-b', ...folders, ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
} catch (error) {
  // The compiler has said what is wrong.
  process.exitCode = error.status ?? 1;
}
