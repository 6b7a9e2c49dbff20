import type { DynamicModule, InjectionToken, Provider } from '@nestjs/common';
import type { TypeOrmModuleAsyncOptions, TypeOrmOptionsFactory } from '@nestjs/typeorm';
import { OptionsInvalidError } from '@rowhouse/core';

/** Injection token of TypeORM's options, as the app makes them. */
const GIVEN_TYPEORM = Symbol('rowhouse.given-typeorm');

export interface GivenTypeOrm {
  readonly token: InjectionToken;
  readonly imports: NonNullable<DynamicModule['imports']>;
  readonly providers: readonly Provider[];
}

/**
 * What makes TypeORM's options, as in `TypeOrmModule.forRootAsync`.
 *
 * @throws {OptionsInvalidError} unless there is exactly one of `useFactory`, `useClass` and `useExisting`.
 */
export function givenTypeOrm(given: TypeOrmModuleAsyncOptions, name: string | undefined): GivenTypeOrm {
  const { imports = [], extraProviders = [], inject = [], useFactory, useClass, useExisting } = given;
  if ([useFactory, useClass, useExisting].filter(Boolean).length !== 1) {
    throw new OptionsInvalidError('TenancyModule.forRootAsync', [
      { field: 'typeormAsync', expected: 'expected exactly one of useFactory, useClass, useExisting' },
    ]);
  }
  const maker = useExisting ?? useClass;
  const options: Provider = maker
    ? {
        provide: GIVEN_TYPEORM,
        inject: [maker],
        useFactory: (factory: TypeOrmOptionsFactory) => factory.createTypeOrmOptions(name),
      }
    : { provide: GIVEN_TYPEORM, inject, useFactory: useFactory as () => unknown };
  const made: Provider[] = useClass ? [{ provide: useClass, useClass }] : [];
  return { token: GIVEN_TYPEORM, imports, providers: [...extraProviders, ...made, options] };
}
