import type { Tenant, TenantCompanion } from '@rowhouse/core';
import { databaseKeyOf } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { CarriedContents } from '../contents/carried-contents.js';
import { companionsIn } from '../contents/companions-of.js';
import { type ContentsReport, notIncluded } from '../contents/contents-report.js';
import {
  type CopyControl,
  type CopyOptions,
  type ParsedCopyOptions,
  parseCopyOptions,
} from './copy-options.js';
import { withinDatabase } from './one-database.js';
import { type Plan, planBetween } from './plan.js';
import { reportOf, type TransferReport } from './transfer-report.js';
import { copyAcross, moveAcross } from './two-databases.js';
import { withRetries } from './with-retries.js';

/**
 * Copies rows of a tenant to another one, which may be serving requests: all or nothing. Tables of one database are copied by
 * the server itself. `tenant_id` becomes the target's.
 *
 * @param from - slug or id.
 * @param to - slug or id.
 * @throws {TransferRefusedError} when it cannot be done, or not now.
 * @throws {TransferConflictError} for keys that are there, as `onConflict` says.
 */
export function copyRows(
  fleet: Fleet,
  from: string,
  to: string,
  options: CopyOptions = {},
  control: CopyControl = {},
): Promise<TransferReport> {
  return transfer(fleet, from, to, options, control, 'copyRows');
}

/**
 * Moves rows of a tenant to another one: copies them as {@link copyRows} does, verifies that they are there, and removes them at the
 * source. Tables that only come along because others refer to them are copied, and stay. Within one database it is one
 * transaction. To another database it is two, and after a crash between them the rows are at both: moving them again finishes it.
 *
 * @throws as {@link copyRows}.
 */
export function moveRows(
  fleet: Fleet,
  from: string,
  to: string,
  options: CopyOptions = {},
  control: CopyControl = {},
): Promise<TransferReport> {
  return transfer(fleet, from, to, options, control, 'moveRows');
}

async function transfer(
  fleet: Fleet,
  fromSlug: string,
  toSlug: string,
  given: CopyOptions,
  control: CopyControl,
  name: 'copyRows' | 'moveRows',
): Promise<TransferReport> {
  const options = parseCopyOptions(name, given, control.by);
  const isMove = name === 'moveRows';
  return withRetries(control.signal, async () => {
    const [from, to] = [await fleet.tenants.find(fromSlug), await fleet.tenants.find(toSlug)];
    const plan = await planBetween(fleet.deployment, from, to, options);
    const across = isMove ? moveAcross : copyAcross;
    const run = isOneDatabase(from, to) ? withinDatabase : across;
    const contents = new CarriedContents(fleet.deployment, carriersOf(fleet, plan, options, control), to);
    try {
      const merged = await run(fleet, { from, to, plan, options, isMove, contents }, control);
      if (isMove) await contents.removeAt(from);
      const isRemoved = (index: number) => isMove && plan.tables[index]?.isChosen === true;
      const reports = [...contents.reports, ...leftBehind(fleet, plan, options, control)];
      return reportOf(merged, options.dryRun, reports, isRemoved);
    } catch (error) {
      await contents.undo();
      throw error;
    }
  });
}

/** A dry run carries nothing. */
function carriersOf(
  { deployment }: Fleet,
  { tables }: Plan,
  { dryRun }: ParsedCopyOptions,
  { contents = true }: CopyControl,
): readonly TenantCompanion[] {
  if (dryRun || !contents) return [];
  return deployment.companions.filter(({ table }) => tables.some(({ source }) => source.name === table));
}

/** What rows name that go without it. */
function leftBehind(
  { deployment }: Fleet,
  { tables }: Plan,
  { dryRun }: ParsedCopyOptions,
  control: CopyControl,
): readonly ContentsReport[] {
  if (dryRun) return [];
  const named = companionsIn(
    deployment.companions,
    tables.map(({ source }) => source),
    control,
  );
  return named.filter(({ isIncluded }) => !isIncluded).map(({ name }) => notIncluded(name));
}

function isOneDatabase(from: Tenant, to: Tenant): boolean {
  return databaseKeyOf(from) === databaseKeyOf(to);
}
