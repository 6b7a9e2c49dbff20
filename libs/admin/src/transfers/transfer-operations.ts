import { z } from 'zod';
import type { OperationControl, OperationKind } from '../operations/operation.js';
import { BackupOperations } from './backups/backup-operations.js';
import { ImportOperation } from './imports/import-operation.js';
import type { TransferKind, TransferParts } from './transfer-kind.js';
import { TRANSFER_KINDS } from './transfer-kinds.js';

interface TransferInput {
  readonly tenantId: string;
  readonly body: unknown;
}

/** The transfers of a deployment, as operations. */
export class TransferOperations {
  readonly import: ImportOperation;
  readonly backups: BackupOperations;
  readonly #ofTenants: ReadonlyMap<TransferKind, OperationKind<TransferInput>>;

  constructor(readonly parts: TransferParts) {
    this.import = new ImportOperation(parts);
    this.backups = new BackupOperations(parts);
    this.#ofTenants = new Map(TRANSFER_KINDS.map((kind) => [kind, operationOf(kind, parts)]));
  }

  get all(): readonly OperationKind[] {
    const { restore, prove } = this.backups;
    return [this.import, restore, prove, ...this.#ofTenants.values()] as readonly OperationKind[];
  }

  of(kind: TransferKind): OperationKind<TransferInput> {
    const found = this.#ofTenants.get(kind);
    if (!found) throw new TypeError(`${kind.name} is none of the kinds.`);
    return found;
  }
}

function operationOf(kind: TransferKind, parts: TransferParts): OperationKind<TransferInput> {
  const onTenant =
    <T>(work: NonNullable<TransferKind['run']>) =>
    async ({ tenantId, body }: TransferInput, control: OperationControl) =>
      (await work(parts, await parts.fleet.tenants.find(tenantId), body, control)) as T;
  return {
    name: kind.name,
    input: z.strictObject({ tenantId: z.guid(), body: kind.body }),
    run: onTenant<unknown>(kind.run),
    ...(kind.cancel && { cancel: onTenant<void>(kind.cancel) }),
  };
}
