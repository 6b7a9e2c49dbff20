import { Controller, Get, Headers, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { SystemRoute } from '../routes/tenant-route.decorator.js';
import { EntityTagInterceptor, etagOf, requireMatch } from './entity-tag.js';
import { PreconditionFailedError } from './operator-errors.js';

const plan = { name: 'free', limits: { rate: 5 }, since: new Date(0) };

@Controller('plan')
@SystemRoute()
class PlanController {
  rate = 5;

  @Get()
  @UseInterceptors(EntityTagInterceptor)
  get() {
    return { ...plan, limits: { rate: this.rate } };
  }

  @Post('double')
  @HttpCode(200)
  double(@Headers('if-match') ifMatch: string | undefined) {
    requireMatch(ifMatch, etagOf(this.get()));
    this.rate *= 2;
    return this.get();
  }
}

afterEach(closeApps);

describe.each(PLATFORMS)('entity tags, on %s', (platform) => {
  it('save who has the resource already from reading it again', async () => {
    const { url } = await startApp(platform, { controllers: [PlanController] });
    const get = (ifNoneMatch?: string) =>
      fetch(`${url}/plan`, { headers: ifNoneMatch ? { 'if-none-match': ifNoneMatch } : {} });
    const first = await get();
    const etag = first.headers.get('etag') ?? '';
    expect([first.status, etag]).toEqual([200, etagOf(plan)]);
    expect(await first.json()).toMatchObject({ name: 'free' });
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(known);
      expect([known, again.status, again.headers.get('etag'), await again.text()]).toEqual([
        known,
        304,
        etag,
        '',
      ]);
    }
    for (const other of ['"other"', etag.slice(1, -1)]) expect((await get(other)).status).toBe(200);
    await fetch(`${url}/plan/double`, { method: 'POST' });
    expect((await get(etag)).status).toBe(200);
  });

  it('keep who has read an older state from changing the resource', async () => {
    const { url } = await startApp(platform, { controllers: [PlanController] });
    const double = (ifMatch?: string) =>
      fetch(`${url}/plan/double`, { method: 'POST', headers: ifMatch ? { 'if-match': ifMatch } : {} });
    const etag = (await fetch(`${url}/plan`)).headers.get('etag') ?? '';
    expect((await double(etag)).status).toBe(200);
    const stale = await double(etag);
    expect(stale.status).toBe(412);
    expect(stale.headers.get('content-type')).toContain('application/problem+json');
    expect(await stale.json()).toMatchObject({ code: 'PRECONDITION_FAILED', status: 412 });
    expect(await (await double()).json()).toMatchObject({ limits: { rate: 20 } });
  });
});

describe('an entity tag', () => {
  it('is the same for what JSON writes alike, in whatever order', () => {
    expect(etagOf(plan)).toMatch(/^"[\w-]{27}"$/);
    const same = { since: '1970-01-01T00:00:00.000Z', limits: { rate: 5 }, name: 'free', left: undefined };
    expect(etagOf(same)).toBe(etagOf(plan));
    for (const other of [{ ...plan, name: 'Free' }, [plan], 'free', 1, undefined]) {
      expect(etagOf(other)).not.toBe(etagOf(plan));
    }
    expect(etagOf([1, 2])).not.toBe(etagOf([2, 1]));
  });

  it('is matched by itself and by *, not by a weak one', () => {
    const etag = etagOf(1);
    for (const header of [undefined, etag, '*', `"x",${etag}`, `W/"x", ${etag}`]) requireMatch(header, etag);
    for (const header of ['', '"x"', `W/${etag}`, etag.slice(1, -1), `"*"`]) {
      expect(() => requireMatch(header, etag)).toThrow(PreconditionFailedError);
    }
  });
});
