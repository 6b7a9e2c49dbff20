import { Get, Inject, Optional, Req, Res } from '@nestjs/common';
import type { PlatformResponse } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import { SignIn } from './sign-in.js';

const methodsAnswer = z
  .object({
    provider: z
      .object({
        issuer: z.string().describe('As it names itself.'),
        loginUrl: z.string().describe('Where a browser begins; `returnTo` is added as a query.'),
      })
      .nullable()
      .describe('The OpenID Connect provider of people; null where there are tokens alone.'),
    isSignedIn: z.boolean().describe('Whether the browser has a session.'),
  })
  .meta({ id: 'SignInMethods' });

interface Request {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** For pages on which nobody has signed in yet. */
export class SignInMethodsController {
  constructor(@Optional() @Inject(SignIn) private readonly signIn?: SignIn) {}

  @Get('methods')
  @Describe({ summary: 'How people can sign in.', answer: methodsAnswer, isOpen: true })
  async read(
    @Req() request: Request,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<z.output<typeof methodsAnswer>> {
    response.header('Cache-Control', 'no-store');
    if (!this.signIn) return { provider: null, isSignedIn: false };
    const { issuer, loginUrl, sessions } = this.signIn;
    return {
      provider: { issuer, loginUrl },
      isSignedIn: (await sessions.sessionOf(request)) !== undefined,
    };
  }
}
