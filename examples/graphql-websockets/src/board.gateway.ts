import { UseFilters } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { TenancyExceptionFilter } from '@rowhouse/nestjs';
import { tenantRoom } from '@rowhouse/nestjs/websockets';
import type { Server } from 'socket.io';
import type { Repository } from 'typeorm';
import { Card } from './card.entity.js';

interface Move {
  readonly id: number;
  readonly column: string;
}

/** Whoever has the board open sees cards move. */
@WebSocketGateway()
@UseFilters(TenancyExceptionFilter)
export class BoardGateway {
  @WebSocketServer() private readonly server!: Server;

  constructor(@InjectRepository(Card) private readonly cards: Repository<Card>) {}

  @SubscribeMessage('move')
  async move(@MessageBody() { id, column }: Move): Promise<boolean> {
    const { affected } = await this.cards.update({ id: Number(id) }, { column: String(column) });
    // `server.emit()` would reach the sockets of all teams.
    if (affected) this.server.to(tenantRoom()).emit('moved', { id, column });
    return affected === 1;
  }
}
