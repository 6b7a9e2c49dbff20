import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { TenantOptional } from '@rowhouse/nestjs';
import { SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { People } from './people.js';

const signIn = z.strictObject({ email: z.email().max(254).toLowerCase() });

/** What an identity provider does elsewhere. */
@Controller('sign-in')
@TenantOptional()
export class SignInController {
  constructor(private readonly people: People) {}

  @Post()
  @HttpCode(200)
  async signIn(@Body(new SchemaPipe('body', signIn)) { email }: z.output<typeof signIn>) {
    return { token: await this.people.tokenOf(email) };
  }
}
