import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

/** Who signs in as `ada-viewer` has the role `viewer`. */
const roleIn = (account: string) => account.split('-')[1];

/** A real OpenID Connect provider, on another site than the pages. Its own pages ask for a name and any password. */
export async function startIdentityProvider(redirectUris: string[]) {
  const server = createServer();
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const client = { clientId: 'rowhouse', clientSecret: 'a secret of the client' };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: redirectUris,
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'roles'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a key of the cookies'] },
    findAccount: (_context, account) => ({
      accountId: account,
      claims: () => ({ sub: account, name: `${account} of the provider`, roles: [roleIn(account)] }),
    }),
  });
  server.on('request', provider.callback());
  return {
    oidc: { issuer, ...client, sessionKey: 'a key of sessions with more than 32 characters' },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
