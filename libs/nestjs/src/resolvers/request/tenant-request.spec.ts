import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type Http2ServerRequest,
} from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import fastify from 'fastify';
import { type HeaderValue, type TenantRequest } from './tenant-request.js';
import { toTenantRequest } from './to-tenant-request.js';

interface Seen {
  method: string;
  path: string;
  query: string;
  authority: string | undefined;
  host: HeaderValue;
  tenant: HeaderValue;
  authorization: HeaderValue;
}

function see(request: TenantRequest): Seen {
  const { method, path, query, authority } = request;
  return {
    method,
    path,
    query,
    authority,
    host: request.header('Host'),
    tenant: request.header('X-Tenant-ID'),
    authorization: request.header('Authorization'),
  };
}

/** Sends `lines` as they are, which no client library would, and hands back what the server saw. */
async function sendRaw(listener: RequestListener, lines: string[]): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write([...lines, 'Connection: close', '', ''].join('\r\n'));
    return (await text(socket)).split('\r\n\r\n').slice(1).join('');
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function seenByNode(lines: string[]): Promise<Seen> {
  const body = await sendRaw((request, response) => {
    response.useChunkedEncodingByDefault = false;
    response.end(JSON.stringify(see(toTenantRequest(request))));
  }, lines);
  return JSON.parse(body);
}

describe('a request from Node', () => {
  it('shows method, path, query and headers', async () => {
    const seen = await seenByNode([
      'POST /a%2Fb?x=%31 HTTP/1.1',
      'Host: acme.example.com',
      'x-TENANT-id: acme',
    ]);
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/a%2Fb',
      query: 'x=%31',
      host: 'acme.example.com',
      tenant: 'acme',
    });
    expect(seen.authority).toBeUndefined();
  });

  it('shows every Host and Authorization, of which Node keeps the first', async () => {
    const seen = await seenByNode([
      'GET / HTTP/1.1',
      'Host: acme.example.com',
      'hOST: globex.example.com',
      'Authorization: Bearer a',
      'authorization: Bearer b',
      'Authorization: Bearer c',
    ]);
    expect(seen.host).toEqual(['acme.example.com', 'globex.example.com']);
    expect(seen.authorization).toEqual(['Bearer a', 'Bearer b', 'Bearer c']);
  });

  it('shows other repeated headers joined, as Node does', async () => {
    const seen = await seenByNode(['GET / HTTP/1.1', 'Host: a', 'X-Tenant-ID: acme', 'X-Tenant-ID: globex']);
    expect(seen.tenant).toBe('acme, globex');
  });

  it('shows the authority of a target in absolute form', async () => {
    const seen = await seenByNode(['GET http://globex.example.com/a?x=1 HTTP/1.1', 'Host: acme.example.com']);
    expect(seen).toMatchObject({
      path: '/a',
      query: 'x=1',
      authority: 'globex.example.com',
      host: 'acme.example.com',
    });
  });

  it('keeps what a URL parser would normalise', async () => {
    const seen = await seenByNode(['GET //evil.com/../t/%2e%2e/acme HTTP/1.1', 'Host: a']);
    expect(seen).toMatchObject({ path: '//evil.com/../t/%2e%2e/acme' });
  });

  it('shows the peer', async () => {
    const body = await sendRaw(
      (request, response) => {
        response.useChunkedEncodingByDefault = false;
        response.end(toTenantRequest(request).remoteAddress);
      },
      ['GET / HTTP/1.1', 'Host: a'],
    );
    expect(body).toBe('127.0.0.1');
  });

  it('shows :authority of HTTP/2', async () => {
    const server = createHttp2Server((request: Http2ServerRequest, response) => {
      response.end(JSON.stringify(see(toTenantRequest(request))));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      const stream = session.request({
        ':path': '/a?x=1',
        ':authority': 'acme.example.com',
        'x-tenant-id': 'acme',
      });
      expect(JSON.parse(await text(stream))).toMatchObject({
        path: '/a',
        query: 'x=1',
        authority: 'acme.example.com',
        tenant: 'acme',
      });
    } finally {
      session.close();
      server.close();
    }
  });
});

describe('a request from a framework', () => {
  it('shows the whole URL below a mount point of Express', async () => {
    const app = express();
    app.use('/t', (request, response) => {
      response.json({ url: request.url, ...see(toTenantRequest(request)) });
    });
    const body = await sendRaw(app, ['GET /t/acme?x=1 HTTP/1.1', 'Host: a', 'X-Tenant-ID: acme']);
    expect(JSON.parse(body)).toMatchObject({
      url: '/acme?x=1',
      path: '/t/acme',
      query: 'x=1',
      tenant: 'acme',
    });
  });

  it.each(['request', 'raw'] as const)('shows the %s of Fastify', async (which) => {
    const app = fastify();
    app.get('/t/*', (request) => see(toTenantRequest(which === 'raw' ? request.raw : request)));
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const response = await fetch(`${address}/t/acme?x=1`, { headers: { 'x-tenant-id': 'acme' } });
    const host = new URL(address).host;
    expect(await response.json()).toMatchObject({ path: '/t/acme', query: 'x=1', host, tenant: 'acme' });
    await app.close();
  });
});

describe('other sources', () => {
  it('reads a fetch request, and one wrapped by a framework', () => {
    const request = new Request('https://acme.example.com/a?x=1', {
      method: 'PUT',
      headers: { 'X-Tenant-ID': 'acme' },
    });
    const expected = {
      method: 'PUT',
      path: '/a',
      query: 'x=1',
      authority: 'acme.example.com',
      tenant: 'acme',
    };
    expect(see(toTenantRequest(request))).toMatchObject(expected);
    expect(see(toTenantRequest({ raw: request, path: '/other' }))).toMatchObject(expected);
  });

  it('reads a URL and a URL as text', () => {
    const expected = {
      method: 'GET',
      path: '/a',
      query: 'x=1',
      authority: 'acme.example.com:8443',
      tenant: undefined,
    };
    expect(see(toTenantRequest(new URL('https://acme.example.com:8443/a?x=1')))).toMatchObject(expected);
    expect(see(toTenantRequest('https://acme.example.com:8443/a?x=1'))).toMatchObject(expected);
    expect(see(toTenantRequest('/a?x=1'))).toMatchObject({ path: '/a', query: 'x=1', authority: undefined });
  });

  it('reads fetch Headers, for which a pseudo-header is no error', () => {
    const request = toTenantRequest(new Headers({ 'x-tenant-id': 'acme' }));
    expect(see(request)).toMatchObject({ path: '/', tenant: 'acme' });
    expect(request.authority).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>, HeaderValue]>([
    ['in another letter case', { 'X-TENANT-id': 'acme' }, 'acme'],
    ['as an array of one', { 'x-tenant-id': ['acme'] }, 'acme'],
    ['as an array', { 'x-tenant-id': ['acme', 'globex'] }, ['acme', 'globex']],
    ['in two letter cases', { 'x-tenant-id': 'acme', 'X-Tenant-ID': 'globex' }, ['acme', 'globex']],
    ['as an empty array', { 'x-tenant-id': [] }, undefined],
    ['as undefined', { 'x-tenant-id': undefined }, undefined],
    ['as a number', { 'x-tenant-id': 42 }, '42'],
    ['not at all', { 'x-tenant': 'acme' }, undefined],
  ])('reads a plain header %s', (_, headers, value) => {
    expect(toTenantRequest(headers).header('X-Tenant-ID')).toEqual(value);
  });

  it('takes headers named like the parts of a request for headers', () => {
    const headers = {
      url: '/t/globex',
      method: 'GET',
      headers: 'x-tenant-id',
      raw: 'x',
      get: 'x',
      'x-tenant-id': 'acme',
    };
    expect(see(toTenantRequest(headers))).toMatchObject({ path: '/', tenant: 'acme' });
    const repeated = { url: '/t/globex', headers: ['a', 'b'], 'x-tenant-id': 'acme' };
    expect(see(toTenantRequest(repeated))).toMatchObject({ path: '/', tenant: 'acme' });
  });

  it.each<[string[], HeaderValue]>([
    [['acme'], 'acme'],
    [
      ['acme', 'globex'],
      ['acme', 'globex'],
    ],
    [[], undefined],
  ])('reads header values %j of a request that is like one of Node', (values, value) => {
    expect(toTenantRequest({ url: '/', headers: { 'x-tenant-id': values } }).header('X-Tenant-ID')).toEqual(
      value,
    );
  });

  it('finds no header in a prototype', () => {
    const message = { url: '/', headers: {} } as IncomingMessage;
    expect(toTenantRequest(message).header('constructor')).toBeUndefined();
    expect(toTenantRequest(message).header('__proto__')).toBeUndefined();
    expect(toTenantRequest({}).header('constructor')).toBeUndefined();
  });

  it('hands back its own, and shows what it was given', () => {
    const headers = { 'x-tenant-id': 'acme' };
    const detached = toTenantRequest(headers);
    const node = toTenantRequest({ url: '/', headers: {} });
    expect(detached.raw).toBe(headers);
    expect(toTenantRequest(detached)).toBe(detached);
    expect(toTenantRequest(node)).toBe(node);
  });

  it.each([[undefined], [null], [42], [['x-tenant-id', 'acme']], [() => 'acme']])('refuses %p', (input) => {
    expect(() => toTenantRequest(input)).toThrow(TypeError);
  });
});
