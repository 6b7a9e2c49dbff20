import pg from 'pg';
import type { AdminClient } from './admin-client.js';
import { FAILS_TO_MIGRATE, fleetShops } from './fleet-shops.js';

/** The shops of the run, in its order. */
const SHOPS = fleetShops
  .filter(
    ({ slug, isolation, ending }) =>
      isolation === 'schema' && ending === 'active' && slug !== FAILS_TO_MIGRATE,
  )
  .map(({ slug }) => slug)
  .toSorted()
  .slice(0, 12);
const HALF = SHOPS.length / 2;

interface Run {
  readonly id?: string;
  readonly state: string;
  readonly progress: object | null;
}

interface Homes {
  readonly items: readonly unknown[];
}

interface PausedRunOptions {
  readonly admin: AdminClient;
  readonly ownerUrl: string;
  /** @returns the schema of a shop. */
  readonly schemaOf: (slug: string) => Promise<string | undefined>;
}

/**
 * A run of migrations that was paused half-way, for whoever opens the admin app to go on with. Some shops lack the last migration, and get it
 * one after the other; the run is paused at one whose table is in use by somebody else.
 */
export async function pauseRunHalfWay({ admin, ownerUrl, schemaOf }: PausedRunOptions): Promise<void> {
  const schema = await schemaOf(SHOPS[HALF] ?? '');
  if (!schema) return;
  await admin.run('migrations/runs', {
    body: { direction: 'down', steps: 1, tenants: SHOPS },
    reason: 'Takes the last migration back where orders are slow',
  });
  const somebody = new pg.Client({ connectionString: ownerUrl });
  await somebody.connect();
  try {
    await somebody.query('begin');
    await somebody.query(`lock table ${pg.escapeIdentifier(schema)}.products in access share mode`);
    const { id } = await admin.send<Run>('POST', 'migrations/runs', {
      body: { tenants: SHOPS, concurrency: 1, lockTimeoutMs: 200, retries: 10 },
      reason: 'Rolls the last migration out again, shop by shop',
    });
    if (!id) return;
    const isHalfWay = async () =>
      (await admin.send<Homes>('GET', `migrations/runs/${id}/homes?state=done`)).items.length >= HALF;
    // It has homes when it has progress; that of an operation may be some homes behind.
    await admin.until<Run>(
      `operations/${id}`,
      async ({ state, progress }) => state !== 'running' || (progress !== null && (await isHalfWay())),
    );
    await admin.send('POST', `operations/${id}/pause`, { reason: 'Too many customers in the shops now' });
    await admin.until<Run>(`operations/${id}`, ({ state }) => state !== 'running');
  } finally {
    await somebody.end();
  }
}
