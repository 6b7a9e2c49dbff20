import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { writeCommonJs } from './commonjs.mjs';
import { PACKAGES, ROOT } from './workspace.mjs';

/** Compiles every package that is published, each after those it references. */
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const folders = PACKAGES.map(({ folder }) => folder);
// What an earlier build left of sources that are gone would be published.
for (const { directory } of PACKAGES) rmSync(join(directory, 'dist'), { recursive: true, force: true });
try {
  execFileSync(process.execPath, [tsc, '-b', ...folders, ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  for (const { directory, alsoCommonJs } of PACKAGES) if (alsoCommonJs) writeCommonJs(directory);
  await import('../libs/admin-ui/build-web.mjs');
} catch (error) {
  // The compiler has said what is wrong.
  process.exitCode = error.status ?? 1;
}
