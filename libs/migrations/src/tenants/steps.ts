import type { Actor, Tenant } from '@rowhouse/core';
import type { PurgeProgress } from './purge/index.js';

/** What is being done to a tenant. */
export type Step = 'reserve' | 'home' | 'migrations' | 'seed' | 'activate' | 'export' | 'purge';
export type OnStep = (step: Step, tenant: Tenant) => void;

/** Who makes a change, how it is stopped, and who hears how far it is. */
export interface LifeControl {
  /** Stands beside the event of the change. Default: nobody known. */
  readonly by?: Actor | undefined;
  /**
   * Stops work that takes long, before its next step. What was begun is ended or undone by `repair`; where it is one
   * transaction, nothing is left.
   */
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: OnStep | undefined;
  /** How far a purge is within its step. */
  readonly onProgress?: ((progress: PurgeProgress) => void) | undefined;
}
