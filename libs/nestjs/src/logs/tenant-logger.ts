import { ConsoleLogger, type ConsoleLoggerOptions, type LogLevel } from '@nestjs/common';
import {
  type DroppedLines,
  TenantLogSampling,
  type TenantLogSamplingOptions,
  tenantLogFields,
} from '@rowhouse/core';

export interface TenantLoggerOptions extends ConsoleLoggerOptions {
  /** Limits the lines of each tenant. Default: none are dropped. */
  readonly sampling?: TenantLogSamplingOptions;
}

/** Early versions of Nest 11 put the fields of a line together where nobody can add to them. */
const HAS_JSON_OBJECT = 'getJsonLogObject' in ConsoleLogger.prototype;

/**
 * Nest's logger, with the tenant, request, job, operation and trace of each line: as fields with `json: true`, else before the message.
 *
 *     const app = await NestFactory.create(AppModule, { logger: new TenantLogger({ json: true }) });
 */
export class TenantLogger extends ConsoleLogger {
  readonly #sampling: TenantLogSampling | undefined;
  /** Of the line about dropped lines, which no tenant writes. */
  #dropped: object | undefined;

  /** @throws {OptionsInvalidError} when the options of `sampling` are wrong. */
  constructor({ sampling, ...options }: TenantLoggerOptions = {}) {
    super(options);
    this.#sampling = sampling && new TenantLogSampling(sampling, (lines) => this.#reportDropped(lines));
  }

  protected override printMessages(
    messages: unknown[],
    context?: string,
    logLevel: LogLevel = 'log',
    ...rest: [writeStreamType?: 'stdout' | 'stderr', errorStack?: unknown, params?: Record<string, unknown>]
  ): void {
    if (this.#sampling && !this.#sampling.admits(logLevel)) return;
    super.printMessages(messages, context, logLevel, ...rest);
  }

  protected override formatContext(context: string): string {
    const fields = Object.entries(this.#fields()).filter(([name]) => name !== 'tenantId');
    return `${super.formatContext(context)}${fields.map(([name, value]) => `${name}=${quoted(value)} `).join('')}`;
  }

  protected override getJsonLogObject(
    message: unknown,
    options: { readonly context: string; readonly logLevel: LogLevel },
  ) {
    return { ...super.getJsonLogObject(message, options), ...this.#fields() };
  }

  protected override stringifyReplacer(key: string, value: unknown): unknown {
    const isLine = !HAS_JSON_OBJECT && key === '' && 'timestamp' in Object(value);
    return super.stringifyReplacer(key, isLine ? { ...(value as object), ...tenantLogFields() } : value);
  }

  #fields(): object {
    return this.#dropped ?? tenantLogFields();
  }

  #reportDropped({ tenant, tenantId, level, dropped }: DroppedLines): void {
    this.#dropped = { tenant, tenantId, dropped, droppedLevel: level };
    super.warn(
      `${dropped} lines of the tenant ${tenant} and the level ${level} were dropped.`,
      TenantLogger.name,
    );
    this.#dropped = undefined;
  }
}

/** An id of the app's own may be anything; a line stays one line. */
function quoted(value: unknown): string {
  const text = String(value);
  return /^[\x21\x23-\x7e]+$/.test(text) ? text : JSON.stringify(text);
}
