import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntitySubscriberInterface, EventSubscriber, type InsertEvent } from 'typeorm';
import { Ticket } from '../tickets/ticket.entity.js';
import { Activity } from './activity.entity.js';

/** Notes each new ticket, in the transaction that makes it. */
@Injectable()
@EventSubscriber()
export class TicketSubscriber implements EntitySubscriberInterface<Ticket> {
  constructor(@InjectDataSource() dataSource: DataSource) {
    dataSource.subscribers.push(this);
  }

  listenTo() {
    return Ticket;
  }

  async afterInsert({ manager, entity }: InsertEvent<Ticket>): Promise<void> {
    await manager.insert(Activity, { what: `opened: ${entity.subject}` });
  }
}
