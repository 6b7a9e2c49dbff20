import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { AdminDeployment, Answer } from '../admin-app.fixture.js';

export type Json = Record<string, unknown>;
export type Call = Awaited<ReturnType<AdminDeployment['start']>>['call'];

interface Operation {
  readonly operationId: string;
  /** Empty for a route that is open to everybody. */
  readonly security?: readonly [];
  readonly 'x-required-role': 'viewer' | 'operator' | 'owner';
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Json }[];
  readonly requestBody?: { readonly content: { readonly 'application/json'?: { readonly schema: Json } } };
  readonly responses: Record<string, Response & { readonly $ref?: string }>;
}

interface Response {
  readonly content?: Record<string, { readonly schema: Json }>;
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, Json>;
    readonly responses: Record<string, Response>;
  };
}

export interface Route extends Operation {
  readonly method: string;
  /** Below the guarded path, as `tenants/{tenant}`. */
  readonly path: string;
}

/** An id that nothing has. */
export const NO_ID = '00000000-0000-4000-8000-000000000000';

/** What a schema cannot say of a field that is valid. Each number makes others. */
const SAMPLES: Readonly<Record<string, (number: number) => unknown>> = {
  domain: (number) => `shop-${number}.example.com`,
  roles: () => ['member'],
  url: (number) => `https://example.com/hooks/${number}`,
  // Months are closed in their order.
  month: (number) => new Date(Date.UTC(2000, number)).toISOString().slice(0, 7),
};

const FORMATS: Readonly<Record<string, (number: number) => unknown>> = {
  email: (number) => `someone-${number}@example.com`,
  uuid: () => NO_ID,
  uri: (number) => `https://example.com/${number}`,
  'date-time': () => new Date(Date.now() + 3_600_000).toISOString(),
};

/** The document that an app answers, and requests that fit it. */
export class Contract {
  readonly routes: readonly Route[];
  readonly #document: Document;
  /** One for all schemas: preparing it, and compiling one, takes far longer than holding an answer to it. */
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  /** By the text of the schema. */
  readonly #validators = new Map<string, ValidateFunction>();
  #examples = 0;

  private constructor(document: Document) {
    this.#document = document;
    this.#ajv.addSchema({ $id: 'document', components: document.components });
    this.routes = Object.entries(document.paths).flatMap(([template, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        ...operation,
        method: method.toUpperCase(),
        path: template.replace('/admin/', ''),
      })),
    );
  }

  static async of(call: Call): Promise<Contract> {
    return new Contract((await call('GET', 'openapi.json')).body);
  }

  bodySchemaOf(route: Route): Json | undefined {
    const schema = route.requestBody?.content['application/json']?.schema;
    const name = (schema?.['$ref'] as string | undefined)?.split('/').at(-1);
    return name ? this.#document.components.schemas[name] : schema;
  }

  /** A body that the route takes, with no more fields than it needs, and with other texts each time; `undefined` for a route without one. */
  exampleOf(route: Route): Json | undefined {
    const schema = this.bodySchemaOf(route);
    if (!schema) return undefined;
    const {
      properties = {},
      required = [],
      minProperties = 0,
    } = schema as {
      properties?: Record<string, Json>;
      required?: string[];
      minProperties?: number;
    };
    const names =
      required.length < minProperties ? Object.keys(properties).slice(0, minProperties) : required;
    this.#examples += 1;
    const sample = (name: string) =>
      SAMPLES[name]?.(this.#examples) ?? sampleOf(properties[name], this.#examples);
    return Object.fromEntries(names.map((name) => [name, sample(name)]));
  }

  validatorOf(schema: Json): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"#/components', '"document#/components');
    const known = this.#validators.get(text);
    if (known) return known;
    const validator = this.#ajv.compile(JSON.parse(text));
    this.#validators.set(text, validator);
    return validator;
  }

  /** Holds an answer to what the document says of its status. */
  expectDescribed(route: Route, answer: Answer): void {
    const given = route.responses[answer.status];
    expect([route.operationId, answer.status, given !== undefined]).toEqual([
      route.operationId,
      answer.status,
      true,
    ]);
    const shared = given?.$ref?.split('/').at(-1);
    const described = shared === undefined ? given : this.#document.components.responses[shared];
    const [mediaType, content] = Object.entries(described?.content ?? {})[0] ?? [];
    if (!content || answer.status === 304) return;
    expect(answer.headers.get('content-type')).toContain(mediaType);
    if (!/[/+]json/.test(mediaType ?? '')) return;
    const fits = this.validatorOf(content.schema);
    if (!fits(answer.body)) throw new Error(`${route.operationId}: ${JSON.stringify(fits.errors)}`);
  }
}

function sampleOf(schema: Json | undefined, number: number): unknown {
  if (schema?.['enum']) return (schema['enum'] as unknown[])[0];
  if (schema?.['type'] === 'array')
    return schema['minItems'] ? [sampleOf(schema['items'] as Json, number)] : [];
  if (schema?.['type'] === 'object') return {};
  if (schema?.['type'] === 'integer' || schema?.['type'] === 'number') return schema['minimum'] ?? 1;
  if (schema?.['type'] === 'boolean') return true;
  const text = FORMATS[schema?.['format'] as string]?.(number) ?? `example-${number}`;
  return typeof text === 'string' ? text.padEnd(Number(schema?.['minLength'] ?? 0), '.') : text;
}
