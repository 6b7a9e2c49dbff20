import {
  type EncryptionKeys,
  encryptionKeysSchema,
  type OutgoingOptions,
  outgoingSchema,
  parseOptions,
} from '@rowhouse/core/internal';
import { z } from 'zod';

/** What {@link TenantMcpModule} is given. MCP servers are named by users: requests go to public addresses, unless a network is allowed. */
export interface TenantMcpModuleOptions extends OutgoingOptions {
  /** Encrypt headers: those of `TenantIntegrationsModule` will do. */
  readonly keys: EncryptionKeys;
  /** How long a server may take for everything that one call needs, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** The longest answer, in bytes. Default 1 MiB. */
  readonly maxBytes?: number | undefined;
}

const optionsSchema = outgoingSchema.extend({
  keys: encryptionKeysSchema,
  timeoutMs: z.int().min(100).max(600_000).default(30_000),
  maxBytes: z
    .int()
    .min(1_024)
    .max(64 * 2 ** 20)
    .default(2 ** 20),
});

/** The options, checked, with every default filled in. */
export type McpOptions = Readonly<z.output<typeof optionsSchema>>;

/** @throws {OptionsInvalidError} naming the path of each wrong option and what was expected. */
export function parseMcpOptions(options: unknown): McpOptions {
  return parseOptions('TenantMcpModule', optionsSchema, options);
}
