import { z } from 'zod';

/** An OAuth 2 provider, as the app is registered there. Its URLs are the app's own words, and may lead anywhere. */
export interface OAuthProviderOptions {
  /** As the provider names itself, `https://accounts.google.com`: its endpoints are discovered (OpenID Connect, RFC 8414). Or give `endpoints`. */
  readonly issuer?: string | undefined;
  /** Of a provider without discovery. With `issuer` too, it is who signs ID tokens. */
  readonly endpoints?:
    | {
        readonly authorization: string;
        readonly token: string;
        /** RFC 7009. Without one, tokens of removed connections are good until they expire. */
        readonly revocation?: string | undefined;
      }
    | undefined;
  readonly clientId: string;
  /** Left out for a public client. */
  readonly clientSecret?: string | undefined;
  /** How the secret is sent. Default: what discovery says, else `post`. */
  readonly clientAuth?: 'basic' | 'post' | undefined;
  readonly scopes: readonly string[];
  /** More parameters for the authorization, such as Google's `{ access_type: 'offline', prompt: 'consent' }`. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Origins of MCP servers that tokens of this provider may be sent to. Default: none. */
  readonly mcpOrigins?: readonly string[] | undefined;
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

export const safeUrl = z
  .string()
  .refine((url) => URL.canParse(url) && isSafe(new URL(url)), 'expected https, or http to this host itself');

/** What this package says itself. */
const RESERVED = [
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
];

export const providerSchema = z
  .strictObject({
    issuer: safeUrl.optional(),
    endpoints: z
      .strictObject({ authorization: safeUrl, token: safeUrl, revocation: safeUrl.optional() })
      .optional(),
    clientId: z.string().min(1),
    clientSecret: z.string().min(1).optional(),
    clientAuth: z.enum(['basic', 'post']).optional(),
    scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected a scope')),
    parameters: z
      .record(z.string(), z.string())
      .refine(
        (parameters) => !Object.keys(parameters).some((name) => RESERVED.includes(name)),
        `expected none of ${RESERVED.join(', ')}`,
      )
      .default({}),
    mcpOrigins: z
      .array(
        safeUrl.refine(
          (url) => new URL(url).origin === url,
          'expected an origin such as https://mcp.example.com',
        ),
      )
      .default([]),
  })
  .refine(({ issuer, endpoints }) => issuer !== undefined || endpoints !== undefined, {
    path: ['issuer'],
    message: 'expected the issuer, or endpoints',
  });

export type OAuthProviderSettings = Readonly<z.output<typeof providerSchema>>;
