import type { Tenant } from '@rowhouse/core';
import {
  type EncryptionKeys,
  encryptionKeysSchema,
  type OutgoingOptions,
  outgoingSchema,
  parseOptions,
} from '@rowhouse/core/internal';
import { z } from 'zod';
import { PROVIDER_NAME } from '../integrations-options.js';

/** An MCP server that is a program of this machine. Each call starts one of its own, which serves one tenant and ends with the call. */
export interface McpProgram {
  /** What is started: a path, or a name to be found in `PATH`. No shell reads it. */
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  /** Its environment, besides `HOME`, `LOGNAME`, `PATH`, `SHELL`, `TERM` and `USER`. Default: none of this process. */
  readonly env?: ((tenant: Tenant) => Readonly<Record<string, string>>) | undefined;
}

/** What {@link TenantMcpModule} is given. MCP servers are named by users: requests go to public addresses, unless a network is allowed. */
export interface TenantMcpModuleOptions extends OutgoingOptions {
  /** Encrypt headers: those of `TenantIntegrationsModule` will do. */
  readonly keys: EncryptionKeys;
  /** How long a server may take for everything that one call needs, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** The longest answer, in bytes. Default 1 MiB. */
  readonly maxBytes?: number | undefined;
  /** Programs that tenants may connect, by the names that they do it by. Default: none. */
  readonly programs?: Readonly<Record<string, McpProgram>> | undefined;
}

const optionsSchema = outgoingSchema.extend({
  keys: encryptionKeysSchema,
  timeoutMs: z.int().min(100).max(600_000).default(30_000),
  maxBytes: z
    .int()
    .min(1_024)
    .max(64 * 2 ** 20)
    .default(2 ** 20),
  programs: z
    .record(
      z.string().regex(PROVIDER_NAME, 'expected a name such as calculator'),
      z.strictObject({
        command: z.string().min(1),
        args: z.array(z.string()).default([]),
        env: z
          .custom<NonNullable<McpProgram['env']>>(
            (value) => typeof value === 'function',
            'expected a function',
          )
          .default(() => () => ({})),
      }),
    )
    .default({}),
});

/** The options, checked, with every default filled in. */
export type McpOptions = Readonly<z.output<typeof optionsSchema>>;

/** @throws {OptionsInvalidError} naming the path of each wrong option and what was expected. */
export function parseMcpOptions(options: unknown): McpOptions {
  return parseOptions('TenantMcpModule', optionsSchema, options);
}
