import { createTestDatabase } from '@rowhouse/testing';
import { adoptAndUndo } from './adopt-and-undo.js';
import { dropRoles } from './deployment.js';
import { type Dump, schemasOf, withOneSchema } from './dump.js';
import { type LoadedDump, loadDump } from './load-dump.js';
import { runFleet } from './run-fleet.js';
import { runRows } from './run-rows.js';
import { takeSnapshot } from './snapshot.js';
import type { StepLog } from './step-log.js';

/** Takes one dump through everything that Rowhouse does with a database, each part on a clone of its own. */
export async function takeThrough(serverUrl: string, file: string, log: StepLog): Promise<void> {
  const database = await createTestDatabase({ serverUrl });
  let loaded: LoadedDump | undefined;
  try {
    let dump: Dump | undefined;
    await log.step('load', async () => {
      loaded = await loadDump(database.url, file);
      const before = await takeSnapshot(database.url);
      dump = {
        serverUrl,
        template: database.name,
        before,
        ...schemasOf(before),
        statements: loaded.statements,
      };
      const skipped = skippedLines(loaded);
      if (dump.schemas.length > 0) return skipped;
      throw new Error(['The dump made no table.', ...skipped].join('\n'));
    });
    if (!dump || dump.schemas.length === 0) return;
    await takeAllSteps(dump, log);
    if (dump.schemas.length > 1) await takeAllSteps(withOneSchema(dump), log.of(`${dump.schemas[0]} alone`));
  } finally {
    await database.drop();
    for (const role of loaded?.roles ?? []) await dropRoles(serverUrl, 'rolname = $1', role);
  }
}

async function takeAllSteps(dump: Dump, log: StepLog): Promise<void> {
  await adoptAndUndo(dump, log);
  await runFleet(dump, log);
  await runRows(dump, log);
}

/** What did not run, one line for each reason. */
function skippedLines({ skipped, roles }: LoadedDump): string[] {
  const byReason = new Map<string, typeof skipped>();
  for (const each of skipped) byReason.set(each.reason, [...(byReason.get(each.reason) ?? []), each]);
  const lines = [...byReason].map(([reason, each]) => {
    const [first] = each;
    const text = first?.text.replace(/\s+/g, ' ').slice(0, 60);
    return `skipped ${each.length}: ${reason} (line ${first?.line}: ${text})`;
  });
  return [...lines, ...(roles.length > 0 ? [`made roles: ${roles.join(', ')}`] : [])];
}
