import type { Tenant } from '@rowhouse/core';
import type { ObservedStatement } from '@rowhouse/core/internal';

/** Hears of requests and statements, for traces: `openTelemetry()` of `@rowhouse/metrics/opentelemetry`. It must not throw. */
export interface Tracing {
  /** A request goes on as its tenant. Called in its async context. */
  entered(tenant: Tenant): void;
  /** A statement is sent. Called in the context of its caller; what it returns comes back in `begun` of the statement. */
  begun?(): unknown;
  /** @param tenantId - the empty string for the system, and for operators under an entry. */
  statement?(tenantId: string, statement: ObservedStatement): void;
}
