import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { AdminDeployment, type Answer } from '../admin-app.fixture.js';

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly 'x-required-role': 'viewer' | 'operator' | 'owner';
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Json }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Json } } };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: Json }> }>;
}

interface Route extends Operation {
  readonly method: string;
  /** Below the guarded path, as `tenants/{tenant}`. */
  readonly path: string;
}

const LESS = { viewer: 'nobody', operator: 'viewer', owner: 'operator' } as const;
const NO_ID = '00000000-0000-4000-8000-000000000000';

let deployment: AdminDeployment;
let call: Awaited<ReturnType<AdminDeployment['start']>>['call'];
let document: {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
};
let routes: readonly Route[];
let acme: string;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  const app = await deployment.start();
  call = app.call;
  document = (await call('GET', 'openapi.json')).body;
  routes = Object.entries(document.paths).flatMap(([template, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path: template.replace('/admin/', ''),
    })),
  );
  const made = await call('POST', 'tenants', { body: { slug: 'acme' } });
  await app.ended(made);
  acme = made.body.id;
});
afterAll(() => deployment.close());

/** The path of a route for ids; each is that of the tenant where there is no other. */
function pathOf(route: Route, id: string): string {
  return route.path.replaceAll(/\{\w+\}/g, id);
}

/** Something that fits a schema. */
function exampleOf(schema: Json | undefined): unknown {
  const {
    properties = {},
    required = [],
    minProperties = 0,
  } = (schema ?? {}) as {
    properties?: Record<string, Json>;
    required?: string[];
    minProperties?: number;
  };
  const names = required.length < minProperties ? Object.keys(properties).slice(0, minProperties) : required;
  return Object.fromEntries(names.map((name) => [name, sampleOf(properties[name])]));
}

function sampleOf(schema: Json | undefined): unknown {
  if (schema?.['enum']) return (schema['enum'] as unknown[])[0];
  if (schema?.['format'] === 'email') return 'someone@example.com';
  if (schema?.['type'] === 'array') return schema['minItems'] ? [sampleOf(schema['items'] as Json)] : [];
  if (schema?.['type'] === 'object') return {};
  if (schema?.['type'] === 'integer' || schema?.['type'] === 'number') return 1;
  if (schema?.['type'] === 'boolean') return true;
  return 'example'.padEnd(Number(schema?.['minLength'] ?? 0), '.');
}

function validatorOf(schema: Json): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'document', components: document.components });
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')));
}

/** Holds an answer to what the document says of its status. */
function expectDescribed(route: Route, answer: Answer): void {
  const described = route.responses[answer.status];
  expect([route.operationId, answer.status, described !== undefined]).toEqual([
    route.operationId,
    answer.status,
    true,
  ]);
  const [mediaType, content] = Object.entries(described?.content ?? {})[0] ?? [];
  if (!content || mediaType === 'text/event-stream' || answer.status === 304) return;
  expect(answer.headers.get('content-type')).toContain(mediaType);
  if (!/[/+]json/.test(mediaType ?? '')) return;
  const fits = validatorOf(content.schema);
  if (!fits(answer.body)) throw new Error(`${route.operationId}: ${JSON.stringify(fits.errors)}`);
}

const bodySchemaOf = (route: Route): Json | undefined => {
  const schema = route.requestBody?.content['application/json'].schema;
  const name = (schema?.['$ref'] as string | undefined)?.split('/').at(-1);
  return name ? document.components.schemas[name] : schema;
};

describe('every route of the document', () => {
  it('needs an operator, of the role that it says', async () => {
    for (const route of routes) {
      const body = route.requestBody && exampleOf(bodySchemaOf(route));
      const path = pathOf(route, acme);
      const nobody = await call(route.method, path, { role: 'nobody', body });
      expect([route.operationId, nobody.status]).toEqual([route.operationId, 401]);
      expectDescribed(route, nobody);
      if (LESS[route['x-required-role']] === 'nobody') continue;
      const less = await call(route.method, path, { role: LESS[route['x-required-role']], body });
      expect([route.operationId, less.status]).toEqual([route.operationId, 403]);
      expectDescribed(route, less);
    }
  });

  it('answers 404 for what there is not', async () => {
    for (const route of routes.filter(({ path }) => path.includes('{')))
      for (const id of [NO_ID, 'no-such-thing', '..%2f', '%00', "'--", 'x'.repeat(500)]) {
        const answer = await call(route.method, pathOf(route, id), {
          body: route.requestBody && exampleOf(bodySchemaOf(route)),
        });
        expect([route.operationId, id, [400, 404].includes(answer.status)]).toEqual([
          route.operationId,
          id,
          true,
        ]);
        if (id === NO_ID) expect([route.operationId, answer.status]).toEqual([route.operationId, 404]);
        expectDescribed(route, answer);
      }
  });

  it('refuses each field that is not valid, and fields that it does not know', async () => {
    for (const route of routes) {
      const path = pathOf(route, acme);
      const refused = async (what: string, answer: Answer) => {
        expect([route.operationId, what, answer.status]).toEqual([route.operationId, what, 400]);
        expectDescribed(route, answer);
      };
      const schema = bodySchemaOf(route);
      if (schema) {
        // What the platform cannot parse it answers by itself.
        const unparsed = await call(route.method, path, {
          body: '{',
          headers: { 'content-type': 'application/json' },
        });
        expect([route.operationId, unparsed.status]).toEqual([route.operationId, 400]);
        const example = exampleOf(schema) as Json;
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
            await call(route.method, `${path}?${name}=%00wrong`, { body: schema && exampleOf(schema) }),
          );
      if (queries.length > 0)
        await refused(
          'an unknown parameter',
          await call(route.method, `${path}?unknownField=1`, { body: schema && exampleOf(schema) }),
        );
    }
  });

  it('answers what it says, where a tenant is there', async () => {
    for (const route of routes.filter(({ method, path }) => method === 'GET' && !path.endsWith('events')))
      expectDescribed(route, await call('GET', pathOf(route, acme)));
  });

  it('refuses a state that is not the present one', async () => {
    for (const route of routes.filter(
      ({ path }) => path.startsWith('tenants/{tenant}') && path.split('{').length === 2,
    )) {
      if (!route.parameters.some(({ name }) => name === 'If-Match')) continue;
      const example = exampleOf(bodySchemaOf(route));
      const answer = await call(route.method, pathOf(route, acme), {
        body: route.requestBody && example,
        headers: { 'if-match': '"another"' },
      });
      expect([route.operationId, answer.status]).toEqual([route.operationId, 412]);
      expectDescribed(route, answer);
    }
  });
});

/** Whether a value is none of a schema, as far as this can be told here. */
function isWrong(schema: Json, value: unknown): boolean {
  try {
    return !validatorOf(schema)(value);
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
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 1_000) },
  );
}, 600_000);
