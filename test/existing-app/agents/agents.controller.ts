import { Body, Controller, Get, Param, ParseIntPipe, Post } from '@nestjs/common';
import { AgentsService } from './agents.service.js';

@Controller('agents')
export class AgentsController {
  constructor(private readonly agents: AgentsService) {}

  @Get()
  list() {
    return this.agents.list();
  }

  @Post()
  hire(@Body('email') email: string) {
    return this.agents.hire(email);
  }

  @Get(':id/tickets')
  tickets(@Param('id', ParseIntPipe) id: number) {
    return this.agents.ticketsOf(id);
  }
}
