import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import fc from 'fast-check';
import { TransferDeployment } from '../transfer.fixture.js';
import { type AnyTable, anySchema, dropsOf, graphQueries, rowsOf, tablesOf } from './any-schema.fixture.js';
import { walls } from './between.fixture.js';
import { copyRows, moveRows } from './copy-and-move.js';

/** COPY_RUNS asks for more. */
const RUNS = Number(process.env['COPY_RUNS'] ?? 40);

let deployment: TransferDeployment;
let fleet: Fleet;
let tenants: Record<'schema' | 'row', readonly [Tenant, Tenant, Tenant]>;
beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([]);
  const create = (slug: string, isolation: Tenant['isolation']) => fleet.tenants.create({ slug, isolation });
  tenants = {
    schema: [await create('s-1', 'schema'), await create('s-2', 'schema'), await create('s-3', 'schema')],
    row: [await create('r-1', 'row'), await create('r-2', 'row'), await create('r-3', 'row')],
  };
});
afterAll(() => deployment.close());

/** With the prefix of the tables in error messages. */
const prefix = 'Any ';

async function runAll(tenant: Tenant, statements: readonly string[]): Promise<void> {
  if (statements.length > 0) await deployment.query(fleet, tenant, 'select 1');
  for (const text of statements) await deployment.query(fleet, tenant, text);
}

async function asOwner(tenant: Tenant, statements: readonly string[]): Promise<void> {
  if (statements.length > 0) await deployment.asOwner(fleet, tenant, statements.join('; '));
}

async function graphOf(tenant: Tenant, tables: readonly AnyTable[]): Promise<readonly unknown[]> {
  const graph = [];
  for (const text of graphQueries(tables, prefix)) graph.push(await deployment.query(fleet, tenant, text));
  return graph;
}

/** Both graphs in one. */
const together = (one: readonly unknown[], other: readonly unknown[]) =>
  one.map((rows, index) =>
    [
      ...(rows as { label: string; code: string }[]),
      ...(other[index] as { label: string; code: string }[]),
    ].sort((a, b) => (a.label + a.code < b.label + b.code ? -1 : 1)),
  );

const sorted = (graph: readonly unknown[]) =>
  together(
    graph,
    graph.map(() => []),
  );

describe.each([
  ['schema', 'schema'],
  ['schema', 'row'],
  ['row', 'schema'],
  ['row', 'row'],
] as const)('any tables with any rows, from isolation %s to isolation %s', (fromKind, toKind) => {
  it('are copied, merged and moved, with all that they refer to', async () => {
    const from = tenants[fromKind][0];
    const to = tenants[toKind][1];
    const third = tenants[toKind][2];
    await fc.assert(
      fc.asyncProperty(anySchema, async (tables) => {
        const homes = new Set(
          [from, to, third].map(({ isolation, id }) => (isolation === 'row' ? 'row' : id)),
        );
        const inHomes = async (statementsFor: (tenant: Tenant) => readonly string[]) => {
          for (const home of homes) {
            const tenant = [from, to, third].find(
              ({ isolation, id }) => isolation === home || id === home,
            ) as Tenant;
            await asOwner(tenant, statementsFor(tenant));
          }
        };
        await inHomes((tenant) => [
          ...tablesOf(tables, prefix),
          ...(tenant.isolation === 'row'
            ? tables.flatMap((_, index) => [
                ...walls(`"${prefix}${index}"`, deployment.roles),
                `alter table "${prefix}${index}" drop constraint "${prefix}${index}_code_key", add unique (tenant_id, code)`,
              ])
            : []),
        ]);
        try {
          await fleet.deployment.registry.homes.repairShared();
          await runAll(from, rowsOf(tables, prefix));
          const graph = await graphOf(from, tables);
          const none = graph.map(() => []);
          const isShared = fromKind === 'row' && toKind === 'row';
          // In one table two rows cannot have one key.
          await (isShared ? moveRows : copyRows)(fleet, from.slug, to.slug);
          expect(await graphOf(to, tables)).toEqual(graph);
          if (isShared) {
            await copyRows(fleet, to.slug, from.slug, { onConflict: 'remap' });
            expect(await graphOf(from, tables)).toEqual(graph);
            expect(await graphOf(to, tables)).toEqual(graph);
            expect(await graphOf(third, tables)).toEqual(none);
            return;
          }
          const changed = (index: number) =>
            `update "${prefix}${index}" set label = label || '+', code = code || '+'`;
          await runAll(
            to,
            tables.map((_, index) => changed(index)),
          );
          const there = await graphOf(to, tables);
          await moveRows(fleet, from.slug, to.slug, { onConflict: 'remap' });
          expect(await graphOf(from, tables)).toEqual(none);
          expect(sorted(await graphOf(to, tables))).toEqual(together(graph, there));
          expect(await graphOf(third, tables)).toEqual(none);
        } finally {
          await inHomes(() => dropsOf(tables, prefix));
        }
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    );
  });
});
