import { type Tenant, TenantContext } from '@rowhouse/core';
import { concatMap, finalize, Observable, Subject } from 'rxjs';
import { exampleStore } from '../platforms.fixture.js';
import { ofTenant } from './of-tenant.js';

let acme: Tenant;
let globex: Tenant;
beforeAll(async () => {
  const store = exampleStore();
  acme = (await store.findBySlug('acme' as Tenant['slug'])) as Tenant;
  globex = (await store.findBySlug('globex' as Tenant['slug'])) as Tenant;
});

const scope = () => TenantContext.scope()?.kind;

describe('ofTenant', () => {
  it('passes on what is emitted for the tenant of the subscriber, in its context', async () => {
    const source = new Subject<string>();
    const seen: string[] = [];
    const listen = (tenant: Tenant) =>
      TenantContext.run(tenant, () =>
        source
          .pipe(
            ofTenant(),
            concatMap(async (value) => {
              await null;
              return `${TenantContext.require().slug} ${value}`;
            }),
          )
          .subscribe((value) => void seen.push(`${value} ${TenantContext.require().slug}`)),
      );
    listen(acme);
    listen(globex);
    TenantContext.run(acme, () => source.next('1'));
    TenantContext.run(globex, () => source.next('2'));
    TenantContext.runAsSystem('spec', () => source.next('of the system'));
    source.next('of nobody');
    await new Promise(setImmediate);
    expect(seen).toEqual(['acme 1 acme', 'globex 2 globex']);
  });

  it('ends in the context of the subscriber, whoever ends the source', () => {
    const ends: string[] = [];
    for (const end of ['complete', 'error', 'unsubscribe'] as const) {
      const source = new Subject<string>();
      const torn = new Observable<string>((subscriber) => source.subscribe(subscriber)).pipe(
        finalize(() => void ends.push(`${end} ${TenantContext.get()?.slug}`)),
      );
      const subscription = TenantContext.run(acme, () =>
        torn.pipe(ofTenant()).subscribe({
          complete: () => void ends.push(`completed ${TenantContext.get()?.slug}`),
          error: () => void ends.push(`failed ${TenantContext.get()?.slug}`),
        }),
      );
      TenantContext.run(globex, () => {
        if (end === 'complete') source.complete();
        else if (end === 'error') source.error(new Error('no'));
        else subscription.unsubscribe();
      });
    }
    expect(ends).toEqual([
      'completed acme',
      'complete acme',
      'failed acme',
      'error acme',
      'unsubscribe acme',
    ]);
  });

  it('fails outside of a tenant', () => {
    const errors: unknown[] = [];
    new Subject().pipe(ofTenant()).subscribe({ error: (error) => errors.push(error) });
    expect(errors).toMatchObject([{ code: 'TENANT_CONTEXT_MISSING' }]);
    expect(scope()).toBeUndefined();
  });
});
