import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Country } from './country.entity.js';

@Controller('countries')
export class CountriesController {
  constructor(@InjectRepository(Country) private readonly countries: Repository<Country>) {}

  @Get()
  @ApiOkResponse({ type: [Country] })
  list(): Promise<Country[]> {
    return this.countries.find({ order: { name: 'ASC' } });
  }
}
