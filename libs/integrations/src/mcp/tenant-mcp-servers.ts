import { randomUUID } from 'node:crypto';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { OptionsInvalidError, TenantContext } from '@rowhouse/core';
import { escapeControls, invalidFieldsOf, OutgoingUrlError, parseOutgoingUrl } from '@rowhouse/core/internal';
import { currentActor } from '../current-actor.js';
import {
  IntegrationInvalidError,
  IntegrationNotFoundError,
  IntegrationProviderError,
  IntegrationReconnectError,
} from '../errors.js';
import type { Authorizations, AuthorizeOptions } from '../oauth/authorizations.js';
import type { Providers } from '../oauth/providers.js';
import type { RowSecrets } from '../row-secrets.js';
import type { TenantIntegration } from '../tenant-integration.entity.js';
import type { IntegrationKeysReport, TenantIntegrations } from '../tenant-integrations.js';
import { keepSelected, listTools } from './listed-tools.js';
import { type McpFailure, McpServerError, McpToolNotSelectedError } from './mcp-errors.js';
import type { McpOptions } from './mcp-options.js';
import { findProvider, type McpClient } from './mcp-provider.js';
import type { McpRecords, McpServerFilter } from './mcp-records.js';
import { failureOf, McpSessionError, withMcpSession } from './mcp-session.js';
import type { McpTarget } from './mcp-transport.js';
import { type NewMcpServer, newMcpServerSchema } from './new-mcp-server.js';
import type { TenantMcpExchange } from './tenant-mcp-exchange.entity.js';
import type { McpTool, TenantMcpServer } from './tenant-mcp-server.entity.js';

const MAX_ARGUMENTS_BYTES = 65_536;
/** Of what was asked and answered, people see the beginning. */
const SHOWN_LENGTH = 2_000;

/** What a tool has answered: words of somebody else. */
export type McpToolResult = Readonly<Record<string, unknown>>;

export type McpTestResult =
  | { readonly isOk: true; readonly server: { readonly name: string; readonly version: string } }
  | { readonly isOk: false; readonly failure: McpFailure };

type Session = Parameters<typeof withMcpSession>[2];

/** Of `TenantIntegrationsModule`: for servers that have a provider of their own. */
export interface McpOAuth {
  readonly providers: Providers;
  readonly authorizations: Authorizations;
}

export interface McpAuthorizeOptions extends McpClient, Pick<AuthorizeOptions, 'returnTo'> {}

/** MCP servers of the tenant in force. */
export class TenantMcpServers {
  constructor(
    private readonly records: McpRecords,
    private readonly secrets: RowSecrets,
    private readonly options: McpOptions,
    private readonly integrations: TenantIntegrations | undefined,
    private readonly oauth: McpOAuth | undefined,
  ) {
    oauth?.providers.allow(options);
  }

  /**
   * @throws {IntegrationInvalidError} also for a URL that leads to no public address, and for a connection whose tokens are not for it.
   * @throws {IntegrationUserMissingError}
   */
  async connect(given: NewMcpServer): Promise<TenantMcpServer> {
    const parsed = newMcpServerSchema.safeParse(given);
    if (!parsed.success) throw new IntegrationInvalidError(invalidFieldsOf(parsed.error, 'value'));
    const { name, transport, headers, program = null, integrationId = null } = parsed.data;
    if (program !== null) this.#programOf(program);
    const url = parsed.data.url === undefined ? null : this.#allowedUrl(parsed.data.url);
    if (integrationId !== null) await this.#requireAudience(integrationId, url);
    const id = randomUUID();
    await this.records.insert({
      id,
      name,
      transport,
      url: url?.href ?? null,
      program,
      integrationId,
      tools: [],
      version: 1,
      createdBy: currentActor(),
      createdAt: new Date(),
      ...(await this.secrets.encrypt(id, headers)),
    });
    return this.records.get(id);
  }

  /** @throws {McpServerNotFoundError} */
  get(id: string): Promise<TenantMcpServer> {
    return this.records.get(id);
  }

  /** Latest first. */
  list(filter: McpServerFilter): Promise<TenantMcpServer[]> {
    return this.records.list(filter);
  }

  /**
   * Removes a server, its exchanges, and the connection with its own provider. Where that does not answer, the connection is left
   * as one that is being removed.
   *
   * @throws {McpServerNotFoundError}
   */
  async delete(id: string): Promise<void> {
    const server = await this.records.get(id);
    const connection = await this.#connectionOf(server);
    if (connection)
      await this.integrations?.delete(connection.id).catch((error: unknown) => {
        const isGone = error instanceof IntegrationProviderError || error instanceof IntegrationNotFoundError;
        if (!isGone) throw error;
      });
    await this.records.delete(id);
  }

  /**
   * Sends the context's actor to the provider that a server names for itself (OAuth of MCP).
   *
   * @returns where the browser goes.
   * @throws {McpServerNotFoundError} @throws {McpServerError} when the server, or its provider, is not as it should be.
   * @throws {IntegrationInvalidError} also where the provider registers no clients, and none is given.
   * @throws {IntegrationUserMissingError}
   */
  async authorize(id: string, { returnTo, ...given }: McpAuthorizeOptions = {}): Promise<string> {
    const server = await this.records.get(id);
    if (!this.oauth)
      throw new OptionsInvalidError('TenantMcpModule', [
        { field: 'imports', expected: 'expected TenantIntegrationsModule, which has the callback' },
      ]);
    const { providers, authorizations } = this.oauth;
    const { url, transport, integrationId } = server;
    if (url === null || integrationId !== null)
      throw new IntegrationInvalidError([
        { field: 'id', expected: 'expected a server with a URL, and without integrationId' },
      ]);
    const name = providerNameOf(server);
    const callback = providers.callbackOf(name);
    const found = await this.#found(() => findProvider({ url, transport }, callback, given, this.options));
    const connection = await this.#connectionOf(server);
    return authorizations.begin(name, { returnTo, integrationId: connection?.id }, found);
  }

  async #found<T>(find: () => Promise<T>): Promise<T> {
    try {
      return await find();
    } catch (error) {
      if (error instanceof IntegrationInvalidError) throw error;
      throw new McpServerError(failureOf(error));
    }
  }

  /** With the server's own provider. */
  async #connectionOf(server: TenantMcpServer): Promise<TenantIntegration | undefined> {
    const found = await this.integrations?.list({ provider: providerNameOf(server), limit: 10 });
    return found?.find(({ state }) => state !== 'removing');
  }

  /** Whether it can be connected to. @throws {McpServerNotFoundError} */
  async test(id: string): Promise<McpTestResult> {
    const server = await this.records.get(id);
    try {
      const { name, version } = await this.#exchange(server, 'test', {}, async (client) => {
        await client.ping();
        return client.getServerVersion() ?? { name: '', version: '' };
      });
      return { isOk: true, server: { name, version } };
    } catch (error) {
      if (error instanceof McpSessionError) return { isOk: false, failure: error.error.failure };
      throw error;
    }
  }

  /**
   * Asks the server for its tools. Those that were selected and are as they were stay so.
   *
   * @throws {McpServerNotFoundError} @throws {McpServerError} @throws {McpServerConflictError}
   */
  async listTools(id: string): Promise<readonly McpTool[]> {
    const server = await this.records.get(id);
    const listed = await this.#orServerError(() => this.#exchange(server, 'tools/list', {}, listTools));
    const tools = keepSelected(listed, server.tools);
    await this.records.setTools(server, tools);
    return tools;
  }

  /**
   * Says which of the listed tools may be called, and no others.
   *
   * @throws {McpServerNotFoundError} @throws {McpServerConflictError}
   * @throws {IntegrationInvalidError} for a name that was not listed.
   */
  async selectTools(id: string, names: readonly string[]): Promise<readonly McpTool[]> {
    const server = await this.records.get(id);
    const listed = new Set(server.tools.map(({ name }) => name));
    if (!names.every((name) => listed.has(name)))
      throw new IntegrationInvalidError([{ field: 'tools', expected: 'expected names of listed tools' }]);
    const tools = server.tools.map((tool) => ({ ...tool, isSelected: names.includes(tool.name) }));
    await this.records.setTools(server, tools);
    return tools;
  }

  /**
   * Calls a selected tool.
   *
   * @throws {McpServerNotFoundError} @throws {McpToolNotSelectedError} @throws {McpServerError}
   * @throws {IntegrationInvalidError} for arguments of more than 64 KiB.
   */
  async call(id: string, tool: string, args: Readonly<Record<string, unknown>> = {}): Promise<McpToolResult> {
    const server = await this.records.get(id);
    if (!server.tools.some(({ name, isSelected }) => isSelected && name === tool))
      throw new McpToolNotSelectedError();
    if (Buffer.byteLength(JSON.stringify(args)) > MAX_ARGUMENTS_BYTES)
      throw new IntegrationInvalidError([{ field: 'arguments', expected: 'expected at most 64 KiB' }]);
    const params = { name: tool, arguments: args };
    return this.#orServerError(() =>
      this.#exchange(server, 'tools/call', params, (client, signal) =>
        client.request({ method: 'tools/call', params }, CallToolResultSchema, {
          signal,
          timeout: this.options.timeoutMs,
        }),
      ),
    );
  }

  /** Has the current key encrypt headers that another one has, in the tenant in force. May be called again after a failure. */
  async rotateKeys(): Promise<IntegrationKeysReport> {
    return { rotated: await this.records.rotate(this.secrets) };
  }

  /** The latest, first; without secrets. @throws {McpServerNotFoundError} */
  async exchanges(id: string): Promise<TenantMcpExchange[]> {
    const server = await this.records.get(id);
    return this.records.exchanges(server.id);
  }

  async #orServerError<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof McpSessionError ? error.error : error;
    }
  }

  async #exchange<T>(
    server: TenantMcpServer,
    method: string,
    request: object,
    work: (...session: Parameters<Session>) => Promise<T>,
  ): Promise<T> {
    const headers = await this.#headersOf(server);
    const target = this.#targetOf(server, headers);
    const startedAt = performance.now();
    const note = (outcome: string, answer: string) =>
      this.records.addExchange({
        serverId: server.id,
        method,
        request: shown(JSON.stringify(request), headers),
        answer: shown(answer, headers),
        outcome,
        durationMs: Math.round(performance.now() - startedAt),
      });
    try {
      const { answer, text } = await withMcpSession(target, this.options, async (...session) => {
        const result = await work(...session);
        // What cannot be written as JSON again, such as what is nested too deeply, is the server's fault.
        return { answer: result, text: JSON.stringify(result) };
      });
      await note('ok', text);
      return answer;
    } catch (error) {
      if (error instanceof McpSessionError) await note(error.error.failure, error.said);
      throw error;
    }
  }

  #targetOf(
    { transport, url, program }: TenantMcpServer,
    headers: Readonly<Record<string, string>>,
  ): McpTarget {
    if (transport !== 'stdio') return { transport, url: url ?? '', headers };
    const { command, args, env } = this.#programOf(program ?? '');
    return { transport, command, args, env: env(TenantContext.require()) };
  }

  /** A program is named by the options alone: whoever names a command runs it here, with all that this process may do. */
  #programOf(name: string): McpOptions['programs'][string] {
    const program = Object.hasOwn(this.options.programs, name) ? this.options.programs[name] : undefined;
    if (program) return program;
    throw new IntegrationInvalidError([{ field: 'program', expected: 'expected the name of a program' }]);
  }

  /** @throws {IntegrationReconnectError} for headers of another tenant or server. */
  async #headersOf(server: TenantMcpServer): Promise<Record<string, string>> {
    const { id, url, integrationId } = server;
    const headers = await this.secrets.decrypt<Record<string, string>>(id, server);
    if (!headers) throw new IntegrationReconnectError();
    if (url === null) return headers;
    if (integrationId !== null) await this.#requireAudience(integrationId, new URL(url));
    const connectionId = integrationId ?? (await this.#connectionOf(server))?.id;
    if (connectionId === undefined) return headers;
    const token = await this.integrations?.accessToken(connectionId);
    return { ...headers, authorization: `Bearer ${token}` };
  }

  /** A token is sent only where its provider's options say: else whoever names a server would get it. */
  async #requireAudience(integrationId: string, url: URL | null): Promise<void> {
    const origins = (await this.integrations?.mcpOriginsOf(integrationId)) ?? [];
    if (!url || !origins.includes(url.origin))
      throw new IntegrationInvalidError([
        { field: 'integrationId', expected: 'expected a connection whose tokens are for this server' },
      ]);
  }

  /** @throws {IntegrationInvalidError} */
  #allowedUrl(text: string): URL {
    try {
      return parseOutgoingUrl(text, this.options);
    } catch (error) {
      if (!(error instanceof OutgoingUrlError)) throw error;
      throw new IntegrationInvalidError([{ field: 'url', expected: error.expected }]);
    }
  }
}

/** Of one server alone: its provider gets answers at a callback of its own, and its tokens are sent nowhere else. */
const providerNameOf = ({ id }: TenantMcpServer) => `mcp-${id}`;

/** The beginning of a text, without the values of headers. */
function shown(text: string, headers: Readonly<Record<string, string>>): string {
  let clean = text;
  for (const value of Object.values(headers))
    for (const secret of [value, value.replace(/^\S+ /, '')])
      for (const written of [secret, JSON.stringify(secret).slice(1, -1)])
        if (written.length > 0) clean = clean.replaceAll(written, '[secret]');
  return escapeControls(clean.slice(0, SHOWN_LENGTH));
}
