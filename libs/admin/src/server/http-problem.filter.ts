import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** Answers what the platform refuses, and faults, as problem documents too (RFC 9457). */
@Catch()
export class HttpProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger(HttpProblemFilter.name);

  constructor(private readonly host: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const response: unknown = host.switchToHttp().getResponse();
    const status = statusOf(exception);
    if (status >= 500) this.#logger.error(exception);
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return;
    }
    const title = STATUS_CODES[status] ?? 'Error';
    const code = title.toUpperCase().replaceAll(/[^A-Z]+/g, '_');
    const type = `urn:rowhouse:error:${code.toLowerCase().replaceAll('_', '-')}`;
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json; charset=utf-8');
    httpAdapter.reply(
      response,
      JSON.stringify({ type, title: code, status, code, detail: `${title}.` }),
      status,
    );
  }
}

/** Middleware of Express throws errors with a status. */
function statusOf(exception: unknown): number {
  if (exception instanceof HttpException) return exception.getStatus();
  const { status } = Object(exception) as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
