import { z } from 'zod';

/** Headers that belong to the connection or to the protocol. */
const RESERVED =
  /^(?:host|connection|keep-alive|content-.*|transfer-encoding|te|trailer|upgrade|expect|proxy-.*|accept|accept-encoding|origin|cookie|mcp-.*|last-event-id)$/i;

/** An MCP server to connect. */
export const newMcpServerSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}*$/u, 'expected no control characters'),
  url: z.string().max(2_000),
  headers: z
    .record(
      z
        .string()
        .regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'expected names of headers')
        .refine((name) => !RESERVED.test(name), 'expected no header of the connection or of the protocol'),
      z
        .string()
        .max(8_192)
        .regex(/^[\x20-\x7e]*$/, 'expected printable ASCII'),
    )
    .refine((headers) => Object.keys(headers).length <= 20, 'expected at most 20 headers')
    .default({}),
  integrationId: z.uuid().optional(),
});

export type NewMcpServer = z.input<typeof newMcpServerSchema>;
