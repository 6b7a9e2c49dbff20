import { EmbeddedPostgresError } from '@rowhouse/testing';
import { explainFailure } from './boot/explain-failure.js';
import { readSettings } from './settings.js';

describe('readSettings', () => {
  it('has a default for everything but the database', () => {
    expect(readSettings({})).toEqual({
      port: 3_000,
      adminPort: 3_001,
      host: '127.0.0.1',
      databaseUrl: undefined,
      dataDir: '.rowhouse/postgres',
      platform: 'express',
      hasFleet: true,
    });
  });

  it('takes an empty URL as unset', () => {
    expect(readSettings({ DATABASE_URL: '', DIRECT_DATABASE_URL: '' })).toEqual(readSettings({}));
  });

  it('opens the fleet on a server of somebody only when it is asked to', () => {
    const DATABASE_URL = 'postgres://localhost/shop';
    expect(readSettings({ DATABASE_URL }).hasFleet).toBe(false);
    expect(readSettings({ DATABASE_URL, ROWHOUSE_DEMO_FLEET: 'on' }).hasFleet).toBe(true);
    expect(readSettings({ ROWHOUSE_DEMO_FLEET: 'off' }).hasFleet).toBe(false);
  });

  it.each([
    ['PORT', 'http'],
    ['DATABASE_URL', 'mysql://localhost/shop'],
    ['ROWHOUSE_PLATFORM', 'koa'],
  ])('names %s when it is wrong', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(name);
  });
});

describe('explainFailure', () => {
  const settings = readSettings({ PORT: '4000' });

  it('says what to do about a port that is taken', () => {
    const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
    expect(explainFailure(taken, settings)).toBe('Port 4000 is taken. Choose another: PORT=4010 npm start');
    const other = Object.assign(taken, { port: settings.adminPort });
    expect(explainFailure(other, settings)).toBe(
      'Port 3001 is taken. Choose another: ADMIN_PORT=3011 npm start',
    );
  });

  it('says what to do about data that are in use', () => {
    const inUse = new EmbeddedPostgresError('DATA_DIR_IN_USE', 'served already');
    expect(explainFailure(inUse, settings)).toContain('ROWHOUSE_DATA_DIR=');
  });

  it('shows the stack of what nobody foresaw', () => {
    const error = new Error('odd');
    expect(explainFailure(error, settings)).toBe(error.stack);
  });
});
