import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { outgoingFetch } from '@rowhouse/core/internal';
import type { McpOptions } from './mcp-options.js';

/** Where a server is. */
export type McpTarget =
  | {
      readonly transport: 'http' | 'sse';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly transport: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    };

const NO_RETRIES = {
  maxRetries: 0,
  initialReconnectionDelay: 1_000,
  maxReconnectionDelay: 1_000,
  reconnectionDelayGrowFactor: 1,
};

/** How a server is spoken to, until the deadline. */
export function openTransport(target: McpTarget, options: McpOptions, deadline: AbortSignal): Transport {
  if (target.transport === 'stdio') {
    const { command, args, env } = target;
    const { maxBytes: maxBufferSize } = options;
    return new StdioClientTransport({
      command,
      args: [...args],
      env: { ...env },
      stderr: 'ignore',
      maxBufferSize,
    });
  }
  const send = boundedFetch(options, deadline);
  const requestInit = { headers: { ...target.headers } };
  if (target.transport === 'sse')
    return new SSEClientTransport(new URL(target.url), { fetch: send, requestInit });
  return new StreamableHTTPClientTransport(new URL(target.url), {
    // The stream on which a server speaks unasked is refused, as a server may refuse it.
    fetch: async (url, init) =>
      init?.method === 'GET' ? new Response(null, { status: 405 }) : send(url, init),
    requestInit,
    reconnectionOptions: NO_RETRIES,
  });
}

/** Ends what a server keeps of a session. */
export async function endSession(transport: Transport): Promise<void> {
  if (transport instanceof StreamableHTTPClientTransport) await transport.terminateSession().catch(() => {});
}

function boundedFetch(options: McpOptions, deadline: AbortSignal) {
  const send = outgoingFetch(options, { maxBytes: options.maxBytes });
  return (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    return send(url, { ...init, signal });
  };
}
