import type { Actor } from '@rowhouse/core';
import type { z } from 'zod';

export const OPERATION_STATES = ['running', 'succeeded', 'failed', 'cancelled'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

/** A step of an operation, in the order in which they began. */
export interface OperationStep {
  readonly name: string;
  readonly startedAt: string;
}

/** How far an operation is. */
export interface OperationProgress {
  readonly done: number;
  readonly total: number;
  /** What is counted: `homes`, `rows`. */
  readonly unit: string;
}

/** Work that outlives the request that asked for it, as the catalog has it. */
export interface Operation {
  readonly id: string;
  /** `tenant.create`, `tenant.purge`, `migrations.run`. */
  readonly kind: string;
  readonly state: OperationState;
  /** The tenant that it is about; `null` for the whole fleet. */
  readonly tenantId: string | null;
  readonly steps: readonly OperationStep[];
  readonly progress: OperationProgress | null;
  /** What came of it, when it has succeeded. */
  readonly result: unknown;
  /** Why it failed. */
  readonly error: string | null;
  readonly actor: Actor | null;
  readonly isCancelRequested: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

/** What a kind of operation is given. */
export interface OperationControl {
  readonly id: string;
  readonly by: Actor | undefined;
  /** Aborted when it is cancelled, and when the process shuts down: stop before the next step. */
  readonly signal: AbortSignal;
  /** A process began it before, and is gone. What that process did may be there already. */
  readonly isResumed: boolean;
  readonly onStep: (name: string) => void;
  readonly onProgress: (progress: OperationProgress) => void;
}

/** A kind of operation: how to do it, from its beginning or from where another process left it. */
export interface OperationKind<Input = unknown> {
  readonly name: string;
  /** The input as the catalog keeps it. */
  readonly input: z.ZodType<Input>;
  /** Undoes what was begun, after a cancel. Left out, the kind cannot be cancelled. */
  readonly cancel?: (input: Input, control: OperationControl) => Promise<void>;
  /** @returns the result, as JSON. */
  readonly run: (input: Input, control: OperationControl) => Promise<unknown>;
}
