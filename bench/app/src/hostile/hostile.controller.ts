import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ATTACKS, type Attack } from './attacks.js';

/** How long a leased connection is held between its statements. */
const HELD_MS = 100;

/** Sends what a tenant's hostile code would send, and answers what came of it. */
@Controller('hostile')
export class HostileController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  @Get(':kind')
  async attack(@Param('kind') kind: string): Promise<{ outcome: string }> {
    const make = ATTACKS[kind];
    if (!make) throw new NotFoundException();
    try {
      await this.#send(make());
      return { outcome: 'served' };
    } catch (error) {
      return { outcome: outcomeOf(error) };
    }
  }

  async #send({ texts, by = 'query' }: Attack): Promise<void> {
    if (by === 'query') {
      const answers = await Promise.allSettled(texts.map((text) => this.dataSource.query(text)));
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (failed) throw failed.reason;
      return;
    }
    if (by === 'transaction') {
      await this.dataSource.transaction(async (manager) => {
        for (const text of texts) await manager.query(text);
      });
      return;
    }
    const runner = this.dataSource.createQueryRunner();
    try {
      for (const text of texts) {
        await runner.query(text);
        await pause(HELD_MS);
      }
    } finally {
      await runner.release();
    }
  }
}

/** A code, where the error has one: of Rowhouse, of the server, or of the socket. */
function outcomeOf(error: unknown): string {
  const { code, driverError, message } = error as {
    code?: unknown;
    driverError?: { code?: unknown };
    message?: unknown;
  };
  const known = driverError?.code ?? code;
  return typeof known === 'string' ? known : String(message).slice(0, 40);
}
