import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CountriesController } from './countries.controller.js';
import { Country } from './country.entity.js';

@Module({ imports: [TypeOrmModule.forFeature([Country])], controllers: [CountriesController] })
export class CountriesModule {}
