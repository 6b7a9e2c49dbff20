import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENTRIES, ROOT } from '../../tools/workspace.mjs';

// Loads the workspace's sources, so that nothing must be built.
const aliases = Object.fromEntries(
  ENTRIES.map(({ specifier, source }) => [specifier, pathToFileURL(join(ROOT, source)).href]),
);
register('../setup/typescript-hooks.mjs', import.meta.url, { data: { aliases } });
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
