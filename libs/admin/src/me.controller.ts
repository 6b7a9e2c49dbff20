import { Get, Req } from '@nestjs/common';
import { OPERATOR_ROLES, operatorOf } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { Describe } from './openapi/route-description.js';

const meAnswer = z
  .object({
    id: z.string().describe('As audits name the operator.'),
    role: z.enum(OPERATOR_ROLES),
  })
  .meta({ id: 'Me' });

/** For pages that offer what the operator may do. */
export class MeController {
  @Get()
  @Describe({ summary: 'Who calls, and as what.', answer: meAnswer })
  read(@Req() request: object): z.output<typeof meAnswer> {
    const { id, role } = operatorOf(request);
    return { id, role };
  }
}
