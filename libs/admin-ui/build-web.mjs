import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Builds the web app, unless what is there is newer than everything that it is made of. */
const here = fileURLToPath(new URL('./', import.meta.url));
const built = join(here, 'dist/web/index.html');
const sources = [
  join(here, 'package.json'),
  join(here, '../client/src/admin-api.ts'),
  ...readdirSync(join(here, 'web'), { recursive: true }).map((file) => join(here, 'web', file)),
];
const changedAt = (file) => statSync(file).mtimeMs;

if (!existsSync(built) || sources.some((file) => changedAt(file) > changedAt(built))) {
  const { build } = await import('vite');
  await build({ root: join(here, 'web'), logLevel: 'warn' });
}
