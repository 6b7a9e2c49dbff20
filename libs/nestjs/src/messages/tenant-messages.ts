import {
  OptionsInvalidError,
  type Tenant,
  TenantContext,
  type TenantDirectory,
  TenantNotFoundError,
} from '@rowhouse/core';
import { MessageRefusedError } from '../errors.js';
import { unavailabilityOf } from '../http/tenant-outcome.js';
import type { TenancyOptions } from '../tenancy-options.js';
import { readToken, writeToken } from './message-token.js';

/** Clocks of other machines may be ahead. */
const MAX_AHEAD_MS = 60_000;

/** Which messages are believed. */
export interface MessageTrust {
  /** Refuse messages that were signed longer ago. */
  readonly maxAgeMs?: number | undefined;
}

/** Names the tenant of the context in messages to other processes, and believes messages that do. */
export class TenantMessages {
  readonly #options: TenancyOptions['messages'];
  readonly #directory: TenantDirectory;

  constructor(options: TenancyOptions['messages'], directory: TenantDirectory) {
    this.#options = options;
    this.#directory = directory;
  }

  /** Milliseconds after which a message between services is refused. */
  get maxAgeMs(): number {
    return this.#options.maxAgeMs;
  }

  /** @throws {OptionsInvalidError} when there is no key to sign with. */
  requireKeys(): void {
    if (this.#options.keys.length > 0) return;
    throw new OptionsInvalidError('TenancyModule', [
      {
        field: 'messages.keys',
        expected: 'expected a key, the same in all services: messages are signed with it',
      },
    ]);
  }

  /**
   * A token for the tenant of the context; `undefined` outside of any.
   *
   * @param purpose - it is good for nothing else.
   */
  sign(purpose: string): string | undefined {
    const tenant = TenantContext.get();
    // Work under an operator's entry stays in it.
    if (!tenant || TenantContext.entry()) return undefined;
    return writeToken({ tenantId: tenant.id, issuedAt: new Date() }, purpose, this.#options.keys[0]);
  }

  /**
   * The tenant that a token names, as it is now.
   *
   * @throws {MessageRefusedError} for a token that none of the keys signed for this purpose, or too long ago.
   * @throws {TenantNotFoundError} {@link TenantSuspendedError} {@link TenantUnavailableError} when the tenant is not served.
   */
  async tenantOf(
    token: unknown,
    purpose: string,
    { maxAgeMs = Infinity }: MessageTrust = {},
  ): Promise<Tenant> {
    const claim = readToken(token, purpose, this.#options.keys);
    if (!claim) throw new MessageRefusedError('it is signed by none of the keys, or for another purpose');
    const ageMs = Date.now() - claim.issuedAt.getTime();
    if (ageMs > maxAgeMs) throw new MessageRefusedError(`it was signed ${Math.round(ageMs / 1_000)} s ago`);
    if (ageMs < -MAX_AHEAD_MS) throw new MessageRefusedError('it was signed in the future');
    const tenant = await this.#directory.find({ kind: 'id', value: claim.tenantId });
    if (!tenant) throw new TenantNotFoundError();
    const unavailability = unavailabilityOf(tenant);
    if (unavailability) throw unavailability;
    return tenant;
  }
}
