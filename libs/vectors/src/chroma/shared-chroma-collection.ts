import type { ChromaClient } from 'chromadb';
import { parseCursor, writeCursor } from '../records/cursor.js';
import type { VectorMetadata } from '../records/vector-record.js';
import type { SharedCollection } from '../shared/migrate-shared.js';
import { asking } from './chroma-errors.js';

/**
 * A collection of Chroma that was made without Rowhouse, as the source of {@link TenantVectors.migrateShared}. It is only read.
 * Nothing should be removed from it meanwhile.
 */
export function sharedChromaCollection(client: ChromaClient, name: string): SharedCollection {
  return {
    name: `the collection ${name} of Chroma`,
    read: (after, limit) =>
      asking(async () => {
        const offset = after === undefined ? 0 : parseCursor(after, 'number');
        const collection = await client.getCollection({ name });
        const { ids, embeddings, documents, metadatas } = await collection.get({
          limit,
          offset,
          include: ['embeddings', 'documents', 'metadatas'],
        });
        const records = ids.map((id, i) => ({
          id,
          embedding: embeddings[i] ?? [],
          document: documents[i] || undefined,
          metadata: withoutNulls(metadatas[i]),
        }));
        return { records, next: ids.length < limit ? undefined : writeCursor(offset + limit) };
      }),
  };
}

/** What else Chroma's metadata may hold is refused when it is written, by the name of the field. */
function withoutNulls(metadata: object | null | undefined): VectorMetadata {
  return Object.fromEntries(Object.entries(metadata ?? {}).filter(([, value]) => value !== null));
}
