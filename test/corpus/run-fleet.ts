import { adoptAccepting } from './adopt-accepting.js';
import { adoptionOf, FIRST, HOME, poolOf } from './adopt-and-undo.js';
import { BASELINE, baselineMigration, baselineStatements, withoutSchemas } from './baseline-migration.js';
import { differences, stripper } from './compare.js';
import { type Deployment, HISTORY_TABLE, openDeployment } from './deployment.js';
import { type Dump, historyStatements, sharedSchemasOf } from './dump.js';
import { exportAndPurge } from './export-and-purge.js';
import { type Fact, rowCounts, type Snapshot, takeSnapshot } from './snapshot.js';
import { mustBeSame, RefusedError, type StepLog } from './step-log.js';

/** Adopts into a schema, makes two more tenants by a migration of the dump's own statements, checks, exports and purges. */
export async function runFleet(dump: Dump, log: StepLog): Promise<void> {
  const { head, body } = baselineStatements(dump.statements, dump.schemas, dump.otherSchemas);
  if (head.length > 0) await tryHead(dump, [...head, ...body], head, log);
  const deployment = await open(dump, body);
  try {
    const { fleet, url, query } = deployment;
    const before = await takeSnapshot(url);
    const isAdopted = await log.step('adopt, with history', async () => {
      const { accepted, report } = await adoptAccepting(fleet, adoptionOf(dump, 'schema'));
      const path = pathOf(dump);
      const altered = alterationsIn(report.warnings);
      for (const statement of altered) await query(`${path}; ${statement}`);
      const rewritten = await rewriteRoutines(deployment, dump, report.warnings);
      return [
        ...accepted.map((name) => `accepted: ${name}`),
        ...altered.map((statement) => `done as warned: ${statement}`),
        ...rewritten.map((name) => `rewritten without the schema, as warned: ${name}`),
      ];
    });
    const made: string[] = isAdopted ? [FIRST] : [];
    const twice = sameNames(before, dump.schemas);
    const steps = ['one', 'two'].map((slug) => ({ slug, step: `create ${slug} by migration` }));
    if (twice.length > 0)
      log.leaveOut(
        steps.map(({ step }) => step),
        `Several of its schemas have ${twice.join(', ')}, and the home of a tenant is one schema.`,
      );
    for (const { slug, step } of twice.length > 0 ? [] : steps) {
      const isMade = await log.step(step, async () => {
        await fleet.tenants.create({ slug });
        mustBeSame(madeDifferences(before, await takeSnapshot(url), dump.schemas, `tenant_${slug}`));
        return [];
      });
      if (isMade) made.push(slug);
    }
    if (made.length === 0) {
      log.leaveOut(['drift', 'doctor'], 'There is no tenant.');
      return;
    }
    await log.step('drift', () => driftOf(deployment));
    await log.step('doctor', () => examinationOf(deployment));
    for (const slug of made) await purge(deployment, slug, dump, log);
  } finally {
    await deployment.close();
  }
}

const open = (dump: Dump, statements: readonly string[]) =>
  openDeployment({
    serverUrl: dump.serverUrl,
    template: dump.template,
    pool: poolOf(dump, 'schema'),
    migrations: [baselineMigration(statements)],
    prepare: historyStatements(dump.schemas[0] ?? 'public', HISTORY_TABLE, BASELINE),
  });

/** The path of the first home, as its migrations have it. */
const pathOf = (dump: Dump) => `set search_path = ${[HOME, ...sharedSchemasOf(dump)].join(', ')}, pg_temp`;

/** What the warnings of an adoption say to run on routines. */
const alterationsIn = (warnings: readonly string[]) =>
  warnings.flatMap(
    (warning) => /: run (ALTER ROUTINE .*?(?: RESET search_path| pg_temp))\b/.exec(warning)?.[1] ?? [],
  );

/** Routines that name their former schema are written again without it, as the warnings of the adoption say. */
async function rewriteRoutines(
  { query }: Deployment,
  dump: Dump,
  warnings: readonly string[],
): Promise<string[]> {
  const routines = await query<{ name: string; definition: string }>(
    `select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as definition
       from pg_proc p where p.pronamespace = (select oid from pg_namespace where nspname = $1) and p.prokind <> 'a'`,
    [HOME],
  );
  const rewritten: string[] = [];
  for (const { name, definition } of routines) {
    const changed = withoutSchemas(definition, dump.schemas);
    const isNamed = warnings.some((warning) =>
      warning.startsWith(`The body of ${name.replace(`${HOME}.`, '')} `),
    );
    if (!isNamed || changed === definition) continue;
    await query(`${pathOf(dump)}; ${changed}`);
    rewritten.push(name);
  }
  return rewritten;
}

/** The settings at the head of a dump, in a migration. */
async function tryHead(
  dump: Dump,
  statements: readonly string[],
  head: readonly string[],
  log: StepLog,
): Promise<void> {
  const deployment = await open(dump, statements);
  try {
    await log.step("create by migration with the dump's settings", async () => {
      await deployment.fleet.tenants.create({ slug: 'headed' });
      return [`settings: ${head.join('; ')}`];
    });
  } finally {
    await deployment.close();
  }
}

/** Objects that are in more than one of the schemas. */
function sameNames(snapshot: Snapshot, schemas: readonly string[]): string[] {
  const strip = stripper(schemas);
  const names = snapshot
    .filter(
      ({ kind, schema, aspect }) =>
        aspect === 'definition' &&
        schemas.includes(schema ?? '') &&
        /^(?:table|view|materialized view|sequence|type|function|procedure)$/.test(kind),
    )
    .map(({ kind, name }) => `${kind} ${strip(name)}`);
  return [...new Set(names.filter((name, place) => names.indexOf(name) !== place))];
}

/** A tenant made by migration has all objects of the dump, under the same names. */
function madeDifferences(
  before: Snapshot,
  after: Snapshot,
  schemas: readonly string[],
  home: string,
): string[] {
  const isCompared = ({ kind, name, aspect, value }: Fact) =>
    aspect === 'definition' &&
    !/^(?:schema|default acl|state of .*|publication .*|comment)$/.test(kind) &&
    !`${name} ${value}`.includes(HISTORY_TABLE);
  const within = (snapshot: Snapshot, names: readonly string[]) =>
    snapshot
      .filter((fact) => names.includes(fact.schema ?? '') && isCompared(fact))
      .map((fact) => ({ ...fact, value: withoutPath(withoutSchemas(fact.value, schemas)) }));
  return differences(within(before, schemas), within(after, [home]), { sameSchemas: [...schemas, home] });
}

/** In a home, the path is its own. */
function withoutPath(definition: string): string {
  return definition
    .replace(/set search_path (?:from current|to '?tenant_[^\n]*)/i, 'set search_path of home')
    .replace(/\s+/g, ' ');
}

async function driftOf({ fleet }: Deployment): Promise<string[]> {
  const { drifted, failed, unknown } = await fleet.drift();
  mustBeSame([
    ...drifted.flatMap(({ label, differences: found }) =>
      found.map(({ kind, name, change }) => `${label}: ${kind} ${name} is ${change}`),
    ),
    ...failed.map(({ label, error }) => `${label} could not be compared: ${error}`),
    ...unknown.map(({ label, migrations }) => `${label} has unknown migrations: ${migrations.join(', ')}`),
  ]);
  return [];
}

/** What the doctor fails names its remedy: a result. A check that could not be made is a fault. */
export async function examinationOf({ examine }: Deployment): Promise<string[]> {
  const { checks } = await examine();
  const broken = checks.filter(({ detail }) => detail.startsWith('The check could not be made'));
  mustBeSame(broken.map(({ id, detail }) => `${id}: ${detail}`));
  const failing = checks.filter(({ status }) => status === 'fail');
  if (failing.length > 0)
    throw new RefusedError(failing.map(({ id, detail, remedy }) => `${id}: ${detail} Remedy: ${remedy}`));
  return checks.filter(({ status }) => status === 'warn').map(({ id, detail }) => `warned: ${id}: ${detail}`);
}

async function purge(deployment: Deployment, slug: string, dump: Dump, log: StepLog): Promise<void> {
  const home = slug === FIRST ? HOME : `tenant_${slug}`;
  const { url, query } = deployment;
  const before = await takeSnapshot(url);
  const rows = slug === FIRST ? rowCounts(dump.before, dump.schemas) : rowCounts(before, [home]);
  const afterwards = async () => {
    const remains = await query('select from pg_namespace where nspname = $1', [home]);
    return [
      ...(remains.length > 0 ? [`The schema ${home} is still there.`] : []),
      ...outsideDifferences(before, await takeSnapshot(url), home),
    ];
  };
  await exportAndPurge(deployment, { slug, step: `purge ${slug}`, rows, afterwards }, log);
}

/** A purge changes nothing outside of its home. */
function outsideDifferences(before: Snapshot, after: Snapshot, home: string): string[] {
  return differences(before, after, { only: ({ schema }) => !schema?.startsWith(home) });
}
