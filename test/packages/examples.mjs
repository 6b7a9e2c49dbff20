import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './packages.mjs';
import { npm, temporaryDirectory } from './processes.mjs';

/** Examples that are no part of the workspace, since they have other versions of Nest: each is copied, installed and tested. */
const OUTSIDE = ['commonjs-nest11'];

export async function checkExamples(list, tarballs) {
  for (const name of OUTSIDE) {
    await list.part(`examples/${name}`, async () => {
      const cwd = temporaryDirectory(name);
      const skip = /[\\/](node_modules|dist|\.rowhouse)$/;
      cpSync(join(ROOT, 'examples', name), cwd, { recursive: true, filter: (path) => !skip.test(path) });
      await list.step('installs', () => npm(['install', '--no-package-lock', ...tarballs], { cwd }));
      await list.step('passes its own tests', () => npm(['test'], { cwd }));
    });
  }
}
