import 'reflect-metadata';
import { Processor, type ProcessorOptions, type WorkerHost } from '@nestjs/bullmq';
import { Inject, type Type } from '@nestjs/common';
import { RowhouseError, type Tenant, TenantContext } from '@rowhouse/core';
import { TenantMessages } from '@rowhouse/nestjs';
import { DelayedError, type Job, UnrecoverableError } from 'bullmq';
import { tokenOfJob } from './tenant-queue.js';

/** Taken at load, outside of everything. */
const outsideAnyTenant = TenantContext.capture();

const MESSAGES = Symbol('rowhouse.messages');

/** How long jobs of a tenant that is not served wait until they are looked at again. */
const HELD_FOR_MS = 60_000;

type WorkerOptions = Parameters<typeof Processor>[1];

interface Host extends WorkerHost {
  readonly [MESSAGES]: TenantMessages;
}

/**
 * BullMQ's `@Processor` for a queue of {@link tenantQueue}: `process()` runs in the context of the job's tenant, as it is now.
 *
 * A job of a tenant that is suspended or under maintenance is delayed by a minute, again and again, and no attempt is counted. A job
 * that names no tenant, or one that is gone, or whose signature is wrong, fails for good (`UnrecoverableError`).
 *
 * @param queue - its name, or the options of `@Processor`.
 */
export function TenantProcessor(queue: string | ProcessorOptions, workerOptions: WorkerOptions = {}) {
  const options = typeof queue === 'string' ? { name: queue } : queue;
  return (processor: Type<WorkerHost>): void => {
    Processor(options, workerOptions)(processor);
    const host = processor.prototype as Host;
    Inject(TenantMessages)(host, MESSAGES);
    const { process } = host;
    // BullMQ gives a third argument, a signal, to processors that declare it.
    host.process = async function (this: Host, job: Job, token?: string, ...rest: unknown[]) {
      const tenant = await outsideAnyTenant(() => tenantOf(job, token, this[MESSAGES]));
      const work = () => Reflect.apply(process, this, [job, token, ...rest]) as Promise<unknown>;
      return outsideAnyTenant(() => TenantContext.run(tenant, work));
    };
    Object.defineProperty(host.process, 'length', { value: process.length });
  };
}

async function tenantOf(job: Job, lock: string | undefined, messages: TenantMessages): Promise<Tenant> {
  try {
    return await messages.tenantOf(...tokenOfJob(job));
  } catch (error) {
    if (!(error instanceof RowhouseError)) throw error;
    if (error.code === 'TENANT_SUSPENDED' || error.status === 503) {
      await job.moveToDelayed(Date.now() + HELD_FOR_MS, lock);
      throw new DelayedError();
    }
    throw new UnrecoverableError(`${error.code}: ${error.message}`);
  }
}
