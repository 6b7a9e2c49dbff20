type Method = (...args: unknown[]) => unknown;

/**
 * Puts others in the place of an object's methods.
 *
 * @returns a function that puts the first ones back.
 * @throws {TypeError} when the object has no such method.
 */
export function replaceMethods(
  target: object,
  names: readonly string[],
  replacementOf: (method: Method, title: string) => Method,
): () => void {
  const methods = target as Record<string, unknown>;
  const replaced = names.map((name) => {
    const method = methods[name];
    const title = `${target.constructor.name}.${name}()`;
    if (typeof method !== 'function') {
      throw new TypeError(`${target.constructor.name} has no method ${name}().`);
    }
    const own = Object.getOwnPropertyDescriptor(target, name);
    const value = replacementOf(method as Method, title);
    return { name, own, value };
  });
  for (const { name, value } of replaced) {
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const { name, own } of replaced) {
      if (own) Object.defineProperty(target, name, own);
      else delete methods[name];
    }
  };
}
