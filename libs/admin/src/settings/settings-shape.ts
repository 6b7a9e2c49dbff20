import { isDeepStrictEqual } from 'node:util';
import { type InvalidField, OptionsInvalidError } from '@rowhouse/core';
import { type EncryptionKeys, encryptionKeysSchema, parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import {
  deepFreeze,
  dotted,
  isJsonObject,
  type Json,
  overlay,
  type Path,
  valueAt,
  withValueAt,
} from './json-paths.js';

/** The settings that an app has, declared once. */
export interface SettingsDeclaration<S extends z.ZodObject = z.ZodObject> {
  /** Types of JSON, with a default for each. */
  readonly schema: S;
  /** Dotted paths of texts that are encrypted and never shown, such as `smtp.password`. */
  readonly secrets?: readonly string[] | undefined;
  /** Needed where there are secrets. */
  readonly keys?: EncryptionKeys | undefined;
}

const declarationSchema = z.strictObject({
  schema: z.custom<z.ZodObject>(
    (value) => (value as Partial<z.ZodType> | null)?._zod?.def?.type === 'object',
    'expected an object schema of zod 4',
  ),
  secrets: z.array(z.string().min(1).max(500)).default([]),
  keys: encryptionKeysSchema.optional(),
});

/** Where stored overrides do not fit the schema. */
export interface Misfit extends InvalidField {
  /** What is left out, so that the rest fits. */
  readonly path: Path;
}

/** A declaration that was checked: what overrides of tenants are held to. */
export class SettingsShape {
  readonly defaults: Json;
  /** JSON Schema of what may be overridden. */
  readonly jsonSchema: Json;
  readonly secrets: readonly string[];
  readonly keys: EncryptionKeys | undefined;
  readonly #schema: z.ZodObject;

  /** @throws {OptionsInvalidError} */
  constructor(declaration: SettingsDeclaration) {
    const { schema, secrets, keys } = parseOptions('settings', declarationSchema, declaration);
    this.#schema = schema;
    this.defaults = deepFreeze(defaultsOf(schema));
    this.secrets = secrets;
    this.keys = keys;
    this.jsonSchema = deepFreeze(jsonSchemaOf(schema, secrets));
    for (const path of secrets)
      if (!isText(nodeAt(this.jsonSchema, path.split('.'))))
        refuse('secrets', `expected paths of texts in the schema; "${path}" is none`);
    if (secrets.length > 0 && !keys) refuse('keys', 'expected keys, because there are secrets');
  }

  isText(path: string): boolean {
    return isText(nodeAt(this.jsonSchema, path.split('.')));
  }

  /** Where overrides do not fit; empty when they do. */
  misfitsOf(overrides: Json): readonly Misfit[] {
    const { data, error } = this.#schema.safeParse(overlay(this.defaults, overrides));
    if (!error) return unknownIn(overrides, data).map(unknownSetting);
    return error.issues.flatMap((issue): Misfit[] => {
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => {
          const path = [...issue.path.map(String), key];
          return { ...unknownSetting(path), path: overriddenAt(overrides, path) };
        });
      const field = dotted(issue.path);
      // What an app writes itself may hold the value.
      const isTold = issue.code !== 'custom' || !this.secrets.includes(field);
      const expected = isTold ? issue.message : 'expected another value';
      return [{ field: field || 'settings', expected, path: overriddenAt(overrides, issue.path) }];
    });
  }

  /** What is in force: the defaults, and those of the overrides that fit. Never throws. */
  resolve(overrides: Json): { readonly effective: Json; readonly misfits: readonly Misfit[] } {
    const all: Misfit[] = [];
    let fitting = overrides;
    while (Object.keys(fitting).length > 0) {
      const misfits = this.misfitsOf(fitting);
      if (misfits.length === 0) break;
      all.push(...misfits);
      for (const { path } of misfits) fitting = path.length > 0 ? withValueAt(fitting, path, undefined) : {};
    }
    const parsed = this.#schema.safeParse(overlay(this.defaults, fitting));
    return { effective: deepFreeze((parsed.data ?? this.defaults) as Json), misfits: all };
  }
}

/** @throws {OptionsInvalidError} */
function defaultsOf(schema: z.ZodObject): Json {
  const { data, error } = schema.safeParse({});
  if (error)
    throw new OptionsInvalidError(
      'settings',
      error.issues.map(({ path, message }) => ({
        field: `schema.${dotted(path)}`,
        expected: `expected a default (${message})`,
      })),
    );
  if (!isDeepStrictEqual(schema.safeParse(data).data, data))
    refuse('schema', 'expected a schema that leaves its own defaults as they are');
  return data;
}

/** @throws {OptionsInvalidError} for types that JSON does not have. */
function jsonSchemaOf(schema: z.ZodObject, secrets: readonly string[]): Json {
  try {
    z.toJSONSchema(schema, { io: 'output' });
  } catch (error) {
    refuse('schema', `expected types of JSON (${(error as Error).message})`);
  }
  const written = structuredClone(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })) as Record<
    string,
    unknown
  >;
  for (const secret of secrets) hideDefaults(written, secret.split('.'));
  return JSON.parse(JSON.stringify(written));
}

/** Takes the default of a secret out of the schema, and marks it. */
function hideDefaults(node: unknown, path: Path): void {
  if (!isJsonObject(node)) return;
  const members = node as Record<string, unknown>;
  const [key, ...rest] = path;
  if (key === undefined) {
    delete members['default'];
    members['writeOnly'] = true;
    return;
  }
  if (isJsonObject(members['default'])) members['default'] = withValueAt(members['default'], path, undefined);
  hideDefaults(valueAt(node, ['properties', key]), rest);
}

function nodeAt(node: unknown, [key, ...rest]: Path): unknown {
  return key === undefined ? node : nodeAt(valueAt(node, ['properties', key]), rest);
}

function isText(node: unknown): boolean {
  if (!isJsonObject(node)) return false;
  const either = node['anyOf'];
  if (Array.isArray(either))
    return either.some(isText) && either.every((one) => isText(one) || one.type === 'null');
  return node['type'] === 'string';
}

function refuse(field: string, expected: string): never {
  throw new OptionsInvalidError('settings', [{ field, expected }]);
}

function unknownSetting(path: Path): Misfit {
  return { field: dotted(path), expected: 'is not in the schema', path };
}

/** What the schema has left out. */
function unknownIn(given: unknown, parsed: unknown, before: Path = []): readonly Path[] {
  if (Array.isArray(given))
    return given.some((item, index) => unknownIn(item, (parsed as unknown[])?.[index]).length > 0)
      ? [before]
      : [];
  if (!isJsonObject(given)) return [];
  return Object.entries(given).flatMap(([key, value]) => {
    const path = [...before, key];
    if (!isJsonObject(parsed) || !Object.hasOwn(parsed, key)) return [path];
    return unknownIn(value, parsed[key], path);
  });
}

/** The override that an issue is about: the one at its path, or the nearest that holds it, or that has some. */
function overriddenAt(overrides: Json, issue: readonly PropertyKey[]): Path {
  const path: string[] = [];
  let node: unknown = overrides;
  for (const key of issue.map(String)) {
    if (!isJsonObject(node) || !Object.hasOwn(node, key)) break;
    node = node[key];
    path.push(key);
  }
  return path;
}
