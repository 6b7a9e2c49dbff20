import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import {
  type ArgumentsHost,
  BadRequestException,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Injectable,
  Logger,
  type NestInterceptor,
  Param,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { TenantContext, withLogIds } from '@rowhouse/core';
import type { Observable } from 'rxjs';
import { finalize } from 'rxjs';
import { WebSocket } from 'ws';
import { TenantRunner } from '../jobs/tenant-runner.js';
import { closeApps, exampleStore, PLATFORMS, startApp } from '../platforms.fixture.js';
import { TenantOptional } from '../routes/tenant-route.decorator.js';
import { TenantLogger, type TenantLoggerOptions } from './tenant-logger.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const logger = new Logger('Orders');

@Injectable()
class LoggingGuard implements CanActivate {
  async canActivate() {
    await delay(1);
    logger.log('guard');
    return true;
  }
}

@Injectable()
class LoggingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    logger.log('before');
    return next.handle().pipe(finalize(() => logger.log('after')));
  }
}

@Catch(BadRequestException)
class LoggingFilter implements ExceptionFilter {
  catch(_error: BadRequestException, host: ArgumentsHost) {
    logger.error('filter');
    const response = host.switchToHttp().getResponse();
    response.status(400).send('bad');
  }
}

@Controller('orders')
@UseGuards(LoggingGuard)
@UseInterceptors(LoggingInterceptor)
@UseFilters(LoggingFilter)
class OrdersController {
  @Get('refused')
  refused() {
    throw new BadRequestException();
  }

  @Get('background')
  background() {
    setTimeout(() => logger.log('later'), 5);
  }

  @Get(':n')
  async find(@Param('n') n: string) {
    for (let step = 0; step < 5; step += 1) {
      await delay(Number(n) % 3);
      logger.log(`step of ${n}`);
    }
    return n;
  }
}

@Controller('open')
class OpenController {
  @Get()
  @TenantOptional()
  find(@Res() response: { send(text: string): void }) {
    logger.log('open');
    response.send('open');
  }
}

// biome-ignore lint/suspicious/noExplicitAny: lines are looked into without declaring each.
const lines: any[] = [];
let raw = '';
/** Lines that the app writes, by what stands on them. */
function capture(options: TenantLoggerOptions = {}): void {
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      raw += String(text);
      if (String(text).startsWith('{')) lines.push(JSON.parse(String(text)));
      return true;
    });
  Logger.overrideLogger(
    new TenantLogger({ json: true, logLevels: ['log', 'warn', 'error', 'debug'], ...options }),
  );
}
beforeEach(() => {
  lines.length = 0;
  raw = '';
});
afterEach(async () => {
  jest.useRealTimers();
  await closeApps();
  jest.restoreAllMocks();
  Logger.overrideLogger(['error', 'warn', 'log']);
});

const start = (platform: 'express' | 'fastify', more = {}) =>
  startApp(platform, { controllers: [OrdersController, OpenController], ...more });
const mine = () => lines.filter(({ context }) => context === 'Orders');

describe.each(PLATFORMS)('Lines of the log on %s', (platform) => {
  it('have the tenant, the request and the trace, in guards, interceptors, filters, handlers and what they start', async () => {
    const { url } = await start(platform);
    capture();
    const headers = {
      'x-tenant-id': 'acme',
      'x-request-id': 'req-from-proxy.1',
      traceparent: `00-${TRACE}-${SPAN}-01`,
    };
    const of = {
      tenant: 'acme',
      tenantId: '00000000-0000-4000-8000-00000000000a',
      requestId: 'req-from-proxy.1',
      traceId: TRACE,
      spanId: SPAN,
    };
    await fetch(`${url}/orders/0`, { headers });
    await fetch(`${url}/orders/refused`, { headers });
    await fetch(`${url}/orders/background`, { headers });
    while (!mine().some(({ message }) => message === 'later')) await delay(1);
    expect(new Set(mine().map(({ message }) => message))).toEqual(
      new Set(['guard', 'before', 'step of 0', 'after', 'filter', 'later']),
    );
    for (const line of mine()) expect(line).toMatchObject(of);
  });

  it('of two tenants at once do not mix', async () => {
    const { url } = await start(platform);
    capture();
    const requests = Array.from({ length: 60 }, (_, n) => ({ n, tenant: n % 2 ? 'acme' : 'globex' }));
    await Promise.all(
      requests.map(({ n, tenant }) =>
        fetch(`${url}/orders/${n}`, { headers: { 'x-tenant-id': tenant, 'x-request-id': `r${n}` } }),
      ),
    );
    const steps = mine().filter(({ message }) => message.startsWith('step of '));
    expect(steps).toHaveLength(300);
    for (const { message, tenant, requestId } of steps) {
      const n = Number(message.slice('step of '.length));
      expect([tenant, requestId]).toEqual([n % 2 ? 'acme' : 'globex', `r${n}`]);
    }
    expect(new Set(mine().map(({ requestId }) => requestId)).size).toBe(60);
  });

  it('have a new id for each request on one connection that brings none of use', async () => {
    const { url } = await start(platform);
    capture();
    const bad = ['', 'a b', 'x'.repeat(201), 'caf\u00e9'];
    for (const id of bad)
      await fetch(`${url}/orders/1`, {
        headers: {
          'x-tenant-id': 'acme',
          'x-request-id': id,
          traceparent: `00-${'0'.repeat(32)}-${SPAN}-01`,
        },
      });
    const ids = [...new Set(mine().map(({ requestId }) => requestId))];
    expect(ids).toHaveLength(bad.length);
    for (const id of ids) expect(id).toMatch(/^[\da-f-]{36}$/);
    for (const line of mine()) expect(line).not.toHaveProperty('traceId');
  });

  it('that are written when the answer has ended have the tenant too', async () => {
    const { url } = await start(platform, {
      prepare: (app: { use(middleware: unknown): void }) =>
        app.use((_: unknown, response: NodeJS.EventEmitter, next: () => void) => {
          response.once('finish', () => logger.log('finished'));
          next();
        }),
    });
    capture();
    await fetch(`${url}/orders/1`, { headers: { 'x-tenant-id': 'acme', 'x-request-id': 'r1' } });
    while (!mine().some(({ message }) => message === 'finished')) await delay(1);
    expect(mine().find(({ message }) => message === 'finished')).toMatchObject({
      tenant: 'acme',
      requestId: 'r1',
    });
  });

  it('without a tenant have the request', async () => {
    const { url } = await start(platform, { tenancy: { exclude: ['/open'] } });
    capture();
    await fetch(`${url}/open`, { headers: { 'x-request-id': 'mine' } });
    expect(mine()).toMatchObject([{ message: 'open', requestId: 'mine' }]);
    expect(mine()[0]).not.toHaveProperty('tenant');
  });
});

describe('TenantLogger', () => {
  const [acme, globex] = [{ slug: 'acme' }, { slug: 'globex' }];
  const tenantOf = async ({ slug }: { slug: string }) => {
    const tenant = await exampleStore().findBySlug(slug as never);
    if (!tenant) throw new Error('There is no such tenant.');
    return tenant;
  };

  it('writes readable lines', async () => {
    capture({ json: false, colors: false });
    const tenant = await tenantOf(acme);
    withLogIds({ requestId: 'r\n[Nest] forged', jobId: 'j1' }, () =>
      TenantContext.run(tenant, () => logger.log('done')),
    );
    expect(raw).toMatch(/LOG \[Orders\] tenant=acme requestId="r\\n\[Nest\] forged" jobId=j1 done\n$/);
    expect(raw.trimEnd()).not.toContain('\n');
  });

  it('does not let what is logged take the place of its own fields', async () => {
    capture({ flattenParams: true, structuredParams: true });
    TenantContext.run(await tenantOf(acme), () => logger.log('done', { tenant: 'globex', items: 3 }));
    expect(mine()).toMatchObject([{ tenant: 'acme' }]);
  });

  it('limits the lines of each tenant and level, says how many were dropped, and never drops an error', async () => {
    capture({ sampling: { linesPerMinute: 3 } });
    jest.useFakeTimers();
    const [noisy, quiet] = [await tenantOf(acme), await tenantOf(globex)];
    for (let n = 0; n < 10; n += 1)
      TenantContext.run(noisy, () => {
        logger.log('noise');
        logger.warn('warning');
        logger.error('error');
      });
    TenantContext.run(quiet, () => logger.log('quiet'));
    for (let n = 0; n < 10; n += 1) logger.log('nobody');
    const count = (message: string) => mine().filter((line) => line.message === message).length;
    expect(['noise', 'warning', 'error', 'quiet', 'nobody'].map(count)).toEqual([3, 3, 10, 1, 10]);
    jest.advanceTimersByTime(60_000);
    expect(lines.filter(({ context }) => context === 'TenantLogger')).toMatchObject([
      { level: 'warn', tenant: 'acme', droppedLevel: 'log', dropped: 7 },
      { level: 'warn', tenant: 'acme', droppedLevel: 'warn', dropped: 7 },
    ]);
    TenantContext.run(noisy, () => logger.log('noise'));
    expect(count('noise')).toBe(4);
  });

  it('refuses a rate that is none', () => {
    expect(() => new TenantLogger({ sampling: { linesPerMinute: 0 } })).toThrow(
      expect.objectContaining({
        code: 'OPTIONS_INVALID',
        message: expect.stringContaining('linesPerMinute'),
      }),
    );
  });

  it('knows the tenant of messages of a gateway', async () => {
    @WebSocketGateway()
    class OrdersGateway {
      constructor(private readonly runner: TenantRunner) {}

      @SubscribeMessage('order')
      @TenantOptional()
      order(_socket: unknown, { tenant, id }: { tenant: string; id: string }) {
        return withLogIds({ requestId: id }, () =>
          this.runner.run(tenant, async () => {
            for (let step = 0; step < 3; step += 1) {
              await delay(1);
              logger.log(`step of ${tenant} ${id}`);
            }
            return { event: 'order', data: id };
          }),
        );
      }
    }
    const { port } = await startApp('express', {
      providers: [OrdersGateway],
      prepare: (app) => app.useWebSocketAdapter(new WsAdapter(app)),
    });
    capture();
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(socket, 'open');
    const answered = new Promise<void>((resolve) => {
      let answers = 0;
      socket.on('message', () => {
        answers += 1;
        if (answers === 10) resolve();
      });
    });
    for (let n = 0; n < 10; n += 1)
      socket.send(
        JSON.stringify({ event: 'order', data: { tenant: n % 2 ? 'acme' : 'globex', id: `m${n}` } }),
      );
    await answered;
    socket.close();
    expect(mine()).toHaveLength(30);
    for (const { message, tenant, requestId } of mine())
      expect(message).toBe(`step of ${tenant} ${requestId}`);
  });
});
