import type { Actor, Tenant } from '@rowhouse/core';
import type { PurgeProgress } from './purge/index.js';

/** A step of creating, filling or purging a tenant. */
export type Step = 'reserve' | 'home' | 'migrations' | 'seed' | 'rows' | 'activate' | 'export' | 'purge';
export type OnStep = (step: Step, tenant: Tenant) => void;

/** Options of every lifecycle method: who makes the change, how to stop it, and where to report progress. */
export interface LifeControl {
  /** Who makes the change; stored with its event. Default: unknown. */
  readonly by?: Actor | undefined;
  /**
   * Stops the work before its next step. `repair` finishes or undoes an operation that was stopped between two steps. Work
   * that is one transaction leaves nothing behind.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with the tenant as it is when its change begins and nobody else can change it: what it throws refuses the change. For
   * callers that have decided by what they have read before.
   */
  readonly check?: ((present: Tenant) => void) | undefined;
  /** Called when a step begins. */
  readonly onStep?: OnStep | undefined;
  /** Called with the progress of a purge within its step. */
  readonly onProgress?: ((progress: PurgeProgress) => void) | undefined;
}
