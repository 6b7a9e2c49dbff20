import { createHash } from 'node:crypto';

interface Operation {
  readonly id: string;
  readonly state: 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled';
}

interface SendOptions {
  readonly body?: unknown;
  /** For the audit trail. */
  readonly reason?: string | undefined;
}

const AGAIN_MS = 100;

/** An operator's program: it does by the admin API what a person does in the admin app. */
export class AdminClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Sends a request once: the same again has the same idempotency key, also after a start of another process.
   *
   * @throws {Error} when it is refused for another reason than that it was done before.
   */
  async send<T>(method: string, path: string, { body, reason }: SendOptions = {}): Promise<T> {
    const response = await fetch(`${this.url}/${path}`, {
      method,
      signal: this.signal,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(method === 'POST' && { 'Idempotency-Key': `"${keyOf(path, body)}"` }),
        ...(reason && { 'X-Reason': reason }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (response.status === 204 ? {} : await response.json()) as T & { detail?: string };
    if (!response.ok && response.status !== 409)
      throw new Error(`${method} ${path} was answered ${response.status}: ${answer.detail}`);
    return answer;
  }

  /** The same for what takes long; ends when it has ended, also when it failed. */
  async run(path: string, options: SendOptions): Promise<void> {
    const { id } = await this.send<Partial<Operation>>('POST', path, options);
    if (id) await this.until<Operation>(`operations/${id}`, ({ state }) => state !== 'running');
  }

  /** Reads until what is read is as it should be. */
  async until<T>(path: string, isSo: (read: T) => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo(await this.send<T>('GET', path))))
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

const keyOf = (path: string, body: unknown) =>
  createHash('sha256')
    .update(JSON.stringify([path, body]))
    .digest('hex')
    .slice(0, 32);
