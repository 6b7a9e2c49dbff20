import { createHash, createPrivateKey, createPublicKey, KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { ArchiveUntrustedError } from '../errors.js';

/** Signatures of archives are of nothing else: they begin with this. */
const DOMAIN = Buffer.from('rowhouse archive end v1\0');

export const signatureSchema = z.strictObject({
  algorithm: z.literal('ed25519'),
  /** SHA-256 of the public key (SPKI, DER), in hexadecimal. */
  key: z.hash('sha256'),
  /** Of the bytes of the end, after {@link DOMAIN}; base64. */
  signature: z.base64().length(88),
});
export type ArchiveSignature = Readonly<z.infer<typeof signatureSchema>>;

/** An Ed25519 key: PEM (PKCS #8 for a private key, SPKI for a public one), or Node's KeyObject. */
export type SigningKey = string | KeyObject;

export const privateKeySchema = keySchema(
  'private',
  'expected an Ed25519 private key (PEM, PKCS #8, without a passphrase)',
  createPrivateKey,
);

export const publicKeySchema = keySchema(
  'public',
  'expected an Ed25519 public key (PEM, SPKI)',
  createPublicKey,
);

function keySchema(type: 'private' | 'public', message: string, read: (pem: string) => KeyObject) {
  return z.custom<SigningKey>().transform((key, context): KeyObject => {
    try {
      const object = typeof key === 'string' ? read(key) : key;
      if (object instanceof KeyObject && object.asymmetricKeyType === 'ed25519' && object.type === type)
        return object;
    } catch {
      // The error of the library may say what is in the file.
    }
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export function signEnd(end: Buffer, key: KeyObject): ArchiveSignature {
  return {
    algorithm: 'ed25519',
    key: fingerprintOf(createPublicKey(key)),
    signature: sign(null, Buffer.concat([DOMAIN, end]), key).toString('base64'),
  };
}

/** @throws {ArchiveUntrustedError} unless one of the keys has signed the end. */
export function requireSignature(
  end: Buffer,
  signature: ArchiveSignature | undefined,
  keys: readonly KeyObject[],
): void {
  if (!signature)
    throw new ArchiveUntrustedError(
      'The archive is not signed, and only archives of trusted keys are taken.',
    );
  const key = keys.find((one) => fingerprintOf(one) === signature.key);
  if (!key)
    throw new ArchiveUntrustedError(
      `The archive is signed with another key than the trusted ones: ${signature.key}.`,
    );
  if (!verify(null, Buffer.concat([DOMAIN, end]), key, Buffer.from(signature.signature, 'base64')))
    throw new ArchiveUntrustedError('The signature is not that of this archive.');
}

export function fingerprintOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
