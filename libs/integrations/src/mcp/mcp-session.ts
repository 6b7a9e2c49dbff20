import { setMaxListeners } from 'node:events';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SseError } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { OutgoingError, type OutgoingFailure } from '@rowhouse/core/internal';
import { type McpFailure, McpServerError } from './mcp-errors.js';
import type { McpOptions } from './mcp-options.js';
import { endSession, type McpTarget, openTransport } from './mcp-transport.js';

const CLIENT = { name: 'rowhouse', version: '0.1.0' };

/** What a failure was, and what the server has said of it. */
export class McpSessionError extends Error {
  constructor(
    readonly error: McpServerError,
    readonly said: string,
  ) {
    super(error.message);
  }
}

/**
 * Connects to an MCP server, runs `work`, and ends the session; all in `timeoutMs`. The client offers the server
 * nothing: no sampling, no roots, no elicitation.
 *
 * @throws {McpSessionError}
 */
export async function withMcpSession<T>(
  target: McpTarget,
  options: McpOptions,
  work: (client: Client, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  // The SDK listens once for each request of the session.
  setMaxListeners(0, signal);
  const client = new Client(CLIENT, { capabilities: {} });
  const transport = openTransport(target, options, signal);
  try {
    // What breaks a stream reaches nobody who waits for an answer on it.
    const broken = new Promise<never>((_, reject) => {
      client.onerror = reject;
    });
    broken.catch(() => {});
    const done = client
      .connect(transport, { signal, timeout: options.timeoutMs })
      .then(() => work(client, signal));
    return await Promise.race([done, broken]);
  } catch (error) {
    throw new McpSessionError(new McpServerError(failureOf(error, signal)), Object(error).message ?? '');
  } finally {
    await endSession(transport);
    await client.close();
  }
}

const FAILURES: Readonly<Record<OutgoingFailure, McpFailure>> = {
  url: 'address',
  address: 'address',
  dns: 'connection',
  connection: 'connection',
  tls: 'connection',
  timeout: 'timeout',
  size: 'size',
};
const CREDENTIALS: readonly unknown[] = [401, 403];

export function failureOf(error: unknown, signal?: AbortSignal): McpFailure {
  if (signal?.aborted) return 'timeout';
  const outgoing = outgoingFailureIn(error);
  if (outgoing) return FAILURES[outgoing];
  if (isOfTransport(error) && CREDENTIALS.includes(error.code)) return 'credentials';
  if (error instanceof McpError && error.code === ErrorCode.RequestTimeout) return 'timeout';
  if (error instanceof McpError && error.code === ErrorCode.ConnectionClosed) return 'connection';
  const { syscall, message = '' } = Object(error) as { syscall?: unknown; message?: string };
  // Of a program that cannot be started, or of one that says too much.
  if (typeof syscall === 'string') return 'connection';
  return /exceeded maximum size/.test(message) ? 'size' : 'protocol';
}

const isOfTransport = (error: unknown): error is StreamableHTTPError | SseError =>
  error instanceof StreamableHTTPError || error instanceof SseError;

/** The SDK wraps errors of a stream in others, of which only the text is left. */
function outgoingFailureIn(error: unknown): OutgoingFailure | undefined {
  const { cause, message } = Object(error) as { cause?: unknown; message?: unknown };
  for (const one of [error, cause]) if (one instanceof OutgoingError) return one.failure;
  return (Object.keys(FAILURES) as OutgoingFailure[]).find((failure) =>
    String(message).includes(new OutgoingError(failure).message),
  );
}
