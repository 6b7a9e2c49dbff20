import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { Members } from '@rowhouse/admin';
import { SystemRoute } from '@rowhouse/nestjs';
import { SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import type { Person } from '../people/people.js';
import { CurrentPerson, SignedInGuard } from '../people/signed-in.guard.js';
import { Workspaces } from './workspaces.js';

const MOST_WORKSPACES = 200;

const signUp = z.strictObject({
  slug: z
    .string()
    .regex(/^[a-z][a-z0-9-]{2,47}$/, 'expected 3 to 48 of a-z, 0-9 and -, beginning with a letter'),
  name: z.string().trim().min(1).max(100),
  plan: z.enum(['free', 'business', 'enterprise']).default('free'),
});

/** Above all workspaces: who signs up has none yet. */
@Controller('workspaces')
@SystemRoute('people open and choose workspaces')
@UseGuards(SignedInGuard)
export class WorkspacesController {
  constructor(
    private readonly workspaces: Workspaces,
    private readonly members: Members,
  ) {}

  @Post()
  @HttpCode(200)
  async signUp(
    @Body(new SchemaPipe('body', signUp)) workspace: z.output<typeof signUp>,
    @CurrentPerson() person: Person,
  ) {
    const { id, slug, name, plan, isolation, status } = await this.workspaces.signUp(workspace, person);
    return { id, slug, name, plan, isolation, status };
  }

  /** Those that the person may enter. */
  @Get()
  async list(@CurrentPerson() { iss: issuer, sub: subject }: Person) {
    return { items: await this.members.tenantsOf({ issuer, subject }, { limit: MOST_WORKSPACES }) };
  }
}
