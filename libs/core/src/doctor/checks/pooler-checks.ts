import type pg from 'pg';
import { BACKEND_PID, isDirect } from '../../pool/direct-connection.js';
import type { Check } from '../examination.js';
import { explain, fail, pass } from '../report.js';

const TRANSACTION_POOLING = 'Set pool_mode = transaction (PgBouncer), or connect past the pooler.';

export const POOLER_CHECKS: readonly Check[] = [
  {
    id: 'pooler.transactions',
    async run({ app, settings }) {
      const direct = await isDirect(app);
      const lost = await transactionLoss(app);
      if (lost)
        return fail(`The application's connections do not keep a transaction: ${lost}`, TRANSACTION_POOLING);
      if (direct) return pass('The application connects directly, and transactions hold.');
      if (settings.pin === 'session') {
        return fail(
          'The application connects through a pooler with session pins, which would stay on connections that others use.',
          "Set pool.pin to 'statement', or connect past the pooler.",
        );
      }
      return pass('The application connects through a pooler, and transactions hold on it.');
    },
  },
  {
    id: 'pooler.owner',
    async run({ owner }) {
      if (await isDirect(owner)) return pass('The owner of the schemas connects directly.');
      return fail(
        'The owner of the schemas connects through a pooler, where session locks and LISTEN do not hold.',
        'Give directUrl (DIRECT_DATABASE_URL, --direct-url) the address of the server itself.',
      );
    },
  },
];

/** What went wrong in a transaction of two statements, if anything did. */
async function transactionLoss(pool: pg.Pool): Promise<string | undefined> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const place = async () => (await client.query(`${BACKEND_PID}, pg_catalog.now()::text as begun`)).rows[0];
    const [first, second] = [await place(), await place()];
    await client.query('commit');
    const isOne = first?.pid === second?.pid && first?.begun === second?.begun;
    return isOne ? undefined : 'its statements ran in different ones.';
  } catch (error) {
    return explain(error);
  } finally {
    client.release(true);
  }
}
