import { LRUCache } from 'lru-cache';
import { serialize } from 'pg-protocol';
import { IsolationViolationError } from './errors.js';
import type { Tenant } from './tenant.js';
import type { TenantScope } from './tenant-context.js';

/**
 * The settings that make a connection act for exactly one tenant, or for the system.
 *
 * This file is the only one that knows how a pin is written in SQL.
 */
export interface Pin {
  /** The tenant's id; the empty string for the system. Two pins of one pool with the same key are equal. */
  readonly key: string;
  readonly searchPath: string;
  /** Bind and Execute for connections that know the pin by name, and for those that do not. */
  readonly messages: { readonly named: Uint8Array; readonly unnamed: Uint8Array };
}

/** How long a pin holds: to the end of the transaction, or until the connection is pinned again. */
export type PinExtent = 'transaction' | 'session';

/** The name the server gives the setting when it reports a change (PostgreSQL 18: ParameterStatus). */
export const REPORTED_PARAMETER = 'search_path';

/**
 * One statement, evaluated once, that yields no row. The cast fails when the tenant's schema does not
 * exist, because PostgreSQL skips unknown schemas of a path in silence and the next one would be used.
 */
const PIN_SQL =
  "select where (pg_catalog.set_config('search_path', $1, $4) || pg_catalog.set_config('rowhouse.tenant_id', $2, $4))" +
  ' is null or $3::pg_catalog.regnamespace is null';

const PIN_STATEMENT = 'rowhouse_pin';

/**
 * The protocol messages before the user's statement. A direct connection parses the pin once, under a
 * name; behind a pooler the next statement may meet another server, so there it has no name and is
 * parsed each time (measured on loopback: about 10 µs a statement against 25 µs).
 */
const PARSE_NAMED = serialize.parse({ text: PIN_SQL, name: PIN_STATEMENT });
const PARSE_UNNAMED = serialize.parse({ text: PIN_SQL });
const EXECUTE = serialize.execute({});

/** What one connection knows of the pin statement. */
export interface PinKnowledge {
  /** True when one server answers for the life of the connection. */
  readonly direct: boolean;
  /** True when that server has parsed the named pin. */
  readonly parsed: boolean;
}

/** The pin's messages, without a Sync: whatever is written next runs in the same implicit transaction. */
export function pinMessages(pin: Pin, { direct, parsed }: PinKnowledge): Uint8Array[] {
  if (!direct) return [PARSE_UNNAMED, pin.messages.unnamed];
  return parsed ? [pin.messages.named] : [PARSE_NAMED, pin.messages.named];
}

/** Quoting happens here: every name of a path is a checked, lower-case identifier. */
const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;

function quote(name: string): string {
  if (!IDENTIFIER.test(name))
    throw new IsolationViolationError(`"${name}" is no schema name Rowhouse will use.`);
  return `"${name}"`;
}

interface PinSettings {
  readonly key: string;
  readonly path: readonly string[];
  /** A schema that must exist. */
  readonly required: string;
}

function makePin({ key, path, required }: PinSettings, extent: PinExtent): Pin {
  // pg_temp last: unless named, it comes first, and a temporary table would stand before the tenant's own
  // (manual, 20.11.1 "Statement Behavior").
  const searchPath = [...path.map(quote), 'pg_temp'].join(', ');
  const values = [searchPath, key, quote(required), extent === 'transaction' ? 'true' : 'false'];
  const named = Buffer.concat([serialize.bind({ statement: PIN_STATEMENT, values }), EXECUTE]);
  const unnamed = Buffer.concat([serialize.bind({ values }), EXECUTE]);
  return { key, searchPath, messages: { named, unnamed } };
}

/** A pin is made in microseconds and takes half a kilobyte, so only those in use are kept. */
const MAX_KEPT_PINS = 1_000;

/** Makes the pins of one pool. */
export class PinFactory {
  readonly #sharedSchemas: readonly string[];
  readonly #pins = new LRUCache<Tenant, Pin>({ max: MAX_KEPT_PINS });
  readonly #system: Pin;
  readonly #extent: PinExtent;

  /** @param sharedSchemas - schemas behind the tenant's own, for reference tables; checked here. */
  constructor(sharedSchemas: readonly string[], extent: PinExtent) {
    this.#sharedSchemas = sharedSchemas;
    this.#extent = extent;
    this.#system = makePin({ key: '', path: sharedSchemas, required: 'pg_catalog' }, extent);
  }

  of(scope: TenantScope): Pin {
    return scope.kind === 'system' ? this.#system : this.#ofTenant(scope.tenant);
  }

  #ofTenant(tenant: Tenant): Pin {
    let pin = this.#pins.get(tenant);
    if (!pin) {
      if (tenant.isolation !== 'schema') {
        throw new IsolationViolationError(
          `A pool pins tenants with isolation "schema", not "${tenant.isolation}".`,
        );
      }
      pin = makePin(
        { key: tenant.id, path: [tenant.schema, ...this.#sharedSchemas], required: tenant.schema },
        this.#extent,
      );
      this.#pins.set(tenant, pin);
    }
    return pin;
  }
}

/** SQL that changes pinned settings in a way command tags do not show. */
export const PIN_CHANGING_SQL = /\bset_config\b|\bsearch_path\b|\bpg_settings\b/i;
