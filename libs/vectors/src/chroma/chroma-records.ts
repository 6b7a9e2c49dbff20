import { IsolationViolationError, type Tenant } from '@rowhouse/core';
import type { Metadata } from 'chromadb';
import {
  ABSENT,
  type CheckedRecord,
  type MetadataValue,
  type VectorMetadata,
} from '../records/vector-record.js';

/** The marks of what is a tenant's: a user's metadata cannot have such names. */
export const OWNER = 'rowhouse_tenant';

/**
 * The metadata of a record with the mark of its owner.
 *
 * @param before - what Chroma has of the record that is replaced. Chroma would keep fields that the new one has not.
 */
export function markedMetadata(
  { id }: Pick<Tenant, 'id'>,
  { metadata }: Pick<CheckedRecord, 'metadata'>,
  before: Metadata | null | undefined,
): Metadata {
  const gone = Object.keys(before ?? {}).map((field) => [field, ABSENT]);
  return { ...Object.fromEntries(gone), ...metadata, [OWNER]: id };
}

/**
 * A tenant's metadata, without the mark.
 *
 * @throws {IsolationViolationError} when the record has no mark, or another tenant's.
 */
export function ownMetadata(
  { id }: Pick<Tenant, 'id'>,
  metadata: Metadata | null | undefined,
): VectorMetadata {
  const { [OWNER]: owner, ...fields } = metadata ?? {};
  if (owner !== id)
    throw new IsolationViolationError(
      'A record in the collection of a tenant does not bear its mark: somebody else has written to Chroma. Nothing was returned.',
    );
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ABSENT)) as Record<
    string,
    MetadataValue
  >;
}
