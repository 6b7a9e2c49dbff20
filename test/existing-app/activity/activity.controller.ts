import { Controller, Get } from '@nestjs/common';
import { InjectEntityManager } from '@nestjs/typeorm';
import { EntityManager } from 'typeorm';
import { Activity } from './activity.entity.js';

@Controller('activities')
export class ActivityController {
  constructor(@InjectEntityManager() private readonly manager: EntityManager) {}

  @Get()
  list() {
    return this.manager.find(Activity, { order: { id: 'ASC' } });
  }
}
