import { LRUCache } from 'lru-cache';
import { serialize } from 'pg-protocol';
import { IsolationViolationError } from '../errors.js';
import { limitsOf, type TenancyPoolSettings, type TenantLimits } from '../pool-options.js';
import { type DeploymentRoles, rolesOf, type Tenant } from '../tenant.js';
import type { TenantScope } from '../tenant-context.js';

/**
 * Work on a tenant's home by the login that owns it: schema changes, and what only an owner may. It is no scope of the
 * context: a pool has it when it is asked by `asOwner`.
 */
export interface OwnerScope {
  readonly kind: 'owner';
  /** Whose home it is; left out, the shared schemas. */
  readonly tenant?: Tenant | undefined;
  /** Whether the home is yet to be made, by the first statement. Without it a missing home is an error. */
  readonly mayBeMissing?: boolean | undefined;
}

/**
 * The settings that make a connection act for exactly one tenant, or for the system.
 *
 * This file is the only one that knows how a pin is written in SQL.
 */
export interface Pin {
  /** The tenant's id; the empty string for the system. */
  readonly key: string;
  /** Two pins of one pool with the same fingerprint are equal. */
  readonly fingerprint: string;
  readonly searchPath: string;
  /** Bind and Execute for connections that know the pin by name, and for those that do not. */
  readonly messages: { readonly named: Uint8Array; readonly unnamed: Uint8Array };
  /** The tenant whose statements are guarded; `undefined` for the system and for owners. */
  readonly guarded: GuardedTenant | undefined;
}

/** What a guard has to know of the tenant that a statement is for. */
export interface GuardedTenant {
  readonly id: string;
  readonly isolation: Tenant['isolation'];
  /** The schemas that its statements may name. */
  readonly schemas: readonly string[];
}

/** How long a pin holds: to the end of the transaction, or until the connection is pinned again. */
export type PinExtent = 'transaction' | 'session';

/** The name the server gives the setting when it reports a change (PostgreSQL 18: ParameterStatus). */
export const REPORTED_PARAMETER = 'search_path';

/** What each pin sets … */
const SETTINGS = ['search_path', 'role', 'rowhouse.tenant_id'];
/** … and what only pins of a pool with time limits do. Null stands for the login role's own. */
const TIME_LIMITS = ['statement_timeout', 'idle_in_transaction_session_timeout'];

/**
 * One statement, evaluated once, that yields no row. The cast fails when the tenant's schema does not
 * exist, because PostgreSQL skips unknown schemas of a path in silence and the next one would be used.
 */
function pinSql(settings: readonly string[]): string {
  const calls = settings.map((name, index) => `pg_catalog.set_config('${name}', $${index + 3}, $1)`);
  return `select where (${calls.join(' || ')}) is null or $2::pg_catalog.regnamespace is null`;
}

const PIN_STATEMENT = 'rowhouse_pin';

/**
 * The protocol messages before the user's statement. A direct connection parses the pin once, under a
 * name; behind a pooler the next statement may meet another server, so there it has no name and is
 * parsed each time (measured on loopback: about 10 µs a statement against 25 µs).
 */
interface ParseMessages {
  readonly named: Uint8Array;
  readonly unnamed: Uint8Array;
}

function parseMessages(text: string): ParseMessages {
  return { named: serialize.parse({ text, name: PIN_STATEMENT }), unnamed: serialize.parse({ text }) };
}

const EXECUTE = serialize.execute({});

/** What one connection knows of the pin statement. */
export interface PinKnowledge {
  /** True when one server answers for the life of the connection. */
  readonly direct: boolean;
  /** True when that server has parsed the named pin. */
  readonly parsed: boolean;
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
  readonly role: string;
  readonly limits?: TenantLimits;
  readonly guarded?: GuardedTenant;
  readonly mayBeMissing?: boolean;
}

/** Work that belongs to no home needs none: shared schemas may be yet to be made. */
const ALWAYS_THERE = 'pg_catalog';

/** The role that was logged in as (manual, SET ROLE). */
const LOGIN = 'none';

/** A pin is made in microseconds and takes half a kilobyte, so only those in use are kept. */
const MAX_KEPT_PINS = 1_000;

/** What a pin factory takes from the options of its pool. */
export type PinOptions = Pick<
  TenancyPoolSettings,
  'pin' | 'roles' | 'sharedSchemas' | 'homeSchema' | 'limits'
> & {
  /** The tenant whose own database the pool connects to; left out, it is the database that the others share. */
  readonly databaseOf?: Tenant | undefined;
};

/** Makes the pins of one pool. */
export class PinFactory {
  readonly #options: PinOptions;
  readonly #roles: DeploymentRoles | undefined;
  readonly #settings: readonly string[];
  readonly #parse: ParseMessages;
  readonly #pins = new LRUCache<Tenant, Pin>({ max: MAX_KEPT_PINS });
  readonly #system: Pin;

  constructor(options: PinOptions) {
    this.#options = options;
    this.#roles = options.roles === false ? undefined : rolesOf(options.roles);
    this.#settings = hasTimeLimits(options) ? [...SETTINGS, ...TIME_LIMITS] : SETTINGS;
    this.#parse = parseMessages(pinSql(this.#settings));
    this.#system = this.#make({
      key: '',
      path: this.#sharedPath(),
      required: ALWAYS_THERE,
      role: this.#roles?.system ?? LOGIN,
    });
  }

  get extent(): PinExtent {
    return this.#options.pin === 'session' ? 'session' : 'transaction';
  }

  /** The pin's messages, without a Sync: whatever is written next runs in the same implicit transaction. */
  messagesOf(pin: Pin, { direct, parsed }: PinKnowledge): Uint8Array[] {
    if (!direct) return [this.#parse.unnamed, pin.messages.unnamed];
    return parsed ? [pin.messages.named] : [this.#parse.named, pin.messages.named];
  }

  /** @throws {IsolationViolationError} for a tenant that lives in another database. */
  of(scope: TenantScope | OwnerScope): Pin {
    if (scope.kind === 'system') return scope.asLogin ? this.#ofOwner({ kind: 'owner' }) : this.#system;
    if (scope.kind === 'owner') return this.#ofOwner(scope);
    let pin = this.#pins.get(scope.tenant);
    if (!pin) {
      pin = this.#ofTenant(scope.tenant);
      this.#pins.set(scope.tenant, pin);
    }
    return pin;
  }

  #ofTenant(tenant: Tenant): Pin {
    const path = this.#pathOf(tenant);
    return this.#make({
      key: tenant.id,
      path,
      required: this.#schemaOf(tenant),
      role: this.#roleOf(tenant),
      limits: limitsOf(this.#options.limits, tenant),
      guarded: { id: tenant.id, isolation: tenant.isolation, schemas: path },
    });
  }

  /** Rows that an owner writes to a home of one tenant are that tenant's; in the shared home they are nobody's. */
  #ofOwner({ tenant, mayBeMissing = false }: OwnerScope): Pin {
    const key = tenant && tenant.isolation !== 'row' ? tenant.id : '';
    const path = tenant ? this.#pathOf(tenant) : this.#sharedPath();
    const required = tenant && !mayBeMissing ? this.#schemaOf(tenant) : ALWAYS_THERE;
    return this.#make({ key, path, required, role: LOGIN, mayBeMissing });
  }

  #roleOf(tenant: Tenant): string {
    if (!this.#roles) return LOGIN;
    return tenant.isolation === 'row' ? this.#roles.row : this.#roles.ofTenant(tenant);
  }

  #pathOf(tenant: Tenant): readonly string[] {
    this.#requireHere(tenant);
    return withoutRepetition([this.#schemaOf(tenant), ...this.#options.sharedSchemas]);
  }

  #schemaOf({ isolation, schema }: Tenant): string {
    return isolation === 'schema' ? schema : this.#options.homeSchema;
  }

  #sharedPath(): readonly string[] {
    return withoutRepetition([...this.#options.sharedSchemas, this.#options.homeSchema]);
  }

  #requireHere(tenant: Tenant): void {
    const { databaseOf } = this.#options;
    const isHere = databaseOf ? tenant.id === databaseOf.id : tenant.isolation !== 'database';
    if (!isHere)
      throw new IsolationViolationError(
        `The tenant ${tenant.slug} does not live in the database of this pool.`,
      );
    if (tenant.isolation === 'database' || tenant.placement === 'default') return;
    throw new IsolationViolationError(
      `The tenant ${tenant.slug} has isolation "${tenant.isolation}" and placement "${tenant.placement}"; only tenants ` +
        'with a database of their own live on a placement other than "default".',
    );
  }

  #make({ key, path, required, role, limits = {}, guarded, mayBeMissing = false }: PinSettings): Pin {
    // pg_temp last: unless named, it comes first, and a temporary table would stand before the tenant's own
    // (manual, 20.11.1 "Statement Behavior").
    const searchPath = [...path.map(quote), 'pg_temp'].join(', ');
    const set: Array<string | null> = [searchPath, role, key];
    if (this.#settings.length > SETTINGS.length)
      set.push(millis(limits.statementTimeoutMs), millis(limits.idleInTransactionTimeoutMs));
    const values = [this.extent === 'transaction' ? 'true' : 'false', quote(required), ...set];
    const named = Buffer.concat([serialize.bind({ statement: PIN_STATEMENT, values }), EXECUTE]);
    const unnamed = Buffer.concat([serialize.bind({ values }), EXECUTE]);
    // A connection that was pinned when the home was not required has not proved that there is one.
    const fingerprint = JSON.stringify(mayBeMissing ? [...set, 'founding'] : set);
    return { key, fingerprint, searchPath, messages: { named, unnamed }, guarded };
  }
}

function hasTimeLimits({ limits }: PinOptions): boolean {
  return [limits, ...Object.values(limits.plans)].some(
    ({ statementTimeoutMs, idleInTransactionTimeoutMs }) =>
      statementTimeoutMs !== undefined || idleInTransactionTimeoutMs !== undefined,
  );
}

function millis(limit: number | undefined): string | null {
  return limit === undefined ? null : String(limit);
}

function withoutRepetition(path: readonly string[]): readonly string[] {
  return [...new Set(path)];
}

/** SQL that changes pinned settings in a way command tags do not show. */
export const PIN_CHANGING_SQL = /\bset_config\b|\bsearch_path\b|\bpg_settings\b/i;
