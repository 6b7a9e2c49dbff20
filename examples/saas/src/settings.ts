import { randomBytes } from 'node:crypto';

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
  /** Opens the admin API. */
  readonly adminToken: string;
}

/** What a secret is where nobody has set one: good until the process ends. */
export function freshSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Injects {@link Settings}. */
export const SETTINGS = Symbol('settings');
