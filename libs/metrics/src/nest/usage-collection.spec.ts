import { Controller, Inject, Post } from '@nestjs/common';
import { until } from '../../../../test/support/until.js';
import { MetricsDeployment } from '../metrics.fixture.js';
import { webhookSink } from '../usage/sinks/webhook-sink.js';
import { TenantUsage } from '../usage/tenant-usage.js';
import { openReceiver } from '../usage/usage.fixture.js';
import { MetricsCollection } from './metrics-collection.js';
import { TenancyMetricsModule } from './tenancy-metrics.module.js';
import { UsageCollection } from './usage-collection.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

@Controller()
class MailController {
  constructor(@Inject(TenantUsage) private readonly usage: TenantUsage) {}

  @Post('mails')
  mails() {
    this.usage.add('emails', 3);
  }
}

let open: MetricsDeployment;
beforeEach(async () => {
  open = await MetricsDeployment.open();
});
afterEach(() => open.close());

describe('an app with usage', () => {
  it.each(['express', 'fastify'] as const)(
    'counts, records and sends what its tenants use (%s)',
    async (platform) => {
      await open.tenants(['acme', 'globex']);
      const receiver = await openReceiver(() => [204]);
      const metrics = TenancyMetricsModule.forRoot({
        flushMs: 60_000,
        usage: { meters: { emails: 'emails' }, sinks: [webhookSink({ url: receiver.url, secret: SECRET })] },
      });
      const instances = [];
      for (let n = 0; n < 2; n += 1)
        instances.push(await open.start(metrics, { platform, controllers: [MailController] }));
      for (const { url } of instances)
        for (const tenant of ['acme', 'acme', 'globex'])
          await fetch(`${url}/mails`, { method: 'POST', headers: { 'x-tenant-id': tenant } });
      for (const { app } of instances) await app.get(MetricsCollection).flush();
      // The hour is over.
      await open.catalog.query("update rowhouse.usage_counts set hour = hour - interval '2 hours'");
      await open.catalog.query("update rowhouse.metric_hours set time = time - interval '2 hours'");
      await open.catalog.query("update rowhouse.usage_head set since = since - interval '3 hours'");
      await until(async () => (await open.catalog.query('select from rowhouse.usage_sinks')).rowCount === 1);
      await Promise.all(instances.map(({ app }) => app.get(UsageCollection).record()));
      await until(() => receiver.received.length > 0);
      await open.closeApps();
      const events = receiver.received.flatMap(({ text }) => JSON.parse(text));
      const shown = events.map(
        ({ data }) => `${data.tenant.slug} ${data.meter} ${data.quantity} ${data.unit}`,
      );
      expect(new Set(shown)).toEqual(
        new Set([
          'acme emails 12 emails',
          'acme requests 4 requests',
          'globex emails 6 emails',
          'globex requests 2 requests',
        ]),
      );
      await receiver.close();
    },
  );

  it('without the option records nothing', async () => {
    await open.tenants(['acme']);
    const { app, url } = await open.start(TenancyMetricsModule.forRoot({ flushMs: 60_000 }));
    await fetch(`${url}/work/1`, { headers: { 'x-tenant-id': 'acme' } });
    await app.get(MetricsCollection).flush();
    const flagged = await open.catalog.query('select from rowhouse.metric_hours where not is_recorded');
    expect(flagged.rowCount).toBe(0);
    await app.get(UsageCollection).record();
    expect((await open.catalog.query('select from rowhouse.usage_records')).rowCount).toBe(0);
  });

  it.each([
    { meters: { requests: 'requests' } },
    { meters: { 'my meter': 'things' } },
    { sinks: [{}] },
    {
      sinks: [
        webhookSink({ url: 'https://a.example', secret: SECRET }),
        webhookSink({ url: 'https://b.example', secret: SECRET }),
      ],
    },
  ])('refuses wrong options', async (usage) => {
    await expect(open.start(TenancyMetricsModule.forRoot({ usage: usage as never }))).rejects.toThrow(
      'usage.',
    );
  });
});
