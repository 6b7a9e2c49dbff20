import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** Answers the application's own errors as RFC 9457 problem documents, the form in which tenancy's errors come. */
@Catch(HttpException)
export class ProblemFilter implements ExceptionFilter<HttpException> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: HttpException, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    const status = exception.getStatus();
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    const problem = {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail: exception.message,
    };
    httpAdapter.reply(response, problem, status);
  }
}
