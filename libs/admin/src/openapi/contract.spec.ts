import fc from 'fast-check';
import { AdminDeployment, type Answer } from '../admin-app.fixture.js';
import { type Call, Contract, type Json, NO_ID, type Route } from './contract.fixture.js';

const LESS = { viewer: 'nobody', operator: 'viewer', owner: 'operator' } as const;

let deployment: AdminDeployment;
let call: Call;
let contract: Contract;
let routes: readonly Route[];
let acme: string;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  const app = await deployment.start();
  call = app.call;
  contract = await Contract.of(call);
  routes = contract.routes;
  const made = await call('POST', 'tenants', { body: { slug: 'acme' } });
  await app.ended(made);
  acme = made.body.id;
});
afterAll(() => deployment.close());

/** The path of a route for ids; each is that of the tenant where there is no other. */
function pathOf(route: Route, id: string): string {
  return route.path.replaceAll(/\{\w+\}/g, id);
}

describe('every route of the document', () => {
  it('needs an operator, of the role that it says', async () => {
    for (const route of routes.filter(({ security }) => security === undefined)) {
      const body = contract.exampleOf(route);
      const path = pathOf(route, acme);
      const nobody = await call(route.method, path, { role: 'nobody', body });
      expect([route.operationId, nobody.status]).toEqual([route.operationId, 401]);
      contract.expectDescribed(route, nobody);
      if (LESS[route['x-required-role']] === 'nobody') continue;
      const less = await call(route.method, path, { role: LESS[route['x-required-role']], body });
      expect([route.operationId, less.status]).toEqual([route.operationId, 403]);
      contract.expectDescribed(route, less);
    }
  }, 300_000);

  it('answers 404 for what there is not', async () => {
    for (const route of routes.filter(({ path }) => path.includes('{')))
      for (const id of [NO_ID, 'no-such-thing', '..%2f', '%00', "'--", 'x'.repeat(500)]) {
        const answer = await call(route.method, pathOf(route, id), {
          body: contract.exampleOf(route),
        });
        expect([route.operationId, id, [400, 404].includes(answer.status)]).toEqual([
          route.operationId,
          id,
          true,
        ]);
        if (id === NO_ID) expect([route.operationId, answer.status]).toEqual([route.operationId, 404]);
        contract.expectDescribed(route, answer);
      }
  }, 300_000);

  it('refuses each field that is not valid, and fields that it does not know', async () => {
    for (const route of routes) {
      const path = pathOf(route, acme);
      const refused = async (what: string, answer: Answer) => {
        expect([route.operationId, what, answer.status]).toEqual([route.operationId, what, 400]);
        contract.expectDescribed(route, answer);
      };
      const schema = contract.bodySchemaOf(route);
      if (schema) {
        // What the platform cannot parse it answers by itself.
        const unparsed = await call(route.method, path, {
          body: '{',
          headers: { 'content-type': 'application/json' },
        });
        expect([route.operationId, unparsed.status]).toEqual([route.operationId, 400]);
        const example = contract.exampleOf(route) as Json;
        for (const name of Object.keys((schema['properties'] ?? {}) as Json))
          for (const wrong of [{ not: ['valid'] }, [[]], 'a\u0000b', -1.5])
            if (isWrong((schema['properties'] as Record<string, Json>)[name] ?? {}, wrong))
              await refused(
                `${name}: ${JSON.stringify(wrong)}`,
                await call(route.method, path, { body: { ...example, [name]: wrong } }),
              );
        await refused(
          'an unknown field',
          await call(route.method, path, { body: { ...example, unknownField: 1 } }),
        );
      }
      const queries = route.parameters.filter((parameter) => parameter.in === 'query');
      for (const { name, schema: own } of queries)
        if (own['enum'] || own['type'] === 'integer' || own['format'])
          await refused(
            `?${name}`,
            await call(route.method, `${path}?${name}=%00wrong`, { body: contract.exampleOf(route) }),
          );
      if (queries.length > 0)
        await refused(
          'an unknown parameter',
          await call(route.method, `${path}?unknownField=1`, { body: contract.exampleOf(route) }),
        );
    }
  }, 300_000);
});

/** Whether a value is none of a schema, as far as this can be told here. */
function isWrong(schema: Json, value: unknown): boolean {
  try {
    return !contract.validatorOf(schema)(value);
  } catch {
    return false;
  }
}

/** What no answer may show: SQL, places in files, names of the catalog. */
const REVEALING =
  /\b(?:select|insert into|delete from)\b.*\b(?:from|values|where)\b|pg_catalog|rowhouse\.|node_modules|\.[jt]s:\d+|\bat \S+ \(/i;

it('no request is answered 500, and no answer reveals what is inside', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom("' or 1=1 --", '\u0000', '../..', '%', '{}'),
  );
  const header = fc.stringMatching(/^[\x21-\x7e]{1,40}$/);
  const request = fc.record({
    route: fc.nat(),
    ids: fc.oneof(fc.constant('acme'), text),
    body: fc.option(
      fc.oneof(
        fc.json(),
        text,
        fc
          .dictionary(
            fc.constantFrom(
              'slug',
              'name',
              'plan',
              'metadata',
              'confirm',
              'label',
              'domain',
              'scopes',
              'email',
              'roles',
              'issuer',
            ),
            fc.jsonValue(),
          )
          .map((value) => JSON.stringify(value)),
      ),
      { nil: undefined },
    ),
    query: fc.dictionary(
      fc.constantFrom('limit', 'cursor', 'sort', 'search', 'status', 'tenant', 'kind', 'version'),
      text,
      { maxKeys: 3 },
    ),
    headers: fc.dictionary(
      fc.constantFrom(
        'if-match',
        'if-none-match',
        'idempotency-key',
        'last-event-id',
        'x-reason',
        'x-tenant-id',
      ),
      header,
      { maxKeys: 2 },
    ),
    role: fc.constantFrom('viewer' as const, 'operator' as const),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ route: index, ids, body, query, headers, role }) => {
      const route = routes[index % routes.length] as Route;
      if (route.path.endsWith('events')) return;
      const search = new URLSearchParams(query).toString();
      const path = `${pathOf(route, encodeURIComponent(ids.replaceAll(/\p{Surrogate}/gu, '')))}?${search}`;
      const answer = await call(route.method, path, {
        role,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && route.method !== 'GET' && { body }),
      });
      expect(answer.status).toBeLessThan(500);
      if (answer.status >= 400) expect(JSON.stringify(answer.body)).not.toMatch(REVEALING);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 400) },
  );
}, 600_000);
