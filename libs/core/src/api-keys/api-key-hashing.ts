import { createHmac, hash } from 'node:crypto';
import { z } from 'zod';
import { parseOptions } from '../support/parse-options.js';

/** A secret that hashes of API keys are made with. It is not in the database: a copy of the database says nothing of keys. */
export interface ApiKeyPepper {
  /** 1 to 32,767. The highest makes the hashes of new keys; the keys of the others work as long as those are given. */
  readonly version: number;
  /** At least 32 characters. */
  readonly secret: string;
}

export const PEPPERS_VARIABLE = 'ROWHOUSE_API_KEY_PEPPERS';

/** The version of hashes without a pepper. */
const NO_PEPPER = 0;

export const apiKeyPeppersSchema = z
  .array(
    z.strictObject({
      version: z.int().min(1).max(32_767),
      secret: z.string().min(32, 'expected at least 32 characters').max(1_000),
    }),
  )
  .max(16)
  .refine(
    (peppers) => new Set(peppers.map(({ version }) => version)).size === peppers.length,
    'expected each version once',
  );

/**
 * Reads peppers from the environment: `ROWHOUSE_API_KEY_PEPPERS=2:secret,1:secret`. Not set, there are none.
 *
 * @throws {OptionsInvalidError}
 */
export function peppersFromEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): readonly ApiKeyPepper[] {
  const text = env[PEPPERS_VARIABLE]?.trim();
  if (!text) return [];
  const given = text.split(',').map((part) => {
    const [, version, secret] = /^\s*(\d{1,5}):(.*?)\s*$/.exec(part) ?? [];
    return { version: Number(version), secret };
  });
  return parseOptions(PEPPERS_VARIABLE, apiKeyPeppersSchema, given);
}

/** What is kept of an API key without a pepper. It is random, so a plain SHA-256 without salt cannot be turned back. */
export function hashApiKey(apiKey: string): Buffer {
  return hash('sha256', apiKey, 'buffer');
}

/** Makes the hashes of API keys that are kept: HMAC-SHA-256 with a pepper, plain SHA-256 without. */
export class ApiKeyHashing {
  readonly #peppers: readonly ApiKeyPepper[];

  /** @throws {OptionsInvalidError} */
  constructor(peppers: readonly ApiKeyPepper[]) {
    const parsed = parseOptions('apiKeys.peppers', apiKeyPeppersSchema, peppers);
    this.#peppers = [...parsed].sort((a, b) => b.version - a.version);
  }

  /** The hash of a new key. */
  hash(apiKey: string): { readonly hash: Buffer; readonly pepperVersion: number } {
    const [newest] = this.#peppers;
    return newest
      ? { hash: hashWith(newest, apiKey), pepperVersion: newest.version }
      : { hash: hashApiKey(apiKey), pepperVersion: NO_PEPPER };
  }

  /** Every hash under which a key may be kept. */
  candidates(apiKey: string): readonly Buffer[] {
    return [...this.#peppers.map((pepper) => hashWith(pepper, apiKey)), hashApiKey(apiKey)];
  }
}

function hashWith({ secret }: ApiKeyPepper, apiKey: string): Buffer {
  return createHmac('sha256', secret).update(apiKey).digest();
}
