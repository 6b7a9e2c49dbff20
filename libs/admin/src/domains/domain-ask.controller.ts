import { Get, Inject, Query } from '@nestjs/common';
import { TenantDirectory } from '@rowhouse/core';
import { SchemaPipe } from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import { DomainNotFoundError } from './domain-errors.js';
import { asciiNameOf } from './domain-name.js';
import { askQuery } from './domain-schemas.js';

/** Tells web servers that get certificates on demand which domains are served, from memory. */
export class DomainAskController {
  constructor(@Inject(TenantDirectory) private readonly directory: TenantDirectory) {}

  @Get()
  @Describe({
    summary:
      'Answers 200 without a body for a domain that is served, and 404 for any other. It needs the token of the option ' +
      '`domains.ask`, in the query or as bearer token.',
    problems: [404],
  })
  async ask(@Query(new SchemaPipe('query', askQuery)) { domain }: z.output<typeof askQuery>): Promise<void> {
    const name = asciiNameOf(domain);
    const tenant = name === undefined ? undefined : await this.directory.byDomain(name);
    if (!tenant || tenant.status === 'deleting' || tenant.status === 'deleted')
      throw new DomainNotFoundError();
  }
}
