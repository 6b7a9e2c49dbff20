import type { NewTenant } from '@rowhouse/core';
import type { AdoptionOptions, RevertOptions, RunOptions } from '@rowhouse/migrations/fleet';
import { exportToFile, importTenant } from '@rowhouse/transfer';
import type { KeyRotationAct } from './key-rotations.js';
import type { Address, FleetSettings, OpenFleet } from './open-fleet.js';
import type { OperationAct } from './operations.js';
import type { WebhooksAct } from './webhooks.js';

/** The work of a victim when it is killed. */
export type Act =
  | { readonly do: 'create'; readonly tenant: NewTenant }
  | { readonly do: 'prewarm'; readonly size: number }
  | { readonly do: 'purge'; readonly slug: string }
  | { readonly do: 'migrate'; readonly options: RunOptions }
  | { readonly do: 'revert'; readonly options: RevertOptions }
  | { readonly do: 'adopt'; readonly isolation: 'schema' | 'row'; readonly slug: string }
  | { readonly do: 'undo adoption'; readonly slug: string }
  | { readonly do: 'export'; readonly slug: string; readonly path: string }
  | { readonly do: 'import'; readonly archive: string; readonly tenant: NewTenant }
  | KeyRotationAct
  | OperationAct
  | WebhooksAct;

/** A message to a victim. */
export interface Job {
  readonly address: Address;
  readonly settings: FleetSettings;
  readonly act: Act;
}

export async function perform({ fleet, catalog }: OpenFleet, act: Act): Promise<void> {
  switch (act.do) {
    case 'create':
      await fleet.tenants.create(act.tenant);
      return;
    case 'prewarm':
      await fleet.tenants.prewarm({ size: act.size });
      return;
    case 'purge':
      await fleet.tenants.purge(act.slug, { confirm: act.slug, beforeRetentionEnds: true });
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
      await exportToFile(fleet, await fleet.tenants.find(act.slug), act.path);
      return;
    case 'import':
      await importTenant(fleet, act.archive, act.tenant);
      return;
    case 'operation': {
      // Only operations load Nest.
      const { operate } = await import('./operations.js');
      await operate(fleet, catalog, act);
      return;
    }
    case 'send webhooks': {
      const { changeAndSend } = await import('./webhooks.js');
      await changeAndSend(fleet, catalog, act);
      return;
    }
    case 'rotate api keys':
    case 'rotate settings keys': {
      const { rotate } = await import('./key-rotations.js');
      await rotate(catalog, act);
    }
  }
}
