import { Get, HttpCode, Inject, Optional, Post, UseInterceptors } from '@nestjs/common';
import { Catalog, TenantDirectory } from '@rowhouse/core';
import { announceChange } from '@rowhouse/core/internal';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { NotInThisProcessError } from './deployment-errors.js';
import { processAnswer, THIS_PROCESS } from './this-process.js';

const cacheAnswer = z
  .object({
    process: processAnswer,
    hits: z.int().describe('Look-ups answered with a tenant from memory, since the process began.'),
    negativeHits: z.int().describe('Look-ups answered with "unknown" from memory.'),
    misses: z.int().describe('Look-ups that went to the store.'),
    storeErrors: z.int(),
    staleHits: z.int().describe('Overdue tenants that were served because the store failed.'),
    evictions: z.int().describe('Tenants that had to make room for others.'),
    size: z.int().describe('Tenants held now.'),
    negativeSize: z.int().describe('Unknown identifiers held now.'),
    inFlight: z.int().describe('Calls of the store under way.'),
  })
  .meta({ id: 'CacheStats' });

type CacheStats = z.output<typeof cacheAnswer>;

/** The tenants that are held in memory. */
@UseInterceptors(IdempotencyInterceptor)
export class CacheController {
  constructor(
    @Inject(Catalog) private readonly catalog: Catalog,
    @Optional() @Inject(TenantDirectory) private readonly directory?: TenantDirectory,
  ) {}

  @Get('stats')
  @Describe({
    summary: 'Counts look-ups of tenants, of the process that answers.',
    answer: cacheAnswer,
    problems: [404],
  })
  stats(): CacheStats {
    if (!this.directory) throw new NotInThisProcessError('cache of tenants');
    return { process: THIS_PROCESS, ...this.directory.stats() };
  }

  @Post('flush')
  @HttpCode(204)
  @Describe({
    summary: 'Drops all tenants from memory, here and, by a notification, in every process that listens.',
  })
  async flush(): Promise<void> {
    this.directory?.invalidate();
    // As a TRUNCATE of tenants: anything may have changed.
    await this.catalog.run([announceChange(undefined)]);
  }
}
