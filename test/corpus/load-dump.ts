import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type DumpPart, splitDump } from './dump-text.js';

const { escapeIdentifier: quote } = pg;

/** What became of a dump. */
export interface LoadedDump {
  /** The statements that ran, without the rows of COPY. */
  readonly statements: readonly string[];
  /** What did not run, each with its line and the reason. */
  readonly skipped: readonly { readonly line: number; readonly text: string; readonly reason: string }[];
  /** Roles that the dump made, or that were made because it names them. They belong to the server. */
  readonly roles: readonly string[];
}

const DATABASE = /^(?:create|alter|drop|comment\s+on)\s+database\b/i;
const ENCODING = /^set\s+(?:session\s+|local\s+)?client_encoding\b/i;
const MAKES_ROLE = /^create\s+(?:role|user(?!\s+mapping\b)|group)\s+(?:"((?:[^"]|"")+)"|([\w$]+))/i;
const ROLE_MISSING = /^role "(.+)" does not exist$/;

/** Runs a dump in a database, as psql does without ON_ERROR_STOP. */
export async function loadDump(url: string, file: string): Promise<LoadedDump> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const loader = new DumpLoader(client);
    for (const part of splitDump(await readText(file))) await loader.run(part);
    return loader.result();
  } finally {
    await client.end();
  }
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file);
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1').replace(/^\ufeff/, '');
}

class DumpLoader {
  readonly #client: pg.Client;
  readonly #statements: string[] = [];
  readonly #skipped: { line: number; text: string; reason: string }[] = [];
  readonly #roles = new Set<string>();
  /** As the server reports it: `I` idle, `T` in a transaction, `E` in a failed one. */
  #status = 'I';

  constructor(client: pg.Client) {
    this.#client = client;
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
    connection.on('readyForQuery', ({ status }: { status: string }) => (this.#status = status));
  }

  result(): LoadedDump {
    return { statements: this.#statements, skipped: this.#skipped, roles: [...this.#roles] };
  }

  async run(part: DumpPart): Promise<void> {
    const reason = reasonToSkip(part);
    if (reason) return this.#skip(part, reason);
    try {
      await this.#retrying(() => this.#send(part));
      if (part.kind === 'statement') this.#statements.push(part.text);
      const [, quoted, plain] = MAKES_ROLE.exec(part.text) ?? [];
      const role = quoted?.replaceAll('""', '"') ?? plain?.toLowerCase();
      if (role) this.#roles.add(role);
    } catch (error) {
      this.#skip(part, (error as Error).message);
    }
  }

  /** Makes a role that the dump names and does not make: pg_dump writes owners and grants, and no roles. */
  async #retrying(send: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await send();
      } catch (error) {
        const [, role] = ROLE_MISSING.exec((error as Error).message) ?? [];
        if (!role || this.#roles.has(role)) throw error;
        await this.#client.query(`create role ${quote(role)}`);
        this.#roles.add(role);
      }
    }
  }

  /** In a transaction of the dump, a statement that fails is undone alone. */
  async #send({ kind, text, rows }: DumpPart): Promise<void> {
    const isWithin =
      this.#status === 'T' && !/^(?:commit|end|rollback|abort|savepoint|release)\b/i.test(text);
    if (isWithin) await this.#client.query('savepoint before_statement');
    try {
      if (kind === 'copy')
        await pipeline(Readable.from(rows === '' ? [] : [rows]), this.#client.query(copyFrom(text)));
      else await this.#client.query(text);
    } catch (error) {
      if (isWithin) await this.#client.query('rollback to savepoint before_statement');
      throw error;
    }
  }

  #skip({ line, text }: DumpPart, reason: string): void {
    this.#skipped.push({ line, text, reason });
  }
}

function reasonToSkip({ kind, text }: DumpPart): string | undefined {
  if (kind === 'command') return 'a command of psql';
  if (DATABASE.test(text)) return 'the run has a database of its own';
  if (ENCODING.test(text)) return 'the file is sent as UTF-8';
  return undefined;
}
