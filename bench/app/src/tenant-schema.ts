import { BadRequestException } from '@nestjs/common';

const SLUG = /^[a-z][a-z0-9-]{0,47}$/;

/** The schema of the tenant that a header names, checked before it is written into SQL. */
export function schemaOfHeader(slug: string | string[] | undefined): string {
  if (typeof slug !== 'string' || !SLUG.test(slug)) throw new BadRequestException('x-tenant-id');
  return `tenant_${slug.replaceAll('-', '_')}`;
}
