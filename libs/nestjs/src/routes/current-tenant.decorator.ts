import { createParamDecorator } from '@nestjs/common';
import { type OperatorEntry, type Tenant, TenantContext } from '@rowhouse/core';

/** Parameter of a handler: the tenant in force; `undefined` in the system context and where there is none. */
export const CurrentTenant = createParamDecorator((): Tenant | undefined => TenantContext.get());

/** Parameter of a handler: the id (UUID) of the tenant in force; `undefined` where {@link CurrentTenant} is. */
export const TenantId = createParamDecorator((): string | undefined => TenantContext.get()?.id);

/** Parameter of a handler: the entry by which an operator has come into the tenant; `undefined` for the app's own users. */
export const CurrentEntry = createParamDecorator((): OperatorEntry | undefined => TenantContext.entry());
