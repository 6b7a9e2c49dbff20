import { Get, Inject, Req } from '@nestjs/common';
import { actorOf } from '@rowhouse/nestjs/operator';
import { Describe } from '../openapi/route-description.js';
import { OperatorEntries } from './operator-entries.js';
import type { OwnOperatorEntry } from './operator-entry-record.js';
import { ownEntriesAnswer } from './operator-entry-schemas.js';

/** What whoever calls has not ended yet. */
export class MyEntriesController {
  constructor(@Inject(OperatorEntries) private readonly entries: OperatorEntries) {}

  @Get()
  @Describe({
    summary: 'Lists the entries of who calls that are under way, in all tenants.',
    answer: ownEntriesAnswer,
  })
  async list(@Req() request: object): Promise<{ items: readonly OwnOperatorEntry[] }> {
    return { items: await this.entries.listOwn(actorOf(request)) };
  }
}
