import { createHash, randomUUID } from 'node:crypto';
import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Post,
  Query,
  Redirect,
  UnauthorizedException,
} from '@nestjs/common';
import { TenantOptional } from '@rowhouse/nestjs';

/** Where the stand-in is, below the URL of the app. */
export const STAND_IN = 'calendar-stand-in';

const LIFETIME_SECONDS = 3_600;

/**
 * Stands for the calendar of somebody else, with OAuth 2 and PKCE: everybody consents at once, and each consent has a calendar of
 * its own, with one event.
 */
@Controller(STAND_IN)
@TenantOptional()
export class CalendarStandInController {
  readonly #challenges = new Map<string, string>();
  readonly #calendars = new Map<string, string>();

  @Get('authorize')
  @Redirect()
  authorize(@Query() query: Record<string, string>) {
    const { redirect_uri: redirectUri = '', state = '', code_challenge: challenge = '' } = query;
    if (!URL.canParse(redirectUri) || challenge === '') throw new BadRequestException();
    const code = randomUUID();
    this.#challenges.set(code, challenge);
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', state);
    return { url: back.href };
  }

  @Post('token')
  @HttpCode(200)
  token(@Body() body: Record<string, string>) {
    const { grant_type: grant, code = '', code_verifier: verifier = '', refresh_token: refresh = '' } = body;
    const calendar = grant === 'refresh_token' ? this.#calendars.get(refresh) : this.#redeem(code, verifier);
    if (!calendar) throw new BadRequestException({ error: 'invalid_grant' });
    const [access, next] = [randomUUID(), randomUUID()];
    this.#calendars.set(access, calendar);
    this.#calendars.set(next, calendar);
    return {
      access_token: access,
      refresh_token: next,
      token_type: 'Bearer',
      expires_in: LIFETIME_SECONDS,
      scope: 'calendar',
    };
  }

  @Get('events')
  events(@Headers('authorization') authorization = '') {
    const calendar = this.#calendars.get(authorization.replace('Bearer ', ''));
    if (!calendar) throw new UnauthorizedException();
    return { items: [{ title: `All hands (calendar ${calendar})` }] };
  }

  /** A code is good once, for whoever has the verifier. @returns the new calendar. */
  #redeem(code: string, verifier: string): string | undefined {
    const challenge = this.#challenges.get(code);
    this.#challenges.delete(code);
    const isProven = challenge === createHash('sha256').update(verifier).digest('base64url');
    return isProven ? randomUUID() : undefined;
  }
}
