import { createRequire } from 'node:module';

const { name, version } = createRequire(import.meta.url)('@rowhouse/transfer/package.json') as {
  name: string;
  version: string;
};

/** What writes archives, with its version. */
export const WRITTEN_BY = `${name} ${version}`;
