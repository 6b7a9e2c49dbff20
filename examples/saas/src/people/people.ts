import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';

const AUDIENCE = 'team-documents';

/** Somebody who has signed in, as the claims of a token say. */
export interface Person {
  readonly iss: string;
  readonly sub: string;
  readonly email: string;
}

/**
 * Stands for the identity provider that a real app has, which signs people in and publishes its keys. This one believes whoever
 * names an address, and its key is gone with the process.
 */
export class People {
  static readonly issuer = 'https://login.example.com';
  readonly #key = randomBytes(32);

  /** A token for whoever has the address, good for a day. */
  tokenOf(email: string): Promise<string> {
    return new SignJWT({ email })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(People.issuer)
      .setAudience(AUDIENCE)
      .setSubject(email)
      .setExpirationTime('24h')
      .sign(this.#key);
  }

  /** @throws what `jose` throws for a token that is not good. */
  async personOf(token: string): Promise<Person> {
    const { payload } = await jwtVerify<Pick<Person, 'email'>>(token, this.#key, {
      algorithms: ['HS256'],
      issuer: People.issuer,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp', 'email'],
    });
    return { iss: People.issuer, sub: payload.sub as string, email: payload.email };
  }
}
