import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { JobHandler } from '../worker/job-handler.js';
import { TENANT_JOB, type TenantJobDeclaration } from './tenant-job.decorator.js';

type Method = JobHandler['handle'];

/**
 * The handlers that methods of the app's providers and controllers declare with `@TenantJob()`.
 *
 * @throws {TypeError} for a class that is made anew for each request.
 */
export function declaredJobs(discovery: DiscoveryService, scanner: MetadataScanner): readonly JobHandler[] {
  const handlers = new Map<object, readonly JobHandler[]>();
  for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const { metatype } = wrapper;
    if (typeof metatype !== 'function' || !metatype.prototype) continue;
    const methods = scanner
      .getAllMethodNames(metatype.prototype)
      .map((name) => metatype.prototype[name] as Method)
      .filter((method) => Reflect.hasMetadata(TENANT_JOB, method));
    if (methods.length === 0) continue;
    if (!wrapper.isDependencyTreeStatic())
      throw new TypeError(`@TenantJob: ${metatype.name} is request-scoped, and jobs have no request.`);
    // A provider may be registered in several modules, or under several tokens.
    const { instance } = wrapper;
    if (instance)
      handlers.set(
        instance,
        methods.map((method) => handlerOf(instance, method)),
      );
  }
  return [...handlers.values()].flat();
}

function handlerOf(instance: object, method: Method): JobHandler {
  const { name, options }: TenantJobDeclaration = Reflect.getMetadata(TENANT_JOB, method);
  return { ...options, name, handle: (job) => method.call(instance, job) };
}
