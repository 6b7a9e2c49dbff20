import type { NewTenant } from '@rowhouse/core';
import type { AdoptionOptions, RevertOptions, RunOptions } from '@rowhouse/migrations/fleet';
import { copyRows, exportToFile, importInto, importTenant, moveRows } from '@rowhouse/transfer';
import { type BackInTimeAct, goBack } from './back-in-time.js';
import { type BackupAct, performOnBackups } from './backups.js';
import { type CloneAct, performClone } from './clones.js';
import type { JobsAct } from './jobs.js';
import type { KeyRotationAct } from './key-rotations.js';
import type { Address, FleetSettings, OpenFleet } from './open-fleet.js';
import type { OperationAct } from './operations.js';
import type { UploadAct } from './uploads.js';
import type { UsageAct } from './usage.js';
import type { WebhooksAct } from './webhooks.js';

/** The work of a victim when it is killed. */
export type Act =
  | { readonly do: 'create'; readonly tenant: NewTenant }
  | { readonly do: 'prewarm'; readonly size: number }
  | { readonly do: 'purge'; readonly slug: string }
  | { readonly do: 'relocate'; readonly slug: string; readonly to: string }
  | { readonly do: 'place shared tables' }
  | { readonly do: 'migrate'; readonly options: RunOptions }
  | { readonly do: 'revert'; readonly options: RevertOptions }
  | { readonly do: 'adopt'; readonly isolation: 'schema' | 'row'; readonly slug: string }
  | { readonly do: 'undo adoption'; readonly slug: string }
  | { readonly do: 'export'; readonly slug: string; readonly path: string }
  | { readonly do: 'import'; readonly archive: string; readonly tenant: NewTenant }
  | JobsAct
  | { readonly do: 'import into'; readonly archive: string; readonly slug: string }
  | { readonly do: 'copy rows' | 'move rows'; readonly from: string; readonly to: string }
  | BackupAct
  | CloneAct
  | BackInTimeAct
  | KeyRotationAct
  | OperationAct
  | UploadAct
  | UsageAct
  | WebhooksAct;

/** A message to a victim. */
export interface Job {
  readonly address: Address;
  readonly settings: FleetSettings;
  readonly act: Act;
}

/** @param signal - of the operator, who may cancel it. */
export async function perform(open: OpenFleet, act: Act, signal: AbortSignal): Promise<void> {
  const { fleet, catalog } = open;
  switch (act.do) {
    case 'create':
      await fleet.tenants.create(act.tenant, { signal });
      return;
    case 'prewarm':
      await fleet.tenants.prewarm({ size: act.size });
      return;
    case 'purge':
      await fleet.tenants.purge(act.slug, { confirm: act.slug, beforeRetentionEnds: true }, { signal });
      return;
    case 'relocate':
      await fleet.workers.relocate(act.slug, act.to, { signal });
      return;
    case 'place shared tables':
      await open.registry.homes.placeSharedTables();
      return;
    case 'migrate':
      await fleet.migrations.run(act.options);
      return;
    case 'revert':
      await fleet.migrations.revert(act.options);
      return;
    case 'adopt': {
      const options: AdoptionOptions = { tenant: { slug: act.slug, isolation: act.isolation } };
      await fleet.adopt(options);
      return;
    }
    case 'undo adoption':
      await fleet.undoAdoption(act.slug);
      return;
    case 'export':
      await exportToFile(fleet, await fleet.tenants.find(act.slug), act.path, { signal });
      return;
    case 'import':
      await importTenant(fleet, act.archive, act.tenant, { signal });
      return;
    case 'import into':
      await importInto(fleet, act.archive, act.slug, {}, { signal });
      return;
    case 'copy rows':
      await copyRows(fleet, act.from, act.to, {}, { signal });
      return;
    case 'move rows':
      await moveRows(fleet, act.from, act.to, {}, { signal });
      return;
    case 'back up':
    case 'prune backups':
    case 'prove a backup':
    case 'restore a backup':
      await performOnBackups(fleet, act, signal);
      return;
    case 'clone':
      await performClone(fleet, act, signal);
      return;
    case 'take back':
    case 'undo take back':
    case 'rewind':
      await goBack(fleet, act, signal);
      return;
    case 'operation': {
      // Only operations load Nest.
      const { operate } = await import('./operations.js');
      await operate(fleet, catalog, act);
      return;
    }
    case 'upload': {
      const { upload } = await import('./uploads.js');
      await upload(catalog, act);
      return;
    }
    case 'work on jobs': {
      const { enqueueAndWork } = await import('./jobs.js');
      await enqueueAndWork(open, act);
      return;
    }
    case 'send webhooks': {
      const { changeAndSend } = await import('./webhooks.js');
      await changeAndSend(fleet, catalog, act);
      return;
    }
    case 'count usage': {
      const { countAndSend } = await import('./usage.js');
      await countAndSend(open, act);
      return;
    }
    case 'rotate api keys':
    case 'rotate settings keys': {
      const { rotate } = await import('./key-rotations.js');
      await rotate(catalog, act);
    }
  }
}
