import { randomBytes } from 'node:crypto';
import type { OAuthProviderOptions } from '@rowhouse/integrations';
import { STAND_IN } from './calendar/calendar-stand-in.controller.js';

/** What the app is started with. */
export interface Settings {
  /** `postgres://` URL of the app's login, which owns nothing. */
  readonly url: string;
  /** The same for the login that owns the database, and makes the homes of workspaces. */
  readonly ownerUrl: string;
  /** Where people reach the app. Links in invitations and URLs of files begin with it. */
  readonly publicUrl: string;
  /** Where files are kept. All instances share it. */
  readonly filesFolder: string;
  /** Signs URLs of files; at least 32 characters, and the same in all instances. */
  readonly filesSecret: string;
  /** Signs authorizations at other services; at least 32 characters, and the same in all instances. */
  readonly integrationsSecret: string;
  /** Encrypts tokens of other services: 32 bytes in Base64, and the same for good. */
  readonly integrationsKey: string;
  /** The calendar that teams connect. */
  readonly calendar: OAuthProviderOptions & { /** URL. */ readonly events: string };
  /** Opens the admin API. */
  readonly adminToken: string;
}

/** What a secret is where nobody has set one: good until the process ends. */
export function freshSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The stand-in for a calendar, which is a part of the app. */
export function calendarStandIn(publicUrl: string): Settings['calendar'] {
  const url = `${publicUrl}/${STAND_IN}`;
  return {
    endpoints: { authorization: `${url}/authorize`, token: `${url}/token` },
    clientId: 'team-documents',
    scopes: ['calendar'],
    events: `${url}/events`,
  };
}

/** Injects {@link Settings}. */
export const SETTINGS = Symbol('settings');
