import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';

const AUDIENCE = 'storefront';

/** The claims of whom the issuer has signed in. */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
}

/**
 * Stands for the identity provider that a real app has, which signs people in and publishes its keys. This one gives a token to whoever
 * is named, and its key is gone with the process.
 */
export class DemoIssuer {
  static readonly url = 'https://login.storefront.example';
  readonly #key = randomBytes(32);

  /** A token for somebody, good for a day. */
  tokenOf(subject: string): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(DemoIssuer.url)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setExpirationTime('24h')
      .sign(this.#key);
  }

  /** @throws what `jose` throws for a token that is not good. */
  async claimsOf(token: string): Promise<Claims> {
    const { payload } = await jwtVerify(token, this.#key, {
      algorithms: ['HS256'],
      issuer: DemoIssuer.url,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp'],
    });
    return { iss: DemoIssuer.url, sub: payload.sub as string };
  }
}
