import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server } from 'node:net';
import { jest } from '@jest/globals';
import type { ResolveAddresses } from '@rowhouse/core/internal';
import { selfSigned } from '../../../../test/credentials/certificate.js';
import { postWebhook } from './post-webhook.js';
import { parseWebhooksOptions, type WebhooksOptions } from './webhook-options.js';

const LOCAL = { allowHttp: true, allowedNetworks: ['127.0.0.1'] };

const servers: Server[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const server of servers.splice(0)) {
    if (server instanceof http.Server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver that keeps what it gets, and its port. */
async function receiver(answer: (response: http.ServerResponse) => void) {
  const received: Received[] = [];
  const port = await listening(
    http.createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method, url: path, headers } = request;
      received.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
      answer(response);
    }),
  );
  return { port, received };
}

const post = (url: string, options: WebhooksOptions = LOCAL) =>
  postWebhook({ url, headers: { 'webhook-id': 'one' }, body: '{"größe":1}' }, parseWebhooksOptions(options));

/** Always these addresses, and how often they were asked for. */
function names(...addresses: readonly string[]) {
  return jest.fn<ResolveAddresses>(async () => addresses);
}

describe('a message', () => {
  it('is posted, and what is answered is returned', async () => {
    const { port, received } = await receiver((response) =>
      response.writeHead(503, { 'retry-after': '7' }).end('later'),
    );
    expect(await post(`http://127.0.0.1:${port}/hooks?a=b`)).toEqual({ status: 503, retryAfter: '7' });
    expect(received).toMatchObject([
      {
        method: 'POST',
        path: '/hooks?a=b',
        body: '{"größe":1}',
        headers: { 'webhook-id': 'one', 'content-length': '13', connection: 'close' },
      },
    ]);
  });

  it('goes to the address that was checked, by one look-up, under the name', async () => {
    const { port, received } = await receiver((response) => response.end());
    const resolveAddresses = names('127.0.0.1');
    resolveAddresses.mockResolvedValueOnce(['127.0.0.1']).mockResolvedValue(['10.0.0.1']);
    const url = `http://hooks.example.com:${port}/`;
    expect(await post(url, { ...LOCAL, resolveAddresses })).toMatchObject({ status: 200 });
    expect(resolveAddresses.mock.calls.map(([host]) => host)).toEqual(['hooks.example.com']);
    expect(received[0]?.headers.host).toBe(`hooks.example.com:${port}`);
  });

  it.each([
    [['10.0.0.1']],
    [['1.1.1.1', '10.0.0.1']],
    [['127.0.0.1', '169.254.169.254']],
    [['::ffff:127.0.0.1']],
    [['no address']],
  ])('is not sent to a name with the addresses %j', async (addresses) => {
    const connect = jest.spyOn(net.Socket.prototype, 'connect');
    const resolveAddresses = names(...addresses);
    const options = { allowHttp: true, resolveAddresses };
    expect(await post('http://hooks.example.com:8080/', options)).toEqual({ failure: 'address' });
    expect(connect).not.toHaveBeenCalled();
  });

  it('is not sent where the URL is not allowed any more', async () => {
    const { port, received } = await receiver((response) => response.end());
    expect(await post(`http://127.0.0.1:${port}/`, {})).toEqual({ failure: 'url' });
    expect(await post(`http://127.0.0.1:${port}/`, { allowHttp: true })).toEqual({ failure: 'url' });
    expect(received).toEqual([]);
  });

  it('is not sent where the name has no address', async () => {
    const resolveAddresses = names();
    expect(await post('https://a.example/', { resolveAddresses })).toEqual({ failure: 'dns' });
    resolveAddresses.mockRejectedValue(new Error('queryA ENOTFOUND'));
    expect(await post('https://a.example/', { resolveAddresses })).toEqual({ failure: 'dns' });
  });

  it('follows no redirect', async () => {
    const { port, received } = await receiver((response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${port}/other` }).end(),
    );
    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 307 });
    expect(received).toHaveLength(1);
  });

  it('uses no proxy of the environment', async () => {
    const proxy = await receiver((response) => response.end());
    const { port } = await receiver((response) => response.writeHead(202).end());
    const before = { ...process.env };
    Object.assign(process.env, { http_proxy: `http://127.0.0.1:${proxy.port}`, NODE_USE_ENV_PROXY: '1' });
    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 202 });
    process.env = before;
    expect(proxy.received).toEqual([]);
  });
});

describe('a receiver', () => {
  it('that is not there is no connection', async () => {
    const port = await listening(net.createServer());
    const server = servers.pop() as Server;
    await new Promise((resolve) => server.close(resolve));
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({ failure: 'connection' });
  });

  it.each([
    'no HTTP at all\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n',
    `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`,
    '',
  ])('that answers %j is no connection', async (answer) => {
    const port = await listening(
      net.createServer((socket) => {
        socket.on('error', () => {}).resume();
        socket.end(answer);
      }),
    );
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({ failure: 'connection' });
  });

  it('that answers without end is cut off', async () => {
    let sent = 0;
    const { port } = await receiver((response) => {
      response.on('error', () => {});
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      more();
    });
    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 200 });
    expect(sent).toBeLessThan(50_000_000);
  });

  it.each([
    ['does not answer', undefined],
    ['answers headers without end', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('that %s takes too long', async (_, repeated) => {
    const { timeout } = AbortSignal;
    jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout.call(AbortSignal, 200));
    const port = await listening(
      net.createServer((socket) => {
        const timer = setInterval(() => repeated && socket.write(repeated), 10);
        socket.on('error', () => {}).on('close', () => clearInterval(timer));
        socket.resume();
      }),
    );
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({ failure: 'timeout' });
  });

  it('that has answered counts, also when the rest does not come', async () => {
    const { timeout } = AbortSignal;
    jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout.call(AbortSignal, 200));
    const { port } = await receiver((response) => response.writeHead(200).write('and'));
    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 200 });
  });

  it('whose name is slow takes too long', async () => {
    const { timeout } = AbortSignal;
    jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout.call(AbortSignal, 100));
    const resolveAddresses: ResolveAddresses = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('cancelled')));
      });
    expect(await post('https://a.example/', { resolveAddresses })).toEqual({ failure: 'timeout' });
  });

  it('is asked for by its name, and its certificate must be valid', async () => {
    const { cert, key } = selfSigned('hooks.example.com');
    const asked: string[] = [];
    const server = https.createServer(
      {
        cert,
        key,
        SNICallback: (name, done) => {
          asked.push(name);
          done(null);
        },
      },
      (_request, response) => response.end(),
    );
    server.on('tlsClientError', () => {});
    const port = await listening(server);
    const resolveAddresses = names('127.0.0.1');
    const url = `https://hooks.example.com:${port}/`;
    expect(await post(url, { ...LOCAL, resolveAddresses })).toEqual({ failure: 'tls' });
    expect(asked).toEqual(['hooks.example.com']);
    expect(await post(`https://127.0.0.1:${port}/`)).toEqual({ failure: 'tls' });
  });
});
