import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { TenantLifecycle } from '@rowhouse/migrations';

/** The id of the tenant that a path names by its id or its slug: `@Param('tenant', TenantIdPipe) tenantId: string`. */
@Injectable()
export class TenantIdPipe implements PipeTransform<string, Promise<string>> {
  constructor(@Inject(TenantLifecycle) private readonly lifecycle: TenantLifecycle) {}

  /** @throws {TenantNotFoundError} */
  async transform(slugOrId: string): Promise<string> {
    return (await this.lifecycle.find(slugOrId)).id;
  }
}
