import 'reflect-metadata';
import { Inject } from '@nestjs/common';
import { TenantRunner } from './tenant-runner.js';

const RUNNER = Symbol('rowhouse.runner');

/** A method of a provider that may be run as a tenant: it answers with a promise, or with nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: it stands for methods declared to return nothing.
type Method = (...args: never[]) => Promise<unknown> | void;

interface Provider {
  readonly [RUNNER]?: TenantRunner;
}

/**
 * Method of a provider: runs it as one tenant, looked up at each call.
 *
 * Calls reject as {@link TenantRunner.run} does when the tenant is unknown or not active. May stand above or
 * below other decorators of the method, such as `@Cron`: their metadata is kept.
 *
 * @param slugOrId - the tenant's slug or UUID.
 */
export function WithTenant(slugOrId: string) {
  return <M extends Method>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    const method = descriptor.value;
    if (!method) throw new TypeError('@WithTenant: expected a method.');
    injectRunner(target);

    const wrapper = async function (this: Provider, ...args: never[]): Promise<unknown> {
      const runner = this[RUNNER];
      if (!runner) {
        throw new TypeError(`@WithTenant: ${String(name)}() must be called on a provider that Nest made.`);
      }
      return runner.run(slugOrId, () => method.apply(this, args));
    };
    Object.defineProperty(wrapper, 'name', { value: method.name, configurable: true });
    for (const key of Reflect.getOwnMetadataKeys(method)) {
      Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), wrapper);
    }
    descriptor.value = wrapper as Method as M;
  };
}

/** Classes whose runner is injected already, for another of their methods. */
const prepared = new WeakSet<object>();

function injectRunner(prototype: object): void {
  if (prepared.has(prototype)) return;
  prepared.add(prototype);
  Inject(TenantRunner)(prototype, RUNNER);
}
