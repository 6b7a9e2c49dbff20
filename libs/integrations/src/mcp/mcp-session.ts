import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { OutgoingError, outgoingFetch } from '@rowhouse/core/internal';
import { McpServerError } from './mcp-errors.js';
import type { McpOptions } from './mcp-options.js';

const CLIENT = { name: 'rowhouse', version: '0.1.0' };

export interface McpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

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
 * Connects to an MCP server by Streamable HTTP, runs `work`, and ends the session; all in `timeoutMs`. The client offers the server
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
  const client = new Client(CLIENT, { capabilities: {} });
  const transport = new StreamableHTTPClientTransport(new URL(target.url), {
    fetch: boundedFetch(options, signal),
    requestInit: { headers: { ...target.headers } },
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1_000,
      maxReconnectionDelay: 1_000,
      reconnectionDelayGrowFactor: 1,
    },
  });
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
    await transport.terminateSession().catch(() => {});
    await client.close();
  }
}

/** Requests that are waited for. The stream on which a server speaks unasked is refused, as a server may refuse it. */
function boundedFetch(options: McpOptions, deadline: AbortSignal) {
  const send = outgoingFetch(options, { maxBytes: options.maxBytes });
  return async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    if (init.method === 'GET') return new Response(null, { status: 405 });
    const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    return send(url, { ...init, signal });
  };
}

const CREDENTIALS = [401, 403];

function failureOf(error: unknown, signal: AbortSignal) {
  if (signal.aborted) return 'timeout';
  const cause = outgoingErrorIn(error);
  switch (cause?.failure) {
    case 'url':
    case 'address':
      return 'address';
    case 'dns':
    case 'connection':
    case 'tls':
      return 'connection';
    case 'size':
    case 'timeout':
      return cause.failure;
  }
  if (error instanceof StreamableHTTPError && CREDENTIALS.includes(error.code ?? 0)) return 'credentials';
  if (error instanceof McpError && error.code === ErrorCode.RequestTimeout) return 'timeout';
  return 'protocol';
}

/** The SDK wraps errors of a stream in others, of which only the text is left. */
function outgoingErrorIn(error: unknown): OutgoingError | undefined {
  if (error instanceof OutgoingError) return error;
  const { cause, message } = Object(error) as { cause?: unknown; message?: unknown };
  if (cause instanceof OutgoingError) return cause;
  return typeof message === 'string' && message.includes(new OutgoingError('size').message)
    ? new OutgoingError('size')
    : undefined;
}
