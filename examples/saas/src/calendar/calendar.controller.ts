import { BadGatewayException, Get, Inject, NotFoundException, UseGuards } from '@nestjs/common';
import { TenantIntegrations } from '@rowhouse/integrations';
import { TenantController } from '@rowhouse/nestjs';
import { SignedInGuard } from '../people/signed-in.guard.js';
import { SETTINGS, type Settings } from '../settings.js';

/** What is on the calendar that the team has connected by `POST integrations/authorize/calendar`. */
@TenantController('calendar')
@UseGuards(SignedInGuard)
export class CalendarController {
  constructor(
    private readonly integrations: TenantIntegrations,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  async events(): Promise<unknown> {
    const [connection] = await this.integrations.list({ provider: 'calendar', limit: 1 });
    if (!connection) throw new NotFoundException('The team has connected no calendar.');
    const token = await this.integrations.accessToken(connection.id);
    let answer = await this.#ask(token);
    if (answer.status === 401)
      answer = await this.#ask(await this.integrations.accessToken(connection.id, { rejected: token }));
    if (!answer.ok) throw new BadGatewayException(`The calendar answered ${answer.status}.`);
    return answer.json();
  }

  #ask(token: string): Promise<Response> {
    const headers = { authorization: `Bearer ${token}` };
    return fetch(this.settings.calendar.events, { headers, signal: AbortSignal.timeout(10_000) });
  }
}
