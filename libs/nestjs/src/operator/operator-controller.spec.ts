import {
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Module,
  Post,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TenantContext } from '@rowhouse/core';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { SystemRoute } from '../routes/tenant-route.decorator.js';
import { guardedPathOf, type OperatorRoutesOptions } from './guarded-path.js';
import { OperatorAuth } from './operator-auth.guard.js';
import { isOperatorRoute, operatorController } from './operator-controller.js';

@Injectable()
class Clock {
  readonly year = 2026;
}

class ClockController {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  @Get('year')
  year() {
    return { year: this.clock.year, scope: TenantContext.scope() };
  }
}

class EchoController {
  @Post('echo')
  echo() {
    return { said: true };
  }
}

@Module({})
class ClockModule {
  static forRoot(options: OperatorRoutesOptions): DynamicModule {
    const http = guardedPathOf('ClockModule', options);
    const controllers = http
      ? [operatorController(http, ClockController), operatorController(http, EchoController, 'below')]
      : [];
    return { module: ClockModule, providers: [Clock], controllers };
  }
}

@Module({})
class OtherModule {
  static forRoot(options: OperatorRoutesOptions): DynamicModule {
    const http = guardedPathOf('OtherModule', options);
    return { module: OtherModule, controllers: http ? [operatorController(http, EchoController)] : [] };
  }
}

const allow: CanActivate = { canActivate: () => true };
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

afterEach(closeApps);

describe.each(PLATFORMS)('routes for operators, on %s', (platform) => {
  it('are served at the path, in the system context, to whom the guard lets in', async () => {
    const auth = new OperatorAuth({ tokens: [{ token: () => 'secret' }] });
    const imports = [ClockModule.forRoot({ path: '/ops/clock/', auth })];
    const { url } = await startApp(platform, { imports });
    const response = await fetch(`${url}/ops/clock/year`, bearer('secret'));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      year: 2026,
      scope: { kind: 'system', reason: 'route ClockController.year' },
    });
    const below = await fetch(`${url}/ops/clock/below/echo`, { method: 'POST', ...bearer('secret') });
    expect(below.status).toBe(201);
    expect((await fetch(`${url}/ops/clock/below/echo`, { method: 'POST' })).status).toBe(401);
  });

  it('of two modules have each their own guard', async () => {
    const { url } = await startApp(platform, {
      imports: [
        ClockModule.forRoot({ path: 'clock', auth: new OperatorAuth({ tokens: [{ token: () => 'one' }] }) }),
        OtherModule.forRoot({ path: 'other', auth: new OperatorAuth({ tokens: [{ token: () => 'two' }] }) }),
      ],
    });
    const ask = async (token: string) => [
      (await fetch(`${url}/clock/year`, bearer(token))).status,
      (await fetch(`${url}/other/echo`, { method: 'POST', ...bearer(token) })).status,
    ];
    expect(await ask('one')).toEqual([200, 401]);
    expect(await ask('two')).toEqual([401, 201]);
  });

  it('are known to a global guard of the app, which lets them pass', async () => {
    @Controller('shop')
    class ShopController {
      @Get()
      @SystemRoute()
      read() {
        return {};
      }
    }
    const auth = new OperatorAuth({ tokens: [{ token: () => 'secret' }] });
    const { url } = await startApp(platform, {
      imports: [ClockModule.forRoot({ path: 'c', auth })],
      controllers: [ShopController],
      providers: [{ provide: APP_GUARD, useValue: { canActivate: isOperatorRoute } }],
    });
    expect((await fetch(`${url}/shop`, bearer('secret'))).status).toBe(403);
    expect((await fetch(`${url}/c/year`, bearer('secret'))).status).toBe(200);
    expect((await fetch(`${url}/c/year`)).status).toBe(401);
  });

  it.each([
    ['no token', undefined],
    ['another token', 'Bearer secre'],
    ['another scheme', 'Basic secret'],
    ['an empty token', 'Bearer '],
  ])('answer %s with a problem document', async (_, authorization) => {
    const auth = new OperatorAuth({ tokens: [{ token: () => 'secret' }] });
    const { url } = await startApp(platform, { imports: [ClockModule.forRoot({ path: 'c', auth })] });
    const response = await fetch(`${url}/c/year`, { headers: authorization ? { authorization } : {} });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
    expect(await response.json()).toMatchObject({ code: 'OPERATOR_UNAUTHORIZED', instance: '/c/year' });
  });

  it.each([undefined, ''])('let nobody in where the token is %p', async (token) => {
    const auth = new OperatorAuth({ tokens: [{ token: () => token }] });
    const { url } = await startApp(platform, { imports: [ClockModule.forRoot({ path: 'c', auth })] });
    for (const given of ['', 'undefined', 'x']) {
      expect((await fetch(`${url}/c/year`, bearer(given))).status).toBe(401);
    }
  });
});

describe('the guard of an app', () => {
  it('is the provider of its class, where a module has one, and is made once otherwise', async () => {
    const made: string[] = [];
    @Injectable()
    class Operators {
      readonly name = 'ann';
    }
    @Injectable()
    class Provided implements CanActivate {
      constructor(@Inject(Operators) private readonly operators: Operators) {
        made.push('provided');
      }
      canActivate(context: ExecutionContext) {
        return context.switchToHttp().getRequest().headers['x-operator'] === this.operators.name;
      }
    }
    @Injectable()
    class Made implements CanActivate {
      constructor() {
        made.push('made');
      }
      canActivate() {
        return true;
      }
    }
    @Module({ providers: [Operators, Provided] })
    class OperatorsModule {}
    const { url } = await startApp('express', {
      imports: [
        OperatorsModule,
        ClockModule.forRoot({ path: 'clock', auth: Provided }),
        OtherModule.forRoot({ path: 'other', auth: Made }),
      ],
    });
    expect(made.sort()).toEqual(['made', 'provided']);
    expect((await fetch(`${url}/clock/year`)).status).toBe(403);
    expect((await fetch(`${url}/clock/year`, { headers: { 'x-operator': 'ann' } })).status).toBe(200);
    expect((await fetch(`${url}/other/echo`, { method: 'POST' })).status).toBe(201);
  });

  it('is needed wherever there is a path', () => {
    expect(guardedPathOf('AdminModule', {})).toBeUndefined();
    expect(guardedPathOf('AdminModule', { path: 'admin', auth: allow })).toEqual({
      path: 'admin',
      auth: allow,
    });
    const noGuard = /^AdminModule: auth: expected a guard/;
    for (const auth of [undefined, {}, class {}, () => true, 'token']) {
      expect(() => guardedPathOf('AdminModule', { path: 'admin', auth: auth as never })).toThrow(noGuard);
    }
    for (const path of ['', ' ', 7]) {
      expect(() => guardedPathOf('AdminModule', { path: path as never, auth: allow })).toThrow(
        /^AdminModule: path: expected a path/,
      );
    }
  });
});
