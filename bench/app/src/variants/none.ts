import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamicModule, MiddlewareConsumer, NestModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import pg from 'pg';
import { ProductsModule } from '../products.module.js';
import { type AppSettings, typeormOptions } from '../settings.js';

/** No tenancy: one table in schema public, and the header is ignored. */
@Module({})
export class NoTenancyModule {
  static with(settings: AppSettings): DynamicModule {
    return {
      module: NoTenancyModule,
      imports: [TypeOrmModule.forRoot(typeormOptions(settings)), ProductsModule],
    };
  }

  /** The same with a context around each request: what `AsyncLocalStorage` itself costs. */
  static inContext(settings: AppSettings): DynamicModule {
    return { module: InContextModule, imports: [NoTenancyModule.with(settings)] };
  }

  /** The same with each text prepared once on each connection: what an app without tenancy could have. */
  static prepared(settings: AppSettings): DynamicModule {
    prepareAllTexts();
    return NoTenancyModule.with(settings);
  }
}

@Module({})
class InContextModule implements NestModule {
  readonly #context = new AsyncLocalStorage<object>();

  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((_: unknown, __: unknown, next: () => void) => this.#context.run({}, next))
      .forRoutes('{*path}');
  }
}

/** Names the texts that TypeORM reads and writes with; those without are BEGIN and its like. */
function prepareAllTexts(): void {
  const names = new Map<string, string>();
  const client = pg.Client.prototype as unknown as { query(...given: unknown[]): unknown };
  const { query } = client;
  client.query = function (this: unknown, text, values, ...rest) {
    if (typeof text !== 'string' || !/^(?:SELECT|INSERT)/.test(text))
      return query.call(this, text, values, ...rest);
    const name = names.get(text) ?? `s${names.size}`;
    names.set(text, name);
    return query.call(this, { name, text, values: Array.isArray(values) ? values : [] }, ...rest);
  };
}
