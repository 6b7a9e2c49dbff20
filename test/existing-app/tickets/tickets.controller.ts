import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, Post } from '@nestjs/common';
import { TicketsService } from './tickets.service.js';

@Controller('tickets')
export class TicketsController {
  constructor(private readonly tickets: TicketsService) {}

  @Get()
  list() {
    return this.tickets.list();
  }

  @Post()
  open(@Body() { subject, text }: { subject: string; text: string }) {
    return this.tickets.open(subject, text);
  }

  @Post(':id/assign')
  assign(@Param('id', ParseIntPipe) id: number, @Body('agentId', ParseIntPipe) agentId: number) {
    return this.tickets.assign(id, agentId);
  }

  @Get(':id/assignee')
  assignee(@Param('id', ParseIntPipe) id: number) {
    return this.tickets.assigneeOf(id);
  }

  @Post(':id/close')
  @HttpCode(204)
  close(@Param('id', ParseIntPipe) id: number) {
    return this.tickets.close(id);
  }
}
