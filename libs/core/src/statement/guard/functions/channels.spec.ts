import { findingOfChannel, findingOfNotify } from './channels.js';

describe('channels', () => {
  it.each(['rowhouse', 'rowhouse_tenants', 'rowhouse-x'])("are Rowhouse's own: %s", (channel) => {
    expect(findingOfChannel(channel)).toMatchObject({ rule: 'own-channel' });
    expect(findingOfNotify(channel)).toMatchObject({ rule: 'own-channel' });
  });

  it.each(['orders', 'my_rowhouse', 'Rowhouse'])('are the application’s: %s', (channel) => {
    expect(findingOfChannel(channel)).toBeUndefined();
    expect(findingOfNotify(channel)).toBeUndefined();
  });

  it('may all be left, and none be computed', () => {
    expect(findingOfChannel(undefined)).toBeUndefined();
    expect(findingOfNotify(undefined)).toMatchObject({ rule: 'own-channel' });
  });
});
