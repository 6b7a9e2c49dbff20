import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { OptionsInvalidError } from '@rowhouse/core';

/** Signs certificates with Ed25519, as JSON Web Signatures (RFC 7515, RFC 8037). */
export class CertificateKey {
  readonly #key: KeyObject;
  /** SHA-256 of the public key (DER, SubjectPublicKeyInfo), in base64url. */
  readonly id: string;

  /**
   * @param pem - the private key (PKCS #8).
   * @throws {OptionsInvalidError}
   */
  constructor(pem: string) {
    this.#key = parse(pem);
    const der = createPublicKey(this.#key).export({ type: 'spki', format: 'der' });
    this.id = createHash('sha256').update(der).digest('base64url');
  }

  /** @returns the compact form, which holds the text. */
  sign(text: string): string {
    const header = JSON.stringify({ alg: 'EdDSA', kid: this.id });
    const signed = [header, text].map((part) => Buffer.from(part).toString('base64url')).join('.');
    return `${signed}.${sign(null, Buffer.from(signed), this.#key).toString('base64url')}`;
  }
}

function parse(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // What OpenSSL says may show the key.
  }
  throw new OptionsInvalidError('Fleet', [
    {
      field: 'certificateKey',
      expected: 'expected an Ed25519 private key in PEM: openssl genpkey -algorithm ed25519',
    },
  ]);
}
