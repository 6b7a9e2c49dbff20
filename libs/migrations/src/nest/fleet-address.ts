import type { TenancyOptions } from '@rowhouse/nestjs';
import { addressOf } from '@rowhouse/typeorm';
import type { ClientConfig } from 'pg';

/** Injection token of {@link FleetAddress}. */
export const FLEET_ADDRESS = Symbol('rowhouse.fleet-address');

/** Where the catalog is, on a way that leads to PostgreSQL itself. */
export interface FleetAddress {
  readonly catalogUrl: string;
  readonly ssl: ClientConfig['ssl'];
}

/** @throws {TypeError} when TypeORM's password is a function: only a URL can be handed on. */
export function fleetAddressOf({ typeorm, directUrl }: TenancyOptions): FleetAddress {
  const { url, ssl } = addressOf(typeorm, directUrl);
  return { catalogUrl: url, ssl };
}
