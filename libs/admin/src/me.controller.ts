import { Get, Inject, Req } from '@nestjs/common';
import { Fleet } from '@rowhouse/migrations';
import { OPERATOR_ROLES, operatorOf } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { Describe } from './openapi/route-description.js';

const meAnswer = z
  .object({
    id: z.string().describe('As audits name the operator.'),
    role: z.enum(OPERATOR_ROLES),
    hasWorkers: z.boolean().describe('Whether the database is one of Citus, so that there are `workers`.'),
  })
  .meta({ id: 'Me' });

/** For pages that offer what the operator may do. */
export class MeController {
  constructor(@Inject(Fleet) private readonly fleet: Fleet) {}

  @Get()
  @Describe({ summary: 'Who calls, and as what.', answer: meAnswer })
  async read(@Req() request: object): Promise<z.output<typeof meAnswer>> {
    const { id, role } = operatorOf(request);
    return { id, role, hasWorkers: await this.fleet.workers.areThere() };
  }
}
