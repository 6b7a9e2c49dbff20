import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { migration, type TransferDeployment, wall } from '../transfer.fixture.js';
import { OBJECT_CHUNK_BYTES } from './tenant-objects.js';

/** A table with two columns that name large objects, and one of type oid that does not. */
export const FILES = migration('Files1757000000001', [
  'create domain "Large Object" as oid',
  'create table files (id int primary key, body "Large Object", "Odd Name" oid, relation oid)',
  `comment on column files."Odd Name" is 'the thumbnail @largeObject'`,
  ...wall('files'),
]);

export const BIG = OBJECT_CHUNK_BYTES * 2 + 7;

/** Two rows share an object, one has an empty one, one a long one, one none, and one names what is not there. */
export async function fillFiles(deployment: TransferDeployment, fleet: Fleet, tenant: Tenant): Promise<void> {
  for (const text of [
    "insert into files values (1, lo_from_bytea(0, 'one'), null, 12345)",
    'insert into files select 2, body, lo_create(0), 1 from files where id = 1',
    `insert into files values (3, null, lo_from_bytea(0, convert_to(repeat('b', ${BIG - 1}) || 'e', 'UTF8')), null), (4, 1, 0, 1)`,
  ])
    await deployment.query(fleet, tenant, text);
}
