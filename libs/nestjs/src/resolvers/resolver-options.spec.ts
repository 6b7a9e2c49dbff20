import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { headerName } from './resolver-options.js';

const schema = z.strictObject({
  header: headerName.prefault('X-Tenant-ID'),
  nested: z.strictObject({ list: z.array(z.number()) }).optional(),
});

describe('parseOptions', () => {
  it('fills defaults in, and freezes the result', () => {
    const options = parseOptions('Owner', schema, {});
    expect(options).toEqual({ header: 'x-tenant-id' });
    expect(Object.isFrozen(options)).toBe(true);
  });

  it('names the owner and every wrong option by its path', () => {
    const wrong = { header: 'a b', nested: { list: [1, 'two'] }, extra: true };
    expect(() => parseOptions('Owner', schema, wrong)).toThrow(
      expect.objectContaining({
        code: 'OPTIONS_INVALID',
        message:
          'Owner: header: expected a header name such as X-Tenant-ID; ' +
          'nested.list[1]: Invalid input: expected number, received string; ' +
          'options: Unrecognized key: "extra"',
        fields: expect.arrayContaining([
          { field: 'nested.list[1]', expected: 'Invalid input: expected number, received string' },
        ]),
      }),
    );
  });
});
