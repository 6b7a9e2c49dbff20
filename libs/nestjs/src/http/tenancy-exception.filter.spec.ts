import type { ServerResponse } from 'node:http';
import { jest } from '@jest/globals';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpException,
  Injectable,
  Logger,
  Post,
  Res,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import {
  IsolationViolationError,
  type Problem,
  TenantContext,
  TenantContextMissingError,
  TenantPoolExhaustedError,
  TenantTokenInvalidError,
} from '@rowhouse/core';
import { lastValueFrom, type Observable } from 'rxjs';
import { QueryFailedError } from 'typeorm';
import { type AppOptions, closeApps, PLATFORMS, type Platform, startApp } from '../platforms.fixture.js';
import { CustomResolver } from '../resolvers/custom.resolver.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { SystemRoute, TenantOptional } from '../routes/tenant-route.decorator.js';
import { TenancyExceptionFilter } from './tenancy-exception.filter.js';

const secret = 'select * from tenant_globex.orders';

@Controller('throws')
@TenantOptional()
class ThrowingController {
  @Get('violation')
  violation() {
    throw new IsolationViolationError(secret);
  }

  @Get('exhausted')
  exhausted() {
    throw new TenantPoolExhaustedError(secret);
  }

  @Get('wrapped')
  wrapped() {
    throw new QueryFailedError(secret, [], new IsolationViolationError(secret));
  }

  @Get('query')
  query() {
    throw new QueryFailedError(secret, [], new Error('duplicate key'));
  }

  @Get('lost')
  lost() {
    throw new TenantContextMissingError();
  }

  @Get('partial')
  partial(@Res() response: ServerResponse) {
    response.write('first');
    throw new IsolationViolationError(secret);
  }

  @Post('body')
  body() {
    return 'reached';
  }
}

/** As apps have them: in the root module, so that it comes before ours, and in need of the tenant's data. */
@Injectable()
class DataReadingGuard implements CanActivate {
  canActivate(): boolean {
    if (!TenantContext.scope()) throw new TenantContextMissingError();
    return true;
  }
}

@Controller('guarded')
class GuardedController {
  @Get()
  get() {
    return 'reached';
  }

  @Post()
  post() {
    throw new TenantContextMissingError();
  }

  @Get('system')
  @SystemRoute()
  system() {
    return 'reached';
  }
}

const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };

describe.each(PLATFORMS)('TenancyExceptionFilter on %s', (platform: Platform) => {
  let url: string;

  beforeAll(async () => {
    ({ url } = await startApp(platform, {
      controllers: [ThrowingController],
      tenancy: {
        resolvers: [
          new HeaderResolver(),
          new CustomResolver((request) => {
            if (request.header('authorization')) throw new TenantTokenInvalidError();
            return undefined;
          }),
        ],
      },
      prepare: (app) => app.useLogger(logger),
    }));
  });
  beforeEach(() => void logger.error.mockClear());
  afterAll(closeApps);

  async function problem(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<[Response, Problem & { instance: string }]> {
    const response = await fetch(url + path, { headers });
    return [response, (await response.json()) as Problem & { instance: string }];
  }

  it('answers with a problem document whose instance is the path without the query', async () => {
    const [response, body] = await problem('/throws/body?x=1', { 'x-tenant-id': 'nobody' });
    expect(response.status).toBe(404);
    // No such GET route: only a route makes the tenant matter.
    expect(body).not.toHaveProperty('code');

    const [refused, document] = await problem('/throws/query?x=1', { 'x-tenant-id': 'nobody' });
    expect(refused.status).toBe(404);
    expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(document).toEqual({
      type: 'urn:rowhouse:error:tenant-not-found',
      title: 'TENANT_NOT_FOUND',
      status: 404,
      code: 'TENANT_NOT_FOUND',
      detail: 'There is no such tenant.',
      instance: '/throws/query',
    });
    expect(logger.error).not.toHaveBeenCalled();
  });

  it('logs server errors with their stack, and shows clients nothing of the message', async () => {
    const [response, body] = await problem('/throws/violation');
    expect(response.status).toBe(500);
    expect(body).toMatchObject({ code: 'ISOLATION_VIOLATION', detail: 'The request could not be served.' });
    expect(JSON.stringify(body)).not.toContain('globex');
    expect(logger.error).toHaveBeenCalledTimes(1);
    expect(logger.error).toHaveBeenCalledWith(
      secret,
      expect.stringContaining('ThrowingController.violation'),
      'TenancyExceptionFilter',
    );
  });

  it('finds the error inside the one that TypeORM makes of it', async () => {
    const [response, body] = await problem('/throws/wrapped');
    expect([response.status, body.code]).toEqual([500, 'ISOLATION_VIOLATION']);
    expect(JSON.stringify(body)).not.toContain('globex');
  });

  it("leaves other errors of TypeORM to the app's own filters", async () => {
    const [response, body] = await problem('/throws/query');
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(body).toEqual({ statusCode: 500, message: 'Internal server error' });
  });

  it('says when to try again', async () => {
    const [response, body] = await problem('/throws/exhausted');
    expect([response.status, body.code]).toEqual([503, 'TENANT_POOL_EXHAUSTED']);
    expect(response.headers.get('retry-after')).toBe('1');
  });

  it('says that a bearer token is wanted', async () => {
    const [response, body] = await problem('/throws/query', { authorization: 'Bearer x' });
    expect([response.status, body.code]).toEqual([401, 'TENANT_TOKEN_INVALID']);
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('keeps the error of a handler that lost its context', async () => {
    const [response, body] = await problem('/throws/lost');
    expect([response.status, body.code]).toEqual([500, 'TENANT_CONTEXT_MISSING']);
    expect(logger.error).toHaveBeenCalledTimes(1);
  });
});

describe.each(PLATFORMS)(
  'A guard of the app that reads data before TenantGuard, on %s',
  (platform: Platform) => {
    let url: string;

    beforeAll(async () => {
      ({ url } = await startApp(platform, {
        controllers: [GuardedController],
        providers: [{ provide: APP_GUARD, useClass: DataReadingGuard }],
      }));
    });
    afterAll(closeApps);

    it.each([
      ['GET', '/guarded', 'nobody', 404, 'TENANT_NOT_FOUND'],
      ['GET', '/guarded', 'suspended', 403, 'TENANT_SUSPENDED'],
      ['GET', '/guarded', undefined, 400, 'TENANT_UNRESOLVED'],
      ['GET', '/guarded/system', 'nobody', 404, 'TENANT_NOT_FOUND'],
      ['POST', '/guarded', 'acme', 500, 'TENANT_CONTEXT_MISSING'],
    ])('%s %s as %s answers why there is no tenant: %i %s', async (method, path, tenant, status, code) => {
      const headers: Record<string, string> = tenant === undefined ? {} : { 'x-tenant-id': tenant };
      const response = await fetch(url + path, { method, headers });
      expect([response.status, (await response.json()) as Problem]).toMatchObject([status, { code }]);
    });

    it('lets it read as the tenant of the request', async () => {
      const response = await fetch(`${url}/guarded`, { headers: { 'x-tenant-id': 'acme' } });
      expect(await response.text()).toBe('reached');
    });
  },
);

/** As Nest's documentation shows it ("Catch everything"). */
@Catch()
class EverythingFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    host.switchToHttp().getResponse().status(status).send({ statusCode: status });
  }
}

describe.each(PLATFORMS)('beside a filter of the app for everything, on %s', (platform) => {
  afterEach(closeApps);

  it.each<[string, Pick<AppOptions, 'providers' | 'prepare'>]>([
    ['in its root module', { providers: [{ provide: APP_FILTER, useClass: EverythingFilter }] }],
    [
      'given to the app before ours',
      {
        prepare: (app) =>
          app.useGlobalFilters(new EverythingFilter(), new TenancyExceptionFilter(app.get(HttpAdapterHost))),
      },
    ],
  ])('that is %s, ours is asked first', async (_where, options) => {
    const { url } = await startApp(platform, { controllers: [ThrowingController], ...options });
    const refused = await fetch(`${url}/throws/query`, { headers: { 'x-tenant-id': 'nobody' } });
    expect([refused.status, await refused.json()]).toMatchObject([404, { code: 'TENANT_NOT_FOUND' }]);
    const other = await fetch(`${url}/throws/query`);
    expect([other.status, await other.json()]).toEqual([500, { statusCode: 500 }]);
  });
});

describe('TenancyExceptionFilter on express', () => {
  afterAll(closeApps);

  it('ends an answer that is on its way already', async () => {
    logger.error.mockClear();
    const { url } = await startApp('express', {
      controllers: [ThrowingController],
      prepare: (app) => app.useLogger(logger),
    });
    const response = await fetch(`${url}/throws/partial`);
    expect([response.status, await response.text()]).toEqual([200, 'first']);
    expect(logger.error.mock.calls.map(([message]) => message)).toEqual([secret]);
  });
});

describe('TenancyExceptionFilter outside of HTTP', () => {
  const filter = new TenancyExceptionFilter(new HttpAdapterHost());
  const hostOf = (type: string) => ({ getType: () => type }) as ArgumentsHost;
  const error = new IsolationViolationError(secret);

  it('gives GraphQL what clients may read', () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    expect(() => filter.catch(error, hostOf('graphql'))).toThrow(
      expect.objectContaining({
        message: 'The request could not be served.',
        extensions: { code: 'ISOLATION_VIOLATION', http: { status: 500 } },
      }),
    );
    expect(log).toHaveBeenCalledTimes(1);
    log.mockRestore();
  });

  it('hands the error on to microservices', async () => {
    const answer = filter.catch(error, hostOf('rpc'));
    await expect(lastValueFrom(answer as Observable<never>)).rejects.toBe(error);
  });
});
