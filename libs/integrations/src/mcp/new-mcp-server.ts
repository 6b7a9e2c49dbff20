import { z } from 'zod';
import { MCP_TRANSPORTS } from './tenant-mcp-server.entity.js';

/** Headers that belong to the connection or to the protocol. */
const RESERVED =
  /^(?:host|connection|keep-alive|content-.*|transfer-encoding|te|trailer|upgrade|expect|proxy-.*|accept|accept-encoding|origin|cookie|mcp-.*|last-event-id)$/i;

/** An MCP server to connect. */
const newMcpServer = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}*$/u, 'expected no control characters'),
  transport: z.enum(MCP_TRANSPORTS).default('http'),
  url: z.string().max(2_000).optional(),
  program: z.string().max(40).optional(),
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

/** What a server that is a program has none of: it is told what the options say. */
const OF_URLS = ['url', 'integrationId'] as const;

export const newMcpServerSchema = newMcpServer.superRefine((server, context) => {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  if (server.transport !== 'stdio') {
    if (server.url === undefined) refuse('url', 'expected the URL of the server');
    if (server.program !== undefined) refuse('program', 'expected none but for the transport stdio');
    return;
  }
  if (server.program === undefined) refuse('program', 'expected the name of a program');
  for (const field of OF_URLS)
    if (server[field] !== undefined) refuse(field, 'expected none for the transport stdio');
  if (Object.keys(server.headers).length > 0) refuse('headers', 'expected none for the transport stdio');
});

export type NewMcpServer = z.input<typeof newMcpServerSchema>;
