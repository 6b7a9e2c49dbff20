import { decrypt, type EncryptionKeys, encrypt } from '@rowhouse/core/internal';
import type { PreparedKeys, SealedKey } from './prepared-keys.js';

/** Encrypted values of a tenant, in base64 by dotted path, and the data key that encrypts them. */
export interface SealedSecrets {
  readonly secrets: Readonly<Record<string, string>>;
  readonly key: SealedKey | null;
}

/** What could be decrypted, and the paths of what could not. */
export interface OpenedSecrets {
  readonly values: ReadonlyMap<string, unknown>;
  readonly unreadable: readonly string[];
}

/** Decrypts values. What was encrypted for another tenant or path cannot be. */
export async function openSecrets(
  keys: Pick<EncryptionKeys, 'decrypt'> | undefined,
  tenantId: string,
  { secrets, key }: SealedSecrets,
): Promise<OpenedSecrets> {
  const paths = Object.keys(secrets);
  if (paths.length === 0) return { values: new Map(), unreadable: [] };
  const dataKey = key && (await keys?.decrypt(key.id, key.bytes).catch(() => undefined));
  const values = new Map<string, unknown>();
  for (const path of paths) {
    try {
      if (!dataKey) break;
      const ciphertext = Buffer.from(secrets[path] as string, 'base64');
      values.set(path, JSON.parse(decrypt(dataKey, ciphertext, contextOf(tenantId, path)).toString()));
    } catch {}
  }
  return { values, unreadable: paths.filter((path) => !values.has(path)) };
}

/** Encrypts values anew, by the data key of those that stay. */
export async function sealSecrets(
  keys: PreparedKeys,
  tenantId: string,
  kept: SealedSecrets,
  values: ReadonlyMap<string, unknown>,
): Promise<SealedSecrets> {
  const isKept = Object.keys(kept.secrets).length > 0 && kept.key !== null;
  if (values.size === 0) return isKept ? kept : { secrets: {}, key: null };
  const { bytes: dataKey, sealed: key } = keys.dataKey;
  const encrypted = [...values].map(([path, value]): [string, string] => [
    path,
    encrypt(dataKey, Buffer.from(JSON.stringify(value)), contextOf(tenantId, path)).toString('base64'),
  ]);
  return { secrets: { ...kept.secrets, ...Object.fromEntries(encrypted) }, key };
}

const contextOf = (tenantId: string, path: string) => `rowhouse setting\n${tenantId}\n${path}`;
