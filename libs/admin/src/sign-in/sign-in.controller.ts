import { Get, HttpCode, HttpStatus, Inject, Query, Req, Res } from '@nestjs/common';
import { type PlatformResponse, SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import { returnPath } from './return-path.js';
import { type NextPlace, SignIn } from './sign-in.js';

const loginQuery = z.strictObject({ returnTo: returnPath.optional() });

interface Request {
  readonly ip?: string;
  readonly url: string;
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** For browsers of people who have not signed in yet. */
export class SignInController {
  constructor(@Inject(SignIn) private readonly signIn: SignIn) {}

  @Get('login')
  @HttpCode(HttpStatus.SEE_OTHER)
  @Describe({
    summary: 'Sends a browser to the OpenID Connect provider, which sends it back to the callback.',
    isOpen: true,
    status: HttpStatus.SEE_OTHER,
    problems: [503],
  })
  async login(
    @Query(new SchemaPipe('query', loginQuery)) { returnTo }: z.output<typeof loginQuery>,
    @Req() { ip = '' }: Request,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<void> {
    send(response, await this.signIn.begin(ip, returnTo));
  }

  @Get('callback')
  @HttpCode(HttpStatus.SEE_OTHER)
  @Describe({
    summary: 'Begins a session, and sends the browser to where the login was to return.',
    isOpen: true,
    status: HttpStatus.SEE_OTHER,
    problems: [401, 403, 503],
  })
  async callback(
    @Req() request: Request,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<void> {
    const { ip = '', headers } = request;
    const [, query = ''] = /\?(.*)$/s.exec(request.originalUrl ?? request.url) ?? [];
    send(response, await this.signIn.finish({ address: ip, query, cookieHeader: headers['cookie'] }));
  }
}

function send(response: PlatformResponse, { location, cookies }: NextPlace): void {
  response.header('Cache-Control', 'no-store');
  response.header('Set-Cookie', cookies);
  response.header('Location', location);
}
