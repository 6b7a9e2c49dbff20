import type { AdoptionOptions } from '@rowhouse/migrations/fleet';
import { adoptAccepting } from './adopt-accepting.js';
import { differences } from './compare.js';
import { type Deployment, openDeployment } from './deployment.js';
import { type Dump, fromOf, sharedSchemasOf } from './dump.js';
import { type Fact, type Snapshot, takeSnapshot } from './snapshot.js';
import { mustBeSame, type StepLog } from './step-log.js';

export const FIRST = 'first';
export const HOME = 'tenant_first';
export type Isolation = 'schema' | 'row';

/** The home schema of tenants whose tables stay where they are. */
export function poolOf(dump: Dump, isolation: Isolation) {
  const sharedSchemas = sharedSchemasOf(dump);
  const [homeSchema = 'public'] = dump.schemas;
  return isolation === 'row' && /^[a-z_][a-z0-9_]*$/.test(homeSchema)
    ? { sharedSchemas: [...new Set([homeSchema, ...sharedSchemas])], homeSchema }
    : { sharedSchemas };
}

export function adoptionOf(dump: Dump, isolation: Isolation): AdoptionOptions {
  return { tenant: { slug: FIRST, isolation }, from: fromOf(dump) };
}

/** A dry run, an adoption and its undo, in both ways: afterwards everything is as it was. */
export async function adoptAndUndo(dump: Dump, log: StepLog): Promise<void> {
  for (const isolation of ['schema', 'row'] as const) {
    const { serverUrl, template } = dump;
    const deployment = await openDeployment({ serverUrl, template, pool: poolOf(dump, isolation) });
    try {
      await inOneWay(deployment, dump, isolation, log);
    } finally {
      await deployment.close();
    }
  }
}

async function inOneWay(
  { fleet, url }: Deployment,
  dump: Dump,
  isolation: Isolation,
  log: StepLog,
): Promise<void> {
  const options = adoptionOf(dump, isolation);
  const before = await takeSnapshot(url);
  const mustBeAsBefore = async () => mustBeSame(differences(before, await takeSnapshot(url)));
  await log.step(`dry run (${isolation})`, async () => {
    const { accepted } = await adoptAccepting(fleet, { ...options, dryRun: true });
    await mustBeAsBefore();
    return accepted.map((name) => `accepted: ${name}`);
  });
  const isAdopted = await log.step(`adopt (${isolation})`, async () => {
    const { report, accepted } = await adoptAccepting(fleet, options);
    const found = await adoptionDifferences(url, dump, isolation);
    mustBeSame(breaksWarned(report.warnings) ? found.filter((line) => !BROKEN_VIEW.test(line)) : found);
    return [
      ...accepted.map((name) => `accepted: ${name}`),
      ...report.warnings.map((text) => `warned: ${text}`),
    ];
  });
  if (!isAdopted)
    await log.step(`refusal (${isolation}) changed nothing`, async () => void (await mustBeAsBefore()));
  else
    await log.step(`undo (${isolation})`, async () => {
      await fleet.undoAdoption(FIRST);
      await mustBeAsBefore();
      return [];
    });
}

/** A view that reads a function which fails since the adoption, as accepted. */
const BROKEN_VIEW =
  /^state of view .* can be read became cannot be read: return type mismatch in function declared to return/;
const breaksWarned = (warnings: readonly string[]) =>
  warnings.some((warning) => warning.includes(' fails now, which you accepted: return type mismatch'));

/** What an adoption must not change: all objects and rows, and outside of the schemas also owners and privileges. */
async function adoptionDifferences(url: string, dump: Dump, isolation: Isolation): Promise<string[]> {
  const after = await takeSnapshot(url, isolation === 'row' ? { without: 'tenant_id' } : {});
  return adoptedDifferences(dump.before, after, dump.schemas, isolation);
}

export function adoptedDifferences(
  before: Snapshot,
  after: Snapshot,
  schemas: readonly string[],
  isolation: Isolation,
): string[] {
  const homes = after.flatMap(({ schema }) => (schema?.startsWith(HOME) ? [schema] : []));
  const inside = new Set([...schemas, ...homes]);
  const isInside = ({ schema }: Fact) => schema !== null && inside.has(schema);
  return differences(before, after, {
    sameSchemas: isolation === 'schema' ? [...inside] : [],
    mayHaveMore: isolation === 'row',
    only: (fact) =>
      !/^(?:schema|default acl)$/.test(fact.kind) && (!isInside(fact) || fact.aspect === 'definition'),
  });
}
