import { isHostname } from '@rowhouse/core/internal';
import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { DOMAIN_FAILURES } from './domain-challenge.js';
import { DOMAIN_STATUSES } from './domain-schedule.js';

const MAX_LENGTH = 253;

export const domainAnswer = z
  .object({
    domain: z.string().describe('In ASCII.'),
    unicode: z.string().describe('As people write it.'),
    status: z.enum(DOMAIN_STATUSES).describe('It is served while it is verified.'),
    isPrimary: z.boolean(),
    checkedAt: z.date().nullable(),
    verifiedAt: z.date().nullable(),
    failure: z.enum(DOMAIN_FAILURES).nullable().describe('Why the last check did not prove it.'),
    createdAt: z.date(),
    challenge: z
      .object({ name: z.string(), type: z.literal('TXT'), value: z.string() })
      .nullable()
      .describe('The DNS record that proves it; null for one that a script has entered as proven.'),
  })
  .meta({ id: 'Domain' });

export const newDomain = z.strictObject({
  domain: z.string().min(1).max(MAX_LENGTH).describe('A host name, in Unicode or punycode.'),
});

export const domainsQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.string().refine(isHostname)]),
});

export const askQuery = z.strictObject({
  domain: z.string().max(1_000),
  token: z.string().max(1_000).optional().describe('Of the option `domains.ask`.'),
});
