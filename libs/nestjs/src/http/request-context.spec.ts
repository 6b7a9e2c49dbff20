import { once } from 'node:events';
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestMiddleware,
  type NestModule,
  type OnModuleInit,
  Post,
  Req,
  Sse,
  UploadedFile,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FileInterceptor } from '@nestjs/platform-express';
import { InMemoryTenantStore, TenantContext } from '@rowhouse/core';
import { defer, map, mergeMap, of, range } from 'rxjs';
import { closeApps, PLATFORMS, type RunningApp, startApp } from '../platforms.fixture.js';
import { SystemRoute, TenantOptional } from '../routes/tenant-route.decorator.js';

/** It brings no types, and no others are installed. */
const multer = createRequire(import.meta.url)('multer') as () => {
  single(field: string): NestMiddleware['use'];
};

const tenant = () => {
  const scope = TenantContext.scope();
  return scope?.kind === 'tenant' ? scope.tenant.slug : (scope?.reason ?? 'none');
};

interface GuardedRequest {
  sawInGuard?: string;
  headers: Record<string, string>;
}

@Injectable()
class LookingGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    await nextTurn();
    context.switchToHttp().getRequest<GuardedRequest>().sawInGuard = tenant();
    return true;
  }
}

async function look(request: GuardedRequest, body?: unknown) {
  const atOnce = tenant();
  await nextTurn();
  const afterwards = await new Promise((resolve) => setTimeout(() => resolve(tenant()), 1));
  const length = typeof body === 'object' ? JSON.stringify(body).length : 0;
  return { seen: [request.sawInGuard, atOnce, afterwards], length };
}

@Controller()
@UseGuards(LookingGuard)
class LookingController {
  @Get('look')
  get(@Req() request: GuardedRequest) {
    return look(request);
  }

  @Post('look')
  post(@Req() request: GuardedRequest, @Body() body: unknown) {
    return look(request, body);
  }

  @Post('optional')
  @TenantOptional()
  optional(@Req() request: GuardedRequest, @Body() body: unknown) {
    return look(request, body);
  }

  @Post('upload')
  async upload(@Req() request: GuardedRequest) {
    return look(request);
  }

  @Sse('events')
  events() {
    return defer(() => range(1, 3)).pipe(
      mergeMap((n) => nextTurn(n)),
      map((n) => ({ data: `${n} ${tenant()}` })),
    );
  }

  @Sse('system-events')
  @SystemRoute('ticker')
  systemEvents() {
    return defer(() => of(tenant())).pipe(
      mergeMap((first) => nextTurn(first)),
      map((first) => ({ data: `${first} ${tenant()}` })),
    );
  }

  @Get('observable')
  observable() {
    return defer(() => of(tenant()));
  }
}

/** Uploads as Express apps take them: by an interceptor, and by a middleware, which goes on in the socket's context. */
@Controller('express')
@UseGuards(LookingGuard)
class UploadController {
  @Post('by-interceptor')
  @UseInterceptors(FileInterceptor('file'))
  async byInterceptor(@Req() request: GuardedRequest, @UploadedFile() file: { size: number }) {
    return { ...(await look(request)), length: file.size };
  }

  @Post('by-middleware')
  async byMiddleware(@Req() request: GuardedRequest & { file: { size: number } }) {
    return { ...(await look(request)), length: request.file.size };
  }
}

@Module({ controllers: [UploadController] })
class UploadModule implements NestModule {
  configure(consumer: MiddlewareConsumer) {
    consumer.apply(multer().single('file')).forRoutes('express/by-middleware');
  }
}

interface Looked {
  readonly seen: readonly string[];
  readonly length: number;
}

function open(
  port: number,
  path: string,
  slug: string | undefined,
  headers: object = {},
  agent?: Agent,
): ClientRequest {
  const identity = slug === undefined ? {} : { 'x-tenant-id': slug };
  return httpRequest({
    ...{ host: '127.0.0.1', port, path, method: 'POST', agent },
    headers: { 'content-type': 'application/json', ...identity, ...headers },
  });
}

async function answerOf(request: ClientRequest): Promise<Looked> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

const json = (length: number) => JSON.stringify({ text: 'x'.repeat(length - 11) });
const as = (slug: string, length: number) => ({ seen: [slug, slug, slug], length });

describe.each(PLATFORMS)('The context of a request on %s', (platform) => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startApp(platform, { controllers: [LookingController] });
  });
  afterAll(closeApps);

  it('holds in guards, handlers and timers without a body', async () => {
    const response = await fetch(`${app.url}/look`, { headers: { 'x-tenant-id': 'acme' } });
    expect(await response.json()).toEqual(as('acme', 0));
  });

  it('holds with a body of many packets', async () => {
    const request = open(app.port, '/look', 'acme');
    request.end(json(95_000));
    expect(await answerOf(request)).toEqual(as('acme', 95_000));
  });

  it('holds with a chunked body', async () => {
    const request = open(app.port, '/look', 'acme', { 'transfer-encoding': 'chunked' });
    const body = json(3_000);
    for (let at = 0; at < body.length; at += 500) {
      request.write(body.slice(at, at + 500));
      await nextTurn();
    }
    request.end();
    expect(await answerOf(request)).toEqual(as('acme', 3_000));
  });

  it('holds with a slow body, while other tenants are served in between', async () => {
    const body = json(2_000);
    const slow = open(app.port, '/look', 'acme', { 'content-length': body.length });
    slow.write(body.slice(0, 1_000));
    const quick = open(app.port, '/look', 'globex');
    quick.end(json(50));
    expect(await answerOf(quick)).toEqual(as('globex', 50));
    slow.end(body.slice(1_000));
    expect(await answerOf(slow)).toEqual(as('acme', 2_000));
  });

  it('goes with a body that is given up half-way', async () => {
    const aborted = open(app.port, '/look', 'acme', { 'content-length': 2_000 });
    aborted.on('error', () => undefined);
    aborted.write(json(1_000));
    const next = open(app.port, '/optional', undefined);
    aborted.destroy();
    next.end(json(50));
    expect(await answerOf(next)).toEqual(as('none', 50));
  });

  it('changes from request to request on one connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const slugs = Array.from({ length: 30 }, (_, i) => ['acme', 'globex', undefined][i % 3]);
    const answers = await Promise.all(
      slugs.map((slug, i) => {
        const request = open(app.port, '/optional', slug, {}, agent);
        request.end(json(100 + i * 700));
        return answerOf(request);
      }),
    );
    expect(answers).toEqual(slugs.map((slug, i) => as(slug ?? 'none', 100 + i * 700)));
    agent.destroy();
  });

  it('is right for each of several requests that come in one packet', async () => {
    const slugs = ['acme', undefined, 'globex', undefined, 'acme'];
    const body = json(60);
    const packet = slugs.map((slug, i) =>
      [
        'POST /optional HTTP/1.1',
        'Host: localhost',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        ...(slug ? [`X-Tenant-ID: ${slug}`] : []),
        ...(i === slugs.length - 1 ? ['Connection: close'] : []),
        '',
        body,
      ].join('\r\n'),
    );
    const socket = connect(app.port, '127.0.0.1');
    socket.write(packet.join(''));
    let received = '';
    for await (const chunk of socket) received += chunk;
    const seen = [...received.matchAll(/"seen":\["(\w+)","(\w+)","(\w+)"\]/g)].map((match) => match.slice(1));
    expect(seen).toEqual(slugs.map((slug) => as(slug ?? 'none', 0).seen));
  });

  it('holds in Observables that handlers return', async () => {
    const headers = { 'x-tenant-id': 'globex' };
    expect(await (await fetch(`${app.url}/observable`, { headers })).text()).toBe('globex');
    const events = await (await fetch(`${app.url}/events`, { headers })).text();
    expect(events.match(/data: .*/g)).toEqual(['data: 1 globex', 'data: 2 globex', 'data: 3 globex']);
  });

  it('is the system in Observables of system routes', async () => {
    const events = await (await fetch(`${app.url}/system-events`)).text();
    expect(events.match(/data: .*/g)).toEqual(['data: ticker ticker']);
  });
});

async function upload(url: string, slug: string): Promise<Looked> {
  const body = new FormData();
  body.append('file', new Blob(['x'.repeat(200_000)]), 'file.txt');
  const response = await fetch(url, { method: 'POST', headers: { 'x-tenant-id': slug }, body });
  return (await response.json()) as Looked;
}

describe('Uploads on express', () => {
  afterAll(closeApps);

  it.each(['by-interceptor', 'by-middleware'])('keep the tenant when multer is used %s', async (way) => {
    const { url } = await startApp('express', { imports: [UploadModule] });
    const both = await Promise.all([
      upload(`${url}/express/${way}`, 'acme'),
      upload(`${url}/express/${way}`, 'globex'),
    ]);
    expect(both).toEqual([as('acme', 200_000), as('globex', 200_000)]);
  });
});

let runElsewhere: (fn: () => void) => void;

/** A middleware or hook that goes on in the chain of another tenant's request, as a shared pool's callbacks may. */
const astray = (...args: unknown[]) => {
  const next = args.at(-1) as () => void;
  runElsewhere(() => void setImmediate(next));
};

beforeAll(async () => {
  const stranger = await new InMemoryTenantStore().create({ slug: 'stranger' });
  runElsewhere = TenantContext.run(stranger, () => TenantContext.capture());
});

@Module({ controllers: [LookingController] })
class AstrayModule implements NestModule {
  configure(consumer: MiddlewareConsumer) {
    consumer.apply(astray, astray).forRoutes(LookingController);
  }
}

describe.each(PLATFORMS)('A middleware that goes on in another chain, on %s', (platform) => {
  afterAll(closeApps);

  it('leaves each request in the context of its own tenant, or of none', async () => {
    const { port } = await startApp(platform, { imports: [AstrayModule] });
    for (const slug of ['acme', 'globex', undefined]) {
      const request = open(port, '/optional', slug);
      request.end(json(50));
      expect(await answerOf(request)).toEqual(as(slug ?? 'none', 50));
    }
  });
});

/** Adds its hook after those of Rowhouse. */
@Injectable()
class LateHook implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit() {
    this.host.httpAdapter.getInstance().addHook('preHandler', astray);
  }
}

describe('A hook of fastify that goes on in another chain', () => {
  afterEach(closeApps);

  it.each(['onRequest', 'preParsing', 'preValidation', 'preHandler'])(
    '(%s) leaves each request with its tenant',
    async (name) => {
      const { port } = await startApp('fastify', {
        controllers: [LookingController],
        prepare: (app) => void app.getHttpAdapter().getInstance().addHook(name, astray),
      });
      for (const slug of ['acme', undefined]) {
        const request = open(port, '/optional', slug);
        request.end(json(50));
        expect(await answerOf(request)).toEqual(as(slug ?? 'none', 50));
      }
    },
  );

  it.each(['onRequest', 'preParsing'])(
    '(%s) leaves the hooks after the body with their tenant',
    async (name) => {
      const seen: string[] = [];
      const { port } = await startApp('fastify', {
        controllers: [LookingController],
        prepare: (app) => {
          const fastify = app.getHttpAdapter().getInstance();
          fastify.addHook(name, astray);
          fastify.addHook('preHandler', async () => void seen.push(tenant()));
        },
      });
      const request = open(port, '/look', 'acme');
      request.end(json(50));
      await answerOf(request);
      expect(seen).toEqual(['acme']);
    },
  );

  it('is stopped by the guard where it comes too late to be mended', async () => {
    const { url } = await startApp('fastify', { controllers: [LookingController], providers: [LateHook] });
    for (const headers of [{ 'x-tenant-id': 'acme' }, {}] as Record<string, string>[]) {
      const response = await fetch(`${url}/optional`, { method: 'POST', headers });
      expect([response.status, await response.json()]).toMatchObject([500, { code: 'ISOLATION_VIOLATION' }]);
    }
  });
});

describe('Uploads on fastify', () => {
  afterAll(closeApps);

  it('keep the tenant when a content parser reads the stream by its events', async () => {
    const { url } = await startApp('fastify', {
      controllers: [LookingController],
      prepare: (app) =>
        app
          .getHttpAdapter()
          .getInstance()
          .addContentTypeParser(
            'multipart/form-data',
            (
              _request: unknown,
              payload: NodeJS.ReadableStream,
              done: (error: null, body: object) => void,
            ) => {
              payload.on('data', () => undefined).on('end', () => done(null, {}));
            },
          ),
    });
    const both = await Promise.all([upload(`${url}/upload`, 'acme'), upload(`${url}/upload`, 'globex')]);
    expect(both).toEqual([as('acme', 0), as('globex', 0)]);
  });
});
