// Placeholder of the lead until purge/ is written: overwrite this file.
import type { Tenant } from '@rowhouse/core';
export async function purgeHome(_parts: object, _tenant: Tenant, _control: object): Promise<void> {
  throw new Error('not written yet');
}
export async function exportHome(_parts: object, _tenant: Tenant, _folder: string, _control: object): Promise<string> {
  throw new Error('not written yet');
}
