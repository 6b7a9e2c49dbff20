import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RequestInvalidError } from './operator-errors.js';

const HEADER = 'Idempotency-Key';
const MAX_LENGTH = 255;

/** A string of RFC 8941, section 3.3.3, and the parameters that may follow it, which mean nothing here. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)" *(?:;.*)?$/;
/** As many clients send it. Without commas: Node joins a repeated header by them. */
const BARE = /^[\x21\x23-\x2b\x2d-\x7e](?:[\x20\x21\x23-\x2b\x2d-\x7e]*)$/;

/**
 * The value of the header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a string in quotes, or, as
 * many clients send it, without them. `"a"` and `a` are the same key.
 *
 * @returns `undefined` when the request has none.
 * @throws {RequestInvalidError} for a malformed one.
 */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const quoted = QUOTED.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1');
  const key = quoted ?? (BARE.test(header) ? header : '');
  if (key.length > 0 && key.length <= MAX_LENGTH) return key;
  throw invalid(`expected a string in quotes, of 1 to ${MAX_LENGTH} printable characters`);
}

/**
 * Parameter of a handler: the request's `Idempotency-Key`, `undefined` without one.
 *
 *     create(@IdempotencyKey({ required: true }) key: string)
 *
 * A request without the key is answered 400 where it is `required`. Where the key came with another request before,
 * answer {@link IdempotencyKeyReusedError}; while the first is under way and has nothing to show yet,
 * {@link IdempotencyKeyInUseError}.
 */
export const IdempotencyKey = createParamDecorator(
  (options: { readonly required?: boolean } | undefined, context: ExecutionContext): string | undefined => {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
    const key = parseIdempotencyKey(headers['idempotency-key']);
    if (key === undefined && options?.required) throw invalid('expected a key: this route needs one');
    return key;
  },
);

/**
 * The id of what a request with this key makes. Whichever process the request reaches and however often, it is the
 * same: a UUID of version 8, made of a hash (RFC 9562, section 5.8).
 *
 * @param purpose - keeps the keys of one kind of resource, or of one client, apart from those of others.
 */
export function idempotentId(purpose: string, key: string): string {
  const hex = createHash('sha256').update(`${purpose}:${key}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function invalid(expected: string): RequestInvalidError {
  return new RequestInvalidError([{ field: HEADER, expected }]);
}
