import {
  discoverAuthorizationServerMetadata,
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
  registerClient,
} from '@modelcontextprotocol/sdk/client/auth.js';
import type {
  AuthorizationServerMetadata,
  OAuthProtectedResourceMetadata,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import { checkResourceAllowed } from '@modelcontextprotocol/sdk/shared/auth-utils.js';
import { outgoingFetch, parseOutgoingUrl } from '@rowhouse/core/internal';
import { IntegrationInvalidError } from '../errors.js';
import type { FoundProvider } from '../oauth/found-provider.js';
import type { McpOptions } from './mcp-options.js';
import type { McpTransport } from './tenant-mcp-server.entity.js';

const CLIENT_NAME = 'rowhouse';
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;
const MAX_SCOPES = 50;

/** The client that is known to a server's provider, where it registers none itself. */
export interface McpClient {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
}

/** What a server, or its provider, says of itself is not as it should be. */
export class UnsoundMetadata extends Error {}

/**
 * The provider that an MCP server names for itself (RFC 9728), and what it says of itself (RFC 8414), with a client that is registered
 * there (RFC 7591). All of it is somebody else's words: each URL must be allowed, each name must be that of whoever was asked.
 *
 * @throws {IntegrationInvalidError} where the provider registers no clients, and none is given.
 * @throws {UnsoundMetadata} @throws {OutgoingError}
 */
export async function findProvider(
  { url, transport }: { readonly url: string; readonly transport: McpTransport },
  callback: string,
  client: McpClient,
  options: McpOptions,
): Promise<FoundProvider> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const bounded = outgoingFetch(options, { maxBytes: options.maxBytes });
  const send = (to: string | URL, init: RequestInit = {}) => bounded(to, { ...init, signal: deadline });
  const challenge = await challengeOf(url, transport, send);
  const resource = await resourceOf(url, challenge.resourceMetadataUrl, send);
  const issuer = resource.authorization_servers?.[0];
  if (issuer === undefined) throw new UnsoundMetadata('no authorization server');
  const metadata = await discoverAuthorizationServerMetadata(issuer, { fetchFn: send });
  const endpoints = endpointsOf(issuer, metadata, options);
  const scopes = scopesOf(challenge.scope?.split(' ') ?? resource.scopes_supported ?? []);
  const known = await clientOf(issuer, metadata, callback, scopes, client, send);
  return {
    issuer,
    endpoints,
    ...known,
    scopes,
    resource: resource.resource,
    namesItself: Object(metadata).authorization_response_iss_parameter_supported === true,
  };
}

type Send = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** A request without a token, which such a server refuses. */
async function challengeOf(
  url: string,
  transport: McpTransport,
  send: Send,
): Promise<ReturnType<typeof extractWWWAuthenticateParams>> {
  const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const response = await send(url, transport === 'sse' ? { headers } : { method: 'POST', headers, body });
  await response.body?.cancel();
  return extractWWWAuthenticateParams(response);
}

async function resourceOf(
  url: string,
  resourceMetadataUrl: URL | undefined,
  send: Send,
): Promise<OAuthProtectedResourceMetadata> {
  const found = await discoverOAuthProtectedResourceMetadata(
    url,
    resourceMetadataUrl && { resourceMetadataUrl },
    send,
  );
  // Tokens for another resource would be sent to this one.
  if (!checkResourceAllowed({ requestedResource: url, configuredResource: found.resource }))
    throw new UnsoundMetadata('another resource');
  return found;
}

function endpointsOf(
  issuer: string,
  metadata: AuthorizationServerMetadata | undefined,
  options: McpOptions,
): FoundProvider['endpoints'] {
  if (!metadata) throw new UnsoundMetadata('no metadata');
  if (metadata.issuer.replace(/\/$/, '') !== issuer.replace(/\/$/, ''))
    throw new UnsoundMetadata('another issuer');
  if (!metadata.code_challenge_methods_supported?.includes('S256')) throw new UnsoundMetadata('no PKCE');
  const allowed = (url: string) => parseOutgoingUrl(url, options).href;
  const { revocation_endpoint: revocation } = metadata as { revocation_endpoint?: string };
  return {
    authorization: allowed(metadata.authorization_endpoint),
    token: allowed(metadata.token_endpoint),
    ...(revocation !== undefined && { revocation: allowed(revocation) }),
  };
}

const scopesOf = (named: readonly string[]) =>
  named.filter((scope) => SCOPE.test(scope)).slice(0, MAX_SCOPES);

async function clientOf(
  issuer: string,
  metadata: AuthorizationServerMetadata | undefined,
  callback: string,
  scopes: readonly string[],
  { clientId, clientSecret }: McpClient,
  send: Send,
): Promise<Pick<FoundProvider, 'clientId' | 'clientSecret' | 'clientAuth'>> {
  const methods = metadata?.token_endpoint_auth_methods_supported;
  const basic = methods !== undefined && !methods.includes('client_secret_post');
  if (clientId !== undefined) return { clientId, clientSecret, clientAuth: basic ? 'basic' : 'post' };
  if (metadata?.registration_endpoint === undefined)
    throw new IntegrationInvalidError([
      { field: 'clientId', expected: 'expected the client: the provider of this server registers none' },
    ]);
  const isPublic = methods?.includes('none') ?? false;
  const registered = await registerClient(issuer, {
    metadata,
    clientMetadata: {
      client_name: CLIENT_NAME,
      redirect_uris: [callback],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: isPublic ? 'none' : basic ? 'client_secret_basic' : 'client_secret_post',
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    },
    fetchFn: send,
  });
  return {
    clientId: registered.client_id,
    clientSecret: isPublic ? undefined : registered.client_secret,
    clientAuth: basic ? 'basic' : 'post',
  };
}
