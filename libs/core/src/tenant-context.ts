import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { type Actor, requireActor } from './audit/actor.js';
import { auditContext } from './audit/audit-context.js';
import type { OperatorEntry } from './entries/operator-entry.js';
import { IsolationViolationError, TenantContextMissingError } from './errors.js';
import type { LogIds } from './logs/log-ids.js';
import type { Tenant } from './tenant.js';

/** What is in force for an async call chain: one tenant, or the system with a stated reason. */
export type TenantScope =
  | {
      readonly kind: 'tenant';
      readonly tenant: Tenant;
      readonly signal?: AbortSignal | undefined;
      readonly entry?: OperatorEntry | undefined;
    }
  | {
      readonly kind: 'system';
      readonly reason: string;
      readonly asLogin?: boolean;
      readonly entry?: OperatorEntry | undefined;
    };

/** How {@link TenantContext.run} runs. */
export interface TenantRunOptions {
  /** When it is aborted, statements under way are cancelled, and nothing waits for a connection any more. */
  readonly signal?: AbortSignal | undefined;
  /** An operator's entry into the tenant. One that is in force already stays in force. */
  readonly entry?: OperatorEntry | undefined;
  /** Who does the work; a function is asked each time somebody wants to know. Default: who is in force already. */
  readonly actor?: ActorSource | undefined;
}

/** Who does the work, or a function that knows. */
export type ActorSource = Actor | (() => Actor | undefined);

/** Out of sight of who is given the scope. */
const LOG = Symbol('rowhouse.log-ids');
const ACTOR = Symbol('rowhouse.actor');
const SEEN = Symbol('rowhouse.seen-position');

/** The scope, what lines of the log belong to, who does the work, and what its user has seen. One storage has both: each further one would cost every promise of the process. */
type Stored = (TenantScope | { readonly kind: 'none'; readonly entry?: undefined }) & {
  readonly [LOG]?: LogIds | undefined;
  readonly [ACTOR]?: ActorSource | undefined;
  readonly [SEEN]?: bigint | undefined;
};

const storage = new AsyncLocalStorage<Stored | undefined>();

function scopeInForce(): TenantScope | undefined {
  const stored = storage.getStore();
  return stored?.kind === 'none' ? undefined : stored;
}

/** Published with a {@link SystemEntry} each time code enters the system context: the audit trail's source. */
export const SYSTEM_CONTEXT_CHANNEL = 'rowhouse:context:system';
const systemEntered = channel(SYSTEM_CONTEXT_CHANNEL);

export interface SystemEntry {
  readonly reason: string;
  /** The scope that was in force before, if any. */
  readonly outer: TenantScope | undefined;
}

/** Leaves a trace of work above the tenant in force. */
export function auditSystemEntry(reason: string): void {
  if (!reason.trim()) throw new TypeError('System work needs a reason: it is what the audit log shows.');
  if (systemEntered.hasSubscribers)
    systemEntered.publish({ reason, outer: scopeInForce() } satisfies SystemEntry);
}

/**
 * Starts a lazy thenable (a query of Drizzle or Knex, which runs when it is awaited) while the scope is in force: awaited
 * outside, it would run for whoever awaits it.
 */
function started<T>(result: T): T {
  const isLazy =
    typeof result === 'object' && result !== null && !(result instanceof Promise) && 'then' in result;
  return isLazy ? (Promise.resolve(result) as T) : result;
}

function enter<T>(stored: Stored | undefined, fn: () => T): T {
  return storage.run(stored, () => started(fn()));
}

function currentActor(): ActorSource | undefined {
  return storage.getStore()?.[ACTOR];
}

/** What goes on in whatever scope is entered next. */
function carried(): Pick<Stored, typeof LOG | typeof ACTOR | typeof SEEN> {
  const stored = storage.getStore();
  return { [LOG]: stored?.[LOG], [ACTOR]: stored?.[ACTOR], [SEEN]: stored?.[SEEN] };
}

/** @internal For the packages of Rowhouse. */
export function currentLogIds(): LogIds | undefined {
  return storage.getStore()?.[LOG];
}

/**
 * The position in the WAL of the primary that a replica must have replayed to be read here, for what the user of the request has been
 * told of on another instance.
 *
 * @internal For the packages of Rowhouse.
 */
export function seenPosition(): bigint | undefined {
  return storage.getStore()?.[SEEN];
}

/**
 * Runs `fn` for a request with these ids: as its tenant, or outside any. What was in force before does not count.
 *
 * @param seen - as {@link seenPosition}.
 * @throws {IsolationViolationError} where the entry is into another tenant.
 * @internal For the packages of Rowhouse.
 */
export function runAsRequest<T>(
  log: LogIds,
  fn: () => T,
  tenant?: Tenant,
  { signal, entry, actor, seen }: TenantRunOptions & { readonly seen?: bigint | undefined } = {},
): T {
  const stored = { [LOG]: log, [ACTOR]: actor, [SEEN]: seen };
  if (!tenant) return enter({ kind: 'none', ...stored }, fn);
  requireEntryTo(tenant, entry);
  return enter({ kind: 'tenant', tenant, signal, entry, ...stored }, fn);
}

/**
 * Lines that `fn` writes to the log, and all that it starts, have these ids beside those in force: of a job, or of a message.
 *
 *     withLogIds({ jobId: job.id }, () => TenantContext.run(tenant, () => handle(job)));
 */
export function withLogIds<T>(ids: LogIds, fn: () => T): T {
  const stored = storage.getStore() ?? { kind: 'none' };
  const { requestId, traceId, spanId, jobId, operationId } = stored[LOG] ?? {};
  return enter({ ...stored, [LOG]: { requestId, traceId, spanId, jobId, operationId, ...ids } }, fn);
}

/**
 * Work under an entry stays in its tenant, whatever the code that it reaches would do for its own users.
 *
 * @throws {IsolationViolationError}
 */
export function requireEntryTo(tenant: Pick<Tenant, 'id'>, entry: OperatorEntry | undefined): void {
  if (!entry || entry.tenantId === tenant.id) return;
  throw new IsolationViolationError(
    "Under an operator's entry, only the tenant that it is for can be entered.",
  );
}

/**
 * The tenant in force for the current async call chain, carried across await, timers, promises and
 * callbacks by one `AsyncLocalStorage`.
 *
 * Every operation stands on the class, for code without dependency injection, and on an injected
 * instance. There is no way to set a tenant without a function that bounds it: what `run` enters, it leaves.
 */
export class TenantContext {
  /** The tenant in force; `undefined` in the system context and outside any. */
  static get(): Tenant | undefined {
    const scope = storage.getStore();
    return scope?.kind === 'tenant' ? scope.tenant : undefined;
  }

  /**
   * The tenant in force.
   *
   * @throws {TenantContextMissingError} when there is none.
   */
  static require(): Tenant {
    const tenant = TenantContext.get();
    if (!tenant) throw new TenantContextMissingError('This code');
    return tenant;
  }

  /** The tenant or system scope in force. */
  static scope(): TenantScope | undefined {
    return scopeInForce();
  }

  /**
   * The entry by which an operator has let this work into the tenant; `undefined` for the work of the app's own users.
   */
  static entry(): OperatorEntry | undefined {
    return storage.getStore()?.entry;
  }

  /**
   * Who does the work: the operator whose entry is in force; else who was given to {@link TenantContext.run}, which in a Nest app
   * is the user of the request; else who asked for an operator's route. `undefined` where nobody is known.
   *
   * @throws {OptionsInvalidError} where the app names somebody who is no {@link Actor}.
   */
  static actor(): Actor | undefined {
    const stored = storage.getStore();
    if (stored?.entry) return stored.entry.operator;
    const given = stored?.[ACTOR];
    const actor = typeof given === 'function' ? given() : given;
    requireActor(actor);
    return actor ?? auditContext().by;
  }

  /**
   * Runs `fn`, and everything it starts, as `tenant`. The outer scope is restored when `fn` returns.
   *
   * A lazy thenable that `fn` returns is started inside, and a promise of its result returned. Generators and
   * observables run where they are iterated and subscribed to: do that inside.
   *
   * @throws {IsolationViolationError} under an operator's entry into another tenant.
   */
  static run<T>(
    tenant: Tenant,
    fn: () => T,
    { signal, entry: given, actor = currentActor() }: TenantRunOptions = {},
  ): T {
    const entry = TenantContext.entry() ?? given;
    requireEntryTo(tenant, entry);
    return enter({ kind: 'tenant', tenant, signal, entry, ...carried(), [ACTOR]: actor }, fn);
  }

  /**
   * Runs `fn` above all tenants. Audited: each entry is published on {@link SYSTEM_CONTEXT_CHANNEL}.
   *
   * @param reason - why, in words an auditor understands; must not be empty.
   */
  static runAsSystem<T>(reason: string, fn: () => T): T {
    auditSystemEntry(reason);
    const entry = TenantContext.entry();
    return enter({ kind: 'system', reason, entry, ...carried() }, fn);
  }

  /**
   * As {@link runAsSystem}, in the role of the login itself instead of the system's: for what only an owner may do, such
   * as making a shared table. Which is much or nothing, depending on the login.
   */
  static runAsLogin<T>(reason: string, fn: () => T): T {
    auditSystemEntry(reason);
    const entry = TenantContext.entry();
    return enter({ kind: 'system', reason, asLogin: true, entry, ...carried() }, fn);
  }

  /** Ties `fn` to the scope in force now, for callbacks, emitters and queues that call it from elsewhere. */
  static bind<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => Result {
    const scope = storage.getStore();
    return function bound(this: This, ...args: Args): Result {
      return enter(scope, () => fn.apply(this, args));
    };
  }

  /** Takes hold of the scope in force now; the returned function runs others in it, as often as needed. */
  static capture(): <T>(fn: () => T) => T {
    const scope = storage.getStore();
    return (fn) => enter(scope, fn);
  }

  get(): Tenant | undefined {
    return TenantContext.get();
  }

  require(): Tenant {
    return TenantContext.require();
  }

  scope(): TenantScope | undefined {
    return TenantContext.scope();
  }

  entry(): OperatorEntry | undefined {
    return TenantContext.entry();
  }

  actor(): Actor | undefined {
    return TenantContext.actor();
  }

  run<T>(tenant: Tenant, fn: () => T, options: TenantRunOptions = {}): T {
    return TenantContext.run(tenant, fn, options);
  }

  runAsSystem<T>(reason: string, fn: () => T): T {
    return TenantContext.runAsSystem(reason, fn);
  }

  runAsLogin<T>(reason: string, fn: () => T): T {
    return TenantContext.runAsLogin(reason, fn);
  }

  bind<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => Result {
    return TenantContext.bind(fn);
  }

  capture(): <T>(fn: () => T) => T {
    return TenantContext.capture();
  }
}
