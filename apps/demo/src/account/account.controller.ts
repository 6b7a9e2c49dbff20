import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiProperty } from '@nestjs/swagger';
import { CurrentTenant, type Tenant } from '@rowhouse/nestjs';

class Account {
  @ApiProperty({ example: 'acme' })
  slug!: string;

  @ApiProperty({ example: 'Acme Outdoor' })
  name!: string;

  @ApiProperty({ example: 'pro' })
  plan!: string;
}

@Controller('me')
export class AccountController {
  @Get()
  @ApiOkResponse({ type: Account })
  me(@CurrentTenant() { slug, name, plan }: Tenant): Account {
    return { slug, name, plan };
  }
}
