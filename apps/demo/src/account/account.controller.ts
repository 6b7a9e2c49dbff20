import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiProperty } from '@nestjs/swagger';
import { TenantSettings } from '@rowhouse/admin';
import { CurrentTenant, type Tenant, TenantFeatures } from '@rowhouse/nestjs';
import type { ShopSettings } from '../shop-settings.js';

class Account {
  @ApiProperty({ example: 'acme' })
  slug!: string;

  @ApiProperty({ example: 'Acme Outdoor' })
  name!: string;

  @ApiProperty({ example: 'pro' })
  plan!: string;

  @ApiProperty({ example: 'EUR' })
  currency!: string;

  @ApiProperty({ description: 'Whether the plan lets the shop export its orders.' })
  canExport!: boolean;
}

@Controller('me')
export class AccountController {
  constructor(
    private readonly features: TenantFeatures,
    private readonly settings: TenantSettings<ShopSettings>,
  ) {}

  @Get()
  @ApiOkResponse({ type: Account })
  async me(@CurrentTenant() { slug, name, plan }: Tenant): Promise<Account> {
    const { currency } = await this.settings.get();
    return { slug, name, plan, currency, canExport: this.features.isEnabled('export') };
  }
}
