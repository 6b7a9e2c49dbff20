import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { WebAppNotBuiltError } from './errors.js';

/** Where `npm run build` puts the web app, wherever this module was compiled to. */
export const BUILT_WEB_APP = join(
  dirname(createRequire(import.meta.url).resolve('@rowhouse/admin-ui/package.json')),
  'dist/web',
);

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface WebFile {
  readonly type: string;
  readonly content: Buffer;
  readonly gzipped: Buffer;
}

/** The built web app: its page, and the files of it whose names are hashes of what is in them. Read once, when first asked for. */
export class WebFiles {
  #read: { readonly page: string; readonly assets: ReadonlyMap<string, WebFile> } | undefined;

  constructor(private readonly folder: string) {}

  /** @throws {WebAppNotBuiltError} */
  page(): string {
    return this.#files().page;
  }

  asset(name: string): WebFile | undefined {
    return this.#files().assets.get(name);
  }

  #files() {
    this.#read ??= readFrom(this.folder);
    return this.#read;
  }
}

function readFrom(folder: string) {
  try {
    const assets = join(folder, 'assets');
    return {
      page: readFileSync(join(folder, 'index.html'), 'utf8'),
      assets: new Map(readdirSync(assets).map((name) => [name, fileAt(join(assets, name))])),
    };
  } catch (cause) {
    throw new WebAppNotBuiltError(cause);
  }
}

function fileAt(path: string): WebFile {
  const content = readFileSync(path);
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  return { type, content, gzipped: gzipSync(content, { level: 9 }) };
}
