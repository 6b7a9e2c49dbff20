import { createHmac } from 'node:crypto';
import { isSameSecret } from '@rowhouse/nestjs/operator';

/** What a link says of itself. */
export interface SignedLink {
  /** Seconds since 1970. */
  readonly expires: number;
  readonly signature: string;
}

/** @param key - of the archive. */
export function signLink(id: string, expires: number, key: Buffer): SignedLink {
  const signature = createHmac('sha256', key).update(`${id}\n${expires}`).digest('base64url');
  return { expires, signature };
}

export function isValidLink(id: string, { expires, signature }: SignedLink, key: Buffer): boolean {
  return expires * 1_000 > Date.now() && isSameSecret(signature, signLink(id, expires, key).signature);
}
