import type pg from 'pg';
import type { TenantClient } from '../pool/tenant-client.js';
import { mayBeOfReplica } from './replica-fault.js';

/** A connection to a replica, and what to do where it fails. */
export interface ReadSource {
  readonly lease: pg.PoolClient;
  /** A connection to the primary, for whom the lease is. @param error - of the replica. */
  toPrimary(error: unknown): Promise<pg.PoolClient>;
}

/**
 * A lease on a replica that goes on as a lease on the primary when the replica fails: a statement that the replica refused is sent to
 * the primary. Not in a transaction, nor where statements before it have left something on the connection; and not for streams, whose
 * rows may have been read.
 */
export function readClient({ lease, toPrimary }: ReadSource): pg.PoolClient {
  let current = lease;
  let moved: Promise<void> | undefined;
  let isReleased = false;

  const move = async (error: unknown) => {
    const next = await toPrimary(error);
    if (isReleased) {
      next.release();
      throw error;
    }
    current.release(error as Error);
    current = next;
  };

  const query = (config: unknown, values?: unknown, callback?: unknown): unknown => {
    const send = () => (current as unknown as TenantClient).query(config, values, callback);
    const isPlain = typeof values !== 'function' && typeof callback !== 'function' && !isSubmittable(config);
    const holdsSomething = !moved && !(current as unknown as TenantClient).holdsNothing;
    if (!isPlain || holdsSomething || current !== lease) return send();
    const answer = moved ? moved.then(send) : (send() as Promise<unknown>);
    return answer.catch(async (error: unknown) => {
      if (current !== lease || !mayBeOfReplica(error)) throw error;
      moved ??= move(error);
      await moved;
      return send();
    });
  };

  const release = (error?: Error | boolean) => {
    isReleased = true;
    // What ended the connection to the replica says nothing of the other.
    current.release(current === lease ? error : undefined);
  };

  return new Proxy(lease, {
    get(_, field) {
      if (field === 'query') return query;
      if (field === 'release') return release;
      const value: unknown = Reflect.get(current, field, current);
      return typeof value === 'function' ? value.bind(current) : value;
    },
  });
}

function isSubmittable(config: unknown): boolean {
  return typeof (config as { submit?: unknown } | null)?.submit === 'function';
}
