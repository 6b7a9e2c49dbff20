import { Get, HttpCode, HttpStatus, Inject, Post, Req, Res } from '@nestjs/common';
import {
  OPERATOR_ROLES,
  operatorOf,
  type PlatformResponse,
  RequireOperatorRole,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import { SignIn } from './sign-in.js';

const sessionAnswer = z
  .object({
    id: z.string().describe('The subject of the ID token, as audits name them.'),
    role: z.enum(OPERATOR_ROLES),
    name: z.string().nullable(),
    csrfToken: z
      .string()
      .nullable()
      .describe('Sent back as X-Rowhouse-CSRF with each change; null where the request has no session.'),
    expiresAt: z.date().nullable().describe('When the session ends.'),
  })
  .meta({ id: 'Session' });

interface Request {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** For operators, however they have signed in. */
export class SessionController {
  constructor(@Inject(SignIn) private readonly signIn: SignIn) {}

  @Get('session')
  @Describe({ summary: 'Who is signed in, and as what.', answer: sessionAnswer })
  async read(
    @Req() request: Request,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<z.output<typeof sessionAnswer>> {
    response.header('Cache-Control', 'no-store');
    const session = await this.signIn.sessions.sessionOf(request);
    return session ?? { ...operatorOf(request), name: null, csrfToken: null, expiresAt: null };
  }

  @Post('logout')
  @RequireOperatorRole('viewer')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Describe({ summary: 'Ends the session of the browser, not that of the provider.' })
  async logout(
    @Req() request: Request,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<void> {
    response.header('Set-Cookie', await this.signIn.sessions.end(request));
  }
}
