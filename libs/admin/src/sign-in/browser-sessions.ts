import { randomBytes } from 'node:crypto';
import {
  isSameSecret,
  OPERATOR_ROLES,
  type Operator,
  type OperatorSessions,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import type { EndedSessions } from './ended-sessions.js';
import type { OidcSettings } from './oidc-settings.js';
import { SealedCookie } from './sealed-cookie.js';
import { CrossSiteRequestError } from './sign-in-errors.js';

/** How long an operator stays signed in: what the provider says of them is not asked again within this time. */
const SESSION_SECONDS = 3_600;

const sessionSchema = z.object({
  id: z.string(),
  role: z.enum(OPERATOR_ROLES),
  name: z.string().nullable(),
  csrfToken: z.string(),
});

/** Who has signed in with a browser, and until when. */
export interface Session extends z.output<typeof sessionSchema> {
  readonly expiresAt: Date;
}

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Sessions of browsers, which are nowhere but in their cookies until they are ended; and what keeps other sites from using them. */
export class BrowserSessions implements OperatorSessions {
  readonly #cookie: SealedCookie<z.output<typeof sessionSchema>>;
  readonly #origin: string;
  #ended: EndedSessions | undefined;

  constructor({ url, issuer, clientId }: OidcSettings, secret: string) {
    const { origin, protocol } = new URL(url);
    this.#origin = origin;
    this.#cookie = new SealedCookie({
      name: 'session',
      content: sessionSchema,
      maxAgeSeconds: SESSION_SECONDS,
      isSecure: protocol === 'https:',
      secret,
      deployment: [url, issuer, clientId],
    });
  }

  get cookieName(): string {
    return this.#cookie.name;
  }

  /** The header `Set-Cookie` of a new session. */
  begin(operator: Operator, name: string | null): Promise<string> {
    return this.#cookie.seal({ ...operator, name, csrfToken: randomBytes(24).toString('base64url') });
  }

  /** No session counts before it is known which were ended. */
  keepEndedIn(ended: EndedSessions): void {
    this.#ended = ended;
  }

  /** Ends the session of a request, also for those who have copied its cookie. @returns the header `Set-Cookie` that removes it. */
  async end(request: Pick<Request, 'headers'>): Promise<string> {
    const session = await this.sessionOf(request);
    if (session) await this.#ended?.add(session);
    return this.#cookie.removal();
  }

  /**
   * The operator of a request's session. A request with a header `Authorization` stands on that alone.
   *
   * @throws {CrossSiteRequestError}
   */
  async operatorOf(request: Request): Promise<Operator | undefined> {
    const session = await this.sessionOf(request);
    if (!session) return undefined;
    this.#requireOwnSite(request, session);
    return { id: session.id, role: session.role };
  }

  async sessionOf({ headers }: Pick<Request, 'headers'>): Promise<Session | undefined> {
    if (headers['authorization'] !== undefined) return undefined;
    const opened = await this.#cookie.open(headers['cookie']);
    if (!opened || !this.#ended || (await this.#ended.has(opened.content))) return undefined;
    return { ...opened.content, expiresAt: opened.expiresAt };
  }

  /** Browsers say where a request comes from (`Origin`, `Sec-Fetch-Site`), and other sites cannot read the token. */
  #requireOwnSite(request: Request, { csrfToken }: Session): void {
    const { method, headers } = request;
    const { origin, 'sec-fetch-site': site } = headers;
    const isRead = SAFE_METHODS.has(method);
    if (isRead && isLanding(request)) return;
    const isForeign =
      (origin !== undefined && origin !== this.#origin) ||
      (site !== undefined && site !== 'same-origin' && !(isRead && site === 'none'));
    if (isForeign) throw new CrossSiteRequestError();
    if (isRead) return;
    const isStated = origin !== undefined || site !== undefined;
    if (!isStated || !isSameSecret(headers['x-rowhouse-csrf'] ?? '', csrfToken))
      throw new CrossSiteRequestError();
  }
}

/** Where a sign-in ends by default: to a browser that the provider has sent back, this page is asked for by the provider's site. */
function isLanding({ url, headers }: Request): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && url.split('?')[0]?.endsWith('/auth/session') === true;
}
