import type { Actor } from '@rowhouse/core';
import { parseOptions, requireActor } from '@rowhouse/core/internal';
import { z } from 'zod';
import type { ContentsOptions } from '../contents/companions-of.js';
import type { TransferControl } from '../control.js';
import type { OnConflict } from '../merge/merge.js';

export interface CopyOptions {
  /** Names of tables. Default: all. */
  readonly tables?: readonly string[] | undefined;
  /** Whether the tables that the chosen ones refer to come along. Default true. */
  readonly withDependencies?: boolean | undefined;
  /** What is done with rows whose key another row has at the target. Default `fail`. */
  readonly onConflict?: OnConflict | undefined;
  /** Counts rows and conflicts, and changes nothing. Default false. */
  readonly dryRun?: boolean | undefined;
}

export interface CopyControl extends TransferControl, ContentsOptions {
  /** Who does it; stored in the audit trail. Default: unknown. */
  readonly by?: Actor | undefined;
}

const optionsSchema = z.strictObject({
  tables: z.array(z.string().min(1).max(63)).min(1).optional(),
  withDependencies: z.boolean().default(true),
  onConflict: z.enum(['fail', 'skip', 'overwrite', 'remap']).default('fail'),
  dryRun: z.boolean().default(false),
});

export type ParsedCopyOptions = Readonly<z.output<typeof optionsSchema>>;

/** @throws {OptionsInvalidError} */
export function parseCopyOptions(
  name: string,
  options: CopyOptions,
  by: Actor | undefined,
): ParsedCopyOptions {
  requireActor(by);
  return parseOptions(name, optionsSchema, options);
}
