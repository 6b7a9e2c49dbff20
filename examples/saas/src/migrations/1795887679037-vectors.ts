import { vectorTablesMigration } from '@rowhouse/vectors';

/** The collections, on a PostgreSQL without pgvector. */
export const Vectors1795887679037 = vectorTablesMigration({ store: 'exact', timestamp: 1795887679037 });
