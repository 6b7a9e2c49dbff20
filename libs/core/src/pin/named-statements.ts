import { LRUCache } from 'lru-cache';
import { StatementRefusedError } from '../errors.js';
import type { ClosingStatements } from './closing-statements.js';
import { type PgConnection, PgQuery, type Submittable } from './pg-internals.js';
import { fingerprintOf, type Pin } from './pin.js';

/** Prepared statements that a connection keeps: each costs its server process up to some ten kilobytes. */
const MAX_KEPT = 256;

/** A server's name for a statement. The guard lets no SQL name one that begins like this. */
const WIRE_PREFIX = 'rowhouse_s';

/** A query object whose name and text may be set before it is submitted. */
interface Named {
  name?: string | undefined;
  text?: string | undefined;
}

/**
 * The named statements of one connection.
 *
 * A name belongs to the pin that it was sent for: another tenant's tables may differ, so that the server refuses the plan
 * (0A000), and its statement of that name may have another text. On the wire each has a name of ours, which also keeps
 * names apart whose first 63 bytes are the same. Behind a pooler statements go without a name, because the next one may
 * reach another server process.
 */
export class NamedStatements {
  readonly #connection: PgConnection;
  /** The name on the wire, by pin and name. */
  readonly #kept = new LRUCache<string, string>({
    max: MAX_KEPT,
    dispose: (wireName) => this.#forget(wireName),
  });
  readonly #closing: ClosingStatements;
  #made = 0;

  constructor(connection: PgConnection, closing: ClosingStatements) {
    this.#connection = connection;
    this.#closing = closing;
  }

  /**
   * Gives a statement that is sent by its name alone the text that it was prepared with, so that it is read like any other.
   *
   * @throws {StatementRefusedError} for a name under which its tenant has prepared nothing on this connection.
   */
  recall(pin: Pin, query: Submittable): void {
    if (!isNamed(query) || query.text) return;
    const wireName = this.#kept.get(keyOf(pin, query.name));
    query.text = wireName && this.#textOf(wireName);
    if (query.text) return;
    throw new StatementRefusedError(
      'A statement was sent by its name alone, and its tenant has prepared none of that name on this connection. Send its text as well.',
    );
  }

  /** Gives a query that is about to be written its name on the wire; an error when the name has another text already. */
  rename(pin: Pin, query: Submittable, { direct }: { readonly direct: boolean }): Error | undefined {
    if (!isNamed(query)) return undefined;
    const { name } = query;
    if (!direct) {
      (query as Named).name = undefined;
      return undefined;
    }
    const key = keyOf(pin, name);
    let wireName = this.#kept.get(key);
    const text = wireName && this.#textOf(wireName);
    // In the words of pg, which would compare the names on the wire.
    if (text && text !== query.text) {
      return new Error(`Prepared statements must be unique - '${name}' was used for a different statement`);
    }
    if (!wireName) {
      this.#made += 1;
      wireName = WIRE_PREFIX + this.#made;
      this.#kept.set(key, wireName);
    }
    query.name = wireName;
    return undefined;
  }

  /** Drops a statement that fits its tables no longer, or is gone. It is parsed anew when it is sent again. */
  drop(query: unknown): void {
    if (!isNamed(query)) return;
    for (const [key, wireName] of this.#kept.entries()) if (wireName === query.name) this.#kept.delete(key);
  }

  /** The server has none left: DEALLOCATE ALL, DISCARD ALL. */
  clear(): void {
    this.#kept.clear();
  }

  #textOf(wireName: string): string | undefined {
    const { parsedStatements, submittedNamedStatements } = this.#connection;
    return parsedStatements[wireName] ?? submittedNamedStatements?.[wireName];
  }

  #forget(wireName: string): void {
    delete this.#connection.parsedStatements[wireName];
    this.#closing.add(wireName);
  }
}

function isNamed(query: unknown): query is Named & { name: string } {
  return query instanceof PgQuery && typeof query.name === 'string' && query.name !== '';
}

function keyOf(pin: Pin, name: string): string {
  return `${fingerprintOf(pin)}\n${name}`;
}
