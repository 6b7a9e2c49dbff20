import { OptionsInvalidError, type Tenant } from '@rowhouse/core';
import fc from 'fast-check';
import { exampleStore } from '../platforms.fixture.js';
import { TokenTenantPolicy, type TokenTenantPolicyOptions } from './token-tenant-policy.js';

let acme: Tenant;
beforeAll(async () => {
  acme = (await exampleStore().findById('00000000-0000-4000-8000-00000000000a')) as Tenant;
});

const enters = (user: unknown, options?: TokenTenantPolicyOptions) =>
  new TokenTenantPolicy(options).canEnter(acme, { user });

describe('TokenTenantPolicy', () => {
  it('lets in by slug, by id, and by a list of them', () => {
    const id = acme.id.toUpperCase();
    for (const tenant_id of ['acme', acme.id, id, ['globex', 'acme'], [acme.id]]) {
      expect(enters({ tenant_id })).toBe(true);
    }
  });

  it('reads the claim it is told to', () => {
    expect(enters({ org: { id: 'acme' } }, { claim: 'org.id' })).toBe(true);
    expect(enters({ 'https://example.com/org': 'acme' }, { claim: ['https://example.com/org'] })).toBe(true);
    expect(enters({ org: 'acme' }, { claim: 'org.id' })).toBe(false);
    expect(enters({ tenant_id: 'acme' }, { claim: 'tenant' })).toBe(false);
  });

  it.each([
    undefined,
    null,
    'acme',
    {},
    { tenant_id: 'globex' },
    { tenant_id: 'ACME' },
    { tenant_id: '' },
    { tenant_id: null },
    { tenant_id: [] },
    { tenant_id: [['acme']] },
    { tenant_id: { slug: 'acme' } },
    { tenant_id: { toString: () => 'acme' } },
    Object.create({ tenant_id: 'acme' }),
    [{ tenant_id: 'acme' }],
  ])('lets nobody else in: %j', (user) => {
    expect(enters(user)).toBe(false);
  });

  it('lets in who is nobody where the app says so, and still no user without the claim', () => {
    const options = { allowAnonymous: true };
    for (const nobody of [undefined, null]) expect(enters(nobody, options)).toBe(true);
    for (const user of [{}, 'acme', 0, '', false, { tenant_id: 'globex' }]) {
      expect(enters(user, options)).toBe(false);
    }
  });

  it('lets in only who names the tenant, whatever else the user is', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (user, tenant_id) => {
        expect(enters(user)).toBe(false);
        if (!JSON.stringify([tenant_id], (_, v) => (typeof v === 'bigint' ? 0 : v)).includes('acme')) {
          expect(enters({ tenant_id })).toBe(false);
        }
      }),
    );
  });

  it('refuses wrong options by path', () => {
    for (const options of [{ claim: '' }, { claim: 'a..b' }, { claims: 'a' }]) {
      expect(() => new TokenTenantPolicy(options as TokenTenantPolicyOptions)).toThrow(OptionsInvalidError);
    }
  });
});
