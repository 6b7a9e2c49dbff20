import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ActivityController } from './activity.controller.js';
import { Activity } from './activity.entity.js';
import { TicketSubscriber } from './ticket.subscriber.js';

@Module({
  imports: [TypeOrmModule.forFeature([Activity])],
  controllers: [ActivityController],
  providers: [TicketSubscriber],
})
export class ActivityModule {}
