import { MetadataScanner, type ModulesContainer } from '@nestjs/core';

type Class = abstract new (...args: never[]) => unknown;

/** The handlers of controllers, and of providers too: resolvers of GraphQL and gateways are providers. */
export function* handlersOf(
  modules: ModulesContainer,
): Generator<[owner: Class, name: string, handler: object]> {
  const scanner = new MetadataScanner();
  for (const { controllers, providers } of modules.values()) {
    for (const { metatype, inject } of [...controllers.values(), ...providers.values()]) {
      // A factory has `inject`, and is no class.
      if (typeof metatype !== 'function' || inject || !metatype.prototype) continue;
      for (const name of scanner.getAllMethodNames(metatype.prototype)) {
        yield [metatype as Class, name, metatype.prototype[name]];
      }
    }
  }
}
