import { AsyncLocalStorage } from 'node:async_hooks';
import { Controller, Get, Inject } from '@nestjs/common';
import {
  type Attributes,
  type Context,
  type ContextManager,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  trace,
} from '@opentelemetry/api';
import { TenantContext } from '@rowhouse/core';
import { DataSource } from 'typeorm';
import { MetricsDeployment, type Platform } from '../metrics.fixture.js';
import { TenancyMetricsModule } from '../nest/tenancy-metrics.module.js';
import { openTelemetry } from './index.js';

/** A span that notes what is done to it. */
class NotedSpan {
  status: unknown;
  ended = false;

  constructor(
    readonly name: string,
    readonly attributes: Attributes,
    readonly parent: NotedSpan | undefined,
  ) {}

  setAttributes(attributes: Attributes): this {
    Object.assign(this.attributes, attributes);
    return this;
  }

  setStatus(status: unknown): this {
    this.status = status;
    return this;
  }

  end(): void {
    this.ended = true;
  }
}

const spans: NotedSpan[] = [];
const storage = new AsyncLocalStorage<Context>();
const manager: ContextManager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, fn, thisArg, ...args) => storage.run(active, () => fn.apply(thisArg as never, args)),
  bind: (_active, target) => target,
  enable: () => manager,
  disable: () => manager,
};

@Controller()
class SqlController {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  @Get('sql')
  async sql() {
    await this.dataSource.query('select 1, 2 union select 3, 4');
    await this.dataSource.query('select 1 / 0').catch(() => {});
    return { slug: TenantContext.require().slug };
  }
}

let open: MetricsDeployment;
beforeAll(async () => {
  context.setGlobalContextManager(manager);
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan: (name: string, { attributes = {} }: SpanOptions, parent: Context) => {
        const span = new NotedSpan(
          name,
          attributes,
          trace.getSpan(parent) as unknown as NotedSpan | undefined,
        );
        spans.push(span);
        return span as unknown as Span;
      },
      startActiveSpan: () => {
        throw new Error('not used');
      },
    }),
  });
  open = await MetricsDeployment.open();
  await open.tenants(['acme', 'globex']);
});
afterEach(() => open.closeApps());
afterAll(async () => {
  await open.close();
  trace.disable();
  context.disable();
});

it.each<Platform>(['express', 'fastify'])(
  'on %s, spans of requests have their tenant, those of statements too, below them',
  async (platform) => {
    spans.length = 0;
    const { app, url } = await open.start(
      TenancyMetricsModule.forRoot({ flushMs: 60_000, tracing: openTelemetry({ statements: true }) }),
      { platform, controllers: [SqlController] },
    );
    const roots: NotedSpan[] = [];
    // As an instrumentation of the HTTP server does.
    const [listener] = app.getHttpServer().listeners('request');
    app.getHttpServer().removeAllListeners('request');
    app.getHttpServer().on('request', (request: unknown, response: unknown) => {
      const root = new NotedSpan('GET', {}, undefined);
      roots.push(root);
      context.with(trace.setSpan(ROOT_CONTEXT, root as unknown as Span), () => listener(request, response));
    });
    const slugs = ['acme', 'globex', 'acme', 'globex'];
    const answers = await Promise.all(
      slugs.map(async (slug) => (await fetch(`${url}/sql`, { headers: { 'x-tenant-id': slug } })).json()),
    );
    expect(answers).toEqual(slugs.map((slug) => ({ slug })));
    // The answer to a statement that failed ends after its error.
    await open.closeApps();
    expect(roots.map(({ attributes }) => attributes['tenant.slug']).sort()).toEqual([...slugs].sort());
    for (const root of roots) {
      const children = spans.filter(({ parent }) => parent === root);
      expect(children).toMatchObject([
        { name: 'SELECT', ended: true, status: undefined, attributes: { 'db.response.returned_rows': 2 } },
        { name: 'SELECT', ended: true, status: { code: 2 } },
      ]);
      for (const { attributes } of children)
        expect(attributes['tenant.id']).toBe(root.attributes['tenant.id']);
    }
  },
);

it('statements have no spans unless they are asked for', async () => {
  spans.length = 0;
  const { url } = await open.start(
    TenancyMetricsModule.forRoot({ flushMs: 60_000, tracing: openTelemetry() }),
    {
      controllers: [SqlController],
    },
  );
  expect((await fetch(`${url}/sql`, { headers: { 'x-tenant-id': 'acme' } })).status).toBe(200);
  expect(spans).toEqual([]);
});
