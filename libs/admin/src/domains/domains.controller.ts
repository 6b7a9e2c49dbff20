import {
  Body,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import {
  actorOf,
  EntityTagInterceptor,
  etagOf,
  type Page,
  pageOf,
  requireMatch,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { pageAnswer } from '../request-schemas.js';
import type { Domain } from './domain.js';
import { domainAnswer, domainsQuery, newDomain } from './domain-schemas.js';
import { Domains } from './domains.js';

/** The domains of a tenant. */
@UseInterceptors(IdempotencyInterceptor)
export class DomainsController {
  constructor(@Inject(Domains) private readonly domains: Domains) {}

  @Get(':tenant/domains')
  @Describe({ summary: 'Lists the domains of a tenant, by name.', answer: pageAnswer(domainAnswer) })
  async list(
    @Param('tenant') tenant: string,
    @Query(new SchemaPipe('query', domainsQuery)) { limit, cursor }: z.output<typeof domainsQuery>,
  ): Promise<Page<Domain>> {
    const found = await this.domains.list(tenant, { limit: limit + 1, after: cursor?.[0] });
    return pageOf(found, limit, ({ domain }) => [domain]);
  }

  @Post(':tenant/domains')
  @Describe({
    summary: 'Adds a domain, which is served when its challenge has been found in DNS.',
    answer: domainAnswer,
  })
  add(
    @Param('tenant') tenant: string,
    @Body(new SchemaPipe('body', newDomain)) { domain }: z.output<typeof newDomain>,
    @Req() request: object,
  ): Promise<Domain> {
    return this.domains.add(tenant, domain, { by: actorOf(request) });
  }

  @Get(':tenant/domains/:domain')
  @UseInterceptors(EntityTagInterceptor)
  @Describe({ summary: 'Reads a domain.', answer: domainAnswer })
  find(@Param('tenant') tenant: string, @Param('domain') domain: string): Promise<Domain> {
    return this.domains.find(tenant, domain);
  }

  @Delete(':tenant/domains/:domain')
  @HttpCode(204)
  @Describe({ summary: 'Takes a domain from a tenant: it is served no longer.' })
  async remove(
    @Param('tenant') tenant: string,
    @Param('domain') domain: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: object,
  ): Promise<void> {
    await this.domains.remove(tenant, domain, {
      by: actorOf(request),
      check: (present) => requireMatch(ifMatch, etagOf(present)),
    });
  }

  @Post(':tenant/domains/:domain/verify')
  @HttpCode(200)
  @Describe({
    summary: 'Looks for the challenge in DNS now. The answer has the status that comes of it.',
    answer: domainAnswer,
  })
  verify(
    @Param('tenant') tenant: string,
    @Param('domain') domain: string,
    @Req() request: object,
  ): Promise<Domain> {
    return this.domains.verify(tenant, domain, { by: actorOf(request) });
  }

  @Post(':tenant/domains/:domain/primary')
  @HttpCode(200)
  @Describe({
    summary: 'Makes a verified domain the primary one of its tenant.',
    answer: domainAnswer,
  })
  makePrimary(
    @Param('tenant') tenant: string,
    @Param('domain') domain: string,
    @Req() request: object,
  ): Promise<Domain> {
    return this.domains.makePrimary(tenant, domain, { by: actorOf(request) });
  }
}
