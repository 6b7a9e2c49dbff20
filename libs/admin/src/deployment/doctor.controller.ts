import { Get, Inject, Optional, Query } from '@nestjs/common';
import type { DoctorReport } from '@rowhouse/core';
import { RequireOperatorRole, SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import { queryBoolean } from '../query-boolean.js';
import { NotInThisProcessError } from './deployment-errors.js';
import { Doctor } from './doctor.js';

const doctorQuery = z.strictObject({
  quick: queryBoolean.default(false).describe('Without checks that take longer with more tenants.'),
});

const doctorAnswer = z
  .object({
    checks: z.array(
      z.object({
        id: z.string(),
        status: z.enum(['pass', 'warn', 'fail']),
        detail: z.string(),
        remedy: z.string().describe('What to do about it; empty for a pass.'),
      }),
    ),
  })
  .meta({ id: 'DoctorReport' });

export class DoctorController {
  constructor(@Optional() @Inject(Doctor) private readonly doctor?: Doctor) {}

  @Get()
  // It makes synthetic tenants and removes them, and says where a deployment can be attacked.
  @RequireOperatorRole('operator')
  @Describe({
    summary: 'Examines what keeps tenants apart, and answers when it is done. It takes some seconds.',
    answer: doctorAnswer,
    problems: [404],
  })
  examine(
    @Query(new SchemaPipe('query', doctorQuery)) query: z.output<typeof doctorQuery>,
  ): Promise<DoctorReport> {
    if (!this.doctor) throw new NotInThisProcessError('options of an app to examine');
    return this.doctor.examine(query);
  }
}
