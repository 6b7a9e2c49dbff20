import { type Deployment, openDeployment } from './deployment.contract.js';

describe('a deployment in good order', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await openDeployment();
  });
  afterAll(() => deployment.close());

  it('passes every check, without a remedy', async () => {
    const checks = await deployment.examine();
    expect(checks.filter(({ status }) => status !== 'pass')).toEqual([]);
    for (const check of checks) {
      expect(Object.keys(check).sort()).toEqual(['detail', 'id', 'remedy', 'status']);
      expect(check.remedy).toBe('');
    }
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    console.log(checks.map(({ id }) => id).join(' '));
  });
});
