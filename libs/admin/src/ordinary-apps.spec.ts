import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  ClassSerializerInterceptor,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  type INestApplication,
  type NestInterceptor,
  VersioningType,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { isOperatorRoute } from '@rowhouse/nestjs/operator';
import { map } from 'rxjs';
import { AdminDeployment, PLATFORMS } from './admin-app.fixture.js';

let deployment: AdminDeployment;
let number = 0;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
});
afterEach(() => deployment.closeApps());
afterAll(() => deployment.close());

/** As Nest's documentation shows it ("Catch everything"). */
@Catch()
class EverythingFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    host.switchToHttp().getResponse().status(status).send({ statusCode: status });
  }
}

/** As Nest's documentation shows it ("Response mapping"), with the line of docs/operator-api.md. */
class EnvelopeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    return isOperatorRoute(context) ? next.handle() : next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

describe.each(PLATFORMS)('mounted in an app on %s', (platform) => {
  it.each<[string, string, (app: INestApplication) => void]>([
    ['a filter for everything', '', (app) => app.useGlobalFilters(new EverythingFilter())],
    ['envelopes for answers', '', (app) => app.useGlobalInterceptors(new EnvelopeInterceptor())],
    [
      'a serializer',
      '',
      (app) => app.useGlobalInterceptors(new ClassSerializerInterceptor(app.get(Reflector))),
    ],
    ['CORS', '', (app) => app.enableCors({ origin: true, credentials: true })],
    [
      'a prefix and versions in the path',
      'api/v1/',
      (app) => app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    ],
  ])('that has %s, answers as ever', async (_what, before, configure) => {
    const { call, ended } = await deployment.start({ platform, configure, before });
    number += 1;
    const slug = `shop-${number}`;
    const made = await call('POST', 'tenants', { body: { slug } });
    expect(made.status).toBe(202);
    expect(await ended(made)).toMatchObject({ state: 'succeeded' });
    expect(await call('GET', `tenants/${slug}`)).toMatchObject({
      status: 200,
      body: { slug, status: 'active' },
    });
    expect((await call('GET', 'tenants')).body.items.length).toBeGreaterThan(0);
    expect(await call('GET', 'tenants/none')).toMatchObject({
      status: 404,
      body: { code: 'TENANT_NOT_FOUND' },
    });
    expect(await call('POST', 'tenants', { body: { slug: 'A B' } })).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_INVALID', errors: [{ field: 'slug' }] },
    });
    expect(await call('POST', 'tenants', { role: 'viewer', body: { slug: 'b' } })).toMatchObject({
      status: 403,
      body: { code: 'OPERATOR_FORBIDDEN' },
    });
    expect(await call('GET', 'tenants', { role: 'nobody' })).toMatchObject({ status: 401 });
  });
});
