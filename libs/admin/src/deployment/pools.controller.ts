import { Get, Inject, Optional } from '@nestjs/common';
import type { TenantPoolStats } from '@rowhouse/core';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import { NotInThisProcessError } from './deployment-errors.js';
import { processAnswer, THIS_PROCESS } from './this-process.js';

const poolAnswer = z
  .object({
    kind: z
      .enum(['primary', 'replica', 'placement', 'tenant'])
      .describe(
        'Of the main database, of a replica of it, of the one that tenants share on a placement, or of the database of one tenant.',
      ),
    placement: z.string().nullable().describe('Of a pool of the kinds `placement` and `tenant`.'),
    tenantId: z.guid().nullable().describe('Of a pool of the kind `tenant`.'),
    max: z.int().describe('Connections that it may open.'),
    total: z.int().describe('Connections open.'),
    idle: z.int(),
    waiting: z.int().describe('Requests waiting for a connection.'),
    refused: z.int().describe('Requests refused because too many of their tenant were waiting.'),
    timedOut: z.int().describe('Requests that got no connection in time.'),
    recycled: z.int().describe('Connections closed because they had served too many tenants.'),
    discarded: z.int().describe('Connections closed because of what their user left in them.'),
    connections: z
      .array(
        z.object({
          tenants: z.int().describe('How many it has served since it was opened.'),
          preparedStatements: z.int().describe('How many it keeps by itself.'),
        }),
      )
      .describe('Each that is open.'),
    tenants: z
      .array(
        z.object({
          tenantId: z.guid().nullable().describe('null for the system context.'),
          active: z.int(),
          waiting: z.int(),
        }),
      )
      .describe('Who has connections or waits for some now.'),
  })
  .meta({ id: 'Pool' });

const poolsAnswer = z.object({ process: processAnswer, items: z.array(poolAnswer) });

type Pool = z.output<typeof poolAnswer>;
type DatabasePoolStats = Omit<TenantPoolStats, 'databases'>;

/** The pools of connections that act for tenants. */
export class PoolsController {
  constructor(@Optional() @Inject(DataSourceRegistry) private readonly registry?: DataSourceRegistry) {}

  @Get()
  @Describe({
    summary: 'Lists the pools of connections to tenants, of the process that answers.',
    answer: poolsAnswer,
    problems: [404],
  })
  list(): z.output<typeof poolsAnswer> {
    if (!this.registry) throw new NotInThisProcessError('pools of tenants');
    const items = this.registry
      .stats()
      .pools.flatMap(({ databases, ...shared }, index) => [
        poolOf(index === 0 ? 'primary' : 'replica', shared),
        ...[...databases].map(([key, stats]) =>
          poolOf(key.endsWith('/') ? 'placement' : 'tenant', stats, key),
        ),
      ]);
    return { process: THIS_PROCESS, items };
  }
}

/** @param key - `placement/tenant id`, or `placement/` of one that tenants share. */
function poolOf(kind: Pool['kind'], { tenants, ...stats }: DatabasePoolStats, key?: string): Pool {
  const slash = key?.lastIndexOf('/') ?? -1;
  return {
    kind,
    placement: key?.slice(0, slash) ?? null,
    tenantId: key?.slice(slash + 1) || null,
    ...stats,
    connections: [...stats.connections],
    tenants: [...tenants].map(([id, { active, waiting }]) => ({ tenantId: id || null, active, waiting })),
  };
}
