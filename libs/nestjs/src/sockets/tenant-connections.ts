import type { IncomingMessage } from 'node:http';
import type { OnApplicationShutdown } from '@nestjs/common';
import { type RowhouseError, type TenantDirectory } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import type { AccessPolicy } from '../http/access-policy.js';
import type { RequestTenancy } from '../http/request-tenancy.js';
import { refusalOf, type TenantOutcome } from '../http/tenant-outcome.js';
import { type Authenticate, handshakeOf } from './handshake.js';
import { TenantConnection } from './tenant-connection.js';

/** For tenants of a store that does not report changes. */
const CHECK_ALL_EVERY_MS = 60_000;

export interface OpenConnection<Client> {
  readonly client: Client;
  /** The HTTP request that opened it. */
  readonly request: IncomingMessage;
  readonly authenticate: Authenticate<Client> | undefined;
  /** Closes the connection, and says why. It must not throw. */
  readonly end: (reason: RowhouseError) => void;
}

/** The connections that clients keep open. Those of a tenant are closed when it is not served any more. */
export class TenantConnections implements OnApplicationShutdown {
  readonly #open = new Set<TenantConnection>();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly tenancy: RequestTenancy,
    private readonly directory: TenantDirectory,
    private readonly policy: AccessPolicy,
    private readonly onProblem: (message: string) => void,
  ) {
    this.#stopListening = directory.onDrop((tenantId) => void this.#check(tenantId));
    this.#timer = setInterval(() => void this.#check(undefined), CHECK_ALL_EVERY_MS).unref();
  }

  /**
   * Finds the tenant of a connection by its handshake, once. The caller says when it has ended.
   *
   * @throws what the resolvers, `authenticate` or the access policy refuse it with.
   */
  async open<Client>({
    client,
    request,
    authenticate,
    end,
  }: OpenConnection<Client>): Promise<TenantConnection> {
    const handshake = handshakeOf(request);
    await authenticate?.(handshake, client);
    const outcome = await this.tenancy.outcomeOf(handshake, {});
    const refusal = refusalOf('optional', outcome);
    if (refusal !== undefined) throw refusal;
    const connection = new TenantConnection(handshake, outcome, this.directory, end);
    await connection.run(() => this.policy.check(outcome, handshake));
    if (outcome.kind === 'resolved') this.#keep(connection, outcome);
    return connection;
  }

  /** As {@link open}, for a request that was admitted and whose answer goes on. */
  follow(
    request: IncomingMessage,
    outcome: TenantOutcome & { readonly kind: 'resolved' },
    end: () => void,
  ): TenantConnection {
    const connection = new TenantConnection(handshakeOf(request), outcome, this.directory, end);
    this.#keep(connection, outcome);
    return connection;
  }

  #keep(
    connection: TenantConnection,
    { tenant, entry }: TenantOutcome & { readonly kind: 'resolved' },
  ): void {
    this.#open.add(connection);
    entry?.ended.addEventListener('abort', () => connection.close(entry.ended.reason));
    // It may have changed since it was found.
    if (this.directory.peek('id', tenant.id) !== tenant) void this.#check(tenant.id);
  }

  ended(connection: TenantConnection): void {
    this.#open.delete(connection);
  }

  onApplicationShutdown(): void {
    this.#stopListening();
    clearInterval(this.#timer);
  }

  /** One after another, so that a change of everything does not ask the store for all tenants at once. */
  async #check(tenantId: string | undefined): Promise<void> {
    for (const connection of [...this.#open]) {
      if (tenantId !== undefined && connection.tenant?.id !== tenantId) continue;
      try {
        await connection.check();
      } catch (error) {
        this.onProblem(
          `Whether a connected tenant is still served could not be found out, and is looked up again: ${messageOf(error)}`,
        );
        return;
      }
    }
  }
}
