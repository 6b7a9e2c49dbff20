import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { Controller, Get, Inject, Module, Param, ParseIntPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { MetricsCollection, TenancyMetricsModule } from '@rowhouse/metrics';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { DataSource } from 'typeorm';

// One instance of an app that counts. It says its port, flushes at each line that it reads, and says so.

const { loginUrl, ownerUrl, roles } = JSON.parse(process.env['INSTANCE'] ?? '{}');

@Controller()
class WorkController {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** As many statements as rows each. */
  @Get('work/:n')
  async work(@Param('n', ParseIntPipe) n: number) {
    for (let i = 0; i < n; i += 1) await this.dataSource.query('select generate_series(1, $1)', [n]);
    return { n };
  }
}

@Module({
  imports: [
    TenancyModule.forRoot({
      typeorm: { type: 'postgres', url: loginUrl, poolSize: 4, retryAttempts: 1 },
      directUrl: ownerUrl,
      pool: { roles },
      resolvers: [new HeaderResolver()],
    }),
    // Nothing is flushed but when it is said.
    TenancyMetricsModule.forRoot({ flushMs: 60_000 }),
  ],
  controllers: [WorkController],
})
class InstanceModule {}

// Not even on a machine so slow that a minute passes: the first flush of itself is due in a random part of one.
Math.random = () => 0.999;
const { setTimeout: after } = globalThis;
globalThis.setTimeout = ((work: () => void, ms = 0, ...args: []) =>
  after(work, ms > 50_000 ? 2 ** 31 - 1 : ms, ...args)) as typeof setTimeout;

// The parent has ended, so nobody would kill this process.
process.stdin.once('close', () => process.exit(1));

const app = await NestFactory.create(InstanceModule, new FastifyAdapter(), {
  logger: ['error', 'fatal'],
  abortOnError: false,
});
await app.listen(0, '127.0.0.1');
createInterface(process.stdin).on('line', () => {
  void app
    .get(MetricsCollection)
    .flush()
    .then(() => process.stdout.write('flushed\n'));
});
process.stdout.write(`${(app.getHttpServer().address() as AddressInfo).port}\n`);
