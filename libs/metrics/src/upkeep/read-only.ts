import { runEach } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/nestjs';

export type Pool = Awaited<ReturnType<DataSourceRegistry['directPoolFor']>>;

/** What is measured is read under locks that a migration may hold for long. Its tenants keep what they had. */
const BEGIN = ['begin read only', "set local lock_timeout = '2s'", "set local statement_timeout = '60s'"];

/** The rows of one query, in a transaction of its own that waits for no lock longer than two seconds. */
export async function inReadOnly<Row extends object>(
  pool: Pool,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const client = await pool.connect();
  try {
    await runEach(
      client,
      BEGIN.map((each) => ({ text: each })),
    );
    const { rows } = await client.query<Row>(text, [...values]);
    await client.query('commit');
    client.release();
    return rows;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
