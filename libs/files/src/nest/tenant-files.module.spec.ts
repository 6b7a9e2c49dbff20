import { Test } from '@nestjs/testing';
import { InMemoryTenantStore } from '@rowhouse/core';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { parseFilesOptions } from '../files-options.js';
import { TenantFilesModule } from './tenant-files.module.js';

const auth = { canActivate: () => true };
const local = { folder: '/srv/files', url: 'https://api.example.com/files', secret: 'x'.repeat(32) };

describe('TenantFilesModule', () => {
  it.each([
    [{ path: 'files' }, 'auth'],
    [{ path: ' / ', auth }, 'path'],
  ])('serves nothing without a guard and a path: %j', (routes, field) => {
    const define = () => TenantFilesModule.forRoot({ storage: { bucket: 'shop-files' }, ...routes });
    expect(define).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
    expect(define).toThrow(`${field}: expected`);
  });

  it.each([
    [{}, 'storage'],
    [{ storage: { ...local, secret: 'short' } }, 'storage.secret'],
    [{ storage: { ...local, url: 'files' } }, 'storage.url'],
    [{ storage: { ...local, bucket: 'shop-files' } }, 'storage'],
    [{ storage: { bucket: 'Not a bucket' } }, 'storage.bucket'],
    [{ storage: local, types: ['png'] }, 'types[0]'],
    [{ storage: local, types: [] }, 'types'],
    [{ storage: local, maxBytes: 6 * 2 ** 30 }, 'maxBytes'],
    [{ storage: local, downloadUrlMs: 1 }, 'downloadUrlMs'],
    [{ storage: local, retentionDays: -1 }, 'retentionDays'],
    [{ storage: local, scan: { clamd: { host: 'clamd' } } }, 'scan.clamd'],
    [{ storage: local, thumbnails: { sizePx: 1 } }, 'thumbnails.sizePx'],
    [{ storage: local, onQuarantined: 'log' }, 'onQuarantined'],
    [{ storage: local, bucket: 'shop-files' }, 'options'],
  ])('names what is wrong of its options (%#)', (options, field) => {
    expect(() => parseFilesOptions(options)).toThrow(`TenantFilesModule: ${field}: `);
  });

  it('serves files on a disk by its routes, so that it needs a path for them', async () => {
    const module = Test.createTestingModule({
      imports: [
        TenancyModule.forRoot({ store: new InMemoryTenantStore([]), resolvers: [new HeaderResolver()] }),
        TenantFilesModule.forRoot({ storage: local }),
      ],
    });
    await expect(module.compile()).rejects.toThrow('TenantFilesModule: path: expected a path');
  });

  it('needs a data source', async () => {
    const module = Test.createTestingModule({
      imports: [
        TenancyModule.forRoot({ store: new InMemoryTenantStore([]), resolvers: [new HeaderResolver()] }),
        TenantFilesModule.forRootAsync({ path: 'files', auth, useFactory: () => ({ storage: local }) }),
      ],
    });
    await expect(module.compile()).rejects.toThrow('expected TenancyModule with the option typeorm');
  });
});
