import { SignJWT } from 'jose';

/** The claim that names the team of a token. */
export const TEAM_CLAIM = 'team';

/** Stands for the identity provider that a real app has: a token for somebody of a team, good for a day. */
export function tokenOf(person: string, team: string, secret: string): Promise<string> {
  return new SignJWT({ [TEAM_CLAIM]: team })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(person)
    .setExpirationTime('24h')
    .sign(new TextEncoder().encode(secret));
}
