import type { Actor } from '@rowhouse/core';
import type { z } from 'zod';

export const OPERATION_STATES = ['running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;
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
  /** Which of them, or where: a table. */
  readonly item?: string | undefined;
  /** Bytes that were written so far. */
  readonly bytes?: number | undefined;
}

/** How far an operation is, and how fast it goes. */
export interface MeasuredProgress extends OperationProgress {
  /** 0 to 100. */
  readonly percent: number;
  /** How many are done in a second, on average. */
  readonly perSecond: number;
  /** At this rate. `null` while there is none. */
  readonly secondsLeft: number | null;
}

/** Work that outlives the request that asked for it, as the catalog has it. */
export interface Operation {
  readonly id: string;
  /** `tenant.create`, `migrations.run`, `export` … */
  readonly kind: string;
  readonly state: OperationState;
  /** The tenant that it is about; `null` for the whole fleet. */
  readonly tenantId: string | null;
  readonly steps: readonly OperationStep[];
  readonly progress: MeasuredProgress | null;
  /** What came of it, when it has succeeded. */
  readonly result: unknown;
  /** Why it failed. */
  readonly error: string | null;
  readonly actor: Actor | null;
  readonly isCancelRequested: boolean;
  /** It finishes what is under way, and is `paused` then. */
  readonly isPauseRequested: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

/** What a kind of operation is given. */
export interface OperationControl {
  readonly id: string;
  readonly by: Actor | undefined;
  /** Aborted when it is cancelled or paused, and when the process shuts down: stop before the next step. */
  readonly signal: AbortSignal;
  /** A process began it before, and is gone or was paused. What that process did may be there already. */
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
  /** Whether what was stopped by the signal can be gone on with at any time. Default: it cannot be paused. */
  readonly canPause?: boolean;
  /** Does again what has failed. Left out, the kind cannot be tried again. @returns the result, as JSON. */
  readonly retry?: (input: Input, control: OperationControl) => Promise<unknown>;
  /** @returns the result, as JSON. */
  readonly run: (input: Input, control: OperationControl) => Promise<unknown>;
  /** Removes what nobody needs any more. Called when the end is stored, whichever it is; not after a crash right then. */
  readonly ended?: (input: Input) => Promise<void>;
}
