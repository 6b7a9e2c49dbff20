/** @suite postgres15 */
import { type Deployment, openDeployment } from './deployment.fixture.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await openDeployment();
  await deployment.admin.query(
    'create extension citext; create extension pg_trgm; create extension pageinspect',
  );
});
afterAll(() => deployment.close());

const withGuard = (guard: object) => ({ app: { ...deployment.examineOptions.app, guard } });

describe('of extensions', () => {
  it('those that were reviewed pass, with what tenants may call of them', async () => {
    expect(await deployment.check('extensions.reviewed')).toMatchObject({
      status: 'pass',
      detail: expect.stringContaining('citext, pageinspect (nothing), pg_trgm (a part), plpgsql (nothing)'),
    });
    expect(await deployment.check('functions.unreviewed')).toMatchObject({ status: 'pass' });
  });

  describe('one that was not reviewed', () => {
    // seg under another name stands for it.
    beforeAll(async () => {
      await deployment.admin.query(
        "create extension seg; update pg_extension set extname = 'hll' where extname = 'seg'",
      );
    });
    afterAll(async () => {
      await deployment.admin.query(
        "update pg_extension set extname = 'seg' where extname = 'hll'; drop extension seg",
      );
    });

    it('is found, with the option that allows it', async () => {
      const found = await deployment.check('extensions.reviewed');
      expect(found).toMatchObject({ status: 'warn', detail: expect.stringContaining('(1: hll)') });
      expect(found?.remedy).toContain('exemptExtensions');
    });

    it('is found with the functions that PostgreSQL lets tenants call, until they are revoked', async () => {
      const found = await deployment.check('functions.unreviewed');
      expect(found).toMatchObject({ status: 'warn', detail: expect.stringContaining('seg_center(seg)') });
      expect(found?.remedy).toContain('revoke execute on function seg_center(seg) from public;');
      await deployment.admin.query('revoke execute on all functions in schema public from public');
      expect(await deployment.check('functions.unreviewed')).toMatchObject({ status: 'pass' });
    });

    it('passes where it is exempt', async () => {
      const options = withGuard({ exemptExtensions: ['hll'] });
      expect(await deployment.check('extensions.reviewed', options)).toMatchObject({
        status: 'pass',
        detail: expect.stringContaining('hll (all, exempt)'),
      });
      expect(await deployment.check('functions.unreviewed', options)).toMatchObject({ status: 'pass' });
    });
  });

  it('a function in C that belongs to none is found', async () => {
    await deployment.admin.query("create function stray(text) returns text language internal as 'upper'");
    expect(await deployment.check('functions.unreviewed')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('stray(text)'),
    });
    await deployment.admin.query('drop function stray(text)');
  });
});
