import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Ticket } from '../tickets/ticket.entity.js';
import { Agent } from './agent.entity.js';

@Injectable()
export class AgentsService {
  constructor(@InjectRepository(Agent) private readonly agents: Repository<Agent>) {}

  list(): Promise<Agent[]> {
    return this.agents.find({ order: { id: 'ASC' } });
  }

  hire(email: string): Promise<Agent> {
    return this.agents.save({ email });
  }

  async ticketsOf(id: number): Promise<Ticket[]> {
    const agent = await this.agents.findOneBy({ id });
    if (!agent) throw new NotFoundException();
    return agent.tickets;
  }
}
