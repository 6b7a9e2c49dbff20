import { hkdfSync } from 'node:crypto';
import { cookieValues } from '@rowhouse/nestjs/operator';
import { EncryptJWT, jwtDecrypt } from 'jose';
import type { z } from 'zod';

/** Browsers refuse longer ones. */
const MAX_LENGTH = 4_000;

interface SealedCookieOptions<T> {
  readonly name: string;
  readonly content: z.ZodType<T>;
  readonly maxAgeSeconds: number;
  /** Sent over https only, and set for this host only: the prefix `__Host-`. */
  readonly isSecure: boolean;
  readonly secret: string;
  /** The deployment: cookies of another one are none, even where the secret is the same. */
  readonly deployment: readonly string[];
}

/** A cookie whose content is encrypted (JWE, AES-256-GCM), so that a browser can neither read nor change it, and good for a limited time. */
export class SealedCookie<T extends object> {
  readonly name: string;
  readonly #options: SealedCookieOptions<T>;
  readonly #key: Uint8Array;

  constructor(options: SealedCookieOptions<T>) {
    this.#options = options;
    this.name = `${options.isSecure ? '__Host-' : ''}rowhouse-${options.name}`;
    // A key of its own for each name: one cookie cannot be sent as the other.
    const purpose = JSON.stringify([options.name, ...options.deployment]);
    this.#key = new Uint8Array(hkdfSync('sha256', options.secret, 'rowhouse cookie', purpose, 32));
  }

  /** The header `Set-Cookie` for a content. */
  async seal(content: T): Promise<string> {
    const { maxAgeSeconds } = this.#options;
    const sealed = await new EncryptJWT({ content })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(`${maxAgeSeconds}s`)
      .encrypt(this.#key);
    if (sealed.length > MAX_LENGTH) throw new Error(`The cookie ${this.name} would be too long.`);
    return this.#header(sealed, maxAgeSeconds);
  }

  /** The header `Set-Cookie` that removes it. */
  removal(): string {
    return this.#header('', 0);
  }

  /** What a request carries; `undefined` when it carries none, an old one, or one that was not made here. */
  async open(cookieHeader: string | undefined): Promise<{ content: T; expiresAt: Date } | undefined> {
    const [sealed, ...others] = cookieValues(cookieHeader ?? '', this.name);
    if (!sealed || others.length > 0 || sealed.length > MAX_LENGTH) return undefined;
    const opened = await jwtDecrypt<{ content?: unknown }>(sealed, this.#key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
      requiredClaims: ['exp'],
    }).catch(() => undefined);
    const read = this.#options.content.safeParse(opened?.payload.content);
    if (!opened || !read.success) return undefined;
    return { content: read.data, expiresAt: new Date((opened.payload.exp as number) * 1_000) };
  }

  #header(value: string, maxAgeSeconds: number): string {
    const secure = this.#options.isSecure ? '; Secure' : '';
    return `${this.name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`;
  }
}
