import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

export const MCP_KEY = 'a key of the MCP server';

/** What a server may do in place of what is right. */
export type Instead = (request: IncomingMessage, response: ServerResponse) => void;

/** An MCP server, made with the official SDK, by Streamable HTTP and by SSE. It wants a key, and can be told to behave badly. */
export class McpStandIn {
  /** How `add` describes itself. */
  description = 'Adds two numbers.';
  instead: Instead | undefined;
  readonly authorizations: (string | undefined)[] = [];
  readonly #streams = new Map<string, SSEServerTransport>();
  /** What the server says of its authorization (RFC 9728), and whose tokens are taken. */
  oauth: { readonly metadata: object; readonly isGood: (accessToken: string) => boolean } | undefined;
  /** Authorizations besides the key that are taken. */
  isOpen = false;

  private constructor(readonly server: http.Server) {}

  static async open(): Promise<McpStandIn> {
    const server = http.createServer((request, response) => {
      standIn.#answer(request, response).catch(() => response.destroy());
    });
    const standIn = new McpStandIn(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return standIn;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  get sseUrl(): string {
    return `http://127.0.0.1:${this.port}/sse`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.authorizations.push(request.headers.authorization);
    if (this.instead) {
      this.instead(request, response);
      return;
    }
    if (this.oauth && request.url?.startsWith('/.well-known/oauth-protected-resource')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(this.oauth.metadata));
      return;
    }
    const isTaken = this.oauth?.isGood(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (this.oauth && !isTaken) {
      const metadata = `http://127.0.0.1:${this.port}/.well-known/oauth-protected-resource/mcp`;
      response
        .writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${metadata}", scope="mcp"` })
        .end();
      return;
    }
    if (!isTaken && !this.isOpen && request.headers.authorization !== `Bearer ${MCP_KEY}`) {
      response.writeHead(401).end(`not ${request.headers.authorization}`);
      return;
    }
    const url = new URL(request.url ?? '', this.url);
    if (url.pathname === '/messages') {
      await this.#streams.get(url.searchParams.get('sessionId') ?? '')?.handlePostMessage(request, response);
      return;
    }
    const mcp = this.#mcp(request.headers.authorization);
    if (url.pathname === '/sse') {
      const stream = new SSEServerTransport('/messages', response);
      this.#streams.set(stream.sessionId, stream);
      response.on('close', () => this.#streams.delete(stream.sessionId));
      await mcp.connect(stream);
      return;
    }
    const transport = new StreamableHTTPServerTransport({});
    response.on('close', () => mcp.close().catch(() => {}));
    await mcp.connect(transport);
    await transport.handleRequest(request, response);
  }

  /** How many streams of SSE are open. */
  get streams(): number {
    return this.#streams.size;
  }

  #mcp(authorization = ''): McpServer {
    const mcp = new McpServer({ name: 'calculator', version: '1.0.0' });
    const text = (content: string) => ({ content: [{ type: 'text' as const, text: content }] });
    mcp.registerTool(
      'add',
      { description: this.description, inputSchema: { a: z.number(), b: z.number() } },
      ({ a, b }) => text(String(a + b)),
    );
    mcp.registerTool('whoami', { description: 'Says how it was called.' }, () =>
      text(`called with ${authorization}`),
    );
    mcp.registerTool('huge', { description: 'Answers much.' }, () => text('x'.repeat(3_000_000)));
    mcp.registerTool('never', { description: 'Never answers.' }, () => new Promise<never>(() => {}));
    return mcp;
  }
}
