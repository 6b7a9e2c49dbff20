import { Body, Controller, Get, Header, Param, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiProduces,
} from '@nestjs/swagger';
import { RequireFeature } from '@rowhouse/nestjs';
import type { Page } from '@rowhouse/nestjs/operator';
import { ApiPageResponse } from '../http/api-page-response.js';
import { id } from '../http/text.js';
import { Order } from './order.entity.js';
import { type NewOrder, newOrder, type OrdersQuery, ordersQuery } from './order.schemas.js';
import { OrdersService } from './orders.service.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  @ApiPageResponse(Order)
  list(@Query({ schema: ordersQuery }) query: OrdersQuery): Promise<Page<Order>> {
    return this.orders.list(query);
  }

  @Get('export')
  @RequireFeature('export')
  @Header('Content-Type', 'text/csv; charset=utf-8')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiForbiddenResponse({ description: "The shop's plan has no exports." })
  export(): Promise<string> {
    return this.orders.export();
  }

  @Get(':id')
  @ApiOkResponse({ type: Order })
  get(@Param('id', { schema: id }) orderId: string): Promise<Order> {
    return this.orders.get(orderId);
  }

  @Post()
  @ApiCreatedResponse({ type: Order })
  @ApiConflictResponse({ description: 'There is not enough in stock.' })
  place(@Body({ schema: newOrder }) order: NewOrder): Promise<Order> {
    return this.orders.place(order);
  }
}
