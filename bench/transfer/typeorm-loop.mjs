import { DataSource, EntitySchema } from 'typeorm';

const PAGE = 1_000;

const Event = new EntitySchema({
  name: 'Event',
  tableName: 'events',
  columns: {
    id: { type: 'bigint', primary: true },
    customer_id: { type: 'bigint' },
    at: { type: 'timestamptz' },
    kind: { type: 'varchar' },
    amount: { type: 'numeric', nullable: true },
    payload: { type: 'jsonb' },
  },
});

/** What is usually written first: pages of `find`, saved to the other schema. @returns milliseconds for `rows` rows. */
export async function copyByTypeOrm(url, { from, to, rows }) {
  const open = (schema) => new DataSource({ type: 'postgres', url, schema, entities: [Event] }).initialize();
  const [source, target] = [await open(from), await open(to)];
  try {
    const startedAt = performance.now();
    for (let skip = 0; skip < rows; skip += PAGE) {
      const page = await source.getRepository(Event).find({ order: { id: 'asc' }, skip, take: PAGE });
      await target.getRepository(Event).save(page, { reload: false });
    }
    return performance.now() - startedAt;
  } finally {
    await source.destroy();
    await target.destroy();
  }
}
