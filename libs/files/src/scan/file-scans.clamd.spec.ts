/** @suite files */
import type { Tenant } from '@rowhouse/core';
import { TenantJobs } from '@rowhouse/transfer/jobs';
import { type Clamd, EICAR, startClamd } from '../../../../test/support/clamd.js';
import { until } from '../../../../test/support/until.js';
import { FilesCleanUp } from '../clean-up.js';
import { type FilesApp, FilesClient, FilesDeployment, ISOLATIONS, NOTE } from '../files.fixture.js';
import type { FileView } from '../nest/file-view.js';
import type { TenantFile } from '../tenant-file.entity.js';

let open: FilesDeployment;
let clamd: Clamd;
let app: FilesApp;
const quarantined: [string, string | null][] = [];
const onQuarantined = (file: TenantFile, tenant: Tenant) => {
  quarantined.push([tenant.slug, file.reason]);
  // A receiver that fails is told again.
  if (quarantined.filter(([slug]) => slug === tenant.slug).length === 1)
    throw new Error('the receiver is away');
};
beforeAll(async () => {
  clamd = await startClamd({ streamMaxBytes: 2 ** 20 });
  open = await FilesDeployment.open();
  const { host, port } = clamd;
  app = await open.app({ files: { scan: { clamd: { host, port } }, onQuarantined } });
});
afterAll(async () => {
  await open?.close();
  await clamd?.stop();
});

const stateOf = async (client: FilesClient, id: string) =>
  (await client.call<FileView>('GET', `/${id}`)).body.state;

describe.each(ISOLATIONS)('with a scanner, files of a tenant with isolation %s', (isolation) => {
  const slug = `${isolation}-one`;
  let client: FilesClient;
  beforeAll(() => {
    client = new FilesClient(app.url, slug);
  });

  it('are served once they are found to be clean', async () => {
    const made = await client.put('Hello');
    expect(made.state).toBe('scanning');
    await until(async () => (await stateOf(client, made.id)) === 'ready');
    expect(await (await client.download(made.id)).text()).toBe('Hello');
  });

  it('are quarantined, never served, and reported until the report is heard', async () => {
    const made = await client.put(EICAR);
    expect(made.state).toBe('scanning');
    await until(() => quarantined.filter(([of]) => of === slug).length === 2);
    expect(quarantined.filter(([of]) => of === slug)).toEqual([
      [slug, 'Eicar-Test.UNOFFICIAL'],
      [slug, 'Eicar-Test.UNOFFICIAL'],
    ]);
    const { id: tenant } = open.tenant(slug);
    const { rows: events } = await open.catalog.query(
      "select detail from rowhouse.tenant_events where type = 'fileQuarantined' and tenant_id = $1",
      [tenant],
    );
    const found = { fileId: made.id, name: made.name, found: 'Eicar-Test.UNOFFICIAL' };
    expect(events).toEqual([{ detail: found }]);
    const { rows: entries } = await open.catalog.query(
      "select actor ->> 'id' as by, target from rowhouse.audit_entries where action = 'file.quarantined' and tenant_id = $1",
      [tenant],
    );
    expect(entries).toEqual([{ by: 'files', target: made.id }]);
    expect((await client.call('GET', `/${made.id}`)).body).toMatchObject({
      state: 'quarantined',
      reason: 'Eicar-Test.UNOFFICIAL',
    });
    expect(await client.call('GET', `/${made.id}/download`)).toMatchObject({ status: 409 });
    await client.call('DELETE', `/${made.id}`);
    expect((await client.call('POST', `/${made.id}/restore`)).body).toMatchObject({ state: 'quarantined' });
    expect((await client.call('POST', `/${made.id}/complete`)).body).toMatchObject({ state: 'quarantined' });
    expect((await client.call('POST', `/${made.id}/purge`)).status).toBe(204);
  });

  it('that it cannot take wait, and are not served', async () => {
    const made = await client.put('x'.repeat(2 ** 20 + 1));
    const jobs = app.app.get(TenantJobs);
    const { id: tenant } = open.tenant(slug);
    const failureOf = async () => {
      const { jobs: found } = await jobs.list({ tenant, name: 'files.scan' });
      return found.find(({ failure }) => failure?.includes('StreamMaxLength'));
    };
    await until(async () => (await failureOf()) !== undefined);
    expect(await client.call('GET', `/${made.id}/download`)).toMatchObject({ status: 409 });
    const job = await failureOf();
    if (job) await jobs.cancel(job.id).catch(() => {});
    await client.call('POST', `/${made.id}/purge`);
  });

  it('whose scan was lost are scanned when the clean-up has found them', async () => {
    const { id } = await client.put('Hello');
    await until(async () => (await stateOf(client, id)) === 'ready');
    await open.query(
      app,
      slug,
      "update tenant_files set state = 'scanning', upload_expires_at = now() - interval '1 minute' where id = $1",
      [id],
    );
    expect((await client.call('GET', `/${id}/download`)).status).toBe(409);
    expect(await open.as(slug, () => app.app.get(FilesCleanUp).run())).toMatchObject({ resumed: 1 });
    await until(async () => (await stateOf(client, id)) === 'ready');
  });

  it('are not scanned any more when they are purged', async () => {
    const { id } = await client.put(NOTE.filename);
    await client.call('POST', `/${id}/purge`);
    expect((await client.call('GET', `/${id}`)).status).toBe(404);
    expect((await open.stored(slug)).filter((key) => key.includes(id))).toEqual([]);
  });
});

it('an app without jobs does not start with a scanner', async () => {
  const { TenantFilesModule } = await import('../nest/tenant-files.module.js');
  const { Test } = await import('@nestjs/testing');
  const { HeaderResolver, TenancyModule } = await import('@rowhouse/nestjs');
  const { InMemoryTenantStore } = await import('@rowhouse/core');
  const module = Test.createTestingModule({
    imports: [
      TenancyModule.forRoot({ store: new InMemoryTenantStore([]), resolvers: [new HeaderResolver()] }),
      TenantFilesModule.forRoot({
        storage: { bucket: 'shop-files' },
        scan: { clamd: { host: '127.0.0.1', port: 3310 } },
      }),
    ],
  });
  await expect(module.compile()).rejects.toThrow('expected TenancyJobsModule');
});
