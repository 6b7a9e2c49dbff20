import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { GUARD_CHANNEL, type GuardFinding } from '@rowhouse/core';
import { InjectTenancyOptions, type TenancyOptions } from '../tenancy-options.js';

/** Texts that were logged are remembered, so that each is logged once; generated ones are not remembered without end. */
const MAX_REMEMBERED = 1_000;

/** Logs what the statement guard finds while it only warns. What it refuses is logged as any error is. */
@Injectable()
export class GuardLog implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger('RowhouseGuard');
  readonly #logged = new Set<string>();

  constructor(@InjectTenancyOptions() private readonly options: TenancyOptions) {}

  onModuleInit(): void {
    if (this.options.pool.guard?.mode === 'warn') subscribe(GUARD_CHANNEL, this.#log);
  }

  onApplicationShutdown(): void {
    unsubscribe(GUARD_CHANNEL, this.#log);
  }

  readonly #log = (message: unknown) => {
    const { rule, detail, tenantId, text } = message as GuardFinding;
    const key = `${rule} ${text}`;
    if (this.#logged.has(key)) return;
    if (this.#logged.size >= MAX_REMEMBERED) this.#logged.clear();
    this.#logged.add(key);
    this.#logger.warn(`[${rule}] ${detail}. Sent for tenant ${tenantId}: ${text}`);
  };
}
