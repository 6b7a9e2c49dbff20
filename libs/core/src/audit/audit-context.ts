import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from './actor.js';

/** What the audit trail says of the request that a change is made for. */
export interface AuditContext {
  readonly by?: Actor | undefined;
  readonly requestId?: string | undefined;
  /** The client's IP address. */
  readonly address?: string | undefined;
  /** Why, in the operator's words. */
  readonly reason?: string | undefined;
}

const storage = new AsyncLocalStorage<AuditContext>();
const NOTHING: AuditContext = Object.freeze({});

/** Changes that `fn` makes, and all that it starts, are audited with this. */
export function runInAuditContext<T>(context: AuditContext, fn: () => T): T {
  return storage.run(context, fn);
}

export function auditContext(): AuditContext {
  return storage.getStore() ?? NOTHING;
}
