import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { type InvalidField, OptionsInvalidError } from '@rowhouse/core';

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

/** The name that a decorator gave to a handler, or else to its class. */
export function nameOn(key: string, owner: object, handler: object): string | undefined {
  return Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, owner);
}

/**
 * @param namesOf - the names that decorators gave to a handler, each of which a plan must have.
 * @throws {OptionsInvalidError} for handlers with another name.
 */
export function refuseUnknownNames(
  modules: ModulesContainer,
  namesOf: (owner: object, handler: object) => readonly string[],
  isKnown: (name: string) => boolean,
  expected: (name: string, handler: string) => string,
): void {
  const wrong: InvalidField[] = [];
  for (const [owner, method, handler] of handlersOf(modules))
    for (const name of namesOf(owner, handler))
      if (!isKnown(name)) wrong.push({ field: 'plans', expected: expected(name, `${owner.name}.${method}`) });
  if (wrong.length > 0) throw new OptionsInvalidError('TenancyModule', wrong);
}
