import { publicAddressOf } from './public-address.js';

const leadingTo = (...addresses: readonly string[]) => ({ resolveAddresses: async () => addresses });
const refusal = { code: 'INTEGRATION_INVALID', status: 400, fields: [{ field: 'host' }] };

describe('a host that a user has named', () => {
  it('has an address, which is looked up once', async () => {
    const answers = [['93.184.216.34'], ['10.0.0.1']];
    const resolveAddresses = async () => answers.shift() ?? [];
    expect(await publicAddressOf('imap.example.com', { resolveAddresses })).toBe('93.184.216.34');
    await expect(publicAddressOf('imap.example.com', { resolveAddresses })).rejects.toMatchObject(refusal);
    expect(await publicAddressOf('93.184.216.34')).toBe('93.184.216.34');
  });

  it.each([
    [['10.0.0.1']],
    [['169.254.169.254']],
    [['93.184.216.34', '127.0.0.1']],
    [['::ffff:127.0.0.1']],
    [['fd00::1']],
    [['no address']],
    [[]],
  ])('may not have the addresses %j', async (addresses) => {
    await expect(publicAddressOf('imap.example.com', leadingTo(...addresses))).rejects.toMatchObject(refusal);
  });

  it.each(['127.0.0.1', '::1', '169.254.169.254', '0.0.0.0', 'fe80::1%eth0'])('is not %s', async (host) => {
    await expect(publicAddressOf(host)).rejects.toMatchObject(refusal);
  });

  it('that cannot be looked up says so without more', async () => {
    const resolveAddresses = async () => Promise.reject(new Error('of the network inside'));
    await expect(publicAddressOf('x.example', { resolveAddresses })).rejects.toMatchObject(refusal);
  });

  it('may be of a network that is allowed', async () => {
    const options = { ...leadingTo('10.1.2.3'), allowedNetworks: ['10.1.0.0/16'] };
    expect(await publicAddressOf('mail.internal', options)).toBe('10.1.2.3');
  });
});
