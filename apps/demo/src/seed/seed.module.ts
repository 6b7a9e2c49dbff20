import { Module } from '@nestjs/common';
import { StorefrontSeeder } from './storefront-seeder.js';

@Module({ providers: [StorefrontSeeder] })
export class SeedModule {}
