import { RequestMethod, type Type } from '@nestjs/common';
import {
  HTTP_CODE_METADATA,
  INTERCEPTORS_METADATA,
  METHOD_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { requiredRoleOf, SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { descriptionOf } from './route-description.js';

type Json = { readonly [key: string]: unknown };

/** A controller below the guarded path. */
export interface DescribedController {
  readonly controller: Type;
  readonly below: string;
}

interface RouteArgument {
  readonly data?: unknown;
  readonly pipes: readonly unknown[];
}

const problemSchema = z
  .object({
    type: z.string().describe('A URN of the code.'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stable: a code never changes its meaning, and new ones may come.'),
    detail: z.string(),
    instance: z.string().optional(),
    errors: z
      .array(z.object({ field: z.string(), expected: z.string() }))
      .optional()
      .describe('The fields that are not valid.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

/**
 * The OpenAPI 3.1 document of controllers whose routes are described. Paths, methods and statuses are Nest's own metadata, and the
 * schemas are those that requests are checked by, so that it cannot say anything else than what is served.
 *
 * @param path - the guarded path.
 * @param sessionCookie - the name of the cookie that operators may have instead of a bearer token.
 * @throws {Error} for a route without a description.
 */
export function openApiDocument(
  path: string,
  controllers: readonly DescribedController[],
  version: string,
  sessionCookie?: string,
): Json {
  const components = new Components();
  const paths: Record<string, Record<string, Json>> = {};
  for (const { controller, below } of controllers) {
    for (const route of routesOf(controller)) {
      const url = `/${[path, below, route.path]
        .flatMap((part) => part.split('/'))
        .filter(Boolean)
        .join('/')}`;
      const template = url.replaceAll(/:(\w+)/g, '{$1}');
      paths[template] ??= {};
      paths[template][route.method] = operationOf(
        controller,
        tagOf(below),
        template,
        route,
        components,
        sessionCookie,
      );
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rowhouse admin API',
      version,
      description: 'Tenants and what belongs to them, for operators.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, ...(sessionCookie ? [{ session: [] }] : [])],
    tags: [...new Set(controllers.map(({ below }) => tagOf(below)))].map((name) => ({
      name,
      description: `Routes of ${name}.`,
    })),
    paths,
    components: {
      schemas: components.schemas,
      responses: components.responses,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        ...(sessionCookie && {
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: sessionCookie,
            description: 'Made by auth/login. A change needs the header X-Rowhouse-CSRF.',
          },
        }),
      },
    },
  };
}

/** The tag of routes below `tenants/:tenant/members` is `members`. */
function tagOf(below: string): string {
  return below.split('/').at(-1) ?? below;
}

interface Route {
  readonly name: string;
  readonly handler: object;
  readonly method: string;
  readonly path: string;
}

function routesOf(controller: Type): readonly Route[] {
  const { prototype } = controller;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler: unknown = prototype[name];
    if (typeof handler !== 'function' || name === 'constructor') return [];
    const path: string | string[] | undefined = Reflect.getMetadata(PATH_METADATA, handler);
    const method: RequestMethod | undefined = Reflect.getMetadata(METHOD_METADATA, handler);
    if (path === undefined || method === undefined) return [];
    return [path]
      .flat()
      .map((one) => ({ name, handler, method: RequestMethod[method].toLowerCase(), path: one }));
  });
}

function operationOf(
  controller: Type,
  tag: string,
  template: string,
  route: Route,
  components: Components,
  sessionCookie: string | undefined,
): Json {
  const description = descriptionOf(route.handler);
  if (!description) throw new Error(`${controller.name}.${route.name} has no description.`);
  const { summary, answer, mediaType, bodyTypes, also = [], problems = [], isOpen = false } = description;
  const status =
    Reflect.getMetadata(HTTP_CODE_METADATA, route.handler) ??
    description.status ??
    (route.method === 'post' ? 201 : 200);
  const { body, query, headers } = argumentsOf(controller, route.name);
  const path = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) =>
    parameter('path', name as string, { type: 'string' }, true),
  );
  const isChange = route.method !== 'get';
  const takesKey =
    route.method === 'post' &&
    (Reflect.getMetadata(INTERCEPTORS_METADATA, controller) ?? []).includes(IdempotencyInterceptor);
  const role = requiredRoleOf(route.handler, route.method.toUpperCase());
  const failures = [
    ...[400, 429],
    ...(isOpen ? [] : [401, 403]),
    ...(path.length > 0 ? [404] : []),
    ...(headers.includes('If-Match') ? [412] : []),
    // Of the Idempotency-Key: its first request is under way, or was another one.
    ...(takesKey ? [409, 422] : []),
    ...problems,
  ];
  return {
    operationId: `${controller.name.replace(/Controller$/, '').replace(/^./, (c) => c.toLowerCase())}_${route.name}`,
    summary,
    ...(isOpen
      ? { security: [], description: 'For everybody.' }
      : { 'x-required-role': role, description: `Needs the role ${role}.` }),
    tags: [tag],
    parameters: [
      ...path,
      ...(query ? queryParameters(query, components) : []),
      ...headers.map((name) => parameter('header', name, { type: 'string' }, false)),
      ...(takesKey
        ? [parameter('header', 'Idempotency-Key', { type: 'string', maxLength: 255 }, false)]
        : []),
      ...(isChange ? [parameter('header', 'X-Reason', { type: 'string', maxLength: 500 }, false)] : []),
      ...(isChange && sessionCookie
        ? [parameter('header', 'X-Rowhouse-CSRF', { type: 'string' }, false)]
        : []),
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: components.of(body, 'input') } },
      },
    }),
    ...(bodyTypes && {
      requestBody: { required: true, content: Object.fromEntries(bodyTypes.map((type) => [type, {}])) },
    }),
    responses: {
      [status]: {
        description: 'Done.',
        ...(answer && {
          content: { [mediaType ?? 'application/json']: { schema: components.of(answer, 'output') } },
        }),
        ...(!answer && mediaType && { content: { [mediaType]: {} } }),
      },
      ...Object.fromEntries(also.map((code) => [code, { description: STATUSES[code] }])),
      ...Object.fromEntries([...new Set(failures)].sort().map((code) => [code, components.problem(code)])),
    },
  };
}

const STATUSES: Readonly<Record<number, string>> = {
  206: 'A part of it.',
  304: 'The client has it already.',
};

const REASONS: Readonly<Record<number, string>> = {
  400: 'The request is not valid.',
  401: 'No operator is signed in.',
  403: "The operator's role is less than the route needs.",
  404: 'There is no such thing.',
  409: 'The state does not allow it.',
  410: 'It has ended.',
  412: 'It has changed since it was read.',
  413: 'The body is too large.',
  415: 'The body is of another type.',
  416: 'There are no such bytes.',
  422: 'The Idempotency-Key was sent with another request.',
  423: 'Another request is changing it.',
  429: 'Too many failed sign-ins.',
  460: 'What has arrived does not have the checksum that was sent with it.',
  503: 'Try again later.',
};

function argumentsOf(
  controller: Type,
  name: string,
): { body?: z.ZodType; query?: z.ZodType; headers: string[] } {
  const given: Record<string, RouteArgument> =
    Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {};
  const found: { body?: z.ZodType; query?: z.ZodType; headers: string[] } = { headers: [] };
  for (const [key, { data, pipes }] of Object.entries(given)) {
    const kind = Number(key.split(':')[0]);
    const schema = pipes.find((pipe) => pipe instanceof SchemaPipe)?.schema as z.ZodType | undefined;
    if (kind === RouteParamtypes.BODY && schema) found.body = schema;
    if (kind === RouteParamtypes.QUERY && schema) found.query = schema;
    if (kind === RouteParamtypes.HEADERS && typeof data === 'string') found.headers.push(canonical(data));
  }
  return found;
}

/** `if-match` is written `If-Match`. */
function canonical(header: string): string {
  return header.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

function queryParameters(query: z.ZodType, components: Components): readonly Json[] {
  const { properties = {}, required = [] } = components.of(query, 'input') as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) =>
    parameter('query', name, schema, required.includes(name)),
  );
}

function parameter(place: string, name: string, { description, ...schema }: Json, required: boolean): Json {
  return { name, in: place, required, ...(description !== undefined && { description }), schema };
}

/** What the document has once and refers to: schemas with an id, and the answers of what is refused. */
class Components {
  readonly schemas: Record<string, unknown> = {};
  readonly responses: Record<string, unknown> = {};

  /** The answer of a status that says no. */
  problem(status: number): Json {
    const name = `Problem${status}`;
    this.responses[name] ??= {
      description: REASONS[status] ?? 'A problem.',
      content: { 'application/problem+json': { schema: this.of(problemSchema, 'output') } },
    };
    return { $ref: `#/components/responses/${name}` };
  }

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const written = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema._zod.def.type !== 'date') return;
        jsonSchema.type = 'string';
        jsonSchema.format = 'date-time';
      },
    }) as Record<string, unknown>;
    const { $schema: _, $defs = {}, id, ...own } = pointToComponents(written) as Record<string, unknown>;
    for (const [name, inner] of Object.entries($defs as Json))
      if (!isAnyJson(name)) this.schemas[name] = inner;
    if (typeof id !== 'string') return own;
    this.schemas[id] = own;
    return { $ref: `#/components/schemas/${id}` };
  }
}

/** What zod calls a schema that refers to itself and has no id. The only one is `z.json()`: any value. */
function isAnyJson(name: string): boolean {
  return /^__schema\d+$/.test(name);
}

function pointToComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointToComponents);
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value && isAnyJson(String(value.$ref).replace('#/$defs/', ''))) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string'
        ? inner.replace('#/$defs/', '#/components/schemas/')
        : pointToComponents(inner),
    ]),
  );
}
