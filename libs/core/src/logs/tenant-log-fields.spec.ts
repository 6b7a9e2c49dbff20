import { AsyncLocalStorage } from 'node:async_hooks';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { pino } from 'pino';
import { makeTenant } from '../../../../test/support/tenants.js';
import { TenantContext, withLogIds } from '../tenant-context.js';
import { tenantLogFields } from './tenant-log-fields.js';
import { type DroppedLines, TenantLogSampling } from './tenant-log-sampling.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');

// biome-ignore lint/suspicious/noExplicitAny: lines are looked into without declaring each.
function openPino(options: pino.LoggerOptions): { logger: pino.Logger; lines: any[] } {
  const lines: unknown[] = [];
  const stream = new Writable({
    write(text, _, done) {
      lines.push(JSON.parse(String(text)));
      done();
    },
  });
  return { logger: pino(options, stream), lines };
}

it('knows nothing outside of everything', () => {
  expect(tenantLogFields()).toEqual({});
});

it('gathers the ids of tenant, request, job and operation, however they are nested', () => {
  const found = withLogIds({ requestId: 'r1' }, () =>
    TenantContext.run(acme, () =>
      withLogIds({ jobId: 'j1' }, () =>
        TenantContext.runAsSystem('test', () => withLogIds({ operationId: 'o1' }, tenantLogFields)),
      ),
    ),
  );
  expect(found).toEqual({ requestId: 'r1', jobId: 'j1', operationId: 'o1' });
  expect(withLogIds({ requestId: 'r1' }, () => TenantContext.run(acme, tenantLogFields))).toEqual({
    tenant: 'acme',
    tenantId: acme.id,
    requestId: 'r1',
  });
});

it('is no scope of its own', () => {
  withLogIds({ requestId: 'r1' }, () => {
    expect([TenantContext.scope(), TenantContext.get(), TenantContext.entry()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(() => TenantContext.require()).toThrow(
      expect.objectContaining({ code: 'TENANT_CONTEXT_MISSING' }),
    );
  });
});

it('stays with what is bound and captured', () => {
  const [bound, captured] = withLogIds({ requestId: 'r1' }, () =>
    TenantContext.run(acme, () => [TenantContext.bind(tenantLogFields), TenantContext.capture()] as const),
  );
  withLogIds({ requestId: 'r2' }, () =>
    TenantContext.run(globex, () => {
      expect(bound()).toMatchObject({ tenant: 'acme', requestId: 'r1' });
      expect(captured(tenantLogFields)).toMatchObject({ tenant: 'acme', requestId: 'r1' });
      expect(tenantLogFields()).toMatchObject({ tenant: 'globex', requestId: 'r2' });
    }),
  );
});

it('is a mixin of pino, and does not mix two tenants that work at once', async () => {
  const { logger, lines } = openPino({ mixin: tenantLogFields });
  const child = logger.child({ module: 'orders' });
  const work = async (n: number) => {
    for (let step = 0; step < 5; step += 1) {
      await delay(n % 3);
      child.info({ n }, 'step');
    }
  };
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      withLogIds({ requestId: `r${n}` }, () => TenantContext.run(n % 2 ? acme : globex, () => work(n))),
    ),
  );
  expect(lines).toHaveLength(200);
  for (const { n, tenant, requestId } of lines)
    expect([tenant, requestId]).toEqual([n % 2 ? 'acme' : 'globex', `r${n}`]);
});

describe('With OpenTelemetry', () => {
  const storage = new AsyncLocalStorage<ReturnType<typeof context.active>>();
  beforeAll(() => {
    context.setGlobalContextManager({
      active: () => storage.getStore() ?? ROOT_CONTEXT,
      with: (given, fn, self, ...args) => storage.run(given, () => fn.apply(self as never, args)),
      bind: (_, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
  });
  afterAll(() => context.disable());

  const inSpan = <T>(traceId: string, spanId: string, fn: () => T) =>
    context.with(trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED }), fn);

  it('has the active span, before what the request came with', () => {
    const [traceId, spanId] = ['a'.repeat(32), 'b'.repeat(16)];
    const given = { requestId: 'r1', traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) };
    expect(withLogIds(given, () => inSpan(traceId, spanId, tenantLogFields))).toEqual({
      requestId: 'r1',
      traceId,
      spanId,
    });
    expect(withLogIds(given, tenantLogFields)).toEqual(given);
  });

  it('passes a span over that is not valid', () => {
    expect(inSpan('0'.repeat(32), '0'.repeat(16), tenantLogFields)).toEqual({});
  });
});

describe('TenantLogSampling', () => {
  it('is a hook of pino, and drops no error', () => {
    const dropped: DroppedLines[] = [];
    const sampling = new TenantLogSampling({ linesPerMinute: 2 }, (lines) => {
      expect(tenantLogFields()).toEqual({});
      dropped.push(lines);
    });
    const { logger, lines } = openPino({
      mixin: tenantLogFields,
      hooks: {
        logMethod(args, method, level) {
          if (sampling.admits(level)) method.apply(this, args);
        },
      },
    });
    for (let n = 0; n < 5; n += 1)
      TenantContext.run(acme, () => {
        logger.info('info');
        logger.error('error');
        logger.fatal('fatal');
      });
    TenantContext.run(globex, () => logger.info('info'));
    logger.info('info');
    expect(lines.map(({ level, tenant }) => `${level} ${tenant}`).sort()).toEqual([
      '30 acme',
      '30 acme',
      '30 globex',
      '30 undefined',
      ...Array.from({ length: 5 }, () => '50 acme'),
      ...Array.from({ length: 5 }, () => '60 acme'),
    ]);
    TenantContext.run(globex, () => sampling.report());
    expect(dropped).toEqual([{ tenant: 'acme', tenantId: acme.id, level: '30', dropped: 3 }]);
    sampling.report();
    expect(dropped).toHaveLength(1);
  });
});
