import { serialize } from 'pg-protocol';
import type { OperatorEntry } from '../entries/operator-entry.js';
import { IsolationViolationError } from '../errors.js';
import { databaseKeyOf, MAIN_DATABASE } from '../homes/placements.js';
import type { EffectivePlans } from '../plans/effective-plan.js';
import type { TenantLimits } from '../plans/tenant-limits.js';
import type { TenancyPoolSettings } from '../pool-options.js';
import type { GuardedTenant } from '../statement/guard/statement-guard.js';
import { type DeploymentRoles, rolesOf, type Tenant } from '../tenant.js';
import { requireEntryTo, type TenantScope } from '../tenant-context.js';

/**
 * Work on a tenant's home by the login that owns it: schema changes, and whatever else needs ownership. No context has
 * this scope; only `TenantPool.asOwner` does.
 */
export interface OwnerScope {
  readonly kind: 'owner';
  /** Whose home to work on; left out, the shared schemas. */
  readonly tenant?: Tenant | undefined;
  /** Allows the home to be missing, because the first statement creates it. Otherwise a missing home is an error. */
  readonly mayBeMissing?: boolean | undefined;
  /** Cancels statements under way, and requests for a connection. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The settings that make a connection act for exactly one tenant, or for the system.
 *
 * This file is the only one that knows how a pin is written in SQL.
 */
export interface Pin {
  /** The tenant's id; the empty string for the system. */
  readonly key: string;
  readonly searchPath: string;
  readonly extent: PinExtent;
  /** The operator's entry that its statements are sent under. */
  readonly entry: OperatorEntry | undefined;
  /** The Parse message of a pin whose statement is not that of the pool. */
  readonly ownParse: Uint8Array | undefined;
  /** Bind and Execute, made when they are first sent: for connections that know the pin by name, and for those that do not. */
  named: Uint8Array | undefined;
  unnamed: Uint8Array | undefined;
  /** The schema that must exist, what is set, and whether to the end of the transaction. */
  readonly values: ReadonlyArray<string | null>;
  /** The tenant whose statements are guarded; `undefined` for the system and for owners. */
  readonly guarded: GuardedTenant | undefined;
  /** The limit on the rows of a statement. */
  readonly resultBytes: number | undefined;
  /** The limit on what a connection keeps prepared for it. */
  readonly preparedStatements: number | undefined;
}

/**
 * A pin as a statement of a script: the statements after it, to the end of its transaction, act for another home. A class, so
 * that no text of a caller can pass for one.
 */
export class ScriptPin {
  readonly text: string;
  readonly values: ReadonlyArray<string | null>;

  constructor(text: string, values: ReadonlyArray<string | null>) {
    this.text = text;
    this.values = values;
  }
}

/** How long a pin holds: to the end of the transaction, or until the connection is pinned again. */
export type PinExtent = 'transaction' | 'session';

/** The name the server gives the setting when it reports a change (PostgreSQL 18: ParameterStatus). */
export const REPORTED_PARAMETER = 'search_path';

/** What every pin sets. */
const SETTINGS = ['search_path', 'role', 'rowhouse.tenant_id'];
/** What the pins of a pool with time limits set too. Null resets to the value of the login role. */
const TIME_LIMITS = ['statement_timeout', 'idle_in_transaction_session_timeout'];

/**
 * One statement, evaluated once, that returns no row. The cast fails when the tenant's schema does not exist. Without
 * it PostgreSQL would silently skip the unknown schema of the path and use the next one.
 */
function pinSql(settings: readonly string[], isLocal = `$${settings.length + 2}`): string {
  const calls = settings.map((name, index) => `pg_catalog.set_config('${name}', $${index + 2}, ${isLocal})`);
  return `select where (${calls.join(' || ')}) is null or $1::pg_catalog.regnamespace is null`;
}

const PIN_STATEMENT = 'rowhouse_pin';

/**
 * The Parse message of the pin, which goes before the user's statement. A direct connection parses the pin once, under
 * a name. Behind a pooler the next statement may run on another server process, so there the pin has no name and is
 * parsed each time (measured on loopback: 25 µs a statement instead of 10 µs).
 */
interface ParseMessages {
  readonly named: Uint8Array;
  readonly unnamed: Uint8Array;
}

function parseMessages(text: string): ParseMessages {
  return { named: serialize.parse({ text, name: PIN_STATEMENT }), unnamed: serialize.parse({ text }) };
}

const EXECUTE = serialize.execute({});

function namedOf(pin: Pin): Uint8Array {
  pin.named ??= bindAndExecute({ statement: PIN_STATEMENT, values: [...pin.values] });
  return pin.named;
}

function unnamedOf(pin: Pin): Uint8Array {
  pin.unnamed ??= bindAndExecute({ values: [...pin.values] });
  return pin.unnamed;
}

function bindAndExecute(bind: Parameters<typeof serialize.bind>[0]): Uint8Array {
  return Buffer.concat([serialize.bind(bind), EXECUTE]);
}

/** Two pins of one pool with the same fingerprint are equal. One that allows the home to be missing equals none that requires it. */
export function fingerprintOf({ values }: Pin): string {
  return JSON.stringify(values);
}

export function isSamePin(one: Pin | undefined, other: Pin): boolean {
  return one === other || (one?.key === other.key && fingerprintOf(one) === fingerprintOf(other));
}

/** The state of one connection, as far as the pin statement depends on it. */
export interface PinKnowledge {
  /** True when the connection has one server process for its whole life. */
  readonly direct: boolean;
  /** True when that server has parsed the named pin. */
  readonly parsed: boolean;
}

/** Every name of a path is checked against this before it is quoted. */
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
  readonly entry?: OperatorEntry | undefined;
}

/** The required schema where no home is required. Shared schemas may not exist yet. */
const ALWAYS_THERE = 'pg_catalog';

/** The role of the login (manual, SET ROLE). */
const LOGIN = 'none';

/** The options of a pool that its pins depend on. */
export type PinOptions = Pick<TenancyPoolSettings, 'pin' | 'roles' | 'sharedSchemas' | 'homeSchema'> & {
  readonly plans: EffectivePlans;
  /** The database that the pool connects to, by {@link databaseKeyOf}. Default: the main one. */
  readonly database?: string | undefined;
};

/** Whose doing it is what happens under a pin: no tenant's where an operator has come by an entry. */
export function observedKeyOf({ key, entry }: Pick<Pin, 'key' | 'entry'>): string {
  return entry ? '' : key;
}

/** Makes the pins of one pool. */
export class PinFactory {
  readonly #options: PinOptions;
  readonly #roles: DeploymentRoles | undefined;
  readonly #settings: readonly string[];
  readonly #parse: ParseMessages;
  readonly #localSql: string;
  /** A pin lives as long as what its tenant was read as; so do the statements that connections have prepared for it. */
  readonly #pins = new WeakMap<Tenant, Pin>();
  readonly #system: Pin;

  constructor(options: PinOptions) {
    this.#options = options;
    this.#roles = options.roles === false ? undefined : rolesOf(options.roles);
    this.#settings = options.plans.mayLimitTime ? [...SETTINGS, ...TIME_LIMITS] : SETTINGS;
    this.#parse = parseMessages(pinSql(this.#settings));
    this.#localSql = pinSql(this.#settings, 'true');
    this.#system = this.#ofSystem();
  }

  get extent(): PinExtent {
    return this.#options.pin === 'session' ? 'session' : 'transaction';
  }

  /** The pin's messages, without a Sync: the statement that is written next runs in the same implicit transaction. */
  messagesOf(pin: Pin, { direct, parsed }: PinKnowledge): Uint8Array[] {
    if (pin.ownParse) return [pin.ownParse, unnamedOf(pin)];
    if (!direct) return [this.#parse.unnamed, unnamedOf(pin)];
    return parsed ? [namedOf(pin)] : [this.#parse.named, namedOf(pin)];
  }

  /** The pin for what follows in a script. */
  inScript({ values }: Pin): ScriptPin {
    return new ScriptPin(this.#localSql, values.slice(0, this.#settings.length + 1));
  }

  /** The schema that holds the tables of a tenant. */
  schemaOf({ isolation, schema }: Tenant): string {
    return isolation === 'schema' ? schema : this.#options.homeSchema;
  }

  /**
   * @param entry - the operator's entry in force.
   * @throws {IsolationViolationError} for a tenant that lives in another database, and for what an entry does not lead to.
   */
  of(scope: TenantScope | OwnerScope, entry?: OperatorEntry): Pin {
    if (entry) return this.#underEntry(scope, entry);
    if (scope.kind === 'system') return scope.asLogin ? this.#ofOwner({ kind: 'owner' }) : this.#system;
    if (scope.kind === 'owner') return this.#ofOwner(scope);
    let pin = this.#pins.get(scope.tenant);
    if (!pin) {
      pin = this.#ofTenant(scope.tenant);
      this.#pins.set(scope.tenant, pin);
    }
    return pin;
  }

  /** Made for each connection: entries are few, and end. */
  #underEntry(scope: TenantScope | OwnerScope, entry: OperatorEntry): Pin {
    if (scope.kind === 'tenant') {
      requireEntryTo(scope.tenant, entry);
      return this.#ofTenant(scope.tenant, entry);
    }
    if (scope.kind === 'system' && !scope.asLogin) return this.#ofSystem(entry);
    throw new IsolationViolationError(
      "Under an operator's entry, nothing acts as the login that owns the schemas: it could lift what holds the entry.",
    );
  }

  #ofSystem(entry?: OperatorEntry): Pin {
    return this.#make({
      key: '',
      path: this.#sharedPath(),
      required: ALWAYS_THERE,
      role: this.#roles?.system ?? LOGIN,
      entry,
    });
  }

  #ofTenant(tenant: Tenant, entry?: OperatorEntry): Pin {
    const path = this.#pathOf(tenant);
    return this.#make({
      key: tenant.id,
      path,
      required: this.schemaOf(tenant),
      role: this.#roleOf(tenant),
      limits: this.#options.plans.limitsOf(tenant),
      guarded: {
        id: tenant.id,
        isolation: tenant.isolation,
        schemas: path,
        readOnly: entry?.readOnly ?? false,
      },
      entry,
    });
  }

  /** Rows that an owner writes into the home of one tenant belong to that tenant; into the shared home, to no tenant. */
  #ofOwner({ tenant, mayBeMissing = false }: OwnerScope): Pin {
    const key = tenant && tenant.isolation !== 'row' ? tenant.id : '';
    const path = tenant ? this.#pathOf(tenant) : this.#sharedPath();
    const required = tenant && !mayBeMissing ? this.schemaOf(tenant) : ALWAYS_THERE;
    return this.#make({ key, path, required, role: LOGIN });
  }

  #roleOf(tenant: Tenant): string {
    if (!this.#roles) return LOGIN;
    return tenant.isolation === 'row' ? this.#roles.row : this.#roles.ofTenant(tenant);
  }

  #pathOf(tenant: Tenant): readonly string[] {
    this.#requireHere(tenant);
    return withoutRepetition([this.schemaOf(tenant), ...this.#options.sharedSchemas]);
  }

  #sharedPath(): readonly string[] {
    return withoutRepetition([...this.#options.sharedSchemas, this.#options.homeSchema]);
  }

  #requireHere(tenant: Tenant): void {
    const { database = MAIN_DATABASE } = this.#options;
    if (databaseKeyOf(tenant) !== database)
      throw new IsolationViolationError(
        `The tenant ${tenant.slug} does not live in the database of this pool.`,
      );
  }

  #make({ key, path, required, role, limits = {}, guarded, entry }: PinSettings): Pin {
    // A path that does not name pg_temp begins with it, and a temporary table would hide the tenant's own table of that
    // name (manual, 20.11.1 "Statement Behavior").
    const searchPath = [...path.map(quote), 'pg_temp'].join(', ');
    const common: Array<string | null> = [searchPath, role, key];
    if (this.#settings.length > SETTINGS.length)
      common.push(millis(limits.statementTimeoutMs), millis(limits.idleInTransactionTimeoutMs));
    const ofEntry = entry ? Object.entries(settingsOf(entry)) : [];
    const set = [...common, ...ofEntry.map(([, value]) => value)];
    // What an entry sets ends with the transaction, so that the next pin of the connection need not undo it.
    const extent = entry ? 'transaction' : this.extent;
    const values = [quote(required), ...set, extent === 'transaction' ? 'true' : 'false'];
    const ownSql = entry && pinSql([...this.#settings, ...ofEntry.map(([name]) => name)]);
    return {
      key,
      searchPath,
      extent,
      entry,
      ownParse: ownSql === undefined ? undefined : serialize.parse({ text: ownSql }),
      named: undefined,
      unnamed: undefined,
      values,
      guarded,
      resultBytes: limits.resultBytes,
      preparedStatements: limits.preparedStatements,
    };
  }
}

/**
 * What pins under an operator's entry set beside. Triggers see the first; pg_stat_activity and the log show the second.
 *
 * A transaction that only reads stays so from its first statement on, which the pin is: PostgreSQL lets neither SQL nor a
 * function nor a savepoint turn it back (manual, SET TRANSACTION). An entry that may write leaves the mode to the app, which may
 * have begun a transaction that only reads.
 */
function settingsOf({ id, readOnly }: OperatorEntry): Readonly<Record<string, string>> {
  const marks = { 'rowhouse.entry': id, application_name: `rowhouse-entry ${id}` };
  return readOnly ? { ...marks, transaction_read_only: 'on' } : marks;
}

function millis(limit: number | undefined): string | null {
  return limit === undefined ? null : String(limit);
}

function withoutRepetition(path: readonly string[]): readonly string[] {
  return [...new Set(path)];
}
