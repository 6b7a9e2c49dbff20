import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AdminClient, ChromaClient } from 'chromadb';
import { freePort } from './free-port.js';
import { until } from './until.js';

/** A real Chroma on this machine. */
export interface ChromaServer {
  readonly port: number;
  /** Of the database that is there from the start. */
  readonly client: ChromaClient;
  /** For databases of tenants. */
  readonly databases: { readonly admin: AdminClient; readonly client: (database: string) => ChromaClient };
  close(): Promise<void>;
}

const MISSING =
  "Chroma's server did not start, and this suite needs the real one. It comes with the npm package chromadb, for glibc 2.39 or later; for an " +
  'earlier one get: npm install --prefix <folder> chromadb-js-bindings-linux-x64-gnu@0.1.3, and name ' +
  '<folder>/node_modules/chromadb-js-bindings-linux-x64-gnu in ROWHOUSE_CHROMA_BINDINGS. It said:';

/** The program `chroma`: of the bindings that are named, else that of `chromadb`. */
function programOf(bindings: string | undefined): readonly string[] {
  if (bindings)
    return ['-e', `require(${JSON.stringify(bindings)}).cli(['chroma', ...process.argv.slice(1)])`];
  const entry = createRequire(import.meta.url).resolve('chromadb');
  return [join(dirname(entry), '..', 'cli.mjs')];
}

export async function startChroma(): Promise<ChromaServer> {
  const folder = mkdtempSync(join(tmpdir(), 'rowhouse-chroma-'));
  const port = await freePort();
  const program = programOf(process.env['ROWHOUSE_CHROMA_BINDINGS']);
  const args = ['run', '--path', folder, '--host', '127.0.0.1', '--port', `${port}`];
  const server = spawn(process.execPath, [...program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (data) => {
      log = `${log}${data}`.slice(-4_000);
    });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => {
      hasEnded = true;
      resolve();
    });
  });
  const close = async () => {
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const address = { host: '127.0.0.1', port, ssl: false };
  const client = new ChromaClient(address);
  const databases = {
    admin: new AdminClient(address),
    client: (database: string) => new ChromaClient({ ...address, database }),
  };
  try {
    await until(async () => {
      if (hasEnded) throw new Error(`${MISSING}\n${log}`);
      return await client.heartbeat().catch(() => undefined);
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { port, client, databases, close };
}
