import { Delete, Get, HttpCode, Inject, Param, Put, Req } from '@nestjs/common';
import { Fleet } from '@rowhouse/migrations';
import { actorOf, RequireOperatorRole } from '@rowhouse/nestjs/operator';
import { disableJournal, enableJournal, type JournalStatus, journalStatus } from '@rowhouse/transfer';
import { z } from 'zod';
import { Describe } from '../../openapi/route-description.js';
import { TenantIdPipe } from '../../tenants/tenant-id.pipe.js';

const journalAnswer = z
  .object({
    isEnabled: z.boolean(),
    since: z.date().nullable().describe('The earliest moment that it leads back to.'),
    changes: z.int().nullable().describe('Changes of rows that it holds.'),
  })
  .meta({ id: 'Journal' });
type JournalAnswer = z.output<typeof journalAnswer>;

/** The journal of a tenant: what its rows were, for a rewind. */
export class JournalController {
  constructor(@Inject(Fleet) private readonly fleet: Fleet) {}

  @Get()
  @Describe({ summary: 'Reads how far back the journal of a tenant leads.', answer: journalAnswer })
  async status(@Param('tenant', TenantIdPipe) tenantId: string): Promise<JournalAnswer> {
    return answerOf(await journalStatus(this.fleet, await this.fleet.tenants.find(tenantId)));
  }

  @Put()
  @Describe({
    summary:
      "Records every change of the tenant's rows from now on. Where it has a journal, nothing changes.",
    answer: journalAnswer,
    problems: [409],
  })
  async enable(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Req() request: object,
  ): Promise<JournalAnswer> {
    const tenant = await this.fleet.tenants.find(tenantId);
    return answerOf(await enableJournal(this.fleet, tenant, { by: actorOf(request) }));
  }

  /** As a purge it needs an owner: the rows of then are gone for good. */
  @Delete()
  @HttpCode(204)
  @RequireOperatorRole('owner')
  @Describe({ summary: 'Ends the journal of a tenant, and deletes it.', status: 204, problems: [409] })
  async disable(@Param('tenant', TenantIdPipe) tenantId: string, @Req() request: object): Promise<void> {
    await disableJournal(this.fleet, await this.fleet.tenants.find(tenantId), { by: actorOf(request) });
  }
}

function answerOf(status: JournalStatus | undefined): JournalAnswer {
  return {
    isEnabled: status !== undefined,
    since: status?.since ?? null,
    changes: status?.changes ?? null,
  };
}
