import { TenantContext, type TenantPool } from '@rowhouse/core';
import type pg from 'pg';
import type { Attack, Battle, Step, Stopper } from './attack.js';

export interface Strike {
  /** Everything that the attacker received: rows, errors with all their fields, notices, notifications. */
  readonly heard: string;
  readonly stoppedBy: Stopper;
}

/** Sends an attack on one client in the attacker's context. A step that fails does not stop the next. */
export async function strike(pool: TenantPool, battle: Battle, attack: Attack): Promise<Strike> {
  const steps = attack.steps(battle);
  const heard: unknown[] = [];
  let stoppedBy: Stopper = 'nobody';
  const client = await TenantContext.run(battle.attacker.tenant, () => pool.connect());
  client.on('notice', (notice) => heard.push(fieldsOf(notice)));
  client.on('notification', (notification) => heard.push(notification));
  for (const step of Array.isArray(steps) ? (steps as readonly Step[]) : [steps as Step]) {
    try {
      const result =
        typeof step === 'function'
          ? await step(client, battle)
          : await client.query(step as string | pg.QueryConfig);
      heard.push([result].flat().map((one) => (one as pg.QueryResult | undefined)?.rows));
    } catch (error) {
      heard.push(fieldsOf(error));
      if (stoppedBy === 'nobody') stoppedBy = stopperOf(error as Error & { code?: string });
    }
  }
  client.release();
  return { heard: JSON.stringify(heard), stoppedBy };
}

function stopperOf({ code, message }: { code?: string; message: string }): Stopper {
  if (code === 'STATEMENT_REFUSED') return message.startsWith('The statement guard') ? 'guard' : 'pool';
  return 'postgres';
}

/** All fields of an error, including those that JSON leaves out. */
export function fieldsOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  return Object.fromEntries(
    Object.getOwnPropertyNames(error)
      .filter((name) => name !== 'stack')
      .map((name) => [name, String((error as Record<string, unknown>)[name])]),
  );
}
