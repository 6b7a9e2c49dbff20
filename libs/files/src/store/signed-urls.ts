import { createHmac } from 'node:crypto';
import { isSameSecret } from '@rowhouse/nestjs/operator';
import { FileUrlInvalidError } from '../errors.js';

export type UrlUse = 'get' | 'put';

export interface SignedFile {
  readonly tenantId: string;
  readonly fileId: string;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const TOKEN = new RegExp(
  `^(?<signed>(?<use>get|put)\\.(?<tenantId>${UUID})\\.(?<fileId>${UUID})\\.(?<seconds>\\d{1,11}))\\.(?<signature>[\\w-]{43})$`,
);

/** URLs that are good for one use of one file until they expire. What the file is, its row says, and not the URL. */
export class SignedUrls {
  readonly #url: string;
  readonly #secret: string;

  /** @param url - where the routes of the module are reached. */
  constructor(url: string, secret: string) {
    this.#url = url.replace(/\/+$/, '');
    this.#secret = secret;
  }

  sign(use: UrlUse, { tenantId, fileId }: SignedFile, expiresAt: Date): string {
    const signed = `${use}.${tenantId}.${fileId}.${Math.floor(expiresAt.getTime() / 1_000)}`;
    return `${this.#url}/content?token=${signed}.${this.#signature(signed)}`;
  }

  /** @throws {FileUrlInvalidError} */
  verify(use: UrlUse, token: unknown): SignedFile {
    const parts = typeof token === 'string' ? TOKEN.exec(token)?.groups : undefined;
    const { signed = '', tenantId = '', fileId = '', seconds, signature = '' } = parts ?? {};
    const isValid =
      isSameSecret(signature, this.#signature(signed)) &&
      parts?.['use'] === use &&
      Date.now() < Number(seconds) * 1_000;
    if (!isValid) throw new FileUrlInvalidError();
    return { tenantId, fileId };
  }

  /** The text before it keeps apart what is signed here and what the secret may sign elsewhere. */
  #signature(signed: string): string {
    return createHmac('sha256', this.#secret).update(`rowhouse:files:${signed}`).digest('base64url');
  }
}
