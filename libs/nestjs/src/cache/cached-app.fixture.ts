import { get as httpGet, type IncomingHttpHeaders } from 'node:http';
import { CacheInterceptor, CacheKey, CacheModule, CacheTTL } from '@nestjs/cache-manager';
import { Controller, Get, type NestInterceptor, Post, type Type, UseInterceptors } from '@nestjs/common';
import { TenantContext } from '@rowhouse/core';
import { type Platform, startApp } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { SubdomainResolver } from '../resolvers/subdomain.resolver.js';
import { SystemRoute, TenantOptional } from '../routes/tenant-route.decorator.js';
import type { TenancyModuleOptions } from '../tenancy-options.js';

/** How a request says which tenant it is for. */
export const WAYS = ['header', 'subdomain'] as const;
export type Way = (typeof WAYS)[number];

export const resolversOf = (way: Way) =>
  way === 'header' ? [new HeaderResolver()] : [new SubdomainResolver({ baseDomains: ['example.com'] })];

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

/** A GET as the client of a tenant sends it, or of none. */
export async function getAs(port: number, way: Way, path: string, slug?: string, headers = {}) {
  const names = way === 'header' ? { host: 'example.com' } : { host: `${slug ?? 'www'}.example.com` };
  const tenant = way === 'header' && slug !== undefined ? { 'x-tenant-id': slug } : {};
  return new Promise<Answer>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers: { ...names, ...tenant, ...headers } };
    httpGet(options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const { statusCode = 0, headers } = response;
      resolve({ status: statusCode, text: Buffer.concat(chunks).toString(), headers });
    }).on('error', reject);
  });
}

/** Counts what its handlers were asked, so that a cached answer can be told from a fresh one. */
export function productsController(interceptor: Type<NestInterceptor>): Type {
  const calls: Record<string, number> = {};
  const fresh = (name: string) => {
    const scope = TenantContext.scope();
    const who = scope?.kind === 'tenant' ? scope.tenant.slug : (scope?.kind ?? 'none');
    const call = `${name} of ${who}`;
    calls[call] = (calls[call] ?? 0) + 1;
    return `${call}, ${calls[call]}`;
  };

  @Controller()
  @UseInterceptors(interceptor)
  class ProductsController {
    @Get('products')
    list() {
      return fresh('products');
    }

    @Get('named')
    @CacheKey('named')
    @CacheTTL(60_000)
    named() {
      return fresh('named');
    }

    @Get('made')
    @CacheKey(() => 'made')
    made() {
      return fresh('made');
    }

    @Get('brief')
    @CacheTTL(1)
    brief() {
      return fresh('brief');
    }

    @Get('optional')
    @TenantOptional()
    optional() {
      return fresh('optional');
    }

    @Get('system')
    @SystemRoute()
    @CacheKey('optional')
    system() {
      return fresh('system');
    }

    @Post('products')
    add() {
      return fresh('added');
    }
  }
  return ProductsController;
}

export function startCachedApp(
  platform: Platform,
  way: Way,
  interceptor: Type<NestInterceptor> = CacheInterceptor,
  tenancy: Partial<TenancyModuleOptions> = {},
) {
  return startApp(platform, {
    imports: [CacheModule.register({ isGlobal: true, ttl: 60_000 })],
    controllers: [productsController(interceptor)],
    tenancy: { resolvers: resolversOf(way), exclude: ['/optional/excluded'], ...tenancy },
  });
}
