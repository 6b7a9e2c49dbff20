import { Get, Inject, Query, Res } from '@nestjs/common';
import { Catalog, isTenantSlug } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import {
  encodeCursor,
  type Page,
  type PlatformResponse,
  pageQuery,
  RequireOperatorRole,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import { pageAnswer } from '../request-schemas.js';
import { signalOf } from '../response-signal.js';
import { type DriftFinding, DriftPages } from './drift-pages.js';

const driftQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.string().refine((slug): boolean => isTenantSlug(slug))]),
});

const findingAnswer = z
  .object({
    home: z.string().describe("The tenant's slug; `(rows)` for the tables that row tenants share."),
    finding: z.enum(['drifted', 'unknown', 'failed']),
    differences: z.array(
      z.object({
        kind: z.string(),
        name: z.string(),
        change: z.enum(['missing', 'extra', 'different']),
        expected: z.string().optional(),
        actual: z.string().optional(),
      }),
    ),
    migrations: z.array(z.string()).describe('Those that this release does not have.'),
    error: z.string().nullable().describe('Why it could not be compared.'),
  })
  .meta({ id: 'DriftFinding' });

const driftAnswer = pageAnswer(findingAnswer).extend({
  compared: z
    .int()
    .describe('Homes that could be compared, for this page. All that are no items are as they should be.'),
});

export class DriftController {
  readonly #pages: DriftPages;

  constructor(@Inject(Catalog) catalog: Catalog, @Inject(Fleet) fleet: Pick<Fleet, 'drift'>) {
    this.#pages = new DriftPages(catalog, fleet);
  }

  @Get()
  // It runs migrations in a schema of its own, and shows definitions.
  @RequireOperatorRole('operator')
  @Describe({
    summary: 'Compares the homes of `limit` tenants, by slug, with what their migrations make.',
    answer: driftAnswer,
  })
  async compare(
    @Query(new SchemaPipe('query', driftQuery)) { limit, cursor }: z.output<typeof driftQuery>,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Page<DriftFinding> & { readonly compared: number }> {
    const { compared, findings, last } = await this.#pages.page(
      { limit, after: cursor?.[0] },
      signalOf(response),
    );
    return { compared, items: findings, next: last === undefined ? null : encodeCursor([last]) };
  }
}
