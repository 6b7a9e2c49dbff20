import pg from 'pg';
import { unfitBecause } from '../../replicas/replica.js';
import { ServerProbe } from '../../replicas/server-probe.js';
import { withFields } from '../../support/postgres-address.js';
import type { Check, Examination } from '../examination.js';
import { explain, type Finding, judge } from '../report.js';

const CONNECT_TIMEOUT_MS = 2_000;

/** A login for which neither privileges nor policies count. */
const POWERS = `select rolname::text as login from pg_catalog.pg_roles where rolname = session_user and (rolsuper or rolbypassrls)`;

/** What `work` says against each replica, with its address. */
async function offendersOf(
  { replicas }: Examination,
  work: (replica: pg.ClientConfig, probe: ServerProbe) => Promise<string | undefined>,
): Promise<string[]> {
  const found = await Promise.all(
    replicas.map(async (replica) => {
      const probe = new ServerProbe(replica);
      const offence = await work(replica, probe).finally(() => probe.close());
      return offence === undefined ? [] : [`${probe.address}: ${offence}`];
    }),
  );
  return found.flat();
}

async function areStandbys(examination: Examination): Promise<Finding> {
  const primary = new ServerProbe(examination.ownerConfig);
  const position = await primary.look().finally(() => primary.close());
  const offenders = await offendersOf(examination, async (_, probe) => {
    try {
      return unfitBecause(await probe.look(), position);
    } catch (error) {
      return explain(error);
    }
  });
  return judge(offenders, {
    status: 'warn',
    none: 'Each replica is a standby of the primary.',
    some: 'replicas are not read',
    one: 'A replica is not read',
    remedy:
      'Name standbys of the primary in `replication.slaves`, at addresses that the application reaches.',
  });
}

async function loginsAreOrdinary(examination: Examination): Promise<Finding> {
  const offenders = await offendersOf(examination, async (replica) => {
    const client = new pg.Client(withFields(replica, { connectionTimeoutMillis: CONNECT_TIMEOUT_MS }));
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query<{ login: string }>(POWERS);
      return rows[0]?.login;
    } catch {
      // `replicas.standby` reports it; what cannot be reached is not read.
      return undefined;
    } finally {
      await client.end().catch(() => {});
    }
  });
  return judge(offenders, {
    status: 'fail',
    none: 'The application has an ordinary login on its replicas.',
    some: 'On replicas, the application logs in as a superuser, or as a role with BYPASSRLS',
    remedy: 'Give `replication.slaves` the login that the application has on the primary.',
  });
}

export const REPLICA_CHECKS: readonly Check[] = [
  { id: 'replicas.standby', needsReplicas: true, run: areStandbys },
  { id: 'replicas.login', needsReplicas: true, run: loginsAreOrdinary },
];
