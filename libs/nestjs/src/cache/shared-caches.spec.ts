import { jest } from '@jest/globals';
import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager';
import {
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { type AppOptions, closeApps, createApp, PLATFORMS } from '../platforms.fixture.js';
import { SystemRoute } from '../routes/tenant-route.decorator.js';
import { TenantCacheInterceptor } from './tenant-cache.interceptor.js';

@Injectable()
class Renamed extends CacheInterceptor {
  protected override allowedMethods = ['GET', 'HEAD'];
}

@Injectable()
class WithKeysOfItsOwn extends CacheInterceptor {
  protected override trackBy(_context: ExecutionContext): string {
    return 'theirs';
  }
}

@Injectable()
class OfOurs extends TenantCacheInterceptor {}

@Controller('handlers')
class HandlersController {
  @Get('plain')
  @UseInterceptors(CacheInterceptor)
  plain() {}

  @Get('renamed')
  @UseInterceptors(Renamed)
  renamed() {}

  @Get('system')
  @SystemRoute()
  @UseInterceptors(CacheInterceptor)
  system() {}

  @Get('ours')
  @UseInterceptors(TenantCacheInterceptor, OfOurs, WithKeysOfItsOwn)
  ours() {}
}

@Controller('whole')
@UseInterceptors(CacheInterceptor)
class WholeController {
  @Get()
  list() {}

  @Get('system')
  @SystemRoute()
  system() {}
}

/** A resolver of GraphQL is a provider with handlers, and so is a gateway. */
@Injectable()
class ProductsResolver {
  @UseInterceptors(CacheInterceptor)
  products() {}
}

const cache = CacheModule.register({ isGlobal: true });
const tenancy = (production: boolean) => ({
  production,
  selfCheck: 'off' as const,
  accessPolicy: { canEnter: () => true },
});
const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };

afterEach(closeApps);

describe.each(PLATFORMS)('An app on %s that caches answers without the tenant in the key', (platform) => {
  async function start(production: boolean, options: AppOptions): Promise<INestApplication> {
    const app = await createApp(platform, { ...options, imports: [cache], tenancy: tenancy(production) });
    logger.warn.mockClear();
    app.useLogger(logger);
    return app.init();
  }

  const everyRoute: Array<[string, AppOptions]> = [
    ['APP_INTERCEPTOR', { providers: [{ provide: APP_INTERCEPTOR, useClass: CacheInterceptor }] }],
    ['APP_INTERCEPTOR of a subclass', { providers: [{ provide: APP_INTERCEPTOR, useClass: Renamed }] }],
    [
      'useGlobalInterceptors',
      {
        providers: [CacheInterceptor],
        prepare: (app) => app.useGlobalInterceptors(app.get(CacheInterceptor)),
      },
    ],
  ];

  it.each(everyRoute)('does not start in production with %s', async (_way, options) => {
    await expect(start(true, options)).rejects.toMatchObject({
      code: 'RESPONSE_CACHE_SHARED',
      message: expect.stringMatching(/\(every route\).*TenantCacheInterceptor of @rowhouse\/nestjs\/cache/s),
    });
  });

  it('is told the handlers, whatever they belong to', async () => {
    const options = { controllers: [HandlersController, WholeController], providers: [ProductsResolver] };
    await expect(start(true, options)).rejects.toThrow(
      '(HandlersController.plain, HandlersController.renamed, WholeController.list, ProductsResolver.products)',
    );
  });

  it('is warned in development', async () => {
    await start(false, { controllers: [WholeController] });
    expect(logger.warn.mock.calls.map(([message]) => message)).toEqual([
      expect.stringContaining('(WholeController.list)'),
    ]);
  });

  it('hears nothing where the keys have the tenant', async () => {
    for (const useClass of [TenantCacheInterceptor, OfOurs, WithKeysOfItsOwn]) {
      await start(true, { providers: [{ provide: APP_INTERCEPTOR, useClass }] });
    }
    expect(logger.warn).not.toHaveBeenCalled();
  });
});
