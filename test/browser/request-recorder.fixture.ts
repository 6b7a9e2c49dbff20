import type { INestApplication } from '@nestjs/common';
import type { Request, Response } from 'express';

/** A request that asked for a change, as the server got it. */
export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/**
 * Records what is asked of an app, for all that is no GET. The server does it, as the browser does not show what bodies are that a
 * page streams.
 */
export class RequestRecorder {
  #requests: RecordedRequest[] = [];

  /** Given to an app before it listens. */
  readonly configure = (app: INestApplication): void => {
    app.use((request: Request, response: Response, next: () => void) => {
      response.on('finish', () => this.#record(request));
      next();
    });
  };

  /** What has been asked since it was taken last. */
  take(): readonly RecordedRequest[] {
    return this.#requests.splice(0);
  }

  #record({ method, originalUrl, headers, body }: Request): void {
    if (method === 'GET') return;
    const texts = Object.entries(headers).filter(
      (header): header is [string, string] => typeof header[1] === 'string',
    );
    this.#requests.push({ method, url: originalUrl, headers: Object.fromEntries(texts), body });
  }
}

/** Its method and its path below that of the API, where `:id` stands for what has one. */
export function routeOf({ method, url }: RecordedRequest): string {
  const path = new URL(url, 'http://localhost').pathname.replace(/^\/admin\//, '');
  return `${method} ${path.replaceAll(/\/[\da-f]{8}-[\da-f-]{27}/g, '/:id')}`;
}
