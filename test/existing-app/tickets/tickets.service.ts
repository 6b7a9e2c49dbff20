import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import { Agent } from '../agents/agent.entity.js';
import { Comment } from './comment.entity.js';
import { Ticket } from './ticket.entity.js';

@Injectable()
export class TicketsService {
  constructor(
    @InjectRepository(Ticket) private readonly tickets: Repository<Ticket>,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {}

  list(): Promise<Ticket[]> {
    return this.tickets.find({ order: { id: 'ASC' } });
  }

  /** Opens a ticket with its first comment. */
  open(subject: string, text: string): Promise<Ticket> {
    return this.tickets.save(this.tickets.create({ subject, comments: [{ text }] }));
  }

  /** Assigns a ticket and says so in a comment: both, or neither when there is no such agent. */
  assign(id: number, agentId: number): Promise<Ticket> {
    return this.dataSource.transaction(async (manager) => {
      const ticket = await manager.findOneBy(Ticket, { id });
      if (!ticket) throw new NotFoundException('no such ticket');
      await manager.save(Comment, { text: `assigned to agent ${agentId}`, ticket: { id } });
      const agent = await manager.findOneBy(Agent, { id: agentId });
      if (!agent) throw new NotFoundException('no such agent');
      await manager.createQueryBuilder().relation(Ticket, 'assignee').of(ticket).set(agent);
      return manager.findOneByOrFail(Ticket, { id });
    });
  }

  async assigneeOf(id: number): Promise<Agent | null> {
    const ticket = await this.tickets.findOneBy({ id });
    if (!ticket) throw new NotFoundException('no such ticket');
    return ticket.assignee;
  }

  async close(id: number): Promise<void> {
    const { affected } = await this.tickets.update({ id }, { state: 'closed' });
    if (!affected) throw new NotFoundException('no such ticket');
  }
}
